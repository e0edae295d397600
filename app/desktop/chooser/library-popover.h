/* Choosing a checkpoint from the library, or asking for a file. */
#pragma once

#include <gtk/gtk.h>

#include "state/library.h"

G_BEGIN_DECLS

#define AM_TYPE_LIBRARY_POPOVER (am_library_popover_get_type ())
G_DECLARE_FINAL_TYPE (AmLibraryPopover, am_library_popover, AM, LIBRARY_POPOVER, GtkPopover)

/* Once. Signals: "chosen" (const char *path), and "open-file" when a file is wanted instead. */
void am_library_popover_set_library (AmLibraryPopover *self, AmLibrary *library);

G_END_DECLS
