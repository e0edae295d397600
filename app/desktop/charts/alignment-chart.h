/* What an alignment did layer by layer, to walk about in: similarity before and after, and how many units
 * moved. */
#pragma once

#include <gtk/gtk.h>

#include "amalgam.h"

G_BEGIN_DECLS

#define AM_TYPE_ALIGNMENT_CHART (am_alignment_chart_get_type ())
G_DECLARE_FINAL_TYPE (AmAlignmentChart, am_alignment_chart, AM, ALIGNMENT_CHART, GtkWidget)

/**
 * am_alignment_chart_new:
 *
 * A chart wider than its room scrolls; the axis stays in sight. The pointer and the keys Left, Right, Home,
 * End, and Page Up and Page Down from block to block move a cursor over the layers; the figures of its layer
 * are written below. Properties: "cursor" (gint: number of the layer, -1 for none), "readout" (its figures in
 * words; "" without a cursor; read only).
 */
GtkWidget *am_alignment_chart_new (void);

/* @layers: [n_layers] in the order of the network; copied, with their texts. Takes the cursor away. */
void am_alignment_chart_set_layers (AmAlignmentChart *self, const AmAlignmentLayer *layers, guint n_layers);

/* Beyond the layers: the nearest one. Below 0: none. */
void am_alignment_chart_set_cursor (AmAlignmentChart *self, gint layer);
gint am_alignment_chart_get_cursor (AmAlignmentChart *self);
const char *am_alignment_chart_get_readout (AmAlignmentChart *self);

G_END_DECLS
