#include "compare-support.h"

#include <math.h>

#include "compare/comparison-export.h"
#include "compare/comparison-words.h"
#include "compare/figures.h"
#include "compare/tensor-row.h"

static void
assert_text (char *text, const char *expected)
{
  g_autofree char *owned = text;

  g_assert_cmpstr (owned, ==, expected);
}

static void
test_figures (void)
{
  assert_text (am_figure_percent (0.0), "0 %");
  assert_text (am_figure_percent (0.01834), "1.83 %");
  assert_text (am_figure_percent (0.1834), "18.3 %");
  assert_text (am_figure_percent (0.000004), "0.0004 %");
  assert_text (am_figure_percent (12.5), "1250 %");
  assert_text (am_figure_percent (INFINITY), "∞");
  assert_text (am_figure_percent (NAN), "–");
  assert_text (am_figure_cosine (0.9998314), "0.999831");
  assert_text (am_figure_cosine (1.0), "1.000000");
  assert_text (am_figure_cosine (0.9999999), "> 0.999999");
  assert_text (am_figure_cosine (-1.0), "-1.000000");
  assert_text (am_figure_cosine (NAN), "–");
  assert_text (am_figure_value (0.01234), "0.0123");
  assert_text (am_figure_value (NAN), "–");
}

/* No difference looks like none, and none looks like one. */
static void
test_likeness (void)
{
  assert_text (am_figure_likeness (0.0), "100 %");
  assert_text (am_figure_likeness (0.018), "98.2 %");
  assert_text (am_figure_likeness (0.0004), "99.96 %");
  assert_text (am_figure_likeness (0.000004), "99.9996 %");
  assert_text (am_figure_likeness (1e-300), "> 99.9999 %");
  assert_text (am_figure_likeness (1.0), "0 %");
  assert_text (am_figure_likeness (7.0), "0 %");
  assert_text (am_figure_likeness (NAN), "–");
}

static char *demo_folder;
static char *demo_a;
static char *demo_b;

static void
test_demo (void)
{
  g_autoptr (AmComparison) comparison = compare_files (demo_a, demo_b);
  g_autofree char *headline = NULL, *details = NULL;
  const AmCellDifference *all;
  AmCellDifference expected;

  headline = am_comparison_dup_headline (comparison);
  details = am_comparison_dup_details (comparison);
  g_test_message ("%s: %s", headline, details);
  g_assert_nonnull (strstr (headline, "% alike, differing most in "));
  g_assert_nonnull (strstr (details, " tensors differ"));
  g_assert_null (am_comparison_dup_warning (comparison));

  all = am_comparison_get_cell (comparison, AM_BLOCK_NONE, AM_N_LAYER_KINDS);
  am_difference_sum_cell (am_comparison_get_difference (comparison), AM_BLOCK_NONE, AM_N_LAYER_KINDS,
                          &expected);
  g_assert_cmpfloat (all->relative_l2, ==, expected.relative_l2);
  am_difference_sum_cell (am_comparison_get_difference (comparison), 25, AM_LAYER_CONV, &expected);
  g_assert_cmpuint (expected.n_tensors, >, 0);
  g_assert_cmpuint (am_comparison_get_cell (comparison, 25, AM_LAYER_CONV)->n_tensors, ==,
                    expected.n_tensors);
  g_assert_cmpfloat (am_comparison_get_cell (comparison, 25, AM_LAYER_CONV)->maximum, ==, expected.maximum);
}

static void
test_identical (void)
{
  g_autoptr (AmComparison) comparison = compare_files (demo_a, demo_a);

  assert_text (am_comparison_dup_headline (comparison), "Identical");
  assert_text (am_comparison_dup_component_words (comparison, AM_COMPONENT_VAE), "Identical");
}

static const double ones[] = { 1, 1, 1, 1 };
static const double twos[] = { 1, 1, 1, 1.5 };
static const double broken[] = { 1, NAN, INFINITY, 1 };

