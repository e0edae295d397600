/* Sums and elementwise differences against their formulas in double. */
#include <math.h>
#include <string.h>

#include "method-harness.h"

typedef double (*Formula) (double a, double b, double c, double alpha, double beta);

static double
weighted_sum (double a, double b, double c, double alpha, double beta)
{
  return (1 - alpha) * a + alpha * b;
}

static double
add_difference (double a, double b, double c, double alpha, double beta)
{
  return a + alpha * (b - c);
}

static double
sum_twice (double a, double b, double c, double alpha, double beta)
{
  return (1 - beta) * ((1 - alpha) * a + alpha * b) + beta * c;
}

static double
triple_sum (double a, double b, double c, double alpha, double beta)
{
  return (1 - alpha - beta) * a + alpha * b + beta * c;
}

static double
train_difference (double a, double b, double c, double alpha, double beta)
{
  double sum = fabs (b - c) + fabs (b - a);

  return sum == 0 ? a : a + 1.8 * alpha * (fabs (b - a) / sum) * (b - c);
}

static double
similarity_add_difference (double a, double b, double c, double alpha, double beta)
{
  double threshold = fmax (fabs (a), fabs (b));
  double similarity = threshold == 0 ? beta : beta * (a * b / (threshold * threshold) + 1) / 2;

  return (1 - similarity) * (a + alpha * (b - c)) + similarity * ((1 - alpha / 2) * a + alpha / 2 * b);
}

static double
nearswap (double a, double b, double c, double alpha, double beta)
{
  double weight = fmin (alpha / fmax (fabs (a - b), 1e-6), 1);

  return weight * b + (1 - weight) * a;
}

static double
passthrough (double a, double b, double c, double alpha, double beta)
{
  return alpha * a;
}

static const struct
{
  const char *method;
  guint n_models;
  const char *alpha;
  const char *beta;
  Formula formula;
} cases[] = {
  { "weighted_sum", 2, "alpha", NULL, weighted_sum },
  { "add_difference", 3, "alpha", NULL, add_difference },
  { "sum_twice", 3, "alpha", "beta", sum_twice },
  { "triple_sum", 3, "alpha", "beta", triple_sum },
  { "train_difference", 3, "alpha", NULL, train_difference },
  { "similarity_add_difference", 3, "alpha", "beta", similarity_add_difference },
  { "nearswap", 2, "t", NULL, nearswap },
  { "passthrough", 1, "scale", NULL, passthrough },
};

static void
check_formula (guint index, AmDtype dtype, AmDtype output, double alpha, double beta)
{
  g_autoptr (Harness) harness = harness_new (cases[index].method, cases[index].n_models, FALSE);
  guint tensor = harness_add (harness, dtype, "13,37");
  gsize n = harness_get_length (harness, tensor);
  g_autofree double *expected = g_new (double, n);
  const double *inputs[3];

  harness_set_output (harness, tensor, output);
  harness_fill_all (harness, tensor, 11);
  for (guint i = 0; i < 3; i++)
    inputs[i] = harness_get_input (harness, tensor, i < cases[index].n_models ? i : 0);
  harness_set_element (harness, tensor, 0, 5, 0);
  harness_set_element (harness, tensor, cases[index].n_models - 1, 5, 0);
  harness_set (harness, cases[index].alpha, alpha);
  if (cases[index].beta != NULL)
    harness_set (harness, cases[index].beta, beta);
  harness_run (harness);
  for (gsize i = 0; i < n; i++)
    expected[i] = cases[index].formula (inputs[0][i], inputs[1][i], inputs[2][i], alpha, beta);
  harness_assert_near (harness, tensor, expected, 8);
}

static void
test_formula (gconstpointer data)
{
  guint index = GPOINTER_TO_UINT (data);

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      check_formula (index, harness_dtypes[d], harness_dtypes[d], 0.3, 0.2);
      check_formula (index, harness_dtypes[d], harness_dtypes[d], 0.875, 0.75);
      check_formula (index, harness_dtypes[d], AM_DTYPE_BF16, 0.3, 0.45);
      check_formula (index, AM_DTYPE_F16, harness_dtypes[d], 0.1, 0.9);
    }
}

