/* Isotropic merging in the common space: the sum of the changes with all its singular values made equal to
 * their mean, so that directions which few models share weigh as much as those that all do.
 *
 *   merged = mean (S) U V^T, where the sum of the changes is U S V^T
 *
 * Directions in which the sum has no length are left out; the mean still counts them. */
#include "methods/spectrum.h"

static const AmParameter parameters[] = {
  AM_TASK_MATRIX_LAMBDA_PARAMETER,
};

static gboolean
merge (const AmMethodTensor *tensor, const AmTaskMatrices *tasks, double *merged, GError **error)
{
  double trace, mean;

  am_task_matrix_sum (tasks, merged);
  if (!am_spectrum_polar (merged, tasks->rows, tasks->columns, &trace, error))
    return FALSE;
  mean = trace / (double)MIN (tasks->rows, tasks->columns);
  for (gsize k = 0; k < tasks->rows * tasks->columns; k++)
    merged[k] *= mean;
  return TRUE;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  return am_task_matrix_reduce (tensor, reader, merge, error);
}

static guint64
count_work (guint n, guint64 rows, guint64 columns)
{
  return am_spectrum_polar_get_memory (rows, columns);
}

static guint64
count_memory (const AmMethodTensor *tensor)
{
  return am_task_matrix_count_memory (tensor, count_work);
}

const AmMethod am_iso_c_method = {
  .id = "iso_c",
  .title = N_ ("Iso-C"),
  .summary = N_ ("Adds the changes of all models, with all directions of each matrix made equally long."),
  .paper = "Marczak et al. 2025, arXiv:2502.04959",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = G_N_ELEMENTS (parameters),
  .flags = AM_METHOD_DOUBLE | AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .plan_stand_in = am_task_matrix_plan_stand_in,
  .reduce = reduce,
  .state_free = g_free,
  .count_memory = count_memory,
  .apply = am_task_matrix_apply,
};
