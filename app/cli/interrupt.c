#include "interrupt.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <unistd.h>

static GCancellable *cancellable;
static int pipe_ends[2];

/* Cancelling takes locks, which a signal handler must not: it wakes a thread that may. */
static void
on_signal (int number)
{
  int saved_errno = errno;
  gssize written = write (pipe_ends[1], "", 1);

  (void)written;
  errno = saved_errno;
}

static gpointer
wait_for_signal (gpointer data)
{
  char byte;

  while (read (pipe_ends[0], &byte, 1) < 0 && errno == EINTR)
    continue;
  g_cancellable_cancel (cancellable);
  return NULL;
}

/* A signal that is ignored from the start, as in a script's background jobs, stays ignored. */
static void
catch_signal (int number)
{
  struct sigaction before;
  struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART | (int)SA_RESETHAND };

  if (sigaction (number, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
    return;
  sigemptyset (&action.sa_mask);
  sigaction (number, &action, NULL);
}

GCancellable *
cli_interrupt_watch (void)
{
  if (cancellable != NULL)
    return cancellable;
  cancellable = g_cancellable_new ();
  if (!g_unix_open_pipe (pipe_ends, FD_CLOEXEC, NULL))
    return cancellable;
  g_thread_unref (g_thread_new ("interrupt", wait_for_signal, NULL));
  catch_signal (SIGINT);
  catch_signal (SIGTERM);
  catch_signal (SIGHUP);
  return cancellable;
}
