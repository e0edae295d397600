#include "network/network-private.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

/* Elements read from a checkpoint at once. */
#define CHUNK ((gsize)1 << 20)

static char *
list_outputs (const AmGraph *graph)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if (node->type == AM_NODE_OUTPUT)
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", node->name);
    }
  return g_string_free (names, FALSE);
}

/* Output @name, or the only one where @name is NULL. */
static gboolean
find_output (AmNetwork *network, const char *name, GError **error)
{
  g_autofree char *names = NULL;
  guint n_outputs = 0;

  for (guint i = 0; i < network->n_nodes; i++)
    {
      const AmNode *node = am_graph_get_node (network->graph, i);

      if (node->type != AM_NODE_OUTPUT)
        continue;
      n_outputs++;
      if (name != NULL ? !g_str_equal (node->name, name)
                       : n_outputs > 1 && !g_str_equal (node->name, "logits"))
        continue;
      network->output = i;
      if (name != NULL || g_str_equal (node->name, "logits"))
        return TRUE;
    }
  if (name == NULL && n_outputs == 1)
    return TRUE;
  names = list_outputs (network->graph);
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("the network has no output \"%s\"; it has: %s"),
               name != NULL ? name : "logits", n_outputs > 0 ? names : T_ ("none"));
  return FALSE;
}

static void
mark_nodes (AmNetwork *network)
{
  network->has_node[network->output] = TRUE;
  for (guint i = network->output + 1; i-- > 0;)
    {
      const AmNode *node = am_graph_get_node (network->graph, i);

      for (guint k = 0; network->has_node[i] && k < node->n_inputs; k++)
        {
          network->has_node[node->inputs[k]] = TRUE;
          network->n_readers[node->inputs[k]]++;
        }
    }
}

static gboolean
find_input (AmNetwork *network, GError **error)
{
  const AmNode *first = NULL;

  for (guint i = 0; i < network->n_nodes; i++)
    {
      const AmNode *node = am_graph_get_node (network->graph, i);

      if (!network->has_node[i])
        continue;
      if (node->type != AM_NODE_INPUT)
        {
          if (am_operator_get (node->type) != NULL)
            continue;
          g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("%s: a step of kind \"%s\" cannot be run"),
                       node->name, am_node_type_get_id (node->type));
          return FALSE;
        }
      if (g_str_has_suffix (node->name, "zeros"))
        continue;
      if (first != NULL)
        {
          g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                       T_ ("the network has two inputs, %s and %s; one can be run"), first->name, node->name);
          return FALSE;
        }
      first = node;
      network->input = i;
    }
  if (first == NULL)
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("no input leads to the output %s"),
                 am_graph_get_node (network->graph, network->output)->name);
  return first != NULL;
}

static void
mark_tensor (AmNetwork *network, gint tensor, gboolean is_learned)
{
  if (tensor == AM_NO_TENSOR)
    return;
  network->weights[tensor].is_used = TRUE;
  network->weights[tensor].is_learned |= is_learned;
}

static void
mark_tensors (AmNetwork *network)
{
  for (guint i = 0; i < network->n_nodes; i++)
    {
      const AmNode *node = am_graph_get_node (network->graph, i);

      if (!network->has_node[i])
        continue;
      mark_tensor (network, node->weight, TRUE);
      mark_tensor (network, node->bias, TRUE);
      mark_tensor (network, node->mean, FALSE);
      mark_tensor (network, node->variance, FALSE);
      network->is_behind_weights[i] = node->weight != AM_NO_TENSOR || node->bias != AM_NO_TENSOR;
      for (guint k = 0; k < node->n_inputs; k++)
        network->is_behind_weights[i] |= network->is_behind_weights[node->inputs[k]];
    }
}

static gboolean
count_elements (AmNetwork *network, GError **error)
{
  for (guint t = 0; t < am_graph_get_n_tensors (network->graph); t++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (network->graph, t);
      guint64 n = 1;
      gboolean is_good = TRUE;

      for (guint d = 0; d < tensor->n_dims; d++)
        is_good = is_good && g_uint64_checked_mul (&n, n, tensor->shape[d]);
      if (!is_good || n > G_MAXSSIZE / sizeof (AmReal))
        {
          g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("%s is too large"), tensor->name);
          return FALSE;
        }
      network->weights[t].n = (gsize)n;
    }
  return TRUE;
}

AmNetwork *
am_network_new (const AmGraph *graph, const char *output, GError **error)
{
  g_autoptr (AmNetwork) network = g_new0 (AmNetwork, 1);

  network->graph = graph;
  network->n_nodes = am_graph_get_n_nodes (graph);
  network->has_node = g_new0 (gboolean, network->n_nodes);
  network->is_behind_weights = g_new0 (gboolean, network->n_nodes);
  network->n_readers = g_new0 (guint, network->n_nodes);
  network->packed = g_new0 (AmReal *, network->n_nodes);
  network->weights = g_new0 (AmWeights, am_graph_get_n_tensors (graph));
  am_network_set_n_threads (network, 0);
  if (!find_output (network, output, error))
    return NULL;
  mark_nodes (network);
  if (!find_input (network, error) || !count_elements (network, error))
    return NULL;
  mark_tensors (network);
  return g_steal_pointer (&network);
}

