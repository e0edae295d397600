#include <string.h>

#include "fixture-checkpoint.h"
#include "output/heat-map.h"
#include "recipe/recipe.h"

static const char yaml[] = "merge_method: weighted_sum\nmodels: [a, b]\nparameters: {alpha: 0.25}\n";

typedef struct
{
  char *folder;
} Place;

static void
set_up (Place *place, gconstpointer user_data)
{
  place->folder = fixture_new_folder ();
}

static void
tear_down (Place *place, gconstpointer user_data)
{
  fixture_remove_folder (place->folder);
  g_free (place->folder);
}

static char *
write_file (const Place *place, const char *name, const char *bytes, gssize length)
{
  char *path = g_build_filename (place->folder, name, NULL);

  g_assert_true (g_file_set_contents (path, bytes, length, NULL));
  return path;
}

static char *
write_checkpoint (const Place *place, const char *name, const char *recipe)
{
  static const double values[] = { 1, 2 };
  g_autoptr (Fixture) fixture = fixture_new ();

  if (recipe != NULL)
    fixture_set_metadata (fixture, AM_RECIPE_METADATA_KEY, recipe);
  fixture_add_values (fixture, "w", AM_DTYPE_F32, "2", values);
  return fixture_write (fixture, place->folder, name);
}

static char *
write_picture (const Place *place, const char *recipe)
{
  static const char *const columns[] = { "IN00", "IN01" };
  static const char *const rows[] = { "conv" };
  static const double values[] = { 0.1, 0.2 };
  AmHeatMap map = { .title = "Title",
                    .n_columns = 2,
                    .n_rows = 1,
                    .column_names = columns,
                    .row_names = rows,
                    .values = values };
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (place->folder, "map.png", NULL);

  am_heat_map_write_png (&map, path, recipe, &error);
  g_assert_no_error (error);
  return path;
}

static void
check_loads (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_load (path, &error);
  const AmRecipe *recipe;

  g_assert_no_error (error);
  g_assert_cmpuint (recipes->len, ==, 1);
  recipe = g_ptr_array_index (recipes, 0);
  g_assert_cmpstr (recipe->method, ==, "weighted_sum");
  g_assert_true (am_recipe_is_recipe_file (path));
}

static void
check_fails (const char *path, AmError code, const char *expected)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (am_recipes_load (path, &error));
  g_assert_error (error, AM_ERROR, (int)code);
  g_assert_nonnull (strstr (error->message, path));
  if (strstr (error->message, expected) == NULL)
    g_error ("no \"%s\" in \"%s\"", expected, error->message);
}

static void
test_yaml (Place *place, gconstpointer user_data)
{
  g_autofree char *path = write_file (place, "recipe.yaml", yaml, -1);
  g_autofree char *bad = write_file (place, "bad.yaml", "a: 1\n", -1);
  g_autofree char *binary = write_file (place, "binary.yml", "\0\1\2\3", 4);

  check_loads (path);
  check_fails (bad, AM_ERROR_BAD_RECIPE, ":1:1: no merge_method");
  check_fails (binary, AM_ERROR_BAD_RECIPE, ":1:1: a NUL byte");
  check_fails (place->folder, AM_ERROR_UNSUPPORTED, "the folder holds no model");
  check_fails ("/nonexistent/recipe.yaml", AM_ERROR_NOT_FOUND, "cannot open");
}

static void
test_safetensors (Place *place, gconstpointer user_data)
{
  g_autofree char *path = write_checkpoint (place, "merged.safetensors", yaml);
  g_autofree char *plain = write_checkpoint (place, "plain.safetensors", NULL);
  g_autofree char *bad = write_checkpoint (place, "bad.safetensors", "models: [a]\n");

  check_loads (path);
  check_fails (plain, AM_ERROR_BAD_RECIPE, "there is no recipe in it");
  check_fails (bad, AM_ERROR_BAD_RECIPE, "(header):1:1: no merge_method");
  g_assert_false (am_recipe_is_recipe_file (plain));
}

static void
test_picture (Place *place, gconstpointer user_data)
{
  g_autofree char *path = write_picture (place, yaml);
  g_autofree char *plain = NULL;

  check_loads (path);
  plain = write_picture (place, NULL);
  check_fails (plain, AM_ERROR_BAD_RECIPE, "there is no recipe in it");
}

static void
test_is_recipe_file (Place *place, gconstpointer user_data)
{
  g_autofree char *index = write_file (place, "model.safetensors.index.json", "{}", -1);
  g_autofree char *text = write_file (place, "notes.txt", yaml, -1);

  g_assert_true (am_recipe_is_recipe_file ("missing.YAML"));
  g_assert_true (am_recipe_is_recipe_file ("missing.json"));
  g_assert_false (am_recipe_is_recipe_file ("missing.safetensors"));
  g_assert_false (am_recipe_is_recipe_file (index));
  g_assert_false (am_recipe_is_recipe_file (text));
  g_assert_false (am_recipe_is_recipe_file (place->folder));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/recipe-load/yaml", Place, NULL, set_up, test_yaml, tear_down);
  g_test_add ("/recipe-load/safetensors", Place, NULL, set_up, test_safetensors, tear_down);
  g_test_add ("/recipe-load/picture", Place, NULL, set_up, test_picture, tear_down);
  g_test_add ("/recipe-load/is-recipe-file", Place, NULL, set_up, test_is_recipe_file, tear_down);
  return g_test_run ();
}
