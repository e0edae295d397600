#include "architecture/key-table.h"

#define WIDTH 128
#define N_LEVELS 4

static const guint multipliers[N_LEVELS] = { 1, 2, 4, 4 };

static void
add_residual (AmKeyTable *table, const char *prefix, guint64 n_in, guint64 n_out)
{
  am_key_table_add_norm (table, n_in, "%s.norm1", prefix);
  am_key_table_add_conv (table, n_out, n_in, 3, "%s.conv1", prefix);
  am_key_table_add_norm (table, n_out, "%s.norm2", prefix);
  am_key_table_add_conv (table, n_out, n_out, 3, "%s.conv2", prefix);
  if (n_in != n_out)
    am_key_table_add_conv (table, n_out, n_in, 1, "%s.nin_shortcut", prefix);
}

static void
add_middle (AmKeyTable *table, const char *part, guint64 width)
{
  static const char *const names[] = { "q", "k", "v", "proj_out" };

  for (guint i = 1; i <= 2; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("%s.mid.block_%u", part, i);

      add_residual (table, prefix, width, width);
    }
  am_key_table_add_norm (table, width, "%s.mid.attn_1.norm", part);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    am_key_table_add_conv (table, width, width, 1, "%s.mid.attn_1.%s", part, names[i]);
}

static void
add_blocks (AmKeyTable *table, const char *level, guint n_blocks, guint64 n_in, guint64 n_out)
{
  for (guint i = 0; i < n_blocks; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("%s.block.%u", level, i);

      add_residual (table, prefix, i == 0 ? n_in : n_out, n_out);
    }
}

static void
add_encoder (AmKeyTable *table, const char *part, guint64 base, guint64 n_latents)
{
  guint64 channels = base;

  am_key_table_add_conv (table, base, 3, 3, "%s.conv_in", part);
  for (guint level = 0; level < N_LEVELS; level++)
    {
      g_autofree char *prefix = g_strdup_printf ("%s.down.%u", part, level);
      guint64 width = base * multipliers[level];

      add_blocks (table, prefix, 2, channels, width);
      if (level + 1 < N_LEVELS)
        am_key_table_add_conv (table, width, width, 3, "%s.downsample.conv", prefix);
      channels = width;
    }
  add_middle (table, part, channels);
  am_key_table_add_norm (table, channels, "%s.norm_out", part);
  am_key_table_add_conv (table, 2 * n_latents, channels, 3, "%s.conv_out", part);
}

static void
add_decoder (AmKeyTable *table, const char *part, guint64 base, guint64 n_latents)
{
  guint64 channels = base * multipliers[N_LEVELS - 1];

  am_key_table_add_conv (table, channels, n_latents, 3, "%s.conv_in", part);
  add_middle (table, part, channels);
  for (guint level = N_LEVELS; level-- > 0;)
    {
      g_autofree char *prefix = g_strdup_printf ("%s.up.%u", part, level);
      guint64 width = base * multipliers[level];

      add_blocks (table, prefix, 3, channels, width);
      if (level > 0)
        am_key_table_add_conv (table, width, width, 3, "%s.upsample.conv", prefix);
      channels = width;
    }
  am_key_table_add_norm (table, channels, "%s.norm_out", part);
  am_key_table_add_conv (table, 3, channels, 3, "%s.conv_out", part);
}

void
am_vae_add_keys (AmKeyTable *table, const AmVaeSpec *spec)
{
  g_autofree char *encoder = g_strconcat (spec->prefix, "encoder", NULL);
  g_autofree char *decoder = g_strconcat (spec->prefix, "decoder", NULL);
  guint64 base = am_key_table_narrow (table, WIDTH);

  table->component = AM_COMPONENT_VAE;
  add_encoder (table, encoder, base, spec->n_latents);
  add_decoder (table, decoder, base, spec->n_latents);
  if (!spec->has_quant)
    return;
  am_key_table_add_conv (table, 2 * spec->n_latents, 2 * spec->n_latents, 1, "%squant_conv", spec->prefix);
  am_key_table_add_conv (table, spec->n_latents, spec->n_latents, 1, "%spost_quant_conv", spec->prefix);
}
