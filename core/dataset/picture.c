#include "dataset/picture.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "checkpoint/checkpoint-private.h"
#include "checkpoint/file-kind.h"

void
am_picture_clear (AmPicture *picture)
{
  g_clear_pointer (&picture->pixels, g_free);
  g_clear_pointer (&picture->numbers, g_free);
}

gboolean
am_picture_alloc (AmPicture *picture, guint64 height, guint64 width, guint channels, const char *path,
                  GError **error)
{
  if (height == 0 || width == 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: the picture has no pixels"), path);
      return FALSE;
    }
  if (height > AM_PICTURE_MAX_PIXELS / width)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: a picture of %lu x %lu pixels; at most %u are read. Make it smaller"), path,
                   (gulong)width, (gulong)height, AM_PICTURE_MAX_PIXELS);
      return FALSE;
    }
  picture->height = height;
  picture->width = width;
  picture->channels = channels;
  picture->pixels = g_try_malloc (height * width * channels);
  if (picture->pixels == NULL)
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 T_ ("%s: a picture of %lu x %lu pixels needs more memory than there is"), path,
                 (gulong)width, (gulong)height);
  return picture->pixels != NULL;
}

static gboolean
decode (const guint8 *bytes, gsize size, const char *path, AmPicture *picture, GError **error)
{
  switch (am_file_kind_sniff (bytes, MIN (size, AM_FILE_KIND_BYTES)))
    {
    case AM_FILE_KIND_PNG:
      return am_png_decode (bytes, size, path, picture, error);
    case AM_FILE_KIND_JPEG:
      return am_jpeg_decode (bytes, size, path, picture, error);
    case AM_FILE_KIND_EMPTY:
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: the picture is empty: 0 bytes"), path);
      return FALSE;
    default:
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                   T_ ("%s: this is neither a PNG nor a JPEG picture, whatever its name says"), path);
      return FALSE;
    }
}

gboolean
am_picture_load (const char *path, AmPicture *picture, GError **error)
{
  g_autoptr (AmCheckpoint) file = am_checkpoint_new (path);
  g_autofree guint8 *bytes = NULL;
  guint64 size;

  if (am_checkpoint_add_file (file, path, error) < 0)
    return FALSE;
  size = am_checkpoint_file_size (file, 0);
  if (size > AM_PICTURE_MAX_BYTES)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: a file of %lu MiB; pictures of at most %u MiB are read"), path,
                   (gulong)(size >> 20), AM_PICTURE_MAX_BYTES >> 20);
      return FALSE;
    }
  bytes = g_malloc (MAX (size, 1));
  if (!am_checkpoint_pread (file, 0, 0, size, bytes, error))
    return FALSE;
  if (decode (bytes, size, path, picture, error))
    return TRUE;
  am_picture_clear (picture);
  return FALSE;
}

static void
spread_grey (AmPicture *picture)
{
  const gsize n = picture->height * picture->width;

  if (picture->pixels != NULL)
    {
      guint8 *pixels = g_malloc_n (n, 3);

      for (gsize i = 0; i < n; i++)
        memset (pixels + 3 * i, picture->pixels[i], 3);
      g_free (picture->pixels);
      picture->pixels = pixels;
    }
  else
    {
      float *numbers = g_new (float, 3 * n);

      for (gsize i = 0; i < n; i++)
        numbers[3 * i] = numbers[3 * i + 1] = numbers[3 * i + 2] = picture->numbers[i];
      g_free (picture->numbers);
      picture->numbers = numbers;
    }
}

static void
mix_grey (AmPicture *picture)
{
  const gsize n = picture->height * picture->width;
  guint8 *pixels = picture->pixels;

  /* 0.299, 0.587 and 0.114 of 65536. */
  for (gsize i = 0; i < n; i++)
    pixels[i]
        = (pixels[3 * i] * 19595u + pixels[3 * i + 1] * 38470u + pixels[3 * i + 2] * 7471u + 0x8000u) >> 16;
}

gboolean
am_picture_set_channels (AmPicture *picture, gsize channels)
{
  if (picture->channels == channels)
    return TRUE;
  if (picture->channels == 1 && channels == 3)
    spread_grey (picture);
  else if (picture->channels == 3 && channels == 1 && picture->pixels != NULL)
    mix_grey (picture);
  else
    return FALSE;
  picture->channels = channels;
  return TRUE;
}

/* First pixel of the middle @side of @length, negative where the picture is shorter: half of what is left
 * over, rounded to even where torchvision rounds in Python; it pads half, rounded down, and then cuts again.
 */
static gssize
find_start (gsize length, gsize side)
{
  if (length >= side)
    return (gssize)nearbyint ((double)(length - side) / 2);
  return -(gssize)((side - length) / 2);
}

