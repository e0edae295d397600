#include "repair-fixture.h"

#include <math.h>
#include <string.h>

#include "align/alignment.h"
#include "fixture-checkpoint.h"
#include "graph-forward.h"

#define N_PIXELS 64

char *
digits_path (const char *folder, const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "core", folder, "digits", name, NULL);
}

static AmCheckpoint *
open_checkpoint (const char *path)
{
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint = am_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

static char *
shape_to_text (const AmTensor *tensor)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, "%s%lu", i > 0 ? "," : "", tensor->shape[i]);
  return g_string_free (text, FALSE);
}

static guint8 *
read_bytes (AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  guint8 *bytes = g_malloc (tensor->size + 1);
  g_autoptr (GError) error = NULL;

  am_checkpoint_read_bytes (checkpoint, tensor, 0, tensor->size, bytes, &error);
  g_assert_no_error (error);
  return bytes;
}

static double *
read_values (AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  double *values = g_new (double, tensor->length + 1);
  g_autoptr (GError) error = NULL;

  am_checkpoint_read_doubles (checkpoint, tensor, 0, tensor->length, values, &error);
  g_assert_no_error (error);
  return values;
}

static void
add_bytes (Fixture *fixture, AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  g_autofree guint8 *bytes = read_bytes (checkpoint, tensor);
  g_autofree char *shape = shape_to_text (tensor);

  fixture_add_bytes (fixture, tensor->name, tensor->dtype, shape, bytes);
}

static void
align (const AmModel *model_a, AmCheckpoint *a, const AmModel *model_b, AmCheckpoint *b)
{
  const AmReference reference = { 1, &model_a, &a };
  g_autoptr (AmAlignSettings) settings = am_align_settings_new ();
  g_autoptr (GPtrArray) alignments = g_ptr_array_new_with_free_func ((GDestroyNotify)am_alignment_unref);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (alignments, am_alignment_new (model_b, b, "b", settings, &error));
  g_assert_no_error (error);
  am_alignments_run (alignments, &reference, settings, 1, NULL, NULL, &error);
  g_assert_no_error (error);
}

char *
write_aligned (const char *path_a, const char *path_b, const char *folder, const char *name)
{
  g_autoptr (AmCheckpoint) a = open_checkpoint (path_a);
  g_autoptr (AmCheckpoint) b = open_checkpoint (path_b);
  g_autoptr (AmModel) model_a = am_model_new (a);
  g_autoptr (AmModel) model_b = am_model_new (b);
  g_autoptr (Fixture) fixture = fixture_new ();

  align (model_a, a, model_b, b);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (b); i++)
    add_bytes (fixture, b, am_checkpoint_get_tensor (b, i));
  return fixture_write (fixture, folder, name);
}

static void
add_mixture (Fixture *fixture, AmCheckpoint *a, AmCheckpoint *b, const AmTensor *tensor, double ratio,
             AmDtype dtype)
{
  g_autofree double *values = read_values (a, tensor);
  g_autofree double *others = read_values (b, am_checkpoint_find (b, tensor->name, NULL));
  g_autofree char *shape = shape_to_text (tensor);

  for (guint64 i = 0; i < tensor->length; i++)
    values[i] = (1.0 - ratio) * values[i] + ratio * others[i];
  fixture_add_values (fixture, tensor->name, dtype, shape, values);
}

char *
write_between (const char *path_a, const char *path_b, double ratio, AmDtype dtype, const char *left_out,
               const char *folder, const char *name)
{
  g_autoptr (AmCheckpoint) a = open_checkpoint (path_a);
  g_autoptr (AmCheckpoint) b = open_checkpoint (path_b);
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_set_metadata (fixture, "format", "pt");
  fixture_set_metadata (fixture, "amalgam_recipe", "merge_method: linear");
  for (guint i = 0; i < am_checkpoint_get_n_tensors (a); i++)
    {
      const AmTensor *tensor = am_checkpoint_get_tensor (a, i);

      if (left_out != NULL && g_regex_match_simple (left_out, tensor->name, 0, 0))
        continue;
      if (am_dtype_is_mergeable (tensor->dtype))
        add_mixture (fixture, a, b, tensor, ratio, dtype);
      else
        add_bytes (fixture, a, tensor);
    }
  return fixture_write (fixture, folder, name);
}

