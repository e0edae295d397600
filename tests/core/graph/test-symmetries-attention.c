/* What may be reordered in and around attention. */
#include "check-symmetries.h"
#include "graph-builder.h"

typedef struct
{
  guint q, k, v;
} Projections;

/* Of a stream of 10 channels that is fixed. */
static Projections
project (AmGraph *graph, const char *stem, guint64 queries, guint64 keys, guint64 values)
{
  guint x = build_input (graph, "x", 10);
  g_autofree char *q = g_strconcat (stem, ".q", NULL);
  g_autofree char *k = g_strconcat (stem, ".k", NULL);
  g_autofree char *v = g_strconcat (stem, ".v", NULL);
  Projections projections;

  projections.q = build_linear (graph, q, x, queries);
  projections.k = build_linear (graph, k, x, keys);
  projections.v = build_linear (graph, v, x, values);
  return projections;
}

static void
attend (AmGraph *graph, Projections p, guint heads, guint kv_heads)
{
  guint x = build_attention (graph, p.q, p.k, p.v, heads, kv_heads);

  build_output (graph, "y", build_linear (graph, "proj", x, 10));
}

static void
test_heads (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (AmSymmetries) symmetries = NULL;

  attend (graph, project (graph, "attn", 8, 8, 12), 4, 4);
  symmetries = derive_symmetries (graph, "heads*4 units*2<0~ units*3<0~");
  expect_axis (symmetries, "attn.q.weight", 0, "0+8:0*4,1*2");
  expect_axis (symmetries, "attn.q.bias", 0, "0+8:0*4,1*2");
  expect_axis (symmetries, "attn.k.weight", 0, "0+8:0*4,1*2");
  expect_axis (symmetries, "attn.v.weight", 0, "0+12:0*4,2*3");
  expect_axis (symmetries, "proj.weight", 1, "0+12:0*4,2*3");
  expect_name (symmetries, 0, "attn");
  expect_name (symmetries, 1, "attn QK");
  expect_name (symmetries, 2, "attn VO");
}

static void
test_one_head (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (AmSymmetries) symmetries = NULL;

  attend (graph, project (graph, "attn", 8, 8, 6), 1, 1);
  symmetries = derive_symmetries (graph, "units*8~ units*6~");
  expect_axis (symmetries, "attn.k.weight", 0, "0+8:0*8");
  expect_axis (symmetries, "proj.weight", 1, "0+6:1*6");
}

static void
test_grouped_queries (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (AmSymmetries) symmetries = NULL;

  attend (graph, project (graph, "attn", 24, 8, 4), 6, 2);
  symmetries = derive_symmetries (graph, "heads*2 queries*3<0 units*4<0~ units*2<0~");
  expect_axis (symmetries, "attn.q.weight", 0, "0+24:0*2,1*3,2*4");
  expect_axis (symmetries, "attn.k.weight", 0, "0+8:0*2,2*4");
  expect_axis (symmetries, "attn.v.weight", 0, "0+4:0*2,3*2");
  expect_axis (symmetries, "proj.weight", 1, "0+12:0*2,1*3,3*2");
  g_assert_cmpuint (am_symmetries_get_factor (symmetries, 2)->n_branches, ==, 2);
}

static void
test_one_key_head (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (AmSymmetries) symmetries = NULL;

  attend (graph, project (graph, "attn", 12, 4, 2), 3, 1);
  symmetries = derive_symmetries (graph, "queries*3 units*4~ units*2~");
  expect_axis (symmetries, "attn.q.weight", 0, "0+12:0*3,1*4");
  expect_axis (symmetries, "attn.k.weight", 0, "0+4:1*4");
}

