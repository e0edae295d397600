/* The numbers of statistics, checked. */
#include "statistics/statistics-private.h"

#include <math.h>

#include "base/text.h"

/* Squares that exceed the square of the mean by less than minus this part of it cannot come from rounding. */
#define MOST_DEFICIT 1e-3

/* Whether element @index of the sums is a sum of squares. */
static gboolean
is_square (const AmStatistic *statistic, guint64 index)
{
  if (statistic->kind == AM_STATISTIC_MOMENTS)
    return FALSE;
  if (statistic->kind == AM_STATISTIC_GRAM && !statistic->is_diagonal)
    return index % (statistic->shape[0] + 1) == 0;
  return TRUE;
}

static gboolean
set_bad_value (const AmStatistics *self, const AmTensor *tensor, guint64 index, double value, GError **error)
{
  g_autofree char *reason
      = isfinite (value)
            ? g_strdup_printf (T_ ("element %lu is %g; sums of squares are not below 0"), (gulong)index,
                               value)
            : g_strdup_printf (T_ ("element %lu is %g, not a finite number"), (gulong)index, value);

  return am_statistics_set_corrupt (self, tensor, reason, error);
}

gboolean
am_statistic_read_sums (const AmStatistics *self, const AmStatistic *statistic, guint64 first, gsize n,
                        double *sums, GError **error)
{
  guint64 offset = ((const AmStatisticEntry *)statistic)->offset;

  if (!am_checkpoint_read_doubles (self->checkpoint, statistic->sums, offset + first, n, sums, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!isfinite (sums[i]) || (sums[i] < 0.0 && is_square (statistic, first + i)))
      return set_bad_value (self, statistic->sums, offset + first + i, sums[i], error);
  return TRUE;
}

gboolean
am_statistic_read_squares (const AmStatistics *self, const AmStatistic *statistic, double *squares,
                           GError **error)
{
  if (!am_checkpoint_read_doubles (self->checkpoint, statistic->squares, 0, statistic->length, squares,
                                   error))
    return FALSE;
  for (gsize i = 0; i < statistic->length; i++)
    if (!isfinite (squares[i]) || squares[i] < 0.0)
      return set_bad_value (self, statistic->squares, i, squares[i], error);
  return TRUE;
}

gboolean
am_statistic_read (const AmStatistics *self, const AmStatistic *statistic, guint64 first, gsize n,
                   double *means, GError **error)
{
  if (!am_statistic_read_sums (self, statistic, first, n, means, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    means[i] /= statistic->count;
  return TRUE;
}

gboolean
am_statistic_read_moments (const AmStatistics *self, const AmStatistic *statistic, double *means,
                           double *deviations, GError **error)
{
  if (!am_statistic_read (self, statistic, 0, statistic->length, means, error)
      || !am_statistic_read_squares (self, statistic, deviations, error))
    return FALSE;
  for (gsize i = 0; i < statistic->length; i++)
    {
      double square = means[i] * means[i];
      double variance = deviations[i] / statistic->count - square;

      if (variance < -MOST_DEFICIT * square)
        return am_statistics_set_corrupt (self, statistic->squares,
                                          T_ ("the sums of squares are smaller than the sums allow"), error);
      deviations[i] = sqrt (MAX (variance, 0.0));
    }
  return TRUE;
}
