/* Background work: the one place where threads meet widgets. */
#pragma once

#include <gio/gio.h>

#include "amalgam.h"

G_BEGIN_DECLS

typedef enum
{
  AM_JOB_WAITING,
  AM_JOB_RUNNING,
  AM_JOB_DONE,
  AM_JOB_FAILED,
  AM_JOB_CANCELLED,
} AmJobState;

#define AM_TYPE_JOB (am_job_get_type ())
G_DECLARE_FINAL_TYPE (AmJob, am_job, AM, JOB, GObject)

/**
 * AmJobFunc:
 * @data: as given to am_job_new(); the thread may use it freely until the job has finished
 * @progress: to hand to the core; may be used from this thread alone
 *
 * The work, on a thread of its own. Never touches widgets. Returns the result, or %NULL; %NULL with @error
 * set is a failure, or a cancel when the error is %AM_ERROR_CANCELLED or %G_IO_ERROR_CANCELLED.
 */
typedef gpointer (*AmJobFunc) (gpointer data, const AmProgress *progress, GCancellable *cancellable,
                               GError **error);

/**
 * am_job_new:
 * @title: for people
 * @data: (transfer full) (nullable): freed with @data_free on the main thread, after the job has finished
 * @result_free: (nullable): frees a result nobody took
 *
 * Properties, all changing on the main thread alone: "title", "state", "stage", "item", "fraction" (0 to 1,
 * or a negative number while unknown), "done-size", "total-size", "speed" (bytes per second), "seconds-left"
 * (negative while unknown). However fast the work reports, at most one update is on its way to the main loop.
 * Signal "finished": once, on the main thread, when the state is DONE, FAILED or CANCELLED. A started job
 * keeps itself alive until then.
 */
AmJob *am_job_new (const char *title, AmJobFunc func, gpointer data, GDestroyNotify data_free,
                   GDestroyNotify result_free);

/* Starts the thread. Once. */
void am_job_start (AmJob *job);

/* Asks the work to stop; a job that still waits is cancelled at once and finishes. */
void am_job_cancel (AmJob *job);

/* Lets go of *@job, which may be %NULL: it is cancelled, and its signals do not reach @owner any more. */
void am_job_drop (AmJob **job, gpointer owner);

AmJobState am_job_get_state (AmJob *job);
gboolean am_job_is_finished (AmJob *job);
const char *am_job_get_title (AmJob *job);
const char *am_job_get_stage (AmJob *job); /* (nullable) */
const char *am_job_get_item (AmJob *job);  /* (nullable) */
double am_job_get_fraction (AmJob *job);
guint64 am_job_get_done_size (AmJob *job);
guint64 am_job_get_total_size (AmJob *job);
double am_job_get_speed (AmJob *job);
double am_job_get_seconds_left (AmJob *job);

/* What the work returned: borrowed, or handed over. %NULL before the end and after a failure. */
gpointer am_job_get_result (AmJob *job);
gpointer am_job_steal_result (AmJob *job);

/* Why it failed, or %NULL. */
const GError *am_job_get_error (AmJob *job);

G_END_DECLS
