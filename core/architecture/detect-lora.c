#include "architecture/model-private.h"

#include <string.h>

typedef struct
{
  const char *mark;
  const char *title;
} Mark;

/* The first match in a file names it: the more particular come first. */
static const Mark marks[] = {
  { ".hada_w", N_ ("Adapter (LoHa)") },
  { ".lokr_w", N_ ("Adapter (LoKr)") },
  { ".oft_blocks", N_ ("Adapter (OFT)") },
  { ".oft_diag", N_ ("Adapter (OFT)") },
  { ".dora_scale", N_ ("Adapter (DoRA)") },
  { ".lora_magnitude_vector", N_ ("Adapter (DoRA)") },
  { ".lora_down.", N_ ("Adapter (LoRA, kohya's names)") },
  { ".lora_up.", N_ ("Adapter (LoRA, kohya's names)") },
  { ".lora_A.", N_ ("Adapter (LoRA, names of PEFT)") },
  { ".lora_B.", N_ ("Adapter (LoRA, names of PEFT)") },
  { "lora_A.", N_ ("Adapter (LoRA, names of PEFT)") },
  { ".lora.down.", N_ ("Adapter (LoRA, names of early diffusers)") },
  { ".lora.up.", N_ ("Adapter (LoRA, names of early diffusers)") },
  { "_lora.down.", N_ ("Adapter (LoRA, names of early diffusers)") },
  { "_lora.up.", N_ ("Adapter (LoRA, names of early diffusers)") },
};

static guint
find_mark (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    if (strstr (name, marks[i].mark) != NULL)
      return i;
  return G_MAXUINT;
}

static gboolean
is_helper (const char *name)
{
  return g_str_has_suffix (name, ".alpha") || g_str_has_suffix (name, ".diff")
         || g_str_has_suffix (name, ".diff_b") || g_str_has_prefix (name, "lora_unet_")
         || g_str_has_prefix (name, "lora_te");
}

gboolean
am_detect_lora (AmModel *model)
{
  guint n_tensors = am_checkpoint_get_n_tensors (model->checkpoint);
  guint best = G_MAXUINT, n_marked = 0, n_helpers = 0;

  for (guint i = 0; i < n_tensors; i++)
    {
      const char *name = am_checkpoint_get_tensor (model->checkpoint, i)->name;
      guint mark = find_mark (name);

      best = MIN (best, mark);
      n_marked += mark != G_MAXUINT;
      n_helpers += mark == G_MAXUINT && is_helper (name);
    }
  if (n_marked == 0 || 2 * (n_marked + n_helpers) < n_tensors)
    return FALSE;
  am_model_name (model, AM_FAMILY_LORA, "lora");
  am_model_add_title (model, marks[best].title, NULL);
  am_model_say (model, "%u of %u tensors carry names of an adapter, as \"%s\"", n_marked, n_tensors,
                marks[best].mark);
  return TRUE;
}
