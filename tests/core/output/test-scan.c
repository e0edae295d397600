/* Finding values that are not numbers. */
#include <math.h>
#include <unistd.h>

#include "fixture-checkpoint.h"
#include "output/scan.h"

static void
test_findings (void)
{
  const double faulty[] = { 1.0, NAN, INFINITY, -INFINITY, NAN, NAN }, sound[] = { 1.0, 65504.0 };
  const guint8 integers[] = { 0xff, 0xff, 0xff, 0xff };
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GArray) findings = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  const AmScanFinding *finding;

  fixture_add_values (fixture, "b.faulty", AM_DTYPE_BF16, "6", faulty);
  fixture_add_values (fixture, "a.sound", AM_DTYPE_F16, "2", sound);
  fixture_add_bytes (fixture, "c.integers", AM_DTYPE_I32, "1", integers);
  fixture_add_values (fixture, "d.empty", AM_DTYPE_F32, "0", sound);
  fixture_add_random (fixture, "e.long", AM_DTYPE_F32, "70001", 1, 1.0);
  path = fixture_write (fixture, folder, "faulty.safetensors");
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  findings = am_scan_checkpoint (checkpoint, 3, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (findings->len, ==, 1);
  finding = &g_array_index (findings, AmScanFinding, 0);
  g_assert_cmpstr (am_checkpoint_get_tensor (checkpoint, finding->tensor)->name, ==, "b.faulty");
  g_assert_cmpuint (finding->n_nan, ==, 3);
  g_assert_cmpuint (finding->n_infinite, ==, 2);
  fixture_remove_folder (folder);
}

typedef struct
{
  guint n_calls;
  guint64 done_size;
  guint64 total_size;
  GThread *thread;
} Seen;

static void
see_progress (const AmProgressState *state, gpointer user_data)
{
  Seen *seen = user_data;

  g_assert_true (g_thread_self () == seen->thread);
  g_assert_cmpuint (state->done_size, >=, seen->done_size);
  g_assert_cmpuint (state->done_size, <=, state->total_size);
  seen->done_size = state->done_size;
  seen->total_size = state->total_size;
  seen->n_calls++;
}

/* A file that becomes shorter under the scan is an error, and so is a cancelled scan. */
static void
test_failures (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;
  Seen seen = { 0, 0, 0, g_thread_self () };
  AmProgress progress = { see_progress, &seen };

  fixture_add_random (fixture, "weight", AM_DTYPE_F32, "70001", 1, 1.0);
  path = fixture_write (fixture, folder, "short.safetensors");
  checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  g_assert_null (am_scan_checkpoint (checkpoint, 2, &progress, cancellable, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_cmpint (truncate (path, 1000), ==, 0);
  g_assert_null (am_scan_checkpoint (checkpoint, 2, &progress, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_READABLE);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scan/findings", test_findings);
  g_test_add_func ("/scan/failures", test_failures);
  return g_test_run ();
}
