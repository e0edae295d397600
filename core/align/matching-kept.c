/* Similarities that are remembered from visit to visit, so that only what changed is compared again. */
#include <string.h>

#include "align/weight-matching-private.h"

#define KEPT_MEMORY ((guint64)1 << 30)

static guint64
kept_size (const AmMatchingTree *tree)
{
  guint64 size = 0;

  for (guint i = 0; i < tree->n_spaces; i++)
    size += tree->spaces[i].size * tree->spaces[i].size * sizeof (float);
  return size;
}

/* A tree with slices of its own is not worth the trouble, one that never changes is visited once. */
static gboolean
may_keep (const AmMatchingTree *tree)
{
  gboolean is_variable = FALSE;

  for (guint i = 0; i < tree->n_slices; i++)
    {
      if (tree->slices[i].is_own)
        return FALSE;
      is_variable |= !tree->slices[i].is_constant;
    }
  return tree->is_solvable && is_variable;
}

static gboolean
fits (const AmMatcher *matcher, guint number, guint64 left)
{
  return !matcher->visits[number].is_kept && may_keep (&matcher->forest->trees[number])
         && kept_size (&matcher->forest->trees[number]) <= left;
}

void
am_matcher_choose_kept (AmMatcher *matcher)
{
  guint64 left = KEPT_MEMORY;
  guint best;

  do
    {
      double most = 0.0;

      best = matcher->forest->n_trees;
      for (guint i = 0; i < matcher->forest->n_trees; i++)
        {
          const double worth = matcher->visits[i].work / (double)(kept_size (&matcher->forest->trees[i]) + 1);

          if (worth <= most || !fits (matcher, i, left))
            continue;
          most = worth;
          best = i;
        }
      if (best < matcher->forest->n_trees)
        {
          matcher->visits[best].is_kept = TRUE;
          left -= kept_size (&matcher->forest->trees[best]);
        }
    }
  while (best < matcher->forest->n_trees);
}

void
am_matcher_forget (AmMatcher *matcher, guint tree)
{
  AmMatchingVisit *visit = &matcher->visits[tree];
  const guint n = am_symmetries_get_n_factors (matcher->forest->symmetries);

  for (guint i = 0; visit->before.permutations != NULL && i < n; i++)
    g_free (visit->before.permutations[i]);
  g_clear_pointer (&visit->before.permutations, g_free);
}

void
am_matcher_remember (AmMatcher *matcher, guint tree)
{
  const AmMatchingForest *forest = matcher->forest;
  AmReorder *before = &matcher->visits[tree].before;
  const guint n = am_symmetries_get_n_factors (forest->symmetries);

  am_matcher_forget (matcher, tree);
  before->symmetries = forest->symmetries;
  before->permutations = g_new0 (guint32 *, n);
  for (guint i = 0; i < forest->trees[tree].n_neighbours; i++)
    {
      const AmMatchingTree *other = &forest->trees[forest->trees[tree].neighbours[i]];

      for (guint k = 0; k < other->n_factors; k++)
        {
          const gint factor = other->factors[k];
          const AmFactor *what = am_symmetries_get_factor (forest->symmetries, (guint)factor);

          before->permutations[factor] = g_memdup2 (matcher->reorder->permutations[factor],
                                                    (gsize)what->n_branches * what->size * sizeof (guint32));
        }
    }
}
