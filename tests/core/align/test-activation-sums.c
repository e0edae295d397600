/* What activation matching adds up, against plain sums in double; and where it looks, and what it makes of
 * values that a plain interpreter computes. */
#include <math.h>

#include "align/activation-matching-solve.h"
#include "fixture-checkpoint.h"
#include "graph-builder.h"
#include "graph-forward.h"
#include "matching-fixture.h"

#define N 150
#define STRIDE 155
#define ROWS 1100
#define CONSTANT 7

static char *folder;

/* Units on very different scales and far from zero; one does not vary. */
static float *
new_values (guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  float *values = g_new (float, ROWS *STRIDE);

  for (guint row = 0; row < ROWS; row++)
    for (guint unit = 0; unit < STRIDE; unit++)
      values[row * STRIDE + unit]
          = unit == CONSTANT
                ? 0.3f
                : (float)(exp (unit % 5) * (3.0 * (unit % 7) + g_rand_double_range (random, -1, 1)));
  return values;
}

static double
plain_mean (const float *a, guint i, const float *b, guint j)
{
  double sum = 0.0;

  for (guint row = 0; row < ROWS; row++)
    sum += (double)a[row * STRIDE + i] * (b != NULL ? (double)b[row * STRIDE + j] : 1.0);
  return sum / ROWS;
}

/* Covariance by two passes. */
static double
plain_covariance (const float *a, guint i, const float *b, guint j)
{
  const double mean_a = plain_mean (a, i, NULL, 0), mean_b = plain_mean (b, j, NULL, 0);
  double sum = 0.0;

  for (guint row = 0; row < ROWS; row++)
    sum += ((double)a[row * STRIDE + i] - mean_a) * ((double)b[row * STRIDE + j] - mean_b);
  return sum / ROWS;
}

static AmFeatureSums *
new_sums (const float *a, const float *b, guint n_threads)
{
  AmFeatureSums *sums = am_feature_sums_new (N);

  g_assert_nonnull (sums);
  am_feature_sums_add (sums, a, STRIDE, b, STRIDE, 600, n_threads);
  am_feature_sums_add (sums, a + 600 * STRIDE, STRIDE, b + 600 * STRIDE, STRIDE, ROWS - 600, n_threads);
  am_feature_sums_finish (sums);
  return sums;
}

static void
test_plain (void)
{
  g_autofree float *a = new_values (1);
  g_autofree float *b = new_values (2);
  g_autoptr (AmFeatureSums) sums = new_sums (a, b, 2);

  for (guint i = 0; i < N; i += 11)
    for (guint j = 0; j < N; j += 13)
      {
        const double deviations = sqrt (plain_covariance (a, i, a, i)) * sqrt (plain_covariance (b, j, b, j));
        const double product = plain_mean (a, i, b, j);

        g_assert_cmpfloat_with_epsilon (am_feature_sums_correlate (sums, i, j),
                                        plain_covariance (a, i, b, j) / deviations, 1e-5);
        g_assert_cmpfloat_with_epsilon (am_feature_sums_get (sums, AM_ALIGN_PRODUCT, i, j), product,
                                        1e-5 * (deviations + fabs (product)));
      }
}

/* The guard takes more off units that hardly vary; without variance there is no correlation at all. */
static void
test_guard (void)
{
  g_autofree float *a = new_values (3);
  g_autoptr (AmFeatureSums) sums = new_sums (a, a, 1);

  g_assert_cmpfloat (am_feature_sums_get (sums, AM_ALIGN_CORRELATION, 4, 4), >, 0.999);
  g_assert_cmpfloat (am_feature_sums_get (sums, AM_ALIGN_CORRELATION, 5, 5), <,
                     am_feature_sums_get (sums, AM_ALIGN_CORRELATION, 4, 4));
  g_assert_cmpfloat (am_feature_sums_get (sums, AM_ALIGN_CORRELATION, CONSTANT, CONSTANT), ==, 0.0);
  g_assert_cmpfloat (am_feature_sums_correlate (sums, CONSTANT, 3), ==, 0.0);
  g_assert_cmpfloat_with_epsilon (am_feature_sums_get (sums, AM_ALIGN_PRODUCT, CONSTANT, CONSTANT), 0.09,
                                  1e-7);
}

