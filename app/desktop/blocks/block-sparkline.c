#include "block-sparkline.h"

#include <math.h>

#include "blocks/block-paint.h"
#include "blocks/block-scale.h"

#define WIDTH 78
#define HEIGHT 24

struct _AmBlockSparkline
{
  GtkWidget parent_instance;

  double *values;
  guint n;
  AmBlockScale scale;
};

G_DEFINE_FINAL_TYPE (AmBlockSparkline, am_block_sparkline, GTK_TYPE_WIDGET)

static void
am_block_sparkline_finalize (GObject *object)
{
  g_free (AM_BLOCK_SPARKLINE (object)->values);

  G_OBJECT_CLASS (am_block_sparkline_parent_class)->finalize (object);
}

static void
am_block_sparkline_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                            int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void
am_block_sparkline_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmBlockSparkline *self = AM_BLOCK_SPARKLINE (widget);
  GdkRGBA colour = am_block_colour (widget, "accent_color", 1);
  float pitch = (float)gtk_widget_get_width (widget) / (float)MAX (1, self->n);
  float origin;

  self->scale.top = 1;
  self->scale.bottom = (float)gtk_widget_get_height (widget) - 1;
  origin = am_block_scale_get_y (&self->scale, am_block_scale_get_origin (&self->scale));
  for (guint i = 0; i < self->n; i++)
    {
      float y = isnan (self->values[i]) ? origin : am_block_scale_get_y (&self->scale, self->values[i]);
      float top = MIN (y, origin - 1);

      gtk_snapshot_append_color (snapshot, &colour,
                                 &GRAPHENE_RECT_INIT ((float)i * pitch, top, MAX (1, pitch - 0.75f),
                                                      MAX (1, MAX (y, origin) - top)));
    }
}

static void
am_block_sparkline_class_init (AmBlockSparklineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = am_block_sparkline_finalize;
  widget_class->measure = am_block_sparkline_measure;
  widget_class->snapshot = am_block_sparkline_snapshot;
  gtk_widget_class_set_css_name (widget_class, "blocksparkline");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
am_block_sparkline_init (AmBlockSparkline *self)
{
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
}

GtkWidget *
am_block_sparkline_new (const double *values, guint n)
{
  AmBlockSparkline *self = g_object_new (AM_TYPE_BLOCK_SPARKLINE, NULL);

  self->values = g_memdup2 (values, n * sizeof (double));
  self->n = n;
  self->scale.maximum = 1;
  for (guint i = 0; i < n; i++)
    if (!isnan (values[i]))
      {
        self->scale.minimum = MIN (self->scale.minimum, values[i]);
        self->scale.maximum = MAX (self->scale.maximum, values[i]);
      }
  return GTK_WIDGET (self);
}
