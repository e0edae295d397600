#include "align/weight-matching.h"

#include <omp.h>

#include "align/weight-matching-private.h"
#include "base/text.h"

/* How many sweeps' work is expected at first, and for each bit of work that is due after a sweep. */
#define EXPECTED_AT_FIRST 2.5
#define EXPECTED_LATER 1.5

/* An assignment of n units costs about as much as this many times n^2 multiplications. */
#define ASSIGNMENT_WORK 1000.0

void
am_matching_free (AmMatching *matching)
{
  if (matching == NULL)
    return;
  am_reorder_free (matching->reorder);
  g_free (matching->sums);
  g_free (matching->correlations);
  g_free (matching);
}

/* The share that is done never goes back, though what is to do becomes clear only sweep by sweep. */
static void
report (gpointer user_data)
{
  AmMatcher *matcher = user_data;
  const double seconds = (double)(g_get_monotonic_time () - matcher->started) / G_USEC_PER_SEC;
  const double done = (double)__atomic_load_n (&matcher->done_work, __ATOMIC_RELAXED);
  AmProgressState state
      = { .stage = N_ ("Aligning"), .total_size = matcher->total_work, .seconds_left = -1.0 };

  if (matcher->progress == NULL || matcher->progress->func == NULL || matcher->total_work == 0)
    return;
  matcher->share = MAX (matcher->share, MIN (done / (double)matcher->total_work, 1.0));
  state.item = __atomic_load_n (&matcher->item, __ATOMIC_RELAXED);
  state.done_size = (guint64)(matcher->share * (double)matcher->total_work);
  if (seconds > 0.5 && done > 0.0)
    state.seconds_left = MAX (0.0, ((double)matcher->total_work / done - 1.0) * seconds);
  matcher->progress->func (&state, matcher->progress->user_data);
}

static gboolean
is_only_following (const AmSymmetries *symmetries, guint tensor, guint n_dims)
{
  gboolean follows = FALSE;

  for (guint axis = 0; axis < n_dims; axis++)
    {
      const AmAxisBinding *binding = am_symmetries_find_binding (symmetries, tensor, axis);

      if (binding != NULL && !binding->follows)
        return FALSE;
      follows |= binding != NULL;
    }
  return follows;
}

/* What a visit of the tree reads, multiplies and needs. */
static void
estimate_tree (AmMatcher *matcher, guint number)
{
  const AmMatchingTree *tree = &matcher->forest->trees[number];
  AmMatchingVisit *visit = &matcher->visits[number];

  visit->kept = g_new0 (float *, tree->n_spaces + 1);
  visit->is_included = g_new0 (gboolean, tree->n_slices + 1);
  visit->memory = am_similarity_estimate_memory (matcher->pair, matcher->forest, number);
  for (guint i = 0; i < tree->n_spaces; i++)
    {
      const double square = (double)tree->spaces[i].size * (double)tree->spaces[i].size;

      visit->memory += (guint64)square * sizeof (float);
      visit->work += square * ASSIGNMENT_WORK;
    }
  for (guint i = 0; i < tree->n_slices; i++)
    {
      const AmMatchingSlice *slice = &tree->slices[i];
      const double size = (double)tree->spaces[slice->space].size;

      matcher->moves[slice->tensor] = TRUE;
      visit->work += AM_READING_WORK
                     * (double)((slice->axis == 0 ? slice->segment->length
                                                  : am_matching_pair_n_rows (matcher->pair, slice->tensor))
                                * am_matching_pair_row_size (matcher->pair, slice->tensor));
      visit->work
          += am_similarity_count_columns (matcher->pair, matcher->forest, number, slice) * size * size;
    }
}

