#include "comparison.h"

#include <glib/gi18n.h>
#include <math.h>

struct _AmComparison
{
  GObject parent_instance;

  AmCheckpoint *checkpoints[AM_N_SIDES];
  AmModel *models[AM_N_SIDES];
  AmDifference *difference;
  AmCellDifference
      *cells; /* one row per block and one for all of them; one column per kind and one for all */
  AmComponentDifference components[AM_N_COMPONENTS];
  AmComponentDifference total;
};

G_DEFINE_FINAL_TYPE (AmComparison, am_comparison, G_TYPE_OBJECT)

static void
am_comparison_finalize (GObject *object)
{
  AmComparison *self = AM_COMPARISON (object);

  g_clear_pointer (&self->difference, am_difference_free);
  for (guint side = 0; side < AM_N_SIDES; side++)
    {
      g_clear_pointer (&self->models[side], am_model_free);
      g_clear_pointer (&self->checkpoints[side], am_checkpoint_free);
    }
  g_free (self->cells);

  G_OBJECT_CLASS (am_comparison_parent_class)->finalize (object);
}

static void
am_comparison_class_init (AmComparisonClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = am_comparison_finalize;
}

static void
am_comparison_init (AmComparison *self)
{
}

static guint
find_cell (AmComparison *self, guint block, guint layer)
{
  guint n_blocks = am_model_get_n_blocks (self->models[AM_SIDE_A]);

  return MIN (block, n_blocks) * (AM_N_LAYER_KINDS + 1) + MIN (layer, AM_N_LAYER_KINDS);
}

static void
sum_cells (AmComparison *self)
{
  guint n_blocks = am_model_get_n_blocks (self->models[AM_SIDE_A]);

  self->cells = g_new (AmCellDifference, (n_blocks + 1) * (AM_N_LAYER_KINDS + 1));
  for (guint block = 0; block <= n_blocks; block++)
    for (guint layer = 0; layer <= AM_N_LAYER_KINDS; layer++)
      am_difference_sum_cell (self->difference, block < n_blocks ? block : AM_BLOCK_NONE, layer,
                              &self->cells[find_cell (self, block, layer)]);
}

typedef struct
{
  double aa, bb, ab, dd;
} Sums;

static void
add_tensor (AmComponentDifference *part, Sums *sums, const AmTensorDifference *tensor)
{
  part->n_tensors++;
  part->n_shared += tensor->kind == AM_DIFFERENCE_COMPARED || tensor->kind == AM_DIFFERENCE_EXACT;
  part->n_equal += tensor->is_equal != FALSE;
  part->n_only_a += tensor->kind == AM_DIFFERENCE_ONLY_A;
  part->n_only_b += tensor->kind == AM_DIFFERENCE_ONLY_B;
  part->n_shape += tensor->kind == AM_DIFFERENCE_SHAPE;
  part->n_not_finite += tensor->n_not_finite_a + tensor->n_not_finite_b > 0;
  if (tensor->kind != AM_DIFFERENCE_COMPARED)
    return;
  part->n_compared++;
  sums->aa += tensor->norm_a * tensor->norm_a;
  sums->bb += tensor->norm_b * tensor->norm_b;
  sums->ab += isnan (tensor->cosine) ? 0.0 : tensor->cosine * tensor->norm_a * tensor->norm_b;
  sums->dd += tensor->norm_difference * tensor->norm_difference;
}

static void
finish_part (AmComponentDifference *part, const Sums *sums)
{
  part->relative_l2 = part->cosine = NAN;
  if (part->n_compared > 0)
    part->relative_l2 = sums->dd > 0.0 ? sqrt (sums->dd / sums->aa) : 0.0;
  if (sums->aa > 0.0 && sums->bb > 0.0)
    part->cosine = CLAMP (sums->ab / sqrt (sums->aa) / sqrt (sums->bb), -1.0, 1.0);
}

