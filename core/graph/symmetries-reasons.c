#include "graph/symmetries-private.h"

#include "base/text.h"

char *
am_fixed_describe (AmFixed fixed, const AmGraph *graph)
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
      return g_strdup_printf (T_ ("the number of heads of %s is not known"), name);
    case AM_FIXED_UNEVEN:
      return g_strdup_printf (T_ ("%s ties them to another number of channels"), name);
    case AM_FIXED_MIXED:
      return g_strdup_printf (T_ ("%s divides them together with channels of other layers"), name);
    case AM_FIXED_ROTARY:
      return g_strdup_printf (T_ ("each is turned by an angle of its own in %s"), name);
    case AM_FIXED_FLATTENED:
      return g_strdup_printf (T_ ("%s ties flattened channels to others"), name);
    case AM_FIXED_TIED:
      return g_strdup_printf (T_ ("they belong to channels of %s that cannot move"), name);
    default:
      return g_strdup ("");
    }
}
