/* Files of statistics: what is read, what is refused, what is written, and that shards add up. */
#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "statistics/statistics.h"

static char *folder;

static Fixture *
new_file (void)
{
  Fixture *fixture = fixture_new ();

  fixture_set_metadata (fixture, "format", "amalgam-statistics");
  fixture_set_metadata (fixture, "version", "1");
  return fixture;
}

static void
add_one (Fixture *fixture, const char *name, AmDtype dtype, double value)
{
  fixture_add_values (fixture, name, dtype, "", &value);
}

static AmStatistics *
open_good (Fixture *fixture)
{
  g_autofree char *path = fixture_write (fixture, folder, "good.safetensors");
  g_autoptr (GError) error = NULL;
  AmStatistics *statistics = am_statistics_open (path, &error);

  g_assert_no_error (error);
  return statistics;
}

/* A file with one of each. */
static Fixture *
new_full_file (AmDtype dtype)
{
  static const double fisher[] = { 1, 2, 3, 4, 5, 6 }, gram[] = { 4, -2, -2, 9 }, diagonal[] = { 8, 2 };
  static const double sum[] = { 4, -8, 0 }, squares[] = { 8, 16, 12 };
  Fixture *fixture = new_file ();

  fixture_set_metadata (fixture, "estimator", "exact");
  fixture_set_metadata (fixture, "samples", "2");
  fixture_set_metadata (fixture, "data", "digits");
  fixture_add_values (fixture, "fisher/a.weight", dtype, "3,2", fisher);
  add_one (fixture, "fisher.count/a.weight", dtype, 2);
  fixture_add_values (fixture, "gram/a.weight", dtype, "2,2", gram);
  add_one (fixture, "gram.count/a.weight", dtype, 4);
  fixture_add_values (fixture, "gram_diagonal/b.weight", dtype, "2", diagonal);
  add_one (fixture, "gram_diagonal.count/b.weight", dtype, 8);
  fixture_add_values (fixture, "moments.sum/a.weight", dtype, "3", sum);
  fixture_add_values (fixture, "moments.squares/a.weight", dtype, "3", squares);
  add_one (fixture, "moments.count/a.weight", dtype, 4);
  return fixture;
}

static void
assert_means (const AmStatistics *statistics, const AmStatistic *statistic, guint64 first, gsize n,
              const double *wanted)
{
  g_autofree double *means = g_new (double, n);

  g_assert_true (am_statistic_read (statistics, statistic, first, n, means, NULL));
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat (means[i], ==, wanted[i]);
}

static void
assert_full_file (const AmStatistics *statistics)
{
  const AmStatistic *fisher = am_statistics_find (statistics, AM_STATISTIC_FISHER, "a.weight");
  const AmStatistic *gram = am_statistics_find (statistics, AM_STATISTIC_GRAM, "a.weight");
  const AmStatistic *diagonal = am_statistics_find (statistics, AM_STATISTIC_GRAM, "b.weight");
  const AmStatistic *moments = am_statistics_find (statistics, AM_STATISTIC_MOMENTS, "a.weight");
  double means[3], deviations[3];

  g_assert_cmpuint (am_statistics_get_n (statistics), ==, 4);
  g_assert_cmpuint (fisher->n_dims, ==, 2);
  g_assert_cmpuint (fisher->shape[0], ==, 3);
  assert_means (statistics, fisher, 0, 6, (double[]){ 0.5, 1, 1.5, 2, 2.5, 3 });
  assert_means (statistics, fisher, 4, 2, (double[]){ 2.5, 3 });
  g_assert_false (gram->is_diagonal);
  assert_means (statistics, gram, 0, 4, (double[]){ 1, -0.5, -0.5, 2.25 });
  assert_means (statistics, gram, 1, 3, (double[]){ -0.5, -0.5, 2.25 });
  g_assert_true (diagonal->is_diagonal);
  assert_means (statistics, diagonal, 0, 2, (double[]){ 1, 0.25 });
  g_assert_true (am_statistic_read_moments (statistics, moments, means, deviations, NULL));
  g_assert_cmpfloat (means[0], ==, 1);
  g_assert_cmpfloat (means[1], ==, -2);
  g_assert_cmpfloat (means[2], ==, 0);
  g_assert_cmpfloat (deviations[0], ==, 1);
  g_assert_cmpfloat (deviations[1], ==, 0);
  g_assert_cmpfloat_with_epsilon (deviations[2], sqrt (3.0), 1e-15);
}

