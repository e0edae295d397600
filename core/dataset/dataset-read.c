/* From samples as they are stored to what a network takes, many at a time. */
#include "dataset/dataset-private.h"

#include <math.h>

#include "base/text.h"

/* A call of am_dataset_read(). Samples are handed out in order, so whichever fails first in that order is
 * decoded whatever the threads do. */
typedef struct
{
  AmDataset *dataset;
  const guint64 *samples;
  guint n;
  float *values;
  const gint *stop;
  guint next;     /* atomic */
  gint is_failed; /* atomic */
  GMutex mutex;
  GCond is_done;
  guint n_helpers; /* still at work */
  guint failed;    /* place of the sample @error is about */
  GError *error;
} Job;

static gboolean
check_finite (const AmDataset *dataset, guint64 sample, const AmPicture *picture, GError **error)
{
  const gsize n = picture->height * picture->width * picture->channels;

  for (gsize i = 0; picture->numbers != NULL && i < n; i++)
    if (!isfinite (picture->numbers[i]))
      {
        g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                     T_ ("%s: sample %lu has values that are not finite numbers"),
                     am_dataset_get_file (dataset, sample), (gulong)sample);
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_shape (const AmDataset *dataset, guint64 sample, const AmPicture *picture, GError **error)
{
  if (picture->height == dataset->height && picture->width == dataset->width)
    return TRUE;
  g_set_error (
      error, AM_ERROR, AM_ERROR_MISMATCH,
      T_ ("%s: the picture has %lu x %lu pixels where others have %lu x %lu; name a size and a crop in "
          "the preprocessing"),
      am_dataset_get_file (dataset, sample), (gulong)picture->width, (gulong)picture->height,
      (gulong)dataset->width, (gulong)dataset->height);
  return FALSE;
}

static gboolean
set_channels (const AmDataset *dataset, guint64 sample, AmPicture *picture, GError **error)
{
  if (am_picture_set_channels (picture, dataset->channels))
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_MISMATCH,
               T_ ("%s: the picture has %lu channels, but %lu are needed"),
               am_dataset_get_file (dataset, sample), (gulong)picture->channels, (gulong)dataset->channels);
  return FALSE;
}

static gboolean
fit (const AmDataset *dataset, guint64 sample, AmPicture *picture, GError **error)
{
  if (dataset->samples->is_float || dataset->samples->is_vector
      || am_picture_fit (picture, dataset->preprocessing, error))
    return TRUE;
  g_prefix_error (error, "%s: ", am_dataset_get_file (dataset, sample));
  return FALSE;
}

static gboolean
read_sample (const AmDataset *dataset, guint64 sample, float *values, GError **error)
{
  g_auto (AmPicture) picture = { 0 };

  if (!dataset->samples->read (dataset->samples, sample, &picture, error)
      || !check_finite (dataset, sample, &picture, error) || !set_channels (dataset, sample, &picture, error)
      || !fit (dataset, sample, &picture, error) || !check_shape (dataset, sample, &picture, error))
    return FALSE;
  am_picture_normalise (&picture, dataset->preprocessing, values);
  return TRUE;
}

static void
keep_error (Job *job, guint place, GError *error)
{
  g_mutex_lock (&job->mutex);
  if (job->error == NULL || place < job->failed)
    {
      g_clear_error (&job->error);
      job->error = g_steal_pointer (&error);
      job->failed = place;
    }
  g_mutex_unlock (&job->mutex);
  g_clear_error (&error);
  g_atomic_int_set (&job->is_failed, TRUE);
}

static gboolean
is_over (const Job *job)
{
  return g_atomic_int_get (&job->is_failed) || (job->stop != NULL && g_atomic_int_get (job->stop));
}

static void
work (Job *job)
{
  const AmDataset *dataset = job->dataset;
  const gsize size = (gsize)(dataset->height * dataset->width * dataset->channels);
  guint place;

  while (!is_over (job) && (place = (guint)g_atomic_int_add ((gint *)&job->next, 1)) < job->n)
    {
      GError *error = NULL;

      if (!read_sample (dataset, job->samples[place], job->values + place * size, &error))
        keep_error (job, place, error);
    }
}

static void
help (gpointer data, gpointer user_data)
{
  Job *job = data;

  work (job);
  g_mutex_lock (&job->mutex);
  job->n_helpers--;
  g_cond_signal (&job->is_done);
  g_mutex_unlock (&job->mutex);
}

/* One for all calls, made when first needed. */
static GThreadPool *
get_pool (AmDataset *dataset, guint n_threads)
{
  static GMutex mutex;

  g_mutex_lock (&mutex);
  if (dataset->pool == NULL)
    dataset->pool = g_thread_pool_new (help, NULL, (gint)n_threads, FALSE, NULL);
  g_mutex_unlock (&mutex);
  return dataset->pool;
}

static void
run (Job *job)
{
  const guint n_threads = MIN (g_get_num_processors (), job->n);
  GThreadPool *pool = n_threads > 1 ? get_pool (job->dataset, n_threads) : NULL;

  job->n_helpers = n_threads > 1 ? n_threads - 1 : 0;
  for (guint i = 1; i < n_threads; i++)
    g_thread_pool_push (pool, job, NULL);
  work (job);
  g_mutex_lock (&job->mutex);
  while (job->n_helpers > 0)
    g_cond_wait (&job->is_done, &job->mutex);
  g_mutex_unlock (&job->mutex);
}

gboolean
am_dataset_read_while (AmDataset *dataset, const guint64 *samples, guint n, float *values, const gint *stop,
                       GError **error)
{
  Job job = { .dataset = dataset, .samples = samples, .n = n, .values = values, .stop = stop };

  for (guint i = 0; i < n; i++)
    g_return_val_if_fail (samples[i] < dataset->samples->n_samples, FALSE);
  g_mutex_init (&job.mutex);
  g_cond_init (&job.is_done);
  run (&job);
  g_mutex_clear (&job.mutex);
  g_cond_clear (&job.is_done);
  if (job.error != NULL)
    g_propagate_error (error, job.error);
  return !is_over (&job);
}

gboolean
am_dataset_read (AmDataset *dataset, const guint64 *samples, guint n, float *values, GError **error)
{
  return am_dataset_read_while (dataset, samples, n, values, NULL, error);
}
