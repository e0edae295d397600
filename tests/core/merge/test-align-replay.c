/* Aligned merges run again from their output. */
#include <string.h>

#include "align-fixture.h"

/* The output's recipe makes the same bytes again, with other numbers of threads too. */
static void
test_replay (void)
{
  g_autofree char *folder = new_folder_of_models ();
  AmMergeOptions one = { .n_threads = 1, .no_sync = TRUE, .recipe_folder = folder };
  AmMergeOptions three = { .n_threads = 3, .no_sync = TRUE, .recipe_folder = folder };
  g_autofree char *out
      = merge_into (TWO ("slerp", "b-moved") "align:\n  file: DIR/c.safetensors\n  restarts: 2\n", folder,
                    "out.safetensors", &one);
  g_autofree char *again = g_build_filename (folder, "again.safetensors", NULL);
  g_autofree char *digest = file_digest (out);
  g_autofree char *digest_again = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_load (out, &error);
  g_autoptr (AmPlan) plan = am_plan_new (recipes, &three, &error);
  g_autoptr (AmReport) report = NULL;

  g_assert_no_error (error);
  report = am_merge_run (plan, again, NULL, NULL, &error);
  g_assert_no_error (error);
  digest_again = file_digest (again);
  g_assert_cmpstr (digest, ==, digest_again);
  fixture_remove_folder (folder);
}

/* The description's folder stays private; with the description beside it the recipe runs again. */
static void
test_architecture_file (void)
{
  static const char description[] = "architecture: mine\nrequire: [fc1.weight]\ngraph:\n"
                                    "  - input: x\n    channels: fc1.weight[1]\n"
                                    "  - linear: fc1\n  - activation: relu\n  - linear: fc2\n"
                                    "  - activation: relu\n  - linear: fc3\n  - output: scores\n";
  g_autofree char *folder = new_folder_of_models ();
  g_autofree char *path = g_build_filename (folder, "mine.yaml", NULL);
  g_autofree char *again = g_build_filename (folder, "again.safetensors", NULL);
  AmMergeOptions options = { .no_sync = TRUE, .recipe_folder = folder };
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL;
  g_autofree char *yaml = NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;

  g_file_set_contents (path, description, -1, &error);
  g_assert_no_error (error);
  out = merge_into (TWO ("weighted_sum", "b-moved") "align:\n  architecture: DIR/mine.yaml\n", folder,
                    "out.safetensors", &options);
  recipes = am_recipes_load (out, &error);
  g_assert_no_error (error);
  yaml = am_recipes_to_yaml (recipes);
  g_assert_nonnull (strstr (yaml, "architecture: mine.yaml\n"));
  plan = am_plan_new (recipes, &options, &error);
  g_assert_no_error (error);
  report = am_merge_run (plan, again, NULL, NULL, &error);
  g_assert_no_error (error);
  assert_same_values (out, again);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/align-replay/threads", test_replay);
  g_test_add_func ("/align-replay/architecture-file", test_architecture_file);
  return g_test_run ();
}
