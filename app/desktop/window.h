/* The main window: four pages over one workspace, and the actions they speak by (see state/workspace.h). */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_WINDOW (am_window_get_type ())
G_DECLARE_FINAL_TYPE (AmWindow, am_window, AM, WINDOW, AdwApplicationWindow)

AmWindow *am_window_new (GtkApplication *application, AmWorkspace *workspace);

/* "library", "merge", "runs" or "compare". */
void am_window_show_page (AmWindow *self, const char *name);

G_END_DECLS
