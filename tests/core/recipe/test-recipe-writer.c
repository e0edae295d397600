#include <locale.h>
#include <math.h>
#include <string.h>

#include "methods/registry.h"
#include "recipe-equality.h"
#include "recipe/presets.h"

/* Texts that look like something else to a YAML reader, or break lines, or need escapes. */
static const char *const awkward[] = {
  "a",
  "model one.safetensors",
  "true",
  "~",
  "null",
  "0.5",
  "-",
  "- a",
  "a: b",
  "a #b",
  "'q'",
  "\"",
  "\\",
  "\ttab",
  "two\nlines",
  "*star",
  "&and",
  "!bang",
  "{x}",
  "[x]",
  "% y",
  "@at",
  "`tick`",
  "yes",
  "C:\\models",
  "\xC3\xA9t\xC3\xA9",
  "\x7F",
  "\xC2\x85",
  "\xE2\x80\xA8",
  "\xF0\x9F\x8E\xA8",
  "\xEF\xBB\xBF",
  "same",
  " lead",
  "trail ",
  "a,b",
  "?",
  "|",
  ">",
  "=",
  "<<",
};

static const char *
random_text (GRand *random)
{
  return awkward[g_rand_int_range (random, 0, G_N_ELEMENTS (awkward))];
}

static double
random_in (GRand *random, double minimum, double maximum)
{
  switch (g_rand_int_range (random, 0, 4))
    {
    case 0:
      return minimum;
    case 1:
      return maximum;
    default:
      return g_rand_double_range (random, minimum, maximum);
    }
}

static AmSetting *
random_scalar (GRand *random, const AmParameter *parameter)
{
  switch (parameter->type)
    {
    case AM_PARAMETER_BOOLEAN:
      return am_setting_new_boolean (g_rand_boolean (random));
    case AM_PARAMETER_CHOICE:
      return am_setting_new_word (parameter->choices[0]);
    case AM_PARAMETER_INTEGER:
      return am_setting_new_number (
          ceil (random_in (random, parameter->minimum, MIN (parameter->maximum, 1000))));
    default:
      return am_setting_new_number (random_in (random, parameter->minimum, parameter->maximum));
    }
}

static AmSetting *
random_gradient (GRand *random, const AmParameter *parameter)
{
  double numbers[5];
  guint n = (guint)g_rand_int_range (random, 1, 6);

  for (guint i = 0; i < n; i++)
    numbers[i] = random_in (random, parameter->minimum, parameter->maximum);
  return am_setting_new_gradient (numbers, n);
}

static AmSetting *
random_steps (const AmParameter *parameter)
{
  static const char *const booleans[] = { "true", "false", "true", NULL };
  const char *const words[] = { parameter->choices != NULL ? parameter->choices[0] : NULL, NULL };

  if (parameter->type == AM_PARAMETER_BOOLEAN)
    return am_setting_new_steps (booleans);
  return am_setting_new_steps (words);
}

static AmSetting *
random_plain (GRand *random, const AmParameter *parameter)
{
  if (!parameter->per_tensor || g_rand_boolean (random))
    return random_scalar (random, parameter);
  if (parameter->type == AM_PARAMETER_NUMBER)
    return random_gradient (random, parameter);
  return parameter->type == AM_PARAMETER_INTEGER ? random_scalar (random, parameter)
                                                 : random_steps (parameter);
}

static AmSetting *
random_setting (GRand *random, const AmParameter *parameter)
{
  AmSetting *setting;

  if (!parameter->per_tensor || g_rand_boolean (random))
    return random_plain (random, parameter);
  setting = am_setting_new_filters ();
  for (gint n = g_rand_int_range (random, 1, 4); n > 0; n--)
    am_setting_add_filter (setting, g_rand_boolean (random) ? random_text (random) : NULL,
                           random_plain (random, parameter));
  return setting;
}

static void
add_random_settings (GRand *random, const AmMethod *method, GHashTable *settings)
{
  for (guint i = 0; i < method->n_parameters; i++)
    if (g_rand_boolean (random))
      g_hash_table_insert (settings, g_strdup (method->parameters[i].id),
                           random_setting (random, &method->parameters[i]));
}