static void
test_threads (void)
{
  g_autofree float *a = new_values (4);
  g_autofree float *b = new_values (5);
  g_autoptr (AmFeatureSums) one = new_sums (a, b, 1);
  g_autoptr (AmFeatureSums) three = new_sums (a, b, 3);

  for (guint i = 0; i < N; i++)
    for (guint j = 0; j < N; j++)
      g_assert_cmpfloat (am_feature_sums_get (one, AM_ALIGN_CORRELATION, i, j), ==,
                         am_feature_sums_get (three, AM_ALIGN_CORRELATION, i, j));
}

/* A transformer block whose queries and keys go through a norm that knows channels only inside heads, the
 * same for all: heads, and those channels, are shown together. */
static AmGraph *
new_graph (void)
{
  AmGraph *graph = am_graph_new ();
  guint x = build_linear (graph, "embed", build_input (graph, "input", 10), 24);
  guint n = build_norm (graph, AM_NODE_LAYER_NORM, "norm1", x);
  guint q = build_head_norm (graph, "norm_q", build_linear (graph, "q", n, 24), 4);
  guint k = build_head_norm (graph, "norm_k", build_linear (graph, "k", n, 24), 4);
  guint v = build_linear (graph, "v", n, 24);

  x = build_pair (graph, AM_NODE_ADD, x,
                  build_linear (graph, "out", build_attention (graph, q, k, v, 4, 4), 24));
  n = build_activation (graph,
                        build_linear (graph, "fc1", build_norm (graph, AM_NODE_LAYER_NORM, "norm2", x), 48));
  x = build_pair (graph, AM_NODE_ADD, x, build_linear (graph, "fc2", n, 24));
  build_output (graph, "output", build_linear (graph, "head", build_take (graph, x, 0, 1), 5));
  return graph;
}

static AmFeatures *
find_features (const AmSymmetries *symmetries, AmMatchingForest **forest)
{
  const guint n_tensors = am_graph_get_n_tensors (am_symmetries_get_graph (symmetries));
  g_autofree gboolean *counts = g_new (gboolean, n_tensors);

  for (guint i = 0; i < n_tensors; i++)
    counts[i] = TRUE;
  *forest = am_matching_forest_new (symmetries, counts);
  return am_features_find (*forest, NULL);
}

/* Names of the nodes that show spaces, and how often: the stream at its last sum, hidden units behind the
 * activation, queries, keys and values as the attention takes them. */
static void
test_places (void)
{
  g_autoptr (AmGraph) graph = new_graph ();
  g_autoptr (AmSymmetries) symmetries = am_symmetries_new (graph);
  g_autoptr (AmMatchingForest) forest = NULL;
  g_autoptr (AmFeatures) features = find_features (symmetries, &forest);
  g_autoptr (GString) places = g_string_new (NULL);

  for (guint i = 0; i < features->features->len; i++)
    {
      const AmFeature *feature = &g_array_index (features->features, AmFeature, i);
      const AmNode *node = am_graph_get_node (graph, feature->node);

      g_string_append_printf (places, "%s %s %u\n", am_node_type_get_id (node->type), node->name,
                              (guint)feature->segment.length);
    }
  g_test_message ("%s", places->str);
  g_assert_nonnull (strstr (places->str, "head_norm norm_q 24\n"));
  g_assert_nonnull (strstr (places->str, "head_norm norm_k 24\n"));
  g_assert_nonnull (strstr (places->str, "linear v 24\n"));
  g_assert_nonnull (strstr (places->str, "add "));
  g_assert_null (strstr (places->str, "take "));
  g_assert_null (strstr (places->str, "linear fc1"));
  g_assert_cmpuint (features->features->len, ==, 5);
  for (guint i = 0; i < forest->n_trees; i++)
    g_assert_true (am_features_show (features, i));
}

