/* What each node claims about the spaces it reads: heads, groups and what is inside of them. */
#include "graph/symmetries-private.h"

static AmLayout
make_layout (gint first, gint second, gint third)
{
  AmLayout layout = { 0 };

  am_layout_append (&layout, first);
  am_layout_append (&layout, second);
  am_layout_append (&layout, third);
  return layout;
}

/* @value has the digits of @layout, which takes that it is a space of its own. */
static void
claim_layout (AmDivider *divider, const GArray *value, AmLayout layout, guint node)
{
  g_autoptr (GArray) pieces = am_channel_spaces_resolve (divider->spaces, value);
  const AmPiece *piece = &g_array_index (pieces, AmPiece, 0);

  if (pieces->len == 1 && piece->repeat == 1)
    {
      g_array_append_val (divider->claims[piece->space].layouts, layout);
      return;
    }
  am_channel_spaces_fix (divider->spaces, value, (AmFixed){ AM_FIXED_MIXED, node });
  am_divider_fix_layout (divider, &layout, 0, (AmFixed){ AM_FIXED_MIXED, node });
}

/* The value, in blocks of blocks.size channels, has @piece at @start. */
static void
claim_blocks_of_piece (AmDivider *divider, const AmPiece *piece, guint64 start, AmBlocks blocks)
{
  guint64 length = am_channel_spaces_get_size (divider->spaces, piece->space) * piece->repeat;
  gboolean is_plain = blocks.rule == AM_BLOCKS_STAY_TOGETHER;
  AmFixed fixed = { AM_FIXED_STRADDLED, blocks.node };

  if (start % blocks.size != 0 || length % blocks.size != 0
      || (blocks.size % piece->repeat != 0 && !(is_plain && piece->repeat % blocks.size == 0))
      || (piece->repeat > 1 && !is_plain))
    {
      am_channel_spaces_fix_space (divider->spaces, piece->space, fixed);
      am_divider_fix_factor (divider, blocks.inner, fixed);
      return;
    }
  blocks.size /= MIN (piece->repeat, blocks.size);
  if (blocks.size > 1)
    g_array_append_val (divider->claims[piece->space].blocks, blocks);
}

static void
claim_blocks (AmDivider *divider, const GArray *value, AmBlocks blocks)
{
  g_autoptr (GArray) pieces = am_channel_spaces_resolve (divider->spaces, value);
  guint64 start = 0;

  for (guint i = 0; i < pieces->len && blocks.size > 1; i++)
    {
      const AmPiece *piece = &g_array_index (pieces, AmPiece, i);

      claim_blocks_of_piece (divider, piece, start, blocks);
      start += am_channel_spaces_get_size (divider->spaces, piece->space) * piece->repeat;
    }
}

static void
claim_group_norm (AmDivider *divider, const AmNode *node, guint index)
{
  AmBlocks blocks = { .rule = AM_BLOCKS_STAY_TOGETHER, .inner = AM_NO_FACTOR, .node = index };

  blocks.size = node->channels / node->groups;
  if (node->groups > 1)
    claim_blocks (divider, am_channels_get_input (divider->channels, node, 0), blocks);
}

static void
claim_head_norm (AmDivider *divider, const AmNode *node, guint index)
{
  AmBlocks blocks = { .rule = AM_BLOCKS_STAY_TOGETHER, .inner = AM_NO_FACTOR, .node = index };

  blocks.size = node->channels / node->heads;
  if (node->heads > 1 && node->weight != AM_NO_TENSOR)
    {
      blocks.rule = AM_BLOCKS_ALIKE;
      blocks.inner = am_divider_add_factor (divider, AM_FACTOR_UNITS, blocks.size, AM_NO_FACTOR, index);
      claim_layout (divider, am_channels_get_axis (divider->channels, (guint)node->weight, 0),
                    make_layout (blocks.inner, AM_NO_FACTOR, AM_NO_FACTOR), index);
    }
  if (node->heads > 1)
    claim_blocks (divider, am_channels_get_input (divider->channels, node, 0), blocks);
}

/* The node that makes the first of these channels. */
static guint
find_origin (const AmDivider *divider, const GArray *value)
{
  g_autoptr (GArray) pieces = am_channel_spaces_resolve (divider->spaces, value);

  return am_channel_spaces_get_origin (divider->spaces, g_array_index (pieces, AmPiece, 0).space);
}

static void
claim_rotary (AmDivider *divider, const AmNode *node, guint index)
{
  const GArray *value = am_channels_get_input (divider->channels, node, 0);
  AmBlocks blocks = { .rule = AM_BLOCKS_INSIDE_FIXED, .inner = AM_NO_FACTOR, .node = index };

  if (node->heads == 0)
    {
      am_channel_spaces_fix (divider->spaces, value,
                             (AmFixed){ AM_FIXED_NO_HEADS, find_origin (divider, value) });
      return;
    }
  blocks.size = node->channels / node->heads;
  claim_blocks (divider, value, blocks);
}

/* Factors of one attention: the heads, those of queries that share a key, and what is inside of them. */
typedef struct
{
  gint heads, queries, qk, vo;
} AttentionFactors;

