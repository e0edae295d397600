#include <string.h>

#include "checkpoint/checkpoint.h"
#include "output/heat-map.h"
#include "recipe/recipe.h"
#include "base/text-file.h"
#include "base/yaml-tree.h"

typedef enum
{
  FILE_TEXT,
  FILE_PNG,
  FILE_MODEL, /* or what should be one: its reader says what is wrong */
} FileKind;

static gboolean
has_ending (const char *path, const char *const *endings)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  for (gsize i = 0; endings[i] != NULL; i++)
    if (g_str_has_suffix (lower, endings[i]))
      return TRUE;
  return FALSE;
}

/* What is named as a model is read as one, so that its reader says what it is instead. */
static FileKind
find_kind (const char *path)
{
  static const char *const endings[] = { ".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf", NULL };
  static const guint8 png[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n' };
  guint8 bytes[9];
  gsize n;

  if (g_file_test (path, G_FILE_TEST_IS_DIR) || has_ending (path, endings))
    return FILE_MODEL;
  n = am_text_file_peek (path, bytes, sizeof bytes);
  if (n >= sizeof png && memcmp (bytes, png, sizeof png) == 0)
    return FILE_PNG;
  if (n == sizeof bytes && bytes[8] == '{' && memchr (bytes, '\0', 8) != NULL)
    return FILE_MODEL;
  return FILE_TEXT;
}

static GPtrArray *
parse_embedded (const char *yaml, const char *path, const char *place, GError **error)
{
  g_autofree char *source = g_strdup_printf ("%s (%s)", path, place);

  if (yaml != NULL)
    return am_recipes_parse (yaml, -1, source, error);
  g_set_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE,
               "%s: there is no recipe in it (no '%s' in its %s); give a recipe, or two models and a method",
               path, AM_RECIPE_METADATA_KEY, place);
  return NULL;
}

static GPtrArray *
load_picture (const char *path, GError **error)
{
  g_autoptr (GError) failure = NULL;
  g_autofree char *yaml = am_png_read_text (path, AM_RECIPE_METADATA_KEY, &failure);

  if (failure == NULL)
    return parse_embedded (yaml, path, "text chunks", error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return NULL;
}

static GPtrArray *
load_checkpoint (const char *path, GError **error)
{
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, error);
  GHashTable *metadata;

  if (checkpoint == NULL)
    return NULL;
  metadata = am_checkpoint_get_metadata (checkpoint);
  return parse_embedded (metadata != NULL ? g_hash_table_lookup (metadata, AM_RECIPE_METADATA_KEY) : NULL,
                         path, "header", error);
}

static GPtrArray *
load_text (const char *path, GError **error)
{
  gsize length;
  g_autofree char *text = am_text_file_read (path, AM_YAML_MAX_SIZE, &length, error);

  return text != NULL ? am_recipes_parse (text, (gssize)length, path, error) : NULL;
}

GPtrArray *
am_recipes_load (const char *path, GError **error)
{
  switch (find_kind (path))
    {
    case FILE_PNG:
      return load_picture (path, error);
    case FILE_MODEL:
      return load_checkpoint (path, error);
    default:
      return load_text (path, error);
    }
}

static gboolean
has_recipe (const char *path)
{
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, NULL);
  GHashTable *metadata = checkpoint != NULL ? am_checkpoint_get_metadata (checkpoint) : NULL;

  return metadata != NULL && g_hash_table_contains (metadata, AM_RECIPE_METADATA_KEY);
}

gboolean
am_recipe_is_recipe_file (const char *path)
{
  static const char *const endings[] = { ".yaml", ".yml", ".json", ".png", NULL };
  static const char *const index_endings[] = { ".index.json", NULL };

  if (has_ending (path, index_endings))
    return FALSE;
  if (has_ending (path, endings))
    return TRUE;
  switch (find_kind (path))
    {
    case FILE_PNG:
      return TRUE;
    case FILE_MODEL:
      return has_recipe (path);
    default:
      return FALSE;
    }
}
