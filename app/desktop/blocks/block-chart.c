#include "block-chart-private.h"

#include <glib/gi18n.h>
#include <math.h>

#define MIN_PITCH 10.0f
#define NATURAL_PITCH 22.0f
#define MAX_PITCH 44.0f
#define MIN_PLOT 110
#define NATURAL_PLOT 200

enum
{
  PROP_CURVE_MODE = 1,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmBlockChart, am_block_chart, GTK_TYPE_WIDGET)

static void
drop_bars (AmBlockChart *self)
{
  for (guint i = 0; i < self->bars->len; i++)
    gtk_widget_unparent (g_ptr_array_index (self->bars, i));
  g_ptr_array_set_size (self->bars, 0);
  am_block_chart_drop_texts (self);
  g_clear_pointer (&self->layout, am_block_layout_free);
}

static void
drop_curve (AmBlockChart *self)
{
  if (self->curve != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->curve));
  self->curve = NULL;
}

static void
am_block_chart_dispose (GObject *object)
{
  AmBlockChart *self = AM_BLOCK_CHART (object);

  am_block_chart_set_values (self, NULL);
  am_block_chart_drop_popovers (self);
  drop_curve (self);

  G_OBJECT_CLASS (am_block_chart_parent_class)->dispose (object);
}

static void
am_block_chart_finalize (GObject *object)
{
  AmBlockChart *self = AM_BLOCK_CHART (object);

  g_ptr_array_unref (self->bars);
  g_ptr_array_unref (self->titles);
  g_ptr_array_unref (self->numbers);
  g_ptr_array_unref (self->readings);
  g_clear_object (&self->label);
  g_free (self->start_values);

  G_OBJECT_CLASS (am_block_chart_parent_class)->finalize (object);
}

static void
am_block_chart_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CURVE_MODE)
    g_value_set_boolean (value, am_block_chart_get_is_curve_mode (AM_BLOCK_CHART (object)));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
am_block_chart_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_CURVE_MODE)
    am_block_chart_set_is_curve_mode (AM_BLOCK_CHART (object), g_value_get_boolean (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
am_block_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  AmBlockChart *self = AM_BLOCK_CHART (widget);

  am_block_chart_measure_texts (self);
  if (orientation == GTK_ORIENTATION_VERTICAL)
    {
      int extra = (int)ceilf (am_block_chart_get_extra_height (self));

      *minimum = MIN_PLOT + extra;
      *natural = NATURAL_PLOT + extra;
    }
  else if (self->layout != NULL)
    {
      *minimum = (int)ceilf (am_block_layout_get_width (self->layout, MIN_PITCH));
      *natural = (int)ceilf (am_block_layout_get_width (self->layout, NATURAL_PITCH));
    }
}

static void
allocate_bar (AmBlockChart *self, guint bar)
{
  GtkWidget *child = g_ptr_array_index (self->bars, bar);
  float width = g_array_index (self->layout->widths, float, bar);
  float x = am_block_layout_get_centre (self->layout, bar) - width / 2;
  int left = (int)roundf (x), right = (int)roundf (x + width);
  int top = (int)(self->scale.top - AM_BLOCK_BAR_MARGIN);
  int bottom = (int)(self->scale.bottom + AM_BLOCK_BAR_MARGIN);

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, NULL, NULL, NULL);
  gtk_widget_size_allocate (child,
                            &(GtkAllocation){ left, top, MAX (1, right - left), MAX (1, bottom - top) }, -1);
}