static void
add_random_form (GRand *random, AmBlockWeights *weights)
{
  static const char *const names[] = { "IN00", "M00", "OUT11", "BASE", "VAE", "Y", "NO" };
  double number = g_rand_double_range (random, -1, 2);
  guint n_presets = am_preset_get_count ();

  switch (g_rand_int_range (random, 0, 5))
    {
    case 0:
      weights->second_preset
          = g_strdup (am_preset_get ((guint)g_rand_int_range (random, 0, (gint)n_presets))->id);
      weights->blend = number;
      G_GNUC_FALLTHROUGH;
    case 1:
      weights->preset = g_strdup (am_preset_get ((guint)g_rand_int_range (random, 0, (gint)n_presets))->id);
      break;
    case 2:
      weights->numbers = g_array_new (FALSE, FALSE, sizeof (double));
      for (gint n = g_rand_int_range (random, 1, 30); n > 0; n--)
        g_array_append_val (weights->numbers, number);
      break;
    case 3:
      weights->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
        g_hash_table_insert (weights->by_name, g_strdup (names[i]), g_memdup2 (&number, sizeof number));
      break;
    default:
      break;
    }
}

static AmBlockWeights *
random_blocks (GRand *random)
{
  AmBlockWeights *weights = am_block_weights_new ();

  add_random_form (random, weights);
  if (g_rand_boolean (random))
    weights->time_embed = g_rand_double (random);
  if (g_rand_boolean (random))
    am_block_weights_add_elements (weights, "OUT03-OUT06 M00:attn2 \"x\":0.5\nNOT IN00::-1", NULL);
  return weights;
}

static AmRecipeModel *
random_model (GRand *random, const AmMethod *method, guint index)
{
  static const char sha256[] = "00000000000000000000000000000000000000000000000000000000000000e1";
  g_autofree char *path = g_strdup_printf ("%s%u", random_text (random), index);
  AmRecipeModel *model = am_recipe_model_new (path);
  gint ratio = am_method_get_ratio (method);

  if (g_rand_boolean (random))
    model->sha256 = g_strdup (sha256);
  if (g_rand_boolean (random))
    model->layer_end = 32;
  if (g_rand_boolean (random))
    add_random_settings (random, method, model->parameters);
  if (ratio >= 0 && method->parameters[ratio].per_model && g_rand_boolean (random))
    model->blocks = random_blocks (random);
  return model;
}

static void
add_random_data (AmAlignSettings *align, GRand *random)
{
  align->matching = AM_ALIGN_BY_ACTIVATIONS;
  align->data = g_strdup (random_text (random));
  if (g_rand_boolean (random))
    align->data_sha256 = g_strnfill (64, 'a');
  if (g_rand_boolean (random))
    align->preprocessing = g_strdup (random_text (random));
  align->n_samples = g_rand_int (random);
  align->objective = g_rand_boolean (random) ? AM_ALIGN_PRODUCT : AM_ALIGN_CORRELATION;
}

static AmAlignSettings *
random_align (GRand *random)
{
  AmAlignSettings *align = am_align_settings_new ();

  align->target = (AmAlignTarget)g_rand_int_range (random, AM_ALIGN_TO_FIRST, AM_ALIGN_TO_FILE + 1);
  if (align->target == AM_ALIGN_TO_FILE)
    align->file = g_strdup (random_text (random));
  align->order = (AmAlignOrder)g_rand_int_range (random, AM_ALIGN_RANDOM, AM_ALIGN_ALTERNATE + 1);
  align->seed = g_rand_int (random);
  align->restarts = (guint)g_rand_int_range (random, 1, 1000);
  align->max_sweeps = (guint)g_rand_int_range (random, 1, 1000);
  align->tolerance = g_rand_double (random);
  align->rotate = g_rand_boolean (random);
  align->normalise = g_rand_boolean (random);
  if (g_rand_boolean (random))
    align->architecture = g_strdup (random_text (random));
  if (g_rand_boolean (random))
    add_random_data (align, random);
  return align;
}

