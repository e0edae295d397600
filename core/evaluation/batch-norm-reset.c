#include "evaluation/batch-norm-reset.h"

#include "base/cancelled.h"

#include "network/moments.h"
#include "network/network-walk.h"

/* Bytes that values of all samples together may take; fixed, so that figures do not depend on the machine. */
#define RESET_MEMORY (2ull << 30)

static gboolean
is_batch_norm (const AmNetwork *network, guint node)
{
  return am_network_has_node (network, node)
         && am_graph_get_node (am_network_get_graph (network), node)->type == AM_NODE_BATCH_NORM;
}

gboolean
am_network_has_batch_norms (const AmNetwork *network)
{
  for (guint i = 0; i < am_graph_get_n_nodes (am_network_get_graph (network)); i++)
    if (is_batch_norm (network, i))
      return TRUE;
  return FALSE;
}

gboolean
am_batch_norm_reset_count (const AmEvaluationPass *pass, guint64 *n, GError **error)
{
  guint64 size;

  if (!am_evaluation_pass_measure (pass, &size, error))
    return FALSE;
  *n = CLAMP (RESET_MEMORY / MAX (size, 1), 1, pass->n_samples);
  return TRUE;
}

static void
set_statistics (AmNetwork *network, const AmNode *norm, const AmMoments *moments)
{
  g_autofree AmReal *means = g_new (AmReal, norm->channels);
  g_autofree AmReal *variances = g_new (AmReal, norm->channels);

  for (guint64 i = 0; i < norm->channels; i++)
    {
      means[i] = (AmReal)moments->means[i];
      variances[i] = (AmReal)am_moments_get_variance (moments, i);
    }
  am_network_set_weights (network, (guint)norm->mean, means);
  am_network_set_weights (network, (guint)norm->variance, variances);
}

static gboolean
measure_before (AmNetworkRun *const *runs, guint n_runs, guint node, gpointer user_data, GError **error)
{
  const AmEvaluationPass *pass = user_data;
  AmNetwork *network = am_vision_network_get_network (pass->network);
  const AmNode *norm = am_graph_get_node (am_network_get_graph (network), node);
  AmMoments moments;

  if (!is_batch_norm (network, node))
    return TRUE;
  am_moments_init (&moments, norm->channels);
  for (guint i = 0; i < n_runs; i++)
    {
      const AmValue *value = am_network_run_get_value (runs[i], norm->inputs[0]);

      am_moments_add (&moments, 1, &value, NULL, 0);
    }
  set_statistics (network, norm, &moments);
  am_moments_clear (&moments);
  return TRUE;
}

/* A run for each batch, none of them begun. */
static gboolean
fill_runs (const AmEvaluationPass *pass, const guint64 *samples, guint64 n_samples, GPtrArray *runs,
           GError **error)
{
  g_autoptr (AmBatches) batches = am_batches_new (pass->dataset, samples, n_samples, pass->batch_size);
  g_autoptr (GError) failure = NULL;
  const float *values;
  const guint64 *numbers;
  guint n;

  while ((n = am_batches_next (batches, &values, &numbers, &failure)) > 0)
    {
      AmNetworkRun *run = am_check_cancelled (pass->cancellable, error)
                              ? am_evaluation_pass_new_run (pass, values, n, error)
                              : NULL;

      if (run == NULL)
        return FALSE;
      g_ptr_array_add (runs, run);
    }
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

gboolean
am_batch_norm_reset (const AmEvaluationPass *pass, const guint64 *samples, guint64 n_samples, GError **error)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify)am_network_run_free);
  AmNetwork *network = am_vision_network_get_network (pass->network);
  AmNetworkWalker walker = { .before = measure_before, .user_data = (gpointer)pass };

  return fill_runs (pass, samples, n_samples, runs, error)
         && am_network_walk (network, (AmNetworkRun *const *)runs->pdata, runs->len, &walker,
                             pass->cancellable, error);
}
