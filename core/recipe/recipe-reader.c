#include "recipe/recipe-reader.h"

#include <string.h>

#include "base/nearest-name.h"

#define MAX_STAGES 64

static gboolean
read_name (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  return am_reader_read_text (reader, node, &reader->recipe->name, error);
}

/* The method was looked up before everything else, and slices are read after it. */
static gboolean
read_elsewhere (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  return TRUE;
}

static gboolean
read_parameters (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  return am_reader_read_parameters (reader, node, reader->recipe->parameters, error);
}

static gboolean
read_dtype (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  return am_reader_read_dtype (reader, node, &reader->recipe->dtype, error);
}

static gboolean
read_out_dtype (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (reader->recipe->out_dtype != AM_DTYPE_NONE)
    return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                         "the output's dtype is given twice; keep either out_dtype or the one in output");
  return am_reader_read_dtype (reader, node, &reader->recipe->out_dtype, error);
}

static gboolean
read_prune (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  return am_reader_read_boolean (reader, node, &reader->recipe->prune, error);
}

static gboolean
read_clamp (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  return am_reader_read_boolean (reader, node, &reader->recipe->clamp, error);
}

static gboolean
read_seed (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (node->type != AM_YAML_SCALAR
      || !g_ascii_string_to_unsigned (node->text, 10, 0, G_MAXUINT64, &reader->recipe->seed, NULL))
    return am_reader_fail_type (reader, node, "a whole number from 0 to 18446744073709551615", error);
  return TRUE;
}

static gboolean
refuse_modules (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  return am_yaml_fail (
      reader->file, node, AM_ERROR_UNSUPPORTED, error,
      "modules (merging parts of a model by different rules) are not supported yet; use models");
}

static void
note_tokenizer (AmRecipeReader *reader, const AmYamlNode *node)
{
  g_ptr_array_add (
      reader->recipe->notes,
      g_strdup_printf ("line %u: tokenizer and chat template are left alone: tensors are merged, "
                       "other files are not written",
                       node->line));
}

static gboolean
skip_tokenizer_source (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (node->type != AM_YAML_SCALAR)
    return am_reader_fail_type (reader, node, "text", error);
  note_tokenizer (reader, node);
  return TRUE;
}

static gboolean
skip_tokenizer (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  if (node->type != AM_YAML_MAP)
    return am_reader_fail_type (reader, node, "a map", error);
  for (guint i = 0; i < node->items->len; i += 2)
    {
      const AmYamlNode *key = g_ptr_array_index (node->items, i);

      if (strcmp (key->text, "source") != 0)
        return am_yaml_fail (
            reader->file, key, AM_ERROR_UNSUPPORTED, error,
            "tokenizer surgery ('%s') is not supported yet; remove it to keep rows as they are", key->text);
    }
  note_tokenizer (reader, node);
  return TRUE;
}

static const AmReaderKey recipe_keys[] = {
  { "name", read_name },
  { "merge_method", read_elsewhere },
  { "base_model", am_reader_read_base },
  { "models", am_reader_read_models },
  { "slices", read_elsewhere },
  { "modules", refuse_modules },
  { "parameters", read_parameters },
  { "dtype", read_dtype },
  { "out_dtype", read_out_dtype },
  { "blocks", am_reader_read_blocks },
  { "components", am_reader_read_components },
  { "seed", read_seed },
  { "clamp", read_clamp },
  { "prune", read_prune },
  { "discard", am_reader_read_discard },
  { "output", am_reader_read_output },
  { "align", am_reader_read_align },
  { "tokenizer_source", skip_tokenizer_source },
  { "tokenizer", skip_tokenizer },
  { "chat_template", skip_tokenizer_source },
  { NULL },
};

static gboolean
fail_method (AmRecipeReader *reader, const AmYamlNode *node, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *hint = NULL;

  for (guint i = 0; i < am_method_get_count (); i++)
    g_ptr_array_add (names, (gpointer)am_method_get (i)->id);
  g_ptr_array_add (names, NULL);
  hint = am_nearest_hint (node->text, (const char *const *)names->pdata);
  return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                       "no merge method '%s'%s (`amalgam methods` lists them all)", node->text, hint);
}

static gboolean
find_method (AmRecipeReader *reader, const AmYamlNode *document, GError **error)
{
  const AmYamlNode *node = am_yaml_get (document, "merge_method");

  if (node == NULL)
    return am_yaml_fail (reader->file, document, AM_ERROR_BAD_RECIPE, error,
                         "no merge_method; expected one, as in 'merge_method: weighted_sum'");
  if (node->type != AM_YAML_SCALAR || am_yaml_is_null (node))
    return am_reader_fail_type (reader, node, "the name of a merge method", error);
  reader->method = am_method_find (node->text);
  if (reader->method == NULL)
    return fail_method (reader, node, error);
  g_free (reader->recipe->method);
  reader->recipe->method = g_strdup (reader->method->id);
  return TRUE;
}

