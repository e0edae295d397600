/* The group of reorderings: what its elements say, and what undoes them. */
#include "align/reorder.h"

#include <math.h>
#include <string.h>

#include "hand-made-symmetries.h"

static guint32 *
get_permutation (const AmReorder *reorder, char letter)
{
  return reorder->permutations[hand_made_factor (letter)];
}

static gint
find_tensor (const AmSymmetries *symmetries, const char *name)
{
  return am_graph_find_tensor (am_symmetries_get_graph (symmetries), name);
}

static void
map_axis (const AmReorder *reorder, const char *tensor, guint axis, guint64 length, guint32 *map)
{
  const gint number = find_tensor (reorder->symmetries, tensor);

  am_reorder_map_axis (reorder, am_symmetries_find_binding (reorder->symmetries, (guint)number, axis), length,
                       map);
}

static void
test_identity (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  AmReorder *reorder = am_reorder_new (symmetries);

  g_assert_true (am_reorder_is_identity (reorder));
  for (guint f = 0; f < am_symmetries_get_n_factors (symmetries); f++)
    {
      g_assert_cmpuint (am_reorder_count_moved (reorder, f), ==, 0);
      g_assert_false (am_reorder_has_rotation (reorder, f));
    }
  for (guint i = 0; i < am_symmetries_get_n_bindings (symmetries); i++)
    {
      const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, i);
      const guint64 length
          = am_graph_get_tensor (am_symmetries_get_graph (symmetries), binding->tensor)->shape[binding->axis];
      g_autofree guint32 *map = g_new (guint32, length);

      am_reorder_map_axis (reorder, binding, length, map);
      for (guint32 k = 0; k < length; k++)
        g_assert_cmpuint (map[k], ==, k);
    }
  am_reorder_free (reorder);
}

/* Each part of a nested axis by hand: halves change places, then thirds, then quarters. The tensor has two
 * fixed elements in front. */
static void
test_nested_map (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  AmReorder *reorder = am_reorder_new (symmetries);
  guint32 map[26];

  /* The new half 0 is the old half 1. */
  get_permutation (reorder, 'A')[0] = 1;
  get_permutation (reorder, 'A')[1] = 0;
  map_axis (reorder, "deep.weight", 0, 26, map);
  for (guint i = 0; i < 26; i++)
    g_assert_cmpuint (map[i], ==, i < 2 ? i : i < 14 ? i + 12 : i - 12);

  /* In the new half 0, third 0 is third 2 and the other way round. */
  get_permutation (reorder, 'B')[0] = 2;
  get_permutation (reorder, 'B')[2] = 0;
  map_axis (reorder, "deep.weight", 0, 26, map);
  g_assert_cmpuint (map[2], ==, 2 + 12 + 8);
  g_assert_cmpuint (map[5], ==, 2 + 12 + 11);
  g_assert_cmpuint (map[6], ==, 2 + 12 + 4);
  g_assert_cmpuint (map[10], ==, 2 + 12);
  g_assert_cmpuint (map[14], ==, 2);
  g_assert_cmpuint (map[22], ==, 2 + 8);

  /* In the new half 1, third 1 turns round: branch 1 * 3 + 1. */
  for (guint i = 0; i < 4; i++)
    get_permutation (reorder, 'C')[4 * 4 + i] = 3 - i;
  map_axis (reorder, "deep.weight", 0, 26, map);
  for (guint i = 0; i < 4; i++)
    {
      g_assert_cmpuint (map[2 + 12 + 4 + i], ==, 2 + 4 + 3 - i);
      g_assert_cmpuint (map[2 + 4 + i], ==, 2 + 12 + 4 + i);
    }
  am_reorder_free (reorder);
}

/* Positions go with their channel; queries of a head and channels of its keys do not mind each other. */
static void
test_flat_and_sibling_maps (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  AmReorder *reorder = am_reorder_new (symmetries);
  guint32 map[216];

  get_permutation (reorder, 'U')[3] = 20;
  get_permutation (reorder, 'U')[20] = 3;
  map_axis (reorder, "flat.weight", 1, 216, map);
  for (guint i = 0; i < 216; i++)
    g_assert_cmpuint (map[i], ==, i / 9 == 3 ? i + 17 * 9 : i / 9 == 20 ? i - 17 * 9 : i);

  get_permutation (reorder, 'Q')[2 * 2] = 1; /* of head 2 */
  get_permutation (reorder, 'Q')[2 * 2 + 1] = 0;
  get_permutation (reorder, 'k')[2 * 4] = 3;
  get_permutation (reorder, 'k')[2 * 4 + 3] = 0;
  map_axis (reorder, "fused.weight", 0, 60, map);
  for (guint i = 0; i < 60; i++)
    {
      const guint32 expected = i == 16              ? 20 + 3
                               : i == 19            ? 20
                               : i == 20            ? 16 + 3
                               : i == 23            ? 16
                               : i == 17 || i == 18 ? i + 4
                               : i == 21 || i == 22 ? i - 4
                               : i == 24 + 8        ? 24 + 11
                               : i == 24 + 11       ? 24 + 8
                                                    : i;

      g_assert_cmpuint (map[i], ==, expected);
    }
  am_reorder_free (reorder);
}

