#include "matching-fixture.h"

#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"

MatchingSide *
matching_side_open (const char *path)
{
  MatchingSide *side = g_new0 (MatchingSide, 1);
  g_autoptr (GError) error = NULL;

  side->checkpoint = am_checkpoint_open (path, &error);
  g_assert_no_error (error);
  side->model = am_model_new (side->checkpoint);
  return side;
}

void
matching_side_free (MatchingSide *side)
{
  am_model_free (side->model);
  am_checkpoint_free (side->checkpoint);
  g_free (side);
}

static char *
format_shape (const AmGraphTensor *tensor)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (text, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", tensor->shape[i]);
  return g_string_free (text, FALSE);
}

static MatchingSide *
write_side (Fixture *fixture, const char *folder)
{
  static guint number = 0;
  g_autofree char *name = g_strdup_printf ("%u.safetensors", number++);
  g_autofree char *path = fixture_write (fixture, folder, name);

  return matching_side_open (path);
}

MatchingSide *
matching_side_new_random (const AmGraph *graph, const char *folder, guint32 seed, const char *without)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (graph, i);
      g_autofree char *shape = format_shape (tensor);

      if (g_strcmp0 (without, tensor->name) != 0)
        fixture_add_random (fixture, tensor->name, AM_DTYPE_F32, shape, seed * 1000 + i, 0.1);
    }
  return write_side (fixture, folder);
}

static const AmTensor *
find_tensor (const MatchingSide *side, const AmGraphTensor *tensor)
{
  gint index = am_model_find (side->model, tensor->name);

  return index < 0 ? NULL : am_checkpoint_get_tensor (side->checkpoint, (guint)index);
}

double *
matching_side_read (MatchingSide *side, const AmGraph *graph, guint tensor)
{
  const AmTensor *stored = find_tensor (side, am_graph_get_tensor (graph, tensor));
  double *values;
  g_autoptr (GError) error = NULL;

  if (stored == NULL)
    return NULL;
  values = g_new (double, stored->length);
  am_checkpoint_read_doubles (side->checkpoint, stored, 0, (gsize)stored->length, values, &error);
  g_assert_no_error (error);
  return values;
}

static double
measure_deviation (const double *values, gsize n)
{
  double sum = 0.0, squares = 0.0;

  for (gsize i = 0; i < n; i++)
    {
      sum += values[i];
      squares += values[i] * values[i];
    }
  return sqrt (MAX (0.0, squares / (double)n - sum / (double)n * (sum / (double)n)));
}

/* Box and Muller. */
static void
add_noise (double *values, gsize n, double deviation, GRand *random)
{
  for (gsize i = 0; i < n && deviation > 0.0; i++)
    values[i] += deviation * sqrt (-2.0 * log (1.0 - g_rand_double (random)))
                 * cos (2.0 * G_PI * g_rand_double (random));
}

MatchingSide *
matching_side_new_reordered (MatchingSide *side, const AmReorder *reorder, const char *folder, double noise,
                             guint32 seed, AmDtype dtype)
{
  const AmGraph *graph = am_symmetries_get_graph (reorder->symmetries);
  g_autoptr (MatchingSide) reordered = matching_side_open (am_checkpoint_get_path (side->checkpoint));
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);

  am_reorder_apply (reorder, reordered->model, reordered->checkpoint);
  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    {
      const AmGraphTensor *tensor = am_graph_get_tensor (graph, i);
      g_autofree char *shape = format_shape (tensor);
      g_autofree double *values = matching_side_read (reordered, graph, i);
      const AmTensor *stored = find_tensor (side, tensor);

      add_noise (values, (gsize)stored->length, noise * measure_deviation (values, (gsize)stored->length),
                 random);
      fixture_add_values (fixture, stored->name, dtype, shape, values);
    }
  return write_side (fixture, folder);
}

AmMatching *
matching_run (const AmSymmetries *symmetries, MatchingSide *model, MatchingSide *reference,
              const AmAlignSettings *settings, guint n_threads)
{
  const AmModel *models[] = { reference->model };
  AmCheckpoint *checkpoints[] = { reference->checkpoint };
  const AmReference single = { 1, models, checkpoints };
  g_autoptr (GError) error = NULL;
  AmMatching *matching = am_weight_matching_run (symmetries, model->model, model->checkpoint, &single,
                                                 settings, NULL, n_threads, NULL, NULL, &error);

  g_assert_no_error (error);
  return matching;
}

