/* The memory limit: fewer threads, the same bytes. */
#include <string.h>

#include "convert.h"
#include "merge-fixture.h"

#define MEGABYTE 1000000
#define WEIGHTED                                                                                             \
  "merge_method: weighted_sum\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nparameters: {alpha: 0.3}\n"

static void
write_pair (const char *folder)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();

      fixture_add_random (fixture, "weight", AM_DTYPE_F16, "1200,1100", i, 1.0);
      g_free (fixture_write (fixture, folder, i == 0 ? "a.safetensors" : "b.safetensors"));
    }
}

static AmPlan *
plan_with (const char *folder, guint n_threads, guint64 limit)
{
  const AmMergeOptions options = { .n_threads = n_threads, .memory_limit = limit };
  g_autoptr (GPtrArray) recipes = recipes_new (WEIGHTED, folder);
  g_autoptr (GError) error = NULL;
  AmPlan *plan = am_plan_new (recipes, &options, &error);

  g_assert_no_error (error);
  return plan;
}

/* Eight threads as asked for, fewer within a limit, and never less than one. */
static void
test_fewer_threads (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (AmPlan) free_plan = NULL, limited = NULL, ample = NULL, single = NULL, tiny = NULL;

  write_pair (folder);
  free_plan = plan_with (folder, 8, 0);
  limited = plan_with (folder, 8, 25 * MEGABYTE);
  ample = plan_with (folder, 8, am_plan_get_memory (free_plan));
  single = plan_with (folder, 1, 0);
  tiny = plan_with (folder, 8, 1000);
  g_assert_cmpuint (am_plan_get_memory (free_plan), >, 25 * MEGABYTE);
  g_assert_cmpuint (am_plan_get_memory (limited), <=, 25 * MEGABYTE);
  g_assert_cmpuint (am_plan_get_memory (limited), >, am_plan_get_memory (single));
  g_assert_cmpuint (am_plan_get_memory (ample), ==, am_plan_get_memory (free_plan));
  g_assert_cmpuint (am_plan_get_memory (tiny), ==, am_plan_get_memory (single));
  g_assert_null (am_plan_get_warnings (free_plan)[0]);
  g_assert_null (am_plan_get_warnings (limited)[0]);
  g_assert_null (am_plan_get_warnings (ample)[0]);
  fixture_remove_folder (folder);
}

/* What one thread takes fits exactly; a byte less is told, with both figures. */
static void
test_warning (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (AmPlan) single = NULL, exact = NULL, less = NULL, tiny = NULL;
  g_autofree char *figure = NULL;
  guint64 needed;

  write_pair (folder);
  single = plan_with (folder, 1, 0);
  needed = am_plan_get_memory (single);
  exact = plan_with (folder, 0, needed);
  less = plan_with (folder, 0, needed - 1);
  tiny = plan_with (folder, 0, 1000);
  g_assert_cmpuint (am_plan_get_memory (exact), ==, needed);
  g_assert_null (am_plan_get_warnings (exact)[0]);
  g_assert_nonnull (am_plan_get_warnings (less)[0]);
  g_assert_null (am_plan_get_warnings (less)[1]);
  figure = g_strdup_printf ("%.1f MB", (double)needed / MEGABYTE);
  g_assert_nonnull (strstr (am_plan_get_warnings (tiny)[0], figure));
  g_assert_nonnull (strstr (am_plan_get_warnings (tiny)[0], "1000 bytes"));
  fixture_remove_folder (folder);
}

static void
test_same_bytes (void)
{
  static const guint64 limits[] = { 0, 25 * MEGABYTE, 1000 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *expected = NULL;

  write_pair (folder);
  for (guint i = 0; i < G_N_ELEMENTS (limits); i++)
    {
      const AmMergeOptions options = { .memory_limit = limits[i], .force = TRUE };
      g_autofree char *path = merge_into (WEIGHTED, folder, "c.safetensors", &options);
      g_autofree char *digest = file_digest (path);

      if (expected == NULL)
        expected = g_strdup (digest);
      g_assert_cmpstr (digest, ==, expected);
    }
  fixture_remove_folder (folder);
}

/* Conversions keep to it too, and say so in their report. */
static void
test_conversion (void)
{
  const AmConvertOptions options = { .dtype = AM_DTYPE_NONE, .memory_limit = 1000 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *input = g_build_filename (folder, "a.safetensors", NULL);
  g_autofree char *output = g_build_filename (folder, "c.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReport) report = NULL;

  write_pair (folder);
  report = am_convert (input, output, &options, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (am_report_get_warnings (report)[0]);
  g_assert_nonnull (strstr (am_report_get_warnings (report)[0], "1000 bytes"));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory/fewer-threads", test_fewer_threads);
  g_test_add_func ("/memory/warning", test_warning);
  g_test_add_func ("/memory/same-bytes", test_same_bytes);
  g_test_add_func ("/memory/conversion", test_conversion);
  return g_test_run ();
}
