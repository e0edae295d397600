/* Inner products of whole tensors, the measure of all matching. */
#pragma once

#include "align/matching-columns.h"

G_BEGIN_DECLS

/**
 * am_matching_sum:
 * @reorder: (nullable): of the model's tensor; its rotations are left out. %NULL is the identity
 * @inner: (out): <A, reordered B>
 * @norm_a, @norm_b: (out) (optional): squared
 *
 * In double, over blocks of a fixed length that are added in order. Errors: CORRUPT, naming the file and the
 * tensor, when norms are asked for and a weight is not finite; NOT_READABLE; CANCELLED.
 */
gboolean am_matching_sum (const AmMatchingPair *pair, guint tensor, const AmReorder *reorder, AmCrew *crew,
                          double *inner, double *norm_a, double *norm_b, GError **error);

G_END_DECLS
