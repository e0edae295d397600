/* Statistics that do not go with the models they are named for. */
#include <string.h>

#include "merge-fixture.h"
#include "statistics/statistics.h"

/* [3][4] in each of two models, and statistics of @kind of @shape. */
static void
write_model (const char *folder, const char *name, guint64 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "fc.weight", AM_DTYPE_F32, "3,4", seed, 1.0);
  g_free (fixture_write (fixture, folder, name));
}

static void
write_statistics (const char *folder, const char *name, AmStatisticKind kind, guint64 rows, guint64 columns,
                  const char *model_sha256)
{
  g_autoptr (AmStatisticsSums) sums = am_statistics_sums_new ();
  g_autofree char *path = g_build_filename (folder, name, NULL);
  const guint64 shape[] = { rows, columns };
  g_autoptr (GError) error = NULL;
  double *values = am_statistics_sums_get (sums, kind, FALSE, "fc.weight", 2, shape);

  for (guint64 i = 0; i < rows; i++)
    for (guint64 j = 0; j < columns; j++)
      values[i * columns + j] = kind == AM_STATISTIC_FISHER ? (double)(i + j + 1) : (i == j ? 5.0 : 1.0);
  am_statistics_sums_add_count (sums, kind, FALSE, "fc.weight", 10);
  if (model_sha256 != NULL)
    am_statistics_sums_set_metadata (sums, "model_sha256", model_sha256);
  g_assert_true (am_statistics_sums_write (sums, path, FALSE, FALSE, &error));
  g_assert_no_error (error);
}

#define MODELS(more)                                                                                         \
  "models:\n"                                                                                                \
  "  - {model: DIR/a.safetensors, parameters: {statistics: DIR/a-statistics.safetensors" more "}}\n"         \
  "  - {model: DIR/b.safetensors, parameters: {statistics: DIR/b-statistics.safetensors" more "}}\n"

/* Models a and b and statistics of @kind, of a as it should be and of b of [rows][columns]. */
static char *
write_scene (AmStatisticKind kind, guint64 rows, guint64 columns)
{
  char *folder = fixture_new_folder ();

  write_model (folder, "a.safetensors", 1);
  write_model (folder, "b.safetensors", 2);
  write_statistics (folder, "a-statistics.safetensors", kind, kind == AM_STATISTIC_FISHER ? 3 : 4, 4, NULL);
  write_statistics (folder, "b-statistics.safetensors", kind, rows, columns, NULL);
  return folder;
}

static void
check_fails (const char *folder, const char *yaml, gint code, const char *words)
{
  g_autofree char *path = g_build_filename (folder, "out.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  AmReport *report = merge_run (yaml, folder, "out.safetensors", NULL, &error);

  g_assert_null (report);
  g_assert_error (error, AM_ERROR, code);
  g_assert_nonnull (strstr (error->message, words));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_no_weights (void)
{
  g_autofree char *folder = write_scene (AM_STATISTIC_GRAM, 4, 4);

  check_fails (folder, "merge_method: regmean\n" MODELS (", weight: 0"), AM_ERROR_BAD_RECIPE,
               "all weights of tensor “fc.weight” are 0");
  fixture_remove_folder (folder);
}

/* Either side would fit a matrix alone. */
static void
test_sides (void)
{
  g_autofree char *folder = write_scene (AM_STATISTIC_GRAM, 3, 3);

  check_fails (folder, "merge_method: regmean\n" MODELS (""), AM_ERROR_MISMATCH, "“fc.weight” do not fit it");
  fixture_remove_folder (folder);
}

static void
test_transposed_fisher (void)
{
  g_autofree char *folder = write_scene (AM_STATISTIC_FISHER, 4, 3);

  check_fails (folder, "merge_method: fisher\n" MODELS (""), AM_ERROR_MISMATCH,
               "b-statistics.safetensors: the statistics of tensor “fc.weight” have another shape");
  fixture_remove_folder (folder);
}

/* Nobody has hashed the models before, so only the end of the merge can tell. */
static void
test_other_model (void)
{
  g_autofree char *folder = write_scene (AM_STATISTIC_FISHER, 3, 4);
  g_autofree char *b = g_build_filename (folder, "b.safetensors", NULL);
  g_autofree char *digest = file_digest (b);
  g_autofree char *output = NULL;
  AmMergeOptions force = { .force = TRUE };

  write_statistics (folder, "right.safetensors", AM_STATISTIC_FISHER, 3, 4, digest);
  output = merge_into ("merge_method: fisher\nmodels:\n"
                       "  - {model: DIR/b.safetensors, parameters: {statistics: DIR/right.safetensors}}\n",
                       folder, "right-out.safetensors", &force);
  write_model (folder, "c.safetensors", 3);
  check_fails (folder,
               "merge_method: fisher\nmodels:\n"
               "  - {model: DIR/c.safetensors, parameters: {statistics: DIR/right.safetensors}}\n",
               AM_ERROR_MISMATCH, "right.safetensors was measured on another model than c.safetensors");
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/merge-statistics/no-weights", test_no_weights);
  g_test_add_func ("/merge-statistics/sides", test_sides);
  g_test_add_func ("/merge-statistics/transposed-fisher", test_transposed_fisher);
  g_test_add_func ("/merge-statistics/other-model", test_other_model);
  return g_test_run ();
}
