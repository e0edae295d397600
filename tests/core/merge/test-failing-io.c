/* Every call into the system that a merge makes fails once, at every position, in every way that happens:
 * afterwards there is no file under the final name, nothing is left over, and the inputs are untouched.
 *
 * The calls are wrapped by the linker (--wrap). */
#include "merge-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

typedef enum
{
  CALL_NONE,
  CALL_PREAD,
  CALL_PWRITE,
  CALL_FALLOCATE,
  CALL_FTRUNCATE,
  CALL_FSYNC,
  CALL_LINK,
} Call;

static struct
{
  Call call;
  gint countdown; /* atomic: fails when it reaches 0 */
  int error;      /* errno; 0: a short transfer */
  gint n_failed;
} fault;

static gboolean
is_due (Call call)
{
  if (fault.call != call || !g_atomic_int_dec_and_test (&fault.countdown))
    return FALSE;
  g_atomic_int_inc (&fault.n_failed);
  errno = fault.error;
  return TRUE;
}

ssize_t __real_pread64 (int fd, void *buffer, size_t size, off_t offset);
ssize_t __wrap_pread64 (int fd, void *buffer, size_t size, off_t offset);
ssize_t __real_pwrite64 (int fd, const void *buffer, size_t size, off_t offset);
ssize_t __wrap_pwrite64 (int fd, const void *buffer, size_t size, off_t offset);
int __real_fallocate64 (int fd, int mode, off_t offset, off_t length);
int __wrap_fallocate64 (int fd, int mode, off_t offset, off_t length);
int __real_ftruncate64 (int fd, off_t length);
int __wrap_ftruncate64 (int fd, off_t length);
int __real_fsync (int fd);
int __wrap_fsync (int fd);
int __real_link (const char *from, const char *to);
int __wrap_link (const char *from, const char *to);

ssize_t
__wrap_pread64 (int fd, void *buffer, size_t size, off_t offset)
{
  if (is_due (CALL_PREAD))
    return fault.error != 0 ? -1 : 0;
  return __real_pread64 (fd, buffer, size, offset);
}

ssize_t
__wrap_pwrite64 (int fd, const void *buffer, size_t size, off_t offset)
{
  if (is_due (CALL_PWRITE))
    return fault.error != 0 ? -1 : 0;
  return __real_pwrite64 (fd, buffer, size, offset);
}

int
__wrap_fallocate64 (int fd, int mode, off_t offset, off_t length)
{
  return is_due (CALL_FALLOCATE) ? -1 : __real_fallocate64 (fd, mode, offset, length);
}

int
__wrap_ftruncate64 (int fd, off_t length)
{
  return is_due (CALL_FTRUNCATE) ? -1 : __real_ftruncate64 (fd, length);
}

int
__wrap_fsync (int fd)
{
  return is_due (CALL_FSYNC) ? -1 : __real_fsync (fd);
}

int
__wrap_link (const char *from, const char *to)
{
  return is_due (CALL_LINK) ? -1 : __real_link (from, to);
}

static void
write_inputs (const char *folder)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Fixture) fixture = fixture_new ();
      g_autofree char *path = NULL;

      fixture_add_random (fixture, "big.weight", AM_DTYPE_F16, "1100,1000", 10 + i, 0.05);
      fixture_add_random (fixture, "small.bias", AM_DTYPE_F16, "33", 30 + i, 1.0);
      path = fixture_write (fixture, folder, i == 0 ? "a.safetensors" : "b.safetensors");
    }
}

static void
expect_nothing_left (const char *folder, const char *digest_a)
{
  g_autofree char *a = g_build_filename (folder, "a.safetensors", NULL);
  g_autofree char *digest = NULL;

  g_assert_cmpuint (count_entries (folder), ==, 2);
  digest = file_digest (a);
  g_assert_cmpstr (digest, ==, digest_a);
}

#define SLERP "merge_method: slerp\nmodels: [DIR/a.safetensors, DIR/b.safetensors]\nparameters: {t: 0.3}\n"

