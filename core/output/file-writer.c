#include "output/file-writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct _AmFileWriter
{
  char *path;
  char *folder;
  char *part;    /* temporary name; NULL once published */
  int fd;        /* buffered, holds the lock */
  int direct_fd; /* O_DIRECT, or -1 */
  guint64 size;
  gboolean sync;
};

static void
set_write_error (GError **error, int saved_errno, const char *path, const char *action)
{
  gboolean full = saved_errno == ENOSPC || saved_errno == EDQUOT || saved_errno == EFBIG;
  AmError code = full                    ? AM_ERROR_NO_SPACE
                 : saved_errno == ENOENT ? AM_ERROR_NOT_FOUND
                                         : AM_ERROR_NOT_WRITABLE;

  g_set_error (error, AM_ERROR, code, "%s: cannot %s: %s", path, action, g_strerror (saved_errno));
}

/* A part nobody holds a lock on belongs to a run that was killed. */
static void
remove_stale_part (const char *path)
{
  int fd = open (path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

  if (fd < 0)
    return;
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    unlink (path);
  close (fd);
}

static void
remove_stale_parts (const char *folder, const char *name)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autofree char *prefix = g_strdup_printf (".%s.", name);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (entry, prefix) && g_str_has_suffix (entry, ".part")
        && strlen (entry) == strlen (prefix) + strlen ("XXXXXX.part"))
      {
        g_autofree char *path = g_build_filename (folder, entry, NULL);

        remove_stale_part (path);
      }
}

/* Another process that looks for stale parts may take the name away before the lock is held. */
static gboolean
lock_part (int fd)
{
  struct stat status;

  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    return errno == EOPNOTSUPP || errno == ENOLCK;
  return fstat (fd, &status) == 0 && status.st_nlink > 0;
}

static gboolean
create_part (AmFileWriter *self, GError **error)
{
  g_autofree char *name = g_path_get_basename (self->path);

  remove_stale_parts (self->folder, name);
  for (guint attempt = 0; attempt < 100; attempt++)
    {
      g_autofree char *part
          = g_strdup_printf ("%s/.%s.%06x.part", self->folder, name, g_random_int () & 0xffffff);

      /* With the final permissions from the start: to ask for the umask later is not thread-safe. */
      self->fd = open (part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (self->fd < 0 && errno != EEXIST)
        break;
      if (self->fd < 0)
        continue;
      if (lock_part (self->fd))
        {
          self->part = g_steal_pointer (&part);
          return TRUE;
        }
      close (self->fd);
      self->fd = -1;
    }
  set_write_error (error, errno, self->path, "create the output");
  return FALSE;
}

/* glibc's posix_fallocate would write zeros where the file system cannot allocate; then nothing is known in
 * advance and the writes themselves will tell. */
static gboolean
allocate (AmFileWriter *self, GError **error)
{
  guint64 size = (self->size + AM_FILE_ALIGNMENT - 1) / AM_FILE_ALIGNMENT * AM_FILE_ALIGNMENT;
  int failed = size > 0 ? -1 : 0;

  while (failed && (failed = fallocate (self->fd, 0, 0, (off_t)size)) != 0 && errno == EINTR)
    continue;
  if (!failed)
    return TRUE;
  if (errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL)
    return TRUE;
  set_write_error (error, errno, self->path, "reserve space for the output");
  if (errno == ENOSPC || errno == EDQUOT)
    {
      g_autofree char *wanted = g_format_size (self->size);

      if (error != NULL)
        {
          g_autofree char *plain = g_steal_pointer (&(*error)->message);

          (*error)->message = g_strdup_printf ("%s; %s are needed", plain, wanted);
        }
    }
  return FALSE;
}

AmFileWriter *
am_file_writer_new (const char *path, guint64 size, gboolean sync, GError **error)
{
  g_autoptr (AmFileWriter) self = g_new0 (AmFileWriter, 1);

  self->path = g_strdup (path);
  self->folder = g_path_get_dirname (path);
  self->size = size;
  self->sync = sync;
  self->fd = self->direct_fd = -1;
  if (!create_part (self, error) || !allocate (self, error))
    return NULL;
  if (sync)
    self->direct_fd = open (self->part, O_WRONLY | O_DIRECT | O_CLOEXEC);
  return g_steal_pointer (&self);
}

void
am_file_writer_free (AmFileWriter *self)
{
  if (self == NULL)
    return;
  if (self->part != NULL)
    unlink (self->part);
  if (self->direct_fd >= 0)
    close (self->direct_fd);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->part);
  g_free (self->folder);
  g_free (self->path);
  g_free (self);
}

