/* One sweep: every tree that is out of date once, several at a time, as if one after the other. */
#include <stdlib.h>

#include "align/weight-matching-private.h"
#include "kernels/philox.h"

/* Memory that visits may take at a time, unless a single one takes more. */
#define VISIT_MEMORY ((guint64)1 << 30)

static void
swap (guint *a, guint *b)
{
  guint kept = *a;

  *a = *b;
  *b = kept;
}

static void
reverse (guint *order, guint n)
{
  for (guint i = 0; i < n / 2; i++)
    swap (&order[i], &order[n - 1 - i]);
}

/* Fisher and Yates, from random numbers that depend on seed, start and sweep alone. */
static void
shuffle (guint *order, guint n, guint64 seed, guint restart, guint sweep)
{
  guint32 key[2];

  am_philox_key (key, seed, restart, "weight matching");
  for (guint i = n; i-- > 1;)
    {
      guint32 word;

      am_philox_words (&word, key, sweep, i, 1);
      swap (&order[i], &order[(guint64)word * (i + 1) >> 32]);
    }
}

static gint
compare_numbers (gconstpointer a, gconstpointer b)
{
  const guint *left = a, *right = b;

  return (*left > *right) - (*left < *right);
}

/* Each tree's place in the order. */
static void
number_places (AmMatcher *matcher)
{
  for (guint i = 0; i < matcher->n_order; i++)
    {
      AmMatchingVisit *visit = &matcher->visits[matcher->order[i]];

      visit->place = i;
      visit->is_running = visit->is_done = FALSE;
    }
}

void
am_matcher_set_order (AmMatcher *matcher, guint restart, guint sweep)
{
  const AmAlignOrder kind = matcher->settings->order;

  qsort (matcher->order, matcher->n_order, sizeof (guint), compare_numbers);
  if (kind == AM_ALIGN_RANDOM)
    shuffle (matcher->order, matcher->n_order, matcher->settings->seed, restart, sweep);
  else if (kind == AM_ALIGN_BACKWARD || (kind == AM_ALIGN_ALTERNATE && (sweep + restart) % 2 == 1))
    reverse (matcher->order, matcher->n_order);
  number_places (matcher);
}

/* Weights per unit that say something of the tree. */
static double
count_known (const AmMatcher *matcher, guint number, const gboolean *is_solved)
{
  const AmMatchingTree *tree = &matcher->forest->trees[number];
  double n = 0.0;

  for (guint i = 0; i < tree->n_slices; i++)
    if (am_matching_forest_is_known (matcher->forest, number, &tree->slices[i], is_solved))
      n += am_similarity_count_columns (matcher->pair, matcher->forest, number, &tree->slices[i]);
  return n;
}

void
am_matcher_set_anchored_order (AmMatcher *matcher)
{
  g_autofree gboolean *is_solved = g_new0 (gboolean, matcher->forest->n_trees + 1);

  qsort (matcher->order, matcher->n_order, sizeof (guint), compare_numbers);
  for (guint i = 0; i < matcher->forest->n_trees; i++)
    is_solved[i] = !matcher->forest->trees[i].is_solvable;
  for (guint i = 0; i < matcher->n_order; i++)
    {
      double most = -1.0;
      guint best = i;

      for (guint k = i; k < matcher->n_order; k++)
        {
          double n = count_known (matcher, matcher->order[k], is_solved);

          if (n > most || (n == most && matcher->order[k] < matcher->order[best]))
            {
              most = n;
              best = k;
            }
        }
      swap (&matcher->order[i], &matcher->order[best]);
      is_solved[matcher->order[i]] = TRUE;
    }
  number_places (matcher);
}

/* Whether the tree may start: all that it depends on and that come before it are done. Those that come after
 * it wait for it in turn, so the result is that of one after the other. */
static gboolean
may_start (const AmMatcher *matcher, guint tree)
{
  const AmMatchingTree *root = &matcher->forest->trees[tree];
  const AmMatchingVisit *visit = &matcher->visits[tree];

  if (visit->is_running || visit->is_done)
    return FALSE;
  for (guint i = 0; i < root->n_neighbours; i++)
    {
      const AmMatchingVisit *other = &matcher->visits[root->neighbours[i]];

      if (!matcher->forest->trees[root->neighbours[i]].is_solvable || root->neighbours[i] == tree)
        continue;
      if (other->place < visit->place && !other->is_done)
        return FALSE;
    }
  return TRUE;
}

static gint
pick_tree (gpointer user_data)
{
  AmMatcher *matcher = user_data;

  for (guint i = 0; i < matcher->n_order; i++)
    {
      AmMatchingVisit *visit = &matcher->visits[matcher->order[i]];
      guint64 memory = visit->is_dirty ? visit->memory : 0;

      if (!may_start (matcher, matcher->order[i])
          || (memory > 0 && matcher->running_memory > 0 && matcher->running_memory + memory > VISIT_MEMORY))
        continue;
      visit->is_running = TRUE;
      visit->taken = memory;
      matcher->running_memory += memory;
      return (gint)matcher->order[i];
    }
  return -1;
}

static gboolean
run_tree (guint tree, gpointer user_data, GError **error)
{
  return am_matcher_visit (user_data, tree, error);
}

static void
finish_tree (guint tree, gpointer user_data)
{
  AmMatcher *matcher = user_data;
  AmMatchingVisit *visit = &matcher->visits[tree];
  const AmMatchingTree *root = &matcher->forest->trees[tree];

  visit->is_running = FALSE;
  visit->is_done = TRUE;
  matcher->running_memory -= visit->taken;
  if (!visit->is_changed)
    return;
  for (guint i = 0; i < root->n_neighbours; i++)
    matcher->visits[root->neighbours[i]].is_dirty = TRUE;
  if (matcher->observer != NULL && !matcher->is_anchored)
    matcher->observer (matcher->reorder, root->root, visit->gain, matcher->observer_data);
}

gboolean
am_matcher_sweep (AmMatcher *matcher, double *gain, GError **error)
{
  const AmCrewJob job = { matcher->n_order, run_tree, pick_tree, finish_tree, matcher };

  matcher->running_memory = 0;
  if (!am_crew_run (matcher->crew, &job, error))
    return FALSE;
  *gain = 0.0;
  for (guint i = 0; i < matcher->n_order; i++)
    *gain += matcher->visits[matcher->order[i]].gain;
  return TRUE;
}
