/* Curves and bars over a common axis, with a cursor that walks along their points. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  AM_LINE_SOLID, /* with a dot at every point */
  AM_LINE_DASHED,
  AM_LINE_BARS, /* as wide as the points are apart, around them */
} AmLineStyle;

#define AM_TYPE_LINE_CHART (am_line_chart_get_type ())
G_DECLARE_FINAL_TYPE (AmLineChart, am_line_chart, AM, LINE_CHART, GtkWidget)

/**
 * am_line_chart_new:
 * @title: what screen readers call it
 *
 * Properties "cursor" (number of a point, -1 for none; with the pointer, the arrow keys, Home and End) and
 * "readout" (what is known about the point under the cursor, else the summary).
 */
GtkWidget *am_line_chart_new (const char *title);

/* Takes everything off. */
void am_line_chart_clear (AmLineChart *self);

/**
 * am_line_chart_set_axes:
 * @is_percent: whether values are shares, which never lie beyond 0 and 1
 * @start, @end: (nullable): what stands below both ends
 */
void am_line_chart_set_axes (AmLineChart *self, gboolean is_percent, const char *start, const char *end);

/* @xs, @ys: [n], copied; xs ascending from 0 to 1. A value that is not finite leaves a gap. */
void am_line_chart_add_series (AmLineChart *self, AmLineStyle style, guint n, const double *xs,
                               const double *ys);

/* An upright line at @x, as to mark a distance. */
void am_line_chart_set_mark (AmLineChart *self, double x, double from, double to);

/* What the cursor walks over: @xs: [n]; @texts: [n] and %NULL, what each point says. Both copied. */
void am_line_chart_set_points (AmLineChart *self, guint n, const double *xs, const char *const *texts,
                               const char *summary);

void am_line_chart_set_cursor (AmLineChart *self, gint point);
gint am_line_chart_get_cursor (AmLineChart *self);
const char *am_line_chart_get_readout (AmLineChart *self);

/* The ends of the upright axis, round numbers beyond all values. */
void am_line_chart_get_range (AmLineChart *self, double *lowest, double *highest);

G_END_DECLS
