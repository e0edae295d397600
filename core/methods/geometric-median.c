/* The point whose distances to the models sum to the least: an average that one odd model cannot drag away.
 *
 * Weiszfeld's iteration on the coefficients of the point in the models. A model is the median itself when the
 * unit vectors from it to the others sum to no more than how often it occurs (Vardi and Zhang, "The
 * multivariate L1-median and associated data depth", PNAS 2000); this is asked first, since the iteration
 * creeps there. Two models have a whole segment of medians, of which this takes the middle. */
#include "methods/gram.h"
#include "methods/linear-combination.h"

#include <math.h>

#define MAX_STEPS 10000

static const double no_weights[AM_MAX_MODELS];

/* |x_i - sum c_j x_j| for coefficients that sum to 1. */
static double
get_distance (const AmGram *gram, guint i, const double *coefficients)
{
  double difference[AM_MAX_MODELS];

  for (guint j = 0; j < gram->n; j++)
    difference[j] = (j == i ? 1 : 0) - coefficients[j];
  return sqrt (fmax (am_gram_inner (gram, difference, difference), 0));
}

static double
get_pair_distance (const AmGram *gram, guint i, guint j)
{
  return sqrt (fmax (am_gram_get (gram, i, i) - 2 * am_gram_get (gram, i, j) + am_gram_get (gram, j, j), 0));
}

/* Whether model @k is a median, and no neighbour of it is as good. */
static gboolean
is_median (const AmGram *gram, guint k)
{
  double pull[AM_MAX_MODELS] = { 0 };
  guint n_here = 0;

  for (guint i = 0; i < gram->n; i++)
    {
      double distance = get_pair_distance (gram, i, k);

      if (distance == 0)
        {
          n_here++;
          continue;
        }
      pull[i] += 1 / distance;
      pull[k] -= 1 / distance;
    }
  return sqrt (fmax (am_gram_inner (gram, pull, pull), 0)) < n_here * (1 - 1e-9);
}

/* Moves to the mean weighted by inverse distance; returns how far the coefficients moved. */
static double
step (const AmGram *gram, double *coefficients)
{
  double next[AM_MAX_MODELS], sum = 0, moved = 0;

  for (guint i = 0; i < gram->n; i++)
    {
      next[i] = 1 / fmax (get_distance (gram, i, coefficients), 1e-300);
      sum += next[i];
    }
  for (guint i = 0; i < gram->n; i++)
    {
      next[i] /= sum;
      moved += fabs (next[i] - coefficients[i]);
      coefficients[i] = next[i];
    }
  return moved;
}

static void
find_median (const AmGram *gram, double *coefficients)
{
  guint n = gram->n;

  for (guint i = 0; i < n; i++)
    coefficients[i] = 1.0 / n;
  if (!am_gram_is_finite (gram, coefficients) || am_gram_is_constant (gram, coefficients))
    return;
  for (guint k = 0; k < n; k++)
    if (is_median (gram, k))
      {
        memcpy (coefficients, no_weights, n * sizeof *coefficients);
        coefficients[k] = 1;
        return;
      }
  for (guint i = 0; i < MAX_STEPS && step (gram, coefficients) > 1e-14; i++)
    ;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autofree double *coefficients = g_new0 (double, tensor->run->n_models);
  g_autoptr (AmGram) gram = am_gram_read (tensor, reader, AM_GRAM_FROM_FIRST, error);

  if (gram == NULL)
    return FALSE;
  find_median (gram, coefficients);
  tensor->state = g_steal_pointer (&coefficients);
  return TRUE;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  am_linear_combine (tensor, chunk, tensor->state);
}

const AmMethod am_geometric_median_method = {
  .id = "geometric_median",
  .title = N_ ("Geometric median"),
  .summary = N_ ("Finds the point nearest to all models together, which one odd model cannot drag away."),
  .paper = "Weiszfeld 1937, Tôhoku Mathematical Journal 43",
  .base = AM_BASE_NONE,
  .min_models = 1,
  .max_models = AM_MAX_MODELS,
  .flags = AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
