#include "library-preview.h"

#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gi18n.h>
#include <sys/stat.h>

#include "base/job.h"

/* More than a grid binds at once; some 500 KiB each at most. */
#define MOST_TEXTURES 256

/* So few that the pictures on screen appear one after the other, not all at the end. */
#define BATCH 4

typedef struct
{
  char *path;
  gint64 modified;
  GdkTexture *texture; /* %NULL until loaded, and when it cannot be */
  gboolean is_loaded;
  GList link; /* in the queue of those used, the last used first */
} Picture;

struct _AmPreviewLoader
{
  GObject parent_instance;

  GHashTable *pictures; /* by path */
  GQueue used;
  GPtrArray *wanted; /* paths, the most urgent last */
  AmJob *job;
};

enum
{
  SIGNAL_LOADED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmPreviewLoader, am_preview_loader, G_TYPE_OBJECT)

/* Paths and, once loaded, their pixels, in the same order. */
typedef struct
{
  GPtrArray *paths;
  GPtrArray *pixbufs;
} Batch;

static void
picture_free (Picture *picture)
{
  g_clear_object (&picture->texture);
  g_free (picture->path);
  g_free (picture);
}

static void
batch_free (Batch *batch)
{
  g_ptr_array_unref (batch->paths);
  g_ptr_array_unref (batch->pixbufs);
  g_free (batch);
}

static void
am_preview_loader_dispose (GObject *object)
{
  AmPreviewLoader *self = AM_PREVIEW_LOADER (object);

  if (self->job != NULL)
    am_job_cancel (self->job);
  g_clear_object (&self->job);

  G_OBJECT_CLASS (am_preview_loader_parent_class)->dispose (object);
}

static void
am_preview_loader_finalize (GObject *object)
{
  AmPreviewLoader *self = AM_PREVIEW_LOADER (object);

  g_hash_table_unref (self->pictures);
  g_ptr_array_unref (self->wanted);

  G_OBJECT_CLASS (am_preview_loader_parent_class)->finalize (object);
}

static void
am_preview_loader_class_init (AmPreviewLoaderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = am_preview_loader_dispose;
  object_class->finalize = am_preview_loader_finalize;

  signals[SIGNAL_LOADED] = g_signal_new ("loaded", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
am_preview_loader_init (AmPreviewLoader *self)
{
  self->pictures = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)picture_free);
  g_queue_init (&self->used);
  self->wanted = g_ptr_array_new_with_free_func (g_free);
}

AmPreviewLoader *
am_preview_loader_new (void)
{
  return g_object_new (AM_TYPE_PREVIEW_LOADER, NULL);
}

static GdkPixbuf *
load_picture (const char *path)
{
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  int width, height;

  if (gdk_pixbuf_get_file_info (path, &width, &height) == NULL)
    return NULL;
  if (MAX (width, height) > AM_PREVIEW_SIZE)
    pixbuf = gdk_pixbuf_new_from_file_at_scale (path, AM_PREVIEW_SIZE, AM_PREVIEW_SIZE, TRUE, NULL);
  else
    pixbuf = gdk_pixbuf_new_from_file (path, NULL);
  return pixbuf != NULL ? gdk_pixbuf_apply_embedded_orientation (pixbuf) : NULL;
}

static gpointer
load_batch (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  Batch *batch = data;

  for (guint i = 0; i < batch->paths->len && !g_cancellable_is_cancelled (cancellable); i++)
    g_ptr_array_add (batch->pixbufs, load_picture (g_ptr_array_index (batch->paths, i)));
  g_cancellable_set_error_if_cancelled (cancellable, error);
  return batch;
}

static void
unref_if_any (gpointer object)
{
  g_clear_object (&object);
}

static void
forget_least_used (AmPreviewLoader *self)
{
  while (g_queue_get_length (&self->used) > MOST_TEXTURES)
    {
      Picture *picture = g_queue_peek_tail (&self->used);

      g_queue_unlink (&self->used, &picture->link);
      g_hash_table_remove (self->pictures, picture->path);
    }
}

