/* Interpolation along arcs, against vectors in double. */
#include <math.h>
#include <string.h>

#include "method-harness.h"
#include "methods/angle.h"
#include "vectors.h"

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
  return g_test_run ();
}
