/* How networks run: what they hold, share and refuse, and what they do with tensors that several nodes use.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "check-network.h"
#include "graph-builder.h"
#include "network/network-walk.h"
#include "random-graph.h"

#define N_SAMPLES 3
#define N_GRAPHS 60

static AmNetwork *
make_network (const AmGraph *graph, const char *output)
{
  g_autoptr (ForwardWeights) weights = forward_weights_new_random (graph, 3);
  g_autoptr (GError) error = NULL;
  AmNetwork *network = am_network_new (graph, output, &error);

  g_assert_no_error (error);
  for (guint t = 0; t < am_graph_get_n_tensors (graph); t++)
    {
      gsize n = am_network_count_elements (network, t);
      g_autofree AmReal *values = g_new (AmReal, n);

      for (gsize i = 0; i < n; i++)
        values[i] = (AmReal)weights->values[t][i];
      am_network_set_weights (network, t, values);
    }
  return network;
}

/* Samples of [height][width][channels] from @first on; the same number is the same sample. */
static AmNetworkRun *
make_run (AmNetwork *network, guint first, guint n, guint height, guint width, gboolean keep)
{
  const guint64 channels
      = am_graph_get_node (am_network_get_graph (network), am_network_get_input (network))->channels;
  const gsize n_sample = height * width * channels;
  g_autofree AmReal *data = g_new (AmReal, n * n_sample);
  const AmValue value = { n, height, width, channels, data };
  g_autoptr (GError) error = NULL;
  AmNetworkRun *run;

  for (gsize i = 0; i < n * n_sample; i++)
    data[i] = (AmReal)sin ((double)((first * n_sample + i) * 7 % 1000));
  run = am_network_run_new (network, &value, keep, &error);
  g_assert_no_error (error);
  return run;
}

