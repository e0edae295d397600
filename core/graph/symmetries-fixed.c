/* What cannot move, and why, in words. */
#include "graph/symmetries-private.h"

#include "base/text.h"

static char *
describe (AmFixed fixed, const AmGraph *graph)
{
  const char *name = am_graph_get_node (graph, fixed.node)->name;

  switch (fixed.cause)
    {
    case AM_FIXED_INPUT:
      return g_strdup (T_ ("they come from outside"));
    case AM_FIXED_OUTPUT:
      return g_strdup_printf (T_ ("the network puts them out as %s"), name);
    case AM_FIXED_STRADDLED:
      return g_strdup_printf (T_ ("groups or heads of %s reach beyond them"), name);
    case AM_FIXED_NOT_NESTED:
      return g_strdup (T_ ("its GroupNorms divide them into groups that do not nest"));
    case AM_FIXED_DIVIDED:
      return g_strdup (T_ ("what reads them divides them into heads and groups that contradict each other"));
    case AM_FIXED_NO_HEADS:
      return g_strdup_printf (T_ ("it is not known how many heads %s makes"), name);
    case AM_FIXED_UNEVEN:
      return g_strdup_printf (T_ ("%s ties them to another number of channels"), name);
    case AM_FIXED_MIXED:
      return g_strdup_printf (T_ ("%s divides them together with channels of other layers"), name);
    case AM_FIXED_ROTARY:
      return g_strdup (T_ ("rotary positions turn each by an angle of its own"));
    case AM_FIXED_FLATTENED:
      return g_strdup_printf (T_ ("%s ties flattened channels to others"), name);
    case AM_FIXED_TIED:
      return g_strdup_printf (T_ ("they belong to channels of %s that cannot move"), name);
    default:
      return g_strdup ("");
    }
}

/* Why @space cannot move at all, AM_FREE when it can. */
static AmFixed
find_cause (const AmChannels *channels, AmDivision *division, guint space)
{
  const AmLayout *layout = &division->layouts[space];
  AmFixed fixed = am_channel_spaces_get_fixed (channels->spaces, space);

  for (guint i = 0; i < layout->n && fixed.cause == AM_FREE; i++)
    if (am_pending_get (division->pending, layout->factors[i])->fixed.cause == AM_FREE)
      return fixed;
  return fixed.cause != AM_FREE || layout->n == 0
             ? fixed
             : am_pending_get (division->pending, layout->factors[0])->fixed;
}

static gint
compare_spaces (gconstpointer a, gconstpointer b, gpointer data)
{
  const AmChannelSpaces *spaces = data;
  guint first = *(const guint *)a, second = *(const guint *)b;
  guint origin_a = am_channel_spaces_get_origin (spaces, first);
  guint origin_b = am_channel_spaces_get_origin (spaces, second);

  if (origin_a != origin_b)
    return origin_a < origin_b ? -1 : 1;
  return first < second ? -1 : first > second;
}

/* Parts of one layer that are fixed for the same cause are one entry. */
static void
add_fixed (AmSymmetries *symmetries, const char *name, guint64 size, char *reason)
{
  AmFixedSpace space = { .size = size };

  for (guint i = symmetries->fixed->len; i > 0; i--)
    {
      AmFixedSpace *known = &g_array_index (symmetries->fixed, AmFixedSpace, i - 1);

      if (!g_str_equal (known->name, name))
        break;
      if (g_str_equal (known->reason, reason))
        {
          known->size += size;
          g_free (reason);
          return;
        }
    }
  space.name = g_strdup (name);
  space.reason = reason;
  g_array_append_val (symmetries->fixed, space);
}

/* Spaces of values, each once, in the order of the network. Those that are but an axis of a tensor are left
 * out, such as the weight of a norm that is the same in all heads. */
static GArray *
list_spaces (const AmChannels *channels)
{
  g_autofree gboolean *is_listed = g_new0 (gboolean, am_channel_spaces_get_n (channels->spaces));
  GArray *list = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < channels->values->len; i++)
    {
      g_autoptr (GArray) pieces
          = am_channel_spaces_resolve (channels->spaces, g_ptr_array_index (channels->values, i));

      for (guint j = 0; j < pieces->len; j++)
        {
          guint space = g_array_index (pieces, AmPiece, j).space;

          if (!is_listed[space])
            g_array_append_val (list, space);
          is_listed[space] = TRUE;
        }
    }
  g_array_sort_with_data (list, compare_spaces, channels->spaces);
  return list;
}

void
am_symmetries_list_fixed (AmSymmetries *symmetries, const AmChannels *channels, AmDivision *division)
{
  g_autoptr (GArray) order = list_spaces (channels);

  for (guint i = 0; i < order->len; i++)
    {
      guint space = g_array_index (order, guint, i);
      AmFixed fixed = find_cause (channels, division, space);
      const AmNode *origin
          = am_graph_get_node (channels->graph, am_channel_spaces_get_origin (channels->spaces, space));

      if (fixed.cause > AM_FIXED_BY_NATURE)
        add_fixed (symmetries, origin->name, am_channel_spaces_get_size (channels->spaces, space),
                   describe (fixed, channels->graph));
    }
}
