/* A worker's view of the inputs: windows of bytes, widened on demand. */
#include "merge/run-private.h"

#include <stdlib.h>

AmWorker *
am_worker_new (AmMerger *run)
{
  AmWorker *self = g_new0 (AmWorker, 1);

  self->run = run;
  self->kernels = am_kernels_get ();
  self->reader = am_tensor_reader_new ();
  self->windows = g_new0 (AmWindow, run->plan->inputs->len);
  self->block = aligned_alloc (AM_FILE_ALIGNMENT, AM_BLOCK_SIZE);
  if (self->block == NULL)
    g_error ("out of memory for a block of %d bytes", AM_BLOCK_SIZE);
  return self;
}

void
am_worker_free (AmWorker *self)
{
  for (guint i = 0; i < self->run->plan->inputs->len; i++)
    g_free (self->windows[i].bytes);
  for (guint i = 0; i < G_N_ELEMENTS (self->doubles); i++)
    g_free (self->doubles[i]);
  am_tensor_reader_free (self->reader);
  g_free (self->windows);
  free (self->block);
  g_free (self);
}

/* Makes room for @n values in each scratch array. */
void
am_worker_reserve (AmWorker *self, gsize n)
{
  if (n <= self->doubles_capacity)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (self->doubles); i++)
    {
      g_free (self->doubles[i]);
      self->doubles[i] = g_new (double, n);
    }
  self->doubles_capacity = n;
}

/* Bytes offset .. offset + size - 1 of @tensor, reading ahead up to @limit. Valid until the next read of the
 * same input. */
const guint8 *
am_worker_read (AmWorker *self, guint input, const AmTensor *tensor, guint64 offset, gsize size,
                guint64 limit, GError **error)
{
  AmWindow *window = &self->windows[input];
  gboolean is_jump;
  gsize wanted;

  if (window->tensor == tensor && offset >= window->start && offset + size <= window->start + window->size)
    return window->bytes + (offset - window->start);

  /* A jump within a tensor is a sample, for which reading ahead would read the whole tensor again. */
  is_jump = window->tensor == tensor && offset != window->start + window->size;
  wanted = is_jump ? size : MAX (size, MIN (AM_WINDOW_SIZE, MIN (limit, tensor->size) - MIN (limit, offset)));
  wanted = MIN (wanted, tensor->size - offset);
  if (wanted > window->capacity)
    {
      g_free (window->bytes);
      window->capacity = MAX (wanted, AM_WINDOW_SIZE);
      window->bytes = g_malloc (window->capacity);
    }
  window->tensor = NULL;
  if (!am_merger_read (self->run, input, tensor, offset, wanted, window->bytes, error))
    return NULL;
  window->tensor = tensor;
  window->start = offset;
  window->size = wanted;
  return window->bytes;
}

guint64
am_region_to_tensor (const AmMethodTensor *region, const AmTensor *tensor, guint64 index)
{
  guint64 slice_length;

  if (region->length == tensor->length || region->n_dims < 2)
    return index;
  slice_length = tensor->length / tensor->shape[0];
  return index / region->slice_length * slice_length + index % region->slice_length;
}

static gboolean
fetch_run (AmWorker *self, guint input, const AmTensor *tensor, guint64 first, gsize n, guint64 limit,
           gpointer dest, gboolean is_double, GError **error)
{
  guint bits = am_dtype_get_bits (tensor->dtype);
  const guint8 *bytes
      = am_worker_read (self, input, tensor, first * bits / 8, n * bits / 8, limit * bits / 8, error);

  if (bytes == NULL)
    return FALSE;
  if (is_double)
    self->kernels->widen_double (dest, bytes, tensor->dtype, n);
  else
    self->kernels->widen_float (dest, bytes, tensor->dtype, n);
  return TRUE;
}

static gboolean
fetch_statistic (AmWorker *self, guint model, guint64 first, gsize n, double *means, GError **error)
{
  if (am_merger_is_stopped (self->run))
    return am_merger_set_cancelled (error);
  return am_statistic_read (g_ptr_array_index (self->run->plan->statistics, model),
                            self->planned->statistics[model], first, n, means, error);
}

gboolean
am_worker_fetch (gpointer worker, const AmMethodTensor *region, guint input, guint64 first, gsize n,
                 gpointer dest, GError **error)
{
  AmWorker *self = worker;
  const AmPlan *plan = self->run->plan;
  guint number;
  const AmTensor *tensor;
  gsize width = region->is_double ? sizeof (double) : sizeof (float);

  if (input >= AM_STATISTIC_INPUT)
    return fetch_statistic (self, input - AM_STATISTIC_INPUT, first, n, dest, error);
  number = input == plan->n_models ? 0 : am_plan_model_input (plan, input);
  tensor = self->planned->tensors[number];
  if (region->length == tensor->length)
    return n == 0 || fetch_run (self, number, tensor, first, n, self->limit, dest, region->is_double, error);

  while (n > 0)
    {
      gsize left = region->slice_length - first % region->slice_length;
      gsize count = MIN (n, left);
      guint64 at = am_region_to_tensor (region, tensor, first);

      if (!fetch_run (self, number, tensor, at, count, at + count, dest, region->is_double, error))
        return FALSE;
      first += count;
      n -= count;
      dest = (guint8 *)dest + count * width;
    }
  return TRUE;
}
