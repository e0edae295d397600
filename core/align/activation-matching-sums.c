#include "align/activation-matching-sums.h"

#include <math.h>
#include <string.h>

#include "kernels/linalg.h"

/* What work is divided into. */
#define ROWS 512
#define UNITS 32
#define TILE 128

/* Of the product of deviations, on average. */
#define GUARD 1e-4

/**
 * Side: one network's units
 * @pivots: [n] what is taken off every value
 * @sums, @squares: [n] of the differences
 * @panel: [n][ROWS] differences at hand
 */
typedef struct
{
  float *pivots;
  double *sums, *squares;
  double *deviations; /* [n], once finished */
  float *panel;
} Side;

struct _AmFeatureSums
{
  gsize n;
  guint64 n_rows;
  Side a, b;
  double *products; /* [n][n] of differences */
  double guard;
};

static void
side_open (Side *side, gsize n)
{
  side->pivots = g_new0 (float, n);
  side->sums = g_new0 (double, n);
  side->squares = g_new0 (double, n);
  side->deviations = g_new0 (double, n);
}

static void
side_close (Side *side)
{
  g_free (side->pivots);
  g_free (side->sums);
  g_free (side->squares);
  g_free (side->deviations);
}

AmFeatureSums *
am_feature_sums_new (gsize n)
{
  AmFeatureSums *sums;
  double *products = n < G_MAXUINT32 ? g_try_new0 (double, n *n) : NULL;

  if (products == NULL)
    return NULL;
  sums = g_new0 (AmFeatureSums, 1);
  sums->n = n;
  sums->products = products;
  side_open (&sums->a, n);
  side_open (&sums->b, n);
  return sums;
}

void
am_feature_sums_free (AmFeatureSums *sums)
{
  if (sums == NULL)
    return;
  side_close (&sums->a);
  side_close (&sums->b);
  g_free (sums->products);
  g_free (sums);
}

static void
set_pivots (Side *side, gsize n, const float *values, gsize stride, guint64 n_rows)
{
  g_autofree double *sums = g_new0 (double, n);

  for (guint64 row = 0; row < n_rows; row++)
    for (gsize unit = 0; unit < n; unit++)
      sums[unit] += (double)values[row * stride + unit];
  for (gsize unit = 0; unit < n; unit++)
    side->pivots[unit] = (float)(sums[unit] / (double)n_rows);
}

/* Some units of some rows, which become columns. */
static void
pack (Side *side, gsize first, gsize end, const float *values, gsize stride, gsize n_rows)
{
  for (gsize row = 0; row < n_rows; row++)
    for (gsize unit = first; unit < end; unit++)
      {
        const float value = values[row * stride + unit] - side->pivots[unit];

        side->panel[unit * ROWS + row] = value;
        side->sums[unit] += (double)value;
        side->squares[unit] += (double)value * (double)value;
      }
}

static void
multiply_tile (AmFeatureSums *sums, gsize row, gsize column, gsize n_rows)
{
  const gsize height = MIN (TILE, sums->n - row), width = MIN (TILE, sums->n - column);
  float tile[TILE * TILE] = { 0 };

  am_linalg_multiply_transposed (tile, TILE, sums->a.panel + row * ROWS, ROWS, sums->b.panel + column * ROWS,
                                 ROWS, height, width, n_rows, 1.0f);
  for (gsize i = 0; i < height; i++)
    for (gsize j = 0; j < width; j++)
      sums->products[(row + i) * sums->n + column + j] += (double)tile[i * TILE + j];
}

