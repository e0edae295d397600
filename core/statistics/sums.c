#include "statistics/sums-private.h"

#include <string.h>

static void
room_free (gpointer data)
{
  AmSumsRoom *room = data;

  g_free (room->key);
  g_free (room->shape);
  g_free (room->values);
  g_free (room);
}

static void
gap_free (gpointer data)
{
  AmStatisticsGap *gap = data;

  g_free (gap->key);
  g_free (gap->reason);
  g_free (gap);
}

AmStatisticsSums *
am_statistics_sums_new (void)
{
  AmStatisticsSums *self = g_new0 (AmStatisticsSums, 1);

  self->rooms = g_ptr_array_new_with_free_func (room_free);
  self->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->gaps = g_ptr_array_new_with_free_func (gap_free);
  return self;
}

void
am_statistics_sums_free (AmStatisticsSums *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->rooms);
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->metadata);
  g_ptr_array_unref (self->gaps);
  g_free (self);
}

static const AmStatisticPrefix *
get_prefix (AmStatisticKind kind, gboolean is_diagonal)
{
  for (guint i = 0; i < AM_N_STATISTIC_PREFIXES; i++)
    if (am_statistic_prefixes[i].kind == kind && !am_statistic_prefixes[i].is_diagonal == !is_diagonal)
      return &am_statistic_prefixes[i];
  g_return_val_if_reached (NULL);
}

AmSumsRoom *
am_statistics_sums_find (AmStatisticsSums *self, AmStatisticKind kind, gboolean is_diagonal, const char *key)
{
  g_autofree char *name = g_strconcat (get_prefix (kind, is_diagonal)->sums, key, NULL);

  return g_hash_table_lookup (self->by_name, name);
}

static AmSumsRoom *
add_room (AmStatisticsSums *self, const AmStatisticPrefix *prefix, const char *key, guint n_dims,
          const guint64 *shape)
{
  AmSumsRoom *room = g_new0 (AmSumsRoom, 1);

  room->prefix = prefix;
  room->key = g_strdup (key);
  room->n_dims = n_dims;
  room->shape = g_memdup2 (shape, n_dims * sizeof *shape);
  room->length = 1;
  for (guint i = 0; i < n_dims; i++)
    room->length *= shape[i];
  room->values = g_new0 (double, prefix->squares != NULL ? 2 * room->length : room->length);
  g_ptr_array_add (self->rooms, room);
  g_hash_table_insert (self->by_name, g_strconcat (prefix->sums, key, NULL), room);
  return room;
}

double *
am_statistics_sums_get (AmStatisticsSums *self, AmStatisticKind kind, gboolean is_diagonal, const char *key,
                        guint n_dims, const guint64 *shape)
{
  AmSumsRoom *room = am_statistics_sums_find (self, kind, is_diagonal, key);

  if (room == NULL)
    room = add_room (self, get_prefix (kind, is_diagonal), key, n_dims, shape);
  return room->values;
}

void
am_statistics_sums_add_count (AmStatisticsSums *self, AmStatisticKind kind, gboolean is_diagonal,
                              const char *key, double count)
{
  AmSumsRoom *room = am_statistics_sums_find (self, kind, is_diagonal, key);

  g_return_if_fail (room != NULL);
  room->count += count;
}

void
am_statistics_sums_set_metadata (AmStatisticsSums *self, const char *key, const char *value)
{
  g_hash_table_insert (self->metadata, g_strdup (key), g_strdup (value));
}

void
am_statistics_sums_add_gap (AmStatisticsSums *self, AmStatisticKind kind, const char *key, const char *reason)
{
  AmStatisticsGap *gap = g_new0 (AmStatisticsGap, 1);

  gap->kind = kind;
  gap->key = g_strdup (key);
  gap->reason = g_strdup (reason);
  g_ptr_array_add (self->gaps, gap);
}

guint
am_statistics_sums_get_n_gaps (const AmStatisticsSums *self)
{
  return self->gaps->len;
}

const AmStatisticsGap *
am_statistics_sums_get_gap (const AmStatisticsSums *self, guint index)
{
  return g_ptr_array_index (self->gaps, index);
}
