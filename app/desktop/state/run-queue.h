/* Merges in the order they run: a list model of AmRun, one running at a time. */
#pragma once

#include "state/run.h"

G_BEGIN_DECLS

#define AM_TYPE_RUN_QUEUE (am_run_queue_get_type ())
G_DECLARE_FINAL_TYPE (AmRunQueue, am_run_queue, AM, RUN_QUEUE, GObject)

/* Signals: "run-finished" (AmRun) for done, failed and cancelled ones alike. Properties: "n-open" (waiting and running),
 * "current" (AmRun or %NULL). Finished runs stay in the list, the latest thirty of them. */
AmRunQueue *am_run_queue_new (void);

/* Newest last; starts at once when nothing runs. @run: (transfer none). */
void am_run_queue_add (AmRunQueue *self, AmRun *run);
void am_run_queue_cancel_all (AmRunQueue *self);
void am_run_queue_remove_finished (AmRunQueue *self);
guint am_run_queue_get_n_open (AmRunQueue *self);
AmRun *am_run_queue_get_current (AmRunQueue *self); /* (transfer none) (nullable) */

/* Takes a run that waits or has finished out of the list; a waiting one is cancelled and "run-finished" tells so. Does nothing
 * for the one that runs. */
void am_run_queue_remove (AmRunQueue *self, AmRun *run);

/* Puts a waiting run @steps places earlier (negative) or later among those that wait, as far as that goes. */
void am_run_queue_move (AmRunQueue *self, AmRun *run, gint steps);
gboolean am_run_queue_can_move (AmRunQueue *self, AmRun *run, gint steps);

/* Whether a run that is not finished will write @path. */
gboolean am_run_queue_will_write (AmRunQueue *self, const char *path);

G_END_DECLS
