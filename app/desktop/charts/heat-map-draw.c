#include "charts/heat-map-draw.h"

#define TEXT_SCALE 0.74

PangoLayout *
am_heat_map_create_layout (GtkWidget *widget, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (TEXT_SCALE));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

int
am_heat_map_get_row_height (GtkWidget *widget)
{
  g_autoptr (PangoLayout) layout = am_heat_map_create_layout (widget, "0");
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height + 14;
}

GdkRGBA
am_heat_map_get_text_colour (GtkWidget *widget)
{
  GdkRGBA colour;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  return colour;
}

/* A short stroke: nothing is here, which is not the same as 0. */
void
am_heat_map_draw_empty (GtkSnapshot *snapshot, const graphene_rect_t *cell, const GdkRGBA *text_colour)
{
  GdkRGBA colour = *text_colour;
  float width = MIN (cell->size.width / 3, 8);

  colour.alpha *= 0.35f;
  gtk_snapshot_append_color (snapshot, &colour,
                             &GRAPHENE_RECT_INIT (cell->origin.x + (cell->size.width - width) / 2,
                                                  cell->origin.y + cell->size.height / 2, width, 1));
}

void
am_heat_map_draw_text (GtkSnapshot *snapshot, PangoLayout *layout, const graphene_rect_t *cell,
                       const GdkRGBA *colour)
{
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (cell->origin.x + (cell->size.width - (float)width) / 2,
                                                cell->origin.y + (cell->size.height - (float)height) / 2));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

void
am_heat_map_draw_ring (GtkSnapshot *snapshot, const graphene_rect_t *cell, float inset, float width,
                       const GdkRGBA *colour)
{
  graphene_rect_t bounds = *cell;
  float widths[4] = { width, width, width, width };
  GdkRGBA colours[4] = { *colour, *colour, *colour, *colour };
  GskRoundedRect outline;

  graphene_rect_inset (&bounds, inset, inset);
  gsk_rounded_rect_init_from_rect (&outline, &bounds, 2);
  gtk_snapshot_append_border (snapshot, &outline, widths, colours);
}
