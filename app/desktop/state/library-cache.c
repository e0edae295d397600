#include "library-cache.h"

#include <glib/gi18n.h>
#include <string.h>

#include "library-walk.h"

/* How checkpoints are understood changes between versions, so facts of another version do not count. */
#define MAGIC "amalgam library " AM_VERSION " 1\n"
#define ROWS_FORMAT "a" AM_LIBRARY_FACTS_FORMAT
#define CHECKSUM_SIZE 32

/* The file: MAGIC, SHA-256 of the rows, zeros up to a multiple of 8, rows. */
#define HEAD_SIZE ((sizeof (MAGIC) - 1 + CHECKSUM_SIZE + 7) / 8 * 8)

static char *
get_path (void)
{
  return g_build_filename (g_get_user_cache_dir (), "amalgam", "library", NULL);
}

GHashTable *
am_library_cache_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)am_library_facts_unref);
}

static void
make_head (guint8 *head, gconstpointer rows, gsize size)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = CHECKSUM_SIZE;

  /* Titles are in the user's language, so that the cache of another one must not pass for sound. */
  g_checksum_update (checksum, (const guchar *)g_get_language_names ()[0], -1);
  memset (head, 0, HEAD_SIZE);
  memcpy (head, MAGIC, sizeof (MAGIC) - 1);
  g_checksum_update (checksum, rows, (gssize)size);
  g_checksum_get_digest (checksum, head + sizeof (MAGIC) - 1, &length);
}

static gboolean
is_sound (const guint8 *data, gsize size)
{
  guint8 head[HEAD_SIZE];

  if (size < HEAD_SIZE)
    return FALSE;
  make_head (head, data + HEAD_SIZE, size - HEAD_SIZE);
  return memcmp (data, head, HEAD_SIZE) == 0;
}

static void
take_rows (GHashTable *cache, GBytes *bytes)
{
  g_autoptr (GBytes) rows = g_bytes_new_from_bytes (bytes, HEAD_SIZE, g_bytes_get_size (bytes) - HEAD_SIZE);
  g_autoptr (GVariant) array
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (ROWS_FORMAT), rows, FALSE));
  GVariantIter iter;
  GVariant *row;

  g_variant_iter_init (&iter, array);
  while ((row = g_variant_iter_next_value (&iter)) != NULL)
    {
      AmLibraryFacts *facts = am_library_facts_from_variant (row);

      g_hash_table_replace (cache, facts->path, facts);
      g_variant_unref (row);
    }
}

GHashTable *
am_library_cache_load (void)
{
  GHashTable *cache = am_library_cache_new ();
  g_autofree char *path = get_path ();
  g_autoptr (GBytes) bytes = NULL;
  char *data;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, NULL))
    return cache;
  bytes = g_bytes_new_take (data, size);
  if (is_sound ((const guint8 *)data, size))
    take_rows (cache, bytes);
  return cache;
}

static GBytes *
serialize (GHashTable *cache)
{
  GVariantBuilder builder;
  g_autoptr (GVariant) array = NULL;
  GHashTableIter iter;
  gpointer value;
  gsize size;
  guint8 *data;

  g_variant_builder_init (&builder, G_VARIANT_TYPE (ROWS_FORMAT));
  g_hash_table_iter_init (&iter, cache);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((AmLibraryFacts *)value)->error == NULL)
      g_variant_builder_add_value (&builder, am_library_facts_to_variant (value));
  array = g_variant_ref_sink (g_variant_builder_end (&builder));

  size = g_variant_get_size (array);
  data = g_malloc (HEAD_SIZE + size);
  g_variant_store (array, data + HEAD_SIZE);
  make_head (data, data + HEAD_SIZE, size);
  return g_bytes_new_take (data, HEAD_SIZE + size);
}

/* A state of the table on its way to the file. */
typedef struct
{
  GBytes *bytes;
  guint number;
} Snapshot;

static Snapshot *
take_snapshot (GHashTable *cache)
{
  static guint n_taken;
  Snapshot *snapshot = g_new0 (Snapshot, 1);

  snapshot->bytes = serialize (cache);
  snapshot->number = ++n_taken;
  return snapshot;
}

static void
snapshot_free (gpointer data)
{
  Snapshot *snapshot = data;

  g_bytes_unref (snapshot->bytes);
  g_free (snapshot);
}

/* Jobs may overtake each other: an older state never replaces a later one. */
static void
write_snapshot (const Snapshot *snapshot)
{
  static GMutex lock;
  static guint last_written;
  g_autofree char *path = get_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  gsize size;
  const char *data = g_bytes_get_data (snapshot->bytes, &size);

  g_mutex_lock (&lock);
  if (snapshot->number > last_written && g_mkdir_with_parents (folder, 0700) == 0)
    {
      g_file_set_contents (path, data, (gssize)size, NULL);
      last_written = snapshot->number;
    }
  g_mutex_unlock (&lock);
}

void
am_library_cache_write (GHashTable *cache)
{
  Snapshot *snapshot = take_snapshot (cache);

  write_snapshot (snapshot);
  snapshot_free (snapshot);
}

GHashTable *
am_library_cache_copy (GHashTable *cache)
{
  GHashTable *copy = am_library_cache_new ();
  GHashTableIter iter;
  gpointer facts;

  g_hash_table_iter_init (&iter, cache);
  while (g_hash_table_iter_next (&iter, NULL, &facts))
    g_hash_table_insert (copy, ((AmLibraryFacts *)facts)->path, am_library_facts_ref (facts));
  return copy;
}

static gpointer
write_in_background (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  write_snapshot (data);
  return NULL;
}

AmJob *
am_library_cache_make_write_job (GHashTable *cache)
{
  return am_job_new (_ ("Remembering the library"), write_in_background, take_snapshot (cache), snapshot_free,
                     NULL);
}

typedef struct
{
  GHashTable *seen;
  const char *const *lost;
} Kept;

static gboolean
is_forgotten (gpointer path, gpointer facts, gpointer user_data)
{
  const Kept *kept = user_data;

  return !g_hash_table_contains (kept->seen, path) && !am_library_is_inside (path, kept->lost);
}

gboolean
am_library_cache_forget (GHashTable *cache, GHashTable *seen, const char *const *lost)
{
  Kept kept = { seen, lost };

  return g_hash_table_foreach_remove (cache, is_forgotten, &kept) > 0;
}
