/* Names under which models meet, what lacks, and which models go together. */
#include "sparse-checkpoint.h"

#include <string.h>

#define UNET "model.diffusion_model."
#define TEXT "cond_stage_model.transformer."

typedef struct
{
  AmCheckpoint *checkpoint;
  AmModel *model;
} Opened;

static Opened
open_sparse (const Sparse *sparse)
{
  Opened opened = { .checkpoint = sparse_open (sparse) };

  opened.model = am_model_new (opened.checkpoint);
  return opened;
}

static void
opened_clear (Opened *opened)
{
  am_model_free (opened->model);
  am_checkpoint_free (opened->checkpoint);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Opened, opened_clear)

static Opened
open_family (AmFamily family, guint divisor)
{
  g_autoptr (Sparse) sparse = sparse_new ();

  sparse_add_family (sparse, family, divisor, FALSE);
  return open_sparse (sparse);
}

/* Every tensor of @renamed meets a tensor of @plain. */
static void
assert_all_meet (const Opened *renamed, const Opened *plain)
{
  guint n = am_checkpoint_get_n_tensors (renamed->checkpoint);

  for (guint i = 0; i < n; i++)
    {
      const AmTensorRole *role = am_model_get_role (renamed->model, i);
      gint other = am_model_find (plain->model, role->canonical);

      g_assert_cmpint (other, >=, 0);
      g_assert_cmpint (am_model_find (renamed->model, role->canonical), ==, (gint)i);
      g_assert_cmpint (am_model_get_role (plain->model, (guint)other)->component, ==, role->component);
    }
}

static void
test_old_clip_names (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_auto (Opened) plain = open_family (AM_FAMILY_SD1, 1);
  g_auto (Opened) renamed = { NULL };

  sparse_add_family (sparse, AM_FAMILY_SD1, 1, FALSE);
  sparse_rename_prefix (sparse, TEXT "text_model.", TEXT);
  renamed = open_sparse (sparse);
  assert_all_meet (&renamed, &plain);
  g_assert_null (am_model_get_missing (renamed.model)[0]);
}

static void
test_foreign_prefixes (void)
{
  static const struct
  {
    AmFamily family;
    const char *from;
    const char *to;
  } renames[] = {
    { AM_FAMILY_SD1, "first_stage_model.", "vae." },
    { AM_FAMILY_FLUX, "vae.", "first_stage_model." },
    { AM_FAMILY_SD1, TEXT, "text_encoders.clip_l.transformer." },
    { AM_FAMILY_SDXL, "conditioner.embedders.0.transformer.", "text_encoders.clip_l.transformer." },
    { AM_FAMILY_SDXL, "conditioner.embedders.0.transformer.text_model.",
      "conditioner.embedders.0.transformer." },
    { AM_FAMILY_SD3, UNET, "diffusion_model." },
  };

  for (guint i = 0; i < G_N_ELEMENTS (renames); i++)
    {
      g_autoptr (Sparse) sparse = sparse_new ();
      g_auto (Opened) plain = open_family (renames[i].family, 1);
      g_auto (Opened) renamed = { NULL };

      sparse_add_family (sparse, renames[i].family, 1, FALSE);
      sparse_rename_prefix (sparse, renames[i].from, renames[i].to);
      renamed = open_sparse (sparse);
      assert_all_meet (&renamed, &plain);
    }
}

/* Two old spellings of one tensor: the first to come takes the new name. */
static void
test_two_old_spellings (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_auto (Opened) opened = { NULL };
  guint first, second;

  sparse_add_family (sparse, AM_FAMILY_SD1, 1, FALSE);
  sparse_rename_prefix (sparse, TEXT "text_model.final_layer_norm.",
                        "text_encoders.clip_l.transformer.final_layer_norm.");
  sparse_add (sparse, TEXT "final_layer_norm.weight", "768");
  opened = open_sparse (sparse);
  am_checkpoint_find (opened.checkpoint, TEXT "final_layer_norm.weight", &first);
  am_checkpoint_find (opened.checkpoint, "text_encoders.clip_l.transformer.final_layer_norm.weight", &second);
  g_assert_cmpint (am_model_find (opened.model, TEXT "text_model.final_layer_norm.weight"), ==, (gint)first);
  g_assert_cmpstr (am_model_get_role (opened.model, second)->canonical, ==,
                   "text_encoders.clip_l.transformer.final_layer_norm.weight");
}

/* Two spellings of one tensor in one file must not become one. */
static void
test_both_spellings (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_auto (Opened) opened = { NULL };
  guint old;

  sparse_add_family (sparse, AM_FAMILY_SD1, 1, FALSE);
  sparse_add (sparse, TEXT "final_layer_norm.weight", "768");
  opened = open_sparse (sparse);
  g_assert_nonnull (am_checkpoint_find (opened.checkpoint, TEXT "final_layer_norm.weight", &old));
  g_assert_cmpstr (am_model_get_role (opened.model, old)->canonical, ==, TEXT "final_layer_norm.weight");
  g_assert_cmpint (am_model_find (opened.model, TEXT "text_model.final_layer_norm.weight"), !=, (gint)old);
}

