/* Networks that were trained on digits, evaluated on digits, and the line between two of them. */
#include <math.h>
#include <string.h>

#include "digits-fixture.h"
#include "evaluation/barrier.h"
#include "evaluation/batch-norm-reset.h"
#include "fixture-checkpoint.h"

typedef struct
{
  char *folder;
  AmDataset *digits;
} Scene;

static void
set_up (Scene *scene, gconstpointer data)
{
  scene->folder = fixture_new_folder ();
  scene->digits = digits_data (scene->folder, "digits.safetensors", 0);
}

static void
tear_down (Scene *scene, gconstpointer data)
{
  am_dataset_free (scene->digits);
  fixture_remove_folder (scene->folder);
  g_free (scene->folder);
}

static AmEvaluation *
evaluate (AmVisionNetwork *network, AmDataset *dataset, guint batch_size, guint n_threads, guint64 n_samples)
{
  AmEvaluateSettings settings
      = { .n_samples = n_samples, .seed = 5, .batch_size = batch_size, .n_threads = n_threads };
  g_autoptr (GError) error = NULL;
  AmEvaluation *evaluation = am_evaluate (network, dataset, &settings, NULL, NULL, &error);

  g_assert_no_error (error);
  return evaluation;
}

/* As PyTorch 2.13 finds them in double. */
static void
test_accuracy (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) network = digits_open ("mlp-a.safetensors");
  g_autoptr (AmEvaluation) evaluation = evaluate (network, scene->digits, 0, 0, 0);
  g_autofree char *json = am_evaluation_to_json (evaluation, scene->digits);
  guint64 n_correct = 0, n = 0;

  g_assert_cmpfloat_with_epsilon (evaluation->calibration_error, 0.01098234, 1e-6);
  g_assert_cmpuint (evaluation->n, ==, N_DIGITS);
  for (guint i = 0; i < evaluation->n_classes; i++)
    {
      n += evaluation->class_count[i];
      n_correct += evaluation->class_correct[i];
    }
  g_assert_cmpuint (n, ==, N_DIGITS);
  g_assert_cmpfloat_with_epsilon (evaluation->accuracy, n_correct / 540.0, 1e-12);
  g_assert_cmpuint (n_correct, ==, 529);
  g_assert_cmpfloat_with_epsilon (evaluation->loss, 0.0850290853921946, 1e-6);
  g_assert_nonnull (strstr (json, "amalgam-evaluation-1"));
}

/* Neither batches nor threads are seen in the figures. */
static void
test_same_figures (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) network = digits_open ("resnet-a.safetensors");
  g_autoptr (AmEvaluation) whole = evaluate (network, scene->digits, 0, 1, 0);
  g_autoptr (AmEvaluation) pieces = evaluate (network, scene->digits, 7, 3, 0);
  g_autoptr (AmEvaluation) threads = evaluate (network, scene->digits, 0, 3, 0);

  g_assert_cmpfloat (whole->loss, ==, threads->loss);
  g_assert_cmpfloat (whole->calibration_error, ==, threads->calibration_error);
  g_assert_cmpfloat_with_epsilon (whole->loss, pieces->loss, 1e-6);
  g_assert_cmpfloat (whole->accuracy, ==, pieces->accuracy);
}

static void
test_samples (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) network = digits_open ("mlp-b.safetensors");
  g_autoptr (AmEvaluation) evaluation = evaluate (network, scene->digits, 16, 1, 100);

  g_assert_cmpuint (evaluation->n, ==, 100);
  g_assert_cmpuint (am_evaluation_count_missing (evaluation), ==, 0);
}

static void
test_labels_out_of_range (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) network = digits_open ("mlp-a.safetensors");
  g_autoptr (AmDataset) shifted = digits_data (scene->folder, "shifted.safetensors", 1);
  AmEvaluateSettings settings = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_null (am_evaluate (network, shifted, &settings, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "shifted.safetensors"));
}

static void
test_no_labels (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) network = digits_open ("mlp-a.safetensors");
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (AmDataset) dataset = NULL;
  AmEvaluateSettings settings = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_add_random (fixture, "images", AM_DTYPE_F32, "3,64", 1, 1);
  path = fixture_write (fixture, scene->folder, "bare.safetensors");
  dataset = am_dataset_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (am_evaluate (network, dataset, &settings, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "bare.safetensors has no labels"));
}

