#include "checkpoint/digest.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "fixture-checkpoint.h"

static char *cache_file;

typedef struct
{
  char *folder;
  char *path;
} Folder;

/* Long ago, so that the cache takes it. */
static void
make_old (const char *path, gint64 seconds)
{
  const struct timespec times[2] = { { seconds, 0 }, { seconds, 123456789 } };

  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
}

static char *
write_model (const char *folder, const char *name, guint32 seed)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_set_metadata (fixture, "seed", seed % 2 ? "odd" : "even");
  fixture_add_random (fixture, "a", AM_DTYPE_F32, "300,1000", seed / 2, 1.0);
  return fixture_write (fixture, folder, name);
}

static void
set_up (Folder *f, gconstpointer data)
{
  g_remove (cache_file);
  f->folder = fixture_new_folder ();
  f->path = write_model (f->folder, "a.safetensors", 2);
  make_old (f->path, 1000000);
}

static void
tear_down (Folder *f, gconstpointer data)
{
  fixture_remove_folder (f->folder);
  g_free (f->folder);
  g_free (f->path);
}

static char *
digest_of (const char *path, guint64 *total)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);
  AmDigest *digest;
  guint64 done;
  char *result;

  g_assert_no_error (error);
  digest = am_digest_start (checkpoint, NULL);
  am_digest_get_progress (digest, &done, total);
  result = am_digest_finish (digest, &error);
  g_assert_no_error (error);
  return result;
}

/* GLib's own SHA-256 as the oracle. */
static char *
expected_of (const char *path, gsize skip)
{
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  return g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *)contents + skip, length - skip);
}

static void
test_file (Folder *f, gconstpointer data)
{
  g_autofree char *expected = expected_of (f->path, 0);
  guint64 first_total, second_total;
  g_autofree char *first = digest_of (f->path, &first_total);
  g_autofree char *second = digest_of (f->path, &second_total);
  g_autofree char *found = am_digest_lookup (f->path);

  g_assert_cmpstr (first, ==, expected);
  g_assert_cmpstr (second, ==, expected);
  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpuint (first_total, >, 1200000);
  g_assert_cmpuint (second_total, ==, 0);
}

static void
test_stale (Folder *f, gconstpointer data)
{
  guint64 total;
  g_autofree char *before = digest_of (f->path, &total);
  g_autofree char *same_time = NULL, *found = NULL, *after = NULL;

  g_free (write_model (f->folder, "a.safetensors", 4));
  make_old (f->path, 2000000);
  found = am_digest_lookup (f->path);
  g_assert_null (found);
  g_assert_null (am_digest_find_path (before));
  after = digest_of (f->path, &total);
  g_assert_cmpuint (total, >, 0);
  g_assert_cmpstr (after, !=, before);
  same_time = am_digest_lookup (f->path);
  g_assert_cmpstr (same_time, ==, after);
}

static void
test_find_path (Folder *f, gconstpointer data)
{
  guint64 total;
  g_autofree char *sha256 = digest_of (f->path, &total);
  g_autofree char *upper = g_ascii_strup (sha256, -1);
  g_autofree char *found = am_digest_find_path (sha256);
  g_autofree char *found_upper = am_digest_find_path (upper);

  g_assert_cmpstr (found, ==, f->path);
  g_assert_cmpstr (found_upper, ==, f->path);
  g_assert_null (am_digest_find_path ("00"));
  g_assert_cmpint (g_remove (f->path), ==, 0);
  g_assert_null (am_digest_find_path (sha256));
}

static void
test_list (Folder *f, gconstpointer data)
{
  guint64 total;
  g_autofree char *sha256 = digest_of (f->path, &total);
  g_autofree char *other = write_model (f->folder, "other.safetensors", 7);
  g_autofree char *other_sha256 = digest_of (other, &total);
  g_autoptr (GHashTable) list = am_digest_list ();
  g_autoptr (GHashTable) later = NULL;

  g_assert_cmpstr (g_hash_table_lookup (list, f->path), ==, sha256);
  g_assert_cmpint (g_remove (f->path), ==, 0);
  later = am_digest_list ();
  g_assert_false (g_hash_table_contains (later, f->path));
}

/* A file that may still be written to within one tick of the clock is not remembered. */
static void
test_young (Folder *f, gconstpointer data)
{
  guint64 total;
  g_autofree char *sha256 = NULL;

  make_old (f->path, g_get_real_time () / G_USEC_PER_SEC + 1000);
  sha256 = digest_of (f->path, &total);
  g_assert_null (am_digest_lookup (f->path));
}

