/* What may be reordered, rule by rule, on small graphs. */
#include "check-symmetries.h"
#include "graph-builder.h"

static void
test_mlp (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "picture", 3);
  g_autoptr (AmSymmetries) symmetries = NULL;

  x = build_activation (graph, build_linear (graph, "fc1", x, 8));
  x = build_activation (graph, build_transposed (graph, "fc2", x, 6));
  build_output (graph, "logits", build_linear (graph, "fc3", x, 5));
  symmetries = derive_symmetries (graph, "units*8 units*6");
  g_assert_true (am_symmetries_get_graph (symmetries) == graph);
  expect_axis (symmetries, "fc1.weight", 0, "0+8:0*8");
  expect_axis (symmetries, "fc1.weight", 1, "");
  expect_axis (symmetries, "fc1.bias", 0, "0+8:0*8");
  expect_axis (symmetries, "fc2.weight", 0, "0+8:0*8");
  expect_axis (symmetries, "fc2.weight", 1, "0+6:1*6");
  expect_axis (symmetries, "fc3.weight", 0, "");
  expect_axis (symmetries, "fc3.weight", 1, "0+6:1*6");
  expect_axis (symmetries, "fc3.bias", 0, "");
  g_assert_cmpuint (am_symmetries_get_n_bindings (symmetries), ==, 5);
  expect_name (symmetries, 0, "fc1");
  expect_name (symmetries, 1, "fc2");
  g_assert_cmpuint (am_symmetries_get_n_fixed (symmetries), ==, 2);
  expect_fixed (symmetries, "picture 3: they come from outside");
  expect_fixed (symmetries, "fc3 5: the network puts them out as logits");
}

/* Two blocks on one stream: the stream moves as one, each block's inside on its own. */
static void
test_residual_ties (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint stream = build_linear (graph, "stem", build_input (graph, "x", 3), 8), inner;
  g_autoptr (AmSymmetries) symmetries = NULL;

  inner = build_activation (graph, build_linear (graph, "a1", stream, 4));
  stream = build_pair (graph, AM_NODE_ADD, stream, build_linear (graph, "a2", inner, 8));
  inner = build_activation (graph, build_linear (graph, "b1", stream, 4));
  stream = build_pair (graph, AM_NODE_ADD, build_linear (graph, "b2", inner, 8), stream);
  stream = build_norm (graph, AM_NODE_LAYER_NORM, "norm", stream);
  build_output (graph, "y", build_linear (graph, "head", stream, 2));
  symmetries = derive_symmetries (graph, "units*8 units*4 units*4");
  expect_axis (symmetries, "a2.weight", 0, "0+8:0*8");
  expect_axis (symmetries, "a2.weight", 1, "0+4:1*4");
  expect_axis (symmetries, "b2.weight", 0, "0+8:0*8");
  expect_axis (symmetries, "b2.bias", 0, "0+8:0*8");
  expect_axis (symmetries, "b1.weight", 1, "0+8:0*8");
  expect_axis (symmetries, "norm.weight", 0, "0+8:0*8");
  expect_axis (symmetries, "norm.bias", 0, "0+8:0*8");
  expect_axis (symmetries, "head.weight", 1, "0+8:0*8");
  expect_name (symmetries, 0, "stem");
}

static void
test_output_fixes_what_is_tied (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), a, b;
  g_autoptr (AmSymmetries) symmetries = NULL;

  a = build_linear (graph, "a", x, 8);
  b = build_linear (graph, "b", build_activation (graph, a), 8);
  build_output (graph, "y", build_norm (graph, AM_NODE_RMS_NORM, "n", build_pair (graph, AM_NODE_ADD, a, b)));
  symmetries = derive_symmetries (graph, "");
  expect_axis (symmetries, "a.weight", 0, "");
  g_assert_cmpuint (am_symmetries_get_n_bindings (symmetries), ==, 0);
  expect_fixed (symmetries, "a 8: the network puts them out as y");
}

/* The input comes last, so that it is not what the sum is named after. */
static void
test_input_fixes_what_is_tied (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint a = build_linear (graph, "a", build_input (graph, "x", 3), 4);
  g_autoptr (AmSymmetries) symmetries = NULL;

  a = build_pair (graph, AM_NODE_ADD, a, build_input (graph, "other", 4));
  build_output (graph, "y", build_linear (graph, "b", a, 2));
  symmetries = derive_symmetries (graph, "");
  expect_fixed (symmetries, "a 4: they come from outside");
}

