/* Model stock, whole tensors and filter by filter. */
#include <math.h>

#include "method-harness.h"

#define N_MODELS 3

static const struct
{
  const char *shape;
  gsize row;
} shapes[]
    = { { "30,37", 37 }, { "3,5,3,3", 3 }, { "99", 99 }, { "1", 1 }, { "", 1 }, { "7,1", 1 }, { "0,4", 4 } };

static double
dot (const double *a, const double *b, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

static double
interpolation (double *const *delta, guint n_models, gsize n)
{
  double cosine = 0, n_pairs = 0;

  for (guint i = 0; i < n_models; i++)
    for (guint j = i + 1; j < n_models; j++, n_pairs++)
      {
        double lengths = sqrt (dot (delta[i], delta[i], n) * dot (delta[j], delta[j], n));

        cosine += lengths > 0 ? dot (delta[i], delta[j], n) / lengths : 0;
      }
  cosine /= n_pairs;
  if (1 + (n_models - 1) * cosine < 1e-6)
    return 0;
  return n_models * cosine / (1 + (n_models - 1) * cosine);
}

/* One angle for elements first .. first + n - 1. */
static void
expect_part (Harness *harness, guint tensor, gsize first, gsize n, double *expected)
{
  const double *base = harness_get_input (harness, tensor, N_MODELS) + first;
  double *delta[N_MODELS];
  double t;

  for (guint model = 0; model < N_MODELS; model++)
    {
      delta[model] = g_new (double, n);
      for (gsize i = 0; i < n; i++)
        delta[model][i] = harness_get_input (harness, tensor, model)[first + i] - base[i];
    }
  t = interpolation (delta, N_MODELS, n);
  for (gsize i = 0; i < n; i++)
    expected[first + i] = base[i] + t * (delta[0][i] + delta[1][i] + delta[2][i]) / N_MODELS;
  for (guint model = 0; model < N_MODELS; model++)
    g_free (delta[model]);
}

/* Models that have some of their way from the base in common, as fine-tunes do. */
static void
fill_related (Harness *harness, guint tensor, guint32 seed)
{
  gsize n = harness_get_length (harness, tensor);

  harness_fill_all (harness, tensor, seed);
  for (gsize i = 0; i < n; i++)
    {
      double common = 2 * harness_get_input (harness, tensor, 0)[i];

      for (guint model = 0; model < N_MODELS; model++)
        harness_set_element (harness, tensor, model, i,
                             harness_get_input (harness, tensor, N_MODELS)[i] + common
                                 + harness_get_input (harness, tensor, model)[i]);
    }
}

static void
test_formula (gconstpointer data)
{
  gboolean filter_wise = GPOINTER_TO_INT (data);

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      g_autoptr (Harness) harness = harness_new ("model_stock", N_MODELS, TRUE);

      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        fill_related (harness, harness_add (harness, harness_dtypes[d], shapes[t].shape), 100 + t);
      harness_set (harness, "filter_wise", filter_wise);
      harness_run (harness);
      for (guint t = 0; t < G_N_ELEMENTS (shapes); t++)
        {
          gsize n = harness_get_length (harness, t);
          gsize part = filter_wise ? shapes[t].row : n;
          g_autofree double *expected = g_new (double, n);

          for (gsize i = 0; i < n; i += part)
            expect_part (harness, t, i, part, expected);
          harness_assert_near (harness, t, expected, 64);
        }
    }
}

static void
set_all (Harness *harness, guint tensor, const double values[][2], guint n_inputs)
{
  for (guint input = 0; input < n_inputs; input++)
    harness_fill (harness, tensor, input, values[input]);
}

/* Two vectors at 60 degrees: t = 2 / 2 / (1 + 1 / 2) = 2 / 3. */
static void
test_by_hand (void)
{
  const double values[3][2] = { { 2, 0 }, { 1, sqrt (3) }, { 0, 0 } };
  const double expected[2] = { 1, sqrt (3) / 3 };
  g_autoptr (Harness) harness = harness_new ("model_stock", 2, TRUE);

  harness_add (harness, AM_DTYPE_F64, "2");
  set_all (harness, 0, values, 3);
  harness_run (harness);
  harness_assert_near (harness, 0, expected, 1);
}

/* Opposite vectors have no interpolation; nor have those without a length. The base stays, to the bit. */
static void
test_base_stays (void)
{
  const double opposite[3][2] = { { 3, 5 }, { 1, 1 }, { 2, 3 } };
  const double still[3][2] = { { 2, 3 }, { 2, 3 }, { 2, 3 } };
  const double half_still[3][2] = { { 2, 3 }, { 7, 1 }, { 2, 3 } };

  for (guint filter_wise = 0; filter_wise < 2; filter_wise++)
    {
      g_autoptr (Harness) harness = harness_new ("model_stock", 2, TRUE);

      for (guint t = 0; t < 3; t++)
        {
          harness_add (harness, AM_DTYPE_F16, "2");
          set_all (harness, t, t == 0 ? opposite : t == 1 ? still : half_still, 3);
        }
      harness_set (harness, "filter_wise", filter_wise);
      harness_run (harness);
      for (guint t = 0; t < 3; t++)
        harness_assert_equal (harness, t, opposite[2]);
    }
}

/* Tiny task vectors have the angles of great ones: 1e-5 of the size gives the same t. */
static void
test_tiny (void)
{
  double values[3][2] = { { 2e-5, 0 }, { 1e-5, sqrt (3) * 1e-5 }, { 0, 0 } };
  const double expected[2] = { 1e-5, sqrt (3) / 3 * 1e-5 };
  g_autoptr (Harness) harness = harness_new ("model_stock", 2, TRUE);

  harness_add (harness, AM_DTYPE_F64, "2");
  set_all (harness, 0, values, 3);
  harness_run (harness);
  harness_assert_near (harness, 0, expected, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/model-stock/formula", GINT_TO_POINTER (FALSE), test_formula);
  g_test_add_data_func ("/model-stock/filter-wise", GINT_TO_POINTER (TRUE), test_formula);
  g_test_add_func ("/model-stock/by-hand", test_by_hand);
  g_test_add_func ("/model-stock/base-stays", test_base_stays);
  g_test_add_func ("/model-stock/tiny", test_tiny);
  return g_test_run ();
}
