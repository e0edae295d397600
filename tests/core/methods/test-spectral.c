/* Methods over changes as matrices: TSV-Merge, Iso-C, WUDI and ACTMat, against the formulas as they stand,
 * with eigenvectors by Jacobi's rotations. */
#include <math.h>
#include <string.h>

#include "matrices.h"
#include "method-harness.h"

#define N_MODELS 3
#define LONGEST 40

static const struct
{
  const char *shape;
  gsize rows, columns;
} shapes[]
    = { { "7,33", 7, 33 }, { "20,9", 20, 9 }, { "4,2,3,2", 4, 12 }, { "12,12", 12, 12 }, { "1,5", 1, 5 } };

/* sqrt (n) times the working precision in a well-conditioned product of a few matrices. */
#define SLACK 1e-10

static double *
get_change (Harness *harness, guint tensor, guint model, guint n_models)
{
  const gsize n = harness_get_length (harness, tensor);
  double *change = g_new (double, n);

  for (gsize k = 0; k < n; k++)
    change[k]
        = harness_get_input (harness, tensor, model)[k] - harness_get_input (harness, tensor, n_models)[k];
  return change;
}

/* What the last run added to the base. */
static double *
get_merged (Harness *harness, guint tensor, guint n_models)
{
  const gsize n = harness_get_length (harness, tensor);
  double *merged = g_new (double, n);

  for (gsize k = 0; k < n; k++)
    merged[k] = harness_get_raw (harness, tensor)[k] - harness_get_input (harness, tensor, n_models)[k];
  return merged;
}

static double *
sum_changes (Harness *harness, guint tensor, guint n_models)
{
  double *sum = get_change (harness, tensor, 0, n_models);

  for (guint i = 1; i < n_models; i++)
    {
      g_autofree double *change = get_change (harness, tensor, i, n_models);

      add_to (sum, 1, change, harness_get_length (harness, tensor));
    }
  return sum;
}

/* A function of a symmetric matrix: Q^T diag (f) Q. */
static double *
apply_to_spectrum (const double *matrix, gsize n, double (*f) (double value, const double *values, gsize n))
{
  g_autofree double *values = g_new (double, n);
  g_autofree double *vectors = g_new (double, n *n);
  g_autofree double *turned = NULL, *scaled = NULL;

  find_eigenvectors (matrix, n, values, vectors);
  scaled = g_memdup2 (vectors, n * n * sizeof *scaled);
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      scaled[i * n + j] *= f (values[i], values, n);
  turned = transpose (vectors, n, n);
  return multiply (turned, scaled, n, n, n);
}

static double
inverse (double value, const double *values, gsize n)
{
  return value > 1e-4 * largest (values, n) ? 1 / value : 0;
}

static double
inverse_of_all (double value, const double *values, gsize n)
{
  return value > 1e-12 * largest (values, n) ? 1 / value : 0;
}

static double
inverse_in_part (double value, const double *values, gsize n)
{
  return value > 1e-12 * largest (values, n) ? (1 - exp (-0.7 * value)) / value : 0;
}

/* Of as many of the largest as the participation ratio says. */
static double
inverse_of_strongest (double value, const double *values, gsize n)
{
  double sum = 0, squares = 0, n_larger = 0;

  for (gsize i = 0; i < n; i++)
    {
      sum += values[i];
      squares += values[i] * values[i];
      n_larger += values[i] > value ? 1 : 0;
    }
  return n_larger < round (sum * sum / squares) ? 1 / value : 0;
}

static double
inverse_root (double value, const double *values, gsize n)
{
  return value > 1e-11 * largest (values, n) ? 1 / sqrt (value) : 0;
}

static double
root (double value, const double *values, gsize n)
{
  return value > 1e-11 * largest (values, n) ? sqrt (value) : 0;
}

static Harness *
new_harness (const char *method, AmDtype dtype)
{
  Harness *harness = harness_new (method, N_MODELS, TRUE);

  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    {
      harness_add (harness, dtype, shapes[t].shape);
      harness_fill_all (harness, t, 90 + t);
    }
  return harness;
}

/* origin + (sum of (T_i - origin) G_i) f (sum of G_i) with G_i = T_i^T T_i, by the square of T_i if wanted.
 */
