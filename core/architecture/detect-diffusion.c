#include "architecture/model-private.h"

#include <string.h>

static void
set_root (AmModel *model, const char *root)
{
  g_free (model->root);
  model->root = g_strdup (root);
}

/* (transfer full): where the tensors lie, to be said after what they are. */
static char *
describe_root (const AmModel *model)
{
  return *model->root != '\0' ? g_strdup_printf (" under \"%s\"", model->root) : g_strdup ("");
}

static const char *
find_metadata (const AmModel *model, const char *key)
{
  GHashTable *metadata = am_checkpoint_get_metadata (model->checkpoint);

  return metadata != NULL ? g_hash_table_lookup (metadata, key) : NULL;
}

/* v-prediction leaves no trace in shapes: only marks and metadata tell. */
static gboolean
is_v_prediction (AmModel *model)
{
  const char *type = find_metadata (model, "modelspec.prediction_type");

  if (am_checkpoint_find (model->checkpoint, "v_pred", NULL) != NULL)
    {
      am_model_say (model, "the tensor v_pred marks v-prediction");
      return TRUE;
    }
  if (type == NULL || !g_str_has_prefix (type, "v"))
    return FALSE;
  am_model_say (model, "modelspec.prediction_type is \"%s\"", type);
  return TRUE;
}

typedef struct
{
  const char *id;    /* what follows the family's identifier */
  const char *title; /* part after the family's title, or NULL */
} Variant;

static Variant
get_unet_variant (AmModel *model, gboolean has_label)
{
  static const struct
  {
    guint64 n_channels;
    Variant variant;
    const char *meaning;
  } variants[] = {
    { 9, { "-inpainting", N_ ("inpainting") }, "latent, masked latent and mask: inpainting" },
    { 8, { "-pix2pix", N_ ("pix2pix") }, "latent and source picture: pix2pix" },
    { 7, { "-upscaler", N_ ("upscaler") }, "latent and small picture: upscaler" },
    { 5, { "-depth", N_ ("depth") }, "latent and depth: depth to image" },
  };
  const AmTensor *conv = am_model_look (model, "input_blocks.0.0.weight");
  guint64 n_channels = am_tensor_get_axis (conv, 1);

  for (guint i = 0; i < G_N_ELEMENTS (variants); i++)
    if (n_channels == variants[i].n_channels)
      {
        am_model_say (model, "the first convolution takes %u channels (%s)", (guint)n_channels,
                      variants[i].meaning);
        return variants[i].variant;
      }
  if (n_channels > 0 && n_channels != 4)
    am_model_say (model,
                  "the first convolution takes %" G_GUINT64_FORMAT " channels, which no known variant does",
                  n_channels);
  return has_label && model->family == AM_FAMILY_SD2 ? (Variant){ "-unclip", N_ ("unCLIP") }
                                                     : (Variant){ "", NULL };
}

static const char *
find_modelspec (const AmModel *model, gboolean is_v)
{
  static const struct
  {
    const char *architecture;
    const char *modelspec;
  } table[] = {
    { "sd1", "stable-diffusion-v1" },
    { "sd1-inpainting", "stable-diffusion-v1-inpainting" },
    { "sd2-inpainting", "stable-diffusion-v2-inpainting" },
    { "sd2-depth", "stable-diffusion-v2-depth" },
    { "sdxl", "stable-diffusion-xl-v1-base" },
    { "sdxl-pix2pix", "stable-diffusion-xl-v1-edit" },
    { "sdxl-refiner", "stable-diffusion-xl-v1-refiner" },
    { "sd3", "stable-diffusion-v3-medium" },
  };

  if (is_v && g_str_equal (model->architecture, "sd2"))
    return "stable-diffusion-v2-768-v";
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (model->architecture, table[i].architecture))
      return table[i].modelspec;
  return NULL;
}

/* The attention keys of the first level that has any: where the width of the text shows. */
static const AmTensor *
find_cross_attention (const AmModel *model)
{
  static const guint blocks[] = { 1, 2, 4, 5, 7, 8 };

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      const AmTensor *tensor
          = am_model_look (model, "input_blocks.%u.1.transformer_blocks.0.attn2.to_k.weight", blocks[i]);

      if (tensor != NULL)
        return tensor;
    }
  return NULL;
}

static gboolean
is_video (AmModel *model)
{
  return am_model_has_under (model, "input_blocks.1.1.time_stack.")
         || am_model_has_under (model, "input_blocks.1.0.time_stack.");
}

/* Versions 1 and 2 have the same blocks: the text's width tells them apart, then the text encoder, then
 * whether the projections round the attention are matrices. */
