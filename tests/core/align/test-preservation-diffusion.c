/* Reordering leaves the UNets of Stable Diffusion, their text encoders and VAE as they are. */
#include "preservation.h"

#include <string.h>

#define UNET "model.diffusion_model."
#define VAE "first_stage_model."

/* The deepest level of a UNet and the VAE's middle still have several positions to attend to. */
static const InputSize sizes[] = {
  { "time", 1, 1 },
  { "text", 1, 3 },
  { "latent", 8, 16 },
  { "picture", 16, 16 },
  { "encoded", 2, 2 },
  { "cond_stage_model.transformer.text_model.embeddings.token_embedding", 1, 5 },
  { "cond_stage_model.model.token_embedding", 1, 5 },
  { NULL, 0, 0 },
};

static const InputSize sdxl_sizes[] = {
  { "time", 1, 1 },
  { "vector", 1, 1 },
  { "text", 1, 3 },
  { "latent", 4, 8 },
  { "conditioner.embedders.0.transformer.text_model.embeddings.token_embedding", 1, 5 },
  { "conditioner.embedders.1.model.token_embedding", 1, 5 },
  { NULL, 0, 0 },
};

/* The true proportions: 320, 640, 1280 and 1280 channels become 32, 64, 128 and 128, and groups nest as in
 * the true model. */
static void
add_sd1_unet (AmKeyTable *table)
{
  am_unet_add_keys (table, &(const AmUnetSpec){ .width = 320,
                                                .context = 24,
                                                .n_levels = 4,
                                                .multipliers = { 1, 2, 4, 4 },
                                                .depths = { 1, 1, 1, 0 },
                                                .middle_depth = 1,
                                                .n_latents = 4 });
}

static void
add_vae (AmKeyTable *table)
{
  am_vae_add_keys (table, &(const AmVaeSpec){ VAE, 4, TRUE });
}

static void
add_clip_l (AmKeyTable *table)
{
  am_clip_add_hf_keys (
      table, &(const AmClipSpec){ .prefix = "cond_stage_model.transformer.", .width = 24, .n_layers = 2 });
}

/* Width 64 and more: heads are 64 channels wide from version 2 on. */
static void
add_sd2_unet (AmKeyTable *table)
{
  am_unet_add_keys (table, &(const AmUnetSpec){ .width = 64,
                                                .context = 24,
                                                .n_levels = 4,
                                                .multipliers = { 1, 1, 2, 2 },
                                                .depths = { 1, 1, 1, 0 },
                                                .middle_depth = 1,
                                                .n_latents = 4,
                                                .is_linear = TRUE });
}

static void
add_clip_h (AmKeyTable *table)
{
  am_clip_add_open_keys (
      table, &(const AmClipSpec){ .prefix = "cond_stage_model.model.", .width = 32, .n_layers = 2 });
}

static void
add_sdxl_unet (AmKeyTable *table)
{
  am_unet_add_keys (table, &(const AmUnetSpec){ .width = 64,
                                                .context = 24,
                                                .label = 20,
                                                .n_levels = 3,
                                                .multipliers = { 1, 2, 2 },
                                                .depths = { 0, 1, 2 },
                                                .middle_depth = 2,
                                                .n_latents = 4,
                                                .is_linear = TRUE });
}

static void
add_sdxl_text_encoders (AmKeyTable *table)
{
  am_clip_add_hf_keys (
      table,
      &(const AmClipSpec){ .prefix = "conditioner.embedders.0.transformer.", .width = 24, .n_layers = 2 });
  am_clip_add_open_keys (
      table, &(const AmClipSpec){ .prefix = "conditioner.embedders.1.model.", .width = 40, .n_layers = 2 });
}

static void
assert_free (const Network *network, const char *stem, const char *expected)
{
  g_autofree char *weight = g_strconcat (UNET, stem, ".weight", NULL);
  g_autofree char *bias = g_strconcat (UNET, stem, ".bias", NULL);

  preservation_assert_axis (network, weight, 0, expected);
  preservation_assert_axis (network, bias, 0, expected);
}

