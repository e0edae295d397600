#include <float.h>
#include <glib.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#include "kernels/linalg.h"
#include "kernels/philox.h"

#define PADDING 12345.0f

/* Reals of (-1, 1), the same for the same @stream. */
static double *
draw (gsize n, guint32 stream)
{
  const guint32 key[2] = { 5, 8 };
  g_autofree guint32 *words = g_new (guint32, n);
  double *reals = g_new (double, n);

  am_philox_words (words, key, stream, 0, n);
  for (gsize i = 0; i < n; i++)
    reals[i] = (words[i] - 2147483647.5) / 2147483648.0;
  return reals;
}

/* [rows][stride], of which @columns are drawn and the rest is padding. */
static float *
draw_rows (gsize rows, gsize columns, gsize stride, guint32 stream)
{
  g_autofree double *reals = draw (rows * columns, stream);
  float *matrix = g_new (float, rows *stride);

  for (gsize i = 0; i < rows; i++)
    for (gsize j = 0; j < stride; j++)
      matrix[i * stride + j] = j < columns ? (float)reals[i * columns + j] : PADDING;
  return matrix;
}

/* Against sums in double. Rounding of a sum of k products of numbers below 1 stays below k * k / 2^24. */
static void
check_product (gsize m, gsize n, gsize k, gsize extra, float alpha)
{
  const gsize lda = k + extra, ldb = k + 2 * extra, ldc = n + 3 * extra;
  g_autofree float *a = draw_rows (m, k, lda, 1);
  g_autofree float *b = draw_rows (n, k, ldb, 2);
  g_autofree float *before = draw_rows (m, n, ldc, 3);
  g_autofree float *c = g_memdup2 (before, m * ldc * sizeof *c);

  am_linalg_multiply_transposed (c, ldc, a, lda, b, ldb, m, n, k, alpha);
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < ldc; j++)
      {
        double sum = 0.0;

        for (gsize l = 0; j < n && l < k; l++)
          sum += (double)a[i * lda + l] * b[j * ldb + l];
        g_assert_cmpfloat_with_epsilon (c[i * ldc + j], before[i * ldc + j] + alpha * sum,
                                        j < n ? fabs (alpha) * (k + 1) * 1e-6 + 1e-6 : DBL_MIN);
      }
}

static void
test_product (void)
{
  static const gsize sizes[][3]
      = { { 1, 1, 1 },    { 1, 7, 3 },    { 5, 1, 2 },     { 3, 3, 129 },  { 17, 31, 63 },
          { 64, 64, 64 }, { 65, 33, 97 }, { 127, 2, 257 }, { 2, 130, 511 } };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize extra = 0; extra < 8; extra += 7)
      {
        check_product (sizes[i][0], sizes[i][1], sizes[i][2], extra, 1.0f);
        check_product (sizes[i][0], sizes[i][1], sizes[i][2], extra, -0.37f);
      }
}

/* Nothing to add leaves what was there; rows may then have no width at all. */
static void
test_empty_product (void)
{
  float c[2] = { 1.5f, -2.5f };

  am_linalg_multiply_transposed (c, 2, c, 0, c, 0, 1, 2, 0, 1.0f);
  am_linalg_multiply_transposed (c, 2, c, 1, c, 1, 0, 2, 1, 1.0f);
  am_linalg_multiply_transposed (c, 2, c, 1, c, 1, 1, 0, 1, 1.0f);
  g_assert_cmpfloat (c[0], ==, 1.5f);
  g_assert_cmpfloat (c[1], ==, -2.5f);
}

static double
dot (const double *x, gsize step_x, const double *y, gsize step_y, gsize n)
{
  double sum = 0.0;

  for (gsize i = 0; i < n; i++)
    sum += x[i * step_x] * y[i * step_y];
  return sum;
}

/* Gram and Schmidt, twice, so that rows are orthogonal to the last bits. */
static double *
draw_orthogonal (gsize n, guint32 stream)
{
  double *q = draw (n * n, stream);

  for (gsize i = 0; i < n; i++)
    for (guint pass = 0; pass < 2; pass++)
      {
        double length;

        for (gsize j = 0; j < i; j++)
          {
            const double part = dot (q + i * n, 1, q + j * n, 1, n);

            for (gsize l = 0; l < n; l++)
              q[i * n + l] -= part * q[j * n + l];
          }
        length = sqrt (dot (q + i * n, 1, q + i * n, 1, n));
        for (gsize l = 0; l < n; l++)
          q[i * n + l] /= length;
      }
  return q;
}

