#include "library-scan.h"

#include <glib/gi18n.h>

#include "base/path-text.h"

#define INTERVAL_MICROSECONDS (G_USEC_PER_SEC / 10)

struct _AmLibraryScan
{
  char **folders;
  char **paths;
  GHashTable *known;
  AmLibraryWalk *walk; /* the thread's until the job is done */

  GMutex lock;
  GPtrArray *finds;
  gint64 told;
};

AmLibraryScan *
am_library_scan_new (const char *const *folders, const char *const *paths, GHashTable *known)
{
  AmLibraryScan *scan = g_atomic_rc_box_new0 (AmLibraryScan);

  scan->folders = g_strdupv ((char **)folders);
  scan->paths = g_strdupv ((char **)paths);
  scan->known = known;
  g_mutex_init (&scan->lock);
  scan->finds = g_ptr_array_new_with_free_func ((GDestroyNotify)am_library_find_free);
  return scan;
}

AmLibraryScan *
am_library_scan_ref (AmLibraryScan *scan)
{
  return g_atomic_rc_box_acquire (scan);
}

static void
clear (gpointer data)
{
  AmLibraryScan *scan = data;

  g_strfreev (scan->folders);
  g_strfreev (scan->paths);
  g_hash_table_unref (scan->known);
  g_clear_pointer (&scan->walk, am_library_walk_free);
  g_mutex_clear (&scan->lock);
  g_ptr_array_unref (scan->finds);
}

void
am_library_scan_unref (AmLibraryScan *scan)
{
  g_atomic_rc_box_release_full (scan, clear);
}

static void
tell (AmLibraryScan *scan, const AmProgress *progress, const char *path)
{
  AmProgressState state = { .stage = _ ("Reading checkpoints"), .item = path, .seconds_left = -1 };
  gint64 now = g_get_monotonic_time ();

  if (now - scan->told < INTERVAL_MICROSECONDS)
    return;
  scan->told = now;
  progress->func (&state, progress->user_data);
}

static void
publish (AmLibraryScan *scan, const AmLibraryFind *find)
{
  g_mutex_lock (&scan->lock);
  g_ptr_array_add (scan->finds, am_library_find_copy (find));
  g_mutex_unlock (&scan->lock);
}

static gboolean
is_same_stamp (const AmFileStamp *a, const AmFileStamp *b)
{
  return a->size == b->size && a->modified == b->modified;
}

static void
recall (AmLibraryScan *scan, AmLibraryFind *find)
{
  AmLibraryFacts *facts = g_hash_table_lookup (scan->known, find->path);

  if (facts != NULL && facts->error == NULL && is_same_stamp (&facts->stamp, &find->stamp))
    find->facts = am_library_facts_ref (facts);
  else if (!am_path_is_text (find->path))
    find->facts = am_library_facts_read (find->path, &find->stamp);
}

static void
read_facts (AmLibraryScan *scan, AmLibraryFind *find, const AmProgress *progress)
{
  tell (scan, progress, find->path);
  find->facts = am_library_facts_read (find->path, &find->stamp);
  publish (scan, find);
}

static gpointer
run (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  AmLibraryScan *scan = data;
  g_autoptr (GHashTable) digests = NULL;

  for (guint i = 0; scan->paths[i] != NULL && !g_cancellable_is_cancelled (cancellable); i++)
    {
      g_autoptr (AmLibraryFind) find = am_library_walk_single (scan->paths[i]);

      find->sha256 = am_digest_lookup (find->path);
      read_facts (scan, find, progress);
    }
  scan->walk = am_library_walk_new ((const char *const *)scan->folders, cancellable);
  digests = am_digest_list ();
  for (guint i = 0; i < scan->walk->finds->len; i++)
    {
      AmLibraryFind *find = g_ptr_array_index (scan->walk->finds, i);

      find->sha256 = g_strdup (g_hash_table_lookup (digests, find->path));
      recall (scan, find);
      publish (scan, find);
    }
  for (guint i = 0; i < scan->walk->finds->len && !g_cancellable_is_cancelled (cancellable); i++)
    {
      AmLibraryFind *find = g_ptr_array_index (scan->walk->finds, i);

      if (find->facts == NULL)
        read_facts (scan, find, progress);
    }
  g_cancellable_set_error_if_cancelled (cancellable, error);
  return NULL;
}

AmJob *
am_library_scan_make_job (AmLibraryScan *scan)
{
  return am_job_new (_ ("Looking through the library"), run, am_library_scan_ref (scan),
                     (GDestroyNotify)am_library_scan_unref, NULL);
}

GPtrArray *
am_library_scan_take_finds (AmLibraryScan *scan)
{
  GPtrArray *finds;

  g_mutex_lock (&scan->lock);
  finds = scan->finds;
  scan->finds = g_ptr_array_new_with_free_func ((GDestroyNotify)am_library_find_free);
  g_mutex_unlock (&scan->lock);
  return finds;
}

const AmLibraryWalk *
am_library_scan_get_walk (AmLibraryScan *scan)
{
  return scan->walk;
}
