#include "checkpoint/diffusers-names.h"

typedef struct
{
  guint n_levels;
  guint multipliers[4];
  guint depths[4];
  guint middle_depth;
  gboolean has_label;
} Unet;

static const Unet unets[] = {
  [AM_DIFFUSERS_SD1] = { 4, { 1, 2, 4, 4 }, { 1, 1, 1, 0 }, 1, FALSE },
  [AM_DIFFUSERS_SD2] = { 4, { 1, 2, 4, 4 }, { 1, 1, 1, 0 }, 1, FALSE },
  [AM_DIFFUSERS_SDXL] = { 3, { 1, 2, 4 }, { 0, 2, 10 }, 10, TRUE },
  [AM_DIFFUSERS_SDXL_REFINER] = { 4, { 1, 2, 4, 4 }, { 0, 4, 4, 0 }, 4, TRUE },
};

/* Two names of a layer, of a part of the network, or of a tensor. */
typedef struct
{
  const char *from;
  const char *to;
} Pair;

static void
name_free (gpointer data)
{
  AmDiffusersName *name = data;

  g_free (name->original);
  g_free (name);
}

static AmDiffusersName *
add_row (GHashTable *table, char *from, char *to, AmDiffusersChange change)
{
  AmDiffusersName *name = g_new0 (AmDiffusersName, 1);

  name->original = to;
  name->change = change;
  g_hash_table_insert (table, from, name);
  return name;
}

/* One tensor @from of the part @place. */
static AmDiffusersName *
add_tensor (GHashTable *table, Pair place, const char *from, const char *to, AmDiffusersChange change)
{
  return add_row (table, g_strconcat (place.from, from, NULL), g_strconcat (place.to, to, NULL), change);
}

/* Weight and bias of a layer. */
static void
add_layer (GHashTable *table, Pair place, Pair layer)
{
  add_row (table, g_strconcat (place.from, layer.from, ".weight", NULL),
           g_strconcat (place.to, layer.to, ".weight", NULL), AM_DIFFUSERS_RENAME);
  add_row (table, g_strconcat (place.from, layer.from, ".bias", NULL),
           g_strconcat (place.to, layer.to, ".bias", NULL), AM_DIFFUSERS_RENAME);
}

static void
add_layers (GHashTable *table, Pair place, const Pair *layers, guint n)
{
  for (guint i = 0; i < n; i++)
    add_layer (table, place, layers[i]);
}

static void
add_residual (GHashTable *table, Pair place, gboolean has_shortcut)
{
  static const Pair layers[] = {
    { "norm1", "in_layers.0" },  { "conv1", "in_layers.2" },  { "time_emb_proj", "emb_layers.1" },
    { "norm2", "out_layers.0" }, { "conv2", "out_layers.3" },
  };

  add_layers (table, place, layers, G_N_ELEMENTS (layers));
  if (has_shortcut)
    add_layer (table, place, (Pair){ "conv_shortcut", "skip_connection" });
}

/* Names within a transformer are the same in both. */
static void
add_transformer (GHashTable *table, Pair place, guint depth)
{
  static const char *const outside[] = { "norm", "proj_in", "proj_out" };
  static const char *const inside[]
      = { "norm1", "norm2", "norm3", "attn1.to_out.0", "attn2.to_out.0", "ff.net.0.proj", "ff.net.2" };
  static const char *const matrices[] = { "attn1.to_q.weight", "attn1.to_k.weight", "attn1.to_v.weight",
                                          "attn2.to_q.weight", "attn2.to_k.weight", "attn2.to_v.weight" };

  for (guint i = 0; i < G_N_ELEMENTS (outside); i++)
    add_layer (table, place, (Pair){ outside[i], outside[i] });
  for (guint block = 0; block < depth; block++)
    {
      g_autofree char *from = g_strdup_printf ("%stransformer_blocks.%u.", place.from, block);
      g_autofree char *to = g_strdup_printf ("%stransformer_blocks.%u.", place.to, block);
      Pair inner = { from, to };

      for (guint i = 0; i < G_N_ELEMENTS (inside); i++)
        add_layer (table, inner, (Pair){ inside[i], inside[i] });
      for (guint i = 0; i < G_N_ELEMENTS (matrices); i++)
        add_tensor (table, inner, matrices[i], matrices[i], AM_DIFFUSERS_RENAME);
    }
}

