/* Whole small files. */
#pragma once

#include <glib.h>

#include "base/error.h"

G_BEGIN_DECLS

/* The bytes of the regular file @path with a NUL after them, (transfer full); @length is optional. Errors:
 * NOT_FOUND, NOT_READABLE, BAD_RECIPE when it has more than @max_size bytes. */
char *am_text_file_read (const char *path, gsize max_size, gsize *length, GError **error);

/* The first bytes of a file, at most @size; 0 when it cannot be read. */
gsize am_text_file_peek (const char *path, guint8 *bytes, gsize size);

G_END_DECLS
