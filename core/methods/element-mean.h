/* Means of a few numbers by weights of their own. */
#pragma once

#include "methods/linear-combination.h"

G_BEGIN_DECLS

/**
 * am_weighted_mean:
 * @values: [n]
 * @weights: [n], none below 0, at least one above; a value of weight 0 is not looked at
 *
 * The value of the largest weight, and what the others differ from it: where one weight is all there is, or
 * all values agree, the result is that value to the last bit.
 */
static inline double
am_weighted_mean (const double *values, const double *weights, guint n)
{
  double sum = 0, mean;
  guint largest = 0;

  for (guint i = 0; i < n; i++)
    {
      sum += weights[i];
      largest = weights[i] > weights[largest] ? i : largest;
    }
  mean = values[largest];
  for (guint i = 0; i < n; i++)
    if (weights[i] != 0 && !am_same_bits (values[i], values[largest]))
      mean += weights[i] / sum * (values[i] - values[largest]);
  return mean;
}

/**
 * am_average_by_weight:
 * @parameter: a weight of each model, of which not all are 0
 *
 * out = mean of the models by their weights: what stands in where a method of statistics has none.
 */
void am_average_by_weight (const AmMethodTensor *tensor, AmMethodChunk *chunk, guint parameter);

/* Fails, naming method and tensor, unless one of the weights is above 0. */
gboolean am_check_weights (const AmMethodTensor *tensor, guint parameter, GError **error);

G_END_DECLS
