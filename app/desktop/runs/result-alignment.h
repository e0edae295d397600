/* How the models of a result were aligned: a sentence for each, and a chart where anything moved. */
#pragma once

#include <gtk/gtk.h>

#include "state/history.h"

G_BEGIN_DECLS

/* Whether the models were aligned. */
gboolean am_result_alignment_is_there (AmHistoryEntry *entry);

/* Fills @box, which is emptied first. */
void am_result_alignment_show (GtkBox *box, AmHistoryEntry *entry);

G_END_DECLS
