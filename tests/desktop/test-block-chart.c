#include "desktop-support.h"

#include <math.h>

#include "blocks/block-chart-private.h"

typedef struct
{
  AmBlockValues *values;
  AmBlockChart *chart;
  GtkWindow *window;
  guint n_changes;
} Fixture;

static void
count (gpointer object, guint *n)
{
  (*n)++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  AmFamily family = data != NULL ? GPOINTER_TO_UINT (data) : AM_FAMILY_SD1;

  fixture->values = am_block_values_new ();
  am_block_values_set_ratio (fixture->values, 0.5, 0, 1, -10, 10);
  am_block_values_set_layout (fixture->values, family, am_family_get_blocks (family), "title");
  fixture->chart = g_object_new (AM_TYPE_BLOCK_CHART, NULL);
  am_block_chart_set_values (fixture->chart, fixture->values);
  fixture->window = desktop_test_show (GTK_WIDGET (fixture->chart), 900, 320);
  g_signal_connect (fixture->values, "changed", G_CALLBACK (count), &fixture->n_changes);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gpointer chart = fixture->chart;

  g_object_add_weak_pointer (chart, &chart);
  gtk_window_destroy (fixture->window);
  desktop_test_settle ();
  g_assert_null (chart);
  g_assert_false (am_block_values_is_editing (fixture->values));
  g_object_unref (fixture->values);
}

static double
get (Fixture *fixture, guint bar)
{
  return am_block_values_get (fixture->values, bar);
}

static double
x_of (Fixture *fixture, guint bar)
{
  return am_block_layout_get_centre (fixture->chart->layout, bar);
}

static double
y_of (Fixture *fixture, double value)
{
  return am_block_scale_get_y (&fixture->chart->scale, value);
}

static gboolean
press (Fixture *fixture, guint keyval, GdkModifierType state)
{
  gboolean is_used = am_block_chart_press_key (fixture->chart, keyval, state);

  am_block_chart_end_keying (fixture->chart);
  return is_used;
}

static void
test_bars_are_sliders (Fixture *fixture, gconstpointer data)
{
  GtkWidget *in04 = am_block_chart_get_bar (fixture->chart, 5);
  GtkWidget *vae = am_block_chart_get_bar (fixture->chart, 28);

  gtk_test_accessible_assert_role (in04, GTK_ACCESSIBLE_ROLE_SLIDER);
  gtk_test_accessible_assert_property (in04, GTK_ACCESSIBLE_PROPERTY_LABEL, "IN04");
  gtk_test_accessible_assert_property (vae, GTK_ACCESSIBLE_PROPERTY_LABEL, "VAE");
  gtk_test_accessible_assert_property (in04, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 0.5);
  gtk_test_accessible_assert_property (in04, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "0.5, not set");
  am_block_values_set (fixture->values, 5, 0.75);
  gtk_test_accessible_assert_property (in04, GTK_ACCESSIBLE_PROPERTY_VALUE_NOW, 0.75);
  gtk_test_accessible_assert_property (in04, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, "0.75");
  gtk_test_accessible_assert_property (in04, GTK_ACCESSIBLE_PROPERTY_VALUE_MAX, 10.0);

  /* As assistive technology sets it. */
  gtk_range_set_value (GTK_RANGE (in04), 0.25);
  g_assert_cmpfloat (get (fixture, 5), ==, 0.25);
}

/* The wheel over a page that scrolls must not change bars by itself. */
static void
test_bars_are_bare (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GListModel) controllers
      = gtk_widget_observe_controllers (am_block_chart_get_bar (fixture->chart, 0));

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      g_assert_cmpint (gtk_event_controller_get_propagation_phase (controller), ==, GTK_PHASE_NONE);
    }
}

static void
test_drag_one (Fixture *fixture, gconstpointer data)
{
  guint edit = am_block_values_get_edit (fixture->values);

  am_block_chart_stroke_begin (fixture->chart, x_of (fixture, 5), y_of (fixture, 0.9), FALSE);
  g_assert_true (am_block_values_is_editing (fixture->values));
  g_assert_cmpfloat (get (fixture, 5), ==, 0.9);
  /* The hand shakes a little to the side. */
  am_block_chart_stroke_move (fixture->chart, x_of (fixture, 5) + 14, y_of (fixture, 0.2));
  g_assert_cmpfloat (get (fixture, 5), ==, 0.2);
  g_assert_true (isnan (get (fixture, 6)));
  am_block_chart_stroke_end (fixture->chart);
  g_assert_false (am_block_values_is_editing (fixture->values));
  g_assert_cmpuint (am_block_values_get_edit (fixture->values), ==, edit + 1);
}

