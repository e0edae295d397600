/* One step of weight matching: all permutations of a tree, given all others. */
#include <math.h>
#include <string.h>

#include "align/nested-assignment.h"
#include "align/weight-matching-private.h"

/* Most memory that similarities which never change may take. */
#define CONSTANT_MEMORY ((guint64)512 << 20)

typedef struct
{
  AmMatcher *matcher;
  guint number;
  const AmMatchingTree *tree;
  AmSimilarity similarity;
  float **sums;           /* [n_spaces] */
  float **own;            /* [n_spaces] the part of slices that are the tree's own, or NULL */
  double quantum;         /* what sums are counted in */
  guint32 **permutations; /* [n_factors of the network] of the candidate */
} Visit;

static void
count_compared (guint64 size, double work, gpointer user_data)
{
  AmMatcher *matcher = user_data;

  __atomic_fetch_add (&matcher->done_size, size, __ATOMIC_RELAXED);
  __atomic_fetch_add (&matcher->done_work, (guint64)work, __ATOMIC_RELAXED);
}

/* The power of two that brings a norm near 1, where it is so far off that products might overflow or vanish.
 */
static float
choose_scale (double squared_norm)
{
  int exponent = squared_norm > 0.0 ? ilogb (squared_norm) / 2 : 0;

  return ABS (exponent) > 40 ? (float)ldexp (1.0, -CLAMP (exponent, -120, 120)) : 1.0f;
}

AmSimilarity
am_matcher_get_similarity (AmMatcher *matcher, guint tree)
{
  const AmMatchingTree *root = &matcher->forest->trees[tree];
  double norm_a = 0.0, norm_b = 0.0;

  for (guint i = 0; i < root->n_slices; i++)
    {
      norm_a = MAX (norm_a, matcher->norm_a[root->slices[i].tensor]);
      norm_b = MAX (norm_b, matcher->norm_b[root->slices[i].tensor]);
    }
  return (AmSimilarity){ .pair = matcher->pair,
                         .forest = matcher->forest,
                         .reorder = matcher->reorder,
                         .crew = matcher->crew,
                         .normalise = matcher->settings->normalise,
                         .scale_a = choose_scale (norm_a),
                         .scale_b = choose_scale (norm_b),
                         .compared = count_compared,
                         .user_data = matcher };
}

/* Slices of a space that are constant, that are not, and that are the tree's own: where each kind begins. */
static void
find_kinds (const AmMatchingTree *tree, guint space, guint starts[4])
{
  guint at = 0;

  while (at < tree->n_slices && tree->slices[at].space < space)
    at++;
  starts[0] = at;
  while (at < tree->n_slices && tree->slices[at].space == space && tree->slices[at].is_constant)
    at++;
  starts[1] = at;
  while (at < tree->n_slices && tree->slices[at].space == space && !tree->slices[at].is_own)
    at++;
  starts[2] = at;
  while (at < tree->n_slices && tree->slices[at].space == space)
    at++;
  starts[3] = at;
}

static double
count_columns (const Visit *visit, guint first, guint end)
{
  double n = 0.0;

  for (guint i = first; i < end; i++)
    n += am_similarity_count_columns (visit->matcher->pair, visit->matcher->forest, visit->number,
                                      &visit->tree->slices[i]);
  return n;
}

/* Keeps similarities that will be needed again, if that saves enough work for the memory. */
static void
keep_constant (const Visit *visit, guint space, const guint starts[4])
{
  AmMatchingVisit *known = &visit->matcher->visits[visit->number];
  const gsize n = visit->tree->spaces[space].size * visit->tree->spaces[space].size;
  const guint64 size = n * sizeof (float);

  if (starts[1] == starts[3]
      || 4.0 * count_columns (visit, starts[0], starts[1]) < count_columns (visit, starts[1], starts[3]))
    return;
  if (__atomic_add_fetch (&visit->matcher->constant_memory, size, __ATOMIC_RELAXED) <= CONSTANT_MEMORY)
    known->constant[space] = g_memdup2 (visit->sums[space], size);
  else
    __atomic_sub_fetch (&visit->matcher->constant_memory, size, __ATOMIC_RELAXED);
}

