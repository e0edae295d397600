/* Whether the parents are the merged network's, and what share each has in it. */
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "repair/repair-private.h"

/* Distance from the line between the parents, to its sides and beyond its ends, over its length. */
#define LARGEST_DISTANCE 0.05

static const char *
get_path (AmVisionNetwork *network)
{
  return am_checkpoint_get_path (am_vision_network_get_checkpoint (network));
}

static gboolean
is_same_node (const AmNode *a, const AmNode *b)
{
  return a->type == b->type && a->channels == b->channels && a->n_inputs == b->n_inputs
         && a->weight == b->weight && a->bias == b->bias
         && (a->n_inputs == 0 || memcmp (a->inputs, b->inputs, a->n_inputs * sizeof *a->inputs) == 0);
}

static gboolean
is_same_tensor (const AmGraphTensor *a, const AmGraphTensor *b)
{
  return strcmp (a->name, b->name) == 0 && a->n_dims == b->n_dims
         && memcmp (a->shape, b->shape, a->n_dims * sizeof *a->shape) == 0;
}

/* The first difference for people, or %NULL. */
static const char *
find_difference (const AmGraph *a, const AmGraph *b)
{
  const guint n_nodes = am_graph_get_n_nodes (a), n_tensors = am_graph_get_n_tensors (a);

  for (guint i = 0; i < MIN (n_tensors, am_graph_get_n_tensors (b)); i++)
    if (!is_same_tensor (am_graph_get_tensor (a, i), am_graph_get_tensor (b, i)))
      return am_graph_get_tensor (a, i)->name;
  for (guint i = 0; i < MIN (n_nodes, am_graph_get_n_nodes (b)); i++)
    if (!is_same_node (am_graph_get_node (a, i), am_graph_get_node (b, i)))
      return am_graph_get_node (a, i)->name;
  if (n_tensors == am_graph_get_n_tensors (b) && n_nodes == am_graph_get_n_nodes (b))
    return NULL;
  return am_graph_get_node (a, MIN (n_nodes, am_graph_get_n_nodes (b)) - 1)->name;
}

static gboolean
check_shapes (const AmRepair *repair, GError **error)
{
  const AmGraph *graph = am_network_get_graph (am_repair_get_network (repair));

  for (guint i = 0; i < repair->n_parents; i++)
    {
      const char *where = find_difference (
          graph, am_network_get_graph (am_vision_network_get_network (repair->parents[i])));

      if (where == NULL)
        continue;
      g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                   T_ ("%s is another network than %s: they differ at %s; the parents are what was merged"),
                   get_path (repair->parents[i]), get_path (repair->merged), where);
      return FALSE;
    }
  return TRUE;
}

/* Spacing of numbers near 1, of the type a merged weight was rounded to. */
static double
get_roundoff (AmDtype dtype)
{
  switch (dtype)
    {
    case AM_DTYPE_F16:
      return 0x1p-11;
    case AM_DTYPE_BF16:
      return 0x1p-8;
    case AM_DTYPE_F8_E4M3:
      return 0x1p-4;
    case AM_DTYPE_F8_E5M2:
      return 0x1p-3;
    default:
      return 0x1p-24;
    }
}

/**
 * Line: sums over all weights of A, B and the merged M
 * @along: <M - A, B - A>
 * @length: |B - A|^2
 * @away: |M - A|^2
 * @rounding: the greatest square that rounding M can have added to it
 */
typedef struct
{
  double along, length, away, rounding;
} Line;

static void
add_tensor (const AmRepair *repair, guint tensor, Line *line)
{
  const AmReal *a = am_network_get_weights (am_vision_network_get_network (repair->parents[0]), tensor);
  const AmReal *b = am_network_get_weights (am_vision_network_get_network (repair->parents[1]), tensor);
  AmNetwork *network = am_repair_get_network (repair);
  const AmReal *merged = am_network_get_weights (network, tensor);
  const AmTensor *stored = am_repair_find_stored (repair, tensor);
  const double unit = stored != NULL ? get_roundoff (stored->dtype) : 0.0;

  for (gsize i = 0; i < am_network_count_elements (network, tensor); i++)
    {
      const double step = (double)b[i] - a[i], moved = (double)merged[i] - a[i];

      line->along += moved * step;
      line->length += step * step;
      line->away += moved * moved;
      line->rounding += unit * unit * merged[i] * merged[i];
    }
}

static gboolean
check_distance (const AmRepair *repair, const Line *line, GError **error)
{
  const double share = repair->ratio;
  const double beside = line->away - 2.0 * share * line->along + share * share * line->length;

  if (beside <= LARGEST_DISTANCE * LARGEST_DISTANCE * line->length + line->rounding
      && share >= -LARGEST_DISTANCE && share <= 1.0 + LARGEST_DISTANCE)
    return TRUE;
  g_set_error (
      error, AM_ERROR, AM_ERROR_MISMATCH,
      T_ ("%s does not lie between %s and %s. If the second was aligned when they were merged, pass it "
          "aligned (amalgam align A B -o ALIGNED); if shares differ from layer to layer, say with "
          "--ratio which one to take for all"),
      get_path (repair->merged), get_path (repair->parents[0]), get_path (repair->parents[1]));
  return FALSE;
}

/* Least squares: t = <M - A, B - A> / |B - A|^2. */
static gboolean
find_ratio (AmRepair *repair, GError **error)
{
  AmNetwork *network = am_repair_get_network (repair);
  const guint n_tensors = am_vision_network_get_n_model_tensors (repair->merged);
  Line line = { 0 };

  for (guint i = 0; i < n_tensors; i++)
    if (am_network_has_tensor (network, i) && am_network_is_learned (network, i))
      add_tensor (repair, i, &line);
  repair->ratio = line.length > 0.0 ? line.along / line.length : 0.5;
  if (!check_distance (repair, &line, error))
    return FALSE;
  repair->ratio = CLAMP (repair->ratio, 0.0, 1.0);
  return TRUE;
}

gboolean
am_repair_check_parents (AmRepair *repair, GError **error)
{
  const guint n = repair->n_parents;

  if (!check_shapes (repair, error))
    return FALSE;
  repair->shares = g_new (double, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    repair->shares[i] = 1.0 / n;
  repair->ratio = n == 2 ? repair->settings.ratio : NAN;
  if (n != 2)
    return TRUE;
  if (isnan (repair->ratio) && !find_ratio (repair, error))
    return FALSE;
  repair->shares[0] = 1.0 - repair->ratio;
  repair->shares[1] = repair->ratio;
  return TRUE;
}
