/* Weight matching on weights that are tied, missing, zero, huge or no numbers, and to the mean of several
 * networks. */
#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "matching-scene.h"

static char *folder;

static char *
format_shape (const AmGraphTensor *tensor)
{
  return tensor->n_dims == 1 ? g_strdup_printf ("%u", (guint)tensor->shape[0])
                             : g_strdup_printf ("%u,%u", (guint)tensor->shape[0], (guint)tensor->shape[1]);
}

/* Numbers of units beyond all measure, and next to nothing. */
static void
test_scale (gconstpointer data)
{
  const double factor = *(const double *)data;
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (2, 12));
  for (guint i = 0; i < am_graph_get_n_tensors (scene.graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (scene.graph, i);
      g_autofree char *shape = format_shape (tensor);
      g_autofree double *values = matching_side_read (scene.a, scene.graph, i);
      const guint64 n = tensor->shape[0] * (tensor->n_dims == 1 ? 1 : tensor->shape[1]);

      for (guint64 k = 0; k < n; k++)
        values[k] *= factor;
      fixture_add_values (fixture, tensor->name, AM_DTYPE_F32, shape, values);
    }
  path = fixture_write (fixture, folder, "scaled.safetensors");
  matching_side_free (scene.a);
  scene.a = matching_side_open (path);
  hidden = matching_scene_hide (&scene, 0.0, 3);
  matching = matching_scene_run (&scene, 1);
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
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmMatching) same = NULL, moved = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (1, 12));
  matching_side_free (scene.a);
  matching_side_free (scene.b);
  scene.a = write_units ("tied.safetensors", tied_value);
  scene.b = write_units ("tied-too.safetensors", tied_value);
  same = matching_scene_run (&scene, 1);
  g_assert_true (am_reorder_is_identity (same->reorder));
  g_assert_cmpuint (same->n_sweeps, ==, 1);
  matching_side_free (scene.b);
  scene.b = write_units ("tied-moved.safetensors", moved_value);
  moved = matching_scene_run (&scene, 1);
  for (guint i = 0; i < 12; i++)
    g_assert_cmpuint ((moved->reorder->permutations[0][i] + 1) % 3, ==, i % 3);
  g_assert_cmpfloat (moved->total.inner_after, ==, same->total.inner_after);
  g_assert_cmpfloat (moved->total.inner_before, <, moved->total.inner_after);
}

/* Where it starts it stays, if nothing is gained by leaving. */
static void
test_tied_start (void)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmReorder) start = NULL;
  g_autoptr (AmMatching) matching = NULL;
  const AmModel *models[1];
  AmCheckpoint *checkpoints[1];
  const AmReference reference = { 1, models, checkpoints };
  g_autoptr (GError) error = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (1, 12));
  matching_side_free (scene.a);
  matching_side_free (scene.b);
  scene.a = write_units ("tied-start.safetensors", tied_value);
  scene.b = write_units ("tied-start-too.safetensors", tied_value);
  models[0] = scene.a->model;
  checkpoints[0] = scene.a->checkpoint;
  start = am_reorder_new (scene.symmetries);
  start->permutations[0][0] = 9;
  start->permutations[0][9] = 0;
  matching = am_weight_matching_run (scene.symmetries, scene.b->model, scene.b->checkpoint, &reference,
                                     scene.settings, start, 1, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (matching_is_equal (matching->reorder, start));
}

static void
test_zeros (void)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmMatching) matching = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (1, 12));
  matching_side_free (scene.b);
  scene.b = write_units ("zeros.safetensors", zero_value);
  matching = matching_scene_run (&scene, 1);
  g_assert_true (am_reorder_is_identity (matching->reorder));
  g_assert_cmpfloat (matching->objective, ==, 0.0);
  g_assert_cmpfloat (matching->total.norm_b, ==, 91.0);
  scene.settings->normalise = scene.settings->rotate = TRUE;
  am_matching_free (g_steal_pointer (&matching));
  matching = matching_scene_run (&scene, 1);
  g_assert_true (am_reorder_is_identity (matching->reorder));
}

