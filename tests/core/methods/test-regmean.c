/* RegMean and the solver behind it. */
#include <math.h>
#include <string.h>

#include "matrices.h"
#include "method-harness.h"
#include "methods/gram-solve.h"

#define N_MODELS 3

static const struct
{
  const char *shape;
  gsize rows, columns;
} shapes[] = { { "7,33", 7, 33 }, { "20,9", 20, 9 }, { "3,2,3,3", 3, 18 }, { "1,5", 1, 5 }, { "6,1", 6, 1 } };

static Harness *
new_harness (AmDtype dtype, gboolean has_base)
{
  Harness *harness = harness_new ("regmean", N_MODELS, has_base);

  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    {
      harness_add (harness, dtype, shapes[t].shape);
      harness_fill_all (harness, t, 70 + t);
      harness_give_random_statistics (harness, t, 80 + t, 1000);
    }
  return harness;
}

/* sum of weight (alpha G + (1 - alpha) diag G) into @left, kappa included, and of W H, and kappa W_0, into
 * @right. */
static void
build_equations (Harness *harness, guint tensor, const double *weight, double alpha, double ridge,
                 const double *anchor, double *left, double *right)
{
  const gsize m = shapes[tensor].rows, n = shapes[tensor].columns;
  double trace = 0;

  memset (left, 0, n * n * sizeof *left);
  memset (right, 0, m * n * sizeof *right);
  for (guint i = 0; i < N_MODELS; i++)
    {
      g_autofree double *gram = g_memdup2 (harness_get_statistic (harness, tensor, i), n * n * sizeof *gram);
      g_autofree double *product = NULL;

      for (gsize k = 0; k < n * n; k++)
        gram[k] *= weight[i] * (k % (n + 1) == 0 ? 1 : alpha);
      product = multiply (harness_get_input (harness, tensor, i), gram, m, n, n);
      for (gsize k = 0; k < n * n; k++)
        left[k] += gram[k];
      for (gsize k = 0; k < m * n; k++)
        right[k] += product[k];
    }
  for (gsize j = 0; j < n; j++)
    trace += left[j * (n + 1)];
  for (gsize j = 0; j < n; j++)
    left[j * (n + 1)] += ridge * trace / n;
  for (gsize k = 0; k < m * n; k++)
    right[k] += ridge * trace / n * (anchor != NULL ? anchor[k] : 0);
}

static void
average (Harness *harness, guint tensor, const double *weight, double *mean)
{
  for (gsize k = 0; k < harness_get_length (harness, tensor); k++)
    {
      double sum = 0;

      mean[k] = 0;
      for (guint i = 0; i < N_MODELS; i++)
        {
          mean[k] += weight[i] * harness_get_input (harness, tensor, i)[k];
          sum += weight[i];
        }
      mean[k] /= sum;
    }
}

/* The result against elimination, and the rest it leaves in the normal equations. */
static void
check_tensor (Harness *harness, guint t, const double *weight, double alpha, double ridge, gboolean has_base)
{
  const gsize m = shapes[t].rows, n = shapes[t].columns;
  g_autofree double *left = g_new (double, n *n);
  g_autofree double *right = g_new (double, m *n);
  g_autofree double *mean = g_new (double, m *n);
  g_autofree double *expected = NULL, *product = NULL;

  average (harness, t, weight, mean);
  build_equations (harness, t, weight, alpha, ridge,
                   has_base ? harness_get_input (harness, t, N_MODELS) : mean, left, right);
  expected = solve_rows (left, right, m, n);
  harness_assert_near (harness, t, expected, 64);
  product = multiply (harness_get_raw (harness, t), left, m, n, n);
  assert_close (product, right, m * n, 1e-13);
  g_assert_null (harness_get_stand_in (harness, t));
}

