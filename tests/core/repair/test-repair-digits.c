/* Pairs of networks trained apart, merged half-way: how much of what the merge loses RESET and REPAIR bring
 * back. Statistics are measured on digits the networks were trained on, accuracy on digits that none saw. The
 * table of docs/repair.md is what this prints with AM_TEST_SLOW=1, which takes all digits. */
#include <math.h>

#include "fixture-checkpoint.h"
#include "repair-fixture.h"

typedef struct
{
  char *folder;
  char *a, *b, *aligned;
  AmDataset *calibration, *held_out;
} Pair;

static void
pair_open (Pair *pair, const char *where, const char *name, guint side, guint n_calibration, guint n_held_out)
{
  const gboolean is_slow = g_getenv ("AM_TEST_SLOW") != NULL;
  g_autofree char *file_a = g_strconcat (name, "-a.safetensors", NULL);
  g_autofree char *file_b = g_strconcat (name, "-b.safetensors", NULL);

  pair->folder = fixture_new_folder ();
  pair->a = digits_path (where, file_a);
  pair->b = digits_path (where, file_b);
  pair->aligned = write_aligned (pair->a, pair->b, pair->folder, "aligned.safetensors");
  pair->calibration = open_digits (FALSE, is_slow ? 0 : n_calibration, side, pair->folder);
  pair->held_out = open_digits (TRUE, is_slow ? 0 : n_held_out, side, pair->folder);
}

static void
pair_clear (Pair *pair)
{
  am_dataset_free (pair->calibration);
  am_dataset_free (pair->held_out);
  fixture_remove_folder (pair->folder);
  g_free (pair->folder);
  g_free (pair->a);
  g_free (pair->b);
  g_free (pair->aligned);
}

static Score
tell (const char *what, Score score)
{
  g_test_message ("%-36s accuracy %5.1f %%, loss %.3f", what, 100.0 * score.accuracy, score.loss);
  return score;
}

static Score
score_between (const Pair *pair, const char *b, const char *what)
{
  g_autofree char *merged
      = write_between (pair->a, b, 0.5, AM_DTYPE_F16, NULL, pair->folder, "merged.safetensors");

  return tell (what, score_file (merged, pair->held_out));
}

/* Of A and @b, repaired, written and read again. */
static Score
score_repaired (const Pair *pair, const char *b, AmRepairMethod method, const char *what)
{
  g_autofree char *path
      = write_between (pair->a, b, 0.5, AM_DTYPE_F16, NULL, pair->folder, "merged.safetensors");
  g_autofree char *output = g_build_filename (pair->folder, "repaired.safetensors", NULL);
  g_autoptr (AmVisionNetwork) merged = open_network (path);
  g_autoptr (AmVisionNetwork) parent_a = open_network (pair->a);
  g_autoptr (AmVisionNetwork) parent_b = open_network (b);
  AmVisionNetwork *const parents[] = { parent_a, parent_b };
  const AmRepairSettings settings = { .method = method, .ratio = NAN, .n_threads = 1 };
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL;

  repair = am_repair_new (merged, parents, 2, pair->calibration, &settings, NULL, NULL, &error);
  g_assert_no_error (error);
  am_repair_write (repair, output, TRUE, FALSE, &error);
  g_assert_no_error (error);
  return tell (what, score_file (output, pair->held_out));
}

/* Accuracies that the paper's authors publish for other data, A and B half-way (Jordan et al. 2023). */
static void
tell_published (const char *what, const char *numbers)
{
  g_test_message ("%-36s %s", what, numbers);
}

