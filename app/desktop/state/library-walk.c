#include "library-walk.h"

#include <string.h>
#include <sys/stat.h>

static const char *const checkpoint_endings[] = { ".safetensors.index.json",
                                                  ".bin.index.json",
                                                  ".safetensors",
                                                  ".sft",
                                                  ".ckpt",
                                                  ".pt",
                                                  ".pth",
                                                  ".bin",
                                                  ".gguf",
                                                  NULL };

/* Best first. */
static const char *const preview_endings[]
    = { ".preview.png", ".png",          ".preview.jpg", ".jpg", ".preview.jpeg",
        ".jpeg",        ".preview.webp", ".webp",        NULL };

typedef struct
{
  char *name;
  char *path;
  gboolean is_folder;
  AmFileStamp stamp;
} Entry;

typedef struct
{
  AmLibraryWalk *result;
  GHashTable *visited; /* "device:inode" of folders, against circles of links */
  GCancellable *cancellable;
} Walk;

AmLibraryFind *
am_library_find_new (const char *path, const AmFileStamp *stamp)
{
  AmLibraryFind *find = g_new0 (AmLibraryFind, 1);

  find->path = g_strdup (path);
  find->stamp = *stamp;
  return find;
}

AmLibraryFind *
am_library_find_copy (const AmLibraryFind *find)
{
  AmLibraryFind *copy = am_library_find_new (find->path, &find->stamp);

  copy->preview_path = g_strdup (find->preview_path);
  copy->preview_modified = find->preview_modified;
  copy->sha256 = g_strdup (find->sha256);
  copy->facts = find->facts != NULL ? am_library_facts_ref (find->facts) : NULL;
  return copy;
}

void
am_library_find_free (AmLibraryFind *find)
{
  g_clear_pointer (&find->facts, am_library_facts_unref);
  g_free (find->preview_path);
  g_free (find->sha256);
  g_free (find->path);
  g_free (find);
}

static void
entry_free (Entry *entry)
{
  g_free (entry->name);
  g_free (entry->path);
  g_free (entry);
}

static gint64
get_modified (const struct stat *status)
{
  return (gint64)status->st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status->st_mtim.tv_nsec;
}

static const char *
find_ending (const char *name, const char *const *endings)
{
  gsize length = strlen (name);

  for (guint i = 0; endings[i] != NULL; i++)
    {
      gsize n = strlen (endings[i]);

      if (length > n && g_ascii_strcasecmp (name + length - n, endings[i]) == 0)
        return name + length - n;
    }
  return NULL;
}

static gboolean
is_index (const char *name)
{
  return g_str_has_suffix (name, ".index.json") && find_ending (name, checkpoint_endings) != NULL;
}

static gboolean
is_shard (const char *name)
{
  return g_regex_match_simple ("-[0-9]{5}-of-[0-9]{5}\\.[a-z]+$", name, 0, 0);
}

gboolean
am_library_is_name_relevant (const char *name)
{
  return find_ending (name, checkpoint_endings) != NULL || find_ending (name, preview_endings) != NULL
         || strcmp (name, "model_index.json") == 0;
}

char *
am_library_dup_stem (const char *path)
{
  const char *ending = find_ending (path, checkpoint_endings);

  return ending != NULL ? g_strndup (path, (gsize)(ending - path)) : g_strdup (path);
}

static void
find_preview (AmLibraryFind *find)
{
  g_autofree char *stem = am_library_dup_stem (find->path);
  struct stat status;

  for (guint i = 0; preview_endings[i] != NULL; i++)
    {
      g_autofree char *path = g_strconcat (stem, preview_endings[i], NULL);

      if (stat (path, &status) != 0 || !S_ISREG (status.st_mode))
        continue;
      find->preview_path = g_steal_pointer (&path);
      find->preview_modified = get_modified (&status);
      return;
    }
}

static gboolean
mark_visited (Walk *walk, const char *path)
{
  struct stat status;

  if (stat (path, &status) != 0)
    return FALSE;
  return g_hash_table_add (walk->visited, g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                                           (guint64)status.st_dev, (guint64)status.st_ino));
}

static void
add_entry (GPtrArray *entries, const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  struct stat status;
  Entry *entry;

  if (*name == '.' || stat (path, &status) != 0 || (!S_ISREG (status.st_mode) && !S_ISDIR (status.st_mode)))
    return;
  entry = g_new0 (Entry, 1);
  entry->name = g_strdup (name);
  entry->path = g_steal_pointer (&path);
  entry->is_folder = S_ISDIR (status.st_mode);
  entry->stamp = (AmFileStamp){ (guint64)status.st_size, get_modified (&status) };
  g_ptr_array_add (entries, entry);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(Entry *const *)a)->name, (*(Entry *const *)b)->name);
}

static GPtrArray *
list_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  GPtrArray *entries;
  const char *name;

  if (folder == NULL)
    return NULL;
  entries = g_ptr_array_new_with_free_func ((GDestroyNotify)entry_free);
  while ((name = g_dir_read_name (folder)) != NULL)
    add_entry (entries, path, name);
  g_ptr_array_sort (entries, compare_entries);
  return entries;
}

static void
grow_stamp (AmFileStamp *stamp, const AmFileStamp *more)
{
  stamp->size += more->size;
  stamp->modified = MAX (stamp->modified, more->modified);
}