static double *
solve_grams (Harness *harness, guint t, const double *origin, gboolean by_energy,
             double (*f) (double value, const double *values, gsize n))
{
  const gsize m = shapes[t].rows, n = shapes[t].columns;
  g_autofree double *left = g_new0 (double, n *n);
  g_autofree double *right = g_new0 (double, m *n);
  g_autofree double *inverted = NULL;
  double *solution;

  for (guint i = 0; i < N_MODELS; i++)
    {
      g_autofree double *change = get_change (harness, t, i, N_MODELS);
      g_autofree double *turned = transpose (change, m, n);
      g_autofree double *gram = multiply (turned, change, n, m, n);
      const double factor = by_energy ? 1 / inner (change, change, m * n) : 1;
      g_autofree double *product = NULL;

      add_to (change, -1, origin, m * n);
      product = multiply (change, gram, m, n, n);
      add_to (left, factor, gram, n * n);
      add_to (right, factor, product, m * n);
    }
  inverted = apply_to_spectrum (left, n, f);
  solution = multiply (right, inverted, m, n, n);
  add_to (solution, 1, origin, m * n);
  return solution;
}

static void
test_actmat (void)
{
  g_autoptr (Harness) harness = new_harness ("actmat", AM_DTYPE_F64);

  harness_run (harness);
  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    {
      g_autofree double *origin = g_new0 (double, harness_get_length (harness, t));
      g_autofree double *expected = solve_grams (harness, t, origin, FALSE, inverse);
      g_autofree double *merged = get_merged (harness, t, N_MODELS);

      assert_close (merged, expected, harness_get_length (harness, t), SLACK);
      g_assert_null (harness_get_stand_in (harness, t));
    }
}

static const struct
{
  const char *rank;
  double time;
  double (*filter) (double value, const double *values, gsize n);
} wudi_cases[] = {
  { "participation", 1e12, inverse_of_strongest },
  { "full", 1e12, inverse_of_all },
  { "full", 0.7, inverse_in_part },
};

static void
test_wudi (void)
{
  for (guint c = 0; c < G_N_ELEMENTS (wudi_cases); c++)
    {
      g_autoptr (Harness) harness = new_harness ("wudi", AM_DTYPE_F64);

      harness_set_choice (harness, "rank", wudi_cases[c].rank);
      harness_set (harness, "time", wudi_cases[c].time);
      harness_run (harness);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        {
          g_autofree double *origin = sum_changes (harness, t, N_MODELS);
          g_autofree double *expected = solve_grams (harness, t, origin, TRUE, wudi_cases[c].filter);
          g_autofree double *merged = get_merged (harness, t, N_MODELS);

          assert_close (merged, expected, harness_get_length (harness, t), SLACK);
        }
    }
}

/* Models that changed what depends on inputs of their own do not interfere: the sum of changes. */
static void
test_apart (gconstpointer method)
{
  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    {
      const gsize n = shapes[t].columns;
      g_autoptr (Harness) harness = harness_new (method, N_MODELS, TRUE);
      g_autofree double *expected = NULL, *merged = NULL;

      harness_add (harness, AM_DTYPE_F64, shapes[t].shape);
      harness_fill_all (harness, 0, 17 + t);
      for (gsize k = 0; k < harness_get_length (harness, 0); k++)
        for (guint i = 0; i < N_MODELS; i++)
          if (k % n % N_MODELS != i)
            harness_set_element (harness, 0, i, k, harness_get_input (harness, 0, N_MODELS)[k]);
      if (g_str_equal (method, "actmat"))
        harness_set (harness, "cutoff", 1e-10);
      harness_run (harness);
      expected = sum_changes (harness, 0, N_MODELS);
      merged = get_merged (harness, 0, N_MODELS);
      assert_close (merged, expected, harness_get_length (harness, 0), 1e-12);
    }
}

/* matrix [m][n] (matrix^T matrix)^(-1/2) */
static double *
find_polar (const double *matrix, gsize m, gsize n, double *trace)
{
  g_autofree double *turned = transpose (matrix, m, n);
  g_autofree double *gram = multiply (turned, matrix, n, m, n);
  g_autofree double *inverted = apply_to_spectrum (gram, n, inverse_root);
  g_autofree double *roots = apply_to_spectrum (gram, n, root);

  *trace = 0;
  for (gsize i = 0; i < n; i++)
    *trace += roots[i * (n + 1)];
  return multiply (matrix, inverted, m, n, n);
}

