/* How pictures become what a network takes. */
#pragma once

#include "base/error.h"

G_BEGIN_DECLS

typedef enum
{
  AM_INTERPOLATE_NEAREST,
  AM_INTERPOLATE_BILINEAR, /* antialiased, as Pillow does it */
  AM_INTERPOLATE_BICUBIC,  /* the same with a = -0.5 */
} AmInterpolation;

/**
 * AmPreprocessing:
 * @resize: length of the shorter side before the crop; 0: none
 * @resize_width, @resize_height: both sides at once, instead; 0: none
 * @crop: side of the square cut from the middle; 0: none
 * @scale: pixels are divided by it before mean and std; 255 by default
 * @scales_numbers: whether values that are no 8-bit pixels are divided too: a file that names scale
 * @n_channels: values in mean and std: 1 or 3; 0: none
 * @mean, @std: of the divided values
 *
 * Written as YAML (docs/data.md): size, crop, interpolation, scale, mean, std, channels.
 */
typedef struct
{
  char *name;
  guint resize;
  guint resize_width, resize_height;
  guint crop;
  AmInterpolation interpolation;
  double scale;
  gboolean scales_numbers;
  guint n_channels;
  double mean[3], std[3];
} AmPreprocessing;

/* Built-in ones: "none", "torchvision", "clip", "vit", "cifar10", "mnist". %NULL-terminated. */
const char *const *am_preprocessing_list (void);

/**
 * am_preprocessing_load:
 * @name: of a built-in one, or a file, or what such a file says, which has a line break at least
 *
 * Returns: (transfer full) (nullable). Errors: NOT_FOUND naming the built-in ones, BAD_RECIPE with the line.
 */
AmPreprocessing *am_preprocessing_load (const char *name, GError **error);
void am_preprocessing_free (AmPreprocessing *preprocessing);
AmPreprocessing *am_preprocessing_copy (const AmPreprocessing *preprocessing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmPreprocessing, am_preprocessing_free)

/* The same as YAML, for files and statistics. (transfer full) */
char *am_preprocessing_to_yaml (const AmPreprocessing *preprocessing);

G_END_DECLS
