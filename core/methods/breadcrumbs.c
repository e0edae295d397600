/* Model breadcrumbs: drops both the greatest changes of a tensor, which are taken for outliers, and the
 * smallest.
 *
 * floor (gamma n) of the greatest go, then the smallest, until floor (density n) are left; when both do not
 * fit, fewer outliers go. A gamma that comes to no element drops no outlier, where early mergekit zeroed the
 * tensor. */
#include "methods/task-vector.h"

enum
{
  DENSITY = AM_TASK_N_PARAMETERS,
  GAMMA,
  RESCALE,
  N_LINEAR_PARAMETERS,
  ELECTION = N_LINEAR_PARAMETERS,
  N_TIES_PARAMETERS,
};

static const AmParameter parameters[N_TIES_PARAMETERS] = {
  AM_TASK_PARAMETERS (FALSE),
  [DENSITY] = AM_TASK_DENSITY_PARAMETER (N_ ("Share of each model's changes kept")),
  [GAMMA] = { "gamma", N_ ("Share of each model's greatest changes dropped as outliers"), AM_PARAMETER_NUMBER,
              .per_model = TRUE, .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0,
              .soft_maximum = 0.1, .default_value = 0.01 },
  [RESCALE] = AM_TASK_RESCALE_PARAMETER (AM_RESCALE_NONE),
  [ELECTION] = AM_TASK_ELECTION_PARAMETER,
};

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autofree AmSparsity *sparsities = g_new0 (AmSparsity, tensor->run->n_models);
  AmRescale rescale = (AmRescale)am_method_tensor_get (tensor, RESCALE);

  if (!am_sparsity_init_bands (sparsities, tensor, DENSITY, GAMMA, reader, error)
      || !am_sparsity_rescale (sparsities, tensor, DENSITY, rescale, reader, error))
    return FALSE;
  tensor->state = g_steal_pointer (&sparsities);
  return TRUE;
}

static void
apply_linear (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  am_task_vector_apply (tensor, chunk, AM_ELECTION_NONE, tensor->state);
}

static void
apply_ties (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  am_task_vector_apply (tensor, chunk, (AmElection)am_method_tensor_get (tensor, ELECTION), tensor->state);
}

const AmMethod am_breadcrumbs_method = {
  .id = "breadcrumbs",
  .title = N_ ("Breadcrumbs"),
  .summary = N_ ("Drops the greatest and the smallest changes and adds the rest to the base."),
  .paper = "Davari and Belilovsky 2023, arXiv:2312.06795",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_LINEAR_PARAMETERS,
  .flags = AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .plan_stand_in = am_task_vector_plan_trim,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply_linear,
};

const AmMethod am_breadcrumbs_ties_method = {
  .id = "breadcrumbs_ties",
  .title = N_ ("Breadcrumbs, with sign election"),
  .summary = N_ ("Drops the greatest and the smallest changes, then adds those that agree on a sign."),
  .paper = "Davari and Belilovsky 2023, arXiv:2312.06795",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_TIES_PARAMETERS,
  .flags = AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .plan_stand_in = am_task_vector_plan_trim,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply_ties,
};
