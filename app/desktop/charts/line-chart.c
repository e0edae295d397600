#include "charts/line-chart.h"

#include "charts/line-draw.h"

#define HEIGHT 190
#define TO_END 1000000

struct _AmLineChart
{
  GtkWidget parent_instance;

  AmLineData data;
  gint cursor; /* -1 for none */
};

enum
{
  PROP_CURSOR = 1,
  PROP_READOUT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmLineChart, am_line_chart, GTK_TYPE_WIDGET)

static void
series_free (AmLineSeries *series)
{
  g_free (series->xs);
  g_free (series->ys);
  g_free (series);
}

static void
data_clear (AmLineData *data)
{
  g_ptr_array_set_size (data->series, 0);
  g_clear_pointer (&data->start, g_free);
  g_clear_pointer (&data->end, g_free);
  g_clear_pointer (&data->xs, g_free);
  g_clear_pointer (&data->texts, g_strfreev);
  g_clear_pointer (&data->summary, g_free);
  data->n_points = 0;
  data->has_mark = FALSE;
}

static void
am_line_chart_finalize (GObject *object)
{
  AmLineChart *self = AM_LINE_CHART (object);

  data_clear (&self->data);
  g_ptr_array_unref (self->data.series);

  G_OBJECT_CLASS (am_line_chart_parent_class)->finalize (object);
}

static void
am_line_chart_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmLineChart *self = AM_LINE_CHART (object);

  if (id == PROP_CURSOR)
    g_value_set_int (value, self->cursor);
  else
    g_value_set_string (value, am_line_chart_get_readout (self));
}

static void
am_line_chart_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  am_line_chart_set_cursor (AM_LINE_CHART (object), g_value_get_int (value));
}

static void
am_line_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmLineChart *self = AM_LINE_CHART (widget);

  if (self->data.series->len > 0)
    am_line_draw (widget, snapshot, &self->data, self->cursor);
}

static void
am_line_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 320 : HEIGHT;
}

static gboolean
query_tooltip (GtkWidget *widget, int x, int y, gboolean is_keyboard, GtkTooltip *tooltip)
{
  AmLineChart *self = AM_LINE_CHART (widget);
  gint point = is_keyboard ? self->cursor : am_line_find_point (widget, &self->data, x);

  if (point < 0)
    return FALSE;
  gtk_tooltip_set_text (tooltip, self->data.texts[point]);
  return TRUE;
}

