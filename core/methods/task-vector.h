/* Task vectors: differences of models from their common base, sparsified, weighted and added to it again.
 *
 * Methods of this family have the parameters below first, at these indices. */
#pragma once

#include "methods/consensus.h"
#include "methods/sparsify.h"

G_BEGIN_DECLS

enum
{
  AM_TASK_WEIGHT,
  AM_TASK_LAMBDA,
  AM_TASK_NORMALIZE,
  AM_TASK_N_PARAMETERS,
};

/* Rows of a parameter table. clang-format off, as they are lists within lists. */
/* clang-format off */
#define AM_TASK_PARAMETERS(normalize_default)                                                                  \
  [AM_TASK_WEIGHT]                                                                                             \
    = { "weight", N_ ("How much of each model's change is added; negative takes it away"),                     \
        AM_PARAMETER_NUMBER, .per_model = TRUE, .is_ratio = TRUE, .per_tensor = TRUE, .minimum = -10,          \
        .maximum = 10, .soft_minimum = 0, .soft_maximum = 1, .default_value = 1 },                             \
  [AM_TASK_LAMBDA]                                                                                             \
    = { "lambda", N_ ("Factor on the combined change"), AM_PARAMETER_NUMBER, .per_tensor = TRUE,               \
        .minimum = -10, .maximum = 10, .soft_minimum = 0, .soft_maximum = 2, .default_value = 1 },             \
  [AM_TASK_NORMALIZE]                                                                                          \
    = { "normalize", N_ ("Divide by the weights of the changes added: mean instead of sum"),                   \
        AM_PARAMETER_BOOLEAN, .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0,               \
        .soft_maximum = 1, .default_value = (normalize_default) }

#define AM_TASK_DENSITY_PARAMETER(text)                                                                        \
  { "density", text, AM_PARAMETER_NUMBER, .per_model = TRUE, .per_tensor = TRUE, .minimum = 0, .maximum = 1,   \
    .soft_minimum = 0, .soft_maximum = 1, .default_value = 1 }

#define AM_TASK_RESCALE_PARAMETER(rescale_default)                                                             \
  { "rescale", N_ ("How the changes kept make up for those dropped"), AM_PARAMETER_CHOICE,                     \
    .per_tensor = TRUE, .minimum = 0, .maximum = 2, .soft_minimum = 0, .soft_maximum = 2,                      \
    .default_value = (rescale_default), .choices = am_rescale_choices }

#define AM_TASK_ELECTION_PARAMETER                                                                             \
  { "election", N_ ("What decides the sign of an element: the sum of changes or their number"),                \
    AM_PARAMETER_CHOICE, .per_tensor = TRUE, .minimum = 0, .maximum = 1, .soft_minimum = 0, .soft_maximum = 1, \
    .default_value = AM_ELECTION_MASS, .choices = am_election_choices }
/* clang-format on */

extern const char *const am_election_choices[];

/* Weight of a model for this tensor. */
double am_task_vector_get_weight (const AmMethodTensor *tensor, guint model);

/* Takes weights, lambda and normalize from the parameters; factors are the weights times those of
 * @sparsities, which may be %NULL. */
void am_task_vector_get_consensus (const AmMethodTensor *tensor, AmElection election,
                                   const AmSparsity *sparsities, AmConsensus *consensus);

/* delta = model - base in working precision, in place, for models whose weight is not 0. */
void am_task_vector_subtract (const AmMethodTensor *tensor, AmMethodChunk *chunk);

/**
 * am_task_vector_apply:
 * @sparsities: [n_models], or %NULL when everything is kept
 *
 * The whole of a method's apply. A single model that is kept whole with a total factor of exactly 1 gives its
 * own values; no model with a weight gives the base.
 */
void am_task_vector_apply (const AmMethodTensor *tensor, AmMethodChunk *chunk, AmElection election,
                           const AmSparsity *sparsities);

/* For methods that keep the floor of @density n greatest, their first own parameter: whether that is nothing. */
const char *am_task_vector_plan_trim (const AmMethodTensor *tensor);

/* The same for methods that draw: only a density of 0 keeps nothing for certain. */
const char *am_task_vector_plan_draw (const AmMethodTensor *tensor);

/* Whether the result is one input's values: then out is written. Call it before anything changes the chunk.
 */
gboolean am_task_vector_apply_endpoint (const AmMethodTensor *tensor, AmMethodChunk *chunk,
                                        const AmConsensus *consensus, const AmSparsity *sparsities);

G_END_DECLS
