/* All merges ever made here, newest first: a list model of AmHistoryEntry, kept under $XDG_DATA_HOME/amalgam. */
#pragma once

#include "state/history-entry.h"

G_BEGIN_DECLS

#define AM_TYPE_HISTORY (am_history_get_type ())
G_DECLARE_FINAL_TYPE (AmHistory, am_history, AM, HISTORY, GObject)

/* Reads the file there is; damaged lines are skipped and kept. Of the main thread. */
AmHistory *am_history_new (void);

/* Appends a finished run and writes it down at once. One that never started leaves no trace. */
void am_history_add (AmHistory *self, AmRun *run);
void am_history_remove (AmHistory *self, AmHistoryEntry *entry);

/* Forgets everything, damaged lines too. */
void am_history_clear (AmHistory *self);

/* The entry of @run, or %NULL: (transfer none). */
AmHistoryEntry *am_history_find (AmHistory *self, AmRun *run);

/* Bytes read and written per second that the last merges by @method took, or 0 when none is known: for estimates. */
double am_history_get_speed (AmHistory *self, const char *method);

G_END_DECLS
