/* How the values of a tensor are spread, in one checkpoint or in two side by side. */
#pragma once

#include <gio/gio.h>

#include "checkpoint/checkpoint.h"

G_BEGIN_DECLS

/**
 * AmTensorMoments:
 * @length: elements
 * @n_not_finite: NaN and infinities; left out of everything below
 * @n_zeros: elements that are 0 or -0
 * @zero_fraction: of all elements; 0 when there are none
 * @minimum, @maximum, @mean: of the finite values; NAN when there are none
 * @deviation: standard deviation of the finite values (divided by their number); NAN when there are none
 */
typedef struct
{
  guint64 length;
  guint64 n_not_finite;
  guint64 n_zeros;
  double zero_fraction;
  double minimum, maximum;
  double mean;
  double deviation;
} AmTensorMoments;

/**
 * AmTensorHistogram:
 * @minimum, @maximum: range of both sides; minimum < maximum
 * @n_bins: bins of equal width; each includes its lower edge, the last one its upper edge too
 * @counts_a, @counts_b: [n_bins] finite values per bin; %NULL for a side that was not given
 * @a, @b: figures of all values, also of those outside the range; of length 0 for a side that was not given
 */
typedef struct
{
  double minimum, maximum;
  guint n_bins;
  guint64 *counts_a;
  guint64 *counts_b;
  AmTensorMoments a, b;
} AmTensorHistogram;

/**
 * am_tensor_histogram_new:
 * @a: (nullable): a checkpoint; at least one of @a and @b is given
 * @tensor_a: its tensor; %NULL when @a is
 * @b: (nullable): the other checkpoint
 * @tensor_b: its tensor, of whatever shape and type; %NULL when @b is
 * @n_bins: 1 or more
 * @range: (nullable): [2] finite, ascending; by default from the least to the greatest finite value of both,
 *   and some room around when that is a single value
 * @cancellable: (nullable): polled once per 16384 elements
 *
 * Streams the values; memory does not depend on their number. Integers and booleans count as numbers.
 * Thread-safe.
 *
 * Returns: (transfer full) (nullable). Errors: NOT_READABLE, CANCELLED, UNSUPPORTED for a type whose values
 * are no plain numbers (complex ones, and floats that Amalgam does not merge).
 */
AmTensorHistogram *am_tensor_histogram_new (AmCheckpoint *a, const AmTensor *tensor_a, AmCheckpoint *b,
                                            const AmTensor *tensor_b, guint n_bins, const double *range,
                                            GCancellable *cancellable, GError **error);
void am_tensor_histogram_free (AmTensorHistogram *histogram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmTensorHistogram, am_tensor_histogram_free)

G_END_DECLS
