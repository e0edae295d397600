/* Inner products of all inputs of a tensor: with them angles, norms and distances of any linear combination
 * follow without touching the tensor again. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

/**
 * AmGramOrigin: what vectors are measured from
 * @AM_GRAM_FROM_ZERO: the models themselves
 * @AM_GRAM_FROM_BASE: their differences from the base
 * @AM_GRAM_FROM_FIRST: their differences from the first model, whose own row and column are 0; for distances
 *   between models that lie close together
 */
typedef enum
{
  AM_GRAM_FROM_ZERO,
  AM_GRAM_FROM_BASE,
  AM_GRAM_FROM_FIRST,
} AmGramOrigin;

/* A symmetric matrix of the models' inner products in double, row after row. */
typedef struct
{
  guint n;
  double *products;
} AmGram;

static inline double
am_gram_get (const AmGram *gram, guint i, guint j)
{
  return gram->products[i * gram->n + j];
}

/* Zeros for @n vectors. */
AmGram *am_gram_new (guint n);
void am_gram_free (AmGram *gram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmGram, am_gram_free)

/* Adds one chunk's products; differences are left in the chunk's models. */
void am_gram_add_chunk (AmGram *gram, const AmMethodTensor *tensor, AmMethodChunk *chunk,
                        AmGramOrigin origin);

/* Reads the whole tensor. Returns %NULL with @error set when reading fails. */
AmGram *am_gram_read (const AmMethodTensor *tensor, AmTensorReader *reader, AmGramOrigin origin,
                      GError **error);

/* Whether one of the vectors is zero, though there are values. */
gboolean am_gram_has_zero (const AmGram *gram, const AmMethodTensor *tensor);

/* x' G y for coefficient vectors of length n. */
double am_gram_inner (const AmGram *gram, const double *x, const double *y);

/* Whether all vectors of non-zero weight are the same: their products, taken over the same values, are then
 * equal to the bit. */
gboolean am_gram_is_constant (const AmGram *gram, const double *weights);

/* Whether all products of vectors of non-zero weight are finite: neither NaN, infinity nor overflow in them.
 */
gboolean am_gram_is_finite (const AmGram *gram, const double *weights);

G_END_DECLS
