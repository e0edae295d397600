/* Channels in groups and heads, without attention. */
#include "check-symmetries.h"
#include "graph-builder.h"

static guint
build_normed (AmGraph *graph, const char *name, guint64 channels, guint groups)
{
  guint x = build_conv (graph, name, build_input (graph, "x", 3), channels, 3, 1);

  return build_group_norm (graph, "norm", x, groups);
}

static void
test_group_norm (void)
{
  static const struct
  {
    guint groups;
    const char *factors, *axis;
  } cases[] = {
    { 4, "groups*4 units*3<0", "0+12:0*4,1*3" },
    { 1, "units*12", "0+12:0*12" },
    { 12, "units*12", "0+12:0*12" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmGraph) graph = am_graph_new ();
      guint x = build_normed (graph, "conv", 12, cases[i].groups);
      g_autoptr (AmSymmetries) symmetries = NULL;

      build_output (graph, "y", build_conv (graph, "out", build_activation (graph, x), 2, 3, 1));
      symmetries = derive_symmetries (graph, cases[i].factors);
      expect_axis (symmetries, "conv.weight", 0, cases[i].axis);
      expect_axis (symmetries, "norm.weight", 0, cases[i].axis);
      expect_axis (symmetries, "norm.bias", 0, cases[i].axis);
      expect_axis (symmetries, "out.weight", 1, cases[i].axis);
      expect_axis (symmetries, "out.weight", 2, "");
    }
}

/* A skip of @skip channels behind 12 of the trunk, normed in groups of @size. */
static AmGraph *
build_skip (guint64 skip, guint64 size)
{
  AmGraph *graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), joined;

  joined = build_two (graph, x, "trunk", 12, "skip", skip);
  joined = build_group_norm (graph, "norm", joined, (guint)((12 + skip) / size));
  build_output (graph, "y", build_conv (graph, "out", joined, 2, 1, 1));
  return graph;
}

static void
test_skip_aligns (void)
{
  g_autoptr (AmGraph) graph = build_skip (6, 3);
  g_autoptr (AmSymmetries) symmetries = derive_symmetries (graph, "groups*4 units*3<0 groups*2 units*3<2");

  expect_axis (symmetries, "out.weight", 1, "0+12:0*4,1*3 12+6:2*2,3*3");
  expect_axis (symmetries, "norm.bias", 0, "0+12:0*4,1*3 12+6:2*2,3*3");
  expect_axis (symmetries, "skip.weight", 0, "0+6:2*2,3*3");
  expect_name (symmetries, 0, "trunk");
  expect_name (symmetries, 3, "skip");
}

static void
test_skip_straddles (void)
{
  g_autoptr (AmGraph) graph = build_skip (6, 9);
  g_autoptr (AmSymmetries) symmetries = derive_symmetries (graph, "");

  expect_fixed (symmetries, "trunk 12: groups or heads of norm reach beyond them");
  expect_fixed (symmetries, "skip 6: groups or heads of norm reach beyond them");
}

/* Only the two that share a group are fixed. */
static void
test_straddle_spares_others (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), inputs[3], joined;
  g_autoptr (AmSymmetries) symmetries = NULL;

  inputs[0] = build_conv (graph, "a", x, 6, 1, 1);
  inputs[1] = build_conv (graph, "b", x, 2, 1, 1);
  inputs[2] = build_conv (graph, "c", x, 8, 1, 1);
  joined = build_group_norm (graph, "norm", build_plain (graph, AM_NODE_CONCAT, "cat", 3, inputs), 4);
  build_output (graph, "y", build_conv (graph, "out", joined, 2, 1, 1));
  symmetries = derive_symmetries (graph, "groups*2 units*4<0");
  expect_axis (symmetries, "out.weight", 1, "8+8:0*2,1*4");
}

