#include "charts/alignment-side.h"

#define KEY_SIZE 12

struct _AmAlignmentSide
{
  GtkWidget parent_instance;

  const AmAlignmentLayers *layers; /* of an axis; %NULL for a sample */
  AmAlignmentKey key;
};

G_DEFINE_FINAL_TYPE (AmAlignmentSide, am_alignment_side, GTK_TYPE_WIDGET)

static void
am_alignment_side_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmAlignmentSide *self = AM_ALIGNMENT_SIDE (widget);

  if (self->layers == NULL)
    am_alignment_draw_key (widget, snapshot, self->key);
  else if (self->layers->n_layers > 0)
    am_alignment_draw_axis (widget, snapshot, self->layers);
}

static void
am_alignment_side_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                           int *natural, int *minimum_baseline, int *natural_baseline)
{
  AmAlignmentSide *self = AM_ALIGNMENT_SIDE (widget);

  if (self->layers == NULL)
    *minimum = *natural = KEY_SIZE;
  else if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = am_alignment_measure_axis (widget);
  else
    *minimum = *natural = am_alignment_measure (widget, self->layers).height;
}

static void
am_alignment_side_class_init (AmAlignmentSideClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = am_alignment_side_snapshot;
  widget_class->measure = am_alignment_side_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
am_alignment_side_init (AmAlignmentSide *self)
{
}

GtkWidget *
am_alignment_side_new_axis (const AmAlignmentLayers *layers)
{
  AmAlignmentSide *self = g_object_new (AM_TYPE_ALIGNMENT_SIDE, NULL);

  self->layers = layers;
  return GTK_WIDGET (self);
}

GtkWidget *
am_alignment_side_new_key (AmAlignmentKey key)
{
  AmAlignmentSide *self = g_object_new (AM_TYPE_ALIGNMENT_SIDE, "valign", GTK_ALIGN_CENTER, NULL);

  self->key = key;
  return GTK_WIDGET (self);
}
