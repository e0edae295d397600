/* The main window: four pages over one workspace, and the actions they speak by (see state/workspace.h). */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_WINDOW (am_window_get_type ())
G_DECLARE_FINAL_TYPE (AmWindow, am_window, AM, WINDOW, AdwApplicationWindow)

AmWindow *am_window_new (GtkApplication *application, AmWorkspace *workspace);

/* "library", "merge", "runs" or "compare". The welcome page gives way to it. */
void am_window_show_page (AmWindow *self, const char *name);

/**
 * am_window_open_paths:
 * @paths: %NULL-terminated local paths: dropped, or given on the command line
 *
 * Recipes are loaded (the last one counts), checkpoints go into free slots of the merge page, other folders
 * become folders of the library.
 */
void am_window_open_paths (AmWindow *self, const char *const *paths);

/* Shows the runs page with the run that wrote @output, for notifications. */
void am_window_show_run (AmWindow *self, const char *output);

G_END_DECLS