/* The rows of @u and @v are vectors: sum over i of singular[i] * u_i v_i^T. All ones if @singular is NULL. */
static double *
compose (const double *u, const double *singular, const double *v, gsize n)
{
  double *product = g_new0 (double, n *n);

  for (gsize i = 0; i < n; i++)
    for (gsize row = 0; row < n; row++)
      for (gsize column = 0; column < n; column++)
        product[row * n + column]
            += (singular != NULL ? singular[i] : 1.0) * u[i * n + row] * v[i * n + column];
  return product;
}

static void
assert_orthogonal (const double *q, gsize n)
{
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      {
        g_assert_cmpfloat_with_epsilon (dot (q + i * n, 1, q + j * n, 1, n), i == j, 1e-13 * n);
        g_assert_cmpfloat_with_epsilon (dot (q + i, n, q + j, n, n), i == j, 1e-13 * n);
      }
}

/* A matrix made of known parts; @rank of its singular values are not 0. */
static void
check_polar (gsize n, gsize rank, double scale)
{
  g_autofree double *u = draw_orthogonal (n, 11);
  g_autofree double *v = draw_orthogonal (n, 12);
  g_autofree double *singular = g_new0 (double, n);
  g_autofree double *expected = compose (u, NULL, v, n);
  g_autofree double *factor = g_new (double, n *n);
  g_autofree double *matrix = NULL;
  double trace = NAN, sum = 0.0;

  for (gsize i = 0; i < rank; i++)
    sum += singular[i] = scale * (1.0 + (i * 7 % n) / 3.0);
  matrix = compose (u, singular, v, n);
  g_assert_true (am_linalg_polar (matrix, n, factor, &trace));
  assert_orthogonal (factor, n);
  g_assert_cmpfloat_with_epsilon (trace / scale, sum / scale, 1e-13 * n * n);
  g_assert_cmpfloat_with_epsilon (trace / scale, dot (matrix, 1, factor, 1, n * n) / scale, 1e-13 * n * n);
  for (gsize i = 0; rank == n && i < n * n; i++)
    g_assert_cmpfloat_with_epsilon (factor[i], expected[i], 1e-13 * n * n);
}

static void
test_polar (void)
{
  static const gsize sizes[] = { 1, 2, 3, 8, 33, 40, 64 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      check_polar (sizes[i], sizes[i], 1.0);
      check_polar (sizes[i], sizes[i], 1e-200);
      check_polar (sizes[i], sizes[i], 1e200);
      check_polar (sizes[i], sizes[i] - 1, 1.0);
      check_polar (sizes[i], sizes[i] / 2, 1.0);
      check_polar (sizes[i], 0, 1.0);
    }
}

/* Which way round rows and columns go: a turn by a right angle, stretched, is not its own transpose. */
static void
test_polar_of_turn (void)
{
  const double matrix[4] = { 0.0, -2.0, 3.0, 0.0 };
  double factor[4], trace;

  g_assert_true (am_linalg_polar (matrix, 2, factor, &trace));
  g_assert_cmpfloat_with_epsilon (trace, 5.0, 1e-14);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpfloat_with_epsilon (factor[i], ((const double[]){ 0.0, -1.0, 1.0, 0.0 })[i], 1e-14);
}

static void
test_not_finite (void)
{
  static const double bad[] = { NAN, INFINITY, -INFINITY };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      double matrix[9] = { 1.0, 2.0, 3.0, 4.0, bad[i], 6.0, 7.0, 8.0, 9.0 };
      double factor[9] = { 0.5 }, trace = 0.25;

      g_assert_false (am_linalg_polar (matrix, 3, factor, &trace));
      g_assert_cmpfloat (factor[0], ==, 0.5);
      g_assert_cmpfloat (trace, ==, 0.25);
    }
}

/* b b^T of a square matrix drawn, and @shift on the diagonal. */
static double *
draw_definite (gsize n, double shift, guint32 stream)
{
  g_autofree double *b = draw (n * n, stream);
  double *matrix = g_new (double, n *n);

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      matrix[i * n + j] = dot (b + i * n, 1, b + j * n, 1, n) + (i == j ? shift : 0.0);
  return matrix;
}

static void
fill_upper (double *matrix, gsize n, double value)
{
  for (gsize i = 0; i < n; i++)
    for (gsize j = i + 1; j < n; j++)
      matrix[i * n + j] = value;
}

