/* The merge that runs: its progress, and how to stop it. */
#pragma once

#include <gtk/gtk.h>

#include "state/run.h"

G_BEGIN_DECLS

#define AM_TYPE_RUN_CARD (am_run_card_get_type ())
G_DECLARE_FINAL_TYPE (AmRunCard, am_run_card, AM, RUN_CARD, GtkWidget)

/* @run: (nullable) (transfer none): shown; %NULL empties the card. Property "run". */
void am_run_card_set_run (AmRunCard *self, AmRun *run);

G_END_DECLS
