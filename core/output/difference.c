#include "output/difference.h"

#include <math.h>
#include <string.h>

#include "kernels/kernels.h"
#include "base/text.h"
#include "output/sweep.h"

#define CHUNK_LENGTH 16384

/* A tensor of the union of both checkpoints. */
typedef struct
{
  const AmTensor *a;
  const AmTensor *b;
} Pair;

typedef struct
{
  AmCheckpoint *a;
  AmCheckpoint *b;
  const Pair *pairs;
  AmDifference *difference;
} Job;

typedef struct
{
  double a[CHUNK_LENGTH];
  double b[CHUNK_LENGTH];
} Buffers;

typedef struct
{
  double aa, bb, ab, dd;
} Sums;

const char *
am_difference_kind_get_id (AmDifferenceKind kind)
{
  static const char *const ids[AM_N_DIFFERENCE_KINDS] = { "compared", "only_a", "only_b", "shape", "exact" };

  return ids[kind];
}

void
am_difference_free (AmDifference *difference)
{
  g_free (difference->tensors);
  g_string_chunk_free (difference->names);
  g_free (difference->path_a);
  g_free (difference->path_b);
  g_free (difference);
}

static gboolean
is_same_value (double a, double b)
{
  return a == b || (isnan (a) && isnan (b));
}

/* Counts what is not finite and takes it, with its partner, out of the sums. */
static void
screen_chunk (AmTensorDifference *row, double *a, double *b, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      gboolean is_finite_a = isfinite (a[i]) != 0, is_finite_b = isfinite (b[i]) != 0;

      row->is_equal = row->is_equal && is_same_value (a[i], b[i]);
      row->n_not_finite_a += !is_finite_a;
      row->n_not_finite_b += !is_finite_b;
      if (!is_finite_a || !is_finite_b)
        a[i] = b[i] = 0.0;
      row->maximum = MAX (row->maximum, fabs (b[i] - a[i]));
    }
}

static void
add_chunk (Sums *sums, double *a, double *b, gsize n)
{
  const AmKernels *kernels = am_kernels_get ();

  sums->aa += kernels->dot_double (a, a, n);
  sums->bb += kernels->dot_double (b, b, n);
  sums->ab += kernels->dot_double (a, b, n);
  kernels->subtract_double (a, a, b, n);
  sums->dd += kernels->dot_double (a, a, n);
}

static void
finish_row (AmTensorDifference *row, const Sums *sums)
{
  row->norm_a = sqrt (sums->aa);
  row->norm_b = sqrt (sums->bb);
  row->norm_difference = sqrt (sums->dd);
  if (row->norm_a > 0.0)
    row->relative_l2 = row->norm_difference / row->norm_a;
  else
    row->relative_l2 = row->norm_b > 0.0 ? NAN : 0.0;
  if (row->norm_a > 0.0 && row->norm_b > 0.0)
    row->cosine = CLAMP (sums->ab / row->norm_a / row->norm_b, -1.0, 1.0);
}

static gboolean
compare_values (Job *job, AmSweep *sweep, const Pair *pair, AmTensorDifference *row, Buffers *buffers,
                GError **error)
{
  Sums sums = { 0.0, 0.0, 0.0, 0.0 };

  row->is_equal = TRUE;
  for (guint64 first = 0; first < pair->a->length; first += CHUNK_LENGTH)
    {
      gsize n = (gsize)MIN (CHUNK_LENGTH, pair->a->length - first);

      if (!am_checkpoint_read_doubles (job->a, pair->a, first, n, buffers->a, error)
          || !am_checkpoint_read_doubles (job->b, pair->b, first, n, buffers->b, error))
        return FALSE;
      screen_chunk (row, buffers->a, buffers->b, n);
      add_chunk (&sums, buffers->a, buffers->b, n);
      if (!am_sweep_advance (sweep, row->name,
                             n * (pair->a->size / pair->a->length + pair->b->size / pair->b->length), error))
        return FALSE;
    }
  finish_row (row, &sums);
  return TRUE;
}

