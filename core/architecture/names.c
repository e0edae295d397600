#include "architecture/model-private.h"

#include <string.h>

#define UNET "model.diffusion_model."
#define VAE "first_stage_model."

/* What stands first in the names of a diffusion network that has no prefix. */
static const char *const network_parts[] = {
  "input_blocks.", "middle_block.",     "output_blocks.", "out.",           "time_embed.",
  "label_emb.",    "joint_blocks.",     "x_embedder.",    "pos_embed",      "t_embedder.",
  "y_embedder.",   "context_embedder.", "final_layer.",   "double_blocks.", "single_blocks.",
  "img_in.",       "txt_in.",           "time_in.",       "vector_in.",     "guidance_in.",
};

typedef struct
{
  AmFamily family;
  const char *from;
  const char *to;
} Alias;

/* Names of programs that save text encoders under their own prefix. */
static const Alias prefix_aliases[] = {
  { AM_FAMILY_SD1, "text_encoders.clip_l.transformer.", "cond_stage_model.transformer." },
  { AM_FAMILY_SD1, "cond_stage_model.clip_l.transformer.", "cond_stage_model.transformer." },
  { AM_FAMILY_SD2, "text_encoders.clip_h.model.", "cond_stage_model.model." },
  { AM_FAMILY_SDXL, "text_encoders.clip_l.transformer.", "conditioner.embedders.0.transformer." },
  { AM_FAMILY_SDXL, "text_encoders.clip_g.model.", "conditioner.embedders.1.model." },
};

/* Names of transformers before 4.0, which had no text_model. */
static const Alias clip_aliases[] = {
  { AM_FAMILY_SD1, "cond_stage_model.transformer.embeddings.",
    "cond_stage_model.transformer.text_model.embeddings." },
  { AM_FAMILY_SD1, "cond_stage_model.transformer.encoder.",
    "cond_stage_model.transformer.text_model.encoder." },
  { AM_FAMILY_SD1, "cond_stage_model.transformer.final_layer_norm.",
    "cond_stage_model.transformer.text_model.final_layer_norm." },
  { AM_FAMILY_SDXL, "conditioner.embedders.0.transformer.embeddings.",
    "conditioner.embedders.0.transformer.text_model.embeddings." },
  { AM_FAMILY_SDXL, "conditioner.embedders.0.transformer.encoder.",
    "conditioner.embedders.0.transformer.text_model.encoder." },
  { AM_FAMILY_SDXL, "conditioner.embedders.0.transformer.final_layer_norm.",
    "conditioner.embedders.0.transformer.text_model.final_layer_norm." },
};

/* Replaces @from at the start of *@name by @to, keeping the new string in *@renewed. */
static gboolean
replace_prefix (const char **name, char **renewed, const char *from, const char *to)
{
  char *fresh;

  if (!g_str_has_prefix (*name, from))
    return FALSE;
  fresh = g_strconcat (to, *name + strlen (from), NULL);
  g_free (*renewed);
  *renewed = fresh;
  *name = fresh;
  return TRUE;
}

static void
apply_aliases (AmFamily family, const Alias *aliases, guint n, const char **name, char **renewed)
{
  for (guint i = 0; i < n; i++)
    if (aliases[i].family == family && replace_prefix (name, renewed, aliases[i].from, aliases[i].to))
      return;
}

static gboolean
is_network_part (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (network_parts); i++)
    if (g_str_has_prefix (name, network_parts[i]))
      return TRUE;
  return FALSE;
}

static gboolean
is_diffusion (AmFamily family)
{
  return family >= AM_FAMILY_SD1 && family <= AM_FAMILY_FLUX;
}

