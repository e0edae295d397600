/* The compare page: two checkpoints side by side. */
#pragma once

#include <adwaita.h>

#include "compare/comparison.h"
#include "state/workspace.h"

G_BEGIN_DECLS

#define AM_TYPE_COMPARE_PAGE (am_compare_page_get_type ())
G_DECLARE_FINAL_TYPE (AmComparePage, am_compare_page, AM, COMPARE_PAGE, GtkWidget)

/* @workspace: kept. Once, before the page is shown. */
void am_compare_page_set_workspace (AmComparePage *self, AmWorkspace *workspace);

/**
 * am_compare_page_set_paths:
 * @a, @b: (nullable): %NULL or "" leaves that side as it is
 *
 * Compares in the background as soon as both sides are there, and again after every change of one.
 *
 * Actions: "compare.swap", "compare.run", "compare.cancel", "compare.choose", "compare.save-json",
 * "compare.save-png".
 */
void am_compare_page_set_paths (AmComparePage *self, const char *a, const char *b);

/* What is shown, or %NULL. */
AmComparison *am_compare_page_get_comparison (AmComparePage *self);

G_END_DECLS