static void
test_fused_projection (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_linear (graph, "attn.in_proj", build_input (graph, "x", 10), 24);
  Projections p;
  g_autoptr (AmSymmetries) symmetries = NULL;

  p.q = build_slice (graph, x, 0, 8);
  p.k = build_slice (graph, x, 8, 8);
  p.v = build_slice (graph, x, 16, 8);

  attend (graph, p, 4, 4);
  symmetries = derive_symmetries (graph, "heads*4 units*2<0~ units*2<0~");
  expect_axis (symmetries, "attn.in_proj.weight", 0, "0+8:0*4,1*2 8+8:0*4,1*2 16+8:0*4,2*2");
  expect_axis (symmetries, "attn.in_proj.bias", 0, "0+8:0*4,1*2 8+8:0*4,1*2 16+8:0*4,2*2");
  expect_name (symmetries, 0, "attn");
}

static void
test_unknown_heads (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  g_autoptr (AmSymmetries) symmetries = NULL;

  attend (graph, project (graph, "attn", 8, 8, 8), 0, 0);
  symmetries = derive_symmetries (graph, "");
  expect_fixed (symmetries, "attn.q 8: it is not known how many heads attn.q makes");
  expect_fixed (symmetries, "attn.v 8: it is not known how many heads attn.q makes");
  expect_fixed (symmetries, "attention 8: it is not known how many heads attn.q makes");
}

/* Channels of queries and keys stay, heads move whole. */
static void
test_rotary (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections p = project (graph, "attn", 24, 8, 4);
  g_autoptr (AmSymmetries) symmetries = NULL;

  p.q = build_rotary (graph, p.q, 6);
  p.k = build_rotary (graph, p.k, 2);
  attend (graph, p, 6, 2);
  symmetries = derive_symmetries (graph, "heads*2 queries*3<0 units*2<0~");
  expect_axis (symmetries, "attn.q.weight", 0, "0+24:0*2,1*3,-*4");
  expect_axis (symmetries, "attn.k.weight", 0, "0+8:0*2,-*4");
  expect_axis (symmetries, "proj.weight", 1, "0+12:0*2,1*3,2*2");
}

/* On the queries alone it still holds the keys. */
static void
test_rotary_on_one_side (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections p = project (graph, "attn", 8, 8, 8);
  g_autoptr (AmSymmetries) symmetries = NULL;

  p.q = build_rotary (graph, p.q, 2);
  attend (graph, p, 2, 2);
  symmetries = derive_symmetries (graph, "heads*2 units*4<0~");
  expect_axis (symmetries, "attn.k.weight", 0, "0+8:0*2,-*4");
}

static void
test_rotary_of_other_heads (void)
{
  static const guint heads[] = { 0, 4, 1 };

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++)
    {
      g_autoptr (AmGraph) graph = am_graph_new ();
      Projections p = project (graph, "attn", 8, 8, 8);
      g_autoptr (AmSymmetries) symmetries = NULL;

      p.q = build_rotary (graph, p.q, heads[i]);
      attend (graph, p, 2, 2);
      /* Heads stay, and channels inside of the values move alike in all of them. */
      symmetries = derive_symmetries (graph, "units*4~");
      expect_axis (symmetries, "attn.q.weight", 0, "");
      expect_axis (symmetries, "attn.k.weight", 0, "");
      expect_axis (symmetries, "attn.v.weight", 0, "0+8:-*2,0*4");
    }
}

/* One weight for all heads and both sides' heads are compared: one permutation for everything. */
static void
test_head_norm (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections p = project (graph, "attn", 8, 8, 8);
  g_autoptr (AmSymmetries) symmetries = NULL;

  p.q = build_head_norm (graph, "norm_q", p.q, 2);
  p.k = build_head_norm (graph, "norm_k", p.k, 2);
  attend (graph, p, 2, 2);
  symmetries = derive_symmetries (graph, "heads*2 units*4 units*4<0~");
  expect_axis (symmetries, "attn.q.weight", 0, "0+8:0*2,1*4");
  expect_axis (symmetries, "attn.k.weight", 0, "0+8:0*2,1*4");
  expect_axis (symmetries, "norm_q.weight", 0, "0+4:1*4");
  expect_axis (symmetries, "norm_k.weight", 0, "0+4:1*4");
  expect_axis (symmetries, "attn.v.weight", 0, "0+8:0*2,2*4");
  g_assert_cmpuint (am_symmetries_get_factor (symmetries, 1)->n_branches, ==, 1);
}

