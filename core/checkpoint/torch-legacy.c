/* Files of torch before 1.6: five pickles (magic number, protocol, system, object, keys of storages), then
 * for each key the number of its elements and their bytes. */
#include "checkpoint/checkpoint-private.h"

#include "checkpoint/little-endian.h"
#include "checkpoint/printable.h"
#include "checkpoint/torch-state.h"

#define FIRST_READ ((gsize)1 << 20)
#define MOST_PICKLES ((gsize)256 << 20)
#define PROTOCOL 1001

static const guint8 magic[] = { 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19 };

typedef struct
{
  AmCheckpoint *checkpoint;
  guint file;
  const char *path;
  guint64 file_size;
  guint8 *bytes; /* the first @size bytes of the file */
  gsize size;
  gsize at;
  GHashTable *extents; /* key -> AmTorchExtent */
  GError **error;
} Legacy;

static gboolean fail (const Legacy *legacy, AmError code, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail (const Legacy *legacy, AmError code, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (legacy->error, AM_ERROR, code, "%s: %s", legacy->path, message);
  return FALSE;
}

/* Nothing says how long the pickles are. */
static gboolean
read_more (Legacy *legacy)
{
  guint64 most = MIN (legacy->file_size, MOST_PICKLES);
  gsize size = (gsize)MIN (legacy->size == 0 ? FIRST_READ : (guint64)legacy->size * 4, most);

  if (size <= legacy->size)
    return FALSE;
  legacy->bytes = g_realloc (legacy->bytes, size);
  if (!am_checkpoint_pread (legacy->checkpoint, legacy->file, legacy->size, size - legacy->size,
                            legacy->bytes + legacy->size, legacy->error))
    return FALSE;
  legacy->size = size;
  return TRUE;
}

/* The next pickle of the file. Nodes point into @legacy's bytes, so reading more invalidates earlier ones. */
static AmPickle *
next_pickle (Legacy *legacy, const char *what)
{
  g_autofree char *source
      = g_strdup_printf ("%s: %s at byte %" G_GSIZE_FORMAT, legacy->path, what, legacy->at);

  for (;;)
    {
      g_autoptr (GError) problem = NULL;
      gboolean truncated;
      gsize used;
      AmPickle *pickle = am_pickle_parse (legacy->bytes + legacy->at, legacy->size - legacy->at, source,
                                          &used, &truncated, &problem);
      if (pickle != NULL)
        {
          legacy->at += used;
          return pickle;
        }
      if (!truncated || !read_more (legacy))
        {
          if (*legacy->error == NULL)
            g_propagate_error (legacy->error, g_steal_pointer (&problem));
          return NULL;
        }
    }
}

static gboolean
check_magic (Legacy *legacy)
{
  g_autoptr (AmPickle) pickle = next_pickle (legacy, "pickle of the magic number");
  const AmPickleNode *root = pickle != NULL ? am_pickle_get_root (pickle) : NULL;

  if (root == NULL)
    return FALSE;
  if (root->kind != AM_PICKLE_LONG || root->string.length != sizeof magic
      || memcmp (root->string.text, magic, sizeof magic) != 0)
    return fail (legacy, AM_ERROR_UNSUPPORTED,
                 "this is a pickle, but not a torch file: torch's magic number is missing");
  return TRUE;
}

static gboolean
check_protocol (Legacy *legacy)
{
  g_autoptr (AmPickle) pickle = next_pickle (legacy, "pickle of the protocol");
  const AmPickleNode *root = pickle != NULL ? am_pickle_get_root (pickle) : NULL;

  if (root == NULL)
    return FALSE;
  if (root->kind != AM_PICKLE_INT || root->integer != PROTOCOL)
    return fail (legacy, AM_ERROR_UNSUPPORTED, "the torch file protocol is not %d", PROTOCOL);
  return TRUE;
}

static gboolean
check_system (Legacy *legacy)
{
  g_autoptr (AmPickle) pickle = next_pickle (legacy, "pickle of the system");
  const AmPickleNode *little
      = pickle != NULL ? am_pickle_lookup (am_pickle_get_root (pickle), "little_endian") : NULL;

  if (pickle == NULL)
    return FALSE;
  if (little == NULL || little->kind != AM_PICKLE_BOOL)
    return fail (legacy, AM_ERROR_CORRUPT, "the system it was saved on is not described (little_endian)");
  if (!little->integer)
    return fail (legacy, AM_ERROR_UNSUPPORTED,
                 "this file was saved on a big-endian machine; load and save it on a little-endian one");
  return TRUE;
}

static gboolean
find_storage (gconstpointer data, const AmTorchStorage *storage, AmTorchExtent *extent)
{
  const Legacy *legacy = data;
  g_autofree char *key = g_strndup (storage->key, storage->key_length);
  const AmTorchExtent *found
      = strlen (key) == storage->key_length ? g_hash_table_lookup (legacy->extents, key) : NULL;

  if (found != NULL)
    *extent = *found;
  return found != NULL;
}

/* Bytes per element of every key the object mentions. */
static GHashTable *
collect_element_sizes (const Legacy *legacy, const AmPickle *pickle)
{
  const GPtrArray *ids = am_pickle_get_persistent (pickle);
  g_autoptr (GHashTable) sizes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < ids->len; i++)
    {
      AmTorchStorage storage;
      const char *fault = am_torch_storage_parse (g_ptr_array_index (ids, i), &storage);
      if (fault != NULL)
        {
          const AmPickleNode *node = g_ptr_array_index (ids, i);
          /* A pickled module is remembered by an id as well; its storages have their own. */
          if (node->id->kind == AM_PICKLE_TUPLE && node->id->sequence.n > 0
              && am_pickle_is_text (node->id->sequence.items[0], "module"))
            continue;
          fail (legacy, AM_ERROR_CORRUPT, "%s", fault);
          return NULL;
        }
      if (storage.element_size == 0)
        {
          fail (legacy, AM_ERROR_UNSUPPORTED,
                "it holds quantised tensors (%s); dequantise them and save again", storage.type);
          return NULL;
        }
      g_hash_table_insert (sizes, g_strndup (storage.key, storage.key_length),
                           GUINT_TO_POINTER (storage.element_size));
    }
  return g_steal_pointer (&sizes);
}

