/* Methods over task vectors as matrices, without data: what each model changed of a weight [out, in], or of a
 * convolution's [out, in * kernel], becomes one change of the same shape.
 *
 *   result = base + lambda * merged change
 *
 * All other tensors, and matrices with a side of AM_TASK_MATRIX_LONGEST or more, which are tables of a
 * vocabulary, take the mean of the changes. So do matrices with NaN or infinity in a model.
 *
 * Methods of this family have lambda as their first parameter. */
#pragma once

#include "methods/whole-matrix.h"

G_BEGIN_DECLS

#define AM_TASK_MATRIX_LONGEST 20000

enum
{
  AM_TASK_MATRIX_LAMBDA,
  AM_TASK_MATRIX_N_PARAMETERS,
};

/* clang-format off */
#define AM_TASK_MATRIX_LAMBDA_PARAMETER                                                                        \
  [AM_TASK_MATRIX_LAMBDA]                                                                                      \
    = { "lambda", N_ ("Factor on the combined change"), AM_PARAMETER_NUMBER, .is_ratio = TRUE,                 \
        .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 2,               \
        .default_value = 1 }
/* clang-format on */

/**
 * AmTaskMatrices:
 * @n: of changes, at least 1
 * @rows, @columns: of each; their product is above 0
 * @change: [n] matrices row by row, finite; may be overwritten
 */
typedef struct
{
  guint n;
  gsize rows;
  gsize columns;
  double *const *change;
} AmTaskMatrices;

/**
 * AmTaskMatrixMerge:
 * @merged: (out): [rows][columns] the change that stands for all
 */
typedef gboolean (*AmTaskMatrixMerge) (const AmMethodTensor *tensor, const AmTaskMatrices *tasks,
                                       double *merged, GError **error);

/* Bytes that a merge takes beside the changes and the merged one. */
typedef guint64 (*AmTaskMatrixCountWork) (guint n, guint64 rows, guint64 columns);

gboolean am_task_matrix_is_reached (const AmMethodTensor *tensor);

/* The whole of a method's reduce, count_memory, plan_stand_in and apply. */
gboolean am_task_matrix_reduce (AmMethodTensor *tensor, AmTensorReader *reader, AmTaskMatrixMerge merge,
                                GError **error);
guint64 am_task_matrix_count_memory (const AmMethodTensor *tensor, AmTaskMatrixCountWork count_work);
const char *am_task_matrix_plan_stand_in (const AmMethodTensor *tensor);
void am_task_matrix_apply (const AmMethodTensor *tensor, AmMethodChunk *chunk);

/* merged = sum of the changes. */
void am_task_matrix_sum (const AmTaskMatrices *tasks, double *merged);

G_END_DECLS
