/* Statistics of batch norms, measured anew where weights were averaged (RESET: Jordan et al. 2023, section
 * 4). For core/evaluation alone. */
#pragma once

#include "evaluation/evaluation-private.h"

G_BEGIN_DECLS

gboolean am_network_has_batch_norms (const AmNetwork *network);

/* How many of the pass's samples fit into memory of a fixed size at once; at least 1. Errors: those of
 * running the network. */
gboolean am_batch_norm_reset_count (const AmEvaluationPass *pass, guint64 *n, GError **error);

/* Sets mean and biased variance of every batch norm to those of its input over @samples, each behind the ones
 * that were set before. */
gboolean am_batch_norm_reset (const AmEvaluationPass *pass, const guint64 *samples, guint64 n_samples,
                              GError **error);

G_END_DECLS
