#include "charts/alignment-draw.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#define SIMILARITY_HEIGHT 110
#define MOVED_HEIGHT 54
#define GAP 6
#define CAP 2
#define BOTTOM 12 /* where a scroll bar may lie */
#define MOST_NAME_WIDTH 110
#define TEXT_SCALE 0.78
#define BEFORE_OPACITY 0.28f
#define MOVED_OPACITY 0.6f

typedef struct
{
  GtkWidget *widget;
  GtkSnapshot *snapshot;
  const AmAlignmentLayers *layers;
  AmAlignmentShape shape;
  GdkRGBA text;
  GdkRGBA accent;
  gboolean is_strong; /* high contrast is wanted */
} Plot;

static PangoLayout *
create_layout (GtkWidget *widget, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (TEXT_SCALE));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

static void
measure_text (GtkWidget *widget, const char *text, int *width, int *height)
{
  g_autoptr (PangoLayout) layout = create_layout (widget, text);

  pango_layout_get_pixel_size (layout, width, height);
}

/* Room for the names of blocks, which may all have to stand upright when a block at its narrowest has no room
 * for its name. */
static int
measure_names (GtkWidget *widget, const AmAlignmentLayers *layers, int line_height)
{
  gboolean may_stand = FALSE;
  int widest = 0;

  for (guint start = 0, end; start < layers->n_layers; start = end)
    {
      int width;

      end = am_alignment_layers_get_end (layers, start);
      measure_text (widget, am_alignment_layers_get_group (layers, start), &width, NULL);
      widest = MAX (widest, MIN (width, MOST_NAME_WIDTH));
      may_stand = may_stand || width > (int)(end - start) * AM_ALIGNMENT_LEAST_PITCH;
    }
  return may_stand ? MAX (widest, line_height) : line_height;
}

AmAlignmentShape
am_alignment_measure (GtkWidget *widget, const AmAlignmentLayers *layers)
{
  AmAlignmentShape shape;

  measure_text (widget, "0", NULL, &shape.line_height);
  shape.similarity_top = shape.line_height / 2 + 2;
  shape.similarity_bottom = shape.similarity_top + SIMILARITY_HEIGHT;
  shape.moved_top = shape.similarity_bottom + shape.line_height + GAP;
  shape.moved_bottom = shape.moved_top + MOVED_HEIGHT;
  shape.names_height = measure_names (widget, layers, shape.line_height);
  shape.height = shape.moved_bottom + GAP + shape.names_height + BOTTOM;
  return shape;
}

float
am_alignment_get_pitch (GtkWidget *widget, guint n_layers)
{
  return MIN ((float)gtk_widget_get_width (widget) / (float)n_layers, AM_ALIGNMENT_MOST_PITCH);
}

graphene_rect_t
am_alignment_get_column (GtkWidget *widget, guint n_layers, guint layer)
{
  float pitch = am_alignment_get_pitch (widget, n_layers);
  float start = roundf (pitch * (float)layer), end = roundf (pitch * (float)(layer + 1));

  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    return GRAPHENE_RECT_INIT ((float)gtk_widget_get_width (widget) - end, 0, end - start,
                               (float)gtk_widget_get_height (widget));
  return GRAPHENE_RECT_INIT (start, 0, end - start, (float)gtk_widget_get_height (widget));
}

static GdkRGBA
fade (GdkRGBA colour, float opacity)
{
  colour.alpha *= opacity;
  return colour;
}

static void
plot_init (Plot *plot, GtkWidget *widget, GtkSnapshot *snapshot)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);

  plot->widget = widget;
  plot->snapshot = snapshot;
  gtk_style_context_get_color (style, &plot->text);
  if (!gtk_style_context_lookup_color (style, "accent_bg_color", &plot->accent))
    plot->accent = plot->text;
  plot->is_strong = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
}

static void
fill (const Plot *plot, float x, float y, float width, float height, GdkRGBA colour)
{
  if (width > 0 && height > 0)
    gtk_snapshot_append_color (plot->snapshot, &colour, &GRAPHENE_RECT_INIT (x, y, width, height));
}

/* Lines at the ends of both parts and in the middle of the upper one. */
static void
draw_grid (const Plot *plot)
{
  const AmAlignmentShape *shape = &plot->shape;
  int middle = (shape->similarity_top + shape->similarity_bottom) / 2;
  const int lines[] = { shape->similarity_top, middle, shape->moved_top };
  float width = (float)gtk_widget_get_width (plot->widget);

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    fill (plot, 0, (float)lines[i], width, 1, fade (plot->text, 0.12f));
  fill (plot, 0, (float)shape->similarity_bottom, width, 1, fade (plot->text, 0.3f));
  fill (plot, 0, (float)shape->moved_bottom, width, 1, fade (plot->text, 0.3f));
}

/* Where a fraction lies in a part; what is below 0 lies on its ground. */
static float
get_y (int top, int bottom, double fraction)
{
  double height = isnan (fraction) ? 0 : CLAMP (fraction, 0.0, 1.0) * (bottom - top);

  return roundf ((float)(bottom - height));
}

