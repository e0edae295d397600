#include "state/history.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "state/history-file.h"

/* How many merges an estimate of speed rests on. */
#define N_RECENT 5

struct _AmHistory
{
  GObject parent_instance;

  char *path;
  GPtrArray *entries; /* oldest first */
};

static void list_model_init (GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (AmHistory, am_history, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static GType
get_item_type (GListModel *model)
{
  return AM_TYPE_HISTORY_ENTRY;
}

static guint
get_n_items (GListModel *model)
{
  return AM_HISTORY (model)->entries->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  GPtrArray *entries = AM_HISTORY (model)->entries;

  return position < entries->len ? g_object_ref (g_ptr_array_index (entries, entries->len - 1 - position))
                                 : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

static void
am_history_finalize (GObject *object)
{
  AmHistory *self = AM_HISTORY (object);

  g_free (self->path);
  g_ptr_array_unref (self->entries);

  G_OBJECT_CLASS (am_history_parent_class)->finalize (object);
}

static void
am_history_class_init (AmHistoryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_history_finalize;
}

static void
am_history_init (AmHistory *self)
{
  self->path = am_history_file_get_path ();
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
}

/* A history that cannot be kept is no reason to stop working. */
static void
tell (const GError *error)
{
  if (error != NULL)
    g_message ("History: %s", error->message);
}

AmHistory *
am_history_new (void)
{
  AmHistory *self = g_object_new (AM_TYPE_HISTORY, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) lines = am_history_file_read (self->path, &error);

  tell (error);
  for (guint i = 0; lines != NULL && i < lines->len; i++)
    {
      AmHistoryEntry *entry = am_history_entry_new_from_line (g_ptr_array_index (lines, i));

      if (entry != NULL)
        g_ptr_array_add (self->entries, entry);
    }
  return self;
}

void
am_history_add (AmHistory *self, AmRun *run)
{
  g_autoptr (GError) error = NULL;
  AmHistoryEntry *entry;

  g_return_if_fail (AM_IS_HISTORY (self) && AM_IS_RUN (run) && am_job_is_finished (am_run_get_job (run)));

  if (am_run_get_started (run) == 0)
    return;
  entry = am_history_entry_new (run);
  g_ptr_array_add (self->entries, entry);
  am_history_file_append (self->path, am_history_entry_get_line (entry), &error);
  tell (error);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, 0, 1);
}

void
am_history_remove (AmHistory *self, AmHistoryEntry *entry)
{
  g_autoptr (GError) error = NULL;
  guint index;

  if (!g_ptr_array_find (self->entries, entry, &index))
    return;
  am_history_file_remove (self->path, am_history_entry_get_line (entry), &error);
  tell (error);
  g_ptr_array_remove_index (self->entries, index);
  g_list_model_items_changed (G_LIST_MODEL (self), self->entries->len - index, 1, 0);
}

void
am_history_clear (AmHistory *self)
{
  guint n = self->entries->len;

  if (g_unlink (self->path) != 0 && errno != ENOENT)
    g_message ("History: %s: %s", self->path, g_strerror (errno));
  g_ptr_array_set_size (self->entries, 0);
  g_list_model_items_changed (G_LIST_MODEL (self), 0, n, 0);
}

AmHistoryEntry *
am_history_find (AmHistory *self, AmRun *run)
{
  for (guint i = self->entries->len; i > 0; i--)
    {
      AmHistoryEntry *entry = g_ptr_array_index (self->entries, i - 1);
      g_autoptr (AmRun) its_run = am_history_entry_dup_run (entry);

      if (its_run == run)
        return entry;
    }
  return NULL;
}

double
am_history_get_speed (AmHistory *self, const char *method)
{
  double bytes = 0, seconds = 0;
  guint n = 0;

  for (guint i = self->entries->len; i > 0 && n < N_RECENT; i--)
    {
      AmHistoryEntry *entry = g_ptr_array_index (self->entries, i - 1);
      const AmRunSummary *summary = NULL;

      if (g_strcmp0 (am_history_entry_get_method (entry), method) == 0)
        summary = am_history_entry_get_summary (entry);
      /* Aligning takes time of its own. */
      if (summary == NULL || summary->seconds <= 0 || summary->alignments->len > 0)
        continue;
      bytes += (double)summary->bytes_read + (double)summary->bytes_written;
      seconds += summary->seconds;
      n++;
    }
  return seconds > 0 ? bytes / seconds : 0;
}
