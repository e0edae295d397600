#include "architecture/key-table.h"

#include <string.h>

#define ROOT "model.diffusion_model."

/* Residual blocks per level on the way down; one more on the way up. */
#define N_RESIDUAL 2

typedef struct
{
  AmKeyTable *table;
  const AmUnetSpec *spec;
  guint64 width;
  guint64 embed;
  guint64 context;
} Builder;

static void
add_residual (Builder *builder, const char *prefix, guint64 n_in, guint64 n_out)
{
  AmKeyTable *table = builder->table;

  am_key_table_add_norm (table, n_in, "%s.in_layers.0", prefix);
  am_key_table_add_conv (table, n_out, n_in, 3, "%s.in_layers.2", prefix);
  am_key_table_add_linear (table, n_out, builder->embed, "%s.emb_layers.1", prefix);
  am_key_table_add_norm (table, n_out, "%s.out_layers.0", prefix);
  am_key_table_add_conv (table, n_out, n_out, 3, "%s.out_layers.3", prefix);
  if (n_in != n_out)
    am_key_table_add_conv (table, n_out, n_in, 1, "%s.skip_connection", prefix);
}

static void
add_attention (AmKeyTable *table, const char *prefix, const char *name, guint64 width, guint64 context)
{
  am_key_table_add_matrix (table, width, width, "%s.%s.to_q.weight", prefix, name);
  am_key_table_add_matrix (table, width, context, "%s.%s.to_k.weight", prefix, name);
  am_key_table_add_matrix (table, width, context, "%s.%s.to_v.weight", prefix, name);
  am_key_table_add_linear (table, width, width, "%s.%s.to_out.0", prefix, name);
}

static void
add_transformer_block (Builder *builder, const char *prefix, guint64 width)
{
  AmKeyTable *table = builder->table;

  add_attention (table, prefix, "attn1", width, width);
  add_attention (table, prefix, "attn2", width, builder->context);
  am_key_table_add_linear (table, 8 * width, width, "%s.ff.net.0.proj", prefix);
  am_key_table_add_linear (table, width, 4 * width, "%s.ff.net.2", prefix);
  for (guint i = 1; i <= 3; i++)
    am_key_table_add_norm (table, width, "%s.norm%u", prefix, i);
}

static void
add_projection (Builder *builder, const char *prefix, const char *name, guint64 width)
{
  if (builder->spec->is_linear)
    am_key_table_add_linear (builder->table, width, width, "%s.%s", prefix, name);
  else
    am_key_table_add_conv (builder->table, width, width, 1, "%s.%s", prefix, name);
}

static void
add_transformer (Builder *builder, const char *prefix, guint64 width, guint depth)
{
  am_key_table_add_norm (builder->table, width, "%s.norm", prefix);
  add_projection (builder, prefix, "proj_in", width);
  for (guint i = 0; i < depth; i++)
    {
      g_autofree char *block = g_strdup_printf ("%s.transformer_blocks.%u", prefix, i);

      add_transformer_block (builder, block, width);
    }
  add_projection (builder, prefix, "proj_out", width);
}

/* A residual block and, at levels that have one, its transformer. */
static void
add_stage (Builder *builder, const char *prefix, guint64 n_in, guint64 n_out, guint depth)
{
  g_autofree char *residual = g_strconcat (prefix, ".0", NULL);
  g_autofree char *transformer = g_strconcat (prefix, ".1", NULL);

  add_residual (builder, residual, n_in, n_out);
  if (depth > 0)
    add_transformer (builder, transformer, n_out, depth);
}

/* The way down; returns the channels, and those of each output in @skips for the way up. */
static guint64
add_input_blocks (Builder *builder, GArray *skips)
{
  const AmUnetSpec *spec = builder->spec;
  guint64 channels = builder->width;
  guint block = 0;

  am_key_table_add_conv (builder->table, channels, spec->n_latents, 3, ROOT "input_blocks.0.0");
  g_array_append_val (skips, channels);
  for (guint level = 0; level < spec->n_levels; level++)
    {
      guint64 width = builder->width * spec->multipliers[level];

      for (guint i = 0; i < N_RESIDUAL; i++)
        {
          g_autofree char *prefix = g_strdup_printf (ROOT "input_blocks.%u", ++block);

          add_stage (builder, prefix, channels, width, spec->depths[level]);
          channels = width;
          g_array_append_val (skips, channels);
        }
      if (level + 1 == spec->n_levels)
        break;
      am_key_table_add_conv (builder->table, width, width, 3, ROOT "input_blocks.%u.0.op", ++block);
      g_array_append_val (skips, channels);
    }
  return channels;
}

