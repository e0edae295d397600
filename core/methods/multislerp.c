/* A weighted mean of directions at the weighted mean of lengths, for any number of models.
 *
 * The published procedure takes the normalized sum m of the weighted unit vectors, projects these onto the
 * tangent space at m and walks along their weighted sum. That sum is 0 whatever the vectors are, since sum w
 * (u - (u m) m) = s m - (s m m) m with s m = sum w u; what remains is m times the mean length, and so each
 * model has a fixed coefficient. Where directions cancel there is no m: the weighted mean is taken, also for
 * more than two models, where mergekit gives up. */
#include "methods/gram.h"
#include "methods/linear-combination.h"

#include <math.h>

enum
{
  WEIGHT,
  NORMALIZE_WEIGHTS,
  EPS,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [WEIGHT] = { "weight", N_ ("Weight of each model"), AM_PARAMETER_NUMBER, .per_model = TRUE,
               .is_ratio = TRUE, .per_tensor = TRUE, .minimum = -10, .maximum = 10, .soft_minimum = 0,
               .soft_maximum = 1, .default_value = 1 },
  [NORMALIZE_WEIGHTS]
  = { "normalize_weights", N_ ("Divide the weights by their sum"), AM_PARAMETER_BOOLEAN, .per_tensor = TRUE,
      .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1, .default_value = 1 },
  [EPS] = { "eps", N_ ("Length of the mean direction below which directions cancel"), AM_PARAMETER_NUMBER,
            .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1e-6,
            .default_value = 1e-8 },
};

/* Returns whether the weights can be used. */
static gboolean
get_weights (const AmMethodTensor *tensor, double *weights)
{
  double sum = 0, magnitude = 0;

  for (guint i = 0; i < tensor->run->n_models; i++)
    {
      weights[i] = am_method_tensor_get_for (tensor, WEIGHT, i);
      sum += weights[i];
      magnitude += fabs (weights[i]);
    }
  if (am_method_tensor_get (tensor, NORMALIZE_WEIGHTS) == 0)
    return TRUE;
  for (guint i = 0; i < tensor->run->n_models; i++)
    weights[i] /= sum;
  return fabs (sum) > 1e-12 * magnitude;
}

static gboolean
check (const AmMethodTensor *tensor, GError **error)
{
  double weights[AM_MAX_MODELS];

  if (get_weights (tensor, weights))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
               "multislerp: the weights of tensor “%s” sum to 0 and cannot be normalized; "
               "change a weight or set normalize_weights to false",
               tensor->name);
  return FALSE;
}

/* Turns weights into coefficients, where the models have directions that do not cancel. */
static void
bend_weights (const AmGram *gram, double eps, double *weights)
{
  double directions[AM_MAX_MODELS], length = 0, mean;

  if (!am_gram_is_finite (gram, weights) || am_gram_is_constant (gram, weights))
    return;
  for (guint i = 0; i < gram->n; i++)
    {
      double norm = weights[i] != 0 ? sqrt (am_gram_get (gram, i, i)) : 0;

      directions[i] = norm > 0 ? weights[i] / norm : 0;
      length += weights[i] * norm;
    }
  mean = sqrt (fmax (am_gram_inner (gram, directions, directions), 0));
  if (mean <= eps)
    return;
  for (guint i = 0; i < gram->n; i++)
    weights[i] = directions[i] * length / mean;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  guint n = tensor->run->n_models;
  g_autofree double *coefficients = g_new0 (double, n + 1);
  g_autoptr (AmGram) gram
      = am_gram_read (tensor, reader, tensor->run->has_base ? AM_GRAM_FROM_BASE : AM_GRAM_FROM_ZERO, error);
  double sum = 0;

  if (gram == NULL)
    return FALSE;
  if (am_gram_has_zero (gram, tensor))
    tensor->stand_in = AM_STAND_IN_ZERO_LEFT_OUT;
  get_weights (tensor, coefficients);
  bend_weights (gram, am_method_tensor_get (tensor, EPS), coefficients);
  for (guint i = 0; i < n; i++)
    sum += coefficients[i];
  coefficients[n] = am_rest_of_one (sum);
  tensor->state = g_steal_pointer (&coefficients);
  return TRUE;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  am_linear_combine (tensor, chunk, tensor->state);
}

const AmMethod am_multislerp_method = {
  .id = "multislerp",
  .title = N_ ("Multi-slerp"),
  .summary = N_ ("Averages the directions and the lengths of any number of models apart from each other."),
  .base = AM_BASE_OPTIONAL,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .check = check,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