static gboolean
move_cursor (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  AmLineChart *self = AM_LINE_CHART (widget);
  gint last = (gint)self->data.n_points - 1, step = g_variant_get_int32 (arguments), point;

  if (last < 0)
    return FALSE;
  if (ABS (step) == 1 && gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    step = -step;
  point = self->cursor < 0 ? (step < 0 ? last : 0) : CLAMP (self->cursor + step, 0, last);
  if (ABS (step) == TO_END)
    point = step < 0 ? 0 : last;
  if (point == self->cursor && ABS (step) == 1)
    return gtk_widget_keynav_failed (widget, step < 0 ? GTK_DIR_LEFT : GTK_DIR_RIGHT);
  am_line_chart_set_cursor (self, point);
  return TRUE;
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, AmLineChart *self)
{
  am_line_chart_set_cursor (self, am_line_find_point (GTK_WIDGET (self), &self->data, x));
}

/* The keyboard keeps its cursor. */
static void
on_leave (GtkEventControllerMotion *motion, AmLineChart *self)
{
  if (!gtk_widget_has_focus (GTK_WIDGET (self)))
    am_line_chart_set_cursor (self, -1);
}

static void
on_pressed (GtkGestureClick *click, int n_press, double x, double y, AmLineChart *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
on_focus_left (GtkEventControllerFocus *focus, AmLineChart *self)
{
  am_line_chart_set_cursor (self, -1);
}

static void
add_keys (GtkWidgetClass *widget_class)
{
  static const struct
  {
    guint key;
    gint step;
  } keys[] = {
    { GDK_KEY_Left, -1 },    { GDK_KEY_KP_Left, -1 },    { GDK_KEY_Right, 1 },
    { GDK_KEY_KP_Right, 1 }, { GDK_KEY_Home, -TO_END },  { GDK_KEY_KP_Home, -TO_END },
    { GDK_KEY_End, TO_END }, { GDK_KEY_KP_End, TO_END },
  };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    gtk_widget_class_add_binding (widget_class, keys[i].key, 0, move_cursor, "i", keys[i].step);
}

static void
am_line_chart_class_init (AmLineChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = am_line_chart_finalize;
  object_class->get_property = am_line_chart_get_property;
  object_class->set_property = am_line_chart_set_property;
  widget_class->snapshot = am_line_chart_snapshot;
  widget_class->measure = am_line_chart_measure;
  widget_class->query_tooltip = query_tooltip;

  properties[PROP_CURSOR]
      = g_param_spec_int ("cursor", NULL, NULL, -1, G_MAXINT, -1, flags | G_PARAM_READWRITE);
  properties[PROP_READOUT] = g_param_spec_string ("readout", NULL, NULL, "", flags | G_PARAM_READABLE);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  add_keys (widget_class);
  gtk_widget_class_set_css_name (widget_class, "linechart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
am_line_chart_init (AmLineChart *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->data.series = g_ptr_array_new_with_free_func ((GDestroyNotify)series_free);
  self->cursor = -1;
  am_line_data_fit (&self->data);
  gtk_widget_set_focusable (widget, TRUE);
  gtk_widget_set_has_tooltip (widget, TRUE);
  g_signal_connect (motion, "enter", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  g_signal_connect (focus, "leave", G_CALLBACK (on_focus_left), self);
  gtk_widget_add_controller (widget, motion);
  gtk_widget_add_controller (widget, focus);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
am_line_chart_new (const char *title)
{
  GtkWidget *self = g_object_new (AM_TYPE_LINE_CHART, NULL);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title, -1);
  return self;
}

static void
tell_readout (AmLineChart *self)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  am_line_chart_get_readout (self), -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_READOUT]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
am_line_chart_clear (AmLineChart *self)
{
  am_line_chart_set_cursor (self, -1);
  data_clear (&self->data);
  am_line_data_fit (&self->data);
  tell_readout (self);
}

void
am_line_chart_set_axes (AmLineChart *self, gboolean is_percent, const char *start, const char *end)
{
  self->data.is_percent = is_percent;
  g_free (self->data.start);
  g_free (self->data.end);
  self->data.start = g_strdup (start);
  self->data.end = g_strdup (end);
  am_line_data_fit (&self->data);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
am_line_chart_add_series (AmLineChart *self, AmLineStyle style, guint n, const double *xs, const double *ys)
{
  AmLineSeries *series = g_new0 (AmLineSeries, 1);

  series->style = style;
  series->n = n;
  series->xs = g_memdup2 (xs, n * sizeof *xs);
  series->ys = g_memdup2 (ys, n * sizeof *ys);
  g_ptr_array_add (self->data.series, series);
  am_line_data_fit (&self->data);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
am_line_chart_set_mark (AmLineChart *self, double x, double from, double to)
{
  self->data.has_mark = TRUE;
  self->data.mark_x = x;
  self->data.mark_from = from;
  self->data.mark_to = to;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
am_line_chart_set_points (AmLineChart *self, guint n, const double *xs, const char *const *texts,
                          const char *summary)
{
  g_return_if_fail (g_strv_length ((char **)texts) == n);

  am_line_chart_set_cursor (self, -1);
  g_free (self->data.xs);
  g_strfreev (self->data.texts);
  g_free (self->data.summary);
  self->data.n_points = n;
  self->data.xs = g_memdup2 (xs, n * sizeof *xs);
  self->data.texts = g_strdupv ((char **)texts);
  self->data.summary = g_strdup (summary);
  tell_readout (self);
}

void
am_line_chart_set_cursor (AmLineChart *self, gint point)
{
  gint cursor = CLAMP (point, -1, (gint)self->data.n_points - 1);

  if (self->cursor == cursor)
    return;
  self->cursor = cursor;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR]);
  tell_readout (self);
}

gint
am_line_chart_get_cursor (AmLineChart *self)
{
  return self->cursor;
}

const char *
am_line_chart_get_readout (AmLineChart *self)
{
  if (self->cursor >= 0)
    return self->data.texts[self->cursor];
  return self->data.summary != NULL ? self->data.summary : "";
}

void
am_line_chart_get_range (AmLineChart *self, double *lowest, double *highest)
{
  *lowest = self->data.lowest;
  *highest = self->data.highest;
}
