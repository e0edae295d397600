#include "checkpoint/checkpoint-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define ARENA_BLOCK (64 * 1024)
#define ARENA_ALIGN 16

/* The kernel takes no more than one step of its own read-ahead per request, and that is at least this. */
#define ADVICE_STEP (128 * 1024)

typedef struct
{
  char *path;
  int fd;
  struct stat status;
} File;

struct _AmCheckpoint
{
  char *path;
  AmContainer container;
  GArray *files;        /* File */
  GArray *tensors;      /* AmTensor, sorted once finished */
  GHashTable *metadata; /* %NULL until something is set */
  GPtrArray *notes;     /* %NULL-terminated */
  GPtrArray *blocks;    /* arena */
  gsize block_used;
  AmReaderHook *readers; /* [n_tensors], or %NULL when none was ever set */
};

static void
file_clear (gpointer data)
{
  File *file = data;

  close (file->fd);
  g_free (file->path);
}

static void
clear_reader (AmReaderHook *reader)
{
  if (reader->destroy != NULL)
    reader->destroy (reader->user_data);
  *reader = (AmReaderHook){ 0 };
}

AmCheckpoint *
am_checkpoint_new (const char *path)
{
  AmCheckpoint *checkpoint = g_new0 (AmCheckpoint, 1);

  checkpoint->path = g_strdup (path);
  checkpoint->files = g_array_new (FALSE, TRUE, sizeof (File));
  g_array_set_clear_func (checkpoint->files, file_clear);
  checkpoint->tensors = g_array_new (FALSE, TRUE, sizeof (AmTensor));
  checkpoint->notes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (checkpoint->notes, NULL);
  checkpoint->blocks = g_ptr_array_new_with_free_func (g_free);
  checkpoint->block_used = ARENA_BLOCK;
  return checkpoint;
}

void
am_checkpoint_free (AmCheckpoint *checkpoint)
{
  if (!checkpoint)
    return;
  for (guint i = 0; checkpoint->readers != NULL && i < checkpoint->tensors->len; i++)
    clear_reader (&checkpoint->readers[i]);
  g_free (checkpoint->readers);
  g_free (checkpoint->path);
  g_array_unref (checkpoint->files);
  g_array_unref (checkpoint->tensors);
  g_clear_pointer (&checkpoint->metadata, g_hash_table_unref);
  g_ptr_array_unref (checkpoint->notes);
  g_ptr_array_unref (checkpoint->blocks);
  g_free (checkpoint);
}

const char *
am_checkpoint_get_path (const AmCheckpoint *checkpoint)
{
  return checkpoint->path;
}

AmContainer
am_checkpoint_get_container (const AmCheckpoint *checkpoint)
{
  return checkpoint->container;
}

void
am_checkpoint_set_container (AmCheckpoint *checkpoint, AmContainer container)
{
  checkpoint->container = container;
}

const char *
am_container_get_title (AmContainer container)
{
  switch (container)
    {
    case AM_CONTAINER_SAFETENSORS:
      return N_ ("safetensors");
    case AM_CONTAINER_SHARDED:
      return N_ ("sharded");
    case AM_CONTAINER_TORCH_ZIP:
      return N_ ("PyTorch (zip)");
    case AM_CONTAINER_TORCH_LEGACY:
      return N_ ("PyTorch (legacy)");
    case AM_CONTAINER_GGUF:
      return N_ ("GGUF");
    case AM_CONTAINER_DIFFUSERS:
      return N_ ("diffusers folder");
    default:
      return N_ ("unknown");
    }
}

/* Many shards may need more descriptors than the usual soft limit of 1024. */
static gboolean
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max)
    return FALSE;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit (RLIMIT_NOFILE, &limit) == 0;
}

static int
open_for_reading (const char *path, GError **error)
{
  /* A FIFO must not hang the open; it is refused afterwards. */
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  int fd = open (path, flags);

  if (fd < 0 && errno == EMFILE && raise_descriptor_limit ())
    fd = open (path, flags);
  if (fd < 0 && errno == EMFILE)
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE,
                 "%s: cannot open: this process has too many files open; raise the limit with \"ulimit -n\"",
                 path);
  else if (fd < 0)
    am_set_error_errno (error, errno, path, "open");
  return fd;
}