static void
assert_inside (const Network *network, const char *stem, const char *expected)
{
  g_autofree char *weight = g_strconcat (UNET, stem, ".weight", NULL);

  preservation_assert_axis (network, weight, 1, expected);
}

/* Between the two convolutions of residual blocks channels move within groups of 32. */
static void
assert_residual_blocks (const Network *network)
{
  assert_free (network, "input_blocks.1.0.in_layers.2", "units 32");
  assert_free (network, "input_blocks.4.0.in_layers.2", "groups 32, units 2");
  assert_free (network, "input_blocks.4.0.emb_layers.1", "groups 32, units 2");
  assert_free (network, "input_blocks.4.0.out_layers.0", "groups 32, units 2");
  assert_inside (network, "input_blocks.4.0.out_layers.3", "groups 32, units 2");
  assert_free (network, "middle_block.0.in_layers.2", "groups 32, units 4");
  assert_free (network, "output_blocks.5.0.in_layers.2", "groups 32, units 4");
}

static void
assert_attention (const Network *network)
{
  static const char *const block = UNET "input_blocks.4.1.transformer_blocks.0.";
  static const char *const names[] = { "attn1.to_q.weight", "attn1.to_k.weight", "attn1.to_v.weight" };
  g_autofree char *q = g_strconcat (block, names[0], NULL);
  g_autofree char *v = g_strconcat (block, names[2], NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_strconcat (block, names[i], NULL);

      preservation_assert_axis (network, name, 0, "heads 8, units 8 turning");
      preservation_assert_axis (network, name, 1, "units 64");
      g_assert_cmpint (network_find_factor (network, name, 0, 0, 0), ==,
                       network_find_factor (network, q, 0, 0, 0));
    }
  g_assert_cmpint (network_find_factor (network, q, 0, 0, 1), !=, network_find_factor (network, v, 0, 0, 1));
  assert_inside (network, "input_blocks.4.1.transformer_blocks.0.attn1.to_out.0", "heads 8, units 8 turning");
  assert_free (network, "input_blocks.4.1.transformer_blocks.0.attn2.to_out.0", "units 64");
  assert_inside (network, "input_blocks.4.1.transformer_blocks.0.attn2.to_k", "fixed 24");
  assert_inside (network, "input_blocks.4.1.transformer_blocks.0.attn2.to_v", "fixed 24");
}

/* GEGLU's halves move together; streams of transformers move freely between proj_in and proj_out. */
static void
assert_feed_forward (const Network *network)
{
  static const char *const geglu = UNET "input_blocks.4.1.transformer_blocks.0.ff.net.0.proj.weight";

  assert_free (network, "input_blocks.4.1.transformer_blocks.0.ff.net.0.proj", "units 256 | units 256");
  assert_inside (network, "input_blocks.4.1.transformer_blocks.0.ff.net.2", "units 256");
  g_assert_cmpint (network_find_factor (network, geglu, 0, 0, 0), ==,
                   network_find_factor (network, geglu, 0, 1, 0));
  assert_free (network, "input_blocks.4.1.proj_in", "units 64");
  assert_free (network, "input_blocks.4.1.transformer_blocks.0.norm3", "units 64");
  assert_inside (network, "input_blocks.4.1.proj_out", "units 64");
}

/* Groups over concatenated channels: of 192 channels in 32 groups of 6 neither the 128 nor the 64 are a whole
 * number of groups; of 256 in groups of 8 both halves are, and groups of 4 nest in these. */
