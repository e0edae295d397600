#include "network/moments.h"

#include <math.h>
#include <omp.h>

#define TILE_ROWS 1024

typedef struct
{
  guint n_values;
  const AmValue *const *values;
  const double *weights;
  guint64 n_rows, n_units;
} Rows;

void
am_moments_init (AmMoments *moments, guint64 n_units)
{
  moments->n_units = n_units;
  moments->n_rows = 0;
  moments->means = g_new0 (double, n_units);
  moments->squares = g_new0 (double, n_units);
}

void
am_moments_clear (AmMoments *moments)
{
  g_clear_pointer (&moments->means, g_free);
  g_clear_pointer (&moments->squares, g_free);
}

/* Row @row into @mixed, [n_units]. */
static void
mix_row (const Rows *rows, guint64 row, double *mixed)
{
  for (guint64 c = 0; c < rows->n_units; c++)
    mixed[c] = 0.0;
  for (guint i = 0; i < rows->n_values; i++)
    {
      const AmReal *data = rows->values[i]->data + row * rows->n_units;
      const double weight = rows->weights != NULL ? rows->weights[i] : 1.0;

      for (guint64 c = 0; c < rows->n_units; c++)
        mixed[c] += weight * (double)data[c];
    }
}

static void
see_tile (const Rows *rows, guint64 first, guint64 n, double *means, double *squares)
{
  g_autofree double *mixed = g_new (double, rows->n_units);

  for (guint64 row = first; row < first + n; row++)
    {
      mix_row (rows, row, mixed);
      for (guint64 c = 0; c < rows->n_units; c++)
        means[c] += mixed[c];
    }
  for (guint64 c = 0; c < rows->n_units; c++)
    means[c] /= (double)n;
  for (guint64 row = first; row < first + n; row++)
    {
      mix_row (rows, row, mixed);
      for (guint64 c = 0; c < rows->n_units; c++)
        squares[c] += (mixed[c] - means[c]) * (mixed[c] - means[c]);
    }
}

static void
put_together (AmMoments *moments, guint64 n, const double *means, const double *squares)
{
  const double before = (double)moments->n_rows, all = before + (double)n;

  for (guint64 c = 0; c < moments->n_units; c++)
    {
      const double step = means[c] - moments->means[c];

      moments->means[c] += step * (double)n / all;
      moments->squares[c] += squares[c] + step * step * before * (double)n / all;
    }
  moments->n_rows += n;
}

void
am_moments_add (AmMoments *moments, guint n_values, const AmValue *const *values, const double *weights,
                guint n_threads)
{
  const Rows rows = { n_values, values, weights, am_value_count_rows (values[0]), moments->n_units };
  const guint64 n_tiles = (rows.n_rows + TILE_ROWS - 1) / TILE_ROWS;
  g_autofree double *means = g_new0 (double, n_tiles *rows.n_units);
  g_autofree double *squares = g_new0 (double, n_tiles *rows.n_units);
  const int n_workers = n_threads > 0 ? (int)n_threads : omp_get_num_procs ();

#pragma omp parallel for num_threads(n_workers) schedule(dynamic)
  for (guint64 i = 0; i < n_tiles; i++)
    see_tile (&rows, i * TILE_ROWS, MIN (TILE_ROWS, rows.n_rows - i * TILE_ROWS), means + i * rows.n_units,
              squares + i * rows.n_units);
  for (guint64 i = 0; i < n_tiles; i++)
    put_together (moments, MIN (TILE_ROWS, rows.n_rows - i * TILE_ROWS), means + i * rows.n_units,
                  squares + i * rows.n_units);
}

double
am_moments_get_variance (const AmMoments *moments, guint64 unit)
{
  return moments->n_rows > 0 ? moments->squares[unit] / (double)moments->n_rows : 0.0;
}

double
am_moments_get_deviation (const AmMoments *moments, guint64 unit)
{
  return sqrt (am_moments_get_variance (moments, unit));
}
