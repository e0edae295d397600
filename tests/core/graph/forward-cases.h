/* Single operations whose results tests/reference/forward.py computes apart. */
#pragma once

#include "graph/graph.h"

#include "forward-numbers.h"

#define MAX_INPUTS 3

enum
{
  HAS_BIAS = 1,
  HAS_STATISTICS = 2,
  IS_NUMBERS = 4, /* the input is numbers of rows */
};

/**
 * Case: one operation on inputs wave (0.1), wave (0.2), ...
 * @inputs: channels, height, width; channels 0 for none
 * @weight: shape; 0 for none
 */
typedef struct
{
  const char *name;
  AmNode node;
  guint64 inputs[MAX_INPUTS][3];
  guint64 weight[5];
  guint flags;
  const double *numbers;
  gsize n_numbers;
  guint64 shape[3];
} Case;

#define NUMBERS(name) name##_numbers, G_N_ELEMENTS (name##_numbers)

/* clang-format off */
static const Case cases[] = {
  { "conv", { .type = AM_NODE_CONV, .groups = 2, .stride = 2, .padding = 1 },
    { { 4, 5, 6 } }, { 6, 2, 3, 3 }, HAS_BIAS, NUMBERS (conv), { 6, 3, 3 } },
  { "conv-far", { .type = AM_NODE_CONV, .stride = 2, .padding_end = 1 },
    { { 2, 4, 4 } }, { 3, 2, 3, 3 }, 0, NUMBERS (conv_far), { 3, 2, 2 } },
  { "conv-matrix", { .type = AM_NODE_CONV },
    { { 2, 4, 4 } }, { 3, 2 }, HAS_BIAS, NUMBERS (conv_matrix), { 3, 4, 4 } },
  { "linear", { .type = AM_NODE_LINEAR },
    { { 6, 1, 5 } }, { 4, 6 }, HAS_BIAS, NUMBERS (linear), { 4, 1, 5 } },
  { "linear-transposed", { .type = AM_NODE_LINEAR, .is_transposed = TRUE },
    { { 6, 1, 5 } }, { 6, 4 }, 0, NUMBERS (linear_transposed), { 4, 1, 5 } },
  { "linear-wide", { .type = AM_NODE_LINEAR },
    { { 21, 1, 1 } }, { 3, 21 }, HAS_BIAS, NUMBERS (linear_wide), { 3, 1, 1 } },
  { "embedding", { .type = AM_NODE_EMBEDDING },
    { { 1, 1, 4 } }, { 7, 3 }, IS_NUMBERS, NUMBERS (embedding), { 3, 1, 4 } },
  { "batch-norm", { .type = AM_NODE_BATCH_NORM, .epsilon = 1e-3 },
    { { 6, 2, 2 } }, { 6 }, HAS_BIAS | HAS_STATISTICS, NUMBERS (batch_norm), { 6, 2, 2 } },
  { "layer-norm", { .type = AM_NODE_LAYER_NORM, .epsilon = 1e-3 },
    { { 6, 1, 5 } }, { 6 }, HAS_BIAS, NUMBERS (layer_norm), { 6, 1, 5 } },
  { "layer-norm-plain", { .type = AM_NODE_LAYER_NORM, .epsilon = 1e-3 },
    { { 6, 1, 5 } }, { 0 }, 0, NUMBERS (layer_norm_plain), { 6, 1, 5 } },
  { "rms-norm", { .type = AM_NODE_RMS_NORM, .epsilon = 1e-3 },
    { { 6, 1, 5 } }, { 6 }, 0, NUMBERS (rms_norm), { 6, 1, 5 } },
  { "group-norm", { .type = AM_NODE_GROUP_NORM, .groups = 3, .epsilon = 1e-3 },
    { { 6, 2, 2 } }, { 6 }, HAS_BIAS, NUMBERS (group_norm), { 6, 2, 2 } },
  { "head-norm", { .type = AM_NODE_HEAD_NORM, .heads = 2, .epsilon = 1e-3 },
    { { 6, 1, 5 } }, { 3 }, 0, NUMBERS (head_norm), { 6, 1, 5 } },
  { "attention-causal", { .type = AM_NODE_ATTENTION, .heads = 4, .kv_heads = 2, .is_causal = TRUE },
    { { 12, 1, 5 }, { 6, 1, 5 }, { 4, 1, 5 } }, { 0 }, 0, NUMBERS (attention_causal), { 8, 1, 5 } },
  { "attention-cross", { .type = AM_NODE_ATTENTION, .heads = 2, .kv_heads = 2 },
    { { 6, 1, 3 }, { 6, 1, 5 }, { 6, 1, 5 } }, { 0 }, 0, NUMBERS (attention_cross), { 6, 1, 3 } },
  { "rotary", { .type = AM_NODE_ROTARY, .heads = 2 },
    { { 8, 1, 3 } }, { 0 }, 0, NUMBERS (rotary), { 8, 1, 3 } },
  { "pool-max", { .type = AM_NODE_POOL, .pool = AM_POOL_MAX, .kernel = 3, .stride = 2, .padding = 1 },
    { { 2, 4, 4 } }, { 0 }, 0, NUMBERS (pool_max), { 2, 2, 2 } },
  { "pool-mean", { .type = AM_NODE_POOL, .pool = AM_POOL_MEAN, .kernel = 2, .stride = 2 },
    { { 2, 4, 4 } }, { 0 }, 0, NUMBERS (pool_mean), { 2, 2, 2 } },
  { "pool-all", { .type = AM_NODE_POOL, .pool = AM_POOL_MEAN_ALL },
    { { 2, 4, 4 } }, { 0 }, 0, NUMBERS (pool_all), { 2, 1, 1 } },
  { "upsample", { .type = AM_NODE_UPSAMPLE },
    { { 2, 1, 2 } }, { 0 }, 0, NUMBERS (upsample), { 2, 2, 4 } },
  { "modulate", { .type = AM_NODE_MODULATE },
    { { 6, 1, 5 }, { 6, 1, 1 }, { 6, 1, 1 } }, { 0 }, 0, NUMBERS (modulate), { 6, 1, 5 } },
  { "multiply", { .type = AM_NODE_MULTIPLY },
    { { 6, 1, 5 }, { 6, 1, 1 } }, { 0 }, 0, NUMBERS (multiply), { 6, 1, 5 } },
  { "concat", { .type = AM_NODE_CONCAT },
    { { 2, 1, 3 }, { 1, 1, 3 } }, { 0 }, 0, NUMBERS (concat), { 3, 1, 3 } },
};
/* clang-format on */
