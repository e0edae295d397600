#include "block-scale.h"

#include <math.h>

float
am_block_scale_get_y (const AmBlockScale *scale, double value)
{
  double share
      = (CLAMP (value, scale->minimum, scale->maximum) - scale->minimum) / (scale->maximum - scale->minimum);

  return (float)(scale->bottom + share * (scale->top - scale->bottom));
}

double
am_block_scale_get_value (const AmBlockScale *scale, double y)
{
  double share = (scale->bottom - y) / MAX (1, scale->bottom - scale->top);

  return scale->minimum + CLAMP (share, 0, 1) * (scale->maximum - scale->minimum);
}

double
am_block_scale_get_origin (const AmBlockScale *scale)
{
  return CLAMP (0, scale->minimum, scale->maximum);
}

double
am_block_scale_get_step (const AmBlockScale *scale)
{
  double rough = (scale->maximum - scale->minimum) / 4;
  double power, share;

  if (!(rough > 0))
    return 1;
  power = pow (10, floor (log10 (rough)));
  share = rough / power;
  return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 2.5 ? 2.5 : share <= 5 ? 5 : 10);
}

char *
am_block_value_to_text (double value, int digits)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  double scale = pow (10, digits);
  /* Adding zero makes a negative zero positive. */
  double rounded = round (value * scale) / scale + 0.0;

  g_ascii_formatd (buffer, sizeof (buffer), "%.6g", rounded);
  return g_strdup (buffer);
}

gboolean
am_block_value_from_text (const char *text, double *value)
{
  g_autofree char *plain = g_strstrip (g_strdelimit (g_strdup (text), ",", '.'));
  char *end;

  if (plain[0] == '\0')
    return FALSE;
  *value = g_ascii_strtod (plain, &end);
  return *end == '\0' && isfinite (*value);
}

double
am_block_value_round (double value, double step)
{
  /* Dividing by the whole number keeps 0.3 the double nearest to 0.3. */
  double steps = round (1 / step);

  return round (value * steps) / steps + 0.0;
}
