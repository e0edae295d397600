/* (1 - alpha - beta) A + alpha B + beta C. With alpha + beta above 1 A is subtracted. */
#include "methods/linear-combination.h"

enum
{
  ALPHA,
  BETA,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [ALPHA] = { "alpha", N_ ("Share of B"), AM_PARAMETER_NUMBER, .is_ratio = TRUE, .per_tensor = TRUE,
              .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 1, .default_value = 0.25 },
  [BETA] = { "beta", N_ ("Share of C; A has what is left of 1"), AM_PARAMETER_NUMBER, .is_second_ratio = TRUE,
             .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 1,
             .default_value = 0.25 },
};

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double alpha = am_method_tensor_get (tensor, ALPHA);
  double beta = am_method_tensor_get (tensor, BETA);
  double coefficients[] = { am_rest_of_one (alpha + beta), alpha, beta };

  am_linear_combine (tensor, chunk, coefficients);
}

const AmMethod am_triple_sum_method = {
  .id = "triple_sum",
  .title = N_ ("Triple sum"),
  .summary = N_ ("Mixes three models at once: (1 - alpha - beta) A + alpha B + beta C."),
  .base = AM_BASE_NONE,
  .min_models = 3,
  .max_models = 3,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