static AmMatcher *
matcher_new (const AmSymmetries *symmetries, const AmModel *model, AmCheckpoint *checkpoint,
             const AmReference *reference, const AmAlignSettings *settings)
{
  AmMatcher *matcher = g_new0 (AmMatcher, 1);
  AmMatchingPair *pair = am_matching_pair_new (symmetries, model, checkpoint, reference);

  matcher->pair = pair;
  matcher->settings = settings;
  matcher->forest = am_matching_forest_new (symmetries, pair->counts);
  matcher->moves = g_new0 (gboolean, pair->n_tensors + 1);
  matcher->is_summed = g_new0 (gboolean, pair->n_tensors + 1);
  matcher->inner = g_new0 (double, pair->n_tensors + 1);
  matcher->norm_a = g_new0 (double, pair->n_tensors + 1);
  matcher->norm_b = g_new0 (double, pair->n_tensors + 1);
  matcher->visits = g_new0 (AmMatchingVisit, matcher->forest->n_trees + 1);
  matcher->order = g_new0 (guint, matcher->forest->n_trees + 1);
  matcher->started = g_get_monotonic_time ();
  for (guint i = 0; i < pair->n_tensors; i++)
    matcher->is_summed[i] = pair->counts[i] && !is_only_following (symmetries, i, pair->tensors[i]->n_dims);
  for (guint i = 0; i < matcher->forest->n_trees; i++)
    {
      estimate_tree (matcher, i);
      if (matcher->forest->trees[i].is_solvable)
        matcher->order[matcher->n_order++] = i;
    }
  am_matcher_choose_kept (matcher);
  return matcher;
}

static void
matcher_free (AmMatcher *matcher)
{
  am_crew_free (matcher->crew);
  for (guint i = 0; i < matcher->forest->n_trees; i++)
    {
      for (guint k = 0; k < matcher->forest->trees[i].n_spaces; k++)
        g_free (matcher->visits[i].kept[k]);
      g_free (matcher->visits[i].kept);
      g_free (matcher->visits[i].is_included);
      am_matcher_forget (matcher, i);
    }
  g_free (matcher->visits);
  g_free (matcher->order);
  g_free (matcher->moves);
  g_free (matcher->is_summed);
  g_free (matcher->inner);
  g_free (matcher->norm_a);
  g_free (matcher->norm_b);
  am_reorder_free (matcher->reorder);
  am_matching_forest_free (matcher->forest);
  am_matching_pair_free (matcher->pair);
  g_free (matcher);
}

static guint64
tensor_size (const AmMatcher *matcher, guint tensor)
{
  return am_matching_pair_n_rows (matcher->pair, tensor) * am_matching_pair_row_size (matcher->pair, tensor);
}

/* What sums over those tensors cost. */
static void
expect_sums (AmMatcher *matcher, const gboolean *tensors)
{
  for (guint i = 0; i < matcher->pair->n_tensors; i++)
    if (tensors[i])
      matcher->total_work += tensor_size (matcher, i) * AM_READING_WORK;
}

static void
count_sum (AmMatcher *matcher, guint tensor)
{
  __atomic_fetch_add (&matcher->done_work, tensor_size (matcher, tensor) * AM_READING_WORK, __ATOMIC_RELAXED);
}

static gboolean
measure_before (guint tensor, gpointer user_data, GError **error)
{
  AmMatcher *matcher = user_data;

  if (!matcher->is_summed[tensor])
    return TRUE;
  count_sum (matcher, tensor);
  return am_matching_sum (matcher->pair, tensor, NULL, matcher->crew, &matcher->inner[tensor],
                          &matcher->norm_a[tensor], &matcher->norm_b[tensor], error);
}

/* <A, reordered B> of each tensor, without rotations. */
typedef struct
{
  AmMatcher *matcher;
  const AmReorder *reorder;
  double *inner; /* [n_tensors] */
} After;

static gboolean
measure_after (guint tensor, gpointer user_data, GError **error)
{
  After *after = user_data;
  AmMatcher *matcher = after->matcher;

  after->inner[tensor] = matcher->inner[tensor];
  if (!matcher->is_summed[tensor] || !matcher->moves[tensor])
    return TRUE;
  count_sum (matcher, tensor);
  return am_matching_sum (matcher->pair, tensor, after->reorder, matcher->crew, &after->inner[tensor], NULL,
                          NULL, error);
}

static double
add_moving (const AmMatcher *matcher, const double *inner)
{
  double sum = 0.0;

  for (guint i = 0; i < matcher->pair->n_tensors; i++)
    if (matcher->is_summed[i] && matcher->moves[i])
      sum += inner[i];
  return sum;
}

/* What is still to do, as far as is known: trees that are out of date, and what they will make so. */
static void
expect_sweeps (AmMatcher *matcher, double factor)
{
  double work = 0.0;

  for (guint i = 0; i < matcher->n_order; i++)
    {
      const AmMatchingVisit *visit = &matcher->visits[matcher->order[i]];

      work += visit->is_dirty ? visit->work : 0.0;
    }
  matcher->total_work = matcher->done_work + (guint64)(factor * work);
  expect_sums (matcher, matcher->moves);
}

