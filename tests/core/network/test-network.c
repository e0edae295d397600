/* How networks run: what they hold and refuse, and what they do with tensors that several nodes use. */
#include <string.h>

#include "base/error.h"
#include "check-network.h"
#include "graph-builder.h"
#include "made-network.h"
#include "network/network-walk.h"

static void
test_tied (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint node = build_linear (graph, "twice", build_input (graph, "x", 6), 6);

  node = build_linear (graph, "twice", build_activation (graph, node), 6);
  build_output (graph, "logits", node);
  check_network_forward (graph, 1, 1);
  check_network_backward (graph, 1, 1);
  check_network_backward (graph, 2, 1);
}

static AmGraph *
make_pictures (void)
{
  AmGraph *graph = am_graph_new ();
  guint node = build_conv (graph, "conv", build_input (graph, "x", 3), 8, 3, 1);

  node = build_activation (graph, node);
  node = build_flatten (graph, node, 12);
  build_output (graph, "logits", build_linear (graph, "last", node, 4));
  return graph;
}

/* Values of one sample: 3, 8, 8, 96, 4 and 4 numbers wide, at 12, 12, 12, 1, 1, 1 positions. */
static void
test_memory (void)
{
  g_autoptr (AmGraph) graph = make_pictures ();
  g_autoptr (AmNetwork) network = made_network_new (graph, NULL);
  g_autoptr (GError) error = NULL;
  guint64 size;

  am_network_estimate_memory (network, 3, 4, TRUE, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, ==, (36 + 96 + 96 + 96 + 4 + 4) * sizeof (AmReal));
  am_network_estimate_memory (network, 3, 4, FALSE, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, ==, (96 + 96) * sizeof (AmReal));
}

/* What is overwritten counts once. */
static void
test_memory_in_place (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint node = build_activation (graph, build_conv (graph, "conv", build_input (graph, "x", 3), 8, 3, 1));
  g_autoptr (AmNetwork) network = NULL;
  g_autoptr (GError) error = NULL;
  guint64 size;

  build_output (graph, "logits", build_pool (graph, node, AM_POOL_MEAN_ALL));
  network = made_network_new (graph, NULL);
  am_network_estimate_memory (network, 3, 4, FALSE, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, ==, (36 + 96) * sizeof (AmReal));
}

static void
assert_message (GError *error, AmError code, const char *const *parts)
{
  g_assert_error (error, AM_ERROR, (gint)code);
  for (; *parts != NULL; parts++)
    if (strstr (error->message, *parts) == NULL)
      g_error ("\"%s\" does not name %s", error->message, *parts);
}

static void
test_sizes (void)
{
  static const char *const parts[] = { "flatten", "5 x 4", "12", NULL };
  g_autoptr (AmGraph) graph = make_pictures ();
  g_autoptr (AmNetwork) network = made_network_new (graph, NULL);
  g_autoptr (AmNetworkRun) run = made_run_new (network, 0, 1, 5, 4, FALSE);
  g_autoptr (GError) error = NULL, estimate_error = NULL, channel_error = NULL, large_error = NULL;
  const AmValue wrong = { 1, 1, 1, 4, NULL };
  guint64 size;

  g_assert_false (am_network_run_forward (run, NULL, NULL, NULL, &error));
  assert_message (error, AM_ERROR_MISMATCH, parts);
  g_assert_false (am_network_estimate_memory (network, 5, 4, TRUE, &size, &estimate_error));
  assert_message (estimate_error, AM_ERROR_MISMATCH, parts);
  g_assert_null (am_network_run_new (network, &wrong, FALSE, &channel_error));
  assert_message (channel_error, AM_ERROR_MISMATCH, (const char *[]){ "x", "3", "4", NULL });
  g_assert_false (am_network_estimate_memory (network, 1u << 31, 1u << 31, TRUE, &size, &large_error));
  assert_message (large_error, AM_ERROR_UNSUPPORTED, (const char *[]){ "x", NULL });
}

static void
test_outputs (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (GError) error = NULL, input_error = NULL, kind_error = NULL;
  g_autoptr (AmNetwork) network = NULL;
  guint x = build_input (graph, "x", 3), y = build_input (graph, "y", 3);
  guint words = build_embedding (graph, "words", 4, 3);

  build_output (graph, "alone", build_linear (graph, "first", x, 2));
  build_output (graph, "both", build_pair (graph, AM_NODE_ADD, x, y));
  build_output (graph, "words", words);
  g_assert_null (am_network_new (graph, NULL, &error));
  assert_message (error, AM_ERROR_UNSUPPORTED, (const char *[]){ "alone", "both", "words", NULL });
  g_assert_null (am_network_new (graph, "both", &input_error));
  assert_message (input_error, AM_ERROR_UNSUPPORTED, (const char *[]){ "x", "y", NULL });
  g_assert_null (am_network_new (graph, "words", &kind_error));
  assert_message (kind_error, AM_ERROR_UNSUPPORTED, (const char *[]){ "words", "embedding", NULL });
  network = made_network_new (graph, "alone");
  g_assert_false (am_network_has_node (network, y));
  g_assert_true (am_network_has_tensor (network, (guint)am_graph_find_tensor (graph, "first.weight")));
  g_assert_false (am_network_has_tensor (network, (guint)am_graph_find_tensor (graph, "words.weight")));
}

