/* The colour scale of a heat map view with its marks. Private to it. */
#pragma once

#include "charts/heat-map-data.h"

G_BEGIN_DECLS

#define AM_TYPE_HEAT_MAP_LEGEND (am_heat_map_legend_get_type ())
G_DECLARE_FINAL_TYPE (AmHeatMapLegend, am_heat_map_legend, AM, HEAT_MAP_LEGEND, GtkWidget)

/* @data: borrowed; outlives the legend. */
AmHeatMapLegend *am_heat_map_legend_new (const AmHeatMapData *data);

/* The data are others. */
void am_heat_map_legend_refresh (AmHeatMapLegend *self);

G_END_DECLS
