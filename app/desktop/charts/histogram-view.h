/* Two histograms over one range, laid over each other: A filled, B as an outline. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define AM_TYPE_HISTOGRAM_VIEW (am_histogram_view_get_type ())
G_DECLARE_FINAL_TYPE (AmHistogramView, am_histogram_view, AM, HISTOGRAM_VIEW, GtkWidget)

/**
 * am_histogram_view_new:
 *
 * Properties: "logarithmic" (gboolean: heights by the logarithm of the counts, so that rare values show),
 * "cursor" (gint: the bin pointed at or walked to by Left, Right, Home and End; -1 for none), "readout" (what
 * is in that bin, in words; "" without a cursor; read only).
 */
GtkWidget *am_histogram_view_new (void);

/**
 * am_histogram_view_set_counts:
 * @minimum, @maximum: range; minimum < maximum
 * @n_bins: bins of equal width; 0 shows nothing
 * @counts_a, @counts_b: (nullable): [n_bins], copied; %NULL for a side there is none of
 *
 * Takes the cursor away.
 */
void am_histogram_view_set_counts (AmHistogramView *self, double minimum, double maximum, guint n_bins,
                                   const guint64 *counts_a, const guint64 *counts_b);

void am_histogram_view_set_logarithmic (AmHistogramView *self, gboolean is_logarithmic);
gboolean am_histogram_view_get_logarithmic (AmHistogramView *self);

/* Beyond the bins: the nearest one. Below 0: none. */
void am_histogram_view_set_cursor (AmHistogramView *self, gint bin);
gint am_histogram_view_get_cursor (AmHistogramView *self);
const char *am_histogram_view_get_readout (AmHistogramView *self);

/* The height of @count as a fraction of the largest count of either side: what is drawn. */
double am_histogram_view_get_height (AmHistogramView *self, guint64 count);

G_END_DECLS
