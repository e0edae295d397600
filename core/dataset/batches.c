#include "dataset/dataset-private.h"

#include "base/text.h"

typedef struct
{
  float *values;
  const guint64 *samples;
  guint n;
  gboolean is_full;
} Slot;

/* Two slots: the thread fills one while the caller works on the other. All but the content of slots is under
 * @mutex. */
struct _AmBatches
{
  AmDataset *dataset;
  guint64 *samples;
  guint64 n_samples;
  guint batch_size;
  GThread *thread; /* %NULL when there is nothing to read */
  GMutex mutex;
  GCond changed;
  Slot slots[2];
  guint at;          /* the slot the caller takes next, or has */
  gboolean is_lent;  /* whether the caller has it */
  gboolean is_ended; /* the thread will fill no more */
  GError *error;
  gint stop; /* atomic */
};

static gboolean
alloc_slots (AmBatches *batches, GError **error)
{
  const AmDataset *dataset = batches->dataset;
  const gsize size = (gsize)(dataset->height * dataset->width * dataset->channels);

  for (guint i = 0; i < 2; i++)
    {
      batches->slots[i].values = g_try_malloc_n (batches->batch_size, size * sizeof (float));
      if (batches->slots[i].values != NULL)
        continue;
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: a batch of %u samples needs more memory than there is; take smaller batches"),
                   dataset->path, batches->batch_size);
      return FALSE;
    }
  return TRUE;
}

/* %NULL when nobody wants it any more. */
static Slot *
wait_for_empty (AmBatches *batches, guint index)
{
  Slot *slot = &batches->slots[index];

  g_mutex_lock (&batches->mutex);
  while (slot->is_full && !g_atomic_int_get (&batches->stop))
    g_cond_wait (&batches->changed, &batches->mutex);
  if (slot->is_full)
    slot = NULL;
  g_mutex_unlock (&batches->mutex);
  return slot;
}

static void
hand_over (AmBatches *batches, Slot *slot)
{
  g_mutex_lock (&batches->mutex);
  slot->is_full = TRUE;
  g_cond_broadcast (&batches->changed);
  g_mutex_unlock (&batches->mutex);
}

static gboolean
fill_slots (AmBatches *batches, GError **error)
{
  guint index = 0;

  if (!alloc_slots (batches, error))
    return FALSE;
  for (guint64 first = 0; first < batches->n_samples; first += batches->batch_size, index ^= 1)
    {
      Slot *slot = wait_for_empty (batches, index);

      if (slot == NULL)
        return TRUE;
      slot->samples = batches->samples + first;
      slot->n = (guint)MIN (batches->n_samples - first, batches->batch_size);
      if (!am_dataset_read_while (batches->dataset, slot->samples, slot->n, slot->values, &batches->stop,
                                  error))
        return FALSE;
      hand_over (batches, slot);
    }
  return TRUE;
}

static gpointer
run (gpointer data)
{
  AmBatches *batches = data;
  GError *error = NULL;

  fill_slots (batches, &error);
  g_mutex_lock (&batches->mutex);
  batches->error = error;
  batches->is_ended = TRUE;
  g_cond_broadcast (&batches->changed);
  g_mutex_unlock (&batches->mutex);
  return NULL;
}

AmBatches *
am_batches_new (AmDataset *dataset, const guint64 *samples, guint64 n_samples, guint batch_size)
{
  AmBatches *batches = g_new0 (AmBatches, 1);

  batches->dataset = dataset;
  batches->samples = g_new (guint64, MAX (n_samples, 1));
  for (guint64 i = 0; i < n_samples; i++)
    batches->samples[i] = samples[i];
  batches->n_samples = n_samples;
  batches->batch_size = (guint)MIN (MAX (batch_size, 1), MAX (n_samples, 1));
  g_mutex_init (&batches->mutex);
  g_cond_init (&batches->changed);
  batches->is_ended = n_samples == 0;
  if (n_samples > 0)
    batches->thread = g_thread_new ("amalgam-batches", run, batches);
  return batches;
}

void
am_batches_free (AmBatches *batches)
{
  if (batches == NULL)
    return;
  g_mutex_lock (&batches->mutex);
  g_atomic_int_set (&batches->stop, TRUE);
  g_cond_broadcast (&batches->changed);
  g_mutex_unlock (&batches->mutex);
  if (batches->thread != NULL)
    g_thread_join (batches->thread);
  g_clear_error (&batches->error);
  g_mutex_clear (&batches->mutex);
  g_cond_clear (&batches->changed);
  for (guint i = 0; i < 2; i++)
    g_free (batches->slots[i].values);
  g_free (batches->samples);
  g_free (batches);
}

static void
give_back (AmBatches *batches)
{
  if (!batches->is_lent)
    return;
  batches->slots[batches->at].is_full = FALSE;
  batches->at ^= 1;
  batches->is_lent = FALSE;
  g_cond_broadcast (&batches->changed);
}

guint
am_batches_next (AmBatches *batches, const float **values, const guint64 **samples, GError **error)
{
  const Slot *slot;
  guint n = 0;

  g_mutex_lock (&batches->mutex);
  give_back (batches);
  slot = &batches->slots[batches->at];
  while (!slot->is_full && !batches->is_ended)
    g_cond_wait (&batches->changed, &batches->mutex);
  if (slot->is_full)
    {
      batches->is_lent = TRUE;
      *values = slot->values;
      *samples = slot->samples;
      n = slot->n;
    }
  else if (batches->error != NULL)
    g_propagate_error (error, g_error_copy (batches->error));
  g_mutex_unlock (&batches->mutex);
  return n;
}
