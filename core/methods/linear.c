/* A weighted sum of any number of models; with equal weights the uniform soup.
 *
 * Weights that sum to nothing cannot be normalised: rivals divide by zero there and write infinities, this
 * refuses while planning. */
#include "methods/linear-combination.h"

#include <math.h>

enum
{
  WEIGHT,
  NORMALIZE,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [WEIGHT] = { "weight", N_ ("Weight of each model"), AM_PARAMETER_NUMBER, .per_model = TRUE,
               .is_ratio = TRUE, .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0,
               .soft_maximum = 1, .default_value = 1 },
  [NORMALIZE]
  = { "normalize", N_ ("Divide the weights by their sum"), AM_PARAMETER_BOOLEAN, .per_tensor = TRUE,
      .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1, .default_value = 1 },
};

static double
sum_weights (const AmMethodTensor *tensor, double *magnitude)
{
  double sum = 0;

  *magnitude = 0;
  for (guint i = 0; i < tensor->run->n_models; i++)
    {
      sum += am_method_tensor_get_for (tensor, WEIGHT, i);
      *magnitude += fabs (am_method_tensor_get_for (tensor, WEIGHT, i));
    }
  return sum;
}

static gboolean
check (const AmMethodTensor *tensor, GError **error)
{
  double magnitude, sum = sum_weights (tensor, &magnitude);

  if (am_method_tensor_get (tensor, NORMALIZE) == 0 || fabs (sum) > 1e-12 * magnitude)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
               "linear: the weights of tensor “%s” sum to 0 and cannot be normalized; "
               "change a weight or set normalize to false",
               tensor->name);
  return FALSE;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double coefficients[AM_MAX_MODELS], magnitude, sum = sum_weights (tensor, &magnitude);

  for (guint i = 0; i < tensor->run->n_models; i++)
    {
      coefficients[i] = am_method_tensor_get_for (tensor, WEIGHT, i);
      if (am_method_tensor_get (tensor, NORMALIZE) != 0)
        coefficients[i] /= sum;
    }
  am_linear_combine (tensor, chunk, coefficients);
}

const AmMethod am_linear_method = {
  .id = "linear",
  .title = N_ ("Linear (soup)"),
  .summary = N_ ("Averages any number of models by weight; equal weights make the uniform soup."),
  .paper = "Wortsman et al. 2022, arXiv:2203.05482",
  .base = AM_BASE_NONE,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .check = check,
  .apply = apply,
};
