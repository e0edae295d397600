/* From a graph to its spaces of channels: each node in turn makes new ones, passes on those of its inputs, or
 * ties them, and says which channels the axes of its tensors are. */
#include "graph/symmetries-private.h"

/* More than any network has; a value of more is fixed as a whole. Concatenating again and again what was
 * concatenated would otherwise fill the memory. */
#define MAX_PIECES 10000

/* The node at hand. */
typedef struct
{
  AmChannels *channels;
  AmChannelSpaces *spaces;
  const AmNode *node;
  guint index;
} Step;

const GArray *
am_channels_get_axis (const AmChannels *channels, guint tensor, guint axis)
{
  return channels->axes[tensor * AM_MAX_AXES + axis];
}

const GArray *
am_channels_get_input (const AmChannels *channels, const AmNode *node, guint i)
{
  return g_ptr_array_index (channels->values, node->inputs[i]);
}

static const GArray *
get_input (const Step *step, guint i)
{
  return am_channels_get_input (step->channels, step->node, i);
}

gboolean
am_node_is_depthwise (const AmChannels *channels, const AmNode *node)
{
  return node->type == AM_NODE_CONV && node->groups > 1 && node->groups == node->channels
         && am_channel_spaces_get_length (channels->spaces, am_channels_get_input (channels, node, 0))
                == node->channels;
}

/* Takes note that @axis of @tensor holds the channels of @value. */
static void
use_axis (const Step *step, gint tensor, guint axis, const GArray *value)
{
  GArray **known;

  if (tensor == AM_NO_TENSOR)
    return;
  known = &step->channels->axes[(guint)tensor * AM_MAX_AXES + axis];
  if (*known == NULL)
    *known = g_array_copy ((GArray *)value);
  else
    am_channel_spaces_unify (step->spaces, *known, value, step->index);
}

/* A new space for an axis that is nobody's value. */
static void
use_new_axis (const Step *step, gint tensor, guint axis, guint64 size)
{
  g_autoptr (GArray) value = am_channel_spaces_add (step->spaces, size, step->index);

  use_axis (step, tensor, axis, value);
}

/* Axes @first .. @end of @tensor never move. */
static void
keep_axes (const Step *step, gint tensor, guint first, guint end)
{
  const AmFixed fixed = { AM_FIXED_BY_NATURE, step->index };

  for (guint axis = first; tensor != AM_NO_TENSOR && axis < end; axis++)
    {
      guint64 size = am_graph_get_tensor (step->channels->graph, (guint)tensor)->shape[axis];
      g_autoptr (GArray) value = am_channel_spaces_add_fixed (step->spaces, size, fixed);

      use_axis (step, tensor, axis, value);
    }
}

static guint
get_n_axes (const Step *step, gint tensor)
{
  return am_graph_get_tensor (step->channels->graph, (guint)tensor)->n_dims;
}

static GArray *
make_input (const Step *step)
{
  return am_channel_spaces_add_fixed (step->spaces, step->node->channels,
                                      (AmFixed){ AM_FIXED_INPUT, step->index });
}

/* Parameters and embeddings: all axes but the last count positions or words. */
static GArray *
make_rows (const Step *step)
{
  GArray *value = am_channel_spaces_add (step->spaces, step->node->channels, step->index);
  guint last = get_n_axes (step, step->node->weight) - 1;

  keep_axes (step, step->node->weight, 0, last);
  use_axis (step, step->node->weight, last, value);
  return value;
}

static GArray *
make_linear (const Step *step)
{
  GArray *value = am_channel_spaces_add (step->spaces, step->node->channels, step->index);

  use_axis (step, step->node->weight, step->node->is_transposed ? 1 : 0, value);
  use_axis (step, step->node->weight, step->node->is_transposed ? 0 : 1, get_input (step, 0));
  use_axis (step, step->node->bias, 0, value);
  return value;
}

static GArray *
make_conv (const Step *step)
{
  const AmNode *node = step->node;
  gboolean is_depthwise = am_node_is_depthwise (step->channels, node);
  GArray *value = is_depthwise ? g_array_copy ((GArray *)get_input (step, 0))
                               : am_channel_spaces_add (step->spaces, node->channels, step->index);

  use_axis (step, node->weight, 0, value);
  if (node->groups > 1)
    use_new_axis (step, node->weight, 1,
                  am_graph_get_tensor (step->channels->graph, (guint)node->weight)->shape[1]);
  else
    use_axis (step, node->weight, 1, get_input (step, 0));
  keep_axes (step, node->weight, 2, get_n_axes (step, node->weight));
  use_axis (step, node->bias, 0, value);
  return value;
}

static GArray *
pass (const Step *step)
{
  return g_array_copy ((GArray *)get_input (step, 0));
}

static GArray *
pass_norm (const Step *step)
{
  const AmNode *node = step->node;
  const gint tensors[] = { node->weight, node->bias, node->mean, node->variance };

  for (guint i = 0; i < G_N_ELEMENTS (tensors); i++)
    use_axis (step, tensors[i], 0, get_input (step, 0));
  return pass (step);
}

