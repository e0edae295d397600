/* Singular vectors by way of the eigenvectors of a matrix's Gram in double, taken over its shorter side:
 * several times faster than a singular value decomposition. The price: of singular values below 1e-6 times
 * the largest nothing is left but rounding, and they count as 0; vectors of those just above are good to
 * about four digits before, and ten after am_spectrum_polar() has polished them. Weights have no digits that
 * far down. */
#pragma once

#include "methods/task-matrix.h"

G_BEGIN_DECLS

/* Smaller singular values, as a share of the largest, count as 0. */
#define AM_SPECTRUM_SMALLEST 1e-6

/**
 * am_spectrum_polar:
 * @matrix: [rows][columns] U S V^T becomes U V^T, without directions whose singular value counts as 0
 * @trace: (out) (optional): sum of the singular values
 *
 * Returns: %FALSE with an UNSUPPORTED @error when memory runs out.
 */
gboolean am_spectrum_polar (double *matrix, gsize rows, gsize columns, double *trace, GError **error);

/* Bytes for that. */
guint64 am_spectrum_polar_get_memory (guint64 rows, guint64 columns);

/**
 * am_spectrum_truncate:
 * @matrix: [rows][columns]
 * @rank: at least 1, at most the shorter side
 * @left: (out): [rank][rows] left singular vectors of the largest singular values, falling
 * @singular: (out): [rank]
 * @right: (out): [rank][columns]
 *
 * Vectors of singular values that count as 0 are 0 themselves.
 */
gboolean am_spectrum_truncate (const double *matrix, gsize rows, gsize columns, gsize rank, double *left,
                               double *singular, double *right, GError **error);

/* Bytes for that, vectors excluded. */
guint64 am_spectrum_truncate_get_memory (guint64 rows, guint64 columns);

/* am_linalg_eigen() with an error. */
gboolean am_spectrum_eigen (double *matrix, gsize n, double *values, GError **error);

/* Bytes for the eigenvectors of a matrix of side @n, the matrix included. */
guint64 am_spectrum_eigen_get_memory (guint64 n);

G_END_DECLS
