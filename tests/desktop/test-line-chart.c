#include "desktop-support.h"

#include <math.h>

#include "charts/line-chart.h"

static const double xs[] = { 0, 0.25, 0.5, 0.75, 1 };
static const char *const texts[] = { "zero", "one", "two", "three", "four", NULL };

static AmLineChart *
make_chart (const double *ys, gboolean is_percent)
{
  AmLineChart *chart = AM_LINE_CHART (am_line_chart_new ("Chart"));

  am_line_chart_set_axes (chart, is_percent, "start", "end");
  am_line_chart_add_series (chart, AM_LINE_SOLID, 5, xs, ys);
  am_line_chart_set_points (chart, 5, xs, texts, "summary");
  return chart;
}

static void
assert_range (AmLineChart *chart, double lowest, double highest)
{
  double from, to;

  am_line_chart_get_range (chart, &from, &to);
  g_assert_cmpfloat_with_epsilon (from, lowest, 1e-9);
  g_assert_cmpfloat_with_epsilon (to, highest, 1e-9);
}

static void
test_range (void)
{
  const double losses[] = { 0.12, 0.9, 1.83, 0.7, 0.1 };
  const double shares[] = { 0.97, 0.5, NAN, 0.6, 1 };
  const double same[] = { 2, 2, 2, 2, 2 };
  const double nothing[] = { NAN, NAN, INFINITY, NAN, NAN };
  g_autoptr (AmLineChart) chart = g_object_ref_sink (make_chart (losses, FALSE));
  g_autoptr (AmLineChart) percent = g_object_ref_sink (make_chart (shares, TRUE));
  g_autoptr (AmLineChart) flat = g_object_ref_sink (make_chart (same, FALSE));
  g_autoptr (AmLineChart) empty = g_object_ref_sink (make_chart (nothing, FALSE));
  double from, to;

  assert_range (chart, 0, 2);
  assert_range (percent, 0.5, 1);
  am_line_chart_get_range (flat, &from, &to);
  g_assert_cmpfloat (from, <, 2);
  g_assert_cmpfloat (to, >, 2);
  am_line_chart_get_range (empty, &from, &to);
  g_assert_true (isfinite (from) && isfinite (to) && from < to);
}

/* Bars stand on 0. */
static void
test_bars (void)
{
  const double ys[] = { 0.8, 0.9, 0.85, 0.9, 1 };
  g_autoptr (AmLineChart) chart = g_object_ref_sink (make_chart (ys, TRUE));

  assert_range (chart, 0.8, 1);
  am_line_chart_add_series (chart, AM_LINE_BARS, 5, xs, ys);
  assert_range (chart, 0, 1);
}

static gboolean
press (AmLineChart *chart, guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (chart));

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      for (guint j = 0; GTK_IS_SHORTCUT_CONTROLLER (controller)
                        && j < g_list_model_get_n_items (G_LIST_MODEL (controller));
           j++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (G_LIST_MODEL (controller), j);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

          if (GTK_IS_KEYVAL_TRIGGER (trigger)
              && gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == key)
            return gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, GTK_WIDGET (chart),
                                                 gtk_shortcut_get_arguments (shortcut));
        }
    }
  return FALSE;
}

static void
test_keys (void)
{
  const double ys[] = { 1, 2, 3, 2, 1 };
  AmLineChart *chart = make_chart (ys, FALSE);
  GtkWindow *window = desktop_test_show (GTK_WIDGET (chart), 400, 240);

  g_assert_cmpstr (am_line_chart_get_readout (chart), ==, "summary");
  g_assert_true (press (chart, GDK_KEY_Right));
  g_assert_cmpstr (am_line_chart_get_readout (chart), ==, "zero");
  g_assert_true (press (chart, GDK_KEY_Right));
  g_assert_cmpstr (am_line_chart_get_readout (chart), ==, "one");
  g_assert_true (press (chart, GDK_KEY_End));
  g_assert_cmpint (am_line_chart_get_cursor (chart), ==, 4);
  g_assert_true (press (chart, GDK_KEY_Left));
  g_assert_cmpstr (am_line_chart_get_readout (chart), ==, "three");
  g_assert_true (press (chart, GDK_KEY_Home));
  g_assert_cmpint (am_line_chart_get_cursor (chart), ==, 0);
  gtk_widget_set_direction (GTK_WIDGET (chart), GTK_TEXT_DIR_RTL);
  g_assert_true (press (chart, GDK_KEY_Left));
  g_assert_cmpint (am_line_chart_get_cursor (chart), ==, 1);
  am_line_chart_set_cursor (chart, 100);
  g_assert_cmpint (am_line_chart_get_cursor (chart), ==, 4);
  am_line_chart_clear (chart);
  g_assert_cmpint (am_line_chart_get_cursor (chart), ==, -1);
  g_assert_cmpstr (am_line_chart_get_readout (chart), ==, "");
  g_assert_false (press (chart, GDK_KEY_Right));
  gtk_window_destroy (window);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);
  g_test_add_func ("/line-chart/range", test_range);
  g_test_add_func ("/line-chart/bars", test_bars);
  g_test_add_func ("/line-chart/keys", test_keys);
  return g_test_run ();
}
