/* The heat map of a result: on screen and as a picture. */
#pragma once

#include "charts/heat-map-view.h"
#include "state/history.h"

G_BEGIN_DECLS

/* Whether there is anything to draw. */
gboolean am_result_map_is_there (AmHistoryEntry *entry);

/* Nothing to draw empties @view. */
void am_result_map_show (AmHeatMapView *view, AmHistoryEntry *entry);

/* A picture with the recipe in it. Errors: NOT_WRITABLE, NO_SPACE. */
gboolean am_result_map_export (AmHistoryEntry *entry, const char *path, GError **error);

G_END_DECLS
