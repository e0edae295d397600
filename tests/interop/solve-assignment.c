/* Solves assignment problems from standard input until it ends. Of each it reads n and whether to maximise,
 * as 32-bit integers, and n * n floats; it writes n columns as 32-bit integers, n duals of rows, n of
 * columns, and the violation, as doubles. */
#include <stdio.h>

#include "align/assignment.h"

static void
solve_one (guint32 n, gboolean is_maximum)
{
  const gsize n_elements = (gsize)n * n;
  g_autofree float *matrix = g_new (float, n_elements);
  g_autofree guint32 *columns = g_new (guint32, n);
  g_autofree double *duals = g_new (double, 2 * (gsize)n + 1);

  if (fread (matrix, sizeof *matrix, n_elements, stdin) != n_elements)
    g_error ("standard input ends inside a matrix");
  duals[2 * n] = is_maximum ? am_assignment_maximise (matrix, n, n, columns, duals, duals + n)
                            : am_assignment_minimise (matrix, n, n, columns, duals, duals + n);
  fwrite (columns, sizeof *columns, n, stdout);
  fwrite (duals, sizeof *duals, 2 * n + 1, stdout);
}

int
main (void)
{
  guint32 header[2];

  while (fread (header, sizeof header, 1, stdin) == 1)
    solve_one (header[0], header[1] != 0);
  return 0;
}
