#include "desktop-support.h"

#include <glib/gstdio.h>

#include "fixture-checkpoint.h"
#include "state/data-source.h"
#include "state/statistics-shelf.h"

static char *digits;

static gboolean
is_read (gpointer source)
{
  gboolean is_reading;

  g_object_get (source, "is-reading", &is_reading, NULL);
  return !is_reading;
}

static void
count (guint *n)
{
  (*n)++;
}

static void
test_reads (void)
{
  g_autoptr (AmDataSource) source = am_data_source_new (NULL);
  g_autofree char *path = g_build_filename (digits, "held-out.safetensors", NULL);
  g_autofree char *summary = NULL, *complaint = NULL;
  guint n_changes = 0;

  g_signal_connect_swapped (source, "changed", G_CALLBACK (count), &n_changes);
  g_assert_false (am_data_source_is_ready (source));
  am_data_source_set_path (source, path);
  g_assert_false (am_data_source_is_ready (source));
  desktop_test_wait (is_read, source);
  g_assert_true (am_data_source_is_ready (source));
  g_assert_cmpuint (n_changes, ==, 2);
  g_object_get (source, "summary", &summary, "complaint", &complaint, NULL);
  g_assert_cmpstr (summary, ==, "540 samples of 64 numbers, 10 classes");
  g_assert_null (complaint);
  am_data_source_set_path (source, "");
  g_assert_false (am_data_source_is_ready (source));
}

/* The last choice alone counts, however fast they follow each other. */
static void
test_complains (void)
{
  g_autoptr (AmDataSource) source = am_data_source_new (NULL);
  g_autofree char *path = g_build_filename (digits, "held-out.safetensors", NULL);
  g_autofree char *gone = g_build_filename (digits, "gone.npz", NULL);
  g_autofree char *complaint = NULL, *second = NULL;

  am_data_source_set_path (source, path);
  am_data_source_set_path (source, gone);
  desktop_test_wait (is_read, source);
  g_assert_false (am_data_source_is_ready (source));
  g_object_get (source, "complaint", &complaint, NULL);
  g_assert_nonnull (strstr (complaint, "gone.npz"));
  am_data_source_set_path (source, path);
  g_object_set (source, "preprocessing", "nonsense", NULL);
  desktop_test_wait (is_read, source);
  g_object_get (source, "complaint", &second, NULL);
  g_assert_nonnull (strstr (second, "nonsense"));
}

static void
test_settings (void)
{
  g_autoptr (GSettings) settings = g_settings_new (AM_APPLICATION_ID);
  g_autoptr (AmDataSource) source = NULL;
  g_autofree char *kept = NULL;
  AmDataChoice *choice;

  g_settings_set_string (settings, "data-preprocessing", "clip");
  g_settings_set (settings, "data-samples", "t", (guint64)300);
  g_settings_set_string (settings, "data-path", digits);
  source = am_data_source_new (settings);
  choice = am_data_source_dup_choice (source);
  g_assert_cmpstr (choice->path, ==, digits);
  g_assert_cmpstr (choice->preprocessing, ==, "clip");
  g_assert_cmpuint (choice->n_samples, ==, 300);
  am_data_choice_free (choice);
  am_data_source_set_path (source, "");
  kept = g_settings_get_string (settings, "data-path");
  g_assert_cmpstr (kept, ==, "");
  desktop_test_settle ();
}

