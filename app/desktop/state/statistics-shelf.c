#include "state/statistics-shelf.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/job.h"
#include "state/statistics-item-private.h"

#define DELAY_MILLISECONDS 300

struct _AmStatisticsShelf
{
  GObject parent_instance;

  char *folder;
  GPtrArray *items; /* newest first */
  GFileMonitor *monitor;
  AmJob *job;
  guint timeout;
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AmStatisticsShelf, am_statistics_shelf, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return AM_TYPE_STATISTICS_ITEM;
}

static guint
get_n_items (GListModel *model)
{
  return AM_STATISTICS_SHELF (model)->items->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  GPtrArray *items = AM_STATISTICS_SHELF (model)->items;

  return position < items->len ? g_object_ref (g_ptr_array_index (items, position)) : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
am_statistics_shelf_dispose (GObject *object)
{
  AmStatisticsShelf *self = AM_STATISTICS_SHELF (object);

  am_job_drop (&self->job, self);
  g_clear_handle_id (&self->timeout, g_source_remove);
  g_clear_object (&self->monitor);

  G_OBJECT_CLASS (am_statistics_shelf_parent_class)->dispose (object);
}

static void
am_statistics_shelf_finalize (GObject *object)
{
  AmStatisticsShelf *self = AM_STATISTICS_SHELF (object);

  g_ptr_array_unref (self->items);
  g_free (self->folder);

  G_OBJECT_CLASS (am_statistics_shelf_parent_class)->finalize (object);
}

static void
am_statistics_shelf_class_init (AmStatisticsShelfClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = am_statistics_shelf_dispose;
  object_class->finalize = am_statistics_shelf_finalize;
}

static void
am_statistics_shelf_init (AmStatisticsShelf *self)
{
  self->items = g_ptr_array_new_with_free_func (g_object_unref);
  self->folder = g_build_filename (g_get_user_data_dir (), "amalgam", "statistics", NULL);
}

static gboolean
is_name_relevant (const char *name)
{
  return *name != '.' && (g_str_has_suffix (name, ".safetensors") || g_str_has_suffix (name, ".gguf"));
}

static gint
compare_newest_first (gconstpointer a, gconstpointer b)
{
  return am_statistics_item_compare_newest_first (*(AmStatisticsItem *const *)a,
                                                  *(AmStatisticsItem *const *)b);
}

/* Whatever in the folder is no statistics is left where it is and not told of. */
static gpointer
read_folder (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const char *folder = data;
  GPtrArray *items = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL && !g_cancellable_is_cancelled (cancellable))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      AmStatisticsItem *item = is_name_relevant (name) ? am_statistics_item_read (path) : NULL;

      if (item != NULL)
        g_ptr_array_add (items, item);
    }
  g_ptr_array_sort (items, compare_newest_first);
  return items;
}

/* Items that are as they were stay, so that rows and who holds them stay as well. */
static gboolean
keep_known (AmStatisticsShelf *self, GPtrArray *items)
{
  gboolean is_same = items->len == self->items->len;

  for (guint i = 0; i < items->len; i++)
    {
      AmStatisticsItem *item = g_ptr_array_index (items, i);
      guint known;

      if (!g_ptr_array_find_with_equal_func (self->items, item, (GEqualFunc)am_statistics_item_equals,
                                             &known))
        {
          is_same = FALSE;
          continue;
        }
      is_same = is_same && known == i;
      g_set_object ((AmStatisticsItem **)&items->pdata[i], g_ptr_array_index (self->items, known));
    }
  return is_same;
}

static void
on_read (AmJob *job, AmStatisticsShelf *self)
{
  g_autoptr (GPtrArray) items = am_job_steal_result (job);
  g_autoptr (GPtrArray) old = NULL;

  g_clear_object (&self->job);
  if (items == NULL || keep_known (self, items))
    return;
  old = g_steal_pointer (&self->items);
  self->items = g_steal_pointer (&items);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, old->len, self->items->len);
}

static void
start_reading (AmStatisticsShelf *self)
{
  am_job_drop (&self->job, self);
  self->job = am_job_new (_ ("Looking at statistics"), read_folder, g_strdup (self->folder), g_free,
                          (GDestroyNotify)g_ptr_array_unref);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (on_read), self, 0);
  am_job_start (self->job);
}

static gboolean
on_timeout (gpointer user_data)
{
  AmStatisticsShelf *self = user_data;

  self->timeout = 0;
  start_reading (self);
  return G_SOURCE_REMOVE;
}

static void
on_folder_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event,
                   AmStatisticsShelf *self)
{
  if (self->timeout == 0)
    self->timeout = g_timeout_add (DELAY_MILLISECONDS, on_timeout, self);
}

static void
watch (AmStatisticsShelf *self)
{
  g_autoptr (GFile) folder = g_file_new_for_path (self->folder);

  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    g_message ("%s: %s", self->folder, g_strerror (errno));
  self->monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor != NULL)
    g_signal_connect_object (self->monitor, "changed", G_CALLBACK (on_folder_changed), self, 0);
}

AmStatisticsShelf *
am_statistics_shelf_new (void)
{
  AmStatisticsShelf *self = g_object_new (AM_TYPE_STATISTICS_SHELF, NULL);

  watch (self);
  start_reading (self);
  return self;
}

/* The name of a file without what tells its kind, or of a folder. */
static char *
dup_stem (const char *path)
{
  char *name = g_path_get_basename (path);
  char *dot = strrchr (name, '.');

  if (dot != NULL && dot != name && !g_file_test (path, G_FILE_TEST_IS_DIR))
    *dot = '\0';
  return name;
}

char *
am_statistics_shelf_dup_new_path (AmStatisticsShelf *self, const char *model, const char *data)
{
  g_autofree char *model_stem = dup_stem (model);
  g_autofree char *data_stem = dup_stem (data);
  g_autofree char *name = g_strdup_printf ("%s-%s.safetensors", model_stem, data_stem);
  char *path = g_build_filename (self->folder, name, NULL);

  for (guint i = 2; g_file_test (path, G_FILE_TEST_EXISTS); i++)
    {
      g_autofree char *numbered = g_strdup_printf ("%s-%s-%u.safetensors", model_stem, data_stem, i);

      g_free (path);
      path = g_build_filename (self->folder, numbered, NULL);
    }
  return path;
}

AmStatisticsItem *
am_statistics_shelf_find (AmStatisticsShelf *self, const char *path, AmStatisticKind kind)
{
  g_autofree char *sha256 = am_digest_lookup (path);
  g_autofree char *name = g_path_get_basename (path);

  for (guint i = 0; i < self->items->len; i++)
    {
      AmStatisticsItem *item = g_ptr_array_index (self->items, i);
      const char *measured = am_statistics_item_get_model_sha256 (item);
      gboolean is_measured = sha256 != NULL && measured != NULL
                                 ? strcmp (sha256, measured) == 0
                                 : strcmp (am_statistics_item_get_model_name (item), name) == 0;

      if (is_measured && (am_statistics_item_get_kinds (item) & (1u << kind)) != 0)
        return item;
    }
  return NULL;
}

gboolean
am_statistics_shelf_remove (AmStatisticsShelf *self, AmStatisticsItem *item, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (am_statistics_item_get_path (item));
  guint index;

  if (!g_file_trash (file, NULL, error))
    return FALSE;
  if (g_ptr_array_find (self->items, item, &index))
    {
      g_ptr_array_remove_index (self->items, index);
      g_list_model_items_changed (G_LIST_MODEL (self), index, 1, 0);
    }
  return TRUE;
}