static void
test_missing (void)
{
  g_autoptr (Sparse) sparse = sparse_new ();
  g_auto (Opened) opened = { NULL };
  const char *const *missing;

  sparse_add_family (sparse, AM_FAMILY_SD1, 1, FALSE);
  sparse_remove_prefix (sparse, UNET "out.2.");
  sparse_remove_prefix (sparse, "first_stage_model.");
  opened = open_sparse (sparse);
  missing = am_model_get_missing (opened.model);
  g_assert_cmpstr (missing[0], ==, UNET "out.2.bias");
  g_assert_cmpstr (missing[1], ==, UNET "out.2.weight");
  g_assert_null (missing[2]);
}

static void
assert_compatible (const Opened *a, const Opened *b)
{
  g_autofree char *reason = NULL;

  g_assert_true (am_model_is_compatible (a->model, b->model, &reason));
  g_assert_null (reason);
  g_assert_true (am_model_is_compatible (b->model, a->model, NULL));
}

static void
assert_refused (const Opened *a, const Opened *b, const char *first, const char *second)
{
  g_autofree char *reason = NULL;

  g_assert_false (am_model_is_compatible (a->model, b->model, &reason));
  g_assert_nonnull (strstr (reason, first));
  g_assert_nonnull (strstr (reason, second));
  g_assert_false (am_model_is_compatible (b->model, a->model, NULL));
}

static void
test_families_apart (void)
{
  g_auto (Opened) sd1 = open_family (AM_FAMILY_SD1, 1);
  g_auto (Opened) small = open_family (AM_FAMILY_SD1, 4);
  g_auto (Opened) sd2 = open_family (AM_FAMILY_SD2, 1);
  g_auto (Opened) sdxl = open_family (AM_FAMILY_SDXL, 1);
  g_auto (Opened) flux = open_family (AM_FAMILY_FLUX, 1);

  assert_compatible (&sd1, &sd1);
  assert_refused (&sd1, &sdxl, "Stable Diffusion 1.x", "Stable Diffusion XL base");
  assert_refused (&sd1, &sd2, "Stable Diffusion 1.x", "Stable Diffusion 2.x");
  assert_refused (&sdxl, &flux, "Stable Diffusion XL base", "Flux.1 dev");
  assert_refused (&sd1, &small, "different sizes", "768");
}

static void
test_variants_together (void)
{
  g_autoptr (Sparse) inpainting = sparse_new ();
  g_autoptr (Sparse) bare = sparse_new ();
  g_auto (Opened) plain = open_family (AM_FAMILY_SD1, 1);
  g_auto (Opened) nine = { NULL };
  g_auto (Opened) unet = { NULL };

  sparse_add_family (inpainting, AM_FAMILY_SD1, 1, TRUE);
  sparse_reshape (inpainting, UNET "input_blocks.0.0.weight", "320,9,3,3");
  nine = open_sparse (inpainting);
  assert_compatible (&plain, &nine);
  sparse_add_family (bare, AM_FAMILY_SD1, 1, FALSE);
  sparse_keep_prefix (bare, UNET);
  sparse_rename_prefix (bare, UNET, "");
  unet = open_sparse (bare);
  assert_compatible (&plain, &unet);
}

static void
test_adapters_and_parts (void)
{
  g_autoptr (Sparse) adapter = sparse_new ();
  g_autoptr (Sparse) part = sparse_new ();
  g_auto (Opened) sd1 = open_family (AM_FAMILY_SD1, 1);
  g_auto (Opened) lora = { NULL };
  g_auto (Opened) vae = { NULL };

  sparse_add (adapter, "lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", "4,1280,1,1");
  sparse_add (adapter, "lora_unet_mid_block_attentions_0_proj_in.lora_up.weight", "1280,4,1,1");
  lora = open_sparse (adapter);
  assert_refused (&sd1, &lora, "Adapter", "bake");
  sparse_add_family (part, AM_FAMILY_SD1, 1, FALSE);
  sparse_keep_prefix (part, "first_stage_model.");
  sparse_rename_prefix (part, "first_stage_model.", "");
  vae = open_sparse (part);
  g_assert_cmpint (am_model_get_family (vae.model), ==, AM_FAMILY_VAE);
  assert_all_meet (&vae, &sd1);
  assert_compatible (&vae, &vae);
  assert_refused (&sd1, &vae, "VAE", "Stable Diffusion 1.x");
}

