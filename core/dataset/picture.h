/* One picture in memory, and what is done to it before it becomes numbers. */
#pragma once

#include <glib.h>

#include "base/error.h"
#include "dataset/preprocessing.h"

G_BEGIN_DECLS

/* What a hostile header may make us hold: pixels, and bytes of a file. */
#define AM_PICTURE_MAX_PIXELS (1u << 27)
#define AM_PICTURE_MAX_BYTES (1u << 29)

/**
 * AmPicture:
 * @pixels: [height][width][channels]; %NULL when the values are numbers
 * @numbers: the same of values that are not 8-bit pixels; else %NULL
 */
typedef struct
{
  gsize height, width, channels;
  guint8 *pixels;
  float *numbers;
} AmPicture;

void am_picture_clear (AmPicture *picture);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AmPicture, am_picture_clear)

/**
 * am_picture_load:
 * @picture: (out): with 1 or 3 channels, as the file has
 *
 * PNG or JPEG, told apart by content. Of 16 bits the high 8 count, as in Pillow; palettes become colours;
 * transparency is dropped; EXIF orientation and colour profiles are ignored.
 *
 * Thread-safe. Errors: NOT_FOUND, NOT_READABLE, CORRUPT, UNSUPPORTED.
 */
gboolean am_picture_load (const char *path, AmPicture *picture, GError **error);

/* One decoder each: @bytes are those of the whole file @path. */
gboolean am_png_decode (const guint8 *bytes, gsize size, const char *path, AmPicture *picture,
                        GError **error);
gboolean am_jpeg_decode (const guint8 *bytes, gsize size, const char *path, AmPicture *picture,
                         GError **error);

/* Memory for the pixels of a header that was just read. Errors: UNSUPPORTED when there are too many. */
gboolean am_picture_alloc (AmPicture *picture, guint64 height, guint64 width, guint channels,
                           const char *path, GError **error);

/* Grey to three equal channels, or colours to grey with the weights of ITU-R 601 in 16 bits, as Pillow does
 * it. FALSE for any other change of channels, and for colours that are not 8-bit pixels. */
gboolean am_picture_set_channels (AmPicture *picture, gsize channels);

/**
 * am_picture_resize:
 * @picture: 8-bit pixels
 *
 * To @height x @width, antialiased when it shrinks. Bit for bit what Pillow gives: coefficients normalised in
 * double and rounded to 22 bits, first along rows and then along columns, rounded and clipped to 8 bits after
 * each. (Pillow's Resample.c; Keys, "Cubic convolution interpolation for digital image processing", 1981,
 * with a = -0.5.)
 */
void am_picture_resize (AmPicture *picture, gsize height, gsize width, AmInterpolation interpolation);

/* Cuts a square of @side from the middle, black where the picture ends before; the odd pixel goes where
 * torchvision's CenterCrop has it. 8-bit pixels. */
void am_picture_crop (AmPicture *picture, gsize side);

/* The height and width a picture of that size has after resizing and cropping. */
void am_preprocessing_measure (const AmPreprocessing *preprocessing, gsize *height, gsize *width);

/* Resizes and crops 8-bit pixels. Errors: UNSUPPORTED when a side would become too long. */
gboolean am_picture_fit (AmPicture *picture, const AmPreprocessing *preprocessing, GError **error);

/* (value / scale - mean) / std of every value, into @values [height][width][channels]. */
void am_picture_normalise (const AmPicture *picture, const AmPreprocessing *preprocessing, float *values);

G_END_DECLS
