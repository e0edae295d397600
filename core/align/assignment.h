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
 * reduction, reduction transfer, augmenting row reduction twice, augmentation. Where many rows compete for
 * the same columns, so that paths get long, better duals are found first by an auction with falling
 * increments (Bertsekas, Annals of Operations Research 14, 1988), and rows are reduced and augmented from
 * there. Among equal choices of a step the lowest column wins; the result depends on the costs alone.
 *
 * Duals and path lengths are in double. Integer costs below 2^24, or such costs times one power of two, are
 * worked without rounding, for which duals may be fractions whose denominators are powers of two.
 *
 * O(n^3) at worst; near O(n^2) on similarity matrices, also of low rank. Memory O(n). Thread-safe.
 *
 * Returns: what am_assignment_check() finds, 0 where nothing was rounded. Columns are the best of their rows
 * but for a rounding when rows get them, and each of the @n or fewer shortest paths adds at most eight
 * roundings to that, so that the violation stays below (n + 1) 2^-50 times the greatest magnitude of a cost,
 * dual or path.
 */
double am_assignment_minimise (const float *cost, gsize n, gsize stride, guint32 *columns, double *u,
                               double *v);

/* The same for the greatest total. Duals, and what is returned, are those of the negated matrix. */
double am_assignment_maximise (const float *value, gsize n, gsize stride, guint32 *columns, double *u,
                               double *v);

/* The largest violation of the certificate of a minimum: cost - u - v is nowhere below 0 and is 0 where
 * chosen, and @columns is a permutation and the duals are finite (else infinity). 0 proves the optimum: no
 * other permutation costs less than by @n times the violation. O(n^2). */
double am_assignment_check (const float *cost, gsize n, gsize stride, const guint32 *columns, const double *u,
                            const double *v);

/* Sum of the chosen elements, in double, in row order. */
double am_assignment_sum (const float *matrix, gsize n, gsize stride, const guint32 *columns);

G_END_DECLS
