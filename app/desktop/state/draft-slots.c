/* Models and method of the draft. */
#include "draft-private.h"

#include <glib/gi18n.h>

/* Fewer are no merge, whatever the method could do with. */
static guint
get_wanted_slots (const AmMethod *method)
{
  guint wanted = MAX (method->min_models, method->base == AM_BASE_REQUIRED ? 1 : 2);

  return MIN (wanted, method->max_models);
}

static AmRecipeModel *
get_model (const AmRecipe *recipe, guint slot)
{
  return slot < recipe->models->len ? g_ptr_array_index (recipe->models, slot) : NULL;
}

static gboolean
is_empty (const AmRecipeModel *model)
{
  return model == NULL || *model->path == '\0';
}

AmRecipeModel *
am_draft_find_model (AmDraft *self, guint slot)
{
  AmRecipe *recipe = am_draft_peek (self);

  return slot == AM_SLOT_BASE ? recipe->base : get_model (recipe, slot);
}

/* Names of stages mean nothing once the stage is gone. */
static void
park (AmDraft *self, const AmRecipeModel *model)
{
  if (!is_empty (model) && am_recipes_find_stage (self->recipes, model->path) < 0)
    g_ptr_array_insert (self->parked, 0, g_strdup (model->path));
}

static AmRecipeModel *
unpark (AmDraft *self)
{
  AmRecipeModel *model;

  if (self->parked->len == 0)
    return am_recipe_model_new ("");
  model = am_recipe_model_new (g_ptr_array_index (self->parked, 0));
  g_ptr_array_remove_index (self->parked, 0);
  return model;
}

/* An empty slot before the last goes first, so that no model leaves while there is room. */
static guint
choose_leaving (const AmRecipe *recipe)
{
  for (guint i = recipe->models->len; i-- > 0;)
    if (is_empty (get_model (recipe, i)))
      return i;
  return recipe->models->len - 1;
}

static void
remove_surplus (AmDraft *self, AmRecipe *recipe, guint n)
{
  while (recipe->models->len > n)
    {
      guint leaving = choose_leaving (recipe);

      park (self, get_model (recipe, leaving));
      g_ptr_array_remove_index (recipe->models, leaving);
    }
}

static void
remove_empty (AmRecipe *recipe, guint wanted)
{
  for (guint i = recipe->models->len; i-- > 0 && recipe->models->len > wanted;)
    if (is_empty (get_model (recipe, i)))
      g_ptr_array_remove_index (recipe->models, i);
}

void
am_draft_fit_slots (AmDraft *self, AmRecipe *recipe)
{
  const AmMethod *method = am_method_find (recipe->method);
  guint wanted;

  if (method == NULL)
    return;
  wanted = get_wanted_slots (method);
  remove_surplus (self, recipe, method->max_models);
  while (recipe->models->len < wanted)
    g_ptr_array_add (recipe->models, unpark (self));
}

const AmMethod *
am_draft_get_method (AmDraft *self)
{
  return am_method_find (am_draft_peek (self)->method);
}

/* Whether @setting of the old method's parameter is one the new method would take. */
static gboolean
fits (const AmMethod *from, const AmMethod *to, const char *id, const AmSetting *setting)
{
  gint old = from != NULL ? am_method_find_parameter (from, id) : -1;
  gint index = am_method_find_parameter (to, id);
  const AmParameter *parameter;

  if (old < 0 || index < 0 || !am_setting_is_constant (setting))
    return FALSE;
  parameter = &to->parameters[index];
  if (parameter->type != from->parameters[old].type || parameter->type == AM_PARAMETER_CHOICE)
    return FALSE;
  return setting->number >= parameter->minimum && setting->number <= parameter->maximum;
}

static void
drop_parameters (GHashTable *parameters, const AmMethod *from, const AmMethod *to)
{
  GHashTableIter iter;
  gpointer id, setting;

  g_hash_table_iter_init (&iter, parameters);
  while (g_hash_table_iter_next (&iter, &id, &setting))
    if (!fits (from, to, id, setting))
      g_hash_table_iter_remove (&iter);
}

gboolean
am_method_has_own_ratios (const AmMethod *method)
{
  gint ratio = method != NULL ? am_method_get_ratio (method) : -1;

  return ratio >= 0 && method->parameters[ratio].per_model;
}

