/* A node with what it works on. */
#include "network/network-private.h"

#include "base/text.h"

/* Values in one piece are no larger, so that sums of two sizes fit. */
#define LARGEST_VALUE ((guint64)G_MAXSSIZE / 4)

static const AmReal *
get_weights (const AmNetwork *network, gint tensor)
{
  return tensor != AM_NO_TENSOR ? network->weights[tensor].values : NULL;
}

void
am_node_work_init (AmNodeWork *work, const AmNetwork *network, AmValue *values, guint n_samples, guint node)
{
  const AmNode *details = am_graph_get_node (network->graph, node);
  const AmGraphTensor *shape
      = details->weight != AM_NO_TENSOR ? am_graph_get_tensor (network->graph, (guint)details->weight) : NULL;

  work->inputs = g_new0 (const AmValue *, details->n_inputs + 1);
  work->is_parameter = g_new0 (gboolean, details->n_inputs + 1);
  for (guint i = 0; i < details->n_inputs; i++)
    {
      work->inputs[i] = &values[details->inputs[i]];
      work->is_parameter[i]
          = am_graph_get_node (network->graph, details->inputs[i])->type == AM_NODE_PARAMETER;
    }
  work->is_fed = node == network->input;
  work->operation = (AmOperation){
    .node = details,
    .n_samples = n_samples,
    .inputs = work->inputs,
    .output = &values[node],
    .weight = get_weights (network, details->weight),
    .bias = get_weights (network, details->bias),
    .mean = get_weights (network, details->mean),
    .variance = get_weights (network, details->variance),
    .weight_n_dims = shape != NULL ? shape->n_dims : 0,
    .weight_shape = shape != NULL ? shape->shape : NULL,
    .packed = network->packed[node],
    .n_threads = network->n_threads,
    .is_parameter = work->is_parameter,
  };
}

void
am_node_work_clear (AmNodeWork *work)
{
  g_free (work->inputs);
  g_free (work->is_parameter);
}

static gboolean
measure (const AmValue *value, gsize *size)
{
  guint64 n;

  if (!g_uint64_checked_mul (&n, value->n_samples, value->height)
      || !g_uint64_checked_mul (&n, n, value->width) || !g_uint64_checked_mul (&n, n, value->channels)
      || !g_uint64_checked_mul (&n, n, sizeof (AmReal)) || n > LARGEST_VALUE)
    return FALSE;
  *size = (gsize)n;
  return TRUE;
}

gboolean
am_node_work_shape (AmNodeWork *work, gsize *size, GError **error)
{
  AmOperation *operation = &work->operation;
  const AmNode *node = operation->node;
  const AmOperator *kind = am_operator_get (node->type);
  AmValue *output = operation->output;

  if (!work->is_fed)
    *output = (AmValue){
      .n_samples = operation->n_samples,
      .height = node->n_inputs > 0 ? operation->inputs[0]->height : 1,
      .width = node->n_inputs > 0 ? operation->inputs[0]->width : 1,
      .channels = node->channels,
    };
  if (kind != NULL && kind->shape != NULL && !kind->shape (operation, error))
    return FALSE;
  if (measure (output, size) && operation->kept_size <= LARGEST_VALUE)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s (%s): %u pictures make values that are too large"), node->name,
               am_node_type_get_id (node->type), operation->n_samples);
  return FALSE;
}

gboolean
am_node_work_is_in_place (const AmNodeWork *work, const guint *n_readers)
{
  const AmOperation *operation = &work->operation;
  const AmNode *node = operation->node;
  const AmOperator *kind = am_operator_get (node->type);

  return node->n_inputs > 0 && kind->in_place && n_readers[node->inputs[0]] == 1
         && am_value_count (operation->inputs[0]) == am_value_count (operation->output);
}
