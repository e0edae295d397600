/* The curve under pointer and keyboard. */
#include "block-curve-private.h"

#include <math.h>

#define REACH 18.0 /* how near to a point the pointer takes it */
#define STEP 0.01
#define FINE_STEP 0.001
#define LARGE_STEP 0.1

void
am_block_curve_end_keying (AmBlockCurve *self)
{
  if (self->is_keying)
    am_block_values_end_edit (self->values);
  self->is_keying = FALSE;
}

void
am_block_curve_end_drag (AmBlockCurve *self)
{
  if (self->dragged >= 0)
    am_block_values_end_edit (self->values);
  self->dragged = -1;
}

static gint
find_near (AmBlockCurve *self, double x, double y)
{
  double nearest = REACH;
  gint found = -1;

  for (guint i = 0; i < self->knots->len; i++)
    {
      const AmCurveKnot *knot = am_block_curve_get_knot (self, i);
      double distance = hypot (x - am_block_curve_get_x (self, knot->x),
                               y - am_block_scale_get_y (&self->scale, knot->y));

      if (distance < nearest)
        {
          nearest = distance;
          found = (gint)i;
        }
    }
  return found;
}

static void
on_drag_begin (GtkGestureDrag *gesture, double x, double y, AmBlockCurve *self)
{
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  am_block_curve_end_keying (self);
  self->dragged = -1;
  am_block_values_begin_edit (self->values);
  self->dragged = find_near (self, x, y);
  if (self->dragged < 0)
    self->dragged = am_block_curve_add_point (self, am_block_curve_get_position (self, x),
                                              am_block_scale_get_value (&self->scale, y));
  self->drag_x = x;
  self->drag_y = y;
  if (self->dragged >= 0)
    gtk_widget_grab_focus (g_ptr_array_index (self->points, self->dragged));
  else
    am_block_values_end_edit (self->values);
}

static void
on_drag_update (GtkGestureDrag *gesture, double offset_x, double offset_y, AmBlockCurve *self)
{
  if (self->dragged >= 0)
    am_block_curve_move_point (
        self, (guint)self->dragged, am_block_curve_get_position (self, self->drag_x + offset_x),
        am_block_value_round (am_block_scale_get_value (&self->scale, self->drag_y + offset_y), STEP));
}

static void
on_drag_end (GtkGestureDrag *gesture, double offset_x, double offset_y, AmBlockCurve *self)
{
  am_block_curve_end_drag (self);
}

static void
on_drag_cancel (GtkGesture *gesture, GdkEventSequence *sequence, AmBlockCurve *self)
{
  am_block_curve_end_drag (self);
}

static void
on_remove_pressed (GtkGestureClick *gesture, int n_press, double x, double y, AmBlockCurve *self)
{
  gint point = find_near (self, x, y);

  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  if (point >= 0)
    am_block_curve_remove_point (self, (guint)point);
}

static gint
get_focused (AmBlockCurve *self)
{
  guint index;

  return g_ptr_array_find (self->points, gtk_widget_get_focus_child (GTK_WIDGET (self)), &index) ? (gint)index
                                                                                                 : -1;
}

/* Halfway to the next point, or to the one before the last. */
static void
add_beside (AmBlockCurve *self, guint point)
{
  guint left = MIN (point, self->knots->len - 2);
  double position
      = (am_block_curve_get_knot (self, left)->x + am_block_curve_get_knot (self, left + 1)->x) / 2;
  gint added = am_block_curve_add_point (
      self, position, am_monotone_curve_get (am_block_curve_get_knot (self, 0), self->knots->len, position));

  if (added >= 0)
    gtk_widget_grab_focus (g_ptr_array_index (self->points, added));
  else
    gtk_widget_error_bell (GTK_WIDGET (self));
}

static void
move_by_keys (AmBlockCurve *self, guint point, double bars, double difference)
{
  const AmCurveKnot *knot = am_block_curve_get_knot (self, point);

  if (!self->is_keying)
    am_block_values_begin_edit (self->values);
  self->is_keying = TRUE;
  am_block_curve_move_point (self, point, knot->x + bars,
                             am_block_value_round (knot->y + difference, FINE_STEP));
}

static gboolean
press_key (AmBlockCurve *self, guint point, guint keyval, GdkModifierType state)
{
  double step = state & GDK_CONTROL_MASK ? FINE_STEP : state & GDK_SHIFT_MASK ? LARGE_STEP : STEP;

  switch (keyval)
    {
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      move_by_keys (self, point, 0, step);
      return TRUE;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      move_by_keys (self, point, 0, -step);
      return TRUE;
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      move_by_keys (self, point, -1, 0);
      return TRUE;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      move_by_keys (self, point, 1, 0);
      return TRUE;
    case GDK_KEY_Insert:
    case GDK_KEY_plus:
    case GDK_KEY_KP_Add:
      add_beside (self, point);
      return TRUE;
    case GDK_KEY_Delete:
    case GDK_KEY_KP_Delete:
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      am_block_curve_remove_point (self, point);
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
on_key_pressed (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state,
                AmBlockCurve *self)
{
  gint point = get_focused (self);

  if (keyval == GDK_KEY_Escape)
    {
      g_signal_emit_by_name (self, "closed");
      return TRUE;
    }
  return point >= 0 && !(state & GDK_ALT_MASK) && press_key (self, (guint)point, keyval, state);
}

static void
on_key_released (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state,
                 AmBlockCurve *self)
{
  am_block_curve_end_keying (self);
}

static void
add_controller (AmBlockCurve *self, GtkEventController *controller)
{
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

void
am_block_curve_add_input (AmBlockCurve *self)
{
  GtkGesture *drag = gtk_gesture_drag_new ();
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *keys = gtk_event_controller_key_new ();

  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), self);
  g_signal_connect (drag, "drag-update", G_CALLBACK (on_drag_update), self);
  g_signal_connect (drag, "drag-end", G_CALLBACK (on_drag_end), self);
  g_signal_connect (drag, "cancel", G_CALLBACK (on_drag_cancel), self);
  add_controller (self, GTK_EVENT_CONTROLLER (drag));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (on_remove_pressed), self);
  add_controller (self, GTK_EVENT_CONTROLLER (click));
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key_pressed), self);
  g_signal_connect (keys, "key-released", G_CALLBACK (on_key_released), self);
  add_controller (self, keys);
}
