/* What diffusion checkpoints are, and the roles of their tensors. */
#include "sparse-checkpoint.h"

#include <string.h>

#define UNET "model.diffusion_model."

static gboolean
has_evidence (const AmModel *model, const char *text)
{
  const char *const *evidence = am_model_get_evidence (model);

  for (guint i = 0; evidence[i] != NULL; i++)
    if (strstr (evidence[i], text) != NULL)
      return TRUE;
  return FALSE;
}

static const AmTensorRole *
find_role (const AmCheckpoint *checkpoint, const AmModel *model, const char *name)
{
  guint index;

  g_assert_nonnull (am_checkpoint_find (checkpoint, name, &index));
  return am_model_get_role (model, index);
}

typedef struct
{
  AmFamily family;
  const char *architecture;
  const char *modelspec;
  guint n_blocks;
  const char *evidence;
} Expected;

static const Expected expectations[] = {
  { AM_FAMILY_SD1, "sd1", "stable-diffusion-v1", 26, "context is 768 wide" },
  { AM_FAMILY_SD2, "sd2", NULL, 26, "context is 1024 wide" },
  { AM_FAMILY_SDXL, "sdxl", "stable-diffusion-xl-v1-base", 20, "label_emb" },
  { AM_FAMILY_SDXL_REFINER, "sdxl-refiner", "stable-diffusion-xl-v1-refiner", 26, "refiner" },
  { AM_FAMILY_SD3, "sd3", "stable-diffusion-v3-medium", 26, "24 joint blocks" },
  { AM_FAMILY_FLUX, "flux-dev", NULL, 61, "guidance_in" },
};

static void
assert_expected (const AmModel *model, const Expected *expected)
{
  g_assert_cmpint (am_model_get_family (model), ==, expected->family);
  g_assert_cmpstr (am_model_get_architecture (model), ==, expected->architecture);
  g_assert_cmpstr (am_model_get_modelspec (model), ==, expected->modelspec);
  g_assert_cmpuint (am_model_get_n_blocks (model), ==, expected->n_blocks);
  g_assert_null (am_model_get_missing (model)[0]);
}

static void
test_families (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (expectations); i++)
    {
      g_autoptr (Sparse) sparse = sparse_new ();
      g_autoptr (AmCheckpoint) checkpoint = NULL;
      g_autoptr (AmModel) model = NULL;

      sparse_add_family (sparse, expectations[i].family, 1, FALSE);
      checkpoint = sparse_open (sparse);
      model = am_model_new (checkpoint);
      assert_expected (model, &expectations[i]);
      g_assert_false (am_model_is_bare (model));
      g_assert_true (has_evidence (model, expectations[i].evidence));
    }
}

/* Small models of the same layout: widths say nothing there, names must. */
static void
test_reduced (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (expectations); i++)
    for (guint divisor = 2; divisor <= 16; divisor *= 2)
      {
        g_autoptr (Sparse) sparse = sparse_new ();
        g_autoptr (AmCheckpoint) checkpoint = NULL;
        g_autoptr (AmModel) model = NULL;

        sparse_add_family (sparse, expectations[i].family, divisor, TRUE);
        checkpoint = sparse_open (sparse);
        model = am_model_new (checkpoint);
        g_assert_cmpint (am_model_get_family (model), ==, expectations[i].family);
        g_assert_cmpuint (am_model_get_n_blocks (model), ==, expectations[i].n_blocks);
      }
}

