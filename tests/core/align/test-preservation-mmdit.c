/* Reordering leaves the transformers of Stable Diffusion 3 and Flux as they are. */
#include "preservation.h"

#define ROOT "model.diffusion_model."

static const InputSize sizes[] = {
  { "time", 1, 1 },
  { "guidance", 1, 1 },
  { "pooled", 1, 1 },
  { "context", 1, 3 },
  { "latent", 4, 6 },
  { "patches", 1, 4 },
  { "text_encoders.clip_l.transformer.text_model.embeddings.token_embedding", 1, 4 },
  { NULL, 0, 0 },
};

static void
add_two_layers (NetworkFixture *fixture, guint width, guint n_in, const char *name)
{
  network_fixture_add_linear (fixture, width, n_in, ROOT "%s.mlp.0", name);
  network_fixture_add_linear (fixture, width, width, ROOT "%s.mlp.2", name);
}

/**
 * Joint: a transformer of joint blocks
 * @head: width of a head; has norms inside of heads when @has_norm
 * @n_second: first blocks with a second attention of the picture to itself
 */
typedef struct
{
  guint width, head, n_blocks, n_second;
  gboolean has_norm;
} Joint;

static void
add_attention (NetworkFixture *fixture, const Joint *joint, const char *prefix, gboolean is_whole)
{
  g_autofree char *head = g_strdup_printf ("%u", joint->head);

  network_fixture_add_linear (fixture, 3 * joint->width, joint->width, "%s.qkv", prefix);
  if (joint->has_norm)
    {
      network_fixture_add (fixture, head, "%s.ln_q.weight", prefix);
      network_fixture_add (fixture, head, "%s.ln_k.weight", prefix);
    }
  if (is_whole)
    network_fixture_add_linear (fixture, joint->width, joint->width, "%s.proj", prefix);
}

/* The text's half of the last block has no more than queries, keys and values. */
static void
add_half (NetworkFixture *fixture, const Joint *joint, const char *prefix, gboolean is_whole,
          gboolean has_second)
{
  g_autofree char *attention = g_strconcat (prefix, ".attn", NULL);
  g_autofree char *second = g_strconcat (prefix, ".attn2", NULL);
  guint n_conditions = has_second ? 9 : is_whole ? 6 : 2;

  network_fixture_add_linear (fixture, n_conditions * joint->width, joint->width, "%s.adaLN_modulation.1",
                              prefix);
  add_attention (fixture, joint, attention, is_whole);
  if (has_second)
    add_attention (fixture, joint, second, TRUE);
  if (!is_whole)
    return;
  network_fixture_add_linear (fixture, 2 * joint->width, joint->width, "%s.mlp.fc1", prefix);
  network_fixture_add_linear (fixture, joint->width, 2 * joint->width, "%s.mlp.fc2", prefix);
}

static void
add_joint (NetworkFixture *fixture, const Joint *joint)
{
  g_autofree char *patches = g_strdup_printf ("%u,4,2,2", joint->width);
  g_autofree char *vector = g_strdup_printf ("%u", joint->width);
  g_autofree char *positions = g_strdup_printf ("1,9,%u", joint->width);

  network_fixture_add (fixture, patches, ROOT "x_embedder.proj.weight");
  network_fixture_add (fixture, vector, ROOT "x_embedder.proj.bias");
  network_fixture_add (fixture, positions, ROOT "pos_embed");
  network_fixture_add_linear (fixture, joint->width, 7, ROOT "context_embedder");
  add_two_layers (fixture, joint->width, 5, "t_embedder");
  add_two_layers (fixture, joint->width, 6, "y_embedder");
  for (guint i = 0; i < joint->n_blocks; i++)
    {
      g_autofree char *text = g_strdup_printf (ROOT "joint_blocks.%u.context_block", i);
      g_autofree char *picture = g_strdup_printf (ROOT "joint_blocks.%u.x_block", i);

      add_half (fixture, joint, text, i + 1 < joint->n_blocks, FALSE);
      add_half (fixture, joint, picture, TRUE, i < joint->n_second);
    }
  network_fixture_add_linear (fixture, 2 * joint->width, joint->width, ROOT "final_layer.adaLN_modulation.1");
  network_fixture_add_linear (fixture, 16, joint->width, ROOT "final_layer.linear");
}

static void
add_clip_l (AmKeyTable *table)
{
  am_clip_add_hf_keys (
      table,
      &(const AmClipSpec){ .prefix = "text_encoders.clip_l.transformer.", .width = 24, .n_layers = 2 });
}

static void
assert_axis (const Network *network, const char *name, guint axis, const char *expected)
{
  g_autofree char *full = g_strconcat (ROOT, name, NULL);

  preservation_assert_axis (network, full, axis, expected);
}

static gint
find_factor (const Network *network, const char *name, guint axis, guint segment, guint digit)
{
  g_autofree char *full = g_strconcat (ROOT, name, NULL);

  return network_find_factor (network, full, axis, segment, digit);
}

