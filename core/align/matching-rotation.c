/* Rotations of channels inside attention heads: for each factor and branch the orthogonal matrix that brings
 * the permuted units nearest to those of the reference. */
#include <math.h>
#include <string.h>

#include "align/weight-matching-private.h"
#include "base/error.h"
#include "base/text.h"
#include "kernels/linalg.h"

/* A rotation is worth having if it gains more than this part of what there is: rounding errors are less. */
#define LEAST_GAIN 1e-6

/* A factor that rotates, with what it has in one slice: [n_slices][n_branches][size][size] */
typedef struct
{
  AmMatcher *matcher;
  guint number; /* of the tree */
  const AmMatchingTree *tree;
  gint factor;
  gsize size, n_branches;
  double **blocks; /* [n_slices of the tree], NULL for those the factor is not in */
  double *gains;   /* [n_slices of the tree] */
} Rotation;

static gint
find_digit (const AmMatchingSpace *space, gint factor)
{
  for (guint k = 0; k < space->n_digits; k++)
    if (space->factors[k] == factor)
      return (gint)k;
  return -1;
}

static gsize
size_of (const AmSymmetries *symmetries, gint factor)
{
  return am_symmetries_get_factor (symmetries, (guint)factor)->size;
}

/* Where element @i of a space is: its value of digit @digit, the distance between values, and the branch. */
static void
locate (const AmSymmetries *symmetries, const AmMatchingSpace *space, guint digit, gsize i, gsize *value,
        gsize *stride, gsize *branch)
{
  gsize values[AM_MAX_DIGITS];

  *stride = 1;
  for (guint k = space->n_digits; k-- > 0;)
    {
      gsize size = size_of (symmetries, space->factors[k]);

      values[k] = i % size;
      i /= size;
      if (k > digit)
        *stride *= size;
    }
  *value = values[digit];
  *branch = 0;
  for (guint k = 0; k < digit; k++)
    if (am_matching_is_ancestor (symmetries, space->factors[k], space->factors[digit]))
      *branch = *branch * size_of (symmetries, space->factors[k]) + values[k];
}

/* Adds up, from the similarities of a slice, those of units that may be mixed: unit x of the reference and
 * unit y of the permuted model, in the same branch. */
static void
collect (const Rotation *rotation, const AmMatchingSpace *space, const float *sums, double *blocks)
{
  const AmSymmetries *symmetries = rotation->matcher->forest->symmetries;
  const guint digit = (guint)find_digit (space, rotation->factor);
  const gsize size = rotation->size;
  g_autofree guint32 *map = g_new (guint32, space->size);

  am_matching_map_space (symmetries, space, rotation->matcher->reorder->permutations, map);
  for (gsize i = 0; i < space->size; i++)
    {
      gsize value, stride, branch;
      double *row;

      locate (symmetries, space, digit, i, &value, &stride, &branch);
      row = blocks + (branch * size + value) * size;
      for (gsize y = 0; y < size; y++)
        row[y] += (double)sums[i * space->size + map[i - value * stride + y * stride]];
    }
}

static gboolean
compare_slices (Rotation *rotation, GError **error)
{
  AmSimilarity similarity = am_matcher_get_similarity (rotation->matcher, rotation->number);
  const gsize n = rotation->n_branches * rotation->size * rotation->size;

  similarity.normalise = FALSE;
  for (guint i = 0; i < rotation->tree->n_slices; i++)
    {
      const AmMatchingSlice *slice = &rotation->tree->slices[i];
      const AmMatchingSpace *space = &rotation->tree->spaces[slice->space];
      g_autofree float *sums = NULL;

      if (find_digit (space, rotation->factor) < 0)
        continue;
      sums = g_new0 (float, space->size * space->size);
      if (!am_similarity_add (&similarity, rotation->number, slice, 1, NULL, sums, error))
        return FALSE;
      rotation->blocks[i] = g_new0 (double, n);
      collect (rotation, space, sums, rotation->blocks[i]);
      for (gsize k = 0; k < n; k++)
        rotation->blocks[i][k] /= (double)similarity.scale_a * (double)similarity.scale_b;
    }
  return TRUE;
}

