#include "methods/gram-filter.h"

#include <string.h>

#include "kernels/kernels.h"
#include "kernels/linalg.h"
#include "methods/spectrum.h"

/* Sums over blocks of this many values, in double. */
#define BLOCK 8192

double
am_gram_filter_get_energy (const AmTaskMatrices *tasks, guint task)
{
  const gsize length = tasks->rows * tasks->columns;
  const double *change = tasks->change[task];
  double energy = 0.0;

  for (gsize at = 0; at < length; at += BLOCK)
    energy += am_kernels_get ()->dot_double (change + at, change + at, MIN (BLOCK, length - at));
  return energy;
}

static gboolean
is_stacked (guint n, guint64 rows, guint64 columns)
{
  return rows < columns / n;
}

guint64
am_gram_filter_get_memory (guint n, guint64 rows, guint64 columns)
{
  const guint64 side = is_stacked (n, rows, columns) ? n * rows : columns;
  const guint64 other = is_stacked (n, rows, columns) ? 0 : am_doubles_size (columns, columns);

  return am_sizes_add (am_sizes_add (am_spectrum_eigen_get_memory (side), other),
                       am_sizes_add (am_doubles_size (3 * rows, columns), am_doubles_size (2 * rows, side)));
}

static void
subtract (double *difference, const double *a, const double *b, gsize n)
{
  for (gsize k = 0; k < n; k++)
    difference[k] = a[k] - b[k];
}

/* rows = rows Q^T diag (filtered values) Q with [rows][n] and Q [n][n]; @work is as large as @rows. */
static void
filter_rows (double *rows, gsize n_rows, const double *q, const double *factors, gsize n, double *work)
{
  am_linalg_multiply_double (false, true, n_rows, n, n, 1.0, rows, n, q, n, 0.0, work, n);
  for (gsize i = 0; i < n_rows; i++)
    for (gsize k = 0; k < n; k++)
      work[i * n + k] *= factors[k];
  am_linalg_multiply_double (false, false, n_rows, n, n, 1.0, work, n, q, n, 0.0, rows, n);
}

static void
add (double *merged, const double *change, gsize n)
{
  for (gsize k = 0; k < n; k++)
    merged[k] += change[k];
}

/* Over the inputs: sum = sum of G_i, right = sum of (T_i - origin) G_i. */
static gboolean
add_grams (const AmTaskMatrices *tasks, const double *factors, const double *origin, double *sum,
           double *right, double *difference, GError **error)
{
  const gsize rows = tasks->rows, n = tasks->columns;
  g_autofree double *gram = am_doubles_new (n, n, error);

  if (gram == NULL)
    return FALSE;
  memset (sum, 0, n * n * sizeof *sum);
  memset (right, 0, rows * n * sizeof *right);
  for (guint i = 0; i < tasks->n; i++)
    {
      am_linalg_multiply_double (true, false, n, n, rows, factors[i] * factors[i], tasks->change[i], n,
                                 tasks->change[i], n, 0.0, gram, n);
      add (sum, gram, n * n);
      subtract (difference, tasks->change[i], origin, rows * n);
      am_linalg_multiply_double (false, false, rows, n, n, 1.0, difference, n, gram, n, 1.0, right, n);
    }
  return TRUE;
}

static gboolean
merge_inputs (const AmTaskMatrices *tasks, const double *factors, AmGramFilter filter, gpointer user_data,
              double *merged, GError **error)
{
  const gsize rows = tasks->rows, n = tasks->columns;
  g_autofree double *sum = am_doubles_new (n, n, error);
  g_autofree double *right = sum != NULL ? am_doubles_new (rows, n, error) : NULL;
  g_autofree double *work = right != NULL ? am_doubles_new (rows, n, error) : NULL;
  g_autofree double *values = work != NULL ? am_doubles_new (n, 1, error) : NULL;

  if (values == NULL || !add_grams (tasks, factors, merged, sum, right, work, error)
      || !am_spectrum_eigen (sum, n, values, error))
    return FALSE;
  filter (user_data, values, n);
  filter_rows (right, rows, sum, values, n, work);
  add (merged, right, rows * n);
  return TRUE;
}

/* Over the outputs of all tasks, S = [factor_1 T_1; factor_2 T_2; ...]: blocks of S S^T into @sum, and of
 * (T_i - origin) factor_i T_i^T into @right, [rows][n rows]. */
static void
add_products (const AmTaskMatrices *tasks, const double *factors, const double *origin, double *sum,
              double *right, double *difference)
{
  const gsize rows = tasks->rows, columns = tasks->columns, side = tasks->n * rows;

  for (guint i = 0; i < tasks->n; i++)
    {
      for (guint j = 0; j <= i; j++)
        am_linalg_multiply_double (false, true, rows, rows, columns, factors[i] * factors[j],
                                   tasks->change[i], columns, tasks->change[j], columns, 0.0,
                                   sum + i * rows * side + j * rows, side);
      subtract (difference, tasks->change[i], origin, rows * columns);
      am_linalg_multiply_double (false, true, rows, rows, columns, factors[i], difference, columns,
                                 tasks->change[i], columns, 0.0, right + i * rows, side);
    }
}

/* With S S^T = P^T diag (values) P, the right side (sum of (T_i - origin) G_i) = right S, and its
 * eigenvectors are the rows of diag (values)^(-1/2) P S. So what is added is right P^T diag (f) P S. */
static gboolean
merge_stacked (const AmTaskMatrices *tasks, const double *factors, AmGramFilter filter, gpointer user_data,
               double *merged, GError **error)
{
  const gsize rows = tasks->rows, columns = tasks->columns, side = tasks->n * rows;
  g_autofree double *sum = am_doubles_new (side, side, error);
  g_autofree double *right = sum != NULL ? am_doubles_new (rows, side, error) : NULL;
  g_autofree double *work = right != NULL ? am_doubles_new (rows, MAX (side, columns), error) : NULL;
  g_autofree double *values = work != NULL ? am_doubles_new (side, 1, error) : NULL;

  if (values == NULL)
    return FALSE;
  add_products (tasks, factors, merged, sum, right, work);
  if (!am_spectrum_eigen (sum, side, values, error))
    return FALSE;
  filter (user_data, values, side);
  filter_rows (right, rows, sum, values, side, work);
  for (guint i = 0; i < tasks->n; i++)
    am_linalg_multiply_double (false, false, rows, columns, rows, factors[i], right + i * rows, side,
                               tasks->change[i], columns, 1.0, merged, columns);
  return TRUE;
}

gboolean
am_gram_filter_merge (const AmTaskMatrices *tasks, const double *factors, AmGramFilter filter,
                      gpointer user_data, double *merged, GError **error)
{
  if (is_stacked (tasks->n, tasks->rows, tasks->columns))
    return merge_stacked (tasks, factors, filter, user_data, merged, error);
  return merge_inputs (tasks, factors, filter, user_data, merged, error);
}

gboolean
am_gram_filter_reduce (AmMethodTensor *tensor, AmTensorReader *reader, AmTaskMatrixMerge merge,
                       GError **error)
{
  if (tensor->run->n_models == 1 && am_task_matrix_is_reached (tensor))
    return TRUE;
  return am_task_matrix_reduce (tensor, reader, merge, error);
}

guint64
am_gram_filter_count_memory (const AmMethodTensor *tensor)
{
  return am_task_matrix_count_memory (tensor, am_gram_filter_get_memory);
}
