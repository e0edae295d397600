#include "align/matching-crew.h"

#include "base/error.h"
#include "base/text.h"

#define TICK (G_USEC_PER_SEC / 20)

/* Tiles to share; on the stack of the thread that shares them. */
typedef struct
{
  guint n_tiles, n_started, n_done;
  void (*func) (guint tile, gpointer user_data);
  gpointer user_data;
} Share;

struct _AmCrew
{
  guint n_threads;
  GThread **threads;
  GCancellable *cancellable;
  void (*tick) (gpointer user_data);
  gpointer tick_data;
  gint is_stopped; /* atomic */

  GMutex mutex; /* for all that follows */
  GCond changed;
  const AmCrewJob *job;
  guint n_started, n_done, n_running;
  GPtrArray *shares; /* those with tiles left */
  GError *error;
  gboolean is_over;
};

static gboolean
is_stopped (AmCrew *crew)
{
  return g_atomic_int_get (&crew->is_stopped) || g_cancellable_is_cancelled (crew->cancellable);
}

gboolean
am_crew_check (AmCrew *crew, GError **error)
{
  if (!is_stopped (crew))
    return TRUE;
  g_set_error_literal (error, AM_ERROR, AM_ERROR_CANCELLED, T_ ("Alignment was cancelled"));
  return FALSE;
}

/* The next item to run, or -1. */
static gint
take_item (AmCrew *crew)
{
  gint item;

  if (crew->job == NULL || crew->n_started == crew->job->n_items || is_stopped (crew))
    return -1;
  item = crew->job->pick != NULL ? crew->job->pick (crew->job->user_data) : (gint)crew->n_started;
  if (item < 0)
    return -1;
  crew->n_started++;
  crew->n_running++;
  return item;
}

static void
keep_error (AmCrew *crew, GError *failure)
{
  if (crew->error == NULL)
    crew->error = g_steal_pointer (&failure);
  g_clear_error (&failure);
  g_atomic_int_set (&crew->is_stopped, 1);
}

/* With the mutex held, as all that follow; it is let go while the item is worked on. */
static void
run_item (AmCrew *crew, gint item)
{
  const AmCrewJob *job = crew->job;
  GError *failure = NULL;
  gboolean is_done;

  g_mutex_unlock (&crew->mutex);
  is_done = job->run ((guint)item, job->user_data, &failure);
  g_mutex_lock (&crew->mutex);
  if (!is_done)
    keep_error (crew, failure);
  else if (job->finish != NULL)
    job->finish ((guint)item, job->user_data);
  crew->n_running--;
  crew->n_done++;
  g_cond_broadcast (&crew->changed);
}

static void
run_tile (AmCrew *crew, Share *share)
{
  guint tile = share->n_started++;

  if (share->n_started == share->n_tiles)
    g_ptr_array_remove (crew->shares, share);
  if (!is_stopped (crew))
    {
      g_mutex_unlock (&crew->mutex);
      share->func (tile, share->user_data);
      g_mutex_lock (&crew->mutex);
    }
  if (++share->n_done == share->n_tiles)
    g_cond_broadcast (&crew->changed);
}

static gpointer
work (gpointer data)
{
  AmCrew *crew = data;

  g_mutex_lock (&crew->mutex);
  while (!crew->is_over)
    {
      gint item = take_item (crew);

      if (item >= 0)
        run_item (crew, item);
      else if (crew->shares->len > 0)
        run_tile (crew, g_ptr_array_index (crew->shares, 0));
      else
        g_cond_wait (&crew->changed, &crew->mutex);
    }
  g_mutex_unlock (&crew->mutex);
  return NULL;
}

AmCrew *
am_crew_new (guint n_threads, GCancellable *cancellable, void (*tick) (gpointer user_data),
             gpointer user_data)
{
  AmCrew *crew = g_new0 (AmCrew, 1);

  crew->n_threads = n_threads;
  crew->threads = g_new0 (GThread *, n_threads);
  crew->cancellable = cancellable;
  crew->tick = tick;
  crew->tick_data = user_data;
  crew->shares = g_ptr_array_new ();
  g_mutex_init (&crew->mutex);
  g_cond_init (&crew->changed);
  for (guint i = 0; i < n_threads; i++)
    crew->threads[i] = g_thread_new ("amalgam-align", work, crew);
  return crew;
}

void
am_crew_free (AmCrew *crew)
{
  if (crew == NULL)
    return;
  g_mutex_lock (&crew->mutex);
  crew->is_over = TRUE;
  g_cond_broadcast (&crew->changed);
  g_mutex_unlock (&crew->mutex);
  for (guint i = 0; i < crew->n_threads; i++)
    g_thread_join (crew->threads[i]);
  g_mutex_clear (&crew->mutex);
  g_cond_clear (&crew->changed);
  g_ptr_array_unref (crew->shares);
  g_clear_error (&crew->error);
  g_free (crew->threads);
  g_free (crew);
}

static gboolean
is_finished (AmCrew *crew)
{
  return crew->n_running == 0 && (crew->n_done == crew->job->n_items || is_stopped (crew));
}

static void
wait_for_job (AmCrew *crew)
{
  while (!is_finished (crew))
    {
      g_cond_wait_until (&crew->changed, &crew->mutex, g_get_monotonic_time () + TICK);
      if (crew->tick == NULL)
        continue;
      g_mutex_unlock (&crew->mutex);
      crew->tick (crew->tick_data);
      g_mutex_lock (&crew->mutex);
    }
}

gboolean
am_crew_run (AmCrew *crew, const AmCrewJob *job, GError **error)
{
  gboolean is_done;

  g_mutex_lock (&crew->mutex);
  crew->job = job;
  crew->n_started = crew->n_done = 0;
  g_cond_broadcast (&crew->changed);
  wait_for_job (crew);
  is_done = crew->n_done == job->n_items && crew->error == NULL;
  crew->job = NULL;
  if (crew->error != NULL)
    g_propagate_error (error, g_steal_pointer (&crew->error));
  else if (!is_done)
    am_crew_check (crew, error);
  g_mutex_unlock (&crew->mutex);
  return is_done;
}

gboolean
am_crew_share (AmCrew *crew, guint n_tiles, void (*func) (guint tile, gpointer user_data), gpointer user_data,
               GError **error)
{
  Share share = { n_tiles, 0, 0, func, user_data };

  if (n_tiles == 0)
    return am_crew_check (crew, error);
  g_mutex_lock (&crew->mutex);
  if (n_tiles > 1)
    {
      g_ptr_array_add (crew->shares, &share);
      g_cond_broadcast (&crew->changed);
    }
  while (share.n_started < n_tiles)
    run_tile (crew, &share);
  while (share.n_done < n_tiles)
    g_cond_wait (&crew->changed, &crew->mutex);
  g_mutex_unlock (&crew->mutex);
  return am_crew_check (crew, error);
}
