/* The preferences: everything here is a key of the settings. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_PREFERENCES_WINDOW (am_preferences_window_get_type ())
G_DECLARE_FINAL_TYPE (AmPreferencesWindow, am_preferences_window, AM, PREFERENCES_WINDOW,
                      AdwPreferencesWindow)

AmPreferencesWindow *am_preferences_window_new (AmWorkspace *workspace);

G_END_DECLS