/* No norms: deviations fall to 2 % of their targets before the last layer. */
static void
test_vgg (void)
{
  Pair pair;
  Score a, b, plain, aligned, apart, repaired, closed;

  pair_open (&pair, "repair", "vgg", 32, 100, 200);
  a = tell ("VGG-11 A", score_file (pair.a, pair.held_out));
  b = tell ("VGG-11 B", score_file (pair.b, pair.held_out));
  plain = score_between (&pair, pair.b, "half-way");
  apart = score_repaired (&pair, pair.b, AM_REPAIR_RESCALE, "half-way, REPAIR");
  aligned = score_between (&pair, pair.aligned, "aligned");
  closed = score_repaired (&pair, pair.aligned, AM_REPAIR_CLOSED_FORM, "aligned, closed form");
  repaired = score_repaired (&pair, pair.aligned, AM_REPAIR_AUTO, "aligned, REPAIR");
  tell_published ("published, VGG-11 on CIFAR-10", "aligned 67.3, closed form 84.3, REPAIR 84.9 %");

  g_assert_cmpfloat (MIN (a.accuracy, b.accuracy), >, 0.95);
  g_assert_cmpfloat (plain.accuracy, <, 0.25);
  g_assert_cmpfloat (apart.accuracy, >, plain.accuracy + 0.25);
  g_assert_cmpfloat (closed.accuracy, >, aligned.accuracy + 0.1);
  g_assert_cmpfloat (repaired.accuracy, >, aligned.accuracy + 0.4);
  g_assert_cmpfloat (repaired.accuracy, >, apart.accuracy + 0.1);
  g_assert_cmpfloat (repaired.loss, <, 0.5 * aligned.loss);
  pair_clear (&pair);
}

static void
test_residual (void)
{
  Pair pair;
  Score plain, apart, aligned, reset, repaired;

  pair_open (&pair, "align", "resnet", 8, 200, 0);
  tell ("ResNet A", score_file (pair.a, pair.held_out));
  tell ("ResNet B", score_file (pair.b, pair.held_out));
  plain = score_between (&pair, pair.b, "half-way");
  apart = score_repaired (&pair, pair.b, AM_REPAIR_AUTO, "half-way, RESET");
  aligned = score_between (&pair, pair.aligned, "aligned");
  reset = score_repaired (&pair, pair.aligned, AM_REPAIR_AUTO, "aligned, RESET");
  repaired = score_repaired (&pair, pair.aligned, AM_REPAIR_RESCALE, "aligned, RESET and REPAIR");
  tell_published ("published, ResNet20 on CIFAR-10", "aligned 12.7, RESET 67.6 %");
  tell_published ("published, ResNet50 on ImageNet", "aligned 0.3, RESET 53.3, and REPAIR 56.2 %");

  g_assert_cmpfloat (apart.accuracy, >, plain.accuracy + 0.4);
  g_assert_cmpfloat (reset.accuracy, >, aligned.accuracy + 0.08);
  g_assert_cmpfloat (reset.loss, <, 0.2 * aligned.loss);
  g_assert_cmpfloat (repaired.loss, <, 0.9 * reset.loss);
  g_assert_cmpfloat (repaired.accuracy, >, reset.accuracy - 0.01);
  pair_clear (&pair);
}

static void
test_perceptron (void)
{
  Pair pair;
  Score aligned, closed, repaired;

  pair_open (&pair, "align", "mlp", 8, 200, 0);
  tell ("perceptron A", score_file (pair.a, pair.held_out));
  tell ("perceptron B", score_file (pair.b, pair.held_out));
  score_between (&pair, pair.b, "half-way");
  aligned = score_between (&pair, pair.aligned, "aligned");
  closed = score_repaired (&pair, pair.aligned, AM_REPAIR_CLOSED_FORM, "aligned, closed form");
  repaired = score_repaired (&pair, pair.aligned, AM_REPAIR_AUTO, "aligned, REPAIR");

  g_assert_cmpfloat (repaired.loss, <, 1.05 * aligned.loss);
  g_assert_cmpfloat (repaired.accuracy, >, aligned.accuracy - 0.01);
  g_assert_cmpfloat (closed.accuracy, >, aligned.accuracy - 0.01);
  pair_clear (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/repair/digits/vgg", test_vgg);
  g_test_add_func ("/repair/digits/residual", test_residual);
  g_test_add_func ("/repair/digits/perceptron", test_perceptron);
  return g_test_run ();
}
