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

/**
 * AmMeasureSettings:
 * @kinds: bits 1 << AmStatisticKind
 * @seed: of drawn classes and chosen samples
 * @n_samples: 0: all
 * @batch_size: 0: as suits memory
 * @widest_gram: layers with more inputs than this (kernel included) get no Gram
 * @diagonal: only the diagonal of Grams
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
 * and Raffel 2022, section 3), never the square of a batch's. Grams are of inputs, not centred (Jin et al.
 * 2023, equation 2). Sums are in double and do not depend on threads or batches but by rounding of the
 * forward pass.
 *
 * Returns: (transfer full) (nullable). Errors: MISMATCH (labels, sizes), CANCELLED, those of reading.
 */
AmStatisticsSums *am_statistics_measure (AmVisionNetwork *network, AmDataset *dataset,
                                         const AmMeasureSettings *settings, const AmProgress *progress,
                                         GCancellable *cancellable, GError **error);

G_END_DECLS
