/* Norms forward and backward. */
#include <math.h>

#include "check-network.h"
#include "graph-builder.h"
#include "network/operator.h"

/* A norm between two matrices, so that gradients go through it, and some have weights of both kinds. */
typedef guint (*BuildNorm) (AmGraph *graph, guint input);

static guint
build_layer (AmGraph *graph, guint input)
{
  return build_norm (graph, AM_NODE_LAYER_NORM, "norm", input);
}

static guint
build_rms (AmGraph *graph, guint input)
{
  return build_norm (graph, AM_NODE_RMS_NORM, "norm", input);
}

static guint
build_group (AmGraph *graph, guint input)
{
  return build_group_norm (graph, "norm", input, 3);
}

static guint
build_head (AmGraph *graph, guint input)
{
  return build_head_norm (graph, "norm", input, 4);
}

static guint
build_bare_layer (AmGraph *graph, guint input)
{
  return build_plain (graph, AM_NODE_LAYER_NORM, "norm", 1, &input);
}

static guint
build_bare_rms (AmGraph *graph, guint input)
{
  return build_plain (graph, AM_NODE_RMS_NORM, "norm", 1, &input);
}

static const struct
{
  const char *name;
  BuildNorm build;
} kinds[] = {
  { "layer", build_layer },           { "rms", build_rms },
  { "group", build_group },           { "head", build_head },
  { "bare-layer", build_bare_layer }, { "bare-rms", build_bare_rms },
};

/* 12 divides into 3 groups and 4 heads; 20 channels fill lanes and leave some over. */
static AmGraph *
make_graph (BuildNorm build, guint64 width)
{
  AmGraph *graph = am_graph_new ();
  guint node = build_linear (graph, "first", build_input (graph, "x", 5), width);

  node = build_linear (graph, "last", build (graph, node), 7);
  build_output (graph, "logits", node);
  return graph;
}

static void
test_forward (gconstpointer data)
{
  g_autoptr (AmGraph) graph = make_graph (kinds[GPOINTER_TO_UINT (data)].build, 12);

  check_network_forward (graph, 1, 1);
  check_network_forward (graph, 4, 3);
}

static void
test_backward (gconstpointer data)
{
  g_autoptr (AmGraph) graph = make_graph (kinds[GPOINTER_TO_UINT (data)].build, 12);

  check_network_backward (graph, 2, 3);
}

static void
test_threads (gconstpointer data)
{
  g_autoptr (AmGraph) graph = make_graph (kinds[GPOINTER_TO_UINT (data)].build, 60);

  check_network_forward (graph, 20, 19);
  check_network_threads (graph, 20, 19);
}

static AmNode
make_cosine_node (guint *input)
{
  return (AmNode){ .type = AM_NODE_RMS_NORM,
                   .name = (char *)"norm",
                   .n_inputs = 1,
                   .inputs = input,
                   .weight = AM_NO_TENSOR,
                   .bias = AM_NO_TENSOR,
                   .mean = AM_NO_TENSOR,
                   .variance = AM_NO_TENSOR };
}

/* Without an epsilon nothing divides by zero, and a value next to zero keeps its direction. */
static void
test_zero (void)
{
  AmReal data[] = { 0, 0, (AmReal)3e-18, (AmReal)-4e-18 };
  AmReal gradient[] = { 1, 2, 1, 0 };
  AmReal out[4], result[4] = { 0 };
  AmReal *results[] = { result };
  guint64 kept[8];
  guint input_node = 0;
  AmNode node = make_cosine_node (&input_node);
  const AmValue in = { 2, 1, 1, 2, data };
  const AmValue *inputs[] = { &in };
  AmValue output = { 2, 1, 1, 2, out };
  AmOperation operation
      = { .node = &node, .n_samples = 2, .inputs = inputs, .output = &output, .n_threads = 1 };

  g_assert_true (am_operator_norm.shape (&operation, NULL));
  g_assert_cmpuint (operation.kept_size, <=, sizeof kept);
  operation.kept = kept;
  am_operator_norm.forward (&operation);
  am_operator_norm.backward (&operation, gradient, results);
  g_assert_true (out[0] == 0 && out[1] == 0 && result[0] == 0 && result[1] == 0);
  g_assert_cmpfloat (fabs ((double)out[2] - 0.6 * sqrt (2.0)), <, 1e-6);
  g_assert_cmpfloat (fabs ((double)out[3] + 0.8 * sqrt (2.0)), <, 1e-6);
  g_assert_true (isfinite (result[2]) && result[2] > 0);
}

/* The mean of numbers far from zero is not lost. */
static void
test_offset (void)
{
  AmReal data[16], out[16];
  guint input_node = 0;
  AmNode node = make_cosine_node (&input_node);
  const AmValue in = { 1, 1, 1, 16, data };
  const AmValue *inputs[] = { &in };
  AmValue output = { 1, 1, 1, 16, out };
  AmOperation operation
      = { .node = &node, .n_samples = 1, .inputs = inputs, .output = &output, .n_threads = 1 };

  node.type = AM_NODE_LAYER_NORM;
  for (guint i = 0; i < 16; i++)
    data[i] = (AmReal)(1048576.0 + (i % 2 == 0 ? 0.5 : -0.5));
  am_operator_norm.forward (&operation);
  for (guint i = 0; i < 16; i++)
    g_assert_cmpfloat (fabs ((double)out[i] - (i % 2 == 0 ? 1.0 : -1.0)), <, 1e-6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *forward = g_strdup_printf ("/network/norms/%s/forward", kinds[i].name);
      g_autofree char *backward = g_strdup_printf ("/network/norms/%s/backward", kinds[i].name);
      g_autofree char *threads = g_strdup_printf ("/network/norms/%s/threads", kinds[i].name);

      g_test_add_data_func (forward, GUINT_TO_POINTER (i), test_forward);
      g_test_add_data_func (backward, GUINT_TO_POINTER (i), test_backward);
      g_test_add_data_func (threads, GUINT_TO_POINTER (i), test_threads);
    }
  g_test_add_func ("/network/norms/zero", test_zero);
  g_test_add_func ("/network/norms/offset", test_offset);
  return g_test_run ();
}
