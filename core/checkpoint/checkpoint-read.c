/* Values out of the files: the hot path of every merge. No locks, no allocation but for strided pieces. */
#include "checkpoint/checkpoint-private.h"

#include <string.h>

#include "kernels/kernels.h"

/* On the stack, of which threads have at least 2 MiB, and in the L2 cache. Smaller ones read up to a tenth
 * slower. */
#define BUFFER_BYTES (256 * 1024)

/* Most memory one gather may take, and how many bytes read per byte wanted are still cheaper than one system
 * call per element. */
#define GATHER_BYTES (8 * 1024 * 1024)
#define GATHER_WASTE 512

#define Q8_0_ELEMENTS 32
#define Q8_0_BYTES 34

typedef struct
{
  AmCheckpoint *checkpoint;
  const AmTensor *tensor;
  GError **error;
} Read;

static gsize
element_bytes (const AmTensorStorage *storage)
{
  return am_dtype_get_bits (storage->dtype) / 8;
}

/* Elements of a strided piece before the element of flat index @index. */
static guint64
locate (const AmTensorPiece *piece, guint64 index)
{
  guint64 place = 0;

  for (guint axis = piece->n_dims; axis-- > 0;)
    {
      place += index % piece->shape[axis] * piece->strides[axis];
      index /= piece->shape[axis];
    }
  return place;
}

/* Where a walk over a strided piece stands. */
typedef struct
{
  guint64 index[AM_MAX_RANK];
  guint64 place;
} Walk;

static void
walk_start (Walk *walk, const AmTensorPiece *piece, guint64 index)
{
  walk->place = locate (piece, index);
  for (guint axis = piece->n_dims; axis-- > 0;)
    {
      walk->index[axis] = index % piece->shape[axis];
      index /= piece->shape[axis];
    }
}

static void
walk_step (Walk *walk, const AmTensorPiece *piece)
{
  for (guint axis = piece->n_dims; axis-- > 0;)
    {
      walk->place += piece->strides[axis];
      if (++walk->index[axis] < piece->shape[axis])
        return;
      walk->place -= piece->shape[axis] * piece->strides[axis];
      walk->index[axis] = 0;
    }
}

/* The places elements first .. first + n - 1 touch: lowest and highest. */
static void
measure_reach (const AmTensorPiece *piece, guint64 first, gsize n, guint64 *low, guint64 *high)
{
  Walk walk;

  walk_start (&walk, piece, first);
  *low = *high = walk.place;
  for (gsize i = 1; i < n; i++)
    {
      walk_step (&walk, piece);
      *low = MIN (*low, walk.place);
      *high = MAX (*high, walk.place);
    }
}

static gboolean
gather_reach (const Read *read, const AmTensorPiece *piece, guint64 first, gsize n, guint64 low, guint64 high,
              guint8 *dest)
{
  const gsize bytes = element_bytes (read->tensor->storage);
  const gsize size = (gsize)(high - low + 1) * bytes;
  g_autofree guint8 *source = g_malloc (size);
  Walk walk;

  if (!am_checkpoint_pread (read->checkpoint, piece->file, piece->offset + low * bytes, size, source,
                            read->error))
    return FALSE;
  walk_start (&walk, piece, first);
  for (gsize i = 0; i < n; i++)
    {
      memcpy (dest + i * bytes, source + (walk.place - low) * bytes, bytes);
      walk_step (&walk, piece);
    }
  return TRUE;
}

/* Halves the range until what it reaches over is worth reading whole. */
static gboolean
gather (const Read *read, const AmTensorPiece *piece, guint64 first, gsize n, guint8 *dest)
{
  const gsize bytes = element_bytes (read->tensor->storage);
  const gsize half = n / 2;
  guint64 low, high, reach;

  measure_reach (piece, first, n, &low, &high);
  reach = high - low + 1;
  if (n == 1 || (reach <= GATHER_BYTES / bytes && reach / GATHER_WASTE <= n))
    return gather_reach (read, piece, first, n, low, high, dest);
  return gather (read, piece, first, half, dest)
         && gather (read, piece, first + half, n - half, dest + half * bytes);
}

