/* What the shelf alone does with its items. */
#pragma once

#include "state/statistics-shelf.h"

G_BEGIN_DECLS

/* Reads the header of @path. Of any thread. Returns: (transfer full) (nullable): %NULL when it holds no
 * statistics. */
AmStatisticsItem *am_statistics_item_read (const char *path);

/* Whether both are the same file, unchanged. */
gboolean am_statistics_item_equals (AmStatisticsItem *a, AmStatisticsItem *b);

/* By when they were written, then by path. */
gint am_statistics_item_compare_newest_first (AmStatisticsItem *a, AmStatisticsItem *b);

G_END_DECLS