static void
test_unknown (void)
{
  g_autoptr (Sparse) a_sparse = sparse_new ();
  g_autoptr (Sparse) b_sparse = sparse_new ();
  g_autoptr (Sparse) part_sparse = sparse_new ();
  g_autoptr (Sparse) little_sparse = sparse_new ();
  g_auto (Opened) little = { NULL };
  g_auto (Opened) sd1 = open_family (AM_FAMILY_SD1, 1);
  g_auto (Opened) a = { NULL };
  g_auto (Opened) b = { NULL };
  g_auto (Opened) part = { NULL };

  sparse_add (a_sparse, "some.tensor", "4,4,4");
  sparse_add (b_sparse, "some.tensor", "4,4,4");
  sparse_add (b_sparse, "another.tensor", "3");
  a = open_sparse (a_sparse);
  b = open_sparse (b_sparse);
  assert_compatible (&a, &b);
  assert_refused (&sd1, &a, "Unknown architecture", "Stable Diffusion 1.x");
  sparse_add (part_sparse, UNET "out.2.weight", "4,320,3,3");
  sparse_add (part_sparse, UNET "out.2.bias", "4");
  part = open_sparse (part_sparse);
  g_assert_cmpint (am_model_get_family (part.model), ==, AM_FAMILY_UNKNOWN);
  assert_compatible (&sd1, &part);
  sparse_add (little_sparse, UNET "out.2.bias", "4");
  sparse_add (little_sparse, "one", "4,1,1");
  sparse_add (little_sparse, "two", "4,1,1");
  little = open_sparse (little_sparse);
  assert_refused (&sd1, &little, "fewer than half", "Unknown architecture");
}

static Opened
open_rows (const char *const *names, const char *const *shapes)
{
  g_autoptr (Sparse) sparse = sparse_new ();

  for (guint i = 0; names[i] != NULL; i++)
    sparse_add (sparse, names[i], shapes[i]);
  return open_sparse (sparse);
}

static void
test_members_of_a_family (void)
{
  static const char *const shallow_names[]
      = { "lm_head.weight", "model.layers.0.self_attn.q_proj.weight", NULL };
  static const char *const deep_names[] = { "lm_head.weight", "model.layers.0.self_attn.q_proj.weight",
                                            "model.layers.1.self_attn.q_proj.weight", NULL };
  static const char *const shapes[] = { "32,8", "8,8", "8,8" };
  static const char *const wide_shapes[] = { "32,16", "16,16" };
  static const char *const gpt_names[] = { "h.0.attn.c_attn.weight", NULL };
  static const char *const net_names[] = { "conv1.weight",
                                           "layer1.0.conv1.weight",
                                           "layer1.0.conv2.weight",
                                           "layer2.0.conv2.weight",
                                           "layer3.0.conv2.weight",
                                           "layer1.1.conv2.weight",
                                           NULL };
  static const char *const net_shapes[]
      = { "64,3,7,7", "64,64,3,3", "64,64,3,3", "64,64,3,3", "64,64,3,3", "64,64,3,3" };
  static const char *const short_names[]
      = { "conv1.weight",          "layer1.0.conv1.weight", "layer1.0.conv2.weight",
          "layer2.0.conv2.weight", "layer3.0.conv2.weight", NULL };
  g_auto (Opened) shallow = open_rows (shallow_names, shapes);
  g_auto (Opened) deep = open_rows (deep_names, shapes);
  g_auto (Opened) wide = open_rows (shallow_names, wide_shapes);
  g_auto (Opened) gpt = open_rows (gpt_names, shapes);
  g_auto (Opened) net = open_rows (net_names, net_shapes);
  g_auto (Opened) short_net = open_rows (short_names, net_shapes);

  assert_compatible (&shallow, &shallow);
  assert_refused (&shallow, &deep, "1 layers", "different layers");
  assert_refused (&shallow, &wide, "different sizes", "[32, 16]");
  assert_refused (&shallow, &gpt, "GPT-2", "in common");
  assert_compatible (&net, &net);
  assert_refused (&net, &short_net, "ResNet-10", "ResNet-8");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/architecture/names/old-clip", test_old_clip_names);
  g_test_add_func ("/architecture/names/foreign-prefixes", test_foreign_prefixes);
  g_test_add_func ("/architecture/names/both-spellings", test_both_spellings);
  g_test_add_func ("/architecture/names/two-old-spellings", test_two_old_spellings);
  g_test_add_func ("/architecture/missing", test_missing);
  g_test_add_func ("/architecture/compatible/families", test_families_apart);
  g_test_add_func ("/architecture/compatible/variants", test_variants_together);
  g_test_add_func ("/architecture/compatible/adapters-and-parts", test_adapters_and_parts);
  g_test_add_func ("/architecture/compatible/members", test_members_of_a_family);
  g_test_add_func ("/architecture/compatible/unknown", test_unknown);
  return g_test_run ();
}