static void
add_block (AmFeatureSums *sums, const float *a, gsize stride_a, const float *b, gsize stride_b, gsize n_rows,
           guint n_threads)
{
  const gint n_strips = (gint)((sums->n + UNITS - 1) / UNITS), n_tiles = (gint)((sums->n + TILE - 1) / TILE);

#pragma omp parallel num_threads(n_threads)
  {
#pragma omp for schedule(dynamic)
    for (gint strip = 0; strip < 2 * n_strips; strip++)
      {
        const gsize first = (gsize)(strip / 2) * UNITS, end = MIN (first + UNITS, sums->n);

        if (strip % 2 == 0)
          pack (&sums->a, first, end, a, stride_a, n_rows);
        else
          pack (&sums->b, first, end, b, stride_b, n_rows);
      }
#pragma omp for schedule(dynamic)
    for (gint tile = 0; tile < n_tiles * n_tiles; tile++)
      multiply_tile (sums, (gsize)(tile / n_tiles) * TILE, (gsize)(tile % n_tiles) * TILE, n_rows);
  }
}

void
am_feature_sums_add (AmFeatureSums *sums, const float *a, gsize stride_a, const float *b, gsize stride_b,
                     guint64 n_rows, guint n_threads)
{
  g_autofree float *panels = g_new (float, 2 * sums->n * ROWS);

  if (n_rows == 0)
    return;
  if (sums->n_rows == 0)
    {
      set_pivots (&sums->a, sums->n, a, stride_a, n_rows);
      set_pivots (&sums->b, sums->n, b, stride_b, n_rows);
    }
  sums->a.panel = panels;
  sums->b.panel = panels + sums->n * ROWS;
  for (guint64 row = 0; row < n_rows; row += ROWS)
    add_block (sums, a + row * stride_a, stride_a, b + row * stride_b, stride_b,
               (gsize)MIN (ROWS, n_rows - row), n_threads);
  sums->a.panel = sums->b.panel = NULL;
  sums->n_rows += n_rows;
}

/* Returns: the mean of the variances. */
static double
find_deviations (Side *side, gsize n, double n_rows)
{
  double sum = 0.0;

  for (gsize i = 0; i < n; i++)
    {
      const double mean = side->sums[i] / n_rows;
      const double variance = side->squares[i] / n_rows - mean * mean;

      side->deviations[i] = variance > 0.0 && isfinite (variance) ? sqrt (variance) : 0.0;
      sum += side->deviations[i] * side->deviations[i];
    }
  return sum / (double)n;
}

void
am_feature_sums_finish (AmFeatureSums *sums)
{
  const double n_rows = (double)MAX (1, sums->n_rows);

  sums->guard = GUARD * sqrt (find_deviations (&sums->a, sums->n, n_rows))
                * sqrt (find_deviations (&sums->b, sums->n, n_rows));
}

static double
find_mean (const Side *side, gsize unit, double n_rows)
{
  return side->sums[unit] / n_rows;
}

static double
find_covariance (const AmFeatureSums *sums, gsize i, gsize j)
{
  const double n_rows = (double)MAX (1, sums->n_rows);

  return sums->products[i * sums->n + j] / n_rows
         - find_mean (&sums->a, i, n_rows) * find_mean (&sums->b, j, n_rows);
}

static double
find_product (const AmFeatureSums *sums, gsize i, gsize j)
{
  const double n_rows = (double)MAX (1, sums->n_rows);
  const double mean_a = find_mean (&sums->a, i, n_rows) + (double)sums->a.pivots[i];
  const double mean_b = find_mean (&sums->b, j, n_rows) + (double)sums->b.pivots[j];

  return find_covariance (sums, i, j) + mean_a * mean_b;
}

static double
correlate (const AmFeatureSums *sums, gsize i, gsize j, double guard)
{
  const double deviations = sums->a.deviations[i] * sums->b.deviations[j];
  const double value = deviations > 0.0 ? find_covariance (sums, i, j) / (deviations + guard) : 0.0;

  return isfinite (value) ? value : 0.0;
}

double
am_feature_sums_get (const AmFeatureSums *sums, AmAlignObjective objective, gsize i, gsize j)
{
  double value;

  if (objective == AM_ALIGN_CORRELATION)
    return correlate (sums, i, j, sums->guard);
  value = find_product (sums, i, j);
  return isfinite (value) ? value : 0.0;
}

double
am_feature_sums_correlate (const AmFeatureSums *sums, gsize i, gsize j)
{
  return correlate (sums, i, j, 0.0);
}