static void
run_forward (AmNetworkRun *run)
{
  g_autoptr (GError) error = NULL;

  am_network_run_forward (run, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static const AmValue *
get_output (AmNetwork *network, AmNetworkRun *run)
{
  const AmValue *value = am_network_run_get_value (run, am_network_get_output (network));

  g_assert_nonnull (value);
  return value;
}

static gsize
count (const AmValue *value)
{
  return am_value_count_rows (value) * value->channels;
}

static void
assert_equal (const AmValue *a, const AmValue *b)
{
  g_assert_cmpmem (a->data, count (a) * sizeof (AmReal), b->data, count (b) * sizeof (AmReal));
}

/* The outputs of random graphs that depend on the input. */
static void
for_each_random_network (void (*check) (AmNetwork *network))
{
  guint n_checked = 0;

  for (guint32 seed = 0; seed < N_GRAPHS; seed++)
    {
      g_autoptr (AmGraph) graph = random_graph_new (seed);

      for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
        {
          const AmNode *node = am_graph_get_node (graph, i);
          g_autoptr (AmNetwork) network = NULL;

          if (node->type != AM_NODE_OUTPUT)
            continue;
          network = am_network_new (graph, node->name, NULL);
          if (network == NULL)
            continue;
          g_clear_pointer (&network, am_network_free);
          network = make_network (graph, node->name);
          check (network);
          n_checked++;
        }
    }
  g_assert_cmpuint (n_checked, >, N_GRAPHS);
}

static ForwardInputs *
copy_sample (AmNetworkRun *run, const AmGraph *graph, guint input, guint sample)
{
  const AmValue *value = am_network_run_get_value (run, input);
  const guint64 n = value->height * value->width;
  g_autofree double *values = g_new (double, n * value->channels);
  ForwardInputs *inputs = forward_inputs_new (graph);

  for (guint64 c = 0; c < value->channels; c++)
    for (guint64 p = 0; p < n; p++)
      values[c * n + p] = (double)value->data[(sample * n + p) * value->channels + c];
  forward_inputs_set (inputs, "x", (guint)value->height, (guint)value->width, values);
  return inputs;
}

/* Every value there is is what the reference has. */
static void
check_values (AmNetwork *network)
{
  const AmGraph *graph = am_network_get_graph (network);
  g_autoptr (ForwardWeights) weights = forward_weights_new_random (graph, 3);
  g_autoptr (AmNetworkRun) run = make_run (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autoptr (ForwardInputs) inputs = NULL;
  g_autoptr (GraphForward) reference = NULL;

  run_forward (run);
  inputs = copy_sample (run, graph, am_network_get_input (network), N_SAMPLES - 1);
  reference = graph_forward_new (weights, inputs);
  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const ForwardValue *wanted = graph_forward_get_value (reference, i);
      const AmValue *value = am_network_run_get_value (run, i);
      const guint64 n = wanted->height * wanted->width;
      const double limit = sizeof (AmReal) == sizeof (double) ? 1e-9 : 1e-3;

      g_assert_true ((value != NULL) == am_network_has_node (network, i));
      for (guint64 k = 0; value != NULL && k < n * wanted->channels; k++)
        {
          const double is = (double)value->data[((N_SAMPLES - 1) * n + k % n) * value->channels + k / n];

          g_assert_cmpfloat_with_epsilon (is, wanted->data[k], limit * (1.0 + fabs (wanted->data[k])));
        }
    }
}

static void
test_random_values (void)
{
  for_each_random_network (check_values);
}

/* Values that are overwritten and freed, and batches that walk together, come to the same. */
static void
check_ways (AmNetwork *network)
{
  static const AmNetworkWalker walker = { NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (AmNetworkRun) kept = make_run (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autoptr (AmNetworkRun) lean = make_run (network, 0, N_SAMPLES, 2, 2, FALSE);
  g_autoptr (AmNetworkRun) other = make_run (network, N_SAMPLES, 1, 2, 2, FALSE);
  g_autoptr (AmNetworkRun) walked = make_run (network, 0, N_SAMPLES, 2, 2, FALSE);
  AmNetworkRun *runs[] = { walked, other };
  guint n_held = 0;

  run_forward (kept);
  run_forward (lean);
  am_network_walk (network, runs, G_N_ELEMENTS (runs), &walker, NULL, &error);
  g_assert_no_error (error);
  assert_equal (get_output (network, lean), get_output (network, kept));
  assert_equal (get_output (network, walked), get_output (network, kept));
  for (guint i = 0; i < am_graph_get_n_nodes (am_network_get_graph (network)); i++)
    n_held += am_network_run_get_value (lean, i) != NULL;
  g_assert_cmpuint (n_held, ==, 1);
}

static void
test_random_ways (void)
{
  for_each_random_network (check_ways);
}

/* Loss of a sample: its output times its own place. */
static AmReal *
make_direction (const AmValue *output)
{
  AmReal *direction = g_new (AmReal, count (output));

  for (gsize i = 0; i < count (output); i++)
    direction[i] = (AmReal)cos ((double)(i % 97));
  return direction;
}

/* Squares are those of each sample, summed with factors, however a tensor is used. */
static void
check_squares (AmNetwork *network)
{
  static const double factors[N_SAMPLES] = { 0.5, 0.0, 2.0 };
  const AmGraph *graph = am_network_get_graph (network);
  g_autoptr (AmNetworkRun) run = make_run (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autofree AmReal *direction = NULL;

  run_forward (run);
  direction = make_direction (get_output (network, run));
  am_network_run_backward (run, direction);
  for (guint t = 0; t < am_graph_get_n_tensors (graph); t++)
    {
      const gsize n = am_network_count_elements (network, t);
      const guint64 n_rows = am_graph_get_tensor (graph, t)->shape[0], first = n_rows / 2;
      g_autofree double *squares = g_new0 (double, n), *wanted = g_new0 (double, n);

      if (!am_network_is_learned (network, t))
        continue;
      for (guint s = 0; s < N_SAMPLES; s++)
        {
          g_autofree AmReal *gradient = g_new0 (AmReal, n);

          am_network_run_add_gradient (run, t, s, 0, n_rows, gradient);
          for (gsize i = 0; i < n; i++)
            wanted[i] += factors[s] * (double)gradient[i] * (double)gradient[i];
        }
      am_network_run_add_squares (run, t, factors, 0, first, squares);
      am_network_run_add_squares (run, t, factors, first, n_rows - first, squares + n / n_rows * first);
      for (gsize i = 0; i < n; i++)
        g_assert_cmpfloat_with_epsilon (squares[i], wanted[i], 1e-5 * fabs (wanted[i]) + 1e-10);
    }
}

static void
test_random_squares (void)
{
  for_each_random_network (check_squares);
}

#ifdef AM_NETWORK_DOUBLE
/* Loss of all samples where element @element of the value of @node is @by greater. */
static double
get_loss (AmNetwork *network, guint node, gsize element, double by)
{
  g_autoptr (AmNetworkRun) run = make_run (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autoptr (GError) error = NULL;
  g_autofree AmReal *direction = NULL;
  const AmValue *output;
  double loss = 0.0;

  for (guint i = 0; i <= node; i++)
    if (am_network_has_node (network, i))
      am_network_run_node (run, i, &error);
  g_assert_no_error (error);
  am_network_run_get_value (run, node)->data[element] += by;
  run_forward (run);
  output = get_output (network, run);
  direction = make_direction (output);
  for (gsize i = 0; i < count (output); i++)
    loss += direction[i] * output->data[i];
  return loss;
}

static void
check_value_gradients (AmNetwork *network)
{
  const double by = 1e-5;
  g_autoptr (AmNetworkRun) run = make_run (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autofree AmReal *direction = NULL;

  run_forward (run);
  direction = make_direction (get_output (network, run));
  am_network_run_backward (run, direction);
  am_network_run_backward (run, direction);
  g_assert_null (am_network_run_get_gradient (run, am_network_get_input (network)));
  for (guint i = 0; i < am_graph_get_n_nodes (am_network_get_graph (network)); i++)
    {
      const AmReal *gradient = am_network_run_get_gradient (run, i);
      gsize element;
      double slope;

      if (gradient == NULL)
        continue;
      element = (i * 37) % count (am_network_run_get_value (run, i));
      slope = (get_loss (network, i, element, by) - get_loss (network, i, element, -by)) / (2.0 * by);
      g_assert_cmpfloat_with_epsilon (gradient[element], slope, 1e-5 * (1.0 + fabs (slope)));
    }
}

static void
test_random_value_gradients (void)
{
  for_each_random_network (check_value_gradients);
}
#endif

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
  g_autoptr (AmNetwork) network = make_network (graph, NULL);
  g_autoptr (GError) error = NULL;
  guint64 size;

  am_network_estimate_memory (network, 3, 4, TRUE, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, ==, (36 + 96 + 96 + 96 + 4 + 4) * sizeof (AmReal));
  am_network_estimate_memory (network, 3, 4, FALSE, &size, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (size, ==, (96 + 96) * sizeof (AmReal));
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
  g_autoptr (AmNetwork) network = make_network (graph, NULL);
  g_autoptr (AmNetworkRun) run = make_run (network, 0, 1, 5, 4, FALSE);
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
  network = make_network (graph, "alone");
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
  network = make_network (graph, NULL);
  run = make_run (network, 0, 2, 2, 2, TRUE);
  run_forward (run);
  input = am_network_run_get_value (run, x);
  output = get_output (network, run);
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
  g_autoptr (AmNetwork) network = make_network (graph, NULL);
  g_autoptr (AmNetworkRun) a = make_run (network, 0, 2, 3, 4, FALSE),
                           b = make_run (network, 2, 1, 3, 4, FALSE);
  g_autoptr (AmNetworkRun) wanted = make_run (network, 2, 1, 3, 4, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  AmNetworkRun *runs[] = { a, b };
  Walk walk = { 0, 0, network, am_graph_find_tensor (graph, "last.bias") };
  const AmNetworkWalker walker = { watch_before, watch_after, &walk };

  am_network_walk (network, runs, 2, &walker, cancellable, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (walk.n_before, ==, 6);
  g_assert_cmpuint (walk.n_after, ==, 6);
  run_forward (wanted);
  assert_equal (get_output (network, b), get_output (network, wanted));
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
  g_autoptr (AmNetwork) network = make_network (graph, NULL);
  g_autoptr (AmNetworkRun) run = make_run (network, 0, 2, 3, 4, FALSE);
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_assert_false (am_network_run_forward (run, refuse, &n, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
  g_assert_cmpuint (n, ==, 4);
  run_forward (run);
  get_output (network, run);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/random/values", test_random_values);
  g_test_add_func ("/network/random/ways", test_random_ways);
  g_test_add_func ("/network/random/squares", test_random_squares);
#ifdef AM_NETWORK_DOUBLE
  g_test_add_func ("/network/random/value-gradients", test_random_value_gradients);
#endif
  g_test_add_func ("/network/tied", test_tied);
  g_test_add_func ("/network/memory", test_memory);
  g_test_add_func ("/network/sizes", test_sizes);
  g_test_add_func ("/network/outputs", test_outputs);
  g_test_add_func ("/network/zeros", test_zeros);
  g_test_add_func ("/network/walk", test_walk);
  g_test_add_func ("/network/observer", test_observer);
  return g_test_run ();
}
