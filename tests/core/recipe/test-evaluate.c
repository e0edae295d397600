#include <math.h>
#include <string.h>

#include "recipe/evaluate.h"

typedef struct
{
  GPtrArray *recipes;
  const AmRecipe *recipe;
  const AmMethod *method;
  double parameters[16];
  double model_parameters[16 * 8];
} Case;

static void
set_up (Case *test, const char *text)
{
  g_autoptr (GError) error = NULL;

  test->recipes = am_recipes_parse (text, -1, "test.yaml", &error);
  g_assert_no_error (error);
  test->recipe = g_ptr_array_index (test->recipes, 0);
  test->method = am_method_find (test->recipe->method);
}

static void
evaluate (Case *test, const char *name, double position)
{
  g_autoptr (GError) error = NULL;

  am_recipe_evaluate (test->recipe, test->method, test->recipe->models->len, name, position, test->parameters,
                      test->model_parameters, &error);
  g_assert_no_error (error);
}

static void
evaluate_fails (const char *text, const char *name, const char *expected)
{
  g_autoptr (GError) error = NULL;
  Case test;

  set_up (&test, text);
  g_assert_false (am_recipe_evaluate (test.recipe, test.method, test.recipe->models->len, name, 0.5,
                                      test.parameters, test.model_parameters, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  if (strstr (error->message, expected) == NULL)
    g_error ("no \"%s\" in \"%s\"", expected, error->message);
  g_ptr_array_unref (test.recipes);
}

static double
value_of (const Case *test, const char *id)
{
  return test->parameters[am_method_find_parameter (test->method, id)];
}

static double
value_for (const Case *test, const char *id, guint model)
{
  return test->model_parameters[model * test->method->n_parameters
                                + (guint)am_method_find_parameter (test->method, id)];
}

/* The model's own value, then the recipe's, then the default; filters that match nothing are passed over. */
static void
test_order (void)
{
  static const char text[] = "merge_method: ties\n"
                             "base_model: o\n"
                             "models:\n"
                             "  - model: a\n"
                             "    parameters: {weight: 0.25, density: [{filter: mlp, value: [0, 1]}]}\n"
                             "  - model: b\n"
                             "parameters: {weight: 0.75, density: 0.5}\n";
  Case test;

  set_up (&test, text);
  evaluate (&test, "layers.3.mlp.weight", 0.25);
  g_assert_cmpfloat (value_for (&test, "weight", 0), ==, 0.25);
  g_assert_cmpfloat (value_for (&test, "weight", 1), ==, 0.75);
  g_assert_cmpfloat (value_for (&test, "density", 0), ==, 0.25);
  g_assert_cmpfloat (value_for (&test, "density", 1), ==, 0.5);
  g_assert_cmpfloat (value_of (&test, "lambda"), ==, 1);
  g_assert_cmpfloat (value_for (&test, "lambda", 1), ==, 1);
  g_assert_cmpfloat (value_of (&test, "normalize"), ==, 1);
  evaluate (&test, "layers.3.attn.weight", 0.25);
  g_assert_cmpfloat (value_for (&test, "density", 0), ==, 0.5);
  g_ptr_array_unref (test.recipes);
}

/* mergekit's README example of slerp, in a stack of 40 layers. */
static void
test_gradients (void)
{
  static const char text[] = "merge_method: slerp\n"
                             "models: [a, b]\n"
                             "parameters:\n"
                             "  t:\n"
                             "    - {filter: self_attn, value: [0, 0.5, 0.3, 0.7, 1]}\n"
                             "    - {filter: mlp, value: [1, 0.5, 0.7, 0.3, 0]}\n"
                             "    - value: 0.5\n";
  Case test;
  double scaled = 10.0 / 39 * 4;

  set_up (&test, text);
  evaluate (&test, "model.layers.10.self_attn.q_proj.weight", 10.0 / 39);
  g_assert_cmpfloat_with_epsilon (value_of (&test, "t"), (2 - scaled) * 0.5 + (scaled - 1) * 0.3, 1e-15);
  evaluate (&test, "model.layers.39.mlp.up_proj.weight", 1);
  g_assert_cmpfloat (value_of (&test, "t"), ==, 0);
  evaluate (&test, "lm_head.weight", 0);
  g_assert_cmpfloat (value_of (&test, "t"), ==, 0.5);
  g_ptr_array_unref (test.recipes);
}

/* One value for the whole method may be written inside models; the last one counts, the recipe's own before
 * all. */
static void
test_from_models (void)
{
  static const char inside[] = "{merge_method: slerp, models: [{model: a, parameters: {t: 0.25}}, "
                               "{model: b, parameters: {t: 0.75}}]}";
  static const char both[] = "{merge_method: slerp, models: [a, {model: b, parameters: {t: 0.75}}], "
                             "parameters: {t: 0.5}}";
  Case test;

  set_up (&test, inside);
  evaluate (&test, "x", 0);
  g_assert_cmpfloat (value_of (&test, "t"), ==, 0.75);
  g_assert_cmpfloat (value_for (&test, "t", 0), ==, 0.75);
  g_ptr_array_unref (test.recipes);
  set_up (&test, both);
  evaluate (&test, "x", 0);
  g_assert_cmpfloat (value_of (&test, "t"), ==, 0.5);
  g_ptr_array_unref (test.recipes);
}

static const char *
choice_of (const Case *test, const char *id)
{
  const AmParameter *parameter = &test->method->parameters[am_method_find_parameter (test->method, id)];

  return parameter->choices[(guint)value_of (test, id)];
}

/* rescale: true is mergekit's L1 rule, false none, and no value the paper's 1 / density. */
static void
test_rescale (void)
{
  static const struct
  {
    const char *parameters;
    const char *expected;
  } cases[] = {
    { "weight: 1", "density" },
    { "weight: 1, rescale: true", "l1" },
    { "weight: 1, rescale: false", "none" },
    { "weight: 1, rescale: L1", "l1" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf (
          "{merge_method: dare_linear, base_model: o, models: [a], parameters: {%s}}", cases[i].parameters);
      Case test;

      set_up (&test, text);
      evaluate (&test, "x", 0);
      g_assert_cmpstr (choice_of (&test, "rescale"), ==, cases[i].expected);
      g_ptr_array_unref (test.recipes);
    }
}

/* Booleans change stepwise over the layers, and one filter may stand without a list. */
static void
test_steps (void)
{
  static const char text[] = "{merge_method: ties, base_model: o, models: [a, b], "
                             "parameters: {normalize: [true, False], density: {filter: attn, value: 0.25}, "
                             "weight: 1}}";
  Case test;

  set_up (&test, text);
  evaluate (&test, "attn", 0.75);
  g_assert_cmpfloat (value_of (&test, "normalize"), ==, 1);
  g_assert_cmpfloat (value_for (&test, "density", 1), ==, 0.25);
  evaluate (&test, "mlp", 1);
  g_assert_cmpfloat (value_of (&test, "normalize"), ==, 0);
  g_assert_cmpfloat (value_for (&test, "density", 1), ==, 1);
  g_ptr_array_unref (test.recipes);
}

static const AmParameter needed_parameters[] = {
  { .id = "strength",
    .type = AM_PARAMETER_NUMBER,
    .is_ratio = TRUE,
    .per_tensor = TRUE,
    .minimum = 0,
    .maximum = 1,
    .default_value = NAN },
  { .id = "share",
    .type = AM_PARAMETER_NUMBER,
    .per_model = TRUE,
    .per_tensor = TRUE,
    .minimum = 0,
    .maximum = 1,
    .default_value = NAN },
};

static const AmMethod needy_method = {
  .id = "needy",
  .parameters = needed_parameters,
  .n_parameters = G_N_ELEMENTS (needed_parameters),
};

/* A parameter without a default has to be given, unless block weights give it. */
static void
test_missing (void)
{
  g_autoptr (AmRecipe) recipe = am_recipe_new ("needy");
  g_autoptr (GError) error = NULL;
  double parameters[2], model_parameters[2];

  g_ptr_array_add (recipe->models, am_recipe_model_new ("a.safetensors"));
  g_assert_false (
      am_recipe_evaluate (recipe, &needy_method, 1, "conv", 0, parameters, model_parameters, &error));
  g_assert_cmpstr (error->message, ==, "needy needs a value for strength in tensor conv");
  g_clear_error (&error);
  g_hash_table_insert (recipe->blocks, g_strdup (""), am_block_weights_new ());
  g_assert_false (
      am_recipe_evaluate (recipe, &needy_method, 1, NULL, 0, parameters, model_parameters, &error));
  g_assert_cmpstr (error->message, ==, "needy needs a value for share of a.safetensors");
  g_clear_error (&error);
  g_hash_table_insert (recipe->parameters, g_strdup ("share"), am_setting_new_number (0.5));
  g_assert_true (
      am_recipe_evaluate (recipe, &needy_method, 1, NULL, 0, parameters, model_parameters, &error));
  g_assert_no_error (error);
  g_assert_true (isnan (parameters[0]));
  g_assert_cmpfloat (model_parameters[1], ==, 0.5);
}

/* Settings that no reader has checked are checked where they are used. */
static void
test_made_in_memory (void)
{
  g_autoptr (AmRecipe) recipe = am_recipe_new ("needy");
  g_autoptr (GError) error = NULL;
  double parameters[2], model_parameters[2];
  AmSetting *setting = am_setting_new_number (7);

  setting->line = 12;
  g_hash_table_insert (recipe->parameters, g_strdup ("strength"), setting);
  g_assert_false (
      am_recipe_evaluate (recipe, &needy_method, 0, "x", 0, parameters, model_parameters, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  g_assert_cmpstr (error->message, ==, "line 12: strength must be a number from 0 to 1, not '7'");
  g_clear_error (&error);
  g_hash_table_insert (recipe->parameters, g_strdup ("strength"), am_setting_new_word ("half"));
  g_assert_false (
      am_recipe_evaluate (recipe, &needy_method, 0, "x", 0, parameters, model_parameters, &error));
  g_assert_cmpstr (error->message, ==, "strength must be a number from 0 to 1, not 'half'");
}

static void
test_unmatched (void)
{
  static const char text[] = "{merge_method: weighted_sum, models: [a, b], "
                             "parameters: {alpha: [{filter: attn, value: 0.25}]}}";
  Case test;

  set_up (&test, text);
  evaluate (&test, "attn.weight", 0);
  g_assert_cmpfloat (value_of (&test, "alpha"), ==, 0.25);
  if (isnan (test.method->parameters[0].default_value))
    evaluate_fails (text, "conv.weight", "needs a value for alpha in tensor conv.weight");
  else
    {
      evaluate (&test, "conv.weight", 0);
      g_assert_cmpfloat (value_of (&test, "alpha"), ==, test.method->parameters[0].default_value);
    }
  g_ptr_array_unref (test.recipes);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/evaluate/order", test_order);
  g_test_add_func ("/evaluate/gradients", test_gradients);
  g_test_add_func ("/evaluate/from-models", test_from_models);
  g_test_add_func ("/evaluate/rescale", test_rescale);
  g_test_add_func ("/evaluate/steps", test_steps);
  g_test_add_func ("/evaluate/missing", test_missing);
  g_test_add_func ("/evaluate/made-in-memory", test_made_in_memory);
  g_test_add_func ("/evaluate/unmatched", test_unmatched);
  return g_test_run ();
}