/* One tensor of every fate. */
static AmComparison *
compare_fates (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) a = fixture_new (), b = fixture_new ();
  g_autofree char *path_a = NULL, *path_b = NULL;
  AmComparison *comparison;

  fixture_add_values (a, "changed", AM_DTYPE_F32, "4", ones);
  fixture_add_values (b, "changed", AM_DTYPE_F16, "4", twos);
  fixture_add_values (a, "equal", AM_DTYPE_F32, "2,2", ones);
  fixture_add_values (b, "equal", AM_DTYPE_F32, "2,2", ones);
  fixture_add_values (a, "broken", AM_DTYPE_F32, "4", ones);
  fixture_add_values (b, "broken", AM_DTYPE_F32, "4", broken);
  fixture_add_values (a, "reshaped", AM_DTYPE_F32, "4", ones);
  fixture_add_values (b, "reshaped", AM_DTYPE_F32, "1,4", ones);
  fixture_add_values (a, "left", AM_DTYPE_F32, "4", ones);
  fixture_add_values (b, "right", AM_DTYPE_F32, "4", ones);
  path_a = fixture_write (a, folder, "a.safetensors");
  path_b = fixture_write (b, folder, "b.safetensors");
  comparison = compare_files (path_a, path_b);
  fixture_remove_folder (folder);
  return comparison;
}

static AmTensorRow *
find_row (AmComparison *comparison, const char *name)
{
  const AmDifference *difference = am_comparison_get_difference (comparison);

  for (guint i = 0; i < difference->n_tensors; i++)
    if (g_str_equal (difference->tensors[i].name, name))
      return am_tensor_row_new (comparison, i);
  g_assert_not_reached ();
}

static void
assert_row (AmComparison *comparison, const char *name, AmTensorScope scope, const char *shape,
            const char *relative, const char *state)
{
  g_autoptr (AmTensorRow) row = find_row (comparison, name);

  g_assert_true (am_tensor_row_is_in_scope (row, AM_SCOPE_ALL));
  g_assert_true (am_tensor_row_is_in_scope (row, scope));
  for (guint other = AM_SCOPE_EQUAL; other < AM_SCOPE_NOT_FINITE; other++)
    if (other != scope)
      g_assert_false (am_tensor_row_is_in_scope (row, other));
  assert_text (am_tensor_row_dup_text (row, AM_TENSOR_NAME), name);
  assert_text (am_tensor_row_dup_text (row, AM_TENSOR_BLOCK), "–");
  assert_text (am_tensor_row_dup_text (row, AM_TENSOR_SHAPE), shape);
  assert_text (am_tensor_row_dup_text (row, AM_TENSOR_RELATIVE_L2), relative);
  assert_text (am_tensor_row_dup_text (row, AM_TENSOR_STATE), state);
}

static void
test_rows (void)
{
  g_autoptr (AmComparison) comparison = compare_fates ();

  assert_row (comparison, "changed", AM_SCOPE_DIFFERENT, "4 F32 → F16", "25.0 %", "Different");
  assert_row (comparison, "equal", AM_SCOPE_EQUAL, "2×2 F32", "0 %", "Identical");
  assert_row (comparison, "broken", AM_SCOPE_NOT_FINITE, "4 F32", "0 %", "NaN or infinity in B");
  assert_row (comparison, "reshaped", AM_SCOPE_SHAPE, "4 F32 → 1×4 F32", "–", "Different shapes");
  assert_row (comparison, "left", AM_SCOPE_ONLY_A, "4 F32", "–", "Only in A");
  assert_row (comparison, "right", AM_SCOPE_ONLY_B, "4 F32", "–", "Only in B");
}