static gboolean
is_any_dirty (const AmMatcher *matcher)
{
  for (guint i = 0; i < matcher->n_order; i++)
    if (matcher->visits[matcher->order[i]].is_dirty)
      return TRUE;
  return FALSE;
}

static void
mark_all (AmMatcher *matcher)
{
  for (guint i = 0; i < matcher->forest->n_trees; i++)
    matcher->visits[i].is_dirty = matcher->forest->trees[i].is_solvable;
}

/* Sweeps from where the matcher's reordering is until nothing gets better. */
static gboolean
descend (AmMatcher *matcher, guint restart, double objective, GError **error)
{
  const AmAlignSettings *settings = matcher->settings;
  gboolean goes_on = TRUE;

  while (goes_on && matcher->n_sweeps < settings->max_sweeps && is_any_dirty (matcher))
    {
      double gain;

      expect_sweeps (matcher, matcher->n_sweeps == 0 ? EXPECTED_AT_FIRST * (settings->restarts - restart)
                                                     : EXPECTED_LATER);
      am_matcher_set_order (matcher, restart, matcher->n_sweeps);
      if (!am_matcher_sweep (matcher, &gain, error))
        return FALSE;
      objective += gain;
      matcher->n_sweeps++;
      goes_on = gain > settings->tolerance * ABS (objective);
    }
  return TRUE;
}

/* <A, reordered B> over what moves, where the matcher is. @inner: [n_tensors]. */
static gboolean
measure (AmMatcher *matcher, double *inner, double *objective, GError **error)
{
  After after = { matcher, matcher->reorder, inner };
  const AmCrewJob job = { matcher->pair->n_tensors, measure_after, NULL, NULL, &after };

  if (!am_crew_run (matcher->crew, &job, error))
    return FALSE;
  *objective = add_moving (matcher, inner);
  return TRUE;
}

/* A first sweep that believes only what is tied to the outside. Where that leads nowhere better, as between
 * networks that are in order but for a little, it is forgotten. */
static gboolean
anchor (AmMatcher *matcher, double *objective, GError **error)
{
  g_autofree double *inner = g_new0 (double, matcher->pair->n_tensors + 1);
  double reached, gain;

  expect_sweeps (matcher, EXPECTED_AT_FIRST * matcher->settings->restarts);
  expect_sums (matcher, matcher->moves);
  am_matcher_set_anchored_order (matcher);
  matcher->is_anchored = TRUE;
  if (!am_matcher_sweep (matcher, &gain, error) || !measure (matcher, inner, &reached, error))
    return FALSE;
  matcher->is_anchored = FALSE;
  matcher->n_sweeps = 1;
  if (reached >= *objective)
    {
      *objective = reached;
      return TRUE;
    }
  am_reorder_free (matcher->reorder);
  matcher->reorder = am_reorder_new (matcher->forest->symmetries);
  mark_all (matcher);
  return TRUE;
}

/* The best of what was found so far. */
typedef struct
{
  AmReorder *reorder;
  double *inner; /* [n_tensors] after */
  double objective;
  guint n_sweeps;
} Best;

static gboolean
try_start (AmMatcher *matcher, const AmReorder *start, guint restart, Best *best, GError **error)
{
  g_autofree double *inner = g_new0 (double, matcher->pair->n_tensors + 1);
  double objective = add_moving (matcher, matcher->inner);

  g_clear_pointer (&matcher->reorder, am_reorder_free);
  matcher->reorder = start != NULL ? am_reorder_copy (start) : am_reorder_new (matcher->forest->symmetries);
  matcher->n_sweeps = 0;
  mark_all (matcher);
  if (start == NULL && restart == 0 && is_any_dirty (matcher) && !anchor (matcher, &objective, error))
    return FALSE;
  if (!descend (matcher, restart, objective, error) || !measure (matcher, inner, &objective, error))
    return FALSE;
  if (best->reorder != NULL && !(objective > best->objective))
    return TRUE;
  am_reorder_free (best->reorder);
  g_free (best->inner);
  *best
      = (Best){ g_steal_pointer (&matcher->reorder), g_steal_pointer (&inner), objective, matcher->n_sweeps };
  return TRUE;
}

