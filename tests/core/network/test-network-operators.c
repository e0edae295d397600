/* Convolutions, norms over the batch, activations, pools and what puts values together, against the reference
 * and finite differences: a node of the kind between two matrices, so that gradients go through it. */
#include "check-network.h"
#include "graph-builder.h"

#define WIDTH 6

static guint
add_node (AmGraph *graph, const AmNode *node)
{
  g_autoptr (GError) error = NULL;
  guint index = 0;

  am_graph_add_node (graph, node, &index, &error);
  g_assert_no_error (error);
  return index;
}

/* @weight: shape; axes behind the first two may be 0 */
static guint
build_any_conv (AmGraph *graph, guint input, AmNode node, const guint64 weight[4])
{
  node.type = AM_NODE_CONV;
  node.n_inputs = 1;
  node.inputs = &input;
  node.weight = (gint)am_graph_add_tensor (graph, "conv.weight", weight[2] > 0 ? 4 : 2, weight);
  node.bias = (gint)am_graph_add_tensor (graph, "conv.bias", 1, weight);
  node.mean = node.variance = AM_NO_TENSOR;
  return add_node (graph, &node);
}

static guint
build_without_tensors (AmGraph *graph, guint input, AmNode node)
{
  node.n_inputs = 1;
  node.inputs = &input;
  node.weight = node.bias = node.mean = node.variance = AM_NO_TENSOR;
  return add_node (graph, &node);
}

/* clang-format off */
static const struct
{
  const char *name;
  AmNode node;
  guint64 weight[4];
  guint height, width;
} convs[] = {
  { "pointwise", { .stride = 1 }, { 5, WIDTH, 1, 1 }, 5, 4 },
  { "matrix", { .stride = 1 }, { 5, WIDTH }, 3, 4 },
  { "matrix-strided", { .stride = 2 }, { 5, WIDTH }, 5, 4 },
  { "matrix-groups", { .groups = 3 }, { 9, 2 }, 3, 2 },
  { "same", { .padding = 1 }, { 7, WIDTH, 3, 3 }, 5, 6 },
  { "strided", { .stride = 2, .padding = 3 }, { 4, WIDTH, 7, 7 }, 7, 6 },
  { "far", { .stride = 2, .padding_end = 1 }, { 4, WIDTH, 3, 3 }, 6, 4 },
  { "wide-padding", { .stride = 3, .padding = 4 }, { 4, WIDTH, 2, 2 }, 3, 2 },
  { "dilated", { .dilation = 2, .padding = 2 }, { 4, WIDTH, 3, 3 }, 5, 4 },
  { "dilated-strided", { .dilation = 3, .stride = 2, .padding = 3 }, { 4, WIDTH, 3, 3 }, 4, 5 },
  { "groups", { .groups = 2, .padding = 1 }, { 4, 3, 3, 3 }, 4, 3 },
  { "depthwise", { .groups = WIDTH, .padding = 1 }, { WIDTH, 1, 3, 3 }, 4, 5 },
  { "depthwise-dilated", { .groups = WIDTH, .padding = 2, .dilation = 2, .stride = 2 }, { WIDTH, 1, 3, 3 }, 5, 4 },
  { "depthwise-matrix", { .groups = WIDTH }, { WIDTH, 1 }, 3, 2 },
  { "depthwise-more", { .groups = WIDTH, .padding = 1 }, { 2 * WIDTH, 1, 3, 3 }, 3, 4 },
};

static const struct
{
  const char *name;
  AmNode node;
  guint height, width;
} plain[] = {
  { "relu", { .type = AM_NODE_ACTIVATION, .activation = AM_ACTIVATION_RELU }, 3, 2 },
  { "gelu", { .type = AM_NODE_ACTIVATION, .activation = AM_ACTIVATION_GELU }, 3, 2 },
  { "gelu-tanh", { .type = AM_NODE_ACTIVATION, .activation = AM_ACTIVATION_GELU_TANH }, 3, 2 },
  { "quick-gelu", { .type = AM_NODE_ACTIVATION, .activation = AM_ACTIVATION_QUICK_GELU }, 3, 2 },
  { "silu", { .type = AM_NODE_ACTIVATION, .activation = AM_ACTIVATION_SILU }, 3, 2 },
  { "tanh", { .type = AM_NODE_ACTIVATION, .activation = AM_ACTIVATION_TANH }, 3, 2 },
  { "sigmoid", { .type = AM_NODE_ACTIVATION, .activation = AM_ACTIVATION_SIGMOID }, 3, 2 },
  { "pool-max", { .type = AM_NODE_POOL, .pool = AM_POOL_MAX, .kernel = 2 }, 4, 5 },
  { "pool-max-padded", { .type = AM_NODE_POOL, .pool = AM_POOL_MAX, .kernel = 3, .stride = 2, .padding = 1 }, 5, 4 },
  { "pool-mean", { .type = AM_NODE_POOL, .pool = AM_POOL_MEAN, .kernel = 3, .stride = 2, .padding = 1 }, 5, 6 },
  { "pool-all", { .type = AM_NODE_POOL, .pool = AM_POOL_MEAN_ALL }, 3, 5 },
  { "upsample", { .type = AM_NODE_UPSAMPLE }, 3, 2 },
  { "flatten", { .type = AM_NODE_FLATTEN, .count = 6 }, 2, 3 },
  { "flatten-one", { .type = AM_NODE_FLATTEN, .count = 1 }, 1, 1 },
  { "slice", { .type = AM_NODE_SLICE, .start = 2, .channels = 3 }, 2, 3 },
  { "take", { .type = AM_NODE_TAKE, .start = 1, .count = 3 }, 2, 3 },
  { "take-last", { .type = AM_NODE_TAKE, .start = -2 }, 2, 3 },
};
/* clang-format on */

