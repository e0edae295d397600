#include "align/nested-assignment.h"

#include <math.h>
#include <string.h>

#include "align/assignment.h"

#define EXACT_FLOAT 16777216.0
#define MAX_ROUNDS 8
#define VALUE_ONLY (-1)

/* A block of a similarity matrix: the digits above have their values on both sides. */
typedef struct
{
  const float *data;
  gsize stride;
  const gint *factors;
  guint n_digits;
  gsize size;
} View;

/* Scratch memory of one factor. Its elements' children are other factors, so it is never in use twice. */
typedef struct
{
  guint size;
  double *values;   /* [size][size] */
  float *rounded;   /* [size][size] */
  guint32 *columns; /* [size] */
  View *own;        /* [n_spaces] the views it is solved over */
  View *inside;     /* [n_spaces] their blocks of two of its elements */
  View *coupled;    /* [n_spaces] those of the blocks that coupled children share */
} Level;

typedef struct
{
  const AmSymmetries *symmetries;
  const AmMatchingTree *tree;
  guint32 *const *permutations;
  Level *levels; /* [n_factors of the tree] */
} Solver;

static const AmFactor *
factor_at (const Solver *solver, guint place)
{
  return am_symmetries_get_factor (solver->symmetries, (guint)solver->tree->factors[place]);
}

/* Its place in the tree. */
static guint
place_of (const Solver *solver, gint factor)
{
  guint place = 0;

  while (solver->tree->factors[place] != factor)
    place++;
  return place;
}

static void
record (const Solver *solver, guint place, gint64 branch)
{
  const Level *level = &solver->levels[place];

  if (branch != VALUE_ONLY)
    memcpy (solver->permutations[solver->tree->factors[place]] + (gsize)branch * level->size, level->columns,
            level->size * sizeof (guint32));
}

/* Sums of whole numbers may be too long for float: then all lose the same number of bits. */
static void
round_values (Level *level)
{
  const gsize n = (gsize)level->size * level->size;
  double largest = 0.0, scale = 1.0;

  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, fabs (level->values[i]));
  while (largest * scale > EXACT_FLOAT)
    scale *= 0.5;
  for (gsize i = 0; i < n; i++)
    level->rounded[i] = (float)rint (level->values[i] * scale);
}

static double
assign_values (Level *level)
{
  double sum = 0.0;

  round_values (level);
  am_assignment_maximise (level->rounded, level->size, level->size, level->columns, NULL, NULL);
  for (gsize x = 0; x < level->size; x++)
    sum += level->values[x * level->size + level->columns[x]];
  return sum;
}

static double
assign_view (Level *level, const View *view)
{
  am_assignment_maximise (view->data, level->size, view->stride, level->columns, NULL, NULL);
  return am_assignment_sum (view->data, level->size, view->stride, level->columns);
}

static void
add_view (Level *level, const View *view)
{
  for (gsize x = 0; x < level->size; x++)
    for (gsize y = 0; y < level->size; y++)
      level->values[x * level->size + y] += (double)view->data[x * view->stride + y];
}

static gsize
digit_size (const Solver *solver, gint factor)
{
  return am_symmetries_get_factor (solver->symmetries, (guint)factor)->size;
}

/* The elements of a view that has several coupled digits: where the other digits come from is settled, and
 * what is left is a matrix of digit @kept. */
static void
add_collapsed (const Solver *solver, const View *view, guint kept, Level *level)
{
  for (gsize row = 0; row < view->size; row++)
    {
      const float *data = view->data + row * view->stride;
      gsize rest = row, stride = 1, column = 0, kept_stride = 1, x = 0;

      for (guint k = view->n_digits; k-- > 0;)
        {
          gsize size = digit_size (solver, view->factors[k]);

          if (k == kept)
            {
              x = rest % size;
              kept_stride = stride;
            }
          else
            column += solver->levels[place_of (solver, view->factors[k])].columns[rest % size] * stride;
          rest /= size;
          stride *= size;
        }
      for (gsize y = 0; y < level->size; y++)
        level->values[x * level->size + y] += (double)data[column + y * kept_stride];
    }
}

