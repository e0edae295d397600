/* Gives the units of a merged model the statistics of its parents, or its batch norms new ones. */
#pragma once

#include <adwaita.h>

#include "state/history-entry.h"
#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_REPAIR_WINDOW (am_repair_window_get_type ())
G_DECLARE_FINAL_TYPE (AmRepairWindow, am_repair_window, AM, REPAIR_WINDOW, AdwWindow)

/* Whether @entry is a merge of models that can be repaired: done, its file in place, a vision model. */
gboolean am_repair_window_is_possible (AmHistoryEntry *entry, AmLibrary *library);

/* @parent: (nullable): of the window. Both others are kept. Closing it cancels the work. */
AmRepairWindow *am_repair_window_new (GtkWindow *parent, AmWorkspace *workspace, AmHistoryEntry *entry);

/* Starts the work as the window is filled in. Without effect while something is missing. */
void am_repair_window_start (AmRepairWindow *self);

G_END_DECLS
