/* Reordering leaves vision transformers, both towers of CLIP and language models as they are. */
#include "preservation.h"

#define WIDTH 12
#define HIDDEN 20
#define N_HEADS 3
#define N_LAYERS 2
#define N_TOKENS 5

/* Four patches of 4 x 4 pixels. */
static const InputSize picture[] = { { "picture", 8, 8 }, { NULL, 0, 0 } };

static void
assert_head_axes (const Network *network, const char *fused, const char *out)
{
  preservation_assert_axis (network, fused, 0,
                            "heads 3, units 4 turning | heads 3, units 4 turning | heads 3, units 4 turning");
  preservation_assert_axis (network, fused, 1, "units 12");
  preservation_assert_axis (network, out, 1, "heads 3, units 4 turning");
  preservation_assert_axis (network, out, 0, "units 12");
  g_assert_cmpint (network_find_factor (network, fused, 0, 0, 1), ==,
                   network_find_factor (network, fused, 0, 1, 1));
  g_assert_cmpint (network_find_factor (network, fused, 0, 2, 1), ==,
                   network_find_factor (network, out, 1, 0, 1));
  g_assert_cmpint (network_find_factor (network, fused, 0, 0, 1), !=,
                   network_find_factor (network, fused, 0, 2, 1));
  g_assert_cmpint (network_find_factor (network, fused, 0, 0, 0), ==,
                   network_find_factor (network, out, 1, 0, 0));
}

/* The stream; heads, channels of QK, channels of VO and hidden units of each layer. */
static void
assert_n_factors (const Network *network, guint n_towers)
{
  g_assert_cmpuint (am_symmetries_get_n_factors (network->symmetries), ==, n_towers * (1 + 4 * N_LAYERS));
}

static void
test_vit_hf (void)
{
  g_autoptr (NetworkFixture) fixture = network_fixture_new (4);
  g_autoptr (Network) network = NULL;

  network_fixture_add (fixture, "1,1,12", "vit.embeddings.cls_token");
  network_fixture_add (fixture, "1,5,12", "vit.embeddings.position_embeddings");
  network_fixture_add (fixture, "12,3,4,4", "vit.embeddings.patch_embeddings.projection.weight");
  network_fixture_add (fixture, "12", "vit.embeddings.patch_embeddings.projection.bias");
  for (guint i = 0; i < N_LAYERS; i++)
    {
      g_autofree char *layer = g_strdup_printf ("vit.encoder.layer.%u", i);

      network_fixture_add_linear (fixture, WIDTH, WIDTH, "%s.attention.attention.query", layer);
      network_fixture_add_linear (fixture, WIDTH, WIDTH, "%s.attention.attention.key", layer);
      network_fixture_add_linear (fixture, WIDTH, WIDTH, "%s.attention.attention.value", layer);
      network_fixture_add_linear (fixture, WIDTH, WIDTH, "%s.attention.output.dense", layer);
      network_fixture_add_linear (fixture, HIDDEN, WIDTH, "%s.intermediate.dense", layer);
      network_fixture_add_linear (fixture, WIDTH, HIDDEN, "%s.output.dense", layer);
      network_fixture_add_norm (fixture, WIDTH, "%s.layernorm_before", layer);
      network_fixture_add_norm (fixture, WIDTH, "%s.layernorm_after", layer);
    }
  network_fixture_add_norm (fixture, WIDTH, "vit.layernorm");
  network_fixture_add_linear (fixture, 5, WIDTH, "classifier");
  network_fixture_set_config (fixture, "{\"hidden_size\": 12, \"num_attention_heads\": 3}");
  network = network_fixture_open (fixture);
  preservation_assert_axis (network, "vit.encoder.layer.0.attention.attention.query.weight", 0,
                            "heads 3, units 4 turning");
  preservation_assert_axis (network, "vit.encoder.layer.1.intermediate.dense.weight", 0, "units 20");
  preservation_assert_axis (network, "vit.embeddings.position_embeddings", 2, "units 12");
  preservation_assert_axis (network, "vit.embeddings.position_embeddings", 1, "fixed 5");
  assert_n_factors (network, 1);
  preservation_assert (network, picture, 200);
}

