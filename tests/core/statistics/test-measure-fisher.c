/* Fisher information against closed forms and against finite differences of the reference interpreter. */
#include <math.h>
#include <string.h>

#include "kernels/philox.h"
#include "measure-scene.h"

#define FISHER (1u << AM_STATISTIC_FISHER)

static const char softmax_regression[] = "architecture: regression\n"
                                         "graph:\n"
                                         "  - {input: picture, channels: \"fc.weight[1]\"}\n"
                                         "  - linear: fc\n"
                                         "  - output: logits\n";

static Scene *
new_regression (guint n_classes, guint n_inputs, guint n_samples)
{
  g_autofree char *rows = g_strdup_printf ("fc.weight %u,%u\nfc.bias %u", n_classes, n_inputs, n_classes);
  g_autofree char *shape = g_strdup_printf ("%u", n_inputs);

  return scene_new (softmax_regression, rows, shape, n_samples);
}

/* The class of a sample: the first whose cumulated probability exceeds the sample's random number. */
static guint
draw (const Scene *scene, const double *probabilities, guint64 seed, guint sample)
{
  guint32 key[2], word;
  double sum = 0.0;

  am_philox_key (key, seed, 0, "fisher");
  am_philox_words (&word, key, 0, sample, 1);
  for (guint c = 0; c < scene->n_classes; c++)
    if ((sum += probabilities[c]) > (double)word / 4294967296.0)
      return c;
  return scene->n_classes - 1;
}

/* d log p(y) / d W[c][j] = ([c = y] - p[c]) x[j]. Its square, expected over y: p[c] (1 - p[c]) x[j]^2. */
static double
get_factor (const Scene *scene, const AmMeasureSettings *settings, const double *probabilities, guint sample,
            guint c)
{
  guint y = settings->estimator == AM_ESTIMATOR_EMPIRICAL
                ? scene->labels[sample]
                : draw (scene, probabilities, settings->seed, sample);
  double difference = (c == y) - probabilities[c];

  if (settings->estimator == AM_ESTIMATOR_EXACT)
    return probabilities[c] * (1.0 - probabilities[c]);
  return difference * difference;
}

static void
check_regression (const Scene *scene, const AmMeasureSettings *settings)
{
  g_autoptr (AmStatistics) statistics = scene_measure (scene, scene->dataset, settings);
  const AmStatistic *weight = am_statistics_find (statistics, AM_STATISTIC_FISHER, "fc.weight");
  gsize n = scene->shape[0];
  g_autofree double *weights = g_new0 (double, scene->n_classes *n);
  g_autofree double *biases = g_new0 (double, scene->n_classes);

  for (guint sample = 0; sample < scene->n_samples; sample++)
    {
      g_autoptr (GraphForward) forward = scene_run (scene, sample);
      g_autofree double *probabilities = scene_get_probabilities (scene, forward);
      const float *x = scene->values + sample * n;

      for (guint c = 0; c < scene->n_classes; c++)
        {
          double factor = get_factor (scene, settings, probabilities, sample, c) / scene->n_samples;

          biases[c] += factor;
          for (gsize j = 0; j < n; j++)
            weights[c * n + j] += factor * (double)x[j] * (double)x[j];
        }
    }
  assert_means_near (statistics, weight, weights, scene->n_classes * n, 1e-5);
  assert_means_near (statistics, am_statistics_find (statistics, AM_STATISTIC_FISHER, "fc.bias"), biases,
                     scene->n_classes, 1e-5);
  g_assert_cmpfloat (weight->count, ==, scene->n_samples);
  g_assert_cmpstr (am_statistics_get_metadata (statistics, "estimator"), ==,
                   am_estimator_get_id (settings->estimator));
}

static void
test_closed_forms (void)
{
  g_autoptr (Scene) scene = new_regression (3, 5, 17);

  for (guint estimator = AM_ESTIMATOR_EXACT; estimator <= AM_ESTIMATOR_EMPIRICAL; estimator++)
    for (guint batch_size = 0; batch_size <= 17; batch_size += 6)
      {
        AmMeasureSettings settings = {
          .kinds = FISHER, .estimator = estimator, .seed = 5, .batch_size = batch_size, .n_threads = 2
        };

        check_regression (scene, &settings);
      }
}

/* A weight of more rows than one thread squares at a time. */
static void
test_tiles (void)
{
  g_autoptr (Scene) scene = new_regression (600, 512, 3);
  AmMeasureSettings settings = { .kinds = FISHER, .estimator = AM_ESTIMATOR_SAMPLED, .n_threads = 2 };

  check_regression (scene, &settings);
}

