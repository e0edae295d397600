#include "merge-recipe.h"

#include <string.h>

#include "command.h"
#include "console.h"

void
merge_flags_clear (MergeFlags *flags)
{
  g_strfreev (flags->files);
  g_free (flags->method);
  g_strfreev (flags->parameters);
  g_free (flags->base);
  g_strfreev (flags->blocks);
  g_free (flags->blocks_file);
  g_strfreev (flags->elements);
  g_free (flags->time_embed);
  g_free (flags->vae);
  g_free (flags->text_encoder);
  g_free (flags->dtype);
  g_strfreev (flags->discard);
  g_free (flags->seed);
  g_free (flags->shard_size);
  *flags = (MergeFlags){ 0 };
}

static gboolean
refuse (GError **error, const char *message)
{
  g_set_error_literal (error, AM_ERROR, AM_ERROR_BAD_RECIPE, message);
  return FALSE;
}

static gboolean
check_count (const MergeFlags *flags, const AmMethod *method, GError **error)
{
  guint n = g_strv_length (flags->files);

  if (method->base == AM_BASE_NONE && flags->base != NULL)
    n++;
  if (method->base == AM_BASE_REQUIRED && flags->base == NULL)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   "%s works on differences from a base: give one with --base", method->id);
      return FALSE;
    }
  if (n >= method->min_models && n <= method->max_models)
    return TRUE;
  if (method->base == AM_BASE_NONE && flags->base != NULL && n > method->max_models)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s takes no base: leave --base out", method->id);
      return FALSE;
    }
  if (method->min_models == method->max_models)
    g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s takes %u models, not %u", method->id,
                 method->min_models, n);
  else if (n < method->min_models)
    g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s takes at least %u models, not %u", method->id,
                 method->min_models, n);
  else
    g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s takes at most %u models, not %u", method->id,
                 method->max_models, n);
  return FALSE;
}

static AmRecipe *
start_recipe (const MergeFlags *flags, GError **error)
{
  const AmMethod *method = am_method_find (flags->method);
  g_autoptr (AmRecipe) recipe = NULL;

  if (method == NULL)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   "no method is called '%s'; 'amalgam methods' lists them", flags->method);
      return NULL;
    }
  if (!check_count (flags, method, error))
    return NULL;
  recipe = am_recipe_new (method->id);
  for (guint i = 0; flags->files[i] != NULL; i++)
    g_ptr_array_add (recipe->models, am_recipe_model_new (flags->files[i]));
  if (flags->base != NULL)
    recipe->base = am_recipe_model_new (flags->base);
  am_recipe_settle_base (recipe);
  return g_steal_pointer (&recipe);
}

/* The weights of a name in the user's file, or what the text itself says. */
static AmBlockWeights *
read_block_weights (const char *text, GHashTable *user_presets, GError **error)
{
  const AmBlockWeights *known = user_presets != NULL ? g_hash_table_lookup (user_presets, text) : NULL;

  return known != NULL ? am_block_weights_copy (known) : am_block_weights_parse (text, error);
}

/* The parameter that "PARAMETER=WEIGHTS" speaks of, "" for the main ratio. @weights: (out): what follows. */
static char *
split_target (const AmRecipe *recipe, const char *text, const char **weights, GError **error)
{
  const char *equals = strchr (text, '=');
  const AmMethod *method = am_method_find (recipe->method);
  g_autofree char *target = NULL;
  gint index;

  *weights = equals != NULL ? equals + 1 : text;
  if (equals == NULL)
    return g_strdup ("");
  target = g_strstrip (g_strndup (text, (gsize)(equals - text)));
  index = method != NULL ? am_method_find_parameter (method, target) : -1;
  if (index < 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "--blocks %s: %s has no parameter '%s'", text,
                   recipe->method, target);
      return NULL;
    }
  return index == am_method_get_ratio (method) ? g_strdup ("") : g_steal_pointer (&target);
}

static gboolean
add_blocks (AmRecipe *recipe, const char *text, GHashTable *user_presets, GError **error)
{
  const char *weights_text;
  g_autofree char *target = split_target (recipe, text, &weights_text, error);
  AmBlockWeights *weights = target != NULL ? read_block_weights (weights_text, user_presets, error) : NULL;

  if (weights == NULL)
    return FALSE;
  g_hash_table_insert (recipe->blocks, g_steal_pointer (&target), weights);
  return TRUE;
}

static AmBlockWeights *
get_main_blocks (AmRecipe *recipe)
{
  AmBlockWeights *weights = g_hash_table_lookup (recipe->blocks, "");

  if (weights == NULL)
    {
      weights = am_block_weights_new ();
      g_hash_table_insert (recipe->blocks, g_strdup (""), weights);
    }
  return weights;
}

static gboolean
apply_time_embed (AmRecipe *recipe, const char *text, GError **error)
{
  char *end = NULL;
  double value = g_ascii_strtod (text, &end);

  if (end == text || *end != '\0')
    return refuse (error, "--time-embed takes a number");
  get_main_blocks (recipe)->time_embed = value;
  return TRUE;
}

