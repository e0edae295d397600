#include <string.h>

#include "base/number-text.h"
#include "recipe/model-files.h"
#include "recipe/parameter-value.h"
#include "recipe/recipe-reader.h"

static AmSetting *read_setting (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *node,
                                GError **error);

/* Whether the scalar is one the parameter takes; its line is remembered. */
static AmSetting *
take_scalar (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *node, AmSetting *setting,
             GError **error)
{
  double value;

  setting->line = node->line;
  if (am_parameter_convert (parameter, setting, &value, error))
    return setting;
  am_yaml_locate (reader->file, node, error);
  am_setting_free (setting);
  return NULL;
}

static AmSetting *
read_scalar (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *node, GError **error)
{
  gboolean boolean;
  double number;

  if (node->type != AM_YAML_SCALAR || am_yaml_is_null (node))
    {
      am_reader_fail_type (reader, node, "a value", error);
      return NULL;
    }
  if (!node->is_plain && am_number_from_text (node->text, strlen (node->text), &number))
    {
      am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                    "expected a value, found text; write %s without quotes", node->text);
      return NULL;
    }
  if (am_yaml_get_boolean (node, &boolean))
    return take_scalar (reader, parameter, node, am_setting_new_boolean (boolean), error);
  if (am_yaml_get_number (node, &number))
    return take_scalar (reader, parameter, node, am_setting_new_number (number), error);
  return take_scalar (reader, parameter, node, am_setting_new_word (node->text), error);
}

static gboolean
check_varies (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *node, GError **error)
{
  if (parameter->per_tensor)
    return TRUE;
  return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                       "%s holds for the whole merge; expected one value", parameter->id);
}

static AmSetting *
read_gradient (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *list, GError **error)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < list->items->len; i++)
    {
      g_autoptr (AmSetting) setting
          = read_scalar (reader, parameter, g_ptr_array_index (list->items, i), error);

      if (setting == NULL)
        return NULL;
      g_array_append_val (numbers, setting->number);
    }
  return am_setting_new_gradient ((const double *)(gpointer)numbers->data, numbers->len);
}

static const char *
step_word (const AmYamlNode *item)
{
  gboolean boolean;

  if (am_yaml_get_boolean (item, &boolean))
    return boolean ? "true" : "false";
  return item->text;
}

static AmSetting *
read_steps (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *list, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (guint i = 0; i < list->items->len; i++)
    {
      const AmYamlNode *item = g_ptr_array_index (list->items, i);
      g_autoptr (AmSetting) setting = read_scalar (reader, parameter, item, error);

      if (setting == NULL)
        return NULL;
      g_ptr_array_add (words, (gpointer)step_word (item));
    }
  g_ptr_array_add (words, NULL);
  return am_setting_new_steps ((const char *const *)words->pdata);
}

typedef struct
{
  const AmParameter *parameter;
  char *pattern;
  AmSetting *value;
} FilterTarget;

static gboolean
read_pattern (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  FilterTarget *filter = target;

  if (am_yaml_is_null (node))
    return TRUE;
  return am_reader_read_text (reader, node, &filter->pattern, error);
}

static gboolean
read_filter_value (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  FilterTarget *filter = target;

  if (node->type == AM_YAML_MAP)
    return am_reader_fail_type (reader, node, "a value or a gradient inside a filter", error);
  if (node->type == AM_YAML_LIST && node->items->len > 0
      && ((const AmYamlNode *)g_ptr_array_index (node->items, 0))->type == AM_YAML_MAP)
    return am_reader_fail_type (reader, node, "a value or a gradient inside a filter", error);
  filter->value = read_setting (reader, filter->parameter, node, error);
  return filter->value != NULL;
}

static gboolean
read_filter (AmRecipeReader *reader, const AmYamlNode *node, FilterTarget *filter, GError **error)
{
  static const AmReaderKey keys[] = { { "filter", read_pattern }, { "value", read_filter_value }, { NULL } };

  if (!am_reader_read_map (reader, node, keys, "a filter", filter, error))
    return FALSE;
  if (filter->value == NULL)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "a filter without a value; expected {filter: TEXT, value: VALUE}");
  return TRUE;
}

static gboolean
add_filter (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *node, AmSetting *setting,
            GError **error)
{
  FilterTarget filter = { .parameter = parameter };
  gboolean is_good = read_filter (reader, node, &filter, error);

  if (is_good)
    am_setting_add_filter (setting, filter.pattern, g_steal_pointer (&filter.value));
  g_free (filter.pattern);
  am_setting_free (filter.value);
  return is_good;
}

