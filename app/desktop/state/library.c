#include "library.h"

#include "library-cache.h"
#include "library-item-private.h"
#include "library-scan.h"
#include "library-table.h"
#include "library-watch.h"

struct _AmLibrary
{
  GObject parent_instance;

  GSettings *settings;
  char **folders;
  char **lost_folders;

  AmItemTable *items;
  GHashTable *strays; /* path -> item that is in no folder of the library */
  GHashTable *cache;
  gboolean is_cache_dirty;
  AmJob *writing_job; /* the last, or %NULL */
  AmPreviewLoader *loader;
  AmLibraryWatch *watch;

  AmLibraryScan *scan; /* of the folders */
  AmJob *scan_job;
  gboolean is_scan_wanted; /* again, when this one has ended */
  GHashTable *seen;        /* paths found by the scan */

  GPtrArray *unread; /* paths asked for one by one */
  AmLibraryScan *reading;
  AmJob *reading_job;
};

enum
{
  PROP_IS_SCANNING = 1,
  PROP_LOST_FOLDERS,
  N_PROPS
};

enum
{
  SIGNAL_ITEMS_UPDATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static const char *const nothing[] = { NULL };

static GParamSpec *properties[N_PROPS];

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AmLibrary, am_library, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return AM_TYPE_LIBRARY_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return am_item_table_get_size (AM_LIBRARY (model)->items);
}

static gpointer
get_item (GListModel *model, guint position)
{
  AmLibrary *self = AM_LIBRARY (model);

  if (position >= am_item_table_get_size (self->items))
    return NULL;
  return g_object_ref (am_item_table_get (self->items, position));
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
write_cache (AmLibrary *self)
{
  /* A write under way may not live to its end when this is the program's. */
  if (self->is_cache_dirty || (self->writing_job != NULL && !am_job_is_finished (self->writing_job)))
    am_library_cache_write (self->cache);
  self->is_cache_dirty = FALSE;
  g_clear_object (&self->writing_job);
}

static void
stop (AmJob **job)
{
  if (*job != NULL)
    am_job_cancel (*job);
  g_clear_object (job);
}

static void
am_library_dispose (GObject *object)
{
  AmLibrary *self = AM_LIBRARY (object);

  write_cache (self);
  stop (&self->scan_job);
  stop (&self->reading_job);
  g_clear_object (&self->watch);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (am_library_parent_class)->dispose (object);
}

static void
am_library_finalize (GObject *object)
{
  AmLibrary *self = AM_LIBRARY (object);

  g_clear_pointer (&self->scan, am_library_scan_unref);
  g_clear_pointer (&self->reading, am_library_scan_unref);
  g_clear_pointer (&self->seen, g_hash_table_unref);
  am_item_table_free (self->items);
  g_ptr_array_unref (self->unread);
  g_hash_table_unref (self->strays);
  g_hash_table_unref (self->cache);
  g_clear_object (&self->loader);
  g_strfreev (self->folders);
  g_strfreev (self->lost_folders);

  G_OBJECT_CLASS (am_library_parent_class)->finalize (object);
}

static void
am_library_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmLibrary *self = AM_LIBRARY (object);

  switch (id)
    {
    case PROP_IS_SCANNING:
      g_value_set_boolean (value, am_library_is_scanning (self));
      break;
    case PROP_LOST_FOLDERS:
      g_value_set_boxed (value, self->lost_folders);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_library_class_init (AmLibraryClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = am_library_dispose;
  object_class->finalize = am_library_finalize;
  object_class->get_property = am_library_get_property;

  properties[PROP_IS_SCANNING] = g_param_spec_boolean ("is-scanning", NULL, NULL, FALSE, flags);
  properties[PROP_LOST_FOLDERS] = g_param_spec_boxed ("lost-folders", NULL, NULL, G_TYPE_STRV, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_ITEMS_UPDATED] = g_signal_new ("items-updated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                                0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
am_library_init (AmLibrary *self)
{
  self->folders = g_new0 (char *, 1);
  self->lost_folders = g_new0 (char *, 1);
  self->items = am_item_table_new ();
  self->unread = g_ptr_array_new_with_free_func (g_free);
  self->strays = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->loader = am_preview_loader_new ();
  self->watch = am_library_watch_new ();
  self->cache = am_library_cache_load ();
}

static AmLibraryItem *
lookup_item (AmLibrary *self, const char *path)
{
  guint position = am_item_table_find (self->items, path);

  return position != G_MAXUINT ? am_item_table_get (self->items, position)
                               : g_hash_table_lookup (self->strays, path);
}

/* A stray that turns up in a folder stays the object it is. The caller announces the new item. */
static AmLibraryItem *
append_item (AmLibrary *self, const char *path)
{
  AmLibraryItem *item = g_hash_table_lookup (self->strays, path);

  if (item != NULL)
    g_hash_table_steal (self->strays, path);
  else
    item = am_library_item_new (path, self->loader);
  am_item_table_append (self->items, item);
  return item;
}

static void
remember (AmLibrary *self, AmLibraryFacts *facts)
{
  if (facts == NULL || facts->error != NULL || g_hash_table_lookup (self->cache, facts->path) == facts)
    return;
  g_hash_table_replace (self->cache, facts->path, am_library_facts_ref (facts));
  self->is_cache_dirty = TRUE;
}

/* Returns: whether an item that is in the list already has changed. */
static gboolean
take_find (AmLibrary *self, const AmLibraryFind *find, gboolean is_listed)
{
  gboolean is_new = am_item_table_find (self->items, find->path) == G_MAXUINT;
  AmLibraryItem *item = is_listed && is_new ? append_item (self, find->path) : lookup_item (self, find->path);
  gboolean is_changed = item != NULL && am_library_item_take_find (item, find);

  if (is_listed || !is_new)
    remember (self, find->facts);
  return is_changed && !is_new;
}

static void
take_finds (AmLibrary *self, AmLibraryScan *scan)
{
  g_autoptr (GPtrArray) finds = am_library_scan_take_finds (scan);
  const guint n_before = am_item_table_get_size (self->items);
  gboolean is_changed = FALSE;

  for (guint i = 0; i < finds->len; i++)
    {
      const AmLibraryFind *find = g_ptr_array_index (finds, i);

      if (scan == self->scan)
        g_hash_table_add (self->seen, g_strdup (find->path));
      is_changed |= take_find (self, find, scan == self->scan);
    }
  if (am_item_table_get_size (self->items) > n_before)
    g_list_model_items_changed (G_LIST_MODEL (self), n_before, 0,
                                am_item_table_get_size (self->items) - n_before);
  if (is_changed)
    g_signal_emit (self, signals[SIGNAL_ITEMS_UPDATED], 0);
}

static gboolean
is_seen (AmLibrary *self, guint position)
{
  return g_hash_table_contains (self->seen,
                                am_library_item_get_path (am_item_table_get (self->items, position)));
}

/* Takes away what the scan did not come by, run by run. */
static void
remove_unseen (AmLibrary *self)
{
  guint end = am_item_table_get_size (self->items);

  while (end > 0)
    {
      guint start = end;

      while (start > 0 && !is_seen (self, start - 1))
        start--;
      if (start < end)
        {
          am_item_table_remove (self->items, start, end - start);
          g_list_model_items_changed (G_LIST_MODEL (self), start, end - start, 0);
        }
      end = start > 0 ? start - 1 : 0;
    }
}

static void
set_lost_folders (AmLibrary *self, const GPtrArray *lost)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) folders = NULL;

  for (guint i = 0; i < lost->len; i++)
    g_strv_builder_add (builder, g_ptr_array_index (lost, i));
  folders = g_strv_builder_end (builder);
  if (g_strv_equal ((const char *const *)folders, (const char *const *)self->lost_folders))
    return;
  g_strfreev (self->lost_folders);
  self->lost_folders = g_steal_pointer (&folders);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOST_FOLDERS]);
}

