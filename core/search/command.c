#include "search/command.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/number-text.h"
#include "base/cancelled.h"
#include "base/text.h"

/* How much of what a command writes is kept: its end. */
#define KEPT_SIZE 8192

/* What an error shows of it. */
#define SHOWN_SIZE 600

/* Milliseconds a command has to end after it was asked to, before it is killed; and those its children have
 * to finish writing after it has ended. */
#define GRACE 2000

/* Milliseconds between two looks at whether it has ended. */
#define INTERVAL 100

typedef struct
{
  int fd; /* -1 at the end */
  GString *kept;
} Stream;

typedef struct
{
  GPid pid;
  Stream output, errors;
  gint64 killed_at; /* g_get_monotonic_time() of the request to end; 0 before */
  gint64 ended_at;  /* when it was first seen to have ended; 0 before */
} Child;

static void
child_clear (Child *child)
{
  Stream *streams[] = { &child->output, &child->errors };

  for (guint i = 0; i < 2; i++)
    {
      if (streams[i]->fd >= 0)
        close (streams[i]->fd);
      g_string_free (streams[i]->kept, TRUE);
    }
}

/* In the child before it becomes the shell: a group of its own, so that all of it can be ended, and signals
 * as they are by default. */
static void
prepare_child (gpointer user_data)
{
  sigset_t none;

  setpgid (0, 0);
  sigemptyset (&none);
  sigprocmask (SIG_SETMASK, &none, NULL);
  signal (SIGXFSZ, SIG_DFL);
}

static char *
fill_in_path (const char *command, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (command, "{}", -1);
  g_autofree char *quoted = g_shell_quote (path);

  return g_strjoinv (quoted, parts);
}

static gboolean
child_start (Child *child, const char *command, const char *path, GError **error)
{
  g_autofree char *text = fill_in_path (command, path);
  char *argv[] = { (char *)"/bin/sh", (char *)"-c", text, (char *)"sh", (char *)path, NULL };
  g_autoptr (GError) failure = NULL;

  child->output = (Stream){ -1, g_string_new (NULL) };
  child->errors = (Stream){ -1, g_string_new (NULL) };
  if (g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, prepare_child, NULL, &child->pid,
                                NULL, &child->output.fd, &child->errors.fd, &failure))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE, T_ ("the evaluator “%s” cannot be run: %s"), command,
               failure->message);
  return FALSE;
}

/* Takes what is there to read. */
static void
stream_read (Stream *stream)
{
  char bytes[4096];
  gssize n = read (stream->fd, bytes, sizeof bytes);

  if (n > 0)
    {
      g_string_append_len (stream->kept, bytes, n);
      if (stream->kept->len > 2 * KEPT_SIZE)
        g_string_erase (stream->kept, 0, (gssize)(stream->kept->len - KEPT_SIZE));
    }
  else if (n == 0 || (errno != EINTR && errno != EAGAIN))
    {
      close (stream->fd);
      stream->fd = -1;
    }
}

static gint64
count_milliseconds_since (gint64 time)
{
  return (g_get_monotonic_time () - time) / 1000;
}

/* Asks the whole group to end, and when that has not helped for a while, ends it. Returns: milliseconds until
 * it is to be called again. */
static int
child_end (Child *child)
{
  gint64 waited;

  if (child->killed_at == 0)
    {
      child->killed_at = g_get_monotonic_time ();
      kill (-child->pid, SIGTERM);
    }
  waited = count_milliseconds_since (child->killed_at);
  if (waited >= GRACE)
    {
      kill (-child->pid, SIGKILL);
      return 50;
    }
  return (int)(GRACE - waited);
}

static gboolean
child_has_ended (const Child *child)
{
  siginfo_t info = { 0 };

  return waitid (P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT | WNOHANG) == 0 && info.si_pid != 0;
}

/* A service that the command leaves running has its streams open for as long as it likes. */
static gboolean
child_is_heard (Child *child)
{
  if (child->output.fd < 0 && child->errors.fd < 0)
    return TRUE;
  if (child->ended_at == 0 && child_has_ended (child))
    child->ended_at = g_get_monotonic_time ();
  return child->ended_at != 0 && count_milliseconds_since (child->ended_at) >= GRACE;
}

/* Reads until both streams are closed, or the command has ended and those that hold them had time to write.
 */
