/* Linear combinations of a chunk's inputs: what most methods come down to once their coefficients are known.
 */
#pragma once

#include <string.h>

#include "methods/method.h"

G_BEGIN_DECLS

static inline gboolean
am_same_bits (double a, double b)
{
  guint64 x, y;

  memcpy (&x, &a, sizeof x);
  memcpy (&y, &b, sizeof y);
  return x == y;
}

/**
 * am_linear_combine:
 * @tensor: the tensor
 * @chunk: an apply chunk; out is written
 * @coefficients: [run->n_models], and one more for the base when the run has one
 *
 * out = sum of coefficient times input, terms added in the order of the inputs in working precision, each a
 * multiply and an add. An input whose coefficient is exactly 0 is not read, so NaN in it does not spread; a
 * single input with coefficient 1 is copied; without any input the result is 0. Where the coefficients sum to
 * 1 and every input used has the same bits, these are the result to the last bit.
 */
void am_linear_combine (const AmMethodTensor *tensor, AmMethodChunk *chunk, const double *coefficients);

/* The same over arrays of @n working values: out = sum of coefficients[i] * values[i]. @out overlaps no
 * input. */
void am_linear_combine_arrays (const AmMethodTensor *tensor, gpointer out, const gconstpointer *values,
                               const double *coefficients, guint n_terms, gsize n);

/**
 * am_rest_of_one:
 * @sum: a sum of coefficients
 *
 * Returns 1 - @sum, the coefficient that makes a combination affine; exactly 0 where only the rounding of the
 * sum is left (0.7 + 0.3 must not leave a trace of a third input).
 */
double am_rest_of_one (double sum);

/* out = one of the chunk's arrays, bit for bit. */
void am_copy_input (const AmMethodTensor *tensor, AmMethodChunk *chunk, gconstpointer values);

G_END_DECLS
