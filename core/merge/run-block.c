/* One block of the output: every tensor part in it computed, narrowed once, measured, written. */
#include "merge/run-private.h"

#include <string.h>

/* The part of a tensor inside the block at hand. */
typedef struct
{
  AmPlanned *planned;
  guint64 first, end; /* elements of the output tensor; bytes for copies of types that are not numbers */
  guint8 *dest;
  AmSegmentSums *sums;
} Segment;

static guint
element_size (AmDtype dtype)
{
  return am_dtype_get_bits (dtype) / 8;
}

/* Adds how far @n stored values moved from the leading ones in doubles[1]. */
static void
measure (AmWorker *self, const guint8 *stored, AmDtype dtype, gsize n, AmSegmentSums *sums)
{
  const AmKernels *kernels = self->kernels;
  double *out = self->doubles[0], *lead = self->doubles[1];

  kernels->widen_double (out, stored, dtype, n);
  sums->out_out += kernels->dot_double (out, out, n);
  sums->lead_lead += kernels->dot_double (lead, lead, n);
  sums->out_lead += kernels->dot_double (out, lead, n);
  kernels->subtract_double (out, out, lead, n);
  sums->moved += kernels->dot_double (out, out, n);
}

/* Values of the leading model for elements @first on of the merged region, into doubles[1]. */
static gboolean
fetch_lead (AmWorker *self, const AmMethodTensor *region, guint64 first, gsize n, GError **error)
{
  AmMethodTensor as_double = *region;
  guint input = region->run->has_base ? region->run->n_models : 0;

  as_double.is_double = TRUE;
  return am_worker_fetch (self, &as_double, input, first, n, self->doubles[1], error);
}

