#include "checkpoint/gguf-cursor.h"

#include "checkpoint/little-endian.h"
#include "checkpoint/printable.h"

#define WINDOW_BYTES ((gsize)256 << 10)

void
am_gguf_cursor_clear (AmGgufCursor *cursor)
{
  g_clear_pointer (&cursor->window, g_free);
}

gboolean
am_gguf_cursor_fail (const AmGgufCursor *cursor, AmError code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (cursor->error, AM_ERROR, code, "%s: %s",
               am_checkpoint_get_file (cursor->checkpoint, cursor->file), message);
  return FALSE;
}

guint64
am_gguf_cursor_get_left (const AmGgufCursor *cursor)
{
  return cursor->file_size - cursor->at;
}

static gboolean
fail_short (const AmGgufCursor *cursor, guint64 wanted)
{
  return am_gguf_cursor_fail (cursor, AM_ERROR_CORRUPT,
                              "the header wants %" G_GUINT64_FORMAT " bytes at byte %" G_GUINT64_FORMAT
                              ", %" G_GUINT64_FORMAT " are left: incomplete download or copy",
                              wanted, cursor->at, am_gguf_cursor_get_left (cursor));
}

static gboolean
move_window (AmGgufCursor *cursor)
{
  if (cursor->window == NULL)
    cursor->window = g_malloc (WINDOW_BYTES);
  cursor->window_start = cursor->at;
  cursor->window_size = (gsize)MIN (WINDOW_BYTES, am_gguf_cursor_get_left (cursor));
  return am_checkpoint_pread (cursor->checkpoint, cursor->file, cursor->at, cursor->window_size,
                              cursor->window, cursor->error);
}

gboolean
am_gguf_cursor_read (AmGgufCursor *cursor, gsize size, gpointer dest)
{
  guint8 *to = dest;

  if (size > am_gguf_cursor_get_left (cursor))
    return fail_short (cursor, size);
  while (size > 0)
    {
      guint64 skip = cursor->at - cursor->window_start;
      if (cursor->at < cursor->window_start || skip >= cursor->window_size)
        {
          if (!move_window (cursor))
            return FALSE;
          skip = 0;
        }
      gsize part = MIN (size, cursor->window_size - (gsize)skip);
      memcpy (to, cursor->window + skip, part);
      to += part;
      size -= part;
      cursor->at += part;
    }
  return TRUE;
}

gboolean
am_gguf_cursor_read_u32 (AmGgufCursor *cursor, guint32 *value)
{
  guint8 bytes[4];

  if (!am_gguf_cursor_read (cursor, sizeof bytes, bytes))
    return FALSE;
  *value = am_read_le32 (bytes);
  return TRUE;
}

gboolean
am_gguf_cursor_read_u64 (AmGgufCursor *cursor, guint64 *value)
{
  guint8 bytes[8];

  if (!am_gguf_cursor_read (cursor, sizeof bytes, bytes))
    return FALSE;
  *value = am_read_le64 (bytes);
  return TRUE;
}

gboolean
am_gguf_cursor_skip (AmGgufCursor *cursor, guint64 n, guint64 size)
{
  guint64 total;

  if (!g_uint64_checked_mul (&total, n, size))
    return am_gguf_cursor_fail (cursor, AM_ERROR_CORRUPT,
                                "an array of %" G_GUINT64_FORMAT " elements at byte %" G_GUINT64_FORMAT
                                " is larger than 64 bits can count",
                                n, cursor->at);
  if (total > am_gguf_cursor_get_left (cursor))
    return fail_short (cursor, total);
  cursor->at += total;
  return TRUE;
}

gboolean
am_gguf_cursor_read_string (AmGgufCursor *cursor, guint64 most, const char *what, char **text)
{
  guint64 length, start = cursor->at;

  if (!am_gguf_cursor_read_u64 (cursor, &length))
    return FALSE;
  if (length > am_gguf_cursor_get_left (cursor))
    return fail_short (cursor, length);
  if (length > most)
    return am_gguf_cursor_fail (cursor, AM_ERROR_CORRUPT,
                                "%s at byte %" G_GUINT64_FORMAT " has %" G_GUINT64_FORMAT " bytes", what,
                                start, length);
  g_autofree char *copy = g_malloc0 ((gsize)length + 1);
  if (!am_gguf_cursor_read (cursor, (gsize)length, copy))
    return FALSE;
  if (!g_utf8_validate_len (copy, (gsize)length, NULL))
    {
      g_autofree char *shown = am_printable (copy, (gsize)length);
      return am_gguf_cursor_fail (cursor, AM_ERROR_CORRUPT,
                                  "%s at byte %" G_GUINT64_FORMAT " is not UTF-8 text: \"%s\"", what, start,
                                  shown);
    }
  *text = g_steal_pointer (&copy);
  return TRUE;
}

gboolean
am_gguf_cursor_skip_string (AmGgufCursor *cursor)
{
  guint64 length;

  return am_gguf_cursor_read_u64 (cursor, &length) && am_gguf_cursor_skip (cursor, length, 1);
}
