/* Recipes of several stages: what they must leave alone, and when they say so. */
#include <string.h>

#include <glib/gstdio.h>

#include "merge-fixture.h"

#define STAGES                                                                                               \
  "name: half\nmerge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\n---\n"            \
  "merge_method: weighted_sum\nmodels: [half, DIR/c.safetensors]\n"

static char *
new_folder_of_three (void)
{
  char *folder = fixture_new_folder ();

  for (guint i = 0; i < 3; i++)
    {
      static const char *const names[] = { "a.safetensors", "b.safetensors", "c.safetensors" };
      g_autoptr (Fixture) fixture = fixture_new ();

      fixture_add_random (fixture, "x", AM_DTYPE_F32, "100", i, 1.0);
      g_free (fixture_write (fixture, folder, names[i]));
    }
  return folder;
}

/* The first stage's input is no input of the last one, and as precious. */
static void
test_output_is_an_early_input (void)
{
  g_autofree char *folder = new_folder_of_three ();
  g_autofree char *input = g_build_filename (folder, "a.safetensors", NULL);
  g_autofree char *before = file_digest (input);
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;
  AmMergeOptions force = { .force = TRUE };
  g_autoptr (AmReport) report = merge_run (STAGES, folder, "a.safetensors", &force, &error);

  g_assert_null (report);
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  g_assert_nonnull (strstr (error->message, "one of the inputs"));
  after = file_digest (input);
  g_assert_cmpstr (after, ==, before);
  g_assert_cmpuint (count_entries (folder), ==, 3);
  fixture_remove_folder (folder);
}

static void
count_call (const AmProgressState *state G_GNUC_UNUSED, gpointer n_calls)
{
  (*(guint *)n_calls)++;
}

/* An existing output is refused before the first stage runs. */
static void
test_existing_output (void)
{
  g_autofree char *folder = new_folder_of_three ();
  g_autofree char *output = g_build_filename (folder, "out.safetensors", NULL);
  g_autoptr (GPtrArray) recipes = recipes_new (STAGES, folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = am_plan_new (recipes, NULL, &error);
  guint n_calls = 0;
  AmProgress progress = { .func = count_call, .user_data = &n_calls };
  g_autoptr (AmReport) report = NULL;

  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (output, "precious", -1, NULL));
  report = am_merge_run (plan, output, &progress, NULL, &error);
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  g_assert_cmpuint (n_calls, ==, 0);
  fixture_remove_folder (folder);
}

/* What a killed run left beside the output goes; the results of stages go with the run. */
static void
test_leftovers (void)
{
  g_autofree char *folder = new_folder_of_three ();
  g_autofree char *stale = g_build_filename (folder, ".amalgam-stages-dead00", NULL);
  g_autofree char *file = g_build_filename (stale, "stage-0.safetensors", NULL);
  g_autofree char *merged = NULL;

  g_assert_cmpint (g_mkdir (stale, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, "half", -1, NULL));
  merged = merge_into (STAGES, folder, "out.safetensors", NULL);
  g_assert_cmpuint (count_entries (folder), ==, 4);
  fixture_remove_folder (folder);
}

/* The report knows an earlier result by the name of its stage. */
static void
test_stage_names (void)
{
  g_autofree char *folder = new_folder_of_three ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReport) report = merge_run (STAGES, folder, "out.safetensors", NULL, &error);
  g_autofree char *json = NULL;

  g_assert_no_error (error);
  json = am_report_to_json (report);
  g_assert_nonnull (strstr (json, "\"half\""));
  g_assert_null (strstr (json, "amalgam-stages"));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stages/output-is-an-early-input", test_output_is_an_early_input);
  g_test_add_func ("/stages/existing-output", test_existing_output);
  g_test_add_func ("/stages/leftovers", test_leftovers);
  g_test_add_func ("/stages/names", test_stage_names);
  return g_test_run ();
}
