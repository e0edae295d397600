#include "library-watch.h"

#include <string.h>

#include "library-walk.h"

#define DELAY_MILLISECONDS 500
#define MOST_FOLDERS 4000

struct _AmLibraryWatch
{
  GObject parent_instance;

  GHashTable *monitors; /* by path */
  guint timeout;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmLibraryWatch, am_library_watch, G_TYPE_OBJECT)

static void
am_library_watch_finalize (GObject *object)
{
  AmLibraryWatch *self = AM_LIBRARY_WATCH (object);

  g_clear_handle_id (&self->timeout, g_source_remove);
  g_hash_table_unref (self->monitors);

  G_OBJECT_CLASS (am_library_watch_parent_class)->finalize (object);
}

static void
am_library_watch_class_init (AmLibraryWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_library_watch_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);
}

static void
am_library_watch_init (AmLibraryWatch *self)
{
  self->monitors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

AmLibraryWatch *
am_library_watch_new (void)
{
  return g_object_new (AM_TYPE_LIBRARY_WATCH, NULL);
}

static gboolean
tell (gpointer user_data)
{
  AmLibraryWatch *self = user_data;

  self->timeout = 0;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
  return G_SOURCE_REMOVE;
}

/* A folder may have come as well as a checkpoint: names without an ending count too. */
static gboolean
is_file_relevant (GFile *file)
{
  g_autofree char *name = file != NULL ? g_file_get_basename (file) : NULL;

  return name != NULL && *name != '.' && (am_library_is_name_relevant (name) || strchr (name, '.') == NULL);
}

static void
on_monitor_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                    AmLibraryWatch *self)
{
  /* While a file grows there is nothing to read; the hint that it is done follows. */
  if (event == G_FILE_MONITOR_EVENT_CHANGED || event == G_FILE_MONITOR_EVENT_ATTRIBUTE_CHANGED)
    return;
  if ((is_file_relevant (file) || is_file_relevant (other)) && self->timeout == 0)
    self->timeout = g_timeout_add (DELAY_MILLISECONDS, tell, self);
}

static GFileMonitor *
make_monitor (AmLibraryWatch *self, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  GFileMonitor *monitor = g_file_monitor_directory (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);

  if (monitor != NULL)
    g_signal_connect_object (monitor, "changed", G_CALLBACK (on_monitor_changed), self, 0);
  return monitor;
}

void
am_library_watch_set_folders (AmLibraryWatch *self, const GPtrArray *folders)
{
  g_autoptr (GHashTable) old = g_steal_pointer (&self->monitors);

  am_library_watch_init (self);
  for (guint i = 0; i < MIN (folders->len, MOST_FOLDERS); i++)
    {
      const char *path = g_ptr_array_index (folders, i);
      GFileMonitor *monitor = g_hash_table_lookup (old, path);

      monitor = monitor != NULL ? g_object_ref (monitor) : make_monitor (self, path);
      if (monitor != NULL)
        g_hash_table_replace (self->monitors, g_strdup (path), monitor);
    }
}
