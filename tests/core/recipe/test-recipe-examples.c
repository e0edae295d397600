#include "recipe/evaluate.h"
#include "recipe/presets.h"

#define MAX_PARAMETERS 32
#define MAX_BLOCKS 80

static void
check_stage (const AmRecipe *recipe)
{
  const AmMethod *method = am_method_find (recipe->method);
  double parameters[MAX_PARAMETERS];
  double model_parameters[MAX_PARAMETERS * 8];
  double values[MAX_BLOCKS], time_embed, vae;
  g_autoptr (GError) error = NULL;
  GHashTableIter iter;
  gpointer weights;

  am_recipe_evaluate (recipe, method, recipe->models->len, "conv_in.weight", 0, parameters, model_parameters,
                      &error);
  g_assert_no_error (error);
  g_hash_table_iter_init (&iter, recipe->blocks);
  while (g_hash_table_iter_next (&iter, NULL, &weights))
    {
      am_block_weights_resolve (weights, AM_FAMILY_SD1, values, &time_embed, &vae, &error);
      g_assert_no_error (error);
    }
}

static void
test_example (gconstpointer path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_load (path, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < recipes->len; i++)
    {
      const AmRecipe *recipe = g_ptr_array_index (recipes, i);

      g_assert_cmpuint (recipe->notes->len, ==, 0);
      check_stage (recipe);
    }
}

int
main (int argc, char **argv)
{
  g_autoptr (GDir) folder = NULL;
  const char *name;

  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  folder = g_dir_open (argv[1], 0, NULL);
  g_assert_nonnull (folder);
  while ((name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *test = g_strconcat ("/recipe-examples/", name, NULL);

      g_test_add_data_func_full (test, g_build_filename (argv[1], name, NULL), test_example, g_free);
    }
  return g_test_run ();
}