static void
test_bare (void)
{
  static const char *const prefixes[] = { "", "diffusion_model." };

  for (guint i = 0; i < G_N_ELEMENTS (expectations); i++)
    for (guint p = 0; p < G_N_ELEMENTS (prefixes); p++)
      {
        g_autoptr (Sparse) sparse = sparse_new ();
        g_autoptr (AmCheckpoint) checkpoint = NULL;
        g_autoptr (AmModel) model = NULL;

        sparse_add_family (sparse, expectations[i].family, 1, FALSE);
        sparse_keep_prefix (sparse, UNET);
        sparse_rename_prefix (sparse, UNET, prefixes[p]);
        checkpoint = sparse_open (sparse);
        model = am_model_new (checkpoint);
        assert_expected (model, &expectations[i]);
        g_assert_true (am_model_is_bare (model));
        for (guint t = 0; t < am_checkpoint_get_n_tensors (checkpoint); t++)
          {
            g_assert_true (g_str_has_prefix (am_model_get_role (model, t)->canonical, UNET));
            g_assert_cmpint (am_model_get_role (model, t)->component, ==, AM_COMPONENT_DIFFUSION);
          }
      }
}

static void
test_small_bare_is_told_by_its_projections (void)
{
  static const AmFamily families[] = { AM_FAMILY_SD1, AM_FAMILY_SD2 };

  for (guint i = 0; i < G_N_ELEMENTS (families); i++)
    {
      g_autoptr (Sparse) sparse = sparse_new ();
      g_autoptr (AmCheckpoint) checkpoint = NULL;
      g_autoptr (AmModel) model = NULL;

      sparse_add_family (sparse, families[i], 8, FALSE);
      sparse_keep_prefix (sparse, UNET);
      checkpoint = sparse_open (sparse);
      model = am_model_new (checkpoint);
      g_assert_cmpint (am_model_get_family (model), ==, families[i]);
    }
}

