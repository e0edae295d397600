/* What the parts of a heat map view draw: names, values, their scale and words for them. Of the main thread. */
#pragma once

#include "amalgam.h"
#include "charts/heat-map-view.h"

G_BEGIN_DECLS

typedef struct
{
  guint n_columns;
  guint n_rows;
  char **columns;
  char **rows;
  double *values;
  AmValueScale scale;

  AmHeatMapFormat format;
  gpointer format_data;
  GDestroyNotify format_destroy;
  AmHeatMapDescribe describe;
  gpointer describe_data;
  GDestroyNotify describe_destroy;
} AmHeatMapData;

void am_heat_map_data_clear (AmHeatMapData *data);

void am_heat_map_data_set (AmHeatMapData *data, const char *const *columns, const char *const *rows,
                           const double *values);

double am_heat_map_data_get (const AmHeatMapData *data, guint row, guint column);

/* Of a value, and of a mark of the scale, which says its unit: (transfer full). */
char *am_heat_map_data_format (const AmHeatMapData *data, double value);
char *am_heat_map_data_format_tick (const AmHeatMapData *data, double value);

/* Of a cell: (transfer full). */
char *am_heat_map_data_describe (const AmHeatMapData *data, guint row, guint column);

/* The colour at a place of the scale, 0 .. 1: little is near the background, pale on light and dark on dark. */
GdkRGBA am_heat_map_get_colour (double position, gboolean is_dark);

/* Black or white, whichever reads better on it. */
GdkRGBA am_heat_map_get_ink (const GdkRGBA *colour);

G_END_DECLS
