/* Similarities of units, and sums over tensors, against the same written plainly in double. */
#include <math.h>

#include "fixture-checkpoint.h"
#include "hand-made-symmetries.h"
#include "matching-fixture.h"

/* Larger tensors of the hand-made symmetries take too long here. */
#define MAX_LENGTH 40000

static char *folder;

typedef struct
{
  HandMade *symmetries;
  MatchingSide *reference, *model;
  AmMatchingPair *pair;
  AmMatchingForest *forest;
  AmReorder *reorder;
  AmCrew *crew;
  const AmModel *models[1];
  AmCheckpoint *checkpoints[1];
  AmReference reference_models;
} Scene;

/* Random networks of the hand-made symmetries, a random reordering. */
static void
scene_open (Scene *scene, guint32 seed)
{
  scene->symmetries = hand_made_new ();
  scene->reference
      = matching_side_new_random (am_symmetries_get_graph (scene->symmetries), folder, seed, NULL);
  scene->model
      = matching_side_new_random (am_symmetries_get_graph (scene->symmetries), folder, seed + 1, NULL);
  scene->models[0] = scene->reference->model;
  scene->checkpoints[0] = scene->reference->checkpoint;
  scene->reference_models = (AmReference){ 1, scene->models, scene->checkpoints };
  scene->pair = am_matching_pair_new (scene->symmetries, scene->model->model, scene->model->checkpoint,
                                      &scene->reference_models);
  scene->forest = am_matching_forest_new (scene->symmetries, scene->pair->counts);
  scene->reorder = am_reorder_new_random (scene->symmetries, 5);
  scene->crew = am_crew_new (2, NULL, NULL, NULL);
}

static void
scene_close (Scene *scene)
{
  am_crew_free (scene->crew);
  am_reorder_free (scene->reorder);
  am_matching_forest_free (scene->forest);
  am_matching_pair_free (scene->pair);
  matching_side_free (scene->reference);
  matching_side_free (scene->model);
  hand_made_free (scene->symmetries);
}

