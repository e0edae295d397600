#include "charts/histogram-view.h"

#include <glib/gi18n.h>

#include "base/readable.h"
#include "charts/histogram-draw.h"

#define BARS_HEIGHT 160

struct _AmHistogramView
{
  GtkWidget parent_instance;

  AmHistogramData data;
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

  for (guint side = 0; side < AM_N_HISTOGRAM_SIDES; side++)
    g_free (self->data.counts[side]);
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
      g_value_set_boolean (value, self->data.is_logarithmic);
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

static void
am_histogram_view_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmHistogramView *self = AM_HISTOGRAM_VIEW (widget);

  am_histogram_draw (widget, snapshot, &self->data, self->cursor);
}

static void
am_histogram_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                           int *natural, int *minimum_baseline, int *natural_baseline)
{
  int labels = am_histogram_measure_labels (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 12 * labels;
      *natural = 20 * labels;
    }
  else
    *minimum = *natural = BARS_HEIGHT + 2 * labels;
}

static char *
dup_counts_text (AmHistogramView *self, guint bin)
{
  g_autofree char *a = self->data.counts[0] != NULL ? am_readable_count (self->data.counts[0][bin]) : NULL;
  g_autofree char *b = self->data.counts[1] != NULL ? am_readable_count (self->data.counts[1][bin]) : NULL;

  if (a != NULL && b != NULL)
    /* Translators: how many values of two models fall into a range. */
    return g_strdup_printf (_ ("%s in A, %s in B"), a, b);
  return a != NULL ? g_strdup_printf (_ ("%s in A"), a) : g_strdup_printf (_ ("%s in B"), b);
}

static char *
dup_readout (AmHistogramView *self)
{
  double width = (self->data.maximum - self->data.minimum) / self->data.n_bins;
  g_autofree char *counts = NULL;

  if (self->cursor < 0)
    return g_strdup ("");
  counts = dup_counts_text (self, (guint)self->cursor);
  /* Translators: a range of values, and "12 in A, 13 in B". */
  return g_strdup_printf (_ ("%.3g to %.3g: %s"), self->data.minimum + self->cursor * width,
                          self->data.minimum + (self->cursor + 1) * width, counts);
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
  gint last = (gint)self->data.n_bins - 1;

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

  if (self->data.n_bins > 0 && width > 0)
    am_histogram_view_set_cursor (self,
                                  (gint)CLAMP (x / width * self->data.n_bins, 0, self->data.n_bins - 1));
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

  self->data.maximum = 1.0;
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
  const guint64 *counts[AM_N_HISTOGRAM_SIDES] = { counts_a, counts_b };

  self->data.minimum = minimum;
  self->data.maximum = maximum;
  self->data.n_bins = n_bins;
  self->data.largest = 0;
  for (guint side = 0; side < AM_N_HISTOGRAM_SIDES; side++)
    {
      g_free (self->data.counts[side]);
      self->data.counts[side] = g_memdup2 (counts[side], n_bins * sizeof *counts[side]);
      for (guint bin = 0; self->data.counts[side] != NULL && bin < n_bins; bin++)
        self->data.largest = MAX (self->data.largest, self->data.counts[side][bin]);
    }
  self->cursor = -1;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURSOR]);
  update_readout (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
am_histogram_view_set_logarithmic (AmHistogramView *self, gboolean is_logarithmic)
{
  if (self->data.is_logarithmic == is_logarithmic)
    return;
  self->data.is_logarithmic = is_logarithmic;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LOGARITHMIC]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

gboolean
am_histogram_view_get_logarithmic (AmHistogramView *self)
{
  return self->data.is_logarithmic;
}

void
am_histogram_view_set_cursor (AmHistogramView *self, gint bin)
{
  gint cursor = CLAMP (bin, -1, (gint)self->data.n_bins - 1);

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
  return am_histogram_data_get_height (&self->data, count);
}
