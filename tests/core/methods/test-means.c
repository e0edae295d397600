/* Means on the sphere and the geometric median, against vectors in double. */
#include <math.h>
#include <string.h>

#include "method-harness.h"
#include "vectors.h"

/* As published, with the walk along tangents that comes to nothing. */
static void
check_multislerp (AmDtype dtype, gboolean has_base, gboolean normalized)
{
  static const double weights[] = { 0.5, 0.2, 0.9 };
  const double total = normalized ? 1.6 : 1;
  g_autoptr (Harness) harness = harness_new ("multislerp", 3, has_base);
  guint tensor = harness_add (harness, dtype, "7,31");
  const gsize n = 217;
  double vectors[3][217], mean[217] = { 0 }, tangent[217] = { 0 }, expected[217] = { 0 }, length = 0, step;

  harness_fill_all (harness, tensor, 41);
  harness_set (harness, "normalize_weights", normalized);
  for (guint i = 0; i < 3; i++)
    {
      harness_set_for (harness, "weight", i, weights[i]);
      memcpy (vectors[i], harness_get_input (harness, tensor, i), sizeof vectors[i]);
      add_scaled (vectors[i], has_base ? -1 : 0, harness_get_input (harness, tensor, 3), n);
      length += weights[i] / total * norm (vectors[i], n);
      add_scaled (mean, weights[i] / total / norm (vectors[i], n), vectors[i], n);
    }
  harness_run (harness);
  step = 1 / norm (mean, n);
  for (gsize i = 0; i < n; i++)
    mean[i] *= step;
  for (guint i = 0; i < 3; i++)
    {
      double factor = weights[i] / total / norm (vectors[i], n);

      add_scaled (tangent, factor, vectors[i], n);
      add_scaled (tangent, -factor * dot (vectors[i], mean, n, 1), mean, n);
    }
  step = norm (tangent, n) + 1e-30;
  add_scaled (expected, length * cos (step), mean, n);
  add_scaled (expected, length * sin (step) / step, tangent, n);
  add_scaled (expected, has_base ? 1 : 0, harness_get_input (harness, tensor, 3), n);
  harness_assert_near (harness, tensor, expected, 16);
}

static void
test_multislerp (void)
{
  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    for (guint options = 0; options < 4; options++)
      check_multislerp (harness_dtypes[d], options & 1, options >> 1);
}

/* The same model under many names is itself. */
static void
test_multislerp_same (void)
{
  g_autoptr (Harness) harness = harness_new ("multislerp", 40, FALSE);

  harness_add (harness, AM_DTYPE_F64, "100");
  for (guint i = 0; i < 40; i++)
    {
      harness_fill_random (harness, 0, i, 9, 1);
      harness_set_for (harness, "weight", i, i % 2 == 0 ? 0.1 + i / 3.0 : -0.3);
    }
  harness_run (harness);
  harness_assert_equal (harness, 0, harness_get_input (harness, 0, 0));
}