/* The reordering without that of a tree. */
static AmReorder *
leave_out (const Scene *scene, guint tree)
{
  AmReorder *reorder = am_reorder_copy (scene->reorder);

  for (guint f = 0; f < am_symmetries_get_n_factors (scene->symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (scene->symmetries, f);

      for (guint i = 0; scene->forest->tree_of[f] == tree && i < factor->n_branches * factor->size; i++)
        reorder->permutations[f][i] = i % factor->size;
    }
  return reorder;
}

/* Takes element @place of a segment apart: number among the tree's digits, and with those replaced by the
 * digits of @unit, the element that comes of it. */
static guint64
replace_unit (const Scene *scene, const AmAxisSegment *segment, guint tree, guint64 place, guint64 unit,
              guint64 *own_unit)
{
  guint64 replaced = 0, weight = 1, own_weight = 1;

  *own_unit = 0;
  for (guint k = segment->n_digits; k-- > 0;)
    {
      const AmDigit *digit = &segment->digits[k];
      guint64 value = place % digit->size;

      if (digit->factor != AM_FIXED_FACTOR && scene->forest->tree_of[digit->factor] == tree)
        {
          *own_unit += value * own_weight;
          own_weight *= digit->size;
          value = unit % digit->size;
          unit /= digit->size;
        }
      replaced += value * weight;
      weight *= digit->size;
      place /= digit->size;
    }
  return replaced;
}

static guint32 *
map_axis (const AmReorder *reorder, guint number, guint axis)
{
  const AmGraphTensor *tensor = am_graph_get_tensor (am_symmetries_get_graph (reorder->symmetries), number);
  const AmAxisBinding *binding = am_symmetries_find_binding (reorder->symmetries, number, axis);
  guint32 *map = g_new (guint32, tensor->shape[axis]);

  for (guint32 i = 0; i < tensor->shape[axis]; i++)
    map[i] = i;
  if (binding != NULL)
    am_reorder_map_axis (reorder, binding, tensor->shape[axis], map);
  return map;
}

static void
add_naively (const Scene *scene, guint tree, const AmMatchingSlice *slice, const double *a, const double *b,
             double *sums)
{
  const AmGraph *graph = am_symmetries_get_graph (scene->symmetries);
  const AmGraphTensor *tensor = am_graph_get_tensor (graph, slice->tensor);
  const guint64 n = scene->forest->trees[tree].spaces[slice->space].size;
  g_autoptr (AmReorder) others = leave_out (scene, tree);
  guint32 *maps[5];
  guint64 length = 1, own_stride = 1;

  for (guint axis = 0; axis < tensor->n_dims; axis++)
    {
      maps[axis] = map_axis (axis == slice->axis ? others : scene->reorder, slice->tensor, axis);
      length *= tensor->shape[axis];
      own_stride *= axis > slice->axis ? tensor->shape[axis] : 1;
    }
  for (guint64 i = 0; i < length; i++)
    {
      guint64 rest = i, source = 0, stride = 1;
      guint64 place = i / own_stride % tensor->shape[slice->axis] - slice->segment->start;

      if (place >= slice->segment->length)
        continue;
      for (guint axis = tensor->n_dims; axis-- > 0;)
        {
          if (axis != slice->axis)
            source += maps[axis][rest % tensor->shape[axis]] * stride;
          rest /= tensor->shape[axis];
          stride *= tensor->shape[axis];
        }
      for (guint64 unit = 0; unit < n; unit++)
        {
          guint64 own;
          guint64 other = replace_unit (scene, slice->segment, tree, place, unit, &own);

          sums[own * n + unit]
              += a[i] * b[source + maps[slice->axis][slice->segment->start + other] * own_stride];
        }
    }
  for (guint axis = 0; axis < tensor->n_dims; axis++)
    g_free (maps[axis]);
}

/* Norms of the units come from the similarity of each network with itself, not reordered. */
static void
normalise_naively (const Scene *scene, guint tree, const AmMatchingSlice *slice, const double *a,
                   const double *b, double *sums)
{
  const guint64 n = scene->forest->trees[tree].spaces[slice->space].size;
  const guint axis = slice->axis;
  const double n_columns = (double)scene->pair->tensors[slice->tensor]->length
                           / (double)scene->pair->tensors[slice->tensor]->shape[axis]
                           * (double)slice->segment->length / (double)n;
  Scene still = *scene;
  g_autoptr (AmReorder) identity = am_reorder_new (scene->symmetries);
  g_autofree double *norms_a = g_new0 (double, n *n), *norms_b = g_new0 (double, n *n);

  still.reorder = identity;
  add_naively (&still, tree, slice, a, a, norms_a);
  add_naively (&still, tree, slice, b, b, norms_b);
  for (guint64 i = 0; i < n * n; i++)
    sums[i] *= n_columns / sqrt (norms_a[i / n * (n + 1)] * norms_b[i % n * (n + 1)]);
}

static double *
compare_naively (const Scene *scene, guint tree, const AmMatchingSlice *slices, guint n_slices,
                 gboolean normalise)
{
  const AmGraph *graph = am_symmetries_get_graph (scene->symmetries);
  const guint64 n = scene->forest->trees[tree].spaces[slices[0].space].size;
  double *sums = g_new0 (double, n *n);

  for (guint i = 0; i < n_slices; i++)
    {
      g_autofree double *a = matching_side_read (scene->reference, graph, slices[i].tensor);
      g_autofree double *b = matching_side_read (scene->model, graph, slices[i].tensor);
      g_autofree double *part = g_new0 (double, n *n);

      add_naively (scene, tree, &slices[i], a, b, part);
      if (normalise)
        normalise_naively (scene, tree, &slices[i], a, b, part);
      for (guint64 k = 0; k < n * n; k++)
        sums[k] += part[k];
    }
  return sums;
}

static void
count (guint64 size, double work, gpointer user_data)
{
  double *sums = user_data;

  sums[0] += (double)size;
  sums[1] += work;
}

static void
check_slices (const Scene *scene, guint tree, const AmMatchingSlice *slices, guint n_slices,
              gboolean normalise)
{
  const guint64 n = scene->forest->trees[tree].spaces[slices[0].space].size;
  g_autofree double *expected = compare_naively (scene, tree, slices, n_slices, normalise);
  g_autofree float *sums = g_new0 (float, n *n);
  double counts[2] = { 0.0, 0.0 }, largest = 0.0;
  AmSimilarity similarity = { .pair = scene->pair,
                              .forest = scene->forest,
                              .reorder = scene->reorder,
                              .crew = scene->crew,
                              .normalise = normalise,
                              .scale_a = 1.0f,
                              .scale_b = 0.5f,
                              .compared = count,
                              .user_data = counts };
  g_autoptr (GError) error = NULL;

  am_similarity_add (&similarity, tree, slices, n_slices, NULL, sums, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (counts[0], >, 0.0);
  g_assert_cmpfloat (counts[1], >, 0.0);
  for (guint64 i = 0; i < n * n; i++)
    largest = MAX (largest, fabs (expected[i]));
  g_assert_cmpfloat (largest, >, 0.0);
  for (guint64 i = 0; i < n * n; i++)
    g_assert_cmpfloat (fabs ((double)sums[i] / (normalise ? 1.0 : 0.5) - expected[i]), <, 3e-6 * largest);
}

/* Each slice alone, so that none hides behind another, and all of a space together. */
static void
check_tree (const Scene *scene, guint number, gboolean normalise)
{
  const AmMatchingTree *tree = &scene->forest->trees[number];
  g_autoptr (GArray) small = g_array_new (FALSE, FALSE, sizeof (AmMatchingSlice));

  for (guint i = 0; i < tree->n_slices; i++)
    {
      const AmMatchingSlice *slice = &tree->slices[i];

      if (scene->pair->tensors[slice->tensor]->length > MAX_LENGTH || tree->spaces[slice->space].size > 100)
        continue;
      check_slices (scene, number, slice, 1, normalise);
      if (small->len > 0 && g_array_index (small, AmMatchingSlice, 0).space != slice->space)
        {
          check_slices (scene, number, (const AmMatchingSlice *)(gconstpointer)small->data, small->len,
                        normalise);
          g_array_set_size (small, 0);
        }
      g_array_append_val (small, *slice);
    }
  if (small->len > 0)
    check_slices (scene, number, (const AmMatchingSlice *)(gconstpointer)small->data, small->len, normalise);
}

static void
test_similarity (gconstpointer data)
{
  Scene scene;

  scene_open (&scene, 1);
  for (guint i = 0; i < scene.forest->n_trees; i++)
    check_tree (&scene, i, GPOINTER_TO_INT (data));
  scene_close (&scene);
}

/* Sums that were made under one reordering and brought up to date are those made under the other. */
static void
check_update (Scene *scene, guint number, const AmMatchingSlice *slice, gboolean normalise)
{
  const gsize n = scene->forest->trees[number].spaces[slice->space].size;
  g_autofree float *updated = g_new0 (float, n *n), *fresh = g_new0 (float, n *n);
  g_autoptr (AmReorder) other = am_reorder_new_random (scene->symmetries, 6);
  double counts[2] = { 0.0, 0.0 }, largest = 0.0;
  AmSimilarity similarity = { .pair = scene->pair,
                              .forest = scene->forest,
                              .reorder = other,
                              .crew = scene->crew,
                              .normalise = normalise,
                              .scale_a = 1.0f,
                              .scale_b = 1.0f,
                              .compared = count,
                              .user_data = counts };
  g_autoptr (GError) error = NULL;

  am_similarity_add (&similarity, number, slice, 1, NULL, updated, &error);
  g_assert_no_error (error);
  similarity.reorder = scene->reorder;
  am_similarity_add (&similarity, number, slice, 1, other, updated, &error);
  g_assert_no_error (error);
  am_similarity_add (&similarity, number, slice, 1, NULL, fresh, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < n * n; i++)
    largest = MAX (largest, fabs ((double)fresh[i]));
  for (gsize i = 0; i < n * n; i++)
    g_assert_cmpfloat (fabs ((double)updated[i] - (double)fresh[i]), <, 3e-6 * largest);
  /* Nothing is compared when nothing changed. */
  counts[1] = 0.0;
  am_similarity_add (&similarity, number, slice, 1, scene->reorder, updated, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (counts[1], ==, 0.0);
}

static void
test_update (gconstpointer data)
{
  Scene scene;

  scene_open (&scene, 5);
  for (guint i = 0; i < scene.forest->n_trees; i++)
    for (guint k = 0; k < scene.forest->trees[i].n_slices; k++)
      if (scene.pair->tensors[scene.forest->trees[i].slices[k].tensor]->length <= MAX_LENGTH)
        check_update (&scene, i, &scene.forest->trees[i].slices[k], GPOINTER_TO_INT (data));
  scene_close (&scene);
}

/* More columns than a panel has, read by rows and all at once. */
static void
test_panels (void)
{
  Scene scene;
  guint n_checked = 0;

  scene_open (&scene, 1);
  for (guint i = 0; i < scene.forest->trees[0].n_slices; i++)
    {
      const AmMatchingSlice *slice = &scene.forest->trees[0].slices[i];
      const char *name = scene.pair->tensors[slice->tensor]->name;

      if (!g_str_equal (name, "large.weight") && !g_str_equal (name, "stack.weight"))
        continue;
      check_slices (&scene, 0, slice, 1, FALSE);
      n_checked++;
    }
  g_assert_cmpuint (n_checked, ==, 2);
  scene_close (&scene);
}

static gboolean
is_bound (const Scene *scene, guint tensor)
{
  for (guint axis = 0; axis < scene->pair->tensors[tensor]->n_dims; axis++)
    if (am_symmetries_find_binding (scene->symmetries, tensor, axis) != NULL)
      return TRUE;
  return FALSE;
}

/* <A, reordered B> of each tensor; returns it for those that move. */
static double
check_sum (const Scene *scene, guint tensor)
{
  g_autofree double *a
      = matching_side_read (scene->reference, am_symmetries_get_graph (scene->symmetries), tensor);
  double inner, norm_a, norm_b, expected = 0.0;
  g_autoptr (GError) error = NULL;

  am_matching_sum (scene->pair, tensor, scene->reorder, scene->crew, &inner, &norm_a, &norm_b, &error);
  g_assert_no_error (error);
  for (guint64 i = 0; i < scene->pair->tensors[tensor]->length; i++)
    expected += a[i] * a[i];
  g_assert_cmpfloat_with_epsilon (norm_a, expected, 1e-12 * expected);
  g_assert_cmpfloat (fabs (inner), <=, sqrt (norm_a * norm_b));
  return is_bound (scene, tensor) ? inner : 0.0;
}

static void
test_sums (void)
{
  Scene scene;
  double total = 0.0;

  scene_open (&scene, 3);
  for (guint i = 0; i < scene.pair->n_tensors; i++)
    total += check_sum (&scene, i);
  g_assert_cmpfloat_with_epsilon (total, matching_naive_inner (scene.reorder, scene.reference, scene.model),
                                  1e-9);
  scene_close (&scene);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_data_func ("/similarity/product", GINT_TO_POINTER (FALSE), test_similarity);
  g_test_add_data_func ("/similarity/cosine", GINT_TO_POINTER (TRUE), test_similarity);
  g_test_add_data_func ("/similarity/update/product", GINT_TO_POINTER (FALSE), test_update);
  g_test_add_data_func ("/similarity/update/cosine", GINT_TO_POINTER (TRUE), test_update);
  g_test_add_func ("/similarity/panels", test_panels);
  g_test_add_func ("/similarity/sums", test_sums);
  result = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return result;
}
