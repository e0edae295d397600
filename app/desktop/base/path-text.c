#include "path-text.h"

#include <glib/gi18n.h>

gboolean
am_path_is_text (const char *path)
{
  return g_utf8_validate (path, -1, NULL);
}

char *
am_path_dup_refusal (const char *path)
{
  g_autofree char *name = g_filename_display_name (path);

  return g_strdup_printf (_ ("%s: its name or folder is not UTF-8 text, which recipes need; rename it first"),
                          name);
}
