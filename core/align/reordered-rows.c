/* Reading a permuted tensor: which bytes of the file to read, and where they go. */
#include <string.h>

#include "align/reordered-tensor-private.h"

/* What a system call costs, as bytes copied in its time. */
#define CALL_BYTES 3000

/* Rows of the permuted tensor that are read with one call. */
typedef struct
{
  guint64 n;
  guint64 low, high; /* rows of the file: all from low to high are read */
  gboolean is_run;   /* these are the rows wanted, in their order */
} Batch;

static guint64
find_row (const AmReorderedTensor *reordered, guint64 row)
{
  guint64 source = 0, weight = 1;

  for (guint i = reordered->n_outer; i-- > 0;)
    {
      const AmReorderedAxis *axis = &reordered->axes[i];
      const guint64 index = row % axis->length;

      source += (axis->map != NULL ? axis->map[index] : index) * weight;
      weight *= axis->length;
      row /= axis->length;
    }
  return source;
}

/* Rows from @row on, before @end, that lie one behind the other in the file. */
static Batch
find_run (const AmReorderedTensor *reordered, guint64 row, guint64 end)
{
  const guint64 source = find_row (reordered, row);
  guint64 n = 1;

  if (!reordered->is_scattered)
    n = end - row;
  while (row + n < end && find_row (reordered, row + n) == source + n)
    n++;
  return (Batch){ n, source, source + n - 1, TRUE };
}

/* Rows from @row on, before @end, that lie near each other in the file. */
static Batch
find_near (const AmReorderedTensor *reordered, guint64 row, guint64 end)
{
  const guint64 source = find_row (reordered, row);
  Batch batch = { 1, source, source, FALSE };

  while (row + batch.n < end)
    {
      const guint64 next = find_row (reordered, row + batch.n);
      const guint64 low = MIN (batch.low, next), high = MAX (batch.high, next);

      if (high - low + 1 > AM_REORDER_BATCH / reordered->row_bytes)
        break;
      batch = (Batch){ batch.n + 1, low, high, FALSE };
    }
  return batch;
}

static guint64
count_rows (const Batch *batch)
{
  return batch->high - batch->low + 1;
}

/* Whether reading @near whole costs less per row than reading @run alone. */
static gboolean
is_cheaper (const AmReorderedTensor *reordered, const Batch *near, const Batch *run)
{
  const guint64 near_bytes = CALL_BYTES + count_rows (near) * reordered->row_bytes;
  const guint64 run_bytes = CALL_BYTES + run->n * reordered->row_bytes;

  return near->n > run->n && near_bytes * run->n < run_bytes * near->n;
}

static inline __attribute__ ((always_inline)) void
gather (guint8 *dest, const guint8 *row, const guint32 *map, gsize n, gsize bytes)
{
  for (gsize i = 0; i < n; i++)
    memcpy (dest + i * bytes, row + map[i] * bytes, bytes);
}

/* Sizes known to the compiler become single moves: elements, and the kernels of 3 x 3 convolutions. */
static void
gather_units (guint8 *dest, const guint8 *row, const guint32 *map, gsize n, gsize bytes)
{
  switch (bytes)
    {
    case 1:
      gather (dest, row, map, n, 1);
      break;
    case 2:
      gather (dest, row, map, n, 2);
      break;
    case 4:
      gather (dest, row, map, n, 4);
      break;
    case 8:
      gather (dest, row, map, n, 8);
      break;
    case 18:
      gather (dest, row, map, n, 18);
      break;
    case 36:
      gather (dest, row, map, n, 36);
      break;
    default:
      gather (dest, row, map, n, bytes);
      break;
    }
}

/* Bytes @begin .. @end of a permuted row; a range may cut units. */
static void
pick_from_row (const AmReorderedTensor *reordered, const guint8 *row, gsize begin, gsize end, guint8 *dest)
{
  const guint32 *map = reordered->map;
  const gsize bytes = reordered->unit_bytes;
  gsize unit = begin / bytes, n;

  if (begin % bytes > 0)
    {
      n = MIN (bytes - begin % bytes, end - begin);
      memcpy (dest, row + map[unit] * bytes + begin % bytes, n);
      dest += n;
      begin += n;
      unit++;
    }
  n = (end - begin) / bytes;
  gather_units (dest, row, map + unit, n, bytes);
  if ((end - begin) % bytes > 0)
    memcpy (dest + n * bytes, row + map[unit + n] * bytes, (end - begin) % bytes);
}

static gboolean
read_stored (const AmReorderedRead *read, guint64 offset, gsize size, guint8 *dest)
{
  return am_checkpoint_read_stored (read->checkpoint, read->tensor, offset, size, dest, read->error);
}

/* What of units @first .. @last lies in the window of @n units of the file from unit @start on. Only bytes
 * @begin .. @end of the row are wanted. */