/* The square of a batch's mean gradient is something else, whichever way it is scaled. */
static void
test_no_batch_squares (void)
{
  g_autoptr (Scene) scene = new_regression (3, 4, 8);
  AmMeasureSettings settings = { .kinds = FISHER, .estimator = AM_ESTIMATOR_EMPIRICAL, .batch_size = 8 };
  g_autoptr (AmStatistics) statistics = scene_measure (scene, scene->dataset, &settings);
  const AmStatistic *weight = am_statistics_find (statistics, AM_STATISTIC_FISHER, "fc.weight");
  double sums[12] = { 0.0 }, means[12], least = HUGE_VAL, most = 0.0;

  for (guint sample = 0; sample < 8; sample++)
    {
      g_autoptr (GraphForward) forward = scene_run (scene, sample);
      g_autofree double *probabilities = scene_get_probabilities (scene, forward);

      for (guint i = 0; i < 12; i++)
        sums[i] += ((i / 4 == scene->labels[sample]) - probabilities[i / 4])
                   * (double)scene->values[sample * 4 + i % 4];
    }
  g_assert_true (am_statistic_read (statistics, weight, 0, 12, means, NULL));
  for (guint i = 0; i < 12; i++)
    {
      least = MIN (least, sums[i] * sums[i] / means[i]);
      most = MAX (most, sums[i] * sums[i] / means[i]);
    }
  g_assert_cmpfloat (most, >, 3 * least);
}

/* Logarithms of probabilities with one weight moved. (transfer full) */
static double *
get_moved (const Scene *scene, const GraphForward *base, guint tensor, gsize element, double by)
{
  g_autofree double *values = g_memdup2 (scene->weights->values[tensor],
                                         forward_count_elements (scene->graph, tensor) * sizeof (double));
  g_autoptr (GraphForward) moved = NULL;
  double *probabilities;

  values[element] += by;
  moved = graph_forward_new_changed (base, tensor, values);
  probabilities = scene_get_probabilities (scene, moved);
  for (guint c = 0; c < scene->n_classes; c++)
    probabilities[c] = log (probabilities[c]);
  return probabilities;
}

/* Adds the exact Fisher of one sample by central differences. */
static void
add_differences (const Scene *scene, guint sample, guint tensor, double *fisher)
{
  const double step = 1e-4;
  g_autoptr (GraphForward) base = scene_run (scene, sample);
  g_autofree double *probabilities = scene_get_probabilities (scene, base);

  for (gsize i = 0; i < forward_count_elements (scene->graph, tensor); i++)
    {
      g_autofree double *up = get_moved (scene, base, tensor, i, step);
      g_autofree double *down = get_moved (scene, base, tensor, i, -step);

      for (guint c = 0; c < scene->n_classes; c++)
        {
          double gradient = (up[c] - down[c]) / (2 * step);

          fisher[i] += probabilities[c] * gradient * gradient / scene->n_samples;
        }
    }
}

static void
check_differences (const Scene *scene)
{
  AmMeasureSettings settings = { .kinds = FISHER, .batch_size = 2, .n_threads = 2 };
  g_autoptr (AmStatistics) statistics = scene_measure (scene, scene->dataset, &settings);
  guint n_checked = 0;

  for (guint t = 0; t < am_graph_get_n_tensors (scene->graph); t++)
    {
      const char *name = am_graph_get_tensor (scene->graph, t)->name;
      const AmStatistic *statistic = am_statistics_find (statistics, AM_STATISTIC_FISHER, name);
      gsize n = forward_count_elements (scene->graph, t);
      g_autofree double *fisher = g_new0 (double, n);

      /* Statistics of batch norms are measured, not learned. */
      g_assert_cmpint (statistic == NULL, ==, strstr (name, "running") != NULL);
      if (statistic == NULL)
        continue;
      n_checked++;
      for (guint sample = 0; sample < scene->n_samples; sample++)
        add_differences (scene, sample, t, fisher);
      assert_means_near (statistics, statistic, fisher, n, 1e-4);
      g_assert_cmpfloat (statistic->count, ==, scene->n_samples);
    }
  g_assert_cmpuint (n_checked, ==, am_statistics_get_n (statistics));
}

