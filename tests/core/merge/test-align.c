/* Merges whose models are aligned first: what alignment finds, any method goes on with. */
#include <string.h>

#include "align-fixture.h"

static char *
list_models (const AmMethod *method, const char *ending)
{
  g_autoptr (GString) yaml = g_string_new (NULL);
  guint n = CLAMP (method->base == AM_BASE_REQUIRED ? 1 : 2, method->min_models, method->max_models);

  g_string_append_printf (yaml, "merge_method: %s\n", method->id);
  if (method->base != AM_BASE_NONE)
    g_string_append (yaml, "base_model: DIR/a.safetensors\n");
  g_string_append (yaml, "models:\n");
  if (method->base == AM_BASE_NONE)
    g_string_append (yaml, "  - DIR/a.safetensors\n");
  for (guint i = method->base == AM_BASE_NONE; i < n; i++)
    g_string_append_printf (yaml, "  - DIR/%c%s.safetensors\n", "bc"[i % 2], ending);
  return g_strdup (yaml->str);
}

/* With align, the order of the units of all but the first model makes no difference to any method. */
static void
test_every_method (void)
{
  g_autofree char *folder = new_folder_of_models ();
  guint n_tried = 0;

  for (guint i = 0; i < am_method_get_count (); i++)
    {
      const AmMethod *method = am_method_get (i);
      g_autofree char *plain = list_models (method, "");
      g_autofree char *moved = list_models (method, "-moved");
      g_autofree char *aligned = g_strconcat (moved, "align: true\n", NULL);
      AmMergeOptions options = { .force = TRUE, .no_sync = TRUE };
      g_autofree char *one = NULL;
      g_autofree char *other = NULL;

      /* Statistics would be those of units in another order. */
      if (method->statistics != AM_STATISTICS_NONE
          || (method->min_models < 2 && method->base == AM_BASE_NONE))
        continue;
      one = merge_into (plain, folder, "one.safetensors", &options);
      other = merge_into (aligned, folder, "other.safetensors", &options);
      assert_same_values (one, other);
      n_tried++;
    }
  g_assert_cmpuint (n_tried, >, 20);
  fixture_remove_folder (folder);
}

static void
test_without_align_it_differs (void)
{
  g_autofree char *folder = new_folder_of_models ();
  AmMergeOptions options = { .no_sync = TRUE };
  g_autofree char *one = merge_into (TWO ("weighted_sum", "b"), folder, "one.safetensors", &options);
  g_autofree char *other
      = merge_into (TWO ("weighted_sum", "b-moved"), folder, "other.safetensors", &options);
  guint64 length;
  g_autofree double *a = read_values (one, "fc2.weight", &length);
  g_autofree double *b = read_values (other, "fc2.weight", &length);

  g_assert_cmpint (memcmp (a, b, length * sizeof *a), !=, 0);
  fixture_remove_folder (folder);
}

/* One model alone is aligned to a further file, which is not merged. */
static void
test_to_file (void)
{
  g_autofree char *folder = new_folder_of_models ();
  g_autofree char *b = g_build_filename (folder, "b.safetensors", NULL);
  AmMergeOptions options = { .no_sync = TRUE };
  g_autofree char *out = merge_into ("merge_method: passthrough\nmodels: [DIR/b-moved.safetensors]\n"
                                     "align:\n  file: DIR/a.safetensors\n",
                                     folder, "out.safetensors", &options);

  assert_same_values (out, b);
  fixture_remove_folder (folder);
}

static void
test_to_mean (void)
{
  g_autofree char *folder = new_folder_of_models ();
  AmMergeOptions options = { .no_sync = TRUE };
  g_autofree char *plain = merge_into (
      "merge_method: linear\nmodels: [DIR/a.safetensors, DIR/b.safetensors, DIR/c.safetensors]\n", folder,
      "plain.safetensors", &options);
  g_autofree char *mean
      = merge_into ("merge_method: linear\nmodels: [DIR/a.safetensors, DIR/b-moved.safetensors, "
                    "DIR/c-moved.safetensors]\nalign:\n  to: mean\n",
                    folder, "mean.safetensors", &options);

  assert_same_values (plain, mean);
  fixture_remove_folder (folder);
}

static AmReport *
report_on (const char *folder, const char *yaml)
{
  AmMergeOptions options = { .force = TRUE, .no_sync = TRUE };
  g_autoptr (GError) error = NULL;
  AmReport *report = merge_run (yaml, folder, "out.safetensors", &options, &error);

  g_assert_no_error (error);
  return report;
}

