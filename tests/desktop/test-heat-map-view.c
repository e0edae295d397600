#include "desktop-support.h"

#include <math.h>

#include "charts/heat-map-view.h"

static const char *const columns[] = { "BASE", "IN00", "IN01", "OUT00", NULL };
static const char *const rows[] = { "convolution", "norm", "all together", NULL };
static const double values[] = { 0.5, NAN, 0.01, 0.02, INFINITY, 0, 0.25, NAN, 0.1, 0.2, 0.3, 0.4 };

typedef struct
{
  guint n_activated;
  guint row;
  guint column;
} Seen;

static AmHeatMapView *
make_view (void)
{
  AmHeatMapView *view = AM_HEAT_MAP_VIEW (am_heat_map_view_new ());

  am_heat_map_view_set_label (view, "How far");
  am_heat_map_view_set_data (view, columns, rows, values);
  return view;
}

/* The part that takes the focus. */
static GtkWidget *
find_focusable (GtkWidget *widget)
{
  GtkWidget *found = NULL;

  if (gtk_widget_get_focusable (widget) && !GTK_IS_SCROLLED_WINDOW (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_focusable (child);
  return found;
}

static gboolean
try_shortcuts (GtkWidget *widget, GListModel *shortcuts, guint key)
{
  for (guint i = 0; i < g_list_model_get_n_items (shortcuts); i++)
    {
      g_autoptr (GtkShortcut) shortcut = g_list_model_get_item (shortcuts, i);
      GtkShortcutTrigger *trigger = gtk_shortcut_get_trigger (shortcut);

      if (GTK_IS_KEYVAL_TRIGGER (trigger)
          && gtk_keyval_trigger_get_keyval (GTK_KEYVAL_TRIGGER (trigger)) == key)
        return gtk_shortcut_action_activate (gtk_shortcut_get_action (shortcut), 0, widget,
                                             gtk_shortcut_get_arguments (shortcut));
    }
  return FALSE;
}

/* What the class binds to the key, done as a key press does it. */
static gboolean
press (AmHeatMapView *view, guint key)
{
  GtkWidget *widget = find_focusable (GTK_WIDGET (view));
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_SHORTCUT_CONTROLLER (controller) && try_shortcuts (widget, G_LIST_MODEL (controller), key))
        return TRUE;
    }
  return FALSE;
}

static void
assert_cursor (AmHeatMapView *view, gint row, gint column)
{
  g_assert_cmpint (am_heat_map_view_get_selected_row (view), ==, row);
  g_assert_cmpint (am_heat_map_view_get_selected_column (view), ==, column);
}

static void
assert_description (AmHeatMapView *view, const char *text)
{
  gtk_test_accessible_assert_property (GTK_ACCESSIBLE (find_focusable (GTK_WIDGET (view))),
                                       GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text);
}

static void
note_activated (AmHeatMapView *view, guint row, guint column, Seen *seen)
{
  *seen = (Seen){ seen->n_activated + 1, row, column };
}

static void
test_keys (void)
{
  g_autoptr (AmHeatMapView) view = g_object_ref_sink (make_view ());

  assert_cursor (view, -1, -1);
  g_assert_true (press (view, GDK_KEY_Right));
  assert_cursor (view, 0, 0);
  press (view, GDK_KEY_Right);
  press (view, GDK_KEY_Down);
  assert_cursor (view, 1, 1);
  press (view, GDK_KEY_Left);
  assert_cursor (view, 1, 0);
  press (view, GDK_KEY_Left);
  press (view, GDK_KEY_Page_Up);
  assert_cursor (view, 0, 0);
  press (view, GDK_KEY_End);
  press (view, GDK_KEY_Page_Down);
  assert_cursor (view, 2, 3);
  press (view, GDK_KEY_Home);
  assert_cursor (view, 2, 0);
}

static void
test_mirrored (void)
{
  g_autoptr (AmHeatMapView) view = g_object_ref_sink (make_view ());

  gtk_widget_set_direction (find_focusable (GTK_WIDGET (view)), GTK_TEXT_DIR_RTL);
  am_heat_map_view_select (view, 0, 0);
  press (view, GDK_KEY_Left);
  assert_cursor (view, 0, 1);
  press (view, GDK_KEY_Right);
  assert_cursor (view, 0, 0);
}

static void
test_activation (void)
{
  g_autoptr (AmHeatMapView) view = g_object_ref_sink (make_view ());
  Seen seen = { 0 };

  g_signal_connect (view, "cell-activated", G_CALLBACK (note_activated), &seen);
  press (view, GDK_KEY_Return);
  g_assert_cmpuint (seen.n_activated, ==, 0);
  am_heat_map_view_select (view, 1, 2);
  press (view, GDK_KEY_Return);
  g_assert_cmpuint (seen.n_activated, ==, 1);
  g_assert_cmpuint (seen.row, ==, 1);
  g_assert_cmpuint (seen.column, ==, 2);
  am_heat_map_view_select (view, 1, 3); /* empty */
  press (view, GDK_KEY_space);
  g_assert_cmpuint (seen.n_activated, ==, 1);
}

