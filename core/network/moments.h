/* Mean and spread of channels over any number of rows, in double. */
#pragma once

#include "network/network.h"

G_BEGIN_DECLS

/**
 * AmMoments:
 * @means: [n_units]
 * @squares: [n_units] sums of squared distances from the mean
 */
typedef struct
{
  guint64 n_units;
  guint64 n_rows;
  double *means, *squares;
} AmMoments;

/* Room for @n_units channels; nothing seen yet. */
void am_moments_init (AmMoments *moments, guint64 n_units);
void am_moments_clear (AmMoments *moments);

/**
 * am_moments_add:
 * @values: [n_values], each with @n_units channels and as many rows as the first
 * @weights: [n_values]: rows of sum weights[i] * values[i] are seen; %NULL: of the sum
 *
 * Tiles of rows in two passes, put together in their order (Chan, Golub and LeVeque 1979, equation 2.1), so
 * that a mean far from 0 does no harm and the number of threads does not matter. @n_threads: 0: one per
 * processor.
 */
void am_moments_add (AmMoments *moments, guint n_values, const AmValue *const *values, const double *weights,
                     guint n_threads);

/* Over n, not n - 1. 0 before anything was seen. */
double am_moments_get_variance (const AmMoments *moments, guint64 unit);
double am_moments_get_deviation (const AmMoments *moments, guint64 unit);

G_END_DECLS
