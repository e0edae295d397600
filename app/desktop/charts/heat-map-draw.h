/* How the parts of a heat map view look alike. Private to it. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Height of a row, for names beside it; rows end AM_HEAT_MAP_BOTTOM above the lower edge, where a scroll bar may lie. */
int am_heat_map_get_row_height (GtkWidget *widget);
#define AM_HEAT_MAP_BOTTOM 12

/* A layout in the small type of heat maps: (transfer full). */
PangoLayout *am_heat_map_create_layout (GtkWidget *widget, const char *text);

/* Text colour of the widget: GTK has no other way to it before 4.10. */
GdkRGBA am_heat_map_get_text_colour (GtkWidget *widget);

/* A short stroke in the middle: nothing is here. */
void am_heat_map_draw_empty (GtkSnapshot *snapshot, const graphene_rect_t *cell, const GdkRGBA *text_colour);

/* In the middle of the cell. */
void am_heat_map_draw_text (GtkSnapshot *snapshot, PangoLayout *layout, const graphene_rect_t *cell,
                            const GdkRGBA *colour);

/* A frame of that width, @inset within the cell's edge. */
void am_heat_map_draw_ring (GtkSnapshot *snapshot, const graphene_rect_t *cell, float inset, float width,
                            const GdkRGBA *colour);

G_END_DECLS
