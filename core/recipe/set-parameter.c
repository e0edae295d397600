#include <string.h>

#include "methods/registry.h"
#include "base/number-text.h"
#include "recipe/model-files.h"
#include "recipe/parameter-value.h"
#include "recipe/recipe.h"

static AmSetting *
new_setting (const AmParameter *parameter, const char *text)
{
  static const char *const yes[] = { "true", "yes", "on", NULL };
  static const char *const no[] = { "false", "no", "off", NULL };
  g_autofree char *lower = g_ascii_strdown (text, -1);
  double number;

  if (g_strv_contains (yes, lower))
    return am_setting_new_boolean (TRUE);
  if (g_strv_contains (no, lower))
    return am_setting_new_boolean (FALSE);
  if (am_number_from_text (text, strlen (text), &number))
    return parameter->type == AM_PARAMETER_BOOLEAN && (number == 0 || number == 1)
               ? am_setting_new_boolean (number != 0)
               : am_setting_new_number (number);
  return am_setting_new_word (text);
}

static AmSetting *
parse_setting (const AmParameter *parameter, const char *text, GError **error)
{
  g_autoptr (AmSetting) setting = NULL;
  g_autofree char *stripped = g_strstrip (g_strdup (text));
  double value;

  if (stripped[0] == '\0')
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s: a value is missing", parameter->id);
      return NULL;
    }
  setting = new_setting (parameter, stripped);
  return am_parameter_convert (parameter, setting, &value, error) ? g_steal_pointer (&setting) : NULL;
}

static void
forget_in_models (AmRecipe *recipe, const char *id)
{
  for (guint i = 0; i < recipe->models->len; i++)
    g_hash_table_remove (((AmRecipeModel *)g_ptr_array_index (recipe->models, i))->parameters, id);
}

static gboolean
set_for_all (AmRecipe *recipe, const AmParameter *parameter, const char *text, GError **error)
{
  AmSetting *setting = parse_setting (parameter, text, error);

  if (setting == NULL)
    return FALSE;
  forget_in_models (recipe, parameter->id);
  g_hash_table_insert (recipe->parameters, g_strdup (parameter->id), setting);
  return TRUE;
}

static gboolean
check_list (const AmRecipe *recipe, const AmParameter *parameter, char **values, GError **error)
{
  guint n = g_strv_length (values);

  if (!parameter->per_model)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s takes one value, not one for each model",
                   parameter->id);
      return FALSE;
    }
  if (n == recipe->models->len)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
               "%s has %u values for %u models; expected one value for all, or one for each model in order%s",
               parameter->id, n, recipe->models->len, recipe->base != NULL ? " without the base" : "");
  return FALSE;
}

static gboolean
set_for_each (AmRecipe *recipe, const AmParameter *parameter, char **values, GError **error)
{
  g_autoptr (GPtrArray) settings = g_ptr_array_new_with_free_func ((GDestroyNotify)am_setting_free);

  for (guint i = 0; values[i] != NULL; i++)
    {
      AmSetting *setting = parse_setting (parameter, values[i], error);

      if (setting == NULL)
        return FALSE;
      g_ptr_array_add (settings, setting);
    }
  g_hash_table_remove (recipe->parameters, parameter->id);
  for (guint i = 0; i < settings->len; i++)
    {
      AmRecipeModel *model = g_ptr_array_index (recipe->models, i);

      g_hash_table_insert (model->parameters, g_strdup (parameter->id),
                           am_setting_copy (g_ptr_array_index (settings, i)));
    }
  return TRUE;
}

/* Every method's result can be clamped, so "clamp" passes for a parameter of each. */
static gboolean
set_clamp (AmRecipe *recipe, const char *text, GError **error)
{
  static const AmParameter clamp = { .id = "clamp", .type = AM_PARAMETER_BOOLEAN, .maximum = 1 };
  g_autoptr (AmSetting) setting = parse_setting (&clamp, text, error);

  if (setting == NULL)
    return FALSE;
  recipe->clamp = setting->number != 0;
  return TRUE;
}

/* One file for each model; one alone is every model's. */
static gboolean
set_files (AmRecipe *recipe, const char *name, char **paths, GError **error)
{
  guint n = g_strv_length (paths);

  if (n != 1 && n != recipe->models->len)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   "%s names %u files for %u models; expected one for each model in order%s", name, n,
                   recipe->models->len, recipe->base != NULL ? " without the base" : "");
      return FALSE;
    }
  for (guint i = 0; i < recipe->models->len; i++)
    {
      AmRecipeModel *model = g_ptr_array_index (recipe->models, i);
      char **sha256;
      char **path = am_recipe_files_get (&model->files, name, &sha256);

      g_free (*path);
      *path = g_strdup (paths[n == 1 ? 0 : i]);
      if (sha256 != NULL)
        g_clear_pointer (sha256, g_free);
    }
  return TRUE;
}

static const AmMethod *
find_method (const AmRecipe *recipe, GError **error)
{
  const AmMethod *method = recipe->method != NULL ? am_method_find (recipe->method) : NULL;

  if (method == NULL)
    g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                 "no merge method '%s' (`amalgam methods` lists them all)",
                 recipe->method != NULL ? recipe->method : "");
  return method;
}

gboolean
am_recipe_set_parameter (AmRecipe *recipe, const char *text, GError **error)
{
  const char *equals = strchr (text, '=');
  const AmMethod *method = find_method (recipe, error);
  g_autofree char *name = NULL;
  g_auto (GStrv) values = NULL;
  const AmParameter *parameter;
  gint index;

  if (method == NULL)
    return FALSE;
  if (equals == NULL || equals == text)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "'%s' is not of the form NAME=VALUE", text);
      return FALSE;
    }
  name = g_strstrip (g_strndup (text, (gsize)(equals - text)));
  index = am_method_find_parameter (method, name);
  if (index < 0 && strcmp (name, "clamp") == 0)
    return set_clamp (recipe, equals + 1, error);
  values = g_strsplit (equals + 1, ",", -1);
  if (index < 0 && am_recipe_file_is_taken (method, name))
    return set_files (recipe, name, values, error);
  if (index < 0)
    return am_method_fail_unknown_parameter (method, name, error) >= 0;
  parameter = &method->parameters[index];
  if (g_strv_length (values) <= 1)
    return set_for_all (recipe, parameter, equals + 1, error);
  return check_list (recipe, parameter, values, error) && set_for_each (recipe, parameter, values, error);
}
