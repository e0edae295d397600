/* The operations of the reference forward pass. */
#pragma once

#include "graph-forward.h"

G_BEGIN_DECLS

/**
 * ForwardStep: one node about to run
 * @inputs: [node->n_inputs]
 * @weight, @bias, @mean, @variance: values, or NULL where the node has none
 * @shape: of the weight; NULL without one
 */
typedef struct
{
  const AmNode *node;
  const ForwardValue *const *inputs;
  const double *weight, *bias, *mean, *variance;
  const AmGraphTensor *shape;
  const gboolean *is_parameter; /* [node->n_inputs]: whether that input is a tensor of the network */
} ForwardStep;

/* Zeroes. */
ForwardValue forward_value_new (guint64 channels, guint64 height, guint64 width);

static inline guint64
forward_value_count_positions (const ForwardValue *value)
{
  return value->height * value->width;
}

/* Each computes the value of one kind of node. */
ForwardValue forward_parameter (const ForwardStep *step);
ForwardValue forward_embedding (const ForwardStep *step);
ForwardValue forward_linear (const ForwardStep *step);
ForwardValue forward_conv (const ForwardStep *step);
ForwardValue forward_batch_norm (const ForwardStep *step);
ForwardValue forward_layer_norm (const ForwardStep *step);
ForwardValue forward_rms_norm (const ForwardStep *step);
ForwardValue forward_group_norm (const ForwardStep *step);
ForwardValue forward_head_norm (const ForwardStep *step);
ForwardValue forward_activation (const ForwardStep *step);
ForwardValue forward_add (const ForwardStep *step);
ForwardValue forward_multiply (const ForwardStep *step);
ForwardValue forward_modulate (const ForwardStep *step);
ForwardValue forward_concat (const ForwardStep *step);
ForwardValue forward_slice (const ForwardStep *step);
ForwardValue forward_join (const ForwardStep *step);
ForwardValue forward_take (const ForwardStep *step);
ForwardValue forward_attention (const ForwardStep *step);
ForwardValue forward_rotary (const ForwardStep *step);
ForwardValue forward_pool (const ForwardStep *step);
ForwardValue forward_upsample (const ForwardStep *step);
ForwardValue forward_flatten (const ForwardStep *step);
ForwardValue forward_copy (const ForwardStep *step);

G_END_DECLS
