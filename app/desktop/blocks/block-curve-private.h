/* Inside of the curve, for its own files. */
#pragma once

#include "blocks/block-curve.h"
#include "blocks/monotone-curve.h"

struct _AmBlockCurve
{
  GtkWidget parent_instance;

  AmBlockValues *values;
  const AmBlockLayout *layout;
  AmBlockScale scale;

  guint first; /* bars under the curve */
  guint last;
  GArray *knots;     /* AmCurveKnot: x is the number of a bar */
  GPtrArray *points; /* AmCurvePoint *: children, one for each knot */
  gboolean is_applying;

  gint dragged; /* point, or -1 */
  double drag_x;
  double drag_y;
  gboolean is_keying;
};

AmCurveKnot *am_block_curve_get_knot (AmBlockCurve *self, guint index);

/* Positions are numbers of bars, between the middles of which they are spread evenly. */
float am_block_curve_get_x (AmBlockCurve *self, double position);
double am_block_curve_get_position (AmBlockCurve *self, double x);

/* block-curve-input.c */
void am_block_curve_add_input (AmBlockCurve *self);
void am_block_curve_end_keying (AmBlockCurve *self);
void am_block_curve_end_drag (AmBlockCurve *self);
