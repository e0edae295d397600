/* Weight matching as a whole: objective, order, threads, sums, rotations. */
#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "matching-scene.h"

static char *folder;

/* What an observer keeps of a run. */
typedef struct
{
  const MatchingScene *scene;
  double inner;
  double gains;
  guint n_calls;
} Ascent;

static void
watch (const AmReorder *reorder, gint root, double gain, gpointer user_data)
{
  Ascent *ascent = user_data;
  double inner = matching_naive_inner (reorder, ascent->scene->a, ascent->scene->b);

  g_assert_cmpfloat (inner, >, ascent->inner);
  g_assert_cmpfloat_with_epsilon (inner - ascent->inner, gain, 1e-3 * gain + 1e-5);
  ascent->inner = inner;
  ascent->gains += gain;
  ascent->n_calls++;
}

static AmMatching *
run_observed (const MatchingScene *scene, const AmReorder *start, AmMatchingObserver observer,
              gpointer user_data)
{
  const AmModel *models[] = { scene->a->model };
  AmCheckpoint *checkpoints[] = { scene->a->checkpoint };
  const AmReference reference = { 1, models, checkpoints };
  g_autoptr (GError) error = NULL;
  AmMatching *matching
      = am_weight_matching_run_observed (scene->symmetries, scene->b->model, scene->b->checkpoint, &reference,
                                         scene->settings, start, 1, NULL, NULL, observer, user_data, &error);

  g_assert_no_error (error);
  return matching;
}

/* Each step makes <A, reordered B> larger, by as much as the step says. */
static void
test_monotone (gconstpointer data)
{
  for (guint order = AM_ALIGN_RANDOM; order <= AM_ALIGN_ALTERNATE; order++)
    {
      g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
      g_autoptr (AmReorder) identity = NULL;
      g_autoptr (AmMatching) matching = NULL;
      Ascent ascent = { &scene, 0.0, 0.0, 0 };

      matching_scene_open (&scene, folder, matching_scene_new_transformer_graph (GPOINTER_TO_UINT (data)));
      scene.settings->order = (AmAlignOrder)order;
      identity = am_reorder_new (scene.symmetries);
      ascent.inner = matching_naive_inner (identity, scene.a, scene.b);
      matching = run_observed (&scene, identity, watch, &ascent);
      g_assert_cmpuint (ascent.n_calls, >=, 3);
      g_assert_cmpuint (matching->n_solves, >=, ascent.n_calls);
      g_assert_cmpfloat_with_epsilon (matching->objective, ascent.inner, 1e-9 * ascent.inner);
    }
}

static void
assert_equal_sums (const AmMatchingSums *a, const AmMatchingSums *b)
{
  g_assert_cmpmem (a, sizeof *a, b, sizeof *b);
}

static void
assert_equal (const MatchingScene *scene, const AmMatching *a, const AmMatching *b)
{
  g_assert_true (matching_is_equal (a->reorder, b->reorder));
  g_assert_cmpuint (a->n_sweeps, ==, b->n_sweeps);
  g_assert_cmpuint (a->n_solves, ==, b->n_solves);
  g_assert_cmpfloat (a->objective, ==, b->objective);
  assert_equal_sums (&a->total, &b->total);
  for (guint f = 0; f < am_symmetries_get_n_factors (scene->symmetries); f++)
    assert_equal_sums (&a->sums[f], &b->sums[f]);
}

/* Many trees of unrelated networks, so that the result depends on every step; to the bit. */
static void
check_threads (AmGraph *graph, gboolean rotate)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmMatching) one = NULL;

  matching_scene_open (&scene, folder, graph);
  scene.settings->restarts = 2;
  scene.settings->rotate = rotate;
  one = matching_scene_run (&scene, 1);
  g_assert_cmpuint (one->n_sweeps, >, 1);
  for (guint n_threads = 2; n_threads <= 5; n_threads++)
    {
      g_autoptr (AmMatching) several = matching_scene_run (&scene, n_threads);

      assert_equal (&scene, one, several);
    }
}

static void
test_threads (void)
{
  check_threads (matching_scene_new_perceptron_graph (12, 40), FALSE);
  check_threads (matching_scene_new_transformer_graph (4), TRUE);
}

/* The first of several starts is a start alone, and more are never worse. */
static void
test_restarts (void)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  double best = -INFINITY;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (5, 30));
  for (guint restarts = 1; restarts <= 5; restarts++)
    {
      g_autoptr (AmMatching) matching = NULL;

      scene.settings->restarts = restarts;
      matching = matching_scene_run (&scene, 2);
      g_assert_cmpfloat (matching->objective, >=, best);
      best = matching->objective;
    }
  scene.settings->restarts = 1;
  {
    g_autoptr (AmMatching) single = matching_scene_run (&scene, 2);
    g_autoptr (AmMatching) other = NULL;

    g_assert_cmpfloat (single->objective, <, best);
    scene.settings->seed = 1;
    other = matching_scene_run (&scene, 2);
    g_assert_false (matching_is_equal (single->reorder, other->reorder));
  }
}

