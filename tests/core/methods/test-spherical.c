/* Methods on angles and distances, against vectors in double. */
#include <math.h>
#include <string.h>

#include "method-harness.h"
#include "methods/angle.h"

static double
dot (const double *x, const double *y, gsize n, gsize stride)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += x[i * stride] * y[i * stride];
  return sum;
}

static double
norm (const double *x, gsize n)
{
  return sqrt (dot (x, x, n, 1));
}

static double *
copy_scaled (const double *x, double factor, gsize n)
{
  double *copy = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    copy[i] = factor * x[i];
  return copy;
}

static void
add_scaled (double *to, double factor, const double *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    to[i] += factor * x[i];
}

/* The arc from a to b, by its angle. */
static void
slerp (const double *a, const double *b, double angle, double t, double *out, gsize n, gsize stride)
{
  for (gsize i = 0; i < n; i++)
    out[i * stride] = (sin ((1 - t) * angle) * a[i * stride] + sin (t * angle) * b[i * stride]) / sin (angle);
}

static double
get_angle (const double *a, const double *b, gsize n, gsize stride)
{
  return acos (dot (a, b, n, stride) / sqrt (dot (a, a, n, stride) * dot (b, b, n, stride)));
}

static void
check_slerp (AmDtype dtype, double t, gboolean rescaled)
{
  g_autoptr (Harness) harness = harness_new ("slerp", 2, FALSE);
  guint tensor = harness_add (harness, dtype, "9,1111");
  gsize n = harness_get_length (harness, tensor);
  const double *a = harness_get_input (harness, tensor, 0), *b = harness_get_input (harness, tensor, 1);
  g_autofree double *expected = g_new (double, n), *unit_a = NULL, *unit_b = NULL;
  double length;

  harness_fill_all (harness, tensor, 21);
  harness_fill_random (harness, tensor, 1, 22, 3);
  for (gsize i = 0; i < n; i++)
    harness_set_element (harness, tensor, 1, i, b[i] + 0.5 * a[i]);
  harness_set (harness, "t", t);
  harness_set_choice (harness, "formula", rescaled ? "rescaled" : "mergekit");
  harness_run (harness);
  unit_a = copy_scaled (a, 1 / norm (a, n), n);
  unit_b = copy_scaled (b, 1 / norm (b, n), n);
  slerp (rescaled ? unit_a : a, rescaled ? unit_b : b, get_angle (a, b, n, 1), t, expected, n, 1);
  length = rescaled ? (1 - t) * norm (a, n) + t * norm (b, n) : 1;
  for (gsize i = 0; i < n; i++)
    expected[i] *= length;
  harness_assert_near (harness, tensor, expected, 8);
}

static void
test_slerp (void)
{
  static const double places[] = { 0.25, 0.5, 0.9, 1.25 };

  for (guint d = 0; d < HARNESS_N_DTYPES; d++)
    for (guint i = 0; i < G_N_ELEMENTS (places); i++)
      for (guint rescaled = 0; rescaled < 2; rescaled++)
        check_slerp (harness_dtypes[d], places[i], rescaled);
}

/* At right angles, by hand: cos (45 degrees) of both. */
static void
test_slerp_by_hand (void)
{
  g_autoptr (Harness) harness = harness_new ("slerp", 2, FALSE);
  guint tensor = harness_add (harness, AM_DTYPE_F64, "2");
  const double a[] = { 3, 0 }, b[] = { 0, 1 };
  const double plain[] = { 3 * G_SQRT2 / 2, G_SQRT2 / 2 }, rescaled[] = { G_SQRT2, G_SQRT2 };

  harness_fill (harness, tensor, 0, a);
  harness_fill (harness, tensor, 1, b);
  harness_run (harness);
  harness_assert_near (harness, tensor, plain, 1);
  harness_set_choice (harness, "formula", "rescaled");
  harness_run (harness);
  harness_assert_near (harness, tensor, rescaled, 1);
}

static void
check_line (Harness *harness, double t)
{
  gsize n = harness_get_length (harness, 0);
  g_autofree double *expected = copy_scaled (harness_get_input (harness, 0, 0), 1 - t, n);

  add_scaled (expected, t, harness_get_input (harness, 0, 1), n);
  harness_run (harness);
  harness_assert_near (harness, 0, expected, 4);
}

/* Nearly parallel, opposite, without length, a single value: the straight line. */
static void
test_slerp_degenerate (void)
{
  static const double factors[] = { 1.5, -0.75, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (factors); i++)
    for (guint n = 1; n < 100; n += 98)
      {
        g_autofree char *shape = g_strdup_printf ("%u", n);
        g_autoptr (Harness) harness = harness_new ("slerp", 2, FALSE);

        harness_add (harness, AM_DTYPE_F64, shape);
        harness_fill_all (harness, 0, 8);
        for (guint j = 0; j < n; j++)
          harness_set_element (harness, 0, 1, j, factors[i] * harness_get_input (harness, 0, 0)[j]);
        harness_set (harness, "t", 0.3);
        check_line (harness, 0.3);
        harness_set_choice (harness, "formula", "rescaled");
        check_line (harness, 0.3);
      }
}

