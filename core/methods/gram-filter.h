/* The change whose action on the inputs of every task comes closest to that task's own, where each task's
 * change stands for its inputs: their Gram is taken to be a multiple of change^T change. */
#pragma once

#include "methods/task-matrix.h"

G_BEGIN_DECLS

/**
 * AmGramFilter:
 * @values: [n] eigenvalues, rising, of the sum of Grams, or those of its that can be above 0; each becomes
 * the factor that stands for its inverse, 0 to leave its direction out
 */
typedef void (*AmGramFilter) (gpointer user_data, double *values, gsize n);

/**
 * am_gram_filter_merge:
 * @tasks: changes T_i
 * @factors: [n] with G_i = factor^2 T_i^T T_i
 * @merged: holds an origin O and becomes O + (sum of (T_i - O) G_i) Q^T diag (f) Q, where the sum of G_i is
 *   Q^T diag (values) Q and f is what @filter makes of the values
 *
 * Works on the inputs, or on the outputs of all tasks stacked where those are fewer: the sum of Grams has no
 * more eigenvalues above 0 than that.
 *
 * Returns: %FALSE with an UNSUPPORTED @error when memory runs out.
 */
gboolean am_gram_filter_merge (const AmTaskMatrices *tasks, const double *factors, AmGramFilter filter,
                               gpointer user_data, double *merged, GError **error);

guint64 am_gram_filter_get_memory (guint n, guint64 rows, guint64 columns);

/* The reduce and count_memory of a method whose @merge calls am_gram_filter_merge(): a single change is its
 * own solution. */
gboolean am_gram_filter_reduce (AmMethodTensor *tensor, AmTensorReader *reader, AmTaskMatrixMerge merge,
                                GError **error);
guint64 am_gram_filter_count_memory (const AmMethodTensor *tensor);

/* Square of the length of a change. */
double am_gram_filter_get_energy (const AmTaskMatrices *tasks, guint task);

G_END_DECLS
