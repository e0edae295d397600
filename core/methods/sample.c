#include "methods/sample.h"

#include <math.h>
#include <string.h>

/* Half width of the bracket in standard deviations of the sample's rank. A miss, three in a thousand, costs
 * one more pass; a wider bracket costs every tensor. */
#define BRACKET_DEVIATIONS 3.0

/* Longer lists are cut down by counting before they are partitioned. */
#define MIN_COUNTED 1024
#define N_COUNTS 1024

void
am_sample_init (AmSample *sample, gsize n_pieces)
{
  sample->value = g_new (double, n_pieces *AM_SAMPLE_PIECE);
  sample->scratch = g_new (double, n_pieces *AM_SAMPLE_PIECE);
  sample->n = 0;
}

void
am_sample_clear (AmSample *sample)
{
  g_free (sample->value);
  g_free (sample->scratch);
}

void
am_sample_add (AmSample *sample, gconstpointer values, gboolean is_double)
{
  for (gsize i = 0; i < AM_SAMPLE_PIECE; i++)
    {
      double value = is_double ? fabs (((const double *)values)[i]) : fabsf (((const float *)values)[i]);

      sample->value[sample->n + i] = isnan (value) ? INFINITY : value;
    }
  sample->n += AM_SAMPLE_PIECE;
}

gsize
am_sample_count_nonzero (const AmSample *sample)
{
  gsize n = 0;

  for (gsize i = 0; i < sample->n; i++)
    n += sample->value[i] != 0;
  return n;
}

/* Moves those greater than the pivot to the front and the smaller ones to the back, from *begin to *end, and
 * narrows that range to the part that holds @rank; FALSE when the pivot itself does. */
static gboolean
partition (double *values, gsize *begin, gsize *end, gsize rank, double pivot)
{
  gsize greater = *begin, at = *begin, smaller = *end;

  while (at < smaller)
    {
      double value = values[at];

      if (value > pivot)
        {
          values[at++] = values[greater];
          values[greater++] = value;
        }
      else if (value < pivot)
        {
          values[at] = values[--smaller];
          values[smaller] = value;
        }
      else
        at++;
    }
  if (rank - 1 < greater)
    *end = greater;
  else if (rank - 1 >= smaller)
    *begin = smaller;
  else
    return FALSE;
  return TRUE;
}

static double
partition_down (double *values, gsize n, gsize rank)
{
  gsize begin = 0, end = n;
  guint64 state = n;
  double pivot;

  do
    {
      state = state * 6364136223846793005u + 1442695040888963407u;
      pivot = values[begin + (gsize)((state >> 33) % (end - begin))];
    }
  while (partition (values, &begin, &end, rank, pivot));
  return pivot;
}

static void
find_extremes (const double *values, gsize n, double *low, double *high)
{
  *low = *high = values[0];
  for (gsize i = 1; i < n; i++)
    {
      *low = values[i] < *low ? values[i] : *low;
      *high = values[i] > *high ? values[i] : *high;
    }
}

static inline guint
count_of (double value, double low, double scale)
{
  return MIN ((guint)((value - low) * scale), N_COUNTS - 1);
}

/* Moves the values that share a count with the @rank-th greatest to the front; returns how many they are, and
 * how many greater ones there were in @n_greater. Counting is monotonic, so nothing is lost to rounding. */
static gsize
keep_one_count (double *values, gsize n, gsize rank, double low, double scale, gsize *n_greater)
{
  guint counts[N_COUNTS] = { 0 };
  guint wanted = N_COUNTS - 1;
  gsize n_kept = 0;

  for (gsize i = 0; i < n; i++)
    counts[count_of (values[i], low, scale)]++;
  *n_greater = 0;
  while (*n_greater + counts[wanted] < rank)
    *n_greater += counts[wanted--];
  for (gsize i = 0; i < n; i++)
    {
      values[n_kept] = values[i];
      n_kept += count_of (values[i], low, scale) == wanted;
    }
  return n_kept;
}

double
am_select_greatest (double *values, gsize n, gsize rank)
{
  while (n > MIN_COUNTED)
    {
      gsize n_greater;
      double low, high, scale;

      find_extremes (values, n, &low, &high);
      scale = N_COUNTS / (high - low);
      if (low == high)
        return low;
      if (!isfinite (high) || !isfinite (scale))
        break;
      n = keep_one_count (values, n, rank, low, scale, &n_greater);
      rank -= n_greater;
    }
  return partition_down (values, n, rank);
}

static double
quantile (AmSample *sample, double rank)
{
  if (rank < 1)
    return INFINITY;
  if (rank > (double)sample->n)
    return 0;
  memcpy (sample->scratch, sample->value, sample->n * sizeof (double));
  return am_select_greatest (sample->scratch, sample->n, (gsize)rank);
}

/* Standard deviation of the number of sampled magnitudes above @cut, from how much pieces differ. */
static double
deviation (const AmSample *sample, double cut)
{
  gsize n_pieces = sample->n / AM_SAMPLE_PIECE;
  double sum = 0, sum_of_squares = 0;

  for (gsize piece = 0; piece < n_pieces; piece++)
    {
      double n_above = 0;

      for (gsize i = 0; i < AM_SAMPLE_PIECE; i++)
        n_above += sample->value[piece * AM_SAMPLE_PIECE + i] > cut;
      sum += n_above;
      sum_of_squares += n_above * n_above;
    }
  return sqrt (MAX (sum_of_squares - sum * sum / (double)n_pieces, 0));
}

void
am_sample_get_bracket (AmSample *sample, double share, double *low, double *high)
{
  double n = (double)sample->n;
  double rank = CLAMP (share * n, 1, n);
  double binomial = sqrt (n * share * (1 - share));
  double margin = BRACKET_DEVIATIONS * MAX (binomial, deviation (sample, quantile (sample, rank))) + 2;

  *low = quantile (sample, rank + margin);
  *high = quantile (sample, rank - margin);
}

double
am_sample_get_share (const AmSample *sample, double low, double high)
{
  gsize n_inside = 0;

  for (gsize i = 0; i < sample->n; i++)
    n_inside += sample->value[i] >= low && sample->value[i] <= high;
  return (double)n_inside / (double)sample->n;
}
