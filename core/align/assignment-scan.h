/* Passes over one row of an assignment problem. All of an assignment's time goes here, so that the loops are
 * written for the compiler to turn into vectors; minima come out the same in any order. */
#pragma once

#include <glib.h>

/* The two least reduced costs of a row, equal when two columns have the least, and the lowest column of the
 * least. The second of one column is infinity. */
typedef struct
{
  double first, second;
  guint32 column;
} AmTwoLeast;

/* For every column, @least [n] and the @row_of_least [n] become those of @row where it is less. */
void am_assignment_scan_columns (const float *costs, float sign, guint32 row, float *least,
                                 guint32 *row_of_least, gsize n);

AmTwoLeast am_assignment_scan_two (const float *costs, float sign, const double *v, gsize n);

/* The greatest less the least reduced cost. */
double am_assignment_scan_spread (const float *costs, float sign, const double *v, gsize n);

/**
 * am_assignment_scan_paths:
 * @base: reduced cost of the row's own column less the length of the path there
 * @row: recorded in @previous where the way through it is shorter
 *
 * Shortens @distance [n] by the ways through one row: cost - @open - @base.
 *
 * Returns: the column of the least distance; among several, the lowest without a row, else the lowest.
 */
guint32 am_assignment_scan_paths (const float *costs, float sign, const double *open, double base,
                                  guint32 row, const guint32 *row_of, double *distance, guint32 *previous,
                                  gsize n);
