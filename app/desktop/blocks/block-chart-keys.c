/* The chart under the keyboard. */
#include "block-chart-private.h"

#include <math.h>

#include "blocks/block-chart.h"

#define FINE_STEP 0.001
#define STEP 0.01
#define LARGE_STEP 0.1
#define PAGE_STEP 0.25

/* A key that is held, or struck again before it is let go, makes one step of undo. */
void
am_block_chart_begin_keying (AmBlockChart *self)
{
  if (!self->is_keying)
    am_block_values_begin_edit (self->values);
  self->is_keying = TRUE;
}

void
am_block_chart_end_keying (AmBlockChart *self)
{
  g_clear_handle_id (&self->wheel_timeout, g_source_remove);
  if (self->is_keying)
    am_block_values_end_edit (self->values);
  self->is_keying = FALSE;
}

void
am_block_chart_shift (AmBlockChart *self, double difference)
{
  g_autofree double *values = g_new (double, self->bars->len + 1);

  for (guint i = 0; i < self->bars->len; i++)
    values[i]
        = am_block_chart_is_target (self, i)
              ? am_block_value_round (am_block_values_get_effective (self->values, i) + difference, FINE_STEP)
              : am_block_values_get (self->values, i);
  am_block_values_set_all (self->values, values);
}

static void
go (AmBlockChart *self, guint bar, gboolean extends)
{
  if (extends && am_block_chart_count_selected (self) == 0)
    self->anchor = self->focused;
  am_block_chart_focus_bar (self, bar);
  if (extends)
    am_block_chart_select_range (self, self->anchor, bar);
  else
    am_block_chart_select_none (self);
}

static gboolean
press_direction (AmBlockChart *self, guint keyval, GdkModifierType state)
{
  gboolean extends = (state & GDK_SHIFT_MASK) != 0;
  gboolean is_far = (state & GDK_CONTROL_MASK) != 0;
  guint last = self->bars->len - 1;

  switch (keyval)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      go (self, self->focused > 0 ? self->focused - 1 : 0, extends);
      return TRUE;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      go (self, MIN (self->focused + 1, last), extends);
      return TRUE;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      if (is_far)
        go (self, 0, extends);
      return is_far;
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      if (is_far)
        go (self, last, extends);
      return is_far;
    default:
      return FALSE;
    }
}

/* How far a key moves the value; 0 for other keys. */
static double
get_difference (guint keyval, GdkModifierType state)
{
  double step = state & GDK_CONTROL_MASK ? FINE_STEP : state & GDK_SHIFT_MASK ? LARGE_STEP : STEP;

  switch (keyval)
    {
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      return step;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      return -step;
    case GDK_KEY_Page_Up:
    case GDK_KEY_KP_Page_Up:
      return PAGE_STEP;
    case GDK_KEY_Page_Down:
    case GDK_KEY_KP_Page_Down:
      return -PAGE_STEP;
    default:
      return 0;
    }
}

static gboolean
press_value (AmBlockChart *self, guint keyval, GdkModifierType state)
{
  double difference = get_difference (keyval, state);
  gboolean is_end = keyval == GDK_KEY_End || keyval == GDK_KEY_KP_End;

  if (difference != 0)
    {
      am_block_chart_begin_keying (self);
      am_block_chart_shift (self, difference);
      return TRUE;
    }
  switch (keyval)
    {
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      am_block_chart_set_targets (self, is_end ? self->scale.maximum : self->scale.minimum);
      return TRUE;
    case GDK_KEY_Delete:
    case GDK_KEY_KP_Delete:
    case GDK_KEY_BackSpace:
      am_block_chart_set_targets (self, NAN);
      return TRUE;
    default:
      return FALSE;
    }
}

static gboolean
press_command (AmBlockChart *self, guint keyval)
{
  switch (keyval)
    {
    case GDK_KEY_a:
      am_block_chart_select_range (self, 0, self->bars->len - 1);
      return TRUE;
    case GDK_KEY_c:
      return gtk_widget_activate_action (GTK_WIDGET (self), "blocks.copy", NULL);
    case GDK_KEY_v:
      return gtk_widget_activate_action (GTK_WIDGET (self), "blocks.paste", NULL);
    case GDK_KEY_space:
      am_block_chart_toggle (self, self->focused);
      return TRUE;
    default:
      return FALSE;
    }
}

/* A figure, point or sign begins the number that the user types for the bar. */
static gboolean
press_character (AmBlockChart *self, guint keyval, GdkModifierType state)
{
  gunichar character = gdk_keyval_to_unicode (keyval);
  char text[7] = "";

  if (keyval == GDK_KEY_F10 && state & GDK_SHIFT_MASK)
    keyval = GDK_KEY_Menu;
  switch (keyval)
    {
    case GDK_KEY_Menu:
      am_block_chart_popup_menu (self, self->focused);
      return TRUE;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_F2:
      am_block_chart_popup_entry (self, NULL);
      return TRUE;
    case GDK_KEY_Escape:
      if (am_block_chart_count_selected (self) == 0)
        return FALSE;
      am_block_chart_select_none (self);
      return TRUE;
    default:
      break;
    }
  if (character > 127 || (!g_ascii_isdigit (character) && strchr (".,-", (char)character) == NULL)
      || character == 0)
    return FALSE;
  text[g_unichar_to_utf8 (character, text)] = '\0';
  am_block_chart_popup_entry (self, text);
  return TRUE;
}

gboolean
am_block_chart_press_key (AmBlockChart *self, guint keyval, GdkModifierType state)
{
  if (self->curve != NULL || self->bars->len == 0 || state & GDK_ALT_MASK)
    return FALSE;
  /* Until the pointer moves again, what it rests on is not what the user looks at. */
  am_block_chart_set_hovered (self, -1);
  if (press_direction (self, keyval, state) || press_value (self, keyval, state))
    return TRUE;
  if (state & GDK_CONTROL_MASK)
    return press_command (self, gdk_keyval_to_lower (keyval));
  return press_character (self, keyval, state);
}

/* Keys of entry and menu, which are children too, are theirs. */
static gboolean
is_at_bar (AmBlockChart *self)
{
  GtkWidget *child = gtk_widget_get_focus_child (GTK_WIDGET (self));

  return child != NULL && AM_IS_BLOCK_BAR (child);
}

static gboolean
on_key_pressed (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state,
                AmBlockChart *self)
{
  return is_at_bar (self) && am_block_chart_press_key (self, keyval, state);
}

static void
on_key_released (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state,
                 AmBlockChart *self)
{
  am_block_chart_end_keying (self);
}

void
am_block_chart_add_keys (AmBlockChart *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_key_pressed), self);
  g_signal_connect (keys, "key-released", G_CALLBACK (on_key_released), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}
