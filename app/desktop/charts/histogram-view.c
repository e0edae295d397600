#include "histogram-view.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/readable.h"

#define N_SIDES 2
#define GAP 4 /* between axis and labels */
#define MIN_HEIGHT 160
#define OUTLINE 2
#define FILL_OPACITY 0.55f

struct _AmHistogramView
{
  GtkWidget parent_instance;

  double minimum, maximum;
  guint n_bins;
  guint64 *counts[N_SIDES];
  guint64 largest;
  gboolean is_logarithmic;
  gint cursor;
  char *readout;
};

enum
{
  PROP_LOGARITHMIC = 1,
  PROP_CURSOR,
  PROP_READOUT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmHistogramView, am_histogram_view, GTK_TYPE_WIDGET)

static void
am_histogram_view_finalize (GObject *object)
{
  AmHistogramView *self = AM_HISTOGRAM_VIEW (object);

  for (guint side = 0; side < N_SIDES; side++)
    g_free (self->counts[side]);
  g_free (self->readout);

  G_OBJECT_CLASS (am_histogram_view_parent_class)->finalize (object);
}

static void
am_histogram_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmHistogramView *self = AM_HISTOGRAM_VIEW (object);

  switch (id)
    {
    case PROP_LOGARITHMIC:
      g_value_set_boolean (value, self->is_logarithmic);
      break;
    case PROP_CURSOR:
      g_value_set_int (value, self->cursor);
      break;
    case PROP_READOUT:
      g_value_set_string (value, self->readout);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_histogram_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  AmHistogramView *self = AM_HISTOGRAM_VIEW (object);

  switch (id)
    {
    case PROP_LOGARITHMIC:
      am_histogram_view_set_logarithmic (self, g_value_get_boolean (value));
      break;
    case PROP_CURSOR:
      am_histogram_view_set_cursor (self, g_value_get_int (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

/* The rectangle the bars stand in, and what is needed to draw them. */
typedef struct
{
  graphene_rect_t area;
  GdkRGBA text;
  GdkRGBA fill;
  int line_height;
} Plot;

static void
find_colours (GtkWidget *widget, GdkRGBA *text, GdkRGBA *fill)
{
  GtkStyleContext *style = gtk_widget_get_style_context (widget);

  gtk_style_context_get_color (style, text);
  if (!gtk_style_context_lookup_color (style, "accent_bg_color", fill))
    *fill = *text;
}

static GdkRGBA
fade (GdkRGBA colour, float opacity)
{
  colour.alpha *= opacity;
  return colour;
}

static PangoLayout *
make_label (AmHistogramView *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (PANGO_SCALE_SMALL));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  return layout;
}

static int
measure_line (AmHistogramView *self)
{
  g_autoptr (PangoLayout) layout = make_label (self, "0");
  int height;

  pango_layout_get_pixel_size (layout, NULL, &height);
  return height;
}

static void
plot_init (Plot *plot, AmHistogramView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  float top;

  plot->line_height = measure_line (self);
  top = (float)plot->line_height + GAP;
  plot->area
      = GRAPHENE_RECT_INIT (0, top, (float)gtk_widget_get_width (widget),
                            MAX (0, (float)(gtk_widget_get_height (widget) - plot->line_height - GAP) - top));
  find_colours (widget, &plot->text, &plot->fill);
}

static float
get_bin_x (const Plot *plot, AmHistogramView *self, guint bin)
{
  return roundf (plot->area.size.width * (float)bin / (float)self->n_bins);
}

static float
get_bar_y (const Plot *plot, AmHistogramView *self, guint64 count)
{
  float height = (float)am_histogram_view_get_height (self, count) * plot->area.size.height;

  /* What is there is never invisible. */
  if (count > 0)
    height = MAX (height, OUTLINE);
  return roundf (plot->area.origin.y + plot->area.size.height - height);
}

static void
fill_rectangle (GtkSnapshot *snapshot, float x, float y, float width, float height, const GdkRGBA *colour)
{
  if (width > 0 && height > 0)
    gtk_snapshot_append_color (snapshot, colour, &GRAPHENE_RECT_INIT (x, y, width, height));
}

static void
draw_filled (GtkSnapshot *snapshot, const Plot *plot, AmHistogramView *self, const guint64 *counts)
{
  float bottom = plot->area.origin.y + plot->area.size.height;
  GdkRGBA colour = fade (plot->fill, FILL_OPACITY);

  for (guint bin = 0; bin < self->n_bins; bin++)
    {
      float x = get_bin_x (plot, self, bin), y = get_bar_y (plot, self, counts[bin]);

      fill_rectangle (snapshot, x, y, get_bin_x (plot, self, bin + 1) - x, bottom - y, &colour);
    }
}

/* A stair: level pieces above the bins, and upright ones where neighbours differ. */
static void
draw_outline (GtkSnapshot *snapshot, const Plot *plot, AmHistogramView *self, const guint64 *counts)
{
  float before = plot->area.origin.y + plot->area.size.height;

  for (guint bin = 0; bin < self->n_bins; bin++)
    {
      float x = get_bin_x (plot, self, bin), y = get_bar_y (plot, self, counts[bin]);

      fill_rectangle (snapshot, x, y, get_bin_x (plot, self, bin + 1) - x, OUTLINE, &plot->text);
      fill_rectangle (snapshot, MAX (x - OUTLINE / 2, 0), MIN (y, before), OUTLINE,
                      fabsf (before - y) + OUTLINE, &plot->text);
      before = y;
    }
}

static void
draw_text (GtkSnapshot *snapshot, AmHistogramView *self, const Plot *plot, const char *text, float x,
           float align, float y)
{
  g_autoptr (PangoLayout) layout = make_label (self, text);
  GdkRGBA colour = fade (plot->text, 0.75f);
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  x = CLAMP (x - align * (float)width, 0, MAX (0, plot->area.size.width - (float)width));
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (roundf (x), y));
  gtk_snapshot_append_layout (snapshot, layout, &colour);
  gtk_snapshot_restore (snapshot);
}

static void
draw_value_mark (GtkSnapshot *snapshot, AmHistogramView *self, const Plot *plot, double value, float align)
{
  float x = (float)((value - self->minimum) / (self->maximum - self->minimum)) * plot->area.size.width;
  float bottom = plot->area.origin.y + plot->area.size.height;
  g_autofree char *text = g_strdup_printf ("%.3g", value);

  draw_text (snapshot, self, plot, text, x, align, bottom + GAP);
}

static float
draw_key (GtkSnapshot *snapshot, AmHistogramView *self, const Plot *plot, guint side, float end)
{
  float size = roundf (0.6f * (float)plot->line_height);
  float y = roundf (((float)plot->line_height - size) / 2);
  float text_width = (float)plot->line_height;
  float x = end - text_width - size;
  GdkRGBA fill = fade (plot->fill, FILL_OPACITY);
  const float widths[] = { OUTLINE, OUTLINE, OUTLINE, OUTLINE };
  const GdkRGBA colours[] = { plot->text, plot->text, plot->text, plot->text };

  if (side == 0)
    fill_rectangle (snapshot, x, y, size, size, &fill);
  else
    gtk_snapshot_append_border (snapshot, &GSK_ROUNDED_RECT_INIT (x, y, size, size), widths, colours);
  draw_text (snapshot, self, plot, side == 0 ? "A" : "B", x + size + GAP, 0, 0);
  return x - (float)plot->line_height;
}

static void
draw_keys (GtkSnapshot *snapshot, AmHistogramView *self, const Plot *plot)
{
  float end = plot->area.size.width;

  for (gint side = N_SIDES - 1; side >= 0; side--)
    if (self->counts[side] != NULL)
      end = draw_key (snapshot, self, plot, (guint)side, end);
}

/* Range below the bars, with 0 where it lies well inside; the largest count above them. */
static void
draw_axes (GtkSnapshot *snapshot, AmHistogramView *self, const Plot *plot)
{
  double zero = -self->minimum / (self->maximum - self->minimum);
  float bottom = plot->area.origin.y + plot->area.size.height;
  GdkRGBA line = fade (plot->text, 0.3f), faint = fade (plot->text, 0.12f);
  g_autofree char *largest = am_readable_count (self->largest);

  draw_text (snapshot, self, plot, largest, 0, 0, 0);
  fill_rectangle (snapshot, 0, plot->area.origin.y, plot->area.size.width, 1, &faint);
  fill_rectangle (snapshot, 0, bottom, plot->area.size.width, 1, &line);
  draw_value_mark (snapshot, self, plot, self->minimum, 0);
  draw_value_mark (snapshot, self, plot, self->maximum, 1);
  if (zero < 0.25 || zero > 0.75)
    return;
  draw_value_mark (snapshot, self, plot, 0.0, 0.5);
  fill_rectangle (snapshot, roundf ((float)zero * plot->area.size.width), plot->area.origin.y, 1,
                  plot->area.size.height, &line);
}

static void
draw_cursor (GtkSnapshot *snapshot, AmHistogramView *self, const Plot *plot)
{
  float x = get_bin_x (plot, self, (guint)self->cursor);
  float width = MAX (get_bin_x (plot, self, (guint)self->cursor + 1) - x, 1);
  GdkRGBA band = fade (plot->text, 0.15f);

  fill_rectangle (snapshot, x, plot->area.origin.y, width, plot->area.size.height, &band);
  fill_rectangle (snapshot, x, plot->area.origin.y + plot->area.size.height, width, 3, &plot->text);
}

static void
draw_focus (GtkSnapshot *snapshot, GtkWidget *widget, const Plot *plot)
{
  const float widths[] = { OUTLINE, OUTLINE, OUTLINE, OUTLINE };
  const GdkRGBA colours[] = { plot->fill, plot->fill, plot->fill, plot->fill };
  float width = (float)gtk_widget_get_width (widget), height = (float)gtk_widget_get_height (widget);

  if (gtk_widget_has_visible_focus (widget))
    gtk_snapshot_append_border (snapshot, &GSK_ROUNDED_RECT_INIT (-3, -3, width + 6, height + 6), widths,
                                colours);
}

static void
am_histogram_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmHistogramView *self = AM_HISTOGRAM_VIEW (widget);
  Plot plot;

  plot_init (&plot, self);
  if (self->n_bins == 0 || plot.area.size.height <= 0)
    return;
  draw_axes (snapshot, self, &plot);
  if (self->counts[0] != NULL)
    draw_filled (snapshot, &plot, self, self->counts[0]);
  if (self->counts[1] != NULL)
    draw_outline (snapshot, &plot, self, self->counts[1]);
  if (self->cursor >= 0)
    draw_cursor (snapshot, self, &plot);
  draw_keys (snapshot, self, &plot);
  draw_focus (snapshot, widget, &plot);
}

static void
am_histogram_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                           int *natural, int *minimum_baseline, int *natural_baseline)
{
  int line = measure_line (AM_HISTOGRAM_VIEW (widget));

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 12 * line;
      *natural = 20 * line;
    }
  else
    *minimum = *natural = MIN_HEIGHT + 2 * (line + GAP);
}

