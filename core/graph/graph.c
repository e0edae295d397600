#include "graph/graph-private.h"

#include <string.h>

#include "base/text.h"

/**
 * AmGraph:
 * @nodes: (element-type AmNode)
 * @tensors: (element-type AmGraphTensor)
 * @by_name: names of @tensors -> number plus one
 * @notes: (element-type utf8): NULL-terminated
 */
struct _AmGraph
{
  GPtrArray *nodes;
  GPtrArray *tensors;
  GHashTable *by_name;
  GPtrArray *notes;
};

static void
free_node (gpointer data)
{
  AmNode *node = data;

  g_free (node->name);
  g_free (node->inputs);
  g_free (node);
}

static void
free_tensor (gpointer data)
{
  AmGraphTensor *tensor = data;

  g_free (tensor->name);
  g_clear_pointer (&tensor->copies, g_ptr_array_unref);
  g_free (tensor);
}

AmGraph *
am_graph_new (void)
{
  AmGraph *graph = g_new0 (AmGraph, 1);

  graph->nodes = g_ptr_array_new_with_free_func (free_node);
  graph->tensors = g_ptr_array_new_with_free_func (free_tensor);
  graph->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  graph->notes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (graph->notes, NULL);
  return graph;
}

void
am_graph_free (AmGraph *graph)
{
  if (graph == NULL)
    return;
  g_hash_table_unref (graph->by_name);
  g_ptr_array_unref (graph->nodes);
  g_ptr_array_unref (graph->tensors);
  g_ptr_array_unref (graph->notes);
  g_free (graph);
}

guint
am_graph_add_tensor (AmGraph *graph, const char *name, guint n_dims, const guint64 *shape)
{
  gint known = am_graph_find_tensor (graph, name);
  AmGraphTensor *tensor;

  g_return_val_if_fail (n_dims <= G_N_ELEMENTS (tensor->shape), 0);
  if (known != AM_NO_TENSOR)
    return (guint)known;
  tensor = g_new0 (AmGraphTensor, 1);
  tensor->name = g_strdup (name);
  tensor->n_dims = n_dims;
  if (n_dims > 0)
    memcpy (tensor->shape, shape, n_dims * sizeof *shape);
  g_ptr_array_add (graph->tensors, tensor);
  g_hash_table_insert (graph->by_name, tensor->name, GUINT_TO_POINTER (graph->tensors->len));
  return graph->tensors->len - 1;
}

void
am_graph_add_copy (AmGraph *graph, guint tensor, const char *name)
{
  AmGraphTensor *original = g_ptr_array_index (graph->tensors, tensor);

  if (original->copies == NULL)
    original->copies = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (original->copies, g_strdup (name));
}

static gboolean
check_references (const AmGraph *graph, const AmNode *node, GError **error)
{
  const gint tensors[] = { node->weight, node->bias, node->mean, node->variance };
  gboolean is_good = graph->nodes->len < AM_GRAPH_MAX_NODES;

  for (guint i = 0; i < node->n_inputs; i++)
    is_good &= node->inputs[i] < graph->nodes->len;
  for (guint i = 0; i < G_N_ELEMENTS (tensors); i++)
    is_good &= tensors[i] >= AM_NO_TENSOR && tensors[i] < (gint)graph->tensors->len;
  if (!is_good)
    g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                 T_ ("%s: a step that uses values or tensors before they are there, or one of more than %d"),
                 node->name, AM_GRAPH_MAX_NODES);
  return is_good;
}

gboolean
am_graph_add_node (AmGraph *graph, const AmNode *node, guint *index, GError **error)
{
  AmNode *copy = g_new (AmNode, 1);

  *copy = *node;
  copy->name = node->name != NULL
                   ? g_strdup (node->name)
                   : g_strdup_printf ("%s %u", am_node_type_get_id (node->type), graph->nodes->len);
  copy->inputs = node->n_inputs > 0 ? g_memdup2 (node->inputs, node->n_inputs * sizeof *node->inputs) : NULL;
  if (!check_references (graph, copy, error) || !am_graph_check_node (graph, copy, error))
    {
      free_node (copy);
      return FALSE;
    }
  g_ptr_array_add (graph->nodes, copy);
  if (index != NULL)
    *index = graph->nodes->len - 1;
  return TRUE;
}

guint
am_graph_get_n_nodes (const AmGraph *graph)
{
  return graph->nodes->len;
}

const AmNode *
am_graph_get_node (const AmGraph *graph, guint index)
{
  g_return_val_if_fail (index < graph->nodes->len, NULL);
  return g_ptr_array_index (graph->nodes, index);
}

guint
am_graph_get_n_tensors (const AmGraph *graph)
{
  return graph->tensors->len;
}

const AmGraphTensor *
am_graph_get_tensor (const AmGraph *graph, guint index)
{
  g_return_val_if_fail (index < graph->tensors->len, NULL);
  return g_ptr_array_index (graph->tensors, index);
}

gint
am_graph_find_tensor (const AmGraph *graph, const char *name)
{
  return (gint)GPOINTER_TO_UINT (g_hash_table_lookup (graph->by_name, name)) - 1;
}

const char *
am_node_type_get_id (AmNodeType type)
{
  static const char *const ids[AM_N_NODE_TYPES] = {
    [AM_NODE_INPUT] = "input",
    [AM_NODE_PARAMETER] = "parameter",
    [AM_NODE_EMBEDDING] = "embedding",
    [AM_NODE_LINEAR] = "linear",
    [AM_NODE_CONV] = "conv",
    [AM_NODE_BATCH_NORM] = "batch_norm",
    [AM_NODE_LAYER_NORM] = "layer_norm",
    [AM_NODE_RMS_NORM] = "rms_norm",
    [AM_NODE_GROUP_NORM] = "group_norm",
    [AM_NODE_HEAD_NORM] = "head_norm",
    [AM_NODE_ACTIVATION] = "activation",
    [AM_NODE_ADD] = "add",
    [AM_NODE_MULTIPLY] = "multiply",
    [AM_NODE_MODULATE] = "modulate",
    [AM_NODE_CONCAT] = "concat",
    [AM_NODE_SLICE] = "split",
    [AM_NODE_JOIN] = "join",
    [AM_NODE_TAKE] = "take",
    [AM_NODE_ATTENTION] = "attention",
    [AM_NODE_ROTARY] = "rotary",
    [AM_NODE_POOL] = "pool",
    [AM_NODE_UPSAMPLE] = "upsample",
    [AM_NODE_FLATTEN] = "flatten",
    [AM_NODE_OUTPUT] = "output",
  };

  g_return_val_if_fail (type < AM_N_NODE_TYPES, NULL);
  return ids[type];
}

const char *const *
am_graph_get_notes (const AmGraph *graph)
{
  return (const char *const *)graph->notes->pdata;
}

void
am_graph_add_note (AmGraph *graph, const char *format, ...)
{
  va_list arguments;
  char *note;

  va_start (arguments, format);
  note = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_ptr_array_insert (graph->notes, (gint)graph->notes->len - 1, note);
}
