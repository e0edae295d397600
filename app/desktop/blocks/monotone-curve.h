/* A smooth curve through points that never goes beyond its neighbours: no bumps that nobody asked for. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  double x;
  double y;
} AmCurveKnot;

/* Height at @x of the curve through @knots, whose x rise strictly; level beyond the first and the last.
 * Cubic pieces with Fritsch and Carlson's slopes. @n is at least 1. */
double am_monotone_curve_get (const AmCurveKnot *knots, guint n, double x);

G_END_DECLS
