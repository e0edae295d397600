#include "output/sweep.h"

#include <omp.h>

struct _AmSweep
{
  const AmSweepTask *task;
  guint64 done_size; /* atomic */
  gint is_stopped;   /* atomic */
  gint64 started;
  gint64 reported;
  GMutex mutex;
  GError *error;
};

static void
sweep_report (AmSweep *sweep, const char *item)
{
  const AmProgress *progress = sweep->task->progress;
  AmProgressState state = { sweep->task->stage, item, 0, sweep->task->total_size, 0.0, -1.0 };
  gint64 now = g_get_monotonic_time ();
  double seconds = (double)(now - sweep->started) / G_USEC_PER_SEC;

  if (progress == NULL || progress->func == NULL || omp_get_thread_num () != 0
      || now - sweep->reported < G_USEC_PER_SEC / 10)
    return;
  sweep->reported = now;
  state.done_size = MIN (__atomic_load_n (&sweep->done_size, __ATOMIC_RELAXED), state.total_size);
  state.speed = seconds > 0.0 ? (double)state.done_size / seconds : 0.0;
  if (state.speed > 0.0)
    state.seconds_left = (double)(state.total_size - state.done_size) / state.speed;
  progress->func (&state, progress->user_data);
}

gboolean
am_sweep_advance (AmSweep *sweep, const char *item, guint64 size, GError **error)
{
  __atomic_add_fetch (&sweep->done_size, size, __ATOMIC_RELAXED);
  sweep_report (sweep, item);
  if (!g_cancellable_is_cancelled (sweep->task->cancellable) && !g_atomic_int_get (&sweep->is_stopped))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_CANCELLED, "%s was cancelled", sweep->task->stage);
  return FALSE;
}

static void
sweep_fail (AmSweep *sweep, GError *failure)
{
  g_mutex_lock (&sweep->mutex);
  if (sweep->error == NULL)
    sweep->error = g_steal_pointer (&failure);
  g_mutex_unlock (&sweep->mutex);
  g_clear_error (&failure);
  g_atomic_int_set (&sweep->is_stopped, 1);
}

static void
sweep_item (AmSweep *sweep, guint item, gpointer buffer)
{
  GError *failure = NULL;

  if (!g_atomic_int_get (&sweep->is_stopped)
      && !sweep->task->func (sweep, item, buffer, sweep->task->user_data, &failure))
    sweep_fail (sweep, failure);
}

gboolean
am_sweep_run (const AmSweepTask *task, GError **error)
{
  AmSweep sweep = { .task = task, .started = g_get_monotonic_time () };
  gint n = (gint)task->n_items;

  g_mutex_init (&sweep.mutex);
#pragma omp parallel num_threads(task->n_threads > 0 ? (gint)task->n_threads : omp_get_max_threads())
  {
    g_autofree gpointer buffer = g_malloc (task->buffer_size);

#pragma omp for schedule(dynamic, 1)
    for (gint i = 0; i < n; i++)
      sweep_item (&sweep, (guint)i, buffer);
  }
  g_mutex_clear (&sweep.mutex);
  if (sweep.error == NULL)
    return TRUE;
  g_propagate_error (error, sweep.error);
  return FALSE;
}
