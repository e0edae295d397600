#include "block-bar.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#include "blocks/bare-range.h"
#include "blocks/block-paint.h"

struct _AmBlockBar
{
  GtkRange parent_instance;

  AmBlockValues *values;
  guint bar;

  double shown; /* effective */
  double soft_minimum;
  double soft_maximum;
  gboolean is_set;
  gboolean is_beyond;
  gboolean is_selected;
  gboolean is_hovered;
  gboolean is_syncing;
};

G_DEFINE_FINAL_TYPE (AmBlockBar, am_block_bar, GTK_TYPE_RANGE)

static void
am_block_bar_dispose (GObject *object)
{
  AmBlockBar *self = AM_BLOCK_BAR (object);

  g_clear_object (&self->values);

  G_OBJECT_CLASS (am_block_bar_parent_class)->dispose (object);
}

static void
am_block_bar_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                      int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? (int)(4 * AM_BLOCK_BAR_MARGIN) : 1;
}

/* The trough and slider that GtkRange has inside are never shown. */
static void
am_block_bar_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
}

AmBlockScale
am_block_bar_get_scale (AmBlockValues *values, float height)
{
  return (AmBlockScale){
    .minimum = am_block_values_get_soft_minimum (values),
    .maximum = am_block_values_get_soft_maximum (values),
    .top = AM_BLOCK_BAR_MARGIN,
    .bottom = height - AM_BLOCK_BAR_MARGIN,
  };
}

static void
paint_column (AmBlockBar *self, GtkSnapshot *snapshot, float width, float height)
{
  GtkWidget *widget = GTK_WIDGET (self);
  float inset = CLAMP (width * 0.06f, 0.5f, 2);
  graphene_rect_t rect = GRAPHENE_RECT_INIT (inset, 0, width - 2 * inset, height);
  GdkRGBA colour = am_block_foreground (widget, self->is_hovered ? 0.11f : 0.05f);

  if (self->is_selected)
    colour = am_block_colour (widget, "accent_bg_color", self->is_hovered ? 0.3f : 0.22f);
  am_block_paint_rounded (snapshot, &rect, 5, &colour);
  if (gtk_widget_has_focus (widget))
    {
      colour = am_block_colour (widget, "accent_color", 1);
      am_block_paint_outline (snapshot, &rect, 5, 2, &colour);
    }
  else if (self->is_selected)
    {
      colour = am_block_colour (widget, "accent_color", 0.7f);
      am_block_paint_outline (snapshot, &rect, 5, 1, &colour);
    }
}

/* A triangle of four steps, which says that the value lies beyond the axis. */
static void
paint_beyond (AmBlockBar *self, GtkSnapshot *snapshot, const AmBlockScale *scale, float width)
{
  GdkRGBA colour = am_block_foreground (GTK_WIDGET (self), 1);
  gboolean is_above = self->shown > scale->maximum;
  float step = CLAMP (width / 10, 0.75f, 1.5f);

  for (guint i = 0; i < 4; i++)
    {
      float half = step * (float)(i + 1);
      float y = is_above ? scale->top + step * (float)(i + 1) : scale->bottom - step * (float)(i + 2);

      gtk_snapshot_append_color (snapshot, &colour,
                                 &GRAPHENE_RECT_INIT (width / 2 - half, y, 2 * half, step));
    }
}

/* A line at the value itself, so that a value of nothing is seen as well. */
static void
paint_cap (AmBlockBar *self, GtkSnapshot *snapshot, float x, float y, float width)
{
  GdkRGBA colour = am_block_colour (GTK_WIDGET (self), "accent_color", 1);

  am_block_paint_rounded (snapshot, &GRAPHENE_RECT_INIT (x, y - 1.5f, width, 3), 1.5f, &colour);
}

static void
paint_filled (AmBlockBar *self, GtkSnapshot *snapshot, const graphene_rect_t *rect)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GskRoundedRect shape;
  GskColorStop stops[2] = {
    { 0, am_block_colour (widget, "accent_bg_color", 1) },
    { 1, am_block_colour (widget, "accent_bg_color", 0.7f) },
  };

  gsk_rounded_rect_init_from_rect (&shape, rect, MIN (3, rect->size.height / 2));
  gtk_snapshot_push_rounded_clip (snapshot, &shape);
  gtk_snapshot_append_linear_gradient (snapshot, rect, &GRAPHENE_POINT_INIT (0, rect->origin.y),
                                       &GRAPHENE_POINT_INIT (0, rect->origin.y + rect->size.height), stops,
                                       G_N_ELEMENTS (stops));
  gtk_snapshot_pop (snapshot);
  if (adw_style_manager_get_high_contrast (adw_style_manager_get_default ()))
    {
      GdkRGBA colour = am_block_foreground (widget, 1);

      am_block_paint_outline (snapshot, rect, 3, 1, &colour);
    }
}

static void
paint_hollow (AmBlockBar *self, GtkSnapshot *snapshot, const graphene_rect_t *rect)
{
  gboolean is_strong = adw_style_manager_get_high_contrast (adw_style_manager_get_default ());
  GdkRGBA colour = am_block_foreground (GTK_WIDGET (self), is_strong ? 0.9f : 0.4f);
  graphene_rect_t outline = *rect;

  if (outline.size.height < 3)
    outline = GRAPHENE_RECT_INIT (rect->origin.x, rect->origin.y - 1.5f, rect->size.width, 3);
  am_block_paint_outline (snapshot, &outline, 3, 1, &colour);
}

