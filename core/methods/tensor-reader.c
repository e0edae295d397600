#include "methods/tensor-reader.h"

struct _AmTensorReader
{
  const AmMethodTensor *tensor;
  AmTensorFetch fetch;
  gpointer user_data;
  guint64 start, end, position;
  guint64 unit; /* chunks are whole multiples of this */
  guint64 step; /* elements per chunk */
  gboolean for_apply;
  AmMethodChunk chunk;
  guint8 *buffer;
  gsize buffer_size;
};

AmTensorReader *
am_tensor_reader_new (void)
{
  return g_new0 (AmTensorReader, 1);
}

void
am_tensor_reader_free (AmTensorReader *reader)
{
  if (reader == NULL)
    return;
  g_free (reader->buffer);
  g_free (reader);
}

static guint64
unit_of (const AmMethodTensor *tensor)
{
  const AmMethod *method = tensor->run->method;

  guint64 unit = 1;

  if ((method->flags & AM_METHOD_SLICES) || method->halo_slices > 0)
    unit = MAX (unit, tensor->slice_length);
  if (method->flags & AM_METHOD_LAST_AXIS)
    unit = MAX (unit, tensor->row_length);
  return unit;
}

/* A halo is read again for every chunk, so chunks with one are made several times longer than it. */
static guint64
step_of (const AmMethodTensor *tensor, guint64 unit)
{
  guint64 units = MAX (AM_CHUNK_LENGTH / unit, 1);

  return MAX (units, 4 * (guint64)tensor->run->method->halo_slices) * unit;
}

static void
bind (AmTensorReader *reader, const AmMethodTensor *tensor, AmTensorFetch fetch, gpointer user_data)
{
  reader->tensor = tensor;
  reader->fetch = fetch;
  reader->user_data = user_data;
  reader->unit = unit_of (tensor);
  reader->step = step_of (tensor, reader->unit);
}

void
am_tensor_reader_bind (AmTensorReader *reader, const AmMethodTensor *tensor, AmTensorFetch fetch,
                       gpointer user_data)
{
  bind (reader, tensor, fetch, user_data);
  reader->for_apply = FALSE;
  reader->start = reader->position = 0;
  reader->end = tensor->length;
}

void
am_tensor_reader_bind_range (AmTensorReader *reader, const AmMethodTensor *tensor, AmTensorFetch fetch,
                             gpointer user_data, guint64 first, guint64 end)
{
  bind (reader, tensor, fetch, user_data);
  reader->for_apply = TRUE;
  reader->start = reader->position = first - first % reader->unit;
  reader->end = MIN ((end + reader->unit - 1) / reader->unit * reader->unit, tensor->length);
}

void
am_tensor_reader_rewind (AmTensorReader *reader)
{
  reader->position = reader->start;
}

/* Fishers have the shape of the tensor and come along with its chunks. */
static gboolean
has_chunk_statistics (const AmMethodTensor *tensor)
{
  return tensor->run->method->statistics == AM_STATISTICS_FISHER && tensor->statistics != NULL;
}

/* Lays the arrays of a chunk of @n elements (and @halo on either side of inputs) out in one buffer, each on
 * its own 64 bytes. */
static void
place_arrays (AmTensorReader *reader, gsize n, gsize n_before, gsize n_after)
{
  const AmMethodRun *run = reader->tensor->run;
  gsize width = reader->tensor->is_double ? sizeof (double) : sizeof (float);
  guint n_inputs = run->n_models + (run->has_base ? 1 : 0);
  guint n_own = run->method->n_scratch + (reader->for_apply ? 1 : 0);
  gsize input_size = ((n_before + n + n_after) * width + 63) / 64 * 64;
  gsize own_size = (n * width + 63) / 64 * 64;
  guint n_statistics = has_chunk_statistics (reader->tensor) ? run->n_models : 0;
  gsize statistic_size = (n * sizeof (double) + 63) / 64 * 64;
  gsize size = n_inputs * input_size + n_own * own_size + n_statistics * statistic_size + 64;
  guint8 *at;

  if (size > reader->buffer_size)
    {
      g_free (reader->buffer);
      reader->buffer = g_malloc (size);
      reader->buffer_size = size;
    }

  at = (guint8 *)(((gsize)reader->buffer + 63) / 64 * 64);
  for (guint i = 0; i < run->n_models; i++, at += input_size)
    reader->chunk.model[i] = at + n_before * width;
  reader->chunk.base = NULL;
  if (run->has_base)
    {
      reader->chunk.base = at + n_before * width;
      at += input_size;
    }
  for (guint i = 0; i < run->method->n_scratch; i++, at += own_size)
    reader->chunk.scratch[i] = at;
  reader->chunk.out = reader->for_apply ? at : NULL;
  at += reader->for_apply ? own_size : 0;
  for (guint i = 0; i < n_statistics; i++, at += statistic_size)
    reader->chunk.statistic[i] = (double *)at;
}

static gboolean
fetch_input (AmTensorReader *reader, guint input, gpointer values, GError **error)
{
  gsize width = reader->tensor->is_double ? sizeof (double) : sizeof (float);
  const AmMethodChunk *chunk = &reader->chunk;

  return reader->fetch (reader->user_data, reader->tensor, input, chunk->first - chunk->n_before,
                        chunk->n_before + chunk->n + chunk->n_after,
                        (guint8 *)values - chunk->n_before * width, error);
}

static gboolean
read_chunk (AmTensorReader *reader, guint64 first, gsize n, guint64 halo, GError **error)
{
  const AmMethodTensor *tensor = reader->tensor;
  const AmMethodRun *run = tensor->run;
  gsize n_before = MIN (halo, first);
  gsize n_after = MIN (halo, tensor->length - first - n);

  place_arrays (reader, n, n_before, n_after);
  reader->chunk.first = first;
  reader->chunk.n = n;
  reader->chunk.n_before = n_before;
  reader->chunk.n_after = n_after;

  for (guint i = 0; i < run->n_models; i++)
    if (!fetch_input (reader, i, reader->chunk.model[i], error))
      return FALSE;
  for (guint i = 0; has_chunk_statistics (tensor) && i < run->n_models; i++)
    if (!am_tensor_reader_read_statistic (reader, i, first, n, reader->chunk.statistic[i], error))
      return FALSE;
  return !run->has_base || fetch_input (reader, run->n_models, reader->chunk.base, error);
}

gboolean
am_tensor_reader_next (AmTensorReader *reader, AmMethodChunk **chunk, GError **error)
{
  guint64 halo = reader->for_apply ? reader->tensor->run->method->halo_slices * reader->unit : 0;
  gsize n;

  if (reader->position >= reader->end)
    return FALSE;

  n = MIN (reader->step, reader->end - reader->position);
  if (!read_chunk (reader, reader->position, n, halo, error))
    return FALSE;

  reader->position += n;
  *chunk = &reader->chunk;
  return TRUE;
}

gboolean
am_tensor_reader_peek (AmTensorReader *reader, guint64 first, gsize n, AmMethodChunk **chunk, GError **error)
{
  if (!read_chunk (reader, first, n, 0, error))
    return FALSE;

  *chunk = &reader->chunk;
  return TRUE;
}

gboolean
am_tensor_reader_read_statistic (AmTensorReader *reader, guint model, guint64 first, gsize n, double *means,
                                 GError **error)
{
  return reader->fetch (reader->user_data, reader->tensor, AM_STATISTIC_INPUT + model, first, n, means,
                        error);
}
