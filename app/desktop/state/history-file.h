/* The file of the history: one JSON object a line, oldest first. Lines that cannot be understood are left as they are. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* (transfer full): $XDG_DATA_HOME/amalgam/history.jsonl. */
char *am_history_file_get_path (void);

/* Lines without their breaks, empty ones left out: (transfer full) (element-type utf8). No file is no lines. Errors: G_FILE_ERROR. */
GPtrArray *am_history_file_read (const char *path, GError **error);

/* Adds a line and waits until it is on disk. A last line that was cut short is closed first. Errors: G_FILE_ERROR. */
gboolean am_history_file_append (const char *path, const char *line, GError **error);

/* Takes out the first line that is the same as @line, atomically. Errors: G_FILE_ERROR. */
gboolean am_history_file_remove (const char *path, const char *line, GError **error);

G_END_DECLS
