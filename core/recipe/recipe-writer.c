#include <math.h>
#include <string.h>

#include "architecture/model.h"
#include "methods/registry.h"
#include "recipe/model-files.h"
#include "recipe/recipe.h"
#include "recipe/writer-values.h"

static void
add_indent (GString *out, guint indent)
{
  g_string_append_printf (out, "%*s", (int)indent, "");
}

static void add_setting (GString *out, const AmSetting *setting, guint indent);

static void
add_filters (GString *out, const AmSetting *setting, guint indent)
{
  for (guint i = 0; i < setting->filters->len; i++)
    {
      const AmSettingFilter *filter = g_ptr_array_index (setting->filters, i);

      g_string_append_c (out, '\n');
      add_indent (out, indent);
      g_string_append (out, "- ");
      if (filter->filter != NULL)
        {
          g_string_append (out, "filter: ");
          am_write_text (out, filter->filter);
          g_string_append_c (out, '\n');
          add_indent (out, indent + 2);
        }
      g_string_append (out, "value:");
      add_setting (out, filter->value, indent + 2);
    }
}

/* What follows a key and its colon. */
static void
add_setting (GString *out, const AmSetting *setting, guint indent)
{
  if (setting->type != AM_SETTING_FILTERS)
    g_string_append_c (out, ' ');
  switch (setting->type)
    {
    case AM_SETTING_NUMBER:
      if (setting->is_boolean)
        g_string_append (out, setting->number != 0 ? "true" : "false");
      else
        am_write_number (out, setting->number);
      break;
    case AM_SETTING_WORD:
      am_write_text (out, setting->word);
      break;
    case AM_SETTING_GRADIENT:
      am_write_numbers (out, setting->gradient);
      break;
    case AM_SETTING_STEPS:
      am_write_texts (out, setting->steps);
      break;
    case AM_SETTING_FILTERS:
      add_filters (out, setting, indent);
      break;
    }
}