/* Residual block @index of a level and the transformer behind it; @block is the original's number. */
static void
add_stage (GHashTable *table, const char *side, const char *to_side, guint level, guint index, guint block,
           gboolean has_shortcut, guint depth)
{
  g_autofree char *residual = g_strdup_printf ("unet/%s.%u.resnets.%u.", side, level, index);
  g_autofree char *to_residual = g_strdup_printf ("model.diffusion_model.%s.%u.0.", to_side, block);
  g_autofree char *transformer = g_strdup_printf ("unet/%s.%u.attentions.%u.", side, level, index);
  g_autofree char *to_transformer = g_strdup_printf ("model.diffusion_model.%s.%u.1.", to_side, block);

  add_residual (table, (Pair){ residual, to_residual }, has_shortcut);
  if (depth > 0)
    add_transformer (table, (Pair){ transformer, to_transformer }, depth);
}

static void
add_down (GHashTable *table, const Unet *unet)
{
  for (guint level = 0; level < unet->n_levels; level++)
    {
      gboolean is_wider = level > 0 && unet->multipliers[level] != unet->multipliers[level - 1];
      g_autofree char *from = g_strdup_printf ("unet/down_blocks.%u.downsamplers.0.conv", level);
      g_autofree char *to = g_strdup_printf ("model.diffusion_model.input_blocks.%u.0.op", 3 * (level + 1));

      for (guint i = 0; i < 2; i++)
        add_stage (table, "down_blocks", "input_blocks", level, i, 3 * level + i + 1, is_wider && i == 0,
                   unet->depths[level]);
      if (level + 1 < unet->n_levels)
        add_layer (table, (Pair){ "", "" }, (Pair){ from, to });
    }
}

/* diffusers counts levels on the way up from the deepest. */
static void
add_up (GHashTable *table, const Unet *unet)
{
  for (guint level = 0; level < unet->n_levels; level++)
    {
      guint depth = unet->depths[unet->n_levels - 1 - level];
      g_autofree char *from = g_strdup_printf ("unet/up_blocks.%u.upsamplers.0.conv", level);
      g_autofree char *to = g_strdup_printf ("model.diffusion_model.output_blocks.%u.%u.conv", 3 * level + 2,
                                             depth > 0 ? 2u : 1u);

      for (guint i = 0; i < 3; i++)
        add_stage (table, "up_blocks", "output_blocks", level, i, 3 * level + i, TRUE, depth);
      if (level + 1 < unet->n_levels)
        add_layer (table, (Pair){ "", "" }, (Pair){ from, to });
    }
}

static void
add_unet (GHashTable *table, const Unet *unet)
{
  static const Pair root = { "unet/", "model.diffusion_model." };
  static const Pair layers[] = {
    { "conv_in", "input_blocks.0.0" },
    { "time_embedding.linear_1", "time_embed.0" },
    { "time_embedding.linear_2", "time_embed.2" },
    { "conv_norm_out", "out.0" },
    { "conv_out", "out.2" },
  };
  static const Pair label[]
      = { { "add_embedding.linear_1", "label_emb.0.0" }, { "add_embedding.linear_2", "label_emb.0.2" } };

  add_layers (table, root, layers, G_N_ELEMENTS (layers));
  if (unet->has_label)
    add_layers (table, root, label, G_N_ELEMENTS (label));
  add_down (table, unet);
  add_residual (table, (Pair){ "unet/mid_block.resnets.0.", "model.diffusion_model.middle_block.0." }, FALSE);
  add_transformer (table, (Pair){ "unet/mid_block.attentions.0.", "model.diffusion_model.middle_block.1." },
                   unet->middle_depth);
  add_residual (table, (Pair){ "unet/mid_block.resnets.1.", "model.diffusion_model.middle_block.2." }, FALSE);
  add_up (table, unet);
}

static void
add_vae_residual (GHashTable *table, Pair place, gboolean has_shortcut)
{
  static const Pair layers[]
      = { { "norm1", "norm1" }, { "conv1", "conv1" }, { "norm2", "norm2" }, { "conv2", "conv2" } };

  add_layers (table, place, layers, G_N_ELEMENTS (layers));
  if (has_shortcut)
    add_layer (table, place, (Pair){ "conv_shortcut", "nin_shortcut" });
}

