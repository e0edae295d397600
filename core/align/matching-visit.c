/* One step of weight matching: all permutations of a tree, given all others. */
#include <math.h>
#include <string.h>

#include "align/nested-assignment.h"
#include "align/weight-matching-private.h"
#include "base/error.h"
#include "base/text.h"

typedef struct
{
  AmMatcher *matcher;
  guint number;
  const AmMatchingTree *tree;
  AmSimilarity similarity;
  float **sums;           /* [n_spaces] */
  float **own;            /* [n_spaces] the part of slices that are the tree's own, or NULL */
  gboolean *is_chosen;    /* [n_slices] what is compared */
  double quantum;         /* what sums are counted in */
  guint32 **permutations; /* [n_factors of the network] of the candidate */
} Visit;

static void
count_compared (guint64 size, double work, gpointer user_data)
{
  AmMatcher *matcher = user_data;

  __atomic_fetch_add (&matcher->done_work, (guint64)work + size * AM_READING_WORK, __ATOMIC_RELAXED);
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

/* Which trees went before in an anchored sweep. Others that are never solved do not change either. */
static gboolean *
list_solved (const Visit *visit)
{
  const AmMatcher *matcher = visit->matcher;
  gboolean *is_solved = g_new0 (gboolean, matcher->forest->n_trees);

  for (guint i = 0; i < matcher->forest->n_trees; i++)
    is_solved[i] = !matcher->forest->trees[i].is_solvable
                   || matcher->visits[i].place < matcher->visits[visit->number].place;
  return is_solved;
}

/* Decides which slices are compared: all, but in an anchored sweep only those that mean something, if there
 * are any. The tree is out of date then. */
static void
choose_slices (Visit *visit)
{
  AmMatchingVisit *known = &visit->matcher->visits[visit->number];
  g_autofree gboolean *is_solved = list_solved (visit);
  guint n = 0;

  visit->is_chosen = g_new (gboolean, visit->tree->n_slices);
  for (guint i = 0; i < visit->tree->n_slices; i++)
    {
      visit->is_chosen[i] = !visit->matcher->is_anchored
                            || am_matching_forest_is_known (visit->matcher->forest, visit->number,
                                                            &visit->tree->slices[i], is_solved);
      n += visit->is_chosen[i] ? 1 : 0;
    }
  known->is_dirty = n < visit->tree->n_slices;
  for (guint i = 0; i < visit->tree->n_slices && n == 0; i++)
    visit->is_chosen[i] = TRUE;
}

/* Adds those of a space's slices that are wanted. */
static gboolean
add_slices (const Visit *visit, guint space, gboolean is_own, gboolean is_included, const AmReorder *before,
            float *sums, GError **error)
{
  const AmMatchingVisit *known = &visit->matcher->visits[visit->number];
  g_autofree AmMatchingSlice *slices = g_new (AmMatchingSlice, visit->tree->n_slices);
  guint n = 0;

  for (guint i = 0; i < visit->tree->n_slices; i++)
    if (visit->is_chosen[i] && visit->tree->slices[i].space == space
        && visit->tree->slices[i].is_own == is_own && known->is_included[i] == is_included
        && !(is_included && visit->tree->slices[i].is_constant))
      slices[n++] = visit->tree->slices[i];
  return am_similarity_add (&visit->similarity, visit->number, slices, n, before, sums, error);
}

static gboolean
has_own (const Visit *visit, guint space)
{
  for (guint i = 0; i < visit->tree->n_slices; i++)
    if (visit->is_chosen[i] && visit->tree->slices[i].space == space && visit->tree->slices[i].is_own)
      return TRUE;
  return FALSE;
}

/* The largest piece of memory, so that its lack is an error. */
static float *
new_sums (const Visit *visit, gsize n, GError **error)
{
  const AmMatcher *matcher = visit->matcher;
  const gsize n_elements = n * n;
  float *sums = g_try_new0 (float, n_elements);

  if (sums == NULL)
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 T_ ("%s: to compare the %u units of “%s” takes %u MiB of memory, more than there is"),
                 am_checkpoint_get_path (matcher->pair->checkpoint), (guint)n,
                 am_symmetries_get_factor (matcher->forest->symmetries, (guint)visit->tree->root)->name,
                 (guint)(n_elements * sizeof (float) >> 20));
  return sums;
}

static gboolean
add_own (const Visit *visit, guint space, GError **error)
{
  const gsize n = visit->tree->spaces[space].size;

  if (!has_own (visit, space))
    return TRUE;
  visit->own[space] = new_sums (visit, n, error);
  if (visit->own[space] == NULL || !add_slices (visit, space, TRUE, FALSE, NULL, visit->own[space], error))
    return FALSE;
  for (gsize i = 0; i < n * n; i++)
    visit->sums[space][i] += visit->own[space][i];
  return TRUE;
}

/* What is remembered is brought up to date first, and then added to. */
static gboolean
compare_space (const Visit *visit, guint space, GError **error)
{
  AmMatchingVisit *known = &visit->matcher->visits[visit->number];
  const gsize n = visit->tree->spaces[space].size;
  float *sums = g_steal_pointer (&known->kept[space]);

  visit->sums[space] = sums != NULL ? sums : new_sums (visit, n, error);
  if (visit->sums[space] == NULL
      || !add_slices (visit, space, FALSE, TRUE, &known->before, visit->sums[space], error)
      || !add_slices (visit, space, FALSE, FALSE, NULL, visit->sums[space], error)
      || !add_own (visit, space, error))
    return FALSE;
  if (known->is_kept)
    known->kept[space] = g_memdup2 (visit->sums[space], n * n * sizeof (float));
  return TRUE;
}

static gboolean
compare (const Visit *visit, GError **error)
{
  AmMatchingVisit *known = &visit->matcher->visits[visit->number];

  for (guint space = 0; space < visit->tree->n_spaces; space++)
    if (!compare_space (visit, space, error))
      return FALSE;
  if (!known->is_kept)
    return TRUE;
  for (guint i = 0; i < visit->tree->n_slices; i++)
    known->is_included[i] |= visit->is_chosen[i];
  am_matcher_remember (visit->matcher, visit->number);
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

      if (!slice->is_own || !visit->is_chosen[i] || visit->matcher->settings->normalise
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
  g_free (visit->is_chosen);
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
  __atomic_store_n (&matcher->item,
                    am_symmetries_get_factor (matcher->forest->symmetries, (guint)visit.tree->root)->name,
                    __ATOMIC_RELAXED);
  visit.similarity = am_matcher_get_similarity (matcher, tree);
  visit.sums = g_new0 (float *, visit.tree->n_spaces);
  visit.own = g_new0 (float *, visit.tree->n_spaces);
  choose_slices (&visit);
  open_candidate (&visit);
  is_done = solve (&visit, error);
  close_visit (&visit);
  return is_done;
}
