/* Where two models differ: a heat map of blocks by kind of layer, in one of three figures. */
#pragma once

#include <gtk/gtk.h>

#include "compare/comparison.h"

G_BEGIN_DECLS

typedef enum
{
  AM_FIGURE_RELATIVE_L2,
  AM_FIGURE_COSINE,
  AM_FIGURE_MAXIMUM,
} AmFigure;

#define AM_TYPE_DIFFERENCE_MAP (am_difference_map_get_type ())
G_DECLARE_FINAL_TYPE (AmDifferenceMap, am_difference_map, AM, DIFFERENCE_MAP, GtkWidget)

/**
 * am_difference_map_set_comparison:
 *
 * Signal "cell-activated" (guint block, guint layer): as for am_difference_sum_cell().
 * Action "map.figure" (s: "relative-l2", "cosine" or "maximum").
 */
void am_difference_map_set_comparison (AmDifferenceMap *self, AmComparison *comparison);

AmFigure am_difference_map_get_figure (AmDifferenceMap *self);

G_END_DECLS
