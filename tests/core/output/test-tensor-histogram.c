/* Histograms of tensors against a plain reference. */
#include <float.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "fixture-checkpoint.h"
#include "output/tensor-histogram.h"

typedef struct
{
  char *folder;
  Fixture *fixture;
  AmCheckpoint *checkpoint;
} Setup;

static void
setup_init (Setup *setup)
{
  setup->folder = fixture_new_folder ();
  setup->fixture = fixture_new ();
  setup->checkpoint = NULL;
}

static void
setup_clear (Setup *setup)
{
  fixture_remove_folder (setup->folder);
  g_free (setup->folder);
  fixture_free (setup->fixture);
  am_checkpoint_free (setup->checkpoint);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Setup, setup_clear)

static void
setup_open (Setup *setup)
{
  g_autofree char *path = fixture_write (setup->fixture, setup->folder, "values.safetensors");
  g_autoptr (GError) error = NULL;

  setup->checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
}

static AmTensorHistogram *
count (Setup *setup, const char *a, const char *b, guint n_bins, const double *range)
{
  g_autoptr (GError) error = NULL;
  AmTensorHistogram *histogram = am_tensor_histogram_new (
      a != NULL ? setup->checkpoint : NULL,
      a != NULL ? am_checkpoint_find (setup->checkpoint, a, NULL) : NULL,
      b != NULL ? setup->checkpoint : NULL,
      b != NULL ? am_checkpoint_find (setup->checkpoint, b, NULL) : NULL, n_bins, range, NULL, &error);

  g_assert_no_error (error);
  return histogram;
}

/* Looks every value up among the edges, one after the other. */
static void
assert_counts (const AmTensorHistogram *histogram, const guint64 *counts, const double *values, gsize n)
{
  g_autofree guint64 *expected = g_new0 (guint64, histogram->n_bins);

  for (gsize i = 0; i < n; i++)
    for (guint bin = histogram->n_bins; bin-- > 0;)
      {
        double step = (histogram->maximum - histogram->minimum) / histogram->n_bins;

        if (values[i] >= histogram->minimum + bin * step && values[i] <= histogram->maximum)
          {
            expected[bin]++;
            break;
          }
      }
  for (guint bin = 0; bin < histogram->n_bins; bin++)
    g_assert_cmpuint (counts[bin], ==, expected[bin]);
}

static void
assert_moments (const AmTensorMoments *moments, const double *values, gsize n)
{
  long double sum = 0.0L, squares = 0.0L;
  double least = INFINITY, greatest = -INFINITY;
  gsize n_finite = 0, n_zeros = 0;

  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i]))
      {
        sum += values[i];
        least = MIN (least, values[i]);
        greatest = MAX (greatest, values[i]);
        n_zeros += values[i] == 0.0;
        n_finite++;
      }
  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i]))
      squares += (values[i] - sum / n_finite) * (values[i] - sum / n_finite);
  g_assert_cmpuint (moments->length, ==, n);
  g_assert_cmpuint (moments->n_not_finite, ==, n - n_finite);
  g_assert_cmpuint (moments->n_zeros, ==, n_zeros);
  g_assert_cmpfloat (moments->zero_fraction, ==, (double)n_zeros / (double)n);
  g_assert_cmpfloat (moments->minimum, ==, least);
  g_assert_cmpfloat (moments->maximum, ==, greatest);
  g_assert_cmpfloat_with_epsilon (moments->mean, (double)(sum / n_finite), 1e-12);
  g_assert_cmpfloat_with_epsilon (moments->deviation, (double)sqrtl (squares / n_finite), 1e-12);
}

/* Multiples of 1/64 over more than two chunks, so that the edges of 64 bins are exact; far from zero, with
 * some that are not finite. */
static double *
make_values (gsize n, guint32 seed)
{
  double *values = g_new (double, n);
  GRand *generator = g_rand_new_with_seed (seed);

  for (gsize i = 0; i < n; i++)
    values[i] = g_rand_int_range (generator, -100, 157) / 64.0;
  values[0] = -100 / 64.0;
  values[1] = 156 / 64.0;
  values[n / 2] = NAN;
  values[n / 2 + 1] = INFINITY;
  values[n - 1] = -INFINITY;
  g_rand_free (generator);
  return values;
}