static void
add_random_options (GRand *random, AmRecipe *recipe)
{
  static const AmDtype dtypes[] = { AM_DTYPE_NONE, AM_DTYPE_F64,     AM_DTYPE_F32,    AM_DTYPE_F16,
                                    AM_DTYPE_BF16, AM_DTYPE_F8_E4M3, AM_DTYPE_F8_E5M2 };
  static const char *const components[] = { "vae", "text_encoder", "unet" };
  static const char *const policies[] = { "a", "c", "merge", "discard", "0.25", "x y.pt", "-1", "no" };

  recipe->dtype = dtypes[g_rand_int_range (random, 0, G_N_ELEMENTS (dtypes))];
  recipe->out_dtype = dtypes[g_rand_int_range (random, 0, G_N_ELEMENTS (dtypes))];
  recipe->prune = g_rand_boolean (random);
  recipe->clamp = g_rand_boolean (random);
  recipe->seed = g_rand_boolean (random) ? 0 : ((guint64)g_rand_int (random) << 32 | g_rand_int (random));
  recipe->align = g_rand_boolean (random) ? random_align (random) : NULL;
  recipe->shard_size = g_rand_boolean (random) ? 0 : g_rand_int (random);
  if (g_rand_boolean (random))
    g_ptr_array_add (recipe->discard, g_strdup ("^a\\.b: #$"));
  for (gsize i = 0; i < G_N_ELEMENTS (components); i++)
    if (g_rand_boolean (random))
      g_hash_table_insert (
          recipe->components, g_strdup (components[i]),
          am_policy_parse (policies[g_rand_int_range (random, 0, G_N_ELEMENTS (policies))], NULL));
}

static void
add_random_blocks (GRand *random, const AmMethod *method, AmRecipe *recipe)
{
  gint ratio = am_method_get_ratio (method);
  gint second = am_method_get_second_ratio (method);

  if (ratio >= 0 && g_rand_boolean (random))
    g_hash_table_insert (recipe->blocks, g_strdup (""), random_blocks (random));
  if (second >= 0 && g_rand_boolean (random))
    g_hash_table_insert (recipe->blocks, g_strdup (method->parameters[second].id), random_blocks (random));
}

static AmRecipe *
random_recipe (GRand *random)
{
  const AmMethod *method = am_method_get ((guint)g_rand_int_range (random, 0, (gint)am_method_get_count ()));
  AmRecipe *recipe = am_recipe_new (method->id);
  guint n = (guint)g_rand_int_range (random, 1, 5);

  n = CLAMP (n, method->min_models, method->max_models);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (recipe->models, random_model (random, method, i));
  if (method->base == AM_BASE_REQUIRED || (method->base == AM_BASE_OPTIONAL && g_rand_boolean (random)))
    {
      recipe->base = random_model (random, method, 99);
      g_hash_table_remove_all (recipe->base->parameters);
      g_clear_pointer (&recipe->base->blocks, am_block_weights_free);
      recipe->base->layer_end = 0;
    }
  add_random_settings (random, method, recipe->parameters);
  add_random_blocks (random, method, recipe);
  add_random_options (random, recipe);
  return recipe;
}

/* Reading back what was written gives the same recipe, and writing it again the same text. */
static void
test_round_trips (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (20240817);

  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (GPtrArray) recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);
      g_autoptr (GPtrArray) again = NULL;
      g_autoptr (AmRecipe) copy = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *yaml = NULL;
      g_autofree char *second = NULL;

      g_ptr_array_add (recipes, random_recipe (random));
      yaml = am_recipes_to_yaml (recipes);
      again = am_recipes_parse (yaml, -1, "written", &error);
      if (again == NULL)
        g_error ("%s in\n%s", error->message, yaml);
      assert_same_recipe (g_ptr_array_index (recipes, 0), g_ptr_array_index (again, 0));
      second = am_recipes_to_yaml (again);
      g_assert_cmpstr (second, ==, yaml);
      copy = am_recipe_copy (g_ptr_array_index (recipes, 0));
      assert_same_recipe (g_ptr_array_index (recipes, 0), copy);
    }
}

static void
check_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_parse (text, -1, "test.yaml", &error);
  g_autofree char *yaml = NULL;

  g_assert_no_error (error);
  yaml = am_recipes_to_yaml (recipes);
  g_assert_cmpstr (yaml, ==, text);
}