/* (1 - alpha) * A.float() + alpha * B.float(), each operation rounded to float32. */
static void
test_float_bits (void)
{
  static const AmDtype dtypes[] = { AM_DTYPE_F32, AM_DTYPE_F16, AM_DTYPE_BF16, AM_DTYPE_F8_E5M2 };
  const double alpha = 0.3;

  for (guint d = 0; d < G_N_ELEMENTS (dtypes); d++)
    {
      g_autoptr (Harness) harness = harness_new ("weighted_sum", 2, FALSE);
      guint tensor = harness_add (harness, dtypes[d], "5000");
      const double *a = harness_get_input (harness, tensor, 0), *b = harness_get_input (harness, tensor, 1);
      g_autofree double *expected = g_new (double, 5000);
      guint n_unlike = 0;

      harness_set_output (harness, tensor, d == 1 ? AM_DTYPE_F32 : dtypes[d]);
      harness_fill_all (harness, tensor, 4);
      harness_set (harness, "alpha", alpha);
      harness_run (harness);
      for (guint i = 0; i < 5000; i++)
        {
          float left = (float)(1 - alpha) * (float)a[i];
          float right = (float)alpha * (float)b[i];
          float sum = left + right;

          expected[i] = harness_round (sum, harness_get_output (harness, tensor));
          n_unlike += (float)((1 - alpha) * a[i] + alpha * b[i]) != sum ? 1 : 0;
        }
      harness_assert_equal (harness, tensor, expected);
      g_assert_cmpuint (n_unlike, >, 0); /* else the test could not tell float from double */
    }
}

static void
test_weighted_sum_same (void)
{
  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    for (guint percent = 0; percent <= 150; percent += 7)
      {
        g_autoptr (Harness) harness = harness_new ("weighted_sum", 2, FALSE);
        guint tensor = harness_add (harness, harness_dtypes[d], "100");

        harness_fill_random (harness, tensor, 0, 3, 1);
        harness_fill_random (harness, tensor, 1, 3, 1);
        harness_set_element (harness, tensor, 0, 50, -0.0);
        harness_set_element (harness, tensor, 1, 50, -0.0);
        harness_set_element (harness, tensor, 0, 51, INFINITY);
        harness_set_element (harness, tensor, 1, 51, INFINITY);
        harness_set (harness, "alpha", percent / 100.0);
        harness_run (harness);
        harness_assert_equal (harness, tensor, harness_get_input (harness, tensor, 0));
      }
}

static void
check_linear (AmDtype dtype, const double *weights, gboolean normalize)
{
  g_autoptr (Harness) harness = harness_new ("linear", 5, FALSE);
  guint tensor = harness_add (harness, dtype, "211");
  g_autofree double *expected = g_new0 (double, 211);
  double sum = 0;

  harness_fill_all (harness, tensor, 2);
  harness_set (harness, "normalize", normalize);
  for (guint i = 0; i < 5; i++)
    {
      harness_set_for (harness, "weight", i, weights[i]);
      sum += weights[i];
    }
  harness_run (harness);
  for (guint i = 0; i < 5; i++)
    for (guint j = 0; j < 211; j++)
      expected[j] += weights[i] / (normalize ? sum : 1) * harness_get_input (harness, tensor, i)[j];
  harness_assert_near (harness, tensor, expected, 16);
}

static void
test_linear (void)
{
  static const double equal[] = { 1, 1, 1, 1, 1 };
  static const double mixed[] = { 0.5, 0, 1.25, -0.5, 0.1 };
  static const double single[] = { 0, 0, 0.3, 0, 0 };

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    for (guint normalize = 0; normalize < 2; normalize++)
      {
        check_linear (harness_dtypes[d], equal, normalize);
        check_linear (harness_dtypes[d], mixed, normalize);
        check_linear (harness_dtypes[d], single, normalize);
      }
}

/* The only model with a weight comes out as it is, whatever the weight, once weights are normalized. */
static void
test_linear_single (void)
{
  g_autoptr (Harness) harness = harness_new ("linear", 3, FALSE);
  guint tensor = harness_add (harness, AM_DTYPE_F64, "100");

  harness_fill_all (harness, tensor, 2);
  harness_fill_one (harness, tensor, 0, NAN);
  harness_fill_one (harness, tensor, 2, INFINITY);
  harness_set (harness, "weight", 0);
  harness_set_for (harness, "weight", 1, 0.3);
  harness_run (harness);
  harness_assert_equal (harness, tensor, harness_get_input (harness, tensor, 1));
}

