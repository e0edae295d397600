/* Counts of magnitudes within a bracket, fine enough to find an order statistic exactly.
 *
 * Magnitudes are compared as the bit patterns of non-negative doubles, which are in the order of the values.
 * Each bin remembers its smallest and largest value, so a bin with a single value answers exactly, however
 * many elements share that value. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint64 low; /* pattern of the smallest value of the bracket */
  guint shift; /* bin of a pattern: (pattern - low) >> shift */
  guint n_bins;
  guint n_segments;  /* parts of the sequence counted apart, in order */
  guint64 *count;    /* [n_segments * n_bins] */
  guint64 *smallest; /* [n_bins] patterns */
  guint64 *largest;
} AmHistogram;

/* What a histogram says about the element of some rank. */
typedef struct
{
  double smallest;   /* of the bin */
  double largest;    /* equal to smallest where the bin has one value */
  guint64 n_bin;     /* elements in the bin */
  guint64 n_greater; /* elements in greater bins */
  guint bin;
} AmHistogramPlace;

static inline guint64
am_magnitude_to_pattern (double magnitude)
{
  union
  {
    double value;
    guint64 pattern;
  } u = { .value = magnitude };

  return u.pattern;
}

static inline double
am_magnitude_from_pattern (guint64 pattern)
{
  union
  {
    guint64 pattern;
    double value;
  } u = { .pattern = pattern };

  return u.value;
}

/* An empty histogram of low .. high, both included; neither NaN nor negative. */
AmHistogram *am_histogram_new (double low, double high, guint n_bins, guint n_segments);
void am_histogram_free (AmHistogram *histogram);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmHistogram, am_histogram_free)

/* Counts one magnitude of the bracket. Not for concurrent use. */
static inline void
am_histogram_add (AmHistogram *histogram, guint segment, double magnitude)
{
  guint64 pattern = am_magnitude_to_pattern (magnitude);
  gsize bin = (pattern - histogram->low) >> histogram->shift;

  histogram->count[(gsize)segment * histogram->n_bins + bin]++;
  histogram->smallest[bin] = MIN (histogram->smallest[bin], pattern);
  histogram->largest[bin] = MAX (histogram->largest[bin], pattern);
}

/* Adds the counts of @other, which has the same bracket, bins and segments. */
void am_histogram_merge (AmHistogram *histogram, const AmHistogram *other);

/* Elements of @bin in @segment. */
guint64 am_histogram_get_count (const AmHistogram *histogram, guint segment, guint bin);

/* The bin that holds the @rank-th greatest element, 1 being the greatest; %FALSE when there are fewer. */
gboolean am_histogram_find (const AmHistogram *histogram, guint64 rank, AmHistogramPlace *place);

G_END_DECLS
