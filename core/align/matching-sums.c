#include "align/matching-sums.h"

#include <math.h>

#include "base/text.h"
#include "kernels/kernels.h"

#define BLOCK 65536

typedef struct
{
  const AmMatchingPair *pair;
  guint tensor;
  AmColumns columns;
  AmRows reference, model;
  guint64 reference_offsets[BLOCK], model_offsets[BLOCK];
  float a[BLOCK], b[BLOCK];
  double inner, norm_a, norm_b;
} Sum;

static void
add_block (Sum *sum, guint64 n_rows, guint64 first, gsize n)
{
  am_columns_locate (&sum->columns, n_rows, first, n, sum->reference_offsets, sum->model_offsets);
  am_columns_gather (&sum->reference, 0, sum->reference_offsets, n,
                     am_columns_are_run (sum->reference_offsets, n), sum->a);
  am_columns_gather (&sum->model, 0, sum->model_offsets, n, am_columns_are_run (sum->model_offsets, n),
                     sum->b);
  sum->inner += am_kernels_get ()->dot_float (sum->a, sum->b, n);
  sum->norm_a += am_kernels_get ()->dot_float (sum->a, sum->a, n);
  sum->norm_b += am_kernels_get ()->dot_float (sum->b, sum->b, n);
}

/* As many rows at a time as make about a block. */
static gboolean
add_rows (Sum *sum, AmCrew *crew, GError **error)
{
  const guint64 n_columns = sum->columns.n_columns;
  const guint64 step = MAX (1, BLOCK / n_columns);

  for (guint64 row = 0; row < sum->columns.n_rows; row += step)
    {
      guint64 n_rows = MIN (step, sum->columns.n_rows - row);

      if (!am_crew_check (crew, error)
          || !am_matching_pair_read_reference (sum->pair, sum->tensor, row, n_rows, NULL, &sum->reference,
                                               error)
          || !am_matching_pair_read_model (sum->pair, sum->tensor, row, n_rows, sum->columns.row_map,
                                           &sum->model, error))
        return FALSE;
      for (guint64 done = 0; done < n_rows * n_columns; done += BLOCK)
        add_block (sum, n_rows, done, MIN (BLOCK, n_rows * n_columns - done));
    }
  return TRUE;
}

static gboolean
refuse (const AmCheckpoint *checkpoint, const AmTensor *tensor, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
               T_ ("%s: tensor “%s” has weights that are not finite numbers, so it cannot be aligned"),
               am_checkpoint_get_path (checkpoint), tensor->name);
  return FALSE;
}

/* Of several models that make the reference, the one with the bad weight is not known: the first is named. */
static gboolean
check_norms (const Sum *sum, GError **error)
{
  const AmReference *reference = sum->pair->reference;

  if (!isfinite (sum->norm_b))
    return refuse (sum->pair->checkpoint, sum->pair->tensors[sum->tensor], error);
  for (guint k = 0; k < reference->n_models && !isfinite (sum->norm_a); k++)
    {
      const AmTensor *other = sum->pair->others[(gsize)sum->tensor * reference->n_models + k];

      if (other != NULL)
        return refuse (reference->checkpoints[k], other, error);
    }
  return TRUE;
}

gboolean
am_matching_sum (const AmMatchingPair *pair, guint tensor, const AmReorder *reorder, AmCrew *crew,
                 double *inner, double *norm_a, double *norm_b, GError **error)
{
  g_autofree Sum *sum = g_new (Sum, 1);
  gboolean is_done;

  sum->pair = pair;
  sum->tensor = tensor;
  sum->inner = sum->norm_a = sum->norm_b = 0.0;
  sum->reference = sum->model = (AmRows){ 0 };
  am_columns_init (&sum->columns, pair, NULL, tensor, NULL, 0, reorder);
  is_done = add_rows (sum, crew, error);
  am_columns_clear (&sum->columns);
  am_rows_clear (&sum->reference);
  am_rows_clear (&sum->model);
  if (!is_done || (norm_a != NULL && !check_norms (sum, error)))
    return FALSE;
  *inner = sum->inner;
  if (norm_a != NULL)
    *norm_a = sum->norm_a;
  if (norm_b != NULL)
    *norm_b = sum->norm_b;
  return TRUE;
}
