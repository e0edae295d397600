/* Hands one model on, scaled if wanted. */
#include "methods/linear-combination.h"

enum
{
  SCALE,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [SCALE]
  = { "scale", N_ ("Factor on every value"), AM_PARAMETER_NUMBER, .is_ratio = TRUE, .per_tensor = TRUE,
      .minimum = -1000, .maximum = 1000, .soft_minimum = 0, .soft_maximum = 2, .default_value = 1 },
};

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double scale = am_method_tensor_get (tensor, SCALE);

  am_linear_combine (tensor, chunk, &scale);
}

const AmMethod am_passthrough_method = {
  .id = "passthrough",
  .title = N_ ("Pass through"),
  .summary = N_ ("Hands one model on unchanged, or scaled."),
  .base = AM_BASE_NONE,
  .min_models = 1,
  .max_models = 1,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
