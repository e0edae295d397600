/* Networks of core/network against the reference forward pass and against finite differences. */
#pragma once

#include "graph-forward.h"
#include "network/network.h"

G_BEGIN_DECLS

/* All take a graph with one output and one input called "x", give it random weights and random samples of
 * [height][width], and abort the test on failure. */

/* Whether every sample comes out as the reference has it: to 1e-10 in double, 1e-4 in float, of the greatest
 * magnitude. */
void check_network_forward (const AmGraph *graph, guint height, guint width);

/* Whether the gradients of all learned tensors, sample by sample, are what central differences find. In the
 * double build only: else nothing is done. */
void check_network_backward (const AmGraph *graph, guint height, guint width);

/* Whether outputs and gradients are the same to the last bit with 1, 2 and 5 threads. */
void check_network_threads (const AmGraph *graph, guint height, guint width);

G_END_DECLS
