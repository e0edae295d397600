/* The runs page: the queue of merges, the history, and the result of the one that is chosen. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_RUNS_PAGE (am_runs_page_get_type ())
G_DECLARE_FINAL_TYPE (AmRunsPage, am_runs_page, AM, RUNS_PAGE, GtkWidget)

/* @workspace: kept. Once, before the page is shown. */
void am_runs_page_set_workspace (AmRunsPage *self, AmWorkspace *workspace);

/* Shows the result of the last merge that was to write @output; nothing happens when there is none. */
void am_runs_page_show_run (AmRunsPage *self, const char *output);

/* For Ctrl+F. */
void am_runs_page_start_search (AmRunsPage *self);

G_END_DECLS