static void
test_iso_c (void)
{
  g_autoptr (Harness) harness = new_harness ("iso_c", AM_DTYPE_F64);

  harness_run (harness);
  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    {
      const gsize m = shapes[t].rows, n = shapes[t].columns, side = MIN (m, n);
      g_autofree double *sum = sum_changes (harness, t, N_MODELS);
      g_autofree double *merged = get_merged (harness, t, N_MODELS);
      g_autofree double *turned = transpose (merged, m, n);
      g_autofree double *gram
          = m < n ? multiply (merged, turned, m, n, m) : multiply (turned, merged, n, m, n);
      g_autofree double *expected = g_new0 (double, side *side);
      double trace;
      g_autofree double *polar = find_polar (sum, m, n, &trace);
      const double mean = trace / side;

      for (gsize k = 0; k < m * n; k++)
        polar[k] *= mean;
      assert_close (merged, polar, m * n, 1e-8);
      for (gsize i = 0; i < side; i++)
        expected[i * (side + 1)] = mean * mean;
      assert_close (gram, expected, side * side, 1e-8);
      g_assert_cmpfloat_with_epsilon (inner (merged, sum, m * n) / (side * mean * mean), 1, 1e-8);
    }
}

/* Directions in which nothing was changed get nothing. */
static void
test_iso_c_of_low_rank (void)
{
  g_autoptr (Harness) harness = harness_new ("iso_c", 1, TRUE);
  g_autofree double *merged = NULL;

  harness_add (harness, AM_DTYPE_F64, "6,4");
  for (gsize k = 0; k < 24; k++)
    harness_set_element (harness, 0, 0, k, (k / 4 + 1.0) * (k % 4 - 1.5));
  harness_run (harness);
  merged = get_merged (harness, 0, 1);
  for (gsize k = 0; k < 24; k++)
    g_assert_cmpfloat_with_epsilon (merged[k], harness_get_input (harness, 0, 0)[k] / 4, 1e-12);
}

/* The strongest @rank directions of a change, added below those of others: left [rank][m], right [rank][n].
 */
static void
find_strongest (const double *change, gsize m, gsize n, gsize rank, double *left, double *singular,
                double *right)
{
  g_autofree double *turned = transpose (change, m, n);
  g_autofree double *gram = multiply (turned, change, n, m, n);
  double values[LONGEST];
  g_autofree double *vectors = g_new (double, n *n);

  find_eigenvectors (gram, n, values, vectors);
  for (gsize r = 0; r < rank; r++)
    {
      gsize best = 0;

      for (gsize i = 1; i < n; i++)
        best = values[i] > values[best] ? i : best;
      singular[r] = sqrt (values[best]);
      for (gsize j = 0; j < n; j++)
        right[r * n + j] = vectors[best * n + j];
      for (gsize i = 0; i < m; i++)
        left[r * m + i] = inner (change + i * n, vectors + best * n, n) / singular[r];
      values[best] = -1;
    }
}

static double *
merge_singular (Harness *harness, guint t, gsize rank)
{
  const gsize m = shapes[t].rows, n = shapes[t].columns, all = rank * N_MODELS;
  g_autofree double *left = g_new (double, all *m);
  g_autofree double *right = g_new (double, all *n);
  g_autofree double *singular = g_new (double, all);
  g_autofree double *u = NULL, *v = NULL, *turned = NULL;
  double trace;

  for (guint i = 0; i < N_MODELS; i++)
    {
      g_autofree double *change = get_change (harness, t, i, N_MODELS);

      find_strongest (change, m, n, rank, left + i * rank * m, singular + i * rank, right + i * rank * n);
    }
  u = find_polar (left, all, m, &trace);
  v = find_polar (right, all, n, &trace);
  for (gsize k = 0; k < all * n; k++)
    v[k] *= singular[k / n];
  turned = transpose (u, all, m);
  return multiply (turned, v, m, all, n);
}

static void
test_tsv (void)
{
  for (guint part = 0; part < 2; part++)
    {
      g_autoptr (Harness) harness = new_harness ("tsv_merge", AM_DTYPE_F64);

      harness_set (harness, "rank", part ? 0.5 : 1);
      harness_run (harness);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        {
          const gsize side = MIN (shapes[t].rows, shapes[t].columns);
          g_autofree double *expected
              = merge_singular (harness, t, MAX (1, side / (part ? 2 * N_MODELS : N_MODELS)));
          g_autofree double *merged = get_merged (harness, t, N_MODELS);

          assert_close (merged, expected, harness_get_length (harness, t), 1e-8);
        }
    }
}

/* Changes of orthogonal inputs and outputs: the singular values of the result are those of the changes, which
 * takes U^T U and V^T V to be the unit. */
static void
test_tsv_apart (void)
{
  g_autoptr (Harness) harness = harness_new ("tsv_merge", N_MODELS, TRUE);
  g_autofree double *sum = NULL, *merged = NULL;

  harness_add (harness, AM_DTYPE_F64, "12,15");
  harness_fill_all (harness, 0, 23);
  for (gsize k = 0; k < 180; k++)
    for (guint i = 0; i < N_MODELS; i++)
      if (k / 15 % N_MODELS != i || k % 15 % N_MODELS != i)
        harness_set_element (harness, 0, i, k, harness_get_input (harness, 0, N_MODELS)[k]);
  harness_run (harness);
  sum = sum_changes (harness, 0, N_MODELS);
  merged = get_merged (harness, 0, N_MODELS);
  assert_close (merged, sum, 180, 1e-10);
}

