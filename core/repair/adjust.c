/* Weights that are changed so that a layer's outputs are. */
#include <math.h>

#include "base/text.h"
#include "kernels/kernels.h"
#include "repair/repair-private.h"

/* Shares of what a unit should vary by, below which what is there counts as rounding. */
#define SMALLEST_SHARE 1e-5
#define SMALLEST_SPREAD 1e-6

gboolean
am_repair_is_dead (double deviation, double mean, double target)
{
  return deviation <= SMALLEST_SHARE * target || deviation <= SMALLEST_SPREAD * fabs (mean);
}

void
am_repair_set_tensor (AmRepair *repair, guint tensor, const AmReal *values)
{
  am_network_set_weights (am_repair_get_network (repair), tensor, values);
  repair->is_changed[tensor] = TRUE;
}

/* Rows, or columns where the weight is transposed. */
static void
scale_weight (AmRepair *repair, const AmSite *site, const AmNode *node, const double *gains)
{
  AmNetwork *network = am_repair_get_network (repair);
  const gsize length = am_network_count_elements (network, (guint)node->weight);
  const AmReal *weights = am_network_get_weights (network, (guint)node->weight);
  g_autofree AmReal *scaled = g_new (AmReal, length);
  const gsize n = (gsize)site->n_units, row = length / n;

  for (gsize i = 0; i < length; i++)
    scaled[i] = (AmReal)(gains[node->is_transposed ? i % n : i / row] * weights[i]);
  am_repair_set_tensor (repair, (guint)node->weight, scaled);
}

static void
adjust_bias (AmRepair *repair, AmSite *site, const AmNode *node, const double *gains, const double *shifts)
{
  const AmReal *bias = node->bias != AM_NO_TENSOR
                           ? am_network_get_weights (am_repair_get_network (repair), (guint)node->bias)
                           : NULL;
  g_autofree AmReal *adjusted = g_new (AmReal, site->n_units);

  for (guint64 c = 0; c < site->n_units; c++)
    adjusted[c] = (AmReal)((bias != NULL ? gains[c] * bias[c] : 0.0) + shifts[c]);
  if (bias != NULL)
    am_repair_set_tensor (repair, (guint)node->bias, adjusted);
  else
    site->new_bias = g_steal_pointer (&adjusted);
}

void
am_repair_adjust_layer (AmRepair *repair, AmSite *site, guint node, const double *gains, const double *shifts)
{
  const AmNode *layer = am_graph_get_node (am_network_get_graph (am_repair_get_network (repair)), node);

  scale_weight (repair, site, layer, gains);
  adjust_bias (repair, site, layer, gains, shifts);
}

/* Where units of parents a and b meet, the merged output is about the mixture of theirs, so its mean is the
 * target and its variance that of the mixture (Jordan et al. 2023, section 3): gain a = target / spread, and
 * a (z - mean) + mean. */
static void
adjust_site (AmRepair *repair, AmSite *site)
{
  g_autofree double *gains = g_new (double, site->n_units);
  g_autofree double *shifts = g_new (double, site->n_units);

  for (guint64 c = 0; c < site->n_units; c++)
    {
      const double spread = am_moments_get_deviation (&site->mixture, c), target = site->target_deviations[c];

      site->is_dead[c] = am_repair_is_dead (spread, site->mixture.means[c], target);
      gains[c] = site->is_dead[c] ? 1.0 : target / spread;
      shifts[c] = (1.0 - gains[c]) * site->target_means[c];
    }
  am_repair_adjust_layer (repair, site, site->layer, gains, shifts);
}

void
am_repair_adjust_closed_form (AmRepair *repair)
{
  for (guint i = 0; i < repair->sites->len; i++)
    adjust_site (repair, am_repair_get_site (repair, i));
}

/* To @dtype and back. */
static gboolean
round_values (AmReal *values, gsize n, AmDtype dtype)
{
  g_autofree guint8 *stored = g_malloc (n * am_dtype_get_bits (dtype) / 8);
  AmNarrowCounts counts = { 0 };

  am_kernels_get ()->narrow_float (stored, values, dtype, n, &counts);
  am_kernels_get ()->widen_float (values, stored, dtype, n);
  return counts.n_nan == 0 && counts.n_infinite == 0 && counts.n_saturated == 0;
}

static gboolean
fail_to_round (const AmRepair *repair, const AmTensor *stored, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: repaired values of %s are beyond the range of %s; convert the model to fp32 first"),
               am_checkpoint_get_path (am_vision_network_get_checkpoint (repair->merged)), stored->name,
               am_dtype_get_name (stored->dtype));
  return FALSE;
}

static gboolean
round_tensor (AmRepair *repair, guint tensor, GError **error)
{
  AmNetwork *network = am_repair_get_network (repair);
  const gsize n = am_network_count_elements (network, tensor);
  const AmTensor *stored = am_repair_find_stored (repair, tensor);
  g_autofree AmReal *values = g_memdup2 (am_network_get_weights (network, tensor), n * sizeof *values);

  if (!round_values (values, n, stored->dtype))
    return fail_to_round (repair, stored, error);
  am_network_set_weights (network, tensor, values);
  return TRUE;
}

static gboolean
round_new_bias (AmRepair *repair, AmSite *site, GError **error)
{
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));
  const AmTensor *stored
      = am_repair_find_stored (repair, (guint)am_graph_get_node (graph, site->layer)->weight);

  return round_values (site->new_bias, (gsize)site->n_units, stored->dtype)
         || fail_to_round (repair, stored, error);
}

gboolean
am_repair_round (AmRepair *repair, GError **error)
{
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));

  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    if (repair->is_changed[i] && !round_tensor (repair, i, error))
      return FALSE;
  for (guint i = 0; i < repair->sites->len; i++)
    if (am_repair_get_site (repair, i)->new_bias != NULL
        && !round_new_bias (repair, am_repair_get_site (repair, i), error))
      return FALSE;
  return TRUE;
}