static void
test_variants (void)
{
  static const struct
  {
    AmFamily family;
    const char *shape;
    const char *architecture;
    const char *title;
  } variants[] = {
    { AM_FAMILY_SD1, "320,9,3,3", "sd1-inpainting", "Stable Diffusion 1.x, inpainting" },
    { AM_FAMILY_SD1, "320,8,3,3", "sd1-pix2pix", "Stable Diffusion 1.x, pix2pix" },
    { AM_FAMILY_SD2, "320,5,3,3", "sd2-depth", "Stable Diffusion 2.x, depth" },
    { AM_FAMILY_SDXL, "320,9,3,3", "sdxl-inpainting", "Stable Diffusion XL base, inpainting" },
    { AM_FAMILY_SDXL, "320,8,3,3", "sdxl-pix2pix", "Stable Diffusion XL base, pix2pix" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    {
      g_autoptr (Sparse) sparse = sparse_new ();
      g_autoptr (AmCheckpoint) checkpoint = NULL;
      g_autoptr (AmModel) model = NULL;

      sparse_add_family (sparse, variants[i].family, 1, FALSE);
      sparse_reshape (sparse, UNET "input_blocks.0.0.weight", variants[i].shape);
      checkpoint = sparse_open (sparse);
      model = am_model_new (checkpoint);
      g_assert_cmpint (am_model_get_family (model), ==, variants[i].family);
      g_assert_cmpstr (am_model_get_architecture (model), ==, variants[i].architecture);
      g_assert_cmpstr (am_model_get_title (model), ==, variants[i].title);
    }
}

static const char *
mark_text (const char *text)
{
  return strcmp (text, ", ") == 0 ? " + " : strcmp (text, "inpainting") == 0 ? "Teilbild %s %u %n" : text;
}

/* Parts are translated one by one, and a translation is no format. */
static void
test_translated_title (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;
  g_autofree char *title = NULL;

  sparse_add_family (sparse, AM_FAMILY_SDXL, 1, TRUE);
  sparse_reshape (sparse, UNET "input_blocks.0.0.weight", "320,9,3,3");
  checkpoint = sparse_open (sparse);
  model = am_model_new (checkpoint);
  title = am_model_translate_title (model, mark_text);
  g_assert_cmpstr (title, ==, "Stable Diffusion XL base + Teilbild %s %u %n + v-prediction");
}

static void
test_v_prediction (void)
{
  g_autoptr (Sparse) marked = sparse_new ();
  g_autoptr (Sparse) described = sparse_new ();
  g_autoptr (AmCheckpoint) xl_checkpoint = NULL;
  g_autoptr (AmCheckpoint) sd2_checkpoint = NULL;
  g_autoptr (AmModel) xl = NULL;
  g_autoptr (AmModel) sd2 = NULL;

  sparse_add_family (marked, AM_FAMILY_SDXL, 1, TRUE);
  xl_checkpoint = sparse_open (marked);
  xl = am_model_new (xl_checkpoint);
  g_assert_cmpstr (am_model_get_title (xl), ==, "Stable Diffusion XL base, v-prediction");
  sparse_add_family (described, AM_FAMILY_SD2, 1, FALSE);
  sparse_add_metadata (described, "modelspec.prediction_type", "v");
  sd2_checkpoint = sparse_open (described);
  sd2 = am_model_new (sd2_checkpoint);
  g_assert_cmpstr (am_model_get_modelspec (sd2), ==, "stable-diffusion-v2-768-v");
}

/* Names of a family over tensors without axes: whatever the verdict, nothing is read that is not there. */
static void
test_shapes_that_lie (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (expectations); i++)
    {
      g_autoptr (GArray) table = am_family_list_tensors (expectations[i].family, 1);
      g_autoptr (Sparse) sparse = sparse_new ();
      g_autoptr (AmCheckpoint) checkpoint = NULL;
      g_autoptr (AmModel) model = NULL;

      for (guint row = 0; row < table->len; row++)
        sparse_add (sparse, g_array_index (table, AmExpectedTensor, row).name, "");
      checkpoint = sparse_open (sparse);
      model = am_model_new (checkpoint);
      g_assert_cmpint (am_model_get_family (model), ==, expectations[i].family);
    }
}

static void
test_flux_schnell (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;

  sparse_add_family (sparse, AM_FAMILY_FLUX, 1, FALSE);
  sparse_remove_prefix (sparse, UNET "guidance_in.");
  checkpoint = sparse_open (sparse);
  model = am_model_new (checkpoint);
  g_assert_cmpstr (am_model_get_architecture (model), ==, "flux-schnell");
  g_assert_null (am_model_get_missing (model)[0]);
}

static void
test_sd35 (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) large_checkpoint = NULL;
  g_autoptr (AmCheckpoint) medium_checkpoint = NULL;
  g_autoptr (AmModel) large = NULL;
  g_autoptr (AmModel) medium = NULL;

  sparse_add_family (sparse, AM_FAMILY_SD3, 1, FALSE);
  sparse_add (sparse, UNET "joint_blocks.0.x_block.attn.ln_q.weight", "64");
  sparse_add (sparse, UNET "joint_blocks.37.x_block.attn.ln_q.weight", "64");
  large_checkpoint = sparse_open (sparse);
  large = am_model_new (large_checkpoint);
  g_assert_cmpstr (am_model_get_architecture (large), ==, "sd3.5-large");
  g_assert_cmpuint (am_model_get_n_blocks (large), ==, 40);
  g_assert_cmpstr (am_model_get_block_name (large, 39), ==, "J37");
  sparse_remove_prefix (sparse, UNET "joint_blocks.37.");
  sparse_add (sparse, UNET "joint_blocks.0.x_block.attn2.qkv.weight", "4608,1536");
  medium_checkpoint = sparse_open (sparse);
  medium = am_model_new (medium_checkpoint);
  g_assert_cmpstr (am_model_get_architecture (medium), ==, "sd3.5-medium");
}

typedef struct
{
  const char *name;
  const char *block; /* NULL for none */
  AmComponent component;
  AmLayerKind kind;
  gint layer;
  gint n_layers;
} ExpectedRole;

