/* Reads a GGUF header from front to back, a window at a time. */
#pragma once

#include "checkpoint/checkpoint-private.h"

G_BEGIN_DECLS

/* Initialise with the checkpoint, the file, its size and where errors go; the rest is zero. */
typedef struct
{
  const AmCheckpoint *checkpoint;
  guint file;
  guint64 file_size;
  GError **error;
  guint64 at; /* next byte */
  guint8 *window;
  guint64 window_start;
  gsize window_size;
} AmGgufCursor;

void am_gguf_cursor_clear (AmGgufCursor *cursor);

/* Sets an error that names the file. Always FALSE. */
gboolean am_gguf_cursor_fail (const AmGgufCursor *cursor, AmError code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

guint64 am_gguf_cursor_get_left (const AmGgufCursor *cursor);
gboolean am_gguf_cursor_read (AmGgufCursor *cursor, gsize size, gpointer dest);
gboolean am_gguf_cursor_read_u32 (AmGgufCursor *cursor, guint32 *value);
gboolean am_gguf_cursor_read_u64 (AmGgufCursor *cursor, guint64 *value);

/* @n items of @size bytes each. */
gboolean am_gguf_cursor_skip (AmGgufCursor *cursor, guint64 n, guint64 size);

/* A length and as many bytes, at most @most: *@text (transfer full). Refuses NUL bytes and what is not UTF-8.
 * @what is for the message. */
gboolean am_gguf_cursor_read_string (AmGgufCursor *cursor, guint64 most, const char *what, char **text);
gboolean am_gguf_cursor_skip_string (AmGgufCursor *cursor);

G_END_DECLS
