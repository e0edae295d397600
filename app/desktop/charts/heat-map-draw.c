#include "charts/heat-map-grid.h"

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
