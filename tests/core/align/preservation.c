#include "preservation.h"

#include <math.h>
#include <string.h>

#include "align/reorder.h"

#define SAME 1e-9
#define DIFFERENT 1e-6
#define SEED 7

static const InputSize *
find_size (const InputSize *sizes, const char *name)
{
  for (; sizes->name != NULL; sizes++)
    if (g_str_equal (sizes->name, name))
      return sizes;
  g_error ("the test gives no size for the input %s", name);
}

/* Rows of the embedding that input @index feeds, or 0 when it feeds none. */
static guint64
count_rows (const AmGraph *graph, guint index)
{
  if (am_graph_get_node (graph, index)->type == AM_NODE_EMBEDDING)
    return am_graph_get_tensor (graph, (guint)am_graph_get_node (graph, index)->weight)->shape[0];
  for (guint i = 0; i < am_graph_get_n_nodes (graph); i++)
    {
      const AmNode *node = am_graph_get_node (graph, i);

      if (node->type == AM_NODE_EMBEDDING && node->n_inputs > 0 && node->inputs[0] == index)
        return count_rows (graph, i);
    }
  return 0;
}

static void
feed_numbers (ForwardInputs *inputs, const char *name, guint n, guint64 n_rows)
{
  g_autofree guint *numbers = g_new (guint, n);

  for (guint i = 0; i < n; i++)
    numbers[i] = (guint)((i * 5 + 3) % n_rows);
  forward_inputs_set_numbers (inputs, name, n, numbers);
}

ForwardInputs *
preservation_feed (const Network *network, const InputSize *sizes)
{
  ForwardInputs *inputs = forward_inputs_new (network->graph);

  for (guint i = 0; i < am_graph_get_n_nodes (network->graph); i++)
    {
      const AmNode *node = am_graph_get_node (network->graph, i);
      guint64 n_rows = node->n_inputs == 0 ? count_rows (network->graph, i) : 0;
      const InputSize *size;

      if (node->type != AM_NODE_INPUT && n_rows == 0)
        continue;
      size = find_size (sizes, node->name);
      if (n_rows > 0)
        feed_numbers (inputs, node->name, size->width, n_rows);
      else
        forward_inputs_set_random (inputs, node->name, size->height, size->width, SEED);
    }
  return inputs;
}

static double *
read_doubles (const AmModel *model, AmCheckpoint *checkpoint, const char *name, gsize n)
{
  gint index = am_model_find (model, name);
  g_autofree double *values = g_new (double, n);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (index, >=, 0);
  am_checkpoint_read_doubles (checkpoint, am_checkpoint_get_tensor (checkpoint, (guint)index), 0, n, values,
                              &error);
  g_assert_no_error (error);
  return g_steal_pointer (&values);
}

/* In the fixtures they hold the same values as what they are copies of. */
static void
assert_copies_follow (const ForwardWeights *weights, const AmModel *model, AmCheckpoint *checkpoint)
{
  for (guint t = 0; t < am_graph_get_n_tensors (weights->graph); t++)
    {
      const GPtrArray *copies = am_graph_get_tensor (weights->graph, t)->copies;
      gsize n = forward_count_elements (weights->graph, t);

      for (guint i = 0; copies != NULL && i < copies->len; i++)
        {
          const char *name = g_ptr_array_index (copies, i);
          g_autofree double *values = read_doubles (model, checkpoint, name, n);

          g_assert_cmpmem (values, n * sizeof *values, weights->values[t], n * sizeof *values);
        }
    }
}

/* The weights as a checkpoint hands them out once it is reordered. */
static ForwardWeights *
reorder (const Network *network, const AmReorder *element)
{
  g_autoptr (AmCheckpoint) checkpoint = network_reopen (network);
  g_autoptr (AmModel) model = am_model_new (checkpoint);
  ForwardWeights *weights;

  am_reorder_apply (element, model, checkpoint);
  weights = forward_weights_new_from_model (network->graph, model, checkpoint);
  assert_copies_follow (weights, model, checkpoint);
  return weights;
}

/* A run, what it ran on, and the element that made it. */
typedef struct
{
  const Network *network;
  AmReorder *element;
  ForwardWeights *weights;
  GraphForward *forward;
} Reordered;

