#include "output/picture.h"

#include "output/heat-map.h"
#include "output/png-file.h"

/* The file is made in memory first, in an array that counts with 32 bits. */
#define MAX_PIXELS (G_GUINT64_CONSTANT (1) << 28)

gboolean
am_picture_write_png (guint width, guint height, const guint8 *rgba, const char *path, const char *recipe,
                      GError **error)
{
  const AmPixels pixels = { width, height, TRUE, rgba };

  if ((guint64)width * height <= MAX_PIXELS)
    return am_png_write (&pixels, path, AM_PNG_RECIPE_KEYWORD, recipe, error);
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, "%s: a picture of %u by %u pixels is too large", path,
               width, height);
  return FALSE;
}
