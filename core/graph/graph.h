/* A network as a graph: which operations make the output from the input, and which tensors they use. Enough
 * to run it and to find its symmetries. */
#pragma once

#include "architecture/model.h"

G_BEGIN_DECLS

typedef enum
{
  AM_NODE_INPUT,     /* a value from outside, @channels wide */
  AM_NODE_PARAMETER, /* a tensor that is itself a value: a class token, positions. Channels are its last axis
                      */
  AM_NODE_EMBEDDING, /* rows of @weight [n, channels], picked by number */
  AM_NODE_LINEAR,    /* @weight [out, in] (is_transposed: [in, out]), @bias [out] */
  AM_NODE_CONV, /* @weight [out, in / groups, kernel, kernel], @bias [out]; 1x1 ones may hold [out, in] */
  AM_NODE_BATCH_NORM, /* @weight, @bias, @mean, @variance [channels] */
  AM_NODE_LAYER_NORM, /* over channels; @weight and @bias may be missing */
  AM_NODE_RMS_NORM,   /* over channels; @weight may be missing */
  AM_NODE_GROUP_NORM, /* @groups; @weight, @bias [channels] */
  AM_NODE_HEAD_NORM,  /* root mean square over each of @heads heads; @weight [channels / heads], the same for
                         all */
  AM_NODE_ACTIVATION, /* element by element: @activation */
  AM_NODE_ADD,        /* two or more values; one with a single position is repeated */
  AM_NODE_MULTIPLY,
  AM_NODE_MODULATE, /* inputs x, scale, shift: x * (1 + scale) + shift */
  AM_NODE_CONCAT,   /* channels behind channels */
  AM_NODE_SLICE,    /* channels @start .. @start + @channels */
  AM_NODE_JOIN,     /* positions behind positions: a class token before patches, text before a picture */
  AM_NODE_TAKE, /* positions @start .. @start + @count; a negative @start counts from the end; 0 = all behind
                 */
  AM_NODE_ATTENTION, /* inputs q, k, v: @heads, @kv_heads, is_causal */
  AM_NODE_ROTARY, /* turns pairs of channels in each of @heads heads by angles that depend on the position */
  AM_NODE_POOL,   /* @pool over @kernel x @kernel windows, or all positions */
  AM_NODE_UPSAMPLE, /* nearest neighbour, by 2 */
  AM_NODE_FLATTEN,  /* channels x positions become channels, position fastest; @count positions */
  AM_NODE_OUTPUT,   /* what others see */
  AM_N_NODE_TYPES,
} AmNodeType;

typedef enum
{
  AM_ACTIVATION_RELU,
  AM_ACTIVATION_GELU, /* exact */
  AM_ACTIVATION_GELU_TANH,
  AM_ACTIVATION_QUICK_GELU, /* x * sigmoid (1.702 x) */
  AM_ACTIVATION_SILU,
  AM_ACTIVATION_TANH,
  AM_ACTIVATION_SIGMOID,
} AmActivation;

typedef enum
{
  AM_POOL_MAX,
  AM_POOL_MEAN,
  AM_POOL_MEAN_ALL, /* one position */
} AmPool;

#define AM_NO_TENSOR (-1)

/**
 * AmNode:
 * @name: for people and reports: the stem of its tensors, or what the description calls it; never %NULL
 * @inputs: [n_inputs] numbers of earlier nodes
 * @weight, @bias, @mean, @variance: numbers of tensors of the graph, or %AM_NO_TENSOR
 * @channels: width of the value
 * @heads, @kv_heads: of attention; 0 when not known: then everything that depends on it stays fixed
 * @padding: on each side; @padding_end: on the far side, where it differs (the VAE's downsampling: 0 and 1)
 * @dilation: of convolutions: rows of the picture from one row of the kernel to the next; 0 means 1
 *
 * A value is [channels, height, width]; tokens have height 1. Unused fields are 0.
 */
typedef struct
{
  AmNodeType type;
  char *name;
  guint n_inputs;
  guint *inputs;
  gint weight, bias, mean, variance;
  guint64 channels;
  AmActivation activation;
  AmPool pool;
  guint heads, kv_heads, groups;
  guint kernel, stride, padding, padding_end, dilation;
  gint64 start, count;
  double epsilon;
  gboolean is_transposed, is_causal;
} AmNode;

/**
 * AmGraphTensor:
 * @name: canonical name
 * @shape: as the graph uses it. For a convolution's matrix it may have fewer axes than the node suggests
 * @copies: (element-type utf8): canonical names of tensors that hold the same units and are not matched, but
 *   follow (averaged copies); %NULL when there are none
 */
typedef struct
{
  char *name;
  guint n_dims;
  guint64 shape[5];
  GPtrArray *copies;
} AmGraphTensor;

typedef struct _AmGraph AmGraph;

/* An empty graph, for descriptions and tests. */
AmGraph *am_graph_new (void);
void am_graph_free (AmGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmGraph, am_graph_free)

/* The number of the tensor of that name, added when it is new. */
guint am_graph_add_tensor (AmGraph *graph, const char *name, guint n_dims, const guint64 *shape);

/* A second name for what tensor @tensor holds. */
void am_graph_add_copy (AmGraph *graph, guint tensor, const char *name);

/**
 * am_graph_add_node:
 * @node: copied; @channels is set here but for inputs and slices
 * @index: (out): its number
 *
 * Checks inputs, tensors and widths against each other. Errors: MISMATCH naming the node, its tensor and both
 * widths.
 */
gboolean am_graph_add_node (AmGraph *graph, const AmNode *node, guint *index, GError **error);

guint am_graph_get_n_nodes (const AmGraph *graph);
const AmNode *am_graph_get_node (const AmGraph *graph, guint index);
guint am_graph_get_n_tensors (const AmGraph *graph);
const AmGraphTensor *am_graph_get_tensor (const AmGraph *graph, guint index);
gint am_graph_find_tensor (const AmGraph *graph, const char *name); /* or AM_NO_TENSOR */
const char *am_node_type_get_id (AmNodeType type);                  /* "linear", as in descriptions */

/* Components of a model that have no graph and so stay as they are, for people. %NULL-terminated. */
const char *const *am_graph_get_notes (const AmGraph *graph);
void am_graph_add_note (AmGraph *graph, const char *format, ...) G_GNUC_PRINTF (2, 3);

/**
 * am_graph_new_for_model:
 * @description: (nullable): a file that describes the network (docs/architecture-files.md); %NULL takes the
 * one that belongs to the model's family
 *
 * The graph of every part of @model that is there. A float tensor of a part with a graph that the graph does
 * not use is an error, because nobody knows what it does to a channel that moves. Averaged copies become
 * copies; schedules and leftovers do not count.
 *
 * Returns: (transfer full) (nullable). Errors: UNSUPPORTED (no description for this family, unknown tensors);
 * MISMATCH (shapes); BAD_RECIPE (the description, with line), NOT_FOUND, NOT_READABLE.
 */
AmGraph *am_graph_new_for_model (const AmModel *model, const char *description, GError **error);

G_END_DECLS
