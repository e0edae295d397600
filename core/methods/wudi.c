/* WUDI: the change that interferes least with each model's own, measured along the directions that each model
 * changed. It minimises the sum over models of |(T - T_i) T_i^T|^2 / |T_i|^2 from the sum of all changes on.
 *
 *   T = O + (sum of (T_i - O) G_i) Q^T diag (h / s) Q with O = sum of T_i, G_i = T_i^T T_i / |T_i|^2
 *
 * and Q^T diag (s) Q the sum of G_i. The paper descends with Adam for a few hundred steps. Here the end of
 * the descent is had from one decomposition, as Wei et al. 2026 (arXiv:2606.07289) do, filtered by h, as weak
 * directions are mostly noise: h = 1 - exp (-time s) is how far the flow along the gradient has come by then,
 * and only the first K directions are moved at all, K being the participation ratio (sum of s)^2 / sum of
 * s^2, their adaptive rule for matrices without a gap in the spectrum, or all that rounding leaves. The
 * default time is as good as without end, so that the default is exact on the K directions and leaves the sum
 * of changes on the others.
 *
 * A model that changed nothing in a matrix says nothing about it. */
#include "methods/gram-filter.h"

#include <float.h>
#include <math.h>

enum
{
  RANK = AM_TASK_MATRIX_N_PARAMETERS,
  TIME,
  N_PARAMETERS,
};

enum
{
  RANK_PARTICIPATION,
  RANK_FULL,
};

#define NO_END 1e12

static const char *const rank_choices[] = { "participation", "full", NULL };

static const AmParameter parameters[N_PARAMETERS] = {
  AM_TASK_MATRIX_LAMBDA_PARAMETER,
  [RANK] = { "rank", N_ ("Directions that are freed from interference"), AM_PARAMETER_CHOICE,
             .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1,
             .default_value = RANK_PARTICIPATION, .choices = rank_choices },
  [TIME] = { "time", N_ ("How far to go from the sum of changes; weak directions take longer"),
             AM_PARAMETER_NUMBER, .per_tensor = TRUE, .minimum = 0, .maximum = NO_END, .soft_minimum = 0,
             .soft_maximum = 1e4, .default_value = NO_END },
};

/* Directions moved, of those that rounding leaves. */
static gsize
choose_rank (const AmMethodTensor *tensor, const double *values, gsize n)
{
  const double smallest = (double)n * DBL_EPSILON * values[n - 1];
  double sum = 0.0, squares = 0.0;
  gsize n_left = 0;

  for (gsize i = 0; i < n; i++)
    if (values[i] > 0.0 && values[i] > smallest)
      {
        sum += values[i];
        squares += values[i] * values[i];
        n_left++;
      }
  if (n_left == 0 || am_method_tensor_get (tensor, RANK) == RANK_FULL)
    return n_left;
  return MIN (n_left, (gsize)CLAMP (floor (sum * sum / squares + 0.5), 1.0, (double)n));
}

static void
filter (gpointer user_data, double *values, gsize n)
{
  const AmMethodTensor *tensor = user_data;
  const double time = am_method_tensor_get (tensor, TIME);
  const gsize rank = choose_rank (tensor, values, n);

  for (gsize i = 0; i < n; i++)
    values[i] = i + rank >= n ? -expm1 (-time * values[i]) / values[i] : 0.0;
}

static gboolean
merge (const AmMethodTensor *tensor, const AmTaskMatrices *tasks, double *merged, GError **error)
{
  double factors[AM_MAX_MODELS];

  for (guint i = 0; i < tasks->n; i++)
    {
      const double energy = am_gram_filter_get_energy (tasks, i);

      factors[i] = energy > 0.0 ? 1.0 / sqrt (energy) : 0.0;
    }
  am_task_matrix_sum (tasks, merged);
  return am_gram_filter_merge (tasks, factors, filter, (gpointer)tensor, merged, error);
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  return am_gram_filter_reduce (tensor, reader, merge, error);
}

const AmMethod am_wudi_method = {
  .id = "wudi",
  .title = N_ ("WUDI"),
  .summary = N_ ("Adds the changes of all models, less what each does along directions that others changed."),
  .paper = "Cheng et al. 2025, arXiv:2503.08099",
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
