/* What the header of a merged file says, and that no input can break it. */
#include <string.h>
#include <unistd.h>
#include <utime.h>

#include <glib/gstdio.h>

#include "merge-fixture.h"

#define WEIGHTED                                                                                             \
  "merge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nparameters: {alpha: 0.3}\n"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* A small Stable Diffusion 1 with one metadata entry, or none. */
static char *
write_diffusion (const char *folder, const char *name, guint32 seed, const char *key, const char *value)
{
  g_autoptr (GArray) tensors = am_family_list_tensors (AM_FAMILY_SD1, 32);
  g_autoptr (Fixture) fixture = fixture_new ();

  if (key != NULL)
    fixture_set_metadata (fixture, key, value);
  for (guint i = 0; i < tensors->len; i++)
    {
      const AmExpectedTensor *tensor = &g_array_index (tensors, AmExpectedTensor, i);
      g_autoptr (GString) shape = g_string_new (NULL);

      if (tensor->is_optional)
        continue;
      for (guint d = 0; d < tensor->n_dims; d++)
        g_string_append_printf (shape, "%s%" G_GUINT64_FORMAT, d > 0 ? "," : "", tensor->shape[d]);
      fixture_add_random (fixture, tensor->name, AM_DTYPE_F16, shape->str, seed, 0.1);
    }
  return fixture_write (fixture, folder, name);
}

static char *
read_metadata (const char *path, const char *key)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);

  g_assert_no_error (error);
  return g_strdup (g_hash_table_lookup (am_checkpoint_get_metadata (checkpoint), key));
}

static char *
merge_with_metadata (const char *folder, const char *value)
{
  g_free (write_diffusion (folder, "a.safetensors", 1, "sd_merge_models", value));
  g_free (write_diffusion (folder, "b.safetensors", 2, NULL, NULL));
  return merge_into (WEIGHTED, folder, "c.safetensors", NULL);
}

/* A name that could be taken for a digest not known yet made the final header outgrow its place. */
static void
test_header_keeps_its_size (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *filler = g_strnfill (20000, 'x');
  g_autofree char *value
      = g_strdup_printf ("{\"" ZEROS "\":{\"name\":\"%s\"},\"input-1\":{\"name\":\"y\"}}", filler);
  g_autofree char *merged = merge_with_metadata (folder, value);
  g_autofree char *models = read_metadata (merged, "sd_merge_models");

  g_assert_nonnull (strstr (models, "\"" ZEROS "\":"));
  g_assert_null (strstr (models, "input-"));
  fixture_remove_folder (folder);
}

static void
test_deep_metadata (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *value = g_strnfill (1000000, '[');
  g_autofree char *merged = merge_with_metadata (folder, value);
  g_autofree char *models = read_metadata (merged, "sd_merge_models");

  g_assert_cmpuint (strlen (models), <, 2000);
  fixture_remove_folder (folder);
}

static void
test_foreign_file_name (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = write_diffusion (folder, "caf\xe9.safetensors", 1, NULL, NULL);
  g_autofree char *b = write_diffusion (folder, "b.safetensors", 2, NULL, NULL);
  g_autofree char *merged = g_build_filename (folder, "c.safetensors", NULL);
  g_autoptr (AmRecipe) recipe = am_recipe_new ("weighted_sum");
  g_autoptr (GPtrArray) recipes = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = NULL;
  g_autoptr (AmReport) report = NULL;
  g_autofree char *title = NULL;

  g_ptr_array_add (recipe->models, am_recipe_model_new (a));
  g_ptr_array_add (recipe->models, am_recipe_model_new (b));
  g_ptr_array_add (recipes, recipe);
  plan = am_plan_new (recipes, NULL, &error);
  g_assert_no_error (error);
  report = am_merge_run (plan, merged, NULL, NULL, &error);
  g_assert_no_error (error);
  title = read_metadata (merged, "modelspec.title");
  g_assert_cmpstr (title, ==, "caf\xef\xbf\xbd.safetensors + b.safetensors (weighted_sum)");
  fixture_remove_folder (folder);
}

/* The file tree tells stages' inputs, not stages' results, which nobody has. */
static void
test_stages_name_their_inputs (void)
{
  static const char yaml[]
      = "name: half\nmerge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\n---\n"
        "merge_method: weighted_sum\nmodels: [half, DIR/b.safetensors]\n";
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = write_diffusion (folder, "a.safetensors", 1, NULL, NULL);
  g_autofree char *merged = NULL, *models = NULL, *recipe = NULL;
  g_autofree char *digest = file_digest (a);

  g_free (write_diffusion (folder, "b.safetensors", 2, NULL, NULL));
  merged = merge_into (yaml, folder, "c.safetensors", NULL);
  models = read_metadata (merged, "sd_merge_models");
  recipe = read_metadata (merged, "sd_merge_recipe");
  g_assert_nonnull (strstr (models, digest));
  g_assert_null (strstr (models, "stage-"));
  g_assert_nonnull (strstr (recipe, "\"primary_model_hash\":null"));
  fixture_remove_folder (folder);
}

