#include "dataset/picture.h"

#include <math.h>
#include <string.h>

#define PRECISION 22

/* For each output position the inputs it sums over and their coefficients, all of the same @size; from
 * @count on they are 0. */
typedef struct
{
  gsize n;
  gsize size;
  gsize *first;
  gsize *count;
  gint32 *weight; /* [n][size] */
} Taps;

static void
taps_clear (Taps *taps)
{
  g_free (taps->first);
  g_free (taps->count);
  g_free (taps->weight);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Taps, taps_clear)

static double
bilinear (double x)
{
  x = fabs (x);
  return x < 1 ? 1 - x : 0;
}

static double
bicubic (double x)
{
  const double a = -0.5;

  x = fabs (x);
  if (x < 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2)
    return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

static gint32
to_fixed (double weight)
{
  const double scaled = weight * (1 << PRECISION);

  return (gint32)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

/* Inputs from @first on, @count of them, around @centre; @unit is how far apart they are in the filter. */
static void
fill_weights (double centre, double unit, gsize first, gsize count, double (*filter) (double), double *buffer,
              gint32 *weight)
{
  double sum = 0;

  for (gsize i = 0; i < count; i++)
    {
      buffer[i] = filter (((double)(i + first) - centre + 0.5) * unit);
      sum += buffer[i];
    }
  for (gsize i = 0; i < count; i++)
    weight[i] = to_fixed (sum != 0 ? buffer[i] / sum : buffer[i]);
}

static void
taps_init (Taps *taps, gsize n_in, gsize n_out, AmInterpolation interpolation)
{
  const gboolean is_cubic = interpolation == AM_INTERPOLATE_BICUBIC;
  const double step = (double)n_in / (double)n_out;
  const double widening = MAX (step, 1);
  const double support = (is_cubic ? 2.0 : 1.0) * widening;
  g_autofree double *buffer = NULL;

  taps->n = n_out;
  taps->size = (gsize)ceil (support) * 2 + 1;
  taps->first = g_new (gsize, n_out);
  taps->count = g_new (gsize, n_out);
  taps->weight = g_new0 (gint32, n_out * taps->size);
  buffer = g_new (double, taps->size);
  for (gsize i = 0; i < n_out; i++)
    {
      const double centre = ((double)i + 0.5) * step;
      const double low = centre - support + 0.5, high = centre + support + 0.5;
      const gsize first = low > 0 ? (gsize)low : 0;
      const gsize end = MIN ((gsize)high, n_in);

      taps->first[i] = first;
      taps->count[i] = end - first;
      fill_weights (centre, 1 / widening, first, end - first, is_cubic ? bicubic : bilinear, buffer,
                    taps->weight + i * taps->size);
    }
}

/* The magnitudes of a pixel's weights add up to less than 1.5, so 255 times their sum fits 31 bits. */
static inline guint8
to_pixel (gint32 sum)
{
  return (guint8)CLAMP (sum >> PRECISION, 0, 255);
}

static void
resize_row (const Taps *taps, const guint8 *row, gsize channels, guint8 *out)
{
  for (gsize i = 0; i < taps->n; i++)
    {
      const gint32 *weight = taps->weight + i * taps->size;
      const guint8 *in = row + taps->first[i] * channels;

      for (gsize channel = 0; channel < channels; channel++)
        {
          gint32 sum = 1 << (PRECISION - 1);

          for (gsize tap = 0; tap < taps->count[i]; tap++)
            sum += in[tap * channels + channel] * weight[tap];
          out[i * channels + channel] = to_pixel (sum);
        }
    }
}

static void
resize_rows (AmPicture *picture, gsize width, AmInterpolation interpolation)
{
  const gsize in_stride = picture->width * picture->channels, out_stride = width * picture->channels;
  guint8 *pixels = g_malloc (picture->height * out_stride);
  g_auto (Taps) taps = { 0 };

  taps_init (&taps, picture->width, width, interpolation);
  for (gsize row = 0; row < picture->height; row++)
    resize_row (&taps, picture->pixels + row * in_stride, picture->channels, pixels + row * out_stride);
  g_free (picture->pixels);
  picture->pixels = pixels;
  picture->width = width;
}

static void
resize_columns (AmPicture *picture, gsize height, AmInterpolation interpolation)
{
  const gsize stride = picture->width * picture->channels;
  guint8 *pixels = g_malloc (height * stride);
  g_autofree gint32 *sums = g_new (gint32, stride);
  g_auto (Taps) taps = { 0 };

  taps_init (&taps, picture->height, height, interpolation);
  for (gsize row = 0; row < height; row++)
    {
      for (gsize i = 0; i < stride; i++)
        sums[i] = 1 << (PRECISION - 1);
      for (gsize tap = 0; tap < taps.count[row]; tap++)
        {
          const guint8 *in = picture->pixels + (taps.first[row] + tap) * stride;
          const gint32 weight = taps.weight[row * taps.size + tap];

          for (gsize i = 0; i < stride; i++)
            sums[i] += in[i] * weight;
        }
      for (gsize i = 0; i < stride; i++)
        pixels[row * stride + i] = to_pixel (sums[i]);
    }
  g_free (picture->pixels);
  picture->pixels = pixels;
  picture->height = height;
}

/* The input each output takes. Positions are added up, not multiplied out: that rounds as Pillow does. */
static gsize *
find_nearest (gsize n_in, gsize n_out)
{
  const double step = (double)n_in / (double)n_out;
  double place = step * 0.5;
  gsize *source = g_new (gsize, n_out);

  for (gsize i = 0; i < n_out; i++, place += step)
    source[i] = MIN ((gsize)place, n_in - 1);
  return source;
}

static void
resize_nearest (AmPicture *picture, gsize height, gsize width)
{
  const gsize channels = picture->channels;
  g_autofree gsize *rows = find_nearest (picture->height, height);
  g_autofree gsize *columns = find_nearest (picture->width, width);
  guint8 *pixels = g_malloc (height * width * channels);

  for (gsize row = 0; row < height; row++)
    for (gsize column = 0; column < width; column++)
      memcpy (pixels + (row * width + column) * channels,
              picture->pixels + (rows[row] * picture->width + columns[column]) * channels, channels);
  g_free (picture->pixels);
  picture->pixels = pixels;
  picture->height = height;
  picture->width = width;
}

void
am_picture_resize (AmPicture *picture, gsize height, gsize width, AmInterpolation interpolation)
{
  if (height == picture->height && width == picture->width)
    return;
  if (interpolation == AM_INTERPOLATE_NEAREST)
    {
      resize_nearest (picture, height, width);
      return;
    }
  if (width != picture->width)
    resize_rows (picture, width, interpolation);
  if (height != picture->height)
    resize_columns (picture, height, interpolation);
}
