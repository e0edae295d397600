/* Means and deviations against plain sums. */
#include <math.h>
#include <string.h>

#include "kernels/philox.h"
#include "network/moments.h"

#define N_UNITS 3

/* @n_samples pictures of 10 by 7 positions, numbers of -1 .. 1 about @centre. */
static AmValue
make_value (guint n_samples, double centre, guint32 stream)
{
  AmValue value = { n_samples, 10, 7, N_UNITS, NULL };
  const gsize n = (gsize)(am_value_count_rows (&value) * N_UNITS);
  const uint32_t key[2] = { 5, 6 };
  g_autofree uint32_t *words = g_new (uint32_t, n);

  am_philox_words (words, key, stream, 0, n);
  value.data = g_new (AmReal, n);
  for (gsize i = 0; i < n; i++)
    value.data[i] = (AmReal)(centre + ldexp (words[i], -31) - 1.0);
  return value;
}

static void
assert_moments (const AmMoments *moments, const AmValue *a, const AmValue *b, double weight_a,
                double weight_b)
{
  const guint64 n = am_value_count_rows (a);

  g_assert_cmpuint (moments->n_rows, ==, n);
  for (guint c = 0; c < N_UNITS; c++)
    {
      double sum = 0.0, squares = 0.0;

      for (guint64 i = 0; i < n; i++)
        sum += weight_a * a->data[i * N_UNITS + c] + weight_b * b->data[i * N_UNITS + c];
      for (guint64 i = 0; i < n; i++)
        {
          const double x = weight_a * a->data[i * N_UNITS + c] + weight_b * b->data[i * N_UNITS + c];

          squares += (x - sum / n) * (x - sum / n);
        }
      g_assert_cmpfloat_with_epsilon (moments->means[c], sum / n, 1e-11 * (1.0 + fabs (sum / n)));
      g_assert_cmpfloat_with_epsilon (am_moments_get_variance (moments, c), squares / n, 1e-10);
      g_assert_cmpfloat_with_epsilon (am_moments_get_deviation (moments, c), sqrt (squares / n), 1e-10);
    }
}

/* Values far from 0, where a difference of squares would leave nothing. */
static void
test_one (void)
{
  AmValue value = make_value (40, 1000.0, 0);
  const AmValue *values[] = { &value };
  AmMoments moments;

  am_moments_init (&moments, N_UNITS);
  g_assert_cmpfloat (am_moments_get_variance (&moments, 0), ==, 0.0);
  am_moments_add (&moments, 1, values, NULL, 2);
  assert_moments (&moments, &value, &value, 1.0, 0.0);
  am_moments_clear (&moments);
  g_free (value.data);
}

static void
test_mixture (void)
{
  AmValue a = make_value (17, 3.0, 1), b = make_value (17, -2.0, 2);
  const AmValue *values[] = { &a, &b };
  const double weights[] = { 0.7, 0.3 };
  AmMoments mixture, sum;

  am_moments_init (&mixture, N_UNITS);
  am_moments_init (&sum, N_UNITS);
  am_moments_add (&mixture, 2, values, weights, 0);
  assert_moments (&mixture, &a, &b, 0.7, 0.3);
  am_moments_add (&sum, 2, values, NULL, 0);
  assert_moments (&sum, &a, &b, 1.0, 1.0);
  am_moments_clear (&mixture);
  am_moments_clear (&sum);
  g_free (a.data);
  g_free (b.data);
}

/* Samples @first .. @first + @n - 1. */
static AmValue
cut (const AmValue *value, guint first, guint n)
{
  AmValue part = *value;

  part.data += first * value->height * value->width * value->channels;
  part.n_samples = n;
  return part;
}

static void
test_parts_and_threads (void)
{
  AmValue value = make_value (90, -5.0, 3);
  const AmValue parts[] = { cut (&value, 0, 1), cut (&value, 1, 60), cut (&value, 61, 29) };
  AmMoments one, many;

  am_moments_init (&one, N_UNITS);
  am_moments_init (&many, N_UNITS);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      const AmValue *values[] = { &parts[i] };

      am_moments_add (&one, 1, values, NULL, 1);
      am_moments_add (&many, 1, values, NULL, 5);
    }
  assert_moments (&one, &value, &value, 1.0, 0.0);
  g_assert_cmpmem (one.means, N_UNITS * sizeof (double), many.means, N_UNITS * sizeof (double));
  g_assert_cmpmem (one.squares, N_UNITS * sizeof (double), many.squares, N_UNITS * sizeof (double));
  am_moments_clear (&one);
  am_moments_clear (&many);
  g_free (value.data);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/moments/one", test_one);
  g_test_add_func ("/moments/mixture", test_mixture);
  g_test_add_func ("/moments/parts-and-threads", test_parts_and_threads);
  return g_test_run ();
}