static void
assert_trunk (const Network *network)
{
  assert_free (network, "input_blocks.0.0", "fixed 32");
  assert_free (network, "input_blocks.2.0.out_layers.3", "fixed 32");
  assert_free (network, "input_blocks.3.0.op", "fixed 32");
  assert_free (network, "input_blocks.5.0.out_layers.3", "fixed 64");
  assert_free (network, "input_blocks.6.0.op", "fixed 64");
  assert_free (network, "input_blocks.8.0.out_layers.3", "groups 16, groups 2, units 4");
  assert_free (network, "input_blocks.11.0.out_layers.3", "groups 16, groups 2, units 4");
  assert_free (network, "output_blocks.0.0.out_layers.3", "groups 16, units 8");
  assert_free (network, "output_blocks.4.0.out_layers.3", "fixed 128");
  assert_free (network, "output_blocks.11.0.out_layers.3", "units 32");
  g_assert_cmpint (network_find_factor (network, UNET "input_blocks.10.0.out_layers.3.weight", 0, 0, 0), ==,
                   network_find_factor (network, UNET "middle_block.2.out_layers.3.weight", 0, 0, 0));
}

/* One head of all channels. The decoder's trunk is one space as far as the first change of width. */
static void
assert_vae (const Network *network)
{
  preservation_assert_axis (network, VAE "encoder.mid.attn_1.q.weight", 0, "units 128 turning");
  preservation_assert_axis (network, VAE "encoder.mid.attn_1.proj_out.weight", 1, "units 128 turning");
  preservation_assert_axis (network, VAE "decoder.conv_in.weight", 0, "groups 32, units 4");
  preservation_assert_axis (network, VAE "decoder.up.2.block.1.conv1.weight", 0, "groups 32, units 4");
  preservation_assert_axis (network, VAE "encoder.conv_in.weight", 1, "fixed 3");
  preservation_assert_axis (network, VAE "encoder.conv_out.weight", 0, "units 8");
  preservation_assert_axis (network, VAE "quant_conv.weight", 0, "fixed 8");
  g_assert_cmpint (network_find_factor (network, VAE "decoder.conv_in.weight", 0, 0, 0), ==,
                   network_find_factor (network, VAE "decoder.mid.block_2.conv2.bias", 0, 0, 0));
}

/* Any layer may be the one whose states are used, so the stream stays. */
static void
assert_text_encoder (const Network *network)
{
  static const char *const layer = "cond_stage_model.transformer.text_model.encoder.layers.0.";
  g_autofree char *q = g_strconcat (layer, "self_attn.q_proj.weight", NULL);
  g_autofree char *hidden = g_strconcat (layer, "mlp.fc1.weight", NULL);

  preservation_assert_axis (network, q, 0, "heads 12, units 2 turning");
  preservation_assert_axis (network, q, 1, "fixed 24");
  preservation_assert_axis (network, hidden, 0, "units 96");
}

/* Averaged copies of some tensors, which have to follow theirs. */
static void
add_averaged (NetworkFixture *fixture)
{
  network_fixture_add_copy (fixture, "model_ema.diffusion_modelinput_blocks41proj_inweight",
                            UNET "input_blocks.4.1.proj_in.weight", "64,64,1,1");
  network_fixture_add_copy (fixture, "model_ema.diffusion_modelmiddle_block0out_layers0bias",
                            UNET "middle_block.0.out_layers.0.bias", "128");
}

static void
assert_averaged (const Network *network)
{
  gint tensor = am_graph_find_tensor (network->graph, UNET "middle_block.0.out_layers.0.bias");
  const GPtrArray *copies = am_graph_get_tensor (network->graph, (guint)tensor)->copies;

  g_assert_nonnull (copies);
  g_assert_cmpuint (copies->len, ==, 1);
}

static guint
count_factors (const Network *network, AmFactorKind kind)
{
  guint n = 0;

  for (guint f = 0; f < am_symmetries_get_n_factors (network->symmetries); f++)
    n += am_symmetries_get_factor (network->symmetries, f)->kind == kind;
  return n;
}

