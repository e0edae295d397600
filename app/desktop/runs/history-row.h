/* One merge of the past in the list of the history, with the day above it where a new day begins. */
#pragma once

#include <gtk/gtk.h>

#include "state/history.h"

G_BEGIN_DECLS

#define AM_TYPE_HISTORY_ROW (am_history_row_get_type ())
G_DECLARE_FINAL_TYPE (AmHistoryRow, am_history_row, AM, HISTORY_ROW, GtkWidget)

/* Signals "show-wanted" (clicked, or from the row's menu) and "remove-wanted" (from the menu). */
GtkWidget *am_history_row_new (void);

/* @entry: (nullable) */
void am_history_row_set_entry (AmHistoryRow *self, AmHistoryEntry *entry);
AmHistoryEntry *am_history_row_get_entry (AmHistoryRow *self);

/* The entry shown above it, or %NULL: no day is written twice. */
void am_history_row_set_previous (AmHistoryRow *self, AmHistoryEntry *previous);

G_END_DECLS