static char *
write_digits (gboolean is_held_out, guint n_wanted, const char *folder)
{
  g_autofree char *path = is_held_out ? digits_path ("align", "held-out.safetensors")
                                      : digits_path ("repair", "calibration.safetensors");
  g_autoptr (AmCheckpoint) checkpoint = open_checkpoint (path);
  const AmTensor *images = am_checkpoint_find (checkpoint, is_held_out ? "pictures" : "images", NULL);
  const AmTensor *labels = am_checkpoint_find (checkpoint, "labels", NULL);
  g_autofree guint8 *pixels = read_bytes (checkpoint, images);
  g_autofree guint8 *numbers = read_bytes (checkpoint, labels);
  const guint n = n_wanted > 0 ? n_wanted : (guint)labels->length;
  g_autofree char *shape = g_strdup_printf ("%u,8,8", n);
  g_autofree char *length = g_strdup_printf ("%u", n);
  g_autofree char *name = g_strdup_printf ("digits-%d-%u.safetensors", is_held_out, n);
  g_autoptr (Fixture) fixture = fixture_new ();

  g_assert_cmpuint (images->length, ==, labels->length * N_PIXELS);
  fixture_add_bytes (fixture, "images", AM_DTYPE_U8, shape, pixels);
  fixture_add_bytes (fixture, "labels", AM_DTYPE_U8, length, numbers);
  return fixture_write (fixture, folder, name);
}

AmDataset *
open_digits (gboolean is_held_out, guint n, guint side, const char *folder)
{
  g_autofree char *path = write_digits (is_held_out, n, folder);
  AmPreprocessing preprocessing = { .name = (char *)"digits.yaml",
                                    .resize = side != 8 ? side : 0,
                                    .interpolation = AM_INTERPOLATE_NEAREST,
                                    .scale = 16 };
  g_autoptr (GError) error = NULL;
  AmDataset *dataset = am_dataset_open (path, &preprocessing, &error);

  g_assert_no_error (error);
  return dataset;
}

static const char *architecture;

void
set_architecture (const char *path)
{
  architecture = path;
}

AmVisionNetwork *
open_network (const char *path)
{
  g_autoptr (GError) error = NULL;
  AmVisionNetwork *network = am_vision_network_open (path, architecture, NULL, &error);

  g_assert_no_error (error);
  am_network_set_n_threads (am_vision_network_get_network (network), 1);
  return network;
}

typedef void (*See) (AmNetworkRun *run, const guint64 *samples, gpointer user_data);

/* Runs up to and including @last. */
static void
run_all (AmVisionNetwork *network, AmDataset *dataset, guint last, See see, gpointer user_data)
{
  AmNetwork *inner = am_vision_network_get_network (network);
  g_autoptr (GError) error = NULL;
  guint64 n_samples, height, width, channels;
  g_autofree guint64 *chosen = am_dataset_choose (dataset, 0, 0, &n_samples);
  g_autoptr (AmBatches) batches = am_batches_new (dataset, chosen, n_samples, 50);
  const float *values;
  const guint64 *samples;
  guint n;

  am_dataset_get_shape (dataset, &height, &width, &channels);
  while ((n = am_batches_next (batches, &values, &samples, &error)) > 0)
    {
      g_autoptr (AmNetworkRun) run = NULL;
      AmValue input;

      am_vision_network_arrange (network, values, n, height, width, channels, &input, &error);
      g_assert_no_error (error);
      run = am_network_run_new (inner, &input, FALSE, &error);
      g_assert_no_error (error);
      g_free (input.data);
      for (guint node = 0; node <= last; node++)
        if (am_network_has_node (inner, node))
          am_network_run_node (run, node, &error);
      g_assert_no_error (error);
      see (run, samples, user_data);
    }
  g_assert_no_error (error);
}

typedef struct
{
  AmDataset *dataset;
  guint node;
  Score score;
} Scoring;