static void
pick_from_window (const AmReorderedTensor *reordered, const guint8 *window, guint64 start, guint64 n,
                  guint64 begin, guint64 end, guint8 *dest)
{
  const guint64 bytes = reordered->unit_bytes;

  for (guint64 unit = begin / bytes; unit * bytes < end; unit++)
    {
      const guint64 place = reordered->map[unit] - start;
      const guint64 low = MAX (begin, unit * bytes), high = MIN (end, (unit + 1) * bytes);

      if (reordered->map[unit] >= start && place < n)
        memcpy (dest + (low - begin), window + place * bytes + (low - unit * bytes), (gsize)(high - low));
    }
}

/* A part of a row too long to hold: what it reaches over goes by in a window. */
static gboolean
read_long_row (const AmReorderedRead *read, guint64 row, guint64 begin, guint64 end, guint8 *dest)
{
  const AmReorderedTensor *reordered = read->reordered;
  const guint64 bytes = reordered->unit_bytes, capacity = AM_REORDER_ROW / bytes;
  g_autofree guint8 *window = g_malloc (AM_REORDER_ROW);
  guint64 low = G_MAXUINT64, high = 0;

  for (guint64 unit = begin / bytes; unit * bytes < end; unit++)
    {
      low = MIN (low, reordered->map[unit]);
      high = MAX (high, reordered->map[unit]);
    }
  for (guint64 start = low; start <= high; start += capacity)
    {
      const guint64 n = MIN (capacity, high + 1 - start);

      if (!read_stored (read, row * reordered->row_bytes + start * bytes, (gsize)(n * bytes), window))
        return FALSE;
      pick_from_window (reordered, window, start, n, begin, end, dest);
    }
  return TRUE;
}

/* Rows that were read whole to @source: bytes from @begin of row number @row on go to @dest. */
static void
pick_rows (const AmReorderedTensor *reordered, const guint8 *source, const Batch *batch, guint64 row,
           gsize begin, gsize size, guint8 *dest)
{
  const gsize row_bytes = (gsize)reordered->row_bytes;

  for (; size > 0; row++)
    {
      const guint8 *from = source + (find_row (reordered, row) - batch->low) * row_bytes;
      const gsize n = MIN (size, row_bytes - begin);

      if (reordered->map != NULL)
        pick_from_row (reordered, from, begin, begin + n, dest);
      else
        memcpy (dest, from + begin, n);
      dest += n;
      size -= n;
      begin = 0;
    }
}

static Batch
choose_batch (const AmReorderedTensor *reordered, guint64 row, guint64 end)
{
  const guint64 capacity = MAX (AM_REORDER_BATCH / reordered->row_bytes, 1);
  const Batch run = find_run (reordered, row, reordered->map != NULL ? MIN (end, row + capacity) : end);
  Batch near;

  if (!reordered->is_scattered || run.n == end - row)
    return run;
  near = find_near (reordered, row, end);
  return is_cheaper (reordered, &near, &run) ? near : run;
}

/* Reads some of @size bytes from @offset on; @done says how many. */
static gboolean
read_some (const AmReorderedRead *read, guint64 offset, gsize size, guint8 *dest, guint8 *scratch,
           gsize *done)
{
  const AmReorderedTensor *reordered = read->reordered;
  const guint64 row_bytes = reordered->row_bytes;
  const guint64 row = offset / row_bytes, begin = offset % row_bytes;
  const Batch batch = choose_batch (reordered, row, (offset + size - 1) / row_bytes + 1);
  const guint64 left = batch.n * row_bytes - begin;

  *done = (gsize)MIN (size, left);
  if (reordered->map == NULL && batch.is_run)
    return read_stored (read, batch.low * row_bytes + begin, *done, dest);
  if (row_bytes > AM_REORDER_ROW)
    return read_long_row (read, batch.low, begin, begin + *done, dest);
  if (!read_stored (read, batch.low * row_bytes, (gsize)(count_rows (&batch) * row_bytes), scratch))
    return FALSE;
  pick_rows (reordered, scratch, &batch, row, (gsize)begin, *done, dest);
  return TRUE;
}

gboolean
am_reordered_read_rows (const AmReorderedRead *read, guint64 offset, gsize size, guint8 *dest)
{
  const guint64 capacity = MAX (AM_REORDER_BATCH, read->reordered->row_bytes);
  g_autofree guint8 *scratch = NULL;
  gsize done;

  if (read->reordered->map != NULL || read->reordered->row_bytes < AM_REORDER_BATCH)
    scratch = g_malloc (MIN (capacity, AM_REORDER_ROW));
  for (; size > 0; offset += done, dest += done, size -= done)
    if (!read_some (read, offset, size, dest, scratch, &done))
      return FALSE;
  return TRUE;
}
