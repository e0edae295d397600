/* PNG files through libpng. */
#pragma once

#include "base/error.h"
#include "output/canvas.h"

G_BEGIN_DECLS

/**
 * am_png_write:
 * @keyword: of a text chunk (iTXt), or %NULL
 * @text: its UTF-8 text
 *
 * Writes beside @path and renames. Errors: NOT_WRITABLE, NO_SPACE.
 */
gboolean am_png_write (const AmCanvas *canvas, const char *path, const char *keyword, const char *text,
                       GError **error);

G_END_DECLS
