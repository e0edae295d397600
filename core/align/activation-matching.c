#include "align/activation-matching.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "align/activation-matching-solve.h"
#include "align/matching-pair.h"
#include "base/text.h"
#include "network/vision-network.h"

/* Values of both networks at a time, and pictures of a batch. */
#define BATCH_SIZE ((guint64)256 * 1024 * 1024)
#define MAX_BATCH 256

typedef struct
{
  const AmSymmetries *symmetries;
  AmDataset *dataset;
  const AmAlignSettings *settings;
  guint n_threads;
  const AmProgress *progress;
  GCancellable *cancellable;
  AmVisionNetwork *a, *b; /* the one that stays, and the one that moves */
  AmMatchingForest *forest;
  AmFeatures *features;
  AmFeatureSums **sums; /* [features] */
  gint64 started;
} Matcher;

static void
matcher_clear (Matcher *matcher)
{
  for (guint i = 0; matcher->sums != NULL && i < matcher->features->features->len; i++)
    am_feature_sums_free (matcher->sums[i]);
  g_free (matcher->sums);
  am_features_free (matcher->features);
  am_matching_forest_free (matcher->forest);
  am_vision_network_free (matcher->a);
  am_vision_network_free (matcher->b);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Matcher, matcher_clear)

/* Descriptions make of different tensors different networks. */
static gboolean
check_same_graph (const Matcher *matcher, AmVisionNetwork *vision, GError **error)
{
  const AmGraph *graph = am_symmetries_get_graph (matcher->symmetries);
  const AmGraph *other = am_network_get_graph (am_vision_network_get_network (vision));
  const guint n = am_graph_get_n_nodes (graph);
  guint i = 0;

  while (i < n && i < am_graph_get_n_nodes (other)
         && am_graph_get_node (graph, i)->type == am_graph_get_node (other, i)->type
         && am_graph_get_node (graph, i)->channels == am_graph_get_node (other, i)->channels)
    i++;
  if (i == n && n == am_graph_get_n_nodes (other))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("%s is another network than the model that is aligned: they differ at %s"),
               am_checkpoint_get_path (am_vision_network_get_checkpoint (vision)),
               am_graph_get_node (graph, MIN (i, n - 1))->name);
  return FALSE;
}

static AmVisionNetwork *
open_network (const Matcher *matcher, const AmModel *model, AmCheckpoint *checkpoint, GError **error)
{
  g_autoptr (AmVisionNetwork) vision
      = am_vision_network_new (model, checkpoint, matcher->settings->architecture, NULL, FALSE, error);

  if (vision == NULL || !check_same_graph (matcher, vision, error))
    return NULL;
  am_network_set_n_threads (am_vision_network_get_network (vision), matcher->n_threads);
  return g_steal_pointer (&vision);
}

/* Tensors that both networks have; where nothing is compared nothing moves. */
static void
find_features (Matcher *matcher, const AmModel *model, AmCheckpoint *checkpoint, const AmReference *reference)
{
  g_autoptr (AmMatchingPair) pair = am_matching_pair_new (matcher->symmetries, model, checkpoint, reference);
  const guint n_nodes = am_graph_get_n_nodes (am_symmetries_get_graph (matcher->symmetries));
  g_autofree gboolean *is_run = g_new0 (gboolean, n_nodes + 1);

  for (guint i = 0; i < n_nodes; i++)
    is_run[i] = am_network_has_node (am_vision_network_get_network (matcher->a), i)
                && am_network_has_node (am_vision_network_get_network (matcher->b), i);
  matcher->forest = am_matching_forest_new (matcher->symmetries, pair->counts);
  matcher->features = am_features_find (matcher->forest, is_run);
}