static void
am_block_chart_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  AmBlockChart *self = AM_BLOCK_CHART (widget);

  if (self->layout == NULL)
    return;
  am_block_layout_fit (self->layout, (float)width, MAX_PITCH);
  self->scale = am_block_bar_get_scale (self->values, 1);
  self->scale.top = floorf (am_block_chart_get_head (self)) + AM_BLOCK_BAR_MARGIN;
  self->scale.bottom
      = floorf ((float)height - am_block_chart_get_extra_height (self) + am_block_chart_get_head (self))
        - AM_BLOCK_BAR_MARGIN;
  for (guint i = 0; i < self->bars->len; i++)
    allocate_bar (self, i);
  if (self->curve != NULL)
    {
      am_block_curve_place (self->curve, self->layout, &self->scale);
      gtk_widget_size_allocate (GTK_WIDGET (self->curve), &(GtkAllocation){ 0, 0, width, height }, -1);
    }
  am_block_chart_present_popovers (self);
}

/* Tab goes into the chart and out of it, not from bar to bar. */
static gboolean
am_block_chart_focus (GtkWidget *widget, GtkDirectionType direction)
{
  AmBlockChart *self = AM_BLOCK_CHART (widget);

  if (self->curve != NULL)
    return gtk_widget_child_focus (GTK_WIDGET (self->curve), direction);
  if (gtk_widget_get_focus_child (widget) != NULL)
    return FALSE;
  return gtk_widget_grab_focus (widget);
}

static gboolean
am_block_chart_grab_focus (GtkWidget *widget)
{
  AmBlockChart *self = AM_BLOCK_CHART (widget);

  if (self->curve != NULL)
    return gtk_widget_child_focus (GTK_WIDGET (self->curve), GTK_DIR_TAB_FORWARD);
  if (self->focused >= self->bars->len)
    return FALSE;
  return gtk_widget_grab_focus (g_ptr_array_index (self->bars, self->focused));
}

/* Other fonts and colours. */
static void
am_block_chart_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (am_block_chart_parent_class)->css_changed (widget, change);

  am_block_chart_drop_texts (AM_BLOCK_CHART (widget));
  gtk_widget_queue_resize (widget);
}

static void
am_block_chart_system_setting_changed (GtkWidget *widget, GtkSystemSetting setting)
{
  GTK_WIDGET_CLASS (am_block_chart_parent_class)->system_setting_changed (widget, setting);

  am_block_chart_drop_texts (AM_BLOCK_CHART (widget));
  gtk_widget_queue_resize (widget);
}