static void
test_multislerp_cancels (void)
{
  g_autoptr (Harness) harness = harness_new ("multislerp", 3, FALSE);
  g_autoptr (GError) error = NULL;
  const double a[] = { 1, 0 }, b[] = { -0.5, 0.8660254037844386 }, c[] = { -1, -1.7320508075688772 };
  const double mean[] = { -0.5 / 3, -0.8660254037844386 / 3 };

  harness_add (harness, AM_DTYPE_F64, "2");
  harness_fill (harness, 0, 0, a);
  harness_fill (harness, 0, 1, b);
  harness_fill (harness, 0, 2, c);
  harness_run (harness);
  harness_assert_near (harness, 0, mean, 1);
  harness_set_for (harness, "weight", 0, -2);
  g_assert_false (harness_check (harness, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
}

/* Gradient descent on the sphere, on the vectors themselves. */
static void
check_karcher (AmDtype dtype, guint n_models, guint max_iter)
{
  g_autoptr (Harness) harness = harness_new ("karcher", n_models, FALSE);
  guint tensor = harness_add (harness, dtype, "173");
  const gsize n = 173;
  double u[173] = { 0 }, length = 0, size;

  harness_fill_all (harness, tensor, 51);
  harness_set (harness, "max_iter", max_iter);
  harness_set (harness, "tol", 1e-9);
  harness_run (harness);
  for (guint i = 0; i < n_models; i++)
    {
      const double *x = harness_get_input (harness, tensor, i);

      add_scaled (u, 1 / norm (x, n), x, n);
      length += norm (x, n) / n_models;
    }
  size = norm (u, n);
  for (gsize i = 0; i < n; i++)
    u[i] /= size;
  for (guint k = 0; k < max_iter; k++)
    {
      double tangent[173] = { 0 };

      for (guint i = 0; i < n_models; i++)
        {
          const double *x = harness_get_input (harness, tensor, i);
          double cosine = dot (x, u, n, 1) / norm (x, n), angle = acos (cosine);

          add_scaled (tangent, angle / sin (angle) / n_models / norm (x, n), x, n);
          add_scaled (tangent, -angle / sin (angle) / n_models * cosine, u, n);
        }
      size = norm (tangent, n);
      if (size < 1e-9)
        break;
      for (gsize i = 0; i < n; i++)
        u[i] = cos (size) * u[i] + sin (size) / size * tangent[i];
    }
  for (gsize i = 0; i < n; i++)
    u[i] *= length;
  harness_assert_near (harness, tensor, u, 64);
}

static void
test_karcher (void)
{
  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      check_karcher (harness_dtypes[d], 2, 10);
      check_karcher (harness_dtypes[d], 5, 10);
      check_karcher (harness_dtypes[d], 5, 2);
    }
}

/* Three unit vectors in a plane: the mean angle. */
static void
test_karcher_by_hand (void)
{
  static const double angles[] = { 0.1, 0.2, 0.9 };
  g_autoptr (Harness) harness = harness_new ("karcher", 3, FALSE);
  const double expected[] = { 2 * cos (0.4), 2 * sin (0.4) };

  harness_add (harness, AM_DTYPE_F64, "2");
  for (guint i = 0; i < 3; i++)
    {
      const double x[] = { (i + 1) * cos (angles[i]), (i + 1) * sin (angles[i]) };

      harness_fill (harness, 0, i, x);
    }
  harness_run (harness);
  harness_assert_near (harness, 0, expected, 1);
}

static void
test_karcher_cancels (void)
{
  g_autoptr (Harness) harness = harness_new ("karcher", 2, FALSE);
  const double a[] = { 1, 2 }, b[] = { -3, -6 }, mean[] = { -1, -2 };

  harness_add (harness, AM_DTYPE_F64, "2");
  harness_fill (harness, 0, 0, a);
  harness_fill (harness, 0, 1, b);
  harness_run (harness);
  harness_assert_near (harness, 0, mean, 1);
}

/* Rounding leaves no angles between models that are the same, nor between parallel ones; one opposite to the
 * mean does not pull. */
static void
test_karcher_parallel (void)
{
  static const double factors[][3] = { { 1, 1, 1 }, { 1, 2, 3 }, { 1, 2, -1 } };
  static const double lengths[] = { 1, 2, 4.0 / 3 };

  for (guint i = 0; i < G_N_ELEMENTS (factors); i++)
    for (guint max_iter = 1; max_iter < 1000; max_iter += 99)
      for (guint exact = 0; exact < 2; exact++)
        {
          g_autoptr (Harness) harness = harness_new ("karcher", 3, FALSE);
          double model[100] = { 1 }, expected[100];

          harness_add (harness, AM_DTYPE_F64, "100");
          harness_fill_random (harness, 0, 0, 9, 1);
          if (!exact)
            memcpy (model, harness_get_input (harness, 0, 0), sizeof model);
          for (guint k = 0; k < 100; k++)
            {
              expected[k] = lengths[i] * model[k];
              for (guint j = 0; j < 3; j++)
                harness_set_element (harness, 0, j, k, factors[i][j] * model[k]);
            }
          harness_set (harness, "tol", 0);
          harness_set (harness, "max_iter", max_iter);
          harness_run (harness);
          harness_assert_near (harness, 0, expected, 1);
          if (i == 0)
            harness_assert_equal (harness, 0, expected);
        }
}

/* The unit vectors from the median to the models sum to nothing. */
static void
check_median (AmDtype dtype, guint n_models)
{
  g_autoptr (Harness) harness = harness_new ("geometric_median", n_models, FALSE);
  guint tensor = harness_add (harness, dtype, "61");
  const gsize n = 61;
  double median[61], pull[61] = { 0 };

  harness_fill_all (harness, tensor, 61);
  for (guint j = 0; j < n; j++) /* one far away */
    harness_set_element (harness, tensor, 0, j, 40 + harness_get_input (harness, tensor, 0)[j]);
  harness_run (harness);
  memcpy (median, harness_get_raw (harness, tensor), sizeof median);
  for (guint i = 0; i < n_models; i++)
    {
      g_autofree double *way = copy_scaled (harness_get_input (harness, tensor, i), 1, n);

      add_scaled (way, -1, median, n);
      add_scaled (pull, 1 / norm (way, n), way, n);
    }
  g_assert_cmpfloat (norm (pull, n), <, dtype == AM_DTYPE_F64 ? 1e-11 : 1e-4);
  harness_assert_near (harness, tensor, median, 1);
  for (guint j = 0; j < n; j++)
    g_assert_cmpfloat (fabs (median[j]), <, 20);
}

static void
test_median (void)
{
  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    {
      check_median (harness_dtypes[d], 4);
      check_median (harness_dtypes[d], 7);
    }
}

static void
check_median_of (guint n_models, const double (*points)[2], const double expected[2], gboolean exact)
{
  g_autoptr (Harness) harness = harness_new ("geometric_median", n_models, FALSE);

  harness_add (harness, AM_DTYPE_F64, "2");
  for (guint i = 0; i < n_models; i++)
    harness_fill (harness, 0, i, points[i]);
  harness_run (harness);
  harness_assert_near (harness, 0, expected, 1);
  if (exact)
    harness_assert_equal (harness, 0, expected);
}

static void
test_median_by_hand (void)
{
  /* In a triangle with an angle of at least 120 degrees it is that corner; else all sides are seen under 120.
   */
  static const double corner[3][2] = { { 0, 0 }, { 10, 0.5 }, { -9, 1 } };
  static const double fermat[3][2] = { { 0, 2 }, { -1.7320508075688772, -1 }, { 1.7320508075688772, -1 } };
  static const double twice[4][2] = { { 5, 5 }, { 1, 2 }, { 1, 2 }, { 7, -3 } };
  static const double square[4][2] = { { 1, 0 }, { 0, 3 }, { -2, 0 }, { 0, -4 } };
  static const double pair[2][2] = { { 1, 3 }, { 5, -5 } };
  static const double same[3][2] = { { 0.1, 0.7 }, { 0.1, 0.7 }, { 0.1, 0.7 } };
  static const double origin[2] = { 0, 0 }, middle[2] = { 3, -1 };

  check_median_of (3, corner, corner[0], TRUE);
  check_median_of (3, fermat, origin, FALSE);
  check_median_of (4, twice, twice[1], TRUE);
  check_median_of (4, square, origin, FALSE); /* where the diagonals meet */
  check_median_of (2, pair, middle, FALSE);
  check_median_of (3, same, same[0], TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/means/multislerp/formula", test_multislerp);
  g_test_add_func ("/means/multislerp/same", test_multislerp_same);
  g_test_add_func ("/means/multislerp/cancels", test_multislerp_cancels);
  g_test_add_func ("/means/karcher/formula", test_karcher);
  g_test_add_func ("/means/karcher/by-hand", test_karcher_by_hand);
  g_test_add_func ("/means/karcher/parallel", test_karcher_parallel);
  g_test_add_func ("/means/karcher/cancels", test_karcher_cancels);
  g_test_add_func ("/means/median/formula", test_median);
  g_test_add_func ("/means/median/by-hand", test_median_by_hand);
  return g_test_run ();
}
