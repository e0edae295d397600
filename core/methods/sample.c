#include "methods/sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Half width of the bracket in standard deviations of the sample's rank. */
#define BRACKET_DEVIATIONS 5.0

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

double
am_select_greatest (double *values, gsize n, gsize rank)
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

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

double
am_sample_look_inside (AmSample *sample, double low, double high, gboolean *is_repetitive)
{
  gsize n_inside = 0, n_distinct = 0;

  for (gsize i = 0; i < sample->n; i++)
    if (sample->value[i] >= low && sample->value[i] <= high)
      sample->scratch[n_inside++] = sample->value[i];
  qsort (sample->scratch, n_inside, sizeof (double), compare);
  for (gsize i = 0; i < n_inside; i++)
    n_distinct += i == 0 || sample->scratch[i] != sample->scratch[i - 1];
  *is_repetitive = n_distinct * 2 < n_inside;
  return (double)n_inside / (double)sample->n;
}