static gboolean
find_best (AmMatcher *matcher, const AmReorder *start, Best *best, GError **error)
{
  const AmCrewJob job = { matcher->pair->n_tensors, measure_before, NULL, NULL, matcher };

  mark_all (matcher);
  expect_sweeps (matcher, EXPECTED_AT_FIRST * MAX (1, matcher->settings->restarts));
  expect_sums (matcher, matcher->is_summed);
  if (!am_crew_run (matcher->crew, &job, error))
    return FALSE;
  for (guint restart = 0; restart < MAX (1, matcher->settings->restarts); restart++)
    if (!try_start (matcher, start, restart, best, error))
      return FALSE;
  return TRUE;
}

static gboolean
rotate_best (AmMatcher *matcher, Best *best, GError **error)
{
  const guint n_tensors = matcher->pair->n_tensors;
  g_autofree double *gains = g_new0 (double, n_tensors + 1);

  am_reorder_free (matcher->reorder);
  matcher->reorder = g_steal_pointer (&best->reorder);
  if (!am_matcher_rotate (matcher, gains, error))
    return FALSE;
  best->reorder = g_steal_pointer (&matcher->reorder);
  for (guint i = 0; i < n_tensors; i++)
    best->inner[i] += gains[i];
  best->objective = add_moving (matcher, best->inner);
  return TRUE;
}

static void
add_tensor (const AmMatcher *matcher, const Best *best, guint tensor, AmMatchingSums *sums)
{
  sums->inner_before += matcher->inner[tensor];
  sums->inner_after += best->inner[tensor];
  sums->norm_a += matcher->norm_a[tensor];
  sums->norm_b += matcher->norm_b[tensor];
}

/* Each tensor once, though a tree may move it by several slices. */
static void
add_tree (const AmMatcher *matcher, const Best *best, const AmMatchingTree *tree, AmMatchingSums *sums)
{
  g_autofree gboolean *is_in = g_new0 (gboolean, matcher->pair->n_tensors + 1);

  for (guint i = 0; i < tree->n_slices; i++)
    is_in[tree->slices[i].tensor] = TRUE;
  for (guint i = 0; i < matcher->pair->n_tensors; i++)
    if (is_in[i] && matcher->is_summed[i])
      add_tensor (matcher, best, i, sums);
}

static AmMatching *
make_matching (const AmMatcher *matcher, Best *best)
{
  AmMatching *matching = g_new0 (AmMatching, 1);
  const AmMatchingForest *forest = matcher->forest;

  matching->sums = g_new0 (AmMatchingSums, am_symmetries_get_n_factors (forest->symmetries) + 1);
  for (guint i = 0; i < forest->n_trees; i++)
    add_tree (matcher, best, &forest->trees[i], &matching->sums[forest->trees[i].root]);
  for (guint i = 0; i < matcher->pair->n_tensors; i++)
    if (matcher->is_summed[i])
      add_tensor (matcher, best, i, &matching->total);
  matching->reorder = g_steal_pointer (&best->reorder);
  matching->n_sweeps = best->n_sweeps;
  matching->n_solves = matcher->n_solves;
  matching->objective = best->objective;
  return matching;
}

AmMatching *
am_weight_matching_run_observed (const AmSymmetries *symmetries, const AmModel *model,
                                 AmCheckpoint *checkpoint, const AmReference *reference,
                                 const AmAlignSettings *settings, const AmReorder *start, guint n_threads,
                                 const AmProgress *progress, GCancellable *cancellable,
                                 AmMatchingObserver observer, gpointer user_data, GError **error)
{
  AmMatcher *matcher = matcher_new (symmetries, model, checkpoint, reference, settings);
  AmMatching *matching = NULL;
  Best best = { NULL, NULL, 0.0, 0 };

  matcher->progress = progress;
  matcher->observer = observer;
  matcher->observer_data = user_data;
  matcher->crew
      = am_crew_new (n_threads > 0 ? n_threads : (guint)omp_get_max_threads (), cancellable, report, matcher);
  if (find_best (matcher, start, &best, error) && (!settings->rotate || rotate_best (matcher, &best, error)))
    matching = make_matching (matcher, &best);
  am_reorder_free (best.reorder);
  g_free (best.inner);
  matcher_free (matcher);
  return matching;
}

AmMatching *
am_weight_matching_run (const AmSymmetries *symmetries, const AmModel *model, AmCheckpoint *checkpoint,
                        const AmReference *reference, const AmAlignSettings *settings, const AmReorder *start,
                        guint n_threads, const AmProgress *progress, GCancellable *cancellable,
                        GError **error)
{
  return am_weight_matching_run_observed (symmetries, model, checkpoint, reference, settings, start,
                                          n_threads, progress, cancellable, NULL, NULL, error);
}
