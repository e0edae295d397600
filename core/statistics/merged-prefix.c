#include "statistics/merged-prefix.h"

#include <string.h>

#include "base/cancelled.h"
#include "base/text.h"
#include "statistics/measure-private.h"

#define BATCH_SIZE 32

/* One batch on its way through a model's own layers and, behind, through the merged ones. */
typedef struct
{
  guint model;
  AmNetworkRun *own, *merged;
} Pair;

typedef struct
{
  AmVisionNetwork *const *visions;
  const AmMergedPrefixSettings *settings;
  guint n_models;
  const AmGraph *graph;
  AmNetwork *merged;
  GArray *pairs;            /* Pair */
  AmMeasure *measures;      /* [n_models] */
  AmMeasureSettings wanted; /* of all measures */
  AmGramMeasure **grams;    /* [n_models] */
  const AmProgress *progress;
  GCancellable *cancellable;
} Prefix;

static void
pair_clear (gpointer data)
{
  Pair *pair = data;

  am_network_run_free (pair->own);
  am_network_run_free (pair->merged);
}

static void
prefix_clear (Prefix *self)
{
  g_clear_pointer (&self->pairs, g_array_unref);
  for (guint i = 0; self->grams != NULL && i < self->n_models; i++)
    am_gram_measure_free (self->grams[i]);
  g_free (self->grams);
  g_free (self->measures);
  am_network_free (self->merged);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Prefix, prefix_clear)

static gboolean
check_alike (const Prefix *self, guint model, GError **error)
{
  const AmGraph *graph = am_network_get_graph (am_vision_network_get_network (self->visions[model]));
  guint n = am_graph_get_n_tensors (graph);
  gboolean is_alike = am_graph_get_n_nodes (graph) == am_graph_get_n_nodes (self->graph)
                      && n == am_graph_get_n_tensors (self->graph);

  for (guint i = 0; is_alike && i < n; i++)
    {
      const AmGraphTensor *a = am_graph_get_tensor (self->graph, i), *b = am_graph_get_tensor (graph, i);

      is_alike = strcmp (a->name, b->name) == 0 && a->n_dims == b->n_dims
                 && memcmp (a->shape, b->shape, a->n_dims * sizeof *a->shape) == 0;
    }
  if (!is_alike)
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH, T_ ("%s and %s are not of one architecture"),
                 am_checkpoint_get_path (am_vision_network_get_checkpoint (self->visions[0])),
                 am_checkpoint_get_path (am_vision_network_get_checkpoint (self->visions[model])));
  return is_alike;
}

/* Merges tensor @tensor and puts it into the merged network. */
static gboolean
merge_tensor (Prefix *self, guint tensor, const double *const *grams, gsize n, GError **error)
{
  const char *key = am_measure_get_key (&self->measures[0], (gint)tensor);
  gsize length = am_network_count_elements (self->merged, tensor);
  g_autofree float *values = NULL;

  if (key == NULL)
    {
      am_network_set_weights (
          self->merged, tensor,
          am_network_get_weights (am_vision_network_get_network (self->visions[0]), tensor));
      return TRUE;
    }
  values = g_new (float, length);
  if (!self->settings->solve (self->settings->user_data, key, grams, n, values, error))
    return FALSE;
  am_network_set_weights (self->merged, tensor, values);
  return TRUE;
}

static gboolean
make_merged (Prefix *self, GError **error)
{
  const AmNetwork *first = am_vision_network_get_network (self->visions[0]);
  const AmNode *output = am_graph_get_node (self->graph, am_network_get_output (first));

  self->merged = am_network_new (self->graph, output->name, error);
  if (self->merged == NULL)
    return FALSE;
  am_network_set_n_threads (self->merged, self->settings->n_threads);
  for (guint i = 0; i < am_graph_get_n_tensors (self->graph); i++)
    if (am_network_has_tensor (self->merged, i) && !merge_tensor (self, i, NULL, 0, error))
      return FALSE;
  return TRUE;
}

static void
prepare_measures (Prefix *self, AmDataset *const *datasets, AmStatisticsSums **sums)
{
  self->wanted = (AmMeasureSettings){ .kinds = 1u << AM_STATISTIC_GRAM,
                                      .widest_gram = self->settings->widest_gram,
                                      .n_threads = self->settings->n_threads };
  self->measures = g_new0 (AmMeasure, self->n_models);
  self->grams = g_new0 (AmGramMeasure *, self->n_models);
  for (guint i = 0; i < self->n_models; i++)
    {
      AmNetwork *network = am_vision_network_get_network (self->visions[i]);

      am_network_set_n_threads (network, self->settings->n_threads);
      self->measures[i] = (AmMeasure){ .vision = self->visions[i],
                                       .network = network,
                                       .graph = am_network_get_graph (network),
                                       .dataset = datasets[i],
                                       .settings = &self->wanted,
                                       .sums = sums[i],
                                       .n_threads = MAX (self->settings->n_threads, 1) };
      if (self->settings->n_threads == 0)
        self->measures[i].n_threads = g_get_num_processors ();
      self->grams[i] = am_gram_measure_new (&self->measures[i]);
    }
}

