#include "align/activation-matching-solve.h"

#include <math.h>
#include <string.h>

#include "align/nested-assignment.h"
#include "base/error.h"
#include "base/text.h"

typedef struct
{
  const AmFeatureProblem *problem;
  const AmSymmetries *symmetries;
  AmReorder *reorder;
  gboolean *is_mixed; /* [trees] whether a segment of theirs has units of other trees too */
  gint has_failed;    /* atomic: for want of memory */
} Solver;

/* A tree at work. */
typedef struct
{
  Solver *solver;
  guint number;
  const AmMatchingTree *tree;
  float **similarities;   /* [spaces] */
  guint32 **permutations; /* [factors of the network] of the candidate; the tree's own are copies */
} Step;

static const AmFeatureView *
get_view (const AmFeatures *features, guint index)
{
  return &g_array_index (features->views, AmFeatureView, index);
}

static const AmAxisSegment *
get_segment (const AmFeatures *features, guint feature)
{
  return &g_array_index (features->features, AmFeature, feature).segment;
}

static gboolean
is_own (const AmMatchingForest *forest, guint tree, const AmDigit *digit)
{
  return digit->factor != AM_FIXED_FACTOR && forest->tree_of[digit->factor] == tree;
}

gboolean
am_features_show (const AmFeatures *features, guint tree)
{
  for (guint i = 0; i < features->views->len; i++)
    if (get_view (features, i)->tree == tree)
      return TRUE;
  return FALSE;
}

static gboolean *
find_mixed (const AmFeatureProblem *problem)
{
  gboolean *is_mixed = g_new0 (gboolean, problem->forest->n_trees + 1);

  for (guint i = 0; i < problem->features->views->len; i++)
    {
      const AmFeatureView *view = get_view (problem->features, i);
      const AmAxisSegment *segment = get_segment (problem->features, view->feature);

      for (guint k = 0; k < segment->n_digits; k++)
        is_mixed[view->tree] |= segment->digits[k].factor != AM_FIXED_FACTOR
                                && !is_own (problem->forest, view->tree, &segment->digits[k]);
    }
  return is_mixed;
}

/* Sorts the elements of a segment: [n_others][n_own], by their digits of other trees and fixed ones, and by
 * those of the tree. */
static guint32 *
sort_elements (const AmMatchingForest *forest, guint tree, const AmAxisSegment *segment, gsize n_own)
{
  guint32 *elements = g_new (guint32, segment->length);

  for (guint64 element = 0; element < segment->length; element++)
    {
      guint64 rest = element, own = 0, own_stride = 1, other = 0, other_stride = 1;

      for (guint k = segment->n_digits; k-- > 0; rest /= segment->digits[k].size)
        {
          const guint64 value = rest % segment->digits[k].size;

          if (is_own (forest, tree, &segment->digits[k]))
            {
              own += value * own_stride;
              own_stride *= segment->digits[k].size;
            }
          else
            {
              other += value * other_stride;
              other_stride *= segment->digits[k].size;
            }
        }
      elements[other * n_own + own] = (guint32)element;
    }
  return elements;
}

/* Where elements come from when only other trees' units are reordered. */
static guint32 *
map_others (const Step *step, const AmAxisSegment *segment)
{
  const guint n_factors = am_symmetries_get_n_factors (step->solver->symmetries);
  g_autoptr (AmReorder) identity = am_reorder_new (step->solver->symmetries);
  g_autofree guint32 **permutations
      = g_memdup2 (step->solver->reorder->permutations, n_factors * sizeof (guint32 *));
  guint32 *map = g_new (guint32, segment->length);

  for (guint i = 0; i < step->tree->n_factors; i++)
    permutations[step->tree->factors[i]] = identity->permutations[step->tree->factors[i]];
  am_matching_map_digits (step->solver->symmetries, segment->digits, segment->n_digits, permutations, map);
  return map;
}

static void
add_view (const Step *step, const AmFeatureView *view)
{
  const AmFeatureProblem *problem = step->solver->problem;
  const AmAxisSegment *segment = get_segment (problem->features, view->feature);
  const AmFeatureSums *sums = problem->sums[view->feature];
  const gsize n = step->tree->spaces[view->space].size;
  g_autofree guint32 *elements = sort_elements (problem->forest, step->number, segment, n);
  g_autofree guint32 *map = map_others (step, segment);
  float *similarities = step->similarities[view->space];

  for (guint64 first = 0; first < segment->length; first += n)
    for (gsize x = 0; x < n; x++)
      for (gsize y = 0; y < n; y++)
        similarities[x * n + y] += (float)am_feature_sums_get (sums, problem->objective, elements[first + x],
                                                               map[elements[first + y]]);
}

