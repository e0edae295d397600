/* Nested assignments against all elements of small groups. */
#include <string.h>

#include "align/nested-assignment.h"
#include "graph-builder.h"

/* A tree with random whole similarities, and every way to permute it. */
typedef struct
{
  const AmSymmetries *symmetries;
  const AmMatchingTree *tree;
  float **similarities; /* [n_spaces] */
  guint32 **trial;      /* [n_factors of the network] */
  double best;
  guint64 n_tried;
} Search;

static double
value_of (const Search *search, guint32 *const *permutations)
{
  double sum = 0.0;

  for (guint i = 0; i < search->tree->n_spaces; i++)
    {
      const AmMatchingSpace *space = &search->tree->spaces[i];
      g_autofree guint32 *map = g_new (guint32, space->size);

      am_matching_map_space (search->symmetries, space, permutations, map);
      for (gsize k = 0; k < space->size; k++)
        sum += (double)search->similarities[i][k * space->size + map[k]];
    }
  return sum;
}

static void try_from (Search *search, guint place, guint element);

/* All orders of what is left of a branch, by exchanging. */
static void
try_elements (Search *search, guint place, guint element)
{
  const AmFactor *factor = am_symmetries_get_factor (search->symmetries, (guint)search->tree->factors[place]);
  guint32 *permutation = search->trial[search->tree->factors[place]];
  const guint end = (element / factor->size + 1) * factor->size;

  for (guint other = element; other < end; other++)
    {
      guint32 kept = permutation[element];

      permutation[element] = permutation[other];
      permutation[other] = kept;
      try_from (search, place, element + 1);
      permutation[other] = permutation[element];
      permutation[element] = kept;
    }
}

static void
try_from (Search *search, guint place, guint element)
{
  const AmFactor *factor;

  if (place == search->tree->n_factors)
    {
      search->best = MAX (search->best, value_of (search, search->trial));
      search->n_tried++;
      return;
    }
  factor = am_symmetries_get_factor (search->symmetries, (guint)search->tree->factors[place]);
  if (element == factor->n_branches * factor->size)
    try_from (search, place + 1, 0);
  else
    try_elements (search, place, element);
}

static guint32 **
new_permutations (const AmSymmetries *symmetries)
{
  guint32 **permutations = g_new0 (guint32 *, am_symmetries_get_n_factors (symmetries));

  for (guint f = 0; f < am_symmetries_get_n_factors (symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, f);

      permutations[f] = g_new (guint32, (gsize)factor->n_branches * factor->size);
      for (guint i = 0; i < factor->n_branches * factor->size; i++)
        permutations[f][i] = i % factor->size;
    }
  return permutations;
}

static void
free_permutations (const AmSymmetries *symmetries, guint32 **permutations)
{
  for (guint f = 0; f < am_symmetries_get_n_factors (symmetries); f++)
    g_free (permutations[f]);
  g_free (permutations);
}

/* Whether every branch is a permutation. */
static void
check_permutations (const AmSymmetries *symmetries, const AmMatchingTree *tree, guint32 *const *permutations)
{
  for (guint i = 0; i < tree->n_factors; i++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, (guint)tree->factors[i]);

      for (guint b = 0; b < factor->n_branches; b++)
        {
          g_autofree gboolean *seen = g_new0 (gboolean, factor->size);

          for (guint x = 0; x < factor->size; x++)
            {
              guint32 source = permutations[tree->factors[i]][b * factor->size + x];

              g_assert_cmpuint (source, <, factor->size);
              g_assert_false (seen[source]);
              seen[source] = TRUE;
            }
        }
    }
}

static void
search_open (Search *search, const AmSymmetries *symmetries, const AmMatchingTree *tree)
{
  *search = (Search){ symmetries, tree, g_new0 (float *, tree->n_spaces), new_permutations (symmetries),
                      -1e30,      0 };
  for (guint i = 0; i < tree->n_spaces; i++)
    search->similarities[i] = g_new0 (float, tree->spaces[i].size * tree->spaces[i].size);
}

static void
search_close (Search *search)
{
  for (guint i = 0; i < search->tree->n_spaces; i++)
    g_free (search->similarities[i]);
  g_free (search->similarities);
  free_permutations (search->symmetries, search->trial);
}

