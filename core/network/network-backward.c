#include "network/network-private.h"

#include <string.h>

/* Zeroes, where the value of @node depends on weights; else NULL. */
static AmReal *
clear_gradient (AmNetworkRun *run, guint node)
{
  const gsize size = am_value_count (&run->values[node]) * sizeof (AmReal);

  if (!run->network->is_behind_weights[node])
    return NULL;
  if (run->gradients[node] == NULL)
    run->gradients[node] = g_malloc0 (MAX (size, 1));
  else
    memset (run->gradients[node], 0, size);
  return run->gradients[node];
}

static void
init_work (AmNetworkRun *run, guint node, AmNodeWork *work)
{
  am_node_work_init (work, run->network, run->values, run->n_samples, node);
  work->operation.kept = run->kept[node];
  work->operation.kept_size = run->kept_sizes[node];
}

static void
run_node_backward (AmNetworkRun *run, guint node)
{
  const AmNode *details = am_graph_get_node (run->network->graph, node);
  const AmOperator *kind = am_operator_get (details->type);
  g_auto (AmNodeWork) work = { 0 };
  g_autofree AmReal **input_gradients = g_new0 (AmReal *, details->n_inputs + 1);
  gboolean is_wanted = FALSE;

  for (guint i = 0; i < details->n_inputs; i++)
    {
      input_gradients[i] = run->gradients[details->inputs[i]];
      is_wanted |= input_gradients[i] != NULL;
    }
  if (!is_wanted)
    return;
  init_work (run, node, &work);
  kind->backward (&work.operation, run->gradients[node], input_gradients);
}

void
am_network_run_backward (AmNetworkRun *run, const AmReal *gradient)
{
  AmNetwork *network = run->network;
  const guint output = network->output;

  g_return_if_fail (run->keep && run->next == network->n_nodes);
  if (run->gradients == NULL)
    run->gradients = g_new0 (AmReal *, network->n_nodes);
  for (guint i = 0; i < network->n_nodes; i++)
    if (network->has_node[i])
      clear_gradient (run, i);
  if (run->gradients[output] == NULL)
    return;
  memcpy (run->gradients[output], gradient, am_value_count (&run->values[output]) * sizeof (AmReal));
  for (guint i = output + 1; i-- > 0;)
    if (network->has_node[i] && run->gradients[i] != NULL)
      run_node_backward (run, i);
}

const AmReal *
am_network_run_get_gradient (AmNetworkRun *run, guint node)
{
  return run->gradients != NULL && node < run->network->n_nodes ? run->gradients[node] : NULL;
}

/* What the nodes that use a tensor do with it. */
typedef struct
{
  AmNetworkRun *run;
  guint tensor;
  guint64 first_row, n_rows;
} Rows;

static void
add_node_gradient (const Rows *rows, guint node, AmLearned what, guint sample, AmReal *gradient)
{
  const AmNode *details = am_graph_get_node (rows->run->network->graph, node);
  g_auto (AmNodeWork) work = { 0 };

  init_work (rows->run, node, &work);
  am_operator_get (details->type)
      ->add_gradient (&work.operation, rows->run->gradients[node], what, sample, rows->first_row,
                      rows->n_rows, gradient);
}

void
am_network_run_add_gradient (AmNetworkRun *run, guint tensor, guint sample, guint64 first_row, guint64 n_rows,
                             AmReal *gradient)
{
  const Rows rows = { run, tensor, first_row, n_rows };

  g_return_if_fail (run->gradients != NULL && run->network->weights[tensor].is_learned);
  for (guint i = 0; i < run->network->n_nodes; i++)
    {
      const AmNode *node = am_graph_get_node (run->network->graph, i);

      if (!run->network->has_node[i])
        continue;
      if (node->weight == (gint)tensor)
        add_node_gradient (&rows, i, AM_LEARNED_WEIGHT, sample, gradient);
      if (node->bias == (gint)tensor)
        add_node_gradient (&rows, i, AM_LEARNED_BIAS, sample, gradient);
    }
}

/* How often the network uses a tensor, and by which node last. */
static guint
count_uses (const AmNetwork *network, guint tensor, guint *node, AmLearned *what)
{
  guint n_uses = 0;

  for (guint i = 0; i < network->n_nodes; i++)
    {
      const AmNode *details = am_graph_get_node (network->graph, i);
      const gint learned[] = { details->weight, details->bias };

      for (guint k = 0; network->has_node[i] && k < G_N_ELEMENTS (learned); k++)
        if (learned[k] == (gint)tensor)
          {
            n_uses++;
            *node = i;
            *what = k == 0 ? AM_LEARNED_WEIGHT : AM_LEARNED_BIAS;
          }
    }
  return n_uses;
}

/* Squares need the sum over all uses first, so only a tensor that is used once can be done in one go. */
static gboolean
add_at_once (const Rows *rows, const double *factors, double *squares)
{
  AmNetworkRun *run = rows->run;
  g_auto (AmNodeWork) work = { 0 };
  const AmOperator *kind;
  AmLearned what = AM_LEARNED_WEIGHT;
  guint node = 0;

  if (count_uses (run->network, rows->tensor, &node, &what) != 1)
    return FALSE;
  kind = am_operator_get (am_graph_get_node (run->network->graph, node)->type);
  if (kind->add_squares == NULL)
    return FALSE;
  init_work (run, node, &work);
  return kind->add_squares (&work.operation, run->gradients[node], what, factors, rows->first_row,
                            rows->n_rows, squares);
}

static gsize
count_row (const AmNetwork *network, guint tensor)
{
  const AmGraphTensor *shape = am_graph_get_tensor (network->graph, tensor);
  gsize n = 1;

  for (guint d = 1; d < shape->n_dims; d++)
    n *= shape->shape[d];
  return n;
}

void
am_network_run_add_squares (AmNetworkRun *run, guint tensor, const double *factors, guint64 first_row,
                            guint64 n_rows, double *squares)
{
  const Rows rows = { run, tensor, first_row, n_rows };
  const gsize n = n_rows * count_row (run->network, tensor);
  g_autofree AmReal *gradient = NULL;

  g_return_if_fail (run->gradients != NULL && run->network->weights[tensor].is_learned);
  if (add_at_once (&rows, factors, squares))
    return;
  gradient = g_new (AmReal, MAX (n, 1));
  for (guint sample = 0; sample < run->n_samples; sample++)
    {
      if (factors[sample] == 0.0)
        continue;
      memset (gradient, 0, n * sizeof *gradient);
      am_network_run_add_gradient (run, tensor, sample, first_row, n_rows, gradient);
      for (gsize i = 0; i < n; i++)
        squares[i] += factors[sample] * ((double)gradient[i] * (double)gradient[i]);
    }
}
