#include "charts/line-draw.h"

#include <adwaita.h>
#include <math.h>

#define GAP 6
#define DOT 2.5
#define MOST_STEPS 5

typedef struct
{
  GtkWidget *widget;
  const AmLineData *data;
  graphene_rect_t area;
  GdkRGBA text;
  GdkRGBA accent;
  gboolean is_mirrored;
  gboolean is_strong; /* high contrast is wanted */
} Plot;

static void
widen (double value, double *lowest, double *highest)
{
  if (!isfinite (value))
    return;
  *lowest = isnan (*lowest) ? value : fmin (*lowest, value);
  *highest = isnan (*highest) ? value : fmax (*highest, value);
}

/* 1, 2 or 5 times a power of ten. */
static double
choose_step (double range)
{
  double rough = range / MOST_STEPS, power = pow (10.0, floor (log10 (rough)));
  double times = rough / power;

  if (times <= 1.0)
    return power;
  if (times <= 2.0)
    return 2 * power;
  return times <= 5.0 ? 5 * power : 10 * power;
}

void
am_line_data_fit (AmLineData *data)
{
  double lowest = NAN, highest = NAN;

  for (guint i = 0; i < data->series->len; i++)
    {
      const AmLineSeries *series = g_ptr_array_index (data->series, i);

      for (guint j = 0; j < series->n; j++)
        widen (series->ys[j], &lowest, &highest);
      if (series->style == AM_LINE_BARS)
        widen (0, &lowest, &highest);
    }
  if (isnan (lowest))
    lowest = highest = 0;
  if (highest - lowest < 1e-3 * fmax (fabs (highest), 1e-3))
    {
      double half = fmax (0.05 * fabs (highest), 0.005);

      lowest -= half;
      highest += half;
    }
  data->step = choose_step (highest - lowest);
  data->lowest = data->step * floor (lowest / data->step + 1e-9);
  data->highest = data->step * ceil (highest / data->step - 1e-9);
  if (data->is_percent)
    {
      data->lowest = fmax (data->lowest, 0);
      data->highest = fmin (data->highest, 1);
    }
}

static PangoLayout *
make_label (GtkWidget *widget, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

static char *
format_value (const AmLineData *data, double value)
{
  double step = data->is_percent ? 100 * data->step : data->step;
  int decimals = step > 0 && step < 1 ? (int)ceil (-log10 (step) - 1e-9) : 0;

  /* Not "-0". */
  if (fabs (value) < 1e-6 * data->step)
    value = 0;
  if (data->is_percent)
    return g_strdup_printf ("%.*f %%", decimals, 100 * value);
  return g_strdup_printf ("%.*f", decimals, value);
}

static guint
count_steps (const AmLineData *data)
{
  return (guint)floor ((data->highest - data->lowest) / data->step + 1e-6);
}

static float
measure_axis (GtkWidget *widget, const AmLineData *data, int *line_height)
{
  int widest = 0;

  for (guint i = 0; i <= count_steps (data); i++)
    {
      g_autofree char *text = format_value (data, data->lowest + i * data->step);
      g_autoptr (PangoLayout) layout = make_label (widget, text);
      int width;

      pango_layout_get_pixel_size (layout, &width, line_height);
      widest = MAX (widest, width);
    }
  return (float)(widest + GAP);
}

static graphene_rect_t
find_area (GtkWidget *widget, const AmLineData *data)
{
  gboolean is_mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int line_height = 0;
  float axis = measure_axis (widget, data, &line_height);
  float width = (float)gtk_widget_get_width (widget) - axis - GAP;
  float top = (float)line_height / 2 + 2;
  float height = (float)gtk_widget_get_height (widget) - top - (float)line_height - GAP;

  return GRAPHENE_RECT_INIT (is_mirrored ? GAP : axis, top, MAX (width, 1), MAX (height, 1));
}

static double
get_x (const Plot *plot, double x)
{
  return plot->area.origin.x + (plot->is_mirrored ? 1 - x : x) * plot->area.size.width;
}

static double
get_y (const Plot *plot, double y)
{
  double share = (y - plot->data->lowest) / (plot->data->highest - plot->data->lowest);

  return plot->area.origin.y + (1 - share) * plot->area.size.height;
}

static GdkRGBA
fade (GdkRGBA colour, float opacity)
{
  colour.alpha *= opacity;
  return colour;
}

/* @align: 0 to begin at @x, 0.5 to lie around it, 1 to end there. */
static void
draw_text (const Plot *plot, GtkSnapshot *snapshot, const char *text, double x, double align, double y)
{
  g_autoptr (PangoLayout) layout = make_label (plot->widget, text);
  GdkRGBA colour = fade (plot->text, plot->is_strong ? 1 : 0.75f);
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT ((float)round (x - align * width), (float)round (y)));
  gtk_snapshot_append_layout (snapshot, layout, &colour);
  gtk_snapshot_restore (snapshot);
}

