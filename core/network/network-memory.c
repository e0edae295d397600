#include "network/network-private.h"

#include <string.h>

/* A batch that only counts bytes. */
typedef struct
{
  const AmNetwork *network;
  AmValue *values;
  gsize *sizes;
  guint *n_readers;
  guint64 in_use, most, all;
} Estimate;

static void
free_inputs (Estimate *estimate, const AmNode *node)
{
  for (guint i = 0; i < node->n_inputs; i++)
    if (--estimate->n_readers[node->inputs[i]] == 0)
      estimate->in_use -= estimate->sizes[node->inputs[i]];
}

static gboolean
count_node (Estimate *estimate, guint node, GError **error)
{
  g_auto (AmNodeWork) work = { 0 };
  gboolean is_in_place;
  gsize size;

  am_node_work_init (&work, estimate->network, estimate->values, 1, node);
  if (!am_node_work_shape (&work, &size, error))
    return FALSE;
  is_in_place = am_node_work_is_in_place (&work, estimate->n_readers);
  estimate->sizes[node] = size;
  estimate->all += size + work.operation.kept_size;
  estimate->in_use += size;
  estimate->most = MAX (estimate->most, estimate->in_use - (is_in_place ? size : 0));
  free_inputs (estimate, work.operation.node);
  return TRUE;
}

gboolean
am_network_estimate_memory (AmNetwork *network, guint64 height, guint64 width, gboolean keep, guint64 *size,
                            GError **error)
{
  g_autofree AmValue *values = g_new0 (AmValue, network->n_nodes);
  g_autofree gsize *sizes = g_new0 (gsize, network->n_nodes);
  g_autofree guint *n_readers = g_memdup2 (network->n_readers, network->n_nodes * sizeof *network->n_readers);
  Estimate estimate = { network, values, sizes, n_readers };

  values[network->input] = (AmValue){
    .n_samples = 1,
    .height = height,
    .width = width,
    .channels = am_graph_get_node (network->graph, network->input)->channels,
  };
  for (guint node = am_network_find_node (network, 0); node < network->n_nodes;
       node = am_network_find_node (network, node + 1))
    if (!count_node (&estimate, node, error))
      return FALSE;
  *size = keep ? estimate.all : estimate.most;
  return TRUE;
}
