#include "align-support.h"
#include "run-support.h"

#include <math.h>

static gboolean
is_finished (gpointer run)
{
  return am_job_is_finished (am_run_get_job (run));
}

static void
run_to_end (AmRun *run)
{
  am_job_start (am_run_get_job (run));
  desktop_test_wait (is_finished, run);
}

static void
test_done (void)
{
  RunFixture fixture;
  g_autoptr (AmRun) run = NULL;
  const AmRunSummary *summary;

  run_fixture_init (&fixture);
  run = run_fixture_new_run (fixture.a, fixture.b, fixture.folder, "out.safetensors");
  g_assert_cmpstr (am_run_get_title (run), ==, "out.safetensors");
  g_assert_cmpstr (am_run_get_subtitle (run), ==, "Weighted sum: a.safetensors, b.safetensors");
  g_assert_cmpint (am_run_get_started (run), ==, 0);
  g_assert_null (am_run_get_summary (run));
  run_to_end (run);

  g_assert_cmpuint (am_job_get_state (am_run_get_job (run)), ==, AM_JOB_DONE);
  g_assert_cmpint (am_run_get_started (run), >, 0);
  g_assert_true (g_file_test (am_run_get_output (run), G_FILE_TEST_IS_REGULAR));
  g_assert_cmpuint (am_report_get_n_tensors (am_run_get_report (run)), ==, 3);
  summary = am_run_get_summary (run);
  g_assert_cmpuint (summary->counts[AM_ACTION_MERGED], ==, 3);
  g_assert_cmpuint (summary->bytes_written, >, (16 * 8 + 16 + 4 * 16) * sizeof (float));
  run_fixture_clear (&fixture);
}

/* The row of all kinds together is the root of the sums over the tensors. */
static void
test_sums (void)
{
  RunFixture fixture;
  g_autoptr (AmRun) run = NULL;
  const AmRunSummary *summary;
  double moved = 0, norm = 0;
  guint n_in_cells = 0;

  run_fixture_init (&fixture);
  run = run_fixture_new_run (fixture.a, fixture.b, fixture.folder, "out.safetensors");
  run_to_end (run);
  summary = am_run_get_summary (run);
  for (guint i = 0; i < 3; i++)
    {
      const AmTensorOutcome *outcome = am_report_get_outcome (am_run_get_report (run), i);

      g_assert_true (outcome->is_measured);
      moved += pow (outcome->relative_l2 * outcome->norm, 2);
      norm += pow (outcome->norm, 2);
    }
  g_assert_false (summary->has_blocks);
  g_assert_cmpuint (summary->n_columns, ==, 1);
  g_assert_cmpuint (summary->rows[summary->n_rows - 1], ==, AM_N_LAYER_KINDS);
  g_assert_cmpfloat_with_epsilon (summary->moved[summary->n_rows - 1], sqrt (moved / norm), 1e-12);
  g_assert_cmpuint (summary->n_moved[summary->n_rows - 1], ==, 3);
  for (guint row = 0; row + 1 < summary->n_rows; row++)
    n_in_cells += summary->n_moved[row];
  g_assert_cmpuint (n_in_cells, ==, 3);
  run_fixture_clear (&fixture);
}

/* The leading model of the last stage is the result of an earlier one. */
static void
test_stages (void)
{
  RunFixture fixture;
  g_autofree char *yaml = NULL, *output = NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (AmRun) run = NULL;
  GError *error = NULL;

  run_fixture_init (&fixture);
  output = g_build_filename (fixture.folder, "out.safetensors", NULL);
  yaml = g_strdup_printf ("name: half\nmerge_method: weighted_sum\nmodels: [{model: '%s'}, {model: '%s'}]\n"
                          "parameters: {alpha: 0.5}\n---\n"
                          "merge_method: weighted_sum\nmodels: [{model: half}, {model: '%s'}]\n"
                          "parameters: {alpha: 0.5}\n",
                          fixture.a, fixture.b, fixture.b);
  recipes = am_recipes_parse (yaml, -1, "test", &error);
  g_assert_no_error (error);
  run = am_run_new (recipes, output, &(AmRunOptions){ .n_threads = 1, .embeds_metadata = TRUE });
  run_to_end (run);
  g_assert_no_error (am_job_get_error (am_run_get_job (run)));
  g_assert_cmpuint (am_run_get_summary (run)->n_columns, ==, 1);
  g_assert_cmpuint (run_fixture_count_files (fixture.folder), ==, 3);
  run_fixture_clear (&fixture);
}