static gboolean
compare_bytes (Job *job, AmSweep *sweep, const Pair *pair, AmTensorDifference *row, Buffers *buffers,
               GError **error)
{
  row->is_equal = pair->a->dtype == pair->b->dtype && pair->a->size == pair->b->size;
  for (guint64 offset = 0; row->is_equal && offset < pair->a->size; offset += sizeof buffers->a)
    {
      gsize size = (gsize)MIN (sizeof buffers->a, pair->a->size - offset);

      if (!am_checkpoint_read_bytes (job->a, pair->a, offset, size, buffers->a, error)
          || !am_checkpoint_read_bytes (job->b, pair->b, offset, size, buffers->b, error))
        return FALSE;
      row->is_equal = memcmp (buffers->a, buffers->b, size) == 0;
      if (!am_sweep_advance (sweep, row->name, 2 * size, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
compare_pair (AmSweep *sweep, guint index, gpointer buffer, gpointer user_data, GError **error)
{
  Job *job = user_data;
  AmTensorDifference *row = &job->difference->tensors[index];

  if (row->kind == AM_DIFFERENCE_COMPARED)
    return compare_values (job, sweep, &job->pairs[index], row, buffer, error);
  if (row->kind == AM_DIFFERENCE_EXACT)
    return compare_bytes (job, sweep, &job->pairs[index], row, buffer, error);
  return TRUE;
}

static AmDifferenceKind
classify_pair (const Pair *pair)
{
  if (pair->b == NULL)
    return AM_DIFFERENCE_ONLY_A;
  if (pair->a == NULL)
    return AM_DIFFERENCE_ONLY_B;
  if (pair->a->n_dims != pair->b->n_dims
      || memcmp (pair->a->shape, pair->b->shape, pair->a->n_dims * sizeof *pair->a->shape) != 0)
    return AM_DIFFERENCE_SHAPE;
  if (am_dtype_is_mergeable (pair->a->dtype) && am_dtype_is_mergeable (pair->b->dtype))
    return AM_DIFFERENCE_COMPARED;
  return AM_DIFFERENCE_EXACT;
}

static void
add_row (GArray *rows, GArray *pairs, GStringChunk *names, const AmTensorRole *role, Pair pair)
{
  AmTensorDifference row = { .cosine = NAN, .relative_l2 = NAN };

  row.name = g_string_chunk_insert (names, role->canonical);
  row.kind = classify_pair (&pair);
  row.component = role->component;
  row.block = role->block;
  row.layer = role->kind;
  row.length = pair.a != NULL ? pair.a->length : pair.b->length;
  g_array_append_val (rows, row);
  g_array_append_val (pairs, pair);
}

typedef struct
{
  const AmTensorRole *role;
  guint index;
} Named;

static gint
order_named (gconstpointer a, gconstpointer b)
{
  return strcmp (((const Named *)a)->role->canonical, ((const Named *)b)->role->canonical);
}

static GArray *
list_named (const AmCheckpoint *checkpoint, const AmModel *model)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Named));

  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    {
      Named named = { am_model_get_role (model, i), i };

      g_array_append_val (list, named);
    }
  g_array_sort (list, order_named);
  return list;
}

/* Both sides come sorted by canonical name, as the result does. */
static GArray *
pair_tensors (const AmCheckpoint *a_checkpoint, const AmModel *a, const AmCheckpoint *b_checkpoint,
              const AmModel *b, AmDifference *difference)
{
  g_autoptr (GArray) list_a = list_named (a_checkpoint, a);
  g_autoptr (GArray) list_b = list_named (b_checkpoint, b);
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (AmTensorDifference));
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (Pair));
  guint i = 0, j = 0;

  while (i < list_a->len || j < list_b->len)
    {
      const Named *at_a = i < list_a->len ? &g_array_index (list_a, Named, i) : NULL;
      const Named *at_b = j < list_b->len ? &g_array_index (list_b, Named, j) : NULL;
      gint order = at_a == NULL ? 1 : at_b == NULL ? -1 : order_named (at_a, at_b);
      Pair pair = { order <= 0 ? am_checkpoint_get_tensor (a_checkpoint, at_a->index) : NULL,
                    order >= 0 ? am_checkpoint_get_tensor (b_checkpoint, at_b->index) : NULL };

      add_row (rows, pairs, difference->names, order <= 0 ? at_a->role : at_b->role, pair);
      i += order <= 0;
      j += order >= 0;
    }
  difference->n_tensors = rows->len;
  difference->tensors = (AmTensorDifference *)(gpointer)g_array_free (rows, FALSE);
  return pairs;
}

