/* What stands beside the plot of an alignment chart: its axis, and the samples of its legend. Private to it.
 */
#pragma once

#include "charts/alignment-draw.h"

G_BEGIN_DECLS

#define AM_TYPE_ALIGNMENT_SIDE (am_alignment_side_get_type ())
G_DECLARE_FINAL_TYPE (AmAlignmentSide, am_alignment_side, AM, ALIGNMENT_SIDE, GtkWidget)

/* The axis of a plot of @layers, which are borrowed. */
GtkWidget *am_alignment_side_new_axis (const AmAlignmentLayers *layers);

/* The sample of @key. */
GtkWidget *am_alignment_side_new_key (AmAlignmentKey key);

G_END_DECLS
