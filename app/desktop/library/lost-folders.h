/* Folders of the library that cannot be read any more, with what can be done about each. */
#pragma once

#include <gtk/gtk.h>

#include "state/library.h"

G_BEGIN_DECLS

#define AM_TYPE_LOST_FOLDERS (am_lost_folders_get_type ())
G_DECLARE_FINAL_TYPE (AmLostFolders, am_lost_folders, AM, LOST_FOLDERS, GtkWidget)

/* Hidden while there are none. @settings: whose "library-folders" are mended. Both are kept. */
void am_lost_folders_set_library (AmLostFolders *self, AmLibrary *library, GSettings *settings);

G_END_DECLS
