/* The application: one workspace, its windows, and what is there without a window. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_APPLICATION (am_application_get_type ())
G_DECLARE_FINAL_TYPE (AmApplication, am_application, AM, APPLICATION, AdwApplication)

AmApplication *am_application_new (void);

/* The workspace, from start-up on. */
AmWorkspace *am_application_get_workspace (AmApplication *self);

G_END_DECLS