static void
test_garbage (Folder *f, gconstpointer data)
{
  guint64 total;
  g_autofree char *folder = g_path_get_dirname (cache_file);
  g_autofree char *zeros = g_strnfill (64, '0');
  g_autofree char *text = g_strdup_printf (
      "\n\xff\xfe garbage\n%s\n%s 1 2 3\n%s 1 2 3 relative\n%s 99999999999999999999 2 3 /x\n"
      "%s 1 2 3 /kept with blanks\nXYZ 1 2 3 /x\n",
      zeros, zeros, zeros, zeros, zeros);
  g_autofree char *sha256 = NULL, *found = NULL, *contents = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (cache_file, text, -1, NULL));
  g_assert_null (am_digest_lookup (f->path));
  sha256 = digest_of (f->path, &total);
  found = am_digest_lookup (f->path);
  g_assert_cmpstr (found, ==, sha256);
  g_assert_true (g_file_get_contents (cache_file, &contents, NULL, NULL));
  lines = g_strsplit (contents, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  g_assert_true (g_str_has_suffix (lines[0], " /kept with blanks"));
  g_assert_true (g_str_has_suffix (lines[1], f->path));
}

/* The digest of shards is that of their sha256sum lines. */
static void
test_folder (Folder *f, gconstpointer data)
{
  g_autofree char *index = g_build_filename (f->folder, "m.safetensors.index.json", NULL);
  g_autofree char *b = NULL, *index_sha = NULL, *a_sha = NULL, *text = NULL, *expected = NULL, *got = NULL;
  g_autoptr (Fixture) fixture = fixture_new ();
  guint64 total;

  fixture_add_random (fixture, "b", AM_DTYPE_F32, "3", 9, 1.0);
  g_free (fixture_write (fixture, f->folder, "b.safetensors"));
  b = g_build_filename (f->folder, "b.safetensors", NULL);
  g_assert_true (g_file_set_contents (
      index, "{\"weight_map\":{\"b\":\"b.safetensors\",\"a\":\"a.safetensors\"}}", -1, NULL));
  index_sha = expected_of (index, 0);
  a_sha = expected_of (f->path, 0);
  {
    g_autofree char *b_sha = expected_of (b, 0);

    text = g_strdup_printf ("%s  a.safetensors\n%s  b.safetensors\n%s  m.safetensors.index.json\n", a_sha,
                            b_sha, index_sha);
  }
  expected = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  got = digest_of (index, &total);
  g_assert_cmpstr (got, ==, expected);
}

static void
test_cancelled (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (f->path, &error);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  g_assert_null (am_digest_finish (am_digest_start (checkpoint, cancellable), &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
  g_assert_null (am_digest_lookup (f->path));
}

static void
test_legacy (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL, *expected = NULL, *got = NULL, *small = NULL, *missing = NULL;
  g_autofree char *short_path = g_build_filename (f->folder, "short", NULL);
  gsize length;

  g_assert_true (g_file_get_contents (f->path, &contents, &length, NULL));
  g_assert_cmpuint (length, >, 0x110000);
  expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *)contents + 0x100000, 0x10000);
  got = am_digest_legacy (f->path, &error);
  g_assert_cmpuint (strlen (got), ==, 8);
  g_assert_true (g_str_has_prefix (expected, got));
  g_assert_true (g_file_set_contents (short_path, "x", 1, NULL));
  small = am_digest_legacy (short_path, &error);
  g_assert_cmpstr (small, ==, "e3b0c442");
  missing = am_digest_legacy ("/nowhere/at/all", &error);
  g_assert_null (missing);
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_FOUND);
}

/* The same tensors under other metadata have the same AutoV3 and different SHA-256. */
static void
test_tensors (Folder *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *other = write_model (f->folder, "b.safetensors", 3);
  g_autoptr (AmCheckpoint) a = am_checkpoint_open (f->path, &error);
  g_autoptr (AmCheckpoint) b = am_checkpoint_open (other, &error);
  g_autofree char *a_digest = am_digest_tensors (a, NULL, &error);
  g_autofree char *b_digest = am_digest_tensors (b, NULL, &error);
  g_autofree char *expected = expected_of (f->path, am_checkpoint_get_file_size (a) - 1200000);
  g_autofree char *a_whole = expected_of (f->path, 0), *b_whole = expected_of (other, 0);

  g_assert_no_error (error);
  g_assert_cmpstr (a_digest, ==, b_digest);
  g_assert_cmpstr (a_digest, ==, expected);
  g_assert_cmpstr (a_whole, !=, b_whole);
}

#define ADD(path, func) g_test_add ("/digest/" path, Folder, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *cache = NULL;
  int result;

  g_test_init (&argc, &argv, NULL);
  cache = fixture_new_folder ();
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  cache_file = g_build_filename (cache, "amalgam", "digests", NULL);
  ADD ("file", test_file);
  ADD ("stale", test_stale);
  ADD ("find-path", test_find_path);
  ADD ("list", test_list);
  ADD ("young", test_young);
  ADD ("garbage", test_garbage);
  ADD ("folder", test_folder);
  ADD ("cancelled", test_cancelled);
  ADD ("legacy", test_legacy);
  ADD ("tensors", test_tensors);
  result = g_test_run ();
  fixture_remove_folder (cache);
  g_free (cache_file);
  return result;
}
