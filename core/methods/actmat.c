/* RegMean without data: a model's change T stands for its inputs, whose Gram is taken to be T^T T.
 *
 *   merged = (sum of T_i G_i) (sum of G_i)^+ with G_i = T_i^T T_i
 *
 * The pseudo-inverse leaves out eigenvalues below cutoff times the largest; their directions get no change.
 * Its default is about what PyTorch's pinv leaves out of a matrix of 800 columns in float32, 800 * 2^-23. */
#include "methods/gram-filter.h"

#include <string.h>

enum
{
  CUTOFF = AM_TASK_MATRIX_N_PARAMETERS,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  AM_TASK_MATRIX_LAMBDA_PARAMETER,
  [CUTOFF] = { "cutoff", N_ ("Directions this much weaker than the strongest one are left out"),
               AM_PARAMETER_NUMBER, .per_tensor = TRUE, .minimum = 1e-12, .maximum = 1, .soft_minimum = 1e-12,
               .soft_maximum = 1e-2, .default_value = 1e-4 },
};

static void
invert (gpointer user_data, double *values, gsize n)
{
  const double *cutoff = user_data;
  const double smallest = *cutoff * values[n - 1];

  for (gsize i = 0; i < n; i++)
    values[i] = values[i] > 0.0 && values[i] >= smallest ? 1.0 / values[i] : 0.0;
}

static gboolean
merge (const AmMethodTensor *tensor, const AmTaskMatrices *tasks, double *merged, GError **error)
{
  double factors[AM_MAX_MODELS], cutoff = am_method_tensor_get (tensor, CUTOFF);

  for (guint i = 0; i < tasks->n; i++)
    factors[i] = 1.0;
  memset (merged, 0, tasks->rows * tasks->columns * sizeof *merged);
  return am_gram_filter_merge (tasks, factors, invert, &cutoff, merged, error);
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  return am_gram_filter_reduce (tensor, reader, merge, error);
}

const AmMethod am_actmat_method = {
  .id = "actmat",
  .title = N_ ("ACTMat"),
  .summary = N_ ("RegMean without data: what a model changed stands for the inputs that it learned from."),
  .paper = "Hameed et al. 2026, arXiv:2604.01329",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .plan_stand_in = am_task_matrix_plan_stand_in,
  .reduce = reduce,
  .state_free = g_free,
  .count_memory = am_gram_filter_count_memory,
  .apply = am_task_matrix_apply,
};
