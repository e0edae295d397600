/* Matrices as arrays of doubles, row by row, by plain loops: for references. */
#pragma once

#include <math.h>
#include <string.h>

#include <glib.h>

/* a [m][k] b [k][n] */
static inline double *
multiply (const double *a, const double *b, gsize m, gsize k, gsize n)
{
  double *product = g_new0 (double, m *n);

  for (gsize i = 0; i < m; i++)
    for (gsize l = 0; l < k; l++)
      for (gsize j = 0; j < n; j++)
        product[i * n + j] += a[i * k + l] * b[l * n + j];
  return product;
}

static inline double *
transpose (const double *a, gsize m, gsize n)
{
  double *transposed = g_new (double, m *n);

  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < n; j++)
      transposed[j * m + i] = a[i * n + j];
  return transposed;
}

static inline void
add_to (double *sum, double factor, const double *a, gsize n)
{
  for (gsize k = 0; k < n; k++)
    sum[k] += factor * a[k];
}

static inline double
inner (const double *a, const double *b, gsize n)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

static inline double
largest (const double *a, gsize n)
{
  double most = 0;

  for (gsize i = 0; i < n; i++)
    most = fmax (most, fabs (a[i]));
  return most;
}

/* x [m][n] of x a = b with a [n][n], by elimination with the largest pivot of each column. */
static inline double *
solve_rows (const double *a, const double *b, gsize m, gsize n)
{
  g_autofree double *matrix = transpose (a, n, n);
  g_autofree double *right = transpose (b, m, n);
  g_autofree double *x = g_new (double, m *n);

  for (gsize k = 0; k < n; k++)
    {
      gsize pivot = k;

      for (gsize i = k + 1; i < n; i++)
        if (fabs (matrix[i * n + k]) > fabs (matrix[pivot * n + k]))
          pivot = i;
      for (gsize j = 0; j < n + m && pivot != k; j++)
        {
          double *p = j < n ? &matrix[k * n + j] : &right[k * m + j - n];
          double *q = j < n ? &matrix[pivot * n + j] : &right[pivot * m + j - n];
          const double kept = *p;

          *p = *q;
          *q = kept;
        }
      for (gsize i = k + 1; i < n; i++)
        {
          const double factor = matrix[i * n + k] / matrix[k * n + k];

          for (gsize j = k; j < n; j++)
            matrix[i * n + j] -= factor * matrix[k * n + j];
          for (gsize j = 0; j < m; j++)
            right[i * m + j] -= factor * right[k * m + j];
        }
    }
  for (gsize k = n; k-- > 0;)
    for (gsize j = 0; j < m; j++)
      {
        double sum = right[k * m + j];

        for (gsize l = k + 1; l < n; l++)
          sum -= matrix[k * n + l] * x[l * m + j];
        x[k * m + j] = sum / matrix[k * n + k];
      }
  return transpose (x, n, m);
}

/* Eigenvalues and, as rows, eigenvectors of a symmetric matrix, by Jacobi's rotations; in no order. */
static inline void
find_eigenvectors (const double *a, gsize n, double *values, double *vectors)
{
  g_autofree double *matrix = g_memdup2 (a, n * n * sizeof *matrix);

  for (gsize i = 0; i < n * n; i++)
    vectors[i] = i % (n + 1) == 0 ? 1 : 0;
  for (guint sweep = 0; sweep < 30; sweep++)
    for (gsize p = 0; p < n; p++)
      for (gsize q = p + 1; q < n; q++)
        {
          const double angle = 0.5 * atan2 (2 * matrix[p * n + q], matrix[q * n + q] - matrix[p * n + p]);
          const double c = cos (angle), s = sin (angle);

          for (gsize i = 0; i < n; i++)
            {
              const double x = matrix[i * n + p], y = matrix[i * n + q];

              matrix[i * n + p] = c * x - s * y;
              matrix[i * n + q] = s * x + c * y;
            }
          for (gsize i = 0; i < n; i++)
            {
              const double x = matrix[p * n + i], y = matrix[q * n + i];
              const double v = vectors[p * n + i], w = vectors[q * n + i];

              matrix[p * n + i] = c * x - s * y;
              matrix[q * n + i] = s * x + c * y;
              vectors[p * n + i] = c * v - s * w;
              vectors[q * n + i] = s * v + c * w;
            }
        }
  for (gsize i = 0; i < n; i++)
    values[i] = matrix[i * n + i];
}

static inline void
assert_close (const double *a, const double *b, gsize n, double slack)
{
  const double scale = fmax (largest (b, n), 1e-300);

  for (gsize i = 0; i < n; i++)
    if (!(fabs (a[i] - b[i]) <= slack * scale))
      g_error ("element %" G_GSIZE_FORMAT ": %.17g where %.17g was expected (allowed %g)", i, a[i], b[i],
               slack * scale);
}
