/* What the recipe in Amalgam's own outputs tells. */
#include "methods/registry.h"
#include "recipe/ancestry-private.h"
#include "base/number-text.h"

static void
start_setting (GString *out, const char *name, const char *suffix)
{
  g_string_append_printf (out, "%s%s%s=", out->len > 0 ? ", " : "", name, suffix);
}

/* What varies within the model is not spelled out. */
static void
append_setting (GString *out, const AmSetting *setting)
{
  g_autofree char *number = setting->type == AM_SETTING_NUMBER ? am_number_to_text (setting->number) : NULL;

  if (setting->type == AM_SETTING_WORD)
    g_string_append (out, setting->word);
  else if (setting->is_boolean)
    g_string_append (out, setting->number != 0.0 ? "true" : "false");
  else
    g_string_append (out, number != NULL ? number : "…");
}

static void
append_parameter (GString *out, const AmRecipe *recipe, const char *id)
{
  const AmSetting *global = g_hash_table_lookup (recipe->parameters, id);
  const char *separator = "";

  if (global != NULL)
    {
      start_setting (out, id, "");
      append_setting (out, global);
    }
  for (guint i = 0; i < recipe->models->len; i++)
    {
      const AmRecipeModel *model = g_ptr_array_index (recipe->models, i);
      const AmSetting *own = g_hash_table_lookup (model->parameters, id);

      if (own == NULL)
        continue;
      if (*separator == '\0')
        start_setting (out, id, "");
      g_string_append (out, separator);
      append_setting (out, own);
      separator = ",";
    }
}

static void
append_weights (GString *out, const AmBlockWeights *weights)
{
  g_autofree char *blend = am_number_to_text (weights->blend);

  if (weights->preset != NULL)
    g_string_append (out, weights->preset);
  if (weights->second_preset != NULL)
    g_string_append_printf (out, "+%s@%s", weights->second_preset, blend);
  for (guint i = 0; weights->numbers != NULL && i < weights->numbers->len; i++)
    {
      g_autofree char *number = am_number_to_text (g_array_index (weights->numbers, double, i));

      g_string_append_printf (out, "%s%s", i > 0 ? "," : "", number);
    }
  if (weights->preset == NULL && weights->numbers == NULL)
    g_string_append (out, "…");
}

static void
append_blocks (GString *out, const AmRecipe *recipe, const char *id)
{
  const AmBlockWeights *weights = g_hash_table_lookup (recipe->blocks, id);

  if (weights == NULL)
    return;
  start_setting (out, *id != '\0' ? "blocks." : "blocks", id);
  append_weights (out, weights);
}

static void
describe (AmAncestor *node, const AmRecipe *recipe)
{
  const AmMethod *method = am_method_find (recipe->method);
  g_autoptr (GString) text = g_string_new (NULL);

  node->method = g_strdup (method != NULL ? method->title : recipe->method);
  if (method == NULL)
    return;
  for (guint i = 0; i < method->n_parameters; i++)
    append_parameter (text, recipe, method->parameters[i].id);
  append_blocks (text, recipe, "");
  for (guint i = 0; i < method->n_parameters; i++)
    append_blocks (text, recipe, method->parameters[i].id);
  node->detail = am_ancestry_tidy (text->str);
}

static void
add_model (AmAncestry *self, AmAncestryItem *item, const AmRecipeModel *model, const char *role)
{
  gint stage = am_recipes_find_stage (self->recipes, model->path);
  g_autofree char *name = g_path_get_basename (model->path);
  AmAncestryParent parent = { name, model->sha256, role, NULL };

  if (stage >= 0)
    parent.recipe = g_ptr_array_index (self->recipes, stage);
  am_ancestry_add (self, item, &parent);
}

static gint
compare_ids (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (a, b);
}

static void
add_policy_files (AmAncestry *self, AmAncestryItem *item, GHashTable *components)
{
  g_autoptr (GList) ids = components != NULL ? g_hash_table_get_keys (components) : NULL;

  ids = g_list_sort (ids, compare_ids);
  for (GList *at = ids; at != NULL; at = at->next)
    {
      const AmPolicy *policy = g_hash_table_lookup (components, at->data);
      g_autofree char *name = policy->type == AM_POLICY_FILE ? g_path_get_basename (policy->file) : NULL;
      AmAncestryParent parent = { name, policy->sha256, at->data, NULL };

      if (policy->type == AM_POLICY_FILE)
        am_ancestry_add (self, item, &parent);
    }
}

void
am_ancestry_grow_recipe (AmAncestry *self, AmAncestryItem *item)
{
  const AmRecipe *recipe = item->recipe;

  describe (item->node, recipe);
  if (recipe->base != NULL)
    add_model (self, item, recipe->base, "base");
  for (guint i = 0; i < recipe->models->len; i++)
    add_model (self, item, g_ptr_array_index (recipe->models, i), NULL);
  add_policy_files (self, item, recipe->components);
}
