/* TIES: trims each task vector to its greatest changes, elects a sign for each element and takes the mean of
 * the changes that agree with it.
 *
 * The paper trims to a density of 0.2 over the whole model and elects by mass: scope=model gives that. The
 * defaults, a density of 1 and the scope of a tensor, are mergekit's. floor (density n) elements are kept;
 * ties at the cut go to the lower flat index, in the scope of the model to the tensor that comes first by
 * name. Where that is no element at all, the base is left. */
#include "methods/task-vector.h"
#include "methods/whole-model-trim.h"

enum
{
  DENSITY = AM_TASK_N_PARAMETERS,
  RESCALE,
  ELECTION,
  SCOPE,
  N_PARAMETERS,
};

enum
{
  SCOPE_TENSOR,
  SCOPE_MODEL,
};

static const char *const scope_choices[] = { "tensor", "model", NULL };

static const AmParameter parameters[N_PARAMETERS] = {
  AM_TASK_PARAMETERS (TRUE),
  [DENSITY]
  = AM_TASK_DENSITY_PARAMETER (N_ ("Share of each model's changes kept, the greatest; 0.2 in the paper")),
  [RESCALE] = AM_TASK_RESCALE_PARAMETER (AM_RESCALE_NONE),
  [ELECTION] = AM_TASK_ELECTION_PARAMETER,
  [SCOPE] = { "scope", N_ ("What the share is taken of: each tensor, or the whole model"),
              AM_PARAMETER_CHOICE, .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1,
              .default_value = SCOPE_TENSOR, .choices = scope_choices },
};

/* Over the whole model the cut depends on the values. */
static const char *
plan_stand_in (const AmMethodTensor *tensor)
{
  return am_method_tensor_get (tensor, SCOPE) == SCOPE_TENSOR ? am_task_vector_plan_trim (tensor) : NULL;
}

static gpointer
survey_new (const AmMethodRun *run)
{
  return run->parameters[SCOPE] == SCOPE_MODEL ? am_whole_model_trim_new (run, DENSITY) : NULL;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autofree AmSparsity *sparsities = g_new0 (AmSparsity, tensor->run->n_models);
  AmRescale rescale = (AmRescale)am_method_tensor_get (tensor, RESCALE);
  gboolean success;

  if (tensor->survey != NULL)
    success = am_whole_model_trim_init (tensor->survey, sparsities, tensor, reader, error);
  else
    success = am_sparsity_init_trims (sparsities, tensor, DENSITY, reader, error);
  if (!success || !am_sparsity_rescale (sparsities, tensor, DENSITY, rescale, reader, error))
    return FALSE;
  tensor->stand_in = am_sparsity_keeps_nothing (sparsities, tensor) ? AM_STAND_IN_NOTHING_KEPT : NULL;
  tensor->state = g_steal_pointer (&sparsities);
  return TRUE;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  am_task_vector_apply (tensor, chunk, (AmElection)am_method_tensor_get (tensor, ELECTION), tensor->state);
}

const AmMethod am_ties_method = {
  .id = "ties",
  .title = N_ ("TIES"),
  .summary = N_ ("Keeps each model's greatest changes and takes the mean of those that agree on a sign."),
  .paper = "Yadav et al. 2023, arXiv:2306.01708",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .plan_stand_in = plan_stand_in,
  .survey_new = survey_new,
  .survey_tensor = am_whole_model_trim_survey,
  .survey_next = am_whole_model_trim_next,
  .survey_free = am_whole_model_trim_free,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
