/* What pictures a network takes. */
#include "network/vision-network-private.h"

#include "base/text.h"

/* Sides of pictures beyond it are nobody's. */
#define MAX_SIDE ((gint64)1 << 20)

/* Positions of a value: n_fixed, and n_shares times those behind the first convolution. */
typedef struct
{
  guint64 n_shares, n_fixed;
} Positions;

static guint64
count_parameter_positions (const AmGraph *graph, const AmNode *node)
{
  const AmGraphTensor *tensor = am_graph_get_tensor (graph, (guint)node->weight);
  guint64 n = 1;

  for (guint d = 0; d + 1 < tensor->n_dims; d++)
    n *= tensor->shape[d];
  return n;
}

static Positions
take_positions (const AmNode *node, Positions in)
{
  if (node->count > 0)
    return (Positions){ 0, (guint64)node->count };
  if (node->start < 0)
    return (Positions){ 0, (guint64)-node->start };
  return (Positions){ in.n_shares, in.n_fixed - MIN (in.n_fixed, (guint64)node->start) };
}

static Positions
join_positions (const AmNode *node, const Positions *positions)
{
  Positions sum = { 0, 0 };

  for (guint i = 0; i < node->n_inputs; i++)
    {
      sum.n_shares += positions[node->inputs[i]].n_shares;
      sum.n_fixed += positions[node->inputs[i]].n_fixed;
    }
  return sum;
}

/* Of the input that has most: the others are repeated. */
static Positions
keep_positions (const AmNode *node, const Positions *positions)
{
  Positions most = { 0, 0 };

  for (guint i = 0; i < node->n_inputs; i++)
    {
      Positions in = positions[node->inputs[i]];

      if (in.n_shares > most.n_shares || (in.n_shares == most.n_shares && in.n_fixed > most.n_fixed))
        most = in;
    }
  return most;
}

static Positions
find_positions (const AmGraph *graph, const AmNode *node, const Positions *positions)
{
  switch (node->type)
    {
    case AM_NODE_INPUT:
    case AM_NODE_CONV:
    case AM_NODE_UPSAMPLE:
      return (Positions){ 1, 0 };
    case AM_NODE_POOL:
      return node->pool == AM_POOL_MEAN_ALL ? (Positions){ 0, 1 } : (Positions){ 1, 0 };
    case AM_NODE_FLATTEN:
      return (Positions){ 0, 1 };
    case AM_NODE_PARAMETER:
      return (Positions){ 0, count_parameter_positions (graph, node) };
    case AM_NODE_TAKE:
      return take_positions (node, positions[node->inputs[0]]);
    case AM_NODE_JOIN:
      return join_positions (node, positions);
    case AM_NODE_ATTENTION:
      return positions[node->inputs[0]];
    default:
      return keep_positions (node, positions);
    }
}

/* [n_nodes]; (transfer full) */
static Positions *
list_positions (const AmGraph *graph)
{
  guint n = am_graph_get_n_nodes (graph);
  Positions *positions = g_new0 (Positions, MAX (n, 1));

  for (guint i = 0; i < n; i++)
    positions[i] = find_positions (graph, am_graph_get_node (graph, i), positions);
  return positions;
}

static gint64
find_root (guint64 square)
{
  for (gint64 root = 1; root < MAX_SIDE && (guint64)(root * root) <= square; root++)
    if ((guint64)(root * root) == square)
      return root;
  return 0;
}

/* The convolution that cuts the picture into patches, or NULL. */
static const AmNode *
find_patches (const AmVisionNetwork *self)
{
  guint input = am_network_get_input (self->network);

  for (guint i = 0; i < am_graph_get_n_nodes (self->graph); i++)
    {
      const AmNode *node = am_graph_get_node (self->graph, i);

      if (am_network_has_node (self->network, i) && node->type == AM_NODE_CONV && node->inputs[0] == input)
        return node->kernel == node->stride && node->padding == 0 && node->padding_end == 0 ? node : NULL;
    }
  return NULL;
}