static void
sum_components (AmComparison *self)
{
  Sums sums[AM_N_COMPONENTS] = { { 0.0, 0.0, 0.0, 0.0 } };
  Sums unused = { 0.0, 0.0, 0.0, 0.0 };
  const AmCellDifference *all = am_comparison_get_cell (self, AM_BLOCK_NONE, AM_N_LAYER_KINDS);

  for (guint i = 0; i < self->difference->n_tensors; i++)
    {
      const AmTensorDifference *tensor = &self->difference->tensors[i];

      add_tensor (&self->components[tensor->component], &sums[tensor->component], tensor);
      add_tensor (&self->total, &unused, tensor);
    }
  for (guint i = 0; i < AM_N_COMPONENTS; i++)
    finish_part (&self->components[i], &sums[i]);
  self->total.relative_l2 = all->relative_l2;
  self->total.cosine = all->cosine;
}

typedef struct
{
  char *paths[AM_N_SIDES];
  guint n_threads;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_free (request->paths[AM_SIDE_A]);
  g_free (request->paths[AM_SIDE_B]);
  g_free (request);
}

static gboolean
open_sides (AmComparison *self, const Request *request, GError **error)
{
  for (guint side = 0; side < AM_N_SIDES; side++)
    {
      self->checkpoints[side] = am_checkpoint_open (request->paths[side], error);
      if (self->checkpoints[side] == NULL)
        return FALSE;
      self->models[side] = am_model_new (self->checkpoints[side]);
    }
  return TRUE;
}

static gpointer
compare (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const Request *request = data;
  g_autoptr (AmComparison) self = g_object_new (AM_TYPE_COMPARISON, NULL);

  if (!open_sides (self, request, error))
    return NULL;
  self->difference = am_difference_new (self->checkpoints[AM_SIDE_A], self->models[AM_SIDE_A],
                                        self->checkpoints[AM_SIDE_B], self->models[AM_SIDE_B],
                                        request->n_threads, progress, cancellable, error);
  if (self->difference == NULL)
    return NULL;
  sum_cells (self);
  sum_components (self);
  return g_steal_pointer (&self);
}

AmJob *
am_comparison_job_new (const char *path_a, const char *path_b, guint n_threads)
{
  Request *request = g_new0 (Request, 1);

  request->paths[AM_SIDE_A] = g_strdup (path_a);
  request->paths[AM_SIDE_B] = g_strdup (path_b);
  request->n_threads = n_threads;
  return am_job_new (_ ("Comparing"), compare, request, request_free, g_object_unref);
}

const AmDifference *
am_comparison_get_difference (AmComparison *self)
{
  return self->difference;
}

AmCheckpoint *
am_comparison_get_checkpoint (AmComparison *self, AmSide side)
{
  return self->checkpoints[side];
}

const AmModel *
am_comparison_get_model (AmComparison *self, AmSide side)
{
  return self->models[side];
}

const AmTensor *
am_comparison_get_tensor (AmComparison *self, AmSide side, guint index)
{
  gint number = am_model_find (self->models[side], self->difference->tensors[index].name);

  return number >= 0 ? am_checkpoint_get_tensor (self->checkpoints[side], (guint)number) : NULL;
}

const char *
am_comparison_get_block_name (AmComparison *self, guint index)
{
  const AmTensorDifference *tensor = &self->difference->tensors[index];
  const AmModel *model = self->models[tensor->kind == AM_DIFFERENCE_ONLY_B ? AM_SIDE_B : AM_SIDE_A];

  return tensor->block < am_model_get_n_blocks (model) ? am_model_get_block_name (model, tensor->block)
                                                       : NULL;
}

const AmCellDifference *
am_comparison_get_cell (AmComparison *self, guint block, guint layer)
{
  return &self->cells[find_cell (self, block, layer)];
}

const AmComponentDifference *
am_comparison_get_component (AmComparison *self, AmComponent component)
{
  return &self->components[component];
}

const AmComponentDifference *
am_comparison_get_total (AmComparison *self)
{
  return &self->total;
}