static char *
dup_counts_text (AmHistogramView *self, guint bin)
{
  g_autofree char *a = self->counts[0] != NULL ? am_readable_count (self->counts[0][bin]) : NULL;
  g_autofree char *b = self->counts[1] != NULL ? am_readable_count (self->counts[1][bin]) : NULL;

  if (a != NULL && b != NULL)
    /* Translators: how many values of two models fall into a range. */
    return g_strdup_printf (_ ("%s in A, %s in B"), a, b);
  return a != NULL ? g_strdup_printf (_ ("%s in A"), a) : g_strdup_printf (_ ("%s in B"), b);
}

static char *
dup_readout (AmHistogramView *self)
{
  double width = (self->maximum - self->minimum) / self->n_bins;
  g_autofree char *counts = NULL;

  if (self->cursor < 0)
    return g_strdup ("");
  counts = dup_counts_text (self, (guint)self->cursor);
  /* Translators: a range of values, and "12 in A, 13 in B". */
  return g_strdup_printf (_ ("%.3g to %.3g: %s"), self->minimum + self->cursor * width,
                          self->minimum + (self->cursor + 1) * width, counts);
}

static void
update_readout (AmHistogramView *self)
{
  g_free (self->readout);
  self->readout = dup_readout (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, self->readout,
                                  -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READOUT]);
}

