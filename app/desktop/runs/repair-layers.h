/* What a repair did, layer by layer, for people. */
#pragma once

#include <gtk/gtk.h>

#include "runs/repair-work.h"

G_BEGIN_DECLS

/* One sentence, translated. (transfer full) */
char *am_repair_layers_describe (const AmRepairOutcome *outcome);

/* Fills @list, which is empty, with a row for each layer. */
void am_repair_layers_show (GtkListBox *list, const AmRepairOutcome *outcome);

G_END_DECLS
