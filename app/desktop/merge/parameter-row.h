/* One parameter of the method, for the whole merge or for one model: made from the registry. */
#pragma once

#include <gtk/gtk.h>

#include "state/draft.h"

G_BEGIN_DECLS

#define AM_TYPE_PARAMETER_ROW (am_parameter_row_get_type ())
G_DECLARE_FINAL_TYPE (AmParameterRow, am_parameter_row, AM, PARAMETER_ROW, GtkListBoxRow)

/**
 * am_parameter_row_new:
 * @draft: kept; its method must stay the same as long as the row lives
 * @parameter: number in the method
 * @slot: whose value it is; counts only for parameters with a value per model
 */
AmParameterRow *am_parameter_row_new (AmDraft *draft, guint parameter, guint slot);

/* Shows what the draft holds now. */
void am_parameter_row_update (AmParameterRow *self);

guint am_parameter_row_get_parameter (AmParameterRow *self);

/* What the plan has against the value, or %NULL. */
void am_parameter_row_set_complaint (AmParameterRow *self, const char *complaint);

G_END_DECLS