/* A trunk normed by itself and together with skips, as in a UNet of Stable Diffusion. */
static AmSymmetries *
derive_nested (AmGraph *graph, guint64 width, guint groups, guint64 skip, guint groups_with_skip,
               const char *factors)
{
  guint x = build_input (graph, "x", 3), joined;
  guint trunk = build_conv (graph, "trunk", x, width, 1, 1);

  build_output (graph, "y", build_conv (graph, "a", build_group_norm (graph, "n1", trunk, groups), 2, 1, 1));
  joined = build_pair (graph, AM_NODE_CONCAT, trunk, build_conv (graph, "skip", x, skip, 1, 1));
  joined = build_group_norm (graph, "n2", joined, groups_with_skip);
  build_output (graph, "z", build_conv (graph, "b", joined, 2, 1, 1));
  return derive_symmetries (graph, factors);
}

static void
test_groups_nest (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (AmSymmetries) symmetries
      = derive_nested (graph, 1280, 32, 1280, 32, "groups*16 groups*2<0 units*40<1 groups*16 units*80<3");

  expect_axis (symmetries, "trunk.weight", 0, "0+1280:0*16,1*2,2*40");
  expect_axis (symmetries, "n1.weight", 0, "0+1280:0*16,1*2,2*40");
  expect_axis (symmetries, "n2.weight", 0, "0+1280:0*16,1*2,2*40 1280+1280:3*16,4*80");
  g_assert_cmpuint (am_symmetries_get_factor (symmetries, 2)->n_branches, ==, 32);
}

static void
test_groups_do_not_nest (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (AmSymmetries) symmetries = derive_nested (graph, 12, 3, 6, 3, "units*6");

  expect_axis (symmetries, "n2.weight", 0, "12+6:0*6");
  expect_fixed (symmetries, "trunk 12: its GroupNorms divide them into groups that do not nest");
}

/* GroupNorm over flattened channels: groups of whole channels, of parts of one, and across borders. */
static void
test_flattened_groups (void)
{
  static const struct
  {
    guint groups;
    const char *factors;
  } cases[] = { { 3, "groups*3 units*2<0" }, { 12, "units*6" }, { 8, "" }, { 1, "units*6" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmGraph) graph = am_graph_new ();
      guint x = build_conv (graph, "conv", build_input (graph, "x", 3), 6, 1, 1);
      g_autoptr (AmSymmetries) symmetries = NULL;

      x = build_group_norm (graph, "norm", build_flatten (graph, x, 4), cases[i].groups);
      build_output (graph, "y", build_linear (graph, "fc", x, 2));
      symmetries = derive_symmetries (graph, cases[i].factors);
    }
}

/* The channels inside a group of the input count along one axis for all groups. */
static void
test_grouped_conv (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_conv (graph, "a", build_input (graph, "x", 3), 6, 1, 1);
  g_autoptr (AmSymmetries) symmetries = NULL;

  x = build_conv (graph, "grouped", build_activation (graph, x), 12, 3, 3);
  build_output (graph, "y", build_conv (graph, "b", build_activation (graph, x), 2, 1, 1));
  symmetries = derive_symmetries (graph, "groups*3 units*2 units*4<0");
  expect_axis (symmetries, "a.weight", 0, "0+6:0*3,1*2");
  expect_axis (symmetries, "grouped.weight", 0, "0+12:0*3,2*4");
  expect_axis (symmetries, "grouped.weight", 1, "0+2:1*2");
  expect_axis (symmetries, "b.weight", 1, "0+12:0*3,2*4");
}

static void
test_grouped_conv_of_two (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3);
  g_autoptr (AmSymmetries) symmetries = NULL;

  x = build_two (graph, x, "a", 2, "b", 4);
  build_output (graph, "y", build_conv (graph, "c", build_conv (graph, "grouped", x, 12, 3, 3), 2, 1, 1));
  symmetries = derive_symmetries (graph, "units*4");
  expect_axis (symmetries, "c.weight", 1, "0+12:-*3,0*4");
  expect_fixed (symmetries, "a 2: grouped divides them together with channels of other layers");
}