static Reordered
run_reordered (const Network *network, AmReorder *element, const ForwardInputs *inputs)
{
  Reordered result = { network, element, reorder (network, element), NULL };

  result.forward = graph_forward_new (result.weights, inputs);
  return result;
}

static void
reordered_clear (Reordered *reordered)
{
  graph_forward_free (reordered->forward);
  forward_weights_free (reordered->weights);
  am_reorder_free (reordered->element);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reordered, reordered_clear)

typedef struct
{
  const AmAxisBinding *binding;
  const AmAxisSegment *segment;
} Place;

static GArray *
list_places (const AmSymmetries *symmetries)
{
  GArray *places = g_array_new (FALSE, FALSE, sizeof (Place));

  for (guint b = 0; b < am_symmetries_get_n_bindings (symmetries); b++)
    {
      const AmAxisBinding *binding = am_symmetries_get_binding (symmetries, b);

      for (guint s = 0; s < binding->n_segments; s++)
        g_array_append_val (places, ((Place){ binding, &binding->segments[s] }));
    }
  return places;
}

static void
shuffle (GArray *places)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (SEED);

  for (guint i = places->len; i > 1; i--)
    {
      guint k = (guint)g_rand_int_range (random, 0, (gint32)i);
      Place last = g_array_index (places, Place, i - 1);

      g_array_index (places, Place, i - 1) = g_array_index (places, Place, k);
      g_array_index (places, Place, k) = last;
    }
}

/* Rows of @inner elements along the axis of @place, @outer times. */
typedef struct
{
  gsize outer, length, inner;
} Layout;

static Layout
get_layout (const Network *network, const AmAxisBinding *binding)
{
  const AmGraphTensor *tensor = am_graph_get_tensor (network->graph, binding->tensor);
  Layout layout = { 1, tensor->shape[binding->axis], 1 };

  for (guint d = 0; d < tensor->n_dims; d++)
    {
      if (d < binding->axis)
        layout.outer *= tensor->shape[d];
      if (d > binding->axis)
        layout.inner *= tensor->shape[d];
    }
  return layout;
}

static gboolean
is_inside (const AmAxisSegment *segment, gsize i)
{
  return i >= segment->start && i < segment->start + segment->length;
}

/* What was at @place before, put back: NULL when nothing had moved. */
static double *
put_back (const Reordered *reordered, const Place *place)
{
  Layout layout = get_layout (reordered->network, place->binding);
  const double *values = reordered->weights->values[place->binding->tensor];
  double *result = g_memdup2 (values, layout.outer * layout.length * layout.inner * sizeof *values);
  g_autofree guint32 *map = g_new (guint32, layout.length);
  gboolean has_moved = FALSE;

  am_reorder_map_axis (reordered->element, place->binding, layout.length, map);
  for (gsize o = 0; o < layout.outer; o++)
    for (gsize i = 0; i < layout.length; i++)
      if (is_inside (place->segment, i) && map[i] != i)
        {
          memcpy (result + (o * layout.length + map[i]) * layout.inner,
                  values + (o * layout.length + i) * layout.inner, layout.inner * sizeof *values);
          has_moved = TRUE;
        }
  if (!has_moved)
    g_clear_pointer (&result, g_free);
  return result;
}

/* Other values at @place altogether. */
static double *
disturb (const Reordered *reordered, const Place *place)
{
  Layout layout = get_layout (reordered->network, place->binding);
  const double *values = reordered->weights->values[place->binding->tensor];
  double *result = g_memdup2 (values, layout.outer * layout.length * layout.inner * sizeof *values);

  for (gsize i = 0; i < layout.outer * layout.length * layout.inner; i++)
    if (is_inside (place->segment, i / layout.inner % layout.length))
      result[i] += 0.1 * sin (1.0 + 1.7 * (double)i);
  return result;
}

static double
compare_changed (const Reordered *reordered, const Place *place, const double *values)
{
  g_autoptr (GraphForward) changed
      = graph_forward_new_changed (reordered->forward, place->binding->tensor, values);

  return graph_forward_compare (reordered->forward, changed);
}

