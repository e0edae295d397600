#include "recipe/recipe.h"

#include <string.h>

#include "methods/registry.h"
#include "recipe/model-files.h"

static gpointer
copy_text (gconstpointer source, gpointer user_data)
{
  return g_strdup (source);
}

static gpointer
copy_model (gconstpointer source, gpointer user_data)
{
  return am_recipe_model_copy (source);
}

static GHashTable *
new_settings (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)am_setting_free);
}

static GHashTable *
copy_table (GHashTable *source, gpointer (*copy_value) (gconstpointer value), GDestroyNotify free_value)
{
  GHashTable *copy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_value);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, source);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (copy, g_strdup (key), copy_value (value));
  return copy;
}

static GHashTable *
copy_settings (GHashTable *settings)
{
  return copy_table (settings, (gpointer (*) (gconstpointer))am_setting_copy,
                     (GDestroyNotify)am_setting_free);
}

AmRecipeModel *
am_recipe_model_new (const char *path)
{
  AmRecipeModel *model = g_new0 (AmRecipeModel, 1);

  model->path = g_strdup (path);
  model->parameters = new_settings ();
  return model;
}

void
am_recipe_model_free (AmRecipeModel *model)
{
  if (model == NULL)
    return;
  g_free (model->path);
  g_free (model->sha256);
  g_hash_table_unref (model->parameters);
  am_block_weights_free (model->blocks);
  am_recipe_files_clear (&model->files);
  g_free (model);
}

AmRecipeModel *
am_recipe_model_copy (const AmRecipeModel *model)
{
  AmRecipeModel *copy = g_new0 (AmRecipeModel, 1);

  *copy = *model;
  copy->path = g_strdup (model->path);
  copy->sha256 = g_strdup (model->sha256);
  copy->parameters = copy_settings (model->parameters);
  am_recipe_files_copy (&copy->files, &model->files);
  copy->blocks = model->blocks != NULL ? am_block_weights_copy (model->blocks) : NULL;
  return copy;
}

AmPolicy *
am_policy_copy (const AmPolicy *policy)
{
  AmPolicy *copy = g_new0 (AmPolicy, 1);

  *copy = *policy;
  copy->file = g_strdup (policy->file);
  copy->sha256 = g_strdup (policy->sha256);
  return copy;
}

void
am_policy_free (AmPolicy *policy)
{
  if (policy == NULL)
    return;
  g_free (policy->file);
  g_free (policy->sha256);
  g_free (policy);
}

AmRecipe *
am_recipe_new (const char *method)
{
  AmRecipe *recipe = g_new0 (AmRecipe, 1);

  recipe->method = g_strdup (method);
  recipe->models = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_model_free);
  recipe->parameters = new_settings ();
  recipe->dtype = AM_DTYPE_NONE;
  recipe->out_dtype = AM_DTYPE_NONE;
  recipe->blocks
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)am_block_weights_free);
  recipe->components
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)am_policy_free);
  recipe->discard = g_ptr_array_new_with_free_func (g_free);
  recipe->notes = g_ptr_array_new_with_free_func (g_free);
  return recipe;
}

void
am_recipe_free (AmRecipe *recipe)
{
  if (recipe == NULL)
    return;
  g_free (recipe->name);
  g_free (recipe->method);
  am_recipe_model_free (recipe->base);
  g_ptr_array_unref (recipe->models);
  g_hash_table_unref (recipe->parameters);
  g_hash_table_unref (recipe->blocks);
  g_hash_table_unref (recipe->components);
  am_align_settings_free (recipe->align);
  g_ptr_array_unref (recipe->discard);
  g_ptr_array_unref (recipe->notes);
  g_free (recipe);
}

AmRecipe *
am_recipe_copy (const AmRecipe *recipe)
{
  AmRecipe *copy = g_new0 (AmRecipe, 1);

  *copy = *recipe;
  copy->name = g_strdup (recipe->name);
  copy->method = g_strdup (recipe->method);
  copy->base = recipe->base != NULL ? am_recipe_model_copy (recipe->base) : NULL;
  copy->models = g_ptr_array_copy (recipe->models, (GCopyFunc)copy_model, NULL);
  copy->parameters = copy_settings (recipe->parameters);
  copy->blocks = copy_table (recipe->blocks, (gpointer (*) (gconstpointer))am_block_weights_copy,
                             (GDestroyNotify)am_block_weights_free);
  copy->components = copy_table (recipe->components, (gpointer (*) (gconstpointer))am_policy_copy,
                                 (GDestroyNotify)am_policy_free);
  copy->align = am_align_settings_copy (recipe->align);
  copy->discard = g_ptr_array_copy (recipe->discard, (GCopyFunc)copy_text, NULL);
  copy->notes = g_ptr_array_copy (recipe->notes, (GCopyFunc)copy_text, NULL);
  return copy;
}

static gint
find_model (const AmRecipe *recipe, const char *path)
{
  for (guint i = 0; i < recipe->models->len; i++)
    {
      const AmRecipeModel *model = g_ptr_array_index (recipe->models, i);

      if (strcmp (model->path, path) == 0)
        return (gint)i;
    }
  return -1;
}

/* A model that is taken out of the list in favour of @keep must not take its pinned hash along. */
static void
keep_sha256 (AmRecipeModel *keep, AmRecipeModel *other)
{
  if (keep->sha256 == NULL)
    keep->sha256 = g_steal_pointer (&other->sha256);
}

static void
make_base_first_model (AmRecipe *recipe)
{
  AmRecipeModel *base = g_steal_pointer (&recipe->base);
  gint index = find_model (recipe, base->path);

  if (index >= 0)
    {
      AmRecipeModel *listed = g_ptr_array_steal_index (recipe->models, (guint)index);

      keep_sha256 (listed, base);
      am_recipe_model_free (base);
      base = listed;
    }
  g_ptr_array_insert (recipe->models, 0, base);
}

void
am_recipe_settle_base (AmRecipe *recipe)
{
  const AmMethod *method = am_method_find (recipe->method);
  gint index;

  if (method == NULL || recipe->base == NULL)
    return;
  if (method->base == AM_BASE_NONE)
    {
      make_base_first_model (recipe);
      return;
    }
  while ((index = find_model (recipe, recipe->base->path)) >= 0)
    {
      keep_sha256 (recipe->base, g_ptr_array_index (recipe->models, (guint)index));
      g_ptr_array_remove_index (recipe->models, (guint)index);
    }
}

gint
am_recipes_find_stage (const GPtrArray *recipes, const char *name)
{
  for (guint i = 0; i < recipes->len; i++)
    {
      const AmRecipe *recipe = g_ptr_array_index (recipes, i);

      if (g_strcmp0 (recipe->name, name) == 0)
        return (gint)i;
    }
  return -1;
}
