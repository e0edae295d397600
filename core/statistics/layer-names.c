/* What llama.cpp and transformers call the same weight of a language model. */
#include "statistics/statistics-private.h"

#include <string.h>

#define LLAMA_PREFIX "blk."
#define TRANSFORMERS_PREFIX "model.layers."
#define SUFFIX ".weight"

/* Stems behind the layer's number; # is the number of an expert. */
static const struct
{
  const char *llama, *transformers;
} stems[] = {
  { "attn_q", "self_attn.q_proj" },
  { "attn_k", "self_attn.k_proj" },
  { "attn_v", "self_attn.v_proj" },
  { "attn_qkv", "self_attn.qkv_proj" },
  { "attn_output", "self_attn.o_proj" },
  { "ffn_gate", "mlp.gate_proj" },
  { "ffn_up", "mlp.up_proj" },
  { "ffn_down", "mlp.down_proj" },
  { "ffn_gate_inp", "mlp.gate" },
  { "ffn_gate_inp", "block_sparse_moe.gate" },
  { "ffn_gate.#", "mlp.experts.#.gate_proj" },
  { "ffn_up.#", "mlp.experts.#.up_proj" },
  { "ffn_down.#", "mlp.experts.#.down_proj" },
  { "ffn_gate.#", "block_sparse_moe.experts.#.w1" },
  { "ffn_down.#", "block_sparse_moe.experts.#.w2" },
  { "ffn_up.#", "block_sparse_moe.experts.#.w3" },
  { "ffn_gate_shexp", "mlp.shared_expert.gate_proj" },
  { "ffn_up_shexp", "mlp.shared_expert.up_proj" },
  { "ffn_down_shexp", "mlp.shared_expert.down_proj" },
  { "ffn_gate_shexp", "mlp.shared_experts.gate_proj" },
  { "ffn_up_shexp", "mlp.shared_experts.up_proj" },
  { "ffn_down_shexp", "mlp.shared_experts.down_proj" },
};

/* Those outside of layers. */
static const char *const ends[][2] = {
  { "output.weight", "lm_head.weight" },
  { "token_embd.weight", "model.embed_tokens.weight" },
};

static gsize
count_digits (const char *text)
{
  return strspn (text, "0123456789");
}

/* Whether @text is @stem and ".weight"; @expert gets where its number stands. */
static gboolean
matches_stem (const char *text, const char *stem, const char **expert)
{
  *expert = "";
  for (; *stem != '\0'; stem++)
    if (*stem == '#')
      {
        *expert = text;
        if (count_digits (text) == 0)
          return FALSE;
        text += count_digits (text);
      }
    else if (*text++ != *stem)
      return FALSE;
  return strcmp (text, SUFFIX) == 0;
}

static char *
make_name (const char *prefix, const char *layer, const char *stem, const char *expert)
{
  GString *name = g_string_new (prefix);

  g_string_append_len (name, layer, (gssize)count_digits (layer));
  g_string_append_c (name, '.');
  for (; *stem != '\0'; stem++)
    if (*stem == '#')
      g_string_append_len (name, expert, (gssize)count_digits (expert));
    else
      g_string_append_c (name, *stem);
  g_string_append (name, SUFFIX);
  return g_string_free (name, FALSE);
}

static void
translate_layer (GStrvBuilder *names, const char *layer, gboolean is_llama)
{
  const char *stem = layer + count_digits (layer);

  if (stem == layer || *stem++ != '.')
    return;
  for (guint i = 0; i < G_N_ELEMENTS (stems); i++)
    {
      const char *expert;

      if (matches_stem (stem, is_llama ? stems[i].llama : stems[i].transformers, &expert))
        {
          g_autofree char *name = make_name (is_llama ? TRANSFORMERS_PREFIX : LLAMA_PREFIX, layer,
                                             is_llama ? stems[i].transformers : stems[i].llama, expert);

          g_strv_builder_add (names, name);
        }
    }
}

GStrv
am_layer_name_translate (const char *name)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  if (g_str_has_prefix (name, LLAMA_PREFIX))
    translate_layer (names, name + strlen (LLAMA_PREFIX), TRUE);
  else if (g_str_has_prefix (name, TRANSFORMERS_PREFIX))
    translate_layer (names, name + strlen (TRANSFORMERS_PREFIX), FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    for (guint side = 0; side < 2; side++)
      if (strcmp (name, ends[i][side]) == 0)
        g_strv_builder_add (names, ends[i][1 - side]);
  return g_strv_builder_end (names);
}
