/* How good a classifier is on labelled pictures. */
#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "base/progress.h"
#include "dataset/dataset.h"
#include "network/vision-network.h"

G_BEGIN_DECLS

#define AM_N_CALIBRATION_BINS 15

/**
 * AmEvaluation:
 * @n: samples
 * @accuracy: share of samples whose greatest logit is the label's (the first of equal ones)
 * @loss: mean cross entropy, in nats
 * @calibration_error: expected calibration error over bins of equal width (Guo et al. 2017, equation 3): bin
 * m of M holds confidences above m / M up to (m + 1) / M
 * @bin_count, @bin_confidence, @bin_accuracy: of each bin; means are NAN in empty ones
 * @n_classes: of the network
 * @class_count, @class_correct: [n_classes]; a class may have no sample
 *
 * Logits that are not numbers make loss and calibration error NAN.
 */
typedef struct
{
  guint64 n;
  double accuracy, loss, calibration_error;
  guint64 bin_count[AM_N_CALIBRATION_BINS];
  double bin_confidence[AM_N_CALIBRATION_BINS];
  double bin_accuracy[AM_N_CALIBRATION_BINS];
  guint n_classes;
  guint64 *class_count, *class_correct;
} AmEvaluation;

/**
 * AmEvaluateSettings:
 * @n_samples: 0: all
 * @seed: of the choice of samples
 * @batch_size: 0: as suits memory
 * @n_threads: 0: one per processor
 */
typedef struct
{
  guint64 n_samples;
  guint64 seed;
  guint batch_size;
  guint n_threads;
} AmEvaluateSettings;

/* Returns: (transfer full) (nullable). Errors: MISMATCH (no labels, labels out of range, sizes), CANCELLED,
 * those of reading. */
AmEvaluation *am_evaluate (AmVisionNetwork *network, AmDataset *dataset, const AmEvaluateSettings *settings,
                           const AmProgress *progress, GCancellable *cancellable, GError **error);
void am_evaluation_free (AmEvaluation *evaluation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmEvaluation, am_evaluation_free)

/* Classes without a sample. */
guint am_evaluation_count_missing (const AmEvaluation *evaluation);

/* Members of the object being built: those of docs/evaluation.md but "format". @dataset: whose names the
 * classes have. */
void am_evaluation_add_json (const AmEvaluation *evaluation, const AmDataset *dataset, JsonBuilder *builder);

/* Stable JSON, documented in docs/evaluation.md. (transfer full) */
char *am_evaluation_to_json (const AmEvaluation *evaluation, const AmDataset *dataset);

G_END_DECLS
