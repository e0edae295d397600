#include "checkpoint/digest.h"

#include <openssl/evp.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint/checkpoint-private.h"
#include "checkpoint/digest-cache.h"

#define CHUNK (1024 * 1024)
#define LEGACY_OFFSET 0x100000
#define LEGACY_BYTES 0x10000

struct _AmDigest
{
  AmCheckpoint *checkpoint;
  GCancellable *cancellable;
  GThread *thread; /* %NULL when all was in the cache */
  char **digests;  /* [files], %NULL until known */
  _Atomic guint64 done;
  guint64 total;
  _Atomic gboolean is_finished;
  GError *error; /* the thread's, read after it ended */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_MD_CTX, EVP_MD_CTX_free)

/* libcrypto fails here only when it is out of memory. */
static void
demand (int is_ok)
{
  if (is_ok != 1)
    g_error ("libcrypto cannot compute SHA-256");
}

static char *
finish_hash (EVP_MD_CTX *hash)
{
  guint8 bytes[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  GString *text = g_string_new (NULL);

  demand (EVP_DigestFinal_ex (hash, bytes, &length));
  for (unsigned i = 0; i < length; i++)
    g_string_append_printf (text, "%02x", bytes[i]);
  return g_string_free (text, FALSE);
}

static EVP_MD_CTX *
start_hash (void)
{
  EVP_MD_CTX *hash = EVP_MD_CTX_new ();

  demand (hash && EVP_DigestInit_ex (hash, EVP_sha256 (), NULL));
  return hash;
}

static gboolean
check_cancelled (GCancellable *cancellable, GError **error)
{
  if (!cancellable || !g_cancellable_is_cancelled (cancellable))
    return TRUE;
  g_set_error_literal (error, AM_ERROR, AM_ERROR_CANCELLED, "cancelled");
  return FALSE;
}

/* SHA-256 of a file from byte @offset to its end; @done (nullable) is added to. */
static char *
hash_file (const AmCheckpoint *checkpoint, guint file, guint64 offset, GCancellable *cancellable,
           _Atomic guint64 *done, GError **error)
{
  const guint64 size = am_checkpoint_file_size (checkpoint, file);
  g_autoptr (EVP_MD_CTX) hash = start_hash ();
  g_autofree guint8 *buffer = g_malloc (CHUNK);

  while (offset < size)
    {
      const gsize n = MIN (CHUNK, size - offset);

      if (!check_cancelled (cancellable, error)
          || !am_checkpoint_pread (checkpoint, file, offset, n, buffer, error))
        return NULL;
      demand (EVP_DigestUpdate (hash, buffer, n));
      offset += n;
      if (done)
        atomic_fetch_add (done, n);
    }
  return finish_hash (hash);
}

static gboolean
hash_and_remember (AmDigest *digest, guint file)
{
  const char *path = am_checkpoint_get_file (digest->checkpoint, file);
  const gint64 started = g_get_real_time ();
  struct stat status;

  digest->digests[file]
      = hash_file (digest->checkpoint, file, 0, digest->cancellable, &digest->done, &digest->error);
  if (!digest->digests[file])
    return FALSE;
  if (stat (path, &status) == 0 && am_checkpoint_check_unchanged (digest->checkpoint, NULL))
    am_digest_cache_put (path, &status, digest->digests[file], started);
  return TRUE;
}

static gpointer
run (gpointer data)
{
  AmDigest *digest = data;

  for (guint i = 0; i < am_checkpoint_get_n_files (digest->checkpoint); i++)
    if (!digest->digests[i] && !hash_and_remember (digest, i))
      break;
  atomic_store (&digest->is_finished, TRUE);
  return NULL;
}

/* Takes what the cache knows and returns whether anything is left to hash. */
static gboolean
look_up_files (AmDigest *digest)
{
  for (guint i = 0; i < am_checkpoint_get_n_files (digest->checkpoint); i++)
    {
      digest->digests[i] = am_digest_lookup (am_checkpoint_get_file (digest->checkpoint, i));
      if (!digest->digests[i])
        digest->total += am_checkpoint_file_size (digest->checkpoint, i);
    }
  for (guint i = 0; i < am_checkpoint_get_n_files (digest->checkpoint); i++)
    if (!digest->digests[i])
      return TRUE;
  return FALSE;
}

AmDigest *
am_digest_start (const AmCheckpoint *checkpoint, GCancellable *cancellable)
{
  AmDigest *digest = g_new0 (AmDigest, 1);

  digest->checkpoint = (AmCheckpoint *)checkpoint;
  digest->cancellable = cancellable ? g_object_ref (cancellable) : NULL;
  digest->digests = g_new0 (char *, am_checkpoint_get_n_files (checkpoint) + 1);
  if (look_up_files (digest))
    digest->thread = g_thread_new ("amalgam-digest", run, digest);
  return digest;
}

void
am_digest_get_progress (const AmDigest *digest, guint64 *done, guint64 *total)
{
  *done = atomic_load (&((AmDigest *)digest)->done);
  *total = digest->total;
}

gboolean
am_digest_is_finished (const AmDigest *digest)
{
  return !digest->thread || atomic_load (&((AmDigest *)digest)->is_finished);
}

static gint
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* The lines of "sha256sum" over the files, by their paths below the folder of the first. */
static char *
combine (const AmDigest *digest)
{
  g_autofree char *folder = g_path_get_dirname (am_checkpoint_get_file (digest->checkpoint, 0));
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (EVP_MD_CTX) hash = start_hash ();

  for (guint i = 0; i < am_checkpoint_get_n_files (digest->checkpoint); i++)
    {
      const char *path = am_checkpoint_get_file (digest->checkpoint, i);
      const char *name = g_str_has_prefix (path, folder) ? path + strlen (folder) : path;

      name += strspn (name, "/");
      g_ptr_array_add (names, (gpointer)name);
      g_hash_table_insert (by_name, (gpointer)name, digest->digests[i]);
    }
  g_ptr_array_sort (names, compare_strings);
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *line = g_strdup_printf ("%s  %s\n", (char *)g_hash_table_lookup (by_name, name), name);

      demand (EVP_DigestUpdate (hash, line, strlen (line)));
    }
  return finish_hash (hash);
}

