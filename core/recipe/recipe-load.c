#include <string.h>

#include "checkpoint/checkpoint.h"
#include "checkpoint/file-kind.h"
#include "output/heat-map.h"
#include "recipe/recipe.h"
#include "recipe/text-file.h"
#include "recipe/yaml-tree.h"

typedef enum
{
  FILE_TEXT,
  FILE_PNG,
  FILE_MODEL, /* or what should be one: its reader says what is wrong */
} FileKind;

/* JSON is YAML, and nothing else that is text is mistaken for a model. */
static FileKind
find_kind (const char *path)
{
  guint8 bytes[AM_FILE_KIND_BYTES];
  gsize n;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return FILE_MODEL;
  n = am_text_file_peek (path, bytes, sizeof bytes);
  switch (am_file_kind_sniff (bytes, n))
    {
    case AM_FILE_KIND_PNG:
      return FILE_PNG;
    case AM_FILE_KIND_UNKNOWN:
    case AM_FILE_KIND_EMPTY:
    case AM_FILE_KIND_JSON:
      return FILE_TEXT;
    case AM_FILE_KIND_SAFETENSORS:
      return memchr (bytes, '\0', MIN (n, 8)) != NULL ? FILE_MODEL : FILE_TEXT;
    default:
      return FILE_MODEL;
    }
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
  static const char *const endings[] = { ".yaml", ".yml", ".json", ".png" };
  g_autofree char *lower = g_ascii_strdown (path, -1);

  if (g_str_has_suffix (lower, ".index.json"))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (lower, endings[i]))
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
