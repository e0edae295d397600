#include "statistics/measure-private.h"

#include <math.h>
#include <omp.h>
#include <string.h>
#include <unistd.h>

#include "base/cancelled.h"
#include "base/text.h"
#include "checkpoint/digest.h"

/* Bytes that the values of a batch should take at most. */
#define MOST_MEMORY ((guint64)1 << 30)
#define LARGEST_BATCH 256

static const char *const estimator_ids[] = {
  [AM_ESTIMATOR_EXACT] = "exact",
  [AM_ESTIMATOR_SAMPLED] = "sampled",
  [AM_ESTIMATOR_EMPIRICAL] = "empirical",
};

const char *
am_estimator_get_id (AmEstimator estimator)
{
  return estimator_ids[estimator];
}

gboolean
am_estimator_parse (const char *text, AmEstimator *estimator)
{
  for (guint i = 0; i < G_N_ELEMENTS (estimator_ids); i++)
    if (strcmp (text, estimator_ids[i]) == 0)
      {
        *estimator = i;
        return TRUE;
      }
  return FALSE;
}

const char *
am_measure_get_key (const AmMeasure *measure, gint tensor)
{
  gint index;

  if (tensor == AM_NO_TENSOR || (guint)tensor >= am_vision_network_get_n_model_tensors (measure->vision))
    return NULL;
  index = am_model_find (am_vision_network_get_model (measure->vision),
                         am_graph_get_tensor (measure->graph, (guint)tensor)->name);
  if (index < 0)
    return NULL;
  return am_checkpoint_get_tensor (am_vision_network_get_checkpoint (measure->vision), (guint)index)->name;
}

gboolean
am_measure_wants (const AmMeasure *measure, AmStatisticKind kind)
{
  return (measure->settings->kinds & (1u << kind)) != 0;
}

gboolean
am_measure_check_memory (guint64 needed, GError **error)
{
  const guint64 there = (guint64)sysconf (_SC_PHYS_PAGES) * (guint64)sysconf (_SC_PAGESIZE);

  if (needed <= there)
    return TRUE;
  g_set_error (
      error, AM_ERROR, AM_ERROR_UNSUPPORTED,
      T_ ("the sums over all samples take %.1f GB of memory, and this machine has %.1f GB: leave more "
          "of the wide layers out, or take the diagonals of Gram matrices alone"),
      (double)needed * 1e-9, (double)there * 1e-9);
  return FALSE;
}

/* A measurement under way. */
typedef struct
{
  AmMeasure measure;
  AmGramMeasure *grams;
  AmFisherMeasure *fisher;
  guint64 *samples;
  guint64 n_samples, n_done;
  guint64 height, width, channels;
  guint batch_size;
  const AmProgress *progress;
  GCancellable *cancellable;
  gint64 started;
} Work;

static void
work_clear (Work *work)
{
  g_clear_pointer (&work->grams, am_gram_measure_free);
  g_clear_pointer (&work->fisher, am_fisher_measure_free);
  g_clear_pointer (&work->measure.sums, am_statistics_sums_free);
  g_clear_pointer (&work->samples, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Work, work_clear)

static gboolean
check_labels (const AmMeasure *measure, GError **error)
{
  if (!am_measure_wants (measure, AM_STATISTIC_FISHER)
      || measure->settings->estimator != AM_ESTIMATOR_EMPIRICAL)
    return TRUE;
  if (am_dataset_has_labels (measure->dataset))
    return am_dataset_check_classes (measure->dataset, am_vision_network_get_n_classes (measure->vision),
                                     error);
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("%s has no labels, which the empirical Fisher is about; take the exact or sampled one"),
               am_dataset_get_path (measure->dataset));
  return FALSE;
}