/* diffusers keeps the attention's 1x1 convolutions as matrices, under names that changed once. */
static void
add_vae_attention (GHashTable *table, Pair place)
{
  static const struct
  {
    const char *now;
    const char *before;
    const char *to;
  } layers[] = {
    { "to_q", "query", "q" },
    { "to_k", "key", "k" },
    { "to_v", "value", "v" },
    { "to_out.0", "proj_attn", "proj_out" },
  };

  add_layer (table, place, (Pair){ "group_norm", "norm" });
  for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
    for (guint is_old = 0; is_old < 2; is_old++)
      {
        const char *from = is_old ? layers[i].before : layers[i].now;

        add_row (table, g_strconcat (place.from, from, ".weight", NULL),
                 g_strconcat (place.to, layers[i].to, ".weight", NULL), AM_DIFFUSERS_TO_CONV)
            ->is_old
            = is_old;
        add_row (table, g_strconcat (place.from, from, ".bias", NULL),
                 g_strconcat (place.to, layers[i].to, ".bias", NULL), AM_DIFFUSERS_RENAME)
            ->is_old
            = is_old;
      }
}

static void
add_vae_middle (GHashTable *table, const char *half)
{
  g_autofree char *attention = g_strdup_printf ("vae/%s.mid_block.attentions.0.", half);
  g_autofree char *to_attention = g_strdup_printf ("first_stage_model.%s.mid.attn_1.", half);

  add_vae_attention (table, (Pair){ attention, to_attention });
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *from = g_strdup_printf ("vae/%s.mid_block.resnets.%u.", half, i);
      g_autofree char *to = g_strdup_printf ("first_stage_model.%s.mid.block_%u.", half, i + 1);

      add_vae_residual (table, (Pair){ from, to }, FALSE);
    }
}

/* A level of either half; the original counts the decoder's levels from the picture. */
static void
add_vae_level (GHashTable *table, gboolean is_encoder, guint level)
{
  const char *side = is_encoder ? "encoder.down_blocks" : "decoder.up_blocks";
  const char *to_side = is_encoder ? "encoder.down" : "decoder.up";
  const char *sampler = is_encoder ? "downsamplers.0.conv" : "upsamplers.0.conv";
  const char *to_sampler = is_encoder ? "downsample.conv" : "upsample.conv";
  guint to_level = is_encoder ? level : 3 - level;
  gboolean has_shortcut = is_encoder ? level == 1 || level == 2 : level >= 2;
  g_autofree char *from = g_strdup_printf ("vae/%s.%u.", side, level);
  g_autofree char *to = g_strdup_printf ("first_stage_model.%s.%u.", to_side, to_level);

  for (guint i = 0; i < (is_encoder ? 2u : 3u); i++)
    {
      g_autofree char *residual = g_strdup_printf ("%sresnets.%u.", from, i);
      g_autofree char *to_residual = g_strdup_printf ("%sblock.%u.", to, i);

      add_vae_residual (table, (Pair){ residual, to_residual }, has_shortcut && i == 0);
    }
  if (level < 3)
    add_layer (table, (Pair){ from, to }, (Pair){ sampler, to_sampler });
}

static void
add_vae (GHashTable *table)
{
  static const Pair root = { "vae/", "first_stage_model." };
  static const Pair layers[] = {
    { "encoder.conv_in", "encoder.conv_in" },
    { "encoder.conv_norm_out", "encoder.norm_out" },
    { "encoder.conv_out", "encoder.conv_out" },
    { "decoder.conv_in", "decoder.conv_in" },
    { "decoder.conv_norm_out", "decoder.norm_out" },
    { "decoder.conv_out", "decoder.conv_out" },
    { "quant_conv", "quant_conv" },
    { "post_quant_conv", "post_quant_conv" },
  };

  add_layers (table, root, layers, G_N_ELEMENTS (layers));
  add_vae_middle (table, "encoder");
  add_vae_middle (table, "decoder");
  for (guint level = 0; level < 4; level++)
    {
      add_vae_level (table, TRUE, level);
      add_vae_level (table, FALSE, level);
    }
}