/* With a single head the weight has channels of its own, as in any norm. */
static GArray *
pass_head_norm (const Step *step)
{
  if (step->node->heads == 1)
    return pass_norm (step);
  if (step->node->weight != AM_NO_TENSOR)
    use_new_axis (step, step->node->weight, 0, step->node->channels / step->node->heads);
  return pass (step);
}

static GArray *
tie (const Step *step)
{
  for (guint i = 1; i < step->node->n_inputs; i++)
    am_channel_spaces_unify (step->spaces, get_input (step, 0), get_input (step, i), step->index);
  return pass (step);
}

static GArray *
concat_fixed (const Step *step)
{
  const AmFixed fixed = { AM_FIXED_MIXED, step->index };

  for (guint i = 0; i < step->node->n_inputs; i++)
    am_channel_spaces_fix (step->spaces, get_input (step, i), fixed);
  return am_channel_spaces_add_fixed (step->spaces, step->node->channels, fixed);
}

static GArray *
concat (const Step *step)
{
  GArray *value = g_array_new (FALSE, FALSE, sizeof (AmPiece));

  for (guint i = 0; i < step->node->n_inputs && value->len <= MAX_PIECES; i++)
    g_array_append_vals (value, get_input (step, i)->data, get_input (step, i)->len);
  if (value->len <= MAX_PIECES)
    return value;
  g_array_unref (value);
  return concat_fixed (step);
}

static GArray *
slice (const Step *step)
{
  return am_channel_spaces_cut (step->spaces, get_input (step, 0), (guint64)step->node->start,
                                step->node->channels, step->index);
}

static GArray *
make_attention (const Step *step)
{
  return am_channel_spaces_add (step->spaces, step->node->channels, step->index);
}

static GArray *
flatten (const Step *step)
{
  GArray *value = pass (step);

  for (guint i = 0; i < value->len; i++)
    g_array_index (value, AmPiece, i).repeat *= (guint64)step->node->count;
  return value;
}

static GArray *
put_out (const Step *step)
{
  am_channel_spaces_fix (step->spaces, get_input (step, 0), (AmFixed){ AM_FIXED_OUTPUT, step->index });
  return pass (step);
}

static GArray *
take_step (const Step *step)
{
  static GArray *(*const rules[AM_N_NODE_TYPES]) (const Step *) = {
    [AM_NODE_INPUT] = make_input,
    [AM_NODE_PARAMETER] = make_rows,
    [AM_NODE_EMBEDDING] = make_rows,
    [AM_NODE_LINEAR] = make_linear,
    [AM_NODE_CONV] = make_conv,
    [AM_NODE_BATCH_NORM] = pass_norm,
    [AM_NODE_LAYER_NORM] = pass_norm,
    [AM_NODE_RMS_NORM] = pass_norm,
    [AM_NODE_GROUP_NORM] = pass_norm,
    [AM_NODE_HEAD_NORM] = pass_head_norm,
    [AM_NODE_ACTIVATION] = pass,
    [AM_NODE_ADD] = tie,
    [AM_NODE_MULTIPLY] = tie,
    [AM_NODE_MODULATE] = tie,
    [AM_NODE_CONCAT] = concat,
    [AM_NODE_SLICE] = slice,
    [AM_NODE_JOIN] = tie,
    [AM_NODE_TAKE] = pass,
    [AM_NODE_ATTENTION] = make_attention,
    [AM_NODE_ROTARY] = pass,
    [AM_NODE_POOL] = pass,
    [AM_NODE_UPSAMPLE] = pass,
    [AM_NODE_FLATTEN] = flatten,
    [AM_NODE_OUTPUT] = put_out,
  };

  return rules[step->node->type](step);
}

static void
free_value (gpointer value)
{
  g_array_unref (value);
}

AmChannels *
am_channels_new (const AmGraph *graph)
{
  AmChannels *channels = g_new0 (AmChannels, 1);

  channels->graph = graph;
  channels->spaces = am_channel_spaces_new ();
  channels->values = g_ptr_array_new_with_free_func (free_value);
  channels->axes = g_new0 (GArray *, (gsize)am_graph_get_n_tensors (graph) * AM_MAX_AXES);
  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      Step step = { channels, channels->spaces, am_graph_get_node (graph, i), i };

      g_ptr_array_add (channels->values, take_step (&step));
    }
  return channels;
}

void
am_channels_free (AmChannels *channels)
{
  gsize n_axes = (gsize)am_graph_get_n_tensors (channels->graph) * AM_MAX_AXES;

  for (gsize i = 0; i < n_axes; i++)
    g_clear_pointer (&channels->axes[i], g_array_unref);
  g_free (channels->axes);
  g_ptr_array_unref (channels->values);
  am_channel_spaces_free (channels->spaces);
  g_free (channels);
}
