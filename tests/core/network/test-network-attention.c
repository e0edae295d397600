/* Attention and rotary positions forward and backward. */
#include <string.h>

#include "check-network.h"
#include "graph-builder.h"

/* What an attention looks like. */
typedef struct
{
  const char *name;
  guint heads, kv_heads;
  guint64 width, v_width; /* of a head */
  gboolean is_causal, has_rotary, is_shared, has_other_keys;
  guint height, n; /* positions are height * n */
} Shape;

static const Shape shapes[] = {
  { "one-head", 1, 1, 6, 6, FALSE, FALSE, FALSE, FALSE, 1, 5 },
  { "heads", 3, 3, 4, 4, FALSE, FALSE, FALSE, FALSE, 2, 4 },
  { "causal", 2, 2, 4, 4, TRUE, FALSE, FALSE, FALSE, 1, 7 },
  { "shared-keys", 6, 2, 4, 3, FALSE, FALSE, FALSE, FALSE, 1, 6 },
  { "one-position", 2, 2, 3, 3, FALSE, FALSE, FALSE, FALSE, 1, 1 },
  { "rotary", 4, 2, 6, 6, TRUE, TRUE, FALSE, FALSE, 1, 6 },
  { "same-value", 3, 3, 4, 4, FALSE, FALSE, TRUE, FALSE, 1, 6 },
  { "other-keys", 2, 2, 4, 5, FALSE, FALSE, FALSE, TRUE, 1, 6 },
  { "causal-other-keys", 2, 1, 4, 4, TRUE, FALSE, FALSE, TRUE, 1, 6 },
};

static guint
add_attention (AmGraph *graph, const Shape *shape, guint q, guint k, guint v)
{
  AmNode node = { .type = AM_NODE_ATTENTION,
                  .name = (char *)"attention",
                  .n_inputs = 3,
                  .weight = AM_NO_TENSOR,
                  .bias = AM_NO_TENSOR,
                  .mean = AM_NO_TENSOR,
                  .variance = AM_NO_TENSOR,
                  .heads = shape->heads,
                  .kv_heads = shape->kv_heads,
                  .is_causal = shape->is_causal };
  guint inputs[] = { q, k, v };
  guint index = 0;
  g_autoptr (GError) error = NULL;

  node.inputs = inputs;
  am_graph_add_node (graph, &node, &index, &error);
  g_assert_no_error (error);
  return index;
}

static AmGraph *
make_graph (const Shape *shape)
{
  AmGraph *graph = am_graph_new ();
  guint x = build_input (graph, "x", 5);
  guint q = build_linear (graph, "q", x, shape->heads * shape->width);
  /* Fewer keys than queries. */
  guint others = shape->has_other_keys ? build_take (graph, x, 1, 3) : x;
  guint k = shape->is_shared ? q : build_linear (graph, "k", others, shape->kv_heads * shape->width);
  guint v = shape->is_shared ? q : build_linear (graph, "v", others, shape->kv_heads * shape->v_width);
  guint node;

  if (shape->has_rotary)
    {
      q = build_rotary (graph, q, shape->heads);
      k = build_rotary (graph, k, shape->kv_heads);
    }
  node = add_attention (graph, shape, q, k, v);
  build_output (graph, "logits", build_linear (graph, "last", node, 4));
  return graph;
}

static void
test_forward (gconstpointer data)
{
  const Shape *shape = data;
  g_autoptr (AmGraph) graph = make_graph (shape);

  check_network_forward (graph, shape->height, shape->n);
}

static void
test_backward (gconstpointer data)
{
  const Shape *shape = data;
  g_autoptr (AmGraph) graph = make_graph (shape);

  check_network_backward (graph, shape->height, shape->n);
}

/* Enough queries for several tiles. */
static void
test_threads (gconstpointer data)
{
  g_autoptr (AmGraph) graph = make_graph (data);

  check_network_forward (graph, 1, 300);
  check_network_threads (graph, 1, 300);
}

static void
set_random_weights (AmNetwork *network)
{
  const AmGraph *graph = am_network_get_graph (network);
  g_autoptr (ForwardWeights) weights = forward_weights_new_random (graph, 2);

  for (guint t = 0; t < am_graph_get_n_tensors (graph); t++)
    {
      gsize n = am_network_count_elements (network, t);
      g_autofree AmReal *values = g_new (AmReal, n);

      for (gsize i = 0; i < n; i++)
        values[i] = (AmReal)weights->values[t][i];
      am_network_set_weights (network, t, values);
    }
}

static GBytes *
run_network (AmNetwork *network, const AmValue *input, gboolean keep)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmNetworkRun) run = am_network_run_new (network, input, keep, &error);
  const AmValue *output;

  g_assert_no_error (error);
  am_network_run_forward (run, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  output = am_network_run_get_value (run, am_network_get_output (network));
  return g_bytes_new (output->data, am_value_count_rows (output) * output->channels * sizeof (AmReal));
}

/* Probabilities that nobody keeps come out the same. */
static void
test_unkept (void)
{
  g_autoptr (AmGraph) graph = make_graph (&shapes[3]);
  g_autoptr (AmNetwork) network = am_network_new (graph, NULL, NULL);
  AmReal data[2 * 300 * 5];
  const AmValue input = { 2, 1, 300, 5, data };
  g_autoptr (GBytes) kept = NULL;
  g_autoptr (GBytes) unkept = NULL;

  set_random_weights (network);
  for (guint i = 0; i < G_N_ELEMENTS (data); i++)
    data[i] = (AmReal)((double)(i * 7919 % 1000) / 500.0 - 1.0);
  kept = run_network (network, &input, TRUE);
  unkept = run_network (network, &input, FALSE);
  g_assert_true (g_bytes_equal (kept, unkept));
}

/* An attention that does not know its heads says where they would be. */
static void
test_unknown_heads (void)
{
  static const Shape unknown = { "unknown", 0, 0, 0, 0, FALSE, FALSE, FALSE, FALSE, 1, 1 };
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 6);
  guint node = add_attention (graph, &unknown, x, x, x);
  g_autoptr (AmNetwork) network = NULL;
  g_autoptr (AmNetworkRun) run = NULL;
  g_autoptr (GError) error = NULL;
  AmReal data[12] = { 0 };
  const AmValue input = { 1, 1, 2, 6, data };

  build_output (graph, "logits", node);
  network = am_network_new (graph, NULL, &error);
  g_assert_no_error (error);
  run = am_network_run_new (network, &input, FALSE, &error);
  g_assert_no_error (error);
  g_assert_false (am_network_run_forward (run, NULL, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "attention"));
  g_assert_nonnull (strstr (error->message, "config.json"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
    {
      g_autofree char *forward = g_strdup_printf ("/network/attention/%s/forward", shapes[i].name);
      g_autofree char *backward = g_strdup_printf ("/network/attention/%s/backward", shapes[i].name);
      g_autofree char *threads = g_strdup_printf ("/network/attention/%s/threads", shapes[i].name);

      g_test_add_data_func (forward, &shapes[i], test_forward);
      g_test_add_data_func (backward, &shapes[i], test_backward);
      if (shapes[i].n > 1)
        g_test_add_data_func (threads, &shapes[i], test_threads);
    }
  g_test_add_func ("/network/attention/unkept", test_unkept);
  g_test_add_func ("/network/attention/unknown-heads", test_unknown_heads);
  return g_test_run ();
}
