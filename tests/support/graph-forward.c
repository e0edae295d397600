#include "graph-forward-private.h"

#include <math.h>
#include <string.h>

/**
 * @base: holds the values this one has not computed; NULL when it computed all
 * @values: [n_nodes]; no data where the base has them
 * @changed: the tensor of which @changed_values are used, or AM_NO_TENSOR
 */
struct _GraphForward
{
  const ForwardWeights *weights;
  const ForwardInputs *inputs;
  const GraphForward *base;
  ForwardValue *values;
  gint changed;
  const double *changed_values;
};

typedef ForwardValue (*Operation) (const ForwardStep *step);

static const Operation operations[AM_N_NODE_TYPES] = {
  [AM_NODE_INPUT] = forward_copy,
  [AM_NODE_PARAMETER] = forward_parameter,
  [AM_NODE_EMBEDDING] = forward_embedding,
  [AM_NODE_LINEAR] = forward_linear,
  [AM_NODE_CONV] = forward_conv,
  [AM_NODE_BATCH_NORM] = forward_batch_norm,
  [AM_NODE_LAYER_NORM] = forward_layer_norm,
  [AM_NODE_RMS_NORM] = forward_rms_norm,
  [AM_NODE_GROUP_NORM] = forward_group_norm,
  [AM_NODE_HEAD_NORM] = forward_head_norm,
  [AM_NODE_ACTIVATION] = forward_activation,
  [AM_NODE_ADD] = forward_add,
  [AM_NODE_MULTIPLY] = forward_multiply,
  [AM_NODE_MODULATE] = forward_modulate,
  [AM_NODE_CONCAT] = forward_concat,
  [AM_NODE_SLICE] = forward_slice,
  [AM_NODE_JOIN] = forward_join,
  [AM_NODE_TAKE] = forward_take,
  [AM_NODE_ATTENTION] = forward_attention,
  [AM_NODE_ROTARY] = forward_rotary,
  [AM_NODE_POOL] = forward_pool,
  [AM_NODE_UPSAMPLE] = forward_upsample,
  [AM_NODE_FLATTEN] = forward_flatten,
  [AM_NODE_OUTPUT] = forward_copy,
};

static const double *
get_weights (const GraphForward *forward, gint tensor)
{
  if (tensor == AM_NO_TENSOR)
    return NULL;
  if (tensor == forward->changed)
    return forward->changed_values;
  if (forward->weights->values[tensor] == NULL)
    g_error ("no values for %s", am_graph_get_tensor (forward->weights->graph, (guint)tensor)->name);
  return forward->weights->values[tensor];
}

static gboolean
is_fed (const AmNode *node)
{
  return node->type == AM_NODE_INPUT || (node->type == AM_NODE_EMBEDDING && node->n_inputs == 0);
}

static const ForwardValue *
get_fed (const GraphForward *forward, guint index)
{
  const ForwardValue *value = &forward->inputs->values[index];

  if (value->data == NULL)
    g_error ("nothing is fed to %s", am_graph_get_node (forward->weights->graph, index)->name);
  return value;
}

static ForwardValue
run_node (const GraphForward *forward, guint index)
{
  const AmGraph *graph = forward->weights->graph;
  const AmNode *node = am_graph_get_node (graph, index);
  g_autofree const ForwardValue **inputs = g_new0 (const ForwardValue *, node->n_inputs + 1);
  g_autofree gboolean *is_parameter = g_new0 (gboolean, node->n_inputs + 1);
  ForwardStep step = {
    node,
    inputs,
    get_weights (forward, node->weight),
    get_weights (forward, node->bias),
    get_weights (forward, node->mean),
    get_weights (forward, node->variance),
    node->weight == AM_NO_TENSOR ? NULL : am_graph_get_tensor (graph, (guint)node->weight),
    is_parameter,
  };

  if (is_fed (node))
    inputs[0] = get_fed (forward, index);
  for (guint i = 0; i < node->n_inputs; i++)
    {
      inputs[i] = graph_forward_get_value (forward, node->inputs[i]);
      is_parameter[i] = am_graph_get_node (graph, node->inputs[i])->type == AM_NODE_PARAMETER;
    }
  return operations[node->type](&step);
}

