/* Factors in the order of the network, and how they move the axes of tensors. */
#include "graph/symmetries-private.h"

#include <string.h>

/* @numbers: [pending factors] of representatives, or AM_FIXED_FACTOR */
typedef struct
{
  AmSymmetries *symmetries;
  const AmChannels *channels;
  AmDivision *division;
  gint *numbers;
} Binder;

/* "blocks.0.attn QK" for blocks.0.attn.to_q. */
static char *
make_name (const AmGraph *graph, const AmPending *pending)
{
  const char *layer = am_graph_get_node (graph, pending->origin)->name;
  const char *end = strrchr (layer, '.');
  g_autofree char *attention = g_strndup (layer, end != NULL ? (gsize)(end - layer) : strlen (layer));

  switch (pending->called)
    {
    case AM_CALLED_ATTENTION:
      return g_steal_pointer (&attention);
    case AM_CALLED_QK:
      return g_strconcat (attention, " QK", NULL);
    case AM_CALLED_VO:
      return g_strconcat (attention, " VO", NULL);
    default:
      return g_strdup (layer);
    }
}

/* The parent was numbered before: it stands in front of the factor wherever that is used. */
static void
number_factor (Binder *binder, guint factor)
{
  GArray *pending = binder->division->pending, *factors = binder->symmetries->factors;
  const AmPending *representative = am_pending_get (pending, factor);
  gint parent = am_pending_get_parent (pending, factor);
  AmFactor numbered = { .kind = representative->kind, .size = (guint)representative->size, .n_branches = 1 };

  if (representative->fixed.cause != AM_FREE || binder->numbers[factor] != AM_FIXED_FACTOR)
    return;
  numbered.name = make_name (binder->channels->graph, representative);
  numbered.can_rotate = representative->can_rotate;
  numbered.parent = parent != AM_NO_FACTOR ? binder->numbers[parent] : -1;
  if (numbered.parent >= 0)
    {
      const AmFactor *above = &g_array_index (factors, AmFactor, numbered.parent);

      numbered.n_branches = above->n_branches * above->size;
    }
  binder->numbers[factor] = (gint)factors->len;
  g_array_append_val (factors, numbered);
}

static void
number_axis (Binder *binder, const GArray *axis)
{
  g_autoptr (GArray) pieces = am_channel_spaces_resolve (binder->channels->spaces, axis);

  for (guint i = 0; i < pieces->len; i++)
    {
      const AmLayout *layout = &binder->division->layouts[g_array_index (pieces, AmPiece, i).space];

      for (guint j = 0; j < layout->n; j++)
        number_factor (binder, am_pending_find (binder->division->pending, layout->factors[j]));
    }
}

static void
number_node (Binder *binder, const AmNode *node)
{
  const gint tensors[] = { node->weight, node->bias, node->mean, node->variance };

  for (guint i = 0; i < G_N_ELEMENTS (tensors); i++)
    for (guint axis = 0; tensors[i] != AM_NO_TENSOR && axis < AM_MAX_AXES; axis++)
      {
        const GArray *value = am_channels_get_axis (binder->channels, (guint)tensors[i], axis);

        if (value != NULL)
          number_axis (binder, value);
      }
}

/* Fixed neighbours are one digit. */
static void
append_digit (AmAxisSegment *segment, gint factor, guint64 size)
{
  AmDigit *last = segment->n_digits > 0 ? &segment->digits[segment->n_digits - 1] : NULL;

  segment->length *= size;
  if (factor == AM_FIXED_FACTOR && last != NULL && last->factor == AM_FIXED_FACTOR)
    last->size *= size;
  else
    segment->digits[segment->n_digits++] = (AmDigit){ .factor = factor, .size = size };
}

static AmAxisSegment
make_segment (const Binder *binder, const AmPiece *piece, guint64 start)
{
  const AmLayout *layout = &binder->division->layouts[piece->space];
  AmAxisSegment segment = { .start = start, .length = 1 };

  for (guint i = 0; i < layout->n; i++)
    {
      guint factor = am_pending_find (binder->division->pending, layout->factors[i]);

      append_digit (&segment, binder->numbers[factor],
                    am_pending_get (binder->division->pending, factor)->size);
    }
  if (piece->repeat > 1)
    append_digit (&segment, AM_FIXED_FACTOR, piece->repeat);
  return segment;
}

static gboolean
moves (const AmAxisSegment *segment)
{
  return segment->n_digits > 1 || (segment->n_digits == 1 && segment->digits[0].factor != AM_FIXED_FACTOR);
}

static void
bind_axis (Binder *binder, guint tensor, guint axis, gboolean follows)
{
  const GArray *value = am_channels_get_axis (binder->channels, tensor, axis);
  g_autoptr (GArray) pieces = am_channel_spaces_resolve (binder->channels->spaces, value);
  g_autoptr (GArray) segments = g_array_new (FALSE, FALSE, sizeof (AmAxisSegment));
  AmAxisBinding binding = { .tensor = tensor, .axis = axis, .follows = follows };
  guint64 start = 0;

  for (guint i = 0; i < pieces->len; i++)
    {
      const AmPiece *piece = &g_array_index (pieces, AmPiece, i);
      AmAxisSegment segment = make_segment (binder, piece, start);

      start += am_channel_spaces_get_size (binder->channels->spaces, piece->space) * piece->repeat;
      if (moves (&segment))
        g_array_append_val (segments, segment);
    }
  if (segments->len == 0)
    return;
  binding.n_segments = segments->len;
  binding.segments = g_memdup2 (segments->data, segments->len * sizeof (AmAxisSegment));
  g_array_append_val (binder->symmetries->bindings, binding);
}

/* [tensors]: which are running statistics. */
static gboolean *
find_statistics (const AmGraph *graph)
{
  gboolean *is_statistic = g_new0 (gboolean, am_graph_get_n_tensors (graph));

  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if (node->mean != AM_NO_TENSOR)
        is_statistic[node->mean] = TRUE;
      if (node->variance != AM_NO_TENSOR)
        is_statistic[node->variance] = TRUE;
    }
  return is_statistic;
}

void
am_symmetries_bind (AmSymmetries *symmetries, const AmChannels *channels, AmDivision *division)
{
  g_autofree gint *numbers = g_new (gint, division->pending->len);
  g_autofree gboolean *is_statistic = find_statistics (channels->graph);
  Binder binder = { symmetries, channels, division, numbers };

  for (guint i = 0; i < division->pending->len; i++)
    numbers[i] = AM_FIXED_FACTOR;
  for (guint i = 0; i < am_graph_get_n_nodes (channels->graph); i++)
    number_node (&binder, am_graph_get_node (channels->graph, i));
  for (guint tensor = 0; tensor < am_graph_get_n_tensors (channels->graph); tensor++)
    for (guint axis = 0; axis < AM_MAX_AXES; axis++)
      if (am_channels_get_axis (channels, tensor, axis) != NULL)
        bind_axis (&binder, tensor, axis, is_statistic[tensor]);
}
