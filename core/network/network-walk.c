#include "network/network-walk.h"

#include "base/error.h"
#include "base/cancelled.h"
#include "network/network-private.h"

static gboolean
run_everywhere (AmNetworkRun *const *runs, guint n_runs, guint node, GCancellable *cancellable,
                GError **error)
{
  for (guint i = 0; i < n_runs; i++)
    {
      if (!am_check_cancelled (cancellable, error))
        return FALSE;
      if (!am_network_run_node (runs[i], node, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
am_network_walk (AmNetwork *network, AmNetworkRun *const *runs, guint n_runs, const AmNetworkWalker *walker,
                 GCancellable *cancellable, GError **error)
{
  for (guint node = am_network_find_node (network, 0); node < network->n_nodes;
       node = am_network_find_node (network, node + 1))
    {
      if (walker->before != NULL && !walker->before (runs, n_runs, node, walker->user_data, error))
        return FALSE;
      if (!run_everywhere (runs, n_runs, node, cancellable, error))
        return FALSE;
      if (walker->after != NULL && !walker->after (runs, n_runs, node, walker->user_data, error))
        return FALSE;
    }
  return TRUE;
}
