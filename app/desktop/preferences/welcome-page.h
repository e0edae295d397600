/* What a first run shows in place of the pages: what the app is for, and three ways on. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_WELCOME_PAGE (am_welcome_page_get_type ())
G_DECLARE_FINAL_TYPE (AmWelcomePage, am_welcome_page, AM, WELCOME_PAGE, GtkWidget)

/* Signal "done" (name of the page to go on with). @workspace: kept. */
AmWelcomePage *am_welcome_page_new (AmWorkspace *workspace);

/* What the button "Try with demo models" does: writes two small models, adds their folder to the library, and
 * puts them into slots A and B with weights for the blocks. "done" follows. */
void am_welcome_page_try_demo (AmWelcomePage *self);

G_END_DECLS
