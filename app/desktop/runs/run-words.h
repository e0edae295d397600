/* What a merge did, in words. All of these return (transfer full), translated text. */
#pragma once

#include "state/history.h"

G_BEGIN_DECLS

/* "Done in 3.2 s, 2.1 GB written". */
char *am_run_words_headline (AmHistoryEntry *entry);

/* The same of a run that may still wait, run, or have ended. */
char *am_run_words_of_run (AmRun *run);

/* "686 tensors merged". */
char *am_run_words_count (AmAction action, guint n);

/* What to know of values that are not finite or were cut off: one sentence each, %NULL-terminated; empty when all is well. */
char **am_run_words_values (const AmRunSummary *summary);

/* "12.3 %", with as many digits as mean something; "∞" for infinity. */
char *am_run_words_percent (double fraction);

/* Title of a method of the registry, or @id itself. */
char *am_run_words_method (const char *id);

/* Symbolic icon and its style class for an end. */
const char *am_run_words_icon (AmJobState state);
const char *am_run_words_style (AmJobState state);

/* "Done", "Failed", ...: for screen readers beside the icon. */
char *am_run_words_state (AmJobState state);

G_END_DECLS