static guint32 *
map_axis (const AmReorder *reorder, const AmGraphTensor *tensor, guint number, guint axis)
{
  const AmAxisBinding *binding = am_symmetries_find_binding (reorder->symmetries, number, axis);
  guint32 *map = g_new (guint32, tensor->shape[axis]);

  for (guint32 i = 0; i < tensor->shape[axis]; i++)
    map[i] = i;
  if (binding != NULL)
    am_reorder_map_axis (reorder, binding, tensor->shape[axis], map);
  return map;
}

static gboolean
is_compared (const AmReorder *reorder, const AmGraphTensor *tensor, guint number)
{
  for (guint axis = 0; axis < tensor->n_dims; axis++)
    {
      const AmAxisBinding *binding = am_symmetries_find_binding (reorder->symmetries, number, axis);

      if (binding != NULL && !binding->follows)
        return TRUE;
    }
  return FALSE;
}

static double
naive_inner_of (const AmReorder *reorder, guint number, const double *a, const double *b)
{
  const AmGraphTensor *tensor = am_graph_get_tensor (am_symmetries_get_graph (reorder->symmetries), number);
  guint32 *maps[5];
  guint64 n = 1;
  double sum = 0.0;

  for (guint axis = 0; axis < tensor->n_dims; axis++)
    {
      maps[axis] = map_axis (reorder, tensor, number, axis);
      n *= tensor->shape[axis];
    }
  for (guint64 i = 0; i < n; i++)
    {
      guint64 rest = i, source = 0, stride = 1;

      for (guint axis = tensor->n_dims; axis-- > 0;)
        {
          source += maps[axis][rest % tensor->shape[axis]] * stride;
          rest /= tensor->shape[axis];
          stride *= tensor->shape[axis];
        }
      sum += a[i] * b[source];
    }
  for (guint axis = 0; axis < tensor->n_dims; axis++)
    g_free (maps[axis]);
  return sum;
}

double
matching_naive_inner (const AmReorder *reorder, MatchingSide *reference, MatchingSide *model)
{
  const AmGraph *graph = am_symmetries_get_graph (reorder->symmetries);
  double sum = 0.0;

  for (guint i = 0; i < am_graph_get_n_tensors (graph); i++)
    {
      g_autofree double *a = matching_side_read (reference, graph, i);
      g_autofree double *b = matching_side_read (model, graph, i);

      if (a != NULL && b != NULL && is_compared (reorder, am_graph_get_tensor (graph, i), i))
        sum += naive_inner_of (reorder, i, a, b);
    }
  return sum;
}

void
matching_assert_undone (const AmReorder *found, const AmReorder *hidden)
{
  const AmGraph *graph = am_symmetries_get_graph (found->symmetries);

  for (guint i = 0; i < am_symmetries_get_n_bindings (found->symmetries); i++)
    {
      const AmAxisBinding *binding = am_symmetries_get_binding (found->symmetries, i);
      const AmGraphTensor *tensor = am_graph_get_tensor (graph, binding->tensor);
      g_autofree guint32 *back = map_axis (found, tensor, binding->tensor, binding->axis);
      g_autofree guint32 *there = map_axis (hidden, tensor, binding->tensor, binding->axis);
      guint n_wrong = 0;

      for (guint32 k = 0; k < tensor->shape[binding->axis]; k++)
        n_wrong += there[back[k]] != k ? 1 : 0;
      if (n_wrong > 0)
        g_error ("%u units of axis %u of %s were not recovered", n_wrong, binding->axis, tensor->name);
    }
}

gboolean
matching_is_equal (const AmReorder *a, const AmReorder *b)
{
  for (guint f = 0; f < am_symmetries_get_n_factors (a->symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (a->symmetries, f);
      const gsize n = (gsize)factor->n_branches * factor->size;

      if (memcmp (a->permutations[f], b->permutations[f], n * sizeof (guint32)) != 0
          || (a->rotations[f] == NULL) != (b->rotations[f] == NULL)
          || (a->rotations[f] != NULL
              && memcmp (a->rotations[f], b->rotations[f], n * factor->size * sizeof (double)) != 0))
        return FALSE;
    }
  return TRUE;
}
