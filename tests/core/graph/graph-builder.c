#include "graph-builder.h"

static AmNode
make_node (AmNodeType type)
{
  return (AmNode){ .type = type,
                   .weight = AM_NO_TENSOR,
                   .bias = AM_NO_TENSOR,
                   .mean = AM_NO_TENSOR,
                   .variance = AM_NO_TENSOR,
                   .epsilon = 1e-5 };
}

static guint
add (AmGraph *graph, AmNode *node, const char *name, guint n, const guint *inputs)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *copy = g_strdup (name);
  g_autofree guint *numbers = n > 0 ? g_memdup2 (inputs, n * sizeof *inputs) : NULL;
  guint index = 0;

  node->name = copy;
  node->n_inputs = n;
  node->inputs = numbers;
  am_graph_add_node (graph, node, &index, &error);
  g_assert_no_error (error);
  return index;
}

static gint
add_tensor (AmGraph *graph, const char *stem, const char *part, guint n_dims, const guint64 *shape)
{
  g_autofree char *name = part != NULL ? g_strconcat (stem, ".", part, NULL) : g_strdup (stem);

  return (gint)am_graph_add_tensor (graph, name, n_dims, shape);
}

static guint64
get_width (const AmGraph *graph, guint node)
{
  return am_graph_get_node (graph, node)->channels;
}

guint
build_input (AmGraph *graph, const char *name, guint64 channels)
{
  AmNode node = make_node (AM_NODE_INPUT);

  node.channels = channels;
  return add (graph, &node, name, 0, NULL);
}

guint
build_parameter (AmGraph *graph, const char *name, guint64 n, guint64 channels)
{
  AmNode node = make_node (AM_NODE_PARAMETER);
  const guint64 shape[] = { n, channels };

  node.weight = add_tensor (graph, name, NULL, 2, shape);
  return add (graph, &node, name, 0, NULL);
}

guint
build_embedding (AmGraph *graph, const char *name, guint64 n, guint64 channels)
{
  AmNode node = make_node (AM_NODE_EMBEDDING);
  const guint64 shape[] = { n, channels };

  node.weight = add_tensor (graph, name, "weight", 2, shape);
  return add (graph, &node, name, 0, NULL);
}

guint
build_linear (AmGraph *graph, const char *name, guint input, guint64 channels)
{
  AmNode node = make_node (AM_NODE_LINEAR);
  const guint64 shape[] = { channels, get_width (graph, input) };

  node.weight = add_tensor (graph, name, "weight", 2, shape);
  node.bias = add_tensor (graph, name, "bias", 1, shape);
  return add (graph, &node, name, 1, &input);
}

guint
build_transposed (AmGraph *graph, const char *name, guint input, guint64 channels)
{
  AmNode node = make_node (AM_NODE_LINEAR);
  const guint64 shape[] = { get_width (graph, input), channels };

  node.weight = add_tensor (graph, name, "weight", 2, shape);
  node.is_transposed = TRUE;
  return add (graph, &node, name, 1, &input);
}

guint
build_tied (AmGraph *graph, const char *name, guint input)
{
  AmNode node = make_node (AM_NODE_LINEAR);

  node.weight = add_tensor (graph, name, "weight", 0, NULL);
  return add (graph, &node, name, 1, &input);
}

guint
build_conv (AmGraph *graph, const char *name, guint input, guint64 channels, guint64 kernel, guint groups)
{
  AmNode node = make_node (AM_NODE_CONV);
  const guint64 shape[] = { channels, get_width (graph, input) / groups, kernel, kernel };

  node.weight = add_tensor (graph, name, "weight", 4, shape);
  node.groups = groups;
  node.padding = (guint)kernel / 2;
  return add (graph, &node, name, 1, &input);
}