static void
test_vit_timm (void)
{
  g_autoptr (NetworkFixture) fixture = network_fixture_new (5);
  g_autoptr (Network) network = NULL;

  network_fixture_add (fixture, "1,1,12", "cls_token");
  network_fixture_add (fixture, "1,5,12", "pos_embed");
  network_fixture_add (fixture, "12,3,4,4", "patch_embed.proj.weight");
  network_fixture_add (fixture, "12", "patch_embed.proj.bias");
  for (guint i = 0; i < N_LAYERS; i++)
    {
      g_autofree char *block = g_strdup_printf ("blocks.%u", i);

      network_fixture_add_norm (fixture, WIDTH, "%s.norm1", block);
      network_fixture_add_linear (fixture, 3 * WIDTH, WIDTH, "%s.attn.qkv", block);
      network_fixture_add_linear (fixture, WIDTH, WIDTH, "%s.attn.proj", block);
      network_fixture_add (fixture, "12", "%s.ls1.gamma", block);
      network_fixture_add_norm (fixture, WIDTH, "%s.norm2", block);
      network_fixture_add_linear (fixture, HIDDEN, WIDTH, "%s.mlp.fc1", block);
      network_fixture_add_linear (fixture, WIDTH, HIDDEN, "%s.mlp.fc2", block);
    }
  network_fixture_add_norm (fixture, WIDTH, "norm");
  network_fixture_add_linear (fixture, 5, WIDTH, "head");
  network_fixture_set_config (fixture, "{\"num_attention_heads\": 3}");
  network = network_fixture_open (fixture);
  assert_head_axes (network, "blocks.1.attn.qkv.weight", "blocks.1.attn.proj.weight");
  assert_n_factors (network, 1);
  preservation_assert (network, picture, 200);
}

static void
test_vit_torchvision (void)
{
  g_autoptr (NetworkFixture) fixture = network_fixture_new (6);
  g_autoptr (Network) network = NULL;

  network_fixture_add (fixture, "1,1,12", "class_token");
  network_fixture_add (fixture, "1,5,12", "encoder.pos_embedding");
  network_fixture_add (fixture, "12,3,4,4", "conv_proj.weight");
  network_fixture_add (fixture, "12", "conv_proj.bias");
  for (guint i = 0; i < N_LAYERS; i++)
    {
      g_autofree char *layer = g_strdup_printf ("encoder.layers.encoder_layer_%u", i);

      network_fixture_add_norm (fixture, WIDTH, "%s.ln_1", layer);
      network_fixture_add (fixture, "36,12", "%s.self_attention.in_proj_weight", layer);
      network_fixture_add (fixture, "36", "%s.self_attention.in_proj_bias", layer);
      network_fixture_add_linear (fixture, WIDTH, WIDTH, "%s.self_attention.out_proj", layer);
      network_fixture_add_norm (fixture, WIDTH, "%s.ln_2", layer);
      network_fixture_add_linear (fixture, HIDDEN, WIDTH, "%s.mlp.0", layer);
      network_fixture_add_linear (fixture, WIDTH, HIDDEN, "%s.mlp.3", layer);
    }
  network_fixture_add_norm (fixture, WIDTH, "encoder.ln");
  network_fixture_add_linear (fixture, 5, WIDTH, "heads.head");
  network_fixture_set_config (fixture, "{\"num_attention_heads\": 3}");
  network = network_fixture_open (fixture);
  assert_head_axes (network, "encoder.layers.encoder_layer_0.self_attention.in_proj_weight",
                    "encoder.layers.encoder_layer_0.self_attention.out_proj.weight");
  assert_n_factors (network, 1);
  preservation_assert (network, picture, 200);
}

