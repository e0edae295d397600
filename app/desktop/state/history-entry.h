/* One merge of the past, as it is written down. */
#pragma once

#include "state/run.h"

G_BEGIN_DECLS

#define AM_TYPE_HISTORY_ENTRY (am_history_entry_get_type ())
G_DECLARE_FINAL_TYPE (AmHistoryEntry, am_history_entry, AM, HISTORY_ENTRY, GObject)

/* Properties: "title", "method", "date" (Unix seconds), "output", "state" (an AmJobState: done, failed or cancelled), "text"
 * (everything searchable in one string, case folded). */
const char *am_history_entry_get_title (AmHistoryEntry *self);
const char *am_history_entry_get_method (AmHistoryEntry *self); /* id */
const char *am_history_entry_get_output (AmHistoryEntry *self);
const char *am_history_entry_get_yaml (AmHistoryEntry *self); /* the recipe, models by absolute path */
const char *am_history_entry_get_message (AmHistoryEntry *self); /* error, or %NULL */
const char *am_history_entry_get_text (AmHistoryEntry *self);
gint64 am_history_entry_get_date (AmHistoryEntry *self); /* of its end */
double am_history_entry_get_seconds (AmHistoryEntry *self);
AmJobState am_history_entry_get_state (AmHistoryEntry *self);

/* Paths of the models that exist as files, base first; %NULL-terminated. */
const char *const *am_history_entry_get_inputs (AmHistoryEntry *self);

/* What the merge did; borrowed, read from the written form when first asked for. %NULL for one that failed. */
const AmRunSummary *am_history_entry_get_summary (AmHistoryEntry *self);

/* The run itself while it is still in the queue's list, with its report tensor by tensor, or %NULL. (transfer full) */
AmRun *am_history_entry_dup_run (AmHistoryEntry *self);

/* @run has finished. */
AmHistoryEntry *am_history_entry_new (AmRun *run);

/* From and to one line of the file, without the line break. %NULL when the line is damaged. (transfer full) */
AmHistoryEntry *am_history_entry_new_from_line (const char *line);
const char *am_history_entry_get_line (AmHistoryEntry *self);

G_END_DECLS
