#include "monotone-curve.h"

#include <math.h>

static double
get_secant (const AmCurveKnot *knots, guint piece)
{
  return (knots[piece + 1].y - knots[piece].y) / (knots[piece + 1].x - knots[piece].x);
}

/* Level at a peak, else the weighted harmonic mean of the slopes at either side, which keeps pieces monotone.
 * */
static double
get_slope (const AmCurveKnot *knots, guint n, guint knot)
{
  double before, after, width_before, width_after, weight_before, weight_after;

  if (knot == 0)
    return get_secant (knots, 0);
  if (knot == n - 1)
    return get_secant (knots, n - 2);
  before = get_secant (knots, knot - 1);
  after = get_secant (knots, knot);
  if (before * after <= 0)
    return 0;
  width_before = knots[knot].x - knots[knot - 1].x;
  width_after = knots[knot + 1].x - knots[knot].x;
  weight_before = 2 * width_after + width_before;
  weight_after = width_after + 2 * width_before;
  return (weight_before + weight_after) / (weight_before / before + weight_after / after);
}

/* End slopes may be too steep for their piece. */
static double
limit_slope (double slope, double secant)
{
  if (secant == 0 || slope * secant < 0)
    return 0;
  return fabs (slope) > 3 * fabs (secant) ? 3 * secant : slope;
}

static double
get_in_piece (const AmCurveKnot *knots, guint n, guint piece, double x)
{
  const AmCurveKnot *left = &knots[piece], *right = &knots[piece + 1];
  double width = right->x - left->x;
  double t = (x - left->x) / width;
  double secant = get_secant (knots, piece);
  double from = limit_slope (get_slope (knots, n, piece), secant);
  double to = limit_slope (get_slope (knots, n, piece + 1), secant);

  return left->y * (1 + 2 * t) * (1 - t) * (1 - t) + from * width * t * (1 - t) * (1 - t)
         + right->y * t * t * (3 - 2 * t) + to * width * t * t * (t - 1);
}

double
am_monotone_curve_get (const AmCurveKnot *knots, guint n, double x)
{
  guint piece = 0;

  if (n == 1 || x <= knots[0].x)
    return knots[0].y;
  if (x >= knots[n - 1].x)
    return knots[n - 1].y;
  while (x > knots[piece + 1].x)
    piece++;
  return get_in_piece (knots, n, piece, x);
}
