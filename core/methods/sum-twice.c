/* (1 - beta) ((1 - alpha) A + alpha B) + beta C: two weighted sums, one after the other, in one pass. */
#include "methods/linear-combination.h"

enum
{
  ALPHA,
  BETA,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [ALPHA] = { "alpha", N_ ("Share of B in the first sum, of A and B"), AM_PARAMETER_NUMBER, .is_ratio = TRUE,
              .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 1,
              .default_value = 0.5 },
  [BETA] = { "beta", N_ ("Share of C in the second sum, of the first and C"), AM_PARAMETER_NUMBER,
             .is_second_ratio = TRUE, .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0,
             .soft_maximum = 1, .default_value = 0.5 },
};

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double alpha = am_method_tensor_get (tensor, ALPHA);
  double beta = am_method_tensor_get (tensor, BETA);
  double coefficients[] = { (1 - beta) * (1 - alpha), (1 - beta) * alpha, beta };

  am_linear_combine (tensor, chunk, coefficients);
}

const AmMethod am_sum_twice_method = {
  .id = "sum_twice",
  .title = N_ ("Sum twice"),
  .summary = N_ ("Mixes A with B, then the mixture with C."),
  .base = AM_BASE_NONE,
  .min_models = 3,
  .max_models = 3,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
