#include "align/assignment.h"

#include <math.h>
#include <string.h>

#include "align/assignment-scan.h"
#include "align/assignment-start.h"

/* Rows that shortest paths may look at, for each row of the matrix, before better duals are sought. */
#define PATH_LIMIT 2

static void
state_init (AmAssignmentState *state, const float *matrix, gsize n, gsize stride, float sign,
            guint32 *columns, double *v)
{
  *state = (AmAssignmentState){
    .matrix = matrix,
    .n = n,
    .stride = stride,
    .sign = sign,
    .column_of = columns,
    .row_of = g_new (guint32, n),
    .v = v,
    .free_rows = g_new (guint32, n),
    .open = g_new (double, n),
    .distance = g_new (double, n),
    .lengths = g_new (double, n),
    .previous = g_new (guint32, n),
    .done = g_new (guint32, n),
  };
  for (gsize i = 0; i < n; i++)
    state->column_of[i] = state->row_of[i] = AM_ASSIGNMENT_NONE;
}

static void
state_clear (AmAssignmentState *state)
{
  g_free (state->row_of);
  g_free (state->free_rows);
  g_free (state->open);
  g_free (state->distance);
  g_free (state->lengths);
  g_free (state->previous);
  g_free (state->done);
}

static void
begin_search (AmAssignmentState *state, guint32 row)
{
  memcpy (state->open, state->v, state->n * sizeof *state->v);
  for (gsize j = 0; j < state->n; j++)
    {
      state->distance[j] = INFINITY;
      state->previous[j] = row;
    }
}

/* Gives each row on the path to @column the column after it. */
static void
flip (AmAssignmentState *state, guint32 first_row, guint32 column)
{
  guint32 row;

  do
    {
      guint32 next = state->column_of[row = state->previous[column]];

      am_assignment_join (state, row, column);
      column = next;
    }
  while (row != first_row);
}

/* Dijkstra's search from @first_row over reduced costs to the nearest column without a row. Returns the
 * number of rows looked at. */
static gsize
augment_row (AmAssignmentState *state, guint32 first_row)
{
  guint32 row = first_row, column;
  double base = 0, length;
  gsize n_done = 0;

  begin_search (state, first_row);
  for (;;)
    {
      column = am_assignment_scan_paths (am_assignment_row (state, row), state->sign, state->open, base, row,
                                         state->row_of, state->distance, state->previous, state->n);
      length = state->distance[column];
      if (state->row_of[column] == AM_ASSIGNMENT_NONE)
        break;
      state->done[n_done] = column;
      state->lengths[n_done++] = length;
      state->open[column] = -INFINITY;
      state->distance[column] = INFINITY;
      row = state->row_of[column];
      base = am_assignment_cost (state, row, column) - state->v[column] - length;
    }
  for (gsize k = 0; k < n_done; k++)
    state->v[state->done[k]] += state->lengths[k] - length;
  flip (state, first_row, column);
  return n_done + 1;
}

/* Returns whether all rows have columns; @limit rows are looked at before it gives up. */
static gboolean
augment (AmAssignmentState *state, gsize limit)
{
  gsize n_looked_at = 0;

  for (gsize k = 0; k < state->n_free; k++)
    {
      if (n_looked_at > limit)
        return FALSE;
      n_looked_at += augment_row (state, state->free_rows[k]);
    }
  return TRUE;
}

static void
solve (AmAssignmentState *state)
{
  am_assignment_reduce_columns (state);
  am_assignment_reduce_rows (state);
  am_assignment_reduce_rows (state);
  if (augment (state, PATH_LIMIT * state->n))
    return;
  am_assignment_scale (state);
  am_assignment_reduce_rows (state);
  am_assignment_reduce_rows (state);
  augment (state, G_MAXSIZE);
}

static gboolean
is_permutation (const guint32 *columns, gsize n)
{
  g_autofree gboolean *seen = g_new0 (gboolean, n);

  for (gsize i = 0; i < n; i++)
    {
      if (columns[i] >= n || seen[columns[i]])
        return FALSE;
      seen[columns[i]] = TRUE;
    }
  return TRUE;
}

static double
largest_violation (const float *matrix, gsize n, gsize stride, float sign, const guint32 *columns,
                   const double *u, const double *v)
{
  double largest = 0;

  if (!is_permutation (columns, n))
    return INFINITY;
  for (gsize i = 0; i < n; i++)
    {
      const float *row = matrix + i * stride;
      double chosen = fabs ((double)(sign * row[columns[i]]) - v[columns[i]] - u[i]);
      double below = u[i] - am_assignment_scan_two (row, sign, v, n).first;

      /* Every column is chosen once, so that this finds a dual that is not finite too. */
      if (!isfinite (chosen))
        return INFINITY;
      largest = MAX (largest, MAX (chosen, below));
    }
  return largest;
}

static double
solve_signed (const float *matrix, gsize n, gsize stride, float sign, guint32 *columns, double *u, double *v)
{
  g_autofree double *own_u = u != NULL ? NULL : g_new (double, n);
  g_autofree double *own_v = v != NULL ? NULL : g_new (double, n);
  AmAssignmentState state;

  u = u != NULL ? u : own_u;
  v = v != NULL ? v : own_v;
  state_init (&state, matrix, n, stride, sign, columns, v);
  solve (&state);
  for (gsize i = 0; i < n; i++)
    u[i] = am_assignment_cost (&state, (guint32)i, columns[i]) - v[columns[i]];
  state_clear (&state);
  return largest_violation (matrix, n, stride, sign, columns, u, v);
}

double
am_assignment_minimise (const float *cost, gsize n, gsize stride, guint32 *columns, double *u, double *v)
{
  return solve_signed (cost, n, stride, 1, columns, u, v);
}

double
am_assignment_maximise (const float *value, gsize n, gsize stride, guint32 *columns, double *u, double *v)
{
  return solve_signed (value, n, stride, -1, columns, u, v);
}

double
am_assignment_check (const float *cost, gsize n, gsize stride, const guint32 *columns, const double *u,
                     const double *v)
{
  return largest_violation (cost, n, stride, 1, columns, u, v);
}

double
am_assignment_sum (const float *matrix, gsize n, gsize stride, const guint32 *columns)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += (double)matrix[i * stride + columns[i]];
  return sum;
}