/* Taken near its value, a bar moves with the pointer instead of jumping to it. */
static void
test_grip (Fixture *fixture, gconstpointer data)
{
  am_block_chart_stroke_begin (fixture->chart, x_of (fixture, 5), y_of (fixture, 0.5) + 4, FALSE);
  g_assert_true (isnan (get (fixture, 5)));
  am_block_chart_stroke_move (fixture->chart, x_of (fixture, 5), y_of (fixture, 0.75) + 4);
  g_assert_cmpfloat (get (fixture, 5), ==, 0.75);
  am_block_chart_stroke_end (fixture->chart);
  g_assert_cmpuint (fixture->n_changes, ==, 1);
}

static void
test_paint (Fixture *fixture, gconstpointer data)
{
  am_block_chart_stroke_begin (fixture->chart, x_of (fixture, 2), y_of (fixture, 0), FALSE);
  am_block_chart_stroke_move (fixture->chart, x_of (fixture, 12), y_of (fixture, 1));
  am_block_chart_stroke_end (fixture->chart);
  for (guint i = 2; i <= 12; i++)
    g_assert_cmpfloat_with_epsilon (get (fixture, i), (i - 2) / 10.0, 0.0051);
  g_assert_true (isnan (get (fixture, 1)));
  g_assert_true (isnan (get (fixture, 13)));
  /* Above the axis is its end. */
  am_block_chart_stroke_begin (fixture->chart, x_of (fixture, 2), -100, FALSE);
  am_block_chart_stroke_end (fixture->chart);
  g_assert_cmpfloat (get (fixture, 2), ==, 1);
}

static void
test_fine (Fixture *fixture, gconstpointer data)
{
  am_block_values_set (fixture->values, 5, 0.5);
  am_block_chart_stroke_begin (fixture->chart, x_of (fixture, 5), y_of (fixture, 0.2), TRUE);
  g_assert_cmpfloat (get (fixture, 5), ==, 0.5);
  am_block_chart_stroke_move (fixture->chart, x_of (fixture, 9), y_of (fixture, 0.7));
  am_block_chart_stroke_end (fixture->chart);
  g_assert_cmpfloat_with_epsilon (get (fixture, 5), 0.55, 0.0011);
  g_assert_true (isnan (get (fixture, 9)));
}

static void
test_drag_selection (Fixture *fixture, gconstpointer data)
{
  am_block_values_set (fixture->values, 3, 0.2);
  am_block_values_set (fixture->values, 4, 0.4);
  am_block_chart_select_range (fixture->chart, 3, 4);
  am_block_chart_stroke_begin (fixture->chart, x_of (fixture, 3), y_of (fixture, 0.2), FALSE);
  am_block_chart_stroke_move (fixture->chart, x_of (fixture, 3), y_of (fixture, 0.5));
  am_block_chart_stroke_end (fixture->chart);
  g_assert_cmpfloat_with_epsilon (get (fixture, 3), 0.5, 0.0051);
  g_assert_cmpfloat_with_epsilon (get (fixture, 4), 0.7, 0.0051);
  g_assert_true (isnan (get (fixture, 5)));
}

static void
test_keys (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    guint keyval;
    GdkModifierType state;
    double expected;
  } rows[] = {
    { GDK_KEY_Up, 0, 0.51 },    { GDK_KEY_Up, GDK_SHIFT_MASK, 0.61 }, { GDK_KEY_Up, GDK_CONTROL_MASK, 0.611 },
    { GDK_KEY_Down, 0, 0.601 }, { GDK_KEY_Page_Up, 0, 0.851 },        { GDK_KEY_Page_Down, 0, 0.601 },
    { GDK_KEY_End, 0, 1 },      { GDK_KEY_Up, GDK_SHIFT_MASK, 1.1 },  { GDK_KEY_Home, 0, 0 },
  };

  am_block_chart_focus_bar (fixture->chart, 4);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_assert_true (press (fixture, rows[i].keyval, rows[i].state));
      g_assert_cmpfloat_with_epsilon (get (fixture, 4), rows[i].expected, 1e-12);
    }
  g_assert_true (press (fixture, GDK_KEY_Delete, 0));
  g_assert_true (isnan (get (fixture, 4)));
  g_assert_false (press (fixture, GDK_KEY_Tab, 0));
  g_assert_false (press (fixture, GDK_KEY_x, 0));
}

