#include "random-graph.h"

#define N_STEPS 14
#define MAX_WIDTH 48

typedef struct
{
  guint node;
  guint64 positions;
  gboolean is_read;
} Value;

typedef struct
{
  AmGraph *graph;
  GRand *rand;
  GArray *values;
  guint n_names;
  char name[16];
} Maker;

static guint
draw (Maker *maker, guint n)
{
  return (guint)g_rand_int_range (maker->rand, 0, (gint32)n);
}

static guint64
draw_width (Maker *maker)
{
  static const guint64 widths[] = { 4, 6, 8, 8, 12 };

  return widths[draw (maker, G_N_ELEMENTS (widths))];
}

static guint
draw_divisor (Maker *maker, guint64 n)
{
  guint divisor;

  do
    divisor = 1 + draw (maker, (guint)n);
  while (n % divisor != 0);
  return divisor;
}

static const char *
name (Maker *maker)
{
  g_snprintf (maker->name, sizeof maker->name, "l%u", maker->n_names++);
  return maker->name;
}

static guint64
width_of (Maker *maker, guint node)
{
  return am_graph_get_node (maker->graph, node)->channels;
}

static void
keep (Maker *maker, guint node, guint64 positions)
{
  Value value = { .node = node, .positions = positions };

  g_array_append_val (maker->values, value);
}

/* One of the latest, so that networks get deep. */
static Value *
pick (Maker *maker)
{
  guint n = maker->values->len, back = draw (maker, MIN (n, 4));
  Value *value = &g_array_index (maker->values, Value, n - 1 - back);

  value->is_read = TRUE;
  return value;
}

/* Another value of @width that can be combined with one of @positions; a new one where there is none. */
static guint
pick_like (Maker *maker, guint64 width, guint64 positions)
{
  guint first = draw (maker, maker->values->len);

  for (guint i = 0; i < maker->values->len && draw (maker, 4) != 0; i++)
    {
      Value *value = &g_array_index (maker->values, Value, (first + i) % maker->values->len);

      if (width_of (maker, value->node) != width || value->positions != positions)
        continue;
      value->is_read = TRUE;
      return value->node;
    }
  for (guint i = maker->values->len; i > 0; i--)
    {
      Value *value = &g_array_index (maker->values, Value, i - 1);

      if (value->positions == positions)
        {
          value->is_read = TRUE;
          return build_linear (maker->graph, name (maker), value->node, width);
        }
    }
  return build_parameter (maker->graph, name (maker), positions, width);
}

static void
make_layer (Maker *maker)
{
  Value in = *pick (maker);
  guint64 width = width_of (maker, in.node);

  switch (draw (maker, 5))
    {
    case 0:
      keep (maker, build_linear (maker->graph, name (maker), in.node, draw_width (maker)), in.positions);
      break;
    case 1:
      keep (maker, build_transposed (maker->graph, name (maker), in.node, draw_width (maker)), in.positions);
      break;
    case 2:
      keep (maker, build_conv (maker->graph, name (maker), in.node, draw_width (maker), 3, 1), in.positions);
      break;
    case 3:
      keep (maker, build_conv (maker->graph, name (maker), in.node, width, 3, (guint)width), in.positions);
      break;
    default:
      {
        guint groups = draw_divisor (maker, width);

        keep (maker,
              build_conv (maker->graph, name (maker), in.node, groups * (1 + draw (maker, 3)), 1, groups),
              in.positions);
      }
    }
}

static void
make_norm (Maker *maker)
{
  Value in = *pick (maker);
  guint64 width = width_of (maker, in.node);
  guint node;

  switch (draw (maker, 7))
    {
    case 0:
      node = build_norm (maker->graph, AM_NODE_BATCH_NORM, name (maker), in.node);
      break;
    case 1:
      node = build_norm (maker->graph, AM_NODE_LAYER_NORM, name (maker), in.node);
      break;
    case 2:
      node = build_norm (maker->graph, AM_NODE_RMS_NORM, name (maker), in.node);
      break;
    case 3:
      node = build_head_norm (maker->graph, name (maker), in.node, draw_divisor (maker, width));
      break;
    default:
      node = build_group_norm (maker->graph, name (maker), in.node, draw_divisor (maker, width));
    }
  keep (maker, node, in.positions);
}

static void
make_pair (Maker *maker)
{
  static const AmNodeType types[] = { AM_NODE_ADD, AM_NODE_ADD, AM_NODE_MULTIPLY, AM_NODE_JOIN };
  AmNodeType type = types[draw (maker, G_N_ELEMENTS (types))];
  Value in = *pick (maker);
  guint other = pick_like (maker, width_of (maker, in.node), in.positions);
  guint node = build_pair (maker->graph, type, in.node, other);

  if (type == AM_NODE_JOIN)
    node = build_take (maker->graph, node, (gint64)draw (maker, (guint)in.positions + 1),
                       (gint64)in.positions);
  keep (maker, node, in.positions);
}

