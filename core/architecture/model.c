#include "architecture/model-private.h"

#include <string.h>

static void
set_unknown (AmModel *model)
{
  am_model_name (model, AM_FAMILY_UNKNOWN, "unknown", "Unknown architecture");
  if (am_checkpoint_get_n_tensors (model->checkpoint) == 0)
    am_model_say (model, "it holds no tensors");
  else
    am_model_say (model, "names and shapes of its tensors match no known architecture");
}

static void
detect (AmModel *model)
{
  static gboolean (*const detectors[]) (AmModel *) = {
    am_detect_lora,     am_detect_diffusion, am_detect_autoencoder, am_detect_clip, am_detect_vit,
    am_detect_language, am_detect_resnet,    am_detect_vgg,         am_detect_mlp,  am_detect_diffusers_part,
  };

  for (guint i = 0; i < G_N_ELEMENTS (detectors); i++)
    if (detectors[i](model))
      return;
  set_unknown (model);
}

/* A file may hold a tensor under its old name and its new one; the old one then keeps to itself. */
static const char *
get_canonical (AmModel *model, const char *name)
{
  g_autofree char *renewed = NULL;

  if (am_model_canonicalise (model, name, &renewed) == name)
    return name;
  if (am_checkpoint_find (model->checkpoint, renewed, NULL) != NULL
      || g_hash_table_contains (model->by_canonical, renewed))
    return name;
  return g_string_chunk_insert (model->names, renewed);
}

static gboolean
is_time_embed (AmFamily family, const char *canonical)
{
  if (family != AM_FAMILY_SD1 && family != AM_FAMILY_SD2 && family != AM_FAMILY_SDXL
      && family != AM_FAMILY_SDXL_REFINER)
    return FALSE;
  return g_str_has_prefix (canonical, "model.diffusion_model.time_embed.")
         || g_str_has_prefix (canonical, "model.diffusion_model.label_emb.");
}

static void
fill_role (AmModel *model, guint index)
{
  const AmTensor *tensor = am_checkpoint_get_tensor (model->checkpoint, index);
  AmTensorRole *role = &model->roles[index];

  role->canonical = get_canonical (model, tensor->name);
  role->component = am_canonical_get_component (model->family, role->canonical);
  role->block = am_model_find_block (model, role->canonical, role->component);
  role->kind = am_model_get_kind (model, tensor, role->canonical);
  role->is_position_ids = g_str_has_suffix (role->canonical, "position_ids");
  role->is_time_embed = is_time_embed (model->family, role->canonical);
  g_hash_table_insert (model->by_canonical, (gpointer)role->canonical, GUINT_TO_POINTER (index + 1));
}

AmModel *
am_model_new (const AmCheckpoint *checkpoint)
{
  AmModel *model = g_new0 (AmModel, 1);
  guint n_tensors = am_checkpoint_get_n_tensors (checkpoint);

  model->checkpoint = checkpoint;
  model->root = g_strdup ("");
  model->prefix = "";
  model->evidence = g_ptr_array_new_with_free_func (g_free);
  model->missing = g_ptr_array_new_with_free_func (g_free);
  model->blocks = g_ptr_array_new_with_free_func (g_free);
  model->names = g_string_chunk_new (4096);
  model->by_canonical = g_hash_table_new (g_str_hash, g_str_equal);
  model->roles = g_new0 (AmTensorRole, MAX (n_tensors, 1));
  detect (model);
  am_model_list_blocks (model);
  for (guint i = 0; i < n_tensors; i++)
    fill_role (model, i);
  am_model_number_layers (model);
  am_model_list_missing (model);
  g_ptr_array_add (model->evidence, NULL);
  g_ptr_array_add (model->missing, NULL);
  return model;
}

void
am_model_free (AmModel *model)
{
  if (model == NULL)
    return;
  g_free (model->architecture);
  g_free (model->title);
  g_free (model->root);
  g_ptr_array_unref (model->evidence);
  g_ptr_array_unref (model->missing);
  g_ptr_array_unref (model->blocks);
  g_string_chunk_free (model->names);
  g_hash_table_unref (model->by_canonical);
  g_free (model->roles);
  g_free (model);
}

void
am_model_say (AmModel *model, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (model->evidence, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

void
am_model_name (AmModel *model, AmFamily family, const char *architecture, const char *format, ...)
{
  va_list arguments;

  g_free (model->architecture);
  g_free (model->title);
  model->family = family;
  model->architecture = g_strdup (architecture);
  va_start (arguments, format);
  model->title = g_strdup_vprintf (format, arguments);
  va_end (arguments);
}

AmFamily
am_model_get_family (const AmModel *model)
{
  return model->family;
}

const char *
am_model_get_architecture (const AmModel *model)
{
  return model->architecture;
}

const char *
am_model_get_title (const AmModel *model)
{
  return model->title;
}

const char *
am_model_get_modelspec (const AmModel *model)
{
  return model->modelspec;
}

const char *const *
am_model_get_evidence (const AmModel *model)
{
  return (const char *const *)model->evidence->pdata;
}

const char *const *
am_model_get_missing (const AmModel *model)
{
  return (const char *const *)model->missing->pdata;
}

const AmTensorRole *
am_model_get_role (const AmModel *model, guint index)
{
  g_return_val_if_fail (index < am_checkpoint_get_n_tensors (model->checkpoint), NULL);
  return &model->roles[index];
}

gboolean
am_model_is_bare (const AmModel *model)
{
  return model->is_bare;
}

gint
am_model_find (const AmModel *model, const char *canonical)
{
  return (gint)GPOINTER_TO_UINT (g_hash_table_lookup (model->by_canonical, canonical)) - 1;
}

guint
am_model_get_n_blocks (const AmModel *model)
{
  return model->blocks->len - 1;
}

const char *
am_model_get_block_name (const AmModel *model, guint block)
{
  g_return_val_if_fail (block < am_model_get_n_blocks (model), NULL);
  return g_ptr_array_index (model->blocks, block);
}

const char *const *
am_model_get_blocks (const AmModel *model)
{
  return (const char *const *)model->blocks->pdata;
}
