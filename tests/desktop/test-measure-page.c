#include "merge-support.h"

#include <glib/gstdio.h>

#include "charts/line-chart.h"
#include "fixture-checkpoint.h"
#include "measure/measure-page.h"
#include "measure/model-row.h"

static char *digits;
static char *folder;
static char *sixteenths; /* a preprocessing file */

typedef struct
{
  GSettings *settings;
  AmWorkspace *workspace;
  AmMeasurePage *page;
  GtkWindow *window;
} Place;

static char *
get_digits (const char *name)
{
  return g_build_filename (digits, name, NULL);
}

static void
place_init (Place *place, int width)
{
  place->settings = g_settings_new (AM_APPLICATION_ID);
  g_settings_reset (place->settings, "data-path");
  g_settings_set_string (place->settings, "data-preprocessing", sixteenths);
  g_settings_set (place->settings, "data-samples", "t", (guint64)200);
  place->workspace = am_workspace_new (place->settings);
  place->page = g_object_new (AM_TYPE_MEASURE_PAGE, NULL);
  am_measure_page_set_workspace (place->page, place->workspace);
  place->window = desktop_test_show (GTK_WIDGET (place->page), width, 900);
}

static void
place_clear (Place *place)
{
  gtk_window_destroy (place->window);
  desktop_test_settle ();
  g_object_unref (place->workspace);
  g_object_unref (place->settings);
}

static gboolean
is_source_read (gpointer source)
{
  gboolean is_reading;

  g_object_get (source, "is-reading", &is_reading, NULL);
  return !is_reading;
}

static void
choose_data (Place *place, const char *path)
{
  AmDataSource *source = am_workspace_get_data_source (place->workspace);

  am_data_source_set_path (source, path);
  desktop_test_wait (is_source_read, source);
}

static gboolean
is_idle (gpointer page)
{
  return !am_measure_page_is_busy (page);
}

static gboolean
is_library_item_read (gpointer item)
{
  return am_library_item_get_state (item) != AM_ITEM_READING;
}

static void
choose_model (Place *place, const char *path)
{
  g_autoptr (AmLibraryItem) item = NULL;

  am_measure_page_add_model (place->page, path);
  item = am_library_dup_item (am_workspace_get_library (place->workspace), path);
  desktop_test_wait (is_library_item_read, item);
  desktop_test_settle ();
}

static gboolean
is_mapped_label (GtkWidget *widget, const char *text)
{
  return GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget)
         && strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL;
}

/* Whether a label that can be seen says so. */
static gboolean
is_told (Place *place, const char *text)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();

  collect (GTK_WIDGET (place->page), GTK_TYPE_LABEL, labels);
  for (guint i = 0; i < labels->len; i++)
    if (is_mapped_label (g_ptr_array_index (labels, i), text))
      return TRUE;
  return FALSE;
}

/* The button of that action. */
static GtkWidget *
find_button (Place *place, const char *action)
{
  g_autoptr (GPtrArray) buttons = g_ptr_array_new ();

  collect (GTK_WIDGET (place->page), GTK_TYPE_BUTTON, buttons);
  for (guint i = 0; i < buttons->len; i++)
    if (g_strcmp0 (gtk_actionable_get_action_name (g_ptr_array_index (buttons, i)), action) == 0)
      return g_ptr_array_index (buttons, i);
  g_assert_not_reached ();
}

static void
run (Place *place, const char *action)
{
  g_assert_true (gtk_widget_is_sensitive (find_button (place, action)));
  gtk_widget_activate_action (GTK_WIDGET (place->page), action, NULL);
  g_assert_true (am_measure_page_is_busy (place->page));
  desktop_test_wait (is_idle, place->page);
  desktop_test_settle ();
}

static void
scroll (Place *place, double share)
{
  g_autoptr (GPtrArray) scrolled = g_ptr_array_new ();
  GtkAdjustment *adjustment;

  collect (GTK_WIDGET (place->page), GTK_TYPE_SCROLLED_WINDOW, scrolled);
  adjustment = gtk_scrolled_window_get_vadjustment (g_ptr_array_index (scrolled, 0));
  gtk_adjustment_set_value (adjustment, share * gtk_adjustment_get_upper (adjustment));
}

