#include "compare-support.h"

#include <glib/gstdio.h>

#include "charts/heat-map-view.h"
#include "charts/histogram-view.h"
#include "compare/compare-page.h"
#include "compare/difference-map.h"
#include "compare/histogram-pane.h"
#include "compare/parts-list.h"
#include "compare/side-card.h"
#include "compare/tensor-table.h"

static char *folder;
static char *path_a;
static char *path_b;
static char *path_small;
static char *path_other;
static char *path_third;

static AmComparePage *
make_page (void)
{
  g_autoptr (GSettings) settings = g_settings_new (AM_APPLICATION_ID);
  g_autoptr (AmWorkspace) workspace = am_workspace_new (settings);
  AmComparePage *page = g_object_new (AM_TYPE_COMPARE_PAGE, NULL);

  am_compare_page_set_workspace (page, workspace);
  return page;
}

static gboolean
has_result (gpointer page)
{
  return am_compare_page_get_comparison (page) != NULL;
}

static gboolean
is_chart_shown (gpointer page)
{
  GtkWidget *pane = find_widget (page, AM_TYPE_HISTOGRAM_PANE);

  return am_tensor_table_get_selected (AM_TENSOR_TABLE (find_widget (page, AM_TYPE_TENSOR_TABLE))) != NULL
         && !am_histogram_pane_is_busy (AM_HISTOGRAM_PANE (pane));
}

static const char *
get_stack_page (AmComparePage *page)
{
  return gtk_stack_get_visible_child_name (GTK_STACK (find_widget (GTK_WIDGET (page), GTK_TYPE_STACK)));
}

static void
save_picture (AmComparePage *page, GtkWindow *window, const char *name)
{
  desktop_test_wait (is_chart_shown, page);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_settle ();
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_save_picture (GTK_WIDGET (window), name);
}

static void
test_choose_sides (void)
{
  AmComparePage *page = make_page ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (page), 1000, 700);

  g_assert_cmpstr (get_stack_page (page), ==, "empty");
  desktop_test_save_picture (GTK_WIDGET (window), "compare-empty");
  am_compare_page_set_paths (page, path_small, "");
  g_assert_cmpstr (get_stack_page (page), ==, "empty");
  am_compare_page_set_paths (page, NULL, path_small);
  g_assert_cmpstr (get_stack_page (page), ==, "empty");
  am_compare_page_set_paths (page, "", path_other);
  g_assert_cmpstr (get_stack_page (page), ==, "working");
  desktop_test_wait (has_result, page);
  g_assert_cmpstr (am_comparison_get_difference (am_compare_page_get_comparison (page))->path_a, ==,
                   path_small);

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (page), "compare.swap", NULL));
  desktop_test_wait (has_result, page);
  g_assert_cmpstr (am_comparison_get_difference (am_compare_page_get_comparison (page))->path_a, ==,
                   path_other);
  gtk_window_destroy (window);
}

/* As the file manager or the library drops them. */
static void
drop_files (AmComparePage *page, const char *first, const char *second, GtkWidget *where)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (GTK_WIDGET (page));
  g_autoptr (GFile) one = g_file_new_for_path (first);
  g_autoptr (GFile) two = g_file_new_for_path (second != NULL ? second : first);
  GFile *files[] = { one, two };
  g_auto (GValue) value = G_VALUE_INIT;
  double x, y;

  g_assert_true (gtk_widget_translate_coordinates (where, GTK_WIDGET (page), 5, 5, &x, &y));
  g_value_init (&value, GDK_TYPE_FILE_LIST);
  g_value_take_boxed (&value, gdk_file_list_new_from_array (files, second != NULL ? 2 : 1));
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);
      gboolean is_taken = FALSE;

      if (!GTK_IS_DROP_TARGET (controller))
        continue;
      g_signal_emit_by_name (controller, "drop", &value, x, y, &is_taken);
      g_assert_true (is_taken);
    }
}

static const char *
get_path (AmComparePage *page, AmSide side)
{
  const AmDifference *difference = am_comparison_get_difference (am_compare_page_get_comparison (page));

  return side == AM_SIDE_A ? difference->path_a : difference->path_b;
}