/* The sum over all slices for one branch. */
static void
add_slices (const Rotation *rotation, gsize branch, double *block)
{
  const gsize n = rotation->size * rotation->size;

  memset (block, 0, n * sizeof (double));
  for (guint i = 0; i < rotation->tree->n_slices; i++)
    for (gsize k = 0; k < n && rotation->blocks[i] != NULL; k++)
      block[k] += rotation->blocks[i][branch * n + k];
}

static double
trace_of (const double *block, gsize size)
{
  double trace = 0.0;

  for (gsize x = 0; x < size; x++)
    trace += block[x * size + x];
  return trace;
}

static void
set_identity (double *matrix, gsize size)
{
  memset (matrix, 0, size * size * sizeof (double));
  for (gsize x = 0; x < size; x++)
    matrix[x * size + x] = 1.0;
}

static void
count_gains (Rotation *rotation, gsize branch, const double *matrix)
{
  const gsize n = rotation->size * rotation->size;

  for (guint i = 0; i < rotation->tree->n_slices; i++)
    {
      const double *block = rotation->blocks[i];

      if (block == NULL)
        continue;
      rotation->gains[i] -= trace_of (block + branch * n, rotation->size);
      for (gsize k = 0; k < n; k++)
        rotation->gains[i] += matrix[k] * block[branch * n + k];
    }
}

static gboolean
rotate_branch (Rotation *rotation, gsize branch, double *block, double *matrix, GError **error)
{
  double before, trace;

  add_slices (rotation, branch, block);
  before = trace_of (block, rotation->size);
  if (!am_linalg_polar (block, rotation->size, matrix, &trace))
    {
      g_set_error (
          error, AM_ERROR, AM_ERROR_CORRUPT,
          T_ ("%s: the rotation of “%s” cannot be found, its weights are too large: align without"),
          am_checkpoint_get_path (rotation->matcher->pair->checkpoint),
          am_symmetries_get_factor (rotation->matcher->forest->symmetries, (guint)rotation->factor)->name);
      return FALSE;
    }
  if (trace - before > LEAST_GAIN * trace)
    count_gains (rotation, branch, matrix);
  else
    set_identity (matrix, rotation->size);
  return TRUE;
}

static gboolean
is_identity (const double *matrices, gsize n_branches, gsize size)
{
  for (gsize i = 0; i < n_branches * size * size; i++)
    if (matrices[i] != (i % (size * size) % (size + 1) == 0 ? 1.0 : 0.0))
      return FALSE;
  return TRUE;
}

static gboolean
rotate_branches (Rotation *rotation, GError **error)
{
  const gsize n = rotation->size * rotation->size;
  g_autofree double *matrices = g_new (double, rotation->n_branches *n);
  g_autofree double *block = g_new (double, n);

  for (gsize branch = 0; branch < rotation->n_branches; branch++)
    if (!am_crew_check (rotation->matcher->crew, error)
        || !rotate_branch (rotation, branch, block, matrices + branch * n, error))
      return FALSE;
  g_clear_pointer (&rotation->matcher->reorder->rotations[rotation->factor], g_free);
  if (!is_identity (matrices, rotation->n_branches, rotation->size))
    rotation->matcher->reorder->rotations[rotation->factor] = g_steal_pointer (&matrices);
  return TRUE;
}

/* @gains: [n_slices of the tree] is added to. */
static gboolean
rotate_factor (AmMatcher *matcher, guint number, gint factor, double *gains, GError **error)
{
  const AmFactor *what = am_symmetries_get_factor (matcher->forest->symmetries, (guint)factor);
  const AmMatchingTree *tree = &matcher->forest->trees[number];
  Rotation rotation
      = { matcher, number, tree, factor, what->size, what->n_branches, g_new0 (double *, tree->n_slices),
          gains };
  gboolean is_done = compare_slices (&rotation, error) && rotate_branches (&rotation, error);

  for (guint i = 0; i < tree->n_slices; i++)
    g_free (rotation.blocks[i]);
  g_free (rotation.blocks);
  return is_done;
}

