#include "kernels/linalg-private.h"
#include "kernels/linalg.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <threads.h>

/* Numbers that BLAS counts with are blasint; longer sums are taken in parts. */
#define LONGEST_SUM ((size_t)1 << 30)

/* Fortran passes the length of each text behind all other arguments. */
void dgesdd_ (const char *job, const blasint *m, const blasint *n, double *a, const blasint *lda,
              double *singular, double *u, const blasint *ldu, double *vt, const blasint *ldvt, double *work,
              const blasint *n_work, blasint *integer_work, blasint *info, size_t job_length);

static once_flag is_prepared = ONCE_FLAG_INIT;

/* OpenBLAS on plain threads has one number of threads for the whole process. Its tables are filled by the
 * first call. */
static void
prepare (void)
{
  const float one = 1.0f;
  float product = 0.0f;

  if (openblas_get_parallel () == OPENBLAS_THREAD)
    openblas_set_num_threads (1);
  cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, 1, 1, 1, 1.0f, &one, 1, &one, 1, 0.0f, &product, 1);
}

/* OpenBLAS on OpenMP takes as many threads as OpenMP would give to the thread that calls it, whatever
 * openblas_set_num_threads() was told in another one. That number is each thread's own, so it is set around
 * calls and put back. */
int
am_linalg_enter (void)
{
  const int n_threads = omp_get_max_threads ();

  omp_set_num_threads (1);
  call_once (&is_prepared, prepare);
  return n_threads;
}

void
am_linalg_leave (int n_threads)
{
  omp_set_num_threads (n_threads);
}

void
am_linalg_multiply_transposed (float *c, size_t ldc, const float *a, size_t lda, const float *b, size_t ldb,
                               size_t m, size_t n, size_t k, float alpha)
{
  int n_threads;

  if (m == 0 || n == 0 || k == 0)
    return;
  n_threads = am_linalg_enter ();
  for (size_t done = 0; done < k; done += LONGEST_SUM)
    {
      const size_t part = k - done < LONGEST_SUM ? k - done : LONGEST_SUM;

      cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)m, (blasint)n, (blasint)part, alpha,
                   a + done, (blasint)lda, b + done, (blasint)ldb, 1.0f, c, (blasint)ldc);
    }
  am_linalg_leave (n_threads);
}

#define DEFINE_MULTIPLY(Real, type, gemm)                                                                    \
  void am_linalg_multiply_##Real (bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,          \
                                  type alpha, const type *a, size_t lda, const type *b, size_t ldb,          \
                                  type beta, type *c, size_t ldc)                                            \
  {                                                                                                          \
    int n_threads;                                                                                           \
                                                                                                             \
    if (m == 0 || n == 0)                                                                                    \
      return;                                                                                                \
    n_threads = am_linalg_enter ();                                                                          \
    gemm (CblasRowMajor, transpose_a ? CblasTrans : CblasNoTrans, transpose_b ? CblasTrans : CblasNoTrans,   \
          (blasint)m, (blasint)n, (blasint)k, alpha, a, (blasint)lda, b, (blasint)ldb, beta, c,              \
          (blasint)ldc);                                                                                     \
    am_linalg_leave (n_threads);                                                                             \
  }

DEFINE_MULTIPLY (float, float, cblas_sgemm)
DEFINE_MULTIPLY (double, double, cblas_dgemm)

/* @numbers: [n][n] is overwritten; @u, @vt: [n][n], by columns. */
static bool
decompose (double *numbers, blasint n, double *singular, double *u, double *vt, blasint *integer_work)
{
  double wanted = 0.0, *work;
  blasint n_work = -1, info = 0;

  dgesdd_ ("A", &n, &n, numbers, &n, singular, u, &n, vt, &n, &wanted, &n_work, integer_work, &info, 1);
  if (info != 0)
    return false;
  n_work = (blasint)wanted;
  work = malloc ((size_t)n_work * sizeof *work);
  if (work == NULL)
    return false;
  dgesdd_ ("A", &n, &n, numbers, &n, singular, u, &n, vt, &n, work, &n_work, integer_work, &info, 1);
  free (work);
  return info == 0;
}

/* A matrix by rows is its transpose by columns. The factor of the transpose is the transpose of the factor,
 * so what LAPACK and BLAS write by columns is the factor by rows. */
static bool
find_factor (const double *matrix, blasint n, double *memory, blasint *integer_work, double *factor,
             double *trace)
{
  const size_t n_elements = (size_t)n * (size_t)n;
  double *numbers = memory, *u = numbers + n_elements, *vt = u + n_elements, *singular = vt + n_elements;

  for (size_t i = 0; i < n_elements; i++)
    {
      if (!isfinite (matrix[i]))
        return false;
      numbers[i] = matrix[i];
    }
  if (!decompose (numbers, n, singular, u, vt, integer_work))
    return false;
  *trace = 0.0;
  for (blasint i = 0; i < n; i++)
    *trace += singular[i];
  cblas_dgemm (CblasColMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1.0, u, n, vt, n, 0.0, factor, n);
  return true;
}

bool
am_linalg_polar (const double *matrix, size_t n, double *factor, double *trace)
{
  double *memory = malloc ((3 * n + 1) * n * sizeof *memory);
  blasint *integer_work = malloc (8 * n * sizeof *integer_work);
  bool is_found = memory != NULL && integer_work != NULL;
  const int n_threads = am_linalg_enter ();

  is_found = is_found && find_factor (matrix, (blasint)n, memory, integer_work, factor, trace);
  am_linalg_leave (n_threads);
  free (integer_work);
  free (memory);
  return is_found;
}
