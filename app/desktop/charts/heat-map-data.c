#include "charts/heat-map-data.h"

#include <glib/gi18n.h>
#include <math.h>

void
am_heat_map_data_clear (AmHeatMapData *self)
{
  if (self->format_destroy != NULL)
    self->format_destroy (self->format_data);
  if (self->describe_destroy != NULL)
    self->describe_destroy (self->describe_data);
  g_strfreev (self->columns);
  g_strfreev (self->rows);
  g_free (self->values);
  *self = (AmHeatMapData){ 0 };
}

void
am_heat_map_data_set (AmHeatMapData *self, const char *const *columns, const char *const *rows,
                      const double *values)
{
  gsize n;

  g_strfreev (self->columns);
  g_strfreev (self->rows);
  g_free (self->values);
  self->columns = g_strdupv ((char **)columns);
  self->rows = g_strdupv ((char **)rows);
  self->n_columns = g_strv_length (self->columns);
  self->n_rows = g_strv_length (self->rows);
  n = (gsize)self->n_columns * self->n_rows;
  self->values = g_memdup2 (values, n * sizeof *values);
  am_value_scale_fit (&self->scale, self->values, n);
}

double
am_heat_map_data_get (const AmHeatMapData *self, guint row, guint column)
{
  return self->values[(gsize)row * self->n_columns + column];
}

char *
am_heat_map_data_format (const AmHeatMapData *self, double value)
{
  if (isinf (value))
    return g_strdup ("∞");
  if (self->format != NULL)
    return self->format (value, self->format_data);
  return am_format_percent (value);
}

char *
am_heat_map_data_format_tick (const AmHeatMapData *self, double value)
{
  if (self->format != NULL)
    return self->format (value, self->format_data);
  /* Translators: a number of percent on a scale, as in "0.5 %". */
  return g_strdup_printf (_ ("%.4g %%"), value * 100.0);
}

char *
am_heat_map_data_describe (const AmHeatMapData *self, guint row, guint column)
{
  double value = am_heat_map_data_get (self, row, column);
  g_autofree char *text = NULL;

  if (self->describe != NULL)
    return self->describe (row, column, self->describe_data);
  if (isnan (value))
    /* Translators: names of a column and a row of a table whose cell is empty. */
    return g_strdup_printf (_ ("%s, %s: nothing"), self->columns[column], self->rows[row]);
  text = isinf (value) ? am_heat_map_data_format (self, value) : am_heat_map_data_format_tick (self, value);
  /* Translators: names of a column and a row of a table, and the value of their cell. */
  return g_strdup_printf (_ ("%s, %s: %s"), self->columns[column], self->rows[row], text);
}

GdkRGBA
am_heat_map_get_colour (double position, gboolean is_dark)
{
  AmColour colour = am_colour_scale_get (is_dark ? 1.0 - position : position);

  return (GdkRGBA){ (float)colour.r / 255.0f, (float)colour.g / 255.0f, (float)colour.b / 255.0f, 1.0f };
}

static double
make_linear (double value)
{
  return value <= 0.04045 ? value / 12.92 : pow ((value + 0.055) / 1.055, 2.4);
}

/* By the contrast ratio of WCAG 2: where white and black are equal, luminance is 0.179. */
GdkRGBA
am_heat_map_get_ink (const GdkRGBA *colour)
{
  double luminance = 0.2126 * make_linear (colour->red) + 0.7152 * make_linear (colour->green)
                     + 0.0722 * make_linear (colour->blue);

  return luminance < 0.179 ? (GdkRGBA){ 1, 1, 1, 1 } : (GdkRGBA){ 0, 0, 0, 1 };
}
