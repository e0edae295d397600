/* The numbers beside the chart, which stay where they are when it scrolls. */
#pragma once

#include "blocks/block-chart.h"

G_BEGIN_DECLS

#define AM_TYPE_BLOCK_AXIS (am_block_axis_get_type ())
G_DECLARE_FINAL_TYPE (AmBlockAxis, am_block_axis, AM, BLOCK_AXIS, GtkWidget)

/* @chart: of the same height, beside it; borrowed, and outlives the axis. */
void am_block_axis_set_chart (AmBlockAxis *self, AmBlockChart *chart);

/* Numbers of the lines that the chart has now. */
void am_block_axis_sync (AmBlockAxis *self);

G_END_DECLS