static void
test_equations (void)
{
  static const double weight[N_MODELS] = { 1, 0.3, 5 };
  static const double alphas[] = { 0.9, 1, 0, 0.1 }, ridges[] = { 0, 0.5, 0, 1e-3 };

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    for (guint c = 0; c < G_N_ELEMENTS (alphas); c++)
      for (guint has_base = 0; has_base < 2; has_base++)
        {
          g_autoptr (Harness) harness = new_harness (harness_dtypes[d], has_base);

          for (guint i = 0; i < N_MODELS; i++)
            harness_set_for (harness, "weight", i, weight[i]);
          harness_set (harness, "alpha", alphas[c]);
          harness_set (harness, "ridge", ridges[c]);
          harness_run (harness);
          for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
            check_tensor (harness, t, weight, alphas[c], ridges[c], has_base);
        }
}

/* numpy.linalg.solve ((G1 + G2).T, (W1 @ G1 + W2 @ G2).T).T, at alpha 1. */
static void
test_golden (void)
{
  static const double first[] = { 1, 2, 3, 4 }, second[] = { -1, 0.5, 2, 0.25 };
  static const double gram_first[] = { 2, 0.5, 0.5, 1 }, gram_second[] = { 1, -0.25, -0.25, 3 };
  static const double expected[]
      = { 0.5392670157068062, 1.0287958115183247, 3.2094240837696333, 1.236910994764398 };
  g_autoptr (Harness) harness = harness_new ("regmean", 2, FALSE);

  harness_add (harness, AM_DTYPE_F64, "2,2");
  harness_give_statistics (harness, 0);
  harness_fill (harness, 0, 0, first);
  harness_fill (harness, 0, 1, second);
  memcpy (harness_get_statistic (harness, 0, 0), gram_first, sizeof gram_first);
  memcpy (harness_get_statistic (harness, 0, 1), gram_second, sizeof gram_second);
  harness_set (harness, "alpha", 1);
  harness_run (harness);
  assert_close (harness_get_raw (harness, 0), expected, 4, 1e-14);
}

static void
copy_statistic (Harness *harness, guint tensor, guint to, double factor)
{
  for (gsize k = 0; k < harness_get_statistic_length (harness, tensor, 0); k++)
    harness_get_statistic (harness, tensor, to)[k] = factor * harness_get_statistic (harness, tensor, 0)[k];
}

/* Equal Grams: the average; multiples of one Gram: a weighted one. */
static void
test_equal_grams (void)
{
  static const double weight[N_MODELS] = { 1, 4, 0.5 };
  g_autoptr (Harness) harness = new_harness (AM_DTYPE_F64, FALSE);

  for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
    {
      g_autofree double *expected = g_new (double, harness_get_length (harness, t));

      for (guint i = 1; i < N_MODELS; i++)
        copy_statistic (harness, t, i, weight[i]);
      harness_run (harness);
      average (harness, t, weight, expected);
      assert_close (harness_get_raw (harness, t), expected, harness_get_length (harness, t), 1e-12);
    }
}

/* All Grams times a number, or the weights: nothing changes. */
static void
test_scale (void)
{
  static const double factors[] = { 3e-9, 7e11 };
  g_autoptr (Harness) plain = new_harness (AM_DTYPE_F64, TRUE);

  harness_set (plain, "ridge", 0.01);
  harness_run (plain);
  for (guint f = 0; f < G_N_ELEMENTS (factors); f++)
    {
      g_autoptr (Harness) scaled = new_harness (AM_DTYPE_F64, TRUE);

      harness_set (scaled, "ridge", 0.01);
      harness_set (scaled, "weight", 12);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        for (guint i = 0; i < N_MODELS; i++)
          for (gsize k = 0; k < harness_get_statistic_length (scaled, t, i); k++)
            harness_get_statistic (scaled, t, i)[k] *= factors[f];
      harness_run (scaled);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        assert_close (harness_get_raw (scaled, t), harness_get_raw (plain, t), harness_get_length (plain, t),
                      1e-12);
    }
}

/* Diagonals alone, for all models: what alpha 0 makes of the whole Grams. With some of them whole, they count
 * as matrices. */
