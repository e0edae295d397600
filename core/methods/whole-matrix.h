/* Tensors taken whole, as matrices of doubles, for methods that solve equations over them. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

/* BLAS counts rows and columns in 32 bits. */
#define AM_LARGEST_SIDE ((guint64)G_MAXINT32)

/**
 * am_doubles_new:
 * @n, @m: room for n * m doubles
 *
 * Returns: (transfer full) (nullable): numbers of no value, for g_free(); %NULL and an UNSUPPORTED @error
 * that tells the size when there is no room.
 */
double *am_doubles_new (guint64 n, guint64 m, GError **error);

/* 8 n m, or %G_MAXUINT64. */
guint64 am_doubles_size (guint64 n, guint64 m);

/* Sum that stays at %G_MAXUINT64. */
guint64 am_sizes_add (guint64 a, guint64 b);

/**
 * AmWholeMatrix: all inputs of a tensor
 * @rows, @columns: of each
 * @model: [n_models] matrices row by row, %NULL for those left out
 * @base: the base's, or %NULL without one
 */
typedef struct
{
  gsize rows;
  gsize columns;
  double *model[AM_MAX_MODELS];
  double *base;
} AmWholeMatrix;

/**
 * am_whole_matrix_read:
 * @rows, @columns: of the matrices wanted; their product is the tensor's length, above 0
 * @is_transposed: whether the tensor holds [columns][rows]
 * @is_used: (nullable): [n_models] the models that are kept
 *
 * Returns: (transfer full) (nullable). Errors: those of reading, UNSUPPORTED when there is no room.
 */
AmWholeMatrix *am_whole_matrix_read (const AmMethodTensor *tensor, AmTensorReader *reader, gsize rows,
                                     gsize columns, gboolean is_transposed, const gboolean *is_used,
                                     GError **error);
void am_whole_matrix_free (AmWholeMatrix *matrix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmWholeMatrix, am_whole_matrix_free)

/* Neither NaN nor infinity in what was kept. */
gboolean am_whole_matrix_is_finite (const AmWholeMatrix *matrix, guint n_models);

/* [rows][columns] to [columns][rows]. */
void am_transpose (double *to, const double *from, gsize rows, gsize columns);

/* Copies a chunk's part of @values, [tensor->length], into its output. */
void am_whole_matrix_write (const AmMethodTensor *tensor, AmMethodChunk *chunk, const double *values);

G_END_DECLS
