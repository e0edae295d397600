/* Weight matching as a whole: objective, order, threads, references, and what may be wrong with weights. */
#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "graph-builder.h"
#include "matching-fixture.h"

static char *folder;

/* A transformer block whose stream also goes through a square matrix, which moves with it on both axes. */
static AmGraph *
make_transformer (guint kv_heads)
{
  AmGraph *graph = am_graph_new ();
  guint x = build_linear (graph, "embed", build_input (graph, "input", 10), 24);
  guint n = build_norm (graph, AM_NODE_LAYER_NORM, "norm1", x);
  guint q = build_linear (graph, "q", n, 24);
  guint k = build_linear (graph, "k", n, 6 * kv_heads);
  guint v = build_linear (graph, "v", n, 6 * kv_heads);

  n = build_linear (graph, "out", build_attention (graph, q, k, v, 4, kv_heads), 24);
  x = build_pair (graph, AM_NODE_ADD, x, n);
  n = build_norm (graph, AM_NODE_LAYER_NORM, "norm2", x);
  n = build_activation (graph, build_linear (graph, "fc1", n, 48));
  x = build_pair (graph, AM_NODE_ADD, x, build_linear (graph, "fc2", n, 24));
  x = build_pair (graph, AM_NODE_ADD, x, build_linear (graph, "square", x, 24));
  build_output (graph, "output", build_linear (graph, "head", x, 5));
  return graph;
}

/* Hidden layers of these widths between 8 inputs and 6 outputs. */
static AmGraph *
make_perceptron (guint n_layers, guint width)
{
  AmGraph *graph = am_graph_new ();
  guint x = build_input (graph, "input", 8);

  for (guint i = 0; i < n_layers; i++)
    {
      g_autofree char *name = g_strdup_printf ("layers.%u", i);

      x = build_activation (graph, build_linear (graph, name, x, width));
    }
  build_output (graph, "output", build_linear (graph, "last", x, 6));
  return graph;
}

typedef struct
{
  AmGraph *graph;
  AmSymmetries *symmetries;
  MatchingSide *a, *b;
  AmAlignSettings *settings;
} Scene;

/* Two networks that have nothing to do with one another. */
static void
scene_open (Scene *scene, AmGraph *graph)
{
  scene->graph = graph;
  scene->symmetries = am_symmetries_new (graph);
  scene->a = matching_side_new_random (graph, folder, 1, NULL);
  scene->b = matching_side_new_random (graph, folder, 2, NULL);
  scene->settings = am_align_settings_new ();
}

static void
scene_close (Scene *scene)
{
  am_align_settings_free (scene->settings);
  matching_side_free (scene->a);
  matching_side_free (scene->b);
  am_symmetries_free (scene->symmetries);
  am_graph_free (scene->graph);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Scene, scene_close)

/* Puts a reordered and disturbed first network in the place of the second. */
static AmReorder *
hide (Scene *scene, double noise, guint32 seed)
{
  AmReorder *hidden = am_reorder_new_random (scene->symmetries, seed);

  matching_side_free (scene->b);
  scene->b = matching_side_new_reordered (scene->a, hidden, folder, noise, seed, AM_DTYPE_F32);
  return hidden;
}

static AmMatching *
run (const Scene *scene, guint n_threads)
{
  return matching_run (scene->symmetries, scene->b, scene->a, scene->settings, n_threads);
}

/* What an observer keeps of a run. */
typedef struct
{
  const Scene *scene;
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
run_observed (const Scene *scene, const AmReorder *start, AmMatchingObserver observer, gpointer user_data)
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
      g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
      g_autoptr (AmReorder) identity = NULL;
      g_autoptr (AmMatching) matching = NULL;
      Ascent ascent = { &scene, 0.0, 0.0, 0 };

      scene_open (&scene, make_transformer (GPOINTER_TO_UINT (data)));
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
assert_equal (const Scene *scene, const AmMatching *a, const AmMatching *b)
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
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmMatching) one = NULL;

  scene_open (&scene, graph);
  scene.settings->restarts = 2;
  scene.settings->rotate = rotate;
  one = run (&scene, 1);
  g_assert_cmpuint (one->n_sweeps, >, 1);
  for (guint n_threads = 2; n_threads <= 5; n_threads++)
    {
      g_autoptr (AmMatching) several = run (&scene, n_threads);

      assert_equal (&scene, one, several);
    }
}

static void
test_threads (void)
{
  check_threads (make_perceptron (12, 40), FALSE);
  check_threads (make_transformer (4), TRUE);
}

