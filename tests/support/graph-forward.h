/* Runs a network graph in double, node by node, as plainly as it can be written: the reference against which
 * reordered weights are checked. */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

/**
 * ForwardValue:
 * @data: [channels][height][width]; tokens have height 1. The numbers of tokens have one channel
 */
typedef struct
{
  guint64 channels, height, width;
  double *data;
} ForwardValue;

/* Weights of a graph: for each of its tensors the values, in the order of its shape. */
typedef struct
{
  const AmGraph *graph; /* borrowed */
  double **values;      /* [n_tensors], each of its own or NULL */
} ForwardWeights;

/* Nothing yet: every tensor has to be set before a run. */
ForwardWeights *forward_weights_new (const AmGraph *graph);

/* Random ones under which values stay near 1 in deep networks: matrices over the root of their fan-in, gains
 * of norms near 1, variances positive. */
ForwardWeights *forward_weights_new_random (const AmGraph *graph, guint64 seed);

/* Those of a checkpoint as it hands them out now. Aborts the test on failure. */
ForwardWeights *forward_weights_new_from_model (const AmGraph *graph, const AmModel *model,
                                                AmCheckpoint *checkpoint);

void forward_weights_free (ForwardWeights *weights);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForwardWeights, forward_weights_free)

/* Elements of tensor @tensor. */
gsize forward_count_elements (const AmGraph *graph, guint tensor);

/* @values [elements of the tensor of that name], copied. */
void forward_weights_set (ForwardWeights *weights, const char *name, const double *values);

/* Fills @values as forward_weights_new_random() does for a tensor of that name and shape: for tests that
 * write a checkpoint before there is a graph. */
void forward_fill_random (const char *name, guint n_dims, const guint64 *shape, guint64 seed, double *values);

/* What goes in, by the names of inputs and of embeddings without an input. */
typedef struct
{
  const AmGraph *graph; /* borrowed */
  ForwardValue *values; /* [n_nodes] */
} ForwardInputs;

ForwardInputs *forward_inputs_new (const AmGraph *graph);
void forward_inputs_free (ForwardInputs *inputs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ForwardInputs, forward_inputs_free)

/* @values [channels of that input][height][width], copied; replaces what was set before. */
void forward_inputs_set (ForwardInputs *inputs, const char *name, guint height, guint width,
                         const double *values);

/* Uniform values of mean 0 and variance 1. */
void forward_inputs_set_random (ForwardInputs *inputs, const char *name, guint height, guint width,
                                guint64 seed);

/* Numbers of tokens, for an embedding or the input that feeds it. */
void forward_inputs_set_numbers (ForwardInputs *inputs, const char *name, guint n, const guint *numbers);

/* Values of all nodes. */
typedef struct _GraphForward GraphForward;

/**
 * graph_forward_new:
 * @weights, @inputs: borrowed, must outlive the result
 *
 * Runs the network. Conventions where the graph leaves a choice: a parameter with more positions than what it
 * is added to gives its first ones; queries heads / kv_heads at a time share a key; rotary positions turn
 * channels i and i + half of a head; where heads are unknown there is one of keys; batch norms are in
 * evaluation mode. Aborts the test on what cannot be run.
 */
GraphForward *graph_forward_new (const ForwardWeights *weights, const ForwardInputs *inputs);

/* The same network with other values for one tensor; only what depends on it is computed. @base must outlive
 * the result. */
GraphForward *graph_forward_new_changed (const GraphForward *base, guint tensor, const double *values);

void graph_forward_free (GraphForward *forward);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GraphForward, graph_forward_free)

const ForwardValue *graph_forward_get_value (const GraphForward *forward, guint node);

/* Of the output of that name; aborts the test when there is none. */
const ForwardValue *graph_forward_get_output (const GraphForward *forward, const char *name);

/* Greatest difference over the greatest magnitude in @a, and of that the greatest over all outputs. NaN when
 * any output is not finite. */
double graph_forward_compare (const GraphForward *a, const GraphForward *b);

G_END_DECLS
