/* What cannot be repaired is refused, and nothing is written. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "repair-case.h"

static void
test_methods (void)
{
  static const char *const ids[] = { "auto", "reset", "rescale", "closed_form" };
  AmRepairMethod method;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_assert_true (am_repair_method_parse (ids[i], &method));
      g_assert_cmpint (method, ==, i);
      g_assert_cmpstr (am_repair_method_get_id (method), ==, ids[i]);
    }
  g_assert_false (am_repair_method_parse ("renorm", &method));
}

/* B as it was before it was aligned for the merge: refused, unless a ratio is given. */
static void
test_wrong_parent (void)
{
  g_autofree char *path = digits_path ("align", "mlp-b.safetensors");
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL;
  Case self;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F16, 50);
  am_vision_network_free (self.parent_b);
  self.parent_b = open_network (path);
  case_assert_error (&self, AM_ERROR_MISMATCH, "merged.safetensors|mlp-b.safetensors|amalgam align|--ratio");
  self.settings.ratio = 0.5;
  repair = case_try (&self, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (am_repair_get_ratio (repair), ==, 0.5);
  case_clear (&self);
}

/* The merged model and a parent changed places: it lies on the line, but beyond its end. */
static void
test_swapped (void)
{
  AmVisionNetwork *merged;
  Case self;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F32, 50);
  merged = self.network;
  self.network = self.parent_b;
  self.parent_b = merged;
  case_assert_error (&self, AM_ERROR_MISMATCH, "b.safetensors does not lie between|merged.safetensors");
  case_clear (&self);
}

static void
test_other_network (void)
{
  g_autofree char *path = digits_path ("align", "resnet-a.safetensors");
  Case self;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F16, 50);
  am_vision_network_free (self.parent_a);
  self.parent_a = open_network (path);
  case_assert_error (&self, AM_ERROR_MISMATCH, "resnet-a.safetensors|merged.safetensors");
  case_clear (&self);
}

/* The network pools five times, and digits have 8 by 8 pixels. */
static void
test_small_pictures (void)
{
  g_autofree char *a = digits_path ("repair", "vgg-a.safetensors");
  Case self;

  case_init_with (&self, a, a, 0.5, AM_DTYPE_F32, NULL, 50);
  case_assert_error (&self, AM_ERROR_MISMATCH, "merged.safetensors: ");
  case_clear (&self);
}

static void
test_methods_that_do_not_fit (void)
{
  Case perceptron, residual;
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL;

  case_init (&perceptron, "mlp", 0.5, AM_DTYPE_F16, 50);
  perceptron.settings.method = AM_REPAIR_RESET;
  case_assert_error (&perceptron, AM_ERROR_UNSUPPORTED, "merged.safetensors|no batch norm");
  perceptron.settings.method = AM_REPAIR_AUTO;
  repair = am_repair_new (perceptron.network, &perceptron.parent_a, 1, perceptron.dataset,
                          &perceptron.settings, NULL, NULL, &error);
  g_assert_null (repair);
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  case_clear (&perceptron);

  case_init (&residual, "resnet", 0.5, AM_DTYPE_F16, 50);
  residual.settings.method = AM_REPAIR_CLOSED_FORM;
  case_assert_error (&residual, AM_ERROR_UNSUPPORTED, "merged.safetensors|batch norms");
  case_clear (&residual);
}

/* As many samples as the message says do fit. */
static void
test_memory (void)
{
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL, failure = NULL;
  const char *text;
  Case self;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F16, 50);
  self.settings.memory = 50000;
  repair = case_try (&self, &error);
  g_assert_null (repair);
  g_assert_error (error, AM_ERROR, AM_ERROR_NO_SPACE);
  text = strstr (error->message, "; ");
  g_assert_nonnull (text);
  self.settings.n_samples = g_ascii_strtoull (text + 2, NULL, 10);
  g_assert_cmpuint (self.settings.n_samples, >, 5);
  g_assert_cmpuint (self.settings.n_samples, <, 50);
  repair = case_try (&self, &failure);
  g_assert_no_error (failure);
  case_clear (&self);
}

