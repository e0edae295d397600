/* The checkpoints in the user's folders, and any other that was asked for. A list model of AmLibraryItem. */
#pragma once

#include "state/library-item.h"

G_BEGIN_DECLS

#define AM_TYPE_LIBRARY (am_library_get_type ())
G_DECLARE_FINAL_TYPE (AmLibrary, am_library, AM, LIBRARY, GObject)

/**
 * am_library_new:
 * @settings: (nullable): its "library-folders" are followed, now and when they change; %NULL for none
 *
 * Folders are walked (sub-folders too) and watched in the background; headers read once are remembered under
 * $XDG_CACHE_HOME/amalgam by path, size and mtime, so that a known library appears at once. A sharded or
 * diffusers folder is one item. Property "is-scanning". Signal "items-updated": headers were read since, of
 * items that are in the list already; for those who sort or filter by what they say. Of the main thread.
 */
AmLibrary *am_library_new (GSettings *settings);

gboolean am_library_is_scanning (AmLibrary *self);

/* Looks again at everything. */
void am_library_refresh (AmLibrary *self);

/* Folders that could not be read (gone, or no longer granted): %NULL-terminated, borrowed.
 * "notify::lost-folders". */
const char *const *am_library_get_lost_folders (AmLibrary *self);

/* The item of @path, whether in a folder of the library or not; made and read in the background when it is
 * not known. Items outside the folders are not in the list. Returns: (transfer full). */
AmLibraryItem *am_library_dup_item (AmLibrary *self, const char *path);

/* Tells that @path was written just now. */
void am_library_notice (AmLibrary *self, const char *path);

/* Makes the picture at @picture the preview of @item: written as NAME.preview.png beside it. Errors:
 * G_IO_ERROR, G_FILE_ERROR, GDK_PIXBUF_ERROR. */
gboolean am_library_set_preview (AmLibrary *self, AmLibraryItem *item, const char *picture, GError **error);

G_END_DECLS