/* What one sample takes, which also shows whether the data fits the network. */
static gboolean
estimate_sample (const Work *work, guint64 *size, GError **error)
{
  g_autofree float *blank = g_new0 (float, work->height * work->width * work->channels);
  gboolean keep = work->fisher != NULL;
  AmValue value = { 0 };
  gboolean is_known;

  if (!am_vision_network_arrange (work->measure.vision, blank, 1, work->height, work->width, work->channels,
                                  &value, error))
    {
      g_prefix_error (error, "%s: ", am_dataset_get_path (work->measure.dataset));
      return FALSE;
    }
  is_known = am_network_estimate_memory (work->measure.network, value.height, value.width, keep, size, error);
  g_free (value.data);
  /* Gradients take as much again. */
  if (keep)
    *size *= 2;
  return is_known;
}

static gboolean
choose_batch_size (Work *work, GError **error)
{
  guint64 size;

  if (!estimate_sample (work, &size, error))
    return FALSE;
  work->batch_size = work->measure.settings->batch_size;
  if (work->batch_size == 0)
    work->batch_size = (guint)CLAMP (MOST_MEMORY / MAX (size, 1), 1, LARGEST_BATCH);
  return TRUE;
}

static gboolean
observe (AmNetworkRun *run, guint node, gboolean is_before, gpointer user_data, GError **error)
{
  Work *work = user_data;

  if (is_before && work->grams != NULL)
    am_gram_measure_observe (work->grams, run, node);
  else if (!is_before && am_measure_wants (&work->measure, AM_STATISTIC_MOMENTS))
    am_moments_observe (&work->measure, run, node);
  return TRUE;
}

static gboolean
measure_batch (Work *work, const AmValue *input, const guint64 *samples, GError **error)
{
  g_autoptr (AmNetworkRun) run
      = am_network_run_new (work->measure.network, input, work->fisher != NULL, error);

  if (run == NULL || !am_network_run_forward (run, observe, work, work->cancellable, error))
    return FALSE;
  return work->fisher == NULL || am_fisher_measure_add (work->fisher, run, samples, work->cancellable, error);
}

static void
tell_progress (const Work *work, const char *item)
{
  double seconds = (double)(g_get_monotonic_time () - work->started) / G_USEC_PER_SEC;
  AmProgressState state = {
    .stage = T_ ("Measuring"),
    .item = item,
    .done_size = work->n_done,
    .total_size = work->n_samples,
    .seconds_left = -1.0,
  };

  if (work->n_done > 0)
    state.seconds_left = seconds / (double)work->n_done * (double)(work->n_samples - work->n_done);
  if (work->progress != NULL && work->progress->func != NULL)
    work->progress->func (&state, work->progress->user_data);
}

/* Returns samples measured, 0 at the end or on failure. */
static guint
measure_next (Work *work, AmBatches *batches, GError **error)
{
  const float *values;
  const guint64 *samples;
  AmValue input = { 0 };
  gboolean is_done;
  guint n;

  if (!am_check_cancelled (work->cancellable, error))
    return 0;
  n = am_batches_next (batches, &values, &samples, error);
  if (n == 0
      || !am_vision_network_arrange (work->measure.vision, values, n, work->height, work->width,
                                     work->channels, &input, error))
    return 0;
  tell_progress (work, am_dataset_get_file (work->measure.dataset, samples[0]));
  is_done = measure_batch (work, &input, samples, error);
  g_free (input.data);
  return is_done ? n : 0;
}

static gboolean
measure_all (Work *work, GError **error)
{
  g_autoptr (GError) failure = NULL;
  AmBatches *batches
      = am_batches_new (work->measure.dataset, work->samples, work->n_samples, work->batch_size);
  guint n;

  work->started = g_get_monotonic_time ();
  while ((n = measure_next (work, batches, &failure)) > 0)
    work->n_done += n;
  am_batches_free (batches);
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  tell_progress (work, NULL);
  return TRUE;
}