static void
test_report (void)
{
  g_autofree char *folder = new_folder_of_models ();
  g_autoptr (AmReport) report = report_on (folder, TWO ("weighted_sum", "b-moved") "align: true\n");
  const GPtrArray *alignments = am_report_get_alignments (report);
  const AmAlignment *alignment = g_ptr_array_index (alignments, 0);
  const AmAlignmentLayer *total = am_alignment_get_total (alignment);
  g_autofree char *json = am_report_to_json (report);
  g_autofree char *sentence = am_alignment_describe (alignment);

  g_assert_cmpuint (alignments->len, ==, 1);
  g_assert_cmpstr (am_alignment_get_label (alignment), ==, "b-moved.safetensors");
  g_assert_cmpuint (am_alignment_get_n_layers (alignment), ==, 2);
  g_assert_cmpuint (total->n_units, ==, 48);
  g_assert_cmpuint (total->n_moved, >, 40);
  g_assert_cmpfloat (total->similarity_after, >, 0.99);
  g_assert_cmpfloat (total->similarity_before, <, 0.5);
  g_assert_cmpfloat (total->distance_after, <, total->distance_before / 5);
  g_assert_nonnull (strstr (json, "\"alignments\""));
  g_assert_nonnull (strstr (sentence, "of 48 units moved, in 2 of 2 layers"));
  fixture_remove_folder (folder);
}

/* Siblings of one base: the report says plainly that there was no need. */
static void
test_nothing_moves (void)
{
  g_autofree char *folder = new_folder_of_models ();
  g_autoptr (AmReport) report = report_on (folder, TWO ("weighted_sum", "b") "align: true\n");
  const AmAlignment *alignment = g_ptr_array_index (am_report_get_alignments (report), 0);
  const AmAlignmentLayer *total = am_alignment_get_total (alignment);
  g_autofree char *sentence = am_alignment_describe (alignment);

  g_assert_cmpuint (total->n_moved, ==, 0);
  g_assert_cmpfloat (total->similarity_before, ==, total->similarity_after);
  g_assert_nonnull (strstr (sentence, "alignment is not needed"));
  fixture_remove_folder (folder);
}

static void
test_stages (void)
{
  g_autofree char *folder = new_folder_of_models ();
  AmMergeOptions options = { .no_sync = TRUE };
  g_autofree char *plain
      = merge_into ("name: half\n" TWO ("weighted_sum", "b") "---\nmerge_method: weighted_sum\n"
                                                             "models: [half, DIR/c.safetensors]\n",
                    folder, "plain.safetensors", &options);
  g_autofree char *aligned = merge_into (
      "name: half\n" TWO ("weighted_sum", "b-moved") "align: true\n---\nmerge_method: weighted_sum\n"
                                                     "models: [half, DIR/c-moved.safetensors]\nalign: true\n",
      folder, "aligned.safetensors", &options);

  assert_same_values (plain, aligned);
  fixture_remove_folder (folder);
}

static void
check_refused (const char *folder, const char *yaml, AmError code, const char *words)
{
  AmMergeOptions options = { .no_sync = TRUE };
  g_autoptr (GError) error = NULL;
  guint before = count_entries (folder);
  g_autoptr (AmReport) report = merge_run (yaml, folder, "out.safetensors", &options, &error);

  g_assert_null (report);
  g_assert_error (error, AM_ERROR, (gint)code);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_cmpuint (count_entries (folder), ==, before);
}

static void
test_refused (void)
{
  g_autofree char *folder = new_folder_of_models ();
  g_autoptr (Fixture) unknown = fixture_new ();

  fixture_add_random (unknown, "x", AM_DTYPE_F32, "4,4,4", 1, 1.0);
  g_free (fixture_write (unknown, folder, "unknown.safetensors"));
  check_refused (folder, "merge_method: passthrough\nmodels: [DIR/a.safetensors]\nalign: true\n",
                 AM_ERROR_BAD_RECIPE, "needs something to align to");
  check_refused (folder, TWO ("weighted_sum", "b") "align:\n  file: DIR/none.safetensors\n",
                 AM_ERROR_NOT_FOUND, "none.safetensors");
  check_refused (folder, TWO ("weighted_sum", "b") "align:\n  architecture: DIR/none.yaml\n",
                 AM_ERROR_NOT_FOUND, "none.yaml");
  check_refused (folder, TWO ("weighted_sum", "b") "align:\n  file: DIR/unknown.safetensors\n",
                 AM_ERROR_MISMATCH, "unknown.safetensors");
  check_refused (folder,
                 "merge_method: weighted_sum\nmodels: [DIR/unknown.safetensors, DIR/unknown.safetensors]\n"
                 "align: true\n",
                 AM_ERROR_UNSUPPORTED, "unknown.safetensors");
  fixture_remove_folder (folder);
}

