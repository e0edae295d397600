/* What a checkpoint is: its architecture with evidence, its components, its blocks, and the role of each
 * tensor. */
#pragma once

#include "checkpoint/checkpoint.h"

G_BEGIN_DECLS

typedef enum
{
  AM_FAMILY_UNKNOWN,
  AM_FAMILY_SD1,
  AM_FAMILY_SD2,
  AM_FAMILY_SDXL,
  AM_FAMILY_SDXL_REFINER,
  AM_FAMILY_SD3,
  AM_FAMILY_FLUX,
  AM_FAMILY_CLIP,
  AM_FAMILY_VIT,
  AM_FAMILY_RESNET,
  AM_FAMILY_VGG,
  AM_FAMILY_MLP,
  AM_FAMILY_LLAMA,
  AM_FAMILY_LORA,
  AM_FAMILY_VAE, /* a VAE alone */
} AmFamily;

typedef enum
{
  AM_COMPONENT_MODEL, /* the network itself where there are no parts */
  AM_COMPONENT_DIFFUSION,
  AM_COMPONENT_VAE,
  AM_COMPONENT_TEXT_ENCODER,
  AM_COMPONENT_TEXT_ENCODER_2,
  AM_COMPONENT_TEXT_ENCODER_3,
  AM_COMPONENT_EMA,      /* averaged copies kept for training */
  AM_COMPONENT_SCHEDULE, /* noise schedule buffers: betas, alphas_cumprod, ... */
  AM_COMPONENT_OTHER,    /* not part of the network: optimizer states, unknown additions */
  AM_N_COMPONENTS,
} AmComponent;

/* Kinds of layers, the rows of the heat map. */
typedef enum
{
  AM_LAYER_OTHER,
  AM_LAYER_CONV,
  AM_LAYER_SELF_ATTENTION,
  AM_LAYER_CROSS_ATTENTION,
  AM_LAYER_FEED_FORWARD,
  AM_LAYER_NORM,
  AM_LAYER_EMBEDDING,
  AM_LAYER_PROJECTION,
  AM_N_LAYER_KINDS,
} AmLayerKind;

#define AM_BLOCK_NONE G_MAXUINT

/**
 * AmTensorRole:
 * @canonical: the name under which tensors of two models meet: prefixes completed, old names renewed, the VAE
 *   always first_stage_model. Unique in the model: where a file holds a tensor under its old name and its new
 *   one, the old one keeps its name. Owned by the model
 * @component: part of the model
 * @block: index into the model's blocks, or %AM_BLOCK_NONE for a model without blocks
 * @layer: number of the transformer layer for gradients, or -1 (embeddings, heads, models without layers).
 * The blocks of a UNet count as its layers (IN00 is 0); in Flux the single blocks follow the double ones
 * @n_layers: how many layers that stack has; 0 when @layer is -1
 * @kind: kind of layer
 * @is_position_ids: CLIP's integer 0..76 buffer
 * @is_time_embed: time_embed.* and label_emb.* of a UNet, which have their own field among block weights
 */
typedef struct
{
  const char *canonical;
  AmComponent component;
  guint block;
  gint layer;
  gint n_layers;
  AmLayerKind kind;
  gboolean is_position_ids;
  gboolean is_time_embed;
} AmTensorRole;

typedef struct _AmModel AmModel;

/**
 * am_model_new:
 * @checkpoint: borrowed; must outlive the model
 *
 * Never fails: an unknown checkpoint has family %AM_FAMILY_UNKNOWN, one component and no blocks.
 * Thread-safe. Returns: (transfer full): free with am_model_free().
 */
AmModel *am_model_new (const AmCheckpoint *checkpoint);
void am_model_free (AmModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmModel, am_model_free)

const AmCheckpoint *am_model_get_checkpoint (const AmModel *model);
AmFamily am_model_get_family (const AmModel *model);

/* Short identifier: "sd1", "sd2", "sdxl", each also with "-inpainting", "-pix2pix", "-depth", "-upscaler" or
 * "-unclip"; "sdxl-refiner", "sd3", "sd3.5-medium", "sd3.5-large", "flux-dev", "flux-schnell", "flux-fill",
 * "flux-control", "clip", "clip-text", "clip-vision", "openclip-text", "vit", "resnet50" and the like,
 * "vgg16", "vgg16_bn" and the like, "mlp", "llama", "llama-gguf", "gpt2", "gpt-neox", "t5", "bert", "lora",
 * "vae", "unknown". */
