/* Shards put together. */
#include <string.h>

#include "base/text.h"
#include "statistics/sums-private.h"

#define CHUNK (1u << 16)

/* What has to be the same in all shards that say it. */
static const char *const common[] = { "estimator", "model_sha256", "preprocessing" };

static gboolean
check_common (AmStatisticsSums *self, const AmStatistics *statistics, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (common); i++)
    {
      const char *ours = g_hash_table_lookup (self->metadata, common[i]);
      const char *theirs = am_statistics_get_metadata (statistics, common[i]);

      if (ours != NULL && theirs != NULL && strcmp (ours, theirs) != 0)
        {
          g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
                       T_ ("%s does not go with the files before it: its %s is “%s”, theirs “%s”"),
                       am_checkpoint_get_path (am_statistics_get_checkpoint (statistics)), common[i], theirs,
                       ours);
          return FALSE;
        }
    }
  return TRUE;
}

/* The same word once, others side by side. */
static char *
join_words (const char *ours, const char *theirs)
{
  g_auto (GStrv) words = g_strsplit (ours, ", ", -1);

  if (g_strv_contains ((const char *const *)words, theirs))
    return g_strdup (ours);
  return g_strconcat (ours, ", ", theirs, NULL);
}

static char *
add_numbers (const char *ours, const char *theirs)
{
  guint64 sum = g_ascii_strtoull (ours, NULL, 10) + g_ascii_strtoull (theirs, NULL, 10);

  return g_strdup_printf ("%" G_GUINT64_FORMAT, sum);
}

static void
add_metadata (AmStatisticsSums *self, const AmStatistics *statistics)
{
  static const char *const keys[]
      = { "estimator", "model", "model_sha256", "preprocessing", "data", "data_sha256", "samples", "seed" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *ours = g_hash_table_lookup (self->metadata, keys[i]);
      const char *theirs = am_statistics_get_metadata (statistics, keys[i]);
      g_autofree char *both = NULL;

      if (theirs == NULL)
        continue;
      if (ours == NULL)
        both = g_strdup (theirs);
      else if (strcmp (keys[i], "samples") == 0)
        both = add_numbers (ours, theirs);
      else
        both = strcmp (ours, theirs) == 0 ? g_strdup (ours) : join_words (ours, theirs);
      am_statistics_sums_set_metadata (self, keys[i], both);
    }
}

static gboolean
check_shape (AmStatisticsSums *self, const AmStatistics *statistics, const AmStatistic *statistic,
             GError **error)
{
  const AmSumsRoom *room
      = am_statistics_sums_find (self, statistic->kind, statistic->is_diagonal, statistic->key);

  if (room == NULL
      || (room->n_dims == statistic->n_dims
          && (room->n_dims == 0
              || memcmp (room->shape, statistic->shape, room->n_dims * sizeof *room->shape) == 0)))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("%s does not go with the files before it: “%s” has another shape"),
               am_checkpoint_get_path (am_statistics_get_checkpoint (statistics)), statistic->sums->name);
  return FALSE;
}

static gboolean
add_sums (const AmStatistics *statistics, const AmStatistic *statistic, double *values, GError **error)
{
  g_autofree double *chunk = g_new (double, CHUNK);

  for (guint64 first = 0; first < statistic->length; first += CHUNK)
    {
      gsize n = (gsize)MIN (CHUNK, statistic->length - first);

      if (!am_statistic_read_sums (statistics, statistic, first, n, chunk, error))
        return FALSE;
      for (gsize i = 0; i < n; i++)
        values[first + i] += chunk[i];
    }
  return TRUE;
}

static gboolean
add_squares (const AmStatistics *statistics, const AmStatistic *statistic, double *values, GError **error)
{
  g_autofree double *squares = g_new (double, statistic->length);

  if (!am_statistic_read_squares (statistics, statistic, squares, error))
    return FALSE;
  for (gsize i = 0; i < statistic->length; i++)
    values[i] += squares[i];
  return TRUE;
}

static gboolean
add_statistic (AmStatisticsSums *self, const AmStatistics *statistics, const AmStatistic *statistic,
               GError **error)
{
  double *values = am_statistics_sums_get (self, statistic->kind, statistic->is_diagonal, statistic->key,
                                           statistic->n_dims, statistic->shape);

  if (!add_sums (statistics, statistic, values, error)
      || (statistic->squares != NULL
          && !add_squares (statistics, statistic, values + statistic->length, error)))
    return FALSE;
  am_statistics_sums_add_count (self, statistic->kind, statistic->is_diagonal, statistic->key,
                                statistic->count);
  return TRUE;
}

gboolean
am_statistics_sums_add_file (AmStatisticsSums *self, const AmStatistics *statistics, GError **error)
{
  if (!check_common (self, statistics, error))
    return FALSE;
  for (guint i = 0; i < am_statistics_get_n (statistics); i++)
    if (!check_shape (self, statistics, am_statistics_get (statistics, i), error))
      return FALSE;
  for (guint i = 0; i < am_statistics_get_n (statistics); i++)
    if (!add_statistic (self, statistics, am_statistics_get (statistics, i), error))
      return FALSE;
  add_metadata (self, statistics);
  return TRUE;
}