static void
am_block_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmBlockBar *self = AM_BLOCK_BAR (widget);
  float width = (float)gtk_widget_get_width (widget);
  float height = (float)gtk_widget_get_height (widget);
  AmBlockScale scale = am_block_bar_get_scale (self->values, height);
  float inset = CLAMP (width * 0.16f, 1, 7);
  float value_y = am_block_scale_get_y (&scale, self->shown);
  float origin_y = am_block_scale_get_y (&scale, am_block_scale_get_origin (&scale));
  graphene_rect_t rect
      = GRAPHENE_RECT_INIT (inset, MIN (value_y, origin_y), width - 2 * inset, fabsf (origin_y - value_y));

  paint_column (self, snapshot, width, height);
  if (self->is_set)
    {
      if (rect.size.height > 0)
        paint_filled (self, snapshot, &rect);
      paint_cap (self, snapshot, inset, value_y, width - 2 * inset);
    }
  else
    paint_hollow (self, snapshot, &rect);
  if (self->is_beyond)
    paint_beyond (self, snapshot, &scale, width);
}

static void
on_focus_changed (AmBlockBar *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
am_block_bar_class_init (AmBlockBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_block_bar_dispose;
  widget_class->measure = am_block_bar_measure;
  widget_class->size_allocate = am_block_bar_size_allocate;
  widget_class->snapshot = am_block_bar_snapshot;

  gtk_widget_class_set_css_name (widget_class, "blockbar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_SLIDER);
}

static void
am_block_bar_init (AmBlockBar *self)
{
  am_bare_range_init (GTK_RANGE (self));
  g_signal_connect (self, "notify::has-focus", G_CALLBACK (on_focus_changed), NULL);
}

static void
on_moved (GtkAdjustment *adjustment, AmBlockBar *self)
{
  if (!self->is_syncing)
    am_block_values_set (self->values, self->bar, gtk_adjustment_get_value (adjustment));
}

static void
tell_value (AmBlockBar *self)
{
  g_autofree char *number = am_block_value_to_text (self->shown, 3);
  /* Translators: %s is the number that is used for a block without a value of its own. */
  g_autofree char *unset = g_strdup_printf (_ ("%s, not set"), number);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, self->shown,
                                  GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, self->is_set ? number : unset,
                                  /* Before GTK 4.10 no other text reaches assistive technology. */
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  self->is_set ? "" : _ ("Not set: uses the ratio"), -1);
}

static void
sync_range (AmBlockBar *self)
{
  GtkAdjustment *adjustment = gtk_range_get_adjustment (GTK_RANGE (self));
  double minimum = am_block_values_get_minimum (self->values);
  double maximum = am_block_values_get_maximum (self->values);

  self->is_syncing = TRUE;
  gtk_adjustment_configure (adjustment, self->shown, minimum, maximum, 0.01, 0.1, 0);
  self->is_syncing = FALSE;
}

void
am_block_bar_sync (AmBlockBar *self)
{
  double shown = am_block_values_get_effective (self->values, self->bar);
  gboolean is_set = !isnan (am_block_values_get (self->values, self->bar));
  double soft_minimum = am_block_values_get_soft_minimum (self->values);
  double soft_maximum = am_block_values_get_soft_maximum (self->values);
  gboolean is_other = self->shown != shown || self->is_set != is_set || self->soft_minimum != soft_minimum
                      || self->soft_maximum != soft_maximum;

  self->shown = shown;
  self->is_set = is_set;
  self->soft_minimum = soft_minimum;
  self->soft_maximum = soft_maximum;
  self->is_beyond = shown < soft_minimum || shown > soft_maximum;
  sync_range (self);
  if (!is_other)
    return;
  tell_value (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

AmBlockBar *
am_block_bar_new (AmBlockValues *values, guint bar)
{
  AmBlockBar *self = g_object_new (AM_TYPE_BLOCK_BAR, NULL);

  self->values = g_object_ref (values);
  self->bar = bar;
  self->shown = NAN;
  am_block_bar_sync (self);
  g_signal_connect (gtk_range_get_adjustment (GTK_RANGE (self)), "value-changed", G_CALLBACK (on_moved),
                    self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  am_block_values_get_name (values, bar), GTK_ACCESSIBLE_PROPERTY_ORIENTATION,
                                  GTK_ORIENTATION_VERTICAL, -1);
  return self;
}

gboolean
am_block_bar_get_is_selected (AmBlockBar *self)
{
  return self->is_selected;
}

void
am_block_bar_set_is_selected (AmBlockBar *self, gboolean is_selected)
{
  if (self->is_selected == is_selected)
    return;
  self->is_selected = is_selected;
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_SELECTED, is_selected, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
am_block_bar_set_is_hovered (AmBlockBar *self, gboolean is_hovered)
{
  if (self->is_hovered == is_hovered)
    return;
  self->is_hovered = is_hovered;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
