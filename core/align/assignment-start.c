#include "align/assignment-start.h"

#include <math.h>
#include <string.h>

#include "align/assignment-scan.h"

/* Rows looked at in one reduction of rows, and in one phase of the auction, for each row of the matrix. Two
 * rows may outbid each other by next to nothing for long; what is left by then is for the next stage. */
#define REDUCTION_LIMIT 1
#define AUCTION_LIMIT 32

/* Increments of the auction: the greatest spread of reduced costs in a row as a power of two, divided by 2 to
 * the FIRST_STEP and so on. With powers of two, duals of integer costs stay exact. */
#define FIRST_STEP 5
#define LAST_STEP 19
#define STEP 2

/* Rows of the least cost of each column are in state->previous; counts their columns in state->done. */
static void
take_columns (AmAssignmentState *state)
{
  memset (state->done, 0, state->n * sizeof *state->done);
  for (gsize j = 0; j < state->n; j++)
    {
      guint32 row = state->previous[j];

      if (state->done[row]++ == 0)
        am_assignment_join (state, row, (guint32)j);
    }
}

static void
transfer (AmAssignmentState *state, guint32 row)
{
  AmTwoLeast two = am_assignment_scan_two (am_assignment_row (state, row), state->sign, state->v, state->n);

  state->v[state->column_of[row]] -= two.second - two.first;
}

void
am_assignment_reduce_columns (AmAssignmentState *state)
{
  g_autofree float *least = g_new (float, state->n);

  for (gsize j = 0; j < state->n; j++)
    least[j] = INFINITY;
  memset (state->previous, 0, state->n * sizeof *state->previous);
  for (gsize i = 0; i < state->n; i++)
    am_assignment_scan_columns (am_assignment_row (state, (guint32)i), state->sign, (guint32)i, least,
                                state->previous, state->n);
  for (gsize j = 0; j < state->n; j++)
    state->v[j] = (double)least[j];
  take_columns (state);
  for (gsize i = 0; i < state->n; i++)
    if (state->done[i] == 0)
      state->free_rows[state->n_free++] = (guint32)i;
  for (gsize i = 0; i < state->n && state->n_free > 0; i++)
    if (state->done[i] == 1)
      transfer (state, (guint32)i);
}

/* The lowest column without a row that costs @row as little as the best, or NONE. */
static guint32
find_free (const AmAssignmentState *state, guint32 row, const AmTwoLeast *two)
{
  for (gsize j = two->column; j < state->n && two->first == two->second; j++)
    if (state->row_of[j] == AM_ASSIGNMENT_NONE
        && am_assignment_cost (state, row, (guint32)j) - state->v[j] == two->first)
      return (guint32)j;
  return AM_ASSIGNMENT_NONE;
}

/* Gives @row a column; the row without one after that: NONE, the one that had the column, or @row itself. */
static guint32
reduce_row (AmAssignmentState *state, guint32 row)
{
  AmTwoLeast two = am_assignment_scan_two (am_assignment_row (state, row), state->sign, state->v, state->n);
  guint32 column = two.column, displaced;
  double v = am_assignment_cost (state, row, column) - two.second;

  if (v < state->v[column])
    state->v[column] = v;
  else if (state->row_of[column] != AM_ASSIGNMENT_NONE)
    {
      column = find_free (state, row, &two);
      if (column == AM_ASSIGNMENT_NONE)
        return row;
    }
  displaced = state->row_of[column];
  am_assignment_join (state, row, column);
  return displaced;
}

void
am_assignment_reduce_rows (AmAssignmentState *state)
{
  gsize n_rows = state->n_free, n_left = REDUCTION_LIMIT * state->n;

  state->n_free = 0;
  for (gsize k = 0; k < n_rows; k++)
    {
      guint32 row = state->free_rows[k], displaced = reduce_row (state, row);

      for (; displaced != AM_ASSIGNMENT_NONE && displaced != row && n_left > 0; n_left--)
        {
          row = displaced;
          displaced = reduce_row (state, row);
        }
      if (displaced != AM_ASSIGNMENT_NONE)
        {
          state->column_of[displaced] = AM_ASSIGNMENT_NONE;
          state->free_rows[state->n_free++] = displaced;
        }
    }
}

static void
set_all_free (AmAssignmentState *state)
{
  for (gsize i = 0; i < state->n; i++)
    {
      state->column_of[i] = state->row_of[i] = AM_ASSIGNMENT_NONE;
      state->free_rows[i] = (guint32)i;
    }
  state->n_free = state->n;
}

/* Rows bid for their best columns until each has one, whose reduced cost is at most @increment above the
 * least. Which rows have which columns is not kept up to date on the side of rows. */
static void
auction (AmAssignmentState *state, double increment)
{
  gsize n_left = AUCTION_LIMIT * state->n;

  set_all_free (state);
  while (state->n_free > 0 && n_left-- > 0)
    {
      guint32 row = state->free_rows[--state->n_free], displaced;
      AmTwoLeast two
          = am_assignment_scan_two (am_assignment_row (state, row), state->sign, state->v, state->n);

      state->v[two.column] -= two.second - two.first + increment;
      displaced = state->row_of[two.column];
      state->row_of[two.column] = row;
      if (displaced != AM_ASSIGNMENT_NONE)
        state->free_rows[state->n_free++] = displaced;
    }
}

static double
greatest_spread (const AmAssignmentState *state)
{
  double greatest = 0;

  for (gsize i = 0; i < state->n; i++)
    greatest = MAX (greatest, am_assignment_scan_spread (am_assignment_row (state, (guint32)i), state->sign,
                                                         state->v, state->n));
  return greatest;
}

void
am_assignment_scale (AmAssignmentState *state)
{
  int exponent = 0;

  frexp (greatest_spread (state), &exponent);
  for (int step = FIRST_STEP; step <= LAST_STEP; step += STEP)
    auction (state, ldexp (1, exponent - step));
  set_all_free (state);
}
