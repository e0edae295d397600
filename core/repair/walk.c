/* The merged network runs layer by layer over all samples, and each layer is changed before the next one sees
 * what it makes. */
#include <math.h>

#include "base/cancelled.h"
#include "base/text.h"
#include "network/network-walk.h"
#include "repair/repair-private.h"

/* How far the batch norm alone may be scaled to make up for a sum. */
#define SMALLEST_GAIN 0.5
#define LARGEST_GAIN 2.0

typedef struct
{
  AmNetworkRun *const *runs;
  guint n_runs;
} Runs;

static void
measure (const AmRepair *repair, const Runs *runs, guint n_values, const guint *nodes, AmMoments *moments)
{
  for (guint i = 0; i < runs->n_runs; i++)
    {
      const AmValue *values[2];

      for (guint k = 0; k < n_values; k++)
        values[k] = am_network_run_get_value (runs->runs[i], nodes[k]);
      am_moments_add (moments, n_values, values, NULL, repair->settings.n_threads);
    }
}

static void
adjust_values (const AmSite *site, const Runs *runs, guint node, const double *gains, const double *shifts)
{
  for (guint i = 0; i < runs->n_runs; i++)
    {
      AmValue *value = am_network_run_get_value (runs->runs[i], node);
      const guint64 n_rows = am_value_count_rows (value);

      for (guint64 row = 0; row < n_rows; row++)
        {
          AmReal *data = value->data + row * site->n_units;

          for (guint64 c = 0; c < site->n_units; c++)
            data[c] = (AmReal)(gains[c] * data[c] + shifts[c]);
        }
    }
}

static void
adjust_both (AmRepair *repair, AmSite *site, const Runs *runs, guint node, const double *gains,
             const double *shifts)
{
  am_repair_adjust_layer (repair, site, node, gains, shifts);
  adjust_values (site, runs, node, gains, shifts);
}

/* The variance over n, not n - 1, which is what normalising by it calls for. */
static void
reset_batch_norm (AmRepair *repair, AmSite *site, const Runs *runs)
{
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));
  const AmNode *node = am_graph_get_node (graph, site->layer);
  g_autofree AmReal *means = g_new (AmReal, site->n_units);
  g_autofree AmReal *variances = g_new (AmReal, site->n_units);

  measure (repair, runs, 1, &site->node, &site->before);
  for (guint64 c = 0; c < site->n_units; c++)
    {
      means[c] = (AmReal)site->before.means[c];
      variances[c] = (AmReal)am_moments_get_variance (&site->before, c);
      site->is_dead[c] = variances[c] == 0;
    }
  am_repair_set_tensor (repair, (guint)node->mean, means);
  am_repair_set_tensor (repair, (guint)node->variance, variances);
}

static void
repair_layer (AmRepair *repair, AmSite *site, const Runs *runs)
{
  g_autofree double *gains = g_new (double, site->n_units);
  g_autofree double *shifts = g_new (double, site->n_units);
  AmMoments moments;

  am_moments_init (&moments, site->n_units);
  measure (repair, runs, 1, &site->node, &moments);
  for (guint64 c = 0; c < site->n_units; c++)
    {
      const double deviation = am_moments_get_deviation (&moments, c), target = site->target_deviations[c];

      site->is_dead[c] = am_repair_is_dead (deviation, moments.means[c], target);
      gains[c] = site->is_dead[c] ? 1.0 : target / deviation;
      shifts[c] = site->target_means[c] - gains[c] * moments.means[c];
    }
  adjust_both (repair, site, runs, site->layer, gains, shifts);
  am_moments_clear (&moments);
}

/* Moments of a sum and of its two values. */
typedef struct
{
  AmMoments branch, other, sum;
} SumMoments;

static void
sum_moments_init (SumMoments *moments, const AmRepair *repair, const AmSite *site, const Runs *runs)
{
  const guint nodes[2] = { site->layer, site->other };

  am_moments_init (&moments->branch, site->n_units);
  am_moments_init (&moments->other, site->n_units);
  am_moments_init (&moments->sum, site->n_units);
  measure (repair, runs, 1, &nodes[0], &moments->branch);
  measure (repair, runs, 1, &nodes[1], &moments->other);
  measure (repair, runs, 2, nodes, &moments->sum);
}

static void
sum_moments_clear (SumMoments *moments)
{
  am_moments_clear (&moments->branch);
  am_moments_clear (&moments->other);
  am_moments_clear (&moments->sum);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SumMoments, sum_moments_clear)

/* The gain g of the branch b for which the variance of g b + s is that of the target: g^2 var b + 2 g cov (b,
 * s) + var s. Where there is none, the one that comes closest. */
