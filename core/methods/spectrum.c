#include "methods/spectrum.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "kernels/linalg.h"

/* Each step squares how far a factor is from orthogonal. */
#define POLISHING_STEPS 2

gboolean
am_spectrum_eigen (double *matrix, gsize n, double *values, GError **error)
{
  if (am_linalg_eigen (matrix, n, values))
    return TRUE;
  g_set_error (
      error, AM_ERROR, AM_ERROR_UNSUPPORTED,
      T_ ("the eigenvectors of a matrix of side %u cannot be had: its numbers are too large, or memory "
          "is too small"),
      (guint)n);
  return FALSE;
}

guint64
am_spectrum_eigen_get_memory (guint64 n)
{
  return am_doubles_size (n, n > G_MAXUINT64 / 4 ? G_MAXUINT64 : 3 * n + 10);
}

/* matrix matrix^T or matrix^T matrix, whichever is smaller, [side][side]. */
static void
multiply_shorter (const double *matrix, gsize rows, gsize columns, double *gram)
{
  if (rows <= columns)
    am_linalg_multiply_double (false, true, rows, rows, columns, 1.0, matrix, columns, matrix, columns, 0.0,
                               gram, rows);
  else
    am_linalg_multiply_double (true, false, columns, columns, rows, 1.0, matrix, columns, matrix, columns,
                               0.0, gram, columns);
}

/* to = factor * from, or from * factor, with [side][side] on the shorter side. */
static void
apply_shorter (const double *factor, const double *from, gsize rows, gsize columns, double *to)
{
  if (rows <= columns)
    am_linalg_multiply_double (false, false, rows, columns, rows, 1.0, factor, rows, from, columns, 0.0, to,
                               columns);
  else
    am_linalg_multiply_double (false, false, rows, columns, columns, 1.0, from, columns, factor, columns, 0.0,
                               to, columns);
}

/* Scales numbers so that squares neither vanish nor overflow. Returns the largest, or 0 if all are. */
static double
normalize (double *matrix, gsize n)
{
  double largest = 0.0;

  for (gsize k = 0; k < n; k++)
    largest = fmax (largest, fabs (matrix[k]));
  for (gsize k = 0; largest > 0.0 && k < n; k++)
    matrix[k] /= largest;
  return largest;
}

static gboolean
counts (double eigenvalue, double largest, gsize side)
{
  const double smallest = fmax (AM_SPECTRUM_SMALLEST * AM_SPECTRUM_SMALLEST, (double)side * DBL_EPSILON);

  return eigenvalue > smallest * largest;
}

/* gram = gram^(-1/2) on the directions that count. */
static gboolean
invert_root (double *gram, gsize side, double *work, GError **error)
{
  g_autofree double *values = am_doubles_new (side, 1, error);

  if (values == NULL || !am_spectrum_eigen (gram, side, values, error))
    return FALSE;
  for (gsize i = 0; i < side; i++)
    {
      const double root = counts (values[i], values[side - 1], side) ? 1.0 / sqrt (sqrt (values[i])) : 0.0;

      for (gsize j = 0; j < side; j++)
        gram[i * side + j] *= root;
    }
  am_linalg_multiply_double (true, false, side, side, side, 1.0, gram, side, gram, side, 0.0, work, side);
  memcpy (gram, work, side * side * sizeof *gram);
  return TRUE;
}

/* Newton and Schulz: X (3 - X^T X) / 2. */
static void
polish (double *matrix, gsize rows, gsize columns, double *gram, double *product)
{
  const gsize side = MIN (rows, columns);

  multiply_shorter (matrix, rows, columns, gram);
  for (gsize i = 0; i < side; i++)
    for (gsize j = 0; j < side; j++)
      gram[i * side + j] = (i == j ? 1.5 : 0.0) - 0.5 * gram[i * side + j];
  apply_shorter (gram, matrix, rows, columns, product);
  memcpy (matrix, product, rows * columns * sizeof *matrix);
}

