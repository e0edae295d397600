/* A network that runs: a graph with its weights in memory, forward and backward on batches.
 *
 * Values lie as [samples][height][width][channels]: a matrix with a row per sample and position, which is
 * what a linear layer multiplies, a norm scales and a Gram matrix sums up. Weights keep the order of their
 * checkpoint. Arithmetic is AmReal: float, or double in the build that tests derivatives. Work is divided by
 * size alone, so results do not depend on the number of threads. */
#pragma once

#include <gio/gio.h>

#include "graph/graph.h"
#include "network/real.h"

G_BEGIN_DECLS

/**
 * AmValue:
 * @data: [n_samples][height][width][channels]; tokens have height 1, plain vectors height and width 1
 */
typedef struct
{
  guint n_samples;
  guint64 height, width, channels;
  AmReal *data;
} AmValue;

static inline guint64
am_value_count_rows (const AmValue *value)
{
  return value->n_samples * value->height * value->width;
}

typedef struct _AmNetwork AmNetwork;

/**
 * am_network_new:
 * @graph: borrowed; must outlive the network
 * @output: name of the output to compute; %NULL: the only one, or "logits"
 *
 * The nodes that lead to @output, without weights: set them all before the first run.
 * Returns: (transfer full) (nullable). Errors: UNSUPPORTED (no such output, naming those there are; a node
 * the engine cannot run, named; more than one input). Inputs whose names end in `zeros` are nothing but that.
 */
AmNetwork *am_network_new (const AmGraph *graph, const char *output, GError **error);
void am_network_free (AmNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmNetwork, am_network_free)

/**
 * am_network_load:
 *
 * Reads the weights the network uses from @checkpoint, of which @model is the understanding, in chunks.
 * Tensors that are not there keep what was set before.
 * Errors: NOT_READABLE, NOT_FOUND (a tensor), MISMATCH (a shape), CORRUPT (a weight that is not finite,
 * named).
 */
gboolean am_network_load (AmNetwork *network, const AmModel *model, AmCheckpoint *checkpoint, GError **error);

/* Threads of every run; 0: one per processor. */
void am_network_set_n_threads (AmNetwork *network, guint n_threads);

const AmGraph *am_network_get_graph (const AmNetwork *network);

/* Numbers of the input and output node. */
guint am_network_get_input (const AmNetwork *network);
guint am_network_get_output (const AmNetwork *network);

/* Whether node @node leads to the output. Nodes run in the order of their numbers. */
gboolean am_network_has_node (const AmNetwork *network, guint node);

/* Whether a node of the network uses @tensor. */
gboolean am_network_has_tensor (const AmNetwork *network, guint tensor);

/* Elements of tensor @tensor. */
gsize am_network_count_elements (const AmNetwork *network, guint tensor);

/* The weights of @tensor in the order of its shape, or %NULL where none were set. */
const AmReal *am_network_get_weights (const AmNetwork *network, guint tensor);

/* Replaces them; copied. Not while a run is going on in another thread. */
void am_network_set_weights (AmNetwork *network, guint tensor, const AmReal *values);

/* A batch on its way through a network. */
typedef struct _AmNetworkRun AmNetworkRun;

/**
 * am_network_run_new:
 * @network: borrowed; must outlive the run. Several runs of one network may live at once
 * @input: [n][height][width][channels of the input node]; copied
 * @keep: whether all values stay until the end, as backward needs; else each is freed when no node needs it
 *   any more, and may be overwritten by the node that reads it last
 *
 * Returns: (transfer full) (nullable). Errors: MISMATCH (channels).
 */
AmNetworkRun *am_network_run_new (AmNetwork *network, const AmValue *input, gboolean keep, GError **error);
void am_network_run_free (AmNetworkRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmNetworkRun, am_network_run_free)

/**
 * am_network_run_node:
 * @node: the next one of the network, in the order of numbers; the input node first
 *
 * Errors: MISMATCH (a picture of a size the network cannot take: naming node, size and what fits),
 * UNSUPPORTED (values too large).
 */
gboolean am_network_run_node (AmNetworkRun *run, guint node, GError **error);

/* The value of a node that has run and is still held, or %NULL. Its data may be changed until a node reads
 * it. */
AmValue *am_network_run_get_value (AmNetworkRun *run, guint node);

/* Called when @node is about to run, its inputs at hand (is_before), or has just run. */
typedef gboolean (*AmNodeObserver) (AmNetworkRun *run, guint node, gboolean is_before, gpointer user_data,
                                    GError **error);

/* Runs all nodes that have not run yet. @observer: (nullable). Errors: those of the nodes, of the observer,
 * CANCELLED. */
gboolean am_network_run_forward (AmNetworkRun *run, AmNodeObserver observer, gpointer user_data,
                                 GCancellable *cancellable, GError **error);

/* Bytes that the values of one sample of that size take at most at once, or all together. Errors: those of
 * running it. */
gboolean am_network_estimate_memory (AmNetwork *network, guint64 height, guint64 width, gboolean keep,
                                     guint64 *size, GError **error);

/**
 * am_network_run_backward:
 * @gradient: [as the output's value] of the loss with respect to the output
 *
 * After a forward run that keeps: finds the gradients of all values that weights lead to. May be called again
 * with another gradient. Norms over the batch are in evaluation mode: their statistics are constants.
 */
void am_network_run_backward (AmNetworkRun *run, const AmReal *gradient);

/* Gradient of the value of @node, shaped as the value, or %NULL where there is none. */
const AmReal *am_network_run_get_gradient (AmNetworkRun *run, guint node);

/* Whether @tensor is learned: a weight or bias, not a running statistic. */
gboolean am_network_is_learned (const AmNetwork *network, guint tensor);

/**
 * am_network_run_add_gradient:
 * @tensor: a learned one
 * @sample: its loss alone counts
 * @first_row, @n_rows: of axis 0 of the tensor's shape
 * @gradient: [n_rows * elements of a row] added to
 *
 * The gradient of one sample's loss with respect to weights, after am_network_run_backward(). Thread-safe.
 */
void am_network_run_add_gradient (AmNetworkRun *run, guint tensor, guint sample, guint64 first_row,
                                  guint64 n_rows, AmReal *gradient);

/**
 * am_network_run_add_squares:
 * @factors: [n_samples]
 * @squares: [n_rows * elements of a row] added to, in double
 *
 * The sum over samples n of factors[n] * (gradient of sample n)^2, element by element: never the square of a
 * sum over the batch. A linear layer with one row per sample does it in one product of squares. Thread-safe.
 */
void am_network_run_add_squares (AmNetworkRun *run, guint tensor, const double *factors, guint64 first_row,
                                 guint64 n_rows, double *squares);

G_END_DECLS