static void
test_diagonals (void)
{
  for (guint n_diagonal = 1; n_diagonal <= N_MODELS; n_diagonal++)
    for (guint has_base = 0; has_base < 2; has_base++)
      {
        g_autoptr (Harness) whole = new_harness (AM_DTYPE_F64, has_base);
        g_autoptr (Harness) diagonal = new_harness (AM_DTYPE_F64, has_base);

        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          for (guint i = 0; i < n_diagonal; i++)
            {
              const gsize n = shapes[t].columns;

              harness_give_gram (diagonal, t, i, n, TRUE);
              for (gsize j = 0; j < n; j++)
                harness_get_statistic (diagonal, t, i)[j] = harness_get_statistic (whole, t, i)[j * (n + 1)];
            }
        harness_set (whole, "alpha", 0);
        harness_set (diagonal, "alpha", n_diagonal < N_MODELS ? 0 : 0.9);
        harness_set (whole, "ridge", 0.1);
        harness_set (diagonal, "ridge", 0.1);
        harness_set_range (diagonal, 5);
        harness_run (whole);
        harness_run (diagonal);
        for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
          assert_close (harness_get_raw (diagonal, t), harness_get_raw (whole, t),
                        harness_get_length (whole, t), 1e-13);
      }
}

/* Fills weights [in][out] with those of another harness turned round. */
static void
fill_turned (Harness *to, Harness *from, guint tensor)
{
  for (guint i = 0; i < N_MODELS; i++)
    {
      g_autofree double *turned = transpose (harness_get_input (from, tensor, i), 7, 33);

      harness_fill (to, 0, i, turned);
      harness_give_gram (to, 0, i, 33, FALSE);
      memcpy (harness_get_statistic (to, 0, i), harness_get_statistic (from, tensor, i),
              33 * 33 * sizeof (double));
    }
}

/* Weights [in][out], as the Gram's side tells. */
static void
test_transposed (void)
{
  g_autoptr (Harness) usual = new_harness (AM_DTYPE_F64, FALSE);
  g_autoptr (Harness) turned = harness_new ("regmean", N_MODELS, FALSE);
  g_autofree double *expected = NULL;

  harness_add (turned, AM_DTYPE_F64, "33,7");
  fill_turned (turned, usual, 0);
  harness_run (usual);
  harness_run (turned);
  expected = transpose (harness_get_raw (usual, 0), 7, 33);
  assert_close (harness_get_raw (turned, 0), expected, 7 * 33, 1e-15);

  for (guint i = 0; i < N_MODELS; i++)
    {
      harness_give_gram (turned, 0, i, 33, TRUE);
      harness_give_gram (usual, 0, i, 33, TRUE);
      for (gsize j = 0; j < 33; j++)
        harness_get_statistic (turned, 0, i)[j] = harness_get_statistic (usual, 0, i)[j] = 1 + i * j;
    }
  harness_set_range (turned, 10);
  harness_run (usual);
  harness_run (turned);
  g_free (expected);
  expected = transpose (harness_get_raw (usual, 0), 7, 33);
  assert_close (harness_get_raw (turned, 0), expected, 7 * 33, 1e-15);
}

/* An input that no model ever saw: the mean there, and no ridge for its sake. */
static void
test_dead_input (void)
{
  for (guint has_base = 0; has_base < 2; has_base++)
    {
      g_autoptr (Harness) harness = new_harness (AM_DTYPE_F64, has_base);
      const double equal[N_MODELS] = { 1, 1, 1 };
      g_autofree double *mean = g_new (double, 7 * 33);

      for (guint i = 0; i < N_MODELS; i++)
        for (gsize j = 0; j < 33; j++)
          harness_get_statistic (harness, 0, i)[4 * 33 + j]
              = harness_get_statistic (harness, 0, i)[j * 33 + 4] = 0;
      harness_run (harness);
      average (harness, 0, equal, mean);
      for (gsize row = 0; row < 7; row++)
        g_assert_cmpfloat_with_epsilon (harness_get_raw (harness, 0)[row * 33 + 4], mean[row * 33 + 4],
                                        1e-14);
      g_assert_null (harness_get_stand_in (harness, 0));
    }
}