static void
test_limits (void)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmMatching) all = NULL, one = NULL, coarse = NULL, again = NULL;
  const AmModel *models[1];
  AmCheckpoint *checkpoints[1];
  AmReference reference = { 1, models, checkpoints };
  g_autoptr (GError) error = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (5, 30));
  models[0] = scene.a->model;
  checkpoints[0] = scene.a->checkpoint;
  all = matching_scene_run (&scene, 2);
  scene.settings->max_sweeps = 1;
  one = matching_scene_run (&scene, 2);
  g_assert_cmpuint (one->n_sweeps, ==, 1);
  g_assert_cmpfloat (one->objective, <, all->objective);
  scene.settings->max_sweeps = 100;
  scene.settings->tolerance = 0.05;
  coarse = matching_scene_run (&scene, 2);
  g_assert_cmpuint (coarse->n_sweeps, <, all->n_sweeps);
  /* From where it ended there is nothing to gain. */
  again = am_weight_matching_run (scene.symmetries, scene.b->model, scene.b->checkpoint, &reference,
                                  scene.settings, all->reorder, 2, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->n_sweeps, ==, 1);
  g_assert_true (matching_is_equal (again->reorder, all->reorder));
  g_assert_cmpfloat (again->objective, ==, all->objective);
}

/* All hidden elements of the group come back, with grouped queries and a square matrix too. */
static void
test_recovery (gconstpointer data)
{
  for (guint32 seed = 1; seed <= 10; seed++)
    {
      g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
      g_autoptr (AmReorder) hidden = NULL;
      g_autoptr (AmMatching) matching = NULL;

      matching_scene_open (&scene, folder, matching_scene_new_transformer_graph (GPOINTER_TO_UINT (data)));
      hidden = matching_scene_hide (&scene, 0.1, seed);
      matching = matching_scene_run (&scene, 2);
      matching_assert_undone (matching->reorder, hidden);
    }
}

/* A stream through so many blocks that, as long as their hidden layers are in disorder, what these say of it
 * drowns what inputs and outputs say. */
static void
test_deep (void)
{
  for (guint32 seed = 1; seed <= 5; seed++)
    {
      g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
      g_autoptr (AmReorder) hidden = NULL;
      g_autoptr (AmMatching) matching = NULL;

      matching_scene_open (&scene, folder, matching_scene_new_residual_graph (40));
      hidden = matching_scene_hide (&scene, 0.1, seed);
      matching = matching_scene_run (&scene, 2);
      matching_assert_undone (matching->reorder, hidden);
    }
}

/* Cosines find it too. */
static void
test_normalise (void)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_transformer_graph (4));
  hidden = matching_scene_hide (&scene, 0.3, 1);
  scene.settings->normalise = TRUE;
  matching = matching_scene_run (&scene, 2);
  matching_assert_undone (matching->reorder, hidden);
}

/* A layer's sums are those of its tensors, the whole's those of all. */
static void
test_sums (void)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmReorder) hidden = NULL, identity = NULL;
  g_autoptr (AmMatching) matching = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (1, 20));
  hidden = matching_scene_hide (&scene, 0.3, 1);
  identity = am_reorder_new (scene.symmetries);
  matching = matching_scene_run (&scene, 1);
  g_assert_cmpfloat_with_epsilon (matching->sums[0].inner_before,
                                  matching_naive_inner (identity, scene.a, scene.b), 1e-9);
  g_assert_cmpfloat_with_epsilon (matching->sums[0].inner_after,
                                  matching_naive_inner (matching->reorder, scene.a, scene.b), 1e-9);
  g_assert_cmpfloat_with_epsilon (matching->sums[0].norm_a, matching_naive_inner (identity, scene.a, scene.a),
                                  1e-9);
  g_assert_cmpfloat_with_epsilon (matching->sums[0].norm_b, matching_naive_inner (identity, scene.b, scene.b),
                                  1e-9);
  g_assert_cmpfloat (matching->objective, ==, matching->sums[0].inner_after);
  /* The last bias is in the whole alone. */
  g_assert_cmpfloat (matching->total.norm_a, >, matching->sums[0].norm_a);
  g_assert_cmpfloat_with_epsilon (matching->total.inner_after - matching->total.inner_before,
                                  matching->sums[0].inner_after - matching->sums[0].inner_before, 1e-9);
}

