/* Takes some rows of a tensor from B and the others from A, whole: nothing is mixed.
 *
 * Rows run along axis 0. With alpha + beta up to 1 rows floor (n beta) to floor (n (alpha + beta)) come from
 * B; beyond 1 the band wraps round, and rows floor (n (alpha + beta - 1)) to floor (n beta) come from A. A
 * tensor without axes is one value: it comes from B when alpha is above one half. */
#include "methods/linear-combination.h"

#include <math.h>

enum
{
  ALPHA,
  BETA,
  N_PARAMETERS,
};

static const AmParameter parameters[N_PARAMETERS] = {
  [ALPHA] = { "alpha", N_ ("Share of rows that come from B"), AM_PARAMETER_NUMBER, .is_ratio = TRUE,
              .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1,
              .default_value = 0.5 },
  [BETA] = { "beta", N_ ("Where the rows of B begin, as a share of all rows"), AM_PARAMETER_NUMBER,
             .is_second_ratio = TRUE, .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0,
             .soft_maximum = 1, .default_value = 0 },
};

/* A band of flat indices that comes from one model, all else from the other. */
typedef struct
{
  guint inside, outside;
  guint64 first, end;
} Band;

/* 0.29 of 100 rows are 29 of them, though the product falls just short. */
static guint64
count_rows (double n, double share)
{
  return (guint64)floor (n * share + 1e-9 * fmax (n, 1));
}

static Band
get_band (const AmMethodTensor *tensor)
{
  double alpha = am_method_tensor_get (tensor, ALPHA);
  double beta = am_method_tensor_get (tensor, BETA);
  double n = tensor->n_dims > 0 ? (double)tensor->shape[0] : 1;

  if (tensor->n_dims == 0)
    return (Band){ 1, 0, 0, alpha > 0.5 ? 1 : 0 };
  if (am_rest_of_one (alpha + beta) >= 0)
    return (Band){ 1, 0, count_rows (n, beta) * tensor->slice_length,
                   count_rows (n, alpha + beta) * tensor->slice_length };
  return (Band){ 0, 1, count_rows (n, alpha + beta - 1) * tensor->slice_length,
                 count_rows (n, beta) * tensor->slice_length };
}

static void
apply (const AmMethodTensor *tensor, AmMethodChunk *chunk)
{
  Band band = get_band (tensor);
  guint64 first = CLAMP (band.first, chunk->first, chunk->first + chunk->n) - chunk->first;
  guint64 end = CLAMP (band.end, chunk->first, chunk->first + chunk->n) - chunk->first;
  gsize width = tensor->is_double ? sizeof (double) : sizeof (float);

  am_copy_input (tensor, chunk, chunk->model[band.outside]);
  if (end > first)
    memcpy ((guint8 *)chunk->out + first * width, (guint8 *)chunk->model[band.inside] + first * width,
            (end - first) * width);
}

const AmMethod am_tensor_sum_method = {
  .id = "tensor_sum",
  .title = N_ ("Tensor sum"),
  .summary = N_ ("Takes a band of rows of each tensor from B and the rest from A, without mixing values."),
  .base = AM_BASE_NONE,
  .min_models = 2,
  .max_models = 2,
  .parameters = parameters,
  .n_parameters = N_PARAMETERS,
  .flags = AM_METHOD_IDEMPOTENT,
  .apply = apply,
};
