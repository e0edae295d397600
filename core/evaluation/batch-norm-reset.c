#include "evaluation/batch-norm-reset.h"

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

/* Adds value - shift, or its square, of each row to @sums [channels]. */
static void
add_rows (const AmValue *value, const double *shift, gboolean is_squared, double *sums)
{
  guint64 n_rows = am_value_count_rows (value);

  for (guint64 row = 0; row < n_rows; row++)
    for (guint64 channel = 0; channel < value->channels; channel++)
      {
        double difference = value->data[row * value->channels + channel] - shift[channel];

        sums[channel] += is_squared ? difference * difference : difference;
      }
}

/* The mean over all rows of all runs of value - shift, or of its square: [n_channels]. (transfer full) */
static double *
average_rows (AmNetworkRun *const *runs, guint n_runs, guint node, const double *shift, gboolean is_squared,
              guint64 n_channels)
{
  double *means = g_new0 (double, n_channels);
  guint64 n_rows = 0;

  for (guint i = 0; i < n_runs; i++)
    {
      const AmValue *value = am_network_run_get_value (runs[i], node);

      add_rows (value, shift, is_squared, means);
      n_rows += am_value_count_rows (value);
    }
  for (guint64 channel = 0; channel < n_channels; channel++)
    means[channel] /= (double)n_rows;
  return means;
}

static void
set_statistic (AmNetwork *network, gint tensor, const double *values, guint64 n)
{
  g_autofree AmReal *rounded = g_new (AmReal, n);

  for (guint64 i = 0; i < n; i++)
    rounded[i] = (AmReal)values[i];
  am_network_set_weights (network, (guint)tensor, rounded);
}

static gboolean
measure_before (AmNetworkRun *const *runs, guint n_runs, guint node, gpointer user_data, GError **error)
{
  AmNetwork *network = user_data;
  const AmNode *norm = am_graph_get_node (am_network_get_graph (network), node);
  g_autofree double *zero = NULL, *means = NULL, *variances = NULL;

  if (!is_batch_norm (network, node))
    return TRUE;
  zero = g_new0 (double, norm->channels);
  means = average_rows (runs, n_runs, norm->inputs[0], zero, FALSE, norm->channels);
  variances = average_rows (runs, n_runs, norm->inputs[0], means, TRUE, norm->channels);
  set_statistic (network, norm->mean, means, norm->channels);
  set_statistic (network, norm->variance, variances, norm->channels);
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
      AmNetworkRun *run = am_evaluation_pass_new_run (pass, values, n, error);

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
  AmNetworkWalker walker = { .before = measure_before, .user_data = network };

  return fill_runs (pass, samples, n_samples, runs, error)
         && am_network_walk (network, (AmNetworkRun *const *)runs->pdata, runs->len, &walker,
                             pass->cancellable, error);
}
