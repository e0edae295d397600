/* All merges ever made here, newest first: a list model of AmHistoryEntry, kept under $XDG_DATA_HOME/amalgam. */
#pragma once

#include "state/run.h"

G_BEGIN_DECLS

#define AM_TYPE_HISTORY_ENTRY (am_history_entry_get_type ())
G_DECLARE_FINAL_TYPE (AmHistoryEntry, am_history_entry, AM, HISTORY_ENTRY, GObject)

/* Properties: "title", "method", "date" (Unix seconds), "output", "state" (an AmJobState: done, failed or cancelled), "text"
 * (everything searchable in one string). */
const char *am_history_entry_get_title (AmHistoryEntry *self);
const char *am_history_entry_get_method (AmHistoryEntry *self); /* id */
const char *am_history_entry_get_output (AmHistoryEntry *self);
const char *am_history_entry_get_yaml (AmHistoryEntry *self); /* the recipe, models by absolute path */
const char *am_history_entry_get_message (AmHistoryEntry *self); /* error, or %NULL */
gint64 am_history_entry_get_date (AmHistoryEntry *self);
double am_history_entry_get_seconds (AmHistoryEntry *self);
AmJobState am_history_entry_get_state (AmHistoryEntry *self);

#define AM_TYPE_HISTORY (am_history_get_type ())
G_DECLARE_FINAL_TYPE (AmHistory, am_history, AM, HISTORY, GObject)

/* Reads the file there is; damaged lines are skipped and kept. Of the main thread. */
AmHistory *am_history_new (void);

/* Appends a finished run and writes it down at once. */
void am_history_add (AmHistory *self, AmRun *run);
void am_history_remove (AmHistory *self, AmHistoryEntry *entry);
void am_history_clear (AmHistory *self);

/* Bytes per second that merges by @method took lately, or 0 when none is known: for estimates. */
double am_history_get_speed (AmHistory *self, const char *method);

G_END_DECLS
