/* A network run layer by layer over a whole set of samples: every batch passes a node before any passes the
 * next. So weights can be changed with knowledge of all that reaches them, and the layers behind see it. */
#pragma once

#include "network/network.h"

G_BEGIN_DECLS

/**
 * AmNetworkWalker:
 * @before: (nullable): @node is about to run; @runs [n_runs] hold its inputs for all samples. Weights of
 * @node may be changed with am_network_set_weights()
 * @after: (nullable): @node has run everywhere; values and the weights of nodes behind may be changed
 */
typedef struct
{
  gboolean (*before) (AmNetworkRun *const *runs, guint n_runs, guint node, gpointer user_data,
                      GError **error);
  gboolean (*after) (AmNetworkRun *const *runs, guint n_runs, guint node, gpointer user_data, GError **error);
  gpointer user_data;
} AmNetworkWalker;

/**
 * am_network_walk:
 * @runs: [n_runs] of @network, new and without keep; the caller frees them
 *
 * Values are held for all samples, of the nodes that are still needed. Errors: those of nodes and walker,
 * CANCELLED.
 */
gboolean am_network_walk (AmNetwork *network, AmNetworkRun *const *runs, guint n_runs,
                          const AmNetworkWalker *walker, GCancellable *cancellable, GError **error);

G_END_DECLS
