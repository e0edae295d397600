/* Tensors on their way into a checkpoint: every claim of a header is checked here against shape and file. */
#include "checkpoint/checkpoint-private.h"

#include <string.h>

#include "checkpoint/printable.h"

#define Q8_0_ELEMENTS 32
#define Q8_0_BYTES 34

static gboolean
fail (const AmCheckpoint *checkpoint, const AmTensor *tensor, const char *fault, GError **error)
{
  g_autofree char *name = am_printable (tensor->name, strlen (tensor->name));
  guint file = tensor->storage && tensor->storage->n_pieces > 0 ? tensor->storage->pieces[0].file : 0;
  const char *path = file < am_checkpoint_get_n_files (checkpoint) ? am_checkpoint_get_file (checkpoint, file)
                                                                   : am_checkpoint_get_path (checkpoint);

  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: tensor \"%s\": %s", path, name, fault);
  return FALSE;
}

static gboolean
multiply (const guint64 *factors, guint n, guint64 *product)
{
  *product = 1;
  for (guint i = 0; i < n; i++)
    if (!g_uint64_checked_mul (product, *product, factors[i]))
      return FALSE;
  return TRUE;
}

/* Elements from the first of a piece to one past the farthest it touches. */
static gboolean
measure_span (const AmTensorPiece *piece, guint64 *span)
{
  guint64 last = 0, reach;

  *span = piece->length;
  if (piece->n_dims == 0 || piece->length == 0)
    return TRUE;
  for (guint i = 0; i < piece->n_dims; i++)
    if (!g_uint64_checked_mul (&reach, piece->shape[i] - 1, piece->strides[i])
        || !g_uint64_checked_add (&last, last, reach))
      return FALSE;
  return g_uint64_checked_add (span, last, 1);
}

static gboolean
measure_bytes (const AmTensorStorage *storage, guint64 elements, guint64 *bytes)
{
  if (storage->packing == AM_PACKING_Q8_0)
    return elements % Q8_0_ELEMENTS == 0
           && g_uint64_checked_mul (bytes, elements / Q8_0_ELEMENTS, Q8_0_BYTES);
  if (!g_uint64_checked_mul (bytes, elements, am_dtype_get_bits (storage->dtype)) || *bytes % 8 != 0)
    return FALSE;
  *bytes /= 8;
  return TRUE;
}

static const char *
find_piece_fault (const AmCheckpoint *checkpoint, const AmTensorStorage *storage, const AmTensorPiece *piece)
{
  guint64 span, bytes, end, length;

  if (piece->n_dims > AM_MAX_RANK)
    return "too many axes";
  if (piece->n_dims > 0
      && (storage->packing == AM_PACKING_Q8_0 || am_dtype_get_bits (storage->dtype) % 8 != 0))
    return "packed elements cannot be strided";
  if (piece->n_dims > 0 && (!multiply (piece->shape, piece->n_dims, &length) || length != piece->length))
    return "a piece whose shape does not give its length";
  if (!measure_span (piece, &span) || !measure_bytes (storage, span, &bytes)
      || !g_uint64_checked_add (&end, piece->offset, bytes))
    return "its size in bytes does not fit into 64 bits, or is no whole number of bytes or blocks";
  if (end > am_checkpoint_file_size (checkpoint, piece->file))
    return "its data reach beyond the end of the file";
  return NULL;
}

static gboolean
measure_tensor (const AmCheckpoint *checkpoint, AmTensor *tensor, GError **error)
{
  const AmTensorStorage *storage = tensor->storage;
  guint64 total = 0, bits;
  const char *fault = NULL;

  if (!multiply (tensor->shape, tensor->n_dims, &tensor->length)
      || !g_uint64_checked_mul (&bits, tensor->length, am_dtype_get_bits (tensor->dtype)))
    return fail (checkpoint, tensor, "the product of its shape does not fit into 64 bits", error);
  if (bits % 8 != 0)
    return fail (checkpoint, tensor, "its elements do not fill whole bytes", error);
  tensor->size = bits / 8;
  for (guint i = 0; i < storage->n_pieces && !fault; i++)
    {
      fault = find_piece_fault (checkpoint, storage, &storage->pieces[i]);
      if (!fault && !g_uint64_checked_add (&total, total, storage->pieces[i].length))
        fault = "its pieces are longer than 64 bits can count";
    }
  if (!fault && total != tensor->length)
    fault = "its data do not have as many elements as its shape";
  return fault ? fail (checkpoint, tensor, fault, error) : TRUE;
}

gboolean
am_checkpoint_add_tensor (AmCheckpoint *checkpoint, const AmTensor *tensor, GError **error)
{
  AmTensor copy = *tensor;

  if (!g_utf8_validate (copy.name, -1, NULL))
    return fail (checkpoint, &copy, "its name is not UTF-8", error);
  if (!measure_tensor (checkpoint, &copy, error))
    return FALSE;
  g_array_append_val (am_checkpoint_peek_tensors (checkpoint), copy);
  return TRUE;
}

gboolean
am_checkpoint_add_plain (AmCheckpoint *checkpoint, const char *name, gsize name_length, AmDtype dtype,
                         guint n_dims, const guint64 *shape, guint file, guint64 offset, GError **error)
{
  AmTensorPiece *piece = am_checkpoint_alloc (checkpoint, sizeof *piece);
  AmTensorStorage *storage = am_checkpoint_alloc (checkpoint, sizeof *storage);
  guint64 *dims = am_checkpoint_alloc (checkpoint, n_dims * sizeof *dims);
  AmTensor tensor = { .name = am_checkpoint_strndup (checkpoint, name, name_length),
                      .dtype = dtype,
                      .stored = am_dtype_get_name (dtype),
                      .n_dims = n_dims,
                      .shape = dims,
                      .storage = storage };

  if (n_dims > 0)
    memcpy (dims, shape, n_dims * sizeof *dims);
  if (!multiply (dims, n_dims, &piece->length))
    return fail (checkpoint, &tensor, "the product of its shape does not fit into 64 bits", error);
  piece->file = file;
  piece->offset = offset;
  storage->packing = AM_PACKING_PLAIN;
  storage->dtype = dtype;
  storage->n_pieces = 1;
  storage->pieces = piece;
  return am_checkpoint_add_tensor (checkpoint, &tensor, error);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (((const AmTensor *)a)->name, ((const AmTensor *)b)->name);
}

gboolean
am_checkpoint_finish (AmCheckpoint *checkpoint, GError **error)
{
  GArray *tensors = am_checkpoint_peek_tensors (checkpoint);

  if (!am_quantised_resolve (checkpoint, error))
    return FALSE;
  g_array_sort (tensors, compare_names);
  for (guint i = 0; i < tensors->len; i++)
    {
      AmTensor *tensor = &g_array_index (tensors, AmTensor, i);

      if (i > 0 && strcmp (tensor[-1].name, tensor->name) == 0)
        return fail (checkpoint, tensor, "the name is there twice", error);
      if (!measure_tensor (checkpoint, tensor, error))
        return FALSE;
    }
  return TRUE;
}
