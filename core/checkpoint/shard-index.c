#include "checkpoint/shard-index.h"

#include <string.h>

#include "checkpoint/checkpoint-private.h"
#include "checkpoint/json-check.h"

/* The largest indexes in use, for models of a trillion parameters, have about 10 MiB. */
#define MAX_INDEX_BYTES (64 * 1024 * 1024)

void
am_shard_index_free (AmShardIndex *index)
{
  g_ptr_array_unref (index->shards);
  g_hash_table_unref (index->map);
  g_free (index);
}

/* A symlink to elsewhere is how download caches keep shards; a path in the index is an attempt to read other
 * files. */
static gboolean
is_plain_name (const char *name)
{
  return name[0] != 0 && strpbrk (name, "/\\") == NULL && strcmp (name, ".") != 0 && strcmp (name, "..") != 0;
}

static gint
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

static const char *
intern_shard (AmShardIndex *index, GHashTable *known, const char *name)
{
  char *shard = g_hash_table_lookup (known, name);

  if (!shard)
    {
      shard = g_strdup (name);
      g_hash_table_add (known, shard);
      g_ptr_array_add (index->shards, shard);
    }
  return shard;
}

static gboolean
add_mapping (AmShardIndex *index, GHashTable *known, const char *tensor, JsonNode *node, const char *source,
             GError **error)
{
  const char *shard;

  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: tensor \"%s\": its shard is no file name", source,
                   tensor);
      return FALSE;
    }
  shard = json_node_get_string (node);
  if (!is_plain_name (shard))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                   "%s: tensor \"%s\": shard \"%s\" is not a plain file name; shards lie beside their index",
                   source, tensor, shard);
      return FALSE;
    }
  g_hash_table_insert (index->map, g_strdup (tensor), (gpointer)intern_shard (index, known, shard));
  return TRUE;
}

static gboolean
read_map (AmShardIndex *index, JsonObject *map, const char *source, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new (g_str_hash, g_str_equal);
  JsonObjectIter iter;
  const char *tensor;
  JsonNode *node;

  json_object_iter_init (&iter, map);
  while (json_object_iter_next (&iter, &tensor, &node))
    if (!add_mapping (index, known, tensor, node, source, error))
      return FALSE;
  if (index->shards->len == 0)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: weight_map names no tensors", source);
      return FALSE;
    }
  g_ptr_array_sort (index->shards, compare_strings);
  return TRUE;
}

/* Some writers put a float here; anything else counts as not said. */
static gint64
read_total_size (JsonObject *root)
{
  JsonNode *metadata = json_object_get_member (root, "metadata");
  JsonNode *size = NULL;

  if (metadata && JSON_NODE_HOLDS_OBJECT (metadata))
    size = json_object_get_member (json_node_get_object (metadata), "total_size");
  if (!size || !JSON_NODE_HOLDS_VALUE (size))
    return -1;
  if (json_node_get_value_type (size) == G_TYPE_INT64)
    return json_node_get_int (size);
  if (json_node_get_value_type (size) == G_TYPE_DOUBLE && json_node_get_double (size) >= 0
      && json_node_get_double (size) < 0x1p53)
    return (gint64)json_node_get_double (size);
  return -1;
}

static JsonObject *
find_map (JsonNode *root, const char *source, GError **error)
{
  JsonNode *map = NULL;

  if (JSON_NODE_HOLDS_OBJECT (root))
    map = json_object_get_member (json_node_get_object (root), "weight_map");
  if (!map)
    g_set_error (
        error, AM_ERROR, AM_ERROR_UNSUPPORTED,
        "%s: this JSON text is no shard index: it has no weight_map; give the model file or its folder",
        source);
  else if (!JSON_NODE_HOLDS_OBJECT (map))
    g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: weight_map is no object", source);
  else
    return json_node_get_object (map);
  return NULL;
}

AmShardIndex *
am_shard_index_parse (const char *text, gsize length, const char *source, GError **error)
{
  g_autoptr (JsonNode) root = am_json_parse (text, length, source, error);
  g_autoptr (AmShardIndex) index = NULL;
  JsonObject *map;

  if (!root || !(map = find_map (root, source, error)))
    return NULL;
  index = g_new0 (AmShardIndex, 1);
  index->shards = g_ptr_array_new_with_free_func (g_free);
  index->map = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  index->total_size = read_total_size (json_node_get_object (root));
  if (!read_map (index, map, source, error))
    return NULL;
  return g_steal_pointer (&index);
}