/* mergekit's formula gives up the arc at a cosine of 0.9995, the other one does not. */
static void
test_slerp_limit (void)
{
  g_autoptr (Harness) harness = harness_new ("slerp", 2, FALSE);
  const double a[] = { 1, 0 }, b[] = { cos (0.03), sin (0.03) };
  const double arc[] = { cos (0.015), sin (0.015) };

  harness_add (harness, AM_DTYPE_F64, "2");
  harness_fill (harness, 0, 0, a);
  harness_fill (harness, 0, 1, b);
  check_line (harness, 0.5);
  harness_set_choice (harness, "formula", "rescaled");
  harness_run (harness);
  harness_assert_near (harness, 0, arc, 1);
}

/* The angle of all tensors laid end to end, whatever that of each is; one with NaN has no say. */
static void
test_slerp_model (void)
{
  static const AmDtype dtypes[] = { AM_DTYPE_F64, AM_DTYPE_F16, AM_DTYPE_F32 };
  g_autoptr (Harness) harness = harness_new ("slerp", 2, FALSE);
  double aa = 0, ab = 0, bb = 0, angle;

  harness_set_choice (harness, "scope", "model");
  harness_set (harness, "t", 0.4);
  for (guint t = 0; t < 3; t++)
    {
      guint tensor = harness_add (harness, dtypes[t], "77,11");
      const double *a = harness_get_input (harness, tensor, 0), *b = harness_get_input (harness, tensor, 1);

      harness_fill_all (harness, tensor, t);
      for (guint i = 0; i < 847 && t == 1; i++)
        harness_set_element (harness, tensor, 1, i, 2 * a[i]);
      aa += dot (a, a, 847, 1);
      ab += dot (a, b, 847, 1);
      bb += dot (b, b, 847, 1);
    }
  harness_fill_one (harness, harness_add (harness, AM_DTYPE_F16, "3"), 1, NAN);
  harness_run (harness);
  angle = acos (ab / sqrt (aa * bb));
  for (guint t = 0; t < 3; t++)
    {
      double expected[847];

      slerp (harness_get_input (harness, t, 0), harness_get_input (harness, t, 1), angle, 0.4, expected, 847,
             1);
      harness_assert_near (harness, t, expected, 8);
    }
}

typedef struct
{
  const char *shape;
  gsize n_vectors, length;  /* vectors of that many values */
  gsize first_step, stride; /* from vector to vector, from value to value */
  gboolean flatten, row_wise;
} Layout;

static const Layout layouts[] = {
  { "6,5,7", 1, 210, 0, 1, TRUE, FALSE }, { "6,5,7", 30, 7, 7, 1, FALSE, FALSE },
  { "6,5,7", 35, 6, 1, 35, FALSE, TRUE }, { "211", 1, 211, 0, 1, FALSE, FALSE },
  { "211", 1, 211, 0, 1, FALSE, TRUE },
};

static void
check_nuslerp (const Layout *layout, AmDtype dtype, gboolean has_base)
{
  const double t = 1.2 / 2;
  g_autoptr (Harness) harness = harness_new ("nuslerp", 2, has_base);
  guint tensor = harness_add (harness, dtype, layout->shape);
  gsize n = harness_get_length (harness, tensor);
  g_autofree double *a = NULL, *b = NULL, *expected = g_new (double, n);
  const double *base = harness_get_input (harness, tensor, 2);

  harness_fill_all (harness, tensor, 31);
  harness_set_for (harness, "weight", 0, 0.8);
  harness_set_for (harness, "weight", 1, 1.2);
  harness_set (harness, "nuslerp_flatten", layout->flatten);
  harness_set (harness, "nuslerp_row_wise", layout->row_wise);
  harness_run (harness);
  a = copy_scaled (harness_get_input (harness, tensor, 0), 1, n);
  b = copy_scaled (harness_get_input (harness, tensor, 1), 1, n);
  add_scaled (a, has_base ? -1 : 0, base, n);
  add_scaled (b, has_base ? -1 : 0, base, n);
  for (gsize i = 0; i < layout->n_vectors; i++)
    {
      gsize at = i * layout->first_step;

      slerp (a + at, b + at, get_angle (a + at, b + at, layout->length, layout->stride), t, expected + at,
             layout->length, layout->stride);
    }
  add_scaled (expected, has_base ? 1 : 0, base, n);
  harness_assert_near (harness, tensor, expected, 64);
}

static void
test_nuslerp (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    for (guint d = 0; d < HARNESS_N_DTYPES; d++)
      for (guint has_base = 0; has_base < 2; has_base++)
        check_nuslerp (&layouts[i], harness_dtypes[d], has_base);
}