static gboolean
open_sums (Matcher *matcher, GError **error)
{
  const GArray *features = matcher->features->features;

  matcher->sums = g_new0 (AmFeatureSums *, features->len + 1);
  for (guint i = 0; i < features->len; i++)
    {
      const AmFeature *feature = &g_array_index (features, AmFeature, i);
      const guint64 n = feature->segment.length;

      matcher->sums[i] = am_feature_sums_new ((gsize)n);
      if (matcher->sums[i] != NULL)
        continue;
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: to compare the %u units of “%s” takes %u MiB of memory, more than there is"),
                   am_checkpoint_get_path (am_vision_network_get_checkpoint (matcher->b)), (guint)n,
                   am_graph_get_node (am_symmetries_get_graph (matcher->symmetries), feature->node)->name,
                   (guint)(n * n * sizeof (double) >> 20));
      return FALSE;
    }
  return TRUE;
}

static void
report (const Matcher *matcher, guint64 n_done, guint64 n_samples)
{
  const double seconds = (double)(g_get_monotonic_time () - matcher->started) / G_USEC_PER_SEC;
  AmProgressState state = { .stage = N_ ("Aligning"), .total_size = n_samples, .seconds_left = -1.0 };

  if (matcher->progress == NULL || matcher->progress->func == NULL)
    return;
  state.done_size = n_done;
  if (seconds > 0.5 && n_done > 0)
    state.seconds_left = seconds * ((double)n_samples / (double)n_done - 1.0);
  matcher->progress->func (&state, matcher->progress->user_data);
}

/* Adds what node @node says of units in both networks. */
static void
add_values (const Matcher *matcher, guint node, const AmValue *a, const AmValue *b)
{
  const GArray *features = matcher->features->features;

  for (guint i = 0; i < features->len; i++)
    {
      const AmFeature *feature = &g_array_index (features, AmFeature, i);

      if (feature->node == node)
        am_feature_sums_add (matcher->sums[i], a->data + feature->segment.start, (gsize)a->channels,
                             b->data + feature->segment.start, (gsize)b->channels, am_value_count_rows (a),
                             matcher->n_threads);
    }
}

static gboolean
run_node (const Matcher *matcher, AmVisionNetwork *vision, AmNetworkRun *run, guint node, GError **error)
{
  if (g_cancellable_is_cancelled (matcher->cancellable))
    {
      g_set_error_literal (error, AM_ERROR, AM_ERROR_CANCELLED, T_ ("Alignment was cancelled"));
      return FALSE;
    }
  return !am_network_has_node (am_vision_network_get_network (vision), node)
         || am_network_run_node (run, node, error);
}

/* Both networks side by side, so that no value is kept for the other one. */
static gboolean
run_networks (const Matcher *matcher, AmNetworkRun *a, AmNetworkRun *b, GError **error)
{
  const guint n_nodes = am_graph_get_n_nodes (am_symmetries_get_graph (matcher->symmetries));

  for (guint i = 0; i < n_nodes; i++)
    {
      const AmValue *value_a, *value_b;

      if (!run_node (matcher, matcher->a, a, i, error) || !run_node (matcher, matcher->b, b, i, error))
        return FALSE;
      value_a = am_network_run_get_value (a, i);
      value_b = am_network_run_get_value (b, i);
      if (value_a != NULL && value_b != NULL)
        add_values (matcher, i, value_a, value_b);
    }
  return TRUE;
}

static gboolean
arrange (const Matcher *matcher, const float *values, guint n, AmValue *value, GError **error)
{
  guint64 height, width, channels;

  am_dataset_get_shape (matcher->dataset, &height, &width, &channels);
  if (am_vision_network_arrange (matcher->a, values, n, height, width, channels, value, error))
    return TRUE;
  g_prefix_error (error, "%s: ", am_dataset_get_path (matcher->dataset));
  return FALSE;
}

static gboolean
run_batch (const Matcher *matcher, const float *values, guint n, GError **error)
{
  g_autoptr (AmNetworkRun) a = NULL;
  g_autoptr (AmNetworkRun) b = NULL;
  AmValue value = { 0 };

  if (!arrange (matcher, values, n, &value, error))
    return FALSE;
  a = am_network_run_new (am_vision_network_get_network (matcher->a), &value, FALSE, error);
  if (a != NULL)
    b = am_network_run_new (am_vision_network_get_network (matcher->b), &value, FALSE, error);
  g_free (value.data);
  return b != NULL && run_networks (matcher, a, b, error);
}

