/* A merge that waits, or that has ended, as a row of the queue. */
#pragma once

#include <adwaita.h>

#include "state/run-queue.h"

G_BEGIN_DECLS

#define AM_TYPE_RUN_ROW (am_run_row_get_type ())
G_DECLARE_FINAL_TYPE (AmRunRow, am_run_row, AM, RUN_ROW, AdwActionRow)

/**
 * am_run_row_new:
 *
 * Buttons and Alt+Up, Alt+Down move a waiting run; Delete and a button take it out. Signal "moved" (gint steps) after it
 * changed places, when another widget stands for the run.
 */
GtkWidget *am_run_row_new (AmRunQueue *queue, AmRun *run);

AmRun *am_run_row_get_run (AmRunRow *self);

G_END_DECLS
