#include "checkpoint/checkpoint.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fixture-checkpoint.h"

typedef struct
{
  char *folder;
} Folder;

static void
set_up (Folder *f, gconstpointer data)
{
  f->folder = fixture_new_folder ();
}

static void
tear_down (Folder *f, gconstpointer data)
{
  fixture_remove_folder (f->folder);
  g_free (f->folder);
}

static char *
write_file (const Folder *f, const char *name, gconstpointer bytes, gsize n)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (f->folder, name, NULL);

  g_file_set_contents (path, bytes, (gssize)n, &error);
  g_assert_no_error (error);
  return path;
}

static const AmTensor *
find (const AmCheckpoint *checkpoint, const char *name)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, name, NULL);

  g_assert_nonnull (tensor);
  return tensor;
}

static void
test_open (Folder *f, gconstpointer data)
{
  static const double values[] = { 1, -2, 0.5, 1024, 0, -0.0 };
  static const gint64 integers[] = { 1, -1, G_MAXINT64 };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autofree char *path = NULL;
  const AmTensor *tensor;
  guint index;
  gint64 read_back[3];

  fixture_set_metadata (fixture, "format", "pt");
  fixture_add_values (fixture, "z.weight", AM_DTYPE_F16, "2,3", values);
  fixture_add_bytes (fixture, "a.ids", AM_DTYPE_I64, "3", integers);
  fixture_add_bytes (fixture, "empty", AM_DTYPE_F32, "0,4", NULL);
  path = fixture_write (fixture, f->folder, "a.safetensors");
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (am_checkpoint_get_path (checkpoint), ==, path);
  g_assert_cmpint (am_checkpoint_get_container (checkpoint), ==, AM_CONTAINER_SAFETENSORS);
  g_assert_cmpuint (am_checkpoint_get_n_files (checkpoint), ==, 1);
  g_assert_cmpuint (am_checkpoint_get_n_tensors (checkpoint), ==, 3);
  g_assert_cmpstr (am_checkpoint_get_tensor (checkpoint, 0)->name, ==, "a.ids");
  g_assert_cmpstr (am_checkpoint_get_tensor (checkpoint, 1)->name, ==, "empty");
  g_assert_cmpstr (g_hash_table_lookup (am_checkpoint_get_metadata (checkpoint), "format"), ==, "pt");
  g_assert_null (am_checkpoint_get_notes (checkpoint)[0]);
  g_assert_null (am_checkpoint_find (checkpoint, "b", NULL));
  g_assert_null (am_checkpoint_find (checkpoint, "zz", NULL));
  tensor = am_checkpoint_find (checkpoint, "z.weight", &index);
  g_assert_cmpuint (index, ==, 2);
  g_assert_cmpint (tensor->dtype, ==, AM_DTYPE_F16);
  g_assert_cmpstr (tensor->stored, ==, "F16");
  g_assert_cmpuint (tensor->n_dims, ==, 2);
  g_assert_cmpuint (tensor->shape[1], ==, 3);
  g_assert_cmpuint (tensor->length, ==, 6);
  g_assert_cmpuint (tensor->size, ==, 12);
  g_assert_cmpuint (find (checkpoint, "empty")->size, ==, 0);
  g_assert_true (am_checkpoint_read_bytes (checkpoint, find (checkpoint, "a.ids"), 0, 24, read_back, &error));
  g_assert_cmpmem (read_back, 24, integers, 24);
}

static char *
write_example (const Folder *f, const char *name)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "a", AM_DTYPE_F16, "64,32", 1, 1.0);
  fixture_add_random (fixture, "b", AM_DTYPE_F32, "16", 2, 1.0);
  return fixture_write (fixture, f->folder, name);
}