const char *
am_model_canonicalise (const AmModel *model, const char *name, char **renewed)
{
  if (!is_diffusion (model->family))
    {
      if (model->is_bare || *model->root != '\0')
        replace_prefix (&name, renewed, model->root, model->prefix);
      return name;
    }
  if (*model->root == '\0' ? is_network_part (name) : !g_str_equal (model->root, UNET))
    if (replace_prefix (&name, renewed, model->root, UNET))
      return name;
  if (replace_prefix (&name, renewed, "vae.", VAE))
    return name;
  apply_aliases (model->family, prefix_aliases, G_N_ELEMENTS (prefix_aliases), &name, renewed);
  apply_aliases (model->family, clip_aliases, G_N_ELEMENTS (clip_aliases), &name, renewed);
  return name;
}

typedef struct
{
  const char *prefix;
  AmComponent component;
} Part;

static const Part diffusion_parts[] = {
  { UNET, AM_COMPONENT_DIFFUSION },
  { VAE, AM_COMPONENT_VAE },
  { "model_ema.", AM_COMPONENT_EMA },
  { "cond_stage_model.", AM_COMPONENT_TEXT_ENCODER },
  { "conditioner.embedders.0.", AM_COMPONENT_TEXT_ENCODER },
  { "conditioner.embedders.1.", AM_COMPONENT_TEXT_ENCODER_2 },
  { "text_encoders.clip_l.", AM_COMPONENT_TEXT_ENCODER },
  { "text_encoders.clip_g.", AM_COMPONENT_TEXT_ENCODER_2 },
  { "text_encoders.t5xxl.", AM_COMPONENT_TEXT_ENCODER_3 },
  { "model.model_sampling.", AM_COMPONENT_SCHEDULE },
  { "denoiser.", AM_COMPONENT_SCHEDULE },
  { "edm_vpred.", AM_COMPONENT_SCHEDULE },
  /* Networks beside the usual ones: depth estimate, upscaling, picture conditions. */
  { "depth_model.", AM_COMPONENT_MODEL },
  { "low_scale_model.", AM_COMPONENT_MODEL },
  { "embedder.", AM_COMPONENT_MODEL },
  { "noise_augmentor.", AM_COMPONENT_MODEL },
};

static gboolean
is_schedule (const char *name)
{
  static const char *const names[] = {
    "betas",
    "alphas_cumprod",
    "alphas_cumprod_prev",
    "log_one_minus_alphas_cumprod",
    "sqrt_alphas_cumprod",
    "lvlb_weights",
    "logvar",
    "scale_factor",
    "sqrt_one_minus_alphas_cumprod",
    "v_pred",
    "ztsnr",
    "sqrt_recip_alphas_cumprod",
    "sqrt_recipm1_alphas_cumprod",
  };

  if (g_str_has_prefix (name, "posterior_"))
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i]))
      return TRUE;
  return FALSE;
}

static AmComponent
get_diffusion_part (AmFamily family, const char *canonical)
{
  for (guint i = 0; i < G_N_ELEMENTS (diffusion_parts); i++)
    if (g_str_has_prefix (canonical, diffusion_parts[i].prefix))
      {
        if (family == AM_FAMILY_FLUX && diffusion_parts[i].component == AM_COMPONENT_TEXT_ENCODER_3)
          return AM_COMPONENT_TEXT_ENCODER_2;
        return diffusion_parts[i].component;
      }
  return is_schedule (canonical) ? AM_COMPONENT_SCHEDULE : AM_COMPONENT_OTHER;
}

static gboolean
is_leftover (const char *name)
{
  static const char *const prefixes[] = { "optimizer.", "optimizer_states.", "lr_scheduler", "loss." };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (name, prefixes[i]))
      return TRUE;
  return FALSE;
}

AmComponent
am_canonical_get_component (AmFamily family, const char *canonical)
{
  if (is_diffusion (family))
    return get_diffusion_part (family, canonical);
  if (family == AM_FAMILY_VAE)
    return g_str_has_prefix (canonical, VAE) && !g_str_has_prefix (canonical, VAE "loss.")
               ? AM_COMPONENT_VAE
               : AM_COMPONENT_OTHER;
  return is_leftover (canonical) ? AM_COMPONENT_OTHER : AM_COMPONENT_MODEL;
}
