#include "state/history-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

char *
am_history_file_get_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "amalgam", "history.jsonl", NULL);
}

static gboolean
fail (GError **error, const char *path)
{
  int saved_errno = errno;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (saved_errno), "%s: %s", path,
               g_strerror (saved_errno));
  return FALSE;
}

/* Reads all of the file; none is an empty one. */
static gboolean
read_all (const char *path, char **text, gsize *length, GError **error)
{
  g_autoptr (GError) local_error = NULL;

  if (g_file_get_contents (path, text, length, &local_error))
    return TRUE;
  if (!g_error_matches (local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }
  *text = g_strdup ("");
  *length = 0;
  return TRUE;
}

GPtrArray *
am_history_file_read (const char *path, GError **error)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;
  gsize length;

  if (!read_all (path, &text, &length, error))
    return NULL;
  for (char *at = text, *end = text + length; at < end;)
    {
      char *stop = memchr (at, '\n', (gsize)(end - at));

      stop = stop != NULL ? stop : end;
      if (stop > at)
        g_ptr_array_add (lines, g_strndup (at, (gsize)(stop - at)));
      at = stop + 1;
    }
  return g_steal_pointer (&lines);
}

static gboolean
is_last_line_open (int fd)
{
  char last;
  off_t length = lseek (fd, 0, SEEK_END);

  return length > 0 && pread (fd, &last, 1, length - 1) == 1 && last != '\n';
}

static gboolean
write_all (int fd, const char *text, gsize length)
{
  while (length > 0)
    {
      ssize_t n = write (fd, text, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      text += n;
      length -= (gsize)n;
    }
  return TRUE;
}

gboolean
am_history_file_append (const char *path, const char *line, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *text = NULL;
  gboolean is_written;
  int fd;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    return fail (error, folder);
  fd = g_open (path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail (error, path);
  text = g_strconcat (is_last_line_open (fd) ? "\n" : "", line, "\n", NULL);
  is_written = write_all (fd, text, strlen (text)) && g_fsync (fd) == 0;
  if (!is_written)
    fail (error, path);
  return g_close (fd, is_written ? error : NULL) && is_written;
}

/* Where @line stands as a whole line, or NULL. */
static char *
find_line (char *text, gsize length, const char *line)
{
  gsize n = strlen (line);

  for (char *at = text, *end = text + length; at < end;)
    {
      char *stop = memchr (at, '\n', (gsize)(end - at));

      stop = stop != NULL ? stop : end;
      if ((gsize)(stop - at) == n && memcmp (at, line, n) == 0)
        return at;
      at = stop + 1;
    }
  return NULL;
}

gboolean
am_history_file_remove (const char *path, const char *line, GError **error)
{
  g_autofree char *text = NULL;
  gsize length, n = strlen (line);
  char *at;

  if (!read_all (path, &text, &length, error))
    return FALSE;
  at = find_line (text, length, line);
  if (at == NULL)
    return TRUE;
  n += at + n < text + length;
  memmove (at, at + n, (gsize)(text + length - (at + n)));
  return g_file_set_contents_full (path, text, (gssize)(length - n), G_FILE_SET_CONTENTS_CONSISTENT, 0600,
                                   error);
}
