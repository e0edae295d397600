#include "base/text.h"
#include "evaluation/evaluation-private.h"

/* Bytes that the values of one batch may take, and how many samples are worth it. */
#define BATCH_MEMORY (256u << 20)
#define MOST_SAMPLES_AT_ONCE 256

static gboolean
check_labels (AmVisionNetwork *network, AmDataset *dataset, GError **error)
{
  if (!am_dataset_has_labels (dataset))
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                 T_ ("%s has no labels, and without them nobody knows which answers are right: a folder for "
                     "each class, or labels beside the pictures"),
                 am_dataset_get_path (dataset));
  else if (am_dataset_get_n_samples (dataset) == 0)
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("%s holds no samples"),
                 am_dataset_get_path (dataset));
  else
    return am_dataset_check_classes (dataset, am_vision_network_get_n_classes (network), error);
  return FALSE;
}

gboolean
am_evaluation_pass_measure (const AmEvaluationPass *pass, guint64 *size, GError **error)
{
  guint64 height, width, channels;
  g_autofree float *values = NULL;
  g_autofree AmReal *data = NULL;
  AmValue value = { 0 };

  am_dataset_get_shape (pass->dataset, &height, &width, &channels);
  values = g_try_malloc0_n (height * width, channels * sizeof *values);
  if (values == NULL)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("%s: its samples are too large for memory"),
                   am_dataset_get_path (pass->dataset));
      return FALSE;
    }
  if (!am_vision_network_arrange (pass->network, values, 1, height, width, channels, &value, error))
    {
      g_prefix_error (error, "%s: ", am_dataset_get_path (pass->dataset));
      return FALSE;
    }
  data = value.data;
  if (am_network_estimate_memory (am_vision_network_get_network (pass->network), value.height, value.width,
                                  FALSE, size, error))
    return TRUE;
  g_prefix_error (error, "%s: ", am_checkpoint_get_path (am_vision_network_get_checkpoint (pass->network)));
  return FALSE;
}

/* Also finds data the network cannot take at all. */
static gboolean
settle_batch_size (AmEvaluationPass *pass, guint wanted, GError **error)
{
  guint64 size;

  if (!am_evaluation_pass_measure (pass, &size, error))
    return FALSE;
  pass->batch_size = wanted;
  if (wanted == 0)
    pass->batch_size = (guint)CLAMP (BATCH_MEMORY / MAX (size, 1), 1, MOST_SAMPLES_AT_ONCE);
  return TRUE;
}

gboolean
am_evaluation_pass_init (AmEvaluationPass *pass, AmVisionNetwork *network, AmDataset *dataset,
                         const AmEvaluateSettings *settings, guint n_passes, GError **error)
{
  pass->network = network;
  pass->dataset = dataset;
  pass->stage = N_ ("Evaluating");
  pass->began = g_get_monotonic_time ();
  if (!check_labels (network, dataset, error) || !settle_batch_size (pass, settings->batch_size, error))
    return FALSE;
  am_network_set_n_threads (am_vision_network_get_network (network), settings->n_threads);
  pass->samples = am_dataset_choose (dataset, settings->n_samples, settings->seed, &pass->n_samples);
  pass->n_total = pass->n_samples * n_passes;
  return TRUE;
}

void
am_evaluation_pass_clear (AmEvaluationPass *pass)
{
  g_clear_pointer (&pass->samples, g_free);
}

AmNetworkRun *
am_evaluation_pass_new_run (const AmEvaluationPass *pass, const float *values, guint n, GError **error)
{
  guint64 height, width, channels;
  AmValue value = { 0 };
  AmNetworkRun *run;

  am_dataset_get_shape (pass->dataset, &height, &width, &channels);
  if (!am_vision_network_arrange (pass->network, values, n, height, width, channels, &value, error))
    return NULL;
  run = am_network_run_new (am_vision_network_get_network (pass->network), &value, FALSE, error);
  g_free (value.data);
  return run;
}

static gboolean
check_logits (const AmEvaluationPass *pass, const AmValue *logits, GError **error)
{
  if (logits->height == 1 && logits->width == 1)
    return TRUE;
  g_set_error (
      error, AM_ERROR, AM_ERROR_MISMATCH,
      T_ ("%s answers for every position of a picture, and a label is one for all of it: only a network "
          "with one answer for each sample can be evaluated"),
      am_checkpoint_get_path (am_vision_network_get_checkpoint (pass->network)));
  return FALSE;
}

static gboolean
run_batch (const AmEvaluationPass *pass, const float *values, const guint64 *samples, guint n,
           AmEvaluation *evaluation, GError **error)
{
  g_autoptr (AmNetworkRun) run = am_evaluation_pass_new_run (pass, values, n, error);
  const AmValue *logits;

  if (run == NULL || !am_network_run_forward (run, NULL, NULL, pass->cancellable, error))
    return FALSE;
  logits
      = am_network_run_get_value (run, am_network_get_output (am_vision_network_get_network (pass->network)));
  if (!check_logits (pass, logits, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    am_evaluation_add (evaluation, logits->data + i * logits->channels,
                       am_dataset_get_label (pass->dataset, samples[i]));
  return TRUE;
}

static void
report_progress (const AmEvaluationPass *pass)
{
  AmProgressState state
      = { .stage = pass->stage, .done_size = pass->n_done, .total_size = pass->n_total, .seconds_left = -1 };
  double seconds = (double)(g_get_monotonic_time () - pass->began) / G_USEC_PER_SEC;

  if (pass->progress == NULL || pass->progress->func == NULL)
    return;
  if (pass->n_done > 0)
    state.seconds_left = seconds * (double)(pass->n_total - pass->n_done) / (double)pass->n_done;
  pass->progress->func (&state, pass->progress->user_data);
}

AmEvaluation *
am_evaluation_pass_run (AmEvaluationPass *pass, GError **error)
{
  g_autoptr (AmBatches) batches
      = am_batches_new (pass->dataset, pass->samples, pass->n_samples, pass->batch_size);
  g_autoptr (AmEvaluation) evaluation
      = am_evaluation_new ((guint)am_vision_network_get_n_classes (pass->network));
  g_autoptr (GError) failure = NULL;
  const float *values;
  const guint64 *samples;
  guint n;

  report_progress (pass);
  while ((n = am_batches_next (batches, &values, &samples, &failure)) > 0)
    {
      if (!run_batch (pass, values, samples, n, evaluation, error))
        return NULL;
      pass->n_done += n;
      report_progress (pass);
    }
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  am_evaluation_finish (evaluation);
  return g_steal_pointer (&evaluation);
}

AmEvaluation *
am_evaluate (AmVisionNetwork *network, AmDataset *dataset, const AmEvaluateSettings *settings,
             const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  g_auto (AmEvaluationPass) pass = { .progress = progress, .cancellable = cancellable };

  if (!am_evaluation_pass_init (&pass, network, dataset, settings, 1, error))
    return NULL;
  return am_evaluation_pass_run (&pass, error);
}