/* The first of several starts is a start alone, and more are never worse. */
static void
test_restarts (void)
{
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  double best = -INFINITY;

  scene_open (&scene, make_perceptron (5, 30));
  for (guint restarts = 1; restarts <= 5; restarts++)
    {
      g_autoptr (AmMatching) matching = NULL;

      scene.settings->restarts = restarts;
      matching = run (&scene, 2);
      g_assert_cmpfloat (matching->objective, >=, best);
      best = matching->objective;
    }
  scene.settings->restarts = 1;
  {
    g_autoptr (AmMatching) single = run (&scene, 2);
    g_autoptr (AmMatching) other = NULL;

    g_assert_cmpfloat (single->objective, <, best);
    scene.settings->seed = 1;
    other = run (&scene, 2);
    g_assert_false (matching_is_equal (single->reorder, other->reorder));
  }
}

static void
test_limits (void)
{
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmMatching) all = NULL, one = NULL, coarse = NULL, again = NULL;
  const AmModel *models[1];
  AmCheckpoint *checkpoints[1];
  AmReference reference = { 1, models, checkpoints };
  g_autoptr (GError) error = NULL;

  scene_open (&scene, make_perceptron (5, 30));
  models[0] = scene.a->model;
  checkpoints[0] = scene.a->checkpoint;
  all = run (&scene, 2);
  scene.settings->max_sweeps = 1;
  one = run (&scene, 2);
  g_assert_cmpuint (one->n_sweeps, ==, 1);
  g_assert_cmpfloat (one->objective, <, all->objective);
  scene.settings->max_sweeps = 100;
  scene.settings->tolerance = 0.05;
  coarse = run (&scene, 2);
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
      g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
      g_autoptr (AmReorder) hidden = NULL;
      g_autoptr (AmMatching) matching = NULL;

      scene_open (&scene, make_transformer (GPOINTER_TO_UINT (data)));
      hidden = hide (&scene, 0.1, seed);
      matching = run (&scene, 2);
      matching_assert_undone (matching->reorder, hidden);
    }
}

/* Cosines find it too. */
static void
test_normalise (void)
{
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL;

  scene_open (&scene, make_transformer (4));
  hidden = hide (&scene, 0.3, 1);
  scene.settings->normalise = TRUE;
  matching = run (&scene, 2);
  matching_assert_undone (matching->reorder, hidden);
}

/* Numbers of units beyond all measure, and next to nothing. */
static void
test_scale (gconstpointer data)
{
  const double factor = *(const double *)data;
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL;

  scene_open (&scene, make_perceptron (2, 12));
  for (guint i = 0; i < am_graph_get_n_tensors (scene.graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (scene.graph, i);
      g_autofree char *shape
          = tensor->n_dims == 1 ? g_strdup_printf ("%u", (guint)tensor->shape[0])
                                : g_strdup_printf ("%u,%u", (guint)tensor->shape[0], (guint)tensor->shape[1]);
      g_autofree double *values = matching_side_read (scene.a, scene.graph, i);
      const guint64 n = tensor->shape[0] * (tensor->n_dims == 1 ? 1 : tensor->shape[1]);

      for (guint64 k = 0; k < n; k++)
        values[k] *= factor;
      fixture_add_values (fixture, tensor->name, AM_DTYPE_F32, shape, values);
    }
  path = fixture_write (fixture, folder, "scaled.safetensors");
  matching_side_free (scene.a);
  scene.a = matching_side_open (path);
  hidden = hide (&scene, 0.0, 3);
  matching = run (&scene, 1);
  matching_assert_undone (matching->reorder, hidden);
  g_assert_cmpfloat_with_epsilon (matching->total.inner_after / matching->total.norm_a, 1.0, 1e-12);
}

/* Writes a perceptron of 8, 12 and 6 whose values are given by unit. */
static MatchingSide *
write_units (const char *name, double (*value) (guint unit, guint input))
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  double weight[12 * 8], bias[12], last[6 * 12], last_bias[6] = { 1, 2, 3, 4, 5, 6 };

  for (guint unit = 0; unit < 12; unit++)
    {
      bias[unit] = value (unit, 8);
      for (guint i = 0; i < 8; i++)
        weight[unit * 8 + i] = value (unit, i);
      for (guint i = 0; i < 6; i++)
        last[i * 12 + unit] = value (unit, 9 + i);
    }
  fixture_add_values (fixture, "layers.0.weight", AM_DTYPE_F32, "12,8", weight);
  fixture_add_values (fixture, "layers.0.bias", AM_DTYPE_F32, "12", bias);
  fixture_add_values (fixture, "last.weight", AM_DTYPE_F32, "6,12", last);
  fixture_add_values (fixture, "last.bias", AM_DTYPE_F32, "6", last_bias);
  path = fixture_write (fixture, folder, name);
  return matching_side_open (path);
}

