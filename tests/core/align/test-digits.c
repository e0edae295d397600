/* Networks that were trained apart: two perceptrons and two residual networks that learned scikit-learn's
 * digits from different seeds (tests/reference/train_digits.py). Between them lies a barrier of loss;
 * alignment takes it away, or lowers it. */
#include <math.h>

#include "align/alignment.h"
#include "fixture-checkpoint.h"
#include "graph-forward.h"

#define N_PIXELS 64
#define N_CLASSES 10

/* Pictures that units are compared on, where they are: not those that are scored. */
#define N_SEEN 270

typedef struct
{
  AmCheckpoint *checkpoint;
  AmModel *model;
} Network;

typedef struct
{
  gsize n;
  double *pictures; /* [n][N_PIXELS] */
  guint8 *labels;   /* [n] */
} Digits;

/* What units are compared by: with a name of data, by activations. */
typedef struct
{
  const char *name;
  const char *shape; /* of the pictures */
  double fall;       /* of the barrier, at least */
  AmAlignObjective objective;
} Comparison;

typedef struct
{
  double loss; /* mean cross-entropy */
  double accuracy;
} Score;

static AmCheckpoint *
open_file (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "core", "align", "digits", name, NULL);
  g_autoptr (GError) error = NULL;
  AmCheckpoint *checkpoint = am_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return checkpoint;
}

static void
network_open (Network *network, const char *name)
{
  network->checkpoint = open_file (name);
  network->model = am_model_new (network->checkpoint);
}

static void
network_clear (Network *network)
{
  am_model_free (network->model);
  am_checkpoint_free (network->checkpoint);
}

static guint8 *
read_bytes (AmCheckpoint *checkpoint, const char *name, gsize *n)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, name, NULL);
  g_autoptr (GError) error = NULL;
  guint8 *bytes;

  g_assert_nonnull (tensor);
  *n = tensor->size;
  bytes = g_malloc (*n);
  am_checkpoint_read_bytes (checkpoint, tensor, 0, *n, bytes, &error);
  g_assert_no_error (error);
  return bytes;
}

/* Digits that none of the networks saw. */
static void
digits_read (Digits *digits)
{
  g_autoptr (AmCheckpoint) checkpoint = open_file ("held-out.safetensors");
  g_autofree guint8 *pixels = NULL;
  gsize n_pixels;

  digits->labels = read_bytes (checkpoint, "labels", &digits->n);
  pixels = read_bytes (checkpoint, "pictures", &n_pixels);
  g_assert_cmpuint (n_pixels, ==, digits->n * N_PIXELS);
  digits->pictures = g_new (double, n_pixels);
  for (gsize i = 0; i < n_pixels; i++)
    digits->pictures[i] = pixels[i] / 16.0;
}

static void
digits_clear (Digits *digits)
{
  g_free (digits->pictures);
  g_free (digits->labels);
}

static void
count_picture (const double *scores, guint label, Score *score)
{
  double sum = 0.0;
  guint best = 0;

  for (guint i = 0; i < N_CLASSES; i++)
    {
      sum += exp (scores[i] - scores[label]);
      if (scores[i] > scores[best])
        best = i;
    }
  score->loss += log (sum);
  score->accuracy += best == label;
}

/* A network of one channel takes a digit as a picture, another one as a vector. */
static Score
measure (const ForwardWeights *weights, const Digits *digits)
{
  const AmNode *input = am_graph_get_node (weights->graph, 0);
  const guint side = input->channels == 1 ? 8 : 1;
  Score score = { 0 };

  g_assert_cmpint (input->type, ==, AM_NODE_INPUT);
  for (gsize i = N_SEEN; i < digits->n; i++)
    {
      g_autoptr (ForwardInputs) inputs = forward_inputs_new (weights->graph);
      g_autoptr (GraphForward) forward = NULL;
      const ForwardValue *scores;

      forward_inputs_set (inputs, input->name, side, side, digits->pictures + i * N_PIXELS);
      forward = graph_forward_new (weights, inputs);
      scores = graph_forward_get_value (forward, am_graph_get_n_nodes (weights->graph) - 1);
      g_assert_cmpuint (scores->channels * scores->height * scores->width, ==, N_CLASSES);
      count_picture (scores->data, digits->labels[i], &score);
    }
  score.loss /= digits->n - N_SEEN;
  score.accuracy /= digits->n - N_SEEN;
  return score;
}

static ForwardWeights *
read_weights (const AmGraph *graph, const Network *network)
{
  return forward_weights_new_from_model (graph, network->model, network->checkpoint);
}

static Score
measure_midpoint (const ForwardWeights *a, const ForwardWeights *b, const Digits *digits)
{
  g_autoptr (ForwardWeights) middle = forward_weights_new (a->graph);

  for (guint i = 0; i < am_graph_get_n_tensors (a->graph); i++)
    {
      const gsize n = forward_count_elements (a->graph, i);
      g_autofree double *values = g_new (double, n);

      for (gsize j = 0; j < n; j++)
        values[j] = (a->values[i][j] + b->values[i][j]) / 2.0;
      forward_weights_set (middle, am_graph_get_tensor (a->graph, i)->name, values);
    }
  return measure (middle, digits);
}