/* FALSE when all are 0. */
static gboolean
quantise (const Step *step)
{
  double largest = 0.0;

  for (guint space = 0; space < step->tree->n_spaces; space++)
    for (gsize i = 0; i < step->tree->spaces[space].size * step->tree->spaces[space].size; i++)
      largest = MAX (largest, (double)fabsf (step->similarities[space][i]));
  if (!(largest > 0.0) || !isfinite (largest))
    return FALSE;
  for (guint space = 0; space < step->tree->n_spaces; space++)
    for (gsize i = 0; i < step->tree->spaces[space].size * step->tree->spaces[space].size; i++)
      step->similarities[space][i]
          = (float)rint ((double)step->similarities[space][i] / (largest / AM_MATCHING_LEVELS));
  return TRUE;
}

/* Units that are worth nothing wherever they go were assigned to what was left over: in what order does not
 * matter, so they keep theirs. */
static void
sort_worthless (const Step *step)
{
  const gsize n = step->tree->spaces[0].size;
  const float *similarities = step->similarities[0];
  guint32 *permutation = step->permutations[step->tree->root];
  g_autofree gboolean *is_worth = g_new0 (gboolean, n);
  guint32 next = 0;

  if (step->tree->n_factors > 1 || step->tree->n_spaces > 1)
    return;
  for (gsize i = 0; i < n * n; i++)
    is_worth[i % n] |= similarities[i] != 0.0f;
  for (gsize i = 0; i < n; i++)
    {
      if (is_worth[permutation[i]])
        continue;
      while (is_worth[next])
        next++;
      permutation[i] = next++;
    }
}

static double
find_gain (const Step *step, guint space, guint *n_changed)
{
  const AmMatchingSpace *what = &step->tree->spaces[space];
  const float *similarities = step->similarities[space];
  g_autofree guint32 *old = g_new (guint32, what->size), *new = g_new (guint32, what->size);
  double gain = 0.0;

  am_matching_map_space (step->solver->symmetries, what, step->solver->reorder->permutations, old);
  am_matching_map_space (step->solver->symmetries, what, step->permutations, new);
  for (gsize i = 0; i < what->size; i++)
    {
      gain += (double)similarities[i * what->size + new[i]] - (double)similarities[i * what->size + old[i]];
      *n_changed += old[i] != new[i] ? 1 : 0;
    }
  return gain;
}

static gsize
permutation_size (const Step *step, gint factor)
{
  const AmFactor *what = am_symmetries_get_factor (step->solver->symmetries, (guint)factor);

  return (gsize)what->n_branches * what->size * sizeof (guint32);
}

/* Takes the candidate when it gains more than one part per unit that moves. */
static gboolean
judge (const Step *step)
{
  guint n_changed = 0;
  double gain = 0.0;

  for (guint space = 0; space < step->tree->n_spaces; space++)
    gain += find_gain (step, space, &n_changed);
  if (n_changed == 0 || !(gain > n_changed))
    return FALSE;
  for (guint i = 0; i < step->tree->n_factors; i++)
    {
      gint factor = step->tree->factors[i];

      memcpy (step->solver->reorder->permutations[factor], step->permutations[factor],
              permutation_size (step, factor));
    }
  return TRUE;
}

static gboolean
step_open (Step *step, Solver *solver, guint tree)
{
  const guint n_factors = am_symmetries_get_n_factors (solver->symmetries);
  gboolean is_open = TRUE;

  *step = (Step){ solver, tree, &solver->problem->forest->trees[tree], NULL, NULL };
  step->similarities = g_new0 (float *, step->tree->n_spaces + 1);
  step->permutations = g_memdup2 (solver->reorder->permutations, n_factors * sizeof (guint32 *));
  for (guint i = 0; i < step->tree->n_factors; i++)
    {
      gint factor = step->tree->factors[i];

      step->permutations[factor]
          = g_memdup2 (solver->reorder->permutations[factor], permutation_size (step, factor));
    }
  for (guint i = 0; i < step->tree->n_spaces; i++)
    {
      const gsize n = step->tree->spaces[i].size;

      step->similarities[i] = g_try_new0 (float, n *n);
      is_open &= step->similarities[i] != NULL;
    }
  return is_open;
}