static void
test_head_norm_and_rotary (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections p = project (graph, "attn", 8, 8, 8);
  g_autoptr (AmSymmetries) symmetries = NULL;

  p.q = build_rotary (graph, build_head_norm (graph, "norm_q", p.q, 2), 2);
  p.k = build_rotary (graph, build_head_norm (graph, "norm_k", p.k, 2), 2);
  attend (graph, p, 2, 2);
  symmetries = derive_symmetries (graph, "heads*2 units*4<0~");
  expect_axis (symmetries, "attn.q.weight", 0, "0+8:0*2,-*4");
  expect_axis (symmetries, "norm_q.weight", 0, "");
  g_assert_cmpuint (am_symmetries_get_n_fixed (symmetries), ==, 2);
}

/* Norms of whole queries leave heads and what is inside of them free, but not to be mixed. */
static void
test_norm_of_all_heads (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections p = project (graph, "attn", 8, 8, 8);
  g_autoptr (AmSymmetries) symmetries = NULL;

  p.q = build_norm (graph, AM_NODE_RMS_NORM, "norm_q", p.q);
  attend (graph, p, 2, 2);
  symmetries = derive_symmetries (graph, "heads*2 units*4<0 units*4<0~");
  expect_axis (symmetries, "norm_q.weight", 0, "0+8:0*2,1*4");
}

static void
test_what_forbids_rotation (void)
{
  static const struct
  {
    gboolean is_pooled;
    AmPool pool;
    const char *factors;
  } cases[] = {
    { FALSE, AM_POOL_MAX, "heads*2 units*4<0~ units*4<0" },
    { TRUE, AM_POOL_MAX, "heads*2 units*4<0~ units*4<0" },
    { TRUE, AM_POOL_MEAN, "heads*2 units*4<0~ units*4<0~" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmGraph) graph = am_graph_new ();
      Projections p = project (graph, "attn", 8, 8, 8);
      g_autoptr (AmSymmetries) symmetries = NULL;

      p.v = cases[i].is_pooled ? build_pool (graph, p.v, cases[i].pool) : build_activation (graph, p.v);
      attend (graph, p, 2, 2);
      symmetries = derive_symmetries (graph, cases[i].factors);
    }
}

/* A gate on what comes out is as good as an activation. */
static void
test_gate_forbids_rotation (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections p = project (graph, "attn", 8, 8, 8);
  guint x = build_attention (graph, p.q, p.k, p.v, 2, 2);
  g_autoptr (AmSymmetries) symmetries = NULL;

  x = build_pair (graph, AM_NODE_MULTIPLY, x, build_linear (graph, "gate", build_input (graph, "g", 3), 8));
  build_output (graph, "y", build_linear (graph, "proj", x, 10));
  symmetries = derive_symmetries (graph, "heads*2 units*4<0~ units*4<0");
  expect_axis (symmetries, "gate.weight", 0, "0+8:0*2,2*4");
}

/* Text and picture have projections of their own and attend together. */
static void
test_joined_streams (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections a = project (graph, "text", 8, 8, 8), b = project (graph, "picture", 8, 8, 8);
  g_autoptr (AmSymmetries) symmetries = NULL;
  guint x;

  a.q = build_head_norm (graph, "text.norm", a.q, 2);
  b.q = build_head_norm (graph, "picture.norm", b.q, 2);
  a.q = build_pair (graph, AM_NODE_JOIN, a.q, b.q);
  a.k = build_pair (graph, AM_NODE_JOIN, a.k, b.k);
  a.v = build_pair (graph, AM_NODE_JOIN, a.v, b.v);
  x = build_attention (graph, a.q, a.k, a.v, 2, 2);
  build_output (graph, "t", build_linear (graph, "text.proj", build_take (graph, x, 0, 3), 10));
  build_output (graph, "p", build_linear (graph, "picture.proj", build_take (graph, x, 3, 0), 10));
  symmetries = derive_symmetries (graph, "heads*2 units*4 units*4<0~");
  expect_axis (symmetries, "text.q.weight", 0, "0+8:0*2,1*4");
  expect_axis (symmetries, "picture.k.weight", 0, "0+8:0*2,1*4");
  expect_axis (symmetries, "picture.norm.weight", 0, "0+4:1*4");
  expect_axis (symmetries, "text.v.weight", 0, "0+8:0*2,2*4");
  expect_axis (symmetries, "picture.proj.weight", 1, "0+8:0*2,2*4");
}

