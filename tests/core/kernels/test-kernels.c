/* Meaning of each kernel by a plain loop, and equality of all variants to the bit. */
#include "variants.h"

#include "kernels/philox.h"

enum
{
  ROOM = 1200
};

static const gsize lengths[]
    = { 0, 1, 2, 3, 5, 7, 8, 15, 16, 17, 31, 33, 63, 64, 65, 127, 508, 509, 513, 1100 };

/* Values of all magnitudes, with subnormals, zeros and, if asked, infinities and NaN. */
static void
fill (double *values, gsize n, guint32 seed, gboolean finite)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  for (gsize i = 0; i < n; i++)
    {
      guint32 kind = (guint32)g_rand_int_range (random, 0, 40);

      values[i] = ldexp (g_rand_double_range (random, -1, 1), g_rand_int_range (random, -30, 20));
      if (kind == 0)
        values[i] = -0.0;
      else if (kind == 1)
        values[i] = ldexp (values[i], -120);
      else if (kind == 2 && !finite)
        values[i] = NAN;
      else if (kind == 3 && !finite)
        values[i] = kind % 2 == 0 ? INFINITY : -INFINITY;
    }
}

static void
fill_floats (float *floats, gsize n, guint32 seed, gboolean finite)
{
  double doubles[ROOM];

  fill (doubles, n, seed, finite);
  for (gsize i = 0; i < n; i++)
    floats[i] = (float)doubles[i];
}

/* Equal, or both NaN: which NaN an operation on two of them gives is not promised. */
#define ASSERT_SAME(a, b, n)                                                                                 \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    for (gsize at = 0; at < (n); at++)                                                                       \
      g_assert_true (isnan ((a)[at]) ? isnan ((b)[at]) : memcmp (&(a)[at], &(b)[at], sizeof *(a)) == 0);     \
  }                                                                                                          \
  G_STMT_END

#define REAL float
#define NAME(stem) stem##_float
#define FILL fill_floats
#include "check-real.h"

#define REAL double
#define NAME(stem) stem##_double
#define FILL fill
#include "check-real.h"

/* Sums: the documented lanes and tree, written out. */
static double
reference_sum (const double *terms, gsize n)
{
  double lanes[16] = { 0 };

  for (gsize i = 0; i < n; i++)
    lanes[i % 16] += terms[i];
  for (guint width = 8; width > 0; width /= 2)
    for (guint j = 0; j < width; j++)
      lanes[j] = lanes[j] + lanes[j + width];
  return lanes[0];
}

static void
check_sums (const AmKernels *kernels)
{
  double a[ROOM], b[ROOM], terms[ROOM];
  float c[ROOM], d[ROOM];

  fill (a, ROOM, 1, TRUE);
  fill (b, ROOM, 2, TRUE);
  fill_floats (c, ROOM, 1, TRUE);
  fill_floats (d, ROOM, 2, TRUE);
  for (guint k = 0; k < G_N_ELEMENTS (lengths); k++)
    for (gsize offset = 0; offset < 3; offset++)
      {
        gsize n = lengths[k];

        for (gsize i = 0; i < n; i++)
          terms[i] = a[i + offset] * b[i];
        g_assert_true (kernels->dot_double (a + offset, b, n) == reference_sum (terms, n));
        for (gsize i = 0; i < n; i++)
          terms[i] = (double)c[i + offset] * (double)d[i];
        g_assert_true (kernels->dot_float (c + offset, d, n) == reference_sum (terms, n));
        for (gsize i = 0; i < n; i++)
          terms[i] = fabs (a[i + offset]);
        g_assert_true (kernels->sum_abs_double (a + offset, n) == reference_sum (terms, n));
        for (gsize i = 0; i < n; i++)
          terms[i] = (double)fabsf (c[i + offset]);
        g_assert_true (kernels->sum_abs_float (c + offset, n) == reference_sum (terms, n));
      }
}

static const AmDtype mergeable[]
    = { AM_DTYPE_F64, AM_DTYPE_F32, AM_DTYPE_F16, AM_DTYPE_BF16, AM_DTYPE_F8_E4M3, AM_DTYPE_F8_E5M2 };

