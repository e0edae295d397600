/* The names of a heat map view's rows, which stay in sight while the cells scroll. Private to it. */
#pragma once

#include "charts/heat-map-data.h"

G_BEGIN_DECLS

#define AM_TYPE_HEAT_MAP_NAMES (am_heat_map_names_get_type ())
G_DECLARE_FINAL_TYPE (AmHeatMapNames, am_heat_map_names, AM, HEAT_MAP_NAMES, GtkWidget)

/* @data: borrowed; outlives the widget. */
AmHeatMapNames *am_heat_map_names_new (const AmHeatMapData *data);

/* The data are others. */
void am_heat_map_names_refresh (AmHeatMapNames *self);

G_END_DECLS