static void
test_counts (void)
{
  g_autoptr (AmComparison) comparison = compare_fates ();
  const AmComponentDifference *total = am_comparison_get_total (comparison);

  g_assert_cmpuint (total->n_tensors, ==, 6);
  g_assert_cmpuint (total->n_shared, ==, 3);
  g_assert_cmpuint (total->n_compared, ==, 3);
  g_assert_cmpuint (total->n_equal, ==, 1);
  g_assert_cmpuint (total->n_only_a, ==, 1);
  g_assert_cmpuint (total->n_only_b, ==, 1);
  g_assert_cmpuint (total->n_shape, ==, 1);
  g_assert_cmpuint (total->n_not_finite, ==, 1);
}

/* A figure that is missing never stands where the tensors that differ most do. */
static void
test_order (void)
{
  g_autoptr (AmComparison) comparison = compare_fates ();
  g_autoptr (AmTensorRow) changed = find_row (comparison, "changed");
  g_autoptr (AmTensorRow) equal = find_row (comparison, "equal");
  g_autoptr (AmTensorRow) left = find_row (comparison, "left");

  g_assert_cmpint (am_tensor_row_compare (changed, equal, AM_TENSOR_RELATIVE_L2), >, 0);
  g_assert_cmpint (am_tensor_row_compare (equal, left, AM_TENSOR_RELATIVE_L2), >, 0);
  g_assert_cmpint (am_tensor_row_compare (changed, equal, AM_TENSOR_MAXIMUM), >, 0);
  g_assert_cmpint (am_tensor_row_compare (equal, left, AM_TENSOR_MAXIMUM), >, 0);
  g_assert_cmpint (am_tensor_row_compare (changed, equal, AM_TENSOR_COSINE), <, 0);
  g_assert_cmpint (am_tensor_row_compare (equal, left, AM_TENSOR_COSINE), <, 0);
  g_assert_cmpint (am_tensor_row_compare (changed, equal, AM_TENSOR_NAME), <, 0);
  g_assert_cmpint (am_tensor_row_compare (equal, equal, AM_TENSOR_BLOCK), ==, 0);
}

static AmComparison *
compare_two (const char *name_a, AmDtype dtype_a, const char *name_b, AmDtype dtype_b)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) a = fixture_new (), b = fixture_new ();
  g_autofree char *path_a = NULL, *path_b = NULL;
  AmComparison *comparison;

  fixture_add_values (a, name_a, dtype_a, "4", ones);
  fixture_add_values (b, name_b, dtype_b, "4", ones);
  path_a = fixture_write (a, folder, "a.safetensors");
  path_b = fixture_write (b, folder, "b.safetensors");
  comparison = compare_files (path_a, path_b);
  fixture_remove_folder (folder);
  return comparison;
}

static void
test_other_type (void)
{
  g_autoptr (AmComparison) comparison = compare_two ("x", AM_DTYPE_F32, "x", AM_DTYPE_BF16);

  assert_text (am_comparison_dup_headline (comparison), "Identical");
  assert_text (am_comparison_dup_details (comparison),
               "Every value of 1 tensor is the same, though stored in another type.");
}

static void
test_nothing_in_common (void)
{
  g_autoptr (AmComparison) comparison = compare_two ("x", AM_DTYPE_F32, "y", AM_DTYPE_F32);

  assert_text (am_comparison_dup_headline (comparison), "Nothing in common");
  assert_text (am_comparison_dup_component_words (comparison, AM_COMPONENT_MODEL), "No tensor in common");
  g_assert_true (isnan (am_comparison_get_total (comparison)->relative_l2));
}

/* A LoRA beside a checkpoint: told apart, and nothing of the rest is claimed. */
static void
test_mismatch (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *other = NULL, *warning = NULL;
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (AmComparison) comparison = NULL;

  fixture_add_random (fixture, "lora_unet_mid_block.lora_down.weight", AM_DTYPE_F16, "4,8", 1, 1.0);
  fixture_add_random (fixture, "lora_unet_mid_block.lora_up.weight", AM_DTYPE_F16, "8,4", 2, 1.0);
  other = fixture_write (fixture, folder, "other.safetensors");
  comparison = compare_files (demo_a, other);
  warning = am_comparison_dup_warning (comparison);
  g_assert_nonnull (warning);
  g_assert_nonnull (strstr (warning, "A is “Stable Diffusion 1"));
  g_assert_nonnull (strstr (warning, "Compared are the 0 tensors"));
  fixture_remove_folder (folder);
}

