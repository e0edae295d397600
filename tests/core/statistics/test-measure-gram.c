/* Gram matrices and moments against plain loops over what the reference interpreter computes; shards, threads
 * and batches. */
#include <math.h>
#include <string.h>

#include "measure-scene.h"
#include "statistics/measure-private.h"

#define GRAM (1u << AM_STATISTIC_GRAM)
#define MOMENTS (1u << AM_STATISTIC_MOMENTS)
#define ALL (GRAM | MOMENTS | 1u << AM_STATISTIC_FISHER)

static Scene *
new_convolutions (guint n_samples)
{
  return scene_new (
      "architecture: convolutions\n"
      "graph:\n"
      "  - {input: picture, channels: \"a.weight[1]\"}\n"
      "  - {conv: a, padding: 1}\n"
      "  - batch_norm: n\n"
      "  - {activation: relu, to: first}\n"
      "  - {conv: b, from: first, stride: 2, padding: 0, padding_end: 1, to: left}\n"
      "  - {conv: c, from: first, stride: 2, to: right}\n"
      "  - {conv: d, from: first, stride: 3}\n"
      "  - {pool: all, to: mean}\n"
      "  - add: [left, right, mean]\n"
      "  - {conv: g, padding: 1, groups: 2}\n"
      "  - {conv: p}\n"
      "  - activation: gelu\n"
      "  - {conv: w, padding: 3, dilation: 2}\n"
      "  - pool: all\n"
      "  - linear: fc\n"
      "  - output: logits\n",
      "a.weight 4,3,3,3\na.bias 4\nn.weight 4\nn.bias 4\nn.running_mean 4\nn.running_var 4\n"
      "b.weight 6,4,3,3\nc.weight 6,4,1,1\nd.weight 6,4,1,1\ng.weight 6,3,3,3\np.weight 5,6,1,1\n"
      "w.weight 2,5,5,5\nfc.weight 3,2\nfc.bias 3",
      "3,6,8", n_samples);
}

/* Queries and keys see the same tokens; one matrix serves twice, once as it lies and once for values. */
static Scene *
new_tokens (guint n_samples)
{
  return scene_new ("architecture: tokens\n"
                    "graph:\n"
                    "  - {input: picture, channels: \"patch.weight[1]\"}\n"
                    "  - {conv: patch, stride: 2}\n"
                    "  - layer_norm: norm\n"
                    "  - {remember: tokens, from: x}\n"
                    "  - {linear: q, from: tokens, to: q}\n"
                    "  - {linear: k, from: tokens, to: k}\n"
                    "  - {linear: v, from: tokens, transposed: true, to: v}\n"
                    "  - {attention: [q, k, v], heads: 2}\n"
                    "  - linear: k\n"
                    "  - {take: 0, count: 1}\n"
                    "  - linear: fc\n"
                    "  - output: logits\n",
                    "patch.weight 4,1,2,2\nnorm.weight 4\nnorm.bias 4\nq.weight 4,4\nk.weight 4,4\nk.bias 4\n"
                    "v.weight 4,4\nfc.weight 3,4\nfc.bias 3",
                    "1,6,6", n_samples);
}

/* What is multiplied at window (@y, @x): [channels][kernel][kernel]. */
static void
get_patch (const AmNode *node, const ForwardValue *in, guint64 y, guint64 x, double *patch)
{
  guint64 kernel = MAX (node->kernel, 1), stride = MAX (node->stride, 1), dilation = MAX (node->dilation, 1);

  for (guint64 c = 0; c < in->channels; c++)
    for (guint64 ky = 0; ky < kernel; ky++)
      for (guint64 kx = 0; kx < kernel; kx++)
        {
          gint64 row = (gint64)(y * stride + ky * dilation) - node->padding;
          gint64 column = (gint64)(x * stride + kx * dilation) - node->padding;
          gboolean is_inside
              = row >= 0 && column >= 0 && row < (gint64)in->height && column < (gint64)in->width;

          patch[(c * kernel + ky) * kernel + kx]
              = is_inside ? in->data[(c * in->height + (guint64)row) * in->width + (guint64)column] : 0.0;
        }
}