static void
digest_free (AmDigest *digest)
{
  g_clear_object (&digest->cancellable);
  for (guint i = 0; i < am_checkpoint_get_n_files (digest->checkpoint); i++)
    g_free (digest->digests[i]);
  g_free (digest->digests);
  g_clear_error (&digest->error);
  g_free (digest);
}

char *
am_digest_finish (AmDigest *digest, GError **error)
{
  char *result = NULL;

  if (digest->thread)
    g_thread_join (digest->thread);
  if (digest->error)
    g_propagate_error (error, g_steal_pointer (&digest->error));
  else if (am_checkpoint_get_n_files (digest->checkpoint) == 1)
    result = g_strdup (digest->digests[0]);
  else
    result = combine (digest);
  digest_free (digest);
  return result;
}

char *
am_digest_lookup (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 ? am_digest_cache_get (path, &status) : NULL;
}

GHashTable *
am_digest_list (void)
{
  return am_digest_cache_list ();
}

char *
am_digest_find_path (const char *sha256)
{
  return am_digest_cache_find (sha256);
}

char *
am_digest_legacy (const char *path, GError **error)
{
  g_autoptr (AmCheckpoint) file = am_checkpoint_new (path);
  g_autoptr (EVP_MD_CTX) hash = start_hash ();
  g_autofree guint8 *bytes = g_malloc (LEGACY_BYTES);
  g_autofree char *whole = NULL;
  guint64 size, n;

  if (am_checkpoint_add_file (file, path, error) < 0)
    return NULL;
  size = am_checkpoint_file_size (file, 0);
  n = size > LEGACY_OFFSET ? MIN (size - LEGACY_OFFSET, LEGACY_BYTES) : 0;
  if (!am_checkpoint_pread (file, 0, LEGACY_OFFSET, n, bytes, error))
    return NULL;
  demand (EVP_DigestUpdate (hash, bytes, n));
  whole = finish_hash (hash);
  return g_strndup (whole, 8);
}

char *
am_digest_tensors (const AmCheckpoint *checkpoint, GCancellable *cancellable, GError **error)
{
  guint64 header;

  if (am_checkpoint_get_container (checkpoint) != AM_CONTAINER_SAFETENSORS)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   "%s: only a single safetensors file has such a digest",
                   am_checkpoint_get_path (checkpoint));
      return NULL;
    }
  if (!am_checkpoint_pread (checkpoint, 0, 0, sizeof header, &header, error))
    return NULL;
  return hash_file (checkpoint, 0, sizeof header + GUINT64_FROM_LE (header), cancellable, NULL, error);
}