/* Gathers what a coupled factor's assignment rests on. Returns whether there is anything. */
static gboolean
gather_coupled (const Solver *solver, guint place, const View *views, guint n_views, gboolean only_own)
{
  Level *level = &solver->levels[place];
  gboolean found = FALSE;

  memset (level->values, 0, (gsize)level->size * level->size * sizeof (double));
  for (guint i = 0; i < n_views; i++)
    for (guint k = 0; k < views[i].n_digits; k++)
      {
        if (views[i].factors[k] != solver->tree->factors[place] || (only_own && views[i].n_digits > 1))
          continue;
        found = TRUE;
        if (views[i].n_digits == 1)
          add_view (level, &views[i]);
        else
          add_collapsed (solver, &views[i], k, level);
      }
  return found;
}

static double
value_of_view (const Solver *solver, const View *view)
{
  double sum = 0.0;

  for (gsize row = 0; row < view->size; row++)
    {
      gsize rest = row, stride = 1, column = 0;

      for (guint k = view->n_digits; k-- > 0;)
        {
          const Level *level = &solver->levels[place_of (solver, view->factors[k])];

          column += level->columns[rest % level->size] * stride;
          rest /= level->size;
          stride *= level->size;
        }
      sum += (double)view->data[row * view->stride + column];
    }
  return sum;
}

static gboolean
is_coupled_child (const Solver *solver, guint place, gint parent)
{
  return solver->tree->is_coupled[place] && factor_at (solver, place)->parent == parent;
}

/* The first guess of each: by what concerns it alone, which others cannot mislead. */
static void
start_coupled (Solver *solver, gint parent, const View *views, guint n_views)
{
  for (guint place = 0; place < solver->tree->n_factors; place++)
    {
      Level *level = &solver->levels[place];

      if (!is_coupled_child (solver, place, parent))
        continue;
      if (gather_coupled (solver, place, views, n_views, TRUE))
        assign_values (level);
      else
        for (guint i = 0; i < level->size; i++)
          level->columns[i] = i;
    }
}

static double
value_of_coupled (const Solver *solver, const View *views, guint n_views)
{
  double sum = 0.0;

  for (guint i = 0; i < n_views; i++)
    sum += value_of_view (solver, &views[i]);
  return sum;
}

/* Children of @parent that share axes, in turn. Those without a view of their own go first: the others have a
 * guess already. */
static double
solve_coupled (Solver *solver, gint parent, const View *views, guint n_views, gint64 branch)
{
  double best = -INFINITY, value = 0.0;

  start_coupled (solver, parent, views, n_views);
  for (guint round = 0; round < MAX_ROUNDS; round++)
    {
      for (guint pass = 0; pass < 2; pass++)
        for (guint place = 0; place < solver->tree->n_factors; place++)
          if (is_coupled_child (solver, place, parent)
              && gather_coupled (solver, place, views, n_views, TRUE) == (pass == 1))
            {
              gather_coupled (solver, place, views, n_views, FALSE);
              assign_values (&solver->levels[place]);
            }
      value = value_of_coupled (solver, views, n_views);
      if (value <= best)
        break;
      best = value;
    }
  for (guint place = 0; place < solver->tree->n_factors; place++)
    if (is_coupled_child (solver, place, parent))
      record (solver, place, branch);
  return value;
}

static double solve_factor (Solver *solver, guint place, const View *views, guint n_views, gint64 branch);

/* Those of @views that coupled children share. */
static guint
pick_coupled (const Solver *solver, const View *views, guint n_views, View *coupled)
{
  guint n = 0;

  for (guint i = 0; i < n_views; i++)
    if (solver->tree->is_coupled[place_of (solver, views[i].factors[0])])
      coupled[n++] = views[i];
  return n;
}

/* All factors directly below an element of factor @parent. */
static double
solve_children (Solver *solver, guint parent, const View *views, guint n_views, gint64 branch)
{
  View *coupled = solver->levels[parent].coupled;
  guint n_coupled = pick_coupled (solver, views, n_views, coupled);
  double sum = 0.0;

  for (guint place = parent + 1; place < solver->tree->n_factors; place++)
    {
      View *own = solver->levels[place].own;
      guint n = 0;

      if (factor_at (solver, place)->parent != solver->tree->factors[parent]
          || solver->tree->is_coupled[place])
        continue;
      for (guint i = 0; i < n_views; i++)
        if (views[i].factors[0] == solver->tree->factors[place])
          own[n++] = views[i];
      sum += solve_factor (solver, place, own, n, branch);
    }
  if (n_coupled > 0)
    sum += solve_coupled (solver, solver->tree->factors[parent], coupled, n_coupled, branch);
  return sum;
}

