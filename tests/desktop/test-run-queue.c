#include "run-support.h"

typedef struct
{
  RunFixture files;
  AmRunQueue *queue;
  AmRun *runs[3];
  GPtrArray *finished; /* in the order in which they finished */
} Fixture3;

static void
note_finished (AmRunQueue *queue, AmRun *run, Fixture3 *fixture)
{
  g_ptr_array_add (fixture->finished, run);
}

/* Three merges: nothing has run before the main loop does. */
static void
set_up (Fixture3 *fixture, gconstpointer data)
{
  run_fixture_init (&fixture->files);
  fixture->queue = am_run_queue_new ();
  fixture->finished = g_ptr_array_new ();
  g_signal_connect (fixture->queue, "run-finished", G_CALLBACK (note_finished), fixture);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *name = g_strdup_printf ("out-%u.safetensors", i);

      fixture->runs[i]
          = run_fixture_new_run (fixture->files.a, fixture->files.b, fixture->files.folder, name);
      am_run_queue_add (fixture->queue, fixture->runs[i]);
    }
}

static void
tear_down (Fixture3 *fixture, gconstpointer data)
{
  for (guint i = 0; i < 3; i++)
    g_object_unref (fixture->runs[i]);
  g_ptr_array_unref (fixture->finished);
  g_object_unref (fixture->queue);
  run_fixture_clear (&fixture->files);
}

static AmJobState
state_of (Fixture3 *fixture, guint i)
{
  return am_job_get_state (am_run_get_job (fixture->runs[i]));
}

static void
check_one_at_a_time (AmRunQueue *queue, GParamSpec *pspec, gpointer user_data)
{
  guint n_running = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (queue)); i++)
    {
      g_autoptr (AmRun) run = g_list_model_get_item (G_LIST_MODEL (queue), i);

      n_running += am_job_get_state (am_run_get_job (run)) == AM_JOB_RUNNING;
    }
  g_assert_cmpuint (n_running, ==, am_run_queue_get_current (queue) != NULL);
}

static void
test_order (Fixture3 *fixture, gconstpointer data)
{
  g_assert_cmpuint (am_run_queue_get_n_open (fixture->queue), ==, 3);
  g_assert_true (am_run_queue_get_current (fixture->queue) == fixture->runs[0]);
  g_assert_cmpuint (state_of (fixture, 1), ==, AM_JOB_WAITING);
  g_signal_connect (fixture->queue, "notify::current", G_CALLBACK (check_one_at_a_time), NULL);
  desktop_test_wait (run_fixture_is_idle, fixture->queue);

  g_assert_null (am_run_queue_get_current (fixture->queue));
  g_assert_cmpuint (fixture->finished->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (g_ptr_array_index (fixture->finished, i) == fixture->runs[i]);
      g_assert_cmpuint (state_of (fixture, i), ==, AM_JOB_DONE);
    }
  am_run_queue_remove_finished (fixture->queue);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->queue)), ==, 0);
}

static void
test_move (Fixture3 *fixture, gconstpointer data)
{
  g_autoptr (AmRun) second = NULL;

  g_assert_false (am_run_queue_can_move (fixture->queue, fixture->runs[0], 1));
  g_assert_false (am_run_queue_can_move (fixture->queue, fixture->runs[1], -1));
  g_assert_true (am_run_queue_can_move (fixture->queue, fixture->runs[2], -1));
  am_run_queue_move (fixture->queue, fixture->runs[2], -5);
  second = g_list_model_get_item (G_LIST_MODEL (fixture->queue), 1);
  g_assert_true (second == fixture->runs[2]);
  desktop_test_wait (run_fixture_is_idle, fixture->queue);
  g_assert_true (g_ptr_array_index (fixture->finished, 1) == fixture->runs[2]);
  g_assert_true (g_ptr_array_index (fixture->finished, 2) == fixture->runs[1]);
}

static void
test_remove (Fixture3 *fixture, gconstpointer data)
{
  am_run_queue_remove (fixture->queue, fixture->runs[1]);
  am_run_queue_remove (fixture->queue, fixture->runs[0]); /* runs: stays */
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (fixture->queue)), ==, 2);
  g_assert_cmpuint (state_of (fixture, 1), ==, AM_JOB_CANCELLED);
  g_assert_true (g_ptr_array_index (fixture->finished, 0) == fixture->runs[1]);
  desktop_test_wait (run_fixture_is_idle, fixture->queue);
  g_assert_false (g_file_test (am_run_get_output (fixture->runs[1]), G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (am_run_get_output (fixture->runs[2]), G_FILE_TEST_EXISTS));
}

static void
test_will_write (Fixture3 *fixture, gconstpointer data)
{
  g_autofree char *twisted = g_strdup_printf ("%s/./out-2.safetensors", fixture->files.folder);
  g_autofree char *other = g_strdup_printf ("%s/out-9.safetensors", fixture->files.folder);

  g_assert_true (am_run_queue_will_write (fixture->queue, twisted));
  g_assert_false (am_run_queue_will_write (fixture->queue, other));
  desktop_test_wait (run_fixture_is_idle, fixture->queue);
  g_assert_false (am_run_queue_will_write (fixture->queue, twisted));
}

static void
test_cancel_all (Fixture3 *fixture, gconstpointer data)
{
  am_run_queue_cancel_all (fixture->queue);
  desktop_test_wait (run_fixture_is_idle, fixture->queue);
  g_assert_cmpuint (fixture->finished->len, ==, 3);
  for (guint i = 1; i < 3; i++)
    {
      g_assert_cmpuint (state_of (fixture, i), ==, AM_JOB_CANCELLED);
      g_assert_cmpint (am_run_get_started (fixture->runs[i]), ==, 0);
      g_assert_false (g_file_test (am_run_get_output (fixture->runs[i]), G_FILE_TEST_EXISTS));
    }
}

/* The queue goes while a merge runs. */
static void
test_let_go (void)
{
  RunFixture files;
  g_autoptr (AmRun) run = NULL;
  AmRunQueue *queue = am_run_queue_new ();

  run_fixture_init (&files);
  run = run_fixture_new_run (files.a, files.b, files.folder, "out.safetensors");
  am_run_queue_add (queue, run);
  g_object_unref (queue);
  while (!am_job_is_finished (am_run_get_job (run)))
    g_main_context_iteration (NULL, TRUE);
  run_fixture_clear (&files);
}

int
main (int argc, char **argv)
{
  g_autofree char *data_folder = run_fixture_use_data_folder ();
  int status;

  desktop_test_init (&argc, &argv);

  g_test_add ("/run-queue/order", Fixture3, NULL, set_up, test_order, tear_down);
  g_test_add ("/run-queue/move", Fixture3, NULL, set_up, test_move, tear_down);
  g_test_add ("/run-queue/remove", Fixture3, NULL, set_up, test_remove, tear_down);
  g_test_add ("/run-queue/will-write", Fixture3, NULL, set_up, test_will_write, tear_down);
  g_test_add ("/run-queue/cancel-all", Fixture3, NULL, set_up, test_cancel_all, tear_down);
  g_test_add_func ("/run-queue/let-go", test_let_go);
  status = g_test_run ();
  fixture_remove_folder (data_folder);
  return status;
}