/* A node's values as rows, as networks have them. */
static float *
get_rows (const GraphForward *forward, const AmFeature *feature, guint64 *n_rows)
{
  const ForwardValue *value = graph_forward_get_value (forward, feature->node);
  const guint64 n = feature->segment.length;
  float *rows;

  *n_rows = value->height * value->width;
  rows = g_new (float, *n_rows *n);
  for (guint64 unit = 0; unit < n; unit++)
    for (guint64 row = 0; row < *n_rows; row++)
      rows[row * n + unit] = (float)value->data[(feature->segment.start + unit) * *n_rows + row];
  return rows;
}

static void
add_sample (const AmFeatures *features, AmFeatureSums **sums, const ForwardWeights *a,
            const ForwardWeights *b, guint64 seed)
{
  g_autoptr (ForwardInputs) inputs = forward_inputs_new (a->graph);
  g_autoptr (GraphForward) forward_a = NULL;
  g_autoptr (GraphForward) forward_b = NULL;

  forward_inputs_set_random (inputs, "input", 1, 20, seed);
  forward_a = graph_forward_new (a, inputs);
  forward_b = graph_forward_new (b, inputs);
  for (guint i = 0; i < features->features->len; i++)
    {
      const AmFeature *feature = &g_array_index (features->features, AmFeature, i);
      guint64 n_rows;
      g_autofree float *rows_a = get_rows (forward_a, feature, &n_rows);
      g_autofree float *rows_b = get_rows (forward_b, feature, &n_rows);

      am_feature_sums_add (sums[i], rows_a, feature->segment.length, rows_b, feature->segment.length, n_rows,
                           1);
    }
}

static AmFeatureSums **
measure (const AmFeatures *features, const ForwardWeights *a, const ForwardWeights *b)
{
  AmFeatureSums **sums = g_new0 (AmFeatureSums *, features->features->len);

  for (guint i = 0; i < features->features->len; i++)
    sums[i] = am_feature_sums_new (g_array_index (features->features, AmFeature, i).segment.length);
  for (guint sample = 0; sample < 20; sample++)
    add_sample (features, sums, a, b, sample);
  for (guint i = 0; i < features->features->len; i++)
    am_feature_sums_finish (sums[i]);
  return sums;
}

/* What was reordered at random comes back, heads and the channels they share in turns. */
static void
test_mixed (void)
{
  g_autoptr (AmGraph) graph = new_graph ();
  g_autoptr (AmSymmetries) symmetries = am_symmetries_new (graph);
  g_autoptr (MatchingSide) a = matching_side_new_random (graph, folder, 21, NULL);
  g_autoptr (AmReorder) hidden = am_reorder_new_random (symmetries, 22);
  g_autoptr (MatchingSide) b = matching_side_new_reordered (a, hidden, folder, 0.0, 1, AM_DTYPE_F32);
  g_autoptr (ForwardWeights) weights_a = forward_weights_new_from_model (graph, a->model, a->checkpoint);
  g_autoptr (ForwardWeights) weights_b = forward_weights_new_from_model (graph, b->model, b->checkpoint);
  g_autoptr (AmMatchingForest) forest = NULL;
  g_autoptr (AmFeatures) features = find_features (symmetries, &forest);
  g_autofree AmFeatureSums **sums = measure (features, weights_a, weights_b);
  const AmFeatureProblem problem = { forest, features, sums, AM_ALIGN_CORRELATION, 100 };
  guint n_sweeps, n_solves;
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReorder) found = am_features_solve (&problem, 2, NULL, &n_sweeps, &n_solves, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (n_sweeps, >, 1);
  matching_assert_undone (found, hidden);
  for (guint i = 0; i < features->features->len; i++)
    am_feature_sums_free (sums[i]);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_func ("/activation-sums/plain", test_plain);
  g_test_add_func ("/activation-sums/guard", test_guard);
  g_test_add_func ("/activation-sums/threads", test_threads);
  g_test_add_func ("/activation-sums/places", test_places);
  g_test_add_func ("/activation-sums/mixed", test_mixed);
  result = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return result;
}
