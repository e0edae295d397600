/* Colours and shapes shared by the widgets of the block weights editor. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A colour of the theme by name, "accent_color", with its opacity times @alpha. */
GdkRGBA am_block_colour (GtkWidget *widget, const char *name, float alpha);

/* The colour of text, with its opacity times @alpha. */
GdkRGBA am_block_foreground (GtkWidget *widget, float alpha);

void am_block_paint_rounded (GtkSnapshot *snapshot, const graphene_rect_t *rect, float radius,
                             const GdkRGBA *colour);
void am_block_paint_outline (GtkSnapshot *snapshot, const graphene_rect_t *rect, float radius, float width,
                             const GdkRGBA *colour);

/* Draws @layout with its upper left corner at a point. */
void am_block_paint_text (GtkSnapshot *snapshot, PangoLayout *layout, float x, float y,
                          const GdkRGBA *colour);

/* Draws @layout on a ground of its own, its middle at @centre where @widget is wide enough, its top at @y or
 * below. */
void am_block_paint_label (GtkSnapshot *snapshot, GtkWidget *widget, PangoLayout *layout, float centre,
                           float y);

/* A small text in figures of one width. (transfer full). */
PangoLayout *am_block_text_new (GtkWidget *widget, const char *text, gboolean is_bold);

G_END_DECLS
