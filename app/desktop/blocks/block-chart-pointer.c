/* The chart under the pointer: strokes over bars, the wheel, double click and menu. */
#include "block-chart-private.h"

#include <math.h>

#define STEP 0.01
#define FINE_STEP 0.001
#define FINE_SHARE 0.1
#define GRIP_REACH 6.0 /* how near to a value the pointer takes hold of it */
#define LOCK_REACH 4.0 /* how far beyond its column the pointer stays with the first bar */
#define WHEEL_PAUSE 600

static double
get_effective (AmBlockChart *self, guint bar)
{
  return am_block_values_get_effective (self->values, bar);
}

static void
keep_start_values (AmBlockChart *self)
{
  g_free (self->start_values);
  self->start_values = g_new (double, self->bars->len + 1);
  for (guint i = 0; i < self->bars->len; i++)
    self->start_values[i] = get_effective (self, i);
}

/* Near its value a bar does not jump to the pointer. */
static void
take_grip (AmBlockChart *self, double y)
{
  double value = get_effective (self, self->start_bar);
  double distance = y - am_block_scale_get_y (&self->scale, value);

  self->is_untouched = fabs (distance) <= GRIP_REACH;
  self->grip = self->is_untouched ? distance : 0;
}

void
am_block_chart_stroke_begin (AmBlockChart *self, double x, double y, gboolean is_fine)
{
  if (self->bars->len == 0 || self->stroke != AM_STROKE_NONE)
    return;
  am_block_chart_end_keying (self);
  self->start_bar = am_block_layout_find (self->layout, x);
  self->start_x = x;
  self->start_y = y;
  self->is_locked = TRUE;
  self->is_fine = is_fine;
  keep_start_values (self);
  take_grip (self, y);
  am_block_chart_focus_bar (self, self->start_bar);
  if (!am_block_bar_get_is_selected (g_ptr_array_index (self->bars, self->start_bar)))
    am_block_chart_select_none (self);
  am_block_values_begin_edit (self->values);
  self->stroke = is_fine || am_block_chart_count_selected (self) > 1 ? AM_STROKE_OFFSET : AM_STROKE_PAINT;
  self->last_x = am_block_layout_get_centre (self->layout, self->start_bar);
  self->last_value = self->start_values[self->start_bar];
  if (!self->is_untouched && self->stroke == AM_STROKE_PAINT)
    am_block_chart_stroke_move (self, x, y);
}

static void
offset_bars (AmBlockChart *self, double y)
{
  double from = am_block_scale_get_value (&self->scale, self->start_y - self->grip);
  double to = am_block_scale_get_value (&self->scale, y - self->grip);
  double difference = self->is_fine ? FINE_SHARE * (to - from) : to - from;
  g_autofree double *values = g_new (double, self->bars->len + 1);

  for (guint i = 0; i < self->bars->len; i++)
    values[i] = am_block_chart_is_target (self, i) ? am_block_value_round (self->start_values[i] + difference,
                                                                           self->is_fine ? FINE_STEP : STEP)
                                                   : am_block_values_get (self->values, i);
  am_block_values_set_all (self->values, values);
}

static void
paint_bars (AmBlockChart *self, double x, double y)
{
  g_autofree double *values = g_new (double, self->bars->len + 1);
  double value = am_block_scale_get_value (&self->scale, y - self->grip);

  for (guint i = 0; i < self->bars->len; i++)
    values[i] = NAN;
  am_block_layout_sweep (self->layout, self->last_x, self->last_value, x, value, values);
  for (guint i = 0; i < self->bars->len; i++)
    values[i]
        = isnan (values[i]) ? am_block_values_get (self->values, i) : am_block_value_round (values[i], STEP);
  am_block_values_set_all (self->values, values);
  self->last_x = x;
  self->last_value = value;
}

/* A hand that draws one bar up is not quite steady: neighbours change only once the pointer is well over
 * them. */
static double
hold_column (AmBlockChart *self, double x)
{
  double centre = am_block_layout_get_centre (self->layout, self->start_bar);
  double reach = g_array_index (self->layout->widths, float, self->start_bar) / 2 + LOCK_REACH;

  if (self->is_locked && fabs (x - centre) <= reach)
    return centre;
  self->is_locked = FALSE;
  return x;
}

void
am_block_chart_stroke_move (AmBlockChart *self, double x, double y)
{
  if (self->stroke == AM_STROKE_NONE)
    return;
  if (self->stroke == AM_STROKE_OFFSET)
    offset_bars (self, y);
  else
    paint_bars (self, hold_column (self, x), y);
}

