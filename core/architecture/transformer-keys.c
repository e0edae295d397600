#include "architecture/key-table.h"

#define ROOT "model.diffusion_model."
#define N_HEADS 24
#define CLIP_L 768
#define CLIP_G 1280
#define T5 4096
#define FREQUENCIES 256

static guint64
get_head (const AmKeyTable *table, guint64 head)
{
  return MAX (head / MAX (table->divisor, 1), 1);
}

static void
add_two_layers (AmKeyTable *table, guint64 width, guint64 n_in, const char *first, const char *second)
{
  am_key_table_add_linear (table, width, n_in, ROOT "%s", first);
  am_key_table_add_linear (table, width, width, ROOT "%s", second);
}

static void
add_final_layer (AmKeyTable *table, guint64 width)
{
  am_key_table_add_linear (table, 2 * width, width, ROOT "final_layer.adaLN_modulation.1");
  am_key_table_add_linear (table, 64, width, ROOT "final_layer.linear");
}

/* Half of a joint block; in the last block the text's half only lends its queries, keys and values. */
static void
add_joint_half (AmKeyTable *table, const char *prefix, guint64 width, gboolean is_whole)
{
  am_key_table_add_linear (table, (is_whole ? 6 : 2) * width, width, "%s.adaLN_modulation.1", prefix);
  am_key_table_add_linear (table, 3 * width, width, "%s.attn.qkv", prefix);
  if (!is_whole)
    return;
  am_key_table_add_linear (table, width, width, "%s.attn.proj", prefix);
  am_key_table_add_linear (table, 4 * width, width, "%s.mlp.fc1", prefix);
  am_key_table_add_linear (table, width, 4 * width, "%s.mlp.fc2", prefix);
}

static void
add_joint_blocks (AmKeyTable *table, guint64 width, guint n_blocks)
{
  for (guint i = 0; i < n_blocks; i++)
    {
      g_autofree char *text = g_strdup_printf (ROOT "joint_blocks.%u.context_block", i);
      g_autofree char *image = g_strdup_printf (ROOT "joint_blocks.%u.x_block", i);

      add_joint_half (table, text, width, i + 1 < n_blocks);
      add_joint_half (table, image, width, TRUE);
    }
}

void
am_sd3_add_keys (AmKeyTable *table)
{
  guint64 width = N_HEADS * get_head (table, 64);
  guint64 side = am_key_table_shrink (table, 192);
  guint64 pooled = am_key_table_narrow (table, CLIP_L) + am_key_table_narrow (table, CLIP_G);

  table->component = AM_COMPONENT_DIFFUSION;
  am_key_table_add_conv (table, width, 16, 2, ROOT "x_embedder.proj");
  am_key_table_add (table, 3, (const guint64[]){ 1, side * side, width }, ROOT "pos_embed");
  am_key_table_add_linear (table, width, am_key_table_narrow (table, T5), ROOT "context_embedder");
  add_two_layers (table, width, FREQUENCIES, "t_embedder.mlp.0", "t_embedder.mlp.2");
  add_two_layers (table, width, pooled, "y_embedder.mlp.0", "y_embedder.mlp.2");
  add_joint_blocks (table, width, 24);
  add_final_layer (table, width);
  table->component = AM_COMPONENT_SCHEDULE;
  am_key_table_add_vector (table, 1000, "model.model_sampling.sigmas");
}

static void
add_double_half (AmKeyTable *table, guint block, const char *half, guint64 width, guint64 head)
{
  g_autofree char *prefix = g_strdup_printf (ROOT "double_blocks.%u.%s", block, half);

  am_key_table_add_linear (table, 6 * width, width, "%s_mod.lin", prefix);
  am_key_table_add_linear (table, 3 * width, width, "%s_attn.qkv", prefix);
  am_key_table_add_vector (table, head, "%s_attn.norm.query_norm.scale", prefix);
  am_key_table_add_vector (table, head, "%s_attn.norm.key_norm.scale", prefix);
  am_key_table_add_linear (table, width, width, "%s_attn.proj", prefix);
  am_key_table_add_linear (table, 4 * width, width, "%s_mlp.0", prefix);
  am_key_table_add_linear (table, width, 4 * width, "%s_mlp.2", prefix);
}

static void
add_single (AmKeyTable *table, guint block, guint64 width, guint64 head)
{
  g_autofree char *prefix = g_strdup_printf (ROOT "single_blocks.%u", block);

  am_key_table_add_linear (table, 3 * width, width, "%s.modulation.lin", prefix);
  am_key_table_add_linear (table, 7 * width, width, "%s.linear1", prefix);
  am_key_table_add_linear (table, width, 5 * width, "%s.linear2", prefix);
  am_key_table_add_vector (table, head, "%s.norm.query_norm.scale", prefix);
  am_key_table_add_vector (table, head, "%s.norm.key_norm.scale", prefix);
}

void
am_flux_add_keys (AmKeyTable *table)
{
  guint64 head = get_head (table, 128);
  guint64 width = N_HEADS * head;

  table->component = AM_COMPONENT_DIFFUSION;
  am_key_table_add_linear (table, width, 64, ROOT "img_in");
  am_key_table_add_linear (table, width, am_key_table_narrow (table, T5), ROOT "txt_in");
  add_two_layers (table, width, FREQUENCIES, "time_in.in_layer", "time_in.out_layer");
  add_two_layers (table, width, am_key_table_narrow (table, CLIP_L), "vector_in.in_layer",
                  "vector_in.out_layer");
  add_two_layers (table, width, FREQUENCIES, "guidance_in.in_layer", "guidance_in.out_layer");
  for (guint i = 0; i < 19; i++)
    {
      add_double_half (table, i, "img", width, head);
      add_double_half (table, i, "txt", width, head);
    }
  for (guint i = 0; i < 38; i++)
    add_single (table, i, width, head);
  add_final_layer (table, width);
}
