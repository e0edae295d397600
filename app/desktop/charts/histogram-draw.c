#include "charts/histogram-draw.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/readable.h"

#define GAP 4 /* between bars and labels */
#define OUTLINE 2
#define FILL_OPACITY 0.55f

/* The rectangle the bars stand in, and what is needed to draw there. */
typedef struct
{
  GtkWidget *widget;
  GtkSnapshot *snapshot;
  const AmHistogramData *data;
  graphene_rect_t area;
  float bottom;
  float line_height;
  GdkRGBA text;
  GdkRGBA fill;
} Plot;

double
am_histogram_data_get_height (const AmHistogramData *data, guint64 count)
{
  if (data->largest == 0)
    return 0.0;
  if (data->is_logarithmic)
    return log1p ((double)count) / log1p ((double)data->largest);
  return (double)count / (double)data->largest;
}

static PangoLayout *
make_label (GtkWidget *widget, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  return layout;
}

static int
measure_line (GtkWidget *widget)
{
  g_autoptr (PangoLayout) layout = make_label (widget, "0");
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

int
am_histogram_measure_labels (GtkWidget *widget)
{
  return measure_line (widget) + GAP;
}

static void
plot_init (Plot *plot, GtkWidget *widget, GtkSnapshot *snapshot, const AmHistogramData *data)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);
  float labels = (float)am_histogram_measure_labels (widget);
  float width = (float)gtk_widget_get_width (widget), height = (float)gtk_widget_get_height (widget);

  plot->widget = widget;
  plot->snapshot = snapshot;
  plot->data = data;
  plot->line_height = labels - GAP;
  plot->area = GRAPHENE_RECT_INIT (0, labels, width, MAX (0, height - 2 * labels));
  plot->bottom = labels + plot->area.size.height;
  gtk_style_context_get_color (style, &plot->text);
  if (!gtk_style_context_lookup_color (style, "accent_bg_color", &plot->fill))
    plot->fill = plot->text;
}

static GdkRGBA
fade (GdkRGBA colour, float opacity)
{
  colour.alpha *= opacity;
  return colour;
}

static float
get_bin_x (const Plot *plot, guint bin)
{
  return roundf (plot->area.size.width * (float)bin / (float)plot->data->n_bins);
}

static float
get_bar_y (const Plot *plot, guint64 count)
{
  float height = (float)am_histogram_data_get_height (plot->data, count) * plot->area.size.height;

  /* What is there is never invisible. */
  return roundf (plot->bottom - (count > 0 ? MAX (height, OUTLINE) : 0));
}

static void
fill_rectangle (const Plot *plot, float x, float y, float width, float height, GdkRGBA colour)
{
  if (width > 0 && height > 0)
    gtk_snapshot_append_color (plot->snapshot, &colour, &GRAPHENE_RECT_INIT (x, y, width, height));
}

static void
draw_border (const Plot *plot, const graphene_rect_t *bounds, GdkRGBA colour)
{
  const float widths[] = { OUTLINE, OUTLINE, OUTLINE, OUTLINE };
  const GdkRGBA colours[] = { colour, colour, colour, colour };
  GskRoundedRect border;

  gsk_rounded_rect_init_from_rect (&border, bounds, 0);
  gtk_snapshot_append_border (plot->snapshot, &border, widths, colours);
}

static void
draw_filled (const Plot *plot, const guint64 *counts)
{
  for (guint bin = 0; bin < plot->data->n_bins; bin++)
    {
      float x = get_bin_x (plot, bin), y = get_bar_y (plot, counts[bin]);

      fill_rectangle (plot, x, y, get_bin_x (plot, bin + 1) - x, plot->bottom - y,
                      fade (plot->fill, FILL_OPACITY));
    }
}

/* A stair: level pieces above the bins, and upright ones where neighbours differ. */
static void
draw_outline (const Plot *plot, const guint64 *counts)
{
  float before = plot->bottom;

  for (guint bin = 0; bin < plot->data->n_bins; bin++)
    {
      float x = get_bin_x (plot, bin), y = get_bar_y (plot, counts[bin]);

      fill_rectangle (plot, x, y, get_bin_x (plot, bin + 1) - x, OUTLINE, plot->text);
      fill_rectangle (plot, MAX (x - OUTLINE / 2, 0), MIN (y, before), OUTLINE, fabsf (before - y) + OUTLINE,
                      plot->text);
      before = y;
    }
}

