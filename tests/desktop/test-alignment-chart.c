#include "desktop-support.h"

#include <math.h>

#include "charts/alignment-chart.h"

#define LAYER(name, component, block, units, moved, before, after)                                           \
  {                                                                                                          \
    name, AM_FACTOR_UNITS, block, component, units, moved, before, after, 0, 0                               \
  }

static const AmAlignmentLayer layers[] = {
  LAYER ("mlp.0.fc1", AM_COMPONENT_TEXT_ENCODER, "BASE", 3072, 3000, 0.01, 0.98),
  LAYER ("mlp.1.fc1", AM_COMPONENT_TEXT_ENCODER, "BASE", 3072, 0, 0.97, 0.97),
  LAYER ("input_blocks.1.0", AM_COMPONENT_DIFFUSION, "IN01", 1, 1, -0.2, 0.5),
  LAYER ("input_blocks.1.1", AM_COMPONENT_DIFFUSION, "IN01", 320, 320, 0.5, 0.4),
  LAYER ("input_blocks.2.0", AM_COMPONENT_DIFFUSION, "IN02", 320, 0, NAN, NAN),
};

static AmAlignmentChart *
make_chart (void)
{
  AmAlignmentChart *chart = AM_ALIGNMENT_CHART (am_alignment_chart_new ());

  am_alignment_chart_set_layers (chart, layers, G_N_ELEMENTS (layers));
  return chart;
}

