/* Networks run side by side on the samples, batch by batch and node by node. */
#include "base/cancelled.h"
#include "base/text.h"
#include "repair/repair-private.h"

typedef struct
{
  AmRepair *repair;
  const char *stage;
  guint n_networks;
  AmVisionNetwork **networks; /* [n_networks] of one graph */
  void (*see) (AmRepair *repair, AmNetworkRun *const *runs, guint node);
} Pass;

void
am_repair_report (const AmRepair *repair, const char *stage, guint64 done, guint64 total)
{
  const AmProgressState state = { stage, NULL, done, total, 0.0, -1.0 };

  if (repair->progress != NULL && repair->progress->func != NULL)
    repair->progress->func (&state, repair->progress->user_data);
}

AmNetworkRun *
am_repair_new_run (const AmRepair *repair, AmVisionNetwork *network, const float *values, guint n,
                   GError **error)
{
  guint64 height, width, channels;
  AmValue input = { 0 };
  AmNetworkRun *run;

  am_dataset_get_shape (repair->dataset, &height, &width, &channels);
  if (!am_vision_network_arrange (network, values, n, height, width, channels, &input, error))
    return NULL;
  run = am_network_run_new (am_vision_network_get_network (network), &input, FALSE, error);
  g_free (input.data);
  return run;
}

static gboolean
run_nodes (const Pass *pass, AmNetworkRun *const *runs, GError **error)
{
  AmNetwork *network = am_repair_get_network (pass->repair);

  for (guint node = 0; node < am_graph_get_n_nodes (am_network_get_graph (network)); node++)
    {
      if (!am_network_has_node (network, node))
        continue;
      if (!am_check_cancelled (pass->repair->cancellable, error))
        return FALSE;
      for (guint i = 0; i < pass->n_networks; i++)
        if (!am_network_run_node (runs[i], node, error))
          return FALSE;
      pass->see (pass->repair, runs, node);
    }
  return TRUE;
}

static gboolean
run_batch (const Pass *pass, const float *values, guint n, GError **error)
{
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify)am_network_run_free);

  for (guint i = 0; i < pass->n_networks; i++)
    {
      AmNetworkRun *run = am_repair_new_run (pass->repair, pass->networks[i], values, n, error);

      if (run == NULL)
        return FALSE;
      g_ptr_array_add (runs, run);
    }
  return run_nodes (pass, (AmNetworkRun *const *)runs->pdata, error);
}

static gboolean
pass_run (const Pass *pass, GError **error)
{
  const AmRepair *repair = pass->repair;
  g_autoptr (AmBatches) batches
      = am_batches_new (repair->dataset, repair->samples, repair->n_samples, repair->batch_size);
  g_autoptr (GError) failure = NULL;
  const float *values;
  const guint64 *samples;
  guint64 done = 0;
  guint n;

  am_repair_report (repair, pass->stage, 0, repair->n_samples);
  while ((n = am_batches_next (batches, &values, &samples, &failure)) > 0)
    {
      if (!run_batch (pass, values, n, error))
        return FALSE;
      done += n;
      am_repair_report (repair, pass->stage, done, repair->n_samples);
    }
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

static void
see_parents (const AmRepair *repair, AmSite *site, AmNetworkRun *const *runs)
{
  const guint n_threads = repair->settings.n_threads;
  g_autofree const AmValue **values = g_new (const AmValue *, repair->n_parents + 1);

  for (guint i = 0; i <= repair->n_parents; i++)
    values[i] = am_network_run_get_value (runs[i], site->node);
  for (guint i = 0; i < repair->n_parents; i++)
    am_moments_add (&site->parents[i], 1, &values[i], NULL, n_threads);
  am_moments_add (&site->before, 1, &values[repair->n_parents], NULL, n_threads);
  if (repair->method == AM_REPAIR_CLOSED_FORM)
    am_moments_add (&site->mixture, repair->n_parents, values, repair->shares, n_threads);
}

static void
see_before (AmRepair *repair, AmNetworkRun *const *runs, guint node)
{
  for (guint i = 0; i < repair->sites->len; i++)
    {
      AmSite *site = am_repair_get_site (repair, i);

      if (site->node == node && site->kind != AM_SITE_RESET)
        see_parents (repair, site, runs);
    }
}

/* Means and standard deviations, not variances, are interpolated (Jordan et al. 2023, section 4). */
static void
set_targets (const AmRepair *repair, AmSite *site)
{
  for (guint64 c = 0; c < site->n_units; c++)
    for (guint i = 0; i < repair->n_parents; i++)
      {
        site->target_means[c] += repair->shares[i] * site->parents[i].means[c];
        site->target_deviations[c] += repair->shares[i] * am_moments_get_deviation (&site->parents[i], c);
      }
}

gboolean
am_repair_measure_before (AmRepair *repair, GError **error)
{
  const guint n = repair->n_parents;
  g_autofree AmVisionNetwork **networks = g_new (AmVisionNetwork *, n + 1);
  const Pass pass = { repair, T_ ("Measuring the parents"), n + 1, networks, see_before };

  for (guint i = 0; i < n; i++)
    networks[i] = repair->parents[i];
  networks[n] = repair->merged;
  if (!pass_run (&pass, error))
    return FALSE;
  for (guint i = 0; i < repair->sites->len; i++)
    if (am_repair_get_site (repair, i)->kind != AM_SITE_RESET)
      set_targets (repair, am_repair_get_site (repair, i));
  return TRUE;
}

/* The graph has no node for a bias that is new. */
static void
add_new_bias (const AmSite *site, AmValue *value)
{
  for (guint64 row = 0; row < am_value_count_rows (value); row++)
    for (guint64 c = 0; c < site->n_units; c++)
      value->data[row * site->n_units + c] += site->new_bias[c];
}

static void
see_after (AmRepair *repair, AmNetworkRun *const *runs, guint node)
{
  for (guint i = 0; i < repair->sites->len; i++)
    {
      AmSite *site = am_repair_get_site (repair, i);
      AmValue *value;

      if (site->node != node)
        continue;
      value = am_network_run_get_value (runs[0], node);
      if (site->new_bias != NULL)
        add_new_bias (site, value);
      am_moments_add (&site->after, 1, (const AmValue *const *)&value, NULL, repair->settings.n_threads);
    }
}

gboolean
am_repair_measure_after (AmRepair *repair, GError **error)
{
  const Pass pass = { repair, T_ ("Checking the repaired network"), 1, &repair->merged, see_after };

  return pass_run (&pass, error);
}