/* Block weights stay where they still mean a ratio of the whole merge. */
static void
drop_blocks (AmRecipe *recipe, const AmMethod *to)
{
  gint second = am_method_get_second_ratio (to);
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, recipe->blocks);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    {
      gboolean is_main = *(const char *)id == '\0';
      gboolean stays = is_main ? am_method_get_ratio (to) >= 0 && !am_method_has_own_ratios (to)
                               : second >= 0 && g_str_equal (id, to->parameters[second].id);

      if (!stays)
        g_hash_table_iter_remove (&iter);
    }
  for (guint i = 0; i < recipe->models->len && !am_method_has_own_ratios (to); i++)
    g_clear_pointer (&get_model (recipe, i)->blocks, am_block_weights_free);
}

/* A base the new method knows nothing of takes the first free slot, or the one after the last. */
static void
move_base (AmDraft *self, AmRecipe *recipe, const AmMethod *to)
{
  if (recipe->base == NULL || to->base != AM_BASE_NONE)
    return;
  remove_empty (recipe, 0);
  if (is_empty (recipe->base))
    g_clear_pointer (&recipe->base, am_recipe_model_free);
  else if (recipe->models->len < to->max_models)
    g_ptr_array_add (recipe->models, g_steal_pointer (&recipe->base));
  else
    {
      park (self, recipe->base);
      g_clear_pointer (&recipe->base, am_recipe_model_free);
    }
}

void
am_draft_set_method (AmDraft *self, const char *id)
{
  const AmMethod *from = am_draft_get_method (self);
  const AmMethod *to = am_method_find (id);
  AmRecipe *recipe;

  g_return_if_fail (to != NULL);

  if (from == to)
    return;
  recipe = am_draft_begin (self, NULL);
  drop_parameters (recipe->parameters, from, to);
  for (guint i = 0; i < recipe->models->len; i++)
    drop_parameters (get_model (recipe, i)->parameters, from, to);
  drop_blocks (recipe, to);
  g_free (recipe->method);
  recipe->method = g_strdup (id);
  move_base (self, recipe, to);
  remove_empty (recipe, get_wanted_slots (to));
  am_draft_fit_slots (self, recipe);
  am_draft_fit_files (self, recipe, from, to);
  am_draft_end (self);
}

guint
am_draft_get_n_slots (AmDraft *self)
{
  return am_draft_peek (self)->models->len;
}

gboolean
am_draft_has_base_slot (AmDraft *self)
{
  const AmMethod *method = am_draft_get_method (self);

  return method != NULL && method->base != AM_BASE_NONE;
}

const char *
am_draft_get_path (AmDraft *self, guint slot)
{
  const AmRecipeModel *model = am_draft_find_model (self, slot);

  return model != NULL ? model->path : "";
}

gboolean
am_draft_is_stage (AmDraft *self, guint slot)
{
  const char *path = am_draft_get_path (self, slot);

  return *path != '\0' && am_recipes_find_stage (self->recipes, path) >= 0;
}

static void
mark_stage (const GPtrArray *recipes, const AmRecipeModel *model, gboolean *is_used)
{
  gint stage = is_empty (model) ? -1 : am_recipes_find_stage (recipes, model->path);

  if (stage >= 0)
    is_used[stage] = TRUE;
}

void
am_draft_drop_unused_stages (AmDraft *self)
{
  g_autofree gboolean *is_used = g_new0 (gboolean, self->recipes->len);

  /* A stage comes after those it needs. */
  is_used[self->recipes->len - 1] = TRUE;
  for (guint i = self->recipes->len; i-- > 0;)
    {
      const AmRecipe *recipe = g_ptr_array_index (self->recipes, i);

      if (!is_used[i])
        {
          g_ptr_array_remove_index (self->recipes, i);
          continue;
        }
      mark_stage (self->recipes, recipe->base, is_used);
      for (guint j = 0; j < recipe->models->len; j++)
        mark_stage (self->recipes, get_model (recipe, j), is_used);
    }
}

static void
set_path (AmRecipeModel *model, const char *path)
{
  if (g_strcmp0 (model->path, path) != 0)
    am_draft_clear_files (model);
  g_free (model->path);
  model->path = g_strdup (path);
  /* The hash was the old file's. */
  g_clear_pointer (&model->sha256, g_free);
}