static char *
new_folder_of_two (void)
{
  char *folder = fixture_new_folder ();

  g_free (write_diffusion (folder, "a.safetensors", 1, NULL, NULL));
  g_free (write_diffusion (folder, "b.safetensors", 2, NULL, NULL));
  return folder;
}

/* mergekit's dtype is the type of the output as well. */
static void
test_saved_as_half (void)
{
  g_autofree char *folder = new_folder_of_two ();
  g_autofree char *merged = merge_into (WEIGHTED "dtype: float16\n", folder, "c.safetensors", NULL);
  g_autofree char *recipe = read_metadata (merged, "sd_merge_recipe");

  g_assert_nonnull (strstr (recipe, "\"save_as_half\":true"));
  fixture_remove_folder (folder);
}

/* A dangling link is a name in use, and nothing is no name: told before any work. */
static void
test_unusable_outputs (void)
{
  g_autofree char *folder = new_folder_of_two ();
  g_autofree char *link = g_build_filename (folder, "link.safetensors", NULL);
  g_autoptr (GPtrArray) recipes = recipes_new (WEIGHTED, folder);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPlan) plan = am_plan_new (recipes, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (symlink ("nowhere", link), ==, 0);
  g_assert_null (am_merge_run (plan, link, NULL, NULL, &error));
  g_assert_nonnull (strstr (error->message, "use --force"));
  g_clear_error (&error);
  g_assert_null (am_merge_run (plan, "", NULL, NULL, &error));
  g_assert_nonnull (strstr (error->message, "has no name"));
  fixture_remove_folder (folder);
}

static char *
write_plain (const char *folder, const char *below, guint32 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *inner = g_build_filename (folder, below, NULL);

  g_assert_cmpint (g_mkdir_with_parents (inner, 0700), ==, 0);
  fixture_add_random (fixture, "x", AM_DTYPE_F32, "100", seed, 1.0);
  return fixture_write (fixture, inner, "m.safetensors");
}

static char *
replay (const char *folder, const char *merged, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_load (merged, &error);
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (AmReport) report = NULL;
  g_autoptr (AmPlan) plan = NULL;

  g_assert_no_error (error);
  plan = am_plan_new (recipes, NULL, &error);
  g_assert_no_error (error);
  report = am_merge_run (plan, path, NULL, NULL, &error);
  g_assert_no_error (error);
  return file_digest (path);
}

static void
make_old (const char *path)
{
  struct utimbuf times = { 1000000000, 1000000000 };

  g_assert_cmpint (g_utime (path, &times), ==, 0);
}

/* Inputs are remembered by digest once they are older than a moment; they were moved, and one was renamed. */
static void
test_replay_of_equal_names (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = write_plain (folder, "one", 1);
  g_autofree char *b = write_plain (folder, "two", 2);
  g_autofree char *merged = NULL, *digest = NULL, *again = NULL, *moved = NULL, *once_more = NULL;

  make_old (a);
  make_old (b);
  merged = merge_into ("merge_method: weighted_sum\nmodels: [DIR/one/m.safetensors, DIR/two/m.safetensors]\n"
                       "parameters: {alpha: 0.3}\n",
                       folder, "c.safetensors", NULL);
  digest = file_digest (merged);
  again = replay (folder, merged, "again.safetensors");
  g_assert_cmpstr (again, ==, digest);

  moved = g_build_filename (folder, "renamed.safetensors", NULL);
  g_assert_cmpint (g_rename (a, moved), ==, 0);
  g_free (
      merge_into ("merge_method: weighted_sum\nmodels: [DIR/renamed.safetensors, DIR/two/m.safetensors]\n",
                  folder, "other.safetensors", NULL));
  once_more = replay (folder, merged, "once-more.safetensors");
  g_assert_cmpstr (once_more, ==, digest);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/metadata/header-keeps-its-size", test_header_keeps_its_size);
  g_test_add_func ("/metadata/deep", test_deep_metadata);
  g_test_add_func ("/metadata/foreign-file-name", test_foreign_file_name);
  g_test_add_func ("/metadata/stages", test_stages_name_their_inputs);
  g_test_add_func ("/metadata/saved-as-half", test_saved_as_half);
  g_test_add_func ("/metadata/unusable-outputs", test_unusable_outputs);
  g_test_add_func ("/metadata/replay-of-equal-names", test_replay_of_equal_names);
  return g_test_run ();
}
