/* Paths as text: recipes, settings and widgets hold UTF-8, while file systems hold any bytes. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @path is UTF-8. One that is not, must not come further than where it came in. */
gboolean am_path_is_text (const char *path);

/* Why such a file cannot be used, for people. Returns: (transfer full). */
char *am_path_dup_refusal (const char *path);

G_END_DECLS