static void
add_hf_tower (NetworkFixture *fixture, const char *tower)
{
  static const char *const names[] = { "q_proj", "k_proj", "v_proj", "out_proj" };

  for (guint i = 0; i < N_LAYERS; i++)
    {
      g_autofree char *layer = g_strdup_printf ("%s.encoder.layers.%u", tower, i);

      for (guint p = 0; p < G_N_ELEMENTS (names); p++)
        network_fixture_add_linear (fixture, WIDTH, WIDTH, "%s.self_attn.%s", layer, names[p]);
      network_fixture_add_norm (fixture, WIDTH, "%s.layer_norm1", layer);
      network_fixture_add_norm (fixture, WIDTH, "%s.layer_norm2", layer);
      network_fixture_add_linear (fixture, HIDDEN, WIDTH, "%s.mlp.fc1", layer);
      network_fixture_add_linear (fixture, WIDTH, HIDDEN, "%s.mlp.fc2", layer);
    }
}

static void
test_clip_hf (void)
{
  static const InputSize sizes[]
      = { { "picture", 8, 8 }, { "text_model.embeddings.token_embedding", 1, N_TOKENS }, { NULL, 0, 0 } };
  g_autoptr (NetworkFixture) fixture = network_fixture_new (7);
  g_autoptr (Network) network = NULL;

  network_fixture_add (fixture, "12", "vision_model.embeddings.class_embedding");
  network_fixture_add (fixture, "12,3,4,4", "vision_model.embeddings.patch_embedding.weight");
  network_fixture_add (fixture, "5,12", "vision_model.embeddings.position_embedding.weight");
  network_fixture_add_norm (fixture, WIDTH, "vision_model.pre_layrnorm");
  add_hf_tower (fixture, "vision_model");
  network_fixture_add_norm (fixture, WIDTH, "vision_model.post_layernorm");
  network_fixture_add (fixture, "6,12", "visual_projection.weight");
  network_fixture_add (fixture, "9,12", "text_model.embeddings.token_embedding.weight");
  network_fixture_add (fixture, "7,12", "text_model.embeddings.position_embedding.weight");
  add_hf_tower (fixture, "text_model");
  network_fixture_add_norm (fixture, WIDTH, "text_model.final_layer_norm");
  network_fixture_add (fixture, "6,12", "text_projection.weight");
  network_fixture_add (fixture, "", "logit_scale");
  network_fixture_set_config (fixture, "{\"text_config\": {\"num_attention_heads\": 3},"
                                       " \"vision_config\": {\"num_attention_heads\": 3}}");
  network = network_fixture_open (fixture);
  preservation_assert_axis (network, "visual_projection.weight", 0, "fixed 6");
  preservation_assert_axis (network, "visual_projection.weight", 1, "units 12");
  preservation_assert_axis (network, "text_model.embeddings.token_embedding.weight", 0, "fixed 9");
  preservation_assert_axis (network, "text_model.embeddings.token_embedding.weight", 1, "units 12");
  preservation_assert_axis (network, "vision_model.encoder.layers.0.self_attn.k_proj.bias", 0,
                            "heads 3, units 4 turning");
  assert_n_factors (network, 2);
  preservation_assert (network, sizes, 200);
}

static void
add_open_tower (NetworkFixture *fixture, const char *tower)
{
  for (guint i = 0; i < N_LAYERS; i++)
    {
      g_autofree char *block = g_strdup_printf ("%stransformer.resblocks.%u", tower, i);

      network_fixture_add_norm (fixture, WIDTH, "%s.ln_1", block);
      network_fixture_add (fixture, "36,12", "%s.attn.in_proj_weight", block);
      network_fixture_add (fixture, "36", "%s.attn.in_proj_bias", block);
      network_fixture_add_linear (fixture, WIDTH, WIDTH, "%s.attn.out_proj", block);
      network_fixture_add_norm (fixture, WIDTH, "%s.ln_2", block);
      network_fixture_add_linear (fixture, HIDDEN, WIDTH, "%s.mlp.c_fc", block);
      network_fixture_add_linear (fixture, WIDTH, HIDDEN, "%s.mlp.c_proj", block);
    }
}