static gboolean
write_all (int fd, const guint8 *data, gsize size, guint64 offset)
{
  while (size > 0)
    {
      ssize_t written = pwrite (fd, data, size, (off_t)offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        {
          if (written == 0)
            errno = EIO;
          return FALSE;
        }
      data += written;
      offset += (guint64)written;
      size -= (gsize)written;
    }
  return TRUE;
}

gboolean
am_file_writer_write (AmFileWriter *self, gpointer data, gsize size, guint64 offset, GError **error)
{
  gsize padded = (size + AM_FILE_ALIGNMENT - 1) / AM_FILE_ALIGNMENT * AM_FILE_ALIGNMENT;

  if (self->direct_fd >= 0)
    {
      memset ((guint8 *)data + size, 0, padded - size);
      if (write_all (self->direct_fd, data, padded, offset))
        return TRUE;
      if (errno != EINVAL && errno != EOPNOTSUPP)
        {
          set_write_error (error, errno, self->path, "write the output");
          return FALSE;
        }
      /* Opened, yet refused when written, as some overlay and network file systems do. */
    }
  if (write_all (self->fd, data, size, offset))
    return TRUE;
  set_write_error (error, errno, self->path, "write the output");
  return FALSE;
}

gboolean
am_file_writer_close (AmFileWriter *self, GError **error)
{
  if (ftruncate (self->fd, (off_t)self->size) != 0)
    {
      set_write_error (error, errno, self->path, "finish the output");
      return FALSE;
    }
  /* A failed fsync marks pages clean: trying again would hide the loss. */
  if (self->sync && fsync (self->fd) != 0)
    {
      set_write_error (error, errno, self->path, "bring the output to the disk");
      return FALSE;
    }
  return TRUE;
}

static void
sync_folder (const char *folder)
{
  int fd = open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  if (fd < 0)
    return;
  fsync (fd);
  close (fd);
}

/* link + unlink refuses an existing name in one step; file systems without hard links fall back to a check.
 */
static gboolean
rename_new (const char *part, const char *path)
{
  if (link (part, path) == 0)
    {
      unlink (part);
      return TRUE;
    }
  if (errno == EEXIST)
    return FALSE;
  if (access (path, F_OK) == 0)
    {
      errno = EEXIST;
      return FALSE;
    }
  return rename (part, path) == 0;
}

gboolean
am_file_writer_publish (AmFileWriter *self, gboolean replace, GError **error)
{
  gboolean done = replace ? rename (self->part, self->path) == 0 : rename_new (self->part, self->path);

  if (!done)
    {
      set_write_error (error, errno, self->path, "give the output its name");
      return FALSE;
    }
  g_clear_pointer (&self->part, g_free);
  if (self->sync)
    sync_folder (self->folder);
  return TRUE;
}

gboolean
am_file_write_whole (const char *path, gconstpointer data, gsize size, gboolean sync, gboolean replace,
                     GError **error)
{
  g_autoptr (AmFileWriter) writer = am_file_writer_new (path, size, FALSE, error);

  if (writer == NULL)
    return FALSE;
  writer->sync = sync;
  if (!write_all (writer->fd, data, size, 0))
    {
      set_write_error (error, errno, path, "write");
      return FALSE;
    }
  return am_file_writer_close (writer, error) && am_file_writer_publish (writer, replace, error);
}