/* The exact form; it goes into files and their hashes. */
static void
test_form (void)
{
  check_text ("name: first\n"
              "merge_method: dare_ties\n"
              "base_model: base.safetensors\n"
              "models:\n"
              "  - model: \"model a.safetensors\"\n"
              "    sha256: \"00000000000000000000000000000000000000000000000000000000000000e1\"\n"
              "    parameters:\n"
              "      density: [1, 0.7, 0.1]\n"
              "      weight:\n"
              "        - filter: attn2\n"
              "          value: 0.5\n"
              "        - value: [0, 1]\n"
              "    blocks:\n"
              "      preset: GRAD_V\n"
              "  - b/c.safetensors\n"
              "parameters:\n"
              "  rescale: true\n"
              "dtype: float32\n"
              "seed: 7\n"
              "---\n"
              "merge_method: sum_twice\n"
              "models:\n"
              "  - first\n"
              "  - x\n"
              "  - \"yes\"\n"
              "blocks:\n"
              "  alpha:\n"
              "    IN00: 0.25\n"
              "    time_embed: 1\n"
              "    elements: [\"OUT03-OUT06:attn2:0.5\"]\n"
              "  beta: [0, 0.5]\n"
              "components:\n"
              "  text_encoder: 0.3\n"
              "  vae: a\n"
              "out_dtype: float16\n"
              "clamp: true\n"
              "prune: true\n"
              "discard: [\"^model_ema\"]\n"
              "output:\n"
              "  shard_size: 2000000000\n");
}

static void
test_align_form (void)
{
  check_text ("merge_method: weighted_sum\n"
              "models:\n"
              "  - a\n"
              "  - b\n"
              "align:\n"
              "  to: first\n"
              "  order: random\n"
              "  seed: 0\n"
              "  restarts: 1\n"
              "  max_sweeps: 100\n"
              "  tolerance: 1e-06\n"
              "seed: 7\n");
}

static void
test_align_on_data_form (void)
{
  check_text ("merge_method: weighted_sum\n"
              "models:\n"
              "  - a\n"
              "  - b\n"
              "align:\n"
              "  to: first\n"
              "  order: random\n"
              "  seed: 0\n"
              "  restarts: 1\n"
              "  max_sweeps: 100\n"
              "  tolerance: 1e-06\n"
              "  matching: activations\n"
              "  data: pictures/held-out.npz\n"
              "  data_sha256: \"0123456789012345678901234567890123456789012345678901234567890123\"\n"
              "  preprocessing: clip\n"
              "  samples: 500\n"
              "  objective: product\n");
}

static void
test_locale (void)
{
  if (setlocale (LC_NUMERIC, "de_DE.UTF-8") == NULL)
    {
      g_test_skip ("no locale with a decimal comma");
      return;
    }
  check_text ("merge_method: weighted_sum\nmodels:\n  - a\n  - b\nparameters:\n  alpha: 0.5\n");
  setlocale (LC_NUMERIC, "C");
}

/* Bytes that are no UTF-8 cannot be in a text; the rest stays readable. */
static void
test_bad_bytes (void)
{
  g_autoptr (GPtrArray) recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);
  AmRecipe *recipe = am_recipe_new ("passthrough");
  g_autofree char *yaml = NULL;

  g_ptr_array_add (recipe->models, am_recipe_model_new ("a\xFF.safetensors"));
  g_ptr_array_add (recipes, recipe);
  yaml = am_recipes_to_yaml (recipes);
  g_assert_true (g_utf8_validate (yaml, -1, NULL));
  g_assert_nonnull (strstr (yaml, "\"a\xEF\xBF\xBD.safetensors\""));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recipe-writer/round-trips", test_round_trips);
  g_test_add_func ("/recipe-writer/form", test_form);
  g_test_add_func ("/recipe-writer/align-form", test_align_form);
  g_test_add_func ("/recipe-writer/align-on-data-form", test_align_on_data_form);
  g_test_add_func ("/recipe-writer/locale", test_locale);
  g_test_add_func ("/recipe-writer/bad-bytes", test_bad_bytes);
  return g_test_run ();
}
