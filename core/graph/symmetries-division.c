/* How spaces of channels are divided into heads, groups and what is inside of them: the claims of all nodes
 * on a space are brought together, or the space is fixed. */
#include "graph/symmetries-private.h"

gint
am_divider_add_factor (const AmDivider *divider, AmFactorKind kind, guint64 size, gint parent, guint origin)
{
  AmPending factor = { .kind = kind, .size = size, .parent = parent, .origin = origin };

  return am_pending_add (divider->pending, &factor);
}

void
am_divider_fix_factor (const AmDivider *divider, gint factor, AmFixed fixed)
{
  if (factor != AM_NO_FACTOR)
    am_pending_fix (divider->pending, (guint)factor, fixed);
}

void
am_divider_fix_layout (const AmDivider *divider, const AmLayout *layout, guint first, AmFixed fixed)
{
  for (guint i = first; i < layout->n; i++)
    am_pending_fix (divider->pending, layout->factors[i], fixed);
}

static gint
compare_blocks (gconstpointer a, gconstpointer b)
{
  const AmBlocks *first = a, *second = b;

  if (first->size != second->size)
    return first->size < second->size ? 1 : -1;
  return (gint)first->rule - (gint)second->rule;
}

/* Digits from blocks alone, the largest outermost. */
static void
divide_into_blocks (AmDivider *divider, guint space)
{
  AmLayout *layout = &divider->layouts[space];
  guint origin = am_channel_spaces_get_origin (divider->spaces, space);
  guint64 outer = am_channel_spaces_get_size (divider->spaces, space);
  GArray *blocks = divider->claims[space].blocks;
  gint parent = AM_NO_FACTOR;

  g_array_sort (blocks, compare_blocks);
  for (guint i = 0; i < blocks->len; i++)
    {
      const AmBlocks *block = &g_array_index (blocks, AmBlocks, i);
      AmFactorKind kind = block->rule == AM_BLOCKS_STAY_TOGETHER ? AM_FACTOR_GROUPS : AM_FACTOR_HEADS;
      gint factor;

      if (outer == block->size)
        continue;
      if (outer % block->size != 0 || layout->n + 2 > G_N_ELEMENTS (layout->factors))
        {
          am_channel_spaces_fix_space (divider->spaces, space, (AmFixed){ AM_FIXED_NOT_NESTED, origin });
          return;
        }
      factor = am_divider_add_factor (divider, kind, outer / block->size, parent, origin);
      am_layout_append (layout, factor);
      parent = factor;
      outer = block->size;
    }
  am_layout_append (layout, am_divider_add_factor (divider, AM_FACTOR_UNITS, outer, parent, origin));
}

static void
unite_layouts (AmDivider *divider, guint space)
{
  const GArray *layouts = divider->claims[space].layouts;
  AmFixed fixed = { AM_FIXED_DIVIDED, am_channel_spaces_get_origin (divider->spaces, space) };

  divider->layouts[space] = g_array_index (layouts, AmLayout, 0);
  for (guint i = 1; i < layouts->len; i++)
    if (!am_layout_unite (&divider->layouts[space], &g_array_index (layouts, AmLayout, i), divider->pending))
      am_channel_spaces_fix_space (divider->spaces, space, fixed);
}

/* Holds blocks against the digits of the space; FALSE when they contradict each other. */
static gboolean
apply_blocks (AmDivider *divider, const AmLayout *layout, const AmBlocks *blocks)
{
  gint digit = am_layout_find (layout, divider->pending, blocks->size);

  if (digit < 0)
    return FALSE;
  if (blocks->rule == AM_BLOCKS_INSIDE_FIXED)
    am_divider_fix_layout (divider, layout, (guint)digit, (AmFixed){ AM_FIXED_ROTARY, blocks->node });
  if (blocks->rule != AM_BLOCKS_ALIKE)
    return TRUE;
  if ((guint)digit + 1 != layout->n)
    return FALSE;
  am_pending_unite (divider->pending, layout->factors[digit], (guint)blocks->inner);
  return TRUE;
}

static void
divide (AmDivider *divider, guint space)
{
  const AmClaims *claims = &divider->claims[space];
  AmFixed fixed = { AM_FIXED_DIVIDED, am_channel_spaces_get_origin (divider->spaces, space) };

  if (am_channel_spaces_get_size (divider->spaces, space) > G_MAXINT)
    am_channel_spaces_fix_space (divider->spaces, space, (AmFixed){ AM_FIXED_BY_NATURE, fixed.node });
  if (claims->layouts->len > 0)
    unite_layouts (divider, space);
  else
    divide_into_blocks (divider, space);
  for (guint i = 0; i < claims->blocks->len; i++)
    if (!apply_blocks (divider, &divider->layouts[space], &g_array_index (claims->blocks, AmBlocks, i)))
      am_channel_spaces_fix_space (divider->spaces, space, fixed);
}