static void
assert_roles (AmFamily family, const ExpectedRole *roles, guint n)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;

  sparse_add_family (sparse, family, 1, TRUE);
  checkpoint = sparse_open (sparse);
  model = am_model_new (checkpoint);
  for (guint i = 0; i < n; i++)
    {
      const AmTensorRole *role = find_role (checkpoint, model, roles[i].name);
      const char *block = role->block == AM_BLOCK_NONE ? NULL : am_model_get_block_name (model, role->block);

      g_test_message ("%s", roles[i].name);
      g_assert_cmpstr (block, ==, roles[i].block);
      g_assert_cmpint (role->component, ==, roles[i].component);
      g_assert_cmpstr (am_layer_kind_get_title (role->kind), ==, am_layer_kind_get_title (roles[i].kind));
      g_assert_cmpint (role->layer, ==, roles[i].layer);
      g_assert_cmpint (role->n_layers, ==, roles[i].n_layers);
    }
}

static void
test_sd1_roles (void)
{
  static const ExpectedRole roles[] = {
    { UNET "time_embed.0.weight", "IN00", AM_COMPONENT_DIFFUSION, AM_LAYER_EMBEDDING, 0, 25 },
    { UNET "input_blocks.0.0.weight", "IN00", AM_COMPONENT_DIFFUSION, AM_LAYER_CONV, 0, 25 },
    { UNET "input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight", "IN01", AM_COMPONENT_DIFFUSION,
      AM_LAYER_SELF_ATTENTION, 1, 25 },
    { UNET "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", "IN01", AM_COMPONENT_DIFFUSION,
      AM_LAYER_CROSS_ATTENTION, 1, 25 },
    { UNET "input_blocks.11.0.in_layers.0.weight", "IN11", AM_COMPONENT_DIFFUSION, AM_LAYER_NORM, 11, 25 },
    { UNET "middle_block.1.transformer_blocks.0.ff.net.2.bias", "M00", AM_COMPONENT_DIFFUSION,
      AM_LAYER_FEED_FORWARD, 12, 25 },
    { UNET "middle_block.2.out_layers.3.weight", "M00", AM_COMPONENT_DIFFUSION, AM_LAYER_CONV, 12, 25 },
    { UNET "output_blocks.0.0.emb_layers.1.weight", "OUT00", AM_COMPONENT_DIFFUSION, AM_LAYER_EMBEDDING, 13,
      25 },
    { UNET "output_blocks.11.1.proj_out.weight", "OUT11", AM_COMPONENT_DIFFUSION, AM_LAYER_PROJECTION, 24,
      25 },
    { UNET "out.2.weight", "OUT11", AM_COMPONENT_DIFFUSION, AM_LAYER_CONV, 24, 25 },
    { "first_stage_model.decoder.mid.attn_1.q.weight", "BASE", AM_COMPONENT_VAE, AM_LAYER_SELF_ATTENTION, -1,
      0 },
    { "cond_stage_model.transformer.text_model.encoder.layers.11.mlp.fc1.weight", "BASE",
      AM_COMPONENT_TEXT_ENCODER, AM_LAYER_FEED_FORWARD, 11, 12 },
    { "cond_stage_model.transformer.text_model.embeddings.position_ids", "BASE", AM_COMPONENT_TEXT_ENCODER,
      AM_LAYER_EMBEDDING, -1, 0 },
    { "model_ema.diffusion_modelout2weight", "BASE", AM_COMPONENT_EMA, AM_LAYER_CONV, -1, 0 },
    { "alphas_cumprod", NULL, AM_COMPONENT_SCHEDULE, AM_LAYER_OTHER, -1, 0 },
  };

  assert_roles (AM_FAMILY_SD1, roles, G_N_ELEMENTS (roles));
}

