/* The layers of a plain perceptron, found from widths and names alone. */
#pragma once

#include "checkpoint/checkpoint.h"

G_BEGIN_DECLS

/* As strcmp() has it, but digits by their value, so that layer 10 follows layer 9. */
gint am_name_compare_naturally (const char *a, const char *b);

/**
 * am_checkpoint_chain_matrices:
 *
 * Returns: (transfer container) (element-type AmTensor) (nullable): the matrices of a checkpoint that holds
 * nothing but 2 to 64 of them and vectors, in the order in which they feed each other. Where widths leave a
 * choice, names in their natural order decide. %NULL for any other checkpoint.
 */
GPtrArray *am_checkpoint_chain_matrices (const AmCheckpoint *checkpoint);

G_END_DECLS