static void
test_rotary_alone (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_linear (graph, "a", build_input (graph, "x", 3), 12);
  g_autoptr (AmSymmetries) symmetries = NULL;

  build_output (graph, "y", build_linear (graph, "b", build_rotary (graph, x, 3), 2));
  symmetries = derive_symmetries (graph, "heads*3");
  expect_axis (symmetries, "a.weight", 0, "0+12:0*3,-*4");
}

static void
test_rotary_of_one_head (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_linear (graph, "a", build_input (graph, "x", 3), 12);
  g_autoptr (AmSymmetries) symmetries = NULL;

  build_output (graph, "y", build_linear (graph, "b", build_rotary (graph, x, 1), 2));
  symmetries = derive_symmetries (graph, "");
  expect_fixed (symmetries, "a 12: rotary positions turn each by an angle of its own");
}

static void
test_head_norm_elsewhere (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 3), joined;
  g_autoptr (AmSymmetries) symmetries = NULL;

  joined = build_two (graph, x, "a", 8, "b", 4);
  build_output (graph, "y", build_linear (graph, "c", build_head_norm (graph, "n", joined, 3), 2));
  joined = build_two (graph, x, "d", 6, "e", 6);
  build_output (graph, "z", build_linear (graph, "f", build_head_norm (graph, "m", joined, 3), 2));
  symmetries = derive_symmetries (graph, "heads*2 units*4");
  expect_axis (symmetries, "c.weight", 1, "0+8:0*2,1*4 8+4:1*4");
  expect_axis (symmetries, "n.weight", 0, "0+4:1*4");
  expect_axis (symmetries, "m.weight", 0, "");
  expect_fixed (symmetries, "d 6: groups or heads of m reach beyond them");
}

/* Groups inside of a head contradict a norm that is the same for all heads. */
static void
test_head_norm_over_groups (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_linear (graph, "a", build_input (graph, "x", 3), 16);
  g_autoptr (AmSymmetries) symmetries = NULL;

  x = build_head_norm (graph, "norm", build_group_norm (graph, "groups", x, 8), 2);
  build_output (graph, "y", build_linear (graph, "b", x, 2));
  symmetries = derive_symmetries (graph, "");
  expect_fixed (symmetries,
                "a 16: what reads them divides them into heads and groups that contradict each other");
}

/* A norm of a single head is a norm of everything. */
static void
test_head_norm_of_one_head (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_two (graph, build_input (graph, "x", 3), "a", 4, "b", 6);
  g_autoptr (AmSymmetries) symmetries = NULL;

  build_output (graph, "y", build_linear (graph, "c", build_head_norm (graph, "norm", x, 1), 2));
  symmetries = derive_symmetries (graph, "units*4 units*6");
  expect_axis (symmetries, "norm.weight", 0, "0+4:0*4 4+6:1*6");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/symmetries-groups/group-norm", test_group_norm);
  g_test_add_func ("/symmetries-groups/skip-aligns", test_skip_aligns);
  g_test_add_func ("/symmetries-groups/skip-straddles", test_skip_straddles);
  g_test_add_func ("/symmetries-groups/straddle-spares-others", test_straddle_spares_others);
  g_test_add_func ("/symmetries-groups/groups-nest", test_groups_nest);
  g_test_add_func ("/symmetries-groups/groups-do-not-nest", test_groups_do_not_nest);
  g_test_add_func ("/symmetries-groups/flattened-groups", test_flattened_groups);
  g_test_add_func ("/symmetries-groups/grouped-conv", test_grouped_conv);
  g_test_add_func ("/symmetries-groups/grouped-conv-of-two", test_grouped_conv_of_two);
  g_test_add_func ("/symmetries-groups/rotary-alone", test_rotary_alone);
  g_test_add_func ("/symmetries-groups/rotary-of-one-head", test_rotary_of_one_head);
  g_test_add_func ("/symmetries-groups/head-norm-elsewhere", test_head_norm_elsewhere);
  g_test_add_func ("/symmetries-groups/head-norm-over-groups", test_head_norm_over_groups);
  g_test_add_func ("/symmetries-groups/head-norm-of-one-head", test_head_norm_of_one_head);
  return g_test_run ();
}