static inline double
value_at (gconstpointer values, gboolean is_double, gsize i)
{
  return is_double ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

/* Range of the inputs at every element, before the method may overwrite its copies: doubles[0] and [2]. */
static void
find_range (AmWorker *self, const AmMethodTensor *region, const AmMethodChunk *chunk)
{
  double *low = self->doubles[0], *high = self->doubles[2];
  guint n_inputs = region->run->n_models + (chunk->base != NULL ? 1 : 0);

  for (guint k = 0; k < n_inputs; k++)
    {
      gconstpointer values = k < region->run->n_models ? chunk->model[k] : chunk->base;

      for (gsize i = 0; i < chunk->n; i++)
        {
          double value = value_at (values, region->is_double, i);

          low[i] = k == 0 || value < low[i] ? value : low[i];
          high[i] = k == 0 || value > high[i] ? value : high[i];
        }
    }
}

static void
clamp_to_range (AmWorker *self, const AmMethodTensor *region, AmMethodChunk *chunk)
{
  const double *low = self->doubles[0], *high = self->doubles[2];

  for (gsize i = 0; i < chunk->n; i++)
    {
      double value = value_at (chunk->out, region->is_double, i);

      value = value < low[i] ? low[i] : value > high[i] ? high[i] : value;
      if (region->is_double)
        ((double *)chunk->out)[i] = value;
      else
        ((float *)chunk->out)[i] = (float)value;
    }
}

static void
apply (AmWorker *self, const AmMethodTensor *region, AmMethodChunk *chunk)
{
  gboolean clamp = self->run->plan->recipe->clamp;

  if (clamp)
    {
      am_worker_reserve (self, chunk->n);
      find_range (self, region, chunk);
    }
  region->run->method->apply (region, chunk);
  if (clamp)
    clamp_to_range (self, region, chunk);
}

/* Narrows merged elements @first .. @first + n - 1 into their place in the segment. */
static gboolean
store (AmWorker *self, const Segment *segment, const AmMethodChunk *chunk, guint64 first, gsize n,
       GError **error)
{
  const AmPlanned *planned = segment->planned;
  const AmMethodTensor *region = &planned->method;
  AmDtype dtype = planned->public.dtype;
  gsize skip = first - chunk->first;
  guint64 at = first;
  guint8 *dest;

  if (planned->public.action == AM_ACTION_MERGED_OVERLAP)
    at = am_region_to_tensor (region, planned->source_tensor, first);
  dest = segment->dest + (at - segment->first) * element_size (dtype);
  if (region->is_double)
    self->kernels->narrow_double (dest, (const double *)chunk->out + skip, dtype, n, &segment->sums->counts);
  else
    self->kernels->narrow_float (dest, (const float *)chunk->out + skip, dtype, n, &segment->sums->counts);

  if (!self->run->plan->options.measure)
    return TRUE;
  am_worker_reserve (self, n);
  if (!fetch_lead (self, region, first, n, error))
    return FALSE;
  measure (self, dest, dtype, n, segment->sums);
  return TRUE;
}

/* Where the region's slices are shorter than the output's, a run of merged elements ends with its slice. */
static gboolean
store_runs (AmWorker *self, const Segment *segment, const AmMethodChunk *chunk, guint64 first, guint64 end,
            GError **error)
{
  const AmMethodTensor *region = &segment->planned->method;
  gboolean is_overlap = segment->planned->public.action == AM_ACTION_MERGED_OVERLAP;

  while (first < end)
    {
      guint64 run_end
          = is_overlap ? MIN (end, (first / region->slice_length + 1) * region->slice_length) : end;

      if (!store (self, segment, chunk, first, run_end - first, error))
        return FALSE;
      first = run_end;
    }
  return TRUE;
}

/* Elements @first .. @end - 1 of the merged region, all inside the segment. */
static gboolean
merge_range (AmWorker *self, const Segment *segment, guint64 first, guint64 end, GError **error)
{
  const AmMethodTensor *region = &segment->planned->method;
  AmMethodChunk *chunk = NULL;
  GError *local_error = NULL;

  if (first >= end)
    return TRUE;
  self->planned = segment->planned;
  self->limit = end;
  am_tensor_reader_bind_range (self->reader, region, am_worker_fetch, self, first, end);
  while (am_tensor_reader_next (self->reader, &chunk, &local_error))
    {
      guint64 from = MAX (first, chunk->first);
      guint64 to = MIN (end, chunk->first + chunk->n);

      apply (self, region, chunk);
      if (!store_runs (self, segment, chunk, from, to, error))
        return FALSE;
    }
  if (local_error == NULL)
    return TRUE;
  g_propagate_error (error, local_error);
  return FALSE;
}

/* First merged element at or after element @index of the output tensor. */
static guint64
region_position (const AmPlanned *planned, guint64 index)
{
  const AmMethodTensor *region = &planned->method;
  const AmTensor *tensor = planned->source_tensor;
  guint64 slice_length = tensor->length / tensor->shape[0];
  guint64 position
      = index / slice_length * region->slice_length + MIN (index % slice_length, region->slice_length);

  return MIN (position, region->length);
}

static gboolean
copy_converted (AmWorker *self, const Segment *segment, GError **error)
{
  const AmPlanned *planned = segment->planned;
  const AmTensor *tensor = planned->source_tensor;
  guint in_size = element_size (tensor->dtype), out_size = element_size (planned->public.dtype);
  guint64 first = segment->first;

  am_worker_reserve (self, AM_CHUNK_LENGTH);
  while (first < segment->end)
    {
      gsize n = MIN (AM_CHUNK_LENGTH, segment->end - first);
      const guint8 *bytes = am_worker_read (self, planned->source, tensor, first * in_size, n * in_size,
                                            segment->end * in_size, error);

      if (bytes == NULL)
        return FALSE;
      self->kernels->widen_double (self->doubles[0], bytes, tensor->dtype, n);
      self->kernels->narrow_double (segment->dest + (first - segment->first) * out_size, self->doubles[0],
                                    planned->public.dtype, n, &segment->sums->counts);
      first += n;
    }
  return TRUE;
}

/* Counts what is not finite in a copy, and measures it as unmoved. */
static void
examine_copy (AmWorker *self, const Segment *segment)
{
  AmDtype dtype = segment->planned->public.dtype;
  guint64 n = segment->end - segment->first;

  if (!self->run->plan->options.measure || !am_dtype_is_mergeable (dtype))
    return;
  am_worker_reserve (self, AM_CHUNK_LENGTH);
  for (guint64 at = 0; at < n; at += AM_CHUNK_LENGTH)
    {
      gsize count = MIN (AM_CHUNK_LENGTH, n - at);
      AmNarrowCounts counts = { 0 };

      self->kernels->widen_double (self->doubles[0], segment->dest + at * element_size (dtype), dtype, count);
      self->kernels->narrow_double (self->doubles[1], self->doubles[0], AM_DTYPE_F64, count, &counts);
      segment->sums->counts.n_nan += counts.n_nan;
      segment->sums->counts.n_infinite += counts.n_infinite;
    }
}

static gboolean
copy (AmWorker *self, const Segment *segment, GError **error)
{
  const AmPlanned *planned = segment->planned;
  const AmTensor *tensor = planned->source_tensor;
  guint size = MAX (element_size (tensor->dtype), 1);

  if (tensor->dtype != planned->public.dtype)
    return copy_converted (self, segment, error);
  if (!am_merger_read (self->run, planned->source, tensor, segment->first * size,
                       (segment->end - segment->first) * size, segment->dest, error))
    return FALSE;
  examine_copy (self, segment);
  return TRUE;
}

static void
write_position_ids (const Segment *segment)
{
  for (guint64 i = segment->first; i < segment->end; i++)
    {
      gint64 id = GINT64_TO_LE ((gint64)i);

      memcpy (segment->dest + (i - segment->first) * sizeof id, &id, sizeof id);
    }
}

static gboolean
fill_segment (AmWorker *self, const Segment *segment, GError **error)
{
  const AmPlanned *planned = segment->planned;

  switch (planned->public.action)
    {
    case AM_ACTION_MERGED:
      return merge_range (self, segment, segment->first, segment->end, error);
    case AM_ACTION_MERGED_OVERLAP:
      {
        AmSegmentSums before = *segment->sums;

        if (!copy (self, segment, error))
          return FALSE;
        *segment->sums = before;
        return merge_range (self, segment, region_position (planned, segment->first),
                            region_position (planned, segment->end), error);
      }
    case AM_ACTION_REPAIRED:
      write_position_ids (segment);
      return TRUE;
    default:
      return copy (self, segment, error);
    }
}

/* Drops a tensor's reduced figures once its last block is done. */
static void
release (AmMerger *run, AmPlanned *planned)
{
  if (planned->merged == AM_NOT_MERGED || !g_atomic_int_dec_and_test (&run->blocks_left[planned->merged]))
    return;
  if (planned->method.state != NULL && run->plan->method->state_free != NULL)
    run->plan->method->state_free (planned->method.state);
  planned->method.state = NULL;
}

static gboolean
run_segments (AmWorker *self, const AmBlock *block, GError **error)
{
  AmMerger *run = self->run;
  const AmLayoutFile *file = &run->layout->files[block->file];
  guint64 end = block->start + block->size;
  guint segment_number = block->first_segment;

  for (guint i = block->first_tensor; i < file->n_tensors; i++)
    {
      const AmLayoutTensor *tensor = &run->layout->tensors[file->tensors[i]];
      guint size = MAX (element_size (tensor->dtype), 1);
      guint64 from = MAX (block->start, tensor->offset), to = MIN (end, tensor->offset + tensor->size);
      Segment segment;

      if (tensor->offset >= end)
        break;
      if (tensor->size == 0)
        continue;
      segment.planned = run->written[file->tensors[i]];
      segment.first = (from - tensor->offset) / size;
      segment.end = (to - tensor->offset) / size;
      segment.dest = self->block + (from - block->start);
      segment.sums = &run->sums[segment_number++];
      if (!fill_segment (self, &segment, error))
        {
          g_prefix_error (error, "tensor “%s”: ", tensor->name);
          return FALSE;
        }
      release (run, segment.planned);
    }
  return TRUE;
}

gboolean
am_worker_run_block (AmWorker *self, guint index, GError **error)
{
  AmMerger *run = self->run;
  const AmBlock *block = &g_array_index (run->blocks, AmBlock, index);

  return run_segments (self, block, error)
         && am_file_writer_write (run->writers[block->file], self->block, block->size,
                                  run->data_start[block->file] + block->start, error);
}
