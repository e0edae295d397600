#include <string.h>

#include "recipe/recipe-reader.h"

static gboolean
is_model_file (const char *text, gsize length)
{
  static const char *const endings[] = { ".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf" };

  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    {
      gsize n = strlen (endings[i]);

      if (length > n && g_ascii_strncasecmp (text + length - n, endings[i], n) == 0)
        return TRUE;
    }
  return FALSE;
}

/* mergekit writes MODEL+LORA; artists have files like "a+b.safetensors", and a path that begins with "./" or
 * "/" is taken for one. */
static gboolean
asks_for_lora (const char *path)
{
  const char *plus = strchr (path, '+');

  if (plus == NULL || plus[1] == '\0')
    return FALSE;
  if (is_model_file (path, (gsize)(plus - path)))
    return TRUE;
  return !is_model_file (path, strlen (path)) && path[0] != '/' && path[0] != '.';
}

static gboolean
read_path (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmRecipeModel *model = target;

  if (node->type == AM_YAML_MAP)
    return am_reader_fail_type (reader, node, "the path of a model", error);
  if (!am_reader_read_text (reader, node, &model->path, error))
    return FALSE;
  if (asks_for_lora (model->path))
    return am_yaml_fail (
        reader->file, node, AM_ERROR_UNSUPPORTED, error,
        "'%s' asks for a LoRA on top of a model, which is not supported yet: bake it first. A path with a "
        "'+' in it can be written with './' in front",
        model->path);
  return TRUE;
}

static gboolean
read_sha256 (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmRecipeModel *model = target;

  return am_reader_read_sha256 (reader, node, &model->sha256, error);
}

static gboolean
read_model_parameters (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  return am_reader_read_model_parameters (reader, node, target, error);
}

static gboolean
read_model_blocks (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmRecipeModel *model = target;
  gint ratio = am_method_get_ratio (reader->method);

  if (ratio < 0 || !reader->method->parameters[ratio].per_model)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "%s has no ratio for each model; write blocks beside models, not inside one",
                         reader->method->id);
  model->blocks = am_reader_read_block_weights (reader, node, error);
  return model->blocks != NULL;
}

static gboolean
read_integer (AmRecipeReader *reader, const AmYamlNode *node, guint *value, GError **error)
{
  guint64 number;

  if (node->type != AM_YAML_SCALAR || !g_ascii_string_to_unsigned (node->text, 10, 0, 1000000, &number, NULL))
    return am_reader_fail_type (reader, node, "the number of a layer", error);
  *value = (guint)number;
  return TRUE;
}

static gboolean
read_layer_range (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  AmRecipeModel *model = target;
  guint first = 0;

  if (node->type != AM_YAML_LIST || node->items->len != 2)
    return am_reader_fail_type (reader, node, "two numbers, [0, LAYERS]", error);
  if (!read_integer (reader, g_ptr_array_index (node->items, 0), &first, error)
      || !read_integer (reader, g_ptr_array_index (node->items, 1), &model->layer_end, error))
    return FALSE;
  if (first >= model->layer_end)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "the layer range is empty; expected [0, LAYERS]");
  if (first != 0)
    return am_yaml_fail (reader->file, node, AM_ERROR_UNSUPPORTED, error,
                         "slices of parts of models are not supported yet; expected a range from 0");
  return TRUE;
}

static AmRecipeModel *
read_model (AmRecipeReader *reader, const AmYamlNode *node, const AmReaderKey *keys, const char *what,
            GError **error)
{
  AmRecipeModel *model = am_recipe_model_new (NULL);
  gboolean is_good;

  model->line = node->line;
  if (node->type == AM_YAML_SCALAR)
    is_good = read_path (reader, node, model, error);
  else
    is_good = am_reader_read_map (reader, node, keys, what, model, error);
  if (is_good && model->path == NULL)
    is_good = am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                            "%s without 'model'; expected the path of a file or folder", what);
  if (is_good)
    return model;
  am_recipe_model_free (model);
  return NULL;
}

gboolean
am_reader_read_base (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  static const AmReaderKey keys[] = { { "model", read_path }, { "sha256", read_sha256 }, { NULL } };

  if (am_yaml_is_null (node))
    return TRUE;
  am_recipe_model_free (g_steal_pointer (&reader->recipe->base));
  reader->recipe->base = read_model (reader, node, keys, "base_model", error);
  return reader->recipe->base != NULL;
}