static gboolean
add_constant (const Visit *visit, guint space, const guint starts[4], GError **error)
{
  const float *known = visit->matcher->visits[visit->number].constant[space];
  const gsize n = visit->tree->spaces[space].size;

  if (known != NULL)
    memcpy (visit->sums[space], known, n * n * sizeof (float));
  else if (!am_similarity_add (&visit->similarity, visit->number, visit->tree->slices + starts[0],
                               starts[1] - starts[0], visit->sums[space], error))
    return FALSE;
  else if (starts[1] > starts[0])
    keep_constant (visit, space, starts);
  return TRUE;
}

static gboolean
add_own (const Visit *visit, guint space, const guint starts[4], GError **error)
{
  const gsize n = visit->tree->spaces[space].size;

  if (starts[2] == starts[3])
    return TRUE;
  visit->own[space] = g_new0 (float, n *n);
  if (!am_similarity_add (&visit->similarity, visit->number, visit->tree->slices + starts[2],
                          starts[3] - starts[2], visit->own[space], error))
    return FALSE;
  for (gsize i = 0; i < n * n; i++)
    visit->sums[space][i] += visit->own[space][i];
  return TRUE;
}

static gboolean
compare (const Visit *visit, GError **error)
{
  for (guint space = 0; space < visit->tree->n_spaces; space++)
    {
      const gsize n = visit->tree->spaces[space].size;
      guint starts[4];

      find_kinds (visit->tree, space, starts);
      visit->sums[space] = g_new0 (float, n *n);
      if (!add_constant (visit, space, starts, error)
          || !am_similarity_add (&visit->similarity, visit->number, visit->tree->slices + starts[1],
                                 starts[2] - starts[1], visit->sums[space], error)
          || !add_own (visit, space, starts, error))
        return FALSE;
    }
  return TRUE;
}

/* Counts similarities in whole parts of the largest, so that what differs by rounding errors is a tie. FALSE
 * when all are 0. */
static gboolean
quantise (Visit *visit)
{
  double largest = 0.0;

  for (guint space = 0; space < visit->tree->n_spaces; space++)
    for (gsize i = 0; i < visit->tree->spaces[space].size * visit->tree->spaces[space].size; i++)
      largest = MAX (largest, (double)fabsf (visit->sums[space][i]));
  if (!(largest > 0.0) || !isfinite (largest))
    return FALSE;
  visit->quantum = largest / AM_MATCHING_LEVELS;
  for (guint space = 0; space < visit->tree->n_spaces; space++)
    for (gsize i = 0; i < visit->tree->spaces[space].size * visit->tree->spaces[space].size; i++)
      visit->sums[space][i] = (float)rint ((double)visit->sums[space][i] / visit->quantum);
  return TRUE;
}

/* What the candidate gains in a space by @sums, and by slices of its own, which are left out of it. */
static double
gain_in_space (const Visit *visit, guint space, guint *n_changed)
{
  const AmMatchingSpace *what = &visit->tree->spaces[space];
  const AmSymmetries *symmetries = visit->matcher->forest->symmetries;
  g_autofree guint32 *old = g_new (guint32, what->size), *new = g_new (guint32, what->size);
  const float *sums = visit->sums[space], *own = visit->own[space];
  double gain = 0.0;

  am_matching_map_space (symmetries, what, visit->matcher->reorder->permutations, old);
  am_matching_map_space (symmetries, what, visit->permutations, new);
  for (gsize i = 0; i < what->size; i++)
    {
      const gsize before = i * what->size + old[i], after = i * what->size + new[i];

      gain += (double)sums[after] - (double)sums[before];
      if (own != NULL && !visit->matcher->settings->normalise)
        gain -= ((double)own[after] - (double)own[before]) / visit->quantum;
      *n_changed += old[i] != new[i] ? 1 : 0;
    }
  return gain;
}

/* The truth about tensors that move with the tree on two axes. */
static gboolean
gain_in_own (const Visit *visit, double *gain, GError **error)
{
  AmReorder candidate = *visit->matcher->reorder;
  const double scale = (double)visit->similarity.scale_a * (double)visit->similarity.scale_b / visit->quantum;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  candidate.permutations = visit->permutations;
  for (guint i = 0; i < visit->tree->n_slices; i++)
    {
      const AmMatchingSlice *slice = &visit->tree->slices[i];
      double before, after;

      if (!slice->is_own || visit->matcher->settings->normalise
          || !g_hash_table_add (seen, GUINT_TO_POINTER (slice->tensor + 1)))
        continue;
      if (!am_matching_sum (visit->matcher->pair, slice->tensor, visit->matcher->reorder,
                            visit->matcher->crew, &before, NULL, NULL, error)
          || !am_matching_sum (visit->matcher->pair, slice->tensor, &candidate, visit->matcher->crew, &after,
                               NULL, NULL, error))
        return FALSE;
      *gain += (after - before) * scale;
    }
  return TRUE;
}

