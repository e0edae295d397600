/* PNG files through libpng. */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

/* 8 bits a channel, rows top down: red, green, blue and, if there is one, alpha that the colours are not
 * multiplied with. */
typedef struct
{
  guint width;
  guint height;
  gboolean has_alpha;
  const guint8 *data; /* [height * width * (3 or 4)] */
} AmPixels;

/**
 * am_png_write:
 * @keyword: of a text chunk (iTXt), or %NULL
 * @text: its UTF-8 text
 *
 * Writes beside @path and renames. Errors: NOT_WRITABLE, NO_SPACE.
 */
gboolean am_png_write (const AmPixels *pixels, const char *path, const char *keyword, const char *text,
                       GError **error);

G_END_DECLS
