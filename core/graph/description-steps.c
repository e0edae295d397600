#include "graph/description-steps.h"

/* clang-format off */
const AmStepKind am_node_steps[] = {
  { "input", "channels to ", AM_NODE_INPUT, am_step_run_input },
  { "parameter", "to ", AM_NODE_PARAMETER, am_step_run_parameter },
  { "embedding", "from to weight ", AM_NODE_EMBEDDING, am_step_run_layer },
  { "linear", "from to weight bias transposed ", AM_NODE_LINEAR, am_step_run_layer },
  { "conv", "from to weight bias stride padding padding_end dilation groups ", AM_NODE_CONV, am_step_run_layer },
  { "batch_norm", "from to weight bias mean variance epsilon ", AM_NODE_BATCH_NORM, am_step_run_layer },
  { "layer_norm", "from to weight bias epsilon ", AM_NODE_LAYER_NORM, am_step_run_layer },
  { "rms_norm", "from to weight bias epsilon ", AM_NODE_RMS_NORM, am_step_run_layer },
  { "group_norm", "from to weight bias groups epsilon ", AM_NODE_GROUP_NORM, am_step_run_layer },
  { "head_norm", "from to weight heads head_width epsilon ", AM_NODE_HEAD_NORM, am_step_run_layer },
  { "activation", "from to ", AM_NODE_ACTIVATION, am_step_run_shape },
  { "add", "to ", AM_NODE_ADD, am_step_run_combination },
  { "multiply", "to ", AM_NODE_MULTIPLY, am_step_run_combination },
  { "modulate", "to ", AM_NODE_MODULATE, am_step_run_combination },
  { "concat", "to ", AM_NODE_CONCAT, am_step_run_combination },
  { "join", "to ", AM_NODE_JOIN, am_step_run_combination },
  { "attention", "to heads head_width kv_heads causal ", AM_NODE_ATTENTION, am_step_run_combination },
  { "split", "from sizes ", AM_NODE_SLICE, am_step_run_split },
  { "take", "from to count ", AM_NODE_TAKE, am_step_run_shape },
  { "rotary", "from to heads head_width ", AM_NODE_ROTARY, am_step_run_shape },
  { "pool", "from to kernel stride padding padding_end ", AM_NODE_POOL, am_step_run_shape },
  { "upsample", "from to ", AM_NODE_UPSAMPLE, am_step_run_shape },
  { "flatten", "from to ", AM_NODE_FLATTEN, am_step_run_shape },
  { "output", "from ", AM_NODE_OUTPUT, am_step_run_output },
  { NULL },
};
/* clang-format on */
