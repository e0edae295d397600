/* The bars of the block weights editor: one for each block, set by pointer and by keys. */
#pragma once

#include <gtk/gtk.h>

#include "blocks/block-scale.h"
#include "state/block-values.h"

G_BEGIN_DECLS

#define AM_TYPE_BLOCK_CHART (am_block_chart_get_type ())
G_DECLARE_FINAL_TYPE (AmBlockChart, am_block_chart, AM, BLOCK_CHART, GtkWidget)

/**
 * am_block_chart_set_values:
 * @values: (nullable): kept; the chart follows it and changes it, each stroke within one edit
 *
 * Each bar is a child with the role of a slider. Tab enters the chart at the bar that had the focus last and
 * leaves it; the arrow keys go from bar to bar. Property "curve-mode": a curve over the blocks instead of
 * single bars.
 *
 * Actions: "bar.type", "bar.unset", "bar.set" (d), "bar.select-all", "bar.select-group", "bar.level". It
 * activates "blocks.copy" and "blocks.paste" of its ancestors for Ctrl+C and Ctrl+V.
 */
void am_block_chart_set_values (AmBlockChart *self, AmBlockValues *values);

gboolean am_block_chart_get_is_curve_mode (AmBlockChart *self);
void am_block_chart_set_is_curve_mode (AmBlockChart *self, gboolean is_curve_mode);

/* The axis in the chart's coordinates, as it was laid out last: for the scale beside it. */
AmBlockScale am_block_chart_get_scale (AmBlockChart *self);

/* The child that shows a bar. */
GtkWidget *am_block_chart_get_bar (AmBlockChart *self, guint bar);

G_END_DECLS