/* How many samples fit; depends on sizes alone. */
static gboolean
choose_batch (const Matcher *matcher, const guint64 *samples, guint *n, GError **error)
{
  guint64 height, width, channels, size;
  g_autofree float *values = NULL;
  AmValue value = { 0 };
  gboolean is_done;

  am_dataset_get_shape (matcher->dataset, &height, &width, &channels);
  values = g_new (float, height *width *channels);
  if (!am_dataset_read (matcher->dataset, samples, 1, values, error)
      || !arrange (matcher, values, 1, &value, error))
    return FALSE;
  is_done = am_network_estimate_memory (am_vision_network_get_network (matcher->a), value.height, value.width,
                                        FALSE, &size, error);
  g_free (value.data);
  if (is_done)
    *n = (guint)CLAMP (BATCH_SIZE / (2 * MAX (1, size)), 1, MAX_BATCH);
  return is_done;
}

static gboolean
run_samples (const Matcher *matcher, const guint64 *samples, guint64 n_samples, GError **error)
{
  g_autoptr (AmBatches) batches = NULL;
  g_autoptr (GError) failure = NULL;
  const float *values;
  const guint64 *numbers;
  guint64 n_done = 0;
  guint n, batch_size;

  if (!choose_batch (matcher, samples, &batch_size, error))
    return FALSE;
  batches = am_batches_new (matcher->dataset, samples, n_samples, batch_size);
  while ((n = am_batches_next (batches, &values, &numbers, &failure)) > 0)
    {
      if (!run_batch (matcher, values, n, error))
        return FALSE;
      n_done += n;
      report (matcher, n_done, n_samples);
    }
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

/* Networks know nothing of where pictures come from. */
static void
name_data (const Matcher *matcher, GError **error)
{
  const char *path = am_dataset_get_path (matcher->dataset);

  if (error != NULL && g_error_matches (*error, AM_ERROR, AM_ERROR_MISMATCH)
      && strstr ((*error)->message, path) == NULL)
    g_prefix_error (error, "%s: ", path);
}

static gboolean
measure (Matcher *matcher, GError **error)
{
  guint64 n_samples;
  g_autofree guint64 *samples = am_dataset_choose (matcher->dataset, matcher->settings->n_samples,
                                                   matcher->settings->seed, &n_samples);

  if (n_samples == 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("%s has no pictures"),
                   am_dataset_get_path (matcher->dataset));
      return FALSE;
    }
  if (!open_sums (matcher, error))
    return FALSE;
  report (matcher, 0, n_samples);
  if (!run_samples (matcher, samples, n_samples, error))
    {
      name_data (matcher, error);
      return FALSE;
    }
  for (guint i = 0; i < matcher->features->features->len; i++)
    am_feature_sums_finish (matcher->sums[i]);
  return TRUE;
}

/* Weight matching that may not take a step only measures what it starts from. */
static AmMatching *
measure_weights (const Matcher *matcher, const AmReference *reference, const AmReorder *reorder,
                 GError **error)
{
  AmAlignSettings settings = *matcher->settings;

  settings.max_sweeps = 0;
  settings.restarts = 1;
  settings.normalise = FALSE;
  return am_weight_matching_run (matcher->symmetries, am_vision_network_get_model (matcher->b),
                                 am_vision_network_get_checkpoint (matcher->b), reference, &settings, reorder,
                                 matcher->n_threads, NULL, matcher->cancellable, error);
}

