#include "desktop-support.h"

#include "base/job.h"

static gpointer
count (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  guint n = GPOINTER_TO_UINT (data);

  for (guint i = 1; i <= n; i++)
    {
      AmProgressState state
          = { .stage = "Counting", .item = "item", .done_size = i, .total_size = n, .seconds_left = -1 };

      progress->func (&state, progress->user_data);
    }
  return g_strdup_printf ("%u", n);
}

static gpointer
wait_for_cancel (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  while (!g_cancellable_set_error_if_cancelled (cancellable, error))
    g_usleep (1000);
  return NULL;
}

static gpointer
fail (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  g_set_error_literal (error, AM_ERROR, AM_ERROR_CORRUPT, "broken");
  return NULL;
}

static gboolean
is_finished (gpointer data)
{
  return am_job_is_finished (data);
}

static void
add_one (gpointer object, guint *n)
{
  (*n)++;
}

static void
count_updates (gpointer object, GParamSpec *pspec, guint *n)
{
  g_assert_true (g_main_context_is_owner (NULL));
  (*n)++;
}

static void
test_done (void)
{
  g_autoptr (AmJob) job = am_job_new ("Title", count, GUINT_TO_POINTER (100000), NULL, g_free);
  guint n_finished = 0, n_updates = 0;

  g_signal_connect (job, "finished", G_CALLBACK (add_one), &n_finished);
  g_signal_connect (job, "notify::done-size", G_CALLBACK (count_updates), &n_updates);
  g_assert_cmpuint (am_job_get_state (job), ==, AM_JOB_WAITING);
  g_assert_cmpfloat (am_job_get_fraction (job), ==, -1);
  am_job_start (job);
  desktop_test_wait (is_finished, job);
  desktop_test_settle ();

  g_assert_cmpuint (am_job_get_state (job), ==, AM_JOB_DONE);
  g_assert_cmpuint (n_finished, ==, 1);
  /* As many as the main loop had time for, never one for each report. */
  g_assert_cmpuint (n_updates, >=, 1);
  g_assert_cmpuint (n_updates, <, 100000);
  g_assert_cmpuint (am_job_get_done_size (job), ==, 100000);
  g_assert_cmpfloat (am_job_get_fraction (job), ==, 1);
  g_assert_cmpstr (am_job_get_stage (job), ==, "Counting");
  g_assert_cmpstr (am_job_get_result (job), ==, "100000");
  g_assert_null (am_job_get_error (job));
}

static void
test_cancelled (void)
{
  g_autoptr (AmJob) job = am_job_new ("Title", wait_for_cancel, NULL, NULL, NULL);

  am_job_start (job);
  am_job_cancel (job);
  desktop_test_wait (is_finished, job);
  g_assert_cmpuint (am_job_get_state (job), ==, AM_JOB_CANCELLED);
}

static void
test_cancelled_while_waiting (void)
{
  g_autoptr (AmJob) job = am_job_new ("Title", wait_for_cancel, NULL, NULL, NULL);
  guint n_finished = 0;

  g_signal_connect (job, "finished", G_CALLBACK (add_one), &n_finished);
  am_job_cancel (job);
  g_assert_cmpuint (am_job_get_state (job), ==, AM_JOB_CANCELLED);
  g_assert_cmpuint (n_finished, ==, 1);
}

static void
test_failed (void)
{
  g_autoptr (AmJob) job = am_job_new ("Title", fail, NULL, NULL, NULL);

  am_job_start (job);
  desktop_test_wait (is_finished, job);
  g_assert_cmpuint (am_job_get_state (job), ==, AM_JOB_FAILED);
  g_assert_cmpstr (am_job_get_error (job)->message, ==, "broken");
  g_assert_null (am_job_get_result (job));
}

static void
test_dropped (void)
{
  AmJob *job = am_job_new ("Title", wait_for_cancel, NULL, NULL, NULL);
  gpointer watched = job;
  guint n_finished = 0;

  g_object_add_weak_pointer (G_OBJECT (job), &watched);
  g_signal_connect (job, "finished", G_CALLBACK (add_one), &n_finished);
  am_job_start (job);
  am_job_drop (&job, &n_finished);
  g_assert_null (job);
  while (watched != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (n_finished, ==, 0);
  am_job_drop (&job, &n_finished);
}

/* A job nobody holds lives until its end, and its result is freed. */
static void
test_let_go (void)
{
  AmJob *job = am_job_new ("Title", count, GUINT_TO_POINTER (10), NULL, g_free);
  gpointer watched = job;

  g_object_add_weak_pointer (G_OBJECT (job), &watched);
  am_job_start (job);
  g_object_unref (job);
  while (watched != NULL)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/job/done", test_done);
  g_test_add_func ("/job/cancelled", test_cancelled);
  g_test_add_func ("/job/cancelled-while-waiting", test_cancelled_while_waiting);
  g_test_add_func ("/job/failed", test_failed);
  g_test_add_func ("/job/dropped", test_dropped);
  g_test_add_func ("/job/let-go", test_let_go);
  return g_test_run ();
}