static void
write_cache_in_background (AmLibrary *self)
{
  if (!self->is_cache_dirty)
    return;
  self->is_cache_dirty = FALSE;
  g_clear_object (&self->writing_job);
  self->writing_job = am_library_cache_make_write_job (self->cache);
  am_job_start (self->writing_job);
}

static void start_scan (AmLibrary *self);

static void
on_scan_progress (AmJob *job, GParamSpec *pspec, AmLibrary *self)
{
  if (job == self->scan_job && self->scan != NULL)
    take_finds (self, self->scan);
}

static void
on_scan_finished (AmJob *job, AmLibrary *self)
{
  const AmLibraryWalk *walk = am_library_scan_get_walk (self->scan);

  g_clear_object (&self->scan_job);
  take_finds (self, self->scan);
  if (am_job_get_state (job) == AM_JOB_DONE)
    {
      set_lost_folders (self, walk->lost);
      remove_unseen (self);
      if (am_library_cache_forget (self->cache, self->seen, am_library_get_lost_folders (self)))
        self->is_cache_dirty = TRUE;
      am_library_watch_set_folders (self->watch, walk->folders);
    }
  g_clear_pointer (&self->scan, am_library_scan_unref);
  g_clear_pointer (&self->seen, g_hash_table_unref);
  write_cache_in_background (self);
  if (self->is_scan_wanted)
    start_scan (self);
  else
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_SCANNING]);
}

