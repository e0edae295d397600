/* The plot of an alignment chart, with a cursor on it. Private to the chart. */
#pragma once

#include "charts/alignment-draw.h"

G_BEGIN_DECLS

#define AM_TYPE_ALIGNMENT_PLOT (am_alignment_plot_get_type ())
G_DECLARE_FINAL_TYPE (AmAlignmentPlot, am_alignment_plot, AM, ALIGNMENT_PLOT, GtkWidget)

/* @layers: borrowed. Signal "cursor-moved": with the pointer, the keyboard or am_alignment_plot_set_cursor().
 */
AmAlignmentPlot *am_alignment_plot_new (const AmAlignmentLayers *layers);

/* The layers are others now: the cursor goes. */
void am_alignment_plot_refresh (AmAlignmentPlot *self);

/* Beyond the layers: the nearest one. Below 0: none. */
void am_alignment_plot_set_cursor (AmAlignmentPlot *self, gint layer);
gint am_alignment_plot_get_cursor (AmAlignmentPlot *self);

G_END_DECLS
