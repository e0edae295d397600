#include "measure-scene.h"

#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"

static guint
parse_shape (const char *text, guint64 *shape)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);
  guint n = g_strv_length (parts);

  for (guint i = 0; i < n; i++)
    shape[i] = g_ascii_strtoull (parts[i], NULL, 10);
  return n;
}

static char *
write_model (const char *rows, const char *folder)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_auto (GStrv) lines = g_strsplit (rows, "\n", -1);

  for (guint i = 0; lines[i] != NULL && lines[i][0] != '\0'; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 2);
      guint64 shape[5], length = 1;
      guint n_dims = parse_shape (words[1], shape);
      g_autofree double *values = NULL;

      for (guint d = 0; d < n_dims; d++)
        length *= shape[d];
      values = g_new (double, length);
      forward_fill_random (words[0], n_dims, shape, 3, values);
      fixture_add_values (fixture, words[0], AM_DTYPE_F32, words[1], values);
    }
  return fixture_write (fixture, folder, "model.safetensors");
}

static char *
write_text (const char *folder, const char *name, const char *text)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static gsize
count_sample (const Scene *scene)
{
  return scene->shape[0] * scene->shape[1] * scene->shape[2];
}

static void
fill_data (Scene *scene)
{
  gsize n = scene->n_samples * count_sample (scene);

  scene->values = g_new (float, n);
  scene->labels = g_new (guint, scene->n_samples);
  for (gsize i = 0; i < n; i++)
    scene->values[i] = (float)(sin ((double)(i * i % 9973) + 0.5) + 0.3);
  for (guint i = 0; i < scene->n_samples; i++)
    scene->labels[i] = i * 7 % scene->n_classes;
}

Scene *
scene_new (const char *yaml, const char *rows, const char *shape, guint n_samples)
{
  Scene *scene = g_new0 (Scene, 1);
  g_autofree char *model = NULL, *architecture = NULL;
  g_autoptr (GError) error = NULL;

  scene->folder = fixture_new_folder ();
  scene->n_samples = n_samples;
  if (parse_shape (shape, scene->shape) == 1)
    scene->shape[1] = scene->shape[2] = 1;
  model = write_model (rows, scene->folder);
  architecture = write_text (scene->folder, "architecture.yaml", yaml);
  scene->vision = am_vision_network_open (model, architecture, NULL, &error);
  g_assert_no_error (error);
  scene->graph = am_network_get_graph (am_vision_network_get_network (scene->vision));
  scene->n_classes = (guint)am_vision_network_get_n_classes (scene->vision);
  scene->weights = forward_weights_new_from_model (scene->graph, am_vision_network_get_model (scene->vision),
                                                   am_vision_network_get_checkpoint (scene->vision));
  fill_data (scene);
  scene->dataset = scene_open_part (scene, 0, n_samples, TRUE);
  return scene;
}

void
scene_free (Scene *scene)
{
  am_dataset_free (scene->dataset);
  forward_weights_free (scene->weights);
  am_vision_network_free (scene->vision);
  fixture_remove_folder (scene->folder);
  g_free (scene->folder);
  g_free (scene->values);
  g_free (scene->labels);
  g_free (scene);
}

AmDataset *
scene_open_part (const Scene *scene, guint first, guint n, gboolean has_labels)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *name = g_strdup_printf ("data-%u-%u-%d.safetensors", first, n, has_labels);
  g_autofree char *shape = NULL, *path = NULL, *n_text = g_strdup_printf ("%u", n);
  g_autoptr (GError) error = NULL;
  AmDataset *dataset;

  if (scene->shape[1] * scene->shape[2] == 1)
    shape = g_strdup_printf ("%u,%lu", n, (gulong)scene->shape[0]);
  else
    shape = g_strdup_printf ("%u,%lu,%lu,%lu", n, (gulong)scene->shape[0], (gulong)scene->shape[1],
                             (gulong)scene->shape[2]);
  fixture_add_bytes (fixture, "images", AM_DTYPE_F32, shape, scene->values + first * count_sample (scene));
  if (has_labels)
    fixture_add_bytes (fixture, "labels", AM_DTYPE_I32, n_text, scene->labels + first);
  path = fixture_write (fixture, scene->folder, name);
  dataset = am_dataset_open (path, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}

GraphForward *
scene_run (const Scene *scene, guint sample)
{
  ForwardInputs *inputs = forward_inputs_new (scene->graph);
  g_autofree double *values = g_new (double, count_sample (scene));
  GraphForward *forward;

  for (gsize i = 0; i < count_sample (scene); i++)
    values[i] = scene->values[sample * count_sample (scene) + i];
  forward_inputs_set (inputs, "picture", (guint)scene->shape[1], (guint)scene->shape[2], values);
  forward = graph_forward_new (scene->weights, inputs);
  forward_inputs_free (inputs);
  return forward;
}

double *
scene_get_probabilities (const Scene *scene, const GraphForward *forward)
{
  const ForwardValue *logits = graph_forward_get_output (forward, "logits");
  double *probabilities = g_new (double, scene->n_classes), sum = 0.0;

  for (guint c = 0; c < scene->n_classes; c++)
    sum += probabilities[c] = exp (logits->data[c]);
  for (guint c = 0; c < scene->n_classes; c++)
    probabilities[c] /= sum;
  return probabilities;
}

AmStatistics *
scene_measure (const Scene *scene, AmDataset *dataset, const AmMeasureSettings *settings)
{
  g_autofree char *path = g_build_filename (scene->folder, "statistics.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmStatisticsSums) sums
      = am_statistics_measure (scene->vision, dataset, settings, NULL, NULL, &error);
  AmStatistics *statistics;

  g_assert_no_error (error);
  g_assert_true (am_statistics_sums_write (sums, path, TRUE, FALSE, &error));
  statistics = am_statistics_open (path, &error);
  g_assert_no_error (error);
  return statistics;
}

void
assert_means_near (const AmStatistics *statistics, const AmStatistic *statistic, const double *wanted,
                   gsize n, double limit)
{
  g_autofree double *means = g_new (double, n);
  double greatest = 0.0;

  g_assert_nonnull (statistic);
  g_assert_cmpuint (statistic->length, ==, n);
  g_assert_true (am_statistic_read (statistics, statistic, 0, n, means, NULL));
  for (gsize i = 0; i < n; i++)
    greatest = MAX (greatest, fabs (wanted[i]));
  g_assert_cmpfloat (greatest, >, 0.0);
  for (gsize i = 0; i < n; i++)
    if (!(fabs (means[i] - wanted[i]) <= limit * greatest))
      g_error ("%s, element %lu: %.9g instead of %.9g", statistic->sums->name, (gulong)i, means[i],
               wanted[i]);
}
