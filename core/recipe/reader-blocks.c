#include <math.h>
#include <string.h>

#include "base/nearest-name.h"
#include "recipe/presets.h"
#include "recipe/recipe-reader.h"

static gboolean
check_preset (AmRecipeReader *reader, const AmYamlNode *node, char **preset, GError **error)
{
  if (!am_reader_read_text (reader, node, preset, error))
    return FALSE;
  if (am_preset_find (*preset) >= 0)
    return TRUE;
  am_preset_fail (*preset, error);
  return am_yaml_locate (reader->file, node, error);
}

static gboolean
read_preset (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmBlockWeights *weights = target;

  return check_preset (reader, node, &weights->preset, error);
}

static gboolean
read_second (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmBlockWeights *weights = target;

  return check_preset (reader, node, &weights->second_preset, error);
}

static gboolean
read_blend (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmBlockWeights *weights = target;

  return am_reader_read_number (reader, node, &weights->blend, error);
}

static gboolean
read_time_embed (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmBlockWeights *weights = target;

  return am_reader_read_number (reader, node, &weights->time_embed, error);
}

static gboolean
add_elements (AmRecipeReader *reader, const AmYamlNode *node, AmBlockWeights *weights, GError **error)
{
  if (node->type != AM_YAML_SCALAR || am_yaml_is_null (node))
    return am_reader_fail_type (reader, node, "elemental rules like 'OUT03-OUT06:attn2:0.5'", error);
  if (!am_block_weights_add_elements (weights, node->text, error))
    return am_yaml_locate (reader->file, node, error);
  return TRUE;
}

static gboolean
read_elements (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (node->type != AM_YAML_LIST)
    return add_elements (reader, node, target, error);
  for (guint i = 0; i < node->items->len; i++)
    if (!add_elements (reader, g_ptr_array_index (node->items, i), target, error))
      return FALSE;
  return TRUE;
}

static gboolean
read_numbers (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmBlockWeights *weights = target;

  if (node->type != AM_YAML_LIST || node->items->len == 0)
    return am_reader_fail_type (reader, node, "a list of numbers", error);
  weights->numbers = g_array_sized_new (FALSE, FALSE, sizeof (double), node->items->len);
  for (guint i = 0; i < node->items->len; i++)
    {
      double number;

      if (!am_reader_read_number (reader, g_ptr_array_index (node->items, i), &number, error))
        return FALSE;
      g_array_append_val (weights->numbers, number);
    }
  return TRUE;
}

static const AmReaderKey block_keys[] = {
  { "preset", read_preset },
  { "second", read_second },
  { "blend", read_blend },
  { "numbers", read_numbers },
  { "time_embed", read_time_embed },
  { "elements", read_elements },
  { NULL },
};

static const AmReaderKey *
find_block_key (const char *name)
{
  for (const AmReaderKey *key = block_keys; key->key != NULL; key++)
    if (strcmp (key->key, name) == 0)
      return key;
  return NULL;
}

/* Names of blocks are upper case; which ones there are is for the architecture to say. */
static gboolean
is_block_name (const char *name)
{
  return g_ascii_isupper (name[0]) && strspn (name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen (name);
}

static gboolean
fail_block_key (AmRecipeReader *reader, const AmYamlNode *key, GError **error)
{
  static const char *const names[]
      = { "preset", "second", "blend", "numbers", "time_embed", "elements", NULL };
  g_autofree char *upper = g_ascii_strup (key->text, -1);
  g_autofree char *hint = is_block_name (upper) && strpbrk (upper, "0123456789") != NULL
                              ? g_strdup_printf ("; did you mean '%s'?", upper)
                              : am_nearest_hint (key->text, names);

  return am_yaml_fail (
      reader->file, key, AM_ERROR_BAD_RECIPE, error,
      "'%s' is neither a block like IN00 nor one of preset, second, blend, numbers, time_embed, "
      "elements%s",
      key->text, hint);
}

static gboolean
read_named_block (AmRecipeReader *reader, const AmYamlNode *key, const AmYamlNode *node,
                  AmBlockWeights *weights, GError **error)
{
  double number;

  if (!is_block_name (key->text))
    return fail_block_key (reader, key, error);
  if (!am_reader_read_number (reader, node, &number, error))
    return FALSE;
  if (weights->by_name == NULL)
    weights->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_insert (weights->by_name, g_strdup (key->text), g_memdup2 (&number, sizeof number));
  return TRUE;
}

static gboolean
check_forms (AmRecipeReader *reader, const AmYamlNode *node, const AmBlockWeights *weights, GError **error)
{
  int forms = (weights->preset != NULL) + (weights->numbers != NULL) + (weights->by_name != NULL);

  if (forms > 1)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "blocks take a preset, or numbers, or a map of blocks, not several at once");
  if (weights->second_preset != NULL && weights->preset == NULL)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error, "'second' without 'preset'");
  if ((weights->second_preset != NULL) != !isnan (weights->blend))
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "'second' and 'blend' go together: (1 - blend) * preset + blend * second");
  return TRUE;
}

