/* Conversions against a reference that knows the formats only by their definition. */
#include "variants.h"

typedef struct
{
  AmDtype dtype;
  int mantissa;
  int bias;
  guint size;
  guint32 largest;  /* code of the largest finite value */
  guint32 nan;      /* how NaN is stored */
  gboolean has_inf; /* whether the code after the largest is infinity */
} Format;

static const Format formats[] = {
  { AM_DTYPE_F16, 10, 15, 2, 0x7BFF, 0x7E00, TRUE },
  { AM_DTYPE_BF16, 7, 127, 2, 0x7F7F, 0x7FC0, TRUE },
  { AM_DTYPE_F8_E4M3, 3, 7, 1, 0x7E, 0x7F, FALSE },
  { AM_DTYPE_F8_E5M2, 2, 15, 1, 0x7B, 0x7F, FALSE },
};

static guint32
sign_of (const Format *format)
{
  return format->size == 2 ? 0x8000 : 0x80;
}

/* The value of a code without its sign, past the largest too, as if exponents went on. */
static double
decode (const Format *format, guint32 code)
{
  int exponent = (int)(code >> format->mantissa);
  guint32 fraction = code & ((1u << format->mantissa) - 1);

  if (exponent == 0)
    return ldexp (fraction, 1 - format->bias - format->mantissa);
  return ldexp (fraction + (1u << format->mantissa), exponent - format->bias - format->mantissa);
}

/* Nearest code by search over all of them; what the counts must become is added to @counts. */
static guint32
encode (const Format *format, double value, AmNarrowCounts *counts)
{
  guint32 low = 0, high = format->largest + 1;
  guint32 sign = signbit (value) ? sign_of (format) : 0;
  double magnitude = fabs (value);

  if (isnan (value))
    {
      counts->n_nan++;
      return format->nan;
    }
  if (magnitude >= decode (format, high))
    low = high;
  while (high - low > 1)
    {
      guint32 middle = (low + high) / 2;

      if (decode (format, middle) <= magnitude)
        low = middle;
      else
        high = middle;
    }
  if (low < high)
    {
      double half_way = (decode (format, low) + decode (format, high)) / 2;

      if (magnitude > half_way || (magnitude == half_way && low % 2 == 1))
        low = high;
    }
  if (low > format->largest)
    {
      *(format->has_inf ? &counts->n_infinite : &counts->n_saturated) += 1;
      low = format->largest + (format->has_inf ? 1 : 0);
    }
  return low | sign;
}

static guint32
code_at (const Format *format, const guint8 *stored, gsize i)
{
  guint16 code;

  if (format->size == 1)
    return stored[i];
  memcpy (&code, stored + 2 * i, sizeof code);
  return code;
}

/* Every value of the format, every half-way point, their neighbours in double, and the extremes. */
static GArray *
hard_values (const Format *format)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (double));
  const double extremes[]
      = { INFINITY,       NAN,      1e300,   4.9e-324, 0x1p-149, 0x1.8p-150, 0x1p-126, 0x1.fffffep127,
          0x1.ffffffp127, 464.0001, 61439.99 };

  for (guint32 code = 0; code <= format->largest; code++)
    {
      double here = decode (format, code);
      double half_way = (here + decode (format, code + 1)) / 2;
      const double around[] = { here,
                                half_way,
                                nextafter (half_way, INFINITY),
                                nextafter (half_way, 0),
                                (double)nextafterf ((float)half_way, INFINITY),
                                (double)nextafterf ((float)half_way, 0) };

      g_array_append_vals (values, around, G_N_ELEMENTS (around));
    }
  g_array_append_vals (values, extremes, G_N_ELEMENTS (extremes));
  for (guint i = 0, n = values->len; i < n; i++)
    {
      double negative = -g_array_index (values, double, i);

      g_array_append_val (values, negative);
    }
  return values;
}

static void
assert_counts (const AmNarrowCounts *counts, const AmNarrowCounts *expected)
{
  g_assert_cmpuint (counts->n_nan, ==, expected->n_nan);
  g_assert_cmpuint (counts->n_infinite, ==, expected->n_infinite);
  g_assert_cmpuint (counts->n_saturated, ==, expected->n_saturated);
}