static gboolean
uses_tensor (const AmNode *node, gint tensor)
{
  return tensor != AM_NO_TENSOR
         && (node->weight == tensor || node->bias == tensor || node->mean == tensor
             || node->variance == tensor);
}

/* Whether the value of node @index may differ from the base's. */
static gboolean
is_affected (const GraphForward *forward, guint index)
{
  const AmNode *node = am_graph_get_node (forward->weights->graph, index);

  if (forward->base == NULL || uses_tensor (node, forward->changed))
    return TRUE;
  for (guint i = 0; i < node->n_inputs; i++)
    if (forward->values[node->inputs[i]].data != NULL)
      return TRUE;
  return FALSE;
}

static GraphForward *
run (const ForwardWeights *weights, const ForwardInputs *inputs, const GraphForward *base, gint changed,
     const double *changed_values)
{
  guint n = am_graph_get_n_nodes (weights->graph);
  GraphForward *forward = g_new (GraphForward, 1);

  *forward = (GraphForward){ weights, inputs, base, g_new0 (ForwardValue, n), changed, changed_values };
  for (guint i = 0; i < n; i++)
    if (is_affected (forward, i))
      forward->values[i] = run_node (forward, i);
  return forward;
}

GraphForward *
graph_forward_new (const ForwardWeights *weights, const ForwardInputs *inputs)
{
  return run (weights, inputs, NULL, AM_NO_TENSOR, NULL);
}

GraphForward *
graph_forward_new_changed (const GraphForward *base, guint tensor, const double *values)
{
  g_assert_null (base->base);
  return run (base->weights, base->inputs, base, (gint)tensor, values);
}

void
graph_forward_free (GraphForward *forward)
{
  for (guint i = 0; i < am_graph_get_n_nodes (forward->weights->graph); i++)
    g_free (forward->values[i].data);
  g_free (forward->values);
  g_free (forward);
}

const ForwardValue *
graph_forward_get_value (const GraphForward *forward, guint node)
{
  if (forward->values[node].data == NULL && forward->base != NULL)
    return &forward->base->values[node];
  return &forward->values[node];
}

const ForwardValue *
graph_forward_get_output (const GraphForward *forward, const char *name)
{
  const AmGraph *graph = forward->weights->graph;

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if (node->type == AM_NODE_OUTPUT && g_str_equal (node->name, name))
        return graph_forward_get_value (forward, i);
    }
  g_error ("no output is called %s", name);
}

static double
compare_values (const ForwardValue *a, const ForwardValue *b)
{
  guint64 n = a->channels * forward_value_count_positions (a);
  double difference = 0.0, magnitude = 0.0;

  g_assert_cmpuint (n, ==, b->channels * forward_value_count_positions (b));
  for (guint64 i = 0; i < n; i++)
    {
      if (!isfinite (a->data[i]) || !isfinite (b->data[i]))
        return NAN;
      difference = MAX (difference, fabs (a->data[i] - b->data[i]));
      magnitude = MAX (magnitude, fabs (a->data[i]));
    }
  return difference > 0.0 ? difference / magnitude : 0.0;
}

double
graph_forward_compare (const GraphForward *a, const GraphForward *b)
{
  const AmGraph *graph = a->weights->graph;
  double greatest = 0.0;

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    if (am_graph_get_node (graph, i)->type == AM_NODE_OUTPUT)
      {
        const ForwardValue *value = graph_forward_get_value (a, i);
        const ForwardValue *other = graph_forward_get_value (b, i);
        double difference = value == other ? 0.0 : compare_values (value, other);

        if (isnan (difference))
          return NAN;
        greatest = MAX (greatest, difference);
      }
  return greatest;
}
