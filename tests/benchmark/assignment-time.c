/* Times the assignment of n rows to n columns by the similarity of layers: inner products of Gaussian rows of
 * 2n elements, of two models trained apart from each other, and of a model and a sibling (correlation 0.9) in
 * another order. Then matrices that are known to be hard: products of ranks, and similarities of few
 * dimensions.
 *
 *   assignment-time
 *
 * Uses one core. Exits with 1 when the largest realistic matrix takes 3 s or more, or a certificate fails. */
#include <math.h>
#include <stdio.h>

#include "align/assignment.h"
#include "kernels/linalg.h"
#include "kernels/philox.h"

#define LARGEST 4096
#define GOAL 3.0
#define CORRELATION 0.9f
#define FEW_DIMS 16
#define RUNS 3

/* Normal numbers, by the method of Box and Muller. */
static void
draw (float *values, gsize n, const char *name)
{
  guint32 key[2];

  am_philox_key (key, 1, 0, name);
  for (gsize i = 0; i < n; i += 2)
    {
      guint32 words[2];
      double radius, angle;

      am_philox_words (words, key, 0, i, 2);
      radius = sqrt (-2 * log ((words[0] + 0.5) / 4294967296.0));
      angle = 2 * G_PI * (words[1] / 4294967296.0);
      values[i] = (float)(radius * cos (angle));
      values[i + 1] = (float)(radius * sin (angle));
    }
}

/* @other becomes the sibling of @rows, with its rows in another order: row i goes to an odd multiple of i,
 * which is one to one because @n is a power of two. */
static void
mix (float *other, const float *rows, gsize n, gsize n_dims)
{
  const float rest = sqrtf (1 - CORRELATION * CORRELATION);

  for (gsize i = 0; i < n; i++)
    {
      float *to = other + (i * 1103 + 17) % n * n_dims;

      for (gsize k = 0; k < n_dims; k++)
        to[k] = CORRELATION * rows[i * n_dims + k] + rest * to[k];
    }
}

static void
multiply (float *matrix, const float *a, const float *b, gsize n, gsize n_dims, gsize stride)
{
  for (gsize i = 0; i < n * n; i++)
    matrix[i] = 0;
  am_linalg_multiply_transposed (matrix, n, a, stride, b, stride, n, n, n_dims, 1.0f);
}

/* The middle of RUNS runs, in seconds. */
static gboolean
report (const char *kind, const float *matrix, gsize n, double goal)
{
  g_autofree guint32 *columns = g_new (guint32, n);
  double seconds[RUNS], violation = 0;

  for (guint run = 0; run < RUNS; run++)
    {
      gint64 start = g_get_monotonic_time ();
      guint at = run;
      double taken;

      violation = am_assignment_maximise (matrix, n, n, columns, NULL, NULL);
      taken = (double)(g_get_monotonic_time () - start) / G_USEC_PER_SEC;
      for (; at > 0 && seconds[at - 1] > taken; at--)
        seconds[at] = seconds[at - 1];
      seconds[at] = taken;
    }
  printf ("%5" G_GSIZE_FORMAT "  %-20s %8.4f s   violation %g", n, kind, seconds[RUNS / 2], violation);
  if (goal > 0)
    printf ("   goal %.0f s %s", goal, seconds[RUNS / 2] < goal ? "met" : "MISSED");
  printf ("\n");
  fflush (stdout);
  return (goal <= 0 || seconds[RUNS / 2] < goal) && violation <= 1e-9;
}

static gboolean
report_size (gsize n, float *matrix, float *a, float *b)
{
  const gsize n_dims = 2 * n;
  const double goal = n == LARGEST ? GOAL : 0;
  gboolean is_good;

  draw (a, n * n_dims, "a");
  draw (b, n * n_dims, "b");
  multiply (matrix, a, b, n, n_dims, n_dims);
  is_good = report ("independent", matrix, n, goal);
  multiply (matrix, a, b, n, FEW_DIMS, n_dims);
  is_good &= report ("of 16 dimensions", matrix, n, goal);
  multiply (matrix, a, b, n, 1, n_dims);
  is_good &= report ("of one dimension", matrix, n, 0);
  mix (b, a, n, n_dims);
  multiply (matrix, a, b, n, n_dims, n_dims);
  is_good &= report ("sibling", matrix, n, goal);
  for (gsize i = 0; i < n * n; i++)
    matrix[i] = -(float)(i / n * (i % n));
  is_good &= report ("products", matrix, n, 0);
  return is_good;
}

int
main (void)
{
  g_autofree float *matrix = g_new (float, LARGEST *LARGEST);
  g_autofree float *a = g_new (float, 2 * LARGEST * LARGEST);
  g_autofree float *b = g_new (float, 2 * LARGEST * LARGEST);
  gboolean is_good = TRUE;

  for (gsize n = LARGEST / 8; n <= LARGEST; n *= 2)
    is_good &= report_size (n, matrix, a, b);
  return is_good ? 0 : 1;
}
