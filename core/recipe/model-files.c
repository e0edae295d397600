#include "recipe/model-files.h"

#include <string.h>

#include "recipe/writer-values.h"

typedef struct
{
  const char *name;
  gsize path, sha256; /* offsets in AmRecipeFiles; sha256 0: none */
} FileField;

/* In the order in which they are written. */
static const FileField fields[] = {
  { "data", G_STRUCT_OFFSET (AmRecipeFiles, data), G_STRUCT_OFFSET (AmRecipeFiles, data_sha256) },
  { "preprocessing", G_STRUCT_OFFSET (AmRecipeFiles, preprocessing), 0 },
  { "statistics", G_STRUCT_OFFSET (AmRecipeFiles, statistics),
    G_STRUCT_OFFSET (AmRecipeFiles, statistics_sha256) },
};

static char **
get_text (const AmRecipeFiles *files, gsize offset)
{
  return (char **)G_STRUCT_MEMBER_P (files, offset);
}

void
am_recipe_files_clear (AmRecipeFiles *files)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_free (*get_text (files, fields[i].path));
      if (fields[i].sha256 != 0)
        g_free (*get_text (files, fields[i].sha256));
    }
  *files = (AmRecipeFiles){ 0 };
}

void
am_recipe_files_copy (AmRecipeFiles *copy, const AmRecipeFiles *files)
{
  *copy = (AmRecipeFiles){ 0 };
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      *get_text (copy, fields[i].path) = g_strdup (*get_text (files, fields[i].path));
      if (fields[i].sha256 != 0)
        *get_text (copy, fields[i].sha256) = g_strdup (*get_text (files, fields[i].sha256));
    }
}

gboolean
am_recipe_file_is_taken (const AmMethod *method, const char *name)
{
  if (method->flags & AM_METHOD_MERGED_PREFIX)
    return strcmp (name, "data") == 0 || strcmp (name, "preprocessing") == 0;
  return method->statistics != AM_STATISTICS_NONE && strcmp (name, "statistics") == 0;
}

char **
am_recipe_files_get (AmRecipeFiles *files, const char *name, char ***sha256)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (strcmp (fields[i].name, name) == 0)
      {
        *sha256 = fields[i].sha256 != 0 ? get_text (files, fields[i].sha256) : NULL;
        return get_text (files, fields[i].path);
      }
  return NULL;
}

typedef struct
{
  char **path, **sha256;
} FileTarget;

static gboolean
read_path (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  FileTarget *file = target;

  return am_reader_read_text (reader, node, file->path, error);
}

static gboolean
read_sha256 (AmRecipeReader *reader, const AmYamlNode *node, gpointer target, GError **error)
{
  FileTarget *file = target;

  g_clear_pointer (file->sha256, g_free);
  return am_reader_read_sha256 (reader, node, file->sha256, error);
}

gboolean
am_reader_read_file (AmRecipeReader *reader, const char *name, const AmYamlNode *node, AmRecipeFiles *files,
                     GError **error)
{
  static const AmReaderKey keys[] = { { "file", read_path }, { "sha256", read_sha256 }, { NULL } };
  FileTarget file = { 0 };

  file.path = am_recipe_files_get (files, name, &file.sha256);
  if (node->type != AM_YAML_MAP || file.sha256 == NULL)
    return am_reader_read_text (reader, node, file.path, error);
  if (!am_reader_read_map (reader, node, keys, name, &file, error))
    return FALSE;
  if (*file.path != NULL)
    return TRUE;
  return am_yaml_fail (reader->file, node, AM_ERROR_BAD_RECIPE, error,
                       "%s without 'file'; expected a path, or {file: PATH, sha256: DIGEST}", name);
}

static void
write_file (GString *out, const char *path, const char *sha256)
{
  if (sha256 == NULL)
    {
      am_write_text (out, path);
      return;
    }
  g_string_append (out, "{file: ");
  am_write_text (out, path);
  g_string_append (out, ", sha256: ");
  am_write_text (out, sha256);
  g_string_append_c (out, '}');
}

void
am_write_files (GString *out, const AmRecipeFiles *files, guint indent)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const char *path = *get_text (files, fields[i].path);

      if (path == NULL)
        continue;
      g_string_append_printf (out, "%*s%s: ", (int)indent, "", fields[i].name);
      write_file (out, path, fields[i].sha256 != 0 ? *get_text (files, fields[i].sha256) : NULL);
      g_string_append_c (out, '\n');
    }
}

gboolean
am_recipe_files_is_empty (const AmRecipeFiles *files)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (*get_text (files, fields[i].path) != NULL)
      return FALSE;
  return TRUE;
}