static gboolean
apply_blocks (AmRecipe *recipe, const MergeFlags *flags, GHashTable *user_presets, GError **error)
{
  for (guint i = 0; flags->blocks != NULL && flags->blocks[i] != NULL; i++)
    if (!add_blocks (recipe, flags->blocks[i], user_presets, error))
      return FALSE;
  for (guint i = 0; flags->elements != NULL && flags->elements[i] != NULL; i++)
    if (!am_block_weights_add_elements (get_main_blocks (recipe), flags->elements[i], error))
      return FALSE;
  return flags->time_embed == NULL || apply_time_embed (recipe, flags->time_embed, error);
}

static gboolean
apply_policy (AmRecipe *recipe, const char *component, const char *text, GError **error)
{
  AmPolicy *policy = text != NULL ? am_policy_parse (text, error) : NULL;

  if (policy != NULL)
    g_hash_table_insert (recipe->components, g_strdup (component), policy);
  return text == NULL || policy != NULL;
}

static gboolean
apply_seed (AmRecipe *recipe, const char *text, GError **error)
{
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &recipe->seed, NULL))
    return TRUE;
  return refuse (error, "--seed takes a whole number from 0 up");
}

static gboolean
apply_discard (AmRecipe *recipe, char *const *patterns, GError **error)
{
  for (guint i = 0; patterns != NULL && patterns[i] != NULL; i++)
    {
      g_autoptr (GError) failure = NULL;
      g_autoptr (GRegex) regex = g_regex_new (patterns[i], 0, 0, &failure);

      if (regex == NULL)
        {
          g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "--discard: %s", failure->message);
          return FALSE;
        }
      g_ptr_array_add (recipe->discard, g_strdup (patterns[i]));
    }
  return TRUE;
}

static gboolean
apply_output (AmRecipe *recipe, const MergeFlags *flags, GError **error)
{
  AmDtype dtype;

  if (!cli_parse_dtype (flags->dtype, &dtype))
    return refuse (error, "--dtype takes same, fp32, fp16, bf16, fp8_e4m3fn or fp8_e5m2");
  if (flags->dtype != NULL)
    recipe->out_dtype = dtype;
  if (flags->dtype != NULL && dtype == AM_DTYPE_NONE)
    recipe->dtype = AM_DTYPE_NONE;
  recipe->prune = recipe->prune || flags->prune;
  recipe->clamp = recipe->clamp || flags->clamp;
  if (flags->align && recipe->align == NULL)
    recipe->align = am_align_settings_new ();
  if (flags->shard_size != NULL && !am_size_parse (flags->shard_size, &recipe->shard_size, error))
    return FALSE;
  return flags->seed == NULL || apply_seed (recipe, flags->seed, error);
}

static gboolean
apply_flags (AmRecipe *recipe, const MergeFlags *flags, GHashTable *user_presets, GError **error)
{
  for (guint i = 0; flags->parameters != NULL && flags->parameters[i] != NULL; i++)
    if (!am_recipe_set_parameter (recipe, flags->parameters[i], error))
      return FALSE;
  return apply_blocks (recipe, flags, user_presets, error) && apply_policy (recipe, "vae", flags->vae, error)
         && apply_policy (recipe, "text_encoder", flags->text_encoder, error)
         && apply_discard (recipe, flags->discard, error) && apply_output (recipe, flags, error);
}

static GPtrArray *
load_recipes (const MergeFlags *flags, char **folder, GError **error)
{
  GPtrArray *recipes = am_recipes_load (flags->files[0], error);

  if (recipes != NULL)
    *folder = g_path_get_dirname (flags->files[0]);
  return recipes;
}

static GPtrArray *
make_recipes (const MergeFlags *flags, GError **error)
{
  AmRecipe *recipe = start_recipe (flags, error);
  GPtrArray *recipes;

  if (recipe == NULL)
    return NULL;
  recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);
  g_ptr_array_add (recipes, recipe);
  return recipes;
}

static const char *
find_usage_fault (const MergeFlags *flags)
{
  if (flags->files == NULL || flags->files[0] == NULL)
    return "nothing to merge: give a recipe, or models and a method";
  if (flags->method == NULL && flags->files[1] != NULL)
    return "several models need a method: -m METHOD";
  if (flags->method == NULL && flags->base != NULL)
    return "--base goes with -m METHOD";
  if (g_strv_contains ((const char *const *)flags->files, "") || g_strcmp0 (flags->base, "") == 0)
    return "the name of a model is empty";
  return NULL;
}

GPtrArray *
merge_recipes_new (const MergeFlags *flags, char **folder, int *status)
{
  const char *fault = find_usage_fault (flags);
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (GHashTable) user_presets = NULL;
  g_autoptr (GError) failure = NULL;

  *status = CLI_USAGE;
  if (fault != NULL)
    {
      cli_usage_error ("%s", fault);
      return NULL;
    }
  recipes = flags->method != NULL ? make_recipes (flags, &failure) : load_recipes (flags, folder, &failure);
  if (recipes == NULL)
    {
      *status = flags->method != NULL ? cli_usage_error ("%s", failure->message) : cli_fail (failure);
      return NULL;
    }
  if (flags->blocks_file != NULL)
    user_presets = am_presets_load (flags->blocks_file, &failure);
  if (failure != NULL)
    {
      *status = cli_fail (failure);
      return NULL;
    }
  if (apply_flags (g_ptr_array_index (recipes, recipes->len - 1), flags, user_presets, &failure))
    return g_steal_pointer (&recipes);
  cli_usage_error ("%s", failure->message);
  return NULL;
}
