#include <string.h>

#include "recipe/recipe-reader.h"

typedef struct
{
  GPtrArray *recipes;
  const AmYamlFile *file;
  guint8 *marks; /* 0 untouched, 1 being placed, 2 placed */
  gboolean *is_used;
  GArray *order; /* guint */
} Sorting;

static gboolean place (Sorting *sorting, guint index, GError **error);

static const AmYamlNode *
document_of (const Sorting *sorting, guint index)
{
  return g_ptr_array_index (sorting->file->documents, index);
}

static gboolean
place_needed (Sorting *sorting, guint user, const AmRecipeModel *model, GError **error)
{
  gint index = am_recipes_find_stage (sorting->recipes, model->path);

  if (index < 0)
    return TRUE;
  sorting->is_used[index] = TRUE;
  if (sorting->marks[index] == 1)
    return am_yaml_fail (
        sorting->file, document_of (sorting, user), AM_ERROR_BAD_RECIPE, error,
        "stages need each other in a circle: this one needs '%s' (line %u), which needs this one",
        model->path, model->line);
  return place (sorting, (guint)index, error);
}

static gboolean
place (Sorting *sorting, guint index, GError **error)
{
  const AmRecipe *recipe = g_ptr_array_index (sorting->recipes, index);

  if (sorting->marks[index] == 2)
    return TRUE;
  sorting->marks[index] = 1;
  if (recipe->base != NULL && !place_needed (sorting, index, recipe->base, error))
    return FALSE;
  for (guint i = 0; i < recipe->models->len; i++)
    if (!place_needed (sorting, index, g_ptr_array_index (recipe->models, i), error))
      return FALSE;
  sorting->marks[index] = 2;
  g_array_append_val (sorting->order, index);
  return TRUE;
}

static gboolean
check_names (const Sorting *sorting, GError **error)
{
  for (guint i = 0; i < sorting->recipes->len; i++)
    {
      const AmRecipe *recipe = g_ptr_array_index (sorting->recipes, i);
      gint first = recipe->name != NULL ? am_recipes_find_stage (sorting->recipes, recipe->name) : -1;

      if (first >= 0 && (guint)first < i)
        return am_yaml_fail (sorting->file, document_of (sorting, i), AM_ERROR_BAD_RECIPE, error,
                             "two stages are named '%s'; each needs a name of its own", recipe->name);
    }
  return TRUE;
}

/* The result is the one stage no other uses. */
static gboolean
check_result (const Sorting *sorting, GError **error)
{
  guint result = G_MAXUINT;

  for (guint i = 0; i < sorting->recipes->len; i++)
    {
      if (sorting->is_used[i])
        continue;
      if (result != G_MAXUINT)
        return am_yaml_fail (
            sorting->file, document_of (sorting, result), AM_ERROR_BAD_RECIPE, error,
            "no other stage uses this one, nor the one on line %u; expected one result. Name a stage and "
            "write its name as a model",
            document_of (sorting, i)->line);
      result = i;
    }
  return TRUE;
}

static void
reorder (Sorting *sorting)
{
  GPtrArray *recipes = sorting->recipes;
  g_autofree gpointer *old = g_memdup2 (recipes->pdata, recipes->len * sizeof (gpointer));

  for (guint i = 0; i < recipes->len; i++)
    recipes->pdata[i] = old[g_array_index (sorting->order, guint, i)];
}

gboolean
am_stages_sort (GPtrArray *recipes, const AmYamlFile *file, GError **error)
{
  g_autofree guint8 *marks = g_new0 (guint8, recipes->len);
  g_autofree gboolean *is_used = g_new0 (gboolean, recipes->len);
  g_autoptr (GArray) order = g_array_new (FALSE, FALSE, sizeof (guint));
  Sorting sorting = { recipes, file, marks, is_used, order };

  if (!check_names (&sorting, error))
    return FALSE;
  for (guint i = 0; i < recipes->len; i++)
    if (!place (&sorting, i, error))
      return FALSE;
  if (!check_result (&sorting, error))
    return FALSE;
  reorder (&sorting);
  return TRUE;
}
