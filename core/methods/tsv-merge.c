/* Task singular vectors: of each model's change its strongest directions, made orthogonal to those of the
 * other models.
 *
 *   merged = U diag (s) V^T, where U and V are the orthogonal factors nearest to all models' left and right
 *   singular vectors side by side, and s are their singular values
 *
 * Each of T models keeps 1/T of the shorter side, rounded down, one direction at least; rank makes that less.
 * Directions that models share are not orthogonal to each other by any rotation: where the vectors side by
 * side have no length left, they are left out. One model that keeps all gives its own change. */
#include "methods/spectrum.h"

#include <math.h>
#include <string.h>

#include "kernels/linalg.h"

enum
{
  RANK = AM_TASK_MATRIX_N_PARAMETERS,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  AM_TASK_MATRIX_LAMBDA_PARAMETER,
  [RANK] = { "rank", N_ ("Share kept of the directions that each model may have"), AM_PARAMETER_NUMBER,
             .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1,
             .default_value = 1 },
};

static gsize
get_rank (double share, guint n, gsize rows, gsize columns)
{
  const gsize side = MIN (rows, columns);

  return CLAMP ((gsize)floor (share * ((double)side / n) + 1e-9), 1, side);
}

/* merged = left^T diag (singular) right; scales @right. */
static void
compose (const double *left, const double *singular, double *right, gsize n, gsize rows, gsize columns,
         double *merged)
{
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < columns; j++)
      right[i * columns + j] *= singular[i];
  am_linalg_multiply_double (true, false, rows, columns, n, 1.0, left, rows, right, columns, 0.0, merged,
                             columns);
}

static gboolean
merge (const AmMethodTensor *tensor, const AmTaskMatrices *tasks, double *merged, GError **error)
{
  const gsize rows = tasks->rows, columns = tasks->columns;
  const gsize rank = get_rank (am_method_tensor_get (tensor, RANK), tasks->n, rows, columns);
  const gsize n = rank * tasks->n;
  g_autofree double *left = am_doubles_new (n, rows, error);
  g_autofree double *right = left != NULL ? am_doubles_new (n, columns, error) : NULL;
  g_autofree double *singular = right != NULL ? am_doubles_new (n, 1, error) : NULL;

  if (singular == NULL)
    return FALSE;
  for (guint i = 0; i < tasks->n; i++)
    if (!am_spectrum_truncate (tasks->change[i], rows, columns, rank, left + i * rank * rows,
                               singular + i * rank, right + i * rank * columns, error))
      return FALSE;
  if (!am_spectrum_polar (left, n, rows, NULL, error) || !am_spectrum_polar (right, n, columns, NULL, error))
    return FALSE;
  compose (left, singular, right, n, rows, columns, merged);
  return TRUE;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  if (tensor->run->n_models == 1 && am_method_tensor_get (tensor, RANK) == 1
      && am_task_matrix_is_reached (tensor))
    return TRUE;
  return am_task_matrix_reduce (tensor, reader, merge, error);
}

static guint64
count_work (guint n, guint64 rows, guint64 columns)
{
  const guint64 n_vectors = n * get_rank (1, n, rows, columns);
  const guint64 vectors = am_sizes_add (am_doubles_size (n_vectors, rows + columns + 1), 0);
  const guint64 polar = am_spectrum_polar_get_memory (n_vectors, MAX (rows, columns));

  return am_sizes_add (vectors, MAX (polar, am_spectrum_truncate_get_memory (rows, columns)));
}

static guint64
count_memory (const AmMethodTensor *tensor)
{
  return am_task_matrix_count_memory (tensor, count_work);
}

const AmMethod am_tsv_merge_method = {
  .id = "tsv_merge",
  .title = N_ ("TSV-Merge"),
  .summary = N_ ("Takes the strongest directions of each model's change, made orthogonal across models."),
  .paper = "Gargiulo et al. 2025, arXiv:2412.00081",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .plan_stand_in = am_task_matrix_plan_stand_in,
  .reduce = reduce,
  .state_free = g_free,
  .count_memory = count_memory,
  .apply = am_task_matrix_apply,
};
