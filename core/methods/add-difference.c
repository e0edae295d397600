/* A + alpha (B - C): what B learned on top of C, added to A.
 *
 * The difference is taken first and in working precision: where B equals C the result is A to the last bit,
 * and B - C is not rounded to F16 on the way, as it is where halves are subtracted as halves. */
#include "methods/linear-combination.h"

#include "kernels/kernels.h"

enum
{
  ALPHA,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [ALPHA] = { "alpha", N_ ("How much of B - C is added to A"), AM_PARAMETER_NUMBER, .is_ratio = TRUE,
              .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 1,
              .default_value = 1 },
};

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  const AmKernels *kernels = am_kernels_get ();
  double alpha = am_method_tensor_get (tensor, ALPHA);

  am_copy_input (tensor, chunk, chunk->model[0]);
  if (alpha == 0)
    return;
  if (tensor->is_double)
    {
      kernels->subtract_double (chunk->model[1], chunk->model[1], chunk->model[2], chunk->n);
      kernels->add_scaled_double (chunk->out, chunk->model[1], alpha, chunk->n);
    }
  else
    {
      kernels->subtract_float (chunk->model[1], chunk->model[1], chunk->model[2], chunk->n);
      kernels->add_scaled_float (chunk->out, chunk->model[1], (float)alpha, chunk->n);
    }
}

const AmMethod am_add_difference_method = {
  .id = "add_difference",
  .title = N_ ("Add difference"),
  .summary = N_ ("Adds to A what sets B apart from C: A + alpha (B - C)."),
  .base = AM_BASE_NONE,
  .min_models = 3,
  .max_models = 3,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
