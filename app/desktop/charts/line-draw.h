/* How a line chart looks. Private to the chart. */
#pragma once

#include "charts/line-chart.h"

G_BEGIN_DECLS

typedef struct
{
  AmLineStyle style;
  guint n;
  double *xs, *ys;
} AmLineSeries;

/* @step: between lines of the grid, and of both ends of the axis. */
typedef struct
{
  GPtrArray *series;
  gboolean is_percent;
  char *start, *end;
  gboolean has_mark;
  double mark_x, mark_from, mark_to;
  guint n_points;
  double *xs;
  char **texts;
  char *summary;
  double lowest, highest, step;
} AmLineData;

/* Sets the axis from the values. */
void am_line_data_fit (AmLineData *data);

void am_line_draw (GtkWidget *widget, GtkSnapshot *snapshot, const AmLineData *data, gint cursor);

/* The point nearest to @x of the widget, or -1 when there is none. */
gint am_line_find_point (GtkWidget *widget, const AmLineData *data, double x);

G_END_DECLS