/* Random bit patterns through every conversion, odd lengths and addresses: the same bytes as scalar gives. */
static void
check_conversions_like_scalar (const AmKernels *kernels)
{
  const AmKernels *scalar = am_kernels_find ("scalar");
  guint8 stored[ROOM * 8], narrow[2][ROOM * 8];
  float floats[2][ROOM];
  double doubles[2][ROOM];
  AmNarrowCounts counts[2] = { 0 };
  g_autoptr (GRand) random = g_rand_new_with_seed (11);

  for (guint round = 0; round < 200; round++)
    {
      AmDtype dtype = mergeable[round % G_N_ELEMENTS (mergeable)];
      gsize n = lengths[round % G_N_ELEMENTS (lengths)];
      gsize offset = (gsize)g_rand_int_range (random, 0, 8);
      gsize size = am_dtype_get_bits (dtype) / 8;

      for (gsize i = 0; i < sizeof stored; i++)
        stored[i] = (guint8)g_rand_int (random);
      scalar->widen_float (floats[0], stored + offset, dtype, n);
      kernels->widen_float (floats[1], stored + offset, dtype, n);
      g_assert_cmpmem (floats[0], n * 4, floats[1], n * 4);
      scalar->widen_double (doubles[0], stored + offset, dtype, n);
      kernels->widen_double (doubles[1], stored + offset, dtype, n);
      g_assert_cmpmem (doubles[0], n * 8, doubles[1], n * 8);

      memcpy (floats[0], stored, n * 4);
      memcpy (doubles[0], stored, n * 8);
      scalar->narrow_float (narrow[0] + offset, floats[0], dtype, n, &counts[0]);
      kernels->narrow_float (narrow[1] + offset, floats[0], dtype, n, &counts[1]);
      g_assert_cmpmem (narrow[0] + offset, n * size, narrow[1] + offset, n * size);
      scalar->narrow_double (narrow[0] + offset, doubles[0], dtype, n, &counts[0]);
      kernels->narrow_double (narrow[1] + offset, doubles[0], dtype, n, &counts[1]);
      g_assert_cmpmem (narrow[0] + offset, n * size, narrow[1] + offset, n * size);
    }
  g_assert_cmpmem (&counts[0], sizeof counts[0], &counts[1], sizeof counts[1]);
  g_assert_cmpuint (counts[0].n_saturated, >, 0);
}

static void
check_arithmetic (const AmKernels *kernels)
{
  check_lerp_float (kernels);
  check_lerp_double (kernels);
  check_scaling_float (kernels);
  check_scaling_double (kernels);
}

static void
check_drop (const AmKernels *kernels)
{
  check_drop_float (kernels);
  check_drop_double (kernels);
}

static void
check_trim (const AmKernels *kernels)
{
  check_trim_float (kernels);
  check_trim_double (kernels);
}

static void
check_count_above (const AmKernels *kernels)
{
  check_count_above_float (kernels);
  check_count_above_double (kernels);
}

#define VARIANT_TEST(check)                                                                                  \
  static void test_##check (void) { g_assert_cmpuint (for_each_variant (check_##check), >, 0); }

VARIANT_TEST (arithmetic)
VARIANT_TEST (sums)
VARIANT_TEST (conversions_like_scalar)
VARIANT_TEST (drop)
VARIANT_TEST (trim)
VARIANT_TEST (count_above)

static void
test_choice (void)
{
  const AmKernels *kernels = am_kernels_get ();
  const char *wanted = g_getenv ("AM_CPU");

  g_assert_nonnull (kernels);
  g_assert_true (kernels == am_kernels_get ());
  g_assert_true (kernels == am_kernels_find (kernels->name));
  g_assert_null (am_kernels_find ("abacus"));
  if (wanted != NULL && am_kernels_find (wanted) != NULL)
    g_assert_cmpstr (kernels->name, ==, wanted);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/choice", test_choice);
  g_test_add_func ("/kernels/arithmetic", test_arithmetic);
  g_test_add_func ("/kernels/sums", test_sums);
  g_test_add_func ("/kernels/conversions-like-scalar", test_conversions_like_scalar);
  g_test_add_func ("/kernels/drop", test_drop);
  g_test_add_func ("/kernels/trim", test_trim);
  g_test_add_func ("/kernels/count-above", test_count_above);
  return g_test_run ();
}
