/* How the histogram view draws; its own affair. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define AM_N_HISTOGRAM_SIDES 2 /* A and B */

/* What AmHistogramView shows: see am_histogram_view_set_counts(). */
typedef struct
{
  double minimum, maximum;
  guint n_bins;
  guint64 *counts[AM_N_HISTOGRAM_SIDES];
  guint64 largest; /* of all counts */
  gboolean is_logarithmic;
} AmHistogramData;

/* Fraction of the full height that @count is drawn at. */
double am_histogram_data_get_height (const AmHistogramData *data, guint64 count);

/* @cursor: the marked bin, or -1. */
void am_histogram_draw (GtkWidget *widget, GtkSnapshot *snapshot, const AmHistogramData *data, gint cursor);

/* Height of the line of labels above the bars, and of the one below them. */
int am_histogram_measure_labels (GtkWidget *widget);

G_END_DECLS