static void
am_block_chart_class_init (AmBlockChartClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_block_chart_dispose;
  object_class->finalize = am_block_chart_finalize;
  object_class->get_property = am_block_chart_get_property;
  object_class->set_property = am_block_chart_set_property;
  widget_class->measure = am_block_chart_measure;
  widget_class->size_allocate = am_block_chart_size_allocate;
  widget_class->snapshot = am_block_chart_paint;
  widget_class->focus = am_block_chart_focus;
  widget_class->grab_focus = am_block_chart_grab_focus;
  widget_class->css_changed = am_block_chart_css_changed;
  widget_class->system_setting_changed = am_block_chart_system_setting_changed;

  properties[PROP_CURVE_MODE] = g_param_spec_boolean (
      "curve-mode", NULL, NULL, FALSE, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_css_name (widget_class, "blockchart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  am_block_chart_install_actions (widget_class);
}

static void
am_block_chart_init (AmBlockChart *self)
{
  self->bars = g_ptr_array_new ();
  self->titles = g_ptr_array_new_with_free_func (g_object_unref);
  self->numbers = g_ptr_array_new_with_free_func (g_object_unref);
  self->readings = g_ptr_array_new_with_free_func (g_object_unref);
  self->hovered = -1;
  self->press_bar = G_MAXUINT;
  /* The order of blocks is that of the network, from its entrance to its exit, in every language. */
  gtk_widget_set_direction (GTK_WIDGET (self), GTK_TEXT_DIR_LTR);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Block weights"),
                                  -1);
  am_block_chart_add_pointer (self);
  am_block_chart_add_keys (self);
}

static void
on_changed (AmBlockValues *values, AmBlockChart *self)
{
  AmBlockScale scale = am_block_bar_get_scale (values, 1);

  self->scale.minimum = scale.minimum;
  self->scale.maximum = scale.maximum;
  for (guint i = 0; i < self->bars->len && i < am_block_values_get_n_bars (values); i++)
    am_block_bar_sync (g_ptr_array_index (self->bars, i));
  if (self->curve != NULL)
    am_block_curve_sync (self->curve);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_bar_focused (GtkWidget *bar, GParamSpec *pspec, AmBlockChart *self)
{
  guint index;

  if (gtk_widget_has_focus (bar) && g_ptr_array_find (self->bars, bar, &index))
    self->focused = index;
  else
    am_block_chart_end_keying (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
build_bars (AmBlockChart *self)
{
  for (guint i = 0; i < am_block_values_get_n_bars (self->values); i++)
    {
      AmBlockBar *bar = am_block_bar_new (self->values, i);

      gtk_widget_set_parent (GTK_WIDGET (bar), GTK_WIDGET (self));
      g_signal_connect_object (bar, "notify::has-focus", G_CALLBACK (on_bar_focused), self, 0);
      g_ptr_array_add (self->bars, bar);
    }
  self->layout = am_block_layout_new (self->values);
}

static void
on_layout_changed (AmBlockValues *values, AmBlockChart *self)
{
  gboolean is_curve_mode = self->curve != NULL;

  am_block_chart_end_keying (self);
  am_block_chart_stroke_end (self);
  am_block_chart_set_is_curve_mode (self, FALSE);
  am_block_chart_drop_popovers (self);
  drop_bars (self);
  build_bars (self);
  self->focused = 0;
  self->hovered = -1;
  am_block_chart_set_is_curve_mode (self, is_curve_mode);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
am_block_chart_set_values (AmBlockChart *self, AmBlockValues *values)
{
  if (self->values == values)
    return;
  if (self->values != NULL)
    {
      am_block_chart_end_keying (self);
      am_block_chart_stroke_end (self);
      g_signal_handlers_disconnect_by_data (self->values, self);
      am_block_chart_set_is_curve_mode (self, FALSE);
      drop_bars (self);
    }
  g_set_object (&self->values, values);
  if (values == NULL)
    return;
  build_bars (self);
  self->scale = am_block_bar_get_scale (values, 1);
  g_signal_connect (values, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (values, "layout-changed", G_CALLBACK (on_layout_changed), self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
on_curve_closed (AmBlockCurve *curve, AmBlockChart *self)
{
  am_block_chart_set_is_curve_mode (self, FALSE);
}

gboolean
am_block_chart_get_is_curve_mode (AmBlockChart *self)
{
  return self->curve != NULL;
}

void
am_block_chart_set_is_curve_mode (AmBlockChart *self, gboolean is_curve_mode)
{
  gboolean has_focus;

  if ((self->curve != NULL) == is_curve_mode
      || (is_curve_mode && (self->values == NULL || !am_block_curve_is_for (self->values))))
    return;
  has_focus = gtk_widget_get_focus_child (GTK_WIDGET (self)) != NULL;
  am_block_chart_end_keying (self);
  drop_curve (self);
  if (is_curve_mode)
    {
      am_block_chart_select_none (self);
      self->curve = am_block_curve_new (self->values);
      gtk_widget_set_parent (GTK_WIDGET (self->curve), GTK_WIDGET (self));
      g_signal_connect (self->curve, "closed", G_CALLBACK (on_curve_closed), self);
    }
  for (guint i = 0; i < self->bars->len; i++)
    gtk_widget_set_focusable (g_ptr_array_index (self->bars, i), !is_curve_mode);
  if (has_focus)
    gtk_widget_grab_focus (GTK_WIDGET (self));
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CURVE_MODE]);
}

AmBlockScale
am_block_chart_get_scale (AmBlockChart *self)
{
  return self->scale;
}

GtkWidget *
am_block_chart_get_bar (AmBlockChart *self, guint bar)
{
  g_return_val_if_fail (bar < self->bars->len, NULL);

  return g_ptr_array_index (self->bars, bar);
}