static void
child_listen (Child *child, GCancellable *cancellable)
{
  int cancel_fd = cancellable != NULL ? g_cancellable_get_fd (cancellable) : -1;

  while (!child_is_heard (child))
    {
      gboolean is_cancelled = g_cancellable_is_cancelled (cancellable);
      int timeout = is_cancelled ? MIN (child_end (child), INTERVAL) : INTERVAL;
      struct pollfd fds[] = { { .fd = child->output.fd, .events = POLLIN },
                              { .fd = child->errors.fd, .events = POLLIN },
                              { .fd = is_cancelled ? -1 : cancel_fd, .events = POLLIN } };

      if (poll (fds, G_N_ELEMENTS (fds), timeout) < 0)
        continue;
      if (fds[0].revents != 0)
        stream_read (&child->output);
      if (fds[1].revents != 0)
        stream_read (&child->errors);
    }
  if (cancel_fd >= 0)
    g_cancellable_release_fd (cancellable);
}

/* It may have closed its streams long before it ends; it is reaped last, so that nobody else has its number
 * while it is ended. */
static int
child_wait (Child *child, GCancellable *cancellable)
{
  siginfo_t info = { 0 };
  int status = 0;

  while (info.si_pid == 0)
    {
      if (g_cancellable_is_cancelled (cancellable))
        child_end (child);
      if (waitid (P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT | (cancellable != NULL ? WNOHANG : 0)) < 0
          && errno != EINTR)
        break;
      if (info.si_pid == 0)
        g_usleep (10 * 1000);
    }
  if (g_cancellable_is_cancelled (cancellable))
    kill (-child->pid, SIGKILL);
  while (waitpid (child->pid, &status, 0) < 0 && errno == EINTR)
    continue;
  g_spawn_close_pid (child->pid);
  return status;
}

/* The end of what it wrote, from the beginning of a line where that is near: (transfer full). */
static char *
show_end (const Child *child)
{
  const GString *text = child->errors.kept->len > 0 ? child->errors.kept : child->output.kept;
  gsize start = text->len > SHOWN_SIZE ? text->len - SHOWN_SIZE : 0;
  const char *line = start > 0 ? strchr (text->str + start, '\n') : NULL;
  g_autofree char *end
      = g_utf8_make_valid (line != NULL && line[1] != '\0' ? line + 1 : text->str + start, -1);

  return g_strstrip (g_steal_pointer (&end));
}

static gboolean
check_status (const Child *child, int status, const char *command, const char *path, GError **error)
{
  g_autofree char *end = show_end (child);
  const char *separator = *end != '\0' ? ":\n" : "";

  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    return TRUE;
  if (WIFEXITED (status))
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE,
                 T_ ("%s: the evaluator “%s” failed with exit code %d%s%s"), path, command,
                 WEXITSTATUS (status), separator, end);
  else
    g_set_error (error, AM_ERROR, AM_ERROR_NOT_READABLE,
                 T_ ("%s: the evaluator “%s” was ended by signal %d%s%s"), path, command, WTERMSIG (status),
                 separator, end);
  return FALSE;
}

/* The last line that is not empty, without white space around it: (transfer full). */
static char *
find_last_line (const GString *text)
{
  g_auto (GStrv) lines = g_strsplit (text->str, "\n", -1);
  const char *last = "";

  for (guint i = 0; lines[i] != NULL; i++)
    if (*g_strstrip (lines[i]) != '\0')
      last = lines[i];
  return g_strdup (last);
}

/* Whether it is one of the words that C's own functions print for what is no finite number. */
static gboolean
is_not_finite (const char *text)
{
  char *end;
  double number = g_ascii_strtod (text, &end);

  return end != text && *end == '\0' && !isfinite (number);
}

static gboolean
parse_number (const Child *child, const char *command, const char *path, double *number, GError **error)
{
  g_autofree char *line = find_last_line (child->output.kept);
  g_autofree char *shown = g_utf8_make_valid (line, MIN (strlen (line), 80));

  if (am_number_from_text (line, strlen (line), number))
    return TRUE;
  if (*line == '\0')
    g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                 T_ ("%s: the evaluator “%s” printed nothing; its last line must be one number"), path,
                 command);
  else if (is_not_finite (line))
    g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                 T_ ("%s: the evaluator “%s” gave “%s”, which is not finite and cannot be compared"), path,
                 command, shown);
  else
    g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                 T_ ("%s: the last line the evaluator “%s” printed is “%s”; it must be one number"), path,
                 command, shown);
  return FALSE;
}

gboolean
am_command_run (const char *command, const char *path, double *number, GCancellable *cancellable,
                GError **error)
{
  Child child = { 0 };
  gboolean is_good = child_start (&child, command, path, error);
  int status;

  if (is_good)
    {
      child_listen (&child, cancellable);
      status = child_wait (&child, cancellable);
      is_good = am_check_cancelled (cancellable, error) && check_status (&child, status, command, path, error)
                && parse_number (&child, command, path, number, error);
    }
  child_clear (&child);
  return is_good;
}
