/* Gram matrices of rows. */
#include "statistics/measure-private.h"

/* Columns and rows that are multiplied at once: a product of 256 rows in float errs by some 1e-7 of what it
 * sums up, and adding it to a sum in double costs little beside making it. */
#define TILE 256
#define MAX_SLABS 8
#define NARROW 16

/* What one thread works on at a time: a block of the result for a part of the rows. */
typedef struct
{
  const AmReal *rows;
  gsize n_rows, n;
  gsize n_tiles; /* along an axis */
  gsize n_slabs; /* parts of the rows */
  gsize slab_rows;
} Division;

static gsize
divide_up (gsize n, gsize part)
{
  return (n + part - 1) / part;
}

/* Where there are few blocks, the rows are divided too. */
static Division
divide (const AmReal *rows, gsize n_rows, gsize n)
{
  Division division = { .rows = rows, .n_rows = n_rows, .n = n, .n_tiles = divide_up (n, TILE) };
  gsize n_blocks = division.n_tiles * (division.n_tiles + 1) / 2;

  division.n_slabs = n_blocks >= MAX_SLABS ? 1 : CLAMP (divide_up (n_rows, TILE), 1, MAX_SLABS);
  division.slab_rows = divide_up (divide_up (n_rows, division.n_slabs), TILE) * TILE;
  return division;
}

/* Block @number of those on and above the diagonal, row by row. */
static void
find_block (const Division *division, gsize number, gsize *y, gsize *x)
{
  *y = 0;
  while (number >= division->n_tiles - *y)
    {
      number -= division->n_tiles - *y;
      *y += 1;
    }
  *x = *y + number;
}

static void
add_block (double *dest, gsize stride, const AmReal *product, gsize height, gsize width)
{
  for (gsize i = 0; i < height; i++)
    for (gsize j = 0; j < width; j++)
      dest[i * stride + j] += (double)product[i * width + j];
}

/* One block of one slab, added to dest [height][stride]. */
static void
sum_block (const Division *division, gsize y, gsize x, gsize slab, double *dest, gsize stride,
           AmReal *product)
{
  gsize height = MIN (TILE, division->n - y * TILE), width = MIN (TILE, division->n - x * TILE);
  gsize end = MIN (division->n_rows, (slab + 1) * division->slab_rows);

  for (gsize first = slab * division->slab_rows; first < end; first += TILE)
    {
      const AmReal *rows = division->rows + first * division->n;

      am_real_multiply (true, false, height, width, MIN (TILE, end - first), 1, rows + y * TILE, division->n,
                        rows + x * TILE, division->n, 0, product, width);
      add_block (dest, stride, product, height, width);
    }
}

/* sums += the slabs' own sums, in their order. */
static void
join_slabs (double *sums, const double *slabs, gsize n_slabs, gsize n)
{
  for (gsize slab = 0; slab < n_slabs; slab++)
    for (gsize i = 0; i < n; i++)
      sums[i] += slabs[slab * n + i];
}

void
am_gram_add (const AmReal *rows, gsize n_rows, gsize n, double *sums, guint n_threads)
{
  const Division division = divide (rows, n_rows, n);
  const gsize n_blocks = division.n_tiles * (division.n_tiles + 1) / 2;
  const gsize n_jobs = n_blocks * division.n_slabs;
  g_autofree double *slabs = division.n_slabs > 1 ? g_new0 (double, division.n_slabs *n *n) : NULL;

#pragma omp parallel num_threads(n_threads)
  {
    AmReal *product = g_new (AmReal, TILE * TILE);

#pragma omp for schedule(dynamic)
    for (gsize job = 0; job < n_jobs; job++)
      {
        gsize slab = job / n_blocks, y, x;
        double *dest = slabs != NULL ? slabs + slab * n * n : sums;

        find_block (&division, job % n_blocks, &y, &x);
        sum_block (&division, y, x, slab, dest + y * TILE * n + x * TILE, n, product);
      }
    g_free (product);
  }
  if (slabs != NULL)
    join_slabs (sums, slabs, division.n_slabs, n * n);
}

void
am_gram_add_diagonal (const AmReal *rows, gsize n_rows, gsize n, double *sums, guint n_threads)
{
#pragma omp parallel for num_threads(n_threads) schedule(dynamic)
  for (gsize first = 0; first < n; first += NARROW)
    for (gsize row = 0; row < n_rows; row++)
      for (gsize i = first; i < MIN (first + NARROW, n); i++)
        sums[i] += (double)rows[row * n + i] * (double)rows[row * n + i];
}

void
am_gram_mirror (const double *sums, gsize n, double *dest)
{
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      dest[i * n + j] += i <= j ? sums[i * n + j] : sums[j * n + i];
}