/* Sums over all samples and all nodes with weight @tensor, [n][n] and 2 [channels]. */
typedef struct
{
  gsize n, n_channels;
  double *gram, *moments;
  double count;
} Plain;

static void
add_node (Plain *plain, const AmNode *node, const ForwardValue *in, const ForwardValue *out)
{
  g_autofree double *x = g_new (double, plain->n);
  gsize n_positions = out->height * out->width;

  for (gsize position = 0; position < n_positions; position++)
    {
      get_patch (node, in, position / out->width, position % out->width, x);
      for (gsize i = 0; i < plain->n; i++)
        for (gsize j = 0; j < plain->n; j++)
          plain->gram[i * plain->n + j] += x[i] * x[j];
      for (gsize c = 0; c < plain->n_channels; c++)
        {
          double value = out->data[c * n_positions + position];

          plain->moments[c] += value;
          plain->moments[plain->n_channels + c] += value * value;
        }
    }
  plain->count += (double)n_positions;
}

static gboolean
is_layer (const AmNode *node)
{
  return node->type == AM_NODE_LINEAR || node->type == AM_NODE_CONV;
}

static Plain
sum_plainly (const Scene *scene, const AmNode *layer)
{
  gsize area = MAX (layer->kernel, 1) * MAX (layer->kernel, 1);
  Plain plain = { am_graph_get_node (scene->graph, layer->inputs[0])->channels * area, layer->channels };

  plain.gram = g_new0 (double, plain.n *plain.n);
  plain.moments = g_new0 (double, 2 * plain.n_channels);
  for (guint sample = 0; sample < scene->n_samples; sample++)
    {
      g_autoptr (GraphForward) forward = scene_run (scene, sample);

      for (guint i = 0; i < am_graph_get_n_nodes (scene->graph); i++)
        {
          const AmNode *node = am_graph_get_node (scene->graph, i);

          if (is_layer (node) && node->weight == layer->weight)
            add_node (&plain, node, graph_forward_get_value (forward, node->inputs[0]),
                      graph_forward_get_value (forward, i));
        }
    }
  for (gsize i = 0; i < plain.n * plain.n; i++)
    plain.gram[i] /= plain.count;
  for (gsize i = 0; i < 2 * plain.n_channels; i++)
    plain.moments[i] /= plain.count;
  return plain;
}

static void
check_moments (const AmStatistics *statistics, const char *key, const Plain *plain)
{
  const AmStatistic *statistic = am_statistics_find (statistics, AM_STATISTIC_MOMENTS, key);
  g_autofree double *means = g_new (double, plain->n_channels);
  g_autofree double *deviations = g_new (double, plain->n_channels);

  g_assert_cmpfloat (statistic->count, ==, plain->count);
  assert_means_near (statistics, statistic, plain->moments, plain->n_channels, 1e-5);
  g_assert_true (am_statistic_read_moments (statistics, statistic, means, deviations, NULL));
  for (gsize c = 0; c < plain->n_channels; c++)
    {
      double mean = plain->moments[c];
      double deviation = sqrt (plain->moments[plain->n_channels + c] - mean * mean);

      g_assert_cmpfloat (fabs (deviations[c] - deviation), <, 1e-4 * deviation);
    }
}

static void
check_layer (const Scene *scene, const AmStatistics *statistics, const AmNode *node, gboolean is_diagonal)
{
  const char *key = am_graph_get_tensor (scene->graph, (guint)node->weight)->name;
  const AmStatistic *gram = am_statistics_find (statistics, AM_STATISTIC_GRAM, key);
  Plain plain = sum_plainly (scene, node);

  check_moments (statistics, key, &plain);
  g_assert_cmpint (gram == NULL, ==, node->groups > 1);
  if (gram != NULL)
    {
      g_assert_cmpint (gram->is_diagonal, ==, is_diagonal);
      g_assert_cmpfloat (gram->count, ==, plain.count);
      for (gsize i = 0; is_diagonal && i < plain.n; i++)
        plain.gram[i] = plain.gram[i * plain.n + i];
      assert_means_near (statistics, gram, plain.gram, is_diagonal ? plain.n : plain.n * plain.n, 1e-5);
    }
  g_free (plain.gram);
  g_free (plain.moments);
}

