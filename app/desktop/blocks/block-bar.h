/* One bar of the block weights chart: a slider drawn as a bar. */
#pragma once

#include <gtk/gtk.h>

#include "blocks/block-scale.h"
#include "state/block-values.h"

G_BEGIN_DECLS

#define AM_TYPE_BLOCK_BAR (am_block_bar_get_type ())
G_DECLARE_FINAL_TYPE (AmBlockBar, am_block_bar, AM, BLOCK_BAR, GtkRange)

/* @values: kept. The bar shows number @bar of them, and changes it when assistive technology moves the
 * slider. Pointer and keys are the chart's. It draws only within its own size. */
AmBlockBar *am_block_bar_new (AmBlockValues *values, guint bar);

/* Shows what the values are now. */
void am_block_bar_sync (AmBlockBar *self);

gboolean am_block_bar_get_is_selected (AmBlockBar *self);
void am_block_bar_set_is_selected (AmBlockBar *self, gboolean is_selected);

/* Whether the pointer is over its column. */
void am_block_bar_set_is_hovered (AmBlockBar *self, gboolean is_hovered);

/* Room above the top and below the bottom of the axis within a bar's height. */
#define AM_BLOCK_BAR_MARGIN 5.0f

/* The axis in the coordinates of a bar of that height. */
AmBlockScale am_block_bar_get_scale (AmBlockValues *values, float height);

G_END_DECLS
