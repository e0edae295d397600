/* Linear algebra: the one place that touches BLAS and LAPACK, which run single-threaded here: callers divide
 * the work themselves, so that results do not depend on the number of threads. Matrices are row-major. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/**
 * am_linalg_multiply_transposed:
 * c [m][ldc] += alpha * a [m][k] * b [n][k]^T
 * @ldc, @lda, @ldb: elements from row to row; like @m and @n below 2^31
 *
 * Thread-safe. OpenBLAS picks its loops by CPU, so the last bits depend on it.
 */
void am_linalg_multiply_transposed (float *c, size_t ldc, const float *a, size_t lda, const float *b,
                                    size_t ldb, size_t m, size_t n, size_t k, float alpha);

/**
 * am_linalg_multiply_float, am_linalg_multiply_double:
 * c [m][ldc] = beta * c + alpha * op (a) * op (b), op (a) being [m][k] and op (b) [k][n]
 * @transpose_a: whether a is stored as [k][lda]
 * @transpose_b: whether b is stored as [n][ldb]
 * @beta: 0 overwrites, whatever @c holds
 *
 * Sizes below 2^31. Thread-safe, and bound to the CPU, as above.
 */
void am_linalg_multiply_float (bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k, float alpha,
                               const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c,
                               size_t ldc);
void am_linalg_multiply_double (bool transpose_a, bool transpose_b, size_t m, size_t n, size_t k,
                                double alpha, const double *a, size_t lda, const double *b, size_t ldb,
                                double beta, double *c, size_t ldc);

/**
 * am_linalg_polar:
 * @matrix: [n][n]
 * @n: at least 1
 * @factor: (out): [n][n] the orthogonal matrix nearest to it: U V^T of U S V^T
 * @trace: (out): the sum of singular values, that is <matrix, factor>
 *
 * Where the matrix is singular there are many; this is one of them. Thread-safe.
 *
 * Returns: false, and @factor and @trace unset, when a value is not finite, LAPACK finds no decomposition, or
 * memory runs out.
 */
bool am_linalg_polar (const double *matrix, size_t n, double *factor, double *trace);

/**
 * am_linalg_cholesky:
 * @matrix: [n][n], symmetric; the lower triangle is read and becomes L of L L^T, the rest is left
 * @reciprocal_condition: (out) (optional): an estimate of 1 / (|A| |A^-1|) in the 1-norm
 *
 * Thread-safe, and bound to the CPU, as above.
 *
 * Returns: false when the matrix is not positive definite or memory runs out.
 */
bool am_linalg_cholesky (double *matrix, size_t n, double *reciprocal_condition);

/**
 * am_linalg_cholesky_solve:
 * @factor: [n][n] what am_linalg_cholesky() left
 * @rows: [m][n] rows b, which become the rows x of x A = b
 */
void am_linalg_cholesky_solve (const double *factor, size_t n, double *rows, size_t m);

/**
 * am_linalg_eigen:
 * @matrix: [n][n], symmetric; the lower triangle is read. Its rows become orthonormal eigenvectors
 * @n: below 2^15
 * @values: (out): [n] eigenvalues, rising
 *
 * A = Q^T diag (values) Q with Q what @matrix becomes. Values carry an error of about 1e-16 of the largest
 * one each. Divide and conquer. Thread-safe, and bound to the CPU, as above.
 *
 * Returns: false when LAPACK finds no decomposition (a value is not finite), @n is too large or memory runs
 * out; @matrix is spoiled then.
 */
bool am_linalg_eigen (double *matrix, size_t n, double *values);