static void
test_two_sides (void)
{
  const gsize n_a = 40000, n_b = 17000;
  g_autofree double *a = make_values (n_a, 1);
  g_autofree double *b = make_values (n_b, 2);
  g_autoptr (AmTensorHistogram) histogram = NULL;
  g_auto (Setup) setup;

  setup_init (&setup);
  fixture_add_values (setup.fixture, "a", AM_DTYPE_F32, "200,200", a);
  fixture_add_values (setup.fixture, "b", AM_DTYPE_F16, "17000", b);
  setup_open (&setup);
  histogram = count (&setup, "a", "b", 64, NULL);
  g_assert_cmpfloat (histogram->minimum, ==, -100 / 64.0);
  g_assert_cmpfloat (histogram->maximum, ==, 156 / 64.0);
  g_assert_cmpuint (histogram->n_bins, ==, 64);
  assert_counts (histogram, histogram->counts_a, a, n_a);
  assert_counts (histogram, histogram->counts_b, b, n_b);
  assert_moments (&histogram->a, a, n_a);
  assert_moments (&histogram->b, b, n_b);
}

/* A given range leaves out what is beyond it, but not from the figures. */
static void
test_given_range (void)
{
  const double range[] = { -0.5, 0.5 };
  const gsize n = 20000;
  g_autofree double *values = make_values (n, 3);
  g_autoptr (AmTensorHistogram) histogram = NULL;
  g_auto (Setup) setup;

  setup_init (&setup);
  fixture_add_values (setup.fixture, "a", AM_DTYPE_F64, "20000", values);
  setup_open (&setup);
  histogram = count (&setup, NULL, "a", 16, range);
  g_assert_null (histogram->counts_a);
  g_assert_cmpuint (histogram->a.length, ==, 0);
  g_assert_true (isnan (histogram->a.mean));
  g_assert_cmpfloat (histogram->minimum, ==, -0.5);
  g_assert_cmpfloat (histogram->maximum, ==, 0.5);
  assert_counts (histogram, histogram->counts_b, values, n);
  assert_moments (&histogram->b, values, n);
}

/* The range of one side counts for both. */
static void
test_shared_range (void)
{
  const double narrow[] = { 0.0, 1.0 }, wide[] = { -2.0, 6.0 };
  g_autoptr (AmTensorHistogram) histogram = NULL;
  g_auto (Setup) setup;

  setup_init (&setup);
  fixture_add_values (setup.fixture, "narrow", AM_DTYPE_BF16, "2", narrow);
  fixture_add_values (setup.fixture, "wide", AM_DTYPE_F8_E4M3, "2", wide);
  setup_open (&setup);
  histogram = count (&setup, "narrow", "wide", 8, NULL);
  g_assert_cmpfloat (histogram->minimum, ==, -2.0);
  g_assert_cmpfloat (histogram->maximum, ==, 6.0);
  assert_counts (histogram, histogram->counts_a, narrow, 2);
  assert_counts (histogram, histogram->counts_b, wide, 2);
}

static void
test_integers (void)
{
  static const struct
  {
    AmDtype dtype;
    const char *bytes; /* little endian: two elements */
    double least, greatest;
  } cases[] = {
    { AM_DTYPE_BOOL, "\1\0", 0.0, 1.0 },
    { AM_DTYPE_U8, "\xff\2", 2.0, 255.0 },
    { AM_DTYPE_I8, "\xff\2", -1.0, 2.0 },
    { AM_DTYPE_U16, "\xfe\xff\1\0", 1.0, 65534.0 },
    { AM_DTYPE_I16, "\xfe\xff\1\0", -2.0, 1.0 },
    { AM_DTYPE_U32, "\xfd\xff\xff\xff\1\0\0\0", 1.0, 4294967293.0 },
    { AM_DTYPE_I32, "\xfd\xff\xff\xff\1\0\0\0", -3.0, 1.0 },
    { AM_DTYPE_U64, "\0\0\0\0\0\0\0\x80\1\0\0\0\0\0\0\0", 1.0, 0x1p63 },
    { AM_DTYPE_I64, "\0\0\0\0\0\0\0\x80\1\0\0\0\0\0\0\0", -0x1p63, 1.0 },
  };
  g_auto (Setup) setup;

  setup_init (&setup);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    fixture_add_bytes (setup.fixture, am_dtype_get_name (cases[i].dtype), cases[i].dtype, "2",
                       cases[i].bytes);
  setup_open (&setup);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmTensorHistogram) histogram
          = count (&setup, am_dtype_get_name (cases[i].dtype), NULL, 2, NULL);

      g_assert_cmpfloat (histogram->minimum, ==, cases[i].least);
      g_assert_cmpfloat (histogram->maximum, ==, cases[i].greatest);
      g_assert_cmpuint (histogram->counts_a[0], ==, 1);
      g_assert_cmpuint (histogram->counts_a[1], ==, 1);
      g_assert_null (histogram->counts_b);
    }
}