static void
take_picture (AmPreviewLoader *self, const char *path, GdkPixbuf *pixbuf)
{
  Picture *picture = g_hash_table_lookup (self->pictures, path);

  if (picture == NULL)
    return;
  picture->is_loaded = TRUE;
  g_clear_object (&picture->texture);
  if (pixbuf != NULL)
    picture->texture = gdk_texture_new_for_pixbuf (pixbuf);
  g_signal_emit (self, signals[SIGNAL_LOADED], 0, path);
}

static void load_wanted (AmPreviewLoader *self);

static void
on_finished (AmJob *job, AmPreviewLoader *self)
{
  Batch *batch = am_job_get_result (job);
  g_autoptr (AmJob) old = g_steal_pointer (&self->job);

  for (guint i = 0; batch != NULL && i < batch->pixbufs->len; i++)
    take_picture (self, g_ptr_array_index (batch->paths, i), g_ptr_array_index (batch->pixbufs, i));
  forget_least_used (self);
  if (am_job_get_state (old) != AM_JOB_CANCELLED)
    load_wanted (self);
}

static void
load_wanted (AmPreviewLoader *self)
{
  Batch *batch;

  if (self->job != NULL || self->wanted->len == 0)
    return;
  batch = g_new0 (Batch, 1);
  batch->paths = g_ptr_array_new_with_free_func (g_free);
  batch->pixbufs = g_ptr_array_new_with_free_func (unref_if_any);
  for (guint i = 0; i < BATCH && self->wanted->len > 0; i++)
    g_ptr_array_add (batch->paths, g_ptr_array_steal_index (self->wanted, self->wanted->len - 1));
  self->job = am_job_new (_ ("Loading previews"), load_batch, batch, (GDestroyNotify)batch_free, NULL);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (on_finished), self, 0);
  am_job_start (self->job);
}

static Picture *
add_picture (AmPreviewLoader *self, const char *path, gint64 modified)
{
  Picture *picture = g_new0 (Picture, 1);

  picture->path = g_strdup (path);
  picture->modified = modified;
  picture->link.data = picture;
  g_hash_table_replace (self->pictures, picture->path, picture);
  g_queue_push_head_link (&self->used, &picture->link);
  g_ptr_array_add (self->wanted, g_strdup (path));
  return picture;
}

static void
refresh_picture (AmPreviewLoader *self, Picture *picture, gint64 modified)
{
  gboolean is_wanted_already = !picture->is_loaded;

  picture->modified = modified;
  picture->is_loaded = FALSE;
  g_clear_object (&picture->texture);
  if (!is_wanted_already)
    g_ptr_array_add (self->wanted, g_strdup (picture->path));
}

GdkTexture *
am_preview_loader_get (AmPreviewLoader *self, const char *path, gint64 modified)
{
  Picture *picture = g_hash_table_lookup (self->pictures, path);

  if (picture == NULL)
    picture = add_picture (self, path, modified);
  else
    {
      if (picture->modified != modified)
        refresh_picture (self, picture, modified);
      g_queue_unlink (&self->used, &picture->link);
      g_queue_push_head_link (&self->used, &picture->link);
    }
  load_wanted (self);
  return picture->texture;
}

static GdkPixbuf *
load_upright (const char *path, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new_from_file (path, error);

  return pixbuf != NULL ? gdk_pixbuf_apply_embedded_orientation (pixbuf) : NULL;
}

gboolean
am_preview_write (const char *picture, const char *path, gint64 *modified, GError **error)
{
  g_autoptr (GdkPixbuf) pixbuf = load_upright (picture, error);
  g_autofree char *png = NULL;
  struct stat status = { 0 };
  gsize size;

  if (pixbuf == NULL || !gdk_pixbuf_save_to_buffer (pixbuf, &png, &size, "png", error, NULL)
      || !g_file_set_contents (path, png, (gssize)size, error))
    return FALSE;
  /* A file that is gone again has time 0. */
  stat (path, &status);
  *modified = (gint64)status.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + status.st_mtim.tv_nsec;
  return TRUE;
}