/* In both colour schemes. */
static void
take_pictures (Place *place, const char *name)
{
  g_autofree char *dark = g_strconcat (name, "-dark", NULL);
  AdwStyleManager *style = adw_style_manager_get_default ();

  take_picture (GTK_WIDGET (place->window), name);
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_FORCE_DARK);
  take_picture (GTK_WIDGET (place->window), dark);
  adw_style_manager_set_color_scheme (style, ADW_COLOR_SCHEME_DEFAULT);
}

static AmLineChart *
get_chart (Place *place, guint position)
{
  g_autoptr (GPtrArray) charts = g_ptr_array_new ();

  collect (GTK_WIDGET (place->page), AM_TYPE_LINE_CHART, charts);
  g_assert_cmpuint (charts->len, >, position);
  return g_ptr_array_index (charts, position);
}

static void
test_teaches (void)
{
  Place place;
  g_autofree char *data = get_digits ("held-out.safetensors");

  place_init (&place, 760);
  g_assert_true (is_told (&place, "Measure models on pictures"));
  g_assert_false (gtk_widget_is_sensitive (find_button (&place, "measure.evaluate")));
  take_picture (GTK_WIDGET (place.window), "measure-page-empty");
  choose_data (&place, data);
  g_assert_false (is_told (&place, "Measure models on pictures"));
  g_assert_true (is_told (&place, "10 classes"));
  g_assert_true (is_told (&place, "Choose a model to measure."));
  g_assert_false (gtk_widget_is_sensitive (find_button (&place, "measure.evaluate")));
  place_clear (&place);
}

static void
test_bad_data (void)
{
  Place place;
  g_autofree char *bad = g_build_filename (folder, "bad.safetensors", NULL);

  g_assert_true (g_file_set_contents (bad, "no data", -1, NULL));
  place_init (&place, 760);
  choose_data (&place, bad);
  g_assert_true (is_told (&place, "bad.safetensors"));
  g_assert_true (is_told (&place, "Choose pictures that can be read first."));
  place_clear (&place);
}

static void
test_evaluates (void)
{
  Place place;
  g_autofree char *data = get_digits ("held-out.safetensors");
  g_autofree char *model = get_digits ("mlp-a.safetensors");
  AmLineChart *chart;

  place_init (&place, 760);
  choose_data (&place, data);
  choose_model (&place, model);
  g_assert_false (gtk_widget_is_sensitive (find_button (&place, "measure.line")));
  run (&place, "measure.evaluate");
  g_assert_true (is_told (&place, "Over 200 pictures"));
  chart = get_chart (&place, 0);
  am_line_chart_set_cursor (chart, 14);
  g_assert_nonnull (strstr (am_line_chart_get_readout (chart), "100.0\u00a0%"));
  scroll (&place, 0.3);
  take_pictures (&place, "measure-page-evaluated");
  place_clear (&place);
}

static void
test_line (void)
{
  Place place;
  g_autofree char *data = get_digits ("held-out.safetensors");
  g_autofree char *a = get_digits ("mlp-a.safetensors"), *b = get_digits ("mlp-b.safetensors");
  AmLineChart *chart;

  place_init (&place, 360);
  choose_data (&place, data);
  choose_model (&place, a);
  choose_model (&place, b);
  run (&place, "measure.line");
  g_assert_true (is_told (&place, "Loss barrier"));
  g_assert_true (is_told (&place, "worse than they are"));
  chart = get_chart (&place, 0);
  am_line_chart_set_cursor (chart, 12);
  g_assert_nonnull (strstr (am_line_chart_get_readout (chart), "50\u00a0% of the second model"));
  scroll (&place, 0.4);
  take_pictures (&place, "measure-page-line");
  place_clear (&place);
}

static gboolean
is_shelf_filled (gpointer shelf)
{
  return g_list_model_get_n_items (shelf) > 0;
}