static double
find_gain (const SumMoments *moments, guint64 c, double target)
{
  const double branch = am_moments_get_variance (&moments->branch, c);
  const double other = am_moments_get_variance (&moments->other, c);
  const double covariance = (am_moments_get_variance (&moments->sum, c) - branch - other) / 2.0;
  const double root = covariance * covariance - branch * (other - target * target);

  return CLAMP ((sqrt (MAX (root, 0.0)) - covariance) / branch, SMALLEST_GAIN, LARGEST_GAIN);
}

static void
find_gains (AmSite *site, const SumMoments *moments, double *gains, double *shifts)
{
  for (guint64 c = 0; c < site->n_units; c++)
    {
      const AmMoments *scaled = site->is_both ? &moments->sum : &moments->branch;
      const double deviation = am_moments_get_deviation (scaled, c), target = site->target_deviations[c];

      site->is_dead[c] = am_repair_is_dead (deviation, scaled->means[c], target);
      if (site->is_dead[c])
        gains[c] = 1.0;
      else
        gains[c] = site->is_both ? target / deviation : find_gain (moments, c, target);
      shifts[c] = site->target_means[c] - gains[c] * scaled->means[c]
                  - (site->is_both ? 0.0 : moments->other.means[c]);
    }
}

static gboolean
is_even_sum (const AmSite *site, const Runs *runs)
{
  for (guint i = 0; i < runs->n_runs; i++)
    if (am_value_count_rows (am_network_run_get_value (runs->runs[i], site->layer))
        != am_value_count_rows (am_network_run_get_value (runs->runs[i], site->other)))
      return FALSE;
  return TRUE;
}

static void
repair_sum (AmRepair *repair, AmSite *site, const Runs *runs)
{
  g_auto (SumMoments) moments = { 0 };
  g_autofree double *gains = g_new (double, site->n_units);
  g_autofree double *shifts = g_new (double, site->n_units);
  g_autofree double *zeros = g_new0 (double, site->n_units);

  if (!is_even_sum (site, runs))
    return;
  sum_moments_init (&moments, repair, site, runs);
  find_gains (site, &moments, gains, shifts);
  adjust_both (repair, site, runs, site->layer, gains, shifts);
  if (site->is_both)
    adjust_both (repair, site, runs, site->other, gains, zeros);
}

static void
visit (AmRepair *repair, const Runs *runs, guint node, gboolean is_before)
{
  for (guint i = 0; i < repair->sites->len; i++)
    {
      AmSite *site = am_repair_get_site (repair, i);

      if (is_before && site->kind == AM_SITE_RESET && site->layer == node)
        reset_batch_norm (repair, site, runs);
      else if (is_before && site->kind == AM_SITE_SUM && site->node == node)
        repair_sum (repair, site, runs);
      else if (!is_before && site->kind == AM_SITE_LAYER && site->node == node)
        repair_layer (repair, site, runs);
    }
}

static gboolean
visit_before (AmNetworkRun *const *runs, guint n_runs, guint node, gpointer user_data, GError **error)
{
  AmRepair *repair = user_data;
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));

  (void)error;
  am_repair_report (repair, T_ ("Repairing"), node, am_graph_get_n_nodes (graph));
  visit (repair, &(Runs){ runs, n_runs }, node, TRUE);
  return TRUE;
}

static gboolean
visit_after (AmNetworkRun *const *runs, guint n_runs, guint node, gpointer user_data, GError **error)
{
  (void)error;
  visit (user_data, &(Runs){ runs, n_runs }, node, FALSE);
  return TRUE;
}

static GPtrArray *
load_runs (const AmRepair *repair, GError **error)
{
  g_autoptr (AmBatches) batches
      = am_batches_new (repair->dataset, repair->samples, repair->n_samples, repair->batch_size);
  g_autoptr (GPtrArray) runs = g_ptr_array_new_with_free_func ((GDestroyNotify)am_network_run_free);
  g_autoptr (GError) failure = NULL;
  const float *values;
  const guint64 *samples;
  guint n;

  while ((n = am_batches_next (batches, &values, &samples, &failure)) > 0)
    {
      AmNetworkRun *run = am_check_cancelled (repair->cancellable, error)
                              ? am_repair_new_run (repair, repair->merged, values, n, error)
                              : NULL;

      if (run == NULL)
        return NULL;
      g_ptr_array_add (runs, run);
    }
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  return g_steal_pointer (&runs);
}

gboolean
am_repair_walk (AmRepair *repair, GError **error)
{
  const AmNetworkWalker walker = { visit_before, visit_after, repair };
  g_autoptr (GPtrArray) runs = load_runs (repair, error);

  return runs != NULL
         && am_network_walk (am_repair_get_network (repair), (AmNetworkRun *const *)runs->pdata, runs->len,
                             &walker, repair->cancellable, error);
}
