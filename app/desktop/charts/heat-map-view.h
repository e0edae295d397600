/* A heat map to walk about in: columns across, rows down, a value in each cell, a legend below. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define AM_TYPE_HEAT_MAP_VIEW (am_heat_map_view_get_type ())
G_DECLARE_FINAL_TYPE (AmHeatMapView, am_heat_map_view, AM, HEAT_MAP_VIEW, GtkWidget)

/* Text of one value for cells and legend, short: (transfer full). */
typedef char *(*AmHeatMapFormat) (double value, gpointer user_data);

/* Everything worth knowing of one cell, for tooltip and screen reader: (transfer full). */
typedef char *(*AmHeatMapDescribe) (guint row, guint column, gpointer user_data);

/**
 * am_heat_map_view_new:
 *
 * Properties: "label" (what the map shows, for the legend and as accessible name), "selected-row" and
 * "selected-column" (gint: the cell at the cursor, -1 and -1 for none; set them together by
 * am_heat_map_view_select()).
 *
 * Signal "cell-activated" (guint row, guint column): clicked, or Enter or Space pressed at the cursor. Empty cells
 * can be walked over and are never activated. A map wider than its room scrolls; row names stay in sight.
 */
GtkWidget *am_heat_map_view_new (void);

/**
 * am_heat_map_view_set_data:
 * @columns, @rows: %NULL-terminated names, already translated; none of either shows nothing
 * @values: [rows * columns], row after row; 0 or more, INFINITY allowed, NAN for an empty cell
 *
 * All are copied. The colour scale is fitted to the values as core/output/heat-map.h tells: linear from 0, or
 * logarithmic when they are far apart; the legend says which. Clears the cursor when the shape changes.
 */
void am_heat_map_view_set_data (AmHeatMapView *self, const char *const *columns, const char *const *rows,
                                const double *values);

/* Without one (%NULL), values are fractions shown as percent. @destroy: (nullable): of @user_data. */
void am_heat_map_view_set_format (AmHeatMapView *self, AmHeatMapFormat format, gpointer user_data,
                                  GDestroyNotify destroy);

/* Without one (%NULL), a cell is described by its names and its value. */
void am_heat_map_view_set_describe (AmHeatMapView *self, AmHeatMapDescribe describe, gpointer user_data,
                                    GDestroyNotify destroy);

void am_heat_map_view_set_label (AmHeatMapView *self, const char *label);

/* Moves the cursor; -1, -1 takes it away. Beyond the map: nothing happens. */
void am_heat_map_view_select (AmHeatMapView *self, gint row, gint column);
gint am_heat_map_view_get_selected_row (AmHeatMapView *self);
gint am_heat_map_view_get_selected_column (AmHeatMapView *self);

G_END_DECLS