static void
score_sample (const AmReal *logits, guint n_classes, guint label, Score *score)
{
  double sum = 0.0;
  guint best = 0;

  for (guint i = 0; i < n_classes; i++)
    {
      sum += exp ((double)logits[i] - logits[label]);
      if (logits[i] > logits[best])
        best = i;
    }
  score->loss += log (sum);
  score->accuracy += best == label;
}

static void
see_logits (AmNetworkRun *run, const guint64 *samples, gpointer user_data)
{
  Scoring *scoring = user_data;
  const AmValue *logits = am_network_run_get_value (run, scoring->node);

  for (guint i = 0; i < logits->n_samples; i++)
    score_sample (logits->data + i * logits->channels, (guint)logits->channels,
                  am_dataset_get_label (scoring->dataset, samples[i]), &scoring->score);
}

Score
score_network (AmVisionNetwork *network, AmDataset *dataset)
{
  Scoring scoring = { dataset, am_network_get_output (am_vision_network_get_network (network)), { 0 } };
  const double n = (double)am_dataset_get_n_samples (dataset);

  run_all (network, dataset, scoring.node, see_logits, &scoring);
  return (Score){ scoring.score.loss / n, scoring.score.accuracy / n };
}

Score
score_file (const char *path, AmDataset *dataset)
{
  g_autoptr (AmVisionNetwork) network = open_network (path);

  return score_network (network, dataset);
}

static void
copy_positions (const ForwardValue *value, double *rows)
{
  const guint64 n_positions = value->height * value->width;

  for (guint64 c = 0; c < value->channels; c++)
    for (guint64 i = 0; i < n_positions; i++)
      rows[i * value->channels + c] = value->data[c * n_positions + i];
}

double *
run_reference (const char *path, AmDataset *dataset, guint node, guint64 *n_rows, guint64 *n_channels)
{
  g_autoptr (AmVisionNetwork) network = open_network (path);
  const AmGraph *graph = am_network_get_graph (am_vision_network_get_network (network));
  const AmNode *input = am_graph_get_node (graph, 0);
  const guint side = input->channels == 1 ? 8 : 1;
  g_autoptr (ForwardWeights) weights = forward_weights_new_from_model (
      graph, am_vision_network_get_model (network), am_vision_network_get_checkpoint (network));
  double *rows = NULL;
  g_autoptr (GError) error = NULL;

  *n_rows = 0;
  for (guint64 i = 0; i < am_dataset_get_n_samples (dataset); i++)
    {
      g_autoptr (ForwardInputs) inputs = forward_inputs_new (graph);
      g_autoptr (GraphForward) forward = NULL;
      const ForwardValue *value;
      float pixels[N_PIXELS];
      double numbers[N_PIXELS];

      am_dataset_read (dataset, &i, 1, pixels, &error);
      g_assert_no_error (error);
      for (guint k = 0; k < N_PIXELS; k++)
        numbers[k] = pixels[k];
      forward_inputs_set (inputs, input->name, side, side, numbers);
      forward = graph_forward_new (weights, inputs);
      value = graph_forward_get_value (forward, node);
      *n_channels = value->channels;
      rows = g_renew (double, rows, (*n_rows + value->height * value->width) * value->channels);
      copy_positions (value, rows + *n_rows * value->channels);
      *n_rows += value->height * value->width;
    }
  return rows;
}

guint
find_layer (AmVisionNetwork *network, const char *name)
{
  const AmGraph *graph = am_network_get_graph (am_vision_network_get_network (network));

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if (node->weight != AM_NO_TENSOR && strcmp (node->name, name) == 0)
        return i;
    }
  g_error ("no layer %s", name);
}

void
find_moments (const double *values, guint64 n_rows, guint64 n_columns, guint64 column, double *mean,
              double *deviation)
{
  double sum = 0.0, squares = 0.0;

  for (guint64 i = 0; i < n_rows; i++)
    sum += values[i * n_columns + column];
  *mean = sum / (double)n_rows;
  for (guint64 i = 0; i < n_rows; i++)
    squares += (values[i * n_columns + column] - *mean) * (values[i * n_columns + column] - *mean);
  *deviation = sqrt (squares / (double)n_rows);
}