gint
am_checkpoint_add_file (AmCheckpoint *checkpoint, const char *path, GError **error)
{
  File file = { 0 };

  file.fd = open_for_reading (path, error);
  if (file.fd < 0)
    return -1;
  if (fstat (file.fd, &file.status) != 0)
    am_set_error_errno (error, errno, path, "examine");
  else if (S_ISDIR (file.status.st_mode))
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, "%s: this is a folder, where a file is needed", path);
  else if (!S_ISREG (file.status.st_mode))
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 "%s: this is a pipe, a device or a socket; only regular files are read", path);
  else
    {
      file.path = g_strdup (path);
      g_array_append_val (checkpoint->files, file);
      return (gint)checkpoint->files->len - 1;
    }
  close (file.fd);
  return -1;
}

static const File *
get_file (const AmCheckpoint *checkpoint, guint index)
{
  g_assert (index < checkpoint->files->len);
  return &g_array_index (checkpoint->files, File, index);
}

guint
am_checkpoint_get_n_files (const AmCheckpoint *checkpoint)
{
  return checkpoint->files->len;
}

const char *
am_checkpoint_get_file (const AmCheckpoint *checkpoint, guint index)
{
  return get_file (checkpoint, index)->path;
}

guint64
am_checkpoint_file_size (const AmCheckpoint *checkpoint, guint file)
{
  return (guint64)get_file (checkpoint, file)->status.st_size;
}

guint64
am_checkpoint_get_file_size (const AmCheckpoint *checkpoint)
{
  guint64 size = 0;

  for (guint i = 0; i < checkpoint->files->len; i++)
    size += am_checkpoint_file_size (checkpoint, i);
  return size;
}

static void
set_short_read_error (const File *file, guint64 offset, gsize size, guint64 end, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE,
               "%s: the file ends at byte %" G_GUINT64_FORMAT ", but %" G_GSIZE_FORMAT
               " bytes at byte %" G_GUINT64_FORMAT " are needed; it had %" G_GUINT64_FORMAT
               " bytes when it was opened",
               file->path, end, size, offset, (guint64)file->status.st_size);
}

gboolean
am_checkpoint_pread (const AmCheckpoint *checkpoint, guint file_index, guint64 offset, gsize size,
                     gpointer dest, GError **error)
{
  const File *file = get_file (checkpoint, file_index);
  gsize done = 0;

  if (offset > G_MAXINT64 - size)
    {
      set_short_read_error (file, offset, size, (guint64)file->status.st_size, error);
      return FALSE;
    }
  while (done < size)
    {
      gssize n = pread (file->fd, (guint8 *)dest + done, size - done, (off_t)(offset + done));

      if (n > 0)
        done += (gsize)n;
      else if (n == 0)
        {
          set_short_read_error (file, offset, size, offset + done, error);
          return FALSE;
        }
      else if (errno != EINTR)
        {
          am_set_error_errno (error, errno, file->path, "read");
          return FALSE;
        }
    }
  return TRUE;
}

void
am_checkpoint_advise (const AmCheckpoint *checkpoint, guint file, guint64 offset, guint64 size)
{
  const guint64 end = MIN (offset + size, am_checkpoint_file_size (checkpoint, file));

  for (; offset < end; offset += ADVICE_STEP)
    posix_fadvise (get_file (checkpoint, file)->fd, (off_t)offset, MIN (ADVICE_STEP, end - offset),
                   POSIX_FADV_WILLNEED);
}

gpointer
am_checkpoint_alloc (AmCheckpoint *checkpoint, gsize size)
{
  gsize rounded = (MAX (size, 1) + ARENA_ALIGN - 1) & ~(gsize)(ARENA_ALIGN - 1);
  guint8 *memory;

  if (rounded > ARENA_BLOCK / 4)
    {
      /* Before the block in use, which stays last. */
      memory = g_malloc0 (rounded);
      g_ptr_array_insert (checkpoint->blocks, 0, memory);
      return memory;
    }
  if (checkpoint->block_used + rounded > ARENA_BLOCK)
    {
      g_ptr_array_add (checkpoint->blocks, g_malloc0 (ARENA_BLOCK));
      checkpoint->block_used = 0;
    }
  memory = g_ptr_array_index (checkpoint->blocks, checkpoint->blocks->len - 1);
  memory += checkpoint->block_used;
  checkpoint->block_used += rounded;
  return memory;
}

const char *
am_checkpoint_strndup (AmCheckpoint *checkpoint, const char *text, gsize length)
{
  char *copy = am_checkpoint_alloc (checkpoint, length + 1);

  memcpy (copy, text, length);
  return copy;
}

