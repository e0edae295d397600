/* What a kind of node does, forward and backward: one file per group of kinds, one row of the table each. For
 * core/network alone. */
#pragma once

#include "network/network.h"

G_BEGIN_DECLS

typedef enum
{
  AM_LEARNED_WEIGHT,
  AM_LEARNED_BIAS,
} AmLearned;

/**
 * AmOperation: a node at work on a batch
 * @n_samples: of the batch
 * @inputs: [node->n_inputs]
 * @output: shape set by the operator's shape(); data allocated, not cleared
 * @weight, @bias, @mean, @variance: in the checkpoint's order, or %NULL
 * @weight_shape: of @weight: [weight_n_dims]
 * @packed: what pack() made of the weight, or %NULL
 * @kept: memory of @kept_size bytes that forward fills for backward; %NULL when no backward will come
 * @n_threads: for OpenMP's num_threads
 * @is_parameter: [node->n_inputs]: whether that input is a tensor of the network
 */
typedef struct
{
  const AmNode *node;
  guint n_samples;
  const AmValue *const *inputs;
  AmValue *output;
  const AmReal *weight, *bias, *mean, *variance;
  guint weight_n_dims;
  const guint64 *weight_shape;
  const AmReal *packed;
  gpointer kept;
  gsize kept_size;
  guint n_threads;
  const gboolean *is_parameter;
} AmOperation;

/**
 * AmOperator:
 * @shape: sets output->height and width (channels are the node's, samples the batch's) and kept_size from the
 *   inputs' shapes, without looking at data; fails with MISMATCH naming the node. Optional: as the first
 * input
 * @pack: (nullable): the weight in an order that suits the product; (transfer full), g_malloc()ed
 * @in_place: whether forward may be given an output whose data is the first input's
 * @forward: writes all of output->data
 * @backward: @gradient of the output is added up into @input_gradients, [n_inputs], each shaped as its input
 *   or %NULL where nobody asks
 * @add_gradient: one sample's gradient of weight or bias, rows first_row .. first_row + n_rows - 1 of axis 0,
 *   added to @result; %NULL for kinds without weights
 * @add_squares: (nullable): as am_network_run_add_squares(), where it is cheaper than sample by sample
 *
 * All but shape cannot fail. forward and backward may run OpenMP loops of their own, divided by size alone;
 * add_gradient and add_squares are called from many threads and run none.
 */
typedef struct
{
  gboolean (*shape) (AmOperation *operation, GError **error);
  AmReal *(*pack) (const AmNode *node, guint n_dims, const guint64 *shape, const AmReal *weight);
  gboolean in_place;
  void (*forward) (const AmOperation *operation);
  void (*backward) (const AmOperation *operation, const AmReal *gradient, AmReal *const *input_gradients);
  void (*add_gradient) (const AmOperation *operation, const AmReal *gradient, AmLearned what, guint sample,
                        guint64 first_row, guint64 n_rows, AmReal *result);
  gboolean (*add_squares) (const AmOperation *operation, const AmReal *gradient, AmLearned what,
                           const double *factors, guint64 first_row, guint64 n_rows, double *squares);
} AmOperator;

/* The operator of a kind of node, or %NULL for kinds the engine cannot run. */
const AmOperator *am_operator_get (AmNodeType type);

/* operator-linear.c */
extern const AmOperator am_operator_linear;
/* operator-conv.c */
extern const AmOperator am_operator_conv;
/* operator-batch-norm.c: needs mean and variance; evaluation mode */
extern const AmOperator am_operator_batch_norm;
/* operator-norm.c: layer, root mean square, group and head norms, told apart by the node */
extern const AmOperator am_operator_norm;
/* operator-activation.c */
extern const AmOperator am_operator_activation;
/* operator-combine.c: sums and products repeat an input of one position; parameters of more positions give
 * their first ones */
extern const AmOperator am_operator_add, am_operator_multiply, am_operator_modulate;
/* operator-arrange.c: values cut and put together. A parameter is repeated for every sample */
extern const AmOperator am_operator_parameter, am_operator_concat, am_operator_slice, am_operator_join,
    am_operator_take, am_operator_flatten, am_operator_output;
/* operator-attention.c */
extern const AmOperator am_operator_attention;
/* operator-rotary.c */
extern const AmOperator am_operator_rotary;
/* operator-pool.c */
extern const AmOperator am_operator_pool, am_operator_upsample;

G_END_DECLS