/* Stored bytes of whole elements within one piece. */
static gboolean
read_piece (const Read *read, const AmTensorPiece *piece, guint64 first, gsize n, guint8 *dest)
{
  const gsize bytes = element_bytes (read->tensor->storage);

  if (piece->n_dims > 0)
    return gather (read, piece, first, n, dest);
  return am_checkpoint_pread (read->checkpoint, piece->file, piece->offset + first * bytes, n * bytes, dest,
                              read->error);
}

typedef gboolean (*ReadPiece) (const Read *read, const AmTensorPiece *piece, guint64 first, gsize n,
                               guint8 *dest);

/* Elements first .. first + n - 1, whichever pieces they are in; each takes @bytes in @dest. */
static gboolean
read_pieces (const Read *read, guint64 first, gsize n, ReadPiece func, gsize bytes, guint8 *dest)
{
  const AmTensorStorage *storage = read->tensor->storage;

  for (guint i = 0; n > 0 && i < storage->n_pieces; i++)
    {
      const AmTensorPiece *piece = &storage->pieces[i];
      gsize count;

      if (first >= piece->length)
        {
          first -= piece->length;
          continue;
        }
      count = MIN (n, piece->length - first);
      if (!func (read, piece, first, count, dest))
        return FALSE;
      dest += count * bytes;
      n -= count;
      first = 0;
    }
  g_assert (n == 0);
  return TRUE;
}

static gboolean
read_stored (const Read *read, guint64 first, gsize n, guint8 *dest)
{
  return read_pieces (read, first, n, read_piece, element_bytes (read->tensor->storage), dest);
}

static gboolean
read_part_of_element (const Read *read, guint64 index, gsize begin, gsize size, guint8 *dest)
{
  guint8 element[8];

  if (!read_stored (read, index, 1, element))
    return FALSE;
  memcpy (dest, element + begin, size);
  return TRUE;
}

/* Bytes of a plain tensor; a range may begin and end within an element. */
static gboolean
read_plain_bytes (const Read *read, guint64 offset, gsize size, guint8 *dest)
{
  const gsize bytes = element_bytes (read->tensor->storage);
  const gsize begin = offset % bytes;
  const gsize head = begin > 0 ? MIN (bytes - begin, size) : 0;
  const gsize whole = (size - head) / bytes;
  const gsize tail = size - head - whole * bytes;
  const guint64 first = (offset + head) / bytes;

  if (head > 0 && !read_part_of_element (read, offset / bytes, begin, head, dest))
    return FALSE;
  if (whole > 0 && !read_stored (read, first, whole, dest + head))
    return FALSE;
  return tail == 0 || read_part_of_element (read, first + whole, 0, tail, dest + head + whole * bytes);
}

/* Types under 8 bits cannot be addressed by element; their pieces are contiguous and whole bytes. */
static gboolean
read_small_bytes (const Read *read, guint64 offset, gsize size, guint8 *dest)
{
  const AmTensorStorage *storage = read->tensor->storage;
  const unsigned bits = am_dtype_get_bits (storage->dtype);

  for (guint i = 0; size > 0 && i < storage->n_pieces; i++)
    {
      const AmTensorPiece *piece = &storage->pieces[i];
      const guint64 length = piece->length / 8 * bits + piece->length % 8 * bits / 8;
      gsize count;

      if (offset >= length)
        {
          offset -= length;
          continue;
        }
      count = MIN (size, length - offset);
      if (!am_checkpoint_pread (read->checkpoint, piece->file, piece->offset + offset, count, dest,
                                read->error))
        return FALSE;
      dest += count;
      size -= count;
      offset = 0;
    }
  return TRUE;
}

/* Blocks of 32 signed bytes and a float16 scale in front of them. */
static void
unpack_q8_0 (const guint8 *block, guint first, guint n, float *dest)
{
  float scale;

  am_kernels_get ()->widen_float (&scale, block, AM_DTYPE_F16, 1);
  for (guint i = 0; i < n; i++)
    dest[i] = scale * (float)(gint8)block[2 + first + i];
}

