#include "graph-forward-private.h"

#include <math.h>
#include <string.h>

gsize
forward_count_elements (const AmGraph *graph, guint tensor)
{
  const AmGraphTensor *shape = am_graph_get_tensor (graph, tensor);
  gsize n = 1;

  for (guint d = 0; d < shape->n_dims; d++)
    n *= shape->shape[d];
  return n;
}

ForwardWeights *
forward_weights_new (const AmGraph *graph)
{
  ForwardWeights *weights = g_new (ForwardWeights, 1);

  weights->graph = graph;
  weights->values = g_new0 (double *, am_graph_get_n_tensors (graph));
  return weights;
}

void
forward_weights_free (ForwardWeights *weights)
{
  for (guint t = 0; t < am_graph_get_n_tensors (weights->graph); t++)
    g_free (weights->values[t]);
  g_free (weights->values);
  g_free (weights);
}

void
forward_weights_set (ForwardWeights *weights, const char *name, const double *values)
{
  gint tensor = am_graph_find_tensor (weights->graph, name);

  g_assert_cmpint (tensor, !=, AM_NO_TENSOR);
  g_free (weights->values[tensor]);
  weights->values[tensor]
      = g_memdup2 (values, forward_count_elements (weights->graph, (guint)tensor) * sizeof (double));
}

/* Steele, Lea and Flood 2014, Fast splittable pseudorandom number generators, figure 17. */
static guint64
next_bits (guint64 *state)
{
  guint64 z = *state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/* Mean 0, variance 1. */
static double
next_uniform (guint64 *state)
{
  return sqrt (3.0) * ((double)(next_bits (state) >> 11) * 0x1p-52 - 1.0);
}

static void
fill (double *values, gsize n, double centre, double deviation, guint64 state)
{
  for (gsize i = 0; i < n; i++)
    values[i] = centre + deviation * next_uniform (&state);
}

static gboolean
is_gain (const char *name)
{
  static const char *const endings[] = { "weight", "scale", "gamma", "running_var" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]))
      return TRUE;
  return FALSE;
}

void
forward_fill_random (const char *name, guint n_dims, const guint64 *shape, guint64 seed, double *values)
{
  guint64 state = seed * G_GUINT64_CONSTANT (0x100000001b3) + g_str_hash (name);
  gsize n = 1, fan_in;

  for (guint d = 0; d < n_dims; d++)
    n *= shape[d];
  if (n_dims < 2)
    {
      fill (values, n, is_gain (name) ? 1.0 : 0.0, 0.3, state);
      return;
    }
  /* Class tokens and positions come as [1, n, channels]. */
  fan_in = n_dims == 3 ? shape[2] : n / shape[0];
  fill (values, n, 0.0, 1.0 / sqrt ((double)fan_in), state);
}

ForwardWeights *
forward_weights_new_random (const AmGraph *graph, guint64 seed)
{
  ForwardWeights *weights = forward_weights_new (graph);

  for (guint t = 0; t < am_graph_get_n_tensors (graph); t++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (graph, t);

      weights->values[t] = g_new (double, forward_count_elements (graph, t));
      forward_fill_random (tensor->name, tensor->n_dims, tensor->shape, seed, weights->values[t]);
    }
  return weights;
}

static double *
read_tensor (const AmModel *model, AmCheckpoint *checkpoint, const char *name, gsize n)
{
  gint index = am_model_find (model, name);
  g_autofree double *values = g_new (double, n);
  g_autoptr (GError) error = NULL;
  const AmTensor *tensor;

  g_assert_cmpint (index, >=, 0);
  tensor = am_checkpoint_get_tensor (checkpoint, (guint)index);
  g_assert_cmpuint (tensor->length, ==, n);
  am_checkpoint_read_doubles (checkpoint, tensor, 0, n, values, &error);
  g_assert_no_error (error);
  return g_steal_pointer (&values);
}

ForwardWeights *
forward_weights_new_from_model (const AmGraph *graph, const AmModel *model, AmCheckpoint *checkpoint)
{
  ForwardWeights *weights = forward_weights_new (graph);

  for (guint t = 0; t < am_graph_get_n_tensors (graph); t++)
    weights->values[t] = read_tensor (model, checkpoint, am_graph_get_tensor (graph, t)->name,
                                      forward_count_elements (graph, t));
  return weights;
}

ForwardInputs *
forward_inputs_new (const AmGraph *graph)
{
  ForwardInputs *inputs = g_new (ForwardInputs, 1);

  inputs->graph = graph;
  inputs->values = g_new0 (ForwardValue, am_graph_get_n_nodes (graph));
  return inputs;
}

void
forward_inputs_free (ForwardInputs *inputs)
{
  for (guint i = 0; i < am_graph_get_n_nodes (inputs->graph); i++)
    g_free (inputs->values[i].data);
  g_free (inputs->values);
  g_free (inputs);
}

static guint
find_fed (const AmGraph *graph, const char *name)
{
  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if ((node->type == AM_NODE_INPUT || (node->type == AM_NODE_EMBEDDING && node->n_inputs == 0))
          && g_str_equal (node->name, name))
        return i;
    }
  g_error ("no input is called %s", name);
}

static ForwardValue *
renew (ForwardInputs *inputs, guint node, guint64 channels, guint64 height, guint64 width)
{
  g_free (inputs->values[node].data);
  inputs->values[node] = forward_value_new (channels, height, width);
  return &inputs->values[node];
}

void
forward_inputs_set (ForwardInputs *inputs, const char *name, guint height, guint width, const double *values)
{
  guint node = find_fed (inputs->graph, name);
  guint64 channels = am_graph_get_node (inputs->graph, node)->channels;

  memcpy (renew (inputs, node, channels, height, width)->data, values,
          channels * height * width * sizeof (double));
}

void
forward_inputs_set_random (ForwardInputs *inputs, const char *name, guint height, guint width, guint64 seed)
{
  guint node = find_fed (inputs->graph, name);
  guint64 channels = am_graph_get_node (inputs->graph, node)->channels;

  fill (renew (inputs, node, channels, height, width)->data, channels * height * width, 0.0, 1.0,
        seed + g_str_hash (name));
}

void
forward_inputs_set_numbers (ForwardInputs *inputs, const char *name, guint n, const guint *numbers)
{
  ForwardValue *value = renew (inputs, find_fed (inputs->graph, name), 1, 1, n);

  for (guint i = 0; i < n; i++)
    value->data[i] = numbers[i];
}
