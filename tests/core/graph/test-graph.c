/* Graphs put together by hand: tensors, names, and how widths are checked. */
#include "graph/graph.h"

#include <string.h>

static guint
add_tensor (AmGraph *graph, const char *name, const char *shape)
{
  g_auto (GStrv) words = g_strsplit (shape, ",", -1);
  guint64 sizes[5];
  guint n = 0;

  for (; words[n] != NULL && *words[n] != '\0'; n++)
    sizes[n] = g_ascii_strtoull (words[n], NULL, 10);
  return am_graph_add_tensor (graph, name, n, sizes);
}

static AmNode
make_node (AmNodeType type)
{
  return (AmNode){ .type = type,
                   .name = (char *)"node",
                   .weight = AM_NO_TENSOR,
                   .bias = AM_NO_TENSOR,
                   .mean = AM_NO_TENSOR,
                   .variance = AM_NO_TENSOR };
}

static guint
add_input (AmGraph *graph, const char *name, guint64 channels)
{
  g_autoptr (GError) error = NULL;
  AmNode node = make_node (AM_NODE_INPUT);
  guint index;

  node.name = (char *)name;
  node.channels = channels;
  g_assert_true (am_graph_add_node (graph, &node, &index, &error));
  g_assert_no_error (error);
  return index;
}

