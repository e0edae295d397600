#include "architecture/model.h"
#include "base/text.h"

const char *
am_family_get_title (AmFamily family)
{
  static const char *const titles[] = {
    [AM_FAMILY_UNKNOWN] = N_ ("Unknown architecture"),
    [AM_FAMILY_SD1] = N_ ("Stable Diffusion 1.x"),
    [AM_FAMILY_SD2] = N_ ("Stable Diffusion 2.x"),
    [AM_FAMILY_SDXL] = N_ ("Stable Diffusion XL base"),
    [AM_FAMILY_SDXL_REFINER] = N_ ("Stable Diffusion XL refiner"),
    [AM_FAMILY_SD3] = N_ ("Stable Diffusion 3"),
    [AM_FAMILY_FLUX] = N_ ("Flux.1"),
    [AM_FAMILY_CLIP] = N_ ("CLIP"),
    [AM_FAMILY_VIT] = N_ ("Vision Transformer"),
    [AM_FAMILY_RESNET] = N_ ("ResNet"),
    [AM_FAMILY_VGG] = N_ ("VGG"),
    [AM_FAMILY_MLP] = N_ ("Multilayer perceptron"),
    [AM_FAMILY_LLAMA] = N_ ("Language model"),
    [AM_FAMILY_LORA] = N_ ("LoRA"),
    [AM_FAMILY_VAE] = N_ ("VAE"),
  };

  g_return_val_if_fail ((guint)family < G_N_ELEMENTS (titles), NULL);
  return titles[family];
}

static const struct
{
  const char *id;
  const char *title;
} components[AM_N_COMPONENTS] = {
  [AM_COMPONENT_MODEL] = { "model", N_ ("Network") },
  [AM_COMPONENT_DIFFUSION] = { "unet", N_ ("Diffusion network") },
  [AM_COMPONENT_VAE] = { "vae", N_ ("VAE") },
  [AM_COMPONENT_TEXT_ENCODER] = { "text_encoder", N_ ("Text encoder") },
  [AM_COMPONENT_TEXT_ENCODER_2] = { "text_encoder_2", N_ ("Second text encoder") },
  [AM_COMPONENT_TEXT_ENCODER_3] = { "text_encoder_3", N_ ("Third text encoder") },
  [AM_COMPONENT_EMA] = { "ema", N_ ("EMA copy") },
  [AM_COMPONENT_SCHEDULE] = { "schedule", N_ ("Noise schedule") },
  [AM_COMPONENT_OTHER] = { "other", N_ ("Other") },
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
    [AM_LAYER_OTHER] = N_ ("other"),
    [AM_LAYER_CONV] = N_ ("convolution"),
    [AM_LAYER_SELF_ATTENTION] = N_ ("self-attention"),
    [AM_LAYER_CROSS_ATTENTION] = N_ ("cross-attention"),
    [AM_LAYER_FEED_FORWARD] = N_ ("feed-forward"),
    [AM_LAYER_NORM] = N_ ("norm"),
    [AM_LAYER_EMBEDDING] = N_ ("embedding"),
    [AM_LAYER_PROJECTION] = N_ ("projection"),
  };

  g_return_val_if_fail ((guint)kind < AM_N_LAYER_KINDS, NULL);
  return titles[kind];
}
