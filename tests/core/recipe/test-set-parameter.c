#include <string.h>

#include "recipe/recipe.h"

static AmRecipe *
make_recipe (const char *method, guint n_models)
{
  AmRecipe *recipe = am_recipe_new (method);

  for (guint i = 0; i < n_models; i++)
    g_ptr_array_add (recipe->models, am_recipe_model_new ("m.safetensors"));
  return recipe;
}

static void
set (AmRecipe *recipe, const char *text)
{
  g_autoptr (GError) error = NULL;

  am_recipe_set_parameter (recipe, text, &error);
  g_assert_no_error (error);
}

static const AmSetting *
get (const AmRecipe *recipe, const char *id)
{
  return g_hash_table_lookup (recipe->parameters, id);
}

static const AmSetting *
get_for (const AmRecipe *recipe, guint model, const char *id)
{
  return g_hash_table_lookup (((AmRecipeModel *)g_ptr_array_index (recipe->models, model))->parameters, id);
}

static void
test_values (void)
{
  g_autoptr (AmRecipe) recipe = make_recipe ("ties", 2);

  set (recipe, "weight=0.5,-0.3");
  set (recipe, " density = 0.2 ");
  set (recipe, "normalize=no");
  set (recipe, "scope=model");
  g_assert_null (get (recipe, "weight"));
  g_assert_cmpfloat (get_for (recipe, 0, "weight")->number, ==, 0.5);
  g_assert_cmpfloat (get_for (recipe, 1, "weight")->number, ==, -0.3);
  g_assert_cmpfloat (get (recipe, "density")->number, ==, 0.2);
  g_assert_true (get (recipe, "normalize")->is_boolean);
  g_assert_cmpfloat (get (recipe, "normalize")->number, ==, 0);
  g_assert_cmpstr (get (recipe, "scope")->word, ==, "model");
}

static void
test_booleans (void)
{
  static const struct
  {
    const char *text;
    double number;
  } cases[] = {
    { "normalize=true", 1 },  { "normalize=yes", 1 }, { "normalize=1", 1 }, { "normalize=ON", 1 },
    { "normalize=false", 0 }, { "normalize=no", 0 },  { "normalize=0", 0 }, { "normalize=Off", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmRecipe) recipe = make_recipe ("linear", 1);

      set (recipe, cases[i].text);
      g_assert_true (get (recipe, "normalize")->is_boolean);
      g_assert_cmpfloat (get (recipe, "normalize")->number, ==, cases[i].number);
    }
}

/* What is typed later wins over what a file says inside its models, and the other way round. */
static void
test_replaces (void)
{
  g_autoptr (AmRecipe) recipe = make_recipe ("linear", 2);

  set (recipe, "weight=1,2");
  set (recipe, "weight=3");
  g_assert_null (get_for (recipe, 0, "weight"));
  g_assert_cmpfloat (get (recipe, "weight")->number, ==, 3);
  set (recipe, "weight=4,5");
  g_assert_null (get (recipe, "weight"));
  g_assert_cmpfloat (get_for (recipe, 1, "weight")->number, ==, 5);
}

static void
test_errors (void)
{
  static const struct
  {
    const char *method;
    const char *text;
    const char *expected;
  } cases[] = {
    { "weighted_sum", "alpha", "'alpha' is not of the form NAME=VALUE" },
    { "weighted_sum", "=1", "not of the form NAME=VALUE" },
    { "weighted_sum", "alpha=", "alpha: a value is missing" },
    { "weighted_sum", "alpha=x", "alpha must be a number from" },
    { "weighted_sum", "alpha=nan", "alpha must be a number from" },
    { "weighted_sum", "alhpa=1",
      "weighted_sum has no parameter 'alhpa'; it takes: alpha; did you mean 'alpha'?" },
    { "weighted_sum", "alpha=0.1,0.2", "alpha takes one value" },
    { "ties", "weight=1,2,3", "weight has 3 values for 2 models" },
    { "ties", "weight=1,", "weight: a value is missing" },
    { "ties", "density=1.5", "density must be a number from 0 to 1, not '1.5'" },
    { "ties", "density=true", "density must be a number from 0 to 1, not 'true'" },
    { "ties", "scope=layer", "scope must be one of: tensor, model, not 'layer'" },
    { "ties", "normalize=2", "normalize must be true or false, not '2'" },
    { "nope", "a=1", "no merge method 'nope'" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmRecipe) recipe = make_recipe (cases[i].method, 2);
      g_autoptr (GError) error = NULL;

      g_assert_false (am_recipe_set_parameter (recipe, cases[i].text, &error));
      g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
      if (strstr (error->message, cases[i].expected) == NULL)
        g_error ("no \"%s\" in \"%s\"", cases[i].expected, error->message);
      g_assert_cmpuint (g_hash_table_size (recipe->parameters), ==, 0);
      g_assert_null (get_for (recipe, 0, "weight"));
    }
}

/* "clamp" passes for a parameter of every method, also among those of a recipe. */
static void
test_clamp (void)
{
  static const char yaml[]
      = "merge_method: weighted_sum\nmodels: [a, b]\nparameters: {alpha: 1.5, clamp: true}\n";
  g_autoptr (AmRecipe) recipe = make_recipe ("weighted_sum", 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = NULL;

  set (recipe, "clamp=true");
  g_assert_true (recipe->clamp);
  set (recipe, "clamp=0");
  g_assert_false (recipe->clamp);
  g_assert_false (am_recipe_set_parameter (recipe, "clamp=much", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  g_clear_error (&error);
  recipes = am_recipes_parse (yaml, -1, "test", &error);
  g_assert_no_error (error);
  g_assert_true (((AmRecipe *)g_ptr_array_index (recipes, 0))->clamp);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/set-parameter/values", test_values);
  g_test_add_func ("/set-parameter/booleans", test_booleans);
  g_test_add_func ("/set-parameter/replaces", test_replaces);
  g_test_add_func ("/set-parameter/errors", test_errors);
  g_test_add_func ("/set-parameter/clamp", test_clamp);
  return g_test_run ();
}
