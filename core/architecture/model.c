#include "architecture/model-private.h"

#include <string.h>

static void
set_unknown (AmModel *model)
{
  am_model_name (model, AM_FAMILY_UNKNOWN, "unknown");
  am_model_add_title (model, N_ ("Unknown architecture"), NULL);
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

static void
title_part_clear (gpointer part)
{
  g_free (((AmTitlePart *)part)->word);
}

static const char *
keep_text (const char *text)
{
  return text;
}

AmModel *
am_model_new (const AmCheckpoint *checkpoint)
{
  AmModel *model = g_new0 (AmModel, 1);
  guint n_tensors = am_checkpoint_get_n_tensors (checkpoint);

  model->checkpoint = checkpoint;
  model->root = g_strdup ("");
  model->prefix = "";
  model->title_parts = g_array_new (FALSE, FALSE, sizeof (AmTitlePart));
  g_array_set_clear_func (model->title_parts, title_part_clear);
  model->evidence = g_ptr_array_new_with_free_func (g_free);
  model->missing = g_ptr_array_new_with_free_func (g_free);
  model->blocks = g_ptr_array_new_with_free_func (g_free);
  model->names = g_string_chunk_new (4096);
  model->by_canonical = g_hash_table_new (g_str_hash, g_str_equal);
  model->roles = g_new0 (AmTensorRole, MAX (n_tensors, 1));
  detect (model);
  model->title = am_model_translate_title (model, keep_text);
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
  g_array_unref (model->title_parts);
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
am_model_name (AmModel *model, AmFamily family, const char *architecture)
{
  g_free (model->architecture);
  model->family = family;
  model->architecture = g_strdup (architecture);
  g_array_set_size (model->title_parts, 0);
}

void
am_model_add_title (AmModel *model, const char *text, const char *word)
{
  AmTitlePart part = { text, g_strdup (word) };

  g_array_append_val (model->title_parts, part);
}

void
am_model_add_title_number (AmModel *model, const char *text, guint64 number)
{
  AmTitlePart part = { text, g_strdup_printf ("%" G_GUINT64_FORMAT, number) };

  g_array_append_val (model->title_parts, part);
}

const AmCheckpoint *
am_model_get_checkpoint (const AmModel *model)
{
  return model->checkpoint;
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

/* The text is replaced in rather than printed with: a translation cannot be trusted to be a sound format. */
static void
append_part (GString *title, const AmTitlePart *part, const char *(*translate) (const char *text))
{
  g_autoptr (GString) text = g_string_new (translate (part->text));

  if (part->word != NULL && g_string_replace (text, "%s", part->word, 1) == 0)
    g_string_replace (text, "%u", part->word, 1);
  g_string_append (title, text->str);
}

char *
am_model_translate_title (const AmModel *model, const char *(*translate) (const char *text))
{
  GString *title = g_string_new (NULL);

  for (guint i = 0; i < model->title_parts->len; i++)
    {
      /* TRANSLATORS: stands between the parts of a title like "Stable Diffusion XL base, inpainting". */
      g_string_append (title, i > 0 ? translate (N_ (", ")) : "");
      append_part (title, &g_array_index (model->title_parts, AmTitlePart, i), translate);
    }
  return g_string_free (title, FALSE);
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
