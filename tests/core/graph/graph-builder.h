/* Builds graphs by hand: each adds a node with the tensors it needs, named as PyTorch does, and returns its
 * number. Aborts the test when the graph refuses it. */
#pragma once

#include "graph/graph.h"

G_BEGIN_DECLS

guint build_input (AmGraph *graph, const char *name, guint64 channels);
guint build_parameter (AmGraph *graph, const char *name, guint64 n, guint64 channels);
guint build_embedding (AmGraph *graph, const char *name, guint64 n, guint64 channels);

/* With bias. */
guint build_linear (AmGraph *graph, const char *name, guint input, guint64 channels);

/* [in, out], without bias. */
guint build_transposed (AmGraph *graph, const char *name, guint input, guint64 channels);

/* The weight of the embedding of that name once more, without bias. */
guint build_tied (AmGraph *graph, const char *name, guint input);

/* Without bias, padded to keep the size; @groups divides both widths. */
guint build_conv (AmGraph *graph, const char *name, guint input, guint64 channels, guint64 kernel,
                  guint groups);

/* BATCH_NORM with statistics, LAYER_NORM with bias, or RMS_NORM. */
guint build_norm (AmGraph *graph, AmNodeType type, const char *name, guint input);
guint build_group_norm (AmGraph *graph, const char *name, guint input, guint groups);
guint build_head_norm (AmGraph *graph, const char *name, guint input, guint heads);

/* Any node without tensors and settings: ADD, CONCAT ... and ACTIVATION (of the smooth GELU). */
guint build_plain (AmGraph *graph, AmNodeType type, const char *name, guint n, const guint *inputs);
guint build_pair (AmGraph *graph, AmNodeType type, guint a, guint b);

/* Two layers side by side, and behind each other what they make. */
guint build_two (AmGraph *graph, guint input, const char *a, guint64 channels_a, const char *b,
                 guint64 channels_b);
guint build_activation (AmGraph *graph, guint input);
guint build_slice (AmGraph *graph, guint input, guint64 start, guint64 channels);
guint build_take (AmGraph *graph, guint input, gint64 start, gint64 count);
guint build_attention (AmGraph *graph, guint q, guint k, guint v, guint heads, guint kv_heads);
guint build_rotary (AmGraph *graph, guint input, guint heads);
guint build_pool (AmGraph *graph, guint input, AmPool pool);
guint build_flatten (AmGraph *graph, guint input, guint64 count);
guint build_output (AmGraph *graph, const char *name, guint input);

G_END_DECLS
