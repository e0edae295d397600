/* Weights from checkpoints: what they are, and what is wrong with them. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "fixture-checkpoint.h"
#include "graph-builder.h"
#include "made-network.h"

#define N_IN 3
#define N_OUT 2

/* One matrix, as the network has it. */
static AmGraph *
make_graph (void)
{
  AmGraph *graph = am_graph_new ();

  build_output (graph, "logits", build_linear (graph, "fc", build_input (graph, "x", N_IN), N_OUT));
  return graph;
}

/* Loads a checkpoint with @weight in @shape, and with a bias where @bias is not NULL. */
static gboolean
load (AmNetwork *network, const char *shape, const double *weight, const double *bias, GError **error)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;
  gboolean is_good;

  fixture_add_values (fixture, "fc.weight", AM_DTYPE_F64, shape, weight);
  if (bias != NULL)
    fixture_add_values (fixture, "fc.bias", AM_DTYPE_BF16, "2", bias);
  path = fixture_write (fixture, folder, "model.safetensors");
  checkpoint = am_checkpoint_open (path, NULL);
  g_assert_nonnull (checkpoint);
  model = am_model_new (checkpoint);
  is_good = am_network_load (network, model, checkpoint, error);
  fixture_remove_folder (folder);
  return is_good;
}

static const double numbers[] = { 0.1, 2, -3, 4, 0.5, 1.0 / 3.0 };

static const AmReal *
get_weights (const AmNetwork *network, const char *name)
{
  const gint tensor = am_graph_find_tensor (am_network_get_graph (network), name);

  return am_network_get_weights (network, (guint)tensor);
}

static void
test_values (void)
{
  g_autoptr (AmGraph) graph = make_graph ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmNetwork) network = am_network_new (graph, NULL, &error);

  g_assert_no_error (error);
  g_assert_null (get_weights (network, "fc.weight"));
  g_assert_true (load (network, "2,3", numbers, (const double[]){ 0.25, -8 }, &error));
  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_assert_true (get_weights (network, "fc.weight")[i] == (AmReal)numbers[i]);
  g_assert_true (get_weights (network, "fc.bias")[0] == (AmReal)0.25);
  g_assert_true (get_weights (network, "fc.bias")[1] == (AmReal)-8);
}

static void
assert_refused (const char *shape, const double *weight, const double *bias, AmError code, const char *name)
{
  g_autoptr (AmGraph) graph = make_graph ();
  g_autoptr (AmNetwork) network = am_network_new (graph, NULL, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (load (network, shape, weight, bias, &error));
  g_assert_error (error, AM_ERROR, (gint)code);
  g_assert_nonnull (strstr (error->message, name));
  g_assert_nonnull (strstr (error->message, "model.safetensors"));
}

static void
test_errors (void)
{
  static const double bias[] = { 0, 0 };
  const double broken[] = { 1, 2, 3, 4, NAN, 6 };

  assert_refused ("3,2", numbers, bias, AM_ERROR_MISMATCH, "fc.weight");
  assert_refused ("2,3", numbers, NULL, AM_ERROR_NOT_FOUND, "fc.bias");
  assert_refused ("2,3", broken, bias, AM_ERROR_CORRUPT, "fc.weight");
}

/* What a checkpoint lacks may be set by hand. */
static void
test_set_before (void)
{
  static const AmReal bias[] = { 5, 6 };
  g_autoptr (AmGraph) graph = make_graph ();
  g_autoptr (AmNetwork) network = am_network_new (graph, NULL, NULL);
  g_autoptr (GError) error = NULL;

  am_network_set_weights (network, (guint)am_graph_find_tensor (graph, "fc.bias"), bias);
  g_assert_true (load (network, "2,3", numbers, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (get_weights (network, "fc.bias"), sizeof bias, bias, sizeof bias);
}

/* Weights that are replaced are those that count, also where a copy in another order is kept. */
static void
test_replaced (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint node = build_conv (graph, "conv", build_input (graph, "x", 3), 4, 3, 1);
  g_autoptr (AmNetwork) network = NULL;
  g_autoptr (AmNetworkRun) before = NULL, after = NULL;
  g_autofree AmReal *weights = NULL;
  const AmValue *a, *b;
  gsize n;

  build_output (graph, "logits", node);
  network = made_network_new (graph, NULL);
  n = am_network_count_elements (network, 0);
  weights = g_memdup2 (am_network_get_weights (network, 0), n * sizeof *weights);
  before = made_run_new (network, 0, 2, 4, 4, FALSE);
  made_run_forward (before);
  for (gsize i = 0; i < n; i++)
    weights[i] *= -2;
  am_network_set_weights (network, 0, weights);
  after = made_run_new (network, 0, 2, 4, 4, FALSE);
  made_run_forward (after);
  a = made_run_get_output (network, before);
  b = made_run_get_output (network, after);
  for (gsize i = 0; i < made_value_count (a); i++)
    g_assert_true (b->data[i] == -2 * a->data[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/network/load/values", test_values);
  g_test_add_func ("/network/load/errors", test_errors);
  g_test_add_func ("/network/load/set-before", test_set_before);
  g_test_add_func ("/network/load/replaced", test_replaced);
  return g_test_run ();
}
