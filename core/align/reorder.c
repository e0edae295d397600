#include "align/reorder.h"

#include <string.h>

static gsize
count_elements (const AmFactor *factor)
{
  return (gsize)factor->n_branches * factor->size;
}

static gsize
matrix_bytes (const AmFactor *factor)
{
  return count_elements (factor) * factor->size * sizeof (double);
}

AmReorder *
am_reorder_new (const AmSymmetries *symmetries)
{
  const guint n = am_symmetries_get_n_factors (symmetries);
  AmReorder *reorder = g_new0 (AmReorder, 1);

  reorder->symmetries = symmetries;
  reorder->permutations = g_new0 (guint32 *, n);
  reorder->rotations = g_new0 (double *, n);
  for (guint f = 0; f < n; f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, f);
      const gsize n_elements = count_elements (factor);

      reorder->permutations[f] = g_new (guint32, n_elements);
      for (gsize i = 0; i < n_elements; i++)
        reorder->permutations[f][i] = (guint32)(i % factor->size);
    }
  return reorder;
}

void
am_reorder_free (AmReorder *reorder)
{
  if (reorder == NULL)
    return;
  for (guint f = 0; f < am_symmetries_get_n_factors (reorder->symmetries); f++)
    {
      g_free (reorder->permutations[f]);
      g_free (reorder->rotations[f]);
    }
  g_free (reorder->permutations);
  g_free (reorder->rotations);
  g_free (reorder);
}

AmReorder *
am_reorder_copy (const AmReorder *reorder)
{
  AmReorder *copy = am_reorder_new (reorder->symmetries);

  for (guint f = 0; f < am_symmetries_get_n_factors (reorder->symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, f);

      memcpy (copy->permutations[f], reorder->permutations[f], count_elements (factor) * sizeof (guint32));
      copy->rotations[f] = g_memdup2 (reorder->rotations[f], matrix_bytes (factor));
    }
  return copy;
}

/* For each branch of factor @f, the branch of the factor before that it takes its elements from. */
static guint32 *
list_sources (const AmReorder *reorder, guint f, guint32 **sources)
{
  const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, f);
  guint32 *source = g_new0 (guint32, factor->n_branches);
  const AmFactor *parent;

  if (factor->parent < 0)
    return source;
  parent = am_symmetries_get_factor (reorder->symmetries, (guint)factor->parent);
  for (guint b = 0; b < factor->n_branches; b++)
    source[b]
        = sources[factor->parent][b / parent->size] * parent->size + reorder->permutations[factor->parent][b];
  return source;
}

/* The matrix behind a permutation whose inverse is @inverse, undone: rows and columns change places, and both
 * are permuted back. */
static void
invert_matrix (const double *matrix, const guint32 *inverse, guint size, double *result)
{
  for (gsize i = 0; i < size; i++)
    for (gsize k = 0; k < size; k++)
      result[i * size + k] = matrix[(gsize)inverse[k] * size + inverse[i]];
}

static void
invert_factor (const AmReorder *reorder, guint f, const guint32 *source, AmReorder *inverse)
{
  const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, f);
  const gsize size = factor->size;

  if (reorder->rotations[f] != NULL)
    inverse->rotations[f] = g_malloc (matrix_bytes (factor));
  for (gsize b = 0; b < factor->n_branches; b++)
    {
      const guint32 *permutation = reorder->permutations[f] + b * size;
      guint32 *undone = inverse->permutations[f] + source[b] * size;

      for (guint x = 0; x < size; x++)
        undone[permutation[x]] = x;
      if (reorder->rotations[f] != NULL)
        invert_matrix (reorder->rotations[f] + b * size * size, undone, factor->size,
                       inverse->rotations[f] + source[b] * size * size);
    }
}

AmReorder *
am_reorder_invert (const AmReorder *reorder)
{
  const guint n = am_symmetries_get_n_factors (reorder->symmetries);
  AmReorder *inverse = am_reorder_new (reorder->symmetries);
  g_autofree guint32 **sources = g_new0 (guint32 *, n);

  for (guint f = 0; f < n; f++)
    {
      sources[f] = list_sources (reorder, f, sources);
      invert_factor (reorder, f, sources[f], inverse);
    }
  for (guint f = 0; f < n; f++)
    g_free (sources[f]);
  return inverse;
}

gboolean
am_reorder_is_identity (const AmReorder *reorder)
{
  for (guint f = 0; f < am_symmetries_get_n_factors (reorder->symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, f);

      if (reorder->rotations[f] != NULL)
        return FALSE;
      for (gsize i = 0; i < count_elements (factor); i++)
        if (reorder->permutations[f][i] != i % factor->size)
          return FALSE;
    }
  return TRUE;
}

static gboolean
is_same_rotation (const AmFactor *factor, const double *a, const double *b)
{
  if (a == NULL || b == NULL)
    return a == b;
  return memcmp (a, b, matrix_bytes (factor)) == 0;
}

gboolean
am_reorder_is_equal (const AmReorder *a, const AmReorder *b)
{
  for (guint f = 0; f < am_symmetries_get_n_factors (a->symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (a->symmetries, f);

      if (memcmp (a->permutations[f], b->permutations[f], count_elements (factor) * sizeof **a->permutations)
              != 0
          || !is_same_rotation (factor, a->rotations[f], b->rotations[f]))
        return FALSE;
    }
  return TRUE;
}

gboolean
am_reorder_has_rotation (const AmReorder *reorder, guint factor)
{
  return reorder->rotations[factor] != NULL;
}

/* Whether element @index, a branch and a value, moved: an element of the parent is a branch. */
static gboolean
is_moved (const AmReorder *reorder, guint f, gsize index)
{
  const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, f);

  if (reorder->permutations[f][index] != index % factor->size)
    return TRUE;
  return factor->parent >= 0 && is_moved (reorder, (guint)factor->parent, index / factor->size);
}

guint
am_reorder_count_moved (const AmReorder *reorder, guint factor)
{
  const gsize n = count_elements (am_symmetries_get_factor (reorder->symmetries, factor));
  guint n_moved = 0;

  for (gsize i = 0; i < n; i++)
    n_moved += is_moved (reorder, factor, i) ? 1 : 0;
  return n_moved;
}