void
am_block_chart_stroke_end (AmBlockChart *self)
{
  if (self->stroke == AM_STROKE_NONE)
    return;
  self->stroke = AM_STROKE_NONE;
  am_block_values_end_edit (self->values);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
is_second_press (AmBlockChart *self, GtkGesture *gesture, guint bar)
{
  guint32 time = gtk_event_controller_get_current_event_time (GTK_EVENT_CONTROLLER (gesture));
  guint32 since = time - self->press_time;
  guint32 limit;
  gboolean is_second;

  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-double-click-time", &limit, NULL);
  is_second = self->press_bar == bar && since <= limit;
  self->press_time = time;
  self->press_bar = is_second ? G_MAXUINT : bar;
  return is_second;
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, AmBlockChart *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (gesture));
  guint bar;

  if (self->curve != NULL || self->bars->len == 0)
    {
      gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_DENIED);
      return;
    }
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  bar = am_block_layout_find (self->layout, x);
  if (is_second_press (self, GTK_GESTURE (gesture), bar))
    {
      am_block_chart_focus_bar (self, bar);
      am_block_chart_set_targets (self, NAN);
    }
  else if (state & GDK_CONTROL_MASK)
    {
      am_block_chart_focus_bar (self, bar);
      am_block_chart_toggle (self, bar);
    }
  else
    am_block_chart_stroke_begin (self, x, y, (state & GDK_SHIFT_MASK) != 0);
}

static void
on_drag_update (GtkGestureDrag *gesture, double offset_x, double offset_y, AmBlockChart *self)
{
  if (fabs (offset_x) + fabs (offset_y) > GRIP_REACH)
    self->press_bar = G_MAXUINT;
  am_block_chart_stroke_move (self, self->start_x + offset_x, self->start_y + offset_y);
}

static void
on_drag_end (GtkGestureDrag *gesture, double offset_x, double offset_y, AmBlockChart *self)
{
  am_block_chart_stroke_end (self);
}

static void
on_drag_cancel (GtkGesture *gesture, GdkEventSequence *sequence, AmBlockChart *self)
{
  am_block_chart_stroke_end (self);
}

static void
on_menu_pressed (GtkGestureClick *gesture, int n_press, double x, double y, AmBlockChart *self)
{
  guint bar;

  if (self->curve != NULL || self->bars->len == 0)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  bar = am_block_layout_find (self->layout, x);
  if (!am_block_bar_get_is_selected (g_ptr_array_index (self->bars, bar)))
    am_block_chart_select_none (self);
  am_block_chart_popup_menu (self, bar);
}

void
am_block_chart_set_hovered (AmBlockChart *self, gint bar)
{
  if (self->hovered == bar)
    return;
  for (guint i = 0; i < self->bars->len; i++)
    am_block_bar_set_is_hovered (g_ptr_array_index (self->bars, i), (gint)i == bar);
  self->hovered = bar;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_motion (GtkEventControllerMotion *controller, double x, double y, AmBlockChart *self)
{
  if (self->curve == NULL && self->bars->len > 0)
    am_block_chart_set_hovered (self, (gint)am_block_layout_find (self->layout, x));
}

static void
on_leave (GtkEventControllerMotion *controller, AmBlockChart *self)
{
  am_block_chart_set_hovered (self, -1);
}

static gboolean
end_wheel (gpointer data)
{
  AmBlockChart *self = data;

  self->wheel_timeout = 0;
  am_block_chart_end_keying (self);
  return G_SOURCE_REMOVE;
}

static void
turn_wheel (AmBlockChart *self, double notches, gboolean is_fine)
{
  double step = is_fine ? FINE_STEP : STEP;
  guint bar = self->hovered >= 0 ? (guint)self->hovered : self->focused;
  double value = am_block_value_round (get_effective (self, bar) - notches * step, FINE_STEP);

  am_block_chart_begin_keying (self);
  g_clear_handle_id (&self->wheel_timeout, g_source_remove);
  self->wheel_timeout = g_timeout_add (WHEEL_PAUSE, end_wheel, self);
  am_block_values_set (self->values, bar, value);
}

/* Only once the user is at work here: a page that scrolls past the pointer must not change values. */
static gboolean
on_scroll (GtkEventControllerScroll *controller, double dx, double dy, AmBlockChart *self)
{
  GdkModifierType state = gtk_event_controller_get_current_event_state (GTK_EVENT_CONTROLLER (controller));
  gboolean is_fine = (state & GDK_SHIFT_MASK) != 0;

  if (self->curve != NULL || self->bars->len == 0 || gtk_widget_get_focus_child (GTK_WIDGET (self)) == NULL)
    return GDK_EVENT_PROPAGATE;
  /* With Shift a wheel scrolls sideways. */
  if (dy == 0 && is_fine)
    dy = dx;
  if (dy == 0)
    return GDK_EVENT_PROPAGATE;
  turn_wheel (self, dy, is_fine);
  return GDK_EVENT_STOP;
}

static void
add_controller (AmBlockChart *self, GtkEventController *controller)
{
  /* Before the bars, which are sliders and would take presses and the wheel themselves. */
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

void
am_block_chart_add_pointer (AmBlockChart *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *scroll = gtk_event_controller_scroll_new (GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (drag), GDK_BUTTON_PRIMARY);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  g_signal_connect (drag, "cancel", G_CALLBACK (on_drag_cancel), self);
  add_controller (self, GTK_EVENT_CONTROLLER (drag));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (on_menu_pressed), self);
  add_controller (self, GTK_EVENT_CONTROLLER (click));
  g_signal_connect (motion, "enter", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  g_signal_connect (scroll, "scroll", G_CALLBACK (on_scroll), self);
  add_controller (self, scroll);
}