static void
test_drop (void)
{
  AmComparePage *page = make_page ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (page), 1000, 700);
  GtkWidget *card_a = find_widget (GTK_WIDGET (page), AM_TYPE_SIDE_CARD);
  GtkWidget *card_b = gtk_widget_get_next_sibling (card_a);
  GtkWidget *stack = find_widget (GTK_WIDGET (page), GTK_TYPE_STACK);

  /* One file goes where it is dropped, or to the side that is free. */
  drop_files (page, path_other, NULL, card_b);
  g_assert_cmpstr (get_stack_page (page), ==, "empty");
  drop_files (page, path_small, NULL, stack);
  desktop_test_wait (has_result, page);
  g_assert_cmpstr (get_path (page, AM_SIDE_A), ==, path_small);
  g_assert_cmpstr (get_path (page, AM_SIDE_B), ==, path_other);

  drop_files (page, path_third, NULL, card_a);
  desktop_test_wait (has_result, page);
  g_assert_cmpstr (get_path (page, AM_SIDE_A), ==, path_third);
  drop_files (page, path_other, path_small, stack);
  desktop_test_wait (has_result, page);
  g_assert_cmpstr (get_path (page, AM_SIDE_A), ==, path_other);
  g_assert_cmpstr (get_path (page, AM_SIDE_B), ==, path_small);
  gtk_window_destroy (window);
}

static void
activate_part (GtkWidget *page, int row)
{
  GtkListBox *list = GTK_LIST_BOX (find_widget (find_widget (page, AM_TYPE_PARTS_LIST), GTK_TYPE_LIST_BOX));

  g_signal_emit_by_name (list, "row-activated", gtk_list_box_get_row_at_index (list, row));
}

static void
test_result (void)
{
  AmComparePage *page = make_page ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (page), 1180, 780);
  AmTensorTable *table = AM_TENSOR_TABLE (find_widget (GTK_WIDGET (page), AM_TYPE_TENSOR_TABLE));
  GtkWidget *map = find_widget (GTK_WIDGET (page), AM_TYPE_DIFFERENCE_MAP);
  GtkWidget *heat_map = find_widget (map, AM_TYPE_HEAT_MAP_VIEW);
  guint n_all, n_cell;

  am_compare_page_set_paths (page, path_a, path_b);
  desktop_test_wait (has_result, page);
  n_all = am_tensor_table_get_n_rows (table);
  save_picture (page, window, "compare-light");

  n_cell = am_comparison_get_cell (am_compare_page_get_comparison (page), 18, AM_LAYER_CONV)->n_tensors;
  g_assert_cmpuint (n_cell, >, 0);
  g_signal_emit_by_name (heat_map, "cell-activated", 0u, 18u);
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), ==, n_cell);
  save_picture (page, window, "compare-cell");

  /* The first row is the diffusion network. */
  activate_part (GTK_WIDGET (page), 0);
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), >, n_cell);
  g_assert_cmpuint (am_tensor_table_get_n_rows (table), <, n_all);

  g_assert_true (gtk_widget_activate_action (map, "map.figure", "s", "cosine"));
  g_assert_cmpint (am_difference_map_get_figure (AM_DIFFERENCE_MAP (map)), ==, AM_FIGURE_COSINE);
  save_picture (page, window, "compare-cosine");
  gtk_window_destroy (window);
}

static void
test_histogram (void)
{
  AmComparePage *page = make_page ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (page), 1180, 780);
  AmHistogramView *view;

  am_compare_page_set_paths (page, path_small, path_other);
  desktop_test_wait (has_result, page);
  desktop_test_wait (is_chart_shown, page);
  view = AM_HISTOGRAM_VIEW (find_widget (GTK_WIDGET (page), AM_TYPE_HISTOGRAM_VIEW));
  am_histogram_view_set_cursor (view, 3);
  g_assert_nonnull (strstr (am_histogram_view_get_readout (view), " in A, "));
  gtk_window_destroy (window);
}

static void
test_cancel (void)
{
  AmComparePage *page = make_page ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (page), 600, 500);

  am_compare_page_set_paths (page, path_a, path_b);
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (page), "compare.cancel", NULL));
  while (g_str_equal (get_stack_page (page), "working"))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (get_stack_page (page), ==, "stopped");
  g_assert_null (am_compare_page_get_comparison (page));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_save_picture (GTK_WIDGET (window), "compare-cancelled");

  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (page), "compare.run", NULL));
  desktop_test_wait (has_result, page);
  gtk_window_destroy (window);
}