static void
test_concat_and_split (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), joined;
  g_autoptr (AmSymmetries) symmetries = NULL;

  joined = build_two (graph, x, "a", 6, "b", 10);
  build_output (graph, "y", build_linear (graph, "all", joined, 2));
  build_output (graph, "z", build_linear (graph, "part", build_slice (graph, joined, 4, 7), 2));
  symmetries = derive_symmetries (graph, "units*4 units*2 units*5 units*5");
  expect_axis (symmetries, "a.weight", 0, "0+4:0*4 4+2:1*2");
  expect_axis (symmetries, "b.weight", 0, "0+5:2*5 5+5:3*5");
  expect_axis (symmetries, "all.weight", 1, "0+4:0*4 4+2:1*2 6+5:2*5 11+5:3*5");
  expect_axis (symmetries, "part.weight", 1, "0+2:1*2 2+5:2*5");
}

/* Adding two halves of one value to a whole that is divided elsewhere cuts all of them, and what hangs on
 * them. */
static void
test_refinement_spreads (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), a, b, c, sum;
  g_autoptr (AmSymmetries) symmetries = NULL;

  a = build_linear (graph, "a", x, 12);
  b = build_two (graph, x, "b1", 4, "b2", 8);
  c = build_two (graph, x, "c1", 6, "c2", 6);
  sum = build_pair (graph, AM_NODE_ADD, build_pair (graph, AM_NODE_ADD, a, b), c);
  build_output (graph, "y", build_linear (graph, "head", sum, 2));
  symmetries = derive_symmetries (graph, "units*4 units*2 units*6");
  expect_axis (symmetries, "a.weight", 0, "0+4:0*4 4+2:1*2 6+6:2*6");
  expect_axis (symmetries, "b1.weight", 0, "0+4:0*4");
  expect_axis (symmetries, "b2.weight", 0, "0+2:1*2 2+6:2*6");
  expect_axis (symmetries, "c1.bias", 0, "0+4:0*4 4+2:1*2");
  expect_axis (symmetries, "head.weight", 1, "0+4:0*4 4+2:1*2 6+6:2*6");
}

/* [a b] tied to [b a], of 3 and 5 channels: only what agrees everywhere is left. */
static void
test_crossed_ties (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), a, b, sum;
  g_autoptr (AmSymmetries) symmetries = NULL;

  a = build_linear (graph, "a", x, 3);
  b = build_linear (graph, "b", x, 5);
  sum = build_pair (graph, AM_NODE_CONCAT, a, b);
  sum = build_pair (graph, AM_NODE_ADD, sum, build_pair (graph, AM_NODE_CONCAT, b, a));
  build_output (graph, "y", build_linear (graph, "head", sum, 2));
  symmetries = am_symmetries_new (graph);
  check_symmetries (symmetries);
  g_assert_cmpuint (am_symmetries_get_n_factors (symmetries), ==, 0);
}

static void
test_geglu_halves (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_linear (graph, "proj", build_input (graph, "x", 3), 16), product;
  g_autoptr (AmSymmetries) symmetries = NULL;

  product = build_slice (graph, x, 0, 8);
  product
      = build_pair (graph, AM_NODE_MULTIPLY, product, build_activation (graph, build_slice (graph, x, 8, 8)));
  build_output (graph, "y", build_linear (graph, "out", product, 2));
  symmetries = derive_symmetries (graph, "units*8");
  expect_axis (symmetries, "proj.weight", 0, "0+8:0*8 8+8:0*8");
  expect_axis (symmetries, "proj.bias", 0, "0+8:0*8 8+8:0*8");
  expect_axis (symmetries, "out.weight", 1, "0+8:0*8");
}

static void
test_modulation_ties (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), inputs[3], shifts;
  g_autoptr (AmSymmetries) symmetries = NULL;

  inputs[0]
      = build_plain (graph, AM_NODE_LAYER_NORM, "norm", 1, (guint[]){ build_linear (graph, "a", x, 4) });
  shifts = build_linear (graph, "m", x, 8);
  inputs[1] = build_slice (graph, shifts, 4, 4);
  inputs[2] = build_slice (graph, shifts, 0, 4);
  build_output (graph, "y",
                build_linear (graph, "b", build_plain (graph, AM_NODE_MODULATE, "mod", 3, inputs), 2));
  symmetries = derive_symmetries (graph, "units*4");
  expect_axis (symmetries, "m.weight", 0, "0+4:0*4 4+4:0*4");
}

static void
test_tied_embedding (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_embedding (graph, "token", 11, 8), position = build_parameter (graph, "position", 5, 8);
  g_autoptr (AmSymmetries) symmetries = NULL;

  x = build_norm (graph, AM_NODE_RMS_NORM, "norm", build_pair (graph, AM_NODE_ADD, x, position));
  build_output (graph, "logits", build_tied (graph, "token", x));
  symmetries = derive_symmetries (graph, "units*8");
  expect_axis (symmetries, "token.weight", 0, "");
  expect_axis (symmetries, "token.weight", 1, "0+8:0*8");
  expect_axis (symmetries, "position", 0, "");
  expect_axis (symmetries, "position", 1, "0+8:0*8");
}