/* L L^T is the matrix, of which the upper triangle was not even looked at; and rows x of x A = b. */
static void
check_cholesky (gsize n, gsize m)
{
  g_autofree double *matrix = draw_definite (n, 0.5, 31);
  g_autofree double *factor = g_memdup2 (matrix, n * n * sizeof *factor);
  g_autofree double *right = draw (m * n, 32);
  g_autofree double *rows = g_memdup2 (right, m * n * sizeof *rows);
  double reciprocal_condition;

  fill_upper (factor, n, NAN);
  g_assert_true (am_linalg_cholesky (factor, n, &reciprocal_condition));
  g_assert_cmpfloat (reciprocal_condition, >, 0.1 / ((double)n * n * n * n));
  g_assert_cmpfloat (reciprocal_condition, <=, 1.0 + 1e-12);
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j <= i; j++)
      g_assert_cmpfloat_with_epsilon (dot (factor + i * n, 1, factor + j * n, 1, j + 1), matrix[i * n + j],
                                      1e-14 * n * n);
  am_linalg_cholesky_solve (factor, n, rows, m);
  for (gsize i = 0; i < m; i++)
    for (gsize j = 0; j < n; j++)
      g_assert_cmpfloat_with_epsilon (dot (rows + i * n, 1, matrix + j, n, n), right[i * n + j], 1e-12 * n);
}

