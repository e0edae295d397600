/* Networks other than diffusion models: vision, text and text-image models, adapters; and things that are
 * none. */
#include "sparse-checkpoint.h"

#include <string.h>

typedef struct
{
  const char *name;
  const char *shape;
} Row;

static void
assert_model (const Sparse *sparse, AmFamily family, const char *architecture, const char *title)
{
  g_autoptr (AmCheckpoint) checkpoint = sparse_open (sparse);
  g_autoptr (AmModel) model = am_model_new (checkpoint);

  g_assert_cmpstr (am_model_get_architecture (model), ==, architecture);
  g_assert_cmpint (am_model_get_family (model), ==, family);
  g_assert_nonnull (strstr (am_model_get_title (model), title));
  g_assert_nonnull (am_model_get_evidence (model)[0]);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    g_assert_cmpint (am_model_find (model, am_model_get_role (model, i)->canonical), ==, (gint)i);
}

static const char *
shout (const char *text)
{
  return strcmp (text, "%u layers") == 0 ? "depth: %u" : strcmp (text, "%s layout") == 0 ? "[%s]" : text;
}

/* Numbers and names stand where the translation has them. */
static void
test_translated_title (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;
  g_autofree char *title = NULL;

  sparse_add (sparse, "model.layers.0.self_attn.q_proj.weight", "64,64");
  sparse_add (sparse, "model.layers.1.self_attn.q_proj.weight", "64,64");
  checkpoint = sparse_open (sparse);
  model = am_model_new (checkpoint);
  title = am_model_translate_title (model, shout);
  g_assert_cmpstr (am_model_get_title (model), ==, "Language model, Llama layout, 2 layers");
  g_assert_cmpstr (title, ==, "Language model, [Llama], depth: 2");
}

static void
assert_rows (const Row *rows, guint n, AmFamily family, const char *architecture, const char *title)
{
  g_autoptr (Sparse) sparse = sparse_new ();

  for (guint i = 0; i < n; i++)
    sparse_add (sparse, rows[i].name, rows[i].shape);
  assert_model (sparse, family, architecture, title);
}

