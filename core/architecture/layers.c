#include "architecture/model-private.h"

#include <string.h>

/* Words that stand before a layer's number, in the layouts met so far. */
static const char *const stack_words[] = {
  "resblocks", "layers", "layer", "h", "block", "blocks", "joint_blocks", "double_blocks", "blk",
};

static gboolean
is_stack_word (const char *word, gsize length)
{
  for (guint i = 0; i < G_N_ELEMENTS (stack_words); i++)
    if (strlen (stack_words[i]) == length && memcmp (stack_words[i], word, length) == 0)
      return TRUE;
  return FALSE;
}

/* Where the number of the outermost stack stands in @name, or NULL. */
static const char *
find_number (const char *name)
{
  static const char torchvision[] = "encoder_layer_";

  for (const char *word = name, *dot; (dot = strchr (word, '.')) != NULL; word = dot + 1)
    {
      if (g_ascii_isdigit (dot[1]) && is_stack_word (word, (gsize)(dot - word)))
        return dot + 1;
      if (g_str_has_prefix (word, torchvision) && g_ascii_isdigit (word[strlen (torchvision)]))
        return word + strlen (torchvision);
    }
  return NULL;
}

gint
am_name_get_layer (const char *name, gsize *stack_length)
{
  const char *digits = find_number (name);

  if (digits == NULL)
    return -1;
  if (stack_length != NULL)
    *stack_length = (gsize)(digits - name);
  return (gint)MIN (g_ascii_strtoull (digits, NULL, 10), G_MAXUINT16);
}

/* A UNet's blocks are its layers: in the order of the data, without BASE. */
static gboolean
number_unet (const AmModel *model, AmTensorRole *role)
{
  if (role->component != AM_COMPONENT_DIFFUSION || role->block == AM_BLOCK_NONE || role->block == 0)
    return FALSE;
  if (model->family != AM_FAMILY_SD1 && model->family != AM_FAMILY_SD2 && model->family != AM_FAMILY_SDXL
      && model->family != AM_FAMILY_SDXL_REFINER)
    return FALSE;
  role->layer = (gint)role->block - 1;
  role->n_layers = (gint)am_model_get_n_blocks (model) - 1;
  return TRUE;
}

/* Double blocks come before single blocks in the one stack of Flux. */
static gboolean
number_flux (const AmModel *model, AmTensorRole *role)
{
  const char *name;

  if (model->family != AM_FAMILY_FLUX || role->component != AM_COMPONENT_DIFFUSION)
    return FALSE;
  name = role->canonical + strlen ("model.diffusion_model.");
  if ((g_str_has_prefix (name, "double_blocks.") || g_str_has_prefix (name, "single_blocks."))
      && role->block != AM_BLOCK_NONE)
    {
      role->layer = (gint)role->block - 3;
      role->n_layers = (gint)am_model_get_n_blocks (model) - 4;
    }
  return TRUE;
}

static gboolean
has_stacks (const AmModel *model, const AmTensorRole *role)
{
  switch (role->component)
    {
    case AM_COMPONENT_MODEL:
      return model->family != AM_FAMILY_RESNET && model->family != AM_FAMILY_VGG
             && model->family != AM_FAMILY_MLP && model->family != AM_FAMILY_LORA;
    case AM_COMPONENT_DIFFUSION:
      return model->family == AM_FAMILY_SD3;
    case AM_COMPONENT_TEXT_ENCODER:
    case AM_COMPONENT_TEXT_ENCODER_2:
    case AM_COMPONENT_TEXT_ENCODER_3:
      return TRUE;
    default:
      return FALSE;
    }
}

/* Stack's name (owned) -> its highest layer plus one. */
static GHashTable *
measure_stacks (AmModel *model)
{
  GHashTable *stacks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint n_tensors = am_checkpoint_get_n_tensors (model->checkpoint);

  for (guint i = 0; i < n_tensors; i++)
    {
      AmTensorRole *role = &model->roles[i];
      g_autofree char *stack = NULL;
      gsize length;

      role->layer = -1;
      if (number_unet (model, role) || number_flux (model, role) || !has_stacks (model, role))
        continue;
      role->layer = am_name_get_layer (role->canonical, &length);
      if (role->layer < 0)
        continue;
      stack = g_strndup (role->canonical, length);
      if (GPOINTER_TO_INT (g_hash_table_lookup (stacks, stack)) <= role->layer)
        g_hash_table_insert (stacks, g_steal_pointer (&stack), GINT_TO_POINTER (role->layer + 1));
    }
  return stacks;
}

void
am_model_number_layers (AmModel *model)
{
  g_autoptr (GHashTable) stacks = measure_stacks (model);
  guint n_tensors = am_checkpoint_get_n_tensors (model->checkpoint);

  for (guint i = 0; i < n_tensors; i++)
    {
      AmTensorRole *role = &model->roles[i];
      g_autofree char *stack = NULL;
      gsize length;

      if (role->layer < 0 || role->n_layers > 0)
        continue;
      am_name_get_layer (role->canonical, &length);
      stack = g_strndup (role->canonical, length);
      role->n_layers = GPOINTER_TO_INT (g_hash_table_lookup (stacks, stack));
    }
}