static AmJobState export(AmComparison *comparison, AmExportKind kind, const char *path)
{
  g_autoptr (AmJob) job = am_comparison_export_job_new (comparison, kind, path);

  am_job_start (job);
  desktop_test_wait (is_job_finished, job);
  return am_job_get_state (job);
}

static void
test_export (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *json = g_build_filename (folder, "out.json", NULL);
  g_autofree char *picture = g_build_filename (folder, "out.png", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing", "out.json", NULL);
  g_autofree char *text = NULL, *expected = NULL;
  g_autoptr (AmComparison) comparison = compare_files (demo_a, demo_b);
  g_autoptr (GdkTexture) texture = NULL;

  assert_text (am_comparison_dup_export_name (comparison, AM_EXPORT_JSON), "base-style.json");
  assert_text (am_comparison_dup_export_name (comparison, AM_EXPORT_PICTURE), "base-style.png");
  g_assert_cmpint (export(comparison, AM_EXPORT_JSON, json), ==, AM_JOB_DONE);
  g_assert_true (g_file_get_contents (json, &text, NULL, NULL));
  expected = am_difference_to_json (am_comparison_get_difference (comparison),
                                    am_comparison_get_model (comparison, AM_SIDE_A),
                                    am_comparison_get_model (comparison, AM_SIDE_B));
  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpint (export(comparison, AM_EXPORT_PICTURE, picture), ==, AM_JOB_DONE);
  texture = gdk_texture_new_from_filename (picture, NULL);
  g_assert_nonnull (texture);
  g_assert_cmpint (export(comparison, AM_EXPORT_JSON, missing), ==, AM_JOB_FAILED);
  fixture_remove_folder (folder);
}

/* Whatever the user picks in the dialog, a checkpoint is never written over. */
static void
test_export_over_input (void)
{
  g_autoptr (AmComparison) comparison = compare_files (demo_a, demo_b);
  g_autoptr (AmComparison) again = NULL;

  g_assert_cmpint (export(comparison, AM_EXPORT_JSON, demo_b), ==, AM_JOB_FAILED);
  g_assert_cmpint (export(comparison, AM_EXPORT_PICTURE, demo_a), ==, AM_JOB_FAILED);
  again = compare_files (demo_a, demo_b);
  g_assert_cmpfloat (am_comparison_get_total (again)->relative_l2, ==,
                     am_comparison_get_total (comparison)->relative_l2);
}

int
main (int argc, char **argv)
{
  int status;

  desktop_test_init (&argc, &argv);
  demo_folder = fixture_new_folder ();
  g_assert_true (am_demo_write_models (demo_folder, &demo_a, &demo_b, NULL));

  g_test_add_func ("/compare-words/figures", test_figures);
  g_test_add_func ("/compare-words/likeness", test_likeness);
  g_test_add_func ("/compare-words/demo", test_demo);
  g_test_add_func ("/compare-words/identical", test_identical);
  g_test_add_func ("/compare-words/rows", test_rows);
  g_test_add_func ("/compare-words/counts", test_counts);
  g_test_add_func ("/compare-words/order", test_order);
  g_test_add_func ("/compare-words/other-type", test_other_type);
  g_test_add_func ("/compare-words/nothing-in-common", test_nothing_in_common);
  g_test_add_func ("/compare-words/mismatch", test_mismatch);
  g_test_add_func ("/compare-words/export", test_export);
  g_test_add_func ("/compare-words/export-over-input", test_export_over_input);
  status = g_test_run ();

  fixture_remove_folder (demo_folder);
  g_free (demo_a);
  g_free (demo_b);
  g_free (demo_folder);
  return status;
}
