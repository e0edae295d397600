/* Fisher merging. */
#include <math.h>
#include <string.h>

#include "method-harness.h"

#define N_MODELS 3

static const char *const shapes[] = { "7,33", "61", "3,2,3,3", "1", "", "0,4" };

/* The formula, by element; norms are 1 unless told. */
static void
expect (Harness *harness, guint tensor, const double *weight, double floor, const double *norm,
        double *expected)
{
  for (gsize k = 0; k < harness_get_length (harness, tensor); k++)
    {
      double above = 0, below = 0;

      for (guint i = 0; i < N_MODELS; i++)
        {
          double fisher = harness_get_statistic (harness, tensor, i)[k] / norm[i];

          fisher = weight[i] * fmax (fisher, floor);
          above += fisher * harness_get_input (harness, tensor, i)[k];
          below += fisher;
        }
      expected[k] = above / below;
    }
}

static Harness *
new_harness (AmDtype dtype)
{
  Harness *harness = harness_new ("fisher", N_MODELS, FALSE);

  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    {
      harness_add (harness, dtype, shapes[t]);
      harness_fill_all (harness, t, 50 + t);
      harness_give_random_statistics (harness, t, 60 + t, 0);
    }
  return harness;
}

static double
sum_squares (Harness *harness, guint tensor, guint model)
{
  double sum = 0;

  for (gsize k = 0; k < harness_get_length (harness, tensor); k++)
    sum += harness_get_statistic (harness, tensor, model)[k]
           * harness_get_statistic (harness, tensor, model)[k];
  return sum;
}

/* Over the tensor, or over all. */
static void
find_norms (Harness *harness, guint tensor, const char *over, double *norms)
{
  const gboolean is_model = g_str_equal (over, "model");

  for (guint i = 0; i < N_MODELS; i++)
    {
      double sum = 0, n = 0;

      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        if (is_model || t == tensor)
          {
            sum += sum_squares (harness, t, i);
            n += (double)harness_get_length (harness, t);
          }
      norms[i] = g_str_equal (over, "none") || n == 0 ? 1 : sqrt (sum / n);
    }
}

static void
test_formula (gconstpointer over)
{
  static const double weight[N_MODELS] = { 1, 0.25, 7 };

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      g_autoptr (Harness) harness = new_harness (harness_dtypes[d]);

      for (guint i = 0; i < N_MODELS; i++)
        harness_set_for (harness, "weight", i, weight[i]);
      harness_set (harness, "floor", 0.01);
      harness_set_choice (harness, "normalize", over);
      harness_run (harness);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        {
          g_autofree double *expected = g_new0 (double, harness_get_length (harness, t) + 1);
          double norms[N_MODELS];

          find_norms (harness, t, over, norms);
          expect (harness, t, weight, 0.01, norms, expected);
          harness_assert_near (harness, t, expected, 8);
          g_assert_null (harness_get_stand_in (harness, t));
        }
    }
}

/* NumPy: np.average (axis=0, weights=F) of the rows below. */
static void
test_golden (void)
{
  static const double a[] = { 1, -2, 3, 0.5 }, b[] = { 2, 4, -1, 0.25 };
  static const double fisher_a[] = { 0.5, 1e-3, 2, 0.125 }, fisher_b[] = { 0.25, 3e-3, 1e-6, 1.5 };
  static const double expected[] = { 4.0 / 3, 2.5, 2.99999800000100, 0.26923076923076922 };
  g_autoptr (Harness) harness = harness_new ("fisher", 2, FALSE);

  harness_add (harness, AM_DTYPE_F64, "4");
  harness_give_statistics (harness, 0);
  harness_fill (harness, 0, 0, a);
  harness_fill (harness, 0, 1, b);
  for (guint k = 0; k < 4; k++)
    {
      harness_get_statistic (harness, 0, 0)[k] = fisher_a[k];
      harness_get_statistic (harness, 0, 1)[k] = fisher_b[k];
    }
  harness_run (harness);
  for (guint k = 0; k < 4; k++)
    g_assert_cmpfloat_with_epsilon (harness_get_raw (harness, 0)[k], expected[k], 1e-12);
}

static void
expect_average (Harness *harness, guint tensor, double *expected)
{
  for (gsize k = 0; k < harness_get_length (harness, tensor); k++)
    {
      expected[k] = 0;
      for (guint i = 0; i < N_MODELS; i++)
        expected[k] += harness_get_input (harness, tensor, i)[k] / N_MODELS;
    }
}