static void
test_read (void)
{
  static const AmDtype dtypes[] = { AM_DTYPE_F32, AM_DTYPE_F64, AM_DTYPE_F16, AM_DTYPE_BF16 };

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    {
      g_autoptr (Fixture) fixture = new_full_file (dtypes[i]);
      g_autoptr (AmStatistics) statistics = open_good (fixture);

      assert_full_file (statistics);
      g_assert_cmpstr (am_statistics_get_metadata (statistics, "estimator"), ==, "exact");
      g_assert_null (am_statistics_get_metadata (statistics, "model"));
      g_assert_null (am_statistics_find (statistics, AM_STATISTIC_FISHER, "b.weight"));
    }
}

/* Tensors of kinds that a later version may add do not matter; a full Gram goes before its diagonal. */
static void
test_others (void)
{
  g_autoptr (Fixture) fixture = new_full_file (AM_DTYPE_F32);
  g_autoptr (AmStatistics) statistics = NULL;

  add_one (fixture, "covariance/a.weight", AM_DTYPE_F32, 2);
  fixture_add_values (fixture, "gram_diagonal/a.weight", AM_DTYPE_F32, "2", (double[]){ 1, 1 });
  add_one (fixture, "gram_diagonal.count/a.weight", AM_DTYPE_F32, 1);
  statistics = open_good (fixture);
  g_assert_cmpuint (am_statistics_get_n (statistics), ==, 5);
  g_assert_false (am_statistics_find (statistics, AM_STATISTIC_GRAM, "a.weight")->is_diagonal);
}

typedef struct
{
  const char *name;
  AmDtype dtype;
  const char *shape;
  double values[4];
} Part;

/* The error of opening, or of reading all values, names the file and all of @wanted between '|'. */
static void
assert_bad (const Part *parts, guint n, AmError code, const char *wanted)
{
  g_autoptr (Fixture) fixture = new_file ();
  g_autofree char *path = NULL;
  g_autoptr (AmStatistics) statistics = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = g_strsplit (wanted, "|", -1);

  for (guint i = 0; i < n; i++)
    fixture_add_values (fixture, parts[i].name, parts[i].dtype, parts[i].shape, parts[i].values);
  path = fixture_write (fixture, folder, "bad.safetensors");
  statistics = am_statistics_open (path, &error);
  if (statistics != NULL)
    {
      const AmStatistic *statistic = am_statistics_get (statistics, 0);
      double means[4], deviations[4];

      if (statistic->kind == AM_STATISTIC_MOMENTS)
        g_assert_false (am_statistic_read_moments (statistics, statistic, means, deviations, &error));
      else
        g_assert_false (am_statistic_read (statistics, statistic, 0, statistic->length, means, &error));
    }
  g_assert_error (error, AM_ERROR, (gint)code);
  g_assert_nonnull (strstr (error->message, "bad.safetensors"));
  for (guint i = 0; words[i] != NULL; i++)
    if (strstr (error->message, words[i]) == NULL)
      g_error ("\"%s\" does not say \"%s\"", error->message, words[i]);
}

#define BAD(code, wanted, ...)                                                                               \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    const Part parts[] = { __VA_ARGS__ };                                                                    \
    assert_bad (parts, G_N_ELEMENTS (parts), AM_ERROR_##code, wanted);                                       \
  }                                                                                                          \
  G_STMT_END