static void
test_cancel (void)
{
  g_autofree char *folder = new_folder_of_models ();
  g_autofree char *out = g_build_filename (folder, "out.safetensors", NULL);
  g_autoptr (GPtrArray) recipes = recipes_new (TWO ("weighted_sum", "b-moved") "align: true\n", folder);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = am_plan_new (recipes, NULL, &error);
  guint before = count_entries (folder);

  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  g_assert_null (am_merge_run (plan, out, NULL, cancellable, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
  g_assert_cmpuint (count_entries (folder), ==, before);
  fixture_remove_folder (folder);
}

static void
linger (const AmProgressState *state, gpointer user_data)
{
  guint *n_left = user_data;

  if (strcmp (state->stage, "Aligning") != 0 || *n_left == 0)
    return;
  *n_left -= 1;
  g_usleep (20000);
}

/* Runs it, and lingers while it aligns. Reports come when threads let them. Returns whether there was one. */
static gboolean
does_count_aligning (const GPtrArray *recipes, const char *out)
{
  const AmMergeOptions options = { .force = TRUE, .no_sync = TRUE };
  guint n_left = 1;
  const AmProgress progress = { linger, &n_left };
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = am_plan_new (recipes, &options, &error);
  g_autoptr (AmReport) report = am_merge_run (plan, out, &progress, NULL, &error);

  g_assert_no_error (error);
  if (n_left == 0)
    g_assert_cmpfloat (am_report_get_seconds (report), >=, 0.02);
  return n_left == 0;
}

static void
test_seconds (void)
{
  g_autofree char *folder = new_folder_of_models ();
  g_autofree char *out = g_build_filename (folder, "out.safetensors", NULL);
  g_autoptr (GPtrArray) recipes = recipes_new (TWO ("weighted_sum", "b-moved") "align: true\n", folder);
  guint n_tries = 0;

  while (n_tries < 100 && !does_count_aligning (recipes, out))
    n_tries++;
  if (n_tries == 100)
    g_test_skip ("it aligns too fast to be seen at it");
  fixture_remove_folder (folder);
}

/* What does not resemble A at all is not called a sibling. */
static void
test_nothing_in_common (void)
{
  g_autofree char *folder = new_folder_of_models ();
  g_autoptr (Fixture) zeros = fixture_new ();
  static const double nothing[24 * 24];
  g_autoptr (AmReport) report = NULL;
  g_autofree char *sentence = NULL;

  for (guint i = 0; i < PERCEPTRON_TENSORS; i++)
    fixture_add_values (zeros, perceptron[i].name, AM_DTYPE_F32, perceptron[i].shape, nothing);
  g_free (fixture_write (zeros, folder, "zeros.safetensors"));
  report = report_on (folder, TWO ("weighted_sum", "zeros") "align: true\n");
  sentence = am_alignment_describe (g_ptr_array_index (am_report_get_alignments (report), 0));
  g_assert_nonnull (strstr (sentence, "which it resembles little"));
  g_assert_null (strstr (sentence, "not needed"));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/merge-align/every-method", test_every_method);
  g_test_add_func ("/merge-align/without-align-it-differs", test_without_align_it_differs);
  g_test_add_func ("/merge-align/to-file", test_to_file);
  g_test_add_func ("/merge-align/to-mean", test_to_mean);
  g_test_add_func ("/merge-align/report", test_report);
  g_test_add_func ("/merge-align/nothing-moves", test_nothing_moves);
  g_test_add_func ("/merge-align/nothing-in-common", test_nothing_in_common);
  g_test_add_func ("/merge-align/stages", test_stages);
  g_test_add_func ("/merge-align/refused", test_refused);
  g_test_add_func ("/merge-align/cancel", test_cancel);
  g_test_add_func ("/merge-align/seconds", test_seconds);
  return g_test_run ();
}
