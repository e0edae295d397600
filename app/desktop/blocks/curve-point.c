#include "curve-point.h"

#include "blocks/bare-range.h"
#include "blocks/block-paint.h"
#include "blocks/block-scale.h"

struct _AmCurvePoint
{
  GtkRange parent_instance;

  gboolean is_syncing;
};

G_DEFINE_FINAL_TYPE (AmCurvePoint, am_curve_point, GTK_TYPE_RANGE)

static guint moved_signal;

static void
am_curve_point_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = AM_CURVE_POINT_SIZE;
}

/* The trough and slider that GtkRange has inside are never shown. */
static void
am_curve_point_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
}

static void
paint_disc (GtkSnapshot *snapshot, float radius, const GdkRGBA *colour)
{
  float middle = AM_CURVE_POINT_SIZE / 2.0f;

  am_block_paint_rounded (snapshot,
                          &GRAPHENE_RECT_INIT (middle - radius, middle - radius, 2 * radius, 2 * radius),
                          radius, colour);
}

static void
am_curve_point_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  GdkRGBA edge = am_block_foreground (widget, 1);
  GdkRGBA ground = am_block_colour (widget, "view_bg_color", 1);
  GdkRGBA accent = am_block_colour (widget, "accent_color", 1);

  if (gtk_widget_has_focus (widget))
    paint_disc (snapshot, 11, &accent);
  paint_disc (snapshot, gtk_widget_has_focus (widget) ? 9 : 8, &ground);
  paint_disc (snapshot, 7, &edge);
  paint_disc (snapshot, 4.5f, gtk_widget_has_focus (widget) ? &accent : &ground);
}

static void
am_curve_point_class_init (AmCurvePointClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = am_curve_point_measure;
  widget_class->size_allocate = am_curve_point_size_allocate;
  widget_class->snapshot = am_curve_point_snapshot;

  moved_signal = g_signal_new ("moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                               G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  gtk_widget_class_set_css_name (widget_class, "curvepoint");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
on_value_changed (GtkAdjustment *adjustment, AmCurvePoint *self)
{
  if (!self->is_syncing)
    g_signal_emit (self, moved_signal, 0, gtk_adjustment_get_value (adjustment));
}

static void
on_focus_changed (AmCurvePoint *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
am_curve_point_init (AmCurvePoint *self)
{
  am_bare_range_init (GTK_RANGE (self));
  g_signal_connect (self, "notify::has-focus", G_CALLBACK (on_focus_changed), NULL);
}

AmCurvePoint *
am_curve_point_new (void)
{
  AmCurvePoint *self = g_object_new (AM_TYPE_CURVE_POINT, NULL);

  g_signal_connect (gtk_range_get_adjustment (GTK_RANGE (self)), "value-changed",
                    G_CALLBACK (on_value_changed), self);
  return self;
}

void
am_curve_point_show (AmCurvePoint *self, double value, double minimum, double maximum, const char *label)
{
  g_autofree char *text = am_block_value_to_text (value, 3);

  self->is_syncing = TRUE;
  gtk_adjustment_configure (gtk_range_get_adjustment (GTK_RANGE (self)), value, minimum, maximum, 0.01, 0.1,
                            0);
  self->is_syncing = FALSE;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, value,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}