/* Heads are 64 wide, and those of text and picture are the same; the streams are not. */
static void
test_sd3 (void)
{
  static const Joint joint = { .width = 128, .head = 64, .n_blocks = 3 };
  static const char *const text = "joint_blocks.0.context_block.attn.qkv.weight";
  static const char *const picture = "joint_blocks.0.x_block.attn.qkv.weight";
  static const char *const heads = "heads 2, units 64 turning";
  g_autofree char *fused = g_strjoin (" | ", heads, heads, heads, NULL);
  g_autoptr (NetworkFixture) fixture = network_fixture_new (21);
  g_autoptr (Network) network = NULL;

  add_joint (fixture, &joint);
  network_fixture_add_keys (fixture, 1000, add_clip_l);
  network = network_fixture_open (fixture);
  g_assert_cmpstr (am_model_get_architecture (network->model), ==, "sd3");
  assert_axis (network, picture, 0, fused);
  assert_axis (network, text, 0, fused);
  for (guint segment = 0; segment < 3; segment++)
    for (guint digit = 0; digit < 2; digit++)
      g_assert_cmpint (find_factor (network, text, 0, segment, digit), ==,
                       find_factor (network, picture, 0, segment, digit));
  assert_axis (network, picture, 1, "units 128");
  g_assert_cmpint (find_factor (network, text, 1, 0, 0), !=, find_factor (network, picture, 1, 0, 0));
  g_assert_cmpint (find_factor (network, "pos_embed", 2, 0, 0), ==, find_factor (network, picture, 1, 0, 0));
  g_assert_cmpint (find_factor (network, "joint_blocks.1.x_block.adaLN_modulation.1.weight", 0, 5, 0), ==,
                   find_factor (network, picture, 1, 0, 0));
  assert_axis (network, "joint_blocks.1.x_block.mlp.fc1.weight", 0, "units 256");
  assert_axis (network, "x_embedder.proj.weight", 1, "fixed 4");
  assert_axis (network, "context_embedder.weight", 1, "fixed 7");
  assert_axis (network, "final_layer.linear.weight", 0, "fixed 16");
  preservation_assert (network, sizes, 60);
}

/* Norms inside of heads have one weight for all heads: channels of QK move alike in all of them, and do not
 * turn. */
static void
test_sd35 (gconstpointer data)
{
  const Joint joint = { 12, 4, 3, GPOINTER_TO_UINT (data), TRUE };
  g_autoptr (NetworkFixture) fixture = network_fixture_new (22);
  g_autoptr (Network) network = NULL;

  add_joint (fixture, &joint);
  network = network_fixture_open (fixture);
  g_assert_cmpstr (am_model_get_architecture (network->model), ==,
                   joint.n_second > 0 ? "sd3.5-medium" : "sd3.5-large");
  assert_axis (network, "joint_blocks.0.x_block.attn.qkv.weight", 0,
               "heads 3, units 4 | heads 3, units 4 | heads 3, units 4 turning");
  assert_axis (network, "joint_blocks.0.x_block.attn.ln_q.weight", 0, "units 4");
  assert_axis (network, "joint_blocks.0.context_block.attn.ln_k.weight", 0, "units 4");
  if (joint.n_second > 0)
    g_assert_cmpint (find_factor (network, "joint_blocks.0.x_block.attn2.ln_q.weight", 0, 0, 0), !=,
                     find_factor (network, "joint_blocks.0.x_block.attn.ln_q.weight", 0, 0, 0));
  preservation_assert (network, sizes, 250);
}

/* All 19 double and 38 single blocks, of 24 heads of 2 channels. */
static void
test_flux (void)
{
  static const char *const single = "single_blocks.0.linear1.weight";
  g_autoptr (NetworkFixture) fixture = network_fixture_new (23);
  g_autoptr (Network) network = NULL;

  network_fixture_add_keys (fixture, 64, am_flux_add_keys);
  network = network_fixture_open (fixture);
  g_assert_cmpstr (am_model_get_architecture (network->model), ==, "flux-dev");
  assert_axis (network, "double_blocks.3.img_attn.qkv.weight", 0,
               "heads 24, fixed 2 | heads 24, fixed 2 | heads 24, units 2 turning");
  assert_axis (network, "double_blocks.3.img_attn.norm.query_norm.scale", 0, "fixed 2");
  assert_axis (network, single, 0,
               "heads 24, fixed 2 | heads 24, fixed 2 | heads 24, units 2 turning | units 192");
  assert_axis (network, "single_blocks.0.linear2.weight", 1, "heads 24, units 2 turning | units 192");
  g_assert_cmpint (find_factor (network, single, 0, 3, 0), ==,
                   find_factor (network, "single_blocks.0.linear2.weight", 1, 1, 0));
  assert_axis (network, "img_in.weight", 0, "units 48");
  g_assert_cmpint (find_factor (network, "img_in.weight", 0, 0, 0), ==,
                   find_factor (network, "txt_in.weight", 0, 0, 0));
  assert_axis (network, "img_in.weight", 1, "fixed 64");
  assert_axis (network, "final_layer.linear.weight", 0, "fixed 64");
  preservation_assert (network, sizes, 60);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preservation/sd3", test_sd3);
  g_test_add_data_func ("/preservation/sd3.5-large", GUINT_TO_POINTER (0), test_sd35);
  g_test_add_data_func ("/preservation/sd3.5-medium", GUINT_TO_POINTER (2), test_sd35);
  g_test_add_func ("/preservation/flux", test_flux);
  return g_test_run ();
}
