#include "output/colour-scale.h"

#include <math.h>

/* Lightness is linear from point to point; chroma and hue (degrees) make the path through cream, orange, rose
 * and violet. */
static const struct
{
  double chroma, hue;
} path[] = {
  { 0.018, 95.0 },  { 0.095, 85.0 },  { 0.155, 58.0 },  { 0.185, 28.0 },
  { 0.170, 358.0 }, { 0.150, 325.0 }, { 0.095, 295.0 },
};

#define LIGHTEST 0.975
#define DARKEST 0.24

static guint8
encode_srgb (double linear)
{
  double value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow (linear, 1.0 / 2.4) - 0.055;

  return (guint8)lround (CLAMP (value, 0.0, 1.0) * 255.0);
}

static AmColour
convert_oklab (double lightness, double a, double b)
{
  double l = lightness + 0.3963377774 * a + 0.2158037573 * b;
  double m = lightness - 0.1055613458 * a - 0.0638541728 * b;
  double s = lightness - 0.0894841775 * a - 1.2914855480 * b;

  l = l * l * l;
  m = m * m * m;
  s = s * s * s;
  return (AmColour){ encode_srgb (4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                     encode_srgb (-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                     encode_srgb (-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s) };
}

AmColour
am_colour_scale_get (double position)
{
  double x = CLAMP (position, 0.0, 1.0) * (G_N_ELEMENTS (path) - 1);
  guint first = MIN ((guint)x, (guint)G_N_ELEMENTS (path) - 2);
  double t = x - first;
  double a[2], b[2];

  for (guint i = 0; i < 2; i++)
    {
      double hue = path[first + i].hue * G_PI / 180.0;

      a[i] = path[first + i].chroma * cos (hue);
      b[i] = path[first + i].chroma * sin (hue);
    }
  return convert_oklab (LIGHTEST + CLAMP (position, 0.0, 1.0) * (DARKEST - LIGHTEST),
                        a[0] + t * (a[1] - a[0]), b[0] + t * (b[1] - b[0]));
}

gboolean
am_colour_is_dark (AmColour colour)
{
  return 0.299 * colour.r + 0.587 * colour.g + 0.114 * colour.b < 140.0;
}
