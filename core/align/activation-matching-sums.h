/* What the values of two networks' units on the same samples add up to. For core/align alone. */
#pragma once

#include <glib.h>

#include "align/settings.h"

G_BEGIN_DECLS

typedef struct _AmFeatureSums AmFeatureSums;

/* Of @n units in each network: n^2 doubles. %NULL when there is no memory for them. */
AmFeatureSums *am_feature_sums_new (gsize n);
void am_feature_sums_free (AmFeatureSums *sums);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmFeatureSums, am_feature_sums_free)

/**
 * am_feature_sums_add:
 * @a, @b: [n_rows][stride]: rows of the network that stays and of the one that moves, of the same samples and
 *   positions; the first n values of each row are taken
 *
 * Values are taken relative to the means of the first call's rows, multiplied in float in blocks of a fixed
 * length, and added up in double: the result does not depend on @n_threads, and barely on how far a unit's
 * mean is from zero.
 */
void am_feature_sums_add (AmFeatureSums *sums, const float *a, gsize stride_a, const float *b, gsize stride_b,
                          guint64 n_rows, guint n_threads);

/* To be called once, when all is added. */
void am_feature_sums_finish (AmFeatureSums *sums);

/**
 * am_feature_sums_get:
 *
 * What unit @i of the network that stays and unit @j of the one that moves are worth together. Correlations
 * are covariances over the product of deviations plus a ten-thousandth of what that is on average (Jordan et
 * al. 2023 add a constant), so that units that hardly vary do not count; those that do not vary at all
 * correlate with none. What is not finite counts as 0.
 */
double am_feature_sums_get (const AmFeatureSums *sums, AmAlignObjective objective, gsize i, gsize j);

/* Their correlation itself; 0 where one of them does not vary. */
double am_feature_sums_correlate (const AmFeatureSums *sums, gsize i, gsize j);

G_END_DECLS