static void
draw_outline (const Plot *plot, const graphene_rect_t *area, float line)
{
  const float widths[] = { line, line, line, line };
  const GdkRGBA colours[] = { plot->text, plot->text, plot->text, plot->text };
  GskRoundedRect border;

  gsk_rounded_rect_init_from_rect (&border, area, 0);
  gtk_snapshot_append_border (plot->snapshot, &border, widths, colours);
}

/* What was there before. Its grey is pale to stand apart from the accent colour, so high contrast takes a
 * line. */
static void
draw_before (const Plot *plot, const graphene_rect_t *area)
{
  fill (plot, area->origin.x, area->origin.y, area->size.width, area->size.height,
        fade (plot->text, BEFORE_OPACITY));
  if (plot->is_strong && area->size.height > 0)
    draw_outline (plot, area, 1);
}

/* The bar is what was there before; what came in addition is filled, what went is hollow; the cap is where it
 * is now. */
static void
draw_similarity (const Plot *plot, float x, float width, float ground, float before, float after)
{
  draw_before (plot, &GRAPHENE_RECT_INIT (x, MAX (before, after), width, ground - MAX (before, after)));
  if (after < before)
    fill (plot, x, after, width, before - after, plot->accent);
  else if (after > before + 1)
    draw_outline (plot, &GRAPHENE_RECT_INIT (x, before, width, after - before), 1);
  fill (plot, x, after - CAP, width, CAP, plot->text);
}

static void
draw_layer (const Plot *plot, guint layer)
{
  const AmAlignmentShape *shape = &plot->shape;
  const AmAlignmentLayer *it = &plot->layers->layers[layer];
  graphene_rect_t column = am_alignment_get_column (plot->widget, plot->layers->n_layers, layer);
  float x = column.origin.x + 1, width = MAX (column.size.width - 2, 1);
  float moved
      = get_y (shape->moved_top, shape->moved_bottom, am_alignment_layers_get_share (plot->layers, layer));

  if (!isnan (it->similarity_before) && !isnan (it->similarity_after))
    draw_similarity (plot, x, width, (float)shape->similarity_bottom,
                     get_y (shape->similarity_top, shape->similarity_bottom, it->similarity_before),
                     get_y (shape->similarity_top, shape->similarity_bottom, it->similarity_after));
  /* What moved is never invisible. */
  if (it->n_moved > 0)
    moved = MIN (moved, (float)shape->moved_bottom - CAP);
  fill (plot, x, moved, width, (float)shape->moved_bottom - moved, fade (plot->text, MOVED_OPACITY));
}

/* Where a block of layers stands. */
typedef struct
{
  float x, width;
  PangoLayout *name;
  int name_width, name_height;
} Block;

static void
block_init (Block *block, const Plot *plot, guint start, guint end)
{
  guint n = plot->layers->n_layers;
  graphene_rect_t first = am_alignment_get_column (plot->widget, n, start);
  graphene_rect_t last = am_alignment_get_column (plot->widget, n, end - 1);

  block->x = MIN (first.origin.x, last.origin.x);
  block->width = MAX (first.origin.x + first.size.width, last.origin.x + last.size.width) - block->x;
  block->name = create_layout (plot->widget, am_alignment_layers_get_group (plot->layers, start));
  pango_layout_set_width (block->name, MOST_NAME_WIDTH * PANGO_SCALE);
  pango_layout_set_ellipsize (block->name, PANGO_ELLIPSIZE_END);
  pango_layout_get_pixel_size (block->name, &block->name_width, &block->name_height);
  pango_layout_set_width (block->name, block->name_width * PANGO_SCALE);
}

static gboolean
has_room_upright (const Block *block)
{
  return (float)block->name_height <= block->width + 2;
}

/* A name that has no room at all is left out. */
static void
draw_name (const Plot *plot, const Block *block, gboolean is_upright)
{
  GdkRGBA colour = fade (plot->text, 0.75f);
  float top = (float)plot->shape.moved_bottom + GAP;
  float middle = block->x + block->width / 2;

  if (is_upright ? !has_room_upright (block) : (float)block->name_width > block->width)
    return;
  gtk_snapshot_save (plot->snapshot);
  if (is_upright)
    {
      gtk_snapshot_translate (plot->snapshot, &GRAPHENE_POINT_INIT (middle - (float)block->name_height / 2,
                                                                    top + (float)block->name_width));
      gtk_snapshot_rotate (plot->snapshot, -90);
    }
  else
    gtk_snapshot_translate (plot->snapshot,
                            &GRAPHENE_POINT_INIT (middle - (float)block->name_width / 2, top));
  gtk_snapshot_append_layout (plot->snapshot, block->name, &colour);
  gtk_snapshot_restore (plot->snapshot);
}

static void
clear_block (gpointer data)
{
  g_object_unref (((Block *)data)->name);
}

static GArray *
list_blocks (const Plot *plot, gboolean *are_upright)
{
  GArray *blocks = g_array_new (FALSE, FALSE, sizeof (Block));

  g_array_set_clear_func (blocks, clear_block);
  *are_upright = FALSE;
  for (guint start = 0, end; start < plot->layers->n_layers; start = end)
    {
      Block block;

      end = am_alignment_layers_get_end (plot->layers, start);
      block_init (&block, plot, start, end);
      *are_upright = *are_upright || ((float)block.name_width > block.width && has_room_upright (&block));
      g_array_append_val (blocks, block);
    }
  return blocks;
}