static void
assert_refused (const MatchingScene *scene, MatchingSide *model, MatchingSide *other, const char *file)
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
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (MatchingSide) bad = write_units ("bad.safetensors", nan_value);

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (1, 12));
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
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (MatchingSide) above = write_units ("above.safetensors", above_value);
  g_autoptr (MatchingSide) below = write_units ("below.safetensors", below_value);
  const AmModel *models[] = { above->model, below->model };
  AmCheckpoint *checkpoints[] = { above->checkpoint, below->checkpoint };
  const AmReference both = { 2, models, checkpoints };
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL, alone = NULL;
  g_autoptr (GError) error = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (1, 12));
  matching_side_free (scene.a);
  scene.a = write_units ("odd.safetensors", odd_value);
  hidden = matching_scene_hide (&scene, 0.0, 4);
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
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmReorder) hidden = NULL;
  g_autoptr (AmMatching) matching = NULL, whole = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_transformer_graph (4));
  hidden = matching_scene_hide (&scene, 0.1, 1);
  whole = matching_scene_run (&scene, 2);
  matching_side_free (scene.a);
  scene.a = matching_side_new_random (scene.graph, folder, 1, name);
  matching = matching_scene_run (&scene, 2);
  matching_assert_undone (matching->reorder, hidden);
  g_assert_cmpfloat (matching->total.norm_a, <, whole->total.norm_a);
  g_assert_cmpfloat (matching->total.norm_b, <, whole->total.norm_b);
}

static gboolean
is_end (const char *name)
{
  return g_str_has_prefix (name, "layers.0.") || g_str_has_prefix (name, "last.");
}

/* A network that is in order within, while all that is tied to the outside is of another: to go by that leads
 * astray, so it is not done. */
static void
test_retrained_ends (void)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;
  g_autoptr (AmReorder) identity = NULL;
  g_autoptr (AmMatching) matching = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (4, 30));
  for (guint i = 0; i < am_graph_get_n_tensors (scene.graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (scene.graph, i);
      g_autofree char *shape = format_shape (tensor);
      g_autofree double *values
          = matching_side_read (is_end (tensor->name) ? scene.b : scene.a, scene.graph, i);

      fixture_add_values (fixture, tensor->name, AM_DTYPE_F32, shape, values);
    }
  path = fixture_write (fixture, folder, "ends.safetensors");
  matching_side_free (scene.b);
  scene.b = matching_side_open (path);
  identity = am_reorder_new (scene.symmetries);
  matching = matching_scene_run (&scene, 2);
  g_assert_cmpfloat (matching->objective, >=, matching_naive_inner (identity, scene.a, scene.b));
}

/* Without anything in common nothing moves. */
static void
test_other_shapes (void)
{
  g_auto (MatchingScene) scene = { NULL, NULL, NULL, NULL, NULL, NULL };
  g_autoptr (AmGraph) other = matching_scene_new_perceptron_graph (2, 13);
  g_autoptr (AmMatching) matching = NULL;

  matching_scene_open (&scene, folder, matching_scene_new_perceptron_graph (2, 12));
  matching_side_free (scene.a);
  scene.a = matching_side_new_random (other, folder, 1, "last.bias");
  matching = matching_scene_run (&scene, 2);
  g_assert_true (am_reorder_is_identity (matching->reorder));
  g_assert_cmpuint (matching->n_sweeps, ==, 0);
  g_assert_cmpfloat (matching->total.norm_b, ==, 0.0);
}

int
main (int argc, char **argv)
{
  static const double huge = 1e30, tiny = 1e-30;
  int result;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  g_test_add_data_func ("/matching-weights/scale/huge", &huge, test_scale);
  g_test_add_data_func ("/matching-weights/scale/tiny", &tiny, test_scale);
  g_test_add_func ("/matching-weights/ties", test_ties);
  g_test_add_func ("/matching-weights/zeros", test_zeros);
  g_test_add_func ("/matching-weights/tied-start", test_tied_start);
  g_test_add_func ("/matching-weights/retrained-ends", test_retrained_ends);
  g_test_add_func ("/matching-weights/not-finite", test_not_finite);
  g_test_add_func ("/matching-weights/mean", test_mean);
  g_test_add_data_func ("/matching-weights/missing/matrix", "fc1.weight", test_missing);
  g_test_add_data_func ("/matching-weights/missing/bias", "q.bias", test_missing);
  g_test_add_func ("/matching-weights/other-shapes", test_other_shapes);
  result = g_test_run ();
  fixture_remove_folder (folder);
  g_free (folder);
  return result;
}