/* Two inputs that are always the same leave a direction open: a ridge is found, told, and the answer is as
 * small as the models. */
static void
test_singular (void)
{
  g_autoptr (Harness) harness = new_harness (AM_DTYPE_F64, FALSE);
  g_autofree double *left = g_new (double, 33 * 33);
  g_autofree double *right = g_new (double, 7 * 33);
  g_autofree double *product = NULL;
  const double equal[N_MODELS] = { 1, 1, 1 };

  for (guint i = 0; i < N_MODELS; i++)
    {
      double *gram = harness_get_statistic (harness, 0, i);

      for (gsize j = 0; j < 33; j++)
        gram[8 * 33 + j] = gram[3 * 33 + j];
      for (gsize j = 0; j < 33; j++)
        gram[j * 33 + 8] = gram[j * 33 + 3];
    }
  harness_set (harness, "alpha", 1);
  harness_run (harness);
  g_assert_cmpstr (harness_get_stand_in (harness, 0), ==, AM_STAND_IN_RIDGE);
  g_assert_null (harness_get_stand_in (harness, 1));
  g_assert_cmpfloat (largest (harness_get_raw (harness, 0), 7 * 33), <, 100);
  build_equations (harness, 0, equal, 1, 0, NULL, left, right);
  product = multiply (harness_get_raw (harness, 0), left, 7, 33, 33);
  assert_close (product, right, 7 * 33, 1e-8);
}

static void
test_one_model (void)
{
  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      g_autoptr (Harness) harness = harness_new ("regmean", 1, FALSE);

      harness_add (harness, harness_dtypes[d], "7,33");
      harness_fill_all (harness, 0, 3);
      harness_set_element (harness, 0, 0, 5, NAN);
      harness_give_random_statistics (harness, 0, 4, 1000);
      harness_run (harness);
      harness_assert_equal (harness, 0, harness_get_input (harness, 0, 0));
      g_assert_null (harness_get_stand_in (harness, 0));
    }
}

/* Without statistics, of one axis, or with NaN: the average, and why. */
static void
test_stand_ins (void)
{
  const double equal[N_MODELS] = { 1, 1, 1 };
  g_autoptr (Harness) harness = harness_new ("regmean", N_MODELS, TRUE);

  for (guint t = 0; t < 3; t++)
    {
      harness_add (harness, AM_DTYPE_F32, t == 1 ? "12" : "3,4");
      harness_fill_all (harness, t, t);
    }
  harness_give_random_statistics (harness, 2, 1, 1000);
  harness_set_element (harness, 2, 1, 7, INFINITY);
  harness_run (harness);
  for (guint t = 0; t < 3; t++)
    {
      double expected[12];

      average (harness, t, equal, expected);
      for (guint k = 0; k < 12; k++)
        if (isfinite (expected[k]))
          g_assert_cmpfloat_with_epsilon (harness_get_raw (harness, t)[k], expected[k], 1e-6);
        else
          g_assert_false (isfinite (harness_get_raw (harness, t)[k]));
      g_assert_cmpstr (harness_get_stand_in (harness, t), ==,
                       t == 2 ? AM_STAND_IN_NOT_FINITE : AM_STAND_IN_NO_STATISTICS);
    }
}