static void
start_scan (AmLibrary *self)
{
  self->is_scan_wanted = self->scan_job != NULL;
  if (self->is_scan_wanted)
    return;
  self->scan = am_library_scan_new ((const char *const *)self->folders, nothing,
                                    am_library_cache_copy (self->cache));
  self->seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->scan_job = am_library_scan_make_job (self->scan);
  g_signal_connect_object (self->scan_job, "notify::item", G_CALLBACK (on_scan_progress), self, 0);
  g_signal_connect_object (self->scan_job, "finished", G_CALLBACK (on_scan_finished), self, 0);
  am_job_start (self->scan_job);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_IS_SCANNING]);
}

static void read_next (AmLibrary *self);

static void
on_reading_finished (AmJob *job, AmLibrary *self)
{
  g_autoptr (AmLibraryScan) reading = g_steal_pointer (&self->reading);

  g_clear_object (&self->reading_job);
  take_finds (self, reading);
  if (am_job_get_state (job) != AM_JOB_CANCELLED)
    read_next (self);
}

static void
read_next (AmLibrary *self)
{
  if (self->reading_job != NULL || self->unread->len == 0)
    return;
  g_ptr_array_add (self->unread, NULL);
  self->reading
      = am_library_scan_new (nothing, (const char *const *)self->unread->pdata, am_library_cache_new ());
  g_ptr_array_set_size (self->unread, 0);
  self->reading_job = am_library_scan_make_job (self->reading);
  g_signal_connect_object (self->reading_job, "finished", G_CALLBACK (on_reading_finished), self, 0);
  am_job_start (self->reading_job);
}

/* What was known of the folders when the app was here last, before anything is walked. */
static void
show_cached (AmLibrary *self)
{
  GHashTableIter iter;
  gpointer path, facts;

  g_hash_table_iter_init (&iter, self->cache);
  while (g_hash_table_iter_next (&iter, &path, &facts))
    if (am_library_is_inside (path, (const char *const *)self->folders))
      am_library_item_take_facts (append_item (self, path), facts);
  if (am_item_table_get_size (self->items) > 0)
    g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, am_item_table_get_size (self->items));
}

static void
take_folders (AmLibrary *self)
{
  g_strfreev (self->folders);
  self->folders = g_settings_get_strv (self->settings, "library-folders");
}

static void
on_folders_changed (GSettings *settings, const char *key, AmLibrary *self)
{
  take_folders (self);
  if (self->scan_job != NULL)
    am_job_cancel (self->scan_job);
  start_scan (self);
}

AmLibrary *
am_library_new (GSettings *settings)
{
  AmLibrary *self = g_object_new (AM_TYPE_LIBRARY, NULL);

  g_signal_connect_object (self->watch, "changed", G_CALLBACK (am_library_refresh), self, G_CONNECT_SWAPPED);
  if (settings == NULL)
    return self;
  self->settings = g_object_ref (settings);
  g_signal_connect_object (settings, "changed::library-folders", G_CALLBACK (on_folders_changed), self, 0);
  take_folders (self);
  show_cached (self);
  start_scan (self);
  return self;
}

gboolean
am_library_is_scanning (AmLibrary *self)
{
  return self->scan_job != NULL;
}

void
am_library_refresh (AmLibrary *self)
{
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, self->strays);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    g_ptr_array_add (self->unread, g_strdup (path));
  read_next (self);
  start_scan (self);
}

const char *const *
am_library_get_lost_folders (AmLibrary *self)
{
  return (const char *const *)self->lost_folders;
}

AmLibraryItem *
am_library_dup_item (AmLibrary *self, const char *path)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);
  AmLibraryItem *item = lookup_item (self, absolute);

  if (item != NULL)
    return g_object_ref (item);
  item = am_library_item_new (absolute, self->loader);
  g_hash_table_insert (self->strays, (gpointer)am_library_item_get_path (item), g_object_ref (item));
  g_ptr_array_add (self->unread, g_steal_pointer (&absolute));
  read_next (self);
  return item;
}

void
am_library_notice (AmLibrary *self, const char *path)
{
  g_autofree char *absolute = g_canonicalize_filename (path, NULL);

  if (lookup_item (self, absolute) != NULL)
    g_ptr_array_add (self->unread, g_strdup (absolute));
  read_next (self);
  if (am_library_is_inside (absolute, (const char *const *)self->folders))
    start_scan (self);
}

gboolean
am_library_set_preview (AmLibrary *self, AmLibraryItem *item, const char *picture, GError **error)
{
  g_autofree char *stem = am_library_dup_stem (am_library_item_get_path (item));
  g_autofree char *path = g_strconcat (stem, ".preview.png", NULL);
  gint64 modified;

  if (!am_preview_write (picture, path, &modified, error))
    return FALSE;
  am_library_item_set_preview_path (item, path, modified);
  return TRUE;
}