/* Counted by hand. UNet: 16 transformers of two attentions (heads, QK, VO), GEGLU and stream; 22 residual
 * blocks, 17 of them with groups of more than one channel; 2 spaces of the time's embedding; 13 spaces of the
 * trunk with 15 factors of groups. Text encoder: two layers of heads, QK, VO and hidden units. VAE: 10 and 14
 * residual blocks with 8 and 11 factors of groups, twice 6 spaces of the trunk with 4 and 5, twice QK and VO,
 * and one space of each latent. */
static void
assert_counts (const Network *network)
{
  g_assert_cmpuint (count_factors (network, AM_FACTOR_HEADS), ==, 32 + 2);
  g_assert_cmpuint (count_factors (network, AM_FACTOR_QUERIES), ==, 0);
  g_assert_cmpuint (count_factors (network, AM_FACTOR_GROUPS), ==, (17 + 15) + (8 + 4) + (11 + 5));
  g_assert_cmpuint (count_factors (network, AM_FACTOR_UNITS), ==,
                    (2 * 32 + 16 + 16 + 22 + 2 + 13) + 2 * 3 + (10 + 6 + 2 + 1) + (14 + 6 + 2 + 1));
}

static Network *
open_sd1 (void)
{
  g_autoptr (NetworkFixture) fixture = network_fixture_new (11);

  network_fixture_add_keys (fixture, 10, add_sd1_unet);
  network_fixture_add_keys (fixture, 16, add_vae);
  network_fixture_add_keys (fixture, 1000, add_clip_l);
  add_averaged (fixture);
  return network_fixture_open (fixture);
}

static void
test_sd1 (void)
{
  g_autoptr (Network) network = open_sd1 ();

  g_assert_cmpstr (am_model_get_architecture (network->model), ==, "sd1");
  assert_residual_blocks (network);
  assert_attention (network);
  assert_feed_forward (network);
  assert_trunk (network);
  assert_free (network, "time_embed.0", "units 128");
  assert_free (network, "time_embed.2", "units 128");
  assert_inside (network, "time_embed.0", "fixed 32");
  assert_inside (network, "input_blocks.0.0", "fixed 4");
  assert_free (network, "out.2", "fixed 4");
  assert_vae (network);
  assert_text_encoder (network);
  assert_averaged (network);
  assert_counts (network);
  preservation_assert (network, sizes, 16);
}

static void
test_sd2 (void)
{
  g_autoptr (NetworkFixture) fixture = network_fixture_new (12);
  g_autoptr (Network) network = NULL;

  network_fixture_add_keys (fixture, 1, add_sd2_unet);
  network_fixture_add_keys (fixture, 1000, add_clip_h);
  network = network_fixture_open (fixture);
  g_assert_cmpstr (am_model_get_architecture (network->model), ==, "sd2");
  assert_free (network, "input_blocks.7.1.proj_in", "units 128");
  assert_inside (network, "input_blocks.1.1.transformer_blocks.0.attn1.to_out.0", "units 64 turning");
  assert_inside (network, "input_blocks.7.1.transformer_blocks.0.attn1.to_out.0",
                 "heads 2, units 64 turning");
  preservation_assert (network, sizes, 12);
}

static void
test_sdxl (void)
{
  g_autoptr (NetworkFixture) fixture = network_fixture_new (13);
  g_autoptr (Network) network = NULL;

  network_fixture_add_keys (fixture, 1, add_sdxl_unet);
  network_fixture_add_keys (fixture, 1000, add_sdxl_text_encoders);
  network = network_fixture_open (fixture);
  g_assert_cmpstr (am_model_get_architecture (network->model), ==, "sdxl");
  assert_free (network, "label_emb.0.0", "units 256");
  assert_inside (network, "label_emb.0.0", "fixed 20");
  assert_free (network, "input_blocks.7.1.transformer_blocks.1.attn2.to_out.0", "units 128");
  preservation_assert (network, sdxl_sizes, 12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preservation/sd1", test_sd1);
  g_test_add_func ("/preservation/sd2", test_sd2);
  g_test_add_func ("/preservation/sdxl", test_sdxl);
  return g_test_run ();
}