static AttentionFactors
add_attention_factors (const AmDivider *divider, const AmNode *node, guint64 qk, guint64 vo, guint origin)
{
  AttentionFactors factors;
  AmPending factor = { .kind = AM_FACTOR_HEADS,
                       .size = node->kv_heads,
                       .parent = AM_NO_FACTOR,
                       .origin = origin,
                       .called = AM_CALLED_ATTENTION };

  factors.heads = am_pending_add (divider->pending, &factor);
  factor.parent = factors.heads;
  factor.kind = AM_FACTOR_QUERIES;
  factor.size = node->heads / node->kv_heads;
  factors.queries = am_pending_add (divider->pending, &factor);
  factor.kind = AM_FACTOR_UNITS;
  factor.can_rotate = TRUE;
  factor.size = qk;
  factor.called = AM_CALLED_QK;
  factors.qk = am_pending_add (divider->pending, &factor);
  factor.size = vo;
  factor.called = AM_CALLED_VO;
  factors.vo = am_pending_add (divider->pending, &factor);
  return factors;
}

static void
fix_attention (AmDivider *divider, const AmNode *node, guint index)
{
  const GArray *queries = am_channels_get_input (divider->channels, node, 0);
  const AmFixed fixed = { AM_FIXED_NO_HEADS, find_origin (divider, queries) };

  for (guint i = 0; i < node->n_inputs; i++)
    am_channel_spaces_fix (divider->spaces, am_channels_get_input (divider->channels, node, i), fixed);
  am_channel_spaces_fix (divider->spaces, g_ptr_array_index (divider->channels->values, index), fixed);
}

static void
claim_attention (AmDivider *divider, const AmNode *node, guint index)
{
  const GArray *q = am_channels_get_input (divider->channels, node, 0);
  const GArray *k = am_channels_get_input (divider->channels, node, 1);
  const GArray *v = am_channels_get_input (divider->channels, node, 2);
  const GArray *out = g_ptr_array_index (divider->channels->values, index);
  AttentionFactors f;

  if (node->heads == 0 || node->kv_heads == 0)
    {
      fix_attention (divider, node, index);
      return;
    }
  f = add_attention_factors (divider, node, am_channel_spaces_get_length (divider->spaces, q) / node->heads,
                             am_channel_spaces_get_length (divider->spaces, v) / node->kv_heads,
                             find_origin (divider, q));
  claim_layout (divider, q, make_layout (f.heads, f.queries, f.qk), index);
  claim_layout (divider, k, make_layout (f.heads, f.qk, AM_NO_FACTOR), index);
  claim_layout (divider, v, make_layout (f.heads, f.vo, AM_NO_FACTOR), index);
  claim_layout (divider, out, make_layout (f.heads, f.queries, f.vo), index);
}

/* The second axis of the weight counts channels inside a group, which therefore move alike in all groups. */
static void
claim_grouped_conv (AmDivider *divider, const AmNode *node, guint index)
{
  const GArray *inside = am_channels_get_axis (divider->channels, (guint)node->weight, 1);
  const GArray *out = g_ptr_array_index (divider->channels->values, index);
  guint64 n_in = am_channel_spaces_get_length (divider->spaces, inside);
  gint groups, in, made;

  if (node->groups <= 1 || am_node_is_depthwise (divider->channels, node))
    return;
  groups = am_divider_add_factor (divider, AM_FACTOR_GROUPS, node->groups, AM_NO_FACTOR, index);
  in = am_divider_add_factor (divider, AM_FACTOR_UNITS, n_in, AM_NO_FACTOR, index);
  made = am_divider_add_factor (divider, AM_FACTOR_UNITS, node->channels / node->groups, groups, index);
  claim_layout (divider, am_channels_get_input (divider->channels, node, 0),
                make_layout (groups, in, AM_NO_FACTOR), index);
  claim_layout (divider, inside, make_layout (in, AM_NO_FACTOR, AM_NO_FACTOR), index);
  claim_layout (divider, out, make_layout (groups, made, AM_NO_FACTOR), index);
}

static gboolean
treats_channels_separately (const AmDivider *divider, const AmNode *node)
{
  switch (node->type)
    {
    case AM_NODE_BATCH_NORM:
    case AM_NODE_LAYER_NORM:
    case AM_NODE_RMS_NORM:
    case AM_NODE_GROUP_NORM:
    case AM_NODE_HEAD_NORM:
    case AM_NODE_ACTIVATION:
    case AM_NODE_MULTIPLY:
    case AM_NODE_MODULATE:
    case AM_NODE_ROTARY:
    case AM_NODE_FLATTEN:
      return TRUE;
    case AM_NODE_POOL:
      return node->pool == AM_POOL_MAX;
    case AM_NODE_CONV:
      return am_node_is_depthwise (divider->channels, node);
    default:
      return FALSE;
    }
}

static void
claim_separate (AmDivider *divider, const AmNode *node)
{
  if (!treats_channels_separately (divider, node))
    return;
  for (guint i = 0; i < node->n_inputs; i++)
    {
      g_autoptr (GArray) pieces
          = am_channel_spaces_resolve (divider->spaces, am_channels_get_input (divider->channels, node, i));

      for (guint j = 0; j < pieces->len; j++)
        divider->claims[g_array_index (pieces, AmPiece, j).space].is_separate = TRUE;
    }
}

void
am_divider_claim (AmDivider *divider, guint index)
{
  static void (*const rules[AM_N_NODE_TYPES]) (AmDivider *, const AmNode *, guint) = {
    [AM_NODE_CONV] = claim_grouped_conv,   [AM_NODE_GROUP_NORM] = claim_group_norm,
    [AM_NODE_HEAD_NORM] = claim_head_norm, [AM_NODE_ATTENTION] = claim_attention,
    [AM_NODE_ROTARY] = claim_rotary,
  };
  const AmNode *node = am_graph_get_node (divider->channels->graph, index);

  if (rules[node->type] != NULL)
    rules[node->type](divider, node, index);
  claim_separate (divider, node);
}