/* Of all models at once. */
static gboolean
check_memory (const Prefix *self, GError **error)
{
  guint64 needed = 0;

  for (guint i = 0; i < self->n_models; i++)
    if (!g_uint64_checked_add (&needed, needed, am_gram_measure_get_memory (self->grams[i])))
      needed = G_MAXUINT64;
  return am_measure_check_memory (needed, error);
}

static gboolean
add_pair (Prefix *self, guint model, const AmValue *input, GError **error)
{
  Pair pair = { .model = model };

  pair.own = am_network_run_new (am_vision_network_get_network (self->visions[model]), input, FALSE, error);
  if (pair.own != NULL)
    pair.merged = am_network_run_new (self->merged, input, FALSE, error);
  if (pair.merged != NULL)
    {
      g_array_append_val (self->pairs, pair);
      return TRUE;
    }
  pair_clear (&pair);
  return FALSE;
}

static gboolean
read_pictures (Prefix *self, guint model, AmDataset *dataset, GError **error)
{
  guint64 n_chosen, height, width, channels;
  g_autofree guint64 *chosen
      = am_dataset_choose (dataset, self->settings->n_samples, self->settings->seed, &n_chosen);
  guint batch_size = self->settings->batch_size > 0 ? self->settings->batch_size : BATCH_SIZE;
  g_autoptr (AmBatches) batches = am_batches_new (dataset, chosen, n_chosen, batch_size);
  const float *values;
  const guint64 *samples;
  GError *failure = NULL;
  guint n;

  am_dataset_get_shape (dataset, &height, &width, &channels);
  while ((n = am_batches_next (batches, &values, &samples, &failure)) > 0)
    {
      AmValue input;
      gboolean is_added;

      if (!am_check_cancelled (self->cancellable, error))
        return FALSE;
      if (!am_vision_network_arrange (self->visions[model], values, n, height, width, channels, &input,
                                      error))
        {
          g_prefix_error (error, "%s: ", am_dataset_get_path (dataset));
          return FALSE;
        }
      is_added = add_pair (self, model, &input, error);
      g_free (input.data);
      if (!is_added)
        return FALSE;
    }
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

/* The layer a node's weights belong to; -1 for a matrix that is a layer of its own, -2 for nodes without one.
 */
static gint
find_layer (const Prefix *self, guint index)
{
  const AmNode *node = am_graph_get_node (self->graph, index);
  const AmModel *model = am_vision_network_get_model (self->visions[0]);
  const char *key = am_measure_get_key (&self->measures[0], node->weight);
  gint tensor = key != NULL
                    ? am_model_find (model, am_graph_get_tensor (self->graph, (guint)node->weight)->name)
                    : -1;
  gint layer = tensor >= 0 ? am_model_get_role (model, (guint)tensor)->layer : -1;

  if (layer >= 0)
    return layer;
  return key != NULL && (node->type == AM_NODE_LINEAR || node->type == AM_NODE_CONV) ? -1 : -2;
}

/* The first node behind the layer that begins at @first. */
static guint
find_end (const Prefix *self, guint first)
{
  gint layer = find_layer (self, first);
  guint end = first + 1;

  for (; end < am_graph_get_n_nodes (self->graph); end++)
    {
      gint next = am_network_has_node (self->merged, end) ? find_layer (self, end) : -2;

      if (next == -1 || (next >= 0 && next != layer))
        break;
      if (layer == -2)
        layer = next;
    }
  return end;
}

static gboolean
run_own (Prefix *self, guint first, guint end, GError **error)
{
  for (guint i = 0; i < self->pairs->len; i++)
    {
      Pair *pair = &g_array_index (self->pairs, Pair, i);

      if (!am_check_cancelled (self->cancellable, error))
        return FALSE;
      for (guint node = first; node < end; node++)
        {
          if (!am_network_has_node (self->merged, node))
            continue;
          am_gram_measure_observe (self->grams[pair->model], pair->own, node);
          if (!am_network_run_node (pair->own, node, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
merge_weight (Prefix *self, gint tensor, GError **error)
{
  const char *key = am_measure_get_key (&self->measures[0], tensor);
  g_autofree double **grams = g_new0 (double *, self->n_models);
  gboolean is_merged = TRUE, has_all = key != NULL;
  gsize n = 0;

  for (guint i = 0; has_all && i < self->n_models; i++)
    {
      grams[i] = am_gram_measure_dup_mean (self->grams[i], key, &n);
      has_all = grams[i] != NULL;
    }
  if (has_all)
    is_merged = merge_tensor (self, (guint)tensor, (const double *const *)grams, n, error);
  for (guint i = 0; i < self->n_models; i++)
    g_free (grams[i]);
  return is_merged;
}

static gboolean
merge_layer (Prefix *self, guint first, guint end, GError **error)
{
  for (guint i = first; i < end; i++)
    {
      const AmNode *node = am_graph_get_node (self->graph, i);

      if (am_network_has_node (self->merged, i)
          && (node->type == AM_NODE_LINEAR || node->type == AM_NODE_CONV)
          && !merge_weight (self, node->weight, error))
        return FALSE;
    }
  return TRUE;
}

/* What the merged layer made takes the place of what the model's own made. */
static void
hand_over (const Prefix *self, const Pair *pair, guint end)
{
  for (guint node = 0; node < end; node++)
    {
      const AmValue *merged
          = am_network_has_node (self->merged, node) ? am_network_run_get_value (pair->merged, node) : NULL;
      AmValue *own = merged != NULL ? am_network_run_get_value (pair->own, node) : NULL;

      if (own != NULL)
        memcpy (own->data, merged->data, am_value_count_rows (own) * own->channels * sizeof *own->data);
    }
}

static gboolean
run_merged (Prefix *self, guint first, guint end, GError **error)
{
  for (guint i = 0; i < self->pairs->len; i++)
    {
      const Pair *pair = &g_array_index (self->pairs, Pair, i);

      if (!am_check_cancelled (self->cancellable, error))
        return FALSE;
      for (guint node = first; node < end; node++)
        if (am_network_has_node (self->merged, node) && !am_network_run_node (pair->merged, node, error))
          return FALSE;
      hand_over (self, pair, end);
    }
  return TRUE;
}

static void
report (const Prefix *self, guint done)
{
  guint n_nodes = am_graph_get_n_nodes (self->graph);
  const AmProgressState state = { .stage = T_ ("Measuring behind merged layers"),
                                  .item = am_graph_get_node (self->graph, MIN (done, n_nodes - 1))->name,
                                  .done_size = done,
                                  .total_size = n_nodes,
                                  .seconds_left = -1 };

  if (self->progress != NULL && self->progress->func != NULL)
    self->progress->func (&state, self->progress->user_data);
}

static gboolean
walk (Prefix *self, GError **error)
{
  guint end;

  for (guint first = 0; first < am_graph_get_n_nodes (self->graph); first = end)
    {
      end = find_end (self, first);
      report (self, first);
      if (!run_own (self, first, end, error) || !merge_layer (self, first, end, error)
          || !run_merged (self, first, end, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
measure (Prefix *self, AmDataset *const *datasets, AmStatisticsSums **sums, GError **error)
{
  for (guint i = 1; i < self->n_models; i++)
    if (!check_alike (self, i, error))
      return FALSE;
  prepare_measures (self, datasets, sums);
  if (!check_memory (self, error) || !make_merged (self, error))
    return FALSE;
  for (guint i = 0; i < self->n_models; i++)
    if (!read_pictures (self, i, datasets[i], error))
      return FALSE;
  if (!walk (self, error))
    return FALSE;
  for (guint i = 0; i < self->n_models; i++)
    am_gram_measure_finish (self->grams[i]);
  return TRUE;
}

gboolean
am_merged_prefix_measure (AmVisionNetwork *const *networks, AmDataset *const *datasets, guint n_models,
                          const AmMergedPrefixSettings *settings, AmStatisticsSums **sums,
                          const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  g_auto (Prefix) self = { .visions = networks, .settings = settings, .n_models = n_models };

  self.graph = am_network_get_graph (am_vision_network_get_network (networks[0]));
  self.progress = progress;
  self.cancellable = cancellable;
  self.pairs = g_array_new (FALSE, TRUE, sizeof (Pair));
  g_array_set_clear_func (self.pairs, pair_clear);
  for (guint i = 0; i < n_models; i++)
    sums[i] = am_statistics_sums_new ();
  if (measure (&self, datasets, sums, error))
    return TRUE;
  for (guint i = 0; i < n_models; i++)
    g_clear_pointer (&sums[i], am_statistics_sums_free);
  return FALSE;
}
