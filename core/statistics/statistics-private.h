/* What the readers of statistics fill in. Only core/statistics includes this. */
#pragma once

#include "statistics/statistics.h"

G_BEGIN_DECLS

/**
 * AmStatisticEntry:
 * @statistic: first, so that a pointer to one is a pointer to the other
 * @key: its own; @statistic.key points to it
 * @offset: the first of the sums among the elements of their tensor
 */
typedef struct
{
  AmStatistic statistic;
  char *key;
  guint64 offset;
} AmStatisticEntry;

struct _AmStatistics
{
  AmCheckpoint *checkpoint;
  GPtrArray *entries;                  /* of AmStatisticEntry */
  GHashTable *by_key[AM_N_STATISTICS]; /* key -> AmStatisticEntry */
};

/* Adds one whose sums are all of @sums. Returns it, borrowed. */
AmStatisticEntry *am_statistics_add_entry (AmStatistics *statistics, AmStatisticKind kind,
                                           gboolean is_diagonal, const char *key, const AmTensor *sums,
                                           double count);

/* "FILE: tensor “NAME” ...", CORRUPT. @format takes file and name. Returns %FALSE. */
gboolean am_statistics_set_corrupt (const AmStatistics *statistics, const AmTensor *tensor,
                                    const char *reason, GError **error);

/* [tensor->length] numbers of a float tensor that holds @n_wanted of them. (transfer full) */
double *am_statistics_read_counts (AmStatistics *statistics, const AmTensor *tensor, guint64 n_wanted,
                                   GError **error);

/* The sums themselves, checked as am_statistic_read() does. */
gboolean am_statistic_read_sums (const AmStatistics *statistics, const AmStatistic *statistic, guint64 first,
                                 gsize n, double *sums, GError **error);

/* Sums of squares of moments, checked. */
gboolean am_statistic_read_squares (const AmStatistics *statistics, const AmStatistic *statistic,
                                    double *squares, GError **error);

/* Fills @statistics from a llama.cpp importance matrix. */
gboolean am_imatrix_read (AmStatistics *statistics, GError **error);

/* The names under which the other of llama.cpp and transformers knows a layer's weight, none for other names.
 * Returns: (transfer full): %NULL-terminated. */
GStrv am_layer_name_translate (const char *name);

/* What an entry is called in a file, as in "gram_diagonal/" and "gram_diagonal.count/". */
typedef struct
{
  AmStatisticKind kind;
  gboolean is_diagonal;
  const char *sums, *squares, *count; /* @squares: %NULL but for moments */
} AmStatisticPrefix;

#define AM_N_STATISTIC_PREFIXES 4
extern const AmStatisticPrefix am_statistic_prefixes[AM_N_STATISTIC_PREFIXES];

#define AM_STATISTICS_FORMAT "amalgam-statistics"
#define AM_STATISTICS_VERSION "1"

G_END_DECLS
