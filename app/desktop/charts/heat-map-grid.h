/* The cells of a heat map view with the names of their columns above, and the cursor. Private to it. */
#pragma once

#include "charts/heat-map-data.h"

G_BEGIN_DECLS

#define AM_TYPE_HEAT_MAP_GRID (am_heat_map_grid_get_type ())
G_DECLARE_FINAL_TYPE (AmHeatMapGrid, am_heat_map_grid, AM, HEAT_MAP_GRID, GtkWidget)

/* @data: borrowed; outlives the grid. Signals: "cursor-moved", "cell-activated" (row, column). */
AmHeatMapGrid *am_heat_map_grid_new (const AmHeatMapData *data);

/* The data are others. */
void am_heat_map_grid_refresh (AmHeatMapGrid *self);

void am_heat_map_grid_set_cursor (AmHeatMapGrid *self, gint row, gint column);
gint am_heat_map_grid_get_cursor_row (AmHeatMapGrid *self);
gint am_heat_map_grid_get_cursor_column (AmHeatMapGrid *self);

/* Height of a row, for names beside it; rows end AM_HEAT_MAP_BOTTOM above the lower edge, where a scroll bar may lie. */
int am_heat_map_get_row_height (GtkWidget *widget);
#define AM_HEAT_MAP_BOTTOM 12

/* A layout in the small type of heat maps: (transfer full). */
PangoLayout *am_heat_map_create_layout (GtkWidget *widget, const char *text);

/* Text colour of the widget: GTK has no other way to it before 4.10. */
GdkRGBA am_heat_map_get_text_colour (GtkWidget *widget);

G_END_DECLS
