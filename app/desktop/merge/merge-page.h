/* The merge page. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_MERGE_PAGE (am_merge_page_get_type ())
G_DECLARE_FINAL_TYPE (AmMergePage, am_merge_page, AM, MERGE_PAGE, GtkWidget)

/* @workspace: kept. Once, before the page is shown. */
void am_merge_page_set_workspace (AmMergePage *self, AmWorkspace *workspace);

G_END_DECLS