static char *
write_data (const char *folder, const char *shape, const Digits *digits)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_values (fixture, "images", AM_DTYPE_F32, shape, digits->pictures);
  return fixture_write (fixture, folder, "pictures.safetensors");
}

static AmAlignSettings *
make_settings (const Comparison *comparison, const char *folder, const Digits *digits)
{
  AmAlignSettings *settings = am_align_settings_new ();

  if (comparison->shape == NULL)
    return settings;
  settings->matching = AM_ALIGN_BY_ACTIVATIONS;
  settings->objective = comparison->objective;
  settings->data = write_data (folder, comparison->shape, digits);
  return settings;
}

/* B hands out reordered weights from here on. */
static void
align (const Network *a, const Network *b, const AmAlignSettings *settings)
{
  const AmModel *const models[] = { a->model };
  AmCheckpoint *const checkpoints[] = { a->checkpoint };
  const AmReference reference = { 1, models, checkpoints };
  g_autoptr (GPtrArray) alignments = g_ptr_array_new_with_free_func ((GDestroyNotify)am_alignment_unref);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (alignments, am_alignment_new (b->model, b->checkpoint, "b", settings, &error));
  g_assert_no_error (error);
  am_alignments_run (alignments, &reference, settings, 2, NULL, NULL, &error);
  g_assert_no_error (error);
  text = am_alignment_describe (alignments->pdata[0]);
  g_test_message ("%s", text);
}

/* Aligns the pair of files NAME-a and NAME-b: B computes what it did before, and the rise of the loss
 * half-way from A to B falls. */
static void
check_pair (gconstpointer data)
{
  const Comparison *comparison = data;
  const char *name = comparison->name;
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (AmAlignSettings) settings = NULL;
  g_autofree char *file_a = g_strdup_printf ("%s-a.safetensors", name);
  g_autofree char *file_b = g_strdup_printf ("%s-b.safetensors", name);
  g_autoptr (AmGraph) graph = NULL;
  g_autoptr (ForwardWeights) weights_a = NULL;
  g_autoptr (ForwardWeights) weights_b = NULL;
  g_autoptr (ForwardWeights) aligned = NULL;
  g_autoptr (GError) error = NULL;
  Network a, b;
  Digits digits;
  Score score_a, score_b, score_aligned, before, after;
  double ends;

  digits_read (&digits);
  network_open (&a, file_a);
  network_open (&b, file_b);
  graph = am_graph_new_for_model (a.model, NULL, &error);
  g_assert_no_error (error);
  weights_a = read_weights (graph, &a);
  weights_b = read_weights (graph, &b);
  settings = make_settings (comparison, folder, &digits);
  align (&a, &b, settings);
  aligned = read_weights (graph, &b);

  score_a = measure (weights_a, &digits);
  score_b = measure (weights_b, &digits);
  score_aligned = measure (aligned, &digits);
  before = measure_midpoint (weights_a, weights_b, &digits);
  after = measure_midpoint (weights_a, aligned, &digits);
  ends = (score_a.loss + score_b.loss) / 2.0;
  g_test_message (
      "%s: A %.4f (%.4f), B %.4f (%.4f), midpoint %.4f (%.4f), aligned %.4f (%.4f); rise %.4f, then %.4f",
      name, score_a.loss, score_a.accuracy, score_b.loss, score_b.accuracy, before.loss, before.accuracy,
      after.loss, after.accuracy, before.loss - ends, after.loss - ends);

  g_assert_cmpfloat (MIN (score_a.accuracy, score_b.accuracy), >, 0.95);
  g_assert_cmpfloat_with_epsilon (score_aligned.loss, score_b.loss, 1e-9 * score_b.loss);
  g_assert_cmpfloat (before.loss - ends, >, 0.5);
  g_assert_cmpfloat (after.loss - ends, <=, (1.0 - comparison->fall) * (before.loss - ends));
  network_clear (&a);
  network_clear (&b);
  digits_clear (&digits);
  fixture_remove_folder (folder);
}

/* Averaged statistics of batch normalisations do not fit averaged weights, so part of the barrier between
 * residual networks stays. */
static const Comparison perceptrons = { "mlp", NULL, 0.8, AM_ALIGN_CORRELATION },
                        seen_perceptrons = { "mlp", "270,64", 0.8, AM_ALIGN_CORRELATION },
                        multiplied_perceptrons = { "mlp", "270,64", 0.8, AM_ALIGN_PRODUCT },
                        residual = { "resnet", NULL, 0.4, AM_ALIGN_CORRELATION },
                        seen_residual = { "resnet", "270,1,8,8", 0.4, AM_ALIGN_CORRELATION };

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/digits/perceptrons/weights", &perceptrons, check_pair);
  g_test_add_data_func ("/digits/perceptrons/activations", &seen_perceptrons, check_pair);
  g_test_add_data_func ("/digits/perceptrons/products", &multiplied_perceptrons, check_pair);
  g_test_add_data_func ("/digits/residual-networks/weights", &residual, check_pair);
  g_test_add_data_func ("/digits/residual-networks/activations", &seen_residual, check_pair);
  return g_test_run ();
}