void
am_picture_crop (AmPicture *picture, gsize side)
{
  const gssize top = find_start (picture->height, side), left = find_start (picture->width, side);
  const gsize channels = picture->channels;
  const gsize from = (gsize)MAX (left, 0), to = (gsize)MAX (-left, 0);
  const gsize n = MIN (picture->width - from, side - to);
  guint8 *pixels = g_malloc0 (side * side * channels);

  for (gsize row = 0; row < side; row++)
    {
      const gssize source = top + (gssize)row;

      if (source >= 0 && source < (gssize)picture->height)
        memcpy (pixels + (row * side + to) * channels,
                picture->pixels + ((gsize)source * picture->width + from) * channels, n * channels);
    }
  g_free (picture->pixels);
  picture->pixels = pixels;
  picture->height = picture->width = side;
}

static void
measure_resize (const AmPreprocessing *preprocessing, gsize *height, gsize *width)
{
  const gsize size = preprocessing->resize;
  const gsize shorter = MIN (*height, *width), longer = MAX (*height, *width);
  gsize other;

  if (preprocessing->resize_width > 0)
    {
      *height = preprocessing->resize_height;
      *width = preprocessing->resize_width;
    }
  if (preprocessing->resize_width > 0 || size == 0)
    return;
  other = size * longer / shorter;
  *height = *height == shorter ? size : other;
  *width = *width == shorter ? size : other;
  if (longer == shorter)
    *height = *width = size;
}

void
am_preprocessing_measure (const AmPreprocessing *preprocessing, gsize *height, gsize *width)
{
  measure_resize (preprocessing, height, width);
  if (preprocessing->crop > 0)
    *height = *width = preprocessing->crop;
}

/* Whether a picture of that size may be held. */
static gboolean
is_sane (guint64 height, guint64 width, guint64 channels)
{
  return height > 0 && width > 0 && height <= AM_PICTURE_MAX_BYTES / width
         && height * width <= AM_PICTURE_MAX_BYTES / channels;
}

gboolean
am_picture_fit (AmPicture *picture, const AmPreprocessing *preprocessing, GError **error)
{
  gsize height = picture->height, width = picture->width;

  measure_resize (preprocessing, &height, &width);
  if (!is_sane (height, width, picture->channels) || !is_sane (picture->height, width, picture->channels)
      || (preprocessing->crop > 0 && !is_sane (preprocessing->crop, preprocessing->crop, picture->channels)))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%lu x %lu pixels are too long and narrow to be resized"), (gulong)picture->width,
                   (gulong)picture->height);
      return FALSE;
    }
  am_picture_resize (picture, height, width, preprocessing->interpolation);
  if (preprocessing->crop > 0 && (height != preprocessing->crop || width != preprocessing->crop))
    am_picture_crop (picture, preprocessing->crop);
  return TRUE;
}

/* Pixels have few values, so the arithmetic is done once for each. */
static void
normalise_pixels (const AmPicture *picture, const AmPreprocessing *preprocessing, float *values)
{
  const gsize n = picture->height * picture->width * picture->channels;
  const gsize n_tables = preprocessing->n_channels == 3 ? 3 : 1;
  float table[3][256];

  for (gsize channel = 0; channel < n_tables; channel++)
    for (guint pixel = 0; pixel < 256; pixel++)
      {
        const double value = pixel / preprocessing->scale;

        table[channel][pixel]
            = preprocessing->n_channels == 0
                  ? (float)value
                  : (float)((value - preprocessing->mean[channel]) / preprocessing->std[channel]);
      }
  for (gsize i = 0; i < n; i++)
    values[i] = table[n_tables == 1 ? 0 : i % 3][picture->pixels[i]];
}

static void
normalise_numbers (const AmPicture *picture, const AmPreprocessing *preprocessing, float *values)
{
  const gsize n = picture->height * picture->width * picture->channels;
  const double scale = preprocessing->scales_numbers ? preprocessing->scale : 1;

  for (gsize i = 0; i < n; i++)
    {
      const gsize channel = preprocessing->n_channels == 3 ? i % 3 : 0;
      const double value = picture->numbers[i] / scale;

      values[i] = preprocessing->n_channels == 0
                      ? (float)value
                      : (float)((value - preprocessing->mean[channel]) / preprocessing->std[channel]);
    }
}

void
am_picture_normalise (const AmPicture *picture, const AmPreprocessing *preprocessing, float *values)
{
  if (picture->pixels != NULL)
    normalise_pixels (picture, preprocessing, values);
  else
    normalise_numbers (picture, preprocessing, values);
}
