/* Task arithmetic: base + lambda * sum of weight * (model - base). */
#include "methods/task-vector.h"

static const AmParameter parameters[] = {
  AM_TASK_PARAMETERS (FALSE),
};

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  am_task_vector_apply (tensor, chunk, AM_ELECTION_NONE, NULL);
}

const AmMethod am_task_arithmetic_method = {
  .id = "task_arithmetic",
  .title = N_ ("Task arithmetic"),
  .summary = N_ ("Adds what each model learned since the base; a negative weight forgets it."),
  .paper = "Ilharco et al. 2023, arXiv:2212.04089",
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = G_N_ELEMENTS (parameters),
  .flags = AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
