#include "desktop-support.h"

#include <math.h>

#include "charts/histogram-view.h"

static const guint64 counts_a[] = { 1, 10, 100, 1000, 100, 10, 1, 0 };
static const guint64 counts_b[] = { 0, 5, 80, 900, 120, 40, 9, 2 };

static AmHistogramView *
make_view (void)
{
  AmHistogramView *view = AM_HISTOGRAM_VIEW (am_histogram_view_new ());

  am_histogram_view_set_counts (view, -1.0, 1.0, G_N_ELEMENTS (counts_a), counts_a, counts_b);
  return view;
}

static void
test_heights (void)
{
  g_autoptr (AmHistogramView) view = g_object_ref_sink (make_view ());

  g_assert_cmpfloat_with_epsilon (am_histogram_view_get_height (view, 1000), 1.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (am_histogram_view_get_height (view, 100), 0.1, 1e-12);
  g_assert_cmpfloat (am_histogram_view_get_height (view, 0), ==, 0.0);

  am_histogram_view_set_logarithmic (view, TRUE);
  g_assert_cmpfloat_with_epsilon (am_histogram_view_get_height (view, 1000), 1.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (am_histogram_view_get_height (view, 100), log (101) / log (1001), 1e-12);
  g_assert_cmpfloat (am_histogram_view_get_height (view, 0), ==, 0.0);
}

static void
test_cursor (void)
{
  g_autoptr (AmHistogramView) view = g_object_ref_sink (make_view ());

  g_assert_cmpint (am_histogram_view_get_cursor (view), ==, -1);
  g_assert_cmpstr (am_histogram_view_get_readout (view), ==, "");
  am_histogram_view_set_cursor (view, 3);
  g_assert_cmpstr (am_histogram_view_get_readout (view), ==, "-0.25 to 0: 1000 in A, 900 in B");
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                       "-0.25 to 0: 1000 in A, 900 in B");
  am_histogram_view_set_cursor (view, 1000);
  g_assert_cmpint (am_histogram_view_get_cursor (view), ==, 7);
  am_histogram_view_set_counts (view, 0.0, 1.0, 2, NULL, counts_b);
  g_assert_cmpint (am_histogram_view_get_cursor (view), ==, -1);
  am_histogram_view_set_cursor (view, 1);
  g_assert_cmpstr (am_histogram_view_get_readout (view), ==, "0.5 to 1: 5 in B");
}

static gboolean
press (AmHistogramView *view, guint key)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (view));
  gboolean is_handled = FALSE;

  /* The bindings of the class, as a key press runs them. */
  for (guint i = 0; i < g_list_model_get_n_items (controllers) && !is_handled; i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      GListModel *shortcuts = GTK_IS_SHORTCUT_CONTROLLER (controller) ? G_LIST_MODEL (controller) : NULL;

      for (guint j = 0; shortcuts != NULL && j < g_list_model_get_n_items (shortcuts) && !is_handled; j++)
        {
          g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (shortcuts, j);
          GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

          if (GTK_IS_KEYVAL_TRIGGER (trigger)
              && gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == key)
            is_handled
                = gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, GTK_WIDGET (view),
                                                gtk_shortcut_get_arguments (shortcut));
        }
    }
  return is_handled;
}

static void
test_keys (void)
{
  g_autoptr (AmHistogramView) view = g_object_ref_sink (make_view ());

  g_assert_true (gtk_widget_get_focusable (GTK_WIDGET (view)));
  g_assert_true (press (view, GDK_KEY_Right));
  g_assert_cmpint (am_histogram_view_get_cursor (view), ==, 0);
  press (view, GDK_KEY_Right);
  g_assert_cmpint (am_histogram_view_get_cursor (view), ==, 1);
  press (view, GDK_KEY_End);
  g_assert_cmpint (am_histogram_view_get_cursor (view), ==, 7);
  press (view, GDK_KEY_Right);
  g_assert_cmpint (am_histogram_view_get_cursor (view), ==, 7);
  press (view, GDK_KEY_Left);
  g_assert_cmpint (am_histogram_view_get_cursor (view), ==, 6);
  press (view, GDK_KEY_Home);
  g_assert_cmpint (am_histogram_view_get_cursor (view), ==, 0);
}

static void
test_role (void)
{
  g_autoptr (AmHistogramView) view = g_object_ref_sink (make_view ());

  gtk_test_accessible_assert_role (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (view), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       "Histogram of the values");
}

static void
test_drawing (void)
{
  AmHistogramView *view = make_view ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (view), 400, 240);

  am_histogram_view_set_cursor (view, 4);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (view));
  desktop_test_save_picture (GTK_WIDGET (window), "histogram-view");

  /* One side alone, nothing at all, and a tensor of zeros draw as well. */
  am_histogram_view_set_counts (view, 0.0, 1.0, 2, counts_a, NULL);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (view));
  am_histogram_view_set_counts (view, 0.0, 1.0, 2, (const guint64[]){ 0, 0 }, NULL);
  g_assert_cmpfloat (am_histogram_view_get_height (view, 0), ==, 0.0);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (view));
  am_histogram_view_set_counts (view, 0.0, 1.0, 0, NULL, NULL);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (view));
  gtk_window_destroy (window);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/histogram-view/heights", test_heights);
  g_test_add_func ("/histogram-view/cursor", test_cursor);
  g_test_add_func ("/histogram-view/keys", test_keys);
  g_test_add_func ("/histogram-view/role", test_role);
  g_test_add_func ("/histogram-view/drawing", test_drawing);
  return g_test_run ();
}
