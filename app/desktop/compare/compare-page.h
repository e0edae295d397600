/* The compare page. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_COMPARE_PAGE (am_compare_page_get_type ())
G_DECLARE_FINAL_TYPE (AmComparePage, am_compare_page, AM, COMPARE_PAGE, GtkWidget)

/* @workspace: kept. Once, before the page is shown. */
void am_compare_page_set_workspace (AmComparePage *self, AmWorkspace *workspace);

G_END_DECLS