static gint
compare_keys (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

static GList *
list_keys (GHashTable *table)
{
  return g_list_sort (g_hash_table_get_keys (table), compare_keys);
}

static void
add_parameters (GString *out, GHashTable *parameters, const AmRecipeFiles *files, guint indent)
{
  g_autoptr (GList) keys = list_keys (parameters);
  gboolean has_files = files != NULL && !am_recipe_files_is_empty (files);

  if (keys == NULL && !has_files)
    return;
  add_indent (out, indent);
  g_string_append (out, "parameters:\n");
  for (GList *key = keys; key != NULL; key = key->next)
    {
      add_indent (out, indent + 2);
      am_write_text (out, key->data);
      g_string_append_c (out, ':');
      add_setting (out, g_hash_table_lookup (parameters, key->data), indent + 4);
      g_string_append_c (out, '\n');
    }
  if (has_files)
    am_write_files (out, files, indent + 2);
}

static void
add_by_name (GString *out, GHashTable *by_name, guint indent)
{
  g_autoptr (GList) names = list_keys (by_name);

  for (GList *name = names; name != NULL; name = name->next)
    {
      add_indent (out, indent);
      am_write_text (out, name->data);
      g_string_append (out, ": ");
      am_write_number (out, *(double *)g_hash_table_lookup (by_name, name->data));
      g_string_append_c (out, '\n');
    }
}

static void
add_preset (GString *out, const AmBlockWeights *weights, guint indent)
{
  add_indent (out, indent);
  g_string_append (out, "preset: ");
  am_write_text (out, weights->preset);
  g_string_append_c (out, '\n');
  if (weights->second_preset == NULL)
    return;
  add_indent (out, indent);
  g_string_append (out, "second: ");
  am_write_text (out, weights->second_preset);
  g_string_append_c (out, '\n');
  add_indent (out, indent);
  g_string_append (out, "blend: ");
  am_write_number (out, weights->blend);
  g_string_append_c (out, '\n');
}

static void
add_block_fields (GString *out, const AmBlockWeights *weights, guint indent)
{
  if (weights->preset != NULL)
    add_preset (out, weights, indent);
  if (weights->numbers != NULL)
    {
      add_indent (out, indent);
      g_string_append (out, "numbers: ");
      am_write_numbers (out, weights->numbers);
      g_string_append_c (out, '\n');
    }
  if (weights->by_name != NULL)
    add_by_name (out, weights->by_name, indent);
  if (!isnan (weights->time_embed))
    {
      add_indent (out, indent);
      g_string_append (out, "time_embed: ");
      am_write_number (out, weights->time_embed);
      g_string_append_c (out, '\n');
    }
  if (weights->elements->len > 0)
    {
      add_indent (out, indent);
      g_string_append (out, "elements: ");
      am_write_texts (out, weights->elements);
      g_string_append_c (out, '\n');
    }
}

/* What follows a key: on its line where it fits there, else below. */
static void
add_block_weights (GString *out, const AmBlockWeights *weights, guint indent)
{
  gboolean is_bare = isnan (weights->time_embed) && weights->elements->len == 0;

  if (is_bare && weights->numbers != NULL)
    {
      g_string_append_c (out, ' ');
      am_write_numbers (out, weights->numbers);
      g_string_append_c (out, '\n');
      return;
    }
  if (is_bare && weights->preset == NULL && weights->by_name == NULL)
    g_string_append (out, " {}");
  g_string_append_c (out, '\n');
  add_block_fields (out, weights, indent);
}

static void
add_blocks (GString *out, const AmRecipe *recipe)
{
  const AmMethod *method = am_method_find (recipe->method);
  gint ratio = method != NULL ? am_method_get_ratio (method) : -1;
  g_autoptr (GList) ids = list_keys (recipe->blocks);

  if (ids == NULL)
    return;
  g_string_append (out, "blocks:");
  if (ids->next == NULL && ((char *)ids->data)[0] == '\0')
    {
      add_block_weights (out, g_hash_table_lookup (recipe->blocks, ""), 2);
      return;
    }
  g_string_append_c (out, '\n');
  for (GList *id = ids; id != NULL; id = id->next)
    {
      const char *name = id->data;

      if (name[0] == '\0' && ratio >= 0)
        name = method->parameters[ratio].id;
      g_string_append_printf (out, "  %s:", name);
      add_block_weights (out, g_hash_table_lookup (recipe->blocks, id->data), 4);
    }
}

static gboolean
is_path_alone (const AmRecipeModel *model)
{
  return model->sha256 == NULL && model->blocks == NULL && model->layer_end == 0
         && g_hash_table_size (model->parameters) == 0 && am_recipe_files_is_empty (&model->files);
}

static void
add_base (GString *out, const AmRecipeModel *base)
{
  if (base == NULL)
    return;
  g_string_append (out, "base_model:");
  if (base->sha256 == NULL)
    {
      g_string_append_c (out, ' ');
      am_write_text (out, base->path);
    }
  else
    {
      g_string_append (out, "\n  model: ");
      am_write_text (out, base->path);
      g_string_append (out, "\n  sha256: ");
      am_write_text (out, base->sha256);
    }
  g_string_append_c (out, '\n');
}

static void
add_model (GString *out, const AmRecipeModel *model, const char *bullet, guint indent)
{
  g_string_append (out, bullet);
  if (is_path_alone (model))
    {
      am_write_text (out, model->path);
      g_string_append_c (out, '\n');
      return;
    }
  g_string_append (out, "model: ");
  am_write_text (out, model->path);
  g_string_append_c (out, '\n');
  if (model->layer_end > 0)
    {
      add_indent (out, indent);
      g_string_append_printf (out, "layer_range: [0, %u]\n", model->layer_end);
    }
  if (model->sha256 != NULL)
    {
      add_indent (out, indent);
      g_string_append (out, "sha256: ");
      am_write_text (out, model->sha256);
      g_string_append_c (out, '\n');
    }
  add_parameters (out, model->parameters, &model->files, indent);
  if (model->blocks == NULL)
    return;
  add_indent (out, indent);
  g_string_append (out, "blocks:");
  add_block_weights (out, model->blocks, indent + 2);
}

static void
add_models (GString *out, const GPtrArray *models)
{
  g_string_append (out, models->len > 0 ? "models:\n" : "models: []\n");
  for (guint i = 0; i < models->len; i++)
    add_model (out, g_ptr_array_index (models, i), "  - ", 4);
}

static void
add_policy_file (GString *out, const AmPolicy *policy)
{
  if (policy->sha256 == NULL)
    {
      am_write_text (out, policy->file);
      return;
    }
  g_string_append (out, "{file: ");
  am_write_text (out, policy->file);
  g_string_append (out, ", sha256: ");
  am_write_text (out, policy->sha256);
  g_string_append_c (out, '}');
}

static void
add_policy (GString *out, const AmPolicy *policy)
{
  switch (policy->type)
    {
    case AM_POLICY_MERGE:
      g_string_append (out, "merge");
      break;
    case AM_POLICY_MODEL:
      if (policy->model == AM_POLICY_BASE)
        g_string_append (out, "base");
      else
        g_string_append_c (out, (char)('a' + policy->model));
      break;
    case AM_POLICY_RATIO:
      am_write_number (out, policy->ratio);
      break;
    case AM_POLICY_DISCARD:
      g_string_append (out, "discard");
      break;
    case AM_POLICY_FILE:
      add_policy_file (out, policy);
      break;
    }
}

static void
add_components (GString *out, GHashTable *components)
{
  g_autoptr (GList) names = list_keys (components);

  if (names == NULL)
    return;
  g_string_append (out, "components:\n");
  for (GList *name = names; name != NULL; name = name->next)
    {
      g_string_append_printf (out, "  %s: ", (char *)name->data);
      add_policy (out, g_hash_table_lookup (components, name->data));
      g_string_append_c (out, '\n');
    }
}

static void
add_dtype (GString *out, const char *key, AmDtype dtype)
{
  static const struct
  {
    AmDtype dtype;
    const char *word;
  } words[] = {
    { AM_DTYPE_F64, "float64" },   { AM_DTYPE_F32, "float32" },        { AM_DTYPE_F16, "float16" },
    { AM_DTYPE_BF16, "bfloat16" }, { AM_DTYPE_F8_E4M3, "fp8_e4m3fn" }, { AM_DTYPE_F8_E5M2, "fp8_e5m2" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (words[i].dtype == dtype)
      g_string_append_printf (out, "%s: %s\n", key, words[i].word);
}

static void
add_options (GString *out, const AmRecipe *recipe)
{
  add_dtype (out, "dtype", recipe->dtype);
  add_dtype (out, "out_dtype", recipe->out_dtype);
  if (recipe->seed != 0)
    g_string_append_printf (out, "seed: %" G_GUINT64_FORMAT "\n", recipe->seed);
  if (recipe->clamp)
    g_string_append (out, "clamp: true\n");
  if (recipe->prune)
    g_string_append (out, "prune: true\n");
  if (recipe->discard->len > 0)
    {
      g_string_append (out, "discard: ");
      am_write_texts (out, recipe->discard);
      g_string_append_c (out, '\n');
    }
  if (recipe->shard_size > 0)
    g_string_append_printf (out, "output:\n  shard_size: %" G_GUINT64_FORMAT "\n", recipe->shard_size);
}

static void
add_recipe (GString *out, const AmRecipe *recipe)
{
  if (recipe->name != NULL)
    {
      g_string_append (out, "name: ");
      am_write_text (out, recipe->name);
      g_string_append_c (out, '\n');
    }
  g_string_append_printf (out, "merge_method: %s\n", recipe->method != NULL ? recipe->method : "");
  add_base (out, recipe->base);
  add_models (out, recipe->models);
  add_parameters (out, recipe->parameters, NULL, 0);
  add_blocks (out, recipe);
  add_components (out, recipe->components);
  am_write_align (out, recipe->align);
  add_options (out, recipe);
}

char *
am_recipes_to_yaml (const GPtrArray *recipes)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < recipes->len; i++)
    {
      if (i > 0)
        g_string_append (out, "---\n");
      add_recipe (out, g_ptr_array_index (recipes, i));
    }
  return g_string_free (out, FALSE);
}