static void
test_statistics (void)
{
  Place place;
  AmStatisticsShelf *shelf;
  AmStatisticsItem *item;
  g_autofree char *data = get_digits ("held-out.safetensors");
  g_autofree char *model = get_digits ("mlp-a.safetensors");
  g_autofree char *path = NULL;

  place_init (&place, 760);
  shelf = am_workspace_get_statistics (place.workspace);
  choose_data (&place, data);
  choose_model (&place, model);
  g_assert_true (is_told (&place, "None yet."));
  run (&place, "measure.statistics");
  desktop_test_wait (is_shelf_filled, shelf);
  item = am_statistics_shelf_find (shelf, model, AM_STATISTIC_GRAM);
  g_assert_nonnull (item);
  g_assert_true (am_statistics_shelf_find (shelf, model, AM_STATISTIC_FISHER) == item);
  g_assert_null (am_statistics_shelf_find (shelf, model, AM_STATISTIC_MOMENTS));
  g_assert_false (is_told (&place, "None yet."));
  g_assert_true (is_told (&place, "200 samples of held-out.safetensors"));
  scroll (&place, 1);
  take_picture (GTK_WIDGET (place.window), "measure-page-statistics");
  path = g_strdup (am_statistics_item_get_path (item));
  g_assert_cmpint (g_remove (path), ==, 0);
  place_clear (&place);
}

/* Stopped, it leaves what was on show before, and can be started again. */
static void
test_cancels (void)
{
  Place place;
  g_autofree char *data = get_digits ("held-out.safetensors");
  g_autofree char *a = get_digits ("mlp-a.safetensors"), *b = get_digits ("mlp-b.safetensors");

  place_init (&place, 360);
  choose_data (&place, data);
  choose_model (&place, a);
  choose_model (&place, b);
  gtk_widget_activate_action (GTK_WIDGET (place.page), "measure.line", NULL);
  g_assert_false (gtk_widget_is_sensitive (find_button (&place, "measure.evaluate")));
  gtk_widget_activate_action (GTK_WIDGET (place.page), "measure.cancel", NULL);
  desktop_test_wait (is_idle, place.page);
  desktop_test_settle ();
  g_assert_false (is_told (&place, "Loss barrier"));
  g_assert_true (gtk_widget_is_sensitive (find_button (&place, "measure.evaluate")));
  place_clear (&place);
}

static void
test_other_families (void)
{
  Place place;
  g_autofree char *data = get_digits ("held-out.safetensors");
  g_autofree char *a = NULL, *b = NULL;
  g_autoptr (GError) error = NULL;

  am_demo_write_models (folder, &a, &b, &error);
  g_assert_no_error (error);
  place_init (&place, 360);
  choose_data (&place, data);
  choose_model (&place, a);
  g_assert_true (is_told (&place, "only vision models"));
  g_assert_false (gtk_widget_is_sensitive (find_button (&place, "measure.evaluate")));
  take_picture (GTK_WIDGET (place.window), "measure-page-narrow");
  place_clear (&place);
}

int
main (int argc, char **argv)
{
  int result;

  folder = fixture_new_folder ();
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  desktop_test_init (&argc, &argv);
  digits = g_test_build_filename (G_TEST_DIST, "..", "core", "align", "digits", NULL);
  sixteenths = g_build_filename (folder, "sixteenths.yaml", NULL);
  g_assert_true (g_file_set_contents (sixteenths, "scale: 16\n", -1, NULL));
  g_test_add_func ("/measure-page/teaches", test_teaches);
  g_test_add_func ("/measure-page/bad-data", test_bad_data);
  g_test_add_func ("/measure-page/evaluates", test_evaluates);
  g_test_add_func ("/measure-page/line", test_line);
  g_test_add_func ("/measure-page/statistics", test_statistics);
  g_test_add_func ("/measure-page/cancels", test_cancels);
  g_test_add_func ("/measure-page/other-families", test_other_families);
  result = g_test_run ();
  fixture_remove_folder (folder);
  g_free (sixteenths);
  g_free (folder);
  g_free (digits);
  return result;
}