/* Patches that the sum @node of tokens and their positions leaves room for, or 0. */
static guint64
count_patches (const AmVisionNetwork *self, const AmNode *node, const Positions *positions)
{
  guint64 n_positions = 0, n_others = 0;
  gboolean has_tokens = FALSE;

  if (node->type != AM_NODE_ADD)
    return 0;
  for (guint k = 0; k < node->n_inputs; k++)
    {
      Positions in = positions[node->inputs[k]];

      if (am_graph_get_node (self->graph, node->inputs[k])->type == AM_NODE_PARAMETER)
        n_positions = in.n_fixed;
      else if (in.n_shares == 1)
        {
          has_tokens = TRUE;
          n_others = in.n_fixed;
        }
    }
  return has_tokens && n_positions > 1 && n_positions > n_others ? n_positions - n_others : 0;
}

static guint64
find_side_from_positions (const AmVisionNetwork *self, const Positions *positions)
{
  const AmNode *patches = find_patches (self);

  for (guint i = 0; patches != NULL && i < am_graph_get_n_nodes (self->graph); i++)
    {
      guint64 n = am_network_has_node (self->network, i)
                      ? count_patches (self, am_graph_get_node (self->graph, i), positions)
                      : 0;

      if (n > 0)
        return (guint64)find_root (n) * patches->kernel;
    }
  return 0;
}

/* Sides @least to @most in front of a node whose value has such sides. */
static void
look_in_front (const AmNode *node, gint64 *least, gint64 *most)
{
  gint64 stride = MAX (node->stride, 1);
  gint64 edge = (gint64)node->kernel - node->padding - node->padding_end;

  if (node->type == AM_NODE_UPSAMPLE)
    {
      *least = (*least + 1) / 2;
      *most = *most / 2;
    }
  else if (node->type == AM_NODE_CONV || node->type == AM_NODE_POOL)
    {
      *least = (*least - 1) * stride + edge;
      *most = *most * stride + edge - 1;
    }
}

/* The side of the pictures of which @node leaves so many positions, where it is sure. Rests that strides
 * leave over make several fit; of torchvision's that is known, because it is published. */
static guint64
find_side_before (const AmVisionNetwork *self, const AmNode *flatten)
{
  gint64 least = find_root ((guint64)flatten->count), most = least;
  const AmNode *node = flatten;

  while (node->n_inputs > 0)
    {
      node = am_graph_get_node (self->graph, node->inputs[0]);
      look_in_front (node, &least, &most);
      if (least < 1 || most > MAX_SIDE)
        return 0;
    }
  if (am_model_get_family (self->model) == AM_FAMILY_VGG && least == 224)
    return 224;
  return least == most ? (guint64)least : 0;
}

static const AmNode *
find_node (const AmVisionNetwork *self, AmNodeType type)
{
  for (guint i = 0; i < am_graph_get_n_nodes (self->graph); i++)
    if (am_network_has_node (self->network, i) && am_graph_get_node (self->graph, i)->type == type)
      return am_graph_get_node (self->graph, i);
  return NULL;
}

static gboolean
find_takes_vectors (const AmVisionNetwork *self)
{
  static const AmNodeType types[] = { AM_NODE_CONV, AM_NODE_POOL, AM_NODE_UPSAMPLE, AM_NODE_FLATTEN,
                                      AM_NODE_JOIN, AM_NODE_TAKE, AM_NODE_ROTARY,   AM_NODE_ATTENTION };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (find_node (self, types[i]) != NULL)
      return FALSE;
  return TRUE;
}