static void
test_clip_open (void)
{
  static const InputSize sizes[]
      = { { "picture", 8, 8 }, { "token_embedding", 1, N_TOKENS }, { NULL, 0, 0 } };
  g_autoptr (NetworkFixture) fixture = network_fixture_new (8);
  g_autoptr (Network) network = NULL;

  network_fixture_add (fixture, "12", "visual.class_embedding");
  network_fixture_add (fixture, "5,12", "visual.positional_embedding");
  network_fixture_add (fixture, "12,3,4,4", "visual.conv1.weight");
  network_fixture_add_norm (fixture, WIDTH, "visual.ln_pre");
  add_open_tower (fixture, "visual.");
  network_fixture_add_norm (fixture, WIDTH, "visual.ln_post");
  network_fixture_add (fixture, "12,6", "visual.proj");
  network_fixture_add (fixture, "9,12", "token_embedding.weight");
  network_fixture_add (fixture, "7,12", "positional_embedding");
  add_open_tower (fixture, "");
  network_fixture_add_norm (fixture, WIDTH, "ln_final");
  network_fixture_add (fixture, "12,6", "text_projection");
  network_fixture_add (fixture, "", "logit_scale");
  network_fixture_set_config (fixture, "{\"num_attention_heads\": 3}");
  network = network_fixture_open (fixture);
  preservation_assert_axis (network, "visual.proj", 0, "units 12");
  preservation_assert_axis (network, "visual.proj", 1, "fixed 6");
  assert_head_axes (network, "visual.transformer.resblocks.1.attn.in_proj_weight",
                    "visual.transformer.resblocks.1.attn.out_proj.weight");
  assert_head_axes (network, "transformer.resblocks.0.attn.in_proj_weight",
                    "transformer.resblocks.0.attn.out_proj.weight");
  assert_n_factors (network, 2);
  preservation_assert (network, sizes, 200);
}

/* Four query heads of 4 channels share two of keys and values; rotary positions hold channels of QK. */
static void
test_llama (void)
{
  static const InputSize sizes[] = { { "model.embed_tokens", 1, N_TOKENS }, { NULL, 0, 0 } };
  g_autoptr (NetworkFixture) fixture = network_fixture_new (9);
  g_autoptr (Network) network = NULL;

  network_fixture_add (fixture, "9,12", "model.embed_tokens.weight");
  for (guint i = 0; i < N_LAYERS; i++)
    {
      g_autofree char *layer = g_strdup_printf ("model.layers.%u", i);

      network_fixture_add (fixture, "16,12", "%s.self_attn.q_proj.weight", layer);
      network_fixture_add (fixture, "8,12", "%s.self_attn.k_proj.weight", layer);
      network_fixture_add (fixture, "8,12", "%s.self_attn.v_proj.weight", layer);
      network_fixture_add (fixture, "12,16", "%s.self_attn.o_proj.weight", layer);
      network_fixture_add (fixture, "20,12", "%s.mlp.gate_proj.weight", layer);
      network_fixture_add (fixture, "20,12", "%s.mlp.up_proj.weight", layer);
      network_fixture_add (fixture, "12,20", "%s.mlp.down_proj.weight", layer);
      network_fixture_add (fixture, "12", "%s.input_layernorm.weight", layer);
      network_fixture_add (fixture, "12", "%s.post_attention_layernorm.weight", layer);
    }
  network_fixture_add (fixture, "12", "model.norm.weight");
  network_fixture_add (fixture, "9,12", "lm_head.weight");
  network_fixture_set_config (fixture, "{\"hidden_size\": 12, \"num_attention_heads\": 4,"
                                       " \"num_key_value_heads\": 2, \"head_dim\": 4}");
  network = network_fixture_open (fixture);
  preservation_assert_axis (network, "model.layers.0.self_attn.q_proj.weight", 0,
                            "heads 2, queries 2, fixed 4");
  preservation_assert_axis (network, "model.layers.0.self_attn.k_proj.weight", 0, "heads 2, fixed 4");
  preservation_assert_axis (network, "model.layers.0.self_attn.v_proj.weight", 0, "heads 2, units 4 turning");
  preservation_assert_axis (network, "model.layers.0.self_attn.o_proj.weight", 1,
                            "heads 2, queries 2, units 4 turning");
  preservation_assert_axis (network, "model.layers.1.mlp.down_proj.weight", 1, "units 20");
  preservation_assert_axis (network, "lm_head.weight", 0, "fixed 9");
  g_assert_cmpint (network_find_factor (network, "model.layers.1.mlp.up_proj.weight", 0, 0, 0), ==,
                   network_find_factor (network, "model.layers.1.mlp.gate_proj.weight", 0, 0, 0));
  assert_n_factors (network, 1);
  preservation_assert (network, sizes, 200);
}

