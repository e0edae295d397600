/* Arcee fusion: takes over the model's value where it matters, and leaves the base elsewhere.
 *
 * The importance of an element is |model - base| times the Kullback-Leibler divergence of its row: from
 * softmax (base) to softmax (model) along the last axis, each plus 1e-8. Values whose importance reaches
 * median + 1.5 (third quartile - first quartile) are taken over. Quartiles are exact, the element at
 * floor (q (n - 1)) of the sorted ones, as mergekit takes them of tensors up to a million elements; of
 * greater ones it takes a random sample. Rows of one element diverge by 0, so that their tensors are taken
 * over whole. */
#include <math.h>
#include <string.h>

#include "methods/selection.h"

#define N_QUARTILES 3
#define SMOOTHING 1e-8

/* log of the sum of exp (values). */
static double
log_sum_exp (const double *values, gsize n)
{
  double greatest = -INFINITY, sum = 0;

  for (gsize i = 0; i < n; i++)
    greatest = fmax (greatest, values[i]);
  for (gsize i = 0; i < n; i++)
    sum += exp (values[i] - greatest);
  return greatest + log (sum);
}

static double
divergence (const double *model, const double *base, gsize n)
{
  double model_total = log_sum_exp (model, n), base_total = log_sum_exp (base, n), sum = 0;

  for (gsize i = 0; i < n; i++)
    {
      double p = exp (model[i] - model_total) + SMOOTHING;
      double q = exp (base[i] - base_total) + SMOOTHING;

      sum += p * log (p / q);
    }
  return fmax (sum, 0);
}

/* Importances of a chunk of whole rows, into the scratch array. */
static void
compute_importances (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  gsize row_length = MAX (tensor->row_length, 1);
  double *importance = chunk->scratch[0];
  const double *model = chunk->model[0];
  const double *base = chunk->base;

  for (gsize row = 0; row < chunk->n; row += row_length)
    {
      double weight = divergence (model + row, base + row, row_length);

      for (gsize i = row; i < row + row_length; i++)
        importance[i] = fabs (model[i] - base[i]) * weight;
    }
}

static void
prepare_importances (const AmMethodTensor *tensor, AmMethodChunk *chunk, gconstpointer *values,
                     gpointer user_data)
{
  compute_importances (tensor, chunk);
  for (guint i = 0; i < N_QUARTILES; i++)
    values[i] = chunk->scratch[0];
}

static gboolean
find_quartiles (const AmMethodTensor *tensor, AmTensorReader *reader, double *quartiles, GError **error)
{
  AmSelection *selections[N_QUARTILES];
  gboolean success;

  for (guint i = 0; i < N_QUARTILES; i++)
    selections[i] = am_selection_new (tensor, tensor->length - (tensor->length - 1) * (i + 1) / 4);
  success = am_selection_run (selections, N_QUARTILES, tensor, reader, prepare_importances, NULL, error);
  for (guint i = 0; i < N_QUARTILES; i++)
    {
      quartiles[i] = am_selection_get_cut (selections[i])->threshold;
      am_selection_free (selections[i]);
    }
  return success;
}

static gboolean
reduce (AmMethodTensor *tensor, AmTensorReader *reader, GError **error)
{
  double quartiles[N_QUARTILES], threshold = 0;

  if (tensor->row_length > 1 && tensor->length > 0)
    {
      if (!find_quartiles (tensor, reader, quartiles, error))
        return FALSE;
      threshold = quartiles[1] + 1.5 * (quartiles[2] - quartiles[0]);
    }
  tensor->state = g_memdup2 (&threshold, sizeof threshold);
  return TRUE;
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  double threshold = *(const double *)tensor->state;
  const double *importance = chunk->scratch[0];
  const double *model = chunk->model[0];
  const double *base = chunk->base;
  double *out = chunk->out;

  compute_importances (tensor, chunk);
  for (gsize i = 0; i < chunk->n; i++)
    out[i] = importance[i] >= threshold ? model[i] : base[i];
}

const AmMethod am_arcee_fusion_method = {
  .id = "arcee_fusion",
  .title = N_ ("Arcee fusion"),
  .summary = N_ ("Takes over from a model only the changes that matter most."),
  .base = AM_BASE_REQUIRED,
  .min_models = 1,
  .max_models = 1,
  .flags = AM_METHOD_DOUBLE | AM_METHOD_LAST_AXIS | AM_METHOD_IDEMPOTENT,
  .n_scratch = 1,
  .reduce = reduce,
  .state_free = g_free,
  .apply = apply,
};
