/* The folders of the library, as the settings hold them. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * am_library_folders_replace:
 * @old: (nullable): the folder that goes, or %NULL for none
 * @path: (nullable): the folder that takes its place, or comes last; %NULL for none
 *
 * A folder is never there twice. Returns: whether anything changed.
 */
gboolean am_library_folders_replace (GSettings *settings, const char *old, const char *path);

G_END_DECLS