static void
cancel (const AmReorder *reorder, gint root, double gain, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

/* Beforehand, and after the first step. */
static void
test_cancel (void)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  const AmModel *models[1];
  AmCheckpoint *checkpoints[1];
  AmReference reference = { 1, models, checkpoints };

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (12, 40));
  models[0] = scene.a->model;
  checkpoints[0] = scene.a->checkpoint;
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;

      if (i == 0)
        g_cancellable_cancel (cancellable);
      g_assert_null (am_weight_matching_run_observed (scene.symmetries, scene.b->model, scene.b->checkpoint,
                                                      &reference, scene.settings, NULL, 2, NULL, cancellable,
                                                      cancel, cancellable, &error));
      g_assert_error (error, AM_ERROR, AM_ERROR_CANCELLED);
    }
}

/* Rotations of what was only rotated: in double they are found to the precision of the products, and what is
 * read then is the first network again. */
static void
test_rotation (gconstpointer data)
{
  const AmDtype dtype = (AmDtype)GPOINTER_TO_INT (data);
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL, still = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_transformer_graph (4));
  hidden = am_reorder_new_random (scene.symmetries, 1);
  am_reorder_rotate_randomly (hidden, 2);
  matching_side_free (scene.b);
  scene.b = matching_side_new_reordered (scene.a, hidden, folder, 0.0, 0, dtype);
  still = matching_scene_run (&scene, 2);
  scene.settings->rotate = TRUE;
  matching = matching_scene_run (&scene, 2);
  g_assert_cmpfloat (still->total.inner_after, <, 0.99 * still->total.norm_a);
  g_assert_cmpfloat_with_epsilon (matching->total.inner_after / matching->total.norm_a, 1.0, 1e-6);
  am_reorder_apply (matching->reorder, scene.b->model, scene.b->checkpoint);
  for (guint i = 0; i < am_graph_get_n_tensors (scene.graph); i++)
    {
      g_autofree double *a = matching_side_read (scene.a, scene.graph, i);
      g_autofree double *b = matching_side_read (scene.b, scene.graph, i);
      const AmTensor *tensor
          = am_checkpoint_find (scene.b->checkpoint, am_graph_get_tensor (scene.graph, i)->name, NULL);

      for (guint64 k = 0; k < tensor->length; k++)
        g_assert_cmpfloat_with_epsilon (a[k], b[k], 1e-6);
    }
}

/* Of unrelated networks rotations gain, as much as the sums say; without anything to gain there are none. */
static void
test_rotation_gain (guint kv_heads)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (MatchingSide) rotated = NULL;
  g_autoptr (AmReorder) identity = NULL;
  g_autoptr (AmMatching) matching = NULL, still = NULL, same = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_transformer_graph (kv_heads));
  identity = am_reorder_new (scene.symmetries);
  still = matching_scene_run (&scene, 2);
  scene.settings->rotate = TRUE;
  matching = matching_scene_run (&scene, 2);
  g_assert_cmpfloat (matching->objective, >, 1.01 * still->objective);
  g_assert_cmpfloat (matching->total.norm_b, ==, still->total.norm_b);
  rotated = matching_side_new_reordered (scene.b, matching->reorder, folder, 0.0, 0, AM_DTYPE_F64);
  g_assert_cmpfloat_with_epsilon (matching->objective, matching_naive_inner (identity, scene.a, rotated),
                                  1e-6 * matching->objective);
  same = matching_run (scene.symmetries, scene.a, scene.a, scene.settings, 2);
  g_assert_true (am_reorder_is_identity (same->reorder));
}

static void
test_rotation_heads (void)
{
  test_rotation_gain (4);
}

static void
test_rotation_queries (void)
{
  test_rotation_gain (2);
}

int
main (int argc, char **argv)
{
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_data_func ("/weight-matching/monotone/heads", GUINT_TO_POINTER (4), test_monotone);
  g_test_add_data_func ("/weight-matching/monotone/queries", GUINT_TO_POINTER (2), test_monotone);
  g_test_add_func ("/weight-matching/threads", test_threads);
  g_test_add_func ("/weight-matching/restarts", test_restarts);
  g_test_add_func ("/weight-matching/limits", test_limits);
  g_test_add_data_func ("/weight-matching/recovery/heads", GUINT_TO_POINTER (4), test_recovery);
  g_test_add_data_func ("/weight-matching/recovery/queries", GUINT_TO_POINTER (2), test_recovery);
  g_test_add_func ("/weight-matching/recovery/deep", test_deep);
  g_test_add_func ("/weight-matching/normalise", test_normalise);
  g_test_add_func ("/weight-matching/sums", test_sums);
  g_test_add_func ("/weight-matching/cancel", test_cancel);
  g_test_add_data_func ("/weight-matching/rotation/f64", GINT_TO_POINTER (AM_DTYPE_F64), test_rotation);
  g_test_add_data_func ("/weight-matching/rotation/f32", GINT_TO_POINTER (AM_DTYPE_F32), test_rotation);
  g_test_add_func ("/weight-matching/rotation/gain/heads", test_rotation_heads);
  g_test_add_func ("/weight-matching/rotation/gain/queries", test_rotation_queries);
  result = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return result;
}