static void
check (const AmGraph *graph, guint height, guint width)
{
  check_network_forward (graph, height, width);
  check_network_backward (graph, height, width);
  check_network_threads (graph, height, width);
}

static void
test_conv (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint node = build_linear (graph, "first", build_input (graph, "x", 3), WIDTH);

  node = build_any_conv (graph, node, convs[i].node, convs[i].weight);
  build_output (graph, "logits", build_linear (graph, "last", node, 4));
  check (graph, convs[i].height, convs[i].width);
}

static void
test_plain (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint node = build_linear (graph, "first", build_input (graph, "x", 3), WIDTH);

  node = build_without_tensors (graph, node, plain[i].node);
  build_output (graph, "logits", build_linear (graph, "last", node, 4));
  check (graph, plain[i].height, plain[i].width);
}

static void
test_layers (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint node = build_transposed (graph, "first", build_input (graph, "x", 3), 300);

  node = build_norm (graph, AM_NODE_BATCH_NORM, "norm", node);
  build_output (graph, "logits", build_linear (graph, "last", node, 5));
  check (graph, 1, 1);
  check (graph, 5, 3);
}

/* So many positions that every loop has several tiles. */
static void
test_tiles (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint node = build_conv (graph, "first", build_input (graph, "x", 3), 40, 3, 1);
  guint inputs[2];

  inputs[0] = build_norm (graph, AM_NODE_BATCH_NORM, "norm", node);
  inputs[1] = build_activation (graph, inputs[0]);
  node = build_plain (graph, AM_NODE_ADD, "add", 2, inputs);
  node = build_pool (graph, build_conv (graph, "depthwise", node, 40, 3, 40), AM_POOL_MEAN_ALL);
  build_output (graph, "logits", build_linear (graph, "last", node, 5));
  check_network_forward (graph, 29, 31);
  check_network_threads (graph, 29, 31);
  check_network_backward (graph, 13, 19);
}

/* What is combined has as many positions, one, or is a parameter with more. */
static void
test_combinations (gconstpointer data)
{
  static const AmNodeType types[] = { AM_NODE_ADD, AM_NODE_MULTIPLY, AM_NODE_MODULATE, AM_NODE_CONCAT };
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_linear (graph, "first", build_input (graph, "x", 3), WIDTH);
  guint inputs[3]
      = { build_pool (graph, x, AM_POOL_MEAN_ALL), x, build_parameter (graph, "table", 9, WIDTH) };
  guint node = build_plain (graph, types[i], "combination", 3, inputs);

  inputs[0] = x;
  inputs[1] = build_parameter (graph, "token", 1, WIDTH);
  inputs[2] = x;
  inputs[1] = build_plain (graph, types[i], "again", 3, inputs);
  inputs[0] = node;
  node = build_plain (graph, AM_NODE_JOIN, "join", 2, inputs);
  build_output (graph, "logits", build_linear (graph, "last", node, 4));
  check (graph, 2, 3);
}

int
main (int argc, char **argv)
{
  static const char *const types[] = { "add", "multiply", "modulate", "concat" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (convs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/network/operators/conv/%s", convs[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_conv);
    }
  for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
    {
      g_autofree char *path = g_strdup_printf ("/network/operators/%s", plain[i].name);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_plain);
    }
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      g_autofree char *path = g_strdup_printf ("/network/operators/%s", types[i]);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_combinations);
    }
  g_test_add_func ("/network/operators/layers", test_layers);
  g_test_add_func ("/network/operators/tiles", test_tiles);
  return g_test_run ();
}