/* What the views say about elements @x and @y alone; their blocks go to @inside. */
static double
enter_pair (const Solver *solver, const View *views, guint n_views, gsize x, gsize y, View *inside,
            guint *n_inside)
{
  double sum = 0.0;

  *n_inside = 0;
  for (guint i = 0; i < n_views; i++)
    {
      const View *view = &views[i];
      gsize size = view->size / digit_size (solver, view->factors[0]);
      const float *data = view->data + x * size * view->stride + y * size;

      if (view->n_digits == 1)
        sum += (double)*data;
      else
        inside[(*n_inside)++] = (View){ data, view->stride, view->factors + 1, view->n_digits - 1, size };
    }
  return sum;
}

static double
solve_pairs (Solver *solver, guint place, const View *views, guint n_views, gint64 branch)
{
  Level *level = &solver->levels[place];
  double sum;
  guint n;

  for (gsize x = 0; x < level->size; x++)
    for (gsize y = 0; y < level->size; y++)
      {
        double value = enter_pair (solver, views, n_views, x, y, level->inside, &n);

        level->values[x * level->size + y]
            = value + solve_children (solver, place, level->inside, n, VALUE_ONLY);
      }
  sum = assign_values (level);
  record (solver, place, branch);
  for (gsize x = 0; x < level->size && branch != VALUE_ONLY; x++)
    {
      enter_pair (solver, views, n_views, x, level->columns[x], level->inside, &n);
      solve_children (solver, place, level->inside, n, branch * level->size + (gint64)x);
    }
  return sum;
}

static gboolean
has_children (const Solver *solver, guint parent)
{
  for (guint place = parent + 1; place < solver->tree->n_factors; place++)
    if (factor_at (solver, place)->parent == solver->tree->factors[parent])
      return TRUE;
  return FALSE;
}

/* @views all start with the factor. Its permutation, and those below, are recorded for @branch. */
static double
solve_factor (Solver *solver, guint place, const View *views, guint n_views, gint64 branch)
{
  double sum;

  if (n_views != 1 || has_children (solver, place))
    return solve_pairs (solver, place, views, n_views, branch);
  sum = assign_view (&solver->levels[place], &views[0]);
  record (solver, place, branch);
  return sum;
}

static void
open_levels (Solver *solver)
{
  solver->levels = g_new0 (Level, solver->tree->n_factors);
  for (guint i = 0; i < solver->tree->n_factors; i++)
    {
      Level *level = &solver->levels[i];
      gboolean is_plain = solver->tree->n_factors == 1 && solver->tree->n_spaces == 1;

      level->size = factor_at (solver, i)->size;
      level->values = is_plain ? NULL : g_new (double, (gsize)level->size * level->size);
      level->rounded = is_plain ? NULL : g_new (float, (gsize)level->size * level->size);
      level->columns = g_new (guint32, level->size);
      level->inside = g_new (View, solver->tree->n_spaces);
      level->own = g_new (View, solver->tree->n_spaces);
      level->coupled = g_new (View, solver->tree->n_spaces);
    }
}

static void
close_levels (Solver *solver)
{
  for (guint i = 0; i < solver->tree->n_factors; i++)
    {
      g_free (solver->levels[i].values);
      g_free (solver->levels[i].rounded);
      g_free (solver->levels[i].columns);
      g_free (solver->levels[i].inside);
      g_free (solver->levels[i].own);
      g_free (solver->levels[i].coupled);
    }
  g_free (solver->levels);
}

double
am_nested_assignment_solve (const AmSymmetries *symmetries, const AmMatchingTree *tree,
                            const float *const *similarities, guint32 *const *permutations)
{
  Solver solver = { symmetries, tree, permutations, NULL };
  g_autofree View *views = g_new (View, tree->n_spaces);
  double sum;

  for (guint i = 0; i < tree->n_spaces; i++)
    views[i] = (View){ similarities[i], tree->spaces[i].size, tree->spaces[i].factors,
                       tree->spaces[i].n_digits, tree->spaces[i].size };
  open_levels (&solver);
  sum = solve_factor (&solver, 0, views, tree->n_spaces, 0);
  close_levels (&solver);
  return sum;
}
