#include "architecture/model.h"

const char *
am_family_get_title (AmFamily family)
{
  static const char *const titles[] = {
    [AM_FAMILY_UNKNOWN] = "Unknown architecture",
    [AM_FAMILY_SD1] = "Stable Diffusion 1.x",
    [AM_FAMILY_SD2] = "Stable Diffusion 2.x",
    [AM_FAMILY_SDXL] = "Stable Diffusion XL base",
    [AM_FAMILY_SDXL_REFINER] = "Stable Diffusion XL refiner",
    [AM_FAMILY_SD3] = "Stable Diffusion 3",
    [AM_FAMILY_FLUX] = "Flux.1",
    [AM_FAMILY_CLIP] = "CLIP",
    [AM_FAMILY_VIT] = "Vision Transformer",
    [AM_FAMILY_RESNET] = "ResNet",
    [AM_FAMILY_VGG] = "VGG",
    [AM_FAMILY_MLP] = "Multilayer perceptron",
    [AM_FAMILY_LLAMA] = "Language model",
    [AM_FAMILY_LORA] = "LoRA",
    [AM_FAMILY_VAE] = "VAE",
  };

  g_return_val_if_fail ((guint)family < G_N_ELEMENTS (titles), NULL);
  return titles[family];
}

static const struct
{
  const char *id;
  const char *title;
} components[AM_N_COMPONENTS] = {
  [AM_COMPONENT_MODEL] = { "model", "Network" },
  [AM_COMPONENT_DIFFUSION] = { "unet", "Diffusion network" },
  [AM_COMPONENT_VAE] = { "vae", "VAE" },
  [AM_COMPONENT_TEXT_ENCODER] = { "text_encoder", "Text encoder" },
  [AM_COMPONENT_TEXT_ENCODER_2] = { "text_encoder_2", "Second text encoder" },
  [AM_COMPONENT_TEXT_ENCODER_3] = { "text_encoder_3", "Third text encoder" },
  [AM_COMPONENT_EMA] = { "ema", "EMA copy" },
  [AM_COMPONENT_SCHEDULE] = { "schedule", "Noise schedule" },
  [AM_COMPONENT_OTHER] = { "other", "Other" },
};

const char *
am_component_get_id (AmComponent component)
{
  g_return_val_if_fail ((guint)component < AM_N_COMPONENTS, NULL);
  return components[component].id;
}

const char *
am_component_get_title (AmComponent component)
{
  g_return_val_if_fail ((guint)component < AM_N_COMPONENTS, NULL);
  return components[component].title;
}

const char *
am_layer_kind_get_title (AmLayerKind kind)
{
  static const char *const titles[AM_N_LAYER_KINDS] = {
    [AM_LAYER_OTHER] = "other",
    [AM_LAYER_CONV] = "convolution",
    [AM_LAYER_SELF_ATTENTION] = "self-attention",
    [AM_LAYER_CROSS_ATTENTION] = "cross-attention",
    [AM_LAYER_FEED_FORWARD] = "feed-forward",
    [AM_LAYER_NORM] = "norm",
    [AM_LAYER_EMBEDDING] = "embedding",
    [AM_LAYER_PROJECTION] = "projection",
  };

  g_return_val_if_fail ((guint)kind < AM_N_LAYER_KINDS, NULL);
  return titles[kind];
}
