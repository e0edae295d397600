#include "block-paint.h"

#include <math.h>

GdkRGBA
am_block_foreground (GtkWidget *widget, float alpha)
{
  GdkRGBA colour;

  /* Nothing else tells colours before GTK 4.10. */
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &colour);
  colour.alpha *= alpha;
  return colour;
}

GdkRGBA
am_block_colour (GtkWidget *widget, const char *name, float alpha)
{
  GdkRGBA colour;

  if (!gtk_style_context_lookup_color (gtk_widget_get_style_context (widget), name, &colour))
    return am_block_foreground (widget, alpha);
  colour.alpha *= alpha;
  return colour;
}

void
am_block_paint_rounded (GtkSnapshot *snapshot, const graphene_rect_t *rect, float radius,
                        const GdkRGBA *colour)
{
  GskRoundedRect shape;

  radius = MIN (radius, MIN (rect->size.width, rect->size.height) / 2);
  gsk_rounded_rect_init_from_rect (&shape, rect, radius);
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_color (snapshot, colour, rect);
  gtk_snapshot_pop (snapshot);
}

void
am_block_paint_outline (GtkSnapshot *snapshot, const graphene_rect_t *rect, float radius, float width,
                        const GdkRGBA *colour)
{
  GskRoundedRect shape;

  radius = MIN (radius, MIN (rect->size.width, rect->size.height) / 2);
  gsk_rounded_rect_init_from_rect (&shape, rect, radius);
  gtk_snapshot_append_border (snapshot, &shape, (float[4]){ width, width, width, width },
                              (GdkRGBA[4]){ *colour, *colour, *colour, *colour });
}

void
am_block_paint_text (GtkSnapshot *snapshot, PangoLayout *layout, float x, float y, const GdkRGBA *colour)
{
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (x, y));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

void
am_block_paint_label (GtkSnapshot *snapshot, GtkWidget *widget, PangoLayout *layout, float centre, float y)
{
  GdkRGBA ground = am_block_colour (widget, "popover_bg_color", 1);
  GdkRGBA colour = am_block_colour (widget, "popover_fg_color", 1);
  GdkRGBA edge = am_block_foreground (widget, 0.3f);
  graphene_rect_t rect;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  rect = GRAPHENE_RECT_INIT (roundf (centre - (float)width / 2) - 6, MAX (0, y), (float)width + 12,
                             (float)height + 4);
  rect.origin.x = CLAMP (rect.origin.x, 0, MAX (0, (float)gtk_widget_get_width (widget) - rect.size.width));
  am_block_paint_rounded (snapshot, &rect, 6, &ground);
  am_block_paint_outline (snapshot, &rect, 6, 1, &edge);
  am_block_paint_text (snapshot, layout, rect.origin.x + 6, rect.origin.y + 2, &colour);
}

PangoLayout *
am_block_text_new (GtkWidget *widget, const char *text, gboolean is_bold)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (0.8));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
  if (is_bold)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}