static void
check_narrow_double (const AmKernels *kernels)
{
  for (guint f = 0; f < G_N_ELEMENTS (formats); f++)
    {
      const Format *format = &formats[f];
      g_autoptr (GArray) values = hard_values (format);
      g_autofree guint8 *stored = g_malloc (values->len * format->size + 1);
      AmNarrowCounts counts = { 0 }, expected = { 0 };

      kernels->narrow_double (stored + 1, (const double *)values->data, format->dtype, values->len, &counts);
      for (guint i = 0; i < values->len; i++)
        g_assert_cmphex (code_at (format, stored + 1, i), ==,
                         encode (format, g_array_index (values, double, i), &expected));
      g_assert_cmpuint (expected.n_nan, ==, 2);
      g_assert_cmpuint (expected.n_infinite + expected.n_saturated, >, 4);
      assert_counts (&counts, &expected);
    }
}

static void
check_narrow_float (const AmKernels *kernels)
{
  for (guint f = 0; f < G_N_ELEMENTS (formats); f++)
    {
      const Format *format = &formats[f];
      g_autoptr (GArray) values = hard_values (format);
      g_autofree float *floats = g_new (float, values->len);
      g_autofree guint8 *stored = g_malloc (values->len * format->size + 1);
      AmNarrowCounts counts = { 0 }, expected = { 0 };

      for (guint i = 0; i < values->len; i++)
        floats[i] = (float)g_array_index (values, double, i);
      kernels->narrow_float (stored + 1, floats, format->dtype, values->len, &counts);
      for (guint i = 0; i < values->len; i++)
        g_assert_cmphex (code_at (format, stored + 1, i), ==, encode (format, (double)floats[i], &expected));
      assert_counts (&counts, &expected);
    }
}

static gboolean
is_nan_code (const Format *format, guint32 code)
{
  return format->dtype == AM_DTYPE_F8_E4M3 ? code == 0x7F : code > format->largest + 1;
}

/* F8_E5M2 has infinities, though narrowing never stores them. */
static double
value_of (const Format *format, guint32 code)
{
  guint32 sign = code & sign_of (format);
  double value;

  code &= ~sign;
  value = decode (format, code);
  if (is_nan_code (format, code))
    value = NAN;
  else if (code > format->largest)
    value = INFINITY;
  return sign != 0 ? -value : value;
}

static void
check_widen (const AmKernels *kernels)
{
  for (guint f = 0; f < G_N_ELEMENTS (formats); f++)
    {
      const Format *format = &formats[f];
      guint n = format->size == 1 ? 256 : 65536;
      g_autofree guint8 *stored = g_malloc (n * 2 + 1);
      g_autofree float *floats = g_new (float, n);
      g_autofree double *doubles = g_new (double, n);

      for (guint code = 0; code < n; code++)
        if (format->size == 1)
          stored[1 + code] = (guint8)code;
        else
          memcpy (stored + 1 + 2 * code, &(guint16){ (guint16)code }, 2);
      kernels->widen_float (floats, stored + 1, format->dtype, n);
      kernels->widen_double (doubles, stored + 1, format->dtype, n);
      for (guint code = 0; code < n; code++)
        {
          double expected = value_of (format, code);

          g_assert_true (isnan (expected) ? isnan (floats[code])
                                          : bits_of_float (floats[code]) == bits_of_float ((float)expected));
          g_assert_true (isnan (expected) ? isnan (doubles[code])
                                          : bits_of_double (doubles[code]) == bits_of_double (expected));
        }
    }
}

/* What is stored comes back as it was; NaN as the one NaN. */
static void
check_round_trip (const AmKernels *kernels)
{
  for (guint f = 0; f < G_N_ELEMENTS (formats); f++)
    {
      const Format *format = &formats[f];
      guint n = format->size == 1 ? 256 : 65536;
      float wide;
      guint8 stored[2], again[2];
      AmNarrowCounts counts = { 0 };

      for (guint code = 0; code < n; code++)
        {
          guint32 magnitude = code & ~sign_of (format);
          gboolean is_nan = is_nan_code (format, magnitude);

          if (!is_nan && !format->has_inf && magnitude > format->largest)
            continue;
          memcpy (stored, &(guint16){ GUINT16_TO_LE ((guint16)code) }, 2);
          kernels->widen_float (&wide, stored, format->dtype, 1);
          kernels->narrow_float (again, &wide, format->dtype, 1, &counts);
          g_assert_cmphex (code_at (format, again, 0), ==, is_nan ? format->nan : code);
        }
    }
}

