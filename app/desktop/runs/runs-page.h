/* The runs page. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_RUNS_PAGE (am_runs_page_get_type ())
G_DECLARE_FINAL_TYPE (AmRunsPage, am_runs_page, AM, RUNS_PAGE, GtkWidget)

/* @workspace: kept. Once, before the page is shown. */
void am_runs_page_set_workspace (AmRunsPage *self, AmWorkspace *workspace);

G_END_DECLS