/* A key that is held is one step of undo. */
static void
test_held_key (Fixture *fixture, gconstpointer data)
{
  guint edit = am_block_values_get_edit (fixture->values);

  am_block_chart_focus_bar (fixture->chart, 4);
  for (guint i = 0; i < 5; i++)
    am_block_chart_press_key (fixture->chart, GDK_KEY_Up, 0);
  g_assert_true (am_block_values_is_editing (fixture->values));
  am_block_chart_end_keying (fixture->chart);
  g_assert_cmpuint (am_block_values_get_edit (fixture->values), ==, edit + 1);
  g_assert_cmpfloat_with_epsilon (get (fixture, 4), 0.55, 1e-12);
}

static void
test_focus_keys (Fixture *fixture, gconstpointer data)
{
  g_assert_true (gtk_widget_grab_focus (GTK_WIDGET (fixture->chart)));
  g_assert_true (gtk_widget_has_focus (am_block_chart_get_bar (fixture->chart, 0)));
  press (fixture, GDK_KEY_Left, 0);
  g_assert_cmpuint (fixture->chart->focused, ==, 0);
  press (fixture, GDK_KEY_Right, 0);
  press (fixture, GDK_KEY_Right, 0);
  g_assert_true (gtk_widget_has_focus (am_block_chart_get_bar (fixture->chart, 2)));
  press (fixture, GDK_KEY_End, GDK_CONTROL_MASK);
  g_assert_cmpuint (fixture->chart->focused, ==, 28);
  press (fixture, GDK_KEY_Right, 0);
  g_assert_cmpuint (fixture->chart->focused, ==, 28);
  press (fixture, GDK_KEY_Home, GDK_CONTROL_MASK);
  g_assert_cmpuint (fixture->chart->focused, ==, 0);
}

/* Tab enters where the focus was last, and leaves. */
static void
test_tab (Fixture *fixture, gconstpointer data)
{
  am_block_chart_focus_bar (fixture->chart, 7);
  g_assert_false (gtk_widget_child_focus (GTK_WIDGET (fixture->chart), GTK_DIR_TAB_FORWARD));
  gtk_window_set_focus (fixture->window, NULL);
  g_assert_true (gtk_widget_child_focus (GTK_WIDGET (fixture->chart), GTK_DIR_TAB_FORWARD));
  g_assert_true (gtk_widget_has_focus (am_block_chart_get_bar (fixture->chart, 7)));
}

static void
test_selection_keys (Fixture *fixture, gconstpointer data)
{
  am_block_chart_focus_bar (fixture->chart, 4);
  press (fixture, GDK_KEY_Right, GDK_SHIFT_MASK);
  press (fixture, GDK_KEY_Right, GDK_SHIFT_MASK);
  g_assert_cmpuint (am_block_chart_count_selected (fixture->chart), ==, 3);
  press (fixture, GDK_KEY_Left, GDK_SHIFT_MASK);
  g_assert_cmpuint (am_block_chart_count_selected (fixture->chart), ==, 2);
  gtk_test_accessible_assert_state (am_block_chart_get_bar (fixture->chart, 5), GTK_ACCESSIBLE_STATE_SELECTED,
                                    TRUE);
  press (fixture, GDK_KEY_Up, GDK_SHIFT_MASK);
  g_assert_cmpfloat_with_epsilon (get (fixture, 4), 0.6, 1e-12);
  g_assert_cmpfloat_with_epsilon (get (fixture, 5), 0.6, 1e-12);
  g_assert_true (isnan (get (fixture, 6)));

  g_assert_true (press (fixture, GDK_KEY_a, GDK_CONTROL_MASK));
  g_assert_cmpuint (am_block_chart_count_selected (fixture->chart), ==, 29);
  press (fixture, GDK_KEY_Up, GDK_CONTROL_MASK);
  g_assert_cmpfloat_with_epsilon (get (fixture, 28), 0.501, 1e-12);
  g_assert_cmpfloat_with_epsilon (get (fixture, 5), 0.601, 1e-12);
  g_assert_true (press (fixture, GDK_KEY_Escape, 0));
  g_assert_cmpuint (am_block_chart_count_selected (fixture->chart), ==, 0);
  g_assert_false (press (fixture, GDK_KEY_Escape, 0));
}