/* A Gram of another layer; two that do not go together; one that is no Gram. */
static void
test_misfits (void)
{
  for (guint kind = 0; kind < 4; kind++)
    {
      g_autoptr (Harness) harness = new_harness (AM_DTYPE_F32, FALSE);
      g_autoptr (GError) error = NULL;

      if (kind == 0)
        for (guint i = 0; i < N_MODELS; i++)
          harness_give_gram (harness, 0, i, 32, FALSE);
      else if (kind == 1)
        harness_give_gram (harness, 0, 1, 32, FALSE);
      else if (kind == 2)
        harness_get_statistic (harness, 0, 1)[7] = NAN;
      else
        harness_get_statistic (harness, 0, 1)[2] = harness_get_statistic (harness, 0, 1)[66] = 1e30;
      g_assert_true (harness_check (harness, NULL) == (kind >= 2));
      harness_run_fails (harness, 0, &error);
      g_assert_error (error, AM_ERROR, (kind < 2 ? AM_ERROR_MISMATCH : AM_ERROR_CORRUPT));
      g_assert_true (kind >= 2 || strstr (error->message, "tensor-00") != NULL);
    }
}

/* Models, result, and four matrices of the size of the Gram or less; nothing for what is averaged. */
static void
test_memory (void)
{
  g_autoptr (Harness) harness = new_harness (AM_DTYPE_F32, FALSE);

  g_assert_cmpuint (harness_count_memory (harness, 0), >=, (N_MODELS * 7 + 2 * 33) * 33 * sizeof (double));
  harness_set_for (harness, "weight", 0, 0);
  harness_set_for (harness, "weight", 1, 0);
  g_assert_cmpuint (harness_count_memory (harness, 0), ==, 0);
}

/* The solver on arrays: an anchor far away, and a ridge that rules or is none. */
static void
test_arrays (void)
{
  static const double weights[2][6] = { { 1, 2, 3, 4, 5, 6 }, { 0, 1, 0, -1, 0, 1 } };
  static const double grams[2][9] = { { 4, 1, 0, 1, 3, 1, 0, 1, 2 }, { 1, 0, 0, 0, 5, 1, 0, 1, 1 } };
  static const double anchor[6] = { 1e6, 1e6, 1e6, -1e6, -1e6, -1e6 };
  const double *models[2] = { weights[0], weights[1] }, *gram[2] = { grams[0], grams[1] };
  AmGramArrays arrays = { gram, 3 };
  AmGramProblem problem = { .rows = 2,
                            .columns = 3,
                            .n_models = 2,
                            .models = models,
                            .anchor = anchor,
                            .read_rows = am_gram_read_array,
                            .user_data = &arrays,
                            .alpha = 1 };
  g_autoptr (GError) error = NULL;
  double out[6], ridge;

  g_assert_true (am_gram_solve (&problem, out, &ridge, &error));
  g_assert_cmpfloat (ridge, ==, 0);
  for (guint i = 0; i < 2; i++)
    for (guint j = 0; j < 3; j++)
      {
        double rest = 0;

        for (guint k = 0; k < 3; k++)
          rest += (out[i * 3 + k] - weights[0][i * 3 + k]) * grams[0][k * 3 + j]
                  + (out[i * 3 + k] - weights[1][i * 3 + k]) * grams[1][k * 3 + j];
        g_assert_cmpfloat_with_epsilon (rest, 0, 1e-13);
      }
  problem.ridge = 1e12;
  g_assert_true (am_gram_solve (&problem, out, &ridge, &error));
  g_assert_cmpfloat (ridge, ==, 1e12);
  assert_close (out, anchor, 6, 1e-10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/regmean/equations", test_equations);
  g_test_add_func ("/regmean/golden", test_golden);
  g_test_add_func ("/regmean/equal-grams", test_equal_grams);
  g_test_add_func ("/regmean/scale", test_scale);
  g_test_add_func ("/regmean/diagonals", test_diagonals);
  g_test_add_func ("/regmean/transposed", test_transposed);
  g_test_add_func ("/regmean/dead-input", test_dead_input);
  g_test_add_func ("/regmean/singular", test_singular);
  g_test_add_func ("/regmean/one-model", test_one_model);
  g_test_add_func ("/regmean/stand-ins", test_stand_ins);
  g_test_add_func ("/regmean/misfits", test_misfits);
  g_test_add_func ("/regmean/memory", test_memory);
  g_test_add_func ("/regmean/arrays", test_arrays);
  return g_test_run ();
}
