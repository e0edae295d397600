/* The statistics that were measured in the app or put beside: $XDG_DATA_HOME/amalgam/statistics. A list model
 * of AmStatisticsItem, newest first. */
#pragma once

#include <gio/gio.h>

#include "amalgam.h"

G_BEGIN_DECLS

#define AM_TYPE_STATISTICS_ITEM (am_statistics_item_get_type ())
G_DECLARE_FINAL_TYPE (AmStatisticsItem, am_statistics_item, AM, STATISTICS_ITEM, GObject)

const char *am_statistics_item_get_path (AmStatisticsItem *self);
const char *am_statistics_item_get_model_name (AmStatisticsItem *self); /* base name of the model measured */
const char *am_statistics_item_get_model_sha256 (AmStatisticsItem *self); /* or %NULL */
guint am_statistics_item_get_kinds (AmStatisticsItem *self);              /* bits 1 << AmStatisticKind */
char *am_statistics_item_dup_subtitle (AmStatisticsItem *self); /* kinds, samples, data, date; translated */

#define AM_TYPE_STATISTICS_SHELF (am_statistics_shelf_get_type ())
G_DECLARE_FINAL_TYPE (AmStatisticsShelf, am_statistics_shelf, AM, STATISTICS_SHELF, GObject)

/* Reads headers in the background and watches the folder. Of the main thread. */
AmStatisticsShelf *am_statistics_shelf_new (void);

/* Where statistics of @model over @data will be written: a name in the folder that is not taken. */
char *am_statistics_shelf_dup_new_path (AmStatisticsShelf *self, const char *model, const char *data);

/* The newest item of @kind that was measured on the model at @path (by digest where it is known, else by
 * name), or %NULL. Borrowed. */
AmStatisticsItem *am_statistics_shelf_find (AmStatisticsShelf *self, const char *path, AmStatisticKind kind);

/* Moves the file to the trash. */
gboolean am_statistics_shelf_remove (AmStatisticsShelf *self, AmStatisticsItem *item, GError **error);

G_END_DECLS