/* A layer that shrank to next to nothing would need weights that half precision cannot hold. */
static void
test_range (void)
{
  g_autofree char *folder = fixture_new_folder ();
  double first[4 * 64], second[10 * 4];
  char *paths[2];
  Case self;

  for (guint k = 0; k < 2; k++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();

      for (guint i = 0; i < G_N_ELEMENTS (first); i++)
        first[i] = (k == 0 ? 60000.0 : -59900.0) * (i % 7 - 3.0) / 3.0;
      for (guint i = 0; i < G_N_ELEMENTS (second); i++)
        second[i] = (k == 0 ? 60000.0 : -59900.0) * (i % 5 - 2.0) / 2.0;
      fixture_add_values (fixture, "first.weight", AM_DTYPE_F32, "4,64", first);
      fixture_add_values (fixture, "second.weight", AM_DTYPE_F32, "10,4", second);
      paths[k] = fixture_write (fixture, folder, k == 0 ? "large-a.safetensors" : "large-b.safetensors");
    }
  case_init_with (&self, paths[0], paths[1], 0.5, AM_DTYPE_F16, NULL, 50);
  self.settings.ratio = 0.5;
  case_assert_error (&self, AM_ERROR_UNSUPPORTED, "merged.safetensors|second.|F16");
  case_clear (&self);
  g_free (paths[0]);
  g_free (paths[1]);
  fixture_remove_folder (folder);
}

static void
cancel_when_repairing (const AmProgressState *state, gpointer user_data)
{
  if (strcmp (state->stage, "Repairing") == 0 && state->done_size > 2)
    g_cancellable_cancel (user_data);
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const AmProgress progress = { cancel_when_repairing, cancellable };
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL;
  Case self;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F16, 50);
  repair = am_repair_new (self.network, (AmVisionNetwork *[]){ self.parent_a, self.parent_b }, 2,
                          self.dataset, &self.settings, &progress, cancellable, &error);
  g_assert_null (repair);
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
  case_clear (&self);
}

static guint
count_files (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
assert_not_written (AmRepair *repair, const char *output, gboolean replace)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (am_repair_write (repair, output, replace, FALSE, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
}

static void
test_output (void)
{
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL, *after = NULL;
  gsize size_before, size_after;
  guint n_files;
  Case self;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F16, 50);
  g_file_get_contents (self.merged, &before, &size_before, NULL);
  repair = case_run (&self);
  n_files = count_files (self.folder);
  assert_not_written (repair, self.output, FALSE);
  assert_not_written (repair, self.merged, TRUE);
  assert_not_written (repair, self.b, TRUE);
  g_assert_true (am_repair_write (repair, self.output, TRUE, FALSE, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_files (self.folder), ==, n_files);
  g_file_get_contents (self.merged, &after, &size_after, NULL);
  g_assert_cmpmem (before, size_before, after, size_after);
  case_clear (&self);
}

/* A merged file that changes under the repair is not copied from. */
static void
test_changed_input (void)
{
  g_autoptr (AmRepair) repair = NULL;
  g_autoptr (GError) error = NULL;
  guint n_files;
  Case self;

  case_init (&self, "mlp", 0.5, AM_DTYPE_F16, 50);
  repair = case_try (&self, &error);
  g_assert_no_error (error);
  n_files = count_files (self.folder);
  g_assert_cmpint (g_chmod (self.merged, 0600), ==, 0);
  g_assert_true (g_file_set_contents (self.merged, "gone", -1, NULL));
  g_assert_false (am_repair_write (repair, self.output, FALSE, FALSE, &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (count_files (self.folder), ==, n_files);
  case_clear (&self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/repair/errors/methods", test_methods);
  g_test_add_func ("/repair/errors/wrong-parent", test_wrong_parent);
  g_test_add_func ("/repair/errors/swapped", test_swapped);
  g_test_add_func ("/repair/errors/other-network", test_other_network);
  g_test_add_func ("/repair/errors/small-pictures", test_small_pictures);
  g_test_add_func ("/repair/errors/methods-that-do-not-fit", test_methods_that_do_not_fit);
  g_test_add_func ("/repair/errors/memory", test_memory);
  g_test_add_func ("/repair/errors/range", test_range);
  g_test_add_func ("/repair/errors/cancel", test_cancel);
  g_test_add_func ("/repair/errors/output", test_output);
  g_test_add_func ("/repair/errors/changed-input", test_changed_input);
  return g_test_run ();
}
