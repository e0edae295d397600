#include "library-folders.h"

gboolean
am_library_folders_replace (GSettings *settings, const char *old, const char *path)
{
  g_auto (GStrv) folders = g_settings_get_strv (settings, "library-folders");
  g_autoptr (GPtrArray) changed = g_ptr_array_new ();

  for (guint i = 0; folders[i] != NULL; i++)
    {
      gpointer kept = g_strcmp0 (folders[i], old) == 0 ? (gpointer)path : folders[i];

      if (kept != NULL && !g_ptr_array_find_with_equal_func (changed, kept, g_str_equal, NULL))
        g_ptr_array_add (changed, kept);
    }
  if (path != NULL && !g_ptr_array_find_with_equal_func (changed, path, g_str_equal, NULL))
    g_ptr_array_add (changed, (gpointer)path);
  g_ptr_array_add (changed, NULL);
  if (g_strv_equal ((const char *const *)folders, (const char *const *)changed->pdata))
    return FALSE;
  return g_settings_set_strv (settings, "library-folders", (const char *const *)changed->pdata);
}
