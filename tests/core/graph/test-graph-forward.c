/* The reference forward pass itself: single operations against numbers from PyTorch, and what it promises
 * about runs. */
#include "graph-forward.h"

#include <math.h>
#include <string.h>

#include "forward-cases.h"

static double *
new_wave (double phase, guint64 n)
{
  double *values = g_new (double, n);

  for (guint64 i = 0; i < n; i++)
    values[i] = sin (phase + 1.3 * (double)i);
  return values;
}

static void
set_wave (ForwardWeights *weights, const char *name, double offset, double phase)
{
  gint tensor = am_graph_find_tensor (weights->graph, name);
  gsize n = forward_count_elements (weights->graph, (guint)tensor);
  g_autofree double *values = new_wave (phase, n);

  for (gsize i = 0; i < n; i++)
    values[i] += offset;
  forward_weights_set (weights, name, values);
}

static guint
add (AmGraph *graph, AmNode node)
{
  g_autoptr (GError) error = NULL;
  guint index = 0;

  am_graph_add_node (graph, &node, &index, &error);
  g_assert_no_error (error);
  return index;
}

static AmNode
make_node (AmNodeType type, const char *name, guint n_inputs, guint *inputs)
{
  return (AmNode){ .type = type,
                   .name = (char *)name,
                   .n_inputs = n_inputs,
                   .inputs = inputs,
                   .weight = AM_NO_TENSOR,
                   .bias = AM_NO_TENSOR,
                   .mean = AM_NO_TENSOR,
                   .variance = AM_NO_TENSOR };
}

static guint
add_input (AmGraph *graph, const char *name, guint64 channels)
{
  AmNode node = make_node (AM_NODE_INPUT, name, 0, NULL);

  node.channels = channels;
  return add (graph, node);
}

static void
add_output (AmGraph *graph, guint from)
{
  add (graph, make_node (AM_NODE_OUTPUT, "y", 1, &from));
}

static const char *const input_names[MAX_INPUTS] = { "a", "b", "c" };

static void
add_tensors (AmGraph *graph, const Case *test, AmNode *node)
{
  guint n_dims = 0;
  guint64 width;

  while (test->weight[n_dims] > 0)
    n_dims++;
  if (n_dims > 0)
    node->weight = (gint)am_graph_add_tensor (graph, "weight", n_dims, test->weight);
  width = node->is_transposed ? test->weight[1] : test->weight[0];
  if (test->flags & HAS_BIAS)
    node->bias = (gint)am_graph_add_tensor (graph, "bias", 1, &width);
  if (test->flags & HAS_STATISTICS)
    {
      node->mean = (gint)am_graph_add_tensor (graph, "mean", 1, &width);
      node->variance = (gint)am_graph_add_tensor (graph, "variance", 1, &width);
    }
}

static AmGraph *
build (const Case *test)
{
  AmGraph *graph = am_graph_new ();
  guint inputs[MAX_INPUTS];
  AmNode node = test->node;

  node.name = (char *)test->name;
  node.inputs = inputs;
  node.weight = node.bias = node.mean = node.variance = AM_NO_TENSOR;
  for (; node.n_inputs < MAX_INPUTS && test->inputs[node.n_inputs][0] > 0; node.n_inputs++)
    inputs[node.n_inputs] = add_input (graph, input_names[node.n_inputs], test->inputs[node.n_inputs][0]);
  add_tensors (graph, test, &node);
  add_output (graph, add (graph, node));
  return graph;
}

static void
feed (ForwardInputs *inputs, const Case *test)
{
  static const guint numbers[] = { 2, 0, 6, 2 };

  if (test->flags & IS_NUMBERS)
    {
      forward_inputs_set_numbers (inputs, "a", G_N_ELEMENTS (numbers), numbers);
      return;
    }
  for (guint i = 0; i < MAX_INPUTS && test->inputs[i][0] > 0; i++)
    {
      const guint64 *shape = test->inputs[i];
      g_autofree double *values = new_wave (0.1 * (i + 1), shape[0] * shape[1] * shape[2]);

      forward_inputs_set (inputs, input_names[i], (guint)shape[1], (guint)shape[2], values);
    }
}

