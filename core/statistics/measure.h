/* Measures statistics of a vision model on a data set. */
#pragma once

#include <gio/gio.h>

#include "base/progress.h"
#include "dataset/dataset.h"
#include "network/vision-network.h"
#include "statistics/statistics.h"

G_BEGIN_DECLS

/* Whose likelihood's gradients are squared. */
typedef enum
{
  AM_ESTIMATOR_EXACT,     /* the expectation over all classes under the model */
  AM_ESTIMATOR_SAMPLED,   /* one class drawn from the model for each example */
  AM_ESTIMATOR_EMPIRICAL, /* the label */
} AmEstimator;

const char *am_estimator_get_id (AmEstimator estimator); /* "exact", "sampled", "empirical" */
gboolean am_estimator_parse (const char *text, AmEstimator *estimator);

#define AM_WIDEST_GRAM 4608 /* 512 channels under a 3 x 3 kernel */

/**
 * AmMeasureSettings:
 * @kinds: bits 1 << AmStatisticKind
 * @seed: of drawn classes and chosen samples
 * @n_samples: 0: all
 * @batch_size: 0: as many as keep the values of a batch below 1 GB, at most 256
 * @widest_gram: layers with more inputs than this (kernel included) get no Gram; 0: %AM_WIDEST_GRAM
 * @diagonal: only the diagonal of Grams, of layers of any width
 * @n_threads: 0: one per processor
 */
typedef struct
{
  guint kinds;
  AmEstimator estimator;
  guint64 seed;
  guint64 n_samples;
  guint batch_size;
  guint widest_gram;
  gboolean diagonal;
  guint n_threads;
} AmMeasureSettings;

/**
 * am_statistics_measure:
 *
 * Keys are the model's names. Fisher is that of each example's own gradient (Kirkpatrick et al. 2017; Matena
 * and Raffel 2022, section 3), never the square of a batch's: for the exact expectation, one backward pass
 * for each class c, of log p(c), weighted with p(c). Sampled classes are drawn with Philox from the seed and
 * the number of the sample.
 *
 * Grams are of inputs, not centred (Jin et al. 2023, equation 2): products of 256 rows at a time in float,
 * added up in double, which keeps elements to about 1e-7 of the diagonal. Convolutions with groups have none,
 * since each group has inputs of its own.
 *
 * Sums are in double and do not depend on threads, and on batches only by the rounding of products. What
 * could not be measured is told by the gaps of the result.
 *
 * Returns: (transfer full) (nullable). Errors: MISMATCH (no labels for the empirical estimator, labels or
 * sizes that do not fit), UNSUPPORTED (not enough memory), CORRUPT (outputs that are not finite, naming the
 * sample's file), CANCELLED, those of reading.
 */
AmStatisticsSums *am_statistics_measure (AmVisionNetwork *network, AmDataset *dataset,
                                         const AmMeasureSettings *settings, const AmProgress *progress,
                                         GCancellable *cancellable, GError **error);

G_END_DECLS