/* The text encoder of transformers, kept under its own names behind a prefix. */
static void
add_clip_l (GHashTable *table, Pair place)
{
  static const char *const layers[]
      = { "layer_norm1",      "layer_norm2",      "mlp.fc1",          "mlp.fc2",
          "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj" };
  static const char *const embeddings[]
      = { "text_model.embeddings.token_embedding.weight", "text_model.embeddings.position_embedding.weight",
          "text_model.embeddings.position_ids" };

  for (guint i = 0; i < G_N_ELEMENTS (embeddings); i++)
    add_tensor (table, place, embeddings[i], embeddings[i], AM_DIFFUSERS_RENAME);
  add_layer (table, place, (Pair){ "text_model.final_layer_norm", "text_model.final_layer_norm" });
  for (guint layer = 0; layer < 12; layer++)
    for (guint i = 0; i < G_N_ELEMENTS (layers); i++)
      {
        g_autofree char *name = g_strdup_printf ("text_model.encoder.layers.%u.%s", layer, layers[i]);

        add_layer (table, place, (Pair){ name, name });
      }
}

static void
add_parts (GHashTable *table, Pair place)
{
  static const char *const letters[] = { "q", "k", "v" };

  for (guint i = 0; i < G_N_ELEMENTS (letters); i++)
    {
      g_autofree char *weight = g_strdup_printf ("self_attn.%s_proj.weight", letters[i]);
      g_autofree char *bias = g_strdup_printf ("self_attn.%s_proj.bias", letters[i]);

      add_tensor (table, place, weight, "attn.in_proj_weight", AM_DIFFUSERS_PART)->part = i;
      add_tensor (table, place, bias, "attn.in_proj_bias", AM_DIFFUSERS_PART)->part = i;
    }
}

/* A text encoder the original keeps in OpenCLIP's layout. */
static void
add_open_clip (GHashTable *table, Pair place, guint n_layers)
{
  static const Pair layers[] = {
    { "layer_norm1", "ln_1" },
    { "layer_norm2", "ln_2" },
    { "mlp.fc1", "mlp.c_fc" },
    { "mlp.fc2", "mlp.c_proj" },
    { "self_attn.out_proj", "attn.out_proj" },
  };

  add_tensor (table, place, "text_model.embeddings.token_embedding.weight", "token_embedding.weight",
              AM_DIFFUSERS_RENAME);
  add_tensor (table, place, "text_model.embeddings.position_embedding.weight", "positional_embedding",
              AM_DIFFUSERS_RENAME);
  add_row (table, g_strconcat (place.from, "text_model.embeddings.position_ids", NULL), NULL,
           AM_DIFFUSERS_DROP);
  add_tensor (table, place, "text_projection.weight", "text_projection", AM_DIFFUSERS_TRANSPOSE);
  add_layer (table, place, (Pair){ "text_model.final_layer_norm", "ln_final" });
  for (guint layer = 0; layer < n_layers; layer++)
    {
      g_autofree char *from = g_strdup_printf ("%stext_model.encoder.layers.%u.", place.from, layer);
      g_autofree char *to = g_strdup_printf ("%stransformer.resblocks.%u.", place.to, layer);

      add_layers (table, (Pair){ from, to }, layers, G_N_ELEMENTS (layers));
      add_parts (table, (Pair){ from, to });
    }
}

static void
add_text (GHashTable *table, AmDiffusersLayout layout)
{
  switch (layout)
    {
    case AM_DIFFUSERS_SD1:
      add_clip_l (table, (Pair){ "text_encoder/", "cond_stage_model.transformer." });
      break;
    case AM_DIFFUSERS_SD2:
      add_open_clip (table, (Pair){ "text_encoder/", "cond_stage_model.model." }, 24);
      break;
    case AM_DIFFUSERS_SDXL:
      add_clip_l (table, (Pair){ "text_encoder/", "conditioner.embedders.0.transformer." });
      add_open_clip (table, (Pair){ "text_encoder_2/", "conditioner.embedders.1.model." }, 32);
      break;
    case AM_DIFFUSERS_SDXL_REFINER:
      add_open_clip (table, (Pair){ "text_encoder_2/", "conditioner.embedders.0.model." }, 32);
      break;
    }
}

GHashTable *
am_diffusers_names_new (AmDiffusersLayout layout)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, name_free);

  add_unet (table, &unets[layout]);
  add_vae (table);
  add_text (table, layout);
  return table;
}