static ForwardWeights *
fill (const AmGraph *graph, const Case *test)
{
  ForwardWeights *weights = forward_weights_new (graph);

  if (test->weight[0] > 0)
    set_wave (weights, "weight", 0.0, 0.2);
  if (test->flags & HAS_BIAS)
    set_wave (weights, "bias", 0.0, 0.3);
  if (test->flags & HAS_STATISTICS)
    {
      set_wave (weights, "mean", 0.0, 0.4);
      set_wave (weights, "variance", 1.5, 0.5);
    }
  return weights;
}

static void
assert_numbers (const ForwardValue *value, const double *numbers, gsize n, const guint64 *shape)
{
  g_assert_cmpuint (value->channels, ==, shape[0]);
  g_assert_cmpuint (value->height, ==, shape[1]);
  g_assert_cmpuint (value->width, ==, shape[2]);
  g_assert_cmpuint (n, ==, shape[0] * shape[1] * shape[2]);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (value->data[i], numbers[i], 1e-13);
}

static void
test_operation (gconstpointer data)
{
  const Case *test = data;
  g_autoptr (AmGraph) graph = build (test);
  g_autoptr (ForwardInputs) inputs = forward_inputs_new (graph);
  g_autoptr (ForwardWeights) weights = fill (graph, test);
  g_autoptr (GraphForward) forward = NULL;

  feed (inputs, test);
  forward = graph_forward_new (weights, inputs);
  assert_numbers (graph_forward_get_output (forward, "y"), test->numbers, test->n_numbers, test->shape);
}

/* A graph of one operation on values wave (0.1) and, with a second width, wave (0.2). */
static GraphForward *
run_plain (AmGraph *graph, AmNode node, ForwardWeights **weights, ForwardInputs **inputs)
{
  g_autofree guint *numbers = g_new (guint, am_graph_get_n_nodes (graph));

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    numbers[i] = i;
  node.n_inputs = am_graph_get_n_nodes (graph);
  node.inputs = numbers;
  node.name = (char *)"node";
  node.weight = node.bias = node.mean = node.variance = AM_NO_TENSOR;
  add_output (graph, add (graph, node));
  *weights = forward_weights_new (graph);
  *inputs = forward_inputs_new (graph);
  for (guint i = 0; i < node.n_inputs; i++)
    if (am_graph_get_node (graph, i)->type == AM_NODE_INPUT)
      {
        g_autofree double *values = new_wave (0.1 * (i + 1), 100);

        forward_inputs_set (*inputs, input_names[i], 1, i + 2, values);
      }
  return graph_forward_new (*weights, *inputs);
}

/* Operations that only move values about: @order says which element of wave (0.1), or from 1000 on of wave
 * (0.2), stands where. */
static void
assert_order (guint n_inputs, const guint64 *channels, AmNode node, const guint64 *shape, const guint *order)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (ForwardWeights) weights = NULL;
  g_autoptr (ForwardInputs) inputs = NULL;
  g_autoptr (GraphForward) forward = NULL;
  guint64 n = shape[0] * shape[1] * shape[2];
  g_autofree double *numbers = g_new (double, n);

  for (guint i = 0; i < n_inputs; i++)
    add_input (graph, input_names[i], channels[i]);
  forward = run_plain (graph, node, &weights, &inputs);
  for (guint64 i = 0; i < n; i++)
    numbers[i] = order[i] < 1000 ? sin (0.1 + 1.3 * order[i]) : sin (0.2 + 1.3 * (order[i] - 1000));
  assert_numbers (graph_forward_get_output (forward, "y"), numbers, n, shape);
}

/* The first input has 2 positions, the second 3. */
static void
test_order (void)
{
  static const guint64 two[] = { 2, 2 }, three[] = { 3 };
  static const guint joined[] = { 0, 1, 1000, 1001, 1002, 2, 3, 1003, 1004, 1005 };

  assert_order (2, two, (AmNode){ .type = AM_NODE_JOIN }, (const guint64[]){ 2, 1, 5 }, joined);
  assert_order (1, three, (AmNode){ .type = AM_NODE_SLICE, .start = 1, .channels = 2 },
                (const guint64[]){ 2, 1, 2 }, (const guint[]){ 2, 3, 4, 5 });
  assert_order (1, three, (AmNode){ .type = AM_NODE_TAKE, .start = 1 }, (const guint64[]){ 3, 1, 1 },
                (const guint[]){ 1, 3, 5 });
  assert_order (1, three, (AmNode){ .type = AM_NODE_TAKE, .start = -2, .count = 1 },
                (const guint64[]){ 3, 1, 1 }, (const guint[]){ 0, 2, 4 });
  assert_order (1, three, (AmNode){ .type = AM_NODE_FLATTEN, .count = 2 }, (const guint64[]){ 6, 1, 1 },
                (const guint[]){ 0, 1, 2, 3, 4, 5 });
}