/* Opening reads the header only, so a file cut later fails at the tensor that is gone, not before. */
static void
test_shortened (Folder *f, gconstpointer data)
{
  g_autofree char *path = write_example (f, "a.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);
  const AmTensor *a = find (checkpoint, "a"), *b = find (checkpoint, "b");
  float values[16];

  g_assert_cmpint (truncate (path, (off_t)am_checkpoint_get_file_size (checkpoint) - 8), ==, 0);
  g_assert_true (am_checkpoint_read_floats (checkpoint, a, 0, 16, values, &error));
  g_assert_true (am_checkpoint_read_floats (checkpoint, b, 0, 14, values, &error));
  g_assert_false (am_checkpoint_read_floats (checkpoint, b, 0, 16, values, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_false (am_checkpoint_read_bytes (checkpoint, b, 60, 1, values, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
}

static void
test_unchanged (Folder *f, gconstpointer data)
{
  g_autofree char *path = write_example (f, "a.safetensors");
  g_autofree char *other = write_example (f, "b.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);
  const struct timespec times[2] = { { 1000, 0 }, { 1000, 0 } };

  g_assert_true (am_checkpoint_check_unchanged (checkpoint, &error));
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
  g_assert_false (am_checkpoint_check_unchanged (checkpoint, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_clear_pointer (&checkpoint, am_checkpoint_free);
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_true (am_checkpoint_check_unchanged (checkpoint, &error));
  g_assert_cmpint (g_rename (other, path), ==, 0);
  g_assert_false (am_checkpoint_check_unchanged (checkpoint, NULL));
}

static void
test_is_file (Folder *f, gconstpointer data)
{
  g_autofree char *path = write_example (f, "a.safetensors");
  g_autofree char *other = write_example (f, "b.safetensors");
  g_autofree char *alias = g_build_filename (f->folder, "link", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, &error);

  g_assert_cmpint (symlink (path, alias), ==, 0);
  g_assert_true (am_checkpoint_is_file (checkpoint, path));
  g_assert_true (am_checkpoint_is_file (checkpoint, alias));
  g_assert_false (am_checkpoint_is_file (checkpoint, other));
  g_assert_false (am_checkpoint_is_file (checkpoint, "/nowhere/at/all"));
}

static void
test_not_regular (Folder *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->folder, "fifo", NULL);
  g_autofree char *missing = g_build_filename (f->folder, "missing.safetensors", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (mkfifo (path, 0600), ==, 0);
  g_assert_null (am_checkpoint_open (path, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (am_checkpoint_open ("/dev/zero", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  g_assert_null (am_checkpoint_open (missing, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, missing));
}

/* Every length a download can be cut at, as a file. */
static void
test_cut_files (Folder *f, gconstpointer data)
{
  g_autofree char *path = write_example (f, "a.safetensors");
  g_autofree char *contents = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  for (gsize n = 0; n < length; n += n < 256 ? 1 : 61)
    {
      g_autofree char *cut = write_file (f, "cut.safetensors", contents, n);
      g_autoptr (GError) error = NULL;

      g_assert_null (am_checkpoint_open (cut, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, "cut.safetensors"));
      if (n >= 9)
        g_assert_nonnull (strstr (error->message, "incomplete"));
    }
}

static void
test_metadata (Folder *f, gconstpointer data)
{
  static const char header[]
      = "{\"__metadata__\":{\"k\":\"first\",\"k\":\"last\",\"n\":\"a\\u0000b\",\"ok\":\"\"}}";
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const guint64 size = GUINT64_TO_LE (sizeof header - 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autofree char *path = NULL;
  GHashTable *metadata;

  g_byte_array_append (bytes, (const guint8 *)&size, 8);
  g_byte_array_append (bytes, (const guint8 *)header, sizeof header - 1);
  path = write_file (f, "a.safetensors", bytes->data, bytes->len);
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  metadata = am_checkpoint_get_metadata (checkpoint);
  g_assert_cmpuint (g_hash_table_size (metadata), ==, 2);
  g_assert_cmpstr (g_hash_table_lookup (metadata, "k"), ==, "last");
  g_assert_cmpstr (g_hash_table_lookup (metadata, "ok"), ==, "");
  g_assert_cmpuint (g_strv_length ((GStrv)am_checkpoint_get_notes (checkpoint)), ==, 2);
}

/* Reads of one checkpoint from many threads at once. */
static gpointer
read_all (gpointer data)
{
  AmCheckpoint *checkpoint = data;
  const AmTensor *tensor = find (checkpoint, "a");
  gdouble sum = 0;
  float values[100];

  for (guint round = 0; round < 50; round++)
    for (guint first = 0; first < 2000; first += 100)
      {
        g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, first, 100, values, NULL));
        sum += values[0];
      }
  return g_memdup2 (&sum, sizeof sum);
}

static void
test_threads (Folder *f, gconstpointer data)
{
  g_autofree char *path = write_example (f, "a.safetensors");
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (path, NULL);
  g_autofree gdouble *alone = read_all (checkpoint);
  GThread *threads[4];

  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("reader", read_all, checkpoint);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree gdouble *sum = g_thread_join (threads[i]);

      g_assert_cmpfloat (*sum, ==, *alone);
    }
}

#define ADD(path, func) g_test_add ("/checkpoint/" path, Folder, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("open", test_open);
  ADD ("shortened", test_shortened);
  ADD ("unchanged", test_unchanged);
  ADD ("is-file", test_is_file);
  ADD ("not-regular", test_not_regular);
  ADD ("cut-files", test_cut_files);
  ADD ("metadata", test_metadata);
  ADD ("threads", test_threads);
  return g_test_run ();
}