guint64
am_spectrum_polar_get_memory (guint64 rows, guint64 columns)
{
  const guint64 side = MIN (rows, columns);

  return am_sizes_add (am_sizes_add (am_spectrum_eigen_get_memory (side), am_doubles_size (side, side)),
                       am_doubles_size (rows, columns));
}

gboolean
am_spectrum_polar (double *matrix, gsize rows, gsize columns, double *trace, GError **error)
{
  const gsize side = MIN (rows, columns), length = rows * columns;
  g_autofree double *gram = am_doubles_new (side, side, error);
  g_autofree double *work = gram != NULL ? am_doubles_new (side, side, error) : NULL;
  g_autofree double *factor = work != NULL ? am_doubles_new (rows, columns, error) : NULL;
  g_autofree double *product = NULL;
  const double scale = normalize (matrix, length);

  if (factor == NULL)
    return FALSE;
  multiply_shorter (matrix, rows, columns, gram);
  if (!invert_root (gram, side, work, error))
    return FALSE;
  apply_shorter (gram, matrix, rows, columns, factor);
  if (trace != NULL)
    *trace = 0.0;
  product = am_doubles_new (rows, columns, error);
  if (product == NULL)
    return FALSE;
  for (guint step = 0; step < POLISHING_STEPS; step++)
    polish (factor, rows, columns, gram, product);
  for (gsize k = 0; trace != NULL && k < length; k++)
    *trace += scale * matrix[k] * factor[k];
  memcpy (matrix, factor, length * sizeof *matrix);
  return TRUE;
}

guint64
am_spectrum_truncate_get_memory (guint64 rows, guint64 columns)
{
  return am_sizes_add (am_spectrum_eigen_get_memory (MIN (rows, columns)), am_doubles_size (rows, columns));
}

/* The rank rows of @near, which are vectors of the shorter side, and what they become on the other side. */
static void
find_far_vectors (const double *matrix, gsize rows, gsize columns, gsize rank, const double *near,
                  double *far)
{
  if (rows <= columns)
    am_linalg_multiply_double (false, false, rank, columns, rows, 1.0, near, rows, matrix, columns, 0.0, far,
                               columns);
  else
    am_linalg_multiply_double (false, true, rank, rows, columns, 1.0, near, columns, matrix, columns, 0.0,
                               far, rows);
}

gboolean
am_spectrum_truncate (const double *matrix, gsize rows, gsize columns, gsize rank, double *left,
                      double *singular, double *right, GError **error)
{
  const gsize near_side = MIN (rows, columns), far_side = MAX (rows, columns);
  double *near = rows <= columns ? left : right, *far = rows <= columns ? right : left;
  g_autofree double *gram = am_doubles_new (near_side, near_side, error);
  g_autofree double *values = gram != NULL ? am_doubles_new (near_side, 1, error) : NULL;
  g_autofree double *copy = values != NULL ? am_doubles_new (rows, columns, error) : NULL;
  double scale;

  if (copy == NULL)
    return FALSE;
  memcpy (copy, matrix, rows * columns * sizeof *copy);
  scale = normalize (copy, rows * columns);
  multiply_shorter (copy, rows, columns, gram);
  if (!am_spectrum_eigen (gram, near_side, values, error))
    return FALSE;
  for (gsize i = 0; i < rank; i++)
    memcpy (near + i * near_side, gram + (near_side - 1 - i) * near_side, near_side * sizeof *near);
  find_far_vectors (copy, rows, columns, rank, near, far);
  for (gsize i = 0; i < rank; i++)
    {
      const double value = values[near_side - 1 - i];
      const gboolean is_counted = counts (value, values[near_side - 1], near_side);

      singular[i] = is_counted ? scale * sqrt (value) : 0.0;
      for (gsize j = 0; j < far_side; j++)
        far[i * far_side + j] = is_counted ? far[i * far_side + j] / sqrt (value) : 0.0;
      for (gsize j = 0; !is_counted && j < near_side; j++)
        near[i * near_side + j] = 0.0;
    }
  return TRUE;
}