static void
test_activations (void)
{
  static const double *const numbers[] = { relu_numbers, gelu_numbers, gelu_tanh_numbers, quick_gelu_numbers,
                                           silu_numbers, tanh_numbers, sigmoid_numbers };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      g_autoptr (AmGraph) graph = am_graph_new ();
      g_autoptr (ForwardInputs) inputs = NULL;
      g_autoptr (ForwardWeights) weights = forward_weights_new (graph);
      g_autoptr (GraphForward) forward = NULL;
      g_autofree double *values = new_wave (0.1, 5);
      guint input = add_input (graph, "a", 5);
      AmNode node = make_node (AM_NODE_ACTIVATION, "activation", 1, &input);

      node.activation = (AmActivation)i;
      add_output (graph, add (graph, node));
      for (guint k = 0; k < 5; k++)
        values[k] *= 3.0;
      inputs = forward_inputs_new (graph);
      forward_inputs_set (inputs, "a", 1, 1, values);
      forward = graph_forward_new (weights, inputs);
      assert_numbers (graph_forward_get_output (forward, "y"), numbers[i], 5, (const guint64[]){ 5, 1, 1 });
    }
}

/* Channels are slow and positions fast in what a flattening hands to a matrix. */
static void
test_flatten_before_linear (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (ForwardInputs) inputs = NULL;
  g_autoptr (ForwardWeights) weights = NULL;
  g_autoptr (GraphForward) forward = NULL;
  g_autofree double *values = new_wave (0.1, 24);
  guint last = add_input (graph, "a", 6);
  AmNode flatten = make_node (AM_NODE_FLATTEN, "flatten", 1, &last);
  AmNode linear = make_node (AM_NODE_LINEAR, "linear", 1, &last);

  flatten.count = 4;
  last = add (graph, flatten);
  linear.weight = (gint)am_graph_add_tensor (graph, "weight", 2, (const guint64[]){ 2, 24 });
  last = add (graph, linear);
  add_output (graph, last);
  weights = forward_weights_new (graph);
  set_wave (weights, "weight", 0.0, 0.2);
  inputs = forward_inputs_new (graph);
  forward_inputs_set (inputs, "a", 2, 2, values);
  forward = graph_forward_new (weights, inputs);
  assert_numbers (graph_forward_get_output (forward, "y"), flatten_numbers, 2, (const guint64[]){ 2, 1, 1 });
}

/* Positions are stored [positions][channels]; those beyond the tokens are not used. */
static void
test_parameter (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (ForwardInputs) inputs = NULL;
  g_autoptr (ForwardWeights) weights = NULL;
  g_autoptr (GraphForward) forward = NULL;
  guint both[] = { add_input (graph, "a", 2), 0 };
  AmNode parameter = make_node (AM_NODE_PARAMETER, "positions", 0, NULL);

  parameter.weight = (gint)am_graph_add_tensor (graph, "positions", 3, (const guint64[]){ 1, 4, 2 });
  both[1] = add (graph, parameter);
  add_output (graph, add (graph, make_node (AM_NODE_ADD, "add", 2, both)));
  weights = forward_weights_new (graph);
  forward_weights_set (weights, "positions", (const double[]){ 1, 2, 3, 4, 5, 6, 7, 8 });
  inputs = forward_inputs_new (graph);
  forward_inputs_set (inputs, "a", 1, 3, (const double[]){ 10, 20, 30, 40, 50, 60 });
  forward = graph_forward_new (weights, inputs);
  assert_numbers (graph_forward_get_output (forward, "y"), (const double[]){ 11, 23, 35, 42, 54, 66 }, 6,
                  (const guint64[]){ 2, 1, 3 });
}

static AmGraph *
build_two_layers (void)
{
  AmGraph *graph = am_graph_new ();
  guint input = add_input (graph, "a", 3);
  guint hidden;
  AmNode layer = make_node (AM_NODE_LINEAR, "first", 1, &input);

  layer.weight = (gint)am_graph_add_tensor (graph, "first.weight", 2, (const guint64[]){ 4, 3 });
  hidden = add (graph, layer);
  layer = make_node (AM_NODE_LINEAR, "second", 1, &hidden);
  layer.weight = (gint)am_graph_add_tensor (graph, "second.weight", 2, (const guint64[]){ 2, 4 });
  layer.bias = (gint)am_graph_add_tensor (graph, "second.bias", 1, (const guint64[]){ 2 });
  add_output (graph, add (graph, layer));
  return graph;
}