static void
test_wrong_size (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) network = digits_open ("mlp-a.safetensors");
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (AmDataset) dataset = NULL;
  AmEvaluateSettings settings = { 0 };
  g_autoptr (GError) error = NULL;

  fixture_add_random (fixture, "images", AM_DTYPE_F32, "3,65", 1, 1);
  fixture_add_bytes (fixture, "labels", AM_DTYPE_U8, "3", "\0\1\2");
  path = fixture_write (fixture, scene->folder, "wide.safetensors");
  dataset = am_dataset_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (am_evaluate (network, dataset, &settings, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
}

/* A network that pools five times, and pictures of 8 by 8 pixels: the message says which network. */
static void
test_small_pictures (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) network = digits_open ("../../repair/digits/vgg-a.safetensors");
  AmEvaluateSettings settings = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_null (am_evaluate (network, scene->digits, &settings, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "vgg-a.safetensors: "));
}

static void
test_cancelled (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) network = digits_open ("mlp-a.safetensors");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  AmEvaluateSettings settings = { 0 };
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (am_evaluate (network, scene->digits, &settings, NULL, cancellable, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
}

static AmBarrier *
measure (AmVisionNetwork *a, AmVisionNetwork *b, AmDataset *dataset, guint n_points, gboolean reset)
{
  AmEvaluateSettings settings = { .n_threads = 1 };
  g_autoptr (GError) error = NULL;
  AmBarrier *barrier = am_barrier_measure (a, b, dataset, n_points, reset, &settings, NULL, NULL, &error);

  g_assert_no_error (error);
  return barrier;
}

/* A model lies in one basin with itself, opened once or twice. */
static void
test_itself (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) a = digits_open ("mlp-a.safetensors");
  g_autoptr (AmVisionNetwork) b = digits_open ("mlp-a.safetensors");
  g_autoptr (AmBarrier) once = measure (a, a, scene->digits, 5, FALSE);
  g_autoptr (AmBarrier) twice = measure (a, b, scene->digits, 5, TRUE);
  const AmBarrier *barriers[] = { once, twice };

  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpfloat (barriers[i]->loss_barrier, ==, 0);
      g_assert_cmpfloat (barriers[i]->accuracy_barrier, ==, 0);
      g_assert_false (barriers[i]->is_reset);
      for (guint k = 0; k < 5; k++)
        g_assert_cmpfloat (barriers[i]->points[k].loss, ==, once->points[0].loss);
    }
}

/* Networks that were trained apart: both ends are the models, the middle is far above, and A is as before. */
static void
test_barrier (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) a = digits_open ("mlp-a.safetensors");
  g_autoptr (AmVisionNetwork) b = digits_open ("mlp-b.safetensors");
  g_autoptr (AmEvaluation) first = evaluate (a, scene->digits, 0, 1, 0);
  g_autoptr (AmEvaluation) last = evaluate (b, scene->digits, 0, 1, 0);
  g_autoptr (AmBarrier) barrier = measure (a, b, scene->digits, 4, FALSE);
  g_autoptr (AmEvaluation) afterwards = evaluate (a, scene->digits, 0, 1, 0);
  double middle = barrier->points[2].loss;

  g_assert_cmpuint (barrier->n_points, ==, 5);
  g_assert_cmpfloat (barrier->points[2].ratio, ==, 0.5);
  g_assert_cmpfloat (barrier->points[0].loss, ==, first->loss);
  g_assert_cmpfloat (barrier->points[4].loss, ==, last->loss);
  g_assert_cmpfloat (barrier->points[4].accuracy, ==, last->accuracy);
  g_assert_cmpfloat (afterwards->loss, ==, first->loss);
  g_assert_cmpfloat (barrier->worst_ratio, ==, 0.5);
  g_assert_cmpfloat_with_epsilon (barrier->loss_barrier, middle - (first->loss + last->loss) / 2, 1e-12);
  g_assert_cmpfloat (barrier->loss_barrier, >, 0.5);
  g_assert_cmpfloat_with_epsilon (
      barrier->accuracy_barrier, (first->accuracy + last->accuracy) / 2 - barrier->points[2].accuracy, 1e-12);
  g_assert_cmpfloat (barrier->accuracy_barrier, >, 0.01);
}