static void
add_correlations (const AmFeatureProblem *problem, AmMatching *matching)
{
  g_autoptr (AmReorder) identity = am_reorder_new (problem->forest->symmetries);
  const guint n_factors = am_symmetries_get_n_factors (problem->forest->symmetries);
  double before = 0.0, after = 0.0, n_all = 0.0;

  matching->correlations = g_new (AmMatchingCorrelation, n_factors + 1);
  for (guint i = 0; i < n_factors; i++)
    matching->correlations[i] = (AmMatchingCorrelation){ NAN, NAN };
  for (guint i = 0; i < problem->forest->n_trees; i++)
    {
      AmMatchingCorrelation *correlation = &matching->correlations[problem->forest->trees[i].root];
      guint64 n;

      correlation->before = am_features_correlate (problem, i, identity, &n);
      correlation->after = am_features_correlate (problem, i, matching->reorder, &n);
      n_all += (double)n;
      before += n > 0 ? correlation->before * (double)n : 0.0;
      after += n > 0 ? correlation->after * (double)n : 0.0;
    }
  matching->total_correlation = n_all > 0.0 ? (AmMatchingCorrelation){ before / n_all, after / n_all }
                                            : (AmMatchingCorrelation){ NAN, NAN };
}

static AmMatching *
solve (const Matcher *matcher, const AmReference *reference, GError **error)
{
  const AmFeatureProblem problem = { matcher->forest, matcher->features, matcher->sums,
                                     matcher->settings->objective, MAX (1, matcher->settings->max_sweeps) };
  guint n_sweeps, n_solves;
  g_autoptr (AmReorder) reorder
      = am_features_solve (&problem, matcher->n_threads, matcher->cancellable, &n_sweeps, &n_solves, error);
  AmMatching *matching = reorder != NULL ? measure_weights (matcher, reference, reorder, error) : NULL;

  if (matching == NULL)
    return NULL;
  matching->n_sweeps = MAX (1, n_sweeps);
  matching->n_solves = n_solves;
  add_correlations (&problem, matching);
  return matching;
}

AmMatching *
am_activation_matching_run (const AmSymmetries *symmetries, const AmModel *model, AmCheckpoint *checkpoint,
                            const AmModel *reference_model, AmCheckpoint *reference, AmDataset *dataset,
                            const AmAlignSettings *settings, guint n_threads, const AmProgress *progress,
                            GCancellable *cancellable, GError **error)
{
  const AmReference other = { 1, &reference_model, &reference };
  g_auto (Matcher) matcher = { .symmetries = symmetries,
                               .dataset = dataset,
                               .settings = settings,
                               .n_threads = n_threads > 0 ? n_threads : (guint)omp_get_max_threads (),
                               .progress = progress,
                               .cancellable = cancellable,
                               .started = g_get_monotonic_time () };

  if (settings->rotate)
    {
      g_set_error_literal (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                           T_ ("rotations are found from weights, not from activations"));
      return NULL;
    }
  matcher.a = open_network (&matcher, reference_model, reference, error);
  if (matcher.a == NULL)
    return NULL;
  matcher.b = open_network (&matcher, model, checkpoint, error);
  if (matcher.b == NULL)
    return NULL;
  find_features (&matcher, model, checkpoint, &other);
  return measure (&matcher, error) ? solve (&matcher, &other, error) : NULL;
}

guint64
am_activation_matching_estimate_memory (const AmSymmetries *symmetries, guint n_threads)
{
  const AmGraph *graph = am_symmetries_get_graph (symmetries);
  const guint n_tensors = am_graph_get_n_tensors (graph);
  g_autofree gboolean *counts = g_new (gboolean, n_tensors + 1);
  g_autoptr (AmMatchingForest) forest = NULL;
  g_autoptr (AmFeatures) features = NULL;
  double sums = 0.0, largest = 0.0, weights = 0.0;

  for (guint i = 0; i < n_tensors; i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (graph, i);
      double n = 1.0;

      counts[i] = TRUE;
      for (guint k = 0; k < tensor->n_dims; k++)
        n *= (double)tensor->shape[k];
      weights += 2.0 * sizeof (AmReal) * n;
    }
  forest = am_matching_forest_new (symmetries, counts);
  features = am_features_find (forest, NULL);
  for (guint i = 0; i < features->features->len; i++)
    {
      const double n = (double)g_array_index (features->features, AmFeature, i).segment.length;

      sums += n * n * sizeof (double);
      largest = MAX (largest, n * n * sizeof (float));
    }
  return (guint64)(weights + sums + n_threads * largest) + BATCH_SIZE;
}