const char *am_model_get_architecture (const AmModel *model);

/* Title for people: "Stable Diffusion XL base, inpainting". */
const char *am_model_get_title (const AmModel *model);

/**
 * am_model_translate_title:
 * @translate: gives the translation of an English text, as gettext() does, or the text itself
 *
 * The title in another language: it is made of several texts of the catalogue. Returns: (transfer full).
 */
char *am_model_translate_title (const AmModel *model, const char *(*translate) (const char *text));

/* modelspec.architecture value ("stable-diffusion-xl-v1-base"), or %NULL where the specification has none or,
 * as for version 2 without a mark of its prediction type, where several would fit. */
const char *am_model_get_modelspec (const AmModel *model);

/* What the verdict rests on, one sentence each, for people: "cross-attention context is 768 wide
 * (input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight)". %NULL-terminated. */
const char *const *am_model_get_evidence (const AmModel *model);

/* Names missing from a component of which at least three quarters are there: an incomplete checkpoint. Only
 * for families with a key table. %NULL-terminated. */
const char *const *am_model_get_missing (const AmModel *model);

/* Role of tensor @index of the checkpoint. */
const AmTensorRole *am_model_get_role (const AmModel *model, guint index);

/* Whether names lack the prefix of a full checkpoint: a bare UNet, DiT, VAE or text encoder. */
gboolean am_model_is_bare (const AmModel *model);

/* Index of the tensor with that canonical name, or -1. */
gint am_model_find (const AmModel *model, const char *canonical);

/**
 * am_model_get_n_blocks:
 *
 * Merge blocks in the order artists type them. Stable Diffusion 1, 2 and the XL refiner: BASE, IN00 .. IN11,
 * M00, OUT00 .. OUT11; XL: up to IN08 and OUT08; both with SuperMerger's map: time_embed and label_emb in
 * IN00, out in the last OUT, VAE and text encoders in BASE. Stable Diffusion 3: BASE, IN (all embedders), J00
 * .. one per joint block, the last with final_layer. Flux: CLIP, T5, IN, D00 .. D18, S00 .. S37, OUT; its VAE
 * has none. CLIP, ViT and language models: EMBED, L00 .., HEAD. Others have no blocks. Noise schedules and
 * leftovers have none.
 */
guint am_model_get_n_blocks (const AmModel *model);
const char *am_model_get_block_name (const AmModel *model, guint block);
const char *const *am_model_get_blocks (const AmModel *model); /* the same, %NULL-terminated */

/* The blocks of a family, for presets and editors; %NULL-terminated. A model's own blocks are these, or the
 * first of these for a Stable Diffusion 3 with fewer joint blocks than 38. Empty for families without blocks
 * and for those whose blocks are the layers of each model. */
const char *const *am_family_get_blocks (AmFamily family);

const char *am_family_get_title (AmFamily family);
const char *am_component_get_id (AmComponent component);    /* "unet", "vae", "text_encoder", ... */
const char *am_component_get_title (AmComponent component); /* "VAE" */
const char *am_layer_kind_get_title (AmLayerKind kind);     /* "self-attention" */

/**
 * am_model_is_compatible:
 * @reason: (out) (optional) (transfer full): why not, in a sentence that names both; %NULL when they go
 * together
 *
 * Whether two models can be merged. Variants of one family (inpainting, pix2pix, v-prediction) go together,
 * at one size and depth; unknown goes with unknown, and with a known model when at least half of the smaller
 * one's names are shared. An adapter or a VAE goes only with its like.
 */
gboolean am_model_is_compatible (const AmModel *a, const AmModel *b, char **reason);

/**
 * AmExpectedTensor: one row of a key table made from architecture rules.
 */
typedef struct
{
  char *name;
  AmComponent component;
  AmDtype dtype;
  guint n_dims;
  guint64 shape[5];
  gboolean is_optional;
} AmExpectedTensor;

/**
 * am_family_list_tensors:
 * @family: SD1, SD2, SDXL, SDXL_REFINER, SD3 or FLUX
 * @width_divisor: 1 for the true model; 2, 4, 8, ... divides channel widths for small models of the same
 *   layout and the same names
 *
 * Returns: (transfer full) (element-type AmExpectedTensor) (nullable): sorted by name; %NULL for families
 * without a table. Widths that do not divide are rounded up to a multiple of 32 where a GroupNorm needs it.
 */
GArray *am_family_list_tensors (AmFamily family, guint width_divisor);

G_END_DECLS
