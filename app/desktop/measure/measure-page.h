/* The measure page: how good models are on pictures, whether two can be averaged, and the statistics that
 * some methods merge by. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_MEASURE_PAGE (am_measure_page_get_type ())
G_DECLARE_FINAL_TYPE (AmMeasurePage, am_measure_page, AM, MEASURE_PAGE, AdwBin)

/**
 * am_measure_page_set_workspace:
 * @workspace: kept. Once, before the page is shown
 *
 * Actions: "measure.choose-folder", "measure.choose-file", "measure.evaluate", "measure.line",
 * "measure.statistics", "measure.cancel", "measure.save-line". One measurement runs at a time.
 */
void am_measure_page_set_workspace (AmMeasurePage *self, AmWorkspace *workspace);

/* Puts @path into the place of the first model, or, when another is there and none beside it, of the second.
 */
void am_measure_page_add_model (AmMeasurePage *self, const char *path);

/* Whether something is being measured. */
gboolean am_measure_page_is_busy (AmMeasurePage *self);

G_END_DECLS
