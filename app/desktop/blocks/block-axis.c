#include "block-axis.h"

#include <math.h>

#include "blocks/block-paint.h"

#define MARGIN 4.0f

struct _AmBlockAxis
{
  GtkWidget parent_instance;

  AmBlockChart *chart;
  double minimum; /* of the axis that the width was asked for */
  double maximum;
};

G_DEFINE_FINAL_TYPE (AmBlockAxis, am_block_axis, GTK_TYPE_WIDGET)

static double
get_first (const AmBlockScale *scale)
{
  double step = am_block_scale_get_step (scale);

  return ceil (scale->minimum / step - 1e-9) * step;
}

static PangoLayout *
create_text (AmBlockAxis *self, double value)
{
  g_autofree char *text = am_block_value_to_text (value, 3);

  return am_block_text_new (GTK_WIDGET (self), text, FALSE);
}

static int
get_text_width (AmBlockAxis *self)
{
  AmBlockScale scale = am_block_chart_get_scale (self->chart);
  double step = am_block_scale_get_step (&scale);
  int widest = 0;

  for (double value = get_first (&scale); value <= scale.maximum + step / 1000; value += step)
    {
      g_autoptr (PangoLayout) layout = create_text (self, value);
      int width;

      pango_layout_get_pixel_size (layout, &width, NULL);
      widest = MAX (widest, width);
    }
  return widest;
}

static void
am_block_axis_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                       int *natural, int *minimum_baseline, int *natural_baseline)
{
  AmBlockAxis *self = AM_BLOCK_AXIS (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL && self->chart != NULL)
    *minimum = *natural = get_text_width (self) + (int)MARGIN;
}

static void
am_block_axis_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmBlockAxis *self = AM_BLOCK_AXIS (widget);
  AmBlockScale scale = am_block_chart_get_scale (self->chart);
  double step = am_block_scale_get_step (&scale);
  GdkRGBA colour = am_block_foreground (widget, 0.7f);

  for (double value = get_first (&scale); value <= scale.maximum + step / 1000; value += step)
    {
      g_autoptr (PangoLayout) layout = create_text (self, value);
      int width, height;

      pango_layout_get_pixel_size (layout, &width, &height);
      am_block_paint_text (snapshot, layout, (float)gtk_widget_get_width (widget) - MARGIN - (float)width,
                           roundf (am_block_scale_get_y (&scale, value) - (float)height / 2), &colour);
    }
}

static void
am_block_axis_class_init (AmBlockAxisClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = am_block_axis_measure;
  widget_class->snapshot = am_block_axis_snapshot;
  gtk_widget_class_set_css_name (widget_class, "blockaxis");
  /* Every bar tells its value itself. */
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
am_block_axis_init (AmBlockAxis *self)
{
  /* Beside a chart that runs from left to right in every language. */
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
}

void
am_block_axis_set_chart (AmBlockAxis *self, AmBlockChart *chart)
{
  self->chart = chart;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
am_block_axis_sync (AmBlockAxis *self)
{
  AmBlockScale scale = am_block_chart_get_scale (self->chart);

  if (scale.minimum == self->minimum && scale.maximum == self->maximum)
    return;
  self->minimum = scale.minimum;
  self->maximum = scale.maximum;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
