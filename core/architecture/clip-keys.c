#include "architecture/key-table.h"

#define N_TOKENS 49408
#define N_POSITIONS 77

static void
add_hf_layer (AmKeyTable *table, const char *layer, guint64 width)
{
  static const char *const names[] = { "q_proj", "k_proj", "v_proj", "out_proj" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    am_key_table_add_linear (table, width, width, "%s.self_attn.%s", layer, names[i]);
  am_key_table_add_norm (table, width, "%s.layer_norm1", layer);
  am_key_table_add_norm (table, width, "%s.layer_norm2", layer);
  am_key_table_add_linear (table, 4 * width, width, "%s.mlp.fc1", layer);
  am_key_table_add_linear (table, width, 4 * width, "%s.mlp.fc2", layer);
}

static void
add_hf_position_ids (AmKeyTable *table, const char *prefix)
{
  AmDtype dtype = table->dtype;

  table->dtype = AM_DTYPE_I64;
  table->is_optional = TRUE;
  am_key_table_add_matrix (table, 1, N_POSITIONS, "%stext_model.embeddings.position_ids", prefix);
  table->is_optional = FALSE;
  table->dtype = dtype;
}

void
am_clip_add_hf_keys (AmKeyTable *table, const AmClipSpec *spec)
{
  const char *prefix = spec->prefix;

  am_key_table_add_matrix (table, am_key_table_shrink (table, N_TOKENS), spec->width,
                           "%stext_model.embeddings.token_embedding.weight", prefix);
  am_key_table_add_matrix (table, N_POSITIONS, spec->width,
                           "%stext_model.embeddings.position_embedding.weight", prefix);
  if (spec->has_position_ids)
    add_hf_position_ids (table, prefix);
  for (guint i = 0; i < spec->n_layers; i++)
    {
      g_autofree char *layer = g_strdup_printf ("%stext_model.encoder.layers.%u", prefix, i);

      table->is_optional = i >= spec->n_needed;
      add_hf_layer (table, layer, spec->width);
    }
  am_key_table_add_norm (table, spec->width, "%stext_model.final_layer_norm", prefix);
  table->is_optional = FALSE;
}

static void
add_open_layer (AmKeyTable *table, const char *layer, guint64 width)
{
  am_key_table_add_matrix (table, 3 * width, width, "%s.attn.in_proj_weight", layer);
  am_key_table_add_vector (table, 3 * width, "%s.attn.in_proj_bias", layer);
  am_key_table_add_linear (table, width, width, "%s.attn.out_proj", layer);
  am_key_table_add_norm (table, width, "%s.ln_1", layer);
  am_key_table_add_norm (table, width, "%s.ln_2", layer);
  am_key_table_add_linear (table, 4 * width, width, "%s.mlp.c_fc", layer);
  am_key_table_add_linear (table, width, 4 * width, "%s.mlp.c_proj", layer);
}

void
am_clip_add_open_keys (AmKeyTable *table, const AmClipSpec *spec)
{
  const char *prefix = spec->prefix;

  am_key_table_add_matrix (table, am_key_table_shrink (table, N_TOKENS), spec->width,
                           "%stoken_embedding.weight", prefix);
  am_key_table_add_matrix (table, N_POSITIONS, spec->width, "%spositional_embedding", prefix);
  for (guint i = 0; i < spec->n_layers; i++)
    {
      g_autofree char *layer = g_strdup_printf ("%stransformer.resblocks.%u", prefix, i);

      table->is_optional = i >= spec->n_needed;
      add_open_layer (table, layer, spec->width);
    }
  table->is_optional = TRUE;
  am_key_table_add_norm (table, spec->width, "%sln_final", prefix);
  am_key_table_add_matrix (table, spec->width, spec->width, "%stext_projection", prefix);
  am_key_table_add (table, 0, NULL, "%slogit_scale", prefix);
  table->is_optional = FALSE;
}