static void
draw_axes (const Plot *plot, GtkSnapshot *snapshot)
{
  const graphene_rect_t *area = &plot->area;
  double bottom = area->origin.y + area->size.height;
  double axis = plot->is_mirrored ? area->origin.x + area->size.width + GAP : area->origin.x - GAP;
  GdkRGBA line = fade (plot->text, plot->is_strong ? 0.5f : 0.15f);

  for (guint i = 0; i <= count_steps (plot->data); i++)
    {
      double value = plot->data->lowest + i * plot->data->step, y = round (get_y (plot, value));
      g_autofree char *text = format_value (plot->data, value);
      g_autoptr (PangoLayout) layout = make_label (plot->widget, text);
      int height;

      pango_layout_get_pixel_size (layout, NULL, &height);
      gtk_snapshot_append_color (snapshot, &line,
                                 &GRAPHENE_RECT_INIT (area->origin.x, (float)y, area->size.width, 1));
      draw_text (plot, snapshot, text, axis, plot->is_mirrored ? 0 : 1, y - height / 2.0);
    }
  if (plot->data->start != NULL)
    draw_text (plot, snapshot, plot->data->start, get_x (plot, 0), plot->is_mirrored ? 1 : 0, bottom + GAP);
  if (plot->data->end != NULL)
    draw_text (plot, snapshot, plot->data->end, get_x (plot, 1), plot->is_mirrored ? 0 : 1, bottom + GAP);
}

static void
draw_bars (const Plot *plot, cairo_t *cr, const AmLineSeries *series)
{
  double width = plot->area.size.width / MAX (series->n, 1);
  double ground = get_y (plot, 0);
  GdkRGBA fill = fade (plot->accent, 0.55f);

  for (guint i = 0; i < series->n; i++)
    {
      double top = get_y (plot, series->ys[i]);

      if (!isfinite (top))
        continue;
      cairo_rectangle (cr, round (get_x (plot, series->xs[i]) - width / 2) + 1, round (MIN (top, ground - 1)),
                       MAX (round (width) - 2, 1), round (MAX (ground - top, 1)));
      gdk_cairo_set_source_rgba (cr, &fill);
      cairo_fill_preserve (cr);
      gdk_cairo_set_source_rgba (cr, plot->is_strong ? &plot->text : &plot->accent);
      cairo_set_line_width (cr, 1);
      cairo_stroke (cr);
    }
}

static void
draw_line (const Plot *plot, cairo_t *cr, const AmLineSeries *series)
{
  const double dashes[] = { 5, 4 };
  gboolean is_dashed = series->style == AM_LINE_DASHED, is_drawing = FALSE;

  for (guint i = 0; i < series->n; i++)
    {
      gboolean is_there = isfinite (series->ys[i]);

      if (is_there && is_drawing)
        cairo_line_to (cr, get_x (plot, series->xs[i]), get_y (plot, series->ys[i]));
      else if (is_there)
        cairo_move_to (cr, get_x (plot, series->xs[i]), get_y (plot, series->ys[i]));
      is_drawing = is_there;
    }
  cairo_set_dash (cr, dashes, is_dashed ? 2 : 0, 0);
  cairo_set_line_width (cr, is_dashed ? 1.5 : 2.5);
  gdk_cairo_set_source_rgba (cr, is_dashed ? &plot->text : &plot->accent);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
  for (guint i = 0; i < series->n && !is_dashed; i++)
    if (isfinite (series->ys[i]))
      {
        cairo_arc (cr, get_x (plot, series->xs[i]), get_y (plot, series->ys[i]), DOT, 0, 2 * G_PI);
        cairo_fill (cr);
      }
}

