#include <string.h>

#include "recipe/presets.h"
#include "base/text-file.h"

#define MAX_PRESET_FILE_SIZE (1024 * 1024)

/* SuperMerger's own file has lines of letters (R, U, X, E, D), weights to be drawn at random each time. */
static gboolean
is_random (const char *values)
{
  return strpbrk (values, "RUXED") != NULL && strspn (values, "RUXED, \t") == strlen (values);
}

static gboolean
fail_line (const char *path, guint line, GError **error)
{
  g_prefix_error (error, "%s:%u: ", path, line);
  return FALSE;
}

static gboolean
read_line (GHashTable *presets, char *line, GError **error)
{
  char *separator = line + strcspn (line, "\t:");
  AmBlockWeights *weights;

  if (*separator == '\0')
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
                   "expected a name, a tab or a colon, and numbers with commas between them");
      return FALSE;
    }
  *separator = '\0';
  g_strstrip (line);
  if (line[0] == '\0')
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "the preset has no name before the tab or colon");
      return FALSE;
    }
  if (is_random (separator + 1))
    return TRUE;
  weights = am_block_weights_parse (separator + 1, error);
  if (weights != NULL)
    g_hash_table_replace (presets, g_strdup (line), weights);
  return weights != NULL;
}

static gboolean
read_lines (GHashTable *presets, const char *path, char **lines, GError **error)
{
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);

      if (line[0] == '\0' || (i == 0 && g_str_has_prefix (line, "preset_name")))
        continue;
      if (!read_line (presets, line, error))
        return fail_line (path, i + 1, error);
    }
  return TRUE;
}

GHashTable *
am_presets_load (const char *path, GError **error)
{
  g_autoptr (GHashTable) presets
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)am_block_weights_free);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  text = am_text_file_read (path, MAX_PRESET_FILE_SIZE, NULL, error);
  if (text == NULL)
    return NULL;
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE, "%s: the presets are not UTF-8 text", path);
      return NULL;
    }
  lines = g_strsplit (g_str_has_prefix (text, "\xEF\xBB\xBF") ? text + 3 : text, "\n", -1);
  return read_lines (presets, path, lines, error) ? g_steal_pointer (&presets) : NULL;
}
