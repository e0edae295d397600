/* Model stock: how far to go from the base to the mean of its fine-tunes, from the angle between them:
 * t = N c / (1 + (N - 1) c), with c the mean cosine over all pairs of task vectors.
 *
 * A negative c gives a negative t, beyond the base, as the formula says. c cannot be less than -1 / (N - 1);
 * there the formula has no value, and the base is left, as it is where a task vector is 0 or not finite. A
 * task vector of no length makes no angle: its cosines are 0. mergekit shrinks cosines when a product of
 * lengths is below 1e-6; here lengths are only ever divided by when they are not 0. */
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "methods/gram.h"
#include "methods/linear-combination.h"

/* A denominator smaller than this is rounding. */
#define SINGULAR 1e-6

enum
{
  FILTER_WISE,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [FILTER_WISE]
  = { "filter_wise", N_ ("Take the angle for each vector along the last axis, not for the tensor"),
      AM_PARAMETER_BOOLEAN, .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0,
      .soft_maximum = 1, .default_value = 0 },
};

static double
get_cosine (const AmGram *gram, guint i, guint j)
{
  double lengths = sqrt (am_gram_get (gram, i, i)) * sqrt (am_gram_get (gram, j, j));

  return lengths > 0 ? CLAMP (am_gram_get (gram, i, j) / lengths, -1, 1) : 0;
}

static double
interpolation_from (const AmGram *gram)
{
  double n = gram->n, cosine = 0, denominator;

  for (guint i = 0; i < gram->n; i++)
    for (guint j = i + 1; j < gram->n; j++)
      cosine += get_cosine (gram, i, j);
  cosine /= n * (n - 1) / 2;
  denominator = 1 + (n - 1) * cosine;
  return isfinite (cosine) && denominator > SINGULAR ? n * cosine / denominator : 0;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  g_autoptr (AmGram) gram = NULL;
  double t;

  if (am_method_tensor_get (tensor, FILTER_WISE) != 0)
    return TRUE;
  gram = am_gram_read (tensor, reader, AM_GRAM_FROM_BASE, error);
  if (gram == NULL)
    return FALSE;
  if (am_gram_has_zero (gram, tensor))
    tensor->stand_in = AM_STAND_IN_NO_ANGLE;
  t = interpolation_from (gram);
  tensor->state = g_memdup2 (&t, sizeof t);
  return TRUE;
}

/* out = base + t * mean of the changes in the chunk's models; at t = 0 nothing of them is looked at. */
static void
move_from_base (const AmMethodTensor *tensor, AmMethodChunk *chunk, double t)
{
  const AmKernels *kernels = am_kernels_get ();
  double share = t / tensor->run->n_models;

  am_copy_input (tensor, chunk, chunk->base);
  for (guint model = 0; t != 0 && model < tensor->run->n_models; model++)
    if (tensor->is_double)
      kernels->add_scaled_double (chunk->out, chunk->model[model], share, chunk->n);
    else
      kernels->add_scaled_float (chunk->out, chunk->model[model], (float)share, chunk->n);
}

static gpointer
advance (const AmMethodTensor *tensor, gpointer values, gsize n)
{
  return (guint8 *)values + n * (tensor->is_double ? sizeof (double) : sizeof (float));
}

static AmMethodChunk
row_of (const AmMethodTensor *tensor, const AmMethodChunk *chunk, gsize at)
{
  AmMethodChunk row = { .first = chunk->first + at, .n = MAX (tensor->row_length, 1) };

  row.base = advance (tensor, chunk->base, at);
  row.out = advance (tensor, chunk->out, at);
  for (guint model = 0; model < tensor->run->n_models; model++)
    row.model[model] = advance (tensor, chunk->model[model], at);
  return row;
}

static void
apply_filter_wise (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  g_autoptr (AmGram) gram = am_gram_new (tensor->run->n_models);

  for (gsize at = 0; at < chunk->n; at += MAX (tensor->row_length, 1))
    {
      AmMethodChunk row = row_of (tensor, chunk, at);

      memset (gram->products, 0, (gsize)gram->n * gram->n * sizeof (double));
      am_gram_add_chunk (gram, tensor, &row, AM_GRAM_FROM_BASE);
      move_from_base (tensor, &row, interpolation_from (gram));
    }
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  const AmKernels *kernels = am_kernels_get ();

  if (tensor->state == NULL)
    {
      apply_filter_wise (tensor, chunk);
      return;
    }
  for (guint model = 0; model < tensor->run->n_models; model++)
    if (tensor->is_double)
      kernels->subtract_double (chunk->model[model], chunk->model[model], chunk->base, chunk->n);
    else
      kernels->subtract_float (chunk->model[model], chunk->model[model], chunk->base, chunk->n);
  move_from_base (tensor, chunk, *(const double *)tensor->state);
}

const AmMethod am_model_stock_method = {
  .id = "model_stock",
  .title = N_ ("Model stock"),
  .summary = N_ ("Goes from the base towards the mean of the models as far as the angle between them says."),
  .paper = "Jang et al. 2024, arXiv:2403.19522",
  .base = AM_BASE_REQUIRED,
  .min_models = 2,
  .max_models = AM_MAX_MODELS,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_LAST_AXIS | AM_METHOD_ORDERLESS | AM_METHOD_IDEMPOTENT,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
