/* Watching many folders for changes that matter to the library. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define AM_TYPE_LIBRARY_WATCH (am_library_watch_get_type ())
G_DECLARE_FINAL_TYPE (AmLibraryWatch, am_library_watch, AM, LIBRARY_WATCH, GObject)

/* Signal "changed": something came, went or was written, half a second ago at most; not for every event.
 * Of the main thread. */
AmLibraryWatch *am_library_watch_new (void);

/* The folders to watch from now on, without those below them (element-type filename). More than a few
 * thousand are not watched; refreshing finds what happens there. */
void am_library_watch_set_folders (AmLibraryWatch *self, const GPtrArray *folders);

G_END_DECLS