/* Weights that cancel give the middle. */
static void
test_nuslerp_cancels (void)
{
  g_autoptr (Harness) harness = harness_new ("nuslerp", 2, FALSE);
  const double a[] = { 1, 0 }, b[] = { 0, 1 }, expected[] = { G_SQRT2 / 2, G_SQRT2 / 2 };

  harness_add (harness, AM_DTYPE_F64, "2");
  harness_fill (harness, 0, 0, a);
  harness_fill (harness, 0, 1, b);
  harness_set_for (harness, "weight", 0, -1);
  harness_run (harness);
  harness_assert_near (harness, 0, expected, 1);
}

/* Laws for the layouts that are not the default. */
static void
test_nuslerp_laws (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    for (guint d = 0; d < HARNESS_N_DTYPES; d++)
      {
        g_autoptr (Harness) harness = harness_new ("nuslerp", 2, TRUE);

        harness_add (harness, harness_dtypes[d], layouts[i].shape);
        harness_set (harness, "nuslerp_flatten", layouts[i].flatten);
        harness_set (harness, "nuslerp_row_wise", layouts[i].row_wise);
        for (guint j = 0; j < 3; j++)
          harness_fill_random (harness, 0, j, 5, 1);
        harness_set_for (harness, "weight", 0, 0.3);
        harness_run (harness); /* A with A on A */
        harness_assert_equal (harness, 0, harness_get_input (harness, 0, 0));
        harness_fill_random (harness, 0, 1, 6, 1);
        harness_set_for (harness, "weight", 0, 0);
        harness_fill_one (harness, 0, 0, NAN);
        harness_run (harness); /* B alone */
        harness_assert_equal (harness, 0, harness_get_input (harness, 0, 1));
        harness_fill_one (harness, 0, 0, 0);
        harness_fill_one (harness, 0, 2, 0);
        harness_set_for (harness, "weight", 0, 1);
        harness_run (harness); /* nothing to turn */
        for (gsize k = 0; k < harness_get_length (harness, 0); k++)
          g_assert_cmpfloat (harness_get_result (harness, 0)[k], ==,
                             harness_round (harness_get_input (harness, 0, 1)[k] / 2, harness_dtypes[d]));
      }
}

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

static void
test_angles (void)
{
  for (gint i = -4000; i <= 4000; i++)
    {
      double angle = i * 0.01 + 1e-7, cosine = i / 4000.0;

      g_assert_cmpfloat_with_epsilon (am_sin (angle), sin (angle), 4e-16);
      g_assert_cmpfloat_with_epsilon (am_cos (angle), cos (angle), 4e-16);
      g_assert_cmpfloat_with_epsilon (am_acos (cosine), acos (cosine), 1e-15 * acos (cosine) + 1e-300);
    }
  g_assert_cmpfloat (am_sin (0), ==, 0);
  g_assert_cmpfloat (am_cos (0), ==, 1);
  g_assert_cmpfloat (am_acos (1), ==, 0);
  g_assert_cmpfloat (am_acos (-1), ==, G_PI);
  g_assert_cmpfloat (am_acos (0), ==, G_PI / 2);
  g_assert_cmpfloat_with_epsilon (am_acos (1 - 0x1p-50), acos (1 - 0x1p-50), 1e-15 * 0x1p-25);
  g_assert_cmpfloat_with_epsilon (am_sin (1e-9), 1e-9, 1e-24);
  g_assert_cmpfloat_with_epsilon (am_sin (G_PI), 1.2246467991473532e-16,
                                  1e-31); /* what pi has beyond a double */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/spherical/angles", test_angles);
  g_test_add_func ("/spherical/slerp/formulas", test_slerp);
  g_test_add_func ("/spherical/slerp/by-hand", test_slerp_by_hand);
  g_test_add_func ("/spherical/slerp/degenerate", test_slerp_degenerate);
  g_test_add_func ("/spherical/slerp/limit", test_slerp_limit);
  g_test_add_func ("/spherical/slerp/model", test_slerp_model);
  g_test_add_func ("/spherical/nuslerp/formula", test_nuslerp);
  g_test_add_func ("/spherical/nuslerp/cancels", test_nuslerp_cancels);
  g_test_add_func ("/spherical/nuslerp/laws", test_nuslerp_laws);
  g_test_add_func ("/spherical/multislerp/formula", test_multislerp);
  g_test_add_func ("/spherical/multislerp/same", test_multislerp_same);
  g_test_add_func ("/spherical/multislerp/cancels", test_multislerp_cancels);
  g_test_add_func ("/spherical/karcher/formula", test_karcher);
  g_test_add_func ("/spherical/karcher/by-hand", test_karcher_by_hand);
  g_test_add_func ("/spherical/karcher/parallel", test_karcher_parallel);
  g_test_add_func ("/spherical/karcher/cancels", test_karcher_cancels);
  g_test_add_func ("/spherical/median/formula", test_median);
  g_test_add_func ("/spherical/median/by-hand", test_median_by_hand);
  return g_test_run ();
}