/* @align: 0 to begin at @x, 1 to end there. */
static void
draw_text (const Plot *plot, const char *text, float x, float align, float y)
{
  g_autoptr (PangoLayout) layout = make_label (plot->widget, text);
  GdkRGBA colour = fade (plot->text, 0.75f);
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  x = CLAMP (x - align * (float)width, 0, MAX (0, plot->area.size.width - (float)width));
  gtk_snapshot_save (plot->snapshot);
  gtk_snapshot_translate (plot->snapshot, &GRAPHENE_POINT_INIT (roundf (x), y));
  gtk_snapshot_append_layout (plot->snapshot, layout, &colour);
  gtk_snapshot_restore (plot->snapshot);
}

static void
draw_value (const Plot *plot, double value, float align)
{
  double place = (value - plot->data->minimum) / (plot->data->maximum - plot->data->minimum);
  g_autofree char *text = g_strdup_printf ("%.3g", value);

  draw_text (plot, text, (float)place * plot->area.size.width, align, plot->bottom + GAP);
}

/* Returns where the key before it ends. */
static float
draw_key (const Plot *plot, guint side, float end)
{
  float size = roundf (0.6f * plot->line_height);
  float x = end - plot->line_height - size;
  graphene_rect_t swatch = GRAPHENE_RECT_INIT (x, roundf ((plot->line_height - size) / 2), size, size);

  if (side == 0)
    fill_rectangle (plot, x, swatch.origin.y, size, size, fade (plot->fill, FILL_OPACITY));
  else
    draw_border (plot, &swatch, plot->text);
  draw_text (plot, side == 0 ? C_ ("side", "A") : C_ ("side", "B"), x + size + GAP, 0, 0);
  return x - plot->line_height;
}

static void
draw_keys (const Plot *plot)
{
  float end = plot->area.size.width;

  for (guint side = AM_N_HISTOGRAM_SIDES; side-- > 0;)
    if (plot->data->counts[side] != NULL)
      end = draw_key (plot, side, end);
}

/* Range below the bars, with 0 where it lies well inside; the largest count above them. */
static void
draw_axes (const Plot *plot)
{
  const AmHistogramData *data = plot->data;
  double zero = -data->minimum / (data->maximum - data->minimum);
  GdkRGBA line = fade (plot->text, 0.3f);
  g_autofree char *largest = am_readable_count (data->largest);

  draw_text (plot, largest, 0, 0, 0);
  fill_rectangle (plot, 0, plot->area.origin.y, plot->area.size.width, 1, fade (plot->text, 0.12f));
  fill_rectangle (plot, 0, plot->bottom, plot->area.size.width, 1, line);
  draw_value (plot, data->minimum, 0);
  draw_value (plot, data->maximum, 1);
  if (zero < 0.25 || zero > 0.75)
    return;
  draw_value (plot, 0.0, 0.5);
  fill_rectangle (plot, roundf ((float)zero * plot->area.size.width), plot->area.origin.y, 1,
                  plot->area.size.height, line);
}

static void
draw_cursor (const Plot *plot, guint cursor)
{
  float x = get_bin_x (plot, cursor);
  float width = MAX (get_bin_x (plot, cursor + 1) - x, 1);

  fill_rectangle (plot, x, plot->area.origin.y, width, plot->area.size.height, fade (plot->text, 0.15f));
  fill_rectangle (plot, x, plot->bottom, width, 3, plot->text);
}

static void
draw_focus (const Plot *plot)
{
  float width = plot->area.size.width, height = (float)gtk_widget_get_height (plot->widget);

  draw_border (plot, &GRAPHENE_RECT_INIT (-3, -3, width + 6, height + 6), plot->fill);
}

void
am_histogram_draw (GtkWidget *widget, GtkSnapshot *snapshot, const AmHistogramData *data, gint cursor)
{
  Plot plot;

  plot_init (&plot, widget, snapshot, data);
  if (data->n_bins == 0 || plot.area.size.height <= 0)
    return;
  draw_axes (&plot);
  if (data->counts[0] != NULL)
    draw_filled (&plot, data->counts[0]);
  if (data->counts[1] != NULL)
    draw_outline (&plot, data->counts[1]);
  if (cursor >= 0)
    draw_cursor (&plot, (guint)cursor);
  draw_keys (&plot);
  if (gtk_widget_has_visible_focus (widget))
    draw_focus (&plot);
}
