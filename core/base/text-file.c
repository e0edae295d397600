#include "base/text-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Non-blocking, so that a pipe under the name of a recipe does not hang. */
static int
open_file (const char *path, gsize *size, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat info;

  if (fd < 0 || fstat (fd, &info) != 0)
    {
      am_set_error_errno (error, errno, path, fd < 0 ? "open" : "look at");
      if (fd >= 0)
        close (fd);
      return -1;
    }
  if (!S_ISREG (info.st_mode))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE, "%s: not a regular file", path);
      close (fd);
      return -1;
    }
  *size = (gsize)info.st_size;
  return fd;
}

/* Fewer bytes than asked for mean the end of the file; -1 is an error in errno. */
static gssize
read_all (int fd, char *bytes, gsize size)
{
  gsize done = 0;

  while (done < size)
    {
      gssize n = read (fd, bytes + done, size - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return -1;
      if (n == 0)
        break;
      done += (gsize)n;
    }
  return (gssize)done;
}

char *
am_text_file_read (const char *path, gsize max_size, gsize *length, GError **error)
{
  g_autofree char *text = NULL;
  gsize size;
  gssize n;
  int fd = open_file (path, &size, error);

  if (fd < 0)
    return NULL;
  if (size > max_size)
    {
      close (fd);
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   "%s: %" G_GSIZE_FORMAT " bytes; at most %" G_GSIZE_FORMAT " are read as text", path, size,
                   max_size);
      return NULL;
    }
  text = g_malloc (size + 1);
  n = read_all (fd, text, size);
  if (n < 0)
    am_set_error_errno (error, errno, path, "read");
  close (fd);
  if (n < 0)
    return NULL;
  text[n] = '\0';
  if (length != NULL)
    *length = (gsize)n;
  return g_steal_pointer (&text);
}

gsize
am_text_file_peek (const char *path, guint8 *bytes, gsize size)
{
  gsize whole;
  int fd = open_file (path, &whole, NULL);
  gssize n;

  if (fd < 0)
    return 0;
  n = read_all (fd, (char *)bytes, size);
  close (fd);
  return n < 0 ? 0 : (gsize)n;
}