/* Three kinds of units, four of each. */
static double
tied_value (guint unit, guint input)
{
  return sin (1.0 + (unit % 3) * 16 + input);
}

static double
moved_value (guint unit, guint input)
{
  return tied_value (unit + 1, input);
}

static double
zero_value (guint unit, guint input)
{
  return 0.0;
}

static double
nan_value (guint unit, guint input)
{
  return unit == 7 && input == 2 ? NAN : tied_value (unit, input);
}

/* Identical units: nothing is gained by exchanging them, so they stay; and where they have to move, they go
 * to any of their kind. */
static void
test_ties (void)
{
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmMatching) same = NULL, moved = NULL;

  scene_open (&scene, make_perceptron (1, 12));
  matching_side_free (scene.a);
  matching_side_free (scene.b);
  scene.a = write_units ("tied.safetensors", tied_value);
  scene.b = write_units ("tied-too.safetensors", tied_value);
  same = run (&scene, 1);
  g_assert_true (am_reorder_is_identity (same->reorder));
  g_assert_cmpuint (same->n_sweeps, ==, 1);
  matching_side_free (scene.b);
  scene.b = write_units ("tied-moved.safetensors", moved_value);
  moved = run (&scene, 1);
  for (guint i = 0; i < 12; i++)
    g_assert_cmpuint ((moved->reorder->permutations[0][i] + 1) % 3, ==, i % 3);
  g_assert_cmpfloat (moved->total.inner_after, ==, same->total.inner_after);
  g_assert_cmpfloat (moved->total.inner_before, <, moved->total.inner_after);
}

static void
test_zeros (void)
{
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmMatching) matching = NULL;

  scene_open (&scene, make_perceptron (1, 12));
  matching_side_free (scene.b);
  scene.b = write_units ("zeros.safetensors", zero_value);
  matching = run (&scene, 1);
  g_assert_true (am_reorder_is_identity (matching->reorder));
  g_assert_cmpfloat (matching->objective, ==, 0.0);
  g_assert_cmpfloat (matching->total.norm_b, ==, 91.0);
  scene.settings->normalise = scene.settings->rotate = TRUE;
  am_matching_free (g_steal_pointer (&matching));
  matching = run (&scene, 1);
  g_assert_true (am_reorder_is_identity (matching->reorder));
}

