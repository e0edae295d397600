/* Evaluators that are commands: how they are called, what counts as a score, and how they end. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "fixture-checkpoint.h"
#include "search/command.h"

static double
run (const char *command, const char *path)
{
  g_autoptr (GError) error = NULL;
  double number = 0;

  am_command_run (command, path, &number, NULL, &error);
  g_assert_no_error (error);
  return number;
}

static void
fails (const char *command, AmError code, const char *says)
{
  g_autoptr (GError) error = NULL;
  double number = 0;

  g_assert_false (am_command_run (command, "model.safetensors", &number, NULL, &error));
  g_assert_error (error, AM_ERROR, (gint)code);
  if (strstr (error->message, says) == NULL)
    g_error ("“%s” does not say “%s”", error->message, says);
  g_assert_nonnull (strstr (error->message, "model.safetensors"));
}

static void
test_number (void)
{
  g_assert_cmpfloat (run ("echo 0.8125", "m"), ==, 0.8125);
  g_assert_cmpfloat (run ("echo Loaded; echo 0.5; echo; echo '  -1.25e2 '; printf '\\n \\t\\n'", "m"), ==,
                     -125);
  g_assert_cmpfloat (run ("printf 3", "m"), ==, 3);
  g_assert_cmpfloat (run ("echo 2; echo 'epoch 1: 99' >&2", "m"), ==, 2);
}

/* The last line counts, however much stands before it, and both streams are read. */
static void
test_much_output (void)
{
  g_assert_cmpfloat (run ("yes 0123456789 | head -n 50000; yes 98765 | head -n 50000 >&2; echo 7", "m"), ==,
                     7);
}

static void
test_path (void)
{
  const char *path = "a folder/it's $HOME; {}.safetensors";

  g_assert_cmpfloat (run ("test $# = 1 && echo 1", path), ==, 1);
  g_assert_cmpfloat (run ("set -- {} \"$1\"; test \"$1\" = \"$2\" && echo $#", path), ==, 2);
  g_assert_cmpfloat (run ("printf %s \"$1\" | wc -c", path), ==, (double)strlen (path));
  g_assert_cmpfloat (run ("printf %s {}{} | wc -c", path), ==, 2.0 * (double)strlen (path));
}

static void
test_no_number (void)
{
  fails ("true", AM_ERROR_CORRUPT, "printed nothing");
  fails ("echo; echo ' '", AM_ERROR_CORRUPT, "printed nothing");
  fails ("echo 0.9; echo done", AM_ERROR_CORRUPT, "“done”");
  fails ("echo 0.9 0.8", AM_ERROR_CORRUPT, "“0.9 0.8”");
  fails ("echo 0,9", AM_ERROR_CORRUPT, "“0,9”");
  fails ("echo 95%", AM_ERROR_CORRUPT, "must be one number");
  fails ("echo 0x1p3", AM_ERROR_CORRUPT, "must be one number");
  fails ("printf '\\377\\376\\n'", AM_ERROR_CORRUPT, "must be one number");
}

static void
test_not_finite (void)
{
  fails ("echo nan", AM_ERROR_CORRUPT, "“nan”, which is not finite");
  fails ("echo -inf", AM_ERROR_CORRUPT, "not finite");
  fails ("echo Infinity", AM_ERROR_CORRUPT, "not finite");
}

static void
test_failure (void)
{
  fails ("echo 0.9; exit 1", AM_ERROR_NOT_READABLE, "exit code 1:\n0.9");
  fails ("echo 0.9; echo out of memory >&2; exit 3", AM_ERROR_NOT_READABLE, "exit code 3:\nout of memory");
  fails ("exit 4", AM_ERROR_NOT_READABLE, "exit code 4");
  fails ("no-such-command-anywhere", AM_ERROR_NOT_READABLE, "exit code 127");
  fails ("echo 1; kill -9 $$", AM_ERROR_NOT_READABLE, "signal 9");
  fails ("seq 1 100000 >&2; exit 1", AM_ERROR_NOT_READABLE, "\n100000");
}

/* It has nothing to read, so that it does not wait for somebody to type. */
static void
test_no_input (void)
{
  g_assert_cmpfloat (run ("cat; echo 5", "m"), ==, 5);
}

typedef struct
{
  GCancellable *cancellable;
  const char *started;
} Watch;

/* Cancels when the command says that it runs. */
static gpointer
cancel_when_started (gpointer data)
{
  Watch *watch = data;

  while (!g_file_test (watch->started, G_FILE_TEST_EXISTS))
    g_usleep (2000);
  g_cancellable_cancel (watch->cancellable);
  return NULL;
}

/* What hangs is ended with all its children: they hold the streams open that are read to their end. */
static void
check_hanging (const char *command)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *started = g_build_filename (folder, "started", NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Watch watch = { cancellable, started };
  GThread *thread = g_thread_new ("watch", cancel_when_started, &watch);
  g_autoptr (GError) error = NULL;
  double number = 0;

  g_assert_false (am_command_run (command, started, &number, cancellable, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
  g_thread_join (thread);
  fixture_remove_folder (folder);
}

static void
test_hanging (void)
{
  check_hanging ("(sleep 1000; echo 1) & sleep 1000 & touch \"$1\"; wait");
}

static void
test_hanging_silently (void)
{
  check_hanging ("exec >/dev/null 2>&1; touch {}; sleep 1000");
}

static void
test_stubborn (void)
{
  check_hanging ("trap '' TERM; touch \"$1\"; sleep 1000");
}

/* It is in a session of its own, as daemons are, and still there when the score is. */
static void
test_service_left_running (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *number = g_build_filename (folder, "number", NULL);
  g_autofree char *text = NULL;
  pid_t service;

  g_assert_cmpfloat (run ("setsid sh -c 'echo $$ > \"$1\"; sleep 20; rm \"$1\"' sh \"$1\" &"
                          "while [ ! -s \"$1\" ]; do sleep 0.01; done; echo 0.5",
                          number),
                     ==, 0.5);
  g_assert_true (g_file_get_contents (number, &text, NULL, NULL));
  service = (pid_t)atoi (text);
  g_assert_cmpint (service, >, 1);
  g_assert_cmpint (kill (-service, SIGKILL), ==, 0);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/command/number", test_number);
  g_test_add_func ("/command/much-output", test_much_output);
  g_test_add_func ("/command/path", test_path);
  g_test_add_func ("/command/no-number", test_no_number);
  g_test_add_func ("/command/not-finite", test_not_finite);
  g_test_add_func ("/command/failure", test_failure);
  g_test_add_func ("/command/no-input", test_no_input);
  g_test_add_func ("/command/hanging", test_hanging);
  g_test_add_func ("/command/hanging-silently", test_hanging_silently);
  g_test_add_func ("/command/stubborn", test_stubborn);
  g_test_add_func ("/command/service-left-running", test_service_left_running);
  return g_test_run ();
}