static void
test_counts (void)
{
  BAD (CORRUPT, "fisher/w|fisher.count/w|missing", { "fisher/w", AM_DTYPE_F32, "2", { 1, 2 } });
  BAD (CORRUPT, "gram.count/w|above 0", { "gram/w", AM_DTYPE_F32, "1,1", { 1 } },
       { "gram.count/w", AM_DTYPE_F32, "", { 0 } });
  BAD (CORRUPT, "gram.count/w|above 0", { "gram/w", AM_DTYPE_F32, "1,1", { 1 } },
       { "gram.count/w", AM_DTYPE_F32, "", { -3 } });
  BAD (CORRUPT, "gram.count/w|above 0", { "gram/w", AM_DTYPE_F32, "1,1", { 1 } },
       { "gram.count/w", AM_DTYPE_F32, "", { NAN } });
  BAD (CORRUPT, "gram.count/w|above 0", { "gram/w", AM_DTYPE_F32, "1,1", { 1 } },
       { "gram.count/w", AM_DTYPE_F32, "", { INFINITY } });
  BAD (CORRUPT, "gram.count/w|one floating-point number", { "gram/w", AM_DTYPE_F32, "1,1", { 1 } },
       { "gram.count/w", AM_DTYPE_F32, "2", { 1, 1 } });
  BAD (CORRUPT, "gram.count/w|gram/w|missing", { "gram.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "moments.squares/w|missing", { "moments.squares/w", AM_DTYPE_F32, "1", { 1 } });
}

static void
test_shapes (void)
{
  BAD (CORRUPT, "gram/w|square", { "gram/w", AM_DTYPE_F32, "1,2", { 1, 1 } },
       { "gram.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "gram/w|square", { "gram/w", AM_DTYPE_F32, "4", { 1, 1 } },
       { "gram.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "gram_diagonal/w|one axis", { "gram_diagonal/w", AM_DTYPE_F32, "2,2", { 1, 1, 1, 1 } },
       { "gram_diagonal.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "gram/w|empty", { "gram/w", AM_DTYPE_F32, "0,0", { 0 } },
       { "gram.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "moments.sum/w|moments.squares/w|missing", { "moments.sum/w", AM_DTYPE_F32, "2", { 1, 1 } },
       { "moments.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "moments.squares/w|differ", { "moments.sum/w", AM_DTYPE_F32, "2", { 1, 1 } },
       { "moments.squares/w", AM_DTYPE_F32, "1", { 1 } }, { "moments.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "no statistics", { "weight", AM_DTYPE_F32, "1", { 1 } });
}

static void
test_values (void)
{
  BAD (CORRUPT, "fisher/w|element 1|not below 0", { "fisher/w", AM_DTYPE_F32, "2", { 1, -1 } },
       { "fisher.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "fisher/w|element 0|not a finite", { "fisher/w", AM_DTYPE_F32, "2", { NAN, 1 } },
       { "fisher.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "gram/w|element 2|not a finite", { "gram/w", AM_DTYPE_F32, "2,2", { 1, 0, INFINITY, 1 } },
       { "gram.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "gram/w|element 3|not below 0", { "gram/w", AM_DTYPE_F32, "2,2", { 1, -1, -1, -1 } },
       { "gram.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "gram_diagonal/w|element 1|not below 0", { "gram_diagonal/w", AM_DTYPE_F32, "2", { 1, -1 } },
       { "gram_diagonal.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "moments.squares/w|smaller", { "moments.sum/w", AM_DTYPE_F32, "1", { 2 } },
       { "moments.squares/w", AM_DTYPE_F32, "1", { 3 } }, { "moments.count/w", AM_DTYPE_F32, "", { 1 } });
  BAD (CORRUPT, "moments.squares/w|element 0|not below 0", { "moments.sum/w", AM_DTYPE_F32, "1", { 0 } },
       { "moments.squares/w", AM_DTYPE_F32, "1", { -3 } }, { "moments.count/w", AM_DTYPE_F32, "", { 1 } });
}

static void
test_versions (void)
{
  static const char *const cases[][3] = {
    { NULL, NULL, "holds no statistics" },
    { "pt", "1", "holds no statistics" },
    { "amalgam-statistics", "2", "version “2”" },
    { "amalgam-statistics", NULL, "version" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();
      g_autoptr (GError) error = NULL;
      g_autofree char *path = NULL;

      for (guint k = 0; k < 2; k++)
        if (cases[i][k] != NULL)
          fixture_set_metadata (fixture, k == 0 ? "format" : "version", cases[i][k]);
      add_one (fixture, "fisher/w", AM_DTYPE_F32, 1);
      path = fixture_write (fixture, folder, "version.safetensors");
      g_assert_null (am_statistics_open (path, &error));
      g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, "version.safetensors"));
      g_assert_nonnull (strstr (error->message, cases[i][2]));
    }
}

static AmStatistics *
write_and_open (AmStatisticsSums *sums)
{
  g_autofree char *path = g_build_filename (folder, "written.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  AmStatistics *statistics;

  g_assert_true (am_statistics_sums_write (sums, path, TRUE, FALSE, &error));
  g_assert_no_error (error);
  statistics = am_statistics_open (path, &error);
  g_assert_no_error (error);
  return statistics;
}

/* What was read comes out as it was, in the types that are promised, twice over when it is added twice. */
static void
test_write (void)
{
  g_autoptr (Fixture) fixture = new_full_file (AM_DTYPE_F16);
  g_autoptr (AmStatistics) source = open_good (fixture);

  for (guint n = 1; n <= 2; n++)
    {
      g_autoptr (AmStatisticsSums) sums = am_statistics_sums_new ();
      g_autoptr (AmStatistics) written = NULL;
      const AmStatistic *moments;

      for (guint i = 0; i < n; i++)
        g_assert_true (am_statistics_sums_add_file (sums, source, NULL));
      written = write_and_open (sums);
      assert_full_file (written);
      moments = am_statistics_find (written, AM_STATISTIC_MOMENTS, "a.weight");
      g_assert_cmpfloat (moments->count, ==, 4.0 * n);
      g_assert_cmpint (moments->sums->dtype, ==, AM_DTYPE_F64);
      g_assert_cmpint (am_statistics_find (written, AM_STATISTIC_GRAM, "a.weight")->sums->dtype, ==,
                       AM_DTYPE_F32);
      g_assert_cmpstr (am_statistics_get_metadata (written, "kinds"), ==, "fisher,gram,moments");
      g_assert_cmpstr (am_statistics_get_metadata (written, "samples"), ==, n == 1 ? "2" : "4");
      g_assert_cmpstr (am_statistics_get_metadata (written, "data"), ==, "digits");
    }
}

/* A tensor longer than what is written at once, between others. */
static void
test_write_long (void)
{
  const guint64 shape[] = { 600, 1001 };
  g_autoptr (AmStatisticsSums) sums = am_statistics_sums_new ();
  g_autoptr (AmStatistics) written = NULL;
  double *values = am_statistics_sums_get (sums, AM_STATISTIC_FISHER, FALSE, "b", 2, shape), mean;

  for (guint i = 0; i < 600600; i++)
    values[i] = i;
  am_statistics_sums_add_count (sums, AM_STATISTIC_FISHER, FALSE, "b", 1);
  am_statistics_sums_get (sums, AM_STATISTIC_FISHER, FALSE, "a", 0, NULL)[0] = 3;
  am_statistics_sums_add_count (sums, AM_STATISTIC_FISHER, FALSE, "a", 1);
  am_statistics_sums_get (sums, AM_STATISTIC_FISHER, FALSE, "without count", 0, NULL)[0] = 3;
  g_assert_true (am_statistics_sums_get (sums, AM_STATISTIC_FISHER, FALSE, "b", 2, shape) == values);
  written = write_and_open (sums);
  g_assert_cmpuint (am_statistics_get_n (written), ==, 2);
  for (guint i = 0; i < 600600; i += 599)
    assert_means (written, am_statistics_find (written, AM_STATISTIC_FISHER, "b"), i, 1, (double[]){ i });
  g_assert_true (
      am_statistic_read (written, am_statistics_find (written, AM_STATISTIC_FISHER, "a"), 0, 1, &mean, NULL));
  g_assert_cmpfloat (mean, ==, 3);
}

static void
test_write_refused (void)
{
  g_autoptr (AmStatisticsSums) sums = am_statistics_sums_new ();
  g_autofree char *path = g_build_filename (folder, "refused.safetensors", NULL);
  g_autoptr (GError) error = NULL;
  double *value;

  g_assert_false (am_statistics_sums_write (sums, path, FALSE, FALSE, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  value = am_statistics_sums_get (sums, AM_STATISTIC_FISHER, FALSE, "huge", 0, NULL);
  am_statistics_sums_add_count (sums, AM_STATISTIC_FISHER, FALSE, "huge", 1);
  *value = 1e39;
  g_assert_false (am_statistics_sums_write (sums, path, FALSE, FALSE, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "huge"));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_error (&error);
  *value = 1;
  g_assert_true (am_statistics_sums_write (sums, path, FALSE, FALSE, NULL));
  g_assert_false (am_statistics_sums_write (sums, path, FALSE, FALSE, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
}

/* What may differ between shards and what may not. */
static void
test_shards (void)
{
  static const struct
  {
    const char *key, *a, *b, *joined; /* NULL: refused */
  } cases[] = {
    { "estimator", "exact", "sampled", NULL },
    { "model_sha256", "12", "13", NULL },
    { "preprocessing", "a", "b", NULL },
    { "estimator", "exact", "exact", "exact" },
    { "data", "train-1", "train-2", "train-1, train-2" },
    { "samples", "100", "20", "120" },
    { "model_sha256", NULL, "12", "12" },
    { "model_sha256", "12", NULL, "12" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmStatisticsSums) sums = am_statistics_sums_new ();
      g_autoptr (GError) error = NULL;
      gboolean is_added = TRUE;

      for (guint side = 0; side < 2; side++)
        {
          const char *value = side == 0 ? cases[i].a : cases[i].b;
          g_autoptr (Fixture) fixture = new_file ();
          g_autoptr (AmStatistics) shard = NULL;

          if (value != NULL)
            fixture_set_metadata (fixture, cases[i].key, value);
          add_one (fixture, "fisher/w", AM_DTYPE_F32, 3);
          add_one (fixture, "fisher.count/w", AM_DTYPE_F32, 1);
          shard = open_good (fixture);
          is_added = am_statistics_sums_add_file (sums, shard, &error);
        }
      g_assert_cmpint (is_added, ==, cases[i].joined != NULL);
      if (is_added)
        {
          g_autoptr (AmStatistics) written = write_and_open (sums);

          g_assert_cmpstr (am_statistics_get_metadata (written, cases[i].key), ==, cases[i].joined);
          assert_means (written, am_statistics_get (written, 0), 0, 1, (double[]){ 3 });
          continue;
        }
      g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
      g_assert_nonnull (strstr (error->message, cases[i].key));
    }
}

static void
test_shard_shapes (void)
{
  g_autoptr (AmStatisticsSums) sums = am_statistics_sums_new ();
  g_autoptr (Fixture) fixture = new_full_file (AM_DTYPE_F32);
  g_autoptr (AmStatistics) statistics = open_good (fixture);
  g_autoptr (GError) error = NULL;
  const guint64 shape[] = { 2, 3 };

  am_statistics_sums_get (sums, AM_STATISTIC_FISHER, FALSE, "a.weight", 2, shape);
  g_assert_false (am_statistics_sums_add_file (sums, statistics, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "fisher/a.weight"));
}

static void
test_kinds (void)
{
  guint kinds;
  g_autoptr (GError) error = NULL;

  g_assert_true (am_statistic_kinds_parse ("gram, fisher", &kinds, NULL));
  g_assert_cmpuint (kinds, ==, 1u << AM_STATISTIC_GRAM | 1u << AM_STATISTIC_FISHER);
  g_assert_true (am_statistic_kinds_parse ("moments", &kinds, NULL));
  g_assert_cmpuint (kinds, ==, 1u << AM_STATISTIC_MOMENTS);
  g_assert_false (am_statistic_kinds_parse ("gram,hessian", &kinds, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  g_assert_nonnull (strstr (error->message, "hessian"));
  g_assert_false (am_statistic_kinds_parse ("", &kinds, NULL));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_func ("/statistics/read", test_read);
  g_test_add_func ("/statistics/others", test_others);
  g_test_add_func ("/statistics/counts", test_counts);
  g_test_add_func ("/statistics/shapes", test_shapes);
  g_test_add_func ("/statistics/values", test_values);
  g_test_add_func ("/statistics/versions", test_versions);
  g_test_add_func ("/statistics/write", test_write);
  g_test_add_func ("/statistics/write-long", test_write_long);
  g_test_add_func ("/statistics/write-refused", test_write_refused);
  g_test_add_func ("/statistics/shards", test_shards);
  g_test_add_func ("/statistics/shard-shapes", test_shard_shapes);
  g_test_add_func ("/statistics/kinds", test_kinds);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return status;
}