static guint64
sum_sizes (const AmDifference *difference, const GArray *pairs)
{
  guint64 total = 0;

  for (guint i = 0; i < pairs->len; i++)
    {
      const Pair *pair = &g_array_index (pairs, Pair, i);

      if (difference->tensors[i].kind == AM_DIFFERENCE_COMPARED
          || difference->tensors[i].kind == AM_DIFFERENCE_EXACT)
        total += pair->a->size + pair->b->size;
    }
  return total;
}

AmDifference *
am_difference_new (const AmCheckpoint *a_checkpoint, const AmModel *a, const AmCheckpoint *b_checkpoint,
                   const AmModel *b, guint n_threads, const AmProgress *progress, GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (AmDifference) difference = g_new0 (AmDifference, 1);
  g_autoptr (GArray) pairs = NULL;
  Job job = { (AmCheckpoint *)a_checkpoint, (AmCheckpoint *)b_checkpoint, NULL, difference };
  AmSweepTask task = {
    .stage = N_ ("Comparing"),
    .buffer_size = sizeof (Buffers),
    .n_threads = n_threads,
    .progress = progress,
    .cancellable = cancellable,
    .func = compare_pair,
    .user_data = &job,
  };

  difference->names = g_string_chunk_new (4096);
  difference->path_a = g_strdup (am_checkpoint_get_path (a_checkpoint));
  difference->path_b = g_strdup (am_checkpoint_get_path (b_checkpoint));
  pairs = pair_tensors (a_checkpoint, a, b_checkpoint, b, difference);
  job.pairs = (const Pair *)(gpointer)pairs->data;
  task.n_items = pairs->len;
  task.total_size = sum_sizes (difference, pairs);
  if (!am_sweep_run (&task, error))
    return NULL;
  return g_steal_pointer (&difference);
}

static gboolean
is_in_cell (const AmTensorDifference *row, guint block, AmLayerKind layer)
{
  return row->kind == AM_DIFFERENCE_COMPARED && row->component != AM_COMPONENT_EMA
         && row->component != AM_COMPONENT_SCHEDULE && row->component != AM_COMPONENT_OTHER
         && (block == AM_BLOCK_NONE || row->block == block)
         && (layer == AM_N_LAYER_KINDS || row->layer == layer);
}

static void
finish_cell (AmCellDifference *cell, const Sums *sums)
{
  if (cell->n_tensors == 0)
    return;
  cell->relative_l2 = sums->dd > 0.0 ? sqrt (sums->dd / sums->aa) : 0.0;
  if (sums->aa > 0.0 && sums->bb > 0.0)
    cell->cosine = CLAMP (sums->ab / sqrt (sums->aa) / sqrt (sums->bb), -1.0, 1.0);
}

void
am_difference_sum_cell (const AmDifference *difference, guint block, AmLayerKind layer,
                        AmCellDifference *cell)
{
  Sums sums = { 0.0, 0.0, 0.0, 0.0 };

  *cell = (AmCellDifference){ 0, NAN, NAN, 0.0 };
  for (guint i = 0; i < difference->n_tensors; i++)
    {
      const AmTensorDifference *row = &difference->tensors[i];

      if (!is_in_cell (row, block, layer))
        continue;
      cell->n_tensors++;
      cell->maximum = MAX (cell->maximum, row->maximum);
      sums.aa += row->norm_a * row->norm_a;
      sums.bb += row->norm_b * row->norm_b;
      sums.ab += isnan (row->cosine) ? 0.0 : row->cosine * row->norm_a * row->norm_b;
      sums.dd += row->norm_difference * row->norm_difference;
    }
  finish_cell (cell, &sums);
}

double
am_difference_get_cell (const AmDifference *difference, guint block, AmLayerKind layer)
{
  AmCellDifference cell;

  am_difference_sum_cell (difference, block, layer, &cell);
  return cell.relative_l2;
}