/* What one use of a layer needs holds for the other: the second output is the first one's inside. */
static void
test_shared_layer (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), a, b;
  g_autoptr (AmSymmetries) symmetries = NULL;

  a = build_linear (graph, "shared", build_activation (graph, build_linear (graph, "a", x, 6)), 4);
  b = build_linear (graph, "shared", build_two (graph, x, "b1", 2, "b2", 4), 4);
  build_output (graph, "y", build_linear (graph, "c", a, 2));
  build_output (graph, "z", build_linear (graph, "d", b, 2));
  symmetries = derive_symmetries (graph, "units*2 units*4 units*4");
  expect_axis (symmetries, "a.weight", 0, "0+2:0*2 2+4:1*4");
  expect_axis (symmetries, "b1.weight", 0, "0+2:0*2");
  expect_axis (symmetries, "b2.weight", 0, "0+4:1*4");
  expect_axis (symmetries, "shared.weight", 0, "0+4:2*4");
  expect_axis (symmetries, "shared.weight", 1, "0+2:0*2 2+4:1*4");
  expect_axis (symmetries, "c.weight", 1, "0+4:2*4");
  expect_axis (symmetries, "d.weight", 1, "0+4:2*4");
}

/* A layer that is put out once cannot move where it is not. */
static void
test_shared_layer_put_out (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3);
  g_autoptr (AmSymmetries) symmetries = NULL;

  build_output (graph, "y", build_linear (graph, "shared", x, 4));
  build_output (graph, "z", build_linear (graph, "c", build_linear (graph, "shared", x, 4), 2));
  symmetries = derive_symmetries (graph, "");
}

static void
test_flatten (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_conv (graph, "conv", build_input (graph, "x", 3), 6, 3, 1);
  g_autoptr (AmSymmetries) symmetries = NULL;

  x = build_flatten (graph, build_pool (graph, build_group_norm (graph, "gn", x, 2), AM_POOL_MAX), 4);
  x = build_norm (graph, AM_NODE_BATCH_NORM, "bn", build_activation (graph, x));
  build_output (graph, "y", build_linear (graph, "fc", x, 2));
  symmetries = derive_symmetries (graph, "groups*2 units*3<0");
  expect_axis (symmetries, "conv.weight", 0, "0+6:0*2,1*3");
  expect_axis (symmetries, "fc.weight", 1, "0+24:0*2,1*3,-*4");
  expect_axis (symmetries, "bn.running_mean", 0, "0+24:0*2,1*3,-*4");
}

static void
test_flattened_slices (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), a, b;
  g_autoptr (AmSymmetries) symmetries = NULL;

  a = build_flatten (graph, build_conv (graph, "a", x, 6, 1, 1), 4);
  b = build_flatten (graph, build_conv (graph, "b", x, 6, 1, 1), 4);
  build_output (graph, "y", build_linear (graph, "fa", build_slice (graph, a, 8, 16), 2));
  build_output (graph, "z", build_linear (graph, "fb", build_slice (graph, b, 9, 8), 2));
  symmetries = derive_symmetries (graph, "units*2 units*4");
  expect_axis (symmetries, "a.weight", 0, "0+2:0*2 2+4:1*4");
  expect_axis (symmetries, "fa.weight", 1, "0+16:1*4,-*4");
  expect_axis (symmetries, "fb.weight", 1, "");
  expect_fixed (symmetries, "b 6: split ties flattened channels to others");
}

static void
test_flattened_ties (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), flat, same, other;
  g_autoptr (AmSymmetries) symmetries = NULL;

  flat = build_flatten (graph, build_conv (graph, "a", x, 6, 1, 1), 4);
  same = build_flatten (graph, build_conv (graph, "b", x, 6, 1, 1), 4);
  build_output (graph, "y", build_linear (graph, "fa", build_pair (graph, AM_NODE_ADD, flat, same), 2));
  flat = build_flatten (graph, build_conv (graph, "c", x, 6, 1, 1), 4);
  other = build_linear (graph, "d", x, 24);
  build_output (graph, "z", build_linear (graph, "fc", build_pair (graph, AM_NODE_ADD, flat, other), 2));
  symmetries = derive_symmetries (graph, "units*6");
  expect_axis (symmetries, "b.weight", 0, "0+6:0*6");
  expect_axis (symmetries, "fa.weight", 1, "0+24:0*6,-*4");
  expect_axis (symmetries, "d.weight", 0, "");
  expect_fixed (symmetries, "c 6: add ties flattened channels to others");
  expect_fixed (symmetries, "d 24: add ties flattened channels to others");
}

