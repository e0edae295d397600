#include "network/operator.h"

const AmOperator *
am_operator_get (AmNodeType type)
{
  static const AmOperator *const operators[AM_N_NODE_TYPES] = {
    [AM_NODE_PARAMETER] = &am_operator_parameter,
    [AM_NODE_LINEAR] = &am_operator_linear,
    [AM_NODE_CONV] = &am_operator_conv,
    [AM_NODE_BATCH_NORM] = &am_operator_batch_norm,
    [AM_NODE_LAYER_NORM] = &am_operator_norm,
    [AM_NODE_RMS_NORM] = &am_operator_norm,
    [AM_NODE_GROUP_NORM] = &am_operator_norm,
    [AM_NODE_HEAD_NORM] = &am_operator_norm,
    [AM_NODE_ACTIVATION] = &am_operator_activation,
    [AM_NODE_ADD] = &am_operator_add,
    [AM_NODE_MULTIPLY] = &am_operator_multiply,
    [AM_NODE_MODULATE] = &am_operator_modulate,
    [AM_NODE_CONCAT] = &am_operator_concat,
    [AM_NODE_SLICE] = &am_operator_slice,
    [AM_NODE_JOIN] = &am_operator_join,
    [AM_NODE_TAKE] = &am_operator_take,
    [AM_NODE_ATTENTION] = &am_operator_attention,
    [AM_NODE_ROTARY] = &am_operator_rotary,
    [AM_NODE_POOL] = &am_operator_pool,
    [AM_NODE_UPSAMPLE] = &am_operator_upsample,
    [AM_NODE_FLATTEN] = &am_operator_flatten,
    [AM_NODE_OUTPUT] = &am_operator_output,
  };

  g_return_val_if_fail (type < AM_N_NODE_TYPES, NULL);
  return operators[type];
}
