/* The block weights editor on a window: its looks, its curve and the wheel over it. */
#include "desktop-support.h"

#include <math.h>

#include "blocks/block-chart-private.h"
#include "blocks/block-editor-private.h"

typedef struct
{
  AmBlockValues *values;
  AmBlockEditor *editor;
  GtkWindow *window;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->values = am_block_values_new ();
  am_block_values_set_ratio (fixture->values, 0.5, 0, 1, -10, 10);
  am_block_values_set_layout (fixture->values, AM_FAMILY_SD1, am_family_get_blocks (AM_FAMILY_SD1),
                              am_family_get_title (AM_FAMILY_SD1));
  fixture->editor = g_object_new (AM_TYPE_BLOCK_EDITOR, NULL);
  am_block_editor_set_values (fixture->editor, fixture->values);
  fixture->window = desktop_test_show (GTK_WIDGET (fixture->editor), 1000, 460);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  gtk_window_destroy (fixture->window);
  desktop_test_settle ();
  g_object_unref (fixture->values);
}

static void
test_narrow (Fixture *fixture, gconstpointer data)
{
  int minimum;

  gtk_widget_measure (GTK_WIDGET (fixture->editor), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL,
                      NULL);
  g_assert_cmpint (minimum, <=, 336);
}

static void
test_curve_toggle (Fixture *fixture, gconstpointer data)
{
  GtkWidget *chart = GTK_WIDGET (fixture->editor->chart);

  g_object_set (chart, "curve-mode", TRUE, NULL);
  g_assert_true (gtk_toggle_button_get_active (fixture->editor->curve_toggle));
  gtk_toggle_button_set_active (fixture->editor->curve_toggle, FALSE);
  g_assert_false (am_block_chart_get_is_curve_mode (fixture->editor->chart));
}

/* A wheel that turns over the bars scrolls the page they are on. */
static void
test_wheel (Fixture *fixture, gconstpointer data)
{
  GtkWidget *scrolled
      = gtk_widget_get_ancestor (GTK_WIDGET (fixture->editor->chart), GTK_TYPE_SCROLLED_WINDOW);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (scrolled);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      if (!GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        continue;
      g_assert_cmphex (gtk_event_controller_scroll_get_flags (GTK_EVENT_CONTROLLER_SCROLL (controller))
                           & GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES,
                       ==, GTK_EVENT_CONTROLLER_SCROLL_HORIZONTAL);
      n++;
    }
  g_assert_cmpuint (n, >, 0);
}

static void
take_pictures (Fixture *fixture, const char *look)
{
  static const AmFamily families[] = { AM_FAMILY_SD1, AM_FAMILY_SDXL, AM_FAMILY_FLUX };
  static const char *const names[] = { "sd1", "sdxl", "flux" };

  for (guint f = 0; f < G_N_ELEMENTS (families); f++)
    {
      g_autofree char *name = g_strdup_printf ("block-editor-%s-%s", names[f], look);

      am_block_values_set_layout (fixture->values, families[f], am_family_get_blocks (families[f]), names[f]);
      for (guint i = 2; i < am_block_values_get_n_blocks (fixture->values); i++)
        am_block_values_set (fixture->values, i, am_block_value_round ((1 + sin (i / 3.0)) / 2, 0.01));
      am_block_values_set (fixture->values, 6, 1.4);
      am_block_chart_focus_bar (fixture->editor->chart, 4);
      desktop_test_settle ();
      gtk_test_widget_wait_for_draw (GTK_WIDGET (fixture->window));
      desktop_test_save_picture (GTK_WIDGET (fixture->window), name);
    }
}

static void
test_pictures (Fixture *fixture, gconstpointer data)
{
  AdwStyleManager *style = adw_style_manager_get_default ();

  take_pictures (fixture, "light");
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_DARK);
  take_pictures (fixture, "dark");
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_DEFAULT);
  am_block_chart_set_is_curve_mode (fixture->editor->chart, TRUE);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (fixture->window));
  desktop_test_save_picture (GTK_WIDGET (fixture->window), "block-editor-curve");
}

#define ADD(path, func) g_test_add ("/block-editor-look/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  ADD ("narrow", test_narrow);
  ADD ("curve-toggle", test_curve_toggle);
  ADD ("wheel", test_wheel);
  ADD ("pictures", test_pictures);
  return g_test_run ();
}
