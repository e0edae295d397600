/* What networks and their runs are made of. For core/network alone. */
#pragma once

#include "network/operator.h"

G_BEGIN_DECLS

/**
 * AmWeights: one tensor of the graph
 * @n: elements
 * @values: [n] or NULL
 */
typedef struct
{
  gsize n;
  AmReal *values;
  gboolean is_used, is_learned;
} AmWeights;

/**
 * AmNetwork:
 * @has_node: [n_nodes of the graph] whether the node leads to the output
 * @is_behind_weights: [n_nodes] whether its value depends on something learned
 * @n_readers: [n_nodes] inputs of nodes that are its value
 * @packed: [n_nodes] what pack() made of the node's weight, or NULL
 * @weights: [n_tensors of the graph]
 */
struct _AmNetwork
{
  const AmGraph *graph;
  guint n_nodes, input, output, n_threads;
  gboolean *has_node, *is_behind_weights;
  guint *n_readers;
  AmReal **packed;
  AmWeights *weights;
};

/* Memory of values that nobody needs any more. */
typedef struct
{
  gpointer data;
  gsize size;
} AmSpareBuffer;

/**
 * AmNetworkRun:
 * @values: [n_nodes]; data NULL where not run yet or freed
 * @kept, @kept_sizes: [n_nodes]
 * @n_readers: [n_nodes] that have not run yet
 * @gradients: [n_nodes] or NULL before the first backward
 * @spare: (element-type AmSpareBuffer)
 * @capacities: [n_nodes] bytes behind each value
 * @next: the node to run; n_nodes after the last
 */
struct _AmNetworkRun
{
  AmNetwork *network;
  gboolean keep;
  guint n_samples, next;
  AmValue *values;
  gsize *capacities;
  gpointer *kept;
  gsize *kept_sizes;
  guint *n_readers;
  AmReal **gradients;
  GArray *spare;
};

/**
 * AmNodeWork: a node at work, on the stack of who runs it
 * @is_fed: the input: its value is there already. Other inputs are nothing but zeros
 */
typedef struct
{
  AmOperation operation;
  gboolean is_fed;
  const AmValue **inputs;
  gboolean *is_parameter;
} AmNodeWork;

/* Fills @work for node @node of values [n_nodes]; to be cleared. */
void am_node_work_init (AmNodeWork *work, const AmNetwork *network, AmValue *values, guint n_samples,
                        guint node);
void am_node_work_clear (AmNodeWork *work);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AmNodeWork, am_node_work_clear)

/* Shape of the value of a node whose inputs have theirs, and its bytes. */
gboolean am_node_work_shape (AmNodeWork *work, gsize *size, GError **error);

/* Whether the node may write over its first input, which nobody else needs. */
gboolean am_node_work_is_in_place (const AmNodeWork *work, const guint *n_readers);

/* Elements, which have been found to fit. */
static inline gsize
am_value_count (const AmValue *value)
{
  return (gsize)(am_value_count_rows (value) * value->channels);
}

/* The first node of the network from @node on; n_nodes when there is none. */
guint am_network_find_node (const AmNetwork *network, guint node);

G_END_DECLS
