/* Networks thrown together: values against the reference, gradients against finite differences and each
 * other. */
#include <math.h>

#include "graph-forward.h"
#include "made-network.h"
#include "network/network-walk.h"
#include "random-graph.h"

#define N_SAMPLES 3
#define N_GRAPHS 30

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
          network = made_network_new (graph, node->name);
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
  g_autoptr (AmNetworkRun) run = made_run_new (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autoptr (ForwardInputs) inputs = NULL;
  g_autoptr (GraphForward) reference = NULL;

  made_run_forward (run);
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
  g_autoptr (AmNetworkRun) kept = made_run_new (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autoptr (AmNetworkRun) lean = made_run_new (network, 0, N_SAMPLES, 2, 2, FALSE);
  g_autoptr (AmNetworkRun) other = made_run_new (network, N_SAMPLES, 1, 2, 2, FALSE);
  g_autoptr (AmNetworkRun) walked = made_run_new (network, 0, N_SAMPLES, 2, 2, FALSE);
  AmNetworkRun *runs[] = { walked, other };
  guint n_held = 0;

  made_run_forward (kept);
  made_run_forward (lean);
  am_network_walk (network, runs, G_N_ELEMENTS (runs), &walker, NULL, &error);
  g_assert_no_error (error);
  made_value_assert_equal (made_run_get_output (network, lean), made_run_get_output (network, kept));
  made_value_assert_equal (made_run_get_output (network, walked), made_run_get_output (network, kept));
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
  AmReal *direction = g_new (AmReal, made_value_count (output));

  for (gsize i = 0; i < made_value_count (output); i++)
    direction[i] = (AmReal)cos ((double)(i % 97));
  return direction;
}

/* Squares are those of each sample, summed with factors, however a tensor is used. */
static void
check_squares (AmNetwork *network)
{
  static const double factors[N_SAMPLES] = { 0.5, 0.0, 2.0 };
  const AmGraph *graph = am_network_get_graph (network);
  g_autoptr (AmNetworkRun) run = made_run_new (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autofree AmReal *direction = NULL;

  made_run_forward (run);
  direction = make_direction (made_run_get_output (network, run));
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
  g_autoptr (AmNetworkRun) run = made_run_new (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autoptr (GError) error = NULL;
  g_autofree AmReal *direction = NULL;
  const AmValue *output;
  double loss = 0.0;

  for (guint i = 0; i <= node; i++)
    if (am_network_has_node (network, i))
      am_network_run_node (run, i, &error);
  g_assert_no_error (error);
  am_network_run_get_value (run, node)->data[element] += by;
  made_run_forward (run);
  output = made_run_get_output (network, run);
  direction = make_direction (output);
  for (gsize i = 0; i < made_value_count (output); i++)
    loss += direction[i] * output->data[i];
  return loss;
}

static void
check_value_gradients (AmNetwork *network)
{
  const double by = 1e-5;
  g_autoptr (AmNetworkRun) run = made_run_new (network, 0, N_SAMPLES, 2, 2, TRUE);
  g_autofree AmReal *direction = NULL;

  made_run_forward (run);
  direction = make_direction (made_run_get_output (network, run));
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
      element = (i * 37) % made_value_count (am_network_run_get_value (run, i));
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
  return g_test_run ();
}