/* Only what depends on the tensor is computed, and it is what a run from the start gives. */
static void
test_changed (void)
{
  g_autoptr (AmGraph) graph = build_two_layers ();
  g_autoptr (ForwardWeights) weights = forward_weights_new_random (graph, 1);
  g_autoptr (ForwardWeights) others = forward_weights_new_random (graph, 1);
  g_autoptr (ForwardInputs) inputs = forward_inputs_new (graph);
  g_autoptr (GraphForward) base = NULL;
  g_autoptr (GraphForward) changed = NULL;
  g_autoptr (GraphForward) again = NULL;
  g_autofree double *values = new_wave (0.7, 8);
  gint second = am_graph_find_tensor (graph, "second.weight");

  forward_inputs_set_random (inputs, "a", 1, 2, 3);
  base = graph_forward_new (weights, inputs);
  changed = graph_forward_new_changed (base, (guint)second, values);
  forward_weights_set (others, "second.weight", values);
  again = graph_forward_new (others, inputs);
  g_assert_true (graph_forward_get_value (changed, 1) == graph_forward_get_value (base, 1));
  g_assert_cmpfloat (graph_forward_compare (again, changed), ==, 0.0);
  g_assert_cmpfloat (graph_forward_compare (base, changed), >, 0.01);
  g_assert_cmpfloat (graph_forward_compare (base, base), ==, 0.0);
}

static void
test_not_finite (void)
{
  g_autoptr (AmGraph) graph = build_two_layers ();
  g_autoptr (ForwardWeights) weights = forward_weights_new_random (graph, 1);
  g_autoptr (ForwardInputs) inputs = forward_inputs_new (graph);
  g_autoptr (GraphForward) base = NULL;
  g_autoptr (GraphForward) changed = NULL;
  gint bias = am_graph_find_tensor (graph, "second.bias");

  forward_inputs_set_random (inputs, "a", 1, 2, 3);
  base = graph_forward_new (weights, inputs);
  changed = graph_forward_new_changed (base, (guint)bias, (const double[]){ 0.0, INFINITY });
  g_assert_true (isnan (graph_forward_compare (base, changed)));
}

/* Mean, variance and independence of seeds and names, within five standard errors. */
static void
test_random_weights (void)
{
  static const guint64 shape[] = { 50, 200 };
  g_autofree double *a = g_new (double, 10000);
  g_autofree double *b = g_new (double, 10000);
  double sum = 0.0, squares = 0.0, products = 0.0;

  forward_fill_random ("a.weight", 2, shape, 1, a);
  forward_fill_random ("b.weight", 2, shape, 1, b);
  for (guint i = 0; i < 10000; i++)
    {
      sum += a[i];
      squares += a[i] * a[i];
      products += a[i] * b[i];
    }
  g_assert_cmpfloat_with_epsilon (sum / 10000, 0.0, 5 * 0.01 / sqrt (200));
  g_assert_cmpfloat_with_epsilon (squares / 10000, 1.0 / 200, 5 * 0.01 / 200);
  g_assert_cmpfloat_with_epsilon (products / 10000, 0.0, 5 * 0.01 / 200);
  forward_fill_random ("a.weight", 2, shape, 2, b);
  g_assert_cmpfloat (a[0], !=, b[0]);
  forward_fill_random ("bn.running_var", 1, shape, 2, b);
  for (guint i = 0; i < 50; i++)
    g_assert_cmpfloat_with_epsilon (b[i], 1.0, 0.3 * sqrt (3.0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/graph-forward/operation/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_operation);
    }
  g_test_add_func ("/graph-forward/activations", test_activations);
  g_test_add_func ("/graph-forward/order", test_order);
  g_test_add_func ("/graph-forward/flatten-before-linear", test_flatten_before_linear);
  g_test_add_func ("/graph-forward/parameter", test_parameter);
  g_test_add_func ("/graph-forward/changed", test_changed);
  g_test_add_func ("/graph-forward/not-finite", test_not_finite);
  g_test_add_func ("/graph-forward/random-weights", test_random_weights);
  return g_test_run ();
}