static void
fill_random (Search *search, GRand *random, gint32 limit)
{
  for (guint i = 0; i < search->tree->n_spaces; i++)
    for (gsize k = 0; k < search->tree->spaces[i].size * search->tree->spaces[i].size; k++)
      search->similarities[i][k] = (float)g_rand_int_range (random, -limit, limit + 1);
}

static AmMatchingForest *
make_forest (const AmSymmetries *symmetries)
{
  const guint n = am_graph_get_n_tensors (am_symmetries_get_graph (symmetries));
  g_autofree gboolean *counts = g_new (gboolean, n);

  for (guint i = 0; i < n; i++)
    counts[i] = TRUE;
  return am_matching_forest_new (symmetries, counts);
}

static const AmMatchingTree *
find_tree (const AmMatchingForest *forest, guint n_factors)
{
  for (guint i = 0; i < forest->n_trees; i++)
    if (forest->trees[i].n_factors == n_factors)
      return &forest->trees[i];
  g_error ("no tree has %u factors", n_factors);
}

/* The solver's value and, if @is_exact, that no element of the group is better. Returns whether none is. */
static gboolean
check_solution (Search *search, guint64 n_elements, gboolean is_exact)
{
  guint32 **found = new_permutations (search->symmetries);
  double value = am_nested_assignment_solve (search->symmetries, search->tree,
                                             (const float *const *)search->similarities, found);

  check_permutations (search->symmetries, search->tree, found);
  g_assert_cmpfloat (value, ==, value_of (search, found));
  search->n_tried = 0;
  search->best = -1e30;
  try_from (search, 0, 0);
  g_assert_cmpuint (search->n_tried, ==, n_elements);
  g_assert_cmpfloat (value, <=, search->best);
  if (is_exact)
    g_assert_cmpfloat (value, ==, search->best);
  free_permutations (search->symmetries, found);
  return value == search->best;
}

static AmGraph *
make_attention (guint channels, guint heads, guint kv_heads)
{
  AmGraph *graph = am_graph_new ();
  guint input = build_input (graph, "input", 5);
  guint q = build_linear (graph, "q", input, channels);
  guint k = build_linear (graph, "k", input, channels / heads * kv_heads);
  guint v = build_linear (graph, "v", input, channels / heads * kv_heads);
  guint attention = build_attention (graph, q, k, v, heads, kv_heads);

  build_output (graph, "output", build_linear (graph, "out", attention, 4));
  return graph;
}

/* Three heads of three channels: 3! 3!^3 3!^3. Small numbers make many ties. */
static void
test_heads (void)
{
  g_autoptr (AmGraph) graph = make_attention (9, 3, 3);
  g_autoptr (AmSymmetries) symmetries = am_symmetries_new (graph);
  g_autoptr (AmMatchingForest) forest = make_forest (symmetries);
  const AmMatchingTree *tree = find_tree (forest, 3);
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  Search search;

  g_assert_true (tree->is_solvable);
  g_assert_cmpuint (tree->n_spaces, ==, 2);
  search_open (&search, symmetries, tree);
  fill_random (&search, random, 1000000);
  check_solution (&search, 279936, TRUE);
  fill_random (&search, random, 2);
  check_solution (&search, 279936, TRUE);
  search_close (&search);
}

/* Two norms of 2 and of 4 groups over 8 channels: groups in groups. */
static void
test_groups (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_conv (graph, "in", build_input (graph, "input", 3), 8, 1, 1);
  g_autoptr (AmSymmetries) symmetries = NULL;
  g_autoptr (AmMatchingForest) forest = NULL;
  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  Search search;

  x = build_group_norm (graph, "wide", x, 2);
  x = build_group_norm (graph, "narrow", x, 4);
  build_output (graph, "output", build_conv (graph, "out", x, 3, 1, 1));
  symmetries = am_symmetries_new (graph);
  forest = make_forest (symmetries);
  search_open (&search, symmetries, find_tree (forest, 3));
  for (guint i = 0; i < 50; i++)
    {
      fill_random (&search, random, i % 2 == 0 ? 1000000 : 3);
      check_solution (&search, 2 * 4 * 16, TRUE);
    }
  search_close (&search);
}

/* A hidden element on top of what all others have by chance: it must be found, although the turns that query
 * heads and channels take need not find the best of mere chance. */