/* The part that takes the focus. */
static GtkWidget *
find_plot (GtkWidget *widget)
{
  GtkWidget *found = NULL;

  if (gtk_widget_get_focusable (widget) && !GTK_IS_SCROLLED_WINDOW (widget) && !GTK_IS_FLOW_BOX (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_plot (child);
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

/* What the class binds to the key, done as a key press does it; and where the cursor is then. */
static gint
press (AmAlignmentChart *chart, guint key)
{
  GtkWidget *widget = find_plot (GTK_WIDGET (chart));
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  gboolean is_handled = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (controllers) && !is_handled; i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      is_handled
          = GTK_IS_SHORTCUT_CONTROLLER (controller) && try_shortcuts (widget, G_LIST_MODEL (controller), key);
    }
  return am_alignment_chart_get_cursor (chart);
}

static void
test_keys (void)
{
  g_autoptr (AmAlignmentChart) chart = g_object_ref_sink (make_chart ());

  g_assert_cmpint (am_alignment_chart_get_cursor (chart), ==, -1);
  g_assert_cmpint (press (chart, GDK_KEY_Right), ==, 0);
  g_assert_cmpint (press (chart, GDK_KEY_Right), ==, 1);
  g_assert_cmpint (press (chart, GDK_KEY_End), ==, 4);
  g_assert_cmpint (press (chart, GDK_KEY_Right), ==, 4);
  g_assert_cmpint (press (chart, GDK_KEY_Left), ==, 3);
  g_assert_cmpint (press (chart, GDK_KEY_Home), ==, 0);
  g_assert_cmpint (press (chart, GDK_KEY_Left), ==, 0);
}

static void
test_blocks (void)
{
  g_autoptr (AmAlignmentChart) chart = g_object_ref_sink (make_chart ());

  g_assert_cmpint (press (chart, GDK_KEY_Page_Down), ==, 0);
  g_assert_cmpint (press (chart, GDK_KEY_Page_Down), ==, 2);
  g_assert_cmpint (press (chart, GDK_KEY_Page_Down), ==, 4);
  g_assert_cmpint (press (chart, GDK_KEY_Page_Down), ==, 4);
  g_assert_cmpint (press (chart, GDK_KEY_Left), ==, 3);
  g_assert_cmpint (press (chart, GDK_KEY_Page_Up), ==, 2);
  g_assert_cmpint (press (chart, GDK_KEY_Page_Up), ==, 0);
  g_assert_cmpint (press (chart, GDK_KEY_Page_Up), ==, 0);
}

static void
test_mirrored (void)
{
  g_autoptr (AmAlignmentChart) chart = g_object_ref_sink (make_chart ());

  gtk_widget_set_direction (find_plot (GTK_WIDGET (chart)), GTK_TEXT_DIR_RTL);
  am_alignment_chart_set_cursor (chart, 0);
  g_assert_cmpint (press (chart, GDK_KEY_Left), ==, 1);
  g_assert_cmpint (press (chart, GDK_KEY_Right), ==, 0);
}

static void
test_readout (void)
{
  static const char *const texts[] = {
    "Text encoder, mlp.0.fc1: similarity 0.010 before, 0.980 after; 3000 of 3072 units moved",
    "Text encoder, mlp.1.fc1: similarity 0.970 before, 0.970 after; 0 of 3072 units moved",
    "IN01, input_blocks.1.0: similarity -0.200 before, 0.500 after; 1 of 1 unit moved",
    "IN01, input_blocks.1.1: similarity 0.500 before, 0.400 after; 320 of 320 units moved",
    "IN02, input_blocks.2.0: nothing to compare; 0 of 320 units moved",
  };
  g_autoptr (AmAlignmentChart) chart = g_object_ref_sink (make_chart ());
  GtkAccessible *plot = GTK_ACCESSIBLE (find_plot (GTK_WIDGET (chart)));

  g_assert_cmpstr (am_alignment_chart_get_readout (chart), ==, "");
  gtk_test_accessible_assert_role (plot, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_test_accessible_assert_property (plot, GTK_ACCESSIBLE_PROPERTY_LABEL, "Alignment of the layers");
  for (gint i = 0; i < (gint)G_N_ELEMENTS (texts); i++)
    {
      am_alignment_chart_set_cursor (chart, i);
      g_assert_cmpstr (am_alignment_chart_get_readout (chart), ==, texts[i]);
      gtk_test_accessible_assert_property (plot, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, texts[i]);
      gtk_test_accessible_assert_property (plot, GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, texts[i]);
    }
  am_alignment_chart_set_cursor (chart, 1000);
  g_assert_cmpint (am_alignment_chart_get_cursor (chart), ==, G_N_ELEMENTS (texts) - 1);
}

/* A perceptron has no blocks: layers go by their names. */
static void
test_no_blocks (void)
{
  static const AmAlignmentLayer plain[] = {
    LAYER ("0", AM_COMPONENT_MODEL, NULL, 8, 8, 0, 1),
    LAYER ("2", AM_COMPONENT_MODEL, NULL, 8, 8, 0, 1),
  };
  g_autoptr (AmAlignmentChart) chart = g_object_ref_sink (make_chart ());

  am_alignment_chart_set_cursor (chart, 4);
  am_alignment_chart_set_layers (chart, plain, G_N_ELEMENTS (plain));
  g_assert_cmpint (am_alignment_chart_get_cursor (chart), ==, -1);
  am_alignment_chart_set_cursor (chart, 1);
  g_assert_cmpstr (am_alignment_chart_get_readout (chart), ==,
                   "2: similarity 0.000 before, 1.000 after; 8 of 8 units moved");
  am_alignment_chart_set_layers (chart, NULL, 0);
  g_assert_cmpint (press (chart, GDK_KEY_Right), ==, -1);
}

/* As many layers as Stable Diffusion XL has scroll to the cursor, and the page does not grow with them. */
static AmAlignmentChart *
make_long (guint n)
{
  AmAlignmentChart *chart = AM_ALIGNMENT_CHART (am_alignment_chart_new ());
  g_autofree AmAlignmentLayer *many = g_new0 (AmAlignmentLayer, n);
  g_autoptr (GStringChunk) names = g_string_chunk_new (1024);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("layer.%u", i);
      g_autofree char *block = g_strdup_printf ("IN%02u", i / 12);

      many[i] = layers[i % 4];
      many[i].name = g_string_chunk_insert (names, name);
      many[i].component = i < 24 ? AM_COMPONENT_TEXT_ENCODER : AM_COMPONENT_DIFFUSION;
      many[i].block = g_string_chunk_insert (names, block);
      many[i].similarity_before = fabs (sin (i / 10.0)) / 2;
      many[i].similarity_after = 0.5 + fabs (cos (i / 7.0)) / 2.2;
      many[i].n_units = 320;
      many[i].n_moved = (i * 37) % 320;
    }
  am_alignment_chart_set_layers (chart, many, n);
  return chart;
}

static GtkAdjustment *
find_adjustment (GtkWidget *widget)
{
  GtkAdjustment *found = NULL;

  if (GTK_IS_SCROLLED_WINDOW (widget))
    return gtk_scrolled_window_get_hadjustment (GTK_SCROLLED_WINDOW (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_adjustment (child);
  return found;
}

static void
save_picture (GtkWindow *window, const char *name)
{
  desktop_test_settle ();
  gtk_widget_queue_draw (GTK_WIDGET (window));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_save_picture (GTK_WIDGET (window), name);
}

static void
test_narrow (void)
{
  AmAlignmentChart *chart = make_long (300);
  GtkWindow *window = desktop_test_show (GTK_WIDGET (chart), 336, 320);
  GtkAdjustment *adjustment = find_adjustment (GTK_WIDGET (chart));
  int minimum;

  gtk_widget_measure (GTK_WIDGET (chart), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 336);
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment), >, 2 * gtk_adjustment_get_page_size (adjustment));
  press (chart, GDK_KEY_End);
  g_assert_cmpfloat_with_epsilon (
      gtk_adjustment_get_value (adjustment),
      gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment), 1.0);
  save_picture (window, "alignment-chart-narrow");
  press (chart, GDK_KEY_Home);
  g_assert_cmpfloat (gtk_adjustment_get_value (adjustment), ==, 0);
  gtk_window_destroy (window);
}

static void
test_drawing (void)
{
  AmAlignmentChart *chart = make_long (120);
  GtkWindow *window = desktop_test_show (GTK_WIDGET (chart), 1000, 340);

  am_alignment_chart_set_cursor (chart, 40);
  save_picture (window, "alignment-chart");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  save_picture (window, "alignment-chart-dark");
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  /* What cannot be compared, what got worse and nothing at all draw as well. */
  am_alignment_chart_set_layers (chart, layers, G_N_ELEMENTS (layers));
  save_picture (window, "alignment-chart-few");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  save_picture (window, "alignment-chart-mirrored");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  am_alignment_chart_set_layers (chart, NULL, 0);
  save_picture (window, "alignment-chart-empty");
  gtk_window_destroy (window);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/alignment-chart/keys", test_keys);
  g_test_add_func ("/alignment-chart/blocks", test_blocks);
  g_test_add_func ("/alignment-chart/mirrored", test_mirrored);
  g_test_add_func ("/alignment-chart/readout", test_readout);
  g_test_add_func ("/alignment-chart/no-blocks", test_no_blocks);
  g_test_add_func ("/alignment-chart/narrow", test_narrow);
  g_test_add_func ("/alignment-chart/drawing", test_drawing);
  return g_test_run ();
}
