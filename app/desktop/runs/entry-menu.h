/* What can be done with a merge of the past, as a menu: for its row and for its result. */
#pragma once

#include "state/history.h"

G_BEGIN_DECLS

/* @has_show: with "Show result". Actions are the window's, and "entry.show" and "entry.remove" of the widget the menu belongs to.
 * Returns: (transfer full). */
GMenuModel *am_entry_menu_new (AmHistoryEntry *entry, gboolean has_show);

G_END_DECLS
