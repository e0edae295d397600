#include "architecture/model-private.h"

#include <string.h>

static void
set_clip (AmModel *model, const char *architecture, const char *title, const char *stack, const char *why)
{
  model->depth = am_model_count_under (model, "%s", stack);
  am_model_name (model, AM_FAMILY_CLIP, architecture);
  am_model_add_title (model, title, NULL);
  am_model_add_title_number (model, N_ ("%u layers"), model->depth);
  am_model_say (model, "%s; %u layers under %s", why, model->depth, stack);
}

static gboolean
detect_open_clip (AmModel *model)
{
  gboolean has_text = am_model_has_under (model, "transformer.resblocks.0.");
  gboolean has_vision = am_model_has_under (model, "visual.transformer.resblocks.0.")
                        || am_model_has_under (model, "visual.layer1.0.");

  if (has_text && has_vision)
    set_clip (model, "clip", N_ ("CLIP, OpenAI and OpenCLIP layout"), "transformer.resblocks.",
              "a picture tower (visual.) and a text tower (transformer.resblocks.)");
  else if (has_text && am_model_has_under (model, "token_embedding."))
    set_clip (model, "openclip-text", N_ ("CLIP text encoder, OpenCLIP layout"), "transformer.resblocks.",
              "a text tower (transformer.resblocks., token_embedding) without pictures");
  else if (am_model_has_under (model, "visual.transformer.resblocks.0."))
    set_clip (model, "clip-vision", N_ ("CLIP picture encoder, OpenAI and OpenCLIP layout"),
              "visual.transformer.resblocks.", "a picture tower (visual.) without text");
  else
    return FALSE;
  return TRUE;
}

static gboolean
detect_hf_clip (AmModel *model)
{
  gboolean has_text = am_model_has_under (model, "text_model.encoder.layers.0.");
  gboolean has_vision = am_model_has_under (model, "vision_model.encoder.layers.0.");

  if (has_text && has_vision)
    set_clip (model, "clip", N_ ("CLIP, layout of transformers"), "text_model.encoder.layers.",
              "a picture tower (vision_model.) and a text tower (text_model.)");
  else if (has_text)
    set_clip (model, "clip-text", N_ ("CLIP text encoder, layout of transformers"),
              "text_model.encoder.layers.", "a text tower (text_model.) without pictures");
  else if (has_vision)
    set_clip (model, "clip-vision", N_ ("CLIP picture encoder, layout of transformers"),
              "vision_model.encoder.layers.", "a picture tower (vision_model.) without text");
  else
    return FALSE;
  return TRUE;
}

/* Two towers may differ in depth: blocks cover the deeper one. */
static void
cover_towers (AmModel *model)
{
  guint open = am_model_count_under (model, "visual.transformer.resblocks.");
  guint hf = am_model_count_under (model, "vision_model.encoder.layers.");

  model->depth = MAX (model->depth, MAX (open, hf));
}

gboolean
am_detect_clip (AmModel *model)
{
  if (!detect_open_clip (model) && !detect_hf_clip (model))
    return FALSE;
  cover_towers (model);
  return TRUE;
}

gboolean
am_detect_vit (AmModel *model)
{
  static const struct
  {
    const char *patches;
    const char *probe;
    const char *stack;
    const char *layout;
  } layouts[] = {
    { "vit.embeddings.patch_embeddings.projection.weight",
      "vit.encoder.layer.0.attention.attention.query.weight", "vit.encoder.layer.", "transformers" },
    { "embeddings.patch_embeddings.projection.weight", "encoder.layer.0.attention.attention.query.weight",
      "encoder.layer.", "transformers" },
    { "patch_embed.proj.weight", "blocks.0.attn.qkv.weight", "blocks.", "timm" },
    { "conv_proj.weight", "encoder.layers.encoder_layer_0.self_attention.in_proj_weight",
      "encoder.layers.encoder_layer_", "torchvision" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      const AmTensor *patches = am_model_look (model, "%s", layouts[i].patches);

      if (patches == NULL || am_model_look (model, "%s", layouts[i].probe) == NULL)
        continue;
      model->depth = am_model_count_under (model, "%s", layouts[i].stack);
      am_model_name (model, AM_FAMILY_VIT, "vit");
      am_model_add_title (model, am_family_get_title (AM_FAMILY_VIT), NULL);
      am_model_add_title_number (model, N_ ("%u layers"), model->depth);
      am_model_add_title_number (model, N_ ("%u wide"), am_tensor_get_axis (patches, 0));
      am_model_say (model,
                    "patches of %" G_GUINT64_FORMAT " pixels (%s) and %u layers under %s, as %s names them",
                    am_tensor_get_axis (patches, 2), layouts[i].patches, model->depth, layouts[i].stack,
                    layouts[i].layout);
      return TRUE;
    }
  return FALSE;
}

gboolean
am_detect_language (AmModel *model)
{
  static const struct
  {
    const char *architecture;
    const char *probe;
    const char *stack;
    const char *layout;
  } layouts[] = {
    { "llama", "model.layers.0.self_attn.", "model.layers.", "Llama" },
    { "llama", "layers.0.self_attn.q_proj.", "layers.", "Llama" },
    { "llama", "language_model.model.layers.0.self_attn.", "language_model.model.layers.", "Llama" },
    { "llama-gguf", "blk.0.attn_", "blk.", "GGUF" },
    { "gpt2", "h.0.attn.c_attn.", "h.", "GPT-2" },
    { "gpt2", "transformer.h.0.attn.", "transformer.h.", "GPT-2" },
    { "t5", "encoder.block.0.layer.0.SelfAttention.", "encoder.block.", "T5" },
    { "bert", "bert.encoder.layer.0.attention.self.", "bert.encoder.layer.", "BERT" },
    { "bert", "encoder.layer.0.attention.self.", "encoder.layer.", "BERT" },
    { "gpt-neox", "gpt_neox.layers.0.attention.", "gpt_neox.layers.", "GPT-NeoX" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      if (!am_model_has_under (model, "%s", layouts[i].probe))
        continue;
      model->depth = am_model_count_under (model, "%s", layouts[i].stack);
      am_model_name (model, AM_FAMILY_LLAMA, layouts[i].architecture);
      am_model_add_title (model, am_family_get_title (AM_FAMILY_LLAMA), NULL);
      am_model_add_title (model, N_ ("%s layout"), layouts[i].layout);
      am_model_add_title_number (model, N_ ("%u layers"), model->depth);
      am_model_say (model, "%u layers under %s, as %s names them", model->depth, layouts[i].stack,
                    layouts[i].layout);
      return TRUE;
    }
  return FALSE;
}