static gboolean
read_q8_0_piece (const Read *read, const AmTensorPiece *piece, guint64 first, gsize n, guint8 *dest_bytes)
{
  float *dest = (float *)(gpointer)dest_bytes;
  const gsize capacity = BUFFER_BYTES / Q8_0_BYTES;
  guint8 buffer[BUFFER_BYTES];

  while (n > 0)
    {
      const guint64 block = first / Q8_0_ELEMENTS;
      const gsize n_blocks = MIN (capacity, (first % Q8_0_ELEMENTS + n + Q8_0_ELEMENTS - 1) / Q8_0_ELEMENTS);

      if (!am_checkpoint_pread (read->checkpoint, piece->file, piece->offset + block * Q8_0_BYTES,
                                n_blocks * Q8_0_BYTES, buffer, read->error))
        return FALSE;
      for (gsize i = 0; i < n_blocks; i++)
        {
          const guint begin = first % Q8_0_ELEMENTS;
          const guint count = (guint)MIN (n, Q8_0_ELEMENTS - begin);

          unpack_q8_0 (buffer + i * Q8_0_BYTES, begin, count, dest);
          dest += count;
          first += count;
          n -= count;
        }
    }
  return TRUE;
}

static gboolean
read_q8_0 (const Read *read, guint64 first, gsize n, float *dest)
{
  return read_pieces (read, first, n, read_q8_0_piece, sizeof *dest, (guint8 *)dest);
}

/* Elements first .. first + n - 1 from @reader, or from the file where it is %NULL, widened to float or to
 * double: one of the two is %NULL. */
static gboolean
widen (const Read *read, const AmReaderHook *reader, guint64 first, gsize n, float *floats, double *doubles)
{
  const AmDtype dtype = reader != NULL ? read->tensor->dtype : read->tensor->storage->dtype;
  const gsize bytes = am_dtype_get_bits (dtype) / 8;
  const gsize chunk = BUFFER_BYTES / bytes;
  guint8 buffer[BUFFER_BYTES];

  for (gsize done = 0; done < n;)
    {
      const gsize count = MIN (chunk, n - done);

      if (reader != NULL ? !reader->func (read->checkpoint, read->tensor, (first + done) * bytes,
                                          count * bytes, buffer, reader->user_data, read->error)
                         : !read_stored (read, first + done, count, buffer))
        return FALSE;
      if (floats != NULL)
        am_kernels_get ()->widen_float (floats + done, buffer, dtype, count);
      else
        am_kernels_get ()->widen_double (doubles + done, buffer, dtype, count);
      done += count;
    }
  return TRUE;
}

static gboolean
is_in_range (const AmTensor *tensor, guint64 first, gsize n)
{
  return first <= tensor->length && n <= tensor->length - first;
}

static gboolean
read_stored_floats (const Read *read, guint64 first, gsize n, float *dest)
{
  const AmTensorStorage *storage = read->tensor->storage;

  if (storage->packing == AM_PACKING_Q8_0)
    return read_q8_0 (read, first, n, dest);
  if (storage->dtype == AM_DTYPE_F32)
    {
      if (!read_stored (read, first, n, (guint8 *)dest))
        return FALSE;
    }
  else if (!widen (read, NULL, first, n, dest, NULL))
    return FALSE;
  if (storage->packing == AM_PACKING_SCALED)
    am_kernels_get ()->scale_float (dest, dest, storage->scale, n);
  return TRUE;
}

static gboolean
read_q8_0_doubles (const Read *read, guint64 first, gsize n, double *dest)
{
  float buffer[1024];

  for (gsize done = 0; done < n;)
    {
      const gsize count = MIN (G_N_ELEMENTS (buffer), n - done);

      if (!read_q8_0 (read, first + done, count, buffer))
        return FALSE;
      am_kernels_get ()->widen_double (dest + done, buffer, AM_DTYPE_F32, count);
      done += count;
    }
  return TRUE;
}

static gboolean
read_stored_doubles (const Read *read, guint64 first, gsize n, double *dest)
{
  const AmTensorStorage *storage = read->tensor->storage;

  if (storage->packing == AM_PACKING_Q8_0)
    return read_q8_0_doubles (read, first, n, dest);
  if (storage->dtype == AM_DTYPE_F64)
    {
      if (!read_stored (read, first, n, (guint8 *)dest))
        return FALSE;
    }
  else if (!widen (read, NULL, first, n, NULL, dest))
    return FALSE;
  if (storage->packing == AM_PACKING_SCALED)
    am_kernels_get ()->scale_double (dest, dest, storage->scale, n);
  return TRUE;
}

