#include "recipe/parameter-value.h"

#include <math.h>
#include <string.h>

#include "base/nearest-name.h"
#include "base/number-text.h"

static const char *const mergekit_names[] = { "weight",
                                              "density",
                                              "gamma",
                                              "epsilon",
                                              "lambda",
                                              "normalize",
                                              "rescale",
                                              "t",
                                              "int8_mask",
                                              "select_topk",
                                              "filter_wise",
                                              "scale",
                                              "nuslerp_flatten",
                                              "nuslerp_row_wise",
                                              "eps",
                                              "max_iter",
                                              "tol",
                                              "r",
                                              "normalize_weights",
                                              NULL };

gboolean
am_parameter_is_mergekit_name (const char *name)
{
  return g_strv_contains (mergekit_names, name);
}

static char **
list_ids (const AmMethod *method)
{
  char **ids = g_new0 (char *, method->n_parameters + 1);

  for (guint i = 0; i < method->n_parameters; i++)
    ids[i] = g_strdup (method->parameters[i].id);
  return ids;
}

gint
am_method_fail_unknown_parameter (const AmMethod *method, const char *name, GError **error)
{
  g_auto (GStrv) ids = list_ids (method);
  g_autofree char *list = g_strjoinv (", ", ids);
  g_autofree char *hint = am_nearest_hint (name, (const char *const *)ids);

  if (method->n_parameters == 0)
    g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s has no parameter '%s'; it takes none", method->id,
                 name);
  else
    g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s has no parameter '%s'; it takes: %s%s", method->id,
                 name, list, hint);
  return -1;
}

static gboolean
fail_type (const AmParameter *parameter, const AmSetting *setting, const char *expected, GError **error)
{
  g_autofree char *number = NULL;
  const char *found = setting->word;

  if (setting->type != AM_SETTING_WORD)
    found = number = setting->is_boolean ? g_strdup (setting->number != 0 ? "true" : "false")
                                         : am_number_to_text (setting->number);
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s must be %s, not '%s'", parameter->id, expected,
               found);
  return FALSE;
}

static gboolean
fail_range (const AmParameter *parameter, const AmSetting *setting, GError **error)
{
  g_autofree char *minimum = am_number_to_text (parameter->minimum);
  g_autofree char *maximum = am_number_to_text (parameter->maximum);
  const char *kind = parameter->type == AM_PARAMETER_INTEGER ? "a whole number" : "a number";
  g_autofree char *expected = g_strdup_printf ("%s from %s to %s", kind, minimum, maximum);

  return fail_type (parameter, setting, expected, error);
}

static gboolean
convert_number (const AmParameter *parameter, const AmSetting *setting, double *value, GError **error)
{
  if (setting->type != AM_SETTING_NUMBER || setting->is_boolean)
    return fail_range (parameter, setting, error);
  if (!(setting->number >= parameter->minimum && setting->number <= parameter->maximum))
    return fail_range (parameter, setting, error);
  if (parameter->type == AM_PARAMETER_INTEGER && setting->number != floor (setting->number))
    return fail_range (parameter, setting, error);
  *value = setting->number;
  return TRUE;
}

static gboolean
fail_choice (const AmParameter *parameter, const AmSetting *setting, GError **error)
{
  g_autofree char *list = g_strjoinv (", ", (char **)parameter->choices);
  g_autofree char *expected = g_strdup_printf ("one of: %s", list);

  return fail_type (parameter, setting, expected, error);
}

/* Steps over layers hold booleans as words. */
static gboolean
get_boolean (const AmSetting *setting, double *value)
{
  if (setting->type == AM_SETTING_WORD)
    *value = strcmp (setting->word, "true") == 0;
  else
    *value = setting->number;
  return setting->type == AM_SETTING_WORD ? *value == 1 || strcmp (setting->word, "false") == 0
                                          : *value == 0 || *value == 1;
}

static gboolean
convert_choice (const AmParameter *parameter, const AmSetting *setting, double *value, GError **error)
{
  const char *word = setting->word;
  double boolean;

  if (strcmp (parameter->id, "rescale") == 0 && (word != NULL || setting->is_boolean)
      && get_boolean (setting, &boolean))
    word = boolean != 0 ? "l1" : "none";
  for (guint i = 0; word != NULL && parameter->choices[i] != NULL; i++)
    if (g_ascii_strcasecmp (parameter->choices[i], word) == 0)
      {
        *value = i;
        return TRUE;
      }
  return fail_choice (parameter, setting, error);
}

gboolean
am_parameter_convert (const AmParameter *parameter, const AmSetting *setting, double *value, GError **error)
{
  switch (parameter->type)
    {
    case AM_PARAMETER_CHOICE:
      return convert_choice (parameter, setting, value, error);
    case AM_PARAMETER_BOOLEAN:
      return get_boolean (setting, value) || fail_type (parameter, setting, "true or false", error);
    default:
      return convert_number (parameter, setting, value, error);
    }
}
