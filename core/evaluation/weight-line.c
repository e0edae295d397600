#include "evaluation/weight-line.h"

#include <string.h>

#include "base/text.h"

/**
 * Ends: the weights of one tensor in both models
 * @tensor: of A's graph
 * @a: copied; @b: borrowed
 */
typedef struct
{
  guint tensor;
  gsize n;
  AmReal *a;
  const AmReal *b;
} Ends;

struct _AmWeightLine
{
  AmNetwork *network;
  GArray *ends; /* Ends */
  AmReal *between;
};

static const char *
get_path (const AmVisionNetwork *network)
{
  return am_checkpoint_get_path (am_vision_network_get_checkpoint (network));
}

static gboolean
have_equal_shapes (const AmGraphTensor *a, const AmGraphTensor *b)
{
  return a->n_dims == b->n_dims && memcmp (a->shape, b->shape, a->n_dims * sizeof *a->shape) == 0;
}

static gboolean
find_ends (AmVisionNetwork *a, AmVisionNetwork *b, guint tensor, Ends *ends, GError **error)
{
  AmNetwork *network_a = am_vision_network_get_network (a), *network_b = am_vision_network_get_network (b);
  const AmGraph *graph_b = am_network_get_graph (network_b);
  const AmGraphTensor *wanted = am_graph_get_tensor (am_network_get_graph (network_a), tensor);
  gint found = am_graph_find_tensor (graph_b, wanted->name);

  if (found == AM_NO_TENSOR || !am_network_has_tensor (network_b, (guint)found))
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                 T_ ("%s has no tensor “%s” as %s does: there is no line between different networks"),
                 get_path (b), wanted->name, get_path (a));
  else if (!have_equal_shapes (wanted, am_graph_get_tensor (graph_b, (guint)found)))
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                 T_ ("the tensor “%s” has different shapes in %s and %s: there is no line between different "
                     "networks"),
                 wanted->name, get_path (a), get_path (b));
  else
    {
      *ends = (Ends){ .tensor = tensor, .n = am_network_count_elements (network_a, tensor) };
      ends->a = g_memdup2 (am_network_get_weights (network_a, tensor), ends->n * sizeof *ends->a);
      ends->b = network_a == network_b ? ends->a : am_network_get_weights (network_b, (guint)found);
      return TRUE;
    }
  return FALSE;
}

/* What one computes and the other does not. */
static gboolean
check_nodes (AmVisionNetwork *a, AmVisionNetwork *b, GError **error)
{
  const AmGraph *graph_a = am_network_get_graph (am_vision_network_get_network (a));
  const AmGraph *graph_b = am_network_get_graph (am_vision_network_get_network (b));
  gboolean is_same = am_graph_get_n_nodes (graph_a) == am_graph_get_n_nodes (graph_b);

  for (guint i = 0; is_same && i < am_graph_get_n_nodes (graph_a); i++)
    is_same = am_graph_get_node (graph_a, i)->type == am_graph_get_node (graph_b, i)->type;
  if (!is_same)
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                 T_ ("%s and %s are different networks: there is no line between them"), get_path (a),
                 get_path (b));
  return is_same;
}

AmWeightLine *
am_weight_line_new (AmVisionNetwork *a, AmVisionNetwork *b, GError **error)
{
  g_autoptr (AmWeightLine) line = g_new0 (AmWeightLine, 1);
  const AmGraph *graph;
  gsize most = 0;

  line->network = am_vision_network_get_network (a);
  line->ends = g_array_new (FALSE, FALSE, sizeof (Ends));
  if (!check_nodes (a, b, error))
    return NULL;
  graph = am_network_get_graph (line->network);
  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    {
      Ends ends;

      if (!am_network_has_tensor (line->network, i))
        continue;
      if (!find_ends (a, b, i, &ends, error))
        return NULL;
      most = MAX (most, ends.n);
      g_array_append_val (line->ends, ends);
    }
  line->between = g_new (AmReal, most);
  return g_steal_pointer (&line);
}

void
am_weight_line_free (AmWeightLine *line)
{
  for (guint i = 0; i < line->ends->len; i++)
    {
      Ends *ends = &g_array_index (line->ends, Ends, i);

      am_network_set_weights (line->network, ends->tensor, ends->a);
      g_free (ends->a);
    }
  g_array_unref (line->ends);
  g_free (line->between);
  g_free (line);
}

static void
set_between (AmWeightLine *line, const Ends *ends, double ratio)
{
  for (gsize i = 0; i < ends->n; i++)
    line->between[i] = (AmReal)((1 - ratio) * ends->a[i] + ratio * ends->b[i]);
  am_network_set_weights (line->network, ends->tensor, line->between);
}

void
am_weight_line_set (AmWeightLine *line, double ratio)
{
  for (guint i = 0; i < line->ends->len; i++)
    {
      const Ends *ends = &g_array_index (line->ends, Ends, i);

      if (ratio <= 0)
        am_network_set_weights (line->network, ends->tensor, ends->a);
      else if (ratio >= 1)
        am_network_set_weights (line->network, ends->tensor, ends->b);
      else
        set_between (line, ends, ratio);
    }
}