static void
test_sdxl_roles (void)
{
  static const ExpectedRole roles[] = {
    { UNET "label_emb.0.0.weight", "IN00", AM_COMPONENT_DIFFUSION, AM_LAYER_EMBEDDING, 0, 19 },
    { UNET "input_blocks.8.1.transformer_blocks.9.attn2.to_v.weight", "IN08", AM_COMPONENT_DIFFUSION,
      AM_LAYER_CROSS_ATTENTION, 8, 19 },
    { UNET "middle_block.0.in_layers.2.bias", "M00", AM_COMPONENT_DIFFUSION, AM_LAYER_CONV, 9, 19 },
    { UNET "output_blocks.8.0.skip_connection.weight", "OUT08", AM_COMPONENT_DIFFUSION, AM_LAYER_CONV, 18,
      19 },
    { UNET "out.0.weight", "OUT08", AM_COMPONENT_DIFFUSION, AM_LAYER_NORM, 18, 19 },
    { "conditioner.embedders.1.model.transformer.resblocks.31.attn.in_proj_weight", "BASE",
      AM_COMPONENT_TEXT_ENCODER_2, AM_LAYER_SELF_ATTENTION, 31, 32 },
    { "conditioner.embedders.1.model.text_projection", "BASE", AM_COMPONENT_TEXT_ENCODER_2,
      AM_LAYER_PROJECTION, -1, 0 },
    { "v_pred", NULL, AM_COMPONENT_SCHEDULE, AM_LAYER_OTHER, -1, 0 },
  };

  assert_roles (AM_FAMILY_SDXL, roles, G_N_ELEMENTS (roles));
}

static void
test_flux_roles (void)
{
  static const ExpectedRole roles[] = {
    { "text_encoders.clip_l.transformer.text_model.encoder.layers.3.self_attn.q_proj.weight", "CLIP",
      AM_COMPONENT_TEXT_ENCODER, AM_LAYER_SELF_ATTENTION, 3, 12 },
    { "text_encoders.t5xxl.transformer.encoder.block.23.layer.1.DenseReluDense.wo.weight", "T5",
      AM_COMPONENT_TEXT_ENCODER_2, AM_LAYER_FEED_FORWARD, 23, 24 },
    { UNET "img_in.weight", "IN", AM_COMPONENT_DIFFUSION, AM_LAYER_EMBEDDING, -1, 0 },
    { UNET "guidance_in.in_layer.weight", "IN", AM_COMPONENT_DIFFUSION, AM_LAYER_EMBEDDING, -1, 0 },
    { UNET "double_blocks.18.txt_attn.qkv.weight", "D18", AM_COMPONENT_DIFFUSION, AM_LAYER_SELF_ATTENTION, 18,
      57 },
    { UNET "double_blocks.0.img_mod.lin.weight", "D00", AM_COMPONENT_DIFFUSION, AM_LAYER_EMBEDDING, 0, 57 },
    { UNET "single_blocks.37.linear1.weight", "S37", AM_COMPONENT_DIFFUSION, AM_LAYER_FEED_FORWARD, 56, 57 },
    { UNET "final_layer.linear.weight", "OUT", AM_COMPONENT_DIFFUSION, AM_LAYER_PROJECTION, -1, 0 },
    { "vae.decoder.conv_in.weight", NULL, AM_COMPONENT_VAE, AM_LAYER_CONV, -1, 0 },
  };

  assert_roles (AM_FAMILY_FLUX, roles, G_N_ELEMENTS (roles));
}

static void
test_sd3_roles (void)
{
  static const ExpectedRole roles[] = {
    { UNET "x_embedder.proj.weight", "IN", AM_COMPONENT_DIFFUSION, AM_LAYER_EMBEDDING, -1, 0 },
    { UNET "joint_blocks.23.x_block.mlp.fc1.weight", "J23", AM_COMPONENT_DIFFUSION, AM_LAYER_FEED_FORWARD, 23,
      24 },
    { UNET "final_layer.linear.weight", "J23", AM_COMPONENT_DIFFUSION, AM_LAYER_PROJECTION, -1, 0 },
    { "text_encoders.t5xxl.transformer.shared.weight", "BASE", AM_COMPONENT_TEXT_ENCODER_3,
      AM_LAYER_EMBEDDING, -1, 0 },
    { "model.model_sampling.sigmas", NULL, AM_COMPONENT_SCHEDULE, AM_LAYER_OTHER, -1, 0 },
  };

  assert_roles (AM_FAMILY_SD3, roles, G_N_ELEMENTS (roles));
}