static void
test_linear_refuses (void)
{
  g_autoptr (Harness) harness = harness_new ("linear", 2, FALSE);
  g_autoptr (GError) error = NULL;

  harness_add (harness, AM_DTYPE_F32, "4");
  harness_set_for (harness, "weight", 0, 0.7);
  harness_set_for (harness, "weight", 1, -0.7);
  g_assert_false (harness_check (harness, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  g_assert_nonnull (strstr (error->message, "tensor-00"));
  g_assert_nonnull (strstr (error->message, "normalize"));
  harness_set (harness, "normalize", 0);
  g_assert_true (harness_check (harness, NULL));
}

/* Where all inputs agree the average is their value; 0.1 + 0.2 + 0.7 of it is not, in doubles. */
static void
test_agreement (void)
{
  g_autoptr (Harness) harness = harness_new ("linear", 3, FALSE);
  guint tensor = harness_add (harness, AM_DTYPE_F64, "300");
  guint n_unlike = 0;

  harness_fill_all (harness, tensor, 6);
  for (guint i = 0; i < 300; i += 2)
    for (guint j = 1; j < 3; j++)
      harness_set_element (harness, tensor, j, i, harness_get_input (harness, tensor, 0)[i]);
  harness_set_for (harness, "weight", 0, 0.1);
  harness_set_for (harness, "weight", 1, 0.2);
  harness_set_for (harness, "weight", 2, 0.7);
  harness_run (harness);
  for (guint i = 0; i < 300; i += 2)
    {
      double x = harness_get_input (harness, tensor, 0)[i];

      g_assert_cmpfloat (harness_get_result (harness, tensor)[i], ==, x);
      n_unlike += 0.1 * x + 0.2 * x + 0.7 * x != x ? 1 : 0;
      g_assert_cmpfloat (harness_get_result (harness, tensor)[i + 1], !=,
                         harness_get_input (harness, tensor, 0)[i + 1]);
    }
  g_assert_cmpuint (n_unlike, >, 0);
}

/* B - C is 1023.75, which rounded to F16 before it is added would be 1024. */
static void
test_small_difference (void)
{
  g_autoptr (Harness) harness = harness_new ("add_difference", 3, FALSE);
  guint tensor = harness_add (harness, AM_DTYPE_F16, "2");
  const double a[] = { -1023, 0.25 }, b[] = { 1024, 1e4 }, c[] = { 0.25, 1e4 };
  const double expected[] = { 0.75, 0.25 };

  harness_fill (harness, tensor, 0, a);
  harness_fill (harness, tensor, 1, b);
  harness_fill (harness, tensor, 2, c);
  harness_run (harness);
  harness_assert_equal (harness, tensor, expected);
}

static void
test_triple_sum_leaves_nothing (void)
{
  g_autoptr (Harness) harness = harness_new ("triple_sum", 3, FALSE);
  guint tensor = harness_add (harness, AM_DTYPE_F32, "50");

  harness_fill_all (harness, tensor, 1);
  harness_fill_one (harness, tensor, 0, NAN);
  harness_set (harness, "alpha", 0.2 + 0.7); /* which is not 0.9, and with 0.1 not 1 */
  harness_set (harness, "beta", 0.1);
  harness_run (harness);
  for (guint i = 0; i < 50; i++)
    g_assert_true (isfinite (harness_get_result (harness, tensor)[i]));
}

static void
test_nearswap_nan (void)
{
  g_autoptr (Harness) harness = harness_new ("nearswap", 2, FALSE);
  guint tensor = harness_add (harness, AM_DTYPE_F32, "3");
  const double a[] = { NAN, 1, INFINITY }, b[] = { 1, NAN, INFINITY }, expected[] = { NAN, NAN, INFINITY };

  harness_fill (harness, tensor, 0, a);
  harness_fill (harness, tensor, 1, b);
  harness_run (harness);
  harness_assert_equal (harness, tensor, expected);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/linear/formula/%s", cases[i].method);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_formula);
    }
  g_test_add_func ("/linear/float-bits", test_float_bits);
  g_test_add_func ("/linear/weighted-sum-same", test_weighted_sum_same);
  g_test_add_func ("/linear/weights", test_linear);
  g_test_add_func ("/linear/single", test_linear_single);
  g_test_add_func ("/linear/refuses", test_linear_refuses);
  g_test_add_func ("/linear/agreement", test_agreement);
  g_test_add_func ("/linear/small-difference", test_small_difference);
  g_test_add_func ("/linear/triple-sum-leaves-nothing", test_triple_sum_leaves_nothing);
  g_test_add_func ("/linear/nearswap-nan", test_nearswap_nan);
  return g_test_run ();
}