/* Whatever the values, the range has a width and every finite one of them a bin. */
static void
test_odd_ranges (void)
{
  static const double pairs[][2] = {
    { 0.0, 0.0 },         { 0.1, 0.1 },    { -1e300, -1e300 }, { -DBL_MAX, DBL_MAX },
    { DBL_MAX, DBL_MAX }, { 0.0, 5e-324 }, { 5e-324, 5e-324 }, { 1.0, 1.0 + DBL_EPSILON },
    { NAN, NAN },         { NAN, 2.0 },
  };
  g_auto (Setup) setup;
  char name[] = "a";

  setup_init (&setup);
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++, name[0]++)
    fixture_add_values (setup.fixture, name, AM_DTYPE_F64, "2", pairs[i]);
  fixture_add_values (setup.fixture, "empty", AM_DTYPE_F64, "0", pairs[0]);
  setup_open (&setup);
  name[0] = 'a';
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++, name[0]++)
    {
      g_autoptr (AmTensorHistogram) histogram = count (&setup, name, "empty", 3, NULL);
      guint64 n_counted = histogram->counts_a[0] + histogram->counts_a[1] + histogram->counts_a[2];

      g_assert_cmpfloat (histogram->minimum, <, histogram->maximum);
      g_assert_true (isfinite (histogram->minimum) && isfinite (histogram->maximum));
      g_assert_cmpuint (n_counted, ==, 2 - histogram->a.n_not_finite);
      g_assert_cmpuint (histogram->a.n_not_finite, ==, isnan (pairs[i][0]) + isnan (pairs[i][1]));
      if (pairs[i][0] == pairs[i][1])
        g_assert_cmpfloat (histogram->a.deviation, ==, 0.0);
      g_assert_cmpuint (histogram->b.length, ==, 0);
      g_assert_cmpfloat (histogram->b.zero_fraction, ==, 0.0);
    }
}

static void
assert_failure (Setup *setup, const char *name, GCancellable *cancellable, AmError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (am_tensor_histogram_new (setup->checkpoint,
                                          am_checkpoint_find (setup->checkpoint, name, NULL), NULL, NULL, 4,
                                          NULL, cancellable, &error));
  g_assert_error (error, AM_ERROR, (gint)code);
  if (code != AM_ERROR_CANCELLED)
    g_assert_nonnull (strstr (error->message, am_checkpoint_get_path (setup->checkpoint)));
}

static void
test_failures (void)
{
  const guint8 complex[8] = { 0 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_auto (Setup) setup;

  setup_init (&setup);
  fixture_add_bytes (setup.fixture, "complex", AM_DTYPE_C64, "1", complex);
  fixture_add_random (setup.fixture, "long", AM_DTYPE_F32, "70001", 1, 1.0);
  setup_open (&setup);
  assert_failure (&setup, "complex", NULL, AM_ERROR_UNSUPPORTED);
  g_cancellable_cancel (cancellable);
  assert_failure (&setup, "long", cancellable, AM_ERROR_CANCELLED);
  g_assert_cmpint (truncate (am_checkpoint_get_path (setup.checkpoint), 1000), ==, 0);
  assert_failure (&setup, "long", NULL, AM_ERROR_NOT_READABLE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tensor-histogram/two-sides", test_two_sides);
  g_test_add_func ("/tensor-histogram/given-range", test_given_range);
  g_test_add_func ("/tensor-histogram/shared-range", test_shared_range);
  g_test_add_func ("/tensor-histogram/integers", test_integers);
  g_test_add_func ("/tensor-histogram/odd-ranges", test_odd_ranges);
  g_test_add_func ("/tensor-histogram/failures", test_failures);
  return g_test_run ();
}
