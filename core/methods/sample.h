/* Magnitudes sampled from a tensor in short pieces, and the bracket they give for an order statistic.
 *
 * Neighbours in a tensor resemble each other, so the width of the bracket comes from how much pieces differ,
 * not from the number of elements alone. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Elements of a piece. */
#define AM_SAMPLE_PIECE 256

typedef struct
{
  double *value;   /* piece after piece; NaN counts as infinite */
  double *scratch; /* as large, for selecting in */
  gsize n;
} AmSample;

void am_sample_init (AmSample *sample, gsize n_pieces);
void am_sample_clear (AmSample *sample);

/* Adds one piece of floats or doubles. */
void am_sample_add (AmSample *sample, gconstpointer values, gboolean is_double);

/* Number of sampled elements that are not zero. */
gsize am_sample_count_nonzero (const AmSample *sample);

/* Values that almost surely enclose the element whose rank, 1 being the greatest, is the @share of all
 * elements: 0 and infinity where the sample says nothing. */
void am_sample_get_bracket (AmSample *sample, double share, double *low, double *high);

/* Share of the sampled elements from @low to @high. */
double am_sample_get_share (const AmSample *sample, double low, double high);

/* The @rank-th greatest of @values, 1 being the greatest; @values is room to work in afterwards. No NaN. */
double am_select_greatest (double *values, gsize n, gsize rank);

G_END_DECLS
