/* Merges whose models are aligned by what their units say on data. */
#include <string.h>

#include "align-fixture.h"

#define BY_DATA(keys) TWO ("weighted_sum", "b-moved") "align: {data: DIR/pictures.safetensors" keys "}\n"

static void
write_pictures (const char *folder, const char *shape, guint32 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "images", AM_DTYPE_F32, shape, seed, 1.0);
  g_free (fixture_write (fixture, folder, "pictures.safetensors"));
}

static char *
new_folder (void)
{
  char *folder = new_folder_of_models ();

  write_pictures (folder, "200,12", 1);
  return folder;
}

/* Units of siblings come back into one order. */
static void
test_siblings (void)
{
  g_autofree char *folder = new_folder ();
  const AmMergeOptions options = { .force = TRUE, .no_sync = TRUE };
  static const char *const keys[]
      = { BY_DATA (""), BY_DATA (", objective: product"), BY_DATA (", samples: 100, preprocessing: none") };
  g_autofree char *plain = merge_into (TWO ("weighted_sum", "b"), folder, "plain.safetensors", &options);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autofree char *aligned = merge_into (keys[i], folder, "aligned.safetensors", &options);

      assert_same_values (plain, aligned);
    }
  fixture_remove_folder (folder);
}

static void
test_report (void)
{
  g_autofree char *folder = new_folder ();
  const AmMergeOptions options = { .no_sync = TRUE };
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReport) report = merge_run (BY_DATA (""), folder, "out.safetensors", &options, &error);
  const AmAlignment *alignment;
  const AmAlignmentLayer *total;
  g_autofree char *json = NULL;

  g_assert_no_error (error);
  alignment = g_ptr_array_index (am_report_get_alignments (report), 0);
  total = am_alignment_get_total (alignment);
  json = am_report_to_json (report);
  g_assert_cmpfloat (total->similarity_after, >, 0.9);
  g_assert_cmpfloat (total->correlation_before, <, 0.5);
  g_assert_cmpfloat (total->correlation_after, >, 0.9);
  g_assert_cmpuint (strlen (am_alignment_get_data_digest (alignment)), ==, 64);
  g_assert_cmpstr (am_alignment_get_preprocessing (alignment), ==, "none");
  g_assert_nonnull (strstr (json, "\"correlation_after\""));
  g_assert_nonnull (strstr (json, am_alignment_get_data_digest (alignment)));
  fixture_remove_folder (folder);
}

static AmPlan *
plan_again (const char *out, const AmMergeOptions *options, GError **error)
{
  g_autoptr (GPtrArray) recipes = am_recipes_load (out, error);

  return recipes != NULL ? am_plan_new (recipes, options, error) : NULL;
}

/* The output's recipe names the data without its folder and makes the same bytes again. */
static void
check_replay (const char *yaml)
{
  g_autofree char *folder = new_folder ();
  const AmMergeOptions one = { .n_threads = 1, .no_sync = TRUE, .recipe_folder = folder };
  const AmMergeOptions three = { .n_threads = 3, .no_sync = TRUE, .recipe_folder = folder };
  g_autofree char *out = merge_into (yaml, folder, "out.safetensors", &one);
  g_autofree char *again = g_build_filename (folder, "again.safetensors", NULL);
  g_autofree char *digest = file_digest (out);
  g_autofree char *digest_again = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_load (out, &error);
  g_autoptr (AmPlan) plan = plan_again (out, &three, &error);
  g_autoptr (AmReport) report = NULL;

  g_assert_no_error (error);
  text = am_recipes_to_yaml (recipes);
  g_assert_nonnull (strstr (text, "  data: pictures.safetensors\n  data_sha256: \""));
  g_assert_nonnull (strstr (text, "  preprocessing: none\n"));
  report = am_merge_run (plan, again, NULL, NULL, &error);
  g_assert_no_error (error);
  digest_again = file_digest (again);
  g_assert_cmpstr (digest, ==, digest_again);
  fixture_remove_folder (folder);
}

static void
test_replay (void)
{
  check_replay (BY_DATA (""));
}

static void
test_replay_of_stages (void)
{
  check_replay ("name: x\n" BY_DATA (
      "") "---\nmerge_method: weighted_sum\nmodels: [x, DIR/c-moved.safetensors]\nalign: true\n");
}

/* Other pictures under the same name are refused before anything is done. */
static void
test_changed_data (void)
{
  g_autofree char *folder = new_folder ();
  const AmMergeOptions options = { .no_sync = TRUE, .recipe_folder = folder };
  g_autofree char *out = merge_into (BY_DATA (""), folder, "out.safetensors", &options);
  g_autoptr (GError) error = NULL;

  write_pictures (folder, "200,12", 2);
  g_assert_null (plan_again (out, &options, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "pictures.safetensors is not the data the recipe was made with"));
  fixture_remove_folder (folder);
}