/* Inputs of zeros are zeros, at as many positions as are needed. */
static void
test_zeros (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), zeros = build_input (graph, "layer.zeros", 2);
  guint inputs[] = { zeros, x, zeros };
  g_autoptr (AmNetwork) network = NULL;
  g_autoptr (AmNetworkRun) run = NULL;
  const AmValue *input, *output;

  build_output (graph, "logits", build_plain (graph, AM_NODE_CONCAT, "concat", 3, inputs));
  network = made_network_new (graph, NULL);
  run = made_run_new (network, 0, 2, 2, 2, TRUE);
  made_run_forward (run);
  input = am_network_run_get_value (run, x);
  output = made_run_get_output (network, run);
  g_assert_cmpuint (output->channels, ==, 7);
  for (gsize row = 0; row < am_value_count_rows (output); row++)
    for (gsize c = 0; c < 7; c++)
      g_assert_true (output->data[row * 7 + c] == (c >= 2 && c < 5 ? input->data[row * 3 + c - 2] : 0));
}

typedef struct
{
  guint n_before, n_after;
  AmNetwork *network;
  gint bias;
} Walk;

/* What is learned of all batches changes the weights they then meet. */
static gboolean
watch_before (AmNetworkRun *const *runs, guint n_runs, guint node, gpointer user_data, GError **error)
{
  static const AmReal bias[4] = { 1, 2, 3, 4 };
  Walk *walk = user_data;
  const AmNode *details = am_graph_get_node (am_network_get_graph (walk->network), node);

  walk->n_before++;
  for (guint r = 0; r < n_runs; r++)
    {
      g_assert_null (am_network_run_get_value (runs[r], node));
      for (guint i = 0; i < details->n_inputs; i++)
        g_assert_nonnull (am_network_run_get_value (runs[r], details->inputs[i]));
    }
  if (details->bias == walk->bias)
    am_network_set_weights (walk->network, (guint)walk->bias, bias);
  return TRUE;
}

static gboolean
watch_after (AmNetworkRun *const *runs, guint n_runs, guint node, gpointer user_data, GError **error)
{
  Walk *walk = user_data;

  walk->n_after++;
  for (guint r = 0; r < n_runs; r++)
    g_assert_nonnull (am_network_run_get_value (runs[r], node));
  return TRUE;
}

static void
test_walk (void)
{
  g_autoptr (AmGraph) graph = make_pictures ();
  g_autoptr (AmNetwork) network = made_network_new (graph, NULL);
  g_autoptr (AmNetworkRun) a = made_run_new (network, 0, 2, 3, 4, FALSE),
                           b = made_run_new (network, 2, 1, 3, 4, FALSE);
  g_autoptr (AmNetworkRun) wanted = made_run_new (network, 2, 1, 3, 4, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  AmNetworkRun *runs[] = { a, b };
  Walk walk = { 0, 0, network, am_graph_find_tensor (graph, "last.bias") };
  const AmNetworkWalker walker = { watch_before, watch_after, &walk };

  am_network_walk (network, runs, 2, &walker, cancellable, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (walk.n_before, ==, 6);
  g_assert_cmpuint (walk.n_after, ==, 6);
  made_run_forward (wanted);
  made_value_assert_equal (made_run_get_output (network, b), made_run_get_output (network, wanted));
  g_cancellable_cancel (cancellable);
  g_assert_false (am_network_walk (network, runs, 2, &walker, cancellable, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
}

static gboolean
refuse (AmNetworkRun *run, guint node, gboolean is_before, gpointer user_data, GError **error)
{
  guint *n = user_data;

  if (++*n < 4)
    return TRUE;
  g_assert_true (!is_before && am_network_run_get_value (run, node) != NULL);
  g_set_error_literal (error, AM_ERROR, AM_ERROR_CORRUPT, "seen enough");
  return FALSE;
}

static void
test_observer (void)
{
  g_autoptr (AmGraph) graph = make_pictures ();
  g_autoptr (AmNetwork) network = made_network_new (graph, NULL);
  g_autoptr (AmNetworkRun) run = made_run_new (network, 0, 2, 3, 4, FALSE);
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_assert_false (am_network_run_forward (run, refuse, &n, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
  g_assert_cmpuint (n, ==, 4);
  made_run_forward (run);
  made_run_get_output (network, run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/tied", test_tied);
  g_test_add_func ("/network/memory/all", test_memory);
  g_test_add_func ("/network/memory/in-place", test_memory_in_place);
  g_test_add_func ("/network/sizes", test_sizes);
  g_test_add_func ("/network/outputs", test_outputs);
  g_test_add_func ("/network/zeros", test_zeros);
  g_test_add_func ("/network/walk", test_walk);
  g_test_add_func ("/network/observer", test_observer);
  return g_test_run ();
}