/* The node as the graph keeps it. */
static const AmNode *
assert_node (AmGraph *graph, const AmNode *node, guint64 channels)
{
  g_autoptr (GError) error = NULL;
  guint index;

  am_graph_add_node (graph, node, &index, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (am_graph_get_node (graph, index)->channels, ==, channels);
  return am_graph_get_node (graph, index);
}

static void
assert_mismatch (AmGraph *graph, const AmNode *node, const char *message)
{
  g_autoptr (GError) error = NULL;
  guint n_nodes = am_graph_get_n_nodes (graph), index = G_MAXUINT;

  g_assert_false (am_graph_add_node (graph, node, &index, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_cmpstr (error->message, ==, message);
  g_assert_cmpuint (am_graph_get_n_nodes (graph), ==, n_nodes);
  g_assert_cmpuint (index, ==, G_MAXUINT);
}

static void
test_tensors (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint a = add_tensor (graph, "a", "2,3"), scalar = add_tensor (graph, "scalar", "");

  g_assert_cmpuint (add_tensor (graph, "a", "7"), ==, a);
  g_assert_cmpuint (am_graph_get_n_tensors (graph), ==, 2);
  g_assert_cmpint (am_graph_find_tensor (graph, "scalar"), ==, (gint)scalar);
  g_assert_cmpint (am_graph_find_tensor (graph, "b"), ==, AM_NO_TENSOR);
  g_assert_cmpuint (am_graph_get_tensor (graph, a)->n_dims, ==, 2);
  g_assert_cmpuint (am_graph_get_tensor (graph, a)->shape[1], ==, 3);
  g_assert_cmpuint (am_graph_get_tensor (graph, scalar)->n_dims, ==, 0);
  g_assert_null (am_graph_get_tensor (graph, a)->copies);
  am_graph_add_copy (graph, a, "copy");
  am_graph_add_copy (graph, a, "other");
  g_assert_cmpuint (am_graph_get_tensor (graph, a)->copies->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (am_graph_get_tensor (graph, a)->copies, 1), ==, "other");
}

static void
test_notes (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();

  g_assert_null (am_graph_get_notes (graph)[0]);
  am_graph_add_note (graph, "%s stays", "a");
  am_graph_add_note (graph, "b");
  g_assert_cmpstr (am_graph_get_notes (graph)[0], ==, "a stays");
  g_assert_cmpstr (am_graph_get_notes (graph)[1], ==, "b");
  g_assert_null (am_graph_get_notes (graph)[2]);
}

static void
test_names (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint input = add_input (graph, "x", 4);
  AmNode node = make_node (AM_NODE_ACTIVATION);

  node.inputs = &input;
  node.n_inputs = 1;
  node.name = NULL;
  g_assert_cmpstr (assert_node (graph, &node, 4)->name, ==, "activation 1");
  for (guint type = 0; type < AM_N_NODE_TYPES; type++)
    g_assert_nonnull (am_node_type_get_id (type));
}

static void
test_references (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint next = 0;
  AmNode node = make_node (AM_NODE_ACTIVATION);
  g_autoptr (GError) error = NULL;

  node.inputs = &next;
  node.n_inputs = 1;
  g_assert_false (am_graph_add_node (graph, &node, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_clear_error (&error);
  node = make_node (AM_NODE_PARAMETER);
  node.weight = 3;
  g_assert_false (am_graph_add_node (graph, &node, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
}

static void
test_sources (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  AmNode node = make_node (AM_NODE_PARAMETER);

  node.weight = (gint)add_tensor (graph, "positions", "1,9,4");
  assert_node (graph, &node, 4);
  node.weight = (gint)add_tensor (graph, "scalar", "");
  assert_mismatch (graph, &node, "node (parameter): scalar is []; expected at least one axis");
  node = make_node (AM_NODE_EMBEDDING);
  assert_mismatch (graph, &node, "node (embedding): it has no weight");
  node.weight = (gint)add_tensor (graph, "words", "100,8");
  assert_node (graph, &node, 8);
  node.weight = (gint)add_tensor (graph, "positions", "");
  assert_mismatch (graph, &node, "node (embedding): positions is [1, 9, 4]; expected a matrix");
  node = make_node (AM_NODE_INPUT);
  assert_mismatch (graph, &node, "node (input): its width is 0");
}

static void
test_linear (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint input = add_input (graph, "x", 4);
  AmNode node = make_node (AM_NODE_LINEAR);

  node.n_inputs = 1;
  node.inputs = &input;
  node.weight = (gint)add_tensor (graph, "w", "6,4");
  node.bias = (gint)add_tensor (graph, "b", "6");
  assert_node (graph, &node, 6);
  node.is_transposed = TRUE;
  assert_mismatch (graph, &node, "node (linear): w is [6, 4] and takes 6 channels, but x is 4 wide");
  node.weight = (gint)add_tensor (graph, "t", "4,5");
  assert_mismatch (graph, &node, "node (linear): b is [6]; expected [5]");
  node.bias = AM_NO_TENSOR;
  assert_node (graph, &node, 5);
  node.weight = (gint)add_tensor (graph, "flat", "24");
  assert_mismatch (graph, &node, "node (linear): flat is [24]; expected a matrix");
  node.n_inputs = 0;
  assert_mismatch (graph, &node, "node (linear): 1 value goes in, found 0");
}

static void
test_convolution (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint input = add_input (graph, "x", 4);
  AmNode node = make_node (AM_NODE_CONV);
  const AmNode *kept;

  node.n_inputs = 1;
  node.inputs = &input;
  node.weight = (gint)add_tensor (graph, "w", "6,4,3,3");
  node.padding = 1;
  kept = assert_node (graph, &node, 6);
  g_assert_cmpuint (kept->kernel, ==, 3);
  g_assert_cmpuint (kept->stride, ==, 1);
  g_assert_cmpuint (kept->groups, ==, 1);
  g_assert_cmpuint (kept->padding_end, ==, 1);
  node.groups = 2;
  assert_mismatch (graph, &node, "node (conv): w is [6, 4, 3, 3] and takes 8 channels, but x is 4 wide");
  node.weight = (gint)add_tensor (graph, "grouped", "6,2,3,3");
  assert_node (graph, &node, 6);
  node.groups = 4;
  assert_mismatch (graph, &node, "node (conv): 6 channels do not divide into 4 groups");
  node.groups = 1;
  node.weight = (gint)add_tensor (graph, "matrix", "6,4");
  g_assert_cmpuint (assert_node (graph, &node, 6)->kernel, ==, 1);
  node.weight = (gint)add_tensor (graph, "oblong", "6,4,3,5");
  assert_mismatch (graph, &node, "node (conv): oblong is [6, 4, 3, 5]; expected a square kernel");
  node.weight = (gint)add_tensor (graph, "line", "6,4,3");
  assert_mismatch (graph, &node, "node (conv): line is [6, 4, 3]; expected [out, in, kernel, kernel]");
}

static void
test_norms (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint input = add_input (graph, "x", 12);
  AmNode node = make_node (AM_NODE_GROUP_NORM);

  node.n_inputs = 1;
  node.inputs = &input;
  assert_mismatch (graph, &node, "node (group_norm): 12 channels do not divide into 0 groups");
  node.groups = 5;
  assert_mismatch (graph, &node, "node (group_norm): 12 channels do not divide into 5 groups");
  node.groups = 4;
  assert_node (graph, &node, 12);
  node.weight = (gint)add_tensor (graph, "short", "4");
  assert_mismatch (graph, &node, "node (group_norm): short is [4]; expected [12]");
  node.type = AM_NODE_HEAD_NORM;
  g_assert_cmpuint (assert_node (graph, &node, 12)->heads, ==, 3);
  node.heads = 4;
  assert_mismatch (graph, &node, "node (head_norm): short is [4]; expected [3]");
  node = make_node (AM_NODE_BATCH_NORM);
  node.n_inputs = 1;
  node.inputs = &input;
  assert_mismatch (graph, &node, "node (batch_norm): it has no running mean and variance");
  node.mean = node.variance = (gint)add_tensor (graph, "mean", "12");
  assert_node (graph, &node, 12);
}

static void
test_combinations (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint inputs[] = { add_input (graph, "a", 4), add_input (graph, "b", 4), add_input (graph, "c", 6) };
  AmNode node = make_node (AM_NODE_ADD);

  node.inputs = inputs;
  node.n_inputs = 2;
  assert_node (graph, &node, 4);
  node.n_inputs = 3;
  assert_mismatch (graph, &node, "node (add): a is 4 wide and c is 6; expected equal widths");
  node.type = AM_NODE_CONCAT;
  assert_node (graph, &node, 14);
  node.type = AM_NODE_MODULATE;
  node.n_inputs = 2;
  assert_mismatch (graph, &node, "node (modulate): 3 values go in, found 2");
  node.type = AM_NODE_SLICE;
  node.n_inputs = 1;
  node.start = 1;
  node.channels = 3;
  assert_node (graph, &node, 3);
  node.channels = 4;
  assert_mismatch (graph, &node, "node (split): 4 channels from 1 on do not lie within the 4 of a");
  node.type = AM_NODE_FLATTEN;
  node.count = 9;
  assert_node (graph, &node, 36);
  node.count = G_MAXINT64;
  assert_mismatch (graph, &node, "node (flatten): 9223372036854775807 positions of 4 channels");
}

static void
test_attention (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint inputs[] = { add_input (graph, "q", 24), add_input (graph, "k", 8), add_input (graph, "v", 10) };
  AmNode node = make_node (AM_NODE_ATTENTION);

  node.inputs = inputs;
  node.n_inputs = 3;
  assert_node (graph, &node, 30);
  node.heads = 6;
  g_assert_cmpuint (assert_node (graph, &node, 30)->kv_heads, ==, 2);
  node.kv_heads = 3;
  assert_mismatch (graph, &node,
                   "node (attention): 6 heads of 24 queries and 8 keys (k) in 3 heads do not go together");
  node.heads = 5;
  assert_mismatch (graph, &node, "node (attention): 24 channels do not divide into 5 heads");
  node.heads = node.kv_heads = 0;
  inputs[1] = add_input (graph, "odd", 7);
  assert_mismatch (
      graph, &node,
      "node (attention): queries q are 24 wide and keys odd 7; expected equal widths, or keys that "
      "fit several times");
  node = make_node (AM_NODE_ROTARY);
  node.inputs = inputs;
  node.n_inputs = 1;
  node.heads = 8;
  assert_mismatch (graph, &node, "node (rotary): heads of 3 channels are not made of pairs");
  node.heads = 6;
  assert_node (graph, &node, 24);
}

static void
test_pool (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint input = add_input (graph, "x", 4);
  AmNode node = make_node (AM_NODE_POOL);

  node.n_inputs = 1;
  node.inputs = &input;
  assert_mismatch (graph, &node, "node (pool): it has no kernel");
  node.kernel = 2;
  g_assert_cmpuint (assert_node (graph, &node, 4)->stride, ==, 2);
  node.kernel = 0;
  node.pool = AM_POOL_MEAN_ALL;
  assert_node (graph, &node, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/graph/tensors", test_tensors);
  g_test_add_func ("/graph/notes", test_notes);
  g_test_add_func ("/graph/names", test_names);
  g_test_add_func ("/graph/references", test_references);
  g_test_add_func ("/graph/sources", test_sources);
  g_test_add_func ("/graph/linear", test_linear);
  g_test_add_func ("/graph/convolution", test_convolution);
  g_test_add_func ("/graph/norms", test_norms);
  g_test_add_func ("/graph/combinations", test_combinations);
  g_test_add_func ("/graph/attention", test_attention);
  g_test_add_func ("/graph/pool", test_pool);
  return g_test_run ();
}
