#include "recipe-paths.h"

#include "base/path-text.h"

/* What one reference to a file consists of: of a model, a base, a VAE to bake, or a model to align to.
 * @sha256 is %NULL for the description of a network, which recipes do not pin. */
typedef struct
{
  char **path;
  char **sha256;
} Reference;

static void
add_reference (GArray *references, const GPtrArray *recipes, char **path, char **sha256)
{
  Reference reference = { path, sha256 };

  if (*path != NULL && **path != '\0' && am_recipes_find_stage (recipes, *path) < 0)
    g_array_append_val (references, reference);
}

static void
add_references_of (GArray *references, const GPtrArray *recipes, AmRecipe *recipe)
{
  GHashTableIter iter;
  gpointer value;

  if (recipe->base != NULL)
    add_reference (references, recipes, &recipe->base->path, &recipe->base->sha256);
  for (guint i = 0; i < recipe->models->len; i++)
    {
      AmRecipeModel *model = g_ptr_array_index (recipe->models, i);

      add_reference (references, recipes, &model->path, &model->sha256);
    }
  g_hash_table_iter_init (&iter, recipe->components);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      AmPolicy *policy = value;

      if (policy->type == AM_POLICY_FILE)
        add_reference (references, recipes, &policy->file, &policy->sha256);
    }
  if (recipe->align != NULL)
    {
      add_reference (references, recipes, &recipe->align->file, &recipe->align->sha256);
      add_reference (references, recipes, &recipe->align->architecture, NULL);
    }
}

static GArray *
list_references (GPtrArray *recipes)
{
  GArray *references = g_array_new (FALSE, FALSE, sizeof (Reference));

  for (guint i = 0; i < recipes->len; i++)
    add_references_of (references, recipes, g_ptr_array_index (recipes, i));
  return references;
}

static void
add_candidate (GPtrArray *candidates, char *path)
{
  if (am_path_is_text (path) && g_file_test (path, G_FILE_TEST_EXISTS))
    g_ptr_array_add (candidates, path);
  else
    g_free (path);
}

static GPtrArray *
list_candidates (const char *path, const char *folder, GListModel *library)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = g_path_get_basename (path);

  if (g_path_is_absolute (path))
    add_candidate (candidates, g_strdup (path));
  else if (folder != NULL)
    add_candidate (candidates, g_build_filename (folder, path, NULL));
  if (folder != NULL)
    add_candidate (candidates, g_build_filename (folder, name, NULL));
  for (guint i = 0; library != NULL && i < g_list_model_get_n_items (library); i++)
    {
      g_autoptr (AmLibraryItem) item = g_list_model_get_item (library, i);
      g_autofree char *item_name = g_path_get_basename (am_library_item_get_path (item));

      if (g_str_equal (item_name, name))
        add_candidate (candidates, g_strdup (am_library_item_get_path (item)));
    }
  return candidates;
}

static char *
find_pinned (const GPtrArray *candidates, const char *sha256)
{
  const char *unknown = NULL;
  char *found;

  for (guint i = 0; i < candidates->len; i++)
    {
      const char *path = g_ptr_array_index (candidates, i);
      g_autofree char *known = am_digest_lookup (path);

      if (known != NULL && g_ascii_strcasecmp (known, sha256) == 0)
        return g_strdup (path);
      if (known == NULL && unknown == NULL)
        unknown = path;
    }
  found = am_digest_find_path (sha256);
  if (found != NULL && !am_path_is_text (found))
    g_clear_pointer (&found, g_free);
  return found != NULL ? found : g_strdup (unknown);
}

static char *
find (const char *path, const char *sha256, const char *folder, GListModel *library)
{
  g_autoptr (GPtrArray) candidates = list_candidates (path, folder, library);

  if (sha256 != NULL)
    return find_pinned (candidates, sha256);
  return candidates->len > 0 ? g_strdup (g_ptr_array_index (candidates, 0)) : NULL;
}

GPtrArray *
am_recipe_paths_find (GPtrArray *recipes, const char *folder, GListModel *library)
{
  g_autoptr (GArray) references = list_references (recipes);
  GPtrArray *missing = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < references->len; i++)
    {
      Reference *reference = &g_array_index (references, Reference, i);
      const char *sha256 = reference->sha256 != NULL ? *reference->sha256 : NULL;
      char *found = find (*reference->path, sha256, folder, library);

      if (found != NULL)
        {
          g_free (*reference->path);
          *reference->path = found;
        }
      else if (!g_ptr_array_find_with_equal_func (missing, *reference->path, g_str_equal, NULL))
        g_ptr_array_add (missing, g_strdup (*reference->path));
    }
  return missing;
}

static char *
compute_digest (const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, error);

  return checkpoint != NULL ? am_digest_finish (am_digest_start (checkpoint, cancellable), error) : NULL;
}

static gboolean
hide (Reference *reference, GCancellable *cancellable, GError **error)
{
  char *name = g_path_get_basename (*reference->path);

  if (reference->sha256 != NULL && *reference->sha256 == NULL)
    *reference->sha256 = compute_digest (*reference->path, cancellable, error);
  g_free (*reference->path);
  *reference->path = name;
  return reference->sha256 == NULL || *reference->sha256 != NULL;
}

gboolean
am_recipe_paths_hide (GPtrArray *recipes, GCancellable *cancellable, GError **error)
{
  g_autoptr (GArray) references = list_references (recipes);

  for (guint i = 0; i < references->len; i++)
    if (!hide (&g_array_index (references, Reference, i), cancellable, error))
      return FALSE;
  return TRUE;
}
