/* Whole merges of small files: values, policies, safety, same bytes. */
#include "merge-fixture.h"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#define WEIGHTED                                                                                             \
  "merge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nparameters: {alpha: 0.3}\n"

static void
write_pair (const char *folder, AmDtype dtype)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();
      g_autofree char *path = NULL;

      fixture_add_random (fixture, "big.weight", dtype, "700,1000", 10 + i, 0.05);
      fixture_add_random (fixture, "middle.weight", dtype, "33,7,3,3", 20 + i, 0.5);
      fixture_add_random (fixture, "small.bias", dtype, "33", 30 + i, 1.0);
      fixture_add_random (fixture, "scalar", dtype, "", 40 + i, 1.0);
      fixture_add_random (fixture, "empty", dtype, "0,5", 50 + i, 1.0);
      path = fixture_write (fixture, folder, i == 0 ? "a.safetensors" : "b.safetensors");
    }
}

static void
test_weighted_sum (void)
{
  static const struct
  {
    AmDtype dtype;
    double tolerance;
    double smallest; /* half the least subnormal */
  } cases[] = {
    { AM_DTYPE_F64, 1e-15, 0 }, { AM_DTYPE_F32, 1e-7, 0 },        { AM_DTYPE_F16, 5e-4, 3e-8 },
    { AM_DTYPE_BF16, 4e-3, 0 }, { AM_DTYPE_F8_E4M3, 0.07, 1e-3 }, { AM_DTYPE_F8_E5M2, 0.13, 8e-6 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *folder = fixture_new_folder ();
      g_autofree char *merged = NULL;

      write_pair (folder, cases[i].dtype);
      merged = merge_into (WEIGHTED, folder, "c.safetensors", NULL);
      check_weighted (folder, merged, "big.weight", 0.3, cases[i].tolerance, cases[i].smallest);
      check_weighted (folder, merged, "middle.weight", 0.3, cases[i].tolerance, cases[i].smallest);
      check_weighted (folder, merged, "small.bias", 0.3, cases[i].tolerance, cases[i].smallest);
      check_weighted (folder, merged, "scalar", 0.3, cases[i].tolerance, cases[i].smallest);
      fixture_remove_folder (folder);
    }
}

static void
test_same_bytes (void)
{
  static const char *const recipes[] = {
    WEIGHTED,
    "merge_method: slerp\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nparameters: {t: 0.4}\n",
    ("merge_method: dare_ties\nbase_model: DIR/a.safetensors\nmodels: [DIR/b.safetensors]\n"
     "parameters: {density: 0.5, weight: 0.7}\nseed: 3\n"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (recipes); i++)
    {
      g_autofree char *folder = fixture_new_folder ();
      g_autofree char *first = NULL;

      write_pair (folder, AM_DTYPE_F16);
      for (guint n = 1; n <= 7; n += 2)
        {
          AmMergeOptions options = { .n_threads = n, .force = TRUE, .no_sync = n % 2 };
          g_autofree char *path = merge_into (recipes[i], folder, "c.safetensors", &options);
          g_autofree char *digest = file_digest (path);

          if (first == NULL)
            first = g_strdup (digest);
          g_assert_cmpstr (digest, ==, first);
        }
      fixture_remove_folder (folder);
    }
}

static void
test_replay (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *merged = NULL;
  g_autofree char *again = g_build_filename (folder, "d.safetensors", NULL);
  g_autofree char *digest = NULL, *digest_again = NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;
  g_autoptr (GError) error = NULL;
  AmMergeOptions options = { .recipe_folder = folder };

  write_pair (folder, AM_DTYPE_F16);
  merged = merge_into (WEIGHTED, folder, "c.safetensors", NULL);
  recipes = am_recipes_load (merged, &error);
  g_assert_no_error (error);
  plan = am_plan_new (recipes, &options, &error);
  g_assert_no_error (error);
  report = am_merge_run (plan, again, NULL, NULL, &error);
  g_assert_no_error (error);
  digest = file_digest (merged);
  digest_again = file_digest (again);
  g_assert_cmpstr (digest, ==, digest_again);
  fixture_remove_folder (folder);
}

/* A replay must not quietly use another file of the same name. */
static void
test_replay_refuses_other_input (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *merged = NULL;
  g_autofree char *again = g_build_filename (folder, "d.safetensors", NULL);
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (Fixture) other = fixture_new ();
  g_autofree char *path = NULL;
  AmMergeOptions options = { .recipe_folder = folder };

  write_pair (folder, AM_DTYPE_F16);
  merged = merge_into (WEIGHTED, folder, "c.safetensors", NULL);
  fixture_add_random (other, "small.bias", AM_DTYPE_F16, "33", 99, 1.0);
  path = fixture_write (other, folder, "b.safetensors");
  recipes = am_recipes_load (merged, &error);
  g_assert_no_error (error);
  plan = am_plan_new (recipes, &options, &error);
  g_assert_no_error (error);
  report = am_merge_run (plan, again, NULL, NULL, &error);
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_null (report);
  g_assert_false (g_file_test (again, G_FILE_TEST_EXISTS));
  fixture_remove_folder (folder);
}

static void
test_policies (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) a = fixture_new ();
  g_autoptr (Fixture) b = fixture_new ();
  g_autofree char *path_a = NULL, *path_b = NULL, *merged = g_build_filename (folder, "c.safetensors", NULL);
  g_autoptr (AmReport) report = NULL;
  g_autoptr (GError) error = NULL;
  gint64 whole[3] = { 7, -1, 1LL << 60 };
  gint64 other[3] = { 9, 9, 9 };
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  gint64 read_back[3];

  for (guint i = 0; i < 2; i++)
    {
      Fixture *fixture = i == 0 ? a : b;

      fixture_add_random (fixture, "both.weight", AM_DTYPE_F32, "8,4", 1 + i, 1.0);
      fixture_add_random (fixture, "shape.weight", AM_DTYPE_F32, i == 0 ? "4,4" : "4,5", 3 + i, 1.0);
      fixture_add_random (fixture, i == 0 ? "only_a" : "only_b", AM_DTYPE_F32, "3", 5 + i, 1.0);
      fixture_add_bytes (fixture, "count", AM_DTYPE_I64, "3", i == 0 ? whole : other);
      fixture_add_random (fixture, "drop.me", AM_DTYPE_F32, "3", 7 + i, 1.0);
    }
  path_a = fixture_write (a, folder, "a.safetensors");
  path_b = fixture_write (b, folder, "b.safetensors");
  report = merge_run (WEIGHTED "discard: ['^drop\\.']\n", folder, "c.safetensors", NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (report_count (report, AM_ACTION_MERGED), ==, 1);
  g_assert_cmpuint (report_count (report, AM_ACTION_COPIED_SHAPE_MISMATCH), ==, 1);
  g_assert_cmpuint (report_count (report, AM_ACTION_COPIED_ONE_SIDED), ==, 2);
  g_assert_cmpuint (report_count (report, AM_ACTION_COPIED_INTEGER), ==, 1);
  g_assert_cmpuint (report_count (report, AM_ACTION_DISCARDED), ==, 1);

  checkpoint = am_checkpoint_open (merged, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 5);
  g_assert_null (am_checkpoint_find (checkpoint, "drop.me", NULL));
  am_checkpoint_read_bytes (checkpoint, am_checkpoint_find (checkpoint, "count", NULL), 0, sizeof read_back,
                            read_back, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (read_back, sizeof read_back, whole, sizeof whole);
  fixture_remove_folder (folder);
}

static void
test_nothing_merged_is_an_error (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReport) report = NULL;

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();
      g_autofree char *path = NULL;

      fixture_add_random (fixture, "x", AM_DTYPE_F32, i == 0 ? "3" : "4", 1, 1.0);
      path = fixture_write (fixture, folder, i == 0 ? "a.safetensors" : "b.safetensors");
    }
  report = merge_run (WEIGHTED, folder, "c.safetensors", NULL, &error);
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_cmpuint (count_entries (folder), ==, 2);
  fixture_remove_folder (folder);
}

static void
test_shards (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *whole = NULL, *sharded = NULL;
  g_autofree double *values = NULL, *from_shards = NULL;
  g_autofree char *index = NULL;
  guint64 n = 0;

  write_pair (folder, AM_DTYPE_F16);
  whole = merge_into (WEIGHTED, folder, "c.safetensors", NULL);
  sharded = merge_into (WEIGHTED "output: {shard_size: 4KB}\n", folder, "sharded", NULL);
  index = g_build_filename (sharded, "model.safetensors.index.json", NULL);
  g_assert_true (g_file_test (index, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_entries (sharded), >, 2);
  values = read_values (whole, "middle.weight", &n);
  from_shards = read_values (sharded, "middle.weight", NULL);
  g_assert_cmpmem (values, n * sizeof *values, from_shards, n * sizeof *values);
  fixture_remove_folder (folder);
}

static void
test_stages (void)
{
  static const char yaml[]
      = "name: half\nmerge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\n"
        "parameters: {alpha: 0.5}\n---\n"
        "merge_method: weighted_sum\nmodels: [half, DIR/b.safetensors]\nparameters: {alpha: 0.5}\n";
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *merged = NULL;

  write_pair (folder, AM_DTYPE_F64);
  merged = merge_into (yaml, folder, "c.safetensors", NULL);
  check_weighted (folder, merged, "big.weight", 0.75, 1e-15, 0);
  g_assert_cmpuint (count_entries (folder), ==, 3);
  fixture_remove_folder (folder);
}

static void
test_existing_output (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *existing = g_build_filename (folder, "c.safetensors", NULL);
  g_autofree char *text = NULL;
  g_autoptr (AmReport) report = NULL;
  g_autoptr (AmReport) onto_input = NULL;
  g_autoptr (GError) error = NULL;
  AmMergeOptions force = { .force = TRUE };

  write_pair (folder, AM_DTYPE_F16);
  g_assert_true (g_file_set_contents (existing, "precious", -1, NULL));
  report = merge_run (WEIGHTED, folder, "c.safetensors", NULL, &error);
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  g_assert_true (g_file_get_contents (existing, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "precious");

  g_clear_error (&error);
  onto_input = merge_run (WEIGHTED, folder, "a.safetensors", &force, &error);
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  fixture_remove_folder (folder);
}

static void
cancel_soon (const AmProgressState *state, gpointer cancellable)
{
  if (state->done_size > 0)
    g_cancellable_cancel (cancellable);
}

static void
test_cancel (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "c.safetensors", NULL);
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  AmProgress progress = { cancel_soon, cancellable };

  write_pair (folder, AM_DTYPE_F16);
  recipes = recipes_new (WEIGHTED, folder);
  plan = am_plan_new (recipes, NULL, &error);
  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  report = am_merge_run (plan, path, &progress, cancellable, &error);
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
  g_assert_null (report);
  g_assert_cmpuint (count_entries (folder), ==, 2);
  fixture_remove_folder (folder);
}

static void
test_measure (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (AmReport) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree double *a = NULL, *out = NULL;
  g_autofree char *path_a = NULL, *merged = NULL, *json = NULL;
  AmMergeOptions options = { .measure = TRUE, .n_threads = 3 };
  double moved = 0, norm = 0;
  guint64 n = 0;
  guint at = 0;

  write_pair (folder, AM_DTYPE_F32);
  report = merge_run (WEIGHTED, folder, "c.safetensors", &options, &error);
  g_assert_no_error (error);
  path_a = g_build_filename (folder, "a.safetensors", NULL);
  merged = g_build_filename (folder, "c.safetensors", NULL);
  a = read_values (path_a, "big.weight", &n);
  out = read_values (merged, "big.weight", NULL);
  for (guint64 i = 0; i < n; i++)
    {
      moved += (out[i] - a[i]) * (out[i] - a[i]);
      norm += a[i] * a[i];
    }
  while (strcmp (am_report_get_tensor (report, at)->name, "big.weight") != 0)
    at++;
  g_assert_true (am_report_get_outcome (report, at)->is_measured);
  g_assert_cmpfloat_with_epsilon (am_report_get_outcome (report, at)->relative_l2, sqrt (moved / norm),
                                  1e-12);
  g_assert_cmpfloat_with_epsilon (am_report_get_outcome (report, at)->norm, sqrt (norm), 1e-9 * sqrt (norm));
  json = am_report_to_json (report);
  g_assert_nonnull (strstr (json, "\"relative_l2\""));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/merge/weighted-sum", test_weighted_sum);
  g_test_add_func ("/merge/same-bytes", test_same_bytes);
  g_test_add_func ("/merge/replay", test_replay);
  g_test_add_func ("/merge/replay-refuses-other-input", test_replay_refuses_other_input);
  g_test_add_func ("/merge/policies", test_policies);
  g_test_add_func ("/merge/nothing-merged", test_nothing_merged_is_an_error);
  g_test_add_func ("/merge/shards", test_shards);
  g_test_add_func ("/merge/stages", test_stages);
  g_test_add_func ("/merge/existing-output", test_existing_output);
  g_test_add_func ("/merge/cancel", test_cancel);
  g_test_add_func ("/merge/measure", test_measure);
  return g_test_run ();
}