static void
test_random_maps (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();

  for (guint64 seed = 0; seed < 20; seed++)
    {
      AmReorder *reorder = am_reorder_new_random (symmetries, seed);

      g_assert_false (am_reorder_is_identity (reorder));
      for (guint i = 0; i < am_symmetries_get_n_bindings (symmetries); i++)
        {
          const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, i);
          const guint64 length = am_graph_get_tensor (am_symmetries_get_graph (symmetries), binding->tensor)
                                     ->shape[binding->axis];
          g_autofree guint32 *expected = reference_map (reorder, binding->tensor, binding->axis);
          g_autofree guint32 *map = g_new (guint32, length);

          am_reorder_map_axis (reorder, binding, length, map);
          g_assert_cmpmem (map, length * sizeof *map, expected, length * sizeof *expected);
        }
      am_reorder_free (reorder);
    }
}

/* One after the other they lead back, whichever comes first. */
static void
test_inverse_maps (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();

  for (guint64 seed = 0; seed < 20; seed++)
    {
      AmReorder *reorder = am_reorder_new_random (symmetries, seed);
      AmReorder *inverse = am_reorder_invert (reorder);
      AmReorder *again = am_reorder_invert (inverse);

      for (guint i = 0; i < am_symmetries_get_n_bindings (symmetries); i++)
        {
          const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, i);
          const guint64 length = am_graph_get_tensor (am_symmetries_get_graph (symmetries), binding->tensor)
                                     ->shape[binding->axis];
          g_autofree guint32 *there = g_new (guint32, length);
          g_autofree guint32 *back = g_new (guint32, length);

          am_reorder_map_axis (reorder, binding, length, there);
          am_reorder_map_axis (inverse, binding, length, back);
          for (guint64 k = 0; k < length; k++)
            {
              g_assert_cmpuint (there[back[k]], ==, k);
              g_assert_cmpuint (back[there[k]], ==, k);
            }
        }
      for (guint f = 0; f < am_symmetries_get_n_factors (symmetries); f++)
        {
          const AmFactor *factor = am_symmetries_get_factor (symmetries, f);
          const gsize size = (gsize)factor->n_branches * factor->size * sizeof (guint32);

          g_assert_cmpmem (again->permutations[f], size, reorder->permutations[f], size);
        }
      am_reorder_free (reorder);
      am_reorder_free (inverse);
      am_reorder_free (again);
    }
}

/* Twice undone is as before, for matrices too; each is the transpose of the one it undoes. */
static void
test_inverse_rotations (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  AmReorder *reorder = am_reorder_new_random (symmetries, 5);

  am_reorder_rotate_randomly (reorder, 6);
  AmReorder *inverse = am_reorder_invert (reorder);
  AmReorder *again = am_reorder_invert (inverse);
  for (guint f = 0; f < am_symmetries_get_n_factors (symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, f);
      const gsize size = (gsize)factor->n_branches * factor->size * factor->size * sizeof (double);

      g_assert_cmpint (am_reorder_has_rotation (reorder, f), ==, factor->can_rotate);
      g_assert_cmpint (am_reorder_has_rotation (inverse, f), ==, factor->can_rotate);
      if (!factor->can_rotate)
        continue;
      g_assert_cmpmem (again->rotations[f], size, reorder->rotations[f], size);
      g_assert_cmpint (memcmp (inverse->rotations[f], reorder->rotations[f], size), !=, 0);
    }
  g_assert_false (am_reorder_is_identity (inverse));
  am_reorder_free (reorder);
  am_reorder_free (inverse);
  am_reorder_free (again);
}

static void
test_rotations_are_orthogonal (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  AmReorder *reorder = am_reorder_new (symmetries);

  am_reorder_rotate_randomly (reorder, 1);
  am_reorder_rotate_randomly (reorder, 2);
  for (guint f = 0; f < am_symmetries_get_n_factors (symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, f);
      const guint n = factor->size;

      for (guint b = 0; factor->can_rotate && b < factor->n_branches; b++)
        for (guint i = 0; i < n; i++)
          for (guint k = 0; k < n; k++)
            {
              const double *rows = reorder->rotations[f] + (gsize)b * n * n;
              double product = 0;

              for (guint y = 0; y < n; y++)
                product += rows[i * n + y] * rows[k * n + y];
              g_assert_cmpfloat_with_epsilon (product, i == k, 1e-14);
              g_assert_cmpfloat (fabs (rows[i * n + k]), <, 0.9999);
            }
    }
  am_reorder_free (reorder);
}

static void
test_copy (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  AmReorder *reorder = am_reorder_new_random (symmetries, 3);

  am_reorder_rotate_randomly (reorder, 4);
  AmReorder *copy = am_reorder_copy (reorder);
  get_permutation (reorder, 'H')[0] = get_permutation (reorder, 'H')[1] = 77;
  reorder->rotations[hand_made_factor ('R')][0] = 77;
  g_assert_cmpuint (get_permutation (copy, 'H')[0], <, 3);
  g_assert_cmpfloat (fabs (copy->rotations[hand_made_factor ('R')][0]), <=, 1);
  g_assert_cmpfloat (copy->rotations[hand_made_factor ('R')][1], ==,
                     reorder->rotations[hand_made_factor ('R')][1]);
  g_assert_cmpmem (get_permutation (copy, 'L'), 16000, get_permutation (reorder, 'L'), 16000);
  am_reorder_free (reorder);
  am_reorder_free (copy);
}

