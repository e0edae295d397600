/* The merge page: models, method, block weights and output of the draft, and beside them what would happen.
 */
#pragma once

#include <adwaita.h>

#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_MERGE_PAGE (am_merge_page_get_type ())
G_DECLARE_FINAL_TYPE (AmMergePage, am_merge_page, AM, MERGE_PAGE, GtkWidget)

/**
 * AmMergePage:
 *
 * Property "can-merge": whether win.merge may be used; action "merge.run": am_merge_page_run(). Files dropped
 * anywhere on the page, and paths or files pasted on it, go where they belong.
 */

/* @workspace: kept. Once, before the page is shown. */
void am_merge_page_set_workspace (AmMergePage *self, AmWorkspace *workspace);

gboolean am_merge_page_get_can_merge (AmMergePage *self);

/* Queues the merge as soon as its plan is known to be right; asks before anything is replaced. Without effect
 * when it cannot be merged. */
void am_merge_page_run (AmMergePage *self);

G_END_DECLS