/* Between the plan and the run, too. */
static void
test_data_changes (void)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *out = g_build_filename (folder, "out.safetensors", NULL);
  const AmMergeOptions options = { .no_sync = TRUE };
  g_autoptr (GPtrArray) recipes = recipes_new (BY_DATA (""), folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = am_plan_new (recipes, &options, &error);

  g_assert_no_error (error);
  write_pictures (folder, "200,12", 2);
  g_assert_null (am_merge_run (plan, out, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
  fixture_remove_folder (folder);
}

/* No plan comes of it. */
static void
check_refused (const char *folder, const char *yaml, AmError code, const char *words)
{
  g_autoptr (GPtrArray) recipes = recipes_new (yaml, folder);
  g_autoptr (GError) error = NULL;

  g_assert_null (am_plan_new (recipes, NULL, &error));
  g_assert_error (error, AM_ERROR, (gint)code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” is not in: %s", words, error->message);
}

static void
test_refused (void)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *bad = g_build_filename (folder, "bad.npz", NULL);

  g_assert_true (g_file_set_contents (bad, "no pictures", -1, NULL));
  check_refused (folder, TWO ("weighted_sum", "b") "align: {data: DIR/none}\n", AM_ERROR_NOT_FOUND, "none");
  check_refused (folder, TWO ("weighted_sum", "b") "align: {data: DIR/a.safetensors}\n", AM_ERROR_UNSUPPORTED,
                 "a.safetensors: no pictures");
  check_refused (folder, TWO ("weighted_sum", "b") "align: {data: DIR/bad.npz}\n", AM_ERROR_UNSUPPORTED,
                 "bad.npz");
  check_refused (folder, BY_DATA (", preprocessing: nobodys"), AM_ERROR_NOT_FOUND, "nobodys");
  check_refused (folder, BY_DATA (", to: mean"), AM_ERROR_BAD_RECIPE, "a mean of models computes nothing");
  check_refused (folder, BY_DATA (", rotate: true"), AM_ERROR_BAD_RECIPE, "rotations are found from weights");
  fixture_remove_folder (folder);
}

/* Found out when the network has to take it; the data is named. */
static void
test_wrong_size (void)
{
  g_autofree char *folder = new_folder ();
  const AmMergeOptions options = { .no_sync = TRUE };
  g_autoptr (GError) error = NULL;

  write_pictures (folder, "200,13", 1);
  g_assert_null (merge_run (BY_DATA (""), folder, "out.safetensors", &options, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "pictures.safetensors: "));
  fixture_remove_folder (folder);
}

static void
test_is_input (void)
{
  g_autofree char *folder = new_folder ();
  g_autofree char *path = g_build_filename (folder, "pictures.safetensors", NULL);
  const AmMergeOptions options = { .no_sync = TRUE, .force = TRUE };
  g_autoptr (GError) error = NULL;

  g_assert_null (merge_run (BY_DATA (""), folder, "pictures.safetensors", &options, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  fixture_remove_folder (folder);
}

static guint64
get_memory (const char *folder, const char *yaml)
{
  g_autoptr (GPtrArray) recipes = recipes_new (yaml, folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = am_plan_new (recipes, NULL, &error);

  g_assert_no_error (error);
  return am_plan_get_memory (plan);
}

/* Batches of values take more than a small network's similarities. */
static void
test_memory (void)
{
  g_autofree char *folder = new_folder ();

  g_assert_cmpuint (get_memory (folder, BY_DATA ("")), >, 256 * 1024 * 1024);
  g_assert_cmpuint (get_memory (folder, TWO ("weighted_sum", "b") "align: true\n"), <, 256 * 1024 * 1024);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/align-data/siblings", test_siblings);
  g_test_add_func ("/align-data/report", test_report);
  g_test_add_func ("/align-data/replay", test_replay);
  g_test_add_func ("/align-data/replay-of-stages", test_replay_of_stages);
  g_test_add_func ("/align-data/changed", test_changed_data);
  g_test_add_func ("/align-data/changes", test_data_changes);
  g_test_add_func ("/align-data/refused", test_refused);
  g_test_add_func ("/align-data/wrong-size", test_wrong_size);
  g_test_add_func ("/align-data/is-input", test_is_input);
  g_test_add_func ("/align-data/memory", test_memory);
  return g_test_run ();
}