static void
test_typing (Fixture *fixture, gconstpointer data)
{
  AmBlockChart *chart = fixture->chart;

  am_block_chart_focus_bar (chart, 4);
  g_assert_true (press (fixture, GDK_KEY_period, 0));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (chart->entry)), ==, ".");
  gtk_test_accessible_assert_property (chart->entry, GTK_ACCESSIBLE_PROPERTY_LABEL, "Value of IN03");
  gtk_editable_set_text (GTK_EDITABLE (chart->entry), "zzz");
  g_signal_emit_by_name (chart->entry, "activate");
  g_assert_true (gtk_widget_has_css_class (chart->entry, "error"));
  g_assert_true (isnan (get (fixture, 4)));
  gtk_editable_set_text (GTK_EDITABLE (chart->entry), "1,25");
  g_assert_false (gtk_widget_has_css_class (chart->entry, "error"));
  g_signal_emit_by_name (chart->entry, "activate");
  g_assert_cmpfloat (get (fixture, 4), ==, 1.25);
  g_assert_true (gtk_widget_has_focus (am_block_chart_get_bar (chart, 4)));

  g_assert_true (press (fixture, GDK_KEY_Return, 0));
  g_assert_cmpstr (gtk_editable_get_text (GTK_EDITABLE (chart->entry)), ==, "1.25");
  gtk_editable_set_text (GTK_EDITABLE (chart->entry), " ");
  g_signal_emit_by_name (chart->entry, "activate");
  g_assert_true (isnan (get (fixture, 4)));
}

static void
test_menu_actions (Fixture *fixture, gconstpointer data)
{
  GtkWidget *chart = GTK_WIDGET (fixture->chart);

  am_block_chart_popup_menu (fixture->chart, 14);
  g_assert_true (gtk_widget_get_visible (fixture->chart->menu));
  gtk_popover_popdown (GTK_POPOVER (fixture->chart->menu));
  g_assert_true (gtk_widget_activate_action (chart, "bar.select-group", NULL));
  g_assert_cmpuint (am_block_chart_count_selected (fixture->chart), ==, 12);
  g_assert_true (gtk_widget_activate_action (chart, "bar.set", "d", 0.75));
  g_assert_cmpfloat (get (fixture, 14), ==, 0.75);
  g_assert_cmpfloat (get (fixture, 25), ==, 0.75);
  g_assert_true (isnan (get (fixture, 13)));
  am_block_values_set (fixture->values, 14, 0.15);
  /* Opened on a bar of the selection, the menu offers to level it. */
  am_block_chart_select_range (fixture->chart, 14, 15);
  am_block_chart_popup_menu (fixture->chart, 14);
  gtk_popover_popdown (GTK_POPOVER (fixture->chart->menu));
  g_assert_true (gtk_widget_activate_action (chart, "bar.level", NULL));
  g_assert_cmpfloat (get (fixture, 14), ==, 0.45);
  g_assert_cmpfloat (get (fixture, 15), ==, 0.45);
  g_assert_true (gtk_widget_activate_action (chart, "bar.unset", NULL));
  g_assert_true (isnan (get (fixture, 14)));
}

static void
test_layout_change (Fixture *fixture, gconstpointer data)
{
  am_block_chart_focus_bar (fixture->chart, 28);
  am_block_chart_stroke_begin (fixture->chart, x_of (fixture, 28), y_of (fixture, 0), FALSE);
  am_block_values_set_layout (fixture->values, AM_FAMILY_FLUX, am_family_get_blocks (AM_FAMILY_FLUX), "Flux");
  g_assert_false (am_block_values_is_editing (fixture->values));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (fixture->window));
  g_assert_cmpuint (fixture->chart->bars->len, ==, 61);
  gtk_test_accessible_assert_property (am_block_chart_get_bar (fixture->chart, 60),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "OUT");
  am_block_values_set_layout (fixture->values, AM_FAMILY_MLP, am_family_get_blocks (AM_FAMILY_MLP), "MLP");
  g_assert_cmpuint (fixture->chart->bars->len, ==, 0);
  g_assert_false (gtk_widget_grab_focus (GTK_WIDGET (fixture->chart)));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (fixture->window));
}

static void
test_curve (Fixture *fixture, gconstpointer data)
{
  AmBlockCurve *curve;
  double position, value;

  am_block_chart_focus_bar (fixture->chart, 3);
  am_block_chart_set_is_curve_mode (fixture->chart, TRUE);
  curve = fixture->chart->curve;
  g_assert_cmpuint (fixture->n_changes, ==, 0);
  g_assert_cmpuint (am_block_curve_get_n_points (curve), ==, 5);
  g_assert_true (gtk_widget_has_focus (am_block_curve_get_point_widget (curve, 0)));
  gtk_test_accessible_assert_role (am_block_curve_get_point_widget (curve, 1), GTK_ACCESSIBLE_ROLE_SLIDER);
  gtk_test_accessible_assert_property (am_block_curve_get_point_widget (curve, 0),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, "Curve point 1 of 5, at IN00");

  am_block_curve_move_point (curve, 0, 0, 1);
  am_block_curve_get_point (curve, 0, &position, &value);
  g_assert_cmpfloat (position, ==, 1);
  g_assert_cmpfloat (value, ==, 1);
  g_assert_cmpfloat (get (fixture, 1), ==, 1);
  g_assert_cmpfloat (get (fixture, 25), ==, 0.5);
  g_assert_true (isnan (get (fixture, 0)));
  g_assert_true (isnan (get (fixture, 26)));
  for (guint i = 1; i < 7; i++)
    g_assert_cmpfloat (get (fixture, i), >=, get (fixture, i + 1));

  /* As assistive technology sets it. */
  gtk_range_set_value (GTK_RANGE (am_block_curve_get_point_widget (curve, 4)), 0.25);
  g_assert_cmpfloat (get (fixture, 25), ==, 0.25);
}

