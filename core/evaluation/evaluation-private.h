/* Inside of evaluation, for core/evaluation and its tests alone. */
#pragma once

#include "evaluation/evaluation.h"

G_BEGIN_DECLS

/* Nothing counted yet. */
AmEvaluation *am_evaluation_new (guint n_classes);

/* Counts one sample. @logits: [n_classes]; @label is a class. */
void am_evaluation_add (AmEvaluation *evaluation, const AmReal *logits, guint label);

/* Turns sums into means, once. */
void am_evaluation_finish (AmEvaluation *evaluation);

/**
 * AmEvaluationPass: a network on its way through the chosen samples, once or several times
 * @samples: [n_samples]
 * @batch_size: settled
 * @n_done, @n_total: samples of all passes, for progress
 */
typedef struct
{
  AmVisionNetwork *network;
  AmDataset *dataset;
  guint64 *samples;
  guint64 n_samples;
  guint batch_size;
  const char *stage;
  guint64 n_done, n_total;
  gint64 began;
  const AmProgress *progress;
  GCancellable *cancellable;
} AmEvaluationPass;

/**
 * am_evaluation_pass_init:
 * @pass: cleared
 * @n_passes: how often it will run
 *
 * Checks labels, chooses samples, settles the size of batches. Errors: those of am_evaluate().
 */
gboolean am_evaluation_pass_init (AmEvaluationPass *pass, AmVisionNetwork *network, AmDataset *dataset,
                                  const AmEvaluateSettings *settings, guint n_passes, GError **error);
void am_evaluation_pass_clear (AmEvaluationPass *pass);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AmEvaluationPass, am_evaluation_pass_clear)

/* Evaluates the network as it is. (transfer full) (nullable) */
AmEvaluation *am_evaluation_pass_run (AmEvaluationPass *pass, GError **error);

/* Bytes that the values of one sample take on their way, at most. Errors: those of running the network. */
gboolean am_evaluation_pass_measure (const AmEvaluationPass *pass, guint64 *size, GError **error);

/* A batch before its first node. @values as am_dataset_read() gives them. (transfer full) (nullable) */
AmNetworkRun *am_evaluation_pass_new_run (const AmEvaluationPass *pass, const float *values, guint n,
                                          GError **error);

G_END_DECLS