static gboolean
read_block_map (AmRecipeReader *reader, const AmYamlNode *node, AmBlockWeights *weights, GError **error)
{
  weights->blend = NAN;
  for (guint i = 0; i < node->items->len; i += 2)
    {
      const AmYamlNode *name = g_ptr_array_index (node->items, i);
      const AmYamlNode *value = g_ptr_array_index (node->items, i + 1);
      const AmReaderKey *key = find_block_key (name->text);

      if (key == NULL && !read_named_block (reader, name, value, weights, error))
        return FALSE;
      if (key != NULL && !key->read (reader, value, weights, error))
        return FALSE;
    }
  if (!check_forms (reader, node, weights, error))
    return FALSE;
  if (isnan (weights->blend))
    weights->blend = 0;
  return TRUE;
}

AmBlockWeights *
am_reader_read_block_weights (AmRecipeReader *reader, const AmYamlNode *node, GError **error)
{
  g_autoptr (AmBlockWeights) weights = NULL;
  gboolean is_good = TRUE;

  if (am_yaml_is_null (node))
    is_good = am_reader_fail_type (reader, node, "a preset, numbers, or a map of blocks", error);
  else if (node->type == AM_YAML_SCALAR)
    {
      weights = am_block_weights_parse (node->text, error);
      if (weights == NULL)
        is_good = am_yaml_locate (reader->file, node, error);
    }
  else
    {
      weights = am_block_weights_new ();
      is_good = node->type == AM_YAML_LIST ? read_numbers (reader, node, weights, error)
                                           : read_block_map (reader, node, weights, error);
    }
  if (!is_good)
    return NULL;
  weights->line = node->line;
  return g_steal_pointer (&weights);
}

static gboolean
store_blocks (AmRecipeReader *reader, const char *id, const AmYamlNode *node, GError **error)
{
  AmBlockWeights *weights = am_reader_read_block_weights (reader, node, error);

  if (weights == NULL)
    return FALSE;
  g_hash_table_insert (reader->recipe->blocks, g_strdup (id), weights);
  return TRUE;
}

static gboolean
is_map_of_parameters (const AmRecipeReader *reader, const AmYamlNode *node)
{
  const AmYamlNode *key;

  if (node->type != AM_YAML_MAP || node->items->len == 0)
    return FALSE;
  key = g_ptr_array_index (node->items, 0);
  return am_method_find_parameter (reader->method, key->text) >= 0;
}

static gboolean
read_parameter_blocks (AmRecipeReader *reader, const AmYamlNode *key, const AmYamlNode *node, GError **error)
{
  gint index = am_method_find_parameter (reader->method, key->text);
  const AmParameter *parameter = index >= 0 ? &reader->method->parameters[index] : NULL;

  if (parameter == NULL || parameter->type != AM_PARAMETER_NUMBER || !parameter->per_tensor)
    return am_yaml_fail (reader->file, key, AM_ERROR_BAD_RECIPE, error,
                         "'%s' is no parameter of %s that may differ from block to block", key->text,
                         reader->method->id);
  return store_blocks (reader, parameter->is_ratio ? "" : parameter->id, node, error);
}

gboolean
am_reader_read_blocks (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (!is_map_of_parameters (reader, node))
    {
      if (am_method_get_ratio (reader->method) < 0)
        return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                             "%s has no ratio that block weights could replace", reader->method->id);
      return store_blocks (reader, "", node, error);
    }
  for (guint i = 0; i < node->items->len; i += 2)
    if (!read_parameter_blocks (reader, g_ptr_array_index (node->items, i),
                                g_ptr_array_index (node->items, i + 1), error))
      return FALSE;
  return TRUE;
}