/* Of all files in @entries and below, @visited against circles. */
static void
stamp_entries (Walk *walk, const GPtrArray *entries, AmFileStamp *stamp)
{
  for (guint i = 0; i < entries->len && !g_cancellable_is_cancelled (walk->cancellable); i++)
    {
      const Entry *entry = g_ptr_array_index (entries, i);
      g_autoptr (GPtrArray) inner = NULL;

      if (!entry->is_folder)
        grow_stamp (stamp, &entry->stamp);
      else if (mark_visited (walk, entry->path) && (inner = list_folder (entry->path)) != NULL)
        {
          g_ptr_array_add (walk->result->folders, g_strdup (entry->path));
          stamp_entries (walk, inner, stamp);
        }
    }
}

static void
add_find (Walk *walk, const char *path, const AmFileStamp *stamp)
{
  AmLibraryFind *find = am_library_find_new (path, stamp);

  find_preview (find);
  g_ptr_array_add (walk->result->finds, find);
}

static gboolean
is_diffusers (const GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    if (strcmp (((Entry *)g_ptr_array_index (entries, i))->name, "model_index.json") == 0)
      return TRUE;
  return FALSE;
}

static void walk_folder (Walk *walk, const char *path);

/* What a folder holds that is not a diffusers folder. */
static void
walk_entries (Walk *walk, const char *folder, const GPtrArray *entries)
{
  AmFileStamp shards = { 0, 0 };
  guint n_indexes = 0, n_others = 0;

  for (guint i = 0; i < entries->len; i++)
    {
      const Entry *entry = g_ptr_array_index (entries, i);

      if (entry->is_folder || find_ending (entry->name, checkpoint_endings) == NULL)
        continue;
      if (is_index (entry->name) || is_shard (entry->name))
        grow_stamp (&shards, &entry->stamp);
      if (is_index (entry->name))
        n_indexes++;
      else if (!is_shard (entry->name))
        n_others++;
    }
  if (n_indexes == 1 && n_others == 0)
    add_find (walk, folder, &shards);
  for (guint i = 0; i < entries->len && !g_cancellable_is_cancelled (walk->cancellable); i++)
    {
      const Entry *entry = g_ptr_array_index (entries, i);

      if (entry->is_folder)
        walk_folder (walk, entry->path);
      else if (find_ending (entry->name, checkpoint_endings) == NULL || (n_indexes == 1 && n_others == 0)
               || (n_indexes > 0 && is_shard (entry->name)))
        continue;
      else
        add_find (walk, entry->path, is_index (entry->name) ? &shards : &entry->stamp);
    }
}

static void
walk_folder (Walk *walk, const char *path)
{
  g_autoptr (GPtrArray) entries = NULL;
  AmFileStamp stamp = { 0, 0 };

  if (!mark_visited (walk, path) || (entries = list_folder (path)) == NULL)
    return;
  g_ptr_array_add (walk->result->folders, g_strdup (path));
  if (!is_diffusers (entries))
    {
      walk_entries (walk, path, entries);
      return;
    }
  stamp_entries (walk, entries, &stamp);
  add_find (walk, path, &stamp);
}

static gboolean
can_list (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);

  return folder != NULL;
}

AmLibraryWalk *
am_library_walk_new (const char *const *folders, GCancellable *cancellable)
{
  g_autoptr (GHashTable) visited = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  AmLibraryWalk *result = g_new0 (AmLibraryWalk, 1);
  Walk walk = { result, visited, cancellable };

  result->finds = g_ptr_array_new_with_free_func ((GDestroyNotify)am_library_find_free);
  result->folders = g_ptr_array_new_with_free_func (g_free);
  result->lost = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; folders[i] != NULL && !g_cancellable_is_cancelled (cancellable); i++)
    {
      g_autofree char *path = g_canonicalize_filename (folders[i], "/");

      if (can_list (path))
        walk_folder (&walk, path);
      else
        g_ptr_array_add (result->lost, g_strdup (folders[i]));
    }
  return result;
}

void
am_library_walk_free (AmLibraryWalk *walk)
{
  g_ptr_array_unref (walk->finds);
  g_ptr_array_unref (walk->folders);
  g_ptr_array_unref (walk->lost);
  g_free (walk);
}

static void
stamp_folder (const char *path, AmFileStamp *stamp)
{
  const char *folders[] = { path, NULL };
  g_autoptr (AmLibraryWalk) walk = am_library_walk_new (folders, NULL);

  for (guint i = 0; i < walk->finds->len; i++)
    if (strcmp (((AmLibraryFind *)g_ptr_array_index (walk->finds, i))->path, path) == 0)
      *stamp = ((AmLibraryFind *)g_ptr_array_index (walk->finds, i))->stamp;
}

AmLibraryFind *
am_library_walk_single (const char *path)
{
  AmFileStamp stamp = { 0, 0 };
  struct stat status;
  AmLibraryFind *find;

  if (stat (path, &status) == 0 && S_ISDIR (status.st_mode))
    stamp_folder (path, &stamp);
  else if (stat (path, &status) == 0)
    stamp = (AmFileStamp){ (guint64)status.st_size, get_modified (&status) };
  find = am_library_find_new (path, &stamp);
  find_preview (find);
  return find;
}

gboolean
am_library_is_inside (const char *path, const char *const *folders)
{
  for (guint i = 0; folders[i] != NULL; i++)
    {
      gsize length = strlen (folders[i]);

      while (length > 0 && folders[i][length - 1] == '/')
        length--;
      if (strncmp (path, folders[i], length) == 0 && (path[length] == '/' || path[length] == '\0'))
        return TRUE;
    }
  return FALSE;
}