static void
test_curve_points (Fixture *fixture, gconstpointer data)
{
  AmBlockCurve *curve;
  double position, value;

  am_block_chart_set_is_curve_mode (fixture->chart, TRUE);
  curve = fixture->chart->curve;
  g_assert_cmpint (am_block_curve_add_point (curve, 10, 0.9), ==, 2);
  g_assert_cmpfloat (get (fixture, 10), ==, 0.9);
  g_assert_cmpint (am_block_curve_add_point (curve, 10.2, 0.1), ==, -1);
  /* A point stays between its neighbours. */
  am_block_curve_move_point (curve, 2, 99, 0.9);
  am_block_curve_get_point (curve, 2, &position, &value);
  g_assert_cmpfloat (position, ==, 12.5);
  g_assert_true (am_block_curve_remove_point (curve, 2));
  g_assert_false (am_block_curve_remove_point (curve, 0));
  g_assert_false (am_block_curve_remove_point (curve, 4));
  g_assert_cmpuint (am_block_curve_get_n_points (curve), ==, 5);
  while (am_block_curve_get_n_points (curve) < 12)
    for (guint i = 1; i <= 25; i++)
      am_block_curve_add_point (curve, i, 0.5);
  g_assert_cmpint (am_block_curve_add_point (curve, 24.5, 0.5), ==, -1);
}

/* After undo its points lie on the bars again. */
static void
test_curve_follows (Fixture *fixture, gconstpointer data)
{
  double position, value;

  am_block_chart_set_is_curve_mode (fixture->chart, TRUE);
  am_block_curve_move_point (fixture->chart->curve, 2, 13, 1);
  am_block_values_clear (fixture->values);
  am_block_curve_get_point (fixture->chart->curve, 2, &position, &value);
  g_assert_cmpfloat (position, ==, 13);
  g_assert_cmpfloat (value, ==, 0.5);
  am_block_chart_set_is_curve_mode (fixture->chart, FALSE);
  g_assert_true (gtk_widget_get_focusable (am_block_chart_get_bar (fixture->chart, 0)));
}

static void
test_beyond (Fixture *fixture, gconstpointer data)
{
  am_block_values_set (fixture->values, 3, 4);
  am_block_values_set (fixture->values, 4, -4);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (fixture->window));
  am_block_values_set_ratio (fixture->values, 0.5, -1, 2, -10, 10);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (fixture->window));
  g_assert_cmpfloat (am_block_chart_get_scale (fixture->chart).minimum, ==, -1);
  am_block_chart_stroke_begin (fixture->chart, x_of (fixture, 3), y_of (fixture, -1), FALSE);
  am_block_chart_stroke_end (fixture->chart);
  g_assert_cmpfloat (get (fixture, 3), ==, -1);
}

#define ADD(path, func) g_test_add ("/block-chart/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  ADD ("bars-are-sliders", test_bars_are_sliders);
  ADD ("bars-are-bare", test_bars_are_bare);
  ADD ("drag-one", test_drag_one);
  ADD ("grip", test_grip);
  ADD ("paint", test_paint);
  ADD ("fine", test_fine);
  ADD ("drag-selection", test_drag_selection);
  ADD ("keys", test_keys);
  ADD ("held-key", test_held_key);
  ADD ("focus-keys", test_focus_keys);
  ADD ("tab", test_tab);
  ADD ("selection-keys", test_selection_keys);
  ADD ("typing", test_typing);
  ADD ("menu-actions", test_menu_actions);
  ADD ("layout-change", test_layout_change);
  ADD ("curve", test_curve);
  ADD ("curve-points", test_curve_points);
  ADD ("curve-follows", test_curve_follows);
  ADD ("beyond", test_beyond);
  return g_test_run ();
}