/* A list of filters, or one alone. */
static AmSetting *
read_filters (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *node, GError **error)
{
  g_autoptr (AmSetting) setting = am_setting_new_filters ();

  if (!check_varies (reader, parameter, node, error))
    return NULL;
  if (node->type == AM_YAML_MAP)
    return add_filter (reader, parameter, node, setting, error) ? g_steal_pointer (&setting) : NULL;
  for (guint i = 0; i < node->items->len; i++)
    if (!add_filter (reader, parameter, g_ptr_array_index (node->items, i), setting, error))
      return NULL;
  return g_steal_pointer (&setting);
}

static AmSetting *
read_list (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *list, GError **error)
{
  const AmYamlNode *first;

  if (!check_varies (reader, parameter, list, error))
    return NULL;
  if (list->items->len == 0)
    {
      am_yaml_fail (reader->file, list, AM_ERROR_BAD_RECIPE, error,
                    "an empty list; expected numbers from the first layer to the last, or filters");
      return NULL;
    }
  first = g_ptr_array_index (list->items, 0);
  if (first->type == AM_YAML_MAP)
    return read_filters (reader, parameter, list, error);
  switch (parameter->type)
    {
    case AM_PARAMETER_NUMBER:
      return read_gradient (reader, parameter, list, error);
    case AM_PARAMETER_CHOICE:
    case AM_PARAMETER_BOOLEAN:
      return read_steps (reader, parameter, list, error);
    default:
      am_yaml_fail (reader->file, list, AM_ERROR_BAD_RECIPE, error,
                    "%s cannot change gradually; expected one value or a list of filters", parameter->id);
      return NULL;
    }
}

static AmSetting *
read_setting (AmRecipeReader *reader, const AmParameter *parameter, const AmYamlNode *node, GError **error)
{
  AmSetting *setting;

  switch (node->type)
    {
    case AM_YAML_MAP:
      setting = read_filters (reader, parameter, node, error);
      break;
    case AM_YAML_LIST:
      setting = read_list (reader, parameter, node, error);
      break;
    default:
      setting = read_scalar (reader, parameter, node, error);
      break;
    }
  if (setting != NULL)
    setting->line = node->line;
  return setting;
}

static gboolean
skip_parameter (AmRecipeReader *reader, const AmYamlNode *key, GError **error)
{
  if (!am_parameter_is_mergekit_name (key->text))
    {
      am_method_fail_unknown_parameter (reader->method, key->text, error);
      return am_yaml_locate (reader->file, key, error);
    }
  if (strcmp (key->text, "int8_mask") != 0)
    g_ptr_array_add (reader->recipe->notes,
                     g_strdup_printf ("line %u: %s takes no %s, as in mergekit; it is left out", key->line,
                                      reader->method->id, key->text));
  return TRUE;
}

/* @model: whose parameters these are, or %NULL for those of the recipe. */
static gboolean
read_parameter (AmRecipeReader *reader, const AmYamlNode *key, const AmYamlNode *node, GHashTable *settings,
                AmRecipeModel *model, GError **error)
{
  gint index = am_method_find_parameter (reader->method, key->text);
  const AmParameter *parameter;
  AmSetting *setting;

  if (index < 0 && strcmp (key->text, "clamp") == 0 && settings == reader->recipe->parameters)
    return am_reader_read_boolean (reader, node, &reader->recipe->clamp, error);
  if (index < 0 && model != NULL && am_recipe_file_is_taken (reader->method, key->text))
    return am_reader_read_file (reader, key->text, node, &model->files, error);
  if (index < 0)
    return skip_parameter (reader, key, error);
  parameter = &reader->method->parameters[index];
  setting = read_setting (reader, parameter, node, error);
  if (setting != NULL)
    g_hash_table_insert (settings, g_strdup (parameter->id), setting);
  return setting != NULL;
}

static gboolean
read_map (AmRecipeReader *reader, const AmYamlNode *node, GHashTable *settings, AmRecipeModel *model,
          GError **error)
{
  if (am_yaml_is_null (node))
    return TRUE;
  if (node->type != AM_YAML_MAP)
    return am_reader_fail_type (reader, node, "a map from parameters to values", error);
  for (guint i = 0; i < node->items->len; i += 2)
    if (!read_parameter (reader, g_ptr_array_index (node->items, i), g_ptr_array_index (node->items, i + 1),
                         settings, model, error))
      return FALSE;
  return TRUE;
}

gboolean
am_reader_read_parameters (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  return read_map (reader, node, target, NULL, error);
}

gboolean
am_reader_read_model_parameters (AmRecipeReader *reader, const AmYamlNode *node, gpointer target,
                                 GError **error)
{
  AmRecipeModel *model = target;

  return read_map (reader, node, model->parameters, model, error);
}