void
am_checkpoint_set_metadata (AmCheckpoint *checkpoint, const char *key, const char *value)
{
  if (!checkpoint->metadata)
    checkpoint->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_replace (checkpoint->metadata, g_strdup (key), g_strdup (value));
}

GHashTable *
am_checkpoint_get_metadata (const AmCheckpoint *checkpoint)
{
  return checkpoint->metadata;
}

void
am_checkpoint_add_note (AmCheckpoint *checkpoint, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_insert (checkpoint->notes, (gint)checkpoint->notes->len - 1,
                      g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

const char *const *
am_checkpoint_get_notes (const AmCheckpoint *checkpoint)
{
  return (const char *const *)checkpoint->notes->pdata;
}

GArray *
am_checkpoint_peek_tensors (AmCheckpoint *checkpoint)
{
  return checkpoint->tensors;
}

guint
am_checkpoint_get_n_tensors (const AmCheckpoint *checkpoint)
{
  return checkpoint->tensors->len;
}

const AmTensor *
am_checkpoint_get_tensor (const AmCheckpoint *checkpoint, guint index)
{
  g_assert (index < checkpoint->tensors->len);
  return &g_array_index (checkpoint->tensors, AmTensor, index);
}

const AmTensor *
am_checkpoint_find (const AmCheckpoint *checkpoint, const char *name, guint *index)
{
  guint low = 0, high = checkpoint->tensors->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const AmTensor *tensor = &g_array_index (checkpoint->tensors, AmTensor, middle);
      int order = strcmp (tensor->name, name);

      if (order == 0)
        {
          if (index)
            *index = middle;
          return tensor;
        }
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

static guint
get_index (const AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  const AmTensor *tensors = (const AmTensor *)(gpointer)checkpoint->tensors->data;

  g_assert (tensor >= tensors && tensor < tensors + checkpoint->tensors->len);
  return (guint)(tensor - tensors);
}

void
am_checkpoint_set_reader (AmCheckpoint *checkpoint, const AmTensor *tensor, AmTensorRead reader,
                          gpointer user_data, GDestroyNotify destroy)
{
  const guint index = get_index (checkpoint, tensor);

  if (checkpoint->readers == NULL && reader == NULL)
    return;
  if (checkpoint->readers == NULL)
    checkpoint->readers = g_new0 (AmReaderHook, checkpoint->tensors->len);
  clear_reader (&checkpoint->readers[index]);
  if (reader != NULL)
    checkpoint->readers[index] = (AmReaderHook){ reader, user_data, destroy };
}

const AmReaderHook *
am_checkpoint_get_reader (const AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  const AmReaderHook *reader;

  if (checkpoint->readers == NULL)
    return NULL;
  reader = &checkpoint->readers[get_index (checkpoint, tensor)];
  return reader->func != NULL ? reader : NULL;
}

static gboolean
is_same_time (struct timespec a, struct timespec b)
{
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static gboolean
is_unchanged (const File *file)
{
  struct stat open_now, path_now;

  if (fstat (file->fd, &open_now) != 0 || stat (file->path, &path_now) != 0)
    return FALSE;
  return path_now.st_ino == file->status.st_ino && path_now.st_dev == file->status.st_dev
         && open_now.st_size == file->status.st_size && is_same_time (open_now.st_mtim, file->status.st_mtim)
         && is_same_time (open_now.st_ctim, file->status.st_ctim);
}

gboolean
am_checkpoint_check_unchanged (AmCheckpoint *checkpoint, GError **error)
{
  for (guint i = 0; i < checkpoint->files->len; i++)
    if (!is_unchanged (get_file (checkpoint, i)))
      {
        g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                     "%s: the file changed while it was in use; run again once nothing writes to it",
                     get_file (checkpoint, i)->path);
        return FALSE;
      }
  return TRUE;
}

gboolean
am_checkpoint_is_file (const AmCheckpoint *checkpoint, const char *path)
{
  struct stat status;

  if (stat (path, &status) != 0)
    return FALSE;
  for (guint i = 0; i < checkpoint->files->len; i++)
    {
      const struct stat *mine = &get_file (checkpoint, i)->status;

      if (mine->st_dev == status.st_dev && mine->st_ino == status.st_ino)
        return TRUE;
    }
  return FALSE;
}