static gboolean
read_list (AmRecipeReader *reader, const AmYamlNode *list, const AmReaderKey *keys, const char *what,
           GError **error)
{
  if (list->type != AM_YAML_LIST || list->items->len == 0)
    return am_reader_fail_type (reader, list, "a list of models", error);
  if (list->items->len > AM_MAX_MODELS)
    return am_yaml_fail (reader->file, list, AM_ERROR_BAD_RECIPE, error,
                         "%u models; at most %d can be merged", list->items->len, AM_MAX_MODELS);
  for (guint i = 0; i < list->items->len; i++)
    {
      AmRecipeModel *model = read_model (reader, g_ptr_array_index (list->items, i), keys, what, error);

      if (model == NULL)
        return FALSE;
      g_ptr_array_add (reader->recipe->models, model);
    }
  return TRUE;
}

gboolean
am_reader_read_models (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  static const AmReaderKey keys[] = {
    { "model", read_path },    { "layer_range", read_layer_range }, { "parameters", read_model_parameters },
    { "sha256", read_sha256 }, { "blocks", read_model_blocks },     { NULL },
  };

  return read_list (reader, node, keys, "a model", error);
}

/* A slice's settings stand before the recipe's own, which apply where no filter of the slice matches. */
static void
put_before (GHashTable *settings, const char *id, const AmSetting *first)
{
  const AmSetting *second = g_hash_table_lookup (settings, id);
  AmSetting *both = am_setting_copy (first);

  if (second != NULL && both->type == AM_SETTING_FILTERS && second->type == AM_SETTING_FILTERS)
    for (guint i = 0; i < second->filters->len; i++)
      {
        const AmSettingFilter *filter = g_ptr_array_index (second->filters, i);

        am_setting_add_filter (both, filter->filter, am_setting_copy (filter->value));
      }
  else if (second != NULL && both->type == AM_SETTING_FILTERS)
    am_setting_add_filter (both, NULL, am_setting_copy (second));
  g_hash_table_insert (settings, g_strdup (id), both);
}

static gboolean
read_sources (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  static const AmReaderKey keys[] = {
    { "model", read_path },
    { "layer_range", read_layer_range },
    { "parameters", read_model_parameters },
    { "sha256", read_sha256 },
    { NULL },
  };
  GPtrArray *models = reader->recipe->models;

  if (!read_list (reader, node, keys, "a source", error))
    return FALSE;
  for (guint i = 1; i < models->len; i++)
    {
      const AmRecipeModel *model = g_ptr_array_index (models, i);
      const AmRecipeModel *first = g_ptr_array_index (models, 0);

      if (model->layer_end != first->layer_end)
        return am_yaml_fail (
            reader->file, g_ptr_array_index (node->items, i), AM_ERROR_UNSUPPORTED, error,
            "slices of parts of models are not supported yet; expected the same layer_range in "
            "every source");
    }
  return TRUE;
}

static gboolean
read_residual_weight (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  g_ptr_array_add (reader->recipe->notes,
                   g_strdup_printf ("line %u: residual_weight has no effect, as in mergekit", node->line));
  return TRUE;
}

gboolean
am_reader_read_slices (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  static const AmReaderKey keys[] = {
    { "sources", read_sources },
    { "base_model", am_reader_read_base },
    { "parameters", am_reader_read_parameters },
    { "residual_weight", read_residual_weight },
    { NULL },
  };
  g_autoptr (GHashTable) settings
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)am_setting_free);
  GHashTableIter iter;
  gpointer id, setting;

  if (node->type != AM_YAML_LIST || node->items->len == 0)
    return am_reader_fail_type (reader, node, "a list of slices", error);
  if (node->items->len > 1)
    return am_yaml_fail (reader->file, g_ptr_array_index (node->items, 1), AM_ERROR_UNSUPPORTED, error,
                         "slices of parts of models are not supported yet; expected one slice");
  if (!am_reader_read_map (reader, g_ptr_array_index (node->items, 0), keys, "a slice", settings, error))
    return FALSE;
  if (reader->recipe->models->len == 0)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "a slice without 'sources'; expected a list of models");
  g_hash_table_iter_init (&iter, settings);
  while (g_hash_table_iter_next (&iter, &id, &setting))
    put_before (reader->recipe->parameters, id, setting);
  return TRUE;
}