static gboolean
follows (const AmSymmetries *symmetries, const char *tensor)
{
  gint number = am_graph_find_tensor (am_symmetries_get_graph (symmetries), tensor);

  return am_symmetries_find_binding (symmetries, (guint)number, 0)->follows;
}

static void
test_batch_norm_and_depthwise (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_conv (graph, "expand", build_input (graph, "x", 3), 6, 1, 1);
  g_autoptr (AmSymmetries) symmetries = NULL;

  x = build_norm (graph, AM_NODE_BATCH_NORM, "bn", x);
  x = build_conv (graph, "depthwise", x, 6, 3, 6);
  build_output (graph, "y", build_conv (graph, "project", x, 2, 1, 1));
  symmetries = derive_symmetries (graph, "units*6");
  expect_axis (symmetries, "depthwise.weight", 0, "0+6:0*6");
  expect_axis (symmetries, "depthwise.weight", 1, "");
  expect_axis (symmetries, "project.weight", 1, "0+6:0*6");
  g_assert_false (follows (symmetries, "bn.weight"));
  g_assert_false (follows (symmetries, "bn.bias"));
  g_assert_true (follows (symmetries, "bn.running_mean"));
  g_assert_true (follows (symmetries, "bn.running_var"));
}

static void
test_positions (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_conv (graph, "patch", build_input (graph, "x", 3), 8, 1, 1);
  g_autoptr (AmSymmetries) symmetries = NULL;

  x = build_pair (graph, AM_NODE_JOIN, build_parameter (graph, "class", 1, 8), x);
  x = build_pair (graph, AM_NODE_ADD, x, build_parameter (graph, "position", 5, 8));
  x = build_take (graph, build_plain (graph, AM_NODE_UPSAMPLE, "up", 1, &x), 0, 1);
  build_output (graph, "y", build_linear (graph, "head", build_pool (graph, x, AM_POOL_MEAN_ALL), 2));
  symmetries = derive_symmetries (graph, "units*8");
  expect_axis (symmetries, "class", 1, "0+8:0*8");
  expect_axis (symmetries, "position", 1, "0+8:0*8");
  expect_axis (symmetries, "patch.weight", 0, "0+8:0*8");
  expect_axis (symmetries, "head.weight", 1, "0+8:0*8");
  expect_name (symmetries, 0, "patch");
}

/* Concatenating a value with itself forty times would be 2^40 pieces. */
static void
test_endless_concat (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_linear (graph, "a", build_input (graph, "x", 3), 2);
  g_autoptr (AmSymmetries) symmetries = NULL;

  for (guint i = 0; i < 40; i++)
    x = build_pair (graph, AM_NODE_CONCAT, x, x);
  build_output (graph, "y", build_linear (graph, "b", build_slice (graph, x, 0, 2), 2));
  symmetries = derive_symmetries (graph, "");
  expect_fixed (symmetries, "a 2: concat divides them together with channels of other layers");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/symmetries/mlp", test_mlp);
  g_test_add_func ("/symmetries/residual-ties", test_residual_ties);
  g_test_add_func ("/symmetries/output-fixes-what-is-tied", test_output_fixes_what_is_tied);
  g_test_add_func ("/symmetries/input-fixes-what-is-tied", test_input_fixes_what_is_tied);
  g_test_add_func ("/symmetries/concat-and-split", test_concat_and_split);
  g_test_add_func ("/symmetries/refinement-spreads", test_refinement_spreads);
  g_test_add_func ("/symmetries/crossed-ties", test_crossed_ties);
  g_test_add_func ("/symmetries/geglu-halves", test_geglu_halves);
  g_test_add_func ("/symmetries/modulation-ties", test_modulation_ties);
  g_test_add_func ("/symmetries/tied-embedding", test_tied_embedding);
  g_test_add_func ("/symmetries/shared-layer", test_shared_layer);
  g_test_add_func ("/symmetries/shared-layer-put-out", test_shared_layer_put_out);
  g_test_add_func ("/symmetries/flatten", test_flatten);
  g_test_add_func ("/symmetries/flattened-slices", test_flattened_slices);
  g_test_add_func ("/symmetries/flattened-ties", test_flattened_ties);
  g_test_add_func ("/symmetries/batch-norm-and-depthwise", test_batch_norm_and_depthwise);
  g_test_add_func ("/symmetries/positions", test_positions);
  g_test_add_func ("/symmetries/endless-concat", test_endless_concat);
  return g_test_run ();
}
