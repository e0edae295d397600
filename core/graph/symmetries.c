#include "graph/symmetries-private.h"

static void
clear_factor (gpointer data)
{
  g_free (((AmFactor *)data)->name);
}

static void
clear_binding (gpointer data)
{
  g_free (((AmAxisBinding *)data)->segments);
}

static void
clear_fixed (gpointer data)
{
  AmFixedSpace *space = data;

  g_free (space->name);
  g_free (space->reason);
}

static GArray *
new_list (guint size, GDestroyNotify clear)
{
  GArray *list = g_array_new (FALSE, FALSE, size);

  g_array_set_clear_func (list, clear);
  return list;
}

AmSymmetries *
am_symmetries_new (const AmGraph *graph)
{
  AmSymmetries *symmetries = g_new0 (AmSymmetries, 1);
  g_autoptr (AmChannels) channels = am_channels_new (graph);
  g_autoptr (AmDivision) division = am_division_new (channels);

  symmetries->graph = graph;
  symmetries->factors = new_list (sizeof (AmFactor), clear_factor);
  symmetries->bindings = new_list (sizeof (AmAxisBinding), clear_binding);
  symmetries->fixed = new_list (sizeof (AmFixedSpace), clear_fixed);
  am_symmetries_bind (symmetries, channels, division);
  am_symmetries_list_fixed (symmetries, channels, division);
  return symmetries;
}

void
am_symmetries_free (AmSymmetries *symmetries)
{
  if (symmetries == NULL)
    return;
  g_array_unref (symmetries->factors);
  g_array_unref (symmetries->bindings);
  g_array_unref (symmetries->fixed);
  g_free (symmetries);
}

const char *
am_factor_kind_get_id (AmFactorKind kind)
{
  static const char *const ids[AM_N_FACTOR_KINDS] = {
    [AM_FACTOR_UNITS] = "units",
    [AM_FACTOR_GROUPS] = "groups",
    [AM_FACTOR_HEADS] = "heads",
    [AM_FACTOR_QUERIES] = "queries",
  };

  return ids[kind];
}

const AmGraph *
am_symmetries_get_graph (const AmSymmetries *symmetries)
{
  return symmetries->graph;
}

guint
am_symmetries_get_n_factors (const AmSymmetries *symmetries)
{
  return symmetries->factors->len;
}

const AmFactor *
am_symmetries_get_factor (const AmSymmetries *symmetries, guint factor)
{
  g_return_val_if_fail (factor < symmetries->factors->len, NULL);
  return &g_array_index (symmetries->factors, AmFactor, factor);
}

guint
am_symmetries_get_n_bindings (const AmSymmetries *symmetries)
{
  return symmetries->bindings->len;
}

const AmAxisBinding *
am_symmetries_get_binding (const AmSymmetries *symmetries, guint binding)
{
  g_return_val_if_fail (binding < symmetries->bindings->len, NULL);
  return &g_array_index (symmetries->bindings, AmAxisBinding, binding);
}

static gint
compare_bindings (gconstpointer a, gconstpointer b)
{
  const AmAxisBinding *first = a, *second = b;

  if (first->tensor != second->tensor)
    return first->tensor < second->tensor ? -1 : 1;
  return (gint)first->axis - (gint)second->axis;
}

const AmAxisBinding *
am_symmetries_find_binding (const AmSymmetries *symmetries, guint tensor, guint axis)
{
  const AmAxisBinding wanted = { .tensor = tensor, .axis = axis };
  guint index;

  if (!g_array_binary_search (symmetries->bindings, &wanted, compare_bindings, &index))
    return NULL;
  return am_symmetries_get_binding (symmetries, index);
}

guint
am_symmetries_get_n_fixed (const AmSymmetries *symmetries)
{
  return symmetries->fixed->len;
}

const AmFixedSpace *
am_symmetries_get_fixed (const AmSymmetries *symmetries, guint index)
{
  g_return_val_if_fail (index < symmetries->fixed->len, NULL);
  return &g_array_index (symmetries->fixed, AmFixedSpace, index);
}
