/* Interpolation along the great circle between two vectors, as coefficients of the two. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Beyond this cosine mergekit takes a straight line. */
#define AM_ARC_MERGEKIT_LIMIT 0.9995

/* Beyond this one the angle is lost in the rounding of the cosine, and arc and line agree to twelve digits.
 */
#define AM_ARC_NUMERIC_LIMIT (1 - 1e-12)

/**
 * am_arc_get_coefficients:
 * @aa, @ab, @bb: inner products of the vectors A and B
 * @t: place on the arc, 0 at A and 1 at B
 * @limit: where |cos| is greater, the line from A to B replaces the arc
 * @coefficients: (out): of A and B
 *
 * sin ((1 - t) angle) / sin (angle) and sin (t angle) / sin (angle). At 0 and 1 the coefficients are exactly
 * 0 and
 * 1. A vector without length or with values that are not finite has no direction: the line again.
 *
 * Shoemake, "Animating rotation with quaternion curves", SIGGRAPH 1985.
 */
void am_arc_get_coefficients (double aa, double ab, double bb, double t, double limit,
                              double coefficients[2]);

/* The same direction at a length that runs linearly from |A| to |B|. */
void am_arc_get_rescaled_coefficients (double aa, double ab, double bb, double t, double coefficients[2]);

G_END_DECLS
