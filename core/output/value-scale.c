#include "output/value-scale.h"

#include <math.h>

#define LINEAR_RATIO 20.0
#define LOWEST_RATIO 1e-4
#define MANY_DECADES 2.05

static const double steps[] = { 1.0, 2.0, 5.0, 10.0 };
static const double fine_steps[] = { 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0 };

/* Slack: 0.05 / 0.01 is not quite 5. */
static double
round_up (double value, const double *list, gsize n)
{
  double power = pow (10.0, floor (log10 (value)));

  for (gsize i = 0; i < n; i++)
    if (value <= power * list[i] * (1.0 + 1e-9))
      return power * list[i];
  return power * 10.0;
}

static double
round_down (double value)
{
  double power = pow (10.0, floor (log10 (value)));
  double found = power;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (value >= power * steps[i] * (1.0 - 1e-9))
      found = power * steps[i];
  return found;
}

void
am_value_scale_fit (AmValueScale *scale, const double *values, gsize n)
{
  double low = HUGE_VAL, high = 0.0;

  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i]) && values[i] > 0.0)
      {
        low = MIN (low, values[i]);
        high = MAX (high, values[i]);
      }
  *scale = (AmValueScale){ FALSE, 0.0, 0.01 };
  if (high <= 0.0)
    return;
  scale->is_logarithmic = high > LINEAR_RATIO * low;
  if (scale->is_logarithmic)
    scale->low = round_down (MAX (low, high * LOWEST_RATIO));
  scale->high = scale->is_logarithmic ? round_up (high, steps, G_N_ELEMENTS (steps))
                                      : round_up (high, fine_steps, G_N_ELEMENTS (fine_steps));
}

double
am_value_scale_place (const AmValueScale *scale, double value)
{
  double position;

  if (!scale->is_logarithmic)
    position = value / scale->high;
  else if (value <= scale->low)
    position = 0.0;
  else
    position = log (value / scale->low) / log (scale->high / scale->low);
  return CLAMP (position, 0.0, 1.0);
}

static void
list_linear_ticks (const AmValueScale *scale, GArray *ticks)
{
  double step = round_up (scale->high / 5.0, steps, G_N_ELEMENTS (steps));

  for (guint i = 0; i * step <= scale->high * (1.0 + 1e-9); i++)
    {
      double tick = i * step;

      g_array_append_val (ticks, tick);
    }
}

static void
list_logarithmic_ticks (const AmValueScale *scale, GArray *ticks)
{
  double decades = log10 (scale->high / scale->low);
  guint stride = decades > MANY_DECADES ? 3 : 1;

  for (gint exponent = (gint)floor (log10 (scale->low)); exponent <= (gint)ceil (log10 (scale->high));
       exponent++)
    for (guint i = 0; i < 3; i += stride)
      {
        double tick = pow (10.0, exponent) * steps[i];

        if (tick >= scale->low * (1.0 - 1e-9) && tick <= scale->high * (1.0 + 1e-9))
          g_array_append_val (ticks, tick);
      }
}

GArray *
am_value_scale_list_ticks (const AmValueScale *scale)
{
  GArray *ticks = g_array_new (FALSE, FALSE, sizeof (double));

  if (scale->is_logarithmic)
    list_logarithmic_ticks (scale, ticks);
  else
    list_linear_ticks (scale, ticks);
  return ticks;
}

char *
am_format_percent (double value)
{
  double percent = value * 100.0;
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (isinf (value))
    return g_strdup ("inf");
  if (percent == 0.0)
    return g_strdup ("0");
  if (percent < 0.00995)
    return g_strdup ("<.01");
  if (percent < 0.995)
    g_ascii_formatd (digits, sizeof digits, "%.2f", percent);
  else
    g_ascii_formatd (digits, sizeof digits, percent < 9.95 ? "%.1f" : "%.0f", percent);
  return g_strdup (digits);
}