static void
step_close (Step *step)
{
  for (guint i = 0; i < step->tree->n_spaces; i++)
    g_free (step->similarities[i]);
  for (guint i = 0; i < step->tree->n_factors; i++)
    g_free (step->permutations[step->tree->factors[i]]);
  g_free (step->similarities);
  g_free (step->permutations);
}

/* Returns: whether anything moved. */
static gboolean
solve_tree (Solver *solver, guint tree)
{
  const AmFeatures *features = solver->problem->features;
  gboolean is_changed = FALSE;
  Step step;

  if (!step_open (&step, solver, tree))
    g_atomic_int_set (&solver->has_failed, TRUE);
  else
    {
      for (guint i = 0; i < features->views->len; i++)
        if (get_view (features, i)->tree == tree)
          add_view (&step, get_view (features, i));
      if (quantise (&step))
        {
          am_nested_assignment_solve (solver->symmetries, step.tree, (const float *const *)step.similarities,
                                      step.permutations);
          sort_worthless (&step);
          is_changed = judge (&step);
        }
    }
  step_close (&step);
  return is_changed;
}

static gboolean
check (const Solver *solver, GCancellable *cancellable, GError **error)
{
  if (g_cancellable_is_cancelled (cancellable))
    g_set_error_literal (error, AM_ERROR, AM_ERROR_CANCELLED, T_ ("Alignment was cancelled"));
  else if (g_atomic_int_get (&solver->has_failed))
    g_set_error_literal (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                         T_ ("to compare the units of the widest layers takes more memory than there is"));
  else
    return TRUE;
  return FALSE;
}

/* Trees that do not depend on one another. */
static guint
solve_apart (Solver *solver, guint n_threads, GCancellable *cancellable)
{
  const gint n_trees = (gint)solver->problem->forest->n_trees;
  guint n_solves = 0;

#pragma omp parallel for num_threads(n_threads) schedule(dynamic) reduction(+ : n_solves)
  for (gint i = 0; i < n_trees; i++)
    if (!solver->is_mixed[i] && am_features_show (solver->problem->features, (guint)i)
        && !g_cancellable_is_cancelled (cancellable))
      {
        solve_tree (solver, (guint)i);
        n_solves++;
      }
  return n_solves;
}

/* The others, in turn, until none moves. Returns: sweeps. */
static guint
solve_mixed (Solver *solver, GCancellable *cancellable, guint *n_solves)
{
  gboolean is_changed = TRUE;
  guint n_sweeps = 0;

  while (is_changed && n_sweeps < solver->problem->max_sweeps)
    {
      is_changed = FALSE;
      for (guint i = 0; i < solver->problem->forest->n_trees; i++)
        if (solver->is_mixed[i] && !g_cancellable_is_cancelled (cancellable))
          {
            is_changed |= solve_tree (solver, i);
            (*n_solves)++;
          }
      n_sweeps++;
    }
  return n_sweeps;
}

AmReorder *
am_features_solve (const AmFeatureProblem *problem, guint n_threads, GCancellable *cancellable,
                   guint *n_sweeps, guint *n_solves, GError **error)
{
  const AmSymmetries *symmetries = problem->forest->symmetries;
  g_autoptr (AmReorder) reorder = am_reorder_new (symmetries);
  g_autofree gboolean *is_mixed = find_mixed (problem);
  Solver solver = { problem, symmetries, reorder, is_mixed, FALSE };

  *n_solves = solve_apart (&solver, n_threads, cancellable);
  *n_sweeps = solve_mixed (&solver, cancellable, n_solves);
  return check (&solver, cancellable, error) ? g_steal_pointer (&reorder) : NULL;
}

double
am_features_correlate (const AmFeatureProblem *problem, guint tree, const AmReorder *reorder,
                       guint64 *n_units)
{
  double sum = 0.0;

  *n_units = 0;
  for (guint i = 0; i < problem->features->views->len; i++)
    {
      const AmFeatureView *view = get_view (problem->features, i);
      const AmAxisSegment *segment = get_segment (problem->features, view->feature);
      g_autofree guint32 *map = NULL;

      if (view->tree != tree)
        continue;
      map = g_new (guint32, segment->length);
      am_matching_map_digits (problem->forest->symmetries, segment->digits, segment->n_digits,
                              reorder->permutations, map);
      for (guint64 k = 0; k < segment->length; k++)
        sum += am_feature_sums_correlate (problem->sums[view->feature], k, map[k]);
      *n_units += segment->length;
    }
  return *n_units > 0 ? sum / (double)*n_units : NAN;
}
