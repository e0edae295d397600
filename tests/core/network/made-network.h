/* Networks with random weights, and batches of made-up samples for them. Abort the test on errors. */
#pragma once

#include "network/network.h"

G_BEGIN_DECLS

/* One thread, and the weights of forward_weights_new_random() of seed 3. @output: as in am_network_new() */
AmNetwork *made_network_new (const AmGraph *graph, const char *output);

/* @n samples of [height][width] from number @first on; the same number is the same sample. */
AmNetworkRun *made_run_new (AmNetwork *network, guint first, guint n, guint height, guint width,
                            gboolean keep);

void made_run_forward (AmNetworkRun *run);

const AmValue *made_run_get_output (AmNetwork *network, AmNetworkRun *run);

/* Elements. */
gsize made_value_count (const AmValue *value);

/* To the last bit. */
void made_value_assert_equal (const AmValue *a, const AmValue *b);

G_END_DECLS
