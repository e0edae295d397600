/* Starting the merge being edited. */
#pragma once

#include <gtk/gtk.h>

#include "state/workspace.h"

G_BEGIN_DECLS

/**
 * am_merge_start:
 * @widget: in the window that shows toasts and pages
 *
 * Queues the draft of @workspace. Where the result would replace a file, or what an open merge will write,
 * the user is asked first; nothing is ever replaced silently.
 */
void am_merge_start (GtkWidget *widget, AmWorkspace *workspace);

/* A path like @path that no file has and no open merge will write: "name-2.safetensors". (transfer full) */
char *am_merge_find_free_path (AmRunQueue *queue, const char *path);

G_END_DECLS