static void
draw_mark (const Plot *plot, cairo_t *cr)
{
  double x = round (get_x (plot, plot->data->mark_x)) + 0.5;
  double from = get_y (plot, plot->data->mark_from), to = get_y (plot, plot->data->mark_to);

  if (!isfinite (from) || !isfinite (to))
    return;
  for (guint i = 0; i < 2; i++)
    {
      double y = round (i == 0 ? from : to) + 0.5;

      cairo_move_to (cr, x - 5, y);
      cairo_line_to (cr, x + 5, y);
    }
  cairo_move_to (cr, x, from);
  cairo_line_to (cr, x, to);
  cairo_set_line_width (cr, 1.5);
  gdk_cairo_set_source_rgba (cr, &plot->text);
  cairo_stroke (cr);
}

static void
draw_cursor (const Plot *plot, cairo_t *cr, double x)
{
  double at = round (get_x (plot, x)) + 0.5;
  GdkRGBA line = fade (plot->text, 0.6f);

  cairo_move_to (cr, at, plot->area.origin.y);
  cairo_line_to (cr, at, plot->area.origin.y + plot->area.size.height);
  cairo_set_line_width (cr, 1);
  gdk_cairo_set_source_rgba (cr, &line);
  cairo_stroke (cr);
  for (guint i = 0; i < plot->data->series->len; i++)
    {
      const AmLineSeries *series = g_ptr_array_index (plot->data->series, i);

      for (guint j = 0; j < series->n && series->style == AM_LINE_SOLID; j++)
        if (fabs (series->xs[j] - x) < 1e-9 && isfinite (series->ys[j]))
          {
            cairo_arc (cr, get_x (plot, series->xs[j]), get_y (plot, series->ys[j]), 5, 0, 2 * G_PI);
            gdk_cairo_set_source_rgba (cr, &plot->text);
            cairo_fill (cr);
          }
    }
}

static void
plot_init (Plot *plot, GtkWidget *widget, const AmLineData *data)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);

  plot->widget = widget;
  plot->data = data;
  plot->area = find_area (widget, data);
  plot->is_mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  plot->is_strong = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  gtk_style_context_get_color (style, &plot->text);
  if (!gtk_style_context_lookup_color (style, "accent_color", &plot->accent))
    plot->accent = plot->text;
}

static void
draw_focus (const Plot *plot, GtkSnapshot *snapshot)
{
  const float widths[] = { 2, 2, 2, 2 };
  const GdkRGBA colours[] = { plot->accent, plot->accent, plot->accent, plot->accent };
  GskRoundedRect border;

  gsk_rounded_rect_init_from_rect (&border,
                                   &GRAPHENE_RECT_INIT (-3, -3,
                                                        (float)gtk_widget_get_width (plot->widget) + 6,
                                                        (float)gtk_widget_get_height (plot->widget) + 6),
                                   6);
  gtk_snapshot_append_border (snapshot, &border, widths, colours);
}

void
am_line_draw (GtkWidget *widget, GtkSnapshot *snapshot, const AmLineData *data, gint cursor)
{
  Plot plot;
  cairo_t *cr;

  plot_init (&plot, widget, data);
  draw_axes (&plot, snapshot);
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)gtk_widget_get_width (widget),
                                                                 (float)gtk_widget_get_height (widget)));
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  for (guint i = 0; i < data->series->len; i++)
    {
      const AmLineSeries *series = g_ptr_array_index (data->series, i);

      if (series->style == AM_LINE_BARS)
        draw_bars (&plot, cr, series);
      else
        draw_line (&plot, cr, series);
    }
  if (data->has_mark)
    draw_mark (&plot, cr);
  if (cursor >= 0)
    draw_cursor (&plot, cr, data->xs[cursor]);
  cairo_destroy (cr);
  if (gtk_widget_has_visible_focus (widget))
    draw_focus (&plot, snapshot);
}

gint
am_line_find_point (GtkWidget *widget, const AmLineData *data, double x)
{
  Plot plot;
  gint nearest = -1;
  double distance = G_MAXDOUBLE;

  if (data->n_points == 0)
    return -1;
  plot_init (&plot, widget, data);
  for (guint i = 0; i < data->n_points; i++)
    {
      double here = fabs (get_x (&plot, data->xs[i]) - x);

      if (here < distance)
        {
          distance = here;
          nearest = (gint)i;
        }
    }
  return nearest;
}