/* What a packed tensor stands for, rounded to the type it shows. In double: a scaled value is exact there, so
 * it is rounded once. */
static gboolean
read_packed_bytes (const Read *read, guint64 offset, gsize size, guint8 *dest)
{
  const AmTensor *tensor = read->tensor;
  const gsize bytes = am_dtype_get_bits (tensor->dtype) / 8;
  const gsize n = size / bytes;
  double buffer[4096];

  for (gsize done = 0; done < n;)
    {
      const gsize count = MIN (G_N_ELEMENTS (buffer), n - done);
      AmNarrowCounts counts = { 0 };

      if (!read_stored_doubles (read, offset / bytes + done, count, buffer))
        return FALSE;
      am_kernels_get ()->narrow_double (dest + done * bytes, buffer, tensor->dtype, count, &counts);
      done += count;
    }
  return TRUE;
}

/* Packed tensors hand out whole elements only. */
static gboolean
is_byte_range (const AmTensor *tensor, guint64 offset, gsize size)
{
  const gsize bytes = am_dtype_get_bits (tensor->dtype) / 8;

  if (offset > tensor->size || size > tensor->size - offset)
    return FALSE;
  return tensor->storage->packing == AM_PACKING_PLAIN || (offset % bytes == 0 && size % bytes == 0);
}

gboolean
am_checkpoint_read_stored (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset, gsize size,
                           gpointer dest, GError **error)
{
  const Read read = { checkpoint, tensor, error };
  const AmTensorStorage *storage = tensor->storage;

  g_return_val_if_fail (is_byte_range (tensor, offset, size), FALSE);
  if (storage->packing != AM_PACKING_PLAIN)
    return read_packed_bytes (&read, offset, size, dest);
  if (am_dtype_get_bits (storage->dtype) < 8)
    return read_small_bytes (&read, offset, size, dest);
  return read_plain_bytes (&read, offset, size, dest);
}

gboolean
am_checkpoint_read_bytes (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset, gsize size,
                          gpointer dest, GError **error)
{
  const AmReaderHook *reader = am_checkpoint_get_reader (checkpoint, tensor);

  if (reader == NULL)
    return am_checkpoint_read_stored (checkpoint, tensor, offset, size, dest, error);
  g_return_val_if_fail (is_byte_range (tensor, offset, size), FALSE);
  return reader->func (checkpoint, tensor, offset, size, dest, reader->user_data, error);
}

gboolean
am_checkpoint_read_floats (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 first, gsize n,
                           float *dest, GError **error)
{
  const Read read = { checkpoint, tensor, error };
  const AmReaderHook *reader = am_checkpoint_get_reader (checkpoint, tensor);

  g_return_val_if_fail (is_in_range (tensor, first, n) && am_dtype_is_mergeable (tensor->dtype), FALSE);
  if (reader != NULL)
    return widen (&read, reader, first, n, dest, NULL);
  return read_stored_floats (&read, first, n, dest);
}

gboolean
am_checkpoint_read_doubles (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 first, gsize n,
                            double *dest, GError **error)
{
  const Read read = { checkpoint, tensor, error };
  const AmReaderHook *reader = am_checkpoint_get_reader (checkpoint, tensor);

  g_return_val_if_fail (is_in_range (tensor, first, n) && am_dtype_is_mergeable (tensor->dtype), FALSE);
  if (reader != NULL)
    return widen (&read, reader, first, n, NULL, dest);
  return read_stored_doubles (&read, first, n, dest);
}

static guint64
stored_bytes (const AmTensorStorage *storage, guint64 n)
{
  if (storage->packing == AM_PACKING_Q8_0)
    return n / Q8_0_ELEMENTS * Q8_0_BYTES;
  return n / 8 * am_dtype_get_bits (storage->dtype) + n % 8 * am_dtype_get_bits (storage->dtype) / 8;
}

void
am_checkpoint_prefetch (const AmCheckpoint *checkpoint, const AmTensor *tensor)
{
  const AmTensorStorage *storage = tensor->storage;

  for (guint i = 0; i < storage->n_pieces; i++)
    {
      const AmTensorPiece *piece = &storage->pieces[i];

      if (piece->n_dims == 0)
        am_checkpoint_advise (checkpoint, piece->file, piece->offset, stored_bytes (storage, piece->length));
    }
}