static guint
count_moved (const AmReorder *reorder, char letter)
{
  return am_reorder_count_moved (reorder, hand_made_factor (letter));
}

static void
test_counts (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  AmReorder *reorder = am_reorder_new (symmetries);

  /* In the new third 4, two of four. */
  get_permutation (reorder, 'C')[16] = 1;
  get_permutation (reorder, 'C')[17] = 0;
  g_assert_cmpuint (count_moved (reorder, 'C'), ==, 2);
  g_assert_cmpuint (count_moved (reorder, 'B'), ==, 0);
  g_assert_false (am_reorder_is_identity (reorder));

  /* Thirds 3 and 5 change places, all of their four with them. */
  get_permutation (reorder, 'B')[3] = 2;
  get_permutation (reorder, 'B')[5] = 0;
  g_assert_cmpuint (count_moved (reorder, 'B'), ==, 2);
  g_assert_cmpuint (count_moved (reorder, 'C'), ==, 10);
  g_assert_cmpuint (count_moved (reorder, 'A'), ==, 0);

  /* Halves change places: everything moves. */
  get_permutation (reorder, 'A')[0] = 1;
  get_permutation (reorder, 'A')[1] = 0;
  g_assert_cmpuint (count_moved (reorder, 'A'), ==, 2);
  g_assert_cmpuint (count_moved (reorder, 'B'), ==, 6);
  g_assert_cmpuint (count_moved (reorder, 'C'), ==, 24);
  g_assert_cmpuint (count_moved (reorder, 'U'), ==, 0);
  am_reorder_free (reorder);
}

/* A rotation moves nothing, and is no identity. */
static void
test_rotation_alone (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  AmReorder *reorder = am_reorder_new (symmetries);

  am_reorder_rotate_randomly (reorder, 0);
  g_assert_cmpuint (count_moved (reorder, 'R'), ==, 0);
  g_assert_false (am_reorder_is_identity (reorder));
  am_reorder_free (reorder);
}

static guint32
hash_permutations (const AmReorder *reorder)
{
  guint32 hash = 2166136261u;

  for (guint f = 0; f < am_symmetries_get_n_factors (reorder->symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (reorder->symmetries, f);

      for (gsize i = 0; i < (gsize)factor->n_branches * factor->size; i++)
        hash = (hash ^ reorder->permutations[f][i]) * 16777619u;
    }
  return hash;
}

/* The same on every machine, and from release to release. */
static void
test_random_is_fixed (void)
{
  static const guint32 hashes[] = { 0x12129778, 0x95266014, 0x3eea460a };
  g_autoptr (HandMade) symmetries = hand_made_new ();

  for (guint seed = 0; seed < G_N_ELEMENTS (hashes); seed++)
    {
      AmReorder *reorder = am_reorder_new_random (symmetries, seed);

      g_assert_cmphex (hash_permutations (reorder), ==, hashes[seed]);
      am_reorder_free (reorder);
    }
}

/* All six orders of three heads come up, each about a sixth of the time. */
static void
test_random_is_uniform (void)
{
  g_autoptr (HandMade) symmetries = hand_made_new ();
  guint counts[27] = { 0 }, n_seen = 0;

  for (guint seed = 0; seed < 600; seed++)
    {
      AmReorder *reorder = am_reorder_new_random (symmetries, seed);
      const guint32 *heads = get_permutation (reorder, 'H');

      counts[heads[0] * 9 + heads[1] * 3 + heads[2]]++;
      am_reorder_free (reorder);
    }
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      n_seen += counts[i] > 0 ? 1 : 0;
      g_assert_true (counts[i] == 0 || (counts[i] > 60 && counts[i] < 145));
    }
  g_assert_cmpuint (n_seen, ==, 6);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reorder/identity", test_identity);
  g_test_add_func ("/reorder/nested-map", test_nested_map);
  g_test_add_func ("/reorder/flat-and-sibling-maps", test_flat_and_sibling_maps);
  g_test_add_func ("/reorder/random-maps", test_random_maps);
  g_test_add_func ("/reorder/inverse-maps", test_inverse_maps);
  g_test_add_func ("/reorder/inverse-rotations", test_inverse_rotations);
  g_test_add_func ("/reorder/rotations-are-orthogonal", test_rotations_are_orthogonal);
  g_test_add_func ("/reorder/copy", test_copy);
  g_test_add_func ("/reorder/counts", test_counts);
  g_test_add_func ("/reorder/rotation-alone", test_rotation_alone);
  g_test_add_func ("/reorder/random-is-fixed", test_random_is_fixed);
  g_test_add_func ("/reorder/random-is-uniform", test_random_is_uniform);
  return g_test_run ();
}