static AmFamily
tell_sd1_from_sd2 (AmModel *model)
{
  const AmTensor *keys = find_cross_attention (model);
  const AmTensor *projection = am_model_look (model, "input_blocks.1.1.proj_in.weight");
  guint64 width = am_tensor_get_axis (keys, 1);

  if (width == 768 || width == 1024)
    {
      am_model_say (model, "cross-attention context is %u wide (%s)", (guint)width, keys->name);
      return width == 768 ? AM_FAMILY_SD1 : AM_FAMILY_SD2;
    }
  if (am_checkpoint_has_prefix (model->checkpoint, "cond_stage_model.model."))
    {
      am_model_say (model, "the text encoder has OpenCLIP's names (cond_stage_model.model.)");
      return AM_FAMILY_SD2;
    }
  if (am_checkpoint_has_prefix (model->checkpoint, "cond_stage_model.transformer."))
    {
      am_model_say (model, "the text encoder has the names of CLIP ViT-L (cond_stage_model.transformer.)");
      return AM_FAMILY_SD1;
    }
  if (projection == NULL)
    return AM_FAMILY_UNKNOWN;
  am_model_say (model, "%s has %u axes", projection->name, projection->n_dims);
  return projection->n_dims == 2 ? AM_FAMILY_SD2 : AM_FAMILY_SD1;
}

static AmFamily
find_unet_family (AmModel *model, gboolean has_label)
{
  guint n_blocks = am_model_count_under (model, "input_blocks.");
  guint depth = am_model_count_under (model, "input_blocks.4.1.transformer_blocks.");
  g_autofree char *where = describe_root (model);

  am_model_say (model, "a UNet with %u input blocks%s", n_blocks, where);
  if (find_cross_attention (model) == NULL)
    return AM_FAMILY_UNKNOWN;
  if (has_label && n_blocks == 9)
    {
      am_model_say (model, "three levels and a vector condition (label_emb), as in Stable Diffusion XL");
      return AM_FAMILY_SDXL;
    }
  if (has_label && n_blocks == 12 && depth > 1)
    {
      am_model_say (model,
                    "four levels, a vector condition (label_emb) and %u transformer blocks at "
                    "input_blocks.4, as in the refiner",
                    depth);
      return AM_FAMILY_SDXL_REFINER;
    }
  if (n_blocks == 12)
    return tell_sd1_from_sd2 (model);
  return AM_FAMILY_UNKNOWN;
}

/* A network of a known kind that is none of the families: only its names and shapes will be looked at. */
static gboolean
set_relative (AmModel *model, const char *title)
{
  set_root (model, "");
  am_model_name (model, AM_FAMILY_UNKNOWN, "unknown");
  am_model_add_title (model, title, NULL);
  return TRUE;
}

static gboolean
detect_unet (AmModel *model)
{
  g_autofree char *architecture = NULL;
  static const char *const ids[] = {
    [AM_FAMILY_SD1] = "sd1",
    [AM_FAMILY_SD2] = "sd2",
    [AM_FAMILY_SDXL] = "sdxl",
    [AM_FAMILY_SDXL_REFINER] = "sdxl-refiner",
  };
  gboolean has_label = am_model_has_under (model, "label_emb.");
  gboolean is_v;
  Variant variant;

  if (is_video (model))
    {
      am_model_say (model, "layers over time (time_stack), as in Stable Video Diffusion");
      return set_relative (model, N_ ("Unknown architecture (a video UNet)"));
    }
  model->family = find_unet_family (model, has_label);
  if (model->family == AM_FAMILY_UNKNOWN)
    return set_relative (model, N_ ("Unknown architecture (a UNet)"));
  variant = get_unet_variant (model, has_label);
  is_v = is_v_prediction (model);
  architecture = g_strconcat (ids[model->family], variant.id, NULL);
  am_model_name (model, model->family, architecture);
  am_model_add_title (model, am_family_get_title (model->family), NULL);
  if (variant.title != NULL)
    am_model_add_title (model, variant.title, NULL);
  if (is_v)
    am_model_add_title (model, N_ ("v-prediction"), NULL);
  model->modelspec = find_modelspec (model, is_v);
  return TRUE;
}

static gboolean
detect_sd3 (AmModel *model)
{
  guint64 width = am_tensor_get_axis (am_model_look (model, "joint_blocks.0.x_block.attn.qkv.weight"), 1);
  gboolean has_second = am_model_has_under (model, "joint_blocks.0.x_block.attn2.");
  gboolean has_norm = am_model_has_under (model, "joint_blocks.0.x_block.attn.ln_q.");
  g_autofree char *where = describe_root (model);

  model->depth = am_model_count_under (model, "joint_blocks.");
  am_model_say (model, "%u joint blocks, %" G_GUINT64_FORMAT " wide%s", model->depth, width, where);
  if (has_second)
    am_model_say (model, "a second attention in the first blocks (x_block.attn2), as in 3.5 medium");
  else if (has_norm)
    am_model_say (model, "normalised queries and keys (attn.ln_q), as in 3.5 large");
  if (has_second)
    am_model_name (model, AM_FAMILY_SD3, "sd3.5-medium");
  else
    am_model_name (model, AM_FAMILY_SD3, has_norm ? "sd3.5-large" : "sd3");
  am_model_add_title (model,
                      has_second ? N_ ("Stable Diffusion 3.5 medium")
                      : has_norm ? N_ ("Stable Diffusion 3.5 large")
                                 : N_ ("Stable Diffusion 3 medium"),
                      NULL);
  model->modelspec = find_modelspec (model, FALSE);
  return TRUE;
}

