/* Symmetric matrices: systems of equations and eigenvectors. LAPACK's columns are rows here, and a symmetric
 * matrix is its own transpose: LAPACK's upper triangle is the lower one. */
#include "kernels/linalg.h"
#include "kernels/linalg-private.h"

#include <cblas.h>
#include <math.h>
#include <stdlib.h>

/* Work space of dsyevd is counted in blasint and grows as 2 n^2. */
#define MOST_EIGENVALUES ((size_t)1 << 15)

/* Fortran passes the length of each text behind all other arguments. */
void dpotrf_ (const char *triangle, const blasint *n, double *a, const blasint *lda, blasint *info,
              size_t triangle_length);
void dpocon_ (const char *triangle, const blasint *n, const double *a, const blasint *lda, const double *norm,
              double *reciprocal_condition, double *work, blasint *integer_work, blasint *info,
              size_t triangle_length);
void dpotrs_ (const char *triangle, const blasint *n, const blasint *n_columns, const double *a,
              const blasint *lda, double *b, const blasint *ldb, blasint *info, size_t triangle_length);
void dsyevd_ (const char *job, const char *triangle, const blasint *n, double *a, const blasint *lda,
              double *values, double *work, const blasint *n_work, blasint *integer_work,
              const blasint *n_integer_work, blasint *info, size_t job_length, size_t triangle_length);

/* The largest sum of absolute values of a column; @sums has room for @n. */
static double
measure_norm (const double *matrix, size_t n, double *sums)
{
  double norm = 0.0;

  for (size_t i = 0; i < n; i++)
    {
      sums[i] = 0.0;
      for (size_t j = 0; j < i; j++)
        {
          sums[i] += fabs (matrix[i * n + j]);
          sums[j] += fabs (matrix[i * n + j]);
        }
      sums[i] += fabs (matrix[i * n + i]);
    }
  for (size_t i = 0; i < n; i++)
    norm = fmax (norm, sums[i]);
  return norm;
}

static bool
factorise (double *matrix, blasint n, double *work, blasint *integer_work, double *reciprocal_condition)
{
  const double norm = reciprocal_condition != NULL ? measure_norm (matrix, (size_t)n, work) : 0.0;
  blasint info = 0;

  dpotrf_ ("U", &n, matrix, &n, &info, 1);
  if (info == 0 && reciprocal_condition != NULL)
    dpocon_ ("U", &n, matrix, &n, &norm, reciprocal_condition, work, integer_work, &info, 1);
  return info == 0;
}

bool
am_linalg_cholesky (double *matrix, size_t n, double *reciprocal_condition)
{
  double *work = malloc ((3 * n + 1) * sizeof *work);
  blasint *integer_work = malloc ((n + 1) * sizeof *integer_work);
  bool is_definite = work != NULL && integer_work != NULL;

  if (reciprocal_condition != NULL)
    *reciprocal_condition = 1.0;
  if (is_definite && n > 0)
    {
      const int n_threads = am_linalg_enter ();

      is_definite = factorise (matrix, (blasint)n, work, integer_work, reciprocal_condition);
      am_linalg_leave (n_threads);
    }
  free (integer_work);
  free (work);
  return is_definite;
}

void
am_linalg_cholesky_solve (const double *factor, size_t n, double *rows, size_t m)
{
  const blasint order = (blasint)n, n_rows = (blasint)m;
  blasint info = 0;
  int n_threads;

  if (n == 0 || m == 0)
    return;
  n_threads = am_linalg_enter ();
  dpotrs_ ("U", &order, &n_rows, factor, &order, rows, &order, &info, 1);
  am_linalg_leave (n_threads);
}

static bool
find_eigenvectors (double *matrix, blasint n, double *values)
{
  double wanted = 0.0, *work;
  blasint n_work = -1, n_integer_work = -1, integer_wanted = 0, info = 0, *integer_work;

  dsyevd_ ("V", "U", &n, matrix, &n, values, &wanted, &n_work, &integer_wanted, &n_integer_work, &info, 1, 1);
  if (info != 0)
    return false;
  n_work = (blasint)wanted;
  n_integer_work = integer_wanted;
  work = malloc ((size_t)n_work * sizeof *work);
  integer_work = malloc ((size_t)n_integer_work * sizeof *integer_work);
  if (work != NULL && integer_work != NULL)
    dsyevd_ ("V", "U", &n, matrix, &n, values, work, &n_work, integer_work, &n_integer_work, &info, 1, 1);
  else
    info = -1;
  free (integer_work);
  free (work);
  return info == 0;
}

bool
am_linalg_eigen (double *matrix, size_t n, double *values)
{
  bool is_found;
  int n_threads;

  if (n == 0)
    return true;
  if (n >= MOST_EIGENVALUES)
    return false;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j <= i; j++)
      if (!isfinite (matrix[i * n + j]))
        return false;
  n_threads = am_linalg_enter ();
  is_found = find_eigenvectors (matrix, (blasint)n, values);
  am_linalg_leave (n_threads);
  return is_found;
}