/* Their names, all level or all upright, and a line where the next one begins. */
static void
draw_blocks (const Plot *plot)
{
  gboolean are_upright;
  g_autoptr (GArray) blocks = list_blocks (plot, &are_upright);
  int top = plot->shape.similarity_top;

  for (guint i = 0; i < blocks->len; i++)
    {
      const Block *block = &g_array_index (blocks, Block, i);

      draw_name (plot, block, are_upright);
      if (block->x > 0)
        fill (plot, block->x, (float)top, 1, (float)(plot->shape.moved_bottom + GAP - top),
              fade (plot->text, 0.2f));
    }
}

static void
draw_cursor (const Plot *plot, guint cursor)
{
  graphene_rect_t column = am_alignment_get_column (plot->widget, plot->layers->n_layers, cursor);
  float top = (float)plot->shape.similarity_top, bottom = (float)plot->shape.moved_bottom;

  column.origin.y = top - CAP;
  column.size.height = bottom - top + 2 * CAP;
  fill (plot, column.origin.x, column.origin.y, column.size.width, column.size.height,
        fade (plot->text, 0.12f));
  draw_outline (plot, &column, 1);
}

void
am_alignment_draw (GtkWidget *widget, GtkSnapshot *snapshot, const AmAlignmentLayers *layers, gint cursor)
{
  Plot plot = { .layers = layers, .shape = am_alignment_measure (widget, layers) };

  plot_init (&plot, widget, snapshot);
  draw_grid (&plot);
  for (guint i = 0; i < layers->n_layers; i++)
    draw_layer (&plot, i);
  draw_blocks (&plot);
  if (cursor >= 0)
    draw_cursor (&plot, (guint)cursor);
  if (gtk_widget_has_visible_focus (widget))
    {
      plot.text = plot.accent;
      draw_outline (&plot,
                    &GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                         (float)gtk_widget_get_height (widget)),
                    2);
    }
}

/* Figures of the axis, from the top: of similarity as numbers, of what moved in percent. */
#define N_AXIS_TEXTS 5

static char *
dup_axis_text (guint index)
{
  static const double figures[N_AXIS_TEXTS] = { 1, 0.5, 0, 100, 0 };

  return g_strdup_printf (index < 3 ? "%g" : C_ ("percent", "%.0f %%"), figures[index]);
}

int
am_alignment_measure_axis (GtkWidget *widget)
{
  int widest = 0;

  for (guint i = 0; i < N_AXIS_TEXTS; i++)
    {
      g_autofree char *text = dup_axis_text (i);
      int width;

      measure_text (widget, text, &width, NULL);
      widest = MAX (widest, width);
    }
  return widest;
}

static void
draw_axis_text (const Plot *plot, const char *text, int y)
{
  g_autoptr (PangoLayout) layout = create_layout (plot->widget, text);
  gboolean is_mirrored = gtk_widget_get_direction (plot->widget) == GTK_TEXT_DIR_RTL;
  GdkRGBA colour = fade (plot->text, 0.75f);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_snapshot_save (plot->snapshot);
  gtk_snapshot_translate (
      plot->snapshot,
      &GRAPHENE_POINT_INIT (is_mirrored ? 0 : (float)(gtk_widget_get_width (plot->widget) - width),
                            (float)(y - height / 2)));
  gtk_snapshot_append_layout (plot->snapshot, layout, &colour);
  gtk_snapshot_restore (plot->snapshot);
}

void
am_alignment_draw_axis (GtkWidget *widget, GtkSnapshot *snapshot, const AmAlignmentLayers *layers)
{
  Plot plot = { .layers = layers, .shape = am_alignment_measure (widget, layers) };
  const AmAlignmentShape *shape = &plot.shape;
  const int places[N_AXIS_TEXTS]
      = { shape->similarity_top, (shape->similarity_top + shape->similarity_bottom) / 2,
          shape->similarity_bottom, shape->moved_top, shape->moved_bottom };

  plot_init (&plot, widget, snapshot);
  for (guint i = 0; i < N_AXIS_TEXTS; i++)
    {
      g_autofree char *text = dup_axis_text (i);

      draw_axis_text (&plot, text, places[i]);
    }
}

void
am_alignment_draw_key (GtkWidget *widget, GtkSnapshot *snapshot, AmAlignmentKey key)
{
  float width = (float)gtk_widget_get_width (widget), height = (float)gtk_widget_get_height (widget);
  Plot plot = { 0 };

  plot_init (&plot, widget, snapshot);
  if (key == AM_ALIGNMENT_BEFORE)
    draw_before (&plot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  else if (key == AM_ALIGNMENT_AFTER)
    {
      fill (&plot, 0, 0, width, height, plot.accent);
      fill (&plot, 0, 0, width, CAP, plot.text);
    }
  else
    fill (&plot, 0, 0, width, height, fade (plot.text, MOVED_OPACITY));
}