/* Two attentions over the same keys and values. */
static void
test_shared_keys (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections a = project (graph, "a", 8, 8, 8), b = a;
  g_autoptr (AmSymmetries) symmetries = NULL;

  attend (graph, a, 2, 2);
  b.q = build_linear (graph, "b.q", build_input (graph, "z", 3), 8);
  build_output (graph, "w", build_linear (graph, "b.proj", build_attention (graph, b.q, b.k, b.v, 2, 2), 2));
  symmetries = derive_symmetries (graph, "heads*2 units*4<0~ units*4<0~");
  expect_axis (symmetries, "b.q.weight", 0, "0+8:0*2,1*4");
  expect_axis (symmetries, "b.proj.weight", 1, "0+8:0*2,2*4");
}

/* With other numbers of heads nothing about the keys is left, and so nothing about what is tied to them but
 * the insides of values. */
static void
test_shared_keys_disagree (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections a = project (graph, "a", 8, 8, 8);
  guint q = build_linear (graph, "b.q", build_input (graph, "z", 3), 8);
  guint v = build_linear (graph, "b.v", build_input (graph, "z", 3), 8);
  g_autoptr (AmSymmetries) symmetries = NULL;

  attend (graph, a, 2, 2);
  build_output (graph, "w", build_linear (graph, "b.proj", build_attention (graph, q, a.k, v, 4, 4), 2));
  symmetries = derive_symmetries (graph, "units*4~ units*2~");
  expect_axis (symmetries, "a.k.weight", 0, "");
  expect_axis (symmetries, "a.q.weight", 0, "");
  expect_axis (symmetries, "b.q.weight", 0, "");
  expect_axis (symmetries, "a.v.weight", 0, "0+8:-*2,0*4");
  expect_axis (symmetries, "b.v.weight", 0, "0+8:-*4,1*2");
  expect_fixed (symmetries,
                "a.k 8: what reads them divides them into heads and groups that contradict each other");
  expect_fixed (symmetries, "a.q 8: they belong to channels of a.k that cannot move");
}

/* The channels of one attention's keys are the heads of another one's queries: they cannot be mixed. */
static void
test_channels_are_heads (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections a = project (graph, "a", 6, 6, 6);
  Projections b = project (graph, "b", 12, 4, 2);
  g_autoptr (AmSymmetries) symmetries = NULL;
  guint out;

  attend (graph, a, 2, 2);
  out = build_attention (graph, b.q, b.k, b.v, 6, 2);
  build_output (graph, "z", build_linear (graph, "sum", build_pair (graph, AM_NODE_ADD, a.k, out), 2));
  symmetries = derive_symmetries (graph, "heads*2 units*3<0 units*3<0~ units*2<0~");
  expect_axis (symmetries, "a.q.weight", 0, "0+6:0*2,1*3");
  expect_axis (symmetries, "b.q.weight", 0, "0+12:0*2,1*3,3*2");
  expect_axis (symmetries, "sum.weight", 1, "0+6:0*2,1*3");
}

/* Values that are the stream itself hold the heads; channels of queries move alike in all heads. */
static void
test_fixed_values (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  guint x = build_input (graph, "x", 8);
  Projections p;
  g_autoptr (AmSymmetries) symmetries = NULL;

  p.q = build_linear (graph, "attn.q", x, 8);
  p.k = build_linear (graph, "attn.k", x, 8);
  p.v = x;
  attend (graph, p, 2, 2);
  symmetries = derive_symmetries (graph, "units*4~");
  expect_axis (symmetries, "attn.q.weight", 0, "0+8:-*2,0*4");
  expect_axis (symmetries, "proj.weight", 1, "");
}

