/* A curve over the bars whose points sweep many of them at once. */
#pragma once

#include <gtk/gtk.h>

#include "blocks/block-layout.h"
#include "blocks/block-scale.h"
#include "state/block-values.h"

G_BEGIN_DECLS

#define AM_TYPE_BLOCK_CURVE (am_block_curve_get_type ())
G_DECLARE_FINAL_TYPE (AmBlockCurve, am_block_curve, AM, BLOCK_CURVE, GtkWidget)

/**
 * am_block_curve_new:
 * @values: kept
 *
 * A child of the chart, as large as it. It begins with five points on the bars as they are, and changes
 * nothing until a point is moved; then every block from the first one of the network to the last lies on the
 * curve. The text encoders' blocks (BASE, CLIP, T5) and the extra bars stay.
 *
 * Points are children with the role of a slider, reached by Tab. Signal "closed": the user pressed Escape.
 */
AmBlockCurve *am_block_curve_new (AmBlockValues *values);

/* Whether there are blocks enough for a curve. */
gboolean am_block_curve_is_for (AmBlockValues *values);

/* Where bars and axis are; before each allocation. @layout is borrowed until the next call. */
void am_block_curve_place (AmBlockCurve *self, const AmBlockLayout *layout, const AmBlockScale *scale);

/* The values have changed: unless it was the curve that changed them, its points go back onto the bars. */
void am_block_curve_sync (AmBlockCurve *self);

/* What keys and pointer do. Positions are numbers of bars, which need not be whole. */
guint am_block_curve_get_n_points (AmBlockCurve *self);
void am_block_curve_move_point (AmBlockCurve *self, guint point, double position, double value);
void am_block_curve_get_point (AmBlockCurve *self, guint point, double *position, double *value);
gint am_block_curve_add_point (AmBlockCurve *self, double position,
                               double value);                           /* its number, or -1: too many */
gboolean am_block_curve_remove_point (AmBlockCurve *self, guint point); /* never the first or the last */
GtkWidget *am_block_curve_get_point_widget (AmBlockCurve *self, guint point);

G_END_DECLS