static gsize
permutation_size (const Visit *visit, gint factor)
{
  const AmFactor *what = am_symmetries_get_factor (visit->matcher->forest->symmetries, (guint)factor);

  return (gsize)what->n_branches * what->size * sizeof (guint32);
}

static void
open_candidate (Visit *visit)
{
  const guint n = am_symmetries_get_n_factors (visit->matcher->forest->symmetries);

  visit->permutations = g_memdup2 (visit->matcher->reorder->permutations, n * sizeof (guint32 *));
  for (guint i = 0; i < visit->tree->n_factors; i++)
    {
      gint factor = visit->tree->factors[i];

      visit->permutations[factor]
          = g_memdup2 (visit->matcher->reorder->permutations[factor], permutation_size (visit, factor));
    }
}

static void
take_candidate (const Visit *visit)
{
  for (guint i = 0; i < visit->tree->n_factors; i++)
    {
      gint factor = visit->tree->factors[i];

      memcpy (visit->matcher->reorder->permutations[factor], visit->permutations[factor],
              permutation_size (visit, factor));
    }
}

/* Takes the candidate if it is better by more than one part per unit that moves: as much as rounding, in
 * floats and to whole parts, may feign. */
static gboolean
judge (const Visit *visit, GError **error)
{
  AmMatchingVisit *known = &visit->matcher->visits[visit->number];
  double gain = 0.0;
  guint n_changed = 0;

  for (guint space = 0; space < visit->tree->n_spaces; space++)
    gain += gain_in_space (visit, space, &n_changed);
  if (n_changed == 0)
    return TRUE;
  if (!gain_in_own (visit, &gain, error))
    return FALSE;
  if (!(gain > n_changed))
    return TRUE;
  take_candidate (visit);
  known->is_changed = TRUE;
  known->gain
      = gain * visit->quantum / ((double)visit->similarity.scale_a * (double)visit->similarity.scale_b);
  return TRUE;
}

static gboolean
solve (Visit *visit, GError **error)
{
  if (!compare (visit, error))
    return FALSE;
  g_atomic_int_inc (&visit->matcher->n_solves);
  if (!quantise (visit))
    return TRUE;
  am_nested_assignment_solve (visit->matcher->forest->symmetries, visit->tree,
                              (const float *const *)visit->sums, visit->permutations);
  return judge (visit, error);
}

static void
close_visit (Visit *visit)
{
  for (guint i = 0; i < visit->tree->n_factors; i++)
    g_free (visit->permutations[visit->tree->factors[i]]);
  for (guint i = 0; i < visit->tree->n_spaces; i++)
    {
      g_free (visit->sums[i]);
      g_free (visit->own[i]);
    }
  g_free (visit->permutations);
  g_free (visit->sums);
  g_free (visit->own);
}

gboolean
am_matcher_visit (AmMatcher *matcher, guint tree, GError **error)
{
  AmMatchingVisit *known = &matcher->visits[tree];
  Visit visit = { .matcher = matcher, .number = tree, .tree = &matcher->forest->trees[tree] };
  gboolean is_done;

  known->is_changed = FALSE;
  known->gain = 0.0;
  if (!known->is_dirty)
    return TRUE;
  known->is_dirty = FALSE;
  __atomic_store_n (&matcher->item,
                    am_symmetries_get_factor (matcher->forest->symmetries, (guint)visit.tree->root)->name,
                    __ATOMIC_RELAXED);
  visit.similarity = am_matcher_get_similarity (matcher, tree);
  visit.sums = g_new0 (float *, visit.tree->n_spaces);
  visit.own = g_new0 (float *, visit.tree->n_spaces);
  open_candidate (&visit);
  is_done = solve (&visit, error);
  close_visit (&visit);
  return is_done;
}