static void
count (GObject *object, GParamSpec *pspec, guint *n)
{
  (*n)++;
}

static void
test_selection (void)
{
  g_autoptr (AmHeatMapView) view = g_object_ref_sink (make_view ());
  static const char *const fewer[] = { "IN00", NULL };
  guint n = 0;

  g_signal_connect (view, "notify::selected-column", G_CALLBACK (count), &n);
  am_heat_map_view_select (view, 1, 1);
  am_heat_map_view_select (view, 1, 1);
  g_assert_cmpuint (n, ==, 1);
  am_heat_map_view_select (view, 3, 0);
  am_heat_map_view_select (view, 0, 4);
  am_heat_map_view_select (view, -1, 0);
  assert_cursor (view, 1, 1);
  am_heat_map_view_set_data (view, columns, rows, values);
  assert_cursor (view, 1, 1);
  am_heat_map_view_set_data (view, fewer, rows, values);
  assert_cursor (view, -1, -1);
}

static char *
format_plain (double value, gpointer user_data)
{
  return g_strdup_printf ("%.2f", value);
}

static char *
describe_plain (guint row, guint column, gpointer user_data)
{
  return g_strdup_printf ("%s %u %u", (const char *)user_data, row, column);
}

static void
test_accessible (void)
{
  g_autoptr (AmHeatMapView) view = g_object_ref_sink (make_view ());
  GtkAccessible *grid = GTK_ACCESSIBLE (find_focusable (GTK_WIDGET (view)));

  gtk_test_accessible_assert_role (grid, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (grid, GTK_ACCESSIBLE_PROPERTY_LABEL, "How far");
  am_heat_map_view_select (view, 0, 2);
  assert_description (view, "IN01, convolution: 1 %");
  am_heat_map_view_select (view, 0, 1);
  assert_description (view, "IN00, convolution: nothing");
  am_heat_map_view_select (view, 1, 0);
  assert_description (view, "BASE, norm: ∞");
  am_heat_map_view_set_format (view, format_plain, NULL, NULL);
  am_heat_map_view_select (view, 0, 2);
  assert_description (view, "IN01, convolution: 0.01");
  am_heat_map_view_set_describe (view, describe_plain, g_strdup ("cell"), g_free);
  am_heat_map_view_select (view, 2, 3);
  assert_description (view, "cell 2 3");
  am_heat_map_view_select (view, -1, -1);
  assert_description (view, "");
}

/* 61 columns in a narrow window: the map scrolls, and scrolls to the cursor. */
static void
test_scrolling (void)
{
  g_autofree const char **names = g_new0 (const char *, 62);
  g_autofree double *many = g_new0 (double, 61);
  const char *const one_row[] = { "row", NULL };
  GtkWidget *view = am_heat_map_view_new ();
  GtkWindow *window;
  GtkAdjustment *adjustment;

  for (guint i = 0; i < 61; i++)
    {
      names[i] = "S00";
      many[i] = 0.001 * i;
    }
  am_heat_map_view_set_data (AM_HEAT_MAP_VIEW (view), names, one_row, many);
  window = desktop_test_show (view, 360, 200);
  g_assert_cmpint (gtk_widget_get_width (GTK_WIDGET (window)), ==, 360);
  adjustment = gtk_scrolled_window_get_hadjustment (
      GTK_SCROLLED_WINDOW (gtk_widget_get_ancestor (find_focusable (view), GTK_TYPE_SCROLLED_WINDOW)));
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment), >, 61 * 20);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, 0);
  am_heat_map_view_select (AM_HEAT_MAP_VIEW (view), 0, 60);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==,
                     gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment));
  press (AM_HEAT_MAP_VIEW (view), GDK_KEY_Home);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, 0);
  gtk_window_destroy (window);
}

static void
test_nothing (void)
{
  static const char *const none[] = { NULL };
  AmHeatMapView *view = make_view ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (view), 400, 300);

  am_heat_map_view_set_data (view, none, none, NULL);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  g_assert_false (press (view, GDK_KEY_Home));
  assert_cursor (view, -1, -1);
  gtk_window_destroy (window);
}

static void
test_picture (void)
{
  AmHeatMapView *view = make_view ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (view), 600, 260);

  am_heat_map_view_select (view, 0, 2);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_save_picture (GTK_WIDGET (window), "heat-map-view");
  gtk_window_destroy (window);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/heat-map-view/keys", test_keys);
  g_test_add_func ("/heat-map-view/mirrored", test_mirrored);
  g_test_add_func ("/heat-map-view/activation", test_activation);
  g_test_add_func ("/heat-map-view/selection", test_selection);
  g_test_add_func ("/heat-map-view/accessible", test_accessible);
  g_test_add_func ("/heat-map-view/scrolling", test_scrolling);
  g_test_add_func ("/heat-map-view/nothing", test_nothing);
  g_test_add_func ("/heat-map-view/picture", test_picture);
  return g_test_run ();
}
