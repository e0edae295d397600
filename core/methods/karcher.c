/* The Karcher mean: the direction whose squared angles to the models' directions sum to the least, at the
 * mean of their lengths.
 *
 * Iterates as Riemannian gradient descent does, T = mean of log_u (u_i), u = exp_u (T), on the coefficients
 * of u in the unit vectors u_i. A model of zeros has no direction but counts as a length of 0. Directions
 * that cancel have no mean: the plain mean is taken, where mergekit takes the first model. */
#include "methods/angle.h"
#include "methods/gram.h"
#include "methods/linear-combination.h"

#include <math.h>

enum
{
  MAX_ITER,
  TOL,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [MAX_ITER] = { "max_iter", N_ ("Steps at the most"), AM_PARAMETER_INTEGER, .per_tensor = TRUE, .minimum = 1,
                 .maximum = 1000, .soft_minimum = 1, .soft_maximum = 100, .default_value = 10 },
  [TOL]
  = { "tol", N_ ("Step, in radians, that is small enough to stop"), AM_PARAMETER_NUMBER, .per_tensor = TRUE,
      .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1e-3, .default_value = 1e-5 },
};

/* Inner products of the unit vectors; rows of vectors without length are 0. */
static AmGram *
normalize_gram (const AmGram *gram)
{
  AmGram *unit = am_gram_new (gram->n);

  for (guint i = 0; i < gram->n; i++)
    for (guint j = 0; j < gram->n; j++)
      {
        double lengths = sqrt (am_gram_get (gram, i, i)) * sqrt (am_gram_get (gram, j, j));

        if (lengths > 0)
          unit->products[i * gram->n + j] = am_gram_get (gram, i, j) / lengths;
      }
  return unit;
}

static double
get_length (const AmGram *unit, const double *vector)
{
  return sqrt (fmax (am_gram_inner (unit, vector, vector), 0));
}

/* Scales @vector to length 1; fails where it has none. */
static gboolean
normalize (const AmGram *unit, double *vector, double least)
{
  double length = get_length (unit, vector);

  if (length <= least)
    return FALSE;
  for (guint i = 0; i < unit->n; i++)
    vector[i] /= length;
  return TRUE;
}

static double
get_product (const AmGram *unit, guint i, const double *vector)
{
  double sum = 0;

  for (guint j = 0; j < unit->n; j++)
    sum += am_gram_get (unit, i, j) * vector[j];
  return CLAMP (sum, -1, 1);
}

/* The mean of log_u (u_i) over those that have a length; there is no single log of the opposite of u. */
static void
get_tangent (const AmGram *unit, const double *u, double share, double tol, double *tangent)
{
  for (guint i = 0; i < unit->n; i++)
    tangent[i] = 0;
  for (guint i = 0; i < unit->n; i++)
    {
      double cosine = get_product (unit, i, u), angle = am_acos (cosine), stretch;

      if (am_gram_get (unit, i, i) == 0 || angle < tol || angle > G_PI - 1e-9 || angle == 0)
        continue;
      stretch = share * angle / am_sin (angle);
      tangent[i] += stretch;
      for (guint j = 0; j < unit->n; j++)
        tangent[j] -= stretch * cosine * u[j];
    }
}

/* Returns whether there was a step to take. */
static gboolean
step (const AmGram *unit, double *u, double share, double tol)
{
  double tangent[AM_MAX_MODELS], length;

  get_tangent (unit, u, share, tol, tangent);
  length = get_length (unit, tangent);
  if (length < tol || length == 0)
    return FALSE;
  for (guint i = 0; i < unit->n; i++)
    u[i] = am_cos (length) * u[i] + am_sin (length) / length * tangent[i];
  return normalize (unit, u, 0);
}

/* Coefficients of the mean direction in the unit vectors; fails where directions cancel. */
static gboolean
find_direction (const AmGram *unit, const AmMethodTensor *tensor, double *u)
{
  double tol = am_method_tensor_get (tensor, TOL);
  guint n_steps = (guint)am_method_tensor_get (tensor, MAX_ITER);
  guint n_valid = 0;

  for (guint i = 0; i < unit->n; i++)
    {
      u[i] = am_gram_get (unit, i, i) > 0 ? 1 : 0;
      n_valid += u[i] > 0 ? 1 : 0;
    }
  if (!normalize (unit, u, 1e-7 * n_valid))
    return FALSE;
  while (n_steps-- > 0 && step (unit, u, 1.0 / n_valid, tol))
    ;
  return TRUE;
}

static void
find_mean (const AmGram *gram, const AmMethodTensor *tensor, double *coefficients)
{
  guint n = gram->n;
  g_autoptr (AmGram) unit = NULL;
  double u[AM_MAX_MODELS], length = 0;

  for (guint i = 0; i < n; i++)
    coefficients[i] = 1.0 / n;
  if (!am_gram_is_finite (gram, coefficients) || am_gram_is_constant (gram, coefficients))
    return;
  unit = normalize_gram (gram);
  if (!find_direction (unit, tensor, u))
    return;
  for (guint i = 0; i < n; i++)
    length += sqrt (am_gram_get (gram, i, i)) / n;
  for (guint i = 0; i < n; i++)
    coefficients[i] = u[i] != 0 ? u[i] * length / sqrt (am_gram_get (gram, i, i)) : 0;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autofree double *coefficients = g_new0 (double, tensor->run->n_models);
  g_autoptr (AmGram) gram = am_gram_read (tensor, reader, AM_GRAM_FROM_ZERO, error);

  if (gram == NULL)
    return FALSE;
  if (am_gram_has_zero (gram, tensor))
    tensor->stand_in = AM_STAND_IN_ZERO_LEFT_OUT;
  find_mean (gram, tensor, coefficients);
  tensor->state = g_steal_pointer (&coefficients);
  return TRUE;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  am_linear_combine (tensor, chunk, tensor->state);
}

const AmMethod am_karcher_method = {
  .id = "karcher",
  .title = N_ ("Karcher mean"),
  .summary = N_ ("Averages the directions of any number of models on the sphere, in equal parts."),
  .paper = "Karcher 1977, Communications on Pure and Applied Mathematics 30",
  .base = AM_BASE_NONE,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