static float
nearest_float (double value)
{
  float below = (float)value, above;

  if (isnan (value) || isinf (value))
    return below;
  if (fabs (value) >= 0x1.ffffffp127)
    return copysignf (INFINITY, below);
  below = isinf (below) ? copysignf (0x1.fffffep127f, below) : below;
  if ((double)below > value)
    below = nextafterf (below, -INFINITY);
  above = (double)below < value ? nextafterf (below, INFINITY) : below;
  if (below == above || value - (double)below < (double)above - value)
    return below;
  if (value - (double)below > (double)above - value)
    return above;
  return bits_of_float (below) % 2 == 0 ? below : above;
}

static void
check_double_to_float (const AmKernels *kernels)
{
  enum
  {
    N = 30001
  };
  g_autofree double *values = g_new (double, N);
  g_autofree float *stored = g_new (float, N);
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  AmNarrowCounts counts = { 0 };

  for (guint i = 0; i < N; i++)
    {
      guint32 code = g_rand_int (random);
      float here = float_from_bits (i % 3 == 0 ? code & 0x80FFFFFF : code);
      double half_way = ((double)here + (double)nextafterf (here, 0)) / 2;

      values[i] = i % 2 == 0 ? half_way : nextafter (half_way, i % 4 == 1 ? INFINITY : -INFINITY);
    }
  values[17] = 0x1.ffffffp127;
  values[19] = nextafter (0x1.ffffffp127, 0);
  kernels->narrow_double (stored, values, AM_DTYPE_F32, N, &counts);
  for (guint i = 0; i < N; i++)
    if (isnan (values[i]))
      g_assert_cmphex (bits_of_float (stored[i]), ==, 0x7FC00000);
    else
      g_assert_cmphex (bits_of_float (stored[i]), ==, bits_of_float (nearest_float (values[i])));
  g_assert_cmpuint (counts.n_infinite, >=, 1);
  g_assert_cmpuint (counts.n_nan, >, 10);
}

/* The wide types: copies, but for NaN, and a count of what is not finite. */
static void
check_wide (const AmKernels *kernels)
{
  const double doubles[] = { 1.0, -0.0, -NAN, INFINITY, 0x1p-1074, NAN, -INFINITY, 0x1p-149 };
  const float floats[] = { 1.0f, -0.0f, -NAN, INFINITY, 0x1p-149f, NAN, -INFINITY, 3.0f };
  double stored_doubles[8], from_floats[8], widened[8];
  float stored_floats[8];
  AmNarrowCounts counts = { 0 };

  kernels->narrow_double (stored_doubles, doubles, AM_DTYPE_F64, 8, &counts);
  kernels->narrow_float (stored_floats, floats, AM_DTYPE_F32, 8, &counts);
  kernels->narrow_float (from_floats, floats, AM_DTYPE_F64, 8, &counts);
  kernels->widen_double (widened, floats, AM_DTYPE_F32, 8);
  assert_counts (&counts, &(AmNarrowCounts){ 6, 6, 0 });
  for (guint i = 0; i < 8; i++)
    if (i == 2 || i == 5)
      {
        g_assert_cmphex (bits_of_double (stored_doubles[i]), ==, 0x7FF8000000000000);
        g_assert_cmphex (bits_of_float (stored_floats[i]), ==, 0x7FC00000);
        g_assert_cmphex (bits_of_double (from_floats[i]), ==, 0x7FF8000000000000);
        g_assert_true (isnan (widened[i]));
      }
    else
      {
        g_assert_cmphex (bits_of_double (stored_doubles[i]), ==, bits_of_double (doubles[i]));
        g_assert_cmphex (bits_of_float (stored_floats[i]), ==, bits_of_float (floats[i]));
        g_assert_cmphex (bits_of_double (from_floats[i]), ==, bits_of_double ((double)floats[i]));
        g_assert_cmphex (bits_of_double (widened[i]), ==, bits_of_double ((double)floats[i]));
      }
}

#define VARIANT_TEST(check)                                                                                  \
  static void test_##check (void) { g_assert_cmpuint (for_each_variant (check_##check), >, 0); }

VARIANT_TEST (narrow_double)
VARIANT_TEST (narrow_float)
VARIANT_TEST (widen)
VARIANT_TEST (round_trip)
VARIANT_TEST (double_to_float)
VARIANT_TEST (wide)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/convert/narrow-double", test_narrow_double);
  g_test_add_func ("/kernels/convert/narrow-float", test_narrow_float);
  g_test_add_func ("/kernels/convert/widen", test_widen);
  g_test_add_func ("/kernels/convert/round-trip", test_round_trip);
  g_test_add_func ("/kernels/convert/double-to-float", test_double_to_float);
  g_test_add_func ("/kernels/convert/wide", test_wide);
  return g_test_run ();
}
