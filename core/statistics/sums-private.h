/* Statistics being gathered. Only core/statistics includes this. */
#pragma once

#include "statistics/statistics-private.h"

G_BEGIN_DECLS

/**
 * AmSumsRoom:
 * @prefix: its kind
 * @shape: [n_dims] of the sums
 * @length: elements of the sums
 * @values: [length], for moments [2 * length]
 */
typedef struct
{
  const AmStatisticPrefix *prefix;
  char *key;
  guint n_dims;
  guint64 *shape;
  gsize length;
  double *values;
  double count;
} AmSumsRoom;

struct _AmStatisticsSums
{
  GPtrArray *rooms;    /* of AmSumsRoom, as they came */
  GHashTable *by_name; /* as in "fisher/KEY" */
  GHashTable *metadata;
  GPtrArray *gaps; /* of AmStatisticsGap */
};

/* The room of that kind and key, or %NULL. */
AmSumsRoom *am_statistics_sums_find (AmStatisticsSums *sums, AmStatisticKind kind, gboolean is_diagonal,
                                     const char *key);

G_END_DECLS