static guint
count_used_blocks (AmFamily family)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;
  gboolean is_used[64] = { FALSE };
  guint n = 0;

  sparse_add_family (sparse, family, 1, FALSE);
  checkpoint = sparse_open (sparse);
  model = am_model_new (checkpoint);
  for (guint i = 0; i < am_checkpoint_get_n_tensors (checkpoint); i++)
    if (am_model_get_role (model, i)->block != AM_BLOCK_NONE)
      is_used[am_model_get_role (model, i)->block] = TRUE;
  for (guint i = 0; i < am_model_get_n_blocks (model); i++)
    n += is_used[i];
  g_assert_cmpuint (n, ==, am_model_get_n_blocks (model));
  return n;
}

static void
test_every_block_is_used (void)
{
  g_assert_cmpuint (count_used_blocks (AM_FAMILY_SD1), ==, 26);
  g_assert_cmpuint (count_used_blocks (AM_FAMILY_SD2), ==, 26);
  g_assert_cmpuint (count_used_blocks (AM_FAMILY_SDXL), ==, 20);
  g_assert_cmpuint (count_used_blocks (AM_FAMILY_FLUX), ==, 61);
  g_assert_cmpuint (count_used_blocks (AM_FAMILY_SD3), ==, 26);
}

static void
test_marks (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_autoptr (AmCheckpoint) checkpoint = NULL;
  g_autoptr (AmModel) model = NULL;

  sparse_add_family (sparse, AM_FAMILY_SDXL, 1, TRUE);
  checkpoint = sparse_open (sparse);
  model = am_model_new (checkpoint);
  g_assert_true (find_role (checkpoint, model, UNET "time_embed.2.bias")->is_time_embed);
  g_assert_true (find_role (checkpoint, model, UNET "label_emb.0.2.bias")->is_time_embed);
  g_assert_false (find_role (checkpoint, model, UNET "input_blocks.0.0.bias")->is_time_embed);
  g_assert_true (
      find_role (checkpoint, model, "conditioner.embedders.0.transformer.text_model.embeddings.position_ids")
          ->is_position_ids);
  g_assert_false (find_role (checkpoint, model, "v_pred")->is_position_ids);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/architecture/diffusion/families", test_families);
  g_test_add_func ("/architecture/diffusion/reduced", test_reduced);
  g_test_add_func ("/architecture/diffusion/bare", test_bare);
  g_test_add_func ("/architecture/diffusion/small-bare", test_small_bare_is_told_by_its_projections);
  g_test_add_func ("/architecture/diffusion/variants", test_variants);
  g_test_add_func ("/architecture/diffusion/v-prediction", test_v_prediction);
  g_test_add_func ("/architecture/diffusion/shapes-that-lie", test_shapes_that_lie);
  g_test_add_func ("/architecture/diffusion/flux-schnell", test_flux_schnell);
  g_test_add_func ("/architecture/diffusion/sd3.5", test_sd35);
  g_test_add_func ("/architecture/diffusion/roles/sd1", test_sd1_roles);
  g_test_add_func ("/architecture/diffusion/roles/sdxl", test_sdxl_roles);
  g_test_add_func ("/architecture/diffusion/roles/flux", test_flux_roles);
  g_test_add_func ("/architecture/diffusion/roles/sd3", test_sd3_roles);
  g_test_add_func ("/architecture/diffusion/blocks-used", test_every_block_is_used);
  g_test_add_func ("/architecture/diffusion/marks", test_marks);
  g_test_add_func ("/diffusion/translated-title", test_translated_title);
  return g_test_run ();
}