void
am_vision_network_find_pictures (AmVisionNetwork *self)
{
  g_autofree Positions *positions = list_positions (self->graph);
  const AmNode *flatten = find_node (self, AM_NODE_FLATTEN);

  self->takes_vectors = find_takes_vectors (self);
  self->has_many_positions
      = !self->takes_vectors && positions[am_network_get_output (self->network)].n_shares > 0;
  self->height = self->takes_vectors ? 0
                 : flatten != NULL   ? find_side_before (self, flatten)
                                     : find_side_from_positions (self, positions);
  self->width = self->height;
}

/* What it takes. (transfer full) */
static char *
describe_input (const AmVisionNetwork *self)
{
  gulong channels = am_graph_get_node (self->graph, am_network_get_input (self->network))->channels;

  if (self->takes_vectors)
    return g_strdup_printf (TN_ ("%lu number", "%lu numbers", channels), channels);
  if (self->height > 0)
    return g_strdup_printf ("%lu x %lu x %lu", (gulong)self->height, (gulong)self->width, channels);
  return g_strdup_printf (TN_ ("pictures with %lu channel", "pictures with %lu channels", channels),
                          channels);
}

static gboolean
fail_shape (const AmVisionNetwork *self, guint64 height, guint64 width, guint64 channels, GError **error)
{
  g_autofree char *wanted = describe_input (self);

  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("the samples are %lu x %lu x %lu (height, width, channels), but %s takes %s"),
               (gulong)height, (gulong)width, (gulong)channels, am_checkpoint_get_path (self->checkpoint),
               wanted);
  return FALSE;
}

static gboolean
does_fit (const AmVisionNetwork *self, guint64 height, guint64 width, guint64 channels)
{
  guint64 wanted = am_graph_get_node (self->graph, am_network_get_input (self->network))->channels;
  guint64 n;

  if (!self->takes_vectors)
    return channels == wanted && (self->height == 0 || (height == self->height && width == self->width));
  return g_uint64_checked_mul (&n, height, width) && g_uint64_checked_mul (&n, n, channels) && n == wanted;
}

/* [n_positions][channels] becomes [channels][n_positions], which vectors are: a row of one channel. */
static void
arrange_sample (const float *in, guint64 n_positions, guint64 channels, AmReal *out)
{
  for (guint64 p = 0; p < n_positions; p++)
    for (guint64 c = 0; c < channels; c++)
      out[c * n_positions + p] = in[p * channels + c];
}

gboolean
am_vision_network_arrange (const AmVisionNetwork *self, const float *values, guint n, guint64 height,
                           guint64 width, guint64 channels, AmValue *value, GError **error)
{
  gsize length;

  if (!does_fit (self, height, width, channels))
    return fail_shape (self, height, width, channels, error);
  length = height * width * channels;
  *value = (AmValue){ n, height, width, channels, g_new (AmReal, n * length) };
  if (self->takes_vectors)
    {
      value->channels = length;
      value->height = value->width = 1;
      for (guint sample = 0; sample < n; sample++)
        arrange_sample (values + sample * length, height * width, channels, value->data + sample * length);
    }
  else
    for (gsize i = 0; i < n * length; i++)
      value->data[i] = values[i];
  return TRUE;
}

const char *
am_vision_network_get_preprocessing (const AmVisionNetwork *self)
{
  const AmNode *first = find_node (self, AM_NODE_CONV);
  const AmNode *flatten = find_node (self, AM_NODE_FLATTEN);

  switch (am_model_get_family (self->model))
    {
    case AM_FAMILY_CLIP:
      return "clip";
    case AM_FAMILY_VIT:
      /* torchvision brings pictures to the statistics of ImageNet, timm and transformers to -1 .. 1. */
      return am_graph_find_tensor (self->graph, "conv_proj.weight") != AM_NO_TENSOR ? "torchvision" : "vit";
    case AM_FAMILY_RESNET:
      return first != NULL && first->kernel == 7 ? "torchvision" : "none";
    case AM_FAMILY_VGG:
      return flatten == NULL || self->height == 224 ? "torchvision" : "none";
    default:
      return "none";
    }
}
