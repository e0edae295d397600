/* The library page. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_LIBRARY_PAGE (am_library_page_get_type ())
G_DECLARE_FINAL_TYPE (AmLibraryPage, am_library_page, AM, LIBRARY_PAGE, GtkWidget)

/* @workspace: kept. Once, before the page is shown. */
void am_library_page_set_workspace (AmLibraryPage *self, AmWorkspace *workspace);

G_END_DECLS
