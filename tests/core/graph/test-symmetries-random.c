/* What is derived from any network has to keep what that network computes. */
#include "align/reorder.h"
#include "check-symmetries.h"
#include "graph-forward.h"
#include "random-graph.h"

#include <math.h>
#include <string.h>

#define N_GRAPHS 300

/* A tensor's axis as rows: [outer][length][inner]. */
typedef struct
{
  gsize outer, length, inner;
} Axis;

static Axis
get_axis (const AmGraphTensor *tensor, guint axis)
{
  Axis result = { 1, tensor->shape[axis], 1 };

  for (guint i = 0; i < axis; i++)
    result.outer *= tensor->shape[i];
  for (guint i = axis + 1; i < tensor->n_dims; i++)
    result.inner *= tensor->shape[i];
  return result;
}

static void
permute_axis (const AmReorder *reorder, const AmAxisBinding *binding, Axis axis, double *values)
{
  g_autofree guint32 *map = g_new (guint32, axis.length);
  g_autofree double *before = g_memdup2 (values, axis.outer * axis.length * axis.inner * sizeof *values);

  am_reorder_map_axis (reorder, binding, axis.length, map);
  for (gsize o = 0; o < axis.outer; o++)
    for (gsize i = 0; i < axis.length; i++)
      memcpy (values + (o * axis.length + i) * axis.inner, before + (o * axis.length + map[i]) * axis.inner,
              axis.inner * sizeof *values);
}

/* Which of its permutations a factor follows at @position of @segment. */
static gsize
find_branch (const AmSymmetries *symmetries, const AmAxisSegment *segment, gint factor, guint64 position)
{
  gint parent = am_symmetries_get_factor (symmetries, (guint)factor)->parent;
  guint64 inner = segment->length;

  if (parent < 0)
    return 0;
  for (guint i = 0; i < segment->n_digits; i++)
    {
      const AmDigit *digit = &segment->digits[i];

      inner /= digit->size;
      if (digit->factor == parent)
        return find_branch (symmetries, segment, parent, position) * digit->size
               + position / inner % digit->size;
    }
  g_assert_not_reached ();
}

/* @run: [n] values a distance of @inner apart. */
static void
rotate_run (const double *rotation, gsize n, double *run, gsize inner)
{
  g_autofree double *before = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    before[i] = run[i * inner];
  for (gsize i = 0; i < n; i++)
    {
      double sum = 0;

      for (gsize j = 0; j < n; j++)
        sum += rotation[i * n + j] * before[j];
      run[i * inner] = sum;
    }
}

static void
rotate_segment (const AmReorder *reorder, const AmAxisSegment *segment, Axis axis, double *values)
{
  const AmDigit *last = &segment->digits[segment->n_digits - 1];

  if (last->factor == AM_FIXED_FACTOR || reorder->rotations[last->factor] == NULL)
    return;
  for (guint64 position = 0; position < segment->length; position += last->size)
    {
      gsize branch = find_branch (reorder->symmetries, segment, last->factor, position);
      const double *rotation = reorder->rotations[last->factor] + branch * last->size * last->size;

      for (gsize o = 0; o < axis.outer; o++)
        for (gsize i = 0; i < axis.inner; i++)
          rotate_run (rotation, last->size,
                      values + (o * axis.length + segment->start + position) * axis.inner + i, axis.inner);
    }
}

/* The weights reordered, but for binding @spared. */
static ForwardWeights *
reorder_weights (const AmReorder *reorder, const ForwardWeights *weights, guint spared)
{
  const AmSymmetries *symmetries = reorder->symmetries;
  ForwardWeights *result = forward_weights_new (weights->graph);

  for (guint i = 0; i < am_graph_get_n_tensors (weights->graph); i++)
    result->values[i]
        = g_memdup2 (weights->values[i], forward_count_elements (weights->graph, i) * sizeof (double));
  for (guint i = 0; i < am_symmetries_get_n_bindings (symmetries); i++)
    {
      const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, i);
      Axis axis = get_axis (am_graph_get_tensor (weights->graph, binding->tensor), binding->axis);

      if (i == spared)
        continue;
      permute_axis (reorder, binding, axis, result->values[binding->tensor]);
      for (guint j = 0; j < binding->n_segments; j++)
        rotate_segment (reorder, &binding->segments[j], axis, result->values[binding->tensor]);
    }
  return result;
}

/* How far outputs are from those of @weights. */
static double
measure_change (const AmReorder *reorder, const ForwardWeights *weights, guint spared)
{
  g_autoptr (ForwardInputs) inputs = forward_inputs_new (weights->graph);
  g_autoptr (ForwardWeights) changed = reorder_weights (reorder, weights, spared);
  g_autoptr (GraphForward) before = NULL;
  g_autoptr (GraphForward) after = NULL;

  forward_inputs_set_random (inputs, "x", 2, 2, 7);
  before = graph_forward_new (weights, inputs);
  after = graph_forward_new (changed, inputs);
  return graph_forward_compare (before, after);
}

typedef struct
{
  guint factors[4]; /* by kind */
  guint nested, rotating, fixed, controls, changed;
} Seen;

static void
count_factors (const AmSymmetries *symmetries, Seen *seen)
{
  for (guint i = 0; i < am_symmetries_get_n_factors (symmetries); i++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, i);

      seen->factors[factor->kind]++;
      seen->nested += factor->parent >= 0;
      seen->rotating += factor->can_rotate;
    }
  seen->fixed += am_symmetries_get_n_fixed (symmetries);
}

static void
check_graph (guint32 seed, Seen *seen)
{
  g_autoptr (AmGraph) graph = random_graph_new (seed);
  g_autoptr (AmSymmetries) symmetries = am_symmetries_new (graph);
  g_autoptr (ForwardWeights) weights = forward_weights_new_random (graph, seed);
  g_autoptr (AmReorder) reorder = am_reorder_new_random (symmetries, seed);
  guint n_bindings = am_symmetries_get_n_bindings (symmetries);
  double change;

  check_symmetries (symmetries);
  count_factors (symmetries, seen);
  am_reorder_rotate_randomly (reorder, seed);
  change = measure_change (reorder, weights, G_MAXUINT);
  if (!(change <= 1e-9))
    g_error ("network %u changes by %g", seed, change);
  if (n_bindings == 0)
    return;
  seen->controls++;
  seen->changed += measure_change (reorder, weights, seed % n_bindings) > 1e-6;
}

static void
test_networks_are_kept (void)
{
  Seen seen = { 0 };

  for (guint32 seed = 0; seed < N_GRAPHS; seed++)
    check_graph (seed, &seen);
  g_test_message (
      "units %u groups %u heads %u queries %u nested %u rotating %u fixed %u; controls %u changed %u",
      seen.factors[AM_FACTOR_UNITS], seen.factors[AM_FACTOR_GROUPS], seen.factors[AM_FACTOR_HEADS],
      seen.factors[AM_FACTOR_QUERIES], seen.nested, seen.rotating, seen.fixed, seen.controls, seen.changed);
  for (guint kind = 0; kind < G_N_ELEMENTS (seen.factors); kind++)
    g_assert_cmpuint (seen.factors[kind], >, N_GRAPHS / 20);
  g_assert_cmpuint (seen.nested, >, N_GRAPHS / 5);
  g_assert_cmpuint (seen.rotating, >, N_GRAPHS / 5);
  g_assert_cmpuint (seen.fixed, >, N_GRAPHS);
  g_assert_cmpuint (seen.changed, >, seen.controls / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/symmetries-random/networks-are-kept", test_networks_are_kept);
  return g_test_run ();
}