static void
check_all_layers (const Scene *scene, gboolean is_diagonal)
{
  AmMeasureSettings settings
      = { .kinds = GRAM | MOMENTS, .diagonal = is_diagonal, .batch_size = 2, .n_threads = 2 };
  g_autoptr (AmStatistics) statistics = scene_measure (scene, scene->dataset, &settings);

  for (guint i = 0; i < am_graph_get_n_nodes (scene->graph); i++)
    {
      const AmNode *node = am_graph_get_node (scene->graph, i);

      if (is_layer (node))
        check_layer (scene, statistics, node, is_diagonal);
    }
}

static void
test_convolutions (void)
{
  g_autoptr (Scene) scene = new_convolutions (5);

  check_all_layers (scene, FALSE);
  check_all_layers (scene, TRUE);
}

static void
test_tokens (void)
{
  g_autoptr (Scene) scene = new_tokens (5);

  check_all_layers (scene, FALSE);
  check_all_layers (scene, TRUE);
}

/* Of matrices in one block and in several, of fewer rows and more than are multiplied at once. */
static void
test_blocks (void)
{
  static const gsize sizes[][2]
      = { { 1, 1 }, { 7, 3 }, { 600, 40 }, { 2600, 5 }, { 300, 600 }, { 300, 1030 } };

  for (guint size = 0; size < G_N_ELEMENTS (sizes); size++)
    {
      gsize n_rows = sizes[size][0], n = sizes[size][1];
      g_autofree AmReal *rows = g_new (AmReal, n_rows * n);
      g_autofree double *sums = g_new0 (double, n *n), *whole = g_new0 (double, n *n);
      g_autofree double *diagonal = g_new0 (double, n);

      for (gsize i = 0; i < n_rows * n; i++)
        rows[i] = (AmReal)(sin ((double)(i * i % 99991)) + 0.1);
      am_gram_add (rows, n_rows, n, sums, 2);
      am_gram_mirror (sums, n, whole);
      am_gram_add_diagonal (rows, n_rows, n, diagonal, 2);
      for (gsize i = 0; i < n; i++)
        for (gsize j = i; j < n; j += 1 + n / 50)
          {
            double wanted = 0.0;

            for (gsize row = 0; row < n_rows; row++)
              wanted += (double)rows[row * n + i] * (double)rows[row * n + j];
            g_assert_cmpfloat (fabs (whole[i * n + j] - wanted), <=, 1e-6 * sqrt (diagonal[i] * diagonal[j]));
            g_assert_cmpfloat (whole[j * n + i], ==, whole[i * n + j]);
            if (i == j)
              g_assert_cmpfloat (fabs (diagonal[i] - wanted), <=, 1e-13 * wanted);
          }
    }
}

static AmStatisticsSums *
measure (const Scene *scene, AmDataset *dataset, guint batch_size, guint n_threads)
{
  AmMeasureSettings settings = { .kinds = ALL, .batch_size = batch_size, .n_threads = n_threads };
  g_autoptr (GError) error = NULL;
  AmStatisticsSums *sums = am_statistics_measure (scene->vision, dataset, &settings, NULL, NULL, &error);

  g_assert_no_error (error);
  return sums;
}

static char *
write_sums (const Scene *scene, AmStatisticsSums *sums, const char *name)
{
  char *path = g_build_filename (scene->folder, name, NULL);

  g_assert_true (am_statistics_sums_write (sums, path, TRUE, FALSE, NULL));
  return path;
}

