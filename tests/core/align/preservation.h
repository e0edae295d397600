/* Whether reordering a network leaves what it computes as it is. */
#pragma once

#include "network-fixture.h"

/* Height and width of an input; for tokens and vectors the height is 1. */
typedef struct
{
  const char *name;
  guint height, width;
} InputSize;

/* Random values for every input, and numbers of tokens for embeddings. @sizes ends with a NULL name. Aborts
 * the test when an input has no size. */
ForwardInputs *preservation_feed (const Network *network, const InputSize *sizes);

/**
 * preservation_assert:
 * @n_controls: places to corrupt, of all that move
 *
 * Outputs stay as they are, to 1e-9 of their magnitude, under a random element of the group, with rotations
 * too; and change by more than 1e-6 when one place (a segment of an axis of a tensor) is left in the order it
 * had. A place whose values have no influence at all (the bias of keys, which moves all scores of a query
 * alike) cannot show that and is counted apart; at least two thirds have to show it.
 */
void preservation_assert (const Network *network, const InputSize *sizes, guint n_controls);

/* The axis is described as expected (network_describe_axis()). */
void preservation_assert_axis (const Network *network, const char *tensor, guint axis, const char *expected);