/* Adds the mean of a tensor of both, or a copy where it holds whole numbers. */
static void
add_mean (Fixture *fixture, AmCheckpoint *first, AmCheckpoint *second, const AmTensor *tensor)
{
  g_autoptr (GString) shape = g_string_new (NULL);
  g_autofree guint8 *bytes = g_malloc (tensor->size);
  g_autofree double *x = g_new (double, tensor->length), *y = g_new (double, tensor->length);
  g_autoptr (GError) error = NULL;

  for (guint k = 0; k < tensor->n_dims; k++)
    g_string_append_printf (shape, "%s%" G_GUINT64_FORMAT, k > 0 ? "," : "", tensor->shape[k]);
  am_checkpoint_read_bytes (first, tensor, 0, tensor->size, bytes, &error);
  g_assert_no_error (error);
  if (tensor->dtype == AM_DTYPE_I64)
    {
      fixture_add_bytes (fixture, tensor->name, tensor->dtype, shape->str, bytes);
      return;
    }
  am_checkpoint_read_doubles (first, tensor, 0, tensor->length, x, &error);
  g_assert_no_error (error);
  am_checkpoint_read_doubles (second, am_checkpoint_find (second, tensor->name, NULL), 0, tensor->length, y,
                              &error);
  g_assert_no_error (error);
  for (guint64 k = 0; k < tensor->length; k++)
    x[k] = (x[k] + y[k]) / 2;
  fixture_add_values (fixture, tensor->name, AM_DTYPE_F32, shape->str, x);
}

/* The loss in the middle is that of a file whose tensors are the mean of both. */
static void
test_middle (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) a = digits_open ("resnet-a.safetensors");
  g_autoptr (AmVisionNetwork) b = digits_open ("resnet-b.safetensors");
  AmCheckpoint *first = am_vision_network_get_checkpoint (a), *second = am_vision_network_get_checkpoint (b);
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (AmVisionNetwork) mean = NULL;
  g_autoptr (AmEvaluation) evaluation = NULL;
  g_autoptr (AmBarrier) barrier = measure (a, b, scene->digits, 3, FALSE);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < am_checkpoint_get_n_tensors (first); i++)
    add_mean (fixture, first, second, am_checkpoint_get_tensor (first, i));
  path = fixture_write (fixture, scene->folder, "mean.safetensors");
  mean = am_vision_network_open (path, NULL, NULL, &error);
  g_assert_no_error (error);
  evaluation = evaluate (mean, scene->digits, 0, 1, 0);
  g_assert_cmpfloat_with_epsilon (barrier->points[1].loss, evaluation->loss, 1e-9);
  g_assert_cmpfloat (barrier->points[1].accuracy, ==, evaluation->accuracy);
  g_assert_cmpfloat (barrier->loss_barrier, >, 1);
}

/* Mean and variance of what leaves a batch norm, over all samples, are those its weight and bias ask for. */
static gboolean
check_norm (AmNetworkRun *run, guint node, gboolean is_before, gpointer user_data, GError **error)
{
  AmNetwork *network = user_data;
  const AmNode *norm = am_graph_get_node (am_network_get_graph (network), node);
  const AmValue *value = am_network_run_get_value (run, node);
  double n_rows;

  if (is_before || norm->type != AM_NODE_BATCH_NORM)
    return TRUE;
  n_rows = (double)am_value_count_rows (value);
  for (guint64 channel = 0; channel < value->channels; channel++)
    {
      double weight = (double)am_network_get_weights (network, (guint)norm->weight)[channel];
      double variance = (double)am_network_get_weights (network, (guint)norm->variance)[channel];
      double sum = 0, squares = 0, mean;

      for (guint64 row = 0; row < am_value_count_rows (value); row++)
        {
          double x = value->data[row * value->channels + channel];

          sum += x;
          squares += x * x;
        }
      mean = sum / n_rows;
      g_assert_cmpfloat_with_epsilon (mean, am_network_get_weights (network, (guint)norm->bias)[channel],
                                      1e-4);
      g_assert_cmpfloat_with_epsilon (squares / n_rows - mean * mean,
                                      weight * weight * variance / (variance + norm->epsilon),
                                      1e-3 * weight * weight + 1e-6);
    }
  return TRUE;
}

static void
test_reset (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) a = digits_open ("resnet-a.safetensors");
  AmNetwork *network = am_vision_network_get_network (a);
  AmEvaluateSettings settings = { .batch_size = N_DIGITS };
  g_auto (AmEvaluationPass) pass = { 0 };
  g_autofree float *pictures = g_new (float, N_DIGITS * 64);
  g_autoptr (AmNetworkRun) run = NULL;
  g_autoptr (GError) error = NULL;

  am_evaluation_pass_init (&pass, a, scene->digits, &settings, 1, &error);
  g_assert_no_error (error);
  pass.batch_size = 100;
  am_batch_norm_reset (&pass, pass.samples, pass.n_samples, &error);
  g_assert_no_error (error);
  am_dataset_read (scene->digits, pass.samples, N_DIGITS, pictures, &error);
  g_assert_no_error (error);
  run = am_evaluation_pass_new_run (&pass, pictures, N_DIGITS, &error);
  g_assert_no_error (error);
  am_network_run_forward (run, check_norm, network, NULL, &error);
  g_assert_no_error (error);
}

