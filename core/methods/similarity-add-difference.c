/* Add difference where A and B differ, weighted sum where they agree.
 *
 * s = beta (A B / max (|A|, |B|)^2 + 1) / 2, element by element, and beta where both are 0;
 * (1 - s) (A + alpha (B - C)) + s ((1 - alpha / 2) A + alpha / 2 B)
 * which is A + alpha ((1 - s) (B - C) + s (B - A) / 2): the second form gives A exactly where nothing is
 * added. */
#include "methods/linear-combination.h"

#include <math.h>

enum
{
  ALPHA,
  BETA,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [ALPHA]
  = { "alpha", N_ ("How much is added to A"), AM_PARAMETER_NUMBER, .is_ratio = TRUE, .per_tensor = TRUE,
      .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 1, .default_value = 1 },
  [BETA] = { "beta", N_ ("How much agreement counts: 0 is plain add difference"), AM_PARAMETER_NUMBER,
             .is_second_ratio = TRUE, .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0,
             .soft_maximum = 1, .default_value = 0.5 },
};

/* Divided before multiplied: the square of a small value may vanish. */
static inline double
get_similarity (double a, double b, double beta)
{
  double larger = fmax (fabs (a), fabs (b));

  return larger == 0 ? beta : beta * ((a / larger) * (b / larger) + 1) / 2;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double alpha = am_method_tensor_get (tensor, ALPHA), beta = am_method_tensor_get (tensor, BETA);
  const double *a = chunk->model[0], *b = chunk->model[1], *c = chunk->model[2];
  double *out = chunk->out;

  am_copy_input (tensor, chunk, a);
  if (alpha == 0)
    return;
  for (gsize i = 0; i < chunk->n; i++)
    {
      double similarity = get_similarity (a[i], b[i], beta);

      out[i] = a[i] + alpha * ((1 - similarity) * (b[i] - c[i]) + similarity * (b[i] - a[i]) / 2);
    }
}

const AmMethod am_similarity_add_difference_method = {
  .id = "similarity_add_difference",
  .title = N_ ("Similarity add difference"),
  .summary = N_ ("Adds what sets B apart from C where A and B differ, and mixes A and B where they agree."),
  .base = AM_BASE_NONE,
  .min_models = 3,
  .max_models = 3,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