guint
build_norm (AmGraph *graph, AmNodeType type, const char *name, guint input)
{
  AmNode node = make_node (type);
  const guint64 width = get_width (graph, input);

  node.weight = add_tensor (graph, name, "weight", 1, &width);
  if (type != AM_NODE_RMS_NORM)
    node.bias = add_tensor (graph, name, "bias", 1, &width);
  if (type == AM_NODE_BATCH_NORM)
    {
      node.mean = add_tensor (graph, name, "running_mean", 1, &width);
      node.variance = add_tensor (graph, name, "running_var", 1, &width);
    }
  return add (graph, &node, name, 1, &input);
}

guint
build_group_norm (AmGraph *graph, const char *name, guint input, guint groups)
{
  AmNode node = make_node (AM_NODE_GROUP_NORM);
  const guint64 width = get_width (graph, input);

  node.weight = add_tensor (graph, name, "weight", 1, &width);
  node.bias = add_tensor (graph, name, "bias", 1, &width);
  node.groups = groups;
  return add (graph, &node, name, 1, &input);
}

guint
build_head_norm (AmGraph *graph, const char *name, guint input, guint heads)
{
  AmNode node = make_node (AM_NODE_HEAD_NORM);
  const guint64 width = get_width (graph, input) / heads;

  node.weight = add_tensor (graph, name, "weight", 1, &width);
  node.heads = heads;
  return add (graph, &node, name, 1, &input);
}

guint
build_plain (AmGraph *graph, AmNodeType type, const char *name, guint n, const guint *inputs)
{
  AmNode node = make_node (type);

  node.activation = AM_ACTIVATION_GELU;
  return add (graph, &node, name, n, inputs);
}

guint
build_pair (AmGraph *graph, AmNodeType type, guint a, guint b)
{
  const guint inputs[] = { a, b };

  return build_plain (graph, type, am_node_type_get_id (type), 2, inputs);
}

guint
build_two (AmGraph *graph, guint input, const char *a, guint64 channels_a, const char *b, guint64 channels_b)
{
  guint first = build_linear (graph, a, input, channels_a);

  return build_pair (graph, AM_NODE_CONCAT, first, build_linear (graph, b, input, channels_b));
}

guint
build_activation (AmGraph *graph, guint input)
{
  return build_plain (graph, AM_NODE_ACTIVATION, "gelu", 1, &input);
}

guint
build_slice (AmGraph *graph, guint input, guint64 start, guint64 channels)
{
  AmNode node = make_node (AM_NODE_SLICE);

  node.start = (gint64)start;
  node.channels = channels;
  return add (graph, &node, "split", 1, &input);
}

guint
build_take (AmGraph *graph, guint input, gint64 start, gint64 count)
{
  AmNode node = make_node (AM_NODE_TAKE);

  node.start = start;
  node.count = count;
  return add (graph, &node, "take", 1, &input);
}

guint
build_attention (AmGraph *graph, guint q, guint k, guint v, guint heads, guint kv_heads)
{
  AmNode node = make_node (AM_NODE_ATTENTION);
  const guint inputs[] = { q, k, v };

  node.heads = heads;
  node.kv_heads = kv_heads;
  return add (graph, &node, "attention", 3, inputs);
}

guint
build_rotary (AmGraph *graph, guint input, guint heads)
{
  AmNode node = make_node (AM_NODE_ROTARY);

  node.heads = heads;
  return add (graph, &node, "rotary", 1, &input);
}

guint
build_pool (AmGraph *graph, guint input, AmPool pool)
{
  AmNode node = make_node (AM_NODE_POOL);

  node.pool = pool;
  node.kernel = pool != AM_POOL_MEAN_ALL ? 2 : 0;
  return add (graph, &node, "pool", 1, &input);
}

guint
build_flatten (AmGraph *graph, guint input, guint64 count)
{
  AmNode node = make_node (AM_NODE_FLATTEN);

  node.count = (gint64)count;
  return add (graph, &node, "flatten", 1, &input);
}

guint
build_output (AmGraph *graph, const char *name, guint input)
{
  return build_plain (graph, AM_NODE_OUTPUT, name, 1, &input);
}