static gboolean
move_cursor (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  AmHistogramView *self = AM_HISTOGRAM_VIEW (widget);
  gint step = g_variant_get_int32 (arguments);
  gint last = (gint)self->n_bins - 1;

  if (last < 0)
    return FALSE;
  if (self->cursor < 0)
    am_histogram_view_set_cursor (self, step > 0 ? (step > 1 ? last : 0) : (step < -1 ? 0 : last));
  else
    am_histogram_view_set_cursor (self, CLAMP (self->cursor + step, 0, last));
  return TRUE;
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, AmHistogramView *self)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self));

  if (self->n_bins > 0 && width > 0)
    am_histogram_view_set_cursor (self, (gint)CLAMP (x / width * self->n_bins, 0, self->n_bins - 1));
}

static void
on_leave (GtkEventControllerMotion *motion, AmHistogramView *self)
{
  if (!gtk_widget_has_focus (GTK_WIDGET (self)))
    am_histogram_view_set_cursor (self, -1);
}

static void
on_pressed (GtkGestureClick *click, int n_press, double x, double y, AmHistogramView *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
add_keys (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    gint step;
  } keys[] = {
    { GDK_KEY_Left, -1 },     { GDK_KEY_KP_Left, -1 },     { GDK_KEY_Right, 1 },   { GDK_KEY_KP_Right, 1 },
    { GDK_KEY_Home, -10000 }, { GDK_KEY_KP_Home, -10000 }, { GDK_KEY_End, 10000 }, { GDK_KEY_KP_End, 10000 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (widget_class, keys[i].key, 0, move_cursor, "i", keys[i].step);
}

static void
am_histogram_view_class_init (AmHistogramViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = am_histogram_view_finalize;
  object_class->get_property = am_histogram_view_get_property;
  object_class->set_property = am_histogram_view_set_property;
  widget_class->snapshot = am_histogram_view_snapshot;
  widget_class->measure = am_histogram_view_measure;

  properties[PROP_LOGARITHMIC]
      = g_param_spec_boolean ("logarithmic", NULL, NULL, FALSE, flags | G_PARAM_READWRITE);
  properties[PROP_CURSOR]
      = g_param_spec_int ("cursor", NULL, NULL, -1, G_MAXINT, -1, flags | G_PARAM_READWRITE);
  properties[PROP_READOUT] = g_param_spec_string ("readout", NULL, NULL, "", flags | G_PARAM_READABLE);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  add_keys (widget_class);
  gtk_widget_class_set_css_name (widget_class, "histogram");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
am_histogram_view_init (AmHistogramView *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  self->maximum = 1.0;
  self->cursor = -1;
  self->readout = g_strdup ("");
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Histogram of the values"), -1);
  g_signal_connect (motion, "enter", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
am_histogram_view_new (void)
{
  return g_object_new (AM_TYPE_HISTOGRAM_VIEW, NULL);
}

void
am_histogram_view_set_counts (AmHistogramView *self, double minimum, double maximum, guint n_bins,
                              const guint64 *counts_a, const guint64 *counts_b)
{
  const guint64 *counts[N_SIDES] = { counts_a, counts_b };

  self->minimum = minimum;
  self->maximum = maximum;
  self->n_bins = n_bins;
  self->largest = 0;
  for (guint side = 0; side < N_SIDES; side++)
    {
      g_free (self->counts[side]);
      self->counts[side] = g_memdup2 (counts[side], n_bins * sizeof *counts[side]);
      for (guint bin = 0; self->counts[side] != NULL && bin < n_bins; bin++)
        self->largest = MAX (self->largest, self->counts[side][bin]);
    }
  self->cursor = -1;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR]);
  update_readout (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
am_histogram_view_set_logarithmic (AmHistogramView *self, gboolean is_logarithmic)
{
  if (self->is_logarithmic == is_logarithmic)
    return;
  self->is_logarithmic = is_logarithmic;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOGARITHMIC]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
am_histogram_view_get_logarithmic (AmHistogramView *self)
{
  return self->is_logarithmic;
}

void
am_histogram_view_set_cursor (AmHistogramView *self, gint bin)
{
  gint cursor = CLAMP (bin, -1, (gint)self->n_bins - 1);

  if (self->cursor == cursor)
    return;
  self->cursor = cursor;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR]);
  update_readout (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gint
am_histogram_view_get_cursor (AmHistogramView *self)
{
  return self->cursor;
}

const char *
am_histogram_view_get_readout (AmHistogramView *self)
{
  return self->readout;
}

double
am_histogram_view_get_height (AmHistogramView *self, guint64 count)
{
  if (self->largest == 0)
    return 0.0;
  if (self->is_logarithmic)
    return log1p ((double)count) / log1p ((double)self->largest);
  return (double)count / (double)self->largest;
}