/* What stood in the running statistics before does not matter, and the middle comes back to life. */
static void
test_reset_barrier (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) a = digits_open ("resnet-a.safetensors");
  g_autoptr (AmVisionNetwork) b = digits_open ("resnet-b.safetensors");
  AmNetwork *network = am_vision_network_get_network (a);
  const AmGraph *graph = am_network_get_graph (network);
  g_autoptr (AmBarrier) plain = measure (a, b, scene->digits, 3, FALSE);
  g_autoptr (AmBarrier) reset = measure (a, b, scene->digits, 3, TRUE);
  g_autoptr (AmBarrier) spoilt = NULL;
  guint n_spoilt = 0;

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);
      g_autofree AmReal *threes = g_new (AmReal, node->channels);

      for (guint64 k = 0; k < node->channels; k++)
        threes[k] = 3;
      if (node->type != AM_NODE_BATCH_NORM)
        continue;
      am_network_set_weights (network, (guint)node->mean, threes);
      n_spoilt++;
    }
  g_assert_cmpuint (n_spoilt, >, 3);
  spoilt = measure (a, b, scene->digits, 3, TRUE);
  g_assert_true (reset->is_reset);
  g_assert_cmpuint (reset->n_reset, ==, N_DIGITS);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpfloat (spoilt->points[i].loss, ==, reset->points[i].loss);
  /* As PyTorch 2.13 finds it in double, with all samples as one batch of training. */
  g_assert_cmpfloat_with_epsilon (reset->points[1].loss, 1.3100460796, 1e-4);
  g_assert_cmpfloat (reset->points[0].accuracy, >, 0.98);
  g_assert_cmpfloat (reset->points[1].accuracy, >, plain->points[1].accuracy + 0.3);
  g_assert_cmpfloat (reset->loss_barrier, <, plain->loss_barrier);
}

static void
test_different_networks (Scene *scene, gconstpointer data)
{
  g_autoptr (AmVisionNetwork) a = digits_open ("resnet-a.safetensors");
  g_autoptr (AmVisionNetwork) b = digits_open ("mlp-a.safetensors");
  AmEvaluateSettings settings = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_null (am_barrier_measure (a, b, scene->digits, 3, FALSE, &settings, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "mlp-a.safetensors"));
}

/* Also of figures that are all the same, or no numbers. */
static void
test_picture (Scene *scene, gconstpointer data)
{
  AmBarrierPoint points[] = { { 0, 0.9, 0.1 }, { 0.5, 0.1, 2.5 }, { 1, 0.8, 0.2 } };
  AmBarrierPoint flat[] = { { 0, 1, 0 }, { 0.5, 1, 0 }, { 1, 1, 0 } };
  AmBarrierPoint broken[] = { { 0, 0.9, 0.1 }, { 0.5, 0, NAN }, { 1, 0.8, INFINITY } };
  AmBarrierPoint *cases[] = { points, flat, broken };
  g_autofree char *path = g_build_filename (scene->folder, "barrier.png", NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      AmBarrier barrier = { .n_points = 3, .points = cases[i], .loss_barrier = 2.35, .worst_ratio = 0.5 };
      g_autofree char *bytes = NULL;
      gsize length;

      g_assert_false (am_barrier_write_picture (&barrier, "A to B", scene->folder, FALSE, NULL));
      am_barrier_write_picture (&barrier, "A to B", path, TRUE, &error);
      g_assert_no_error (error);
      g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
      g_assert_cmpmem (bytes, 4, "\x89PNG", 4);
      g_assert_cmpuint (length, >, 2000);
    }
}

#define add(name, function) g_test_add ("/evaluation/" name, Scene, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("accuracy", test_accuracy);
  add ("same-figures", test_same_figures);
  add ("samples", test_samples);
  add ("labels-out-of-range", test_labels_out_of_range);
  add ("no-labels", test_no_labels);
  add ("wrong-size", test_wrong_size);
  add ("small-pictures", test_small_pictures);
  add ("cancelled", test_cancelled);
  add ("itself", test_itself);
  add ("barrier", test_barrier);
  add ("middle", test_middle);
  add ("reset", test_reset);
  add ("reset-barrier", test_reset_barrier);
  add ("different-networks", test_different_networks);
  add ("picture", test_picture);
  return g_test_run ();
}