static gboolean
check_models_or_slices (AmRecipeReader *reader, const AmYamlNode *document, GError **error)
{
  const AmYamlNode *models = am_yaml_get (document, "models");
  const AmYamlNode *slices = am_yaml_get (document, "slices");

  if (models != NULL && slices != NULL)
    return am_yaml_fail (reader->file, slices, AM_ERROR_BAD_RECIPE, error,
                         "'slices' beside 'models' (line %u); expected one of them", models->line);
  if (models == NULL && slices == NULL && am_yaml_get (document, "modules") == NULL)
    return am_yaml_fail (reader->file, document, AM_ERROR_BAD_RECIPE, error,
                         "no models; expected 'models:' and a list of files or folders");
  return TRUE;
}

static gboolean
check_counts (AmRecipeReader *reader, const AmYamlNode *document, GError **error)
{
  const AmMethod *method = reader->method;
  const AmRecipe *recipe = reader->recipe;
  guint n = recipe->models->len;
  const char *base = method->base == AM_BASE_NONE ? "" : " beside the base";

  if (method->base == AM_BASE_REQUIRED && recipe->base == NULL)
    return am_yaml_fail (reader->file, document, AM_ERROR_BAD_RECIPE, error, "%s needs a base_model",
                         method->id);
  if (n < method->min_models)
    return am_yaml_fail (reader->file, document, AM_ERROR_BAD_RECIPE, error,
                         "%s needs at least %u model%s%s, found %u", method->id, method->min_models,
                         method->min_models == 1 ? "" : "s", base, n);
  if (n > method->max_models)
    return am_yaml_fail (reader->file, document, AM_ERROR_BAD_RECIPE, error,
                         "%s takes at most %u model%s%s, found %u", method->id, method->max_models,
                         method->max_models == 1 ? "" : "s", base, n);
  return TRUE;
}

static gboolean
read_document (AmRecipeReader *reader, const AmYamlNode *document, GError **error)
{
  const AmYamlNode *slices;

  if (document->type != AM_YAML_MAP)
    return am_reader_fail_type (reader, document, "a recipe: a map with merge_method and models", error);
  if (!find_method (reader, document, error)
      || !am_reader_read_map (reader, document, recipe_keys, "a recipe", NULL, error)
      || !check_models_or_slices (reader, document, error))
    return FALSE;
  slices = am_yaml_get (document, "slices");
  if (slices != NULL && !am_reader_read_slices (reader, slices, NULL, error))
    return FALSE;
  am_recipe_settle_base (reader->recipe);
  return check_counts (reader, document, error);
}

static AmRecipe *
read_recipe (const AmYamlFile *file, const AmYamlNode *document, GError **error)
{
  g_autoptr (AmRecipe) recipe = am_recipe_new (NULL);
  AmRecipeReader reader = { .file = file, .recipe = recipe };

  return read_document (&reader, document, error) ? g_steal_pointer (&recipe) : NULL;
}

static gboolean
check_documents (const AmYamlFile *file, GError **error)
{
  guint n = file->documents->len;

  if (n > 0 && n <= MAX_STAGES)
    return TRUE;
  if (n == 0)
    g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                 "%s:1:1: the recipe is empty; expected merge_method and models", file->source);
  else
    am_yaml_fail (file, g_ptr_array_index (file->documents, MAX_STAGES), AM_ERROR_BAD_RECIPE, error,
                  "more than %d stages", MAX_STAGES);
  return FALSE;
}

GPtrArray *
am_recipes_parse (const char *text, gssize length, const char *source, GError **error)
{
  g_autoptr (GPtrArray) recipes = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);
  gsize size = length >= 0 ? (gsize)length : strlen (text);
  g_autoptr (AmYamlFile) file = am_yaml_file_new (text, size, source, error);

  if (file == NULL || !check_documents (file, error))
    return NULL;
  for (guint i = 0; i < file->documents->len; i++)
    {
      AmRecipe *recipe = read_recipe (file, g_ptr_array_index (file->documents, i), error);

      if (recipe == NULL)
        return NULL;
      g_ptr_array_add (recipes, recipe);
    }
  return am_stages_sort (recipes, file, error) ? g_steal_pointer (&recipes) : NULL;
}
