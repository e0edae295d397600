/* What the stages of the assignment solver share. */
#pragma once

#include <glib.h>

#define AM_ASSIGNMENT_NONE G_MAXUINT32

/**
 * AmAssignmentState:
 * @matrix: [n][stride]; the cost of an element is @sign times it
 * @sign: 1 or -1
 * @column_of: [n] the column of each row, or NONE
 * @row_of: [n] the row of each column, or NONE
 * @v: [n] dual of each column; that of a row follows from it
 * @free_rows: [n] of which @n_free are rows without a column, in the order they are worked
 * @open: [n] @v, or -infinity for a column that the search has done with
 * @distance: [n] the shortest path found to each column, infinity for one that is done with
 * @previous: [n] the row before each column on that path
 * @done: [n] columns that the search has done with, in order
 * @lengths: [n] the lengths of their paths
 *
 * After every stage, each assigned row has a column of the least reduced cost, cost - v, in its row, but for
 * rounding.
 */
typedef struct
{
  const float *matrix;
  gsize n, stride;
  float sign;
  guint32 *column_of, *row_of;
  double *v;
  guint32 *free_rows;
  gsize n_free;
  double *open, *distance, *lengths;
  guint32 *previous, *done;
} AmAssignmentState;

static inline const float *
am_assignment_row (const AmAssignmentState *state, guint32 row)
{
  return state->matrix + row * state->stride;
}

static inline double
am_assignment_cost (const AmAssignmentState *state, guint32 row, guint32 column)
{
  return (double)(state->sign * am_assignment_row (state, row)[column]);
}

/* Both may have been assigned before; the column's former row must be unassigned by the caller. */
static inline void
am_assignment_join (AmAssignmentState *state, guint32 row, guint32 column)
{
  state->column_of[row] = column;
  state->row_of[column] = row;
}