static gboolean
detect_flux (AmModel *model)
{
  const AmTensor *image = am_model_look (model, "img_in.weight");
  guint64 n_channels = am_tensor_get_axis (image, 1);
  gboolean is_dev = am_model_has_under (model, "guidance_in.");
  const char *variant = is_dev ? "dev" : "schnell";
  g_autofree char *architecture = NULL;
  g_autofree char *where = describe_root (model);

  if (!am_model_has_under (model, "vector_in.") || !am_model_has_under (model, "double_blocks.0.img_mod."))
    {
      am_model_say (model,
                    "double and single blocks as in Flux.1, without its vector condition or modulation");
      return set_relative (model, N_ ("Unknown architecture (a relative of Flux)"));
    }
  am_model_say (model, "%u double and %u single blocks%s", am_model_count_under (model, "double_blocks."),
                am_model_count_under (model, "single_blocks."), where);
  am_model_say (model, is_dev ? "a guidance embedding (guidance_in)" : "no guidance embedding (guidance_in)");
  if (n_channels == 384)
    variant = "fill";
  else if (n_channels == 128)
    variant = "control";
  if (n_channels == 384 || n_channels == 128)
    am_model_say (model, "the picture comes in %u channels rather than 64 (%s)", (guint)n_channels,
                  image->name);
  architecture = g_strconcat ("flux-", variant, NULL);
  am_model_name (model, AM_FAMILY_FLUX, architecture);
  am_model_add_title (model, N_ ("Flux.1 %s"), variant);
  return TRUE;
}

static gboolean
detect_under (AmModel *model, const char *root)
{
  set_root (model, root);
  if (am_model_has_under (model, "double_blocks.0.img_attn.")
      && am_model_has_under (model, "single_blocks.0."))
    return detect_flux (model);
  if (am_model_has_under (model, "joint_blocks.0.x_block.attn.") && am_model_has_under (model, "x_embedder."))
    return detect_sd3 (model);
  if (am_model_has_under (model, "input_blocks.") && am_model_has_under (model, "middle_block.")
      && am_model_has_under (model, "output_blocks."))
    return detect_unet (model);
  return FALSE;
}

gboolean
am_detect_diffusion (AmModel *model)
{
  static const char *const roots[] = { "model.diffusion_model.", "diffusion_model.", "" };

  for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
    if (detect_under (model, roots[i]))
      {
        model->is_bare = i > 0 && model->family != AM_FAMILY_UNKNOWN;
        if (model->is_bare)
          am_model_say (model, "names lack the prefix \"%s\": the diffusion network alone", roots[0]);
        return TRUE;
      }
  set_root (model, "");
  return FALSE;
}

gboolean
am_detect_autoencoder (AmModel *model)
{
  static const char *const roots[] = { "first_stage_model.", "vae.", "" };

  for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      g_autofree char *where = NULL;

      set_root (model, roots[i]);
      if (!am_model_has_under (model, "encoder.down.0.block.0.")
          || !am_model_has_under (model, "decoder.up.0.block.0."))
        continue;
      model->prefix = "first_stage_model.";
      model->is_bare = i > 0;
      am_model_name (model, AM_FAMILY_VAE, "vae");
      am_model_add_title_number (model, N_ ("VAE with %u latent channels"),
                                 am_tensor_get_axis (am_model_look (model, "decoder.conv_in.weight"), 1));
      where = describe_root (model);
      am_model_say (model, "an encoder and a decoder of the latent diffusion layout%s, and nothing else",
                    where);
      return TRUE;
    }
  set_root (model, "");
  return FALSE;
}

/* Parts of diffusers folders opened by themselves: merging goes by their own names, but neither blocks nor a
 * whole checkpoint can be told from them. */
gboolean
am_detect_diffusers_part (AmModel *model)
{
  static const struct
  {
    const char *first;
    const char *second;
    const char *title;
  } parts[] = {
    { "down_blocks.0.resnets.", "mid_block.", N_ ("Unknown architecture (a UNet with diffusers' names)") },
    { "encoder.down_blocks.0.resnets.", "decoder.up_blocks.0.resnets.",
      N_ ("Unknown architecture (a VAE with diffusers' names)") },
    { "single_transformer_blocks.0.", "transformer_blocks.0.",
      N_ ("Unknown architecture (a Flux network with diffusers' names)") },
    { "transformer_blocks.0.", "pos_embed.",
      N_ ("Unknown architecture (a Stable Diffusion 3 network with diffusers' names)") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (am_model_has_under (model, "%s", parts[i].first) && am_model_has_under (model, "%s", parts[i].second))
      {
        am_model_say (model,
                      "names start with %s and %s; open the whole diffusers folder to have it recognised",
                      parts[i].first, parts[i].second);
        return set_relative (model, parts[i].title);
      }
  return FALSE;
}