/* With no choice of its own the model's preprocessing holds, but not for numbers that are no pixels. */
static void
test_opens (void)
{
  g_autofree char *data = g_build_filename (digits, "held-out.safetensors", NULL);
  g_autofree char *model = g_build_filename (digits, "mlp-a.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmVisionNetwork) network = am_vision_network_open (model, NULL, NULL, &error);
  AmDataChoice choice = { .path = data, .preprocessing = (char *)"" };
  g_autoptr (AmDataset) dataset = am_data_choice_open (&choice, network, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (am_dataset_get_n_samples (dataset), ==, 540);
  choice.preprocessing = (char *)"nonsense";
  g_assert_null (am_data_choice_open (&choice, network, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_FOUND);
}

typedef struct
{
  AmStatisticsShelf *shelf;
  guint n;
} Wanted;

static gboolean
has_items (gpointer data)
{
  Wanted *wanted = data;

  return g_list_model_get_n_items (G_LIST_MODEL (wanted->shelf)) == wanted->n;
}

static void
write_statistics (const char *path, const char *model)
{
  g_autoptr (AmStatisticsSums) sums = am_statistics_sums_new ();
  g_autoptr (GError) error = NULL;
  const guint64 shape[] = { 2, 2 };
  double *values = am_statistics_sums_get (sums, AM_STATISTIC_GRAM, FALSE, "layer.weight", 2, shape);

  values[0] = values[3] = 1;
  am_statistics_sums_add_count (sums, AM_STATISTIC_GRAM, FALSE, "layer.weight", 5);
  am_statistics_sums_set_metadata (sums, "model", model);
  am_statistics_sums_set_metadata (sums, "data", "digits");
  am_statistics_sums_set_metadata (sums, "samples", "5");
  am_statistics_sums_write (sums, path, TRUE, FALSE, &error);
  g_assert_no_error (error);
}

static void
test_shelf (void)
{
  g_autoptr (AmStatisticsShelf) shelf = am_statistics_shelf_new ();
  g_autofree char *path = am_statistics_shelf_dup_new_path (shelf, "/models/one.safetensors", "/data/digits");
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *noise = g_build_filename (folder, "noise.safetensors", NULL);
  g_autofree char *second = NULL, *subtitle = NULL;
  Wanted wanted = { shelf, 1 };
  AmStatisticsItem *item;

  g_assert_true (g_str_has_suffix (path, "/one-digits.safetensors"));
  g_assert_true (g_file_set_contents (noise, "nothing", -1, NULL));
  write_statistics (path, "one.safetensors");
  desktop_test_wait (has_items, &wanted);
  second = am_statistics_shelf_dup_new_path (shelf, "/models/one.safetensors", "/data/digits");
  g_assert_true (g_str_has_suffix (second, "/one-digits-2.safetensors"));
  item = am_statistics_shelf_find (shelf, "/elsewhere/one.safetensors", AM_STATISTIC_GRAM);
  g_assert_cmpstr (am_statistics_item_get_path (item), ==, path);
  g_assert_null (am_statistics_shelf_find (shelf, "/elsewhere/one.safetensors", AM_STATISTIC_FISHER));
  g_assert_null (am_statistics_shelf_find (shelf, "/elsewhere/two.safetensors", AM_STATISTIC_GRAM));
  subtitle = am_statistics_item_dup_subtitle (item);
  g_assert_nonnull (strstr (subtitle, "Gram matrices · 5 samples of digits · "));
  g_assert_cmpint (g_remove (path), ==, 0);
  wanted.n = 0;
  desktop_test_wait (has_items, &wanted);
  g_remove (noise);
}

/* Some file systems have no trash; then nothing is lost. */
static void
test_remove (void)
{
  g_autoptr (AmStatisticsShelf) shelf = am_statistics_shelf_new ();
  g_autofree char *path
      = am_statistics_shelf_dup_new_path (shelf, "/models/gone.safetensors", "/data/digits");
  g_autoptr (GError) error = NULL;
  Wanted wanted = { shelf, 1 };
  gboolean is_removed;

  write_statistics (path, "gone.safetensors");
  desktop_test_wait (has_items, &wanted);
  is_removed = am_statistics_shelf_remove (
      shelf, am_statistics_shelf_find (shelf, "gone.safetensors", AM_STATISTIC_GRAM), &error);
  g_assert_cmpint (is_removed, ==, error == NULL);
  g_assert_cmpint (g_file_test (path, G_FILE_TEST_EXISTS), ==, !is_removed);
  wanted.n = is_removed ? 0 : 1;
  g_assert_true (has_items (&wanted));
  g_remove (path);
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = fixture_new_folder ();
  int result;

  /* Statistics of other tests, which may run beside, are none of this one's. */
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  desktop_test_init (&argc, &argv);
  digits = g_test_build_filename (G_TEST_DIST, "..", "core", "align", "digits", NULL);
  g_test_add_func ("/data-source/reads", test_reads);
  g_test_add_func ("/data-source/complains", test_complains);
  g_test_add_func ("/data-source/settings", test_settings);
  g_test_add_func ("/data-source/opens", test_opens);
  g_test_add_func ("/statistics-shelf/items", test_shelf);
  g_test_add_func ("/statistics-shelf/remove", test_remove);
  result = g_test_run ();
  fixture_remove_folder (folder);
  g_free (digits);
  return result;
}
