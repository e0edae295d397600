#include "methods/task-matrix.h"

#include <string.h>

#include "methods/linear-combination.h"

gboolean
am_task_matrix_is_reached (const AmMethodTensor *tensor)
{
  return tensor->n_dims >= 2 && tensor->shape[0] < AM_TASK_MATRIX_LONGEST
         && tensor->slice_length < AM_TASK_MATRIX_LONGEST;
}

/* Changes into the models' place, and base + lambda * merged into the base's. */
static gboolean
merge_matrix (const AmMethodTensor *tensor, AmWholeMatrix *matrix, AmTaskMatrixMerge merge, GError **error)
{
  const gsize length = matrix->rows * matrix->columns;
  const double lambda = am_method_tensor_get (tensor, AM_TASK_MATRIX_LAMBDA);
  const AmTaskMatrices tasks = { tensor->run->n_models, matrix->rows, matrix->columns, matrix->model };
  g_autofree double *merged = am_doubles_new (matrix->rows, matrix->columns, error);

  if (merged == NULL)
    return FALSE;
  for (guint i = 0; i < tasks.n; i++)
    for (gsize k = 0; k < length; k++)
      matrix->model[i][k] -= matrix->base[k];
  if (!merge (tensor, &tasks, merged, error))
    return FALSE;
  for (gsize k = 0; k < length; k++)
    if (merged[k] != 0.0)
      matrix->base[k] += lambda * merged[k];
  return TRUE;
}

gboolean
am_task_matrix_reduce (AmMethodTensor *tensor, AmTensorReader *reader, AmTaskMatrixMerge merge,
                       GError **error)
{
  g_autoptr (AmWholeMatrix) matrix = NULL;

  if (!am_task_matrix_is_reached (tensor))
    tensor->stand_in = AM_STAND_IN_NOT_A_MATRIX;
  if (tensor->stand_in != NULL || tensor->length == 0
      || am_method_tensor_get (tensor, AM_TASK_MATRIX_LAMBDA) == 0.0)
    return TRUE;
  matrix = am_whole_matrix_read (tensor, reader, (gsize)tensor->shape[0], (gsize)tensor->slice_length, FALSE,
                                 NULL, error);
  if (matrix == NULL)
    return FALSE;
  if (!am_whole_matrix_is_finite (matrix, tensor->run->n_models))
    {
      tensor->stand_in = AM_STAND_IN_NOT_FINITE;
      return TRUE;
    }
  if (!merge_matrix (tensor, matrix, merge, error))
    return FALSE;
  tensor->state = g_steal_pointer (&matrix->base);
  return TRUE;
}

guint64
am_task_matrix_count_memory (const AmMethodTensor *tensor, AmTaskMatrixCountWork count_work)
{
  const guint n = tensor->run->n_models;

  if (!am_task_matrix_is_reached (tensor) || tensor->length == 0)
    return 0;
  return am_sizes_add (am_doubles_size (tensor->length, n + 2),
                       count_work (n, tensor->shape[0], tensor->slice_length));
}

const char *
am_task_matrix_plan_stand_in (const AmMethodTensor *tensor)
{
  return am_task_matrix_is_reached (tensor) ? NULL : AM_STAND_IN_NOT_A_MATRIX;
}

void
am_task_matrix_apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  const guint n = tensor->run->n_models;
  double coefficients[AM_MAX_MODELS + 1], lambda = am_method_tensor_get (tensor, AM_TASK_MATRIX_LAMBDA);

  if (tensor->state != NULL)
    {
      am_whole_matrix_write (tensor, chunk, tensor->state);
      return;
    }
  for (guint i = 0; i < n; i++)
    coefficients[i] = lambda / n;
  coefficients[n] = 1.0 - lambda;
  am_linear_combine (tensor, chunk, coefficients);
}

void
am_task_matrix_sum (const AmTaskMatrices *tasks, double *merged)
{
  memcpy (merged, tasks->change[0], tasks->rows * tasks->columns * sizeof *merged);
  for (guint i = 1; i < tasks->n; i++)
    for (gsize k = 0; k < tasks->rows * tasks->columns; k++)
      merged[k] += tasks->change[i][k];
}
