#include "align/assignment-scan.h"

#include <math.h>

#include "align/assignment-state.h"

/* Columns of which the least is found at once, in vectors; which of them it is, is looked up afterwards. */
#define BLOCK 64

/* gcc keeps the order of comparisons unless told that it does not matter; clang does not believe it. */
#ifdef __clang__
#define LEAST_OF_BLOCK
#else
#define LEAST_OF_BLOCK _Pragma ("omp simd reduction(min:least)")
#endif

void
am_assignment_scan_columns (const float *restrict costs, float sign, guint32 row, float *restrict least,
                            guint32 *restrict row_of_least, gsize n)
{
  for (gsize j = 0; j < n; j++)
    {
      float cost = sign * costs[j];
      guint32 row_before = row_of_least[j];

      row_of_least[j] = cost < least[j] ? row : row_before;
      least[j] = cost < least[j] ? cost : least[j];
    }
}

static double
least_reduced (const float *restrict costs, float sign, const double *restrict v, gsize n)
{
  double least = INFINITY;

  LEAST_OF_BLOCK
  for (gsize j = 0; j < n; j++)
    {
      double reduced = (double)(sign * costs[j]) - v[j];

      least = reduced < least ? reduced : least;
    }
  return least;
}

AmTwoLeast
am_assignment_scan_two (const float *costs, float sign, const double *v, gsize n)
{
  AmTwoLeast two = { INFINITY, INFINITY, 0 };
  gsize start = 0, end;
  gboolean is_found = FALSE;

  for (gsize j = 0; j < n; j += BLOCK)
    {
      double least = least_reduced (costs + j, sign, v + j, MIN (BLOCK, n - j));

      if (least < two.first)
        {
          two.second = two.first;
          two.first = least;
          start = j;
        }
      else if (least < two.second)
        two.second = least;
    }
  end = MIN (start + BLOCK, n);
  for (gsize j = start; j < end; j++)
    {
      double reduced = (double)(sign * costs[j]) - v[j];

      if (!is_found && reduced == two.first)
        {
          two.column = (guint32)j;
          is_found = TRUE;
        }
      else if (reduced < two.second)
        two.second = reduced;
    }
  return two;
}

double
am_assignment_scan_spread (const float *costs, float sign, const double *v, gsize n)
{
  double least = INFINITY, greatest = -INFINITY;

#ifndef __clang__
#pragma omp simd reduction(min : least) reduction(max : greatest)
#endif
  for (gsize j = 0; j < n; j++)
    {
      double reduced = (double)(sign * costs[j]) - v[j];

      least = reduced < least ? reduced : least;
      greatest = reduced > greatest ? reduced : greatest;
    }
  return greatest - least;
}

/* Shortens the paths to a block of columns; their least distance. */
static double
shorten (const float *restrict costs, float sign, const double *restrict open, double base, guint32 row,
         double *restrict distance, guint32 *restrict previous, gsize n)
{
  double least = INFINITY;

  LEAST_OF_BLOCK
  for (gsize j = 0; j < n; j++)
    {
      double through = (double)(sign * costs[j]) - open[j] - base;
      double shortest = distance[j];
      guint32 row_before = previous[j];

      row_before = through < shortest ? row : row_before;
      shortest = through < shortest ? through : shortest;
      distance[j] = shortest;
      previous[j] = row_before;
      least = shortest < least ? shortest : least;
    }
  return least;
}

/* The lowest column of a block at @length that has no row, else the lowest. */
static guint32
column_at (double length, const double *distance, const guint32 *row_of, gsize start, gsize end)
{
  guint32 lowest = AM_ASSIGNMENT_NONE;

  for (gsize j = start; j < end; j++)
    if (distance[j] == length)
      {
        if (row_of[j] == AM_ASSIGNMENT_NONE)
          return (guint32)j;
        lowest = MIN (lowest, (guint32)j);
      }
  return lowest;
}

guint32
am_assignment_scan_paths (const float *costs, float sign, const double *open, double base, guint32 row,
                          const guint32 *row_of, double *distance, guint32 *previous, gsize n)
{
  double least = INFINITY;
  guint32 column = AM_ASSIGNMENT_NONE;

  for (gsize j = 0; j < n; j += BLOCK)
    {
      gsize length = MIN (BLOCK, n - j);
      double found = shorten (costs + j, sign, open + j, base, row, distance + j, previous + j, length);
      guint32 candidate;

      if (found > least
          || (found == least && column != AM_ASSIGNMENT_NONE && row_of[column] == AM_ASSIGNMENT_NONE))
        continue;
      candidate = column_at (found, distance, row_of, j, j + length);
      if (found < least || column == AM_ASSIGNMENT_NONE || row_of[candidate] == AM_ASSIGNMENT_NONE)
        column = candidate;
      least = found;
    }
  return column;
}