static void
test_convolutions (void)
{
  g_autoptr (Scene) scene = scene_new ("architecture: convolutions\n"
                                       "graph:\n"
                                       "  - {input: picture, channels: \"a.weight[1]\"}\n"
                                       "  - {conv: a, padding: 1}\n"
                                       "  - batch_norm: n\n"
                                       "  - activation: gelu\n"
                                       "  - {conv: g, stride: 2, padding: 1, groups: 2}\n"
                                       "  - activation: silu\n"
                                       "  - pool: all\n"
                                       "  - linear: fc\n"
                                       "  - output: logits\n",
                                       "a.weight 4,2,3,3\na.bias 4\nn.weight 4\nn.bias 4\nn.running_mean 4\n"
                                       "n.running_var 4\ng.weight 4,2,3,3\nfc.weight 3,4\nfc.bias 3",
                                       "2,4,4", 3);

  check_differences (scene);
}

/* A matrix that is used twice, one that is stored the other way round, a parameter that is a value itself. */
static void
test_tokens (void)
{
  g_autoptr (Scene) scene
      = scene_new ("architecture: tokens\n"
                   "graph:\n"
                   "  - {input: picture, channels: \"patch.weight[1]\"}\n"
                   "  - {conv: patch, stride: 2, to: patches}\n"
                   "  - {parameter: token, to: token}\n"
                   "  - join: [token, patches]\n"
                   "  - {linear: qk, to: q}\n"
                   "  - {linear: qk, to: k}\n"
                   "  - {linear: v, transposed: true, to: v}\n"
                   "  - {attention: [q, k, v], heads: 2}\n"
                   "  - layer_norm: norm\n"
                   "  - {take: 0, count: 1}\n"
                   "  - linear: fc\n"
                   "  - output: logits\n",
                   "patch.weight 4,1,2,2\ntoken 1,4\nqk.weight 4,4\nqk.bias 4\nv.weight 4,4\n"
                   "v.bias 4\nnorm.weight 4\nnorm.bias 4\nfc.weight 3,4\nfc.bias 3",
                   "1,4,4", 3);

  check_differences (scene);
}

static void
assert_refused (const Scene *scene, AmDataset *dataset, AmError code, const char *wanted)
{
  AmMeasureSettings settings = { .kinds = FISHER, .estimator = AM_ESTIMATOR_EMPIRICAL };
  g_autoptr (GError) error = NULL;

  g_assert_null (am_statistics_measure (scene->vision, dataset, &settings, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, (gint)code);
  g_assert_nonnull (strstr (error->message, wanted));
}

static void
test_refused (void)
{
  g_autoptr (Scene) scene = new_regression (3, 4, 6);
  g_autoptr (Scene) other = new_regression (3, 5, 6);
  g_autoptr (AmDataset) unlabelled = scene_open_part (scene, 0, 6, FALSE);
  g_autoptr (AmDataset) strange = NULL, endless = NULL;

  assert_refused (scene, unlabelled, AM_ERROR_MISMATCH, "has no labels");
  assert_refused (scene, other->dataset, AM_ERROR_MISMATCH, "takes 4 numbers");
  scene->labels[4] = 3;
  strange = scene_open_part (scene, 2, 4, TRUE);
  assert_refused (scene, strange, AM_ERROR_MISMATCH, "data-2-4");
  scene->labels[4] = 0;
  scene->values[20] = INFINITY;
  endless = scene_open_part (scene, 1, 5, TRUE);
  assert_refused (scene, endless, AM_ERROR_CORRUPT, "data-1-5");
}

static void
test_cancelled (void)
{
  g_autoptr (Scene) scene = new_regression (3, 4, 6);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  AmMeasureSettings settings = { .kinds = FISHER };

  g_cancellable_cancel (cancellable);
  g_assert_null (am_statistics_measure (scene->vision, scene->dataset, &settings, NULL, cancellable, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
}

static void
test_estimators (void)
{
  AmEstimator estimator;

  g_assert_true (am_estimator_parse ("sampled", &estimator));
  g_assert_cmpint (estimator, ==, AM_ESTIMATOR_SAMPLED);
  g_assert_false (am_estimator_parse ("true", &estimator));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fisher/closed-forms", test_closed_forms);
  g_test_add_func ("/fisher/tiles", test_tiles);
  g_test_add_func ("/fisher/no-batch-squares", test_no_batch_squares);
  g_test_add_func ("/fisher/convolutions", test_convolutions);
  g_test_add_func ("/fisher/tokens", test_tokens);
  g_test_add_func ("/fisher/refused", test_refused);
  g_test_add_func ("/fisher/cancelled", test_cancelled);
  g_test_add_func ("/fisher/estimators", test_estimators);
  return g_test_run ();
}
