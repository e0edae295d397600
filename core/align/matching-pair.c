#include "align/matching-pair.h"

#include <string.h>

#include "kernels/kernels.h"

static gboolean
has_shape (const AmTensor *tensor, const AmGraphTensor *expected)
{
  return am_dtype_is_mergeable (tensor->dtype) && tensor->n_dims == expected->n_dims && tensor->length > 0
         && memcmp (tensor->shape, expected->shape, tensor->n_dims * sizeof (guint64)) == 0;
}

static const AmTensor *
find_tensor (const AmModel *model, const AmCheckpoint *checkpoint, const AmGraphTensor *expected)
{
  gint index = am_model_find (model, expected->name);
  const AmTensor *tensor = index < 0 ? NULL : am_checkpoint_get_tensor (checkpoint, (guint)index);

  return tensor != NULL && has_shape (tensor, expected) ? tensor : NULL;
}

AmMatchingPair *
am_matching_pair_new (const AmSymmetries *symmetries, const AmModel *model, AmCheckpoint *checkpoint,
                      const AmReference *reference)
{
  AmMatchingPair *pair = g_new0 (AmMatchingPair, 1);

  pair->symmetries = symmetries;
  pair->graph = am_symmetries_get_graph (symmetries);
  pair->checkpoint = checkpoint;
  pair->reference = reference;
  pair->n_tensors = am_graph_get_n_tensors (pair->graph);
  pair->tensors = g_new0 (const AmTensor *, pair->n_tensors + 1);
  pair->others = g_new0 (const AmTensor *, (gsize)pair->n_tensors * reference->n_models + 1);
  pair->counts = g_new0 (gboolean, pair->n_tensors + 1);
  for (guint i = 0; i < pair->n_tensors; i++)
    {
      const AmGraphTensor *expected = am_graph_get_tensor (pair->graph, i);

      pair->tensors[i] = find_tensor (model, checkpoint, expected);
      for (guint k = 0; k < reference->n_models && pair->tensors[i] != NULL; k++)
        {
          const AmTensor *other = find_tensor (reference->models[k], reference->checkpoints[k], expected);

          pair->others[(gsize)i * reference->n_models + k] = other;
          pair->counts[i] |= other != NULL;
        }
    }
  return pair;
}

void
am_matching_pair_free (AmMatchingPair *pair)
{
  if (pair == NULL)
    return;
  g_free (pair->tensors);
  g_free (pair->others);
  g_free (pair->counts);
  g_free (pair);
}

void
am_rows_clear (AmRows *rows)
{
  g_clear_pointer (&rows->data, g_free);
  g_clear_pointer (&rows->sum, g_free);
  rows->capacity = rows->sum_capacity = 0;
}

guint64
am_matching_pair_n_rows (const AmMatchingPair *pair, guint tensor)
{
  return pair->tensors[tensor]->n_dims > 0 ? pair->tensors[tensor]->shape[0] : 1;
}

guint64
am_matching_pair_row_length (const AmMatchingPair *pair, guint tensor)
{
  return pair->tensors[tensor]->length / am_matching_pair_n_rows (pair, tensor);
}

static const AmTensor *
get_other (const AmMatchingPair *pair, guint tensor, guint model)
{
  return pair->others[(gsize)tensor * pair->reference->n_models + model];
}

guint64
am_matching_pair_row_size (const AmMatchingPair *pair, guint tensor)
{
  guint64 size = pair->tensors[tensor]->size;

  for (guint k = 0; k < pair->reference->n_models; k++)
    if (get_other (pair, tensor, k) != NULL)
      size += get_other (pair, tensor, k)->size;
  return size / am_matching_pair_n_rows (pair, tensor);
}

static void
reserve (AmRows *rows, gsize size)
{
  if (rows->capacity >= size)
    return;
  g_free (rows->data);
  rows->data = g_malloc (size);
  rows->capacity = size;
}

/* How many rows from @first on follow one another in the file. */
static guint64
count_run (const guint32 *map, guint64 first, guint64 end)
{
  guint64 n = 1;

  if (map == NULL)
    return end - first;
  while (first + n < end && map[first + n] == map[first] + n)
    n++;
  return n;
}

typedef gboolean (*ReadBytes) (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset, gsize size,
                               gpointer dest, GError **error);

static gboolean
read_rows (AmCheckpoint *checkpoint, ReadBytes read, const AmTensor *tensor, guint64 row_length,
           guint64 first, guint64 n, const guint32 *map, AmRows *rows, GError **error)
{
  const gsize row_size = row_length * (am_dtype_get_bits (tensor->dtype) / 8);
  guint64 run;

  rows->dtype = tensor->dtype;
  reserve (rows, n * row_size);
  for (guint64 at = first; at < first + n; at += run)
    {
      guint64 source = map != NULL ? map[at] : at;

      run = count_run (map, at, first + n);
      if (!read (checkpoint, tensor, source * row_size, run * row_size, rows->data + (at - first) * row_size,
                 error))
        return FALSE;
    }
  return TRUE;
}

gboolean
am_matching_pair_read_model (const AmMatchingPair *pair, guint tensor, guint64 first, guint64 n,
                             const guint32 *map, AmRows *rows, GError **error)
{
  return read_rows (pair->checkpoint, am_checkpoint_read_stored, pair->tensors[tensor],
                    am_matching_pair_row_length (pair, tensor), first, n, map, rows, error);
}

/* Adds what @rows holds to its sum. */
static void
add_rows (AmRows *rows, gsize n)
{
  const gsize block = 4096;
  float values[4096];

  for (gsize at = 0; at < n; at += block)
    {
      gsize count = MIN (block, n - at);

      am_kernels_get ()->widen_float (values, rows->data + at * (am_dtype_get_bits (rows->dtype) / 8),
                                      rows->dtype, count);
      am_kernels_get ()->add_scaled_float (rows->sum + at, values, 1.0f, count);
    }
}

static void
open_sum (AmRows *rows, gsize n)
{
  if (rows->sum_capacity < n)
    {
      g_free (rows->sum);
      rows->sum = g_new (float, n);
      rows->sum_capacity = n;
    }
  memset (rows->sum, 0, n * sizeof (float));
}

/* The mean takes the place of what was read. */
static void
close_sum (AmRows *rows, gsize n, guint n_models)
{
  reserve (rows, n * sizeof (float));
  am_kernels_get ()->scale_float ((float *)(gpointer)rows->data, rows->sum, 1.0f / (float)n_models, n);
  rows->dtype = AM_DTYPE_F32;
}

gboolean
am_matching_pair_read_reference (const AmMatchingPair *pair, guint tensor, guint64 first, guint64 n,
                                 const guint32 *map, AmRows *rows, GError **error)
{
  const guint64 row_length = am_matching_pair_row_length (pair, tensor);
  guint n_models = 0;

  for (guint k = 0; k < pair->reference->n_models; k++)
    n_models += get_other (pair, tensor, k) != NULL ? 1 : 0;
  if (n_models > 1)
    open_sum (rows, n * row_length);
  for (guint k = 0; k < pair->reference->n_models; k++)
    {
      if (get_other (pair, tensor, k) == NULL)
        continue;
      if (!read_rows (pair->reference->checkpoints[k], am_checkpoint_read_bytes, get_other (pair, tensor, k),
                      row_length, first, n, map, rows, error))
        return FALSE;
      if (n_models > 1)
        add_rows (rows, n * row_length);
    }
  if (n_models > 1)
    close_sum (rows, n * row_length, n_models);
  return TRUE;
}
