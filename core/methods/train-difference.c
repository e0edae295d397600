/* Add difference as if A had been trained on what B was trained on.
 *
 * A + 1.8 alpha s (B - C) with s = |B - A| / (|B - A| + |B - C|), element by element, 0 where both
 * differences are: little is added where A already has B's value. 1.8 is the factor users of this method
 * know. */
#include "methods/linear-combination.h"

#include <math.h>

#define STRENGTH 1.8

enum
{
  ALPHA,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [ALPHA] = { "alpha", N_ ("How much of the training is added"), AM_PARAMETER_NUMBER, .is_ratio = TRUE,
              .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 1,
              .default_value = 1 },
};

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double alpha = am_method_tensor_get (tensor, ALPHA);
  const double *a = chunk->model[0], *b = chunk->model[1], *c = chunk->model[2];
  double *out = chunk->out;

  am_copy_input (tensor, chunk, a);
  if (alpha == 0)
    return;
  for (gsize i = 0; i < chunk->n; i++)
    {
      double difference = b[i] - c[i];
      double near = fabs (difference), far = fabs (b[i] - a[i]);
      double share = near + far == 0 ? 0 : far / (near + far);

      out[i] = a[i] + STRENGTH * alpha * share * difference;
    }
}

const AmMethod am_train_difference_method = {
  .id = "train_difference",
  .title = N_ ("Train difference"),
  .summary = N_ ("Adds to A what sets B apart from C, less where A is close to B already."),
  .base = AM_BASE_NONE,
  .min_models = 3,
  .max_models = 3,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
