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

/* What Enter does: "cell-activated" unless the cell at the cursor is empty. */
void am_heat_map_grid_activate (AmHeatMapGrid *self);

const AmHeatMapData *am_heat_map_grid_get_data (AmHeatMapGrid *self);

/* For class_init: heat-map-keys.c. */
void am_heat_map_grid_bind_keys (GtkWidgetClass *klass);

G_END_DECLS
