/* Key tables are grown by builders, one per kind of network part; this is what they write into. */
#pragma once

#include "architecture/model.h"

G_BEGIN_DECLS

/**
 * AmKeyTable:
 * @rows: (element-type AmExpectedTensor): what was added so far
 * @divisor: 1 for the true widths; 2, 4, ... for small models of the same layout
 * @component, @dtype, @is_optional: given to rows added from now on
 */
typedef struct
{
  GArray *rows;
  guint divisor;
  AmComponent component;
  AmDtype dtype;
  gboolean is_optional;
} AmKeyTable;

/* @width of the true model divided by the table's divisor, rounded up to a multiple of 32 so that a GroupNorm
 * of 32 groups fits. The true width itself is returned as it is. */
guint64 am_key_table_narrow (const AmKeyTable *table, guint64 width);

/* @count of things that no norm divides into groups (rows of an embedding) divided likewise, at least 1. */
guint64 am_key_table_shrink (const AmKeyTable *table, guint64 count);

/* Each adds rows named after the printf-style @format. */
void am_key_table_add (AmKeyTable *table, guint n_dims, const guint64 *shape, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* NAME [width] */
void am_key_table_add_vector (AmKeyTable *table, guint64 width, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* NAME [rows, columns] */
void am_key_table_add_matrix (AmKeyTable *table, guint64 rows, guint64 columns, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* NAME.weight [width], NAME.bias [width] */
void am_key_table_add_norm (AmKeyTable *table, guint64 width, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* NAME.weight [n_out, n_in], NAME.bias [n_out] */
void am_key_table_add_linear (AmKeyTable *table, guint64 n_out, guint64 n_in, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* NAME.weight [n_out, n_in, kernel, kernel], NAME.bias [n_out] */
void am_key_table_add_conv (AmKeyTable *table, guint64 n_out, guint64 n_in, guint kernel, const char *format,
                            ...) G_GNUC_PRINTF (5, 6);

/**
 * AmUnetSpec: a UNet of the latent diffusion layout (Rombach et al. 2022, section 3.3 and appendix).
 * @width: channels of the first level
 * @context: width of the text the cross-attention sees
 * @label: width of the vector condition, or 0 without one
 * @n_levels: resolutions
 * @multipliers: channels of each level over @width
 * @depths: transformer blocks after each residual block of a level; 0 for none
 * @middle_depth: transformer blocks of the middle
 * @n_latents: channels of the picture in and out
 * @is_linear: whether proj_in and proj_out are matrices rather than 1x1 convolutions
 */
typedef struct
{
  guint64 width;
  guint64 context;
  guint64 label;
  guint n_levels;
  guint multipliers[4];
  guint depths[4];
  guint middle_depth;
  guint64 n_latents;
  gboolean is_linear;
} AmUnetSpec;

/* Names start with model.diffusion_model. */
void am_unet_add_keys (AmKeyTable *table, const AmUnetSpec *spec);

/* The name of the averaged copy of @name, which starts with model.: model_ema. and the rest without its dots.
 * (transfer full). */
char *am_ema_get_name (const char *name);

/* The averaged copy of every row added so far under model. */
void am_ema_add_keys (AmKeyTable *table);

/* The noise schedule's buffers, as the original training code saves them. */
void am_schedule_add_keys (AmKeyTable *table);

/**
 * AmVaeSpec: an autoencoder of the latent diffusion layout.
 * @prefix: before each name, with its dot
 * @n_latents: channels of the latent picture
 * @has_quant: whether quant_conv and post_quant_conv are there
 */
typedef struct
{
  const char *prefix;
  guint64 n_latents;
  gboolean has_quant;
} AmVaeSpec;

void am_vae_add_keys (AmKeyTable *table, const AmVaeSpec *spec);

/**
 * AmClipSpec: a CLIP text encoder (Radford et al. 2021, section 2.4), already narrowed.
 * @prefix: before each name, with its dot
 * @width: of the residual stream; heads and the feed-forward's factor 4 follow
 * @n_layers: transformer layers
 * @n_needed: layers a user reads; the rest, and what follows them, are optional
 * @has_position_ids: whether the integer buffer may be there
 */
typedef struct
{
  const char *prefix;
  guint64 width;
  guint n_layers;
  guint n_needed;
  gboolean has_position_ids;
} AmClipSpec;

/* Names of the transformers library: text_model.encoder.layers.N ... */
void am_clip_add_hf_keys (AmKeyTable *table, const AmClipSpec *spec);

/* Names of OpenCLIP: transformer.resblocks.N ..., with q, k and v in one matrix. */
void am_clip_add_open_keys (AmKeyTable *table, const AmClipSpec *spec);

/* The encoder of T5 v1.1 XXL (Raffel et al. 2020, section 2.1; gated GELU): @prefix with its dot. */
void am_t5_add_keys (AmKeyTable *table, const char *prefix);

/* The denoiser of Stable Diffusion 3 medium (Esser et al. 2024, section 4): names start with
 * model.diffusion_model. */
void am_sd3_add_keys (AmKeyTable *table);

/* The denoiser of Flux.1 dev, 19 double and 38 single blocks. */
void am_flux_add_keys (AmKeyTable *table);

G_END_DECLS