/* One model: its own values, but for Iso-C and a part of the rank; lambda as it is. */
static void
test_one_model (gconstpointer method)
{
  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      g_autoptr (Harness) harness = harness_new (method, 1, TRUE);

      harness_add (harness, harness_dtypes[d], "7,33");
      harness_fill_all (harness, 0, 3);
      harness_run (harness);
      harness_assert_equal (harness, 0, harness_get_input (harness, 0, 0));
    }
}

/* Equal changes share all directions; sizes differ by 1e200; lambda is a factor on the change. */
static void
test_scale (gconstpointer method)
{
  g_autoptr (Harness) plain = new_harness (method, AM_DTYPE_F64);
  g_autoptr (Harness) scaled = new_harness (method, AM_DTYPE_F64);
  static const double sizes[] = { 1e-100, 1e100 };

  harness_run (plain);
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      harness_set (scaled, "lambda", -0.5);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        for (guint i = 0; i <= N_MODELS; i++)
          for (gsize k = 0; k < harness_get_length (scaled, t); k++)
            harness_set_element (scaled, t, i, k, harness_get_input (plain, t, i)[k] * sizes[s]);
      harness_run (scaled);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        {
          g_autofree double *expected = get_merged (plain, t, N_MODELS);
          g_autofree double *merged = get_merged (scaled, t, N_MODELS);

          for (gsize k = 0; k < harness_get_length (plain, t); k++)
            expected[k] *= -0.5 * sizes[s];
          assert_close (merged, expected, harness_get_length (plain, t), 1e-9);
        }
    }
}

/* No matrix, a table as long as a vocabulary, or NaN: the mean of the changes, and why. */
static void
test_stand_ins (gconstpointer method)
{
  static const char *const stand_in_shapes[] = { "6", "", "20000,2", "2,20000", "2,3" };
  g_autoptr (Harness) harness = harness_new (method, N_MODELS, TRUE);

  for (guint t = 0; t < G_N_ELEMENTS (stand_in_shapes); t++)
    {
      harness_add (harness, AM_DTYPE_F64, stand_in_shapes[t]);
      harness_fill_all (harness, t, t);
    }
  harness_set_element (harness, 4, 1, 2, NAN);
  harness_set (harness, "lambda", 0.5);
  harness_run (harness);
  for (guint t = 0; t < G_N_ELEMENTS (stand_in_shapes); t++)
    {
      g_autofree double *sum = sum_changes (harness, t, N_MODELS);
      g_autofree double *merged = get_merged (harness, t, N_MODELS);

      for (gsize k = 0; k < harness_get_length (harness, t); k++)
        if (t == 4 && k == 2)
          g_assert_true (isnan (merged[k]));
        else
          g_assert_cmpfloat_with_epsilon (merged[k], 0.5 * sum[k] / N_MODELS, 1e-14);
      g_assert_cmpstr (harness_get_stand_in (harness, t), ==,
                       t == 4 ? AM_STAND_IN_NOT_FINITE : AM_STAND_IN_NOT_A_MATRIX);
      g_assert_true ((harness_count_memory (harness, t) > 0) == (t == 4));
    }
}

static void
add_for (const char *test, const char *method, GTestDataFunc function)
{
  g_autofree char *path = g_strdup_printf ("/spectral/%s/%s", method, test);

  g_test_add_data_func (path, method, function);
}

int
main (int argc, char **argv)
{
  static const char *const methods[] = { "tsv_merge", "iso_c", "wudi", "actmat" };

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spectral/actmat/formula", test_actmat);
  g_test_add_func ("/spectral/wudi/formula", test_wudi);
  g_test_add_func ("/spectral/iso_c/formula", test_iso_c);
  g_test_add_func ("/spectral/iso_c/low-rank", test_iso_c_of_low_rank);
  g_test_add_func ("/spectral/tsv_merge/formula", test_tsv);
  g_test_add_func ("/spectral/tsv_merge/apart", test_tsv_apart);
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (i >= 2)
        add_for ("apart", methods[i], test_apart);
      if (i != 1)
        add_for ("one-model", methods[i], test_one_model);
      add_for ("scale", methods[i], test_scale);
      add_for ("stand-ins", methods[i], test_stand_ins);
    }
  return g_test_run ();
}
