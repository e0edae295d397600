/* What one merge did: figures, what moved where, and its recipe. */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_RESULT_VIEW (am_result_view_get_type ())
G_DECLARE_FINAL_TYPE (AmResultView, am_result_view, AM, RESULT_VIEW, GtkWidget)

/* Kept. Once, before an entry is shown: results can be repaired then. */
void am_result_view_set_workspace (AmResultView *self, AmWorkspace *workspace);

/* @entry: (nullable): shown; %NULL shows an invitation. Signal "remove-wanted" from the menu. */
void am_result_view_set_entry (AmResultView *self, AmHistoryEntry *entry);
AmHistoryEntry *am_result_view_get_entry (AmResultView *self);

G_END_DECLS