static void add_format (Sparse *sparse, const char *shape, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
add_format (Sparse *sparse, const char *shape, const char *format, ...)
{
  g_autofree char *name = NULL;
  va_list arguments;

  va_start (arguments, format);
  name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  sparse_add (sparse, name, shape);
}

static void
add_resnet (Sparse *sparse, const char *prefix, const guint *blocks, guint n_stages, gboolean is_bottleneck,
            const char *stem)
{
  add_format (sparse, stem, "%sconv1.weight", prefix);
  add_format (sparse, "64", "%sbn1.weight", prefix);
  add_format (sparse, "10,64", "%sfc.weight", prefix);
  for (guint stage = 0; stage < n_stages; stage++)
    for (guint block = 0; block < blocks[stage]; block++)
      for (guint conv = 1; conv <= (is_bottleneck ? 3u : 2u); conv++)
        {
          add_format (sparse, "64,64,3,3", "%slayer%u.%u.conv%u.weight", prefix, stage + 1, block, conv);
          add_format (sparse, "64", "%slayer%u.%u.bn%u.running_mean", prefix, stage + 1, block, conv);
        }
}

static void
test_resnet (void)
{
  static const struct
  {
    guint blocks[4];
    guint n_stages;
    gboolean is_bottleneck;
    const char *stem;
    const char *architecture;
    const char *title;
  } nets[] = {
    { { 2, 2, 2, 2 }, 4, FALSE, "64,3,7,7", "resnet18", "ResNet-18" },
    { { 3, 4, 6, 3 }, 4, FALSE, "64,3,7,7", "resnet34", "ResNet-34" },
    { { 3, 4, 6, 3 }, 4, TRUE, "64,3,7,7", "resnet50", "ResNet-50" },
    { { 3, 4, 23, 3 }, 4, TRUE, "64,3,7,7", "resnet101", "ResNet-101" },
    { { 3, 8, 36, 3 }, 4, TRUE, "64,3,7,7", "resnet152", "ResNet-152" },
    { { 3, 3, 3 }, 3, FALSE, "16,3,3,3", "resnet20", "ResNet-20, layout for small pictures" },
    { { 9, 9, 9 }, 3, FALSE, "16,3,3,3", "resnet56", "ResNet-56, layout for small pictures" },
    { { 2, 2, 2, 2 }, 4, FALSE, "64,3,3,3", "resnet18", "ResNet-18, layout for small pictures" },
  };
  static const char *const prefixes[] = { "", "module.", "_orig_mod." };

  for (guint i = 0; i < G_N_ELEMENTS (nets); i++)
    for (guint p = 0; p < G_N_ELEMENTS (prefixes); p++)
      {
        g_autoptr (Sparse) sparse = sparse_new ();

        add_resnet (sparse, prefixes[p], nets[i].blocks, nets[i].n_stages, nets[i].is_bottleneck,
                    nets[i].stem);
        assert_model (sparse, AM_FAMILY_RESNET, nets[i].architecture, nets[i].title);
      }
}

/* A wrapped model and a plain one meet. */
static void
test_wrapper_is_no_name (void)
{
  static const guint blocks[] = { 2, 2, 2, 2 };
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;

  add_resnet (sparse, "module.", blocks, 4, FALSE, "64,3,7,7");
  checkpoint = sparse_open (sparse);
  model = am_model_new (checkpoint);
  g_assert_cmpint (am_model_find (model, "layer1.0.conv1.weight"), >=, 0);
  g_assert_cmpint (am_model_find (model, "module.layer1.0.conv1.weight"), ==, -1);
}

/* Convolutions stand where poolings (0) leave room; each has a norm behind it when @has_norm. */
static void
add_vgg (Sparse *sparse, const guint *plan, guint n, gboolean has_norm)
{
  guint layer = 0;

  for (guint i = 0; i < n; i++)
    {
      if (plan[i] == 0)
        {
          layer++;
          continue;
        }
      add_format (sparse, "64,64,3,3", "features.%u.weight", layer);
      if (has_norm)
        add_format (sparse, "64", "features.%u.running_mean", layer + 1);
      layer += has_norm ? 3 : 2;
    }
  sparse_add (sparse, "classifier.0.weight", "4096,25088");
}

static void
test_vgg (void)
{
  static const guint vgg11[] = { 1, 0, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0 };
  static const guint vgg13[] = { 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0 };
  static const guint vgg16[] = { 1, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0 };
  static const guint vgg19[] = { 1, 1, 0, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0 };
  static const struct
  {
    const guint *plan;
    guint n;
    const char *architecture;
    const char *with_norm;
  } nets[] = {
    { vgg11, G_N_ELEMENTS (vgg11), "vgg11", "vgg11_bn" },
    { vgg13, G_N_ELEMENTS (vgg13), "vgg13", "vgg13_bn" },
    { vgg16, G_N_ELEMENTS (vgg16), "vgg16", "vgg16_bn" },
    { vgg19, G_N_ELEMENTS (vgg19), "vgg19", "vgg19_bn" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (nets); i++)
    for (guint has_norm = 0; has_norm < 2; has_norm++)
      {
        g_autoptr (Sparse) sparse = sparse_new ();

        add_vgg (sparse, nets[i].plan, nets[i].n, has_norm);
        assert_model (sparse, AM_FAMILY_VGG, has_norm ? nets[i].with_norm : nets[i].architecture, "VGG");
      }
}

static void
test_mlp (void)
{
  static const Row plain[] = { { "fc1.weight", "128,784" },
                               { "fc1.bias", "128" },
                               { "fc2.weight", "64,128" },
                               { "fc2.bias", "64" },
                               { "fc3.weight", "10,64" } };
  static const Row sequential[] = { { "0.weight", "8,4" }, { "2.weight", "8,8" }, { "10.weight", "2,8" } };
  static const Row named[]
      = { { "hidden.weight", "16,32" }, { "input.weight", "32,5" }, { "output.weight", "3,16" } };
  static const Row broken[] = { { "fc1.weight", "128,784" }, { "fc2.weight", "64,127" } };
  static const Row convolution[]
      = { { "fc1.weight", "128,784" }, { "fc2.weight", "64,128" }, { "conv.weight", "4,4,3,3" } };
  static const Row single[] = { { "fc1.weight", "128,784" } };

  assert_rows (plain, G_N_ELEMENTS (plain), AM_FAMILY_MLP, "mlp", "3 layers");
  assert_rows (sequential, G_N_ELEMENTS (sequential), AM_FAMILY_MLP, "mlp", "3 layers");
  assert_rows (named, G_N_ELEMENTS (named), AM_FAMILY_MLP, "mlp", "3 layers");
  assert_rows (broken, G_N_ELEMENTS (broken), AM_FAMILY_UNKNOWN, "unknown", "Unknown");
  assert_rows (convolution, G_N_ELEMENTS (convolution), AM_FAMILY_UNKNOWN, "unknown", "Unknown");
  assert_rows (single, G_N_ELEMENTS (single), AM_FAMILY_UNKNOWN, "unknown", "Unknown");
}

static void
test_transformers (void)
{
  static const Row llama[] = { { "model.embed_tokens.weight", "32,8" },
                               { "model.layers.0.self_attn.q_proj.weight", "8,8" },
                               { "model.layers.1.self_attn.q_proj.weight", "8,8" },
                               { "model.layers.1.mlp.down_proj.weight", "8,16" },
                               { "model.norm.weight", "8" },
                               { "lm_head.weight", "32,8" } };
  static const Row gpt2[] = { { "wte.weight", "32,8" }, { "h.0.attn.c_attn.weight", "8,24" } };
  static const Row t5[]
      = { { "shared.weight", "32,8" }, { "encoder.block.0.layer.0.SelfAttention.q.weight", "8,8" } };
  static const Row bert[] = { { "bert.encoder.layer.0.attention.self.query.weight", "8,8" } };
  static const Row hf_vit[] = { { "vit.embeddings.patch_embeddings.projection.weight", "8,3,16,16" },
                                { "vit.encoder.layer.0.attention.attention.query.weight", "8,8" } };
  static const Row timm_vit[] = { { "patch_embed.proj.weight", "8,3,16,16" },
                                  { "blocks.0.attn.qkv.weight", "24,8" },
                                  { "blocks.11.attn.qkv.weight", "24,8" } };
  static const Row torchvision_vit[]
      = { { "conv_proj.weight", "8,3,16,16" },
          { "encoder.layers.encoder_layer_0.self_attention.in_proj_weight", "24,8" } };
  static const Row open_clip[] = { { "visual.transformer.resblocks.0.ln_1.weight", "8" },
                                   { "transformer.resblocks.0.ln_1.weight", "8" } };
  static const Row open_text[]
      = { { "token_embedding.weight", "32,8" }, { "transformer.resblocks.0.ln_1.weight", "8" } };
  static const Row hf_text[] = { { "text_model.encoder.layers.0.layer_norm1.weight", "8" } };
  static const Row hf_vision[] = { { "vision_model.encoder.layers.0.layer_norm1.weight", "8" } };

  assert_rows (llama, G_N_ELEMENTS (llama), AM_FAMILY_LLAMA, "llama", "2 layers");
  assert_rows (gpt2, G_N_ELEMENTS (gpt2), AM_FAMILY_LLAMA, "gpt2", "GPT-2");
  assert_rows (t5, G_N_ELEMENTS (t5), AM_FAMILY_LLAMA, "t5", "T5");
  assert_rows (bert, G_N_ELEMENTS (bert), AM_FAMILY_LLAMA, "bert", "BERT");
  assert_rows (hf_vit, G_N_ELEMENTS (hf_vit), AM_FAMILY_VIT, "vit", "1 layers, 8 wide");
  assert_rows (timm_vit, G_N_ELEMENTS (timm_vit), AM_FAMILY_VIT, "vit", "12 layers");
  assert_rows (torchvision_vit, G_N_ELEMENTS (torchvision_vit), AM_FAMILY_VIT, "vit", "1 layers");
  assert_rows (open_clip, G_N_ELEMENTS (open_clip), AM_FAMILY_CLIP, "clip", "OpenCLIP");
  assert_rows (open_text, G_N_ELEMENTS (open_text), AM_FAMILY_CLIP, "openclip-text", "OpenCLIP");
  assert_rows (hf_text, G_N_ELEMENTS (hf_text), AM_FAMILY_CLIP, "clip-text", "transformers");
  assert_rows (hf_vision, G_N_ELEMENTS (hf_vision), AM_FAMILY_CLIP, "clip-vision", "transformers");
}

static void
assert_placed (const AmCheckpoint *checkpoint, const AmModel *model, const char *name, const char *block,
               gint layer)
{
  const AmTensorRole *role;
  guint index;

  g_assert_nonnull (am_checkpoint_find (checkpoint, name, &index));
  role = am_model_get_role (model, index);
  g_assert_cmpstr (am_model_get_block_name (model, role->block), ==, block);
  g_assert_cmpint (role->layer, ==, layer);
}

static void
test_layers_are_blocks (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;

  sparse_add (sparse, "model.embed_tokens.weight", "32,8");
  sparse_add (sparse, "model.norm.weight", "8");
  sparse_add (sparse, "lm_head.weight", "32,8");
  for (guint i = 0; i < 12; i++)
    add_format (sparse, "8,8", "model.layers.%u.self_attn.q_proj.weight", i);
  checkpoint = sparse_open (sparse);
  model = am_model_new (checkpoint);
  g_assert_cmpuint (am_model_get_n_blocks (model), ==, 14);
  assert_placed (checkpoint, model, "model.embed_tokens.weight", "EMBED", -1);
  assert_placed (checkpoint, model, "model.layers.0.self_attn.q_proj.weight", "L00", 0);
  assert_placed (checkpoint, model, "model.layers.11.self_attn.q_proj.weight", "L11", 11);
  assert_placed (checkpoint, model, "model.norm.weight", "HEAD", -1);
  assert_placed (checkpoint, model, "lm_head.weight", "HEAD", -1);
  g_assert_cmpint (am_model_get_role (model, 2)->n_layers, ==, 12);
  g_assert_null (am_model_get_blocks (model)[14]);
}

/* Two towers of different depth: blocks for the deeper one. */
static void
test_towers (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;

  sparse_add (sparse, "logit_scale", "");
  sparse_add (sparse, "text_model.final_layer_norm.weight", "8");
  sparse_add (sparse, "text_model.embeddings.token_embedding.weight", "32,8");
  for (guint i = 0; i < 3; i++)
    add_format (sparse, "8", "text_model.encoder.layers.%u.layer_norm1.weight", i);
  for (guint i = 0; i < 5; i++)
    add_format (sparse, "8", "vision_model.encoder.layers.%u.layer_norm1.weight", i);
  checkpoint = sparse_open (sparse);
  model = am_model_new (checkpoint);
  g_assert_cmpuint (am_model_get_n_blocks (model), ==, 7);
  assert_placed (checkpoint, model, "logit_scale", "HEAD", -1);
  assert_placed (checkpoint, model, "text_model.final_layer_norm.weight", "HEAD", -1);
  assert_placed (checkpoint, model, "text_model.embeddings.token_embedding.weight", "EMBED", -1);
  assert_placed (checkpoint, model, "text_model.encoder.layers.2.layer_norm1.weight", "L02", 2);
  assert_placed (checkpoint, model, "vision_model.encoder.layers.4.layer_norm1.weight", "L04", 4);
  g_assert_cmpint (am_model_get_role (model, am_checkpoint_get_n_tensors (checkpoint) - 1)->n_layers, ==, 5);
  g_assert_cmpint (am_model_get_role (model, 2)->n_layers, ==, 3);
}

static void
test_adapters (void)
{
  static const Row kohya[] = { { "lora_unet_x.lora_down.weight", "4,8" },
                               { "lora_unet_x.lora_up.weight", "8,4" },
                               { "lora_unet_x.alpha", "" } };
  static const Row peft[]
      = { { "base_model.model.x.lora_A.weight", "4,8" }, { "base_model.model.x.lora_B.weight", "8,4" } };
  static const Row loha[] = { { "lora_unet_x.hada_w1_a", "4,8" }, { "lora_unet_x.hada_w1_b", "4,8" } };
  static const Row lokr[] = { { "lora_unet_x.lokr_w1", "4,8" }, { "lora_unet_x.lokr_w2_a", "4,8" } };
  static const Row dora[]
      = { { "lora_unet_x.lora_down.weight", "4,8" }, { "lora_unet_x.dora_scale", "1,8" } };
  /* One stray name does not make an adapter of a network. */
  static const Row stray[] = {
    { "a.weight", "4,8,2" }, { "b.weight", "4,8,2" }, { "c.weight", "4,8,2" }, { "x.lora_A.weight", "4,8" }
  };

  assert_rows (kohya, G_N_ELEMENTS (kohya), AM_FAMILY_LORA, "lora", "kohya");
  assert_rows (peft, G_N_ELEMENTS (peft), AM_FAMILY_LORA, "lora", "PEFT");
  assert_rows (loha, G_N_ELEMENTS (loha), AM_FAMILY_LORA, "lora", "LoHa");
  assert_rows (lokr, G_N_ELEMENTS (lokr), AM_FAMILY_LORA, "lora", "LoKr");
  assert_rows (dora, G_N_ELEMENTS (dora), AM_FAMILY_LORA, "lora", "DoRA");
  assert_rows (stray, G_N_ELEMENTS (stray), AM_FAMILY_UNKNOWN, "unknown", "Unknown");
}

static void
test_nothing_known (void)
{
  static const Row odd[] = { { "a", "" },
                             { "layer1.0.conv1.weight", "4" },
                             { "features.0.weight", "3" },
                             { "input_blocks.0.0.weight", "320,4,3,3" },
                             { "zzz.lora", "1" } };
  static const Row guided[] = { { "input_blocks.0.0.weight", "320,4,3,3" },
                                { "middle_block.0.in_layers.0.weight", "4" },
                                { "output_blocks.0.0.in_layers.0.weight", "4" } };
  static const Row video[] = { { "model.diffusion_model.input_blocks.1.1.time_stack.0.norm1.weight", "4" },
                               { "model.diffusion_model.middle_block.0.in_layers.0.weight", "4" },
                               { "model.diffusion_model.output_blocks.0.0.in_layers.0.weight", "4" } };
  static const Row chroma[]
      = { { "double_blocks.0.img_attn.qkv.weight", "4,4,1" }, { "single_blocks.0.linear1.weight", "4,4,1" } };
  static const Row one[] = { { "x", "7" } };
  static const Row part[] = { { "down_blocks.0.resnets.0.conv1.weight", "4,4,3,3" },
                              { "mid_block.resnets.0.conv1.weight", "4,4,3,3" } };

  assert_rows (NULL, 0, AM_FAMILY_UNKNOWN, "unknown", "Unknown");
  assert_rows (one, 1, AM_FAMILY_UNKNOWN, "unknown", "Unknown");
  assert_rows (part, G_N_ELEMENTS (part), AM_FAMILY_UNKNOWN, "unknown", "diffusers' names");
  assert_rows (odd, G_N_ELEMENTS (odd), AM_FAMILY_UNKNOWN, "unknown", "Unknown");
  assert_rows (guided, G_N_ELEMENTS (guided), AM_FAMILY_UNKNOWN, "unknown", "a UNet");
  assert_rows (video, G_N_ELEMENTS (video), AM_FAMILY_UNKNOWN, "unknown", "a video UNet");
  assert_rows (chroma, G_N_ELEMENTS (chroma), AM_FAMILY_UNKNOWN, "unknown", "a relative of Flux");
}

static void
test_random_names (void)
{
  static const char alphabet[] = "abcwxyz019._";

  for (guint i = 0; i < 200; i++)
    {
      g_autoptr (Sparse) sparse = sparse_new ();
      g_autoptr (GRand) random = g_rand_new_with_seed (i);

      for (guint t = 0; t < 20; t++)
        {
          g_autoptr (GString) name = g_string_new (NULL);

          for (gint c = g_rand_int_range (random, 1, 30); c > 0; c--)
            g_string_append_c (name, alphabet[g_rand_int_range (random, 0, sizeof alphabet - 1)]);
          add_format (sparse, "3,4,5", "%s#%u", name->str, t);
        }
      assert_model (sparse, AM_FAMILY_UNKNOWN, "unknown", "Unknown");
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/architecture/networks/resnet", test_resnet);
  g_test_add_func ("/architecture/networks/wrapper", test_wrapper_is_no_name);
  g_test_add_func ("/architecture/networks/vgg", test_vgg);
  g_test_add_func ("/architecture/networks/mlp", test_mlp);
  g_test_add_func ("/architecture/networks/transformers", test_transformers);
  g_test_add_func ("/architecture/networks/layers-are-blocks", test_layers_are_blocks);
  g_test_add_func ("/architecture/networks/towers", test_towers);
  g_test_add_func ("/architecture/networks/adapters", test_adapters);
  g_test_add_func ("/architecture/networks/nothing-known", test_nothing_known);
  g_test_add_func ("/architecture/networks/random-names", test_random_names);
  g_test_add_func ("/networks/translated-title", test_translated_title);
  return g_test_run ();
}