/* One storage at @at, which moves past it. */
static gboolean
read_storage (Legacy *legacy, const AmPickleNode *key_node, GHashTable *element_sizes, guint64 *at)
{
  guint8 header[8];
  AmTorchExtent extent;

  if (key_node->kind != AM_PICKLE_TEXT)
    return fail (legacy, AM_ERROR_CORRUPT, "the key of a storage is not a string");
  g_autofree char *key = g_strndup (key_node->string.text, key_node->string.length);
  g_autofree char *shown = am_printable (key, strlen (key));
  guint element_size = GPOINTER_TO_UINT (g_hash_table_lookup (element_sizes, key));
  if (element_size == 0)
    return fail (legacy, AM_ERROR_CORRUPT, "storage \"%s\" is in the list but no tensor names it", shown);
  if (legacy->file_size - *at < sizeof header)
    return fail (legacy, AM_ERROR_CORRUPT,
                 "the file ends before storage \"%s\", at byte %" G_GUINT64_FORMAT
                 ": incomplete download or copy",
                 shown, *at);
  if (!am_checkpoint_pread (legacy->checkpoint, legacy->file, *at, sizeof header, header, legacy->error))
    return FALSE;
  extent.offset = *at + sizeof header;
  if (!g_uint64_checked_mul (&extent.size, am_read_le64 (header), element_size)
      || extent.size > legacy->file_size - extent.offset)
    return fail (legacy, AM_ERROR_CORRUPT,
                 "storage \"%s\" promises %" G_GUINT64_FORMAT " elements of %u bytes, %" G_GUINT64_FORMAT
                 " bytes are left: incomplete download or copy",
                 shown, am_read_le64 (header), element_size, legacy->file_size - extent.offset);
  *at = extent.offset + extent.size;
  if (!g_hash_table_insert (legacy->extents, g_steal_pointer (&key), g_memdup2 (&extent, sizeof extent)))
    return fail (legacy, AM_ERROR_CORRUPT, "storage \"%s\" is in the list twice", shown);
  return TRUE;
}

static gboolean
read_storages (Legacy *legacy, const AmPickle *keys, GHashTable *element_sizes)
{
  const AmPickleNode *list = am_pickle_get_root (keys);
  guint64 at = legacy->at;

  if (list->kind != AM_PICKLE_LIST)
    return fail (legacy, AM_ERROR_CORRUPT, "the list of storages is %s", am_pickle_describe (list));
  for (gsize i = 0; i < list->sequence.n; i++)
    if (!read_storage (legacy, list->sequence.items[i], element_sizes, &at))
      return FALSE;
  if (at != legacy->file_size)
    return fail (legacy, AM_ERROR_CORRUPT, "%" G_GUINT64_FORMAT " bytes follow the last storage",
                 legacy->file_size - at);
  return TRUE;
}

/* The object's pickle and the keys' in one stretch of memory: reading more moves both. */
static AmPickle *
read_object (Legacy *legacy, AmPickle **keys)
{
  for (;;)
    {
      gsize start = legacy->at;
      gsize size;
      g_autoptr (AmPickle) object = next_pickle (legacy, "pickle of the object");

      if (object == NULL)
        return NULL;
      size = legacy->size;
      *keys = next_pickle (legacy, "pickle of the storage keys");
      if (*keys == NULL)
        return NULL;
      if (size == legacy->size)
        return g_steal_pointer (&object);
      g_clear_pointer (keys, am_pickle_free);
      legacy->at = start;
    }
}

static gboolean
read_legacy (Legacy *legacy)
{
  g_autoptr (AmPickle) keys = NULL;
  g_autoptr (AmPickle) object = NULL;
  g_autoptr (GHashTable) element_sizes = NULL;

  if (!read_more (legacy))
    return *legacy->error != NULL ? FALSE : fail (legacy, AM_ERROR_CORRUPT, "the file is empty");
  if (!check_magic (legacy) || !check_protocol (legacy) || !check_system (legacy))
    return FALSE;
  object = read_object (legacy, &keys);
  if (object == NULL)
    return FALSE;
  element_sizes = collect_element_sizes (legacy, object);
  if (element_sizes == NULL || !read_storages (legacy, keys, element_sizes))
    return FALSE;
  const AmTorchSource source
      = { .pickle = object, .file = legacy->file, .find = find_storage, .data = legacy };
  return am_torch_state_read (legacy->checkpoint, &source, legacy->error);
}

gboolean
am_torch_legacy_read (AmCheckpoint *checkpoint, guint file, GError **error)
{
  g_autoptr (GHashTable) extents = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GError) problem = NULL;
  Legacy legacy = {
    .checkpoint = checkpoint,
    .file = file,
    .path = am_checkpoint_get_file (checkpoint, file),
    .file_size = am_checkpoint_file_size (checkpoint, file),
    .extents = extents,
    .error = &problem,
  };
  gboolean done = read_legacy (&legacy);

  g_free (legacy.bytes);
  if (!done)
    g_propagate_error (error, g_steal_pointer (&problem));
  return done;
}
