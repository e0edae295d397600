/* Takes B's values where they are close to A's, and less of B the further apart they are.
 *
 * The share of B is t / max (|A - B|, 1e-6), between 0 and 1. */
#include "methods/linear-combination.h"

#include <math.h>

enum
{
  T,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [T] = { "t", N_ ("Distance up to which a value is B's: 0 is A"), AM_PARAMETER_NUMBER, .is_ratio = TRUE,
          .per_tensor = TRUE, .minimum = 0, .maximum = 1000, .soft_minimum = 0, .soft_maximum = 0.01,
          .default_value = 0.001 },
};

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double t = am_method_tensor_get (tensor, T);
  const double *a = chunk->model[0], *b = chunk->model[1];
  double *out = chunk->out;

  am_copy_input (tensor, chunk, a);
  if (t == 0)
    return;
  for (gsize i = 0; i < chunk->n; i++)
    {
      double distance = a[i] == b[i] ? 0 : fabs (a[i] - b[i]);
      double share = distance <= 1e-6 ? t / 1e-6 : t / distance;

      out[i] = share >= 1 ? b[i] : share * b[i] + (1 - share) * a[i];
    }
}

const AmMethod am_nearswap_method = {
  .id = "nearswap",
  .title = N_ ("NearSwap"),
  .summary = N_ ("Takes values of B that lie near those of A, and fades to A with their distance."),
  .base = AM_BASE_NONE,
  .min_models = 2,
  .max_models = 2,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