/* What rotates, decided beforehand, and what each slice of each tree gained. */
typedef struct
{
  AmMatcher *matcher;
  gboolean *rotates; /* [n_factors of the network] */
  double **gains;    /* [n_trees][n_slices] */
} Plan;

static gboolean
has_factor (const AmAxisBinding *binding, gint factor)
{
  for (guint i = 0; i < binding->n_segments; i++)
    for (guint k = 0; k < binding->segments[i].n_digits; k++)
      if (binding->segments[i].digits[k].factor == factor)
        return TRUE;
  return FALSE;
}

/* A tensor is rotated on one axis only: the axis of the first factor that comes. */
static gboolean
claim_axes (const AmSymmetries *symmetries, gint factor, gint *axes)
{
  g_autofree gint *claimed = NULL;
  guint n_tensors = am_graph_get_n_tensors (am_symmetries_get_graph (symmetries));

  claimed = g_memdup2 (axes, n_tensors * sizeof (gint));
  for (guint i = 0; i < am_symmetries_get_n_bindings (symmetries); i++)
    {
      const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, i);

      if (!has_factor (binding, factor))
        continue;
      if (claimed[binding->tensor] >= 0 && claimed[binding->tensor] != (gint)binding->axis)
        return FALSE;
      claimed[binding->tensor] = (gint)binding->axis;
    }
  memcpy (axes, claimed, n_tensors * sizeof (gint));
  return TRUE;
}

static void
choose_factors (const AmMatchingForest *forest, guint n_tensors, gboolean *rotates)
{
  g_autofree gint *axes = g_new (gint, n_tensors + 1);

  for (guint i = 0; i < n_tensors; i++)
    axes[i] = -1;
  for (guint i = 0; i < am_symmetries_get_n_factors (forest->symmetries); i++)
    rotates[i] = forest->trees[forest->tree_of[i]].is_solvable
                 && am_symmetries_get_factor (forest->symmetries, i)->can_rotate
                 && claim_axes (forest->symmetries, (gint)i, axes);
}

static gboolean
rotate_tree (guint tree, gpointer user_data, GError **error)
{
  Plan *plan = user_data;
  const AmMatchingTree *root = &plan->matcher->forest->trees[tree];

  for (guint i = 0; i < root->n_factors; i++)
    if (plan->rotates[root->factors[i]]
        && !rotate_factor (plan->matcher, tree, root->factors[i], plan->gains[tree], error))
      return FALSE;
  return TRUE;
}

gboolean
am_matcher_rotate (AmMatcher *matcher, double *gains, GError **error)
{
  const AmMatchingForest *forest = matcher->forest;
  g_autofree gboolean *rotates = g_new0 (gboolean, am_symmetries_get_n_factors (forest->symmetries) + 1);
  g_autofree double **gained = g_new0 (double *, forest->n_trees + 1);
  Plan plan = { matcher, rotates, gained };
  const AmCrewJob job = { forest->n_trees, rotate_tree, NULL, NULL, &plan };
  gboolean is_done;

  choose_factors (forest, matcher->pair->n_tensors, rotates);
  for (guint i = 0; i < forest->n_trees; i++)
    gained[i] = g_new0 (double, forest->trees[i].n_slices + 1);
  is_done = am_crew_run (matcher->crew, &job, error);
  for (guint i = 0; i < forest->n_trees; i++)
    {
      for (guint k = 0; k < forest->trees[i].n_slices; k++)
        gains[forest->trees[i].slices[k].tensor] += gained[i][k];
      g_free (gained[i]);
    }
  return is_done;
}