static void
test_cholesky (void)
{
  static const gsize sizes[] = { 1, 2, 3, 7, 33, 70 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (gsize m = 0; m < 6; m += 5)
      check_cholesky (sizes[i], m);
  g_assert_true (am_linalg_cholesky (NULL, 0, NULL));
  am_linalg_cholesky_solve (NULL, 0, NULL, 3);
}

/* The inverse's norm is known of diagonals; a matrix with a negative eigenvalue has no factor. */
static void
test_definite (void)
{
  double diagonal[9] = { 4.0, 0.0, 0.0, 0.0, 1e-6, 0.0, 0.0, 0.0, 2.0 };
  double indefinite[4] = { 1.0, 2.0, 2.0, 1.0 }, zero[1] = { 0.0 };
  double reciprocal_condition;

  g_assert_true (am_linalg_cholesky (diagonal, 3, &reciprocal_condition));
  g_assert_cmpfloat_with_epsilon (reciprocal_condition, 2.5e-7, 1e-12);
  g_assert_false (am_linalg_cholesky (indefinite, 2, &reciprocal_condition));
  g_assert_false (am_linalg_cholesky (zero, 1, NULL));
}

/* A matrix of known eigenvalues, its upper triangle spoiled. */
static void
check_eigen (gsize n, double scale)
{
  g_autofree double *u = draw_orthogonal (n, 41);
  g_autofree double *known = g_new (double, n);
  g_autofree double *values = g_new (double, n);
  g_autofree double *matrix = NULL, *vectors = NULL, *again = NULL;

  for (gsize i = 0; i < n; i++)
    known[i] = scale * ((double)i - n / 3.0);
  matrix = compose (u, known, u, n);
  vectors = g_memdup2 (matrix, n * n * sizeof *vectors);
  fill_upper (vectors, n, NAN);
  g_assert_true (am_linalg_eigen (vectors, n, values));
  assert_orthogonal (vectors, n);
  for (gsize i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (values[i] / scale, known[i] / scale, 1e-13 * n);
  again = compose (vectors, values, vectors, n);
  for (gsize i = 0; i < n * n; i++)
    g_assert_cmpfloat_with_epsilon (again[i] / scale, matrix[i] / scale, 1e-13 * n * n);
}

static void
test_eigen (void)
{
  static const gsize sizes[] = { 1, 2, 3, 8, 33, 60 };
  double bad[4] = { 1.0, 0.0, NAN, 1.0 }, values[2];

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      check_eigen (sizes[i], 1.0);
      check_eigen (sizes[i], 1e-120);
    }
  g_assert_true (am_linalg_eigen (NULL, 0, NULL));
  g_assert_false (am_linalg_eigen (bad, 2, values));
  g_assert_false (am_linalg_eigen (NULL, (gsize)1 << 15, NULL));
}

#define N_CALLS 12
#define SIDE 96

typedef struct
{
  const float *a, *b;
  const double *matrix;
  float products[N_CALLS][SIDE * SIDE];
  double factors[N_CALLS][SIDE * SIDE];
  double vectors[N_CALLS][SIDE * SIDE];
  double cholesky[N_CALLS][SIDE * SIDE];
  gboolean is_found[N_CALLS];
} Work;

/* Each call starts in the matrices at another place, so that mixed up results would show. */
static void
run_call (gpointer data, gpointer user_data)
{
  const guint call = GPOINTER_TO_UINT (data) - 1;
  Work *work = user_data;
  double trace, values[SIDE];

  am_linalg_multiply_transposed (work->products[call], SIDE, work->a + call, SIDE, work->b, SIDE, SIDE, SIDE,
                                 SIDE - N_CALLS, 1.0f);
  work->is_found[call] = am_linalg_polar (work->matrix + call, SIDE, work->factors[call], &trace);
  memcpy (work->vectors[call], work->matrix + call, sizeof work->vectors[call]);
  work->is_found[call] &= am_linalg_eigen (work->vectors[call], SIDE, values);
  memcpy (work->cholesky[call], work->matrix + call, sizeof work->cholesky[call]);
  for (gsize i = 0; i < SIDE; i++)
    work->cholesky[call][i * SIDE + i] = SIDE;
  work->is_found[call] &= am_linalg_cholesky (work->cholesky[call], SIDE, NULL);
}

static void
assert_same_work (const Work *work, const Work *expected)
{
  for (guint i = 0; i < N_CALLS; i++)
    g_assert_true (work->is_found[i]);
  g_assert_cmpmem (work->products, sizeof work->products, expected->products, sizeof expected->products);
  g_assert_cmpmem (work->factors, sizeof work->factors, expected->factors, sizeof expected->factors);
  g_assert_cmpmem (work->vectors, sizeof work->vectors, expected->vectors, sizeof expected->vectors);
  g_assert_cmpmem (work->cholesky, sizeof work->cholesky, expected->cholesky, sizeof expected->cholesky);
}

static Work *
work_new (const Work *like)
{
  Work *work = g_new0 (Work, 1);

  work->a = like->a;
  work->b = like->b;
  work->matrix = like->matrix;
  return work;
}

static guint
count_threads (void)
{
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  line = strstr (status, "\nThreads:");
  g_assert_nonnull (line);
  return (guint)g_ascii_strtoull (line + strlen ("\nThreads:"), NULL, 10);
}

/* The same bits from one thread, from four of GLib's and from four of OpenMP's; and no call starts a thread
 * of its own or changes how many the caller's own loops get. */
static void
test_threads (void)
{
  g_autofree float *a = draw_rows (SIDE + 1, SIDE, SIDE, 21);
  g_autofree float *b = draw_rows (SIDE + 1, SIDE, SIDE, 22);
  g_autofree double *matrix = draw (SIDE * SIDE + N_CALLS, 23);
  const Work inputs = { .a = a, .b = b, .matrix = matrix };
  g_autofree Work *alone = work_new (&inputs);
  g_autofree Work *with_glib = work_new (&inputs);
  g_autofree Work *with_openmp = work_new (&inputs);
  const int n_before = omp_get_max_threads ();
  const guint n_running = count_threads ();
  GThreadPool *pool = NULL;

  omp_set_num_threads (4);
  for (guint i = 0; i < N_CALLS; i++)
    run_call (GUINT_TO_POINTER (i + 1), alone);
  g_assert_cmpint (omp_get_max_threads (), ==, 4);
  g_assert_cmpuint (count_threads (), ==, n_running);
  assert_same_work (alone, alone);

  pool = g_thread_pool_new (run_call, with_glib, 4, TRUE, NULL);
  for (guint i = 0; i < N_CALLS; i++)
    g_assert_true (g_thread_pool_push (pool, GUINT_TO_POINTER (i + 1), NULL));
  g_thread_pool_free (pool, FALSE, TRUE);
  assert_same_work (with_glib, alone);

#pragma omp parallel for num_threads(4)
  for (guint i = 0; i < N_CALLS; i++)
    run_call (GUINT_TO_POINTER (i + 1), with_openmp);
  assert_same_work (with_openmp, alone);
  omp_set_num_threads (n_before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/linalg/product", test_product);
  g_test_add_func ("/linalg/empty-product", test_empty_product);
  g_test_add_func ("/linalg/polar", test_polar);
  g_test_add_func ("/linalg/polar-of-turn", test_polar_of_turn);
  g_test_add_func ("/linalg/not-finite", test_not_finite);
  g_test_add_func ("/linalg/cholesky", test_cholesky);
  g_test_add_func ("/linalg/definite", test_definite);
  g_test_add_func ("/linalg/eigen", test_eigen);
  g_test_add_func ("/linalg/threads", test_threads);
  return g_test_run ();
}
