/* The linear assignment problem: the one-to-one choice of columns for rows with the least total cost. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * am_assignment_minimise:
 * @cost: [n][stride] row-major, finite
 * @n: rows and columns, at least 1
 * @stride: elements from row to row, at least @n
 * @columns: (out): [n] the column of each row
 * @u: (out) (optional): [n] dual of each row
 * @v: (out) (optional): [n] dual of each column
 *
 * Exact, by the shortest augmenting path method of Jonker and Volgenant (Computing 38, 1987): column
 * reduction, reduction transfer, augmenting row reduction twice, augmentation. Duals and path lengths in
 * double, so that integer costs below 2^24 are worked without rounding. Among equal choices the lowest column
 * wins, so the result depends on the costs alone. The duality certificate is checked before returning: see
 * am_assignment_check().
 *
 * O(n^3) at worst, near O(n^2) on similarity matrices. Memory O(n). Thread-safe.
 */
double am_assignment_minimise (const float *cost, gsize n, gsize stride, guint32 *columns, double *u,
                             double *v);

/* The same for the greatest total. Duals are those of the negated matrix. */
double am_assignment_maximise (const float *value, gsize n, gsize stride, guint32 *columns, double *u,
                             double *v);

/* The largest violation of the certificate of a minimum: cost - u - v is nowhere below 0 and is 0 where
 * chosen, and @columns is a permutation (else infinity). 0 proves the optimum. O(n^2). */
double am_assignment_check (const float *cost, gsize n, gsize stride, const guint32 *columns, const double *u,
                            const double *v);

/* Sum of the chosen elements, in double, in row order. */
double am_assignment_sum (const float *matrix, gsize n, gsize stride, const guint32 *columns);

G_END_DECLS