static gboolean
set_digests (const AmMeasure *measure, GCancellable *cancellable, GError **error)
{
  AmCheckpoint *checkpoint = am_vision_network_get_checkpoint (measure->vision);
  g_autofree char *model = am_digest_finish (am_digest_start (checkpoint, cancellable), error);
  g_autofree char *data = model != NULL ? am_dataset_get_digest (measure->dataset, error) : NULL;

  if (data == NULL)
    return FALSE;
  am_statistics_sums_set_metadata (measure->sums, "model_sha256", model);
  am_statistics_sums_set_metadata (measure->sums, "data_sha256", data);
  return TRUE;
}

static void
set_metadata (const Work *work)
{
  const AmMeasure *measure = &work->measure;
  g_autofree char *model
      = g_path_get_basename (am_checkpoint_get_path (am_vision_network_get_checkpoint (measure->vision)));
  g_autofree char *data = g_path_get_basename (am_dataset_get_path (measure->dataset));
  g_autofree char *preprocessing = am_preprocessing_to_yaml (am_dataset_get_preprocessing (measure->dataset));
  g_autofree char *n_samples = g_strdup_printf ("%" G_GUINT64_FORMAT, work->n_samples);
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, measure->settings->seed);

  am_statistics_sums_set_metadata (measure->sums, "model", model);
  am_statistics_sums_set_metadata (measure->sums, "data", data);
  am_statistics_sums_set_metadata (measure->sums, "preprocessing", preprocessing);
  am_statistics_sums_set_metadata (measure->sums, "samples", n_samples);
  am_statistics_sums_set_metadata (measure->sums, "seed", seed);
  if (work->fisher != NULL)
    am_statistics_sums_set_metadata (measure->sums, "estimator",
                                     am_estimator_get_id (measure->settings->estimator));
}

static gboolean
check_memory (const Work *work, GError **error)
{
  const AmMeasure *measure = &work->measure;
  guint64 needed = work->grams != NULL ? am_gram_measure_get_memory (work->grams) : 0;

  if (am_measure_wants (measure, AM_STATISTIC_FISHER)
      && !g_uint64_checked_add (&needed, needed, am_fisher_measure_count_memory (measure)))
    needed = G_MAXUINT64;
  return am_measure_check_memory (needed, error);
}

static gboolean
work_init (Work *work, GError **error)
{
  AmMeasure *measure = &work->measure;

  if (!check_labels (measure, error))
    return FALSE;
  am_dataset_get_shape (measure->dataset, &work->height, &work->width, &work->channels);
  work->samples = am_dataset_choose (measure->dataset, measure->settings->n_samples, measure->settings->seed,
                                     &work->n_samples);
  if (am_measure_wants (measure, AM_STATISTIC_GRAM))
    work->grams = am_gram_measure_new (measure);
  if (!check_memory (work, error))
    return FALSE;
  if (am_measure_wants (measure, AM_STATISTIC_FISHER))
    work->fisher = am_fisher_measure_new (measure);
  return choose_batch_size (work, error);
}

AmStatisticsSums *
am_statistics_measure (AmVisionNetwork *network, AmDataset *dataset, const AmMeasureSettings *settings,
                       const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  guint n_threads = settings->n_threads > 0 ? settings->n_threads : (guint)omp_get_num_procs ();
  g_auto (Work) work = {
    .measure = { .vision = network,
                 .network = am_vision_network_get_network (network),
                 .dataset = dataset,
                 .settings = settings,
                 .sums = am_statistics_sums_new (),
                 .n_threads = n_threads },
    .progress = progress,
    .cancellable = cancellable,
  };

  work.measure.graph = am_network_get_graph (work.measure.network);
  am_network_set_n_threads (work.measure.network, n_threads);
  if (!work_init (&work, error) || !set_digests (&work.measure, cancellable, error)
      || !measure_all (&work, error))
    return NULL;
  if (work.grams != NULL)
    am_gram_measure_finish (work.grams);
  set_metadata (&work);
  return g_steal_pointer (&work.measure.sums);
}
