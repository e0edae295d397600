#include "methods/histogram.h"

AmHistogram *
am_histogram_new (double low, double high, guint n_bins, guint n_segments)
{
  AmHistogram *histogram = g_new0 (AmHistogram, 1);
  guint64 span = am_magnitude_to_pattern (high) - am_magnitude_to_pattern (low);

  histogram->low = am_magnitude_to_pattern (low);
  while (span >> histogram->shift >= n_bins)
    histogram->shift++;
  histogram->n_bins = n_bins;
  histogram->n_segments = n_segments;
  histogram->count = g_new0 (guint64, (gsize)n_segments * n_bins);
  histogram->largest = g_new0 (guint64, n_bins);
  histogram->smallest = g_new (guint64, n_bins);
  for (guint i = 0; i < n_bins; i++)
    histogram->smallest[i] = G_MAXUINT64;
  return histogram;
}

void
am_histogram_free (AmHistogram *histogram)
{
  if (histogram == NULL)
    return;
  g_free (histogram->count);
  g_free (histogram->smallest);
  g_free (histogram->largest);
  g_free (histogram);
}

void
am_histogram_merge (AmHistogram *histogram, const AmHistogram *other)
{
  for (gsize i = 0; i < (gsize)histogram->n_segments * histogram->n_bins; i++)
    histogram->count[i] += other->count[i];
  for (guint i = 0; i < histogram->n_bins; i++)
    {
      histogram->smallest[i] = MIN (histogram->smallest[i], other->smallest[i]);
      histogram->largest[i] = MAX (histogram->largest[i], other->largest[i]);
    }
}

guint64
am_histogram_get_count (const AmHistogram *histogram, guint segment, guint bin)
{
  return histogram->count[(gsize)segment * histogram->n_bins + bin];
}

static guint64
count_bin (const AmHistogram *histogram, guint bin)
{
  guint64 n = 0;

  for (guint i = 0; i < histogram->n_segments; i++)
    n += am_histogram_get_count (histogram, i, bin);
  return n;
}

gboolean
am_histogram_find (const AmHistogram *histogram, guint64 rank, AmHistogramPlace *place)
{
  guint64 n_greater = 0;

  for (guint bin = histogram->n_bins; bin-- > 0;)
    {
      guint64 n = count_bin (histogram, bin);

      if (n_greater + n >= rank && n > 0)
        {
          place->smallest = am_magnitude_from_pattern (histogram->smallest[bin]);
          place->largest = am_magnitude_from_pattern (histogram->largest[bin]);
          place->n_bin = n;
          place->n_greater = n_greater;
          place->bin = bin;
          return TRUE;
        }
      n_greater += n;
    }
  return FALSE;
}