void
am_network_free (AmNetwork *network)
{
  if (network == NULL)
    return;
  for (guint i = 0; i < network->n_nodes; i++)
    g_free (network->packed[i]);
  for (guint t = 0; t < am_graph_get_n_tensors (network->graph); t++)
    g_free (network->weights[t].values);
  g_free (network->weights);
  g_free (network->packed);
  g_free (network->n_readers);
  g_free (network->is_behind_weights);
  g_free (network->has_node);
  g_free (network);
}

void
am_network_set_n_threads (AmNetwork *network, guint n_threads)
{
  network->n_threads = n_threads > 0 ? n_threads : g_get_num_processors ();
}

const AmGraph *
am_network_get_graph (const AmNetwork *network)
{
  return network->graph;
}

guint
am_network_get_input (const AmNetwork *network)
{
  return network->input;
}

guint
am_network_get_output (const AmNetwork *network)
{
  return network->output;
}

gboolean
am_network_has_node (const AmNetwork *network, guint node)
{
  return node < network->n_nodes && network->has_node[node];
}

gboolean
am_network_has_tensor (const AmNetwork *network, guint tensor)
{
  return network->weights[tensor].is_used;
}

gboolean
am_network_is_learned (const AmNetwork *network, guint tensor)
{
  return network->weights[tensor].is_learned;
}

gsize
am_network_count_elements (const AmNetwork *network, guint tensor)
{
  return network->weights[tensor].n;
}

const AmReal *
am_network_get_weights (const AmNetwork *network, guint tensor)
{
  return network->weights[tensor].values;
}

static void
pack_node (AmNetwork *network, guint index)
{
  const AmNode *node = am_graph_get_node (network->graph, index);
  const AmOperator *kind = am_operator_get (node->type);
  const AmGraphTensor *tensor = am_graph_get_tensor (network->graph, (guint)node->weight);

  if (kind == NULL || kind->pack == NULL)
    return;
  g_free (network->packed[index]);
  network->packed[index]
      = kind->pack (node, tensor->n_dims, tensor->shape, network->weights[node->weight].values);
}

/* Weights [n], taken over. */
static void
take_weights (AmNetwork *network, guint tensor, AmReal *values)
{
  g_free (network->weights[tensor].values);
  network->weights[tensor].values = values;
  for (guint i = 0; i < network->n_nodes; i++)
    if (network->has_node[i] && am_graph_get_node (network->graph, i)->weight == (gint)tensor)
      pack_node (network, i);
}

void
am_network_set_weights (AmNetwork *network, guint tensor, const AmReal *values)
{
  take_weights (network, tensor, g_memdup2 (values, network->weights[tensor].n * sizeof *values));
}

static gboolean
check_shape (const AmGraphTensor *wanted, const AmTensor *tensor, AmCheckpoint *checkpoint, GError **error)
{
  gboolean is_equal = tensor->n_dims == wanted->n_dims;

  for (guint d = 0; is_equal && d < tensor->n_dims; d++)
    is_equal = tensor->shape[d] == wanted->shape[d];
  if (is_equal && am_dtype_is_mergeable (tensor->dtype))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               is_equal ? T_ ("%s: %s does not hold numbers to calculate with")
                        : T_ ("%s: %s has another shape than the network"),
               am_checkpoint_get_path (checkpoint), tensor->name);
  return FALSE;
}

static gboolean
read_values (AmCheckpoint *checkpoint, const AmTensor *tensor, gsize n, AmReal *values, GError **error)
{
  for (gsize first = 0; first < n; first += CHUNK)
    {
      const gsize part = MIN (CHUNK, n - first);

#ifdef AM_NETWORK_DOUBLE
      if (!am_checkpoint_read_doubles (checkpoint, tensor, first, part, values + first, error))
        return FALSE;
#else
      if (!am_checkpoint_read_floats (checkpoint, tensor, first, part, values + first, error))
        return FALSE;
#endif
      for (gsize i = first; i < first + part; i++)
        if (!isfinite (values[i]))
          {
            g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                         T_ ("%s: element %lu of %s is not a finite number"),
                         am_checkpoint_get_path (checkpoint), (gulong)i, tensor->name);
            return FALSE;
          }
    }
  return TRUE;
}

static gboolean
load_tensor (AmNetwork *network, guint number, const AmModel *model, AmCheckpoint *checkpoint, GError **error)
{
  const AmGraphTensor *wanted = am_graph_get_tensor (network->graph, number);
  const gint index = am_model_find (model, wanted->name);
  const gsize n = network->weights[number].n;
  g_autofree AmReal *values = NULL;
  const AmTensor *tensor;

  if (index < 0)
    {
      if (network->weights[number].values != NULL)
        return TRUE;
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_FOUND, T_ ("%s: there is no tensor %s"),
                   am_checkpoint_get_path (checkpoint), wanted->name);
      return FALSE;
    }
  tensor = am_checkpoint_get_tensor (checkpoint, (guint)index);
  if (!check_shape (wanted, tensor, checkpoint, error))
    return FALSE;
  values = g_new (AmReal, MAX (n, 1));
  if (!read_values (checkpoint, tensor, n, values, error))
    return FALSE;
  take_weights (network, number, g_steal_pointer (&values));
  return TRUE;
}

gboolean
am_network_load (AmNetwork *network, const AmModel *model, AmCheckpoint *checkpoint, GError **error)
{
  for (guint t = 0; t < am_graph_get_n_tensors (network->graph); t++)
    if (network->weights[t].is_used && !load_tensor (network, t, model, checkpoint, error))
      return FALSE;
  return TRUE;
}
