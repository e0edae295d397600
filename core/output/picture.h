/* A picture of the caller's own drawing, as PNG. */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

/**
 * am_picture_write_png:
 * @width, @height: 1 or more; at most 2^28 pixels in all
 * @rgba: [height * width * 4] red, green, blue, alpha; the colours are not multiplied with alpha; rows top down
 * @recipe: (nullable): UTF-8 YAML put into the picture's text chunk under %AM_PNG_RECIPE_KEYWORD, so that the
 *   picture replays the merge; am_png_read_text() reads it
 *
 * Writes atomically to @path. Thread-safe. Errors: NOT_WRITABLE, NO_SPACE.
 */
gboolean am_picture_write_png (guint width, guint height, const guint8 *rgba, const char *path,
                               const char *recipe, GError **error);

G_END_DECLS