/* Greatest difference of any sum over the greatest of its tensor. */
static double
compare_files (const char *path_a, const char *path_b)
{
  g_autoptr (AmStatistics) a = am_statistics_open (path_a, NULL), b = am_statistics_open (path_b, NULL);
  double worst = 0.0;

  g_assert_cmpuint (am_statistics_get_n (a), ==, am_statistics_get_n (b));
  for (guint i = 0; i < am_statistics_get_n (a); i++)
    {
      const AmStatistic *ours = am_statistics_get (a, i), *theirs = am_statistics_get (b, i);
      g_autofree double *x = g_new (double, ours->length), *y = g_new (double, ours->length);
      double difference = 0.0, greatest = 0.0;

      g_assert_cmpstr (ours->key, ==, theirs->key);
      g_assert_cmpfloat (ours->count, ==, theirs->count);
      g_assert_true (am_statistic_read (a, ours, 0, ours->length, x, NULL));
      g_assert_true (am_statistic_read (b, theirs, 0, ours->length, y, NULL));
      for (gsize k = 0; k < ours->length; k++)
        {
          difference = MAX (difference, fabs (x[k] - y[k]));
          greatest = MAX (greatest, fabs (x[k]));
        }
      worst = MAX (worst, difference / greatest);
    }
  return worst;
}

/* Two halves in files of their own make the whole. */
static void
test_shards (void)
{
  g_autoptr (Scene) scene = new_tokens (8);
  g_autoptr (AmStatisticsSums) whole = measure (scene, scene->dataset, 4, 2),
                               both = am_statistics_sums_new ();
  g_autofree char *whole_path = write_sums (scene, whole, "whole.safetensors"), *both_path = NULL;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (AmDataset) half = scene_open_part (scene, 4 * i, 4, TRUE);
      g_autoptr (AmStatisticsSums) sums = measure (scene, half, 4, 2);
      g_autofree char *path = write_sums (scene, sums, "half.safetensors");
      g_autoptr (AmStatistics) statistics = am_statistics_open (path, NULL);

      g_assert_true (am_statistics_sums_add_file (both, statistics, NULL));
    }
  both_path = write_sums (scene, both, "both.safetensors");
  g_assert_cmpfloat (compare_files (whole_path, both_path), <, 2e-7);
}

static void
assert_same_bytes (const char *path_a, const char *path_b)
{
  g_autofree char *a = NULL, *b = NULL;
  gsize length_a, length_b;

  g_assert_true (g_file_get_contents (path_a, &a, &length_a, NULL));
  g_assert_true (g_file_get_contents (path_b, &b, &length_b, NULL));
  g_assert_cmpmem (a, length_a, b, length_b);
}

static void
test_threads (void)
{
  g_autoptr (Scene) scene = new_convolutions (6);
  g_autoptr (AmStatisticsSums) one = measure (scene, scene->dataset, 3, 1);
  g_autoptr (AmStatisticsSums) four = measure (scene, scene->dataset, 3, 4);
  g_autoptr (AmStatisticsSums) single = measure (scene, scene->dataset, 1, 2);
  g_autoptr (AmStatisticsSums) chosen = measure (scene, scene->dataset, 0, 2);
  g_autofree char *one_path = write_sums (scene, one, "one.safetensors");
  g_autofree char *four_path = write_sums (scene, four, "four.safetensors");
  g_autofree char *single_path = write_sums (scene, single, "single.safetensors");
  g_autofree char *chosen_path = write_sums (scene, chosen, "chosen.safetensors");

  assert_same_bytes (one_path, four_path);
  g_assert_cmpfloat (compare_files (one_path, single_path), <, 1e-5);
  g_assert_cmpfloat (compare_files (one_path, chosen_path), <, 1e-5);
}

