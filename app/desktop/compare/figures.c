#include "figures.h"

#include <glib/gi18n.h>
#include <math.h>

#define NEARLY_ONE 0.9999995

static char *
put_unit (char *number)
{
  g_autofree char *owned = number;

  /* Translators: a percentage, as in "1.83 %". */
  return g_strdup_printf (_ ("%s %%"), owned);
}

char *
am_figure_percent (double fraction)
{
  double percent = fraction * 100.0;

  if (isnan (fraction))
    return g_strdup ("–");
  if (isinf (fraction))
    return g_strdup ("∞");
  if (percent >= 100.0 || percent == 0.0)
    return put_unit (g_strdup_printf ("%.0f", percent));
  return put_unit (g_strdup_printf (percent >= 10.0 ? "%.1f" : percent >= 0.1 ? "%.2f" : "%.1g", percent));
}

char *
am_figure_likeness (double relative_l2)
{
  double difference = MIN (relative_l2 * 100.0, 100.0);
  int n_digits;

  if (isnan (relative_l2))
    return g_strdup ("–");
  if (difference == 0.0)
    return put_unit (g_strdup ("100"));
  if (difference == 100.0)
    return put_unit (g_strdup ("0"));
  if (difference < 0.0001)
    return put_unit (g_strdup_printf ("> %.4f", 99.9999));
  /* As many nines as there are, so that no difference looks like none. */
  n_digits = MAX (1, (int)ceil (-log10 (difference)));
  return put_unit (g_strdup_printf ("%.*f", n_digits, 100.0 - difference));
}

char *
am_figure_cosine (double cosine)
{
  if (isnan (cosine))
    return g_strdup ("–");
  if (cosine < 1.0 && cosine >= NEARLY_ONE)
    return g_strdup_printf ("> %.6f", 0.999999);
  return g_strdup_printf ("%.6f", cosine);
}

char *
am_figure_value (double value)
{
  return isnan (value) ? g_strdup ("–") : g_strdup_printf ("%.3g", value);
}