void
am_draft_set_path (AmDraft *self, guint slot, const char *path)
{
  AmRecipe *recipe;

  g_return_if_fail (path != NULL && (slot == AM_SLOT_BASE || slot < am_draft_get_n_slots (self)));

  recipe = am_draft_begin (self, NULL);
  if (slot != AM_SLOT_BASE)
    set_path (get_model (recipe, slot), path);
  else if (*path == '\0')
    g_clear_pointer (&recipe->base, am_recipe_model_free);
  else if (recipe->base == NULL)
    recipe->base = am_recipe_model_new (path);
  else
    set_path (recipe->base, path);
  am_draft_fill_statistics (self);
  am_draft_end (self);
}

static void
swap_texts (char **first, char **second)
{
  char *kept = *first;

  *first = *second;
  *second = kept;
}

/* With models all that is theirs changes places; weights and block weights stay with the slot. */
static void
swap_models (AmRecipeModel *first, AmRecipeModel *second)
{
  AmRecipeFiles files = first->files;

  swap_texts (&first->path, &second->path);
  first->files = second->files;
  second->files = files;
  g_clear_pointer (&first->sha256, g_free);
  g_clear_pointer (&second->sha256, g_free);
}

void
am_draft_swap_slots (AmDraft *self, guint first, guint second)
{
  g_autofree char *first_path = g_strdup (am_draft_get_path (self, first));
  g_autofree char *second_path = g_strdup (am_draft_get_path (self, second));

  am_draft_begin (self, NULL);
  if (first != AM_SLOT_BASE && second != AM_SLOT_BASE)
    swap_models (am_draft_find_model (self, first), am_draft_find_model (self, second));
  else
    {
      am_draft_set_path (self, first, second_path);
      am_draft_set_path (self, second, first_path);
    }
  am_draft_end (self);
}

gboolean
am_draft_can_add_slot (AmDraft *self)
{
  const AmMethod *method = am_draft_get_method (self);

  return method != NULL && am_draft_get_n_slots (self) < MIN (method->max_models, 26);
}

void
am_draft_add_slot (AmDraft *self)
{
  AmRecipe *recipe;

  if (!am_draft_can_add_slot (self))
    return;
  recipe = am_draft_begin (self, NULL);
  g_ptr_array_add (recipe->models, am_recipe_model_new (""));
  am_draft_end (self);
}

gboolean
am_draft_can_remove_slot (AmDraft *self)
{
  const AmMethod *method = am_draft_get_method (self);

  return method != NULL && am_draft_get_n_slots (self) > get_wanted_slots (method);
}

void
am_draft_remove_slot (AmDraft *self, guint slot)
{
  AmRecipe *recipe;

  if (!am_draft_can_remove_slot (self) || slot >= am_draft_get_n_slots (self))
    return;
  recipe = am_draft_begin (self, NULL);
  g_ptr_array_remove_index (recipe->models, slot);
  am_draft_end (self);
}

guint
am_draft_find_free_slot (AmDraft *self)
{
  AmRecipe *recipe = am_draft_peek (self);

  for (guint i = 0; i < recipe->models->len; i++)
    if (is_empty (get_model (recipe, i)))
      return i;
  if (am_draft_can_add_slot (self))
    am_draft_add_slot (self);
  return am_draft_get_n_slots (self) - 1;
}

char *
am_draft_place_model (AmDraft *self, const char *path)
{
  guint slot = am_draft_find_free_slot (self);
  g_autofree char *old = g_path_get_basename (am_draft_get_path (self, slot));
  g_autofree char *title = am_draft_dup_slot_title (self, slot);
  gboolean was_empty
      = *am_draft_get_path (self, slot) == '\0' || g_str_equal (am_draft_get_path (self, slot), path);

  am_draft_set_path (self, slot, path);
  /* Translators: the name of a file, and the letter of a slot. */
  return was_empty ? NULL : g_strdup_printf (_ ("All slots were taken: “%s” left slot %s"), old, title);
}

char *
am_draft_dup_slot_title (AmDraft *self, guint slot)
{
  if (slot == AM_SLOT_BASE)
    return g_strdup (_ ("Base"));
  return slot < 26 ? g_strdup_printf ("%c", 'A' + (char)slot) : g_strdup_printf ("%u", slot + 1);
}

gboolean
am_draft_is_complete (AmDraft *self)
{
  const AmRecipe *recipe = am_draft_peek (self);
  const AmMethod *method = am_draft_get_method (self);

  if (method == NULL || (method->base == AM_BASE_REQUIRED && is_empty (recipe->base)))
    return FALSE;
  for (guint i = 0; i < recipe->models->len; i++)
    if (is_empty (get_model (recipe, i)))
      return FALSE;
  return recipe->models->len >= method->min_models;
}