static void
assert_average (Harness *harness)
{
  harness_run (harness);
  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    {
      g_autofree double *expected = g_new0 (double, harness_get_length (harness, t) + 1);

      expect_average (harness, t, expected);
      harness_assert_near (harness, t, expected, 4);
    }
}

static void
fill_fisher (Harness *harness, guint model, double value)
{
  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    for (gsize k = 0; k < harness_get_length (harness, t); k++)
      harness_get_statistic (harness, t, model)[k] = value;
}

/* Equal Fishers, none that count with a floor and without, and Fishers that are multiples of each other and
 * normalized: the plain average. */
static void
test_average (void)
{
  static const double values[] = { 0.7, 1e-30, 0 };

  for (guint v = 0; v < G_N_ELEMENTS (values); v++)
    for (guint without = 0; without < 2; without++)
      for (guint over = 0; over < 3; over++)
        {
          g_autoptr (Harness) harness = new_harness (AM_DTYPE_F64);

          for (guint i = 0; i < N_MODELS; i++)
            fill_fisher (harness, i, values[v] * (over > 0 ? pow (10, i) : 1));
          harness_set (harness, "normalize", over);
          if (without)
            harness_set (harness, "floor", 0);
          assert_average (harness);
        }
}

/* A model that alone has a Fisher, or all but, decides. */
static void
test_extremes (void)
{
  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    for (guint winner = 0; winner < N_MODELS; winner++)
      {
        g_autoptr (Harness) harness = new_harness (harness_dtypes[d]);

        for (guint i = 0; i < N_MODELS; i++)
          fill_fisher (harness, i, i == winner ? 1e20 : 1e-20);
        harness_run (harness);
        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          harness_assert_equal (harness, t, harness_get_input (harness, t, winner));
        for (guint i = 0; i < N_MODELS; i++)
          fill_fisher (harness, i, i == winner ? 1e-20 : 0);
        harness_set (harness, "floor", 0);
        harness_run (harness);
        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          harness_assert_equal (harness, t, harness_get_input (harness, t, winner));
      }
}

static void
test_no_statistics (void)
{
  const double expected[2] = { 2, -1.5 }, first[2] = { 1, 0 }, second[2] = { 3, -3 };
  g_autoptr (Harness) harness = harness_new ("fisher", 2, FALSE);

  harness_add (harness, AM_DTYPE_F32, "2");
  harness_fill (harness, 0, 0, first);
  harness_fill (harness, 0, 1, second);
  for (guint over = 0; over < 3; over++)
    {
      harness_set (harness, "normalize", over);
      harness_run (harness);
      harness_assert_equal (harness, 0, expected);
      g_assert_cmpstr (harness_get_stand_in (harness, 0), ==, AM_STAND_IN_NO_STATISTICS);
    }
}

/* NaN in a Fisher is seen; NaN of a model without weight is not. */
static void
test_nan (void)
{
  g_autoptr (Harness) harness = new_harness (AM_DTYPE_F32);

  harness_get_statistic (harness, 0, 1)[5] = NAN;
  harness_run (harness);
  for (gsize k = 0; k < harness_get_length (harness, 0); k++)
    g_assert_cmpint (isnan (harness_get_result (harness, 0)[k]) != 0, ==, k == 5);
  harness_set_for (harness, "weight", 1, 0);
  harness_run (harness);
  g_assert_false (isnan (harness_get_result (harness, 0)[5]));
}

static void
test_weights (void)
{
  g_autoptr (Harness) harness = new_harness (AM_DTYPE_F32);
  g_autoptr (GError) error = NULL;

  g_assert_true (harness_check (harness, &error));
  g_assert_no_error (error);
  harness_set (harness, "weight", 0);
  g_assert_false (harness_check (harness, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  g_assert_nonnull (strstr (error->message, "tensor-00"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/fisher/formula", "none", test_formula);
  g_test_add_data_func ("/fisher/formula-by-tensor", "tensor", test_formula);
  g_test_add_data_func ("/fisher/formula-by-model", "model", test_formula);
  g_test_add_func ("/fisher/golden", test_golden);
  g_test_add_func ("/fisher/average", test_average);
  g_test_add_func ("/fisher/extremes", test_extremes);
  g_test_add_func ("/fisher/no-statistics", test_no_statistics);
  g_test_add_func ("/fisher/nan", test_nan);
  g_test_add_func ("/fisher/weights", test_weights);
  return g_test_run ();
}
