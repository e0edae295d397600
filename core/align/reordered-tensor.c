#include "align/reordered-tensor-private.h"

/* Longer units are read by themselves. */
#define UNIT_BYTES 4096

/* In small tensors, shorter rows than this are units of one row. */
#define SMALL_UNIT_BYTES 512

static guint64
count_behind (const AmReorderedTensor *reordered, guint axis)
{
  guint64 n = 1;

  for (guint i = axis + 1; i < reordered->n_axes; i++)
    n *= reordered->axes[i].length;
  return n;
}

/* The last axis that is permuted, or 0. */
static guint
find_last (const AmReorderedTensor *reordered)
{
  guint axis = reordered->n_axes - 1;

  while (axis > 0 && reordered->axes[axis].map == NULL)
    axis--;
  return axis;
}

static gboolean
is_permuted_inside (const AmReorderedTensor *reordered, guint axis, guint64 unit_bytes)
{
  if (unit_bytes >= UNIT_BYTES)
    return FALSE;
  if (axis > 0 || reordered->n_axes == 1)
    return reordered->axes[axis].map != NULL;
  return unit_bytes < SMALL_UNIT_BYTES && reordered->size <= AM_REORDER_BATCH;
}

static void
lay_out (AmReorderedTensor *reordered)
{
  const gsize bytes = am_dtype_get_bits (reordered->dtype) / 8;
  const guint last = find_last (reordered);
  const guint64 unit_bytes = count_behind (reordered, last) * bytes;

  reordered->size = count_behind (reordered, 0) * reordered->axes[0].length * bytes;
  reordered->n_outer = last + 1;
  reordered->row_bytes = unit_bytes;
  if (is_permuted_inside (reordered, last, unit_bytes))
    {
      reordered->n_outer = last;
      reordered->map = reordered->axes[last].map;
      reordered->unit_bytes = (gsize)unit_bytes;
      reordered->row_bytes = unit_bytes * reordered->axes[last].length;
    }
  for (guint i = 0; i < reordered->n_outer; i++)
    reordered->is_scattered |= reordered->axes[i].map != NULL;
}

AmReorderedTensor *
am_reordered_tensor_new (AmDtype dtype, guint n_axes, AmReorderedAxis *axes, GPtrArray *matrices)
{
  AmReorderedTensor *reordered = g_new0 (AmReorderedTensor, 1);
  gboolean moves = FALSE;

  g_assert (n_axes >= 1 && n_axes <= AM_MAX_AXES && am_dtype_get_bits (dtype) >= 8);
  reordered->dtype = dtype;
  reordered->n_axes = n_axes;
  for (guint i = 0; i < n_axes; i++)
    {
      reordered->axes[i] = axes[i];
      axes[i] = (AmReorderedAxis){ 0 };
      moves |= reordered->axes[i].map != NULL;
      reordered->is_mixed |= reordered->axes[i].mixtures != NULL;
      reordered->is_mixed_inside |= i > 0 && reordered->axes[i].mixtures != NULL;
    }
  if (reordered->is_mixed)
    reordered->matrices = g_ptr_array_ref (matrices);
  if (!moves && !reordered->is_mixed)
    g_clear_pointer (&reordered, am_reordered_tensor_free);
  else
    lay_out (reordered);
  return reordered;
}

void
am_reordered_tensor_free (AmReorderedTensor *reordered)
{
  for (guint i = 0; i < reordered->n_axes; i++)
    am_reordered_axis_clear (&reordered->axes[i]);
  g_clear_pointer (&reordered->matrices, g_ptr_array_unref);
  g_free (reordered);
}

gboolean
am_reordered_tensor_read (AmCheckpoint *checkpoint, const AmTensor *tensor, guint64 offset, gsize size,
                          gpointer dest, gpointer user_data, GError **error)
{
  AmReorderedTensor *reordered = user_data;
  const AmReorderedRead read = { checkpoint, tensor, reordered, error };

  /* Rows are picked from everywhere, which defeats the read-ahead of the system. */
  if (reordered->is_scattered && g_atomic_int_compare_and_exchange (&reordered->is_prefetched, FALSE, TRUE))
    am_checkpoint_prefetch (checkpoint, tensor);
  if (reordered->is_mixed)
    return am_reordered_read_mixed (&read, offset, size, dest);
  return am_reordered_read_rows (&read, offset, size, dest);
}