/* What is shared with a space that is fixed cannot move elsewhere either. */
static void
spread_fixed (AmDivider *divider, guint space)
{
  const AmClaims *claims = &divider->claims[space];
  AmFixed tied = { AM_FIXED_TIED, am_channel_spaces_get_origin (divider->spaces, space) };

  if (am_channel_spaces_get_fixed (divider->spaces, space).cause == AM_FREE)
    return;
  am_divider_fix_layout (divider, &divider->layouts[space], 0, tied);
  for (guint i = 0; i < claims->layouts->len; i++)
    am_divider_fix_layout (divider, &g_array_index (claims->layouts, AmLayout, i), 0, tied);
  for (guint i = 0; i < claims->blocks->len; i++)
    am_divider_fix_factor (divider, g_array_index (claims->blocks, AmBlocks, i).inner, tied);
}

static void
forbid_rotation (AmDivider *divider, guint space)
{
  const AmLayout *layout = &divider->layouts[space];

  if (!divider->claims[space].is_separate && divider->claims[space].blocks->len == 0)
    return;
  for (guint i = 0; i < layout->n; i++)
    am_pending_get (divider->pending, layout->factors[i])->can_rotate = FALSE;
}

static gboolean
has_before (const AmDivider *divider, const AmLayout *layout, guint digit, guint factor)
{
  for (guint i = 0; i < digit; i++)
    if (am_pending_find (divider->pending, layout->factors[i]) == factor)
      return TRUE;
  return FALSE;
}

/* A factor stands once, and behind the one it depends on; else it is fixed, or depends on nothing: it was
 * united with a factor of other surroundings. Returns whether all was well. */
static gboolean
check_digit (const AmDivider *divider, const AmLayout *layout, guint digit)
{
  guint factor = am_pending_find (divider->pending, layout->factors[digit]);
  AmPending *pending = am_pending_get (divider->pending, factor);
  gint parent = am_pending_get_parent (divider->pending, factor);

  if (pending->fixed.cause != AM_FREE)
    return TRUE;
  if (has_before (divider, layout, digit, factor))
    {
      am_pending_fix (divider->pending, factor, (AmFixed){ AM_FIXED_DIVIDED, pending->origin });
      return FALSE;
    }
  if (parent == AM_NO_FACTOR || has_before (divider, layout, digit, (guint)parent))
    return TRUE;
  pending->parent = AM_NO_FACTOR;
  return FALSE;
}

static gboolean
check_layouts (const AmDivider *divider, guint n)
{
  gboolean is_good = TRUE;

  for (guint space = 0; space < n; space++)
    for (guint digit = 0; digit < divider->layouts[space].n; digit++)
      is_good &= check_digit (divider, &divider->layouts[space], digit);
  return is_good;
}

static void
for_each_space (AmDivider *divider, guint n, void (*visit) (AmDivider *, guint))
{
  for (guint space = 0; space < n; space++)
    if (am_channel_spaces_is_representative (divider->spaces, space))
      visit (divider, space);
}

static AmClaims *
new_claims (guint n)
{
  AmClaims *claims = g_new0 (AmClaims, n);

  for (guint i = 0; i < n; i++)
    {
      claims[i].layouts = g_array_new (FALSE, FALSE, sizeof (AmLayout));
      claims[i].blocks = g_array_new (FALSE, FALSE, sizeof (AmBlocks));
    }
  return claims;
}

static void
free_claims (AmClaims *claims, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_array_unref (claims[i].layouts);
      g_array_unref (claims[i].blocks);
    }
  g_free (claims);
}

AmDivision *
am_division_new (const AmChannels *channels)
{
  guint n = am_channel_spaces_get_n (channels->spaces);
  AmDivision *division = g_new0 (AmDivision, 1);
  AmDivider divider = { .channels = channels, .spaces = channels->spaces };

  division->pending = divider.pending = g_array_new (FALSE, FALSE, sizeof (AmPending));
  division->layouts = divider.layouts = g_new0 (AmLayout, n);
  divider.claims = new_claims (n);
  for (guint i = 0; i < am_graph_get_n_nodes (channels->graph); i++)
    am_divider_claim (&divider, i);
  for_each_space (&divider, n, divide);
  for_each_space (&divider, n, spread_fixed);
  for_each_space (&divider, n, forbid_rotation);
  while (!check_layouts (&divider, n))
    ;
  free_claims (divider.claims, n);
  return division;
}

void
am_division_free (AmDivision *division)
{
  g_array_unref (division->pending);
  g_free (division->layouts);
  g_free (division);
}
