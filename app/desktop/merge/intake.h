/* What happens to files that are dropped or pasted on the merge page. */
#pragma once

#include <gtk/gtk.h>

#include "state/draft.h"

G_BEGIN_DECLS

/**
 * am_intake_files:
 * @widget: in the window that loads recipes (win.load-recipe)
 * @slot: where the first checkpoint goes, or %AM_INTAKE_FREE_SLOT
 * @paths: %NULL-terminated
 *
 * Checkpoints go into slots, the others after the first into free ones; recipes are loaded. A checkpoint that
 * carries the recipe of the merge it came from is both: the user is asked.
 */
#define AM_INTAKE_FREE_SLOT (G_MAXUINT - 1)
void am_intake_files (GtkWidget *widget, AmDraft *draft, guint slot, const char *const *paths);

/* Takes paths, one a line, or file:// addresses. Returns: whether @text held any that exist. */
gboolean am_intake_text (GtkWidget *widget, AmDraft *draft, guint slot, const char *text);

/* The local paths in a GdkFileList. (transfer full). */
char **am_intake_list_paths (const GValue *file_list);

G_END_DECLS