static void
test_queries_of_two_layers (void)
{
  g_autoptr (AmGraph) graph = am_graph_new ();
  Projections p = project (graph, "attn", 4, 8, 8);
  g_autoptr (AmSymmetries) symmetries = NULL;

  p.q = build_pair (graph, AM_NODE_CONCAT, p.q, build_linear (graph, "more", build_input (graph, "z", 3), 4));
  attend (graph, p, 2, 2);
  symmetries = derive_symmetries (graph, "units*4~");
  expect_axis (symmetries, "more.weight", 0, "");
  expect_fixed (symmetries, "attn.q 4: attention divides them together with channels of other layers");
}

/* A GroupNorm of what comes out, by head, by several heads, and by parts of one. */
static void
test_group_norm_of_heads (void)
{
  static const struct
  {
    guint groups;
    const char *factors, *axis;
  } cases[] = {
    { 4, "heads*4 units*4<0~ units*4<0", "0+16:0*4,2*4" },
    { 1, "heads*4 units*4<0~ units*4<0", "0+16:0*4,2*4" },
    { 2, "units*4~", "" },
    { 8, "units*4~", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (AmGraph) graph = am_graph_new ();
      Projections p = project (graph, "attn", 16, 16, 16);
      guint x = build_attention (graph, p.q, p.k, p.v, 4, 4);
      g_autoptr (AmSymmetries) symmetries = NULL;

      x = build_group_norm (graph, "norm", x, cases[i].groups);
      build_output (graph, "y", build_linear (graph, "proj", x, 10));
      symmetries = derive_symmetries (graph, cases[i].factors);
      expect_axis (symmetries, "norm.weight", 0, cases[i].axis);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/symmetries-attention/heads", test_heads);
  g_test_add_func ("/symmetries-attention/one-head", test_one_head);
  g_test_add_func ("/symmetries-attention/grouped-queries", test_grouped_queries);
  g_test_add_func ("/symmetries-attention/one-key-head", test_one_key_head);
  g_test_add_func ("/symmetries-attention/fused-projection", test_fused_projection);
  g_test_add_func ("/symmetries-attention/unknown-heads", test_unknown_heads);
  g_test_add_func ("/symmetries-attention/rotary", test_rotary);
  g_test_add_func ("/symmetries-attention/rotary-on-one-side", test_rotary_on_one_side);
  g_test_add_func ("/symmetries-attention/rotary-of-other-heads", test_rotary_of_other_heads);
  g_test_add_func ("/symmetries-attention/head-norm", test_head_norm);
  g_test_add_func ("/symmetries-attention/head-norm-and-rotary", test_head_norm_and_rotary);
  g_test_add_func ("/symmetries-attention/norm-of-all-heads", test_norm_of_all_heads);
  g_test_add_func ("/symmetries-attention/what-forbids-rotation", test_what_forbids_rotation);
  g_test_add_func ("/symmetries-attention/gate-forbids-rotation", test_gate_forbids_rotation);
  g_test_add_func ("/symmetries-attention/joined-streams", test_joined_streams);
  g_test_add_func ("/symmetries-attention/shared-keys", test_shared_keys);
  g_test_add_func ("/symmetries-attention/shared-keys-disagree", test_shared_keys_disagree);
  g_test_add_func ("/symmetries-attention/channels-are-heads", test_channels_are_heads);
  g_test_add_func ("/symmetries-attention/fixed-values", test_fixed_values);
  g_test_add_func ("/symmetries-attention/queries-of-two-layers", test_queries_of_two_layers);
  g_test_add_func ("/symmetries-attention/group-norm-of-heads", test_group_norm_of_heads);
  return g_test_run ();
}