/* What has no Gram is told. */
static void
test_gaps (void)
{
  g_autoptr (Scene) scene = new_convolutions (1);
  AmMeasureSettings settings = { .kinds = GRAM, .widest_gram = 36 };
  g_autoptr (AmStatisticsSums) sums
      = am_statistics_measure (scene->vision, scene->dataset, &settings, NULL, NULL, NULL);
  const AmStatisticsGap *groups, *wide;
  g_autofree char *path = write_sums (scene, sums, "gaps.safetensors");
  g_autoptr (AmStatistics) statistics = am_statistics_open (path, NULL);

  g_assert_cmpuint (am_statistics_sums_get_n_gaps (sums), ==, 2);
  groups = am_statistics_sums_get_gap (sums, 0);
  wide = am_statistics_sums_get_gap (sums, 1);
  g_assert_cmpstr (groups->key, ==, "g.weight");
  g_assert_nonnull (strstr (groups->reason, "groups"));
  g_assert_cmpstr (wide->key, ==, "w.weight");
  g_assert_nonnull (strstr (wide->reason, "125 inputs, more than 36"));
  g_assert_null (am_statistics_find (statistics, AM_STATISTIC_GRAM, "w.weight"));
  g_assert_nonnull (am_statistics_find (statistics, AM_STATISTIC_GRAM, "b.weight"));
}

/* A part of the samples, and what is written down about it all. */
static void
test_metadata (void)
{
  g_autoptr (Scene) scene = new_tokens (9);
  AmMeasureSettings settings = { .kinds = MOMENTS, .n_samples = 4, .seed = 11 };
  g_autoptr (AmStatistics) statistics = scene_measure (scene, scene->dataset, &settings);
  const char *digest = am_statistics_get_metadata (statistics, "model_sha256");

  g_assert_cmpfloat (am_statistics_find (statistics, AM_STATISTIC_MOMENTS, "fc.weight")->count, ==, 4);
  g_assert_cmpstr (am_statistics_get_metadata (statistics, "format"), ==, "amalgam-statistics");
  g_assert_cmpstr (am_statistics_get_metadata (statistics, "version"), ==, "1");
  g_assert_cmpstr (am_statistics_get_metadata (statistics, "kinds"), ==, "moments");
  g_assert_cmpstr (am_statistics_get_metadata (statistics, "model"), ==, "model.safetensors");
  g_assert_cmpstr (am_statistics_get_metadata (statistics, "data"), ==, "data-0-9-1.safetensors");
  g_assert_cmpstr (am_statistics_get_metadata (statistics, "samples"), ==, "4");
  g_assert_cmpstr (am_statistics_get_metadata (statistics, "seed"), ==, "11");
  g_assert_null (am_statistics_get_metadata (statistics, "estimator"));
  g_assert_nonnull (am_statistics_get_metadata (statistics, "preprocessing"));
  g_assert_cmpuint (strlen (digest), ==, 64);
  g_assert_cmpuint (strlen (am_statistics_get_metadata (statistics, "data_sha256")), ==, 64);
}

static void
count_progress (const AmProgressState *state, gpointer user_data)
{
  guint64 *last = user_data;

  g_assert_nonnull (state->stage);
  g_assert_cmpuint (state->done_size, >=, last[0]);
  g_assert_cmpuint (state->total_size, ==, 5);
  last[0] = state->done_size;
  last[1]++;
}

static void
test_progress (void)
{
  g_autoptr (Scene) scene = new_tokens (5);
  AmMeasureSettings settings = { .kinds = MOMENTS, .batch_size = 2 };
  guint64 last[2] = { 0, 0 };
  AmProgress progress = { count_progress, last };
  g_autoptr (AmStatisticsSums) sums
      = am_statistics_measure (scene->vision, scene->dataset, &settings, &progress, NULL, NULL);

  g_assert_nonnull (sums);
  g_assert_cmpuint (last[0], ==, 5);
  g_assert_cmpuint (last[1], ==, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gram/convolutions", test_convolutions);
  g_test_add_func ("/gram/tokens", test_tokens);
  g_test_add_func ("/gram/blocks", test_blocks);
  g_test_add_func ("/gram/shards", test_shards);
  g_test_add_func ("/gram/threads", test_threads);
  g_test_add_func ("/gram/gaps", test_gaps);
  g_test_add_func ("/gram/metadata", test_metadata);
  g_test_add_func ("/gram/progress", test_progress);
  return g_test_run ();
}
