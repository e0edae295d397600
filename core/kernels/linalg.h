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
