/* Which checkpoints the library shows, and in what order. */
#pragma once

#include <gtk/gtk.h>

#include "state/library-item.h"

G_BEGIN_DECLS

#define AM_TYPE_LIBRARY_FILTER (am_library_filter_get_type ())
G_DECLARE_FINAL_TYPE (AmLibraryFilter, am_library_filter, AM, LIBRARY_FILTER, GtkFilter)

/* Lets through the items of any family, until told otherwise. */
AmLibraryFilter *am_library_filter_new (void);

/* Words of which each must be in the name, folder, architecture, type or hash, in whatever case. */
void am_library_filter_set_text (AmLibraryFilter *self, const char *text);

/* @family: an AmFamily, or -1 for any. */
void am_library_filter_set_family (AmLibraryFilter *self, int family);
int am_library_filter_get_family (AmLibraryFilter *self);

/* "name", "date" (newest first), "size" (largest first), "architecture"; ties by name. (transfer full) */
GtkSorter *am_library_sorter_new (const char *key);

G_END_DECLS