static void
plant (const Search *search)
{
  for (guint i = 0; i < search->tree->n_spaces; i++)
    {
      const AmMatchingSpace *space = &search->tree->spaces[i];
      g_autofree guint32 *map = g_new (guint32, space->size);

      am_matching_map_space (search->symmetries, space, search->trial, map);
      for (gsize k = 0; k < space->size; k++)
        search->similarities[i][k * space->size + map[k]] += 1000.0f;
    }
}

static void
shuffle_branches (const Search *search, GRand *random)
{
  for (guint i = 0; i < search->tree->n_factors; i++)
    {
      const AmFactor *factor = am_symmetries_get_factor (search->symmetries, (guint)search->tree->factors[i]);
      guint32 *permutation = search->trial[search->tree->factors[i]];

      for (guint k = 0; k < factor->n_branches * factor->size; k++)
        {
          guint first = k / factor->size * factor->size;
          guint other = (guint)g_rand_int_range (random, (gint32)first, (gint32)k + 1);
          guint32 kept = permutation[k];

          permutation[k] = permutation[other];
          permutation[other] = kept;
        }
    }
}

/* Four query heads on two key heads of two channels. */
static void
test_queries (void)
{
  g_autoptr (AmGraph) graph = make_attention (8, 4, 2);
  g_autoptr (AmSymmetries) symmetries = am_symmetries_new (graph);
  g_autoptr (AmMatchingForest) forest = make_forest (symmetries);
  const AmMatchingTree *tree = find_tree (forest, 4);
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  guint n_best = 0;
  Search search;

  g_assert_true (tree->is_solvable);
  g_assert_cmpuint (tree->n_spaces, ==, 4);
  search_open (&search, symmetries, tree);
  for (guint i = 0; i < 100; i++)
    {
      fill_random (&search, random, 1000);
      n_best += check_solution (&search, 128, FALSE) ? 1 : 0;
      fill_random (&search, random, 400);
      shuffle_branches (&search, random);
      plant (&search);
      check_solution (&search, 128, TRUE);
    }
  g_test_message ("the best of 128 in %u of 100 cases of mere chance", n_best);
  g_assert_cmpuint (n_best, >=, 60);
  search_close (&search);
}

/* Values beyond 24 bits lose some; the result stays next to the best. */
static void
test_large_values (void)
{
  g_autoptr (AmGraph) graph = make_attention (96, 3, 3);
  g_autoptr (AmSymmetries) symmetries = am_symmetries_new (graph);
  g_autoptr (AmMatchingForest) forest = make_forest (symmetries);
  const AmMatchingTree *tree = find_tree (forest, 3);
  g_autoptr (GRand) random = g_rand_new_with_seed (4);
  guint32 **found = new_permutations (symmetries);
  double value, best;
  Search search;

  search_open (&search, symmetries, tree);
  for (guint i = 0; i < tree->n_spaces; i++)
    for (gsize k = 0; k < tree->spaces[i].size * tree->spaces[i].size; k++)
      search.similarities[i][k] = (float)(g_rand_int_range (random, 0, 1000) + 1000000);
  shuffle_branches (&search, random);
  for (guint i = 0; i < tree->n_spaces; i++)
    {
      g_autofree guint32 *map = g_new (guint32, tree->spaces[i].size);

      am_matching_map_space (symmetries, &tree->spaces[i], search.trial, map);
      for (gsize k = 0; k < tree->spaces[i].size; k++)
        search.similarities[i][k * tree->spaces[i].size + map[k]] = (float)AM_MATCHING_LEVELS;
    }
  best = value_of (&search, search.trial);
  value = am_nested_assignment_solve (symmetries, tree, (const float *const *)search.similarities, found);
  g_assert_cmpfloat (best, >, 16777216.0);
  g_assert_cmpfloat (value, ==, best);
  for (guint i = 0; i < tree->n_factors; i++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, (guint)tree->factors[i]);

      g_assert_cmpmem (found[tree->factors[i]], factor->n_branches * factor->size * sizeof (guint32),
                       search.trial[tree->factors[i]], factor->n_branches * factor->size * sizeof (guint32));
    }
  free_permutations (symmetries, found);
  search_close (&search);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nested-assignment/heads", test_heads);
  g_test_add_func ("/nested-assignment/groups", test_groups);
  g_test_add_func ("/nested-assignment/queries", test_queries);
  g_test_add_func ("/nested-assignment/large-values", test_large_values);
  return g_test_run ();
}