/* Biases, norms inside of heads, and an embedding that makes the logits too: its rows stay, its columns are
 * the stream. */
static void
test_qwen (void)
{
  static const InputSize sizes[] = { { "model.embed_tokens", 1, N_TOKENS }, { NULL, 0, 0 } };
  g_autoptr (NetworkFixture) fixture = network_fixture_new (10);
  g_autoptr (Network) network = NULL;

  network_fixture_add (fixture, "9,12", "model.embed_tokens.weight");
  network_fixture_add_linear (fixture, 16, 12, "model.layers.0.self_attn.q_proj");
  network_fixture_add_linear (fixture, 8, 12, "model.layers.0.self_attn.k_proj");
  network_fixture_add_linear (fixture, 8, 12, "model.layers.0.self_attn.v_proj");
  network_fixture_add (fixture, "12,16", "model.layers.0.self_attn.o_proj.weight");
  network_fixture_add (fixture, "4", "model.layers.0.self_attn.q_norm.weight");
  network_fixture_add (fixture, "4", "model.layers.0.self_attn.k_norm.weight");
  network_fixture_add (fixture, "20,12", "model.layers.0.mlp.gate_proj.weight");
  network_fixture_add (fixture, "20,12", "model.layers.0.mlp.up_proj.weight");
  network_fixture_add (fixture, "12,20", "model.layers.0.mlp.down_proj.weight");
  network_fixture_add (fixture, "12", "model.layers.0.input_layernorm.weight");
  network_fixture_add (fixture, "12", "model.layers.0.post_attention_layernorm.weight");
  network_fixture_add (fixture, "12", "model.norm.weight");
  network = network_fixture_open (fixture);
  preservation_assert_axis (network, "model.embed_tokens.weight", 0, "fixed 9");
  preservation_assert_axis (network, "model.embed_tokens.weight", 1, "units 12");
  preservation_assert_axis (network, "model.layers.0.self_attn.q_proj.bias", 0,
                            "heads 2, queries 2, fixed 4");
  preservation_assert_axis (network, "model.layers.0.self_attn.q_norm.weight", 0, "fixed 4");
  preservation_assert (network, sizes, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preservation/vit/transformers", test_vit_hf);
  g_test_add_func ("/preservation/vit/timm", test_vit_timm);
  g_test_add_func ("/preservation/vit/torchvision", test_vit_torchvision);
  g_test_add_func ("/preservation/clip/transformers", test_clip_hf);
  g_test_add_func ("/preservation/clip/openclip", test_clip_open);
  g_test_add_func ("/preservation/llama", test_llama);
  g_test_add_func ("/preservation/qwen", test_qwen);
  return g_test_run ();
}