/* Whether leaving @place as it was shows. */
static gboolean
check_place (const Reordered *reordered, const Place *place, const double *values)
{
  const char *name = am_graph_get_tensor (reordered->network->graph, place->binding->tensor)->name;
  double difference = compare_changed (reordered, place, values);
  g_autofree double *others = NULL;

  if (difference > DIFFERENT)
    return TRUE;
  others = disturb (reordered, place);
  if (!(compare_changed (reordered, place, others) < SAME))
    g_error ("%s, axis %u from %lu on: left as it was, the output differs by %g only", name,
             place->binding->axis, (gulong)place->segment->start, difference);
  g_test_message ("%s, axis %u from %lu on: no influence", name, place->binding->axis,
                  (gulong)place->segment->start);
  return FALSE;
}

static void
assert_controls (const Reordered *reordered, guint n_controls)
{
  g_autoptr (GArray) places = list_places (reordered->network->symmetries);
  guint n_shown = 0, n_dead = 0;

  shuffle (places);
  for (guint i = 0; i < places->len && n_shown + n_dead < n_controls; i++)
    {
      const Place *place = &g_array_index (places, Place, i);
      g_autofree double *values = put_back (reordered, place);

      if (values == NULL)
        continue;
      if (check_place (reordered, place, values))
        n_shown++;
      else
        n_dead++;
    }
  g_test_message ("%u controls of %u places, %u without influence", n_shown, places->len, n_dead);
  g_assert_cmpuint (n_shown, >, 0);
  g_assert_cmpuint (n_shown, >=, 2 * n_dead);
}

static gboolean
can_rotate (const AmSymmetries *symmetries)
{
  for (guint f = 0; f < am_symmetries_get_n_factors (symmetries); f++)
    {
      const AmFactor *factor = am_symmetries_get_factor (symmetries, f);

      if (factor->can_rotate && factor->size > 1)
        return TRUE;
    }
  return FALSE;
}

static guint
count_different_tensors (const ForwardWeights *a, const ForwardWeights *b)
{
  guint n = 0;

  for (guint t = 0; t < am_graph_get_n_tensors (a->graph); t++)
    n += memcmp (a->values[t], b->values[t], forward_count_elements (a->graph, t) * sizeof (double)) != 0;
  return n;
}

static void
assert_rotations (const Reordered *reordered, const GraphForward *before, const ForwardInputs *inputs)
{
  AmReorder *element = am_reorder_copy (reordered->element);
  g_auto (Reordered) rotated = { 0 };
  double difference;

  am_reorder_rotate_randomly (element, SEED);
  rotated = run_reordered (reordered->network, element, inputs);
  g_assert_cmpuint (count_different_tensors (reordered->weights, rotated.weights), >=, 2);
  difference = graph_forward_compare (before, rotated.forward);
  g_test_message ("rotated: %g", difference);
  g_assert_cmpfloat (difference, <, SAME);
}

void
preservation_assert (const Network *network, const InputSize *sizes, guint n_controls)
{
  g_autoptr (ForwardInputs) inputs = preservation_feed (network, sizes);
  g_autoptr (ForwardWeights) weights
      = forward_weights_new_from_model (network->graph, network->model, network->checkpoint);
  g_autoptr (GraphForward) before = graph_forward_new (weights, inputs);
  g_auto (Reordered) reordered
      = run_reordered (network, am_reorder_new_random (network->symmetries, SEED), inputs);
  double difference = graph_forward_compare (before, reordered.forward);

  g_test_message ("reordered: %g", difference);
  g_assert_false (am_reorder_is_identity (reordered.element));
  g_assert_cmpuint (count_different_tensors (weights, reordered.weights), >=, 2);
  g_assert_cmpfloat (difference, <, SAME);
  if (can_rotate (network->symmetries))
    assert_rotations (&reordered, before, inputs);
  assert_controls (&reordered, n_controls);
}

void
preservation_assert_axis (const Network *network, const char *tensor, guint axis, const char *expected)
{
  g_autofree char *found = network_describe_axis (network, tensor, axis);

  if (!g_str_equal (found, expected))
    g_error ("%s, axis %u: %s; expected %s", tensor, axis, found, expected);
}
