#include "graph/symmetries-private.h"

static AmPending *
get (GArray *pending, guint factor)
{
  return &g_array_index (pending, AmPending, factor);
}

gint
am_pending_add (GArray *pending, const AmPending *factor)
{
  AmPending copy = *factor;

  if (factor->size <= 1)
    return AM_NO_FACTOR;
  copy.united = pending->len;
  g_array_append_val (pending, copy);
  return (gint)copy.united;
}

guint
am_pending_find (GArray *pending, guint factor)
{
  while (get (pending, factor)->united != factor)
    {
      guint above = get (pending, factor)->united;

      get (pending, factor)->united = get (pending, above)->united;
      factor = above;
    }
  return factor;
}

AmPending *
am_pending_get (GArray *pending, guint factor)
{
  return get (pending, am_pending_find (pending, factor));
}

void
am_pending_fix (GArray *pending, guint factor, AmFixed fixed)
{
  AmPending *representative = am_pending_get (pending, factor);

  if (representative->fixed.cause == AM_FREE)
    representative->fixed = fixed;
}

void
am_pending_unite (GArray *pending, guint a, guint b)
{
  guint first = MIN (am_pending_find (pending, a), am_pending_find (pending, b));
  guint second = MAX (am_pending_find (pending, a), am_pending_find (pending, b));

  if (first == second)
    return;
  get (pending, second)->united = first;
  get (pending, first)->can_rotate &= get (pending, second)->can_rotate;
  am_pending_fix (pending, first, get (pending, second)->fixed);
}

gint
am_pending_get_parent (GArray *pending, guint factor)
{
  gint parent = get (pending, factor)->parent;

  return parent != AM_NO_FACTOR ? (gint)am_pending_find (pending, (guint)parent) : AM_NO_FACTOR;
}

void
am_layout_append (AmLayout *layout, gint factor)
{
  if (factor != AM_NO_FACTOR)
    layout->factors[layout->n++] = (guint)factor;
}

gint
am_layout_find (const AmLayout *layout, GArray *pending, guint64 size)
{
  guint64 inner = 1;
  guint digit = layout->n;

  while (inner < size && digit > 0)
    inner *= am_pending_get (pending, layout->factors[--digit])->size;
  return inner == size ? (gint)digit : -1;
}

gboolean
am_layout_unite (const AmLayout *a, const AmLayout *b, GArray *pending)
{
  if (a->n != b->n)
    return FALSE;
  for (guint i = 0; i < a->n; i++)
    if (am_pending_get (pending, a->factors[i])->size != am_pending_get (pending, b->factors[i])->size)
      return FALSE;
  for (guint i = 0; i < a->n; i++)
    am_pending_unite (pending, a->factors[i], b->factors[i]);
  return TRUE;
}