static void
add_middle_block (Builder *builder, guint64 channels)
{
  add_residual (builder, ROOT "middle_block.0", channels, channels);
  add_transformer (builder, ROOT "middle_block.1", channels, builder->spec->middle_depth);
  add_residual (builder, ROOT "middle_block.2", channels, channels);
}

static void
add_output_blocks (Builder *builder, guint64 channels, GArray *skips)
{
  const AmUnetSpec *spec = builder->spec;
  guint block = 0;

  for (guint level = spec->n_levels; level-- > 0;)
    {
      guint64 width = builder->width * spec->multipliers[level];

      for (guint i = 0; i <= N_RESIDUAL; i++, block++)
        {
          g_autofree char *prefix = g_strdup_printf (ROOT "output_blocks.%u", block);
          guint64 skip = g_array_index (skips, guint64, skips->len - 1);

          g_array_set_size (skips, skips->len - 1);
          add_stage (builder, prefix, channels + skip, width, spec->depths[level]);
          channels = width;
        }
      if (level > 0)
        am_key_table_add_conv (builder->table, width, width, 3, ROOT "output_blocks.%u.%u.conv", block - 1,
                               spec->depths[level] > 0 ? 2u : 1u);
    }
}

static void
add_embedding (Builder *builder, const char *name, guint64 n_in)
{
  am_key_table_add_linear (builder->table, builder->embed, n_in, ROOT "%s.0", name);
  am_key_table_add_linear (builder->table, builder->embed, builder->embed, ROOT "%s.2", name);
}

void
am_unet_add_keys (AmKeyTable *table, const AmUnetSpec *spec)
{
  g_autoptr (GArray) skips = g_array_new (FALSE, FALSE, sizeof (guint64));
  guint64 width = am_key_table_narrow (table, spec->width);
  Builder builder = { table, spec, width, 4 * width, spec->context };
  guint64 channels;

  add_embedding (&builder, "time_embed", width);
  if (spec->label > 0)
    add_embedding (&builder, "label_emb.0", spec->label);
  channels = add_input_blocks (&builder, skips);
  add_middle_block (&builder, channels);
  add_output_blocks (&builder, channels, skips);
  am_key_table_add_norm (table, width, ROOT "out.0");
  am_key_table_add_conv (table, spec->n_latents, width, 3, ROOT "out.2");
}

char *
am_ema_get_name (const char *name)
{
  g_autoptr (GString) bare = g_string_new (name + strlen ("model."));

  g_string_replace (bare, ".", "", 0);
  return g_strconcat ("model_ema.", bare->str, NULL);
}

void
am_ema_add_keys (AmKeyTable *table)
{
  AmDtype dtype = table->dtype;
  guint n_rows = table->rows->len;

  table->component = AM_COMPONENT_EMA;
  table->is_optional = TRUE;
  for (guint i = 0; i < n_rows; i++)
    {
      AmExpectedTensor row = g_array_index (table->rows, AmExpectedTensor, i);
      g_autofree char *name = NULL;

      if (!g_str_has_prefix (row.name, "model."))
        continue;
      name = am_ema_get_name (row.name);
      am_key_table_add (table, row.n_dims, row.shape, "%s", name);
    }
  am_key_table_add (table, 0, NULL, "model_ema.decay");
  table->dtype = AM_DTYPE_I32;
  am_key_table_add (table, 0, NULL, "model_ema.num_updates");
  table->dtype = dtype;
  table->is_optional = FALSE;
}

void
am_schedule_add_keys (AmKeyTable *table)
{
  static const char *const names[] = {
    "alphas_cumprod",
    "alphas_cumprod_prev",
    "betas",
    "log_one_minus_alphas_cumprod",
    "posterior_log_variance_clipped",
    "posterior_mean_coef1",
    "posterior_mean_coef2",
    "posterior_variance",
    "sqrt_alphas_cumprod",
    "sqrt_one_minus_alphas_cumprod",
    "sqrt_recip_alphas_cumprod",
    "sqrt_recipm1_alphas_cumprod",
  };

  table->component = AM_COMPONENT_SCHEDULE;
  table->is_optional = TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    am_key_table_add_vector (table, 1000, "%s", names[i]);
  table->is_optional = FALSE;
}
