/* Linear combinations of a chunk's inputs: what most methods come down to once their coefficients are known.
 */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

/**
 * am_linear_combine:
 * @tensor: the tensor
 * @chunk: an apply chunk; out is written
 * @coefficients: [run->n_models], and one more for the base when the run has one
 *
 * out = sum of coefficient times input, terms added in the order of the inputs in working precision, each a
 * multiply and an add. An input whose coefficient is exactly 0 is not read, so NaN in it does not spread; a
 * single input with coefficient 1 is copied; without any input the result is 0. Where the coefficients sum to
 * 1 and every input used has the same value, that value is the result to the last bit.
 */
void am_linear_combine (const AmMethodTensor *tensor, AmMethodChunk *chunk, const double *coefficients);

/* out = one of the chunk's arrays, bit for bit. */
void am_copy_input (const AmMethodTensor *tensor, AmMethodChunk *chunk, gconstpointer values);

G_END_DECLS
