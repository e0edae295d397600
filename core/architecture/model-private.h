/* What the files of core/architecture share. */
#pragma once

#include "architecture/model.h"
#include "base/text.h"

G_BEGIN_DECLS

/* @text is marked for translation; @word stands for the %s or %u in it, or is %NULL. */
typedef struct
{
  const char *text;
  char *word;
} AmTitlePart;

/**
 * AmModel:
 * @root: what stands before the names of the network in the file: "model.diffusion_model.", "module.", "" ...
 * @prefix: what should stand there in a full checkpoint
 * @title_parts: (element-type AmTitlePart)
 * @depth: layers of a transformer stack, for families whose blocks are their layers
 * @names: keeps canonical names that differ from the file's
 * @by_canonical: char * -> number of the tensor plus one
 * @blocks: (element-type utf8): NULL-terminated
 */
struct _AmModel
{
  const AmCheckpoint *checkpoint;
  AmFamily family;
  char *architecture;
  char *title;
  GArray *title_parts;
  const char *modelspec;
  gboolean is_bare;
  char *root;
  const char *prefix;
  guint depth;
  GPtrArray *evidence;
  GPtrArray *missing;
  GPtrArray *blocks;
  GStringChunk *names;
  GHashTable *by_canonical;
  AmTensorRole *roles;
};

/* The tensor called root + @format, or %NULL. */
const AmTensor *am_model_look (const AmModel *model, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Whether any name starts with root + @format. */
gboolean am_model_has_under (const AmModel *model, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* 1 + the highest number that follows root + @format in any name; 0 when there is none. */
guint am_model_count_under (const AmModel *model, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Number of the first tensor whose name is not less than @prefix; the number of tensors when there is none.
 */
guint am_checkpoint_seek (const AmCheckpoint *checkpoint, const char *prefix);

/* Whether any name starts with @prefix. */
gboolean am_checkpoint_has_prefix (const AmCheckpoint *checkpoint, const char *prefix);

/* Length of @tensor's axis, 0 for a missing tensor or axis. */
guint64 am_tensor_get_axis (const AmTensor *tensor, guint axis);

void am_model_say (AmModel *model, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Sets family and identifier (copied); the title starts anew. */
void am_model_name (AmModel *model, AmFamily family, const char *architecture);

/* Adds a part to the title; parts are listed with commas. @text is static and marked with N_(). In place of
 * its %s stands @word (nullable), which is not translated, in place of its %u the number. */
void am_model_add_title (AmModel *model, const char *text, const char *word);
void am_model_add_title_number (AmModel *model, const char *text, guint64 number);

/* Each looks for its kind and, when it is there, fills in family, names, evidence and root. */
gboolean am_detect_lora (AmModel *model);
gboolean am_detect_diffusion (AmModel *model);
gboolean am_detect_autoencoder (AmModel *model);
gboolean am_detect_clip (AmModel *model);
gboolean am_detect_vit (AmModel *model);
gboolean am_detect_language (AmModel *model);
gboolean am_detect_resnet (AmModel *model);
gboolean am_detect_vgg (AmModel *model);
gboolean am_detect_mlp (AmModel *model);
gboolean am_detect_diffusers_part (AmModel *model);

/* The name under which tensors of two models of @model's family meet: @name itself, or (transfer full) in
 * @renewed. */
const char *am_model_canonicalise (const AmModel *model, const char *name, char **renewed);

/* Component of a canonical name. */
AmComponent am_canonical_get_component (AmFamily family, const char *canonical);

/* Fills model->blocks from family and depth. */
void am_model_list_blocks (AmModel *model);

/* Block of a canonical name. */
guint am_model_find_block (const AmModel *model, const char *canonical, AmComponent component);

/* Row of the heat map for @tensor. */
AmLayerKind am_model_get_kind (const AmModel *model, const AmTensor *tensor, const char *canonical);

/* Number of the transformer layer in @name, or -1; @stack_length (out, optional) is the length of what stands
 * before it. */
gint am_name_get_layer (const char *name, gsize *stack_length);

/* Numbers the layers of every transformer stack: fills layer and n_layers of all roles. */
void am_model_number_layers (AmModel *model);

/* Fills model->missing. */
void am_model_list_missing (AmModel *model);

G_END_DECLS