/* Fails the first, second, ... call until a merge gets through unharmed. */
static void
sweep_output (Call call, int error_number, AmError expected, const char *recipe, const char *name)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = g_build_filename (folder, "a.safetensors", NULL);
  g_autofree char *digest = NULL;
  guint n_failures = 0;
  gboolean done = FALSE;

  write_inputs (folder);
  digest = file_digest (a);
  for (gint n = 1; !done && n < 500; n++)
    {
      AmMergeOptions options = { .n_threads = 2 };
      g_autoptr (GError) error = NULL;
      g_autoptr (AmReport) report = NULL;

      fault.call = call;
      fault.error = error_number;
      fault.n_failed = 0;
      g_atomic_int_set (&fault.countdown, n);
      report = merge_run (recipe, folder, name, &options, &error);
      fault.call = CALL_NONE;
      done = fault.n_failed == 0;
      if (done)
        {
          g_assert_no_error (error);
          break;
        }
      if (report != NULL)
        {
          /* Some failures only cost the quicker way: O_DIRECT, the folder's fsync. */
          g_autofree char *output = g_build_filename (folder, name, NULL);

          if (unlink (output) != 0)
            fixture_remove_folder (output);
          continue;
        }
      n_failures++;
      g_assert_error (error, AM_ERROR, (gint)expected);
      expect_nothing_left (folder, digest);
    }
  g_assert_true (done);
  g_assert_cmpuint (n_failures, >, 0);
  fixture_remove_folder (folder);
}

static void
sweep (Call call, int error_number, AmError expected)
{
  sweep_output (call, error_number, expected, SLERP, "c.safetensors");
}

static void
test_read_error (void)
{
  sweep (CALL_PREAD, EIO, AM_ERROR_NOT_READABLE);
}

static void
test_short_read (void)
{
  sweep (CALL_PREAD, 0, AM_ERROR_NOT_READABLE);
}

static void
test_full_disk (void)
{
  sweep (CALL_PWRITE, ENOSPC, AM_ERROR_NO_SPACE);
}

static void
test_write_error (void)
{
  sweep (CALL_PWRITE, EIO, AM_ERROR_NOT_WRITABLE);
}

static void
test_no_room (void)
{
  sweep (CALL_FALLOCATE, ENOSPC, AM_ERROR_NO_SPACE);
}

static void
test_truncate_error (void)
{
  sweep (CALL_FTRUNCATE, EIO, AM_ERROR_NOT_WRITABLE);
}

static void
test_sync_error (void)
{
  sweep (CALL_FSYNC, EIO, AM_ERROR_NOT_WRITABLE);
}

static void
test_name_taken (void)
{
  sweep (CALL_LINK, EEXIST, AM_ERROR_NOT_WRITABLE);
}

/* Not even some of the shards, nor the folder made for them. */
static void
test_shards (void)
{
  static const char recipe[] = SLERP "output: {shard_size: 100KB}\n";

  sweep_output (CALL_LINK, EEXIST, AM_ERROR_NOT_WRITABLE, recipe, "shards");
  sweep_output (CALL_FSYNC, EIO, AM_ERROR_NOT_WRITABLE, recipe, "shards");
}

/* A signal while space is reserved is no reason to fail. */
static void
test_interrupted (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmReport) report = NULL;

  write_inputs (folder);
  fault.call = CALL_FALLOCATE;
  fault.error = EINTR;
  fault.n_failed = 0;
  g_atomic_int_set (&fault.countdown, 1);
  report = merge_run (SLERP, folder, "c.safetensors", NULL, &error);
  fault.call = CALL_NONE;
  g_assert_no_error (error);
  g_assert_cmpint (fault.n_failed, ==, 1);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/failing-io/read-error", test_read_error);
  g_test_add_func ("/failing-io/short-read", test_short_read);
  g_test_add_func ("/failing-io/full-disk", test_full_disk);
  g_test_add_func ("/failing-io/write-error", test_write_error);
  g_test_add_func ("/failing-io/no-room", test_no_room);
  g_test_add_func ("/failing-io/truncate-error", test_truncate_error);
  g_test_add_func ("/failing-io/sync-error", test_sync_error);
  g_test_add_func ("/failing-io/name-taken", test_name_taken);
  g_test_add_func ("/failing-io/shards", test_shards);
  g_test_add_func ("/failing-io/interrupted", test_interrupted);
  return g_test_run ();
}
