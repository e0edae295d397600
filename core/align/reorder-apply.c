/* Makes a checkpoint hand out reordered values. */
#include <string.h>

#include "align/reordered-tensor.h"

static void
free_reordered (gpointer data)
{
  am_reordered_tensor_free (data);
}

/* Axes of one element may come and go: a 1 x 1 convolution is a matrix. */
static gboolean
is_same_shape (const AmGraphTensor *expected, const AmTensor *tensor)
{
  guint i = 0, k = 0;

  while (TRUE)
    {
      while (i < expected->n_dims && expected->shape[i] == 1)
        i++;
      while (k < tensor->n_dims && tensor->shape[k] == 1)
        k++;
      if (i == expected->n_dims || k == tensor->n_dims)
        return i == expected->n_dims && k == tensor->n_dims;
      if (expected->shape[i++] != tensor->shape[k++])
        return FALSE;
    }
}

static gboolean
has_rotation (const AmReorderedAxis *axes, guint n_axes)
{
  for (guint i = 0; i < n_axes; i++)
    if (axes[i].mixtures != NULL)
      return TRUE;
  return FALSE;
}

/* Copies of the rotations, for all tensors that use them. */
static GPtrArray *
copy_matrices (const AmReorder *reorder)
{
  GPtrArray *matrices = g_ptr_array_new_with_free_func (g_free);

  for (guint f = 0; f < am_symmetries_get_n_factors (reorder->symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, f);

      g_ptr_array_add (matrices, g_memdup2 (reorder->rotations[f], (gsize)factor->n_branches * factor->size
                                                                       * factor->size * sizeof (double)));
    }
  return matrices;
}

static AmReorderedTensor *
reorder_tensor (const AmReorder *reorder, guint number, const AmTensor *tensor, GPtrArray *matrices)
{
  const AmGraphTensor *expected = am_graph_get_tensor (am_symmetries_get_graph (reorder->symmetries), number);
  AmReorderedAxis axes[AM_MAX_AXES];
  AmReorderedTensor *reordered = NULL;

  if (expected->n_dims == 0 || tensor->length == 0 || am_dtype_get_bits (tensor->dtype) < 8
      || !is_same_shape (expected, tensor))
    return NULL;
  for (guint i = 0; i < expected->n_dims; i++)
    am_reordered_axis_init (&axes[i], reorder, am_symmetries_find_binding (reorder->symmetries, number, i),
                            expected->shape[i], matrices);
  if (am_dtype_is_mergeable (tensor->dtype) || !has_rotation (axes, expected->n_dims))
    reordered = am_reordered_tensor_new (tensor->dtype, expected->n_dims, axes, matrices);
  for (guint i = 0; i < expected->n_dims; i++)
    am_reordered_axis_clear (&axes[i]);
  return reordered;
}

static void
apply_to (const AmReorder *reorder, guint number, const char *name, const AmModel *model,
          AmCheckpoint *checkpoint, GPtrArray *matrices)
{
  const gint index = am_model_find (model, name);
  const AmTensor *tensor;
  AmReorderedTensor *reordered;

  if (index < 0)
    return;
  tensor = am_checkpoint_get_tensor (checkpoint, (guint)index);
  reordered = reorder_tensor (reorder, number, tensor, matrices);
  am_checkpoint_set_reader (checkpoint, tensor, reordered != NULL ? am_reordered_tensor_read : NULL,
                            reordered, free_reordered);
}

void
am_reorder_apply (const AmReorder *reorder, const AmModel *model, AmCheckpoint *checkpoint)
{
  const AmGraph *graph = am_symmetries_get_graph (reorder->symmetries);
  g_autoptr (GPtrArray) matrices = copy_matrices (reorder);

  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (graph, i);

      apply_to (reorder, i, tensor->name, model, checkpoint, matrices);
      for (guint k = 0; tensor->copies != NULL && k < tensor->copies->len; k++)
        apply_to (reorder, i, g_ptr_array_index (tensor->copies, k), model, checkpoint, matrices);
    }
}
