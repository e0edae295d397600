#include "graph/description.h"

#include <string.h>

#include "base/number-text.h"
#include "base/text-file.h"
#include "checkpoint/json-check.h"

#define MAX_SIZE (4 * 1024 * 1024)

struct _AmModelConfig
{
  char *path;
  GHashTable *metadata;
  gboolean is_loaded;
  JsonNode *root;
  char *problem;
};

static gboolean
is_model_name (const char *name)
{
  static const char *const endings[] = { ".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf" };

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (name, endings[i]))
      return TRUE;
  return FALSE;
}

/* Whether the folder's config.json may speak of another model: the file is one of several, and has no name
 * that only goes with a configuration. */
static gboolean
is_one_of_several (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *own = g_path_get_basename (path);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  if (g_file_test (path, G_FILE_TEST_IS_DIR) || g_str_has_suffix (own, ".json")
      || g_str_has_prefix (own, "model.") || g_str_has_prefix (own, "pytorch_model."))
    return FALSE;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (strcmp (name, own) != 0 && is_model_name (name))
      return TRUE;
  return FALSE;
}

AmModelConfig *
am_model_config_new (const char *path, GHashTable *metadata)
{
  AmModelConfig *config = g_new0 (AmModelConfig, 1);
  g_autofree char *folder
      = g_file_test (path, G_FILE_TEST_IS_DIR) ? g_strdup (path) : g_path_get_dirname (path);

  config->path = g_build_filename (folder, "config.json", NULL);
  config->metadata = metadata;
  config->is_loaded = is_one_of_several (path);
  return config;
}

void
am_model_config_free (AmModelConfig *config)
{
  if (config == NULL)
    return;
  g_free (config->path);
  g_clear_pointer (&config->root, json_node_unref);
  g_free (config->problem);
  g_free (config);
}

static void
load (AmModelConfig *config)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;

  if (config->is_loaded)
    return;
  config->is_loaded = TRUE;
  text = am_text_file_read (config->path, MAX_SIZE, &length, &error);
  if (text != NULL)
    config->root = am_json_parse (text, length, config->path, &error);
  if (error != NULL && !g_error_matches (error, AM_ERROR, AM_ERROR_NOT_FOUND))
    config->problem = g_strdup (error->message);
}

/* The member that the whole of @key names, or its first part that is an object, and so on. */
static JsonNode *
find_member (JsonNode *node, const char *key)
{
  while (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *object = json_node_get_object (node);
      const char *dot = strchr (key, '.');
      g_autofree char *first = NULL;

      if (json_object_has_member (object, key))
        return json_object_get_member (object, key);
      if (dot == NULL)
        return NULL;
      first = g_strndup (key, (gsize)(dot - key));
      node = json_object_get_member (object, first);
      key = dot + 1;
    }
  return NULL;
}

gboolean
am_model_config_find (AmModelConfig *config, const char *key, double *number)
{
  const char *text = config->metadata != NULL ? g_hash_table_lookup (config->metadata, key) : NULL;
  JsonNode *node;

  if (text != NULL && am_number_from_text (text, strlen (text), number))
    return TRUE;
  load (config);
  node = config->root != NULL ? find_member (config->root, key) : NULL;
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_INT64
          && json_node_get_value_type (node) != G_TYPE_DOUBLE))
    return FALSE;
  *number = json_node_get_double (node);
  return TRUE;
}

const char *
am_model_config_get_problem (const AmModelConfig *config)
{
  return config->problem;
}