static void
assert_refused (const Scene *scene, MatchingSide *model, MatchingSide *other, const char *file)
{
  const AmModel *models[] = { other->model };
  AmCheckpoint *checkpoints[] = { other->checkpoint };
  const AmReference reference = { 1, models, checkpoints };
  g_autoptr (GError) error = NULL;

  g_assert_null (am_weight_matching_run (scene->symmetries, model->model, model->checkpoint, &reference,
                                         scene->settings, NULL, 2, NULL, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
  g_assert_nonnull (strstr (error->message, file));
  g_assert_null (strstr (error->message, "last."));
}

static void
test_not_finite (void)
{
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (MatchingSide) bad = write_units ("bad.safetensors", nan_value);

  scene_open (&scene, make_perceptron (1, 12));
  assert_refused (&scene, bad, scene.a, "bad.safetensors");
  assert_refused (&scene, scene.b, bad, "bad.safetensors");
}

/* The mean of two networks that are the first one plus and minus the same: each alone leads elsewhere. */
static double
odd_value (guint unit, guint input)
{
  return sin (unit * 17.0 + input * input);
}

static double
above_value (guint unit, guint input)
{
  return odd_value (unit, input) + 4.0 * odd_value ((unit + 5) % 12, input);
}

static double
below_value (guint unit, guint input)
{
  return odd_value (unit, input) - 4.0 * odd_value ((unit + 5) % 12, input);
}

static void
test_mean (void)
{
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (MatchingSide) above = write_units ("above.safetensors", above_value);
  g_autoptr (MatchingSide) below = write_units ("below.safetensors", below_value);
  const AmModel *models[] = { above->model, below->model };
  AmCheckpoint *checkpoints[] = { above->checkpoint, below->checkpoint };
  const AmReference both = { 2, models, checkpoints };
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL, alone = NULL;
  g_autoptr (GError) error = NULL;

  scene_open (&scene, make_perceptron (1, 12));
  matching_side_free (scene.a);
  scene.a = write_units ("odd.safetensors", odd_value);
  hidden = hide (&scene, 0.0, 4);
  matching = am_weight_matching_run (scene.symmetries, scene.b->model, scene.b->checkpoint, &both,
                                     scene.settings, NULL, 2, NULL, NULL, &error);
  g_assert_no_error (error);
  matching_assert_undone (matching->reorder, hidden);
  g_assert_cmpfloat_with_epsilon (matching->total.norm_a, matching->total.norm_b, 1e-3);
  alone = matching_run (scene.symmetries, scene.b, above, scene.settings, 2);
  g_assert_false (matching_is_equal (alone->reorder, matching->reorder));
}

/* What the reference lacks, or has in another shape, does not count: the rest decides. */
static void
test_missing (gconstpointer data)
{
  const char *const name = data;
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL, whole = NULL;

  scene_open (&scene, make_transformer (4));
  hidden = hide (&scene, 0.1, 1);
  whole = run (&scene, 2);
  matching_side_free (scene.a);
  scene.a = matching_side_new_random (scene.graph, folder, 1, name);
  matching = run (&scene, 2);
  matching_assert_undone (matching->reorder, hidden);
  g_assert_cmpfloat (matching->total.norm_a, <, whole->total.norm_a);
  g_assert_cmpfloat (matching->total.norm_b, <, whole->total.norm_b);
}

/* Without anything in common nothing moves. */
static void
test_other_shapes (void)
{
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmGraph) other = make_perceptron (2, 13);
  g_autoptr (AmMatching) matching = NULL;

  scene_open (&scene, make_perceptron (2, 12));
  matching_side_free (scene.a);
  scene.a = matching_side_new_random (other, folder, 1, "last.bias");
  matching = run (&scene, 2);
  g_assert_true (am_reorder_is_identity (matching->reorder));
  g_assert_cmpuint (matching->n_sweeps, ==, 0);
  g_assert_cmpfloat (matching->total.norm_b, ==, 0.0);
}

/* A layer's sums are those of its tensors, the whole's those of all. */
static void
test_sums (void)
{
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmReorder) hidden = NULL, identity = NULL;
  g_autoptr (AmMatching) matching = NULL;

  scene_open (&scene, make_perceptron (1, 20));
  hidden = hide (&scene, 0.3, 1);
  identity = am_reorder_new (scene.symmetries);
  matching = run (&scene, 1);
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
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  const AmModel *models[1];
  AmCheckpoint *checkpoints[1];
  AmReference reference = { 1, models, checkpoints };

  scene_open (&scene, make_perceptron (12, 40));
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
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL, still = NULL;

  scene_open (&scene, make_transformer (4));
  hidden = am_reorder_new_random (scene.symmetries, 1);
  am_reorder_rotate_randomly (hidden, 2);
  matching_side_free (scene.b);
  scene.b = matching_side_new_reordered (scene.a, hidden, folder, 0.0, 0, dtype);
  still = run (&scene, 2);
  scene.settings->rotate = TRUE;
  matching = run (&scene, 2);
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
  g_auto (Scene) scene = { NULL, NULL, NULL, NULL, NULL };
  g_autoptr (MatchingSide) rotated = NULL;
  g_autoptr (AmReorder) identity = NULL;
  g_autoptr (AmMatching) matching = NULL, still = NULL, same = NULL;

  scene_open (&scene, make_transformer (kv_heads));
  identity = am_reorder_new (scene.symmetries);
  still = run (&scene, 2);
  scene.settings->rotate = TRUE;
  matching = run (&scene, 2);
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
  static const double huge = 1e30, tiny = 1e-30;
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
  g_test_add_func ("/weight-matching/normalise", test_normalise);
  g_test_add_data_func ("/weight-matching/scale/huge", &huge, test_scale);
  g_test_add_data_func ("/weight-matching/scale/tiny", &tiny, test_scale);
  g_test_add_func ("/weight-matching/ties", test_ties);
  g_test_add_func ("/weight-matching/zeros", test_zeros);
  g_test_add_func ("/weight-matching/not-finite", test_not_finite);
  g_test_add_func ("/weight-matching/mean", test_mean);
  g_test_add_data_func ("/weight-matching/missing/matrix", "fc1.weight", test_missing);
  g_test_add_data_func ("/weight-matching/missing/bias", "q.bias", test_missing);
  g_test_add_func ("/weight-matching/other-shapes", test_other_shapes);
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
