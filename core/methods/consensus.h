/* How task vectors are put together: elect a sign for each element, add up the vectors that agree with it,
 * and add the result to the base.
 *
 * TIES-Merging, Yadav et al. 2023, arXiv:2306.01708, section 3. */
#pragma once

#include "methods/method.h"

G_BEGIN_DECLS

typedef enum
{
  AM_ELECTION_MASS,  /* sign of the weighted sum; 0 counts as positive */
  AM_ELECTION_COUNT, /* sign that more of the weighted vectors have; a draw counts as positive */
  AM_ELECTION_NONE,  /* everything is added up */
} AmElection;

/**
 * AmConsensus:
 * @n: vectors that take part: those whose weight is not 0
 * @model: their numbers
 * @weight: their weights, which the divisor adds up
 * @factor: what their elements are multiplied with: the weight, times a rescaling
 * @vote: the same for the election
 * @normalize: divide by the weights of the vectors that were added up
 * @lambda: factor on the result
 */
typedef struct
{
  guint n;
  guint model[AM_MAX_MODELS];
  double weight[AM_MAX_MODELS];
  double factor[AM_MAX_MODELS];
  double vote[AM_MAX_MODELS];
  AmElection election;
  gboolean normalize;
  double lambda;
} AmConsensus;

/**
 * am_consensus_combine:
 * @is_double: element type of the arrays
 * @base: [n]
 * @delta: [consensus->n] arrays of n differences from the base
 *
 * out = base + lambda * (sum of factor * delta over those that agree) / divisor. Zeros neither vote nor count
 * in the divisor; a divisor of 0 counts as 1. Where the sum is 0, out is the base to the last bit.
 */
void am_consensus_combine (const AmConsensus *consensus, gboolean is_double, gpointer out, gconstpointer base,
                           gconstpointer const *delta, gsize n);

G_END_DECLS
