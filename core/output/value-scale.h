/* From values to positions on a colour scale, with tick marks. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* @low is 0 on a linear scale. The ends are round numbers. */
typedef struct
{
  gboolean is_logarithmic;
  double low;
  double high;
} AmValueScale;

/* Fits a scale to [n] values; those that are 0, NAN or infinite have no say. */
void am_value_scale_fit (AmValueScale *scale, const double *values, gsize n);

/* Where @value lies, 0 .. 1; values beyond the ends are at the ends. */
double am_value_scale_place (const AmValueScale *scale, double value);

/* Round values to label, ascending: (transfer full) (element-type double). */
GArray *am_value_scale_list_ticks (const AmValueScale *scale);

/* A fraction as percent, short enough for a cell: "12", "1.3", "0.04", "<.01". (transfer full) */
char *am_format_percent (double value);

G_END_DECLS