static void
test_unreadable (void)
{
  g_autofree char *path = g_build_filename (folder, "broken.safetensors", NULL);
  AmComparePage *page = make_page ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (page), 600, 500);

  g_assert_true (g_file_set_contents (path, "no checkpoint <at all>", -1, NULL));
  am_compare_page_set_paths (page, path_a, path);
  while (g_str_equal (get_stack_page (page), "working"))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (get_stack_page (page), ==, "stopped");
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_save_picture (GTK_WIDGET (window), "compare-failed");
  gtk_window_destroy (window);
}

static void
test_mismatch (void)
{
  AmComparePage *page = make_page ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (page), 1000, 780);

  am_compare_page_set_paths (page, path_a, path_small);
  desktop_test_wait (has_result, page);
  g_assert_cmpuint (am_comparison_get_total (am_compare_page_get_comparison (page))->n_shared, ==, 1);
  save_picture (page, window, "compare-mismatch");
  gtk_window_destroy (window);
}

static double
get_scroll (AmComparePage *page)
{
  GtkWidget *scrolled = find_widget (GTK_WIDGET (page), GTK_TYPE_SCROLLED_WINDOW);

  return gtk_adjustment_get_value (gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (scrolled)));
}

static void
test_shapes_of_window (void)
{
  AmComparePage *page = make_page ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (page), 360, 640);
  int minimum;

  am_compare_page_set_paths (page, path_a, path_b);
  desktop_test_wait (has_result, page);
  save_picture (page, window, "compare-narrow");
  gtk_widget_measure (GTK_WIDGET (page), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);

  g_assert_cmpfloat (get_scroll (page), ==, 0);
  activate_part (GTK_WIDGET (page), 0);
  g_assert_cmpfloat (get_scroll (page), >, 0);
  save_picture (page, window, "compare-narrow-table");

  gtk_window_set_default_size (window, 360, 2000);
  save_picture (page, window, "compare-narrow-whole");

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_FORCE_DARK);
  gtk_window_set_default_size (window, 1180, 780);
  save_picture (page, window, "compare-dark");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_RTL);
  save_picture (page, window, "compare-rtl");
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), ADW_COLOR_SCHEME_DEFAULT);
  gtk_window_destroy (window);
}

/* A page that goes away in the midst of its work takes nothing with it that is still needed. */
static void
test_destroyed_while_working (void)
{
  AmComparePage *page = make_page ();
  GtkWindow *window = desktop_test_show (GTK_WIDGET (page), 600, 500);
  gpointer watched = page;

  g_object_add_weak_pointer (G_OBJECT (page), &watched);
  am_compare_page_set_paths (page, path_a, path_b);
  gtk_window_destroy (window);
  while (watched != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static char *
make_small_file (const char *name, guint32 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "first_stage_model.encoder.norm_out.weight", AM_DTYPE_F16, "128", seed, 1.0);
  fixture_add_random (fixture, "layers.0.weight", AM_DTYPE_F16, "8,4", seed + 1, 1.0);
  return fixture_write (fixture, folder, name);
}

static void
make_files (void)
{
  folder = fixture_new_folder ();
  g_assert_true (am_demo_write_models (folder, &path_a, &path_b, NULL));
  path_small = make_small_file ("small.safetensors", 1);
  path_other = make_small_file ("other.safetensors", 3);
  path_third = make_small_file ("third.safetensors", 5);
}

int
main (int argc, char **argv)
{
  int status;

  desktop_test_init (&argc, &argv);
  make_files ();

  g_test_add_func ("/compare-page/choose-sides", test_choose_sides);
  g_test_add_func ("/compare-page/drop", test_drop);
  g_test_add_func ("/compare-page/result", test_result);
  g_test_add_func ("/compare-page/histogram", test_histogram);
  g_test_add_func ("/compare-page/cancel", test_cancel);
  g_test_add_func ("/compare-page/unreadable", test_unreadable);
  g_test_add_func ("/compare-page/mismatch", test_mismatch);
  g_test_add_func ("/compare-page/shapes-of-window", test_shapes_of_window);
  g_test_add_func ("/compare-page/destroyed-while-working", test_destroyed_while_working);
  status = g_test_run ();

  fixture_remove_folder (folder);
  g_free (path_a);
  g_free (path_b);
  g_free (path_small);
  g_free (path_other);
  g_free (path_third);
  g_free (folder);
  return status;
}
