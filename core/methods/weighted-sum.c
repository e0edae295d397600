/* (1 - alpha) A + alpha B, the merge most people mean.
 *
 * Multiply, multiply, add in float32, with 1 - alpha taken in double before it is rounded: the bits of
 * (1 - alpha) * A.float() + alpha * B.float() in PyTorch, for F32 tensors too. */
#include "methods/linear-combination.h"

enum
{
  ALPHA,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [ALPHA]
  = { "alpha", N_ ("Share of B: 0 is A, 1 is B"), AM_PARAMETER_NUMBER, .is_ratio = TRUE, .per_tensor = TRUE,
      .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 1, .default_value = 0.5 },
};

/* F32 values come as doubles; the products of widened floats would be rounded once where PyTorch rounds
 * three times. */
static void
mix_single (double *out, const double *a, const double *b, float wa, float wb, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      float mixed = wa * (float)a[i] + wb * (float)b[i];

      out[i] = am_same_bits (a[i], b[i]) ? a[i] : (double)mixed;
    }
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double alpha = am_method_tensor_get (tensor, ALPHA);
  double coefficients[] = { 1 - alpha, alpha };

  if (tensor->is_single && alpha != 0 && alpha != 1)
    mix_single (chunk->out, chunk->model[0], chunk->model[1], (float)coefficients[0], (float)alpha, chunk->n);
  else
    am_linear_combine (tensor, chunk, coefficients);
}

const AmMethod am_weighted_sum_method = {
  .id = "weighted_sum",
  .title = N_ ("Weighted sum"),
  .summary = N_ ("Mixes two models: (1 - alpha) A + alpha B."),
  .base = AM_BASE_NONE,
  .min_models = 2,
  .max_models = 2,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
