/* How the values of one tensor are spread in A and in B. */
#pragma once

#include <gtk/gtk.h>

#include "compare/tensor-row.h"

G_BEGIN_DECLS

#define AM_TYPE_HISTOGRAM_PANE (am_histogram_pane_get_type ())
G_DECLARE_FINAL_TYPE (AmHistogramPane, am_histogram_pane, AM, HISTOGRAM_PANE, GtkWidget)

/* Reads the tensor in the background and shows it; the one shown so far stays until then. @row: (nullable).
 */
void am_histogram_pane_set_row (AmHistogramPane *self, AmTensorRow *row);

/* Whether a tensor is being read. */
gboolean am_histogram_pane_is_busy (AmHistogramPane *self);

G_END_DECLS
