/* DARE: drops elements of each task vector at random and makes up for them by dividing the rest by the
 * density.
 *
 * Masks come from a counter-based generator, so that they depend on seed, model, tensor name and element
 * alone. "l1" is mergekit's rule: it restores each tensor's sum of magnitudes in place of the expected value.
 * A density of 0 drops the whole task vector. */
#include "methods/task-vector.h"

enum
{
  DENSITY = AM_TASK_N_PARAMETERS,
  RESCALE,
  N_LINEAR_PARAMETERS,
  ELECTION = N_LINEAR_PARAMETERS,
  N_TIES_PARAMETERS,
};

static const AmParameter parameters[N_TIES_PARAMETERS] = {
  AM_TASK_PARAMETERS (FALSE),
  [DENSITY] = AM_TASK_DENSITY_PARAMETER (N_ ("Share of each model's changes kept, picked at random")),
  [RESCALE] = AM_TASK_RESCALE_PARAMETER (AM_RESCALE_DENSITY),
  [ELECTION] = AM_TASK_ELECTION_PARAMETER,
};

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autofree AmSparsity *sparsities = g_new0 (AmSparsity, tensor->run->n_models);
  AmRescale rescale = (AmRescale)am_method_tensor_get (tensor, RESCALE);

  for (guint model = 0; model < tensor->run->n_models; model++)
    am_sparsity_init_random (&sparsities[model], tensor, model,
                             am_method_tensor_get_for (tensor, DENSITY, model));
  if (!am_sparsity_rescale (sparsities, tensor, DENSITY, rescale, reader, error))
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

const AmMethod am_dare_linear_method = {
  .id = "dare_linear",
  .title = N_ ("DARE, linear"),
  .summary = N_ ("Drops changes at random, scales the rest up and adds them to the base."),
  .paper = "Yu et al. 2024, arXiv:2311.03099",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_LINEAR_PARAMETERS,
  .flags = AM_METHOD_IDEMPOTENT | AM_METHOD_RANDOM,
  .plan_stand_in = am_task_vector_plan_draw,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply_linear,
};

const AmMethod am_dare_ties_method = {
  .id = "dare_ties",
  .title = N_ ("DARE, with sign election"),
  .summary = N_ ("Drops changes at random, then adds those that agree on a sign."),
  .paper = "Yu et al. 2024, arXiv:2311.03099",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_TIES_PARAMETERS,
  .flags = AM_METHOD_IDEMPOTENT | AM_METHOD_RANDOM,
  .plan_stand_in = am_task_vector_plan_draw,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply_ties,
};