static AmShardIndex *
load_index (const AmCheckpoint *checkpoint, guint file, GError **error)
{
  const char *path = am_checkpoint_get_file (checkpoint, file);
  const guint64 size = am_checkpoint_file_size (checkpoint, file);
  g_autofree char *text = NULL;

  if (size > MAX_INDEX_BYTES)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   "%s: %" G_GUINT64_FORMAT " bytes of JSON are too many for a shard index", path, size);
      return NULL;
    }
  text = g_malloc (size + 1);
  if (!am_checkpoint_pread (checkpoint, file, 0, size, text, error))
    return NULL;
  return am_shard_index_parse (text, size, path, error);
}

static gboolean
read_shard (AmCheckpoint *checkpoint, const char *index_path, const char *shard, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (index_path);
  g_autofree char *path = g_build_filename (folder, shard, NULL);
  gint file;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_FOUND,
                   "%s: shard %s is missing: it should lie beside the index", index_path, shard);
      return FALSE;
    }
  file = am_checkpoint_add_file (checkpoint, path, error);
  if (file >= 0 && am_checkpoint_read_file (checkpoint, (guint)file, error))
    return TRUE;
  g_prefix_error (error, "%s: ", index_path);
  return FALSE;
}

/* Enters the tensors from number @first on, all of @shard, into @found: tensor name -> shard. */
static gboolean
collect_tensors (AmCheckpoint *checkpoint, guint first, const char *index_path, const char *shard,
                 GHashTable *found, GError **error)
{
  const GArray *tensors = am_checkpoint_peek_tensors (checkpoint);

  for (guint i = first; i < tensors->len; i++)
    {
      const char *name = g_array_index (tensors, AmTensor, i).name;
      const char *other = g_hash_table_lookup (found, name);

      if (other)
        {
          g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: tensor \"%s\" is in two shards, %s and %s",
                       index_path, name, other, shard);
          return FALSE;
        }
      g_hash_table_insert (found, (gpointer)name, (gpointer)shard);
    }
  return TRUE;
}

static gboolean
check_mapped (const AmShardIndex *index, GHashTable *found, const char *index_path, GError **error)
{
  GHashTableIter iter;
  gpointer tensor, shard;

  g_hash_table_iter_init (&iter, index->map);
  while (g_hash_table_iter_next (&iter, &tensor, &shard))
    {
      const char *place = g_hash_table_lookup (found, tensor);

      if (!place)
        g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                     "%s: tensor \"%s\" is not in shard %s, where it should be", index_path, (char *)tensor,
                     (char *)shard);
      else if (strcmp (place, shard) != 0)
        g_set_error (
            error, AM_ERROR, AM_ERROR_CORRUPT,
            "%s: tensor \"%s\" should be in shard %s, but is in %s: index and shards are of different models",
            index_path, (char *)tensor, (char *)shard, place);
      else
        continue;
      return FALSE;
    }
  return TRUE;
}

static void
note_differences (AmCheckpoint *checkpoint, const AmShardIndex *index, guint first, const char *index_path)
{
  const GArray *tensors = am_checkpoint_peek_tensors (checkpoint);
  guint n_extra = tensors->len - first - g_hash_table_size (index->map);
  guint64 total = 0;

  for (guint i = first; i < tensors->len; i++)
    total += g_array_index (tensors, AmTensor, i).size;
  if (n_extra > 0)
    am_checkpoint_add_note (checkpoint,
                            "%s: %u tensors of the shards are not in the index; they are read all the same",
                            index_path, n_extra);
  if (index->total_size >= 0 && (guint64)index->total_size != total)
    am_checkpoint_add_note (checkpoint,
                            "%s: the index says %" G_GINT64_FORMAT
                            " bytes in all, the tensors have %" G_GUINT64_FORMAT,
                            index_path, index->total_size, total);
}

gboolean
am_shard_index_read (AmCheckpoint *checkpoint, guint file, GError **error)
{
  g_autofree char *path = g_strdup (am_checkpoint_get_file (checkpoint, file));
  g_autoptr (AmShardIndex) index = load_index (checkpoint, file, error);
  g_autoptr (GHashTable) found = g_hash_table_new (g_str_hash, g_str_equal);
  const guint n_before = am_checkpoint_get_n_tensors (checkpoint);

  if (!index)
    return FALSE;
  for (guint i = 0; i < index->shards->len; i++)
    {
      const char *shard = g_ptr_array_index (index->shards, i);
      const guint first = am_checkpoint_get_n_tensors (checkpoint);

      if (!read_shard (checkpoint, path, shard, error)
          || !collect_tensors (checkpoint, first, path, shard, found, error))
        return FALSE;
    }
  if (!check_mapped (index, found, path, error))
    return FALSE;
  note_differences (checkpoint, index, n_before, path);
  return TRUE;
}