static void
make_modulation (Maker *maker)
{
  Value in = *pick (maker);
  guint inputs[3] = { in.node };

  for (guint i = 1; i < 3; i++)
    inputs[i] = pick_like (maker, width_of (maker, in.node), in.positions);
  keep (maker, build_plain (maker->graph, AM_NODE_MODULATE, "modulate", 3, inputs), in.positions);
}

static void
make_concat (Maker *maker)
{
  Value in = *pick (maker);
  guint other = pick_like (maker, draw_width (maker), in.positions);

  if (width_of (maker, in.node) + width_of (maker, other) <= MAX_WIDTH)
    keep (maker, build_pair (maker->graph, AM_NODE_CONCAT, in.node, other), in.positions);
}

static void
make_slice (Maker *maker)
{
  Value in = *pick (maker);
  guint64 width = width_of (maker, in.node);
  guint64 part = draw (maker, 2) == 0 && width % 2 == 0 ? width / 2 : 1 + draw (maker, (guint)width);

  keep (maker, build_slice (maker->graph, in.node, draw (maker, (guint)(width - part) + 1), part),
        in.positions);
}

static void
make_positions (Maker *maker)
{
  Value in = *pick (maker);

  if (in.positions != 4 || width_of (maker, in.node) > 12)
    return;
  if (draw (maker, 3) != 0)
    keep (maker, build_flatten (maker->graph, in.node, 4), 1);
  else
    keep (maker, build_pool (maker->graph, in.node, AM_POOL_MEAN_ALL), 1);
}

static void
make_activation (Maker *maker)
{
  Value in = *pick (maker);

  keep (maker, build_activation (maker->graph, in.node), in.positions);
}

static guint
turn (Maker *maker, guint node, guint heads, gboolean is_normed, gboolean is_rotary)
{
  if (is_normed)
    node = build_head_norm (maker->graph, name (maker), node, heads);
  return is_rotary ? build_rotary (maker->graph, node, heads) : node;
}

/* Queries, keys and values of their own or of others, heads of which keys may have fewer. */
static void
make_attention (Maker *maker)
{
  Value in = *pick (maker);
  guint kv_heads = 1 + draw (maker, 2), shared = 1 + draw (maker, 2), width = 2 * (1 + draw (maker, 2));
  gboolean is_normed = draw (maker, 4) == 0, is_rotary = draw (maker, 4) == 0;
  guint q = pick_like (maker, (guint64)kv_heads * shared * width, in.positions);
  guint k = pick_like (maker, (guint64)kv_heads * width, in.positions);
  guint v = pick_like (maker, (guint64)kv_heads * (1 + draw (maker, 4)), in.positions);

  q = turn (maker, q, kv_heads * shared, is_normed, is_rotary);
  k = turn (maker, k, kv_heads, is_normed, is_rotary);
  keep (maker, build_attention (maker->graph, q, k, v, kv_heads * shared, kv_heads), in.positions);
}

/* The same layer at another place. */
static void
make_shared (Maker *maker)
{
  Value in = *pick (maker);
  guint n = am_graph_get_n_nodes (maker->graph);
  const AmNode *node = am_graph_get_node (maker->graph, draw (maker, n));
  g_autofree char *copy = g_strdup (node->name);

  if (node->type == AM_NODE_LINEAR && node->bias != AM_NO_TENSOR
      && width_of (maker, node->inputs[0]) == width_of (maker, in.node))
    keep (maker, build_linear (maker->graph, copy, in.node, node->channels), in.positions);
}

static void
put_out (Maker *maker)
{
  guint n = maker->values->len;

  for (guint i = 0; i < n; i++)
    {
      const Value *value = &g_array_index (maker->values, Value, i);
      guint node = value->node;

      if (value->is_read && i + 1 < n)
        continue;
      if (draw (maker, 10) != 0)
        node = build_linear (maker->graph, name (maker), node, 3);
      build_output (maker->graph, name (maker), node);
    }
}

AmGraph *
random_graph_new (guint32 seed)
{
  static void (*const steps[]) (Maker *) = {
    make_layer, make_layer,     make_layer,      make_norm,      make_pair,      make_pair,   make_concat,
    make_slice, make_positions, make_activation, make_attention, make_attention, make_shared, make_modulation,
  };
  Maker maker = { am_graph_new (), g_rand_new_with_seed (seed), g_array_new (FALSE, FALSE, sizeof (Value)) };

  keep (&maker, build_input (maker.graph, "x", 3), 4);
  make_layer (&maker);
  for (guint i = 0; i < N_STEPS; i++)
    steps[draw (&maker, G_N_ELEMENTS (steps))](&maker);
  put_out (&maker);
  g_rand_free (maker.rand);
  g_array_unref (maker.values);
  return maker.graph;
}