static void
test_failed (void)
{
  RunFixture fixture;
  g_autoptr (AmRun) run = NULL;

  run_fixture_init (&fixture);
  run = run_fixture_new_run (fixture.a, "/nonexistent/model.safetensors", fixture.folder, "out.safetensors");
  run_to_end (run);
  g_assert_cmpuint (am_job_get_state (am_run_get_job (run)), ==, AM_JOB_FAILED);
  g_assert_nonnull (
      strstr (am_job_get_error (am_run_get_job (run))->message, "/nonexistent/model.safetensors"));
  g_assert_null (am_run_get_report (run));
  g_assert_cmpuint (run_fixture_count_files (fixture.folder), ==, 2);
  run_fixture_clear (&fixture);
}

static void
test_existing_output (void)
{
  RunFixture fixture;
  g_autoptr (AmRun) run = NULL, bold_run = NULL;
  g_autofree char *text = NULL;

  run_fixture_init (&fixture);
  run = run_fixture_new_run (fixture.a, fixture.b, fixture.folder, "out.safetensors");
  g_assert_true (g_file_set_contents (am_run_get_output (run), "precious", -1, NULL));
  run_to_end (run);
  g_assert_cmpuint (am_job_get_state (am_run_get_job (run)), ==, AM_JOB_FAILED);
  g_assert_true (g_file_get_contents (am_run_get_output (run), &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "precious");

  bold_run = am_run_new (am_run_get_recipes (run), am_run_get_output (run),
                         &(AmRunOptions){ .n_threads = 1, .replaces_output = TRUE });
  run_to_end (bold_run);
  g_assert_cmpuint (am_job_get_state (am_run_get_job (bold_run)), ==, AM_JOB_DONE);
  run_fixture_clear (&fixture);
}

static void
cancel_at_work (AmJob *job, GParamSpec *pspec, gpointer user_data)
{
  if (am_job_get_done_size (job) > 0)
    am_job_cancel (job);
}

/* However far the merge has come: either all of the result is there or nothing, and never a temporary file.
 */
static void
check_cancelled (const char *folder, AmRun *run, guint n_before)
{
  gboolean is_done = am_job_get_state (am_run_get_job (run)) == AM_JOB_DONE;

  g_assert_true (is_done || am_job_get_state (am_run_get_job (run)) == AM_JOB_CANCELLED);
  g_assert_cmpint (g_file_test (am_run_get_output (run), G_FILE_TEST_EXISTS), ==, is_done);
  g_assert_cmpuint (run_fixture_count_files (folder), ==, n_before + is_done);
}

static void
test_cancelled (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = NULL, *b = NULL;
  g_autoptr (AmRun) run = NULL, late_run = NULL;
  GError *error = NULL;
  guint n;

  am_demo_write_models (folder, &a, &b, &error);
  g_assert_no_error (error);
  run = run_fixture_new_run (a, b, folder, "at-once.safetensors");
  am_job_start (am_run_get_job (run));
  am_job_cancel (am_run_get_job (run));
  desktop_test_wait (is_finished, run);
  check_cancelled (folder, run, 2);
  n = run_fixture_count_files (folder);

  late_run = run_fixture_new_run (a, b, folder, "midway.safetensors");
  g_signal_connect (am_run_get_job (late_run), "notify::done-size", G_CALLBACK (cancel_at_work), NULL);
  am_job_start (am_run_get_job (late_run));
  desktop_test_wait (is_finished, late_run);
  check_cancelled (folder, late_run, n);
  fixture_remove_folder (folder);
}

static AmRun *
new_aligned_run (const char *a, const char *b, const char *folder)
{
  g_autoptr (AmRun) plain = run_fixture_new_run (a, b, folder, "out.safetensors");
  g_autoptr (AmRecipe) recipe = am_recipe_copy (g_ptr_array_index (am_run_get_recipes (plain), 0));
  g_autoptr (GPtrArray) recipes = g_ptr_array_new ();

  recipe->align = am_align_settings_new ();
  g_ptr_array_add (recipes, recipe);
  return am_run_new (recipes, am_run_get_output (plain), &(AmRunOptions){ .n_threads = 1 });
}

static void
test_aligned (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = perceptron_write (folder, "a.safetensors", 0);
  g_autofree char *b = perceptron_write (folder, "b.safetensors", 5);
  g_autoptr (AmRun) run = new_aligned_run (a, b, folder);
  const AmAlignmentSummary *summary;
  const AmAlignmentLayer *layer;

  run_to_end (run);
  g_assert_no_error (am_job_get_error (am_run_get_job (run)));
  g_assert_cmpuint (am_run_get_summary (run)->alignments->len, ==, 1);
  summary = g_ptr_array_index (am_run_get_summary (run)->alignments, 0);
  g_assert_cmpstr (summary->label, ==, "b.safetensors");
  g_assert_nonnull (strstr (summary->sentence, "32 of 32 units moved"));
  g_assert_true (am_alignment_summary_has_moved (summary));
  g_assert_cmpuint (summary->total.n_moved, ==, PERCEPTRON_UNITS);
  g_assert_cmpuint (summary->layers->len, ==, 1);
  layer = &g_array_index (summary->layers, AmAlignmentLayer, 0);
  g_assert_cmpuint (layer->n_units, ==, PERCEPTRON_UNITS);
  g_assert_cmpuint (layer->n_moved, ==, PERCEPTRON_UNITS);
  g_assert_cmpfloat (layer->similarity_before, <, 0.5);
  g_assert_cmpfloat_with_epsilon (layer->similarity_after, 1, 1e-6);
  fixture_remove_folder (folder);
}

static void
test_not_needed (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = perceptron_write (folder, "a.safetensors", 0);
  g_autofree char *b = perceptron_write (folder, "b.safetensors", 0);
  g_autoptr (AmRun) run = new_aligned_run (a, b, folder);
  const AmAlignmentSummary *summary;

  run_to_end (run);
  summary = g_ptr_array_index (am_run_get_summary (run)->alignments, 0);
  g_assert_nonnull (strstr (summary->sentence, "alignment is not needed"));
  g_assert_false (am_alignment_summary_has_moved (summary));
  fixture_remove_folder (folder);
}

static void
cancel_alignment (AmJob *job, GParamSpec *pspec, gpointer user_data)
{
  if (g_strcmp0 (am_job_get_stage (job), "Aligning") == 0)
    am_job_cancel (job);
}

/* Wherever the cancel reaches it: all of the result is there, or nothing. */
static void
test_cancelled_alignment (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = perceptron_write (folder, "a.safetensors", 0);
  g_autofree char *b = perceptron_write (folder, "b.safetensors", 5);
  g_autoptr (AmRun) run = new_aligned_run (a, b, folder);

  g_signal_connect (am_run_get_job (run), "notify::stage", G_CALLBACK (cancel_alignment), NULL);
  run_to_end (run);
  g_assert_cmpuint (run_fixture_count_files (folder), ==,
                    am_job_get_state (am_run_get_job (run)) == AM_JOB_DONE ? 3 : 2);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_autofree char *data_folder = run_fixture_use_data_folder ();
  int status;

  desktop_test_init (&argc, &argv);

  g_test_add_func ("/run/done", test_done);
  g_test_add_func ("/run/sums", test_sums);
  g_test_add_func ("/run/stages", test_stages);
  g_test_add_func ("/run/failed", test_failed);
  g_test_add_func ("/run/existing-output", test_existing_output);
  g_test_add_func ("/run/cancelled", test_cancelled);
  g_test_add_func ("/run/aligned", test_aligned);
  g_test_add_func ("/run/alignment-not-needed", test_not_needed);
  g_test_add_func ("/run/cancelled-alignment", test_cancelled_alignment);
  status = g_test_run ();
  fixture_remove_folder (data_folder);
  return status;
}
