#include "architecture/key-table.h"

#define WIDTH 4096
#define FEED_FORWARD 10240
#define N_LAYERS 24
#define N_HEADS 64
#define N_BUCKETS 32
#define N_TOKENS 32128

static void
add_layer (AmKeyTable *table, const char *block, guint64 width, guint64 feed_forward)
{
  static const char *const names[] = { "q", "k", "v", "o" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    am_key_table_add_matrix (table, width, width, "%s.layer.0.SelfAttention.%s.weight", block, names[i]);
  am_key_table_add_vector (table, width, "%s.layer.0.layer_norm.weight", block);
  am_key_table_add_matrix (table, feed_forward, width, "%s.layer.1.DenseReluDense.wi_0.weight", block);
  am_key_table_add_matrix (table, feed_forward, width, "%s.layer.1.DenseReluDense.wi_1.weight", block);
  am_key_table_add_matrix (table, width, feed_forward, "%s.layer.1.DenseReluDense.wo.weight", block);
  am_key_table_add_vector (table, width, "%s.layer.1.layer_norm.weight", block);
}

void
am_t5_add_keys (AmKeyTable *table, const char *prefix)
{
  guint64 width = am_key_table_narrow (table, WIDTH);

  am_key_table_add_matrix (table, am_key_table_shrink (table, N_TOKENS), width, "%sshared.weight", prefix);
  for (guint i = 0; i < N_LAYERS; i++)
    {
      g_autofree char *block = g_strdup_printf ("%sencoder.block.%u", prefix, i);

      add_layer (table, block, width, am_key_table_narrow (table, FEED_FORWARD));
    }
  am_key_table_add_matrix (table, N_BUCKETS, am_key_table_shrink (table, N_HEADS),
                           "%sencoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", prefix);
  am_key_table_add_vector (table, width, "%sencoder.final_layer_norm.weight", prefix);
}
