/* Diffusers folders: one component per sub-folder, read under the original layout's names. */
#include "checkpoint/checkpoint-private.h"
#include "checkpoint/diffusers-names.h"
#include "checkpoint/json-check.h"

#include <string.h>

#define MAX_INDEX_SIZE (1 << 20)

static const char *const components[] = { "unet", "vae", "text_encoder", "text_encoder_2" };

/* The tensors of one component while they are renamed. */
typedef struct
{
  AmCheckpoint *checkpoint;
  GHashTable *names;
  const char *folder; /* "unet" */
  guint n_unknown;
  char *example;     /* name of an unknown tensor */
  GHashTable *parts; /* original name -> Parts */
} Renaming;

/* Query, key and value on their way into one tensor. */
typedef struct
{
  AmTensor tensors[3];
  gboolean is_there[3];
} Parts;

static JsonNode *
parse_index (AmCheckpoint *checkpoint, guint file, GError **error)
{
  const char *path = am_checkpoint_get_file (checkpoint, file);
  guint64 size = am_checkpoint_file_size (checkpoint, file);
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  if (size > MAX_INDEX_SIZE)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                   "%s: %" G_GUINT64_FORMAT " bytes are too many for the index of a diffusers folder", path,
                   size);
      return NULL;
    }
  text = g_malloc0 (size + 1);
  if (!am_checkpoint_pread (checkpoint, file, 0, size, text, error))
    return NULL;
  root = am_json_parse (text, size, path, error);
  if (root != NULL && !JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                   "%s: the index of a diffusers folder must be a JSON object", path);
      return NULL;
    }
  return g_steal_pointer (&root);
}

static const char *
get_pipeline (JsonObject *index)
{
  JsonNode *node = json_object_get_member (index, "_class_name");

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return "an unnamed pipeline";
  return json_node_get_string (node);
}

/* Pipelines without a UNet have a transformer whose tensors are split and swapped in ways not mapped here. */
static gboolean
check_pipeline (const char *path, JsonObject *index, GError **error)
{
  const char *pipeline = get_pipeline (index);

  if (json_object_has_member (index, "transformer"))
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 "%s: diffusers folders of %s are not read yet; use the model's single-file checkpoint", path,
                 pipeline);
  else if (json_object_has_member (index, "prior_prior") || !json_object_has_member (index, "unet"))
    g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                 "%s: %s has no UNet; of diffusers folders Stable Diffusion 1, 2 and XL are read", path,
                 pipeline);
  else
    return TRUE;
  return FALSE;
}

static JsonNode *
read_index (AmCheckpoint *checkpoint, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "model_index.json", NULL);
  gint file = am_checkpoint_add_file (checkpoint, path, error);
  g_autoptr (JsonNode) index = file >= 0 ? parse_index (checkpoint, (guint)file, error) : NULL;

  if (index == NULL || !check_pipeline (path, json_node_get_object (index), error))
    return NULL;
  return g_steal_pointer (&index);
}

/* Whether the pipeline has that component: its entry names a library and a class, or null twice. */
static gboolean
is_listed (JsonNode *index, const char *component)
{
  JsonNode *entry = json_object_get_member (json_node_get_object (index), component);

  return entry != NULL && JSON_NODE_HOLDS_ARRAY (entry)
         && json_array_get_length (json_node_get_array (entry)) > 0
         && !json_array_get_null_element (json_node_get_array (entry), 0);
}

static const AmTensor *
find_tensor (AmCheckpoint *checkpoint, guint first, const char *name)
{
  GArray *tensors = am_checkpoint_peek_tensors (checkpoint);

  for (guint i = first; i < tensors->len; i++)
    if (g_str_equal (g_array_index (tensors, AmTensor, i).name, name))
      return &g_array_index (tensors, AmTensor, i);
  return NULL;
}

/* Tells by the UNet's tensors alone: configuration files may be missing or wrong. */
static AmDiffusersLayout
find_layout (AmCheckpoint *checkpoint, guint first)
{
  gboolean has_label = find_tensor (checkpoint, first, "add_embedding.linear_1.weight") != NULL;
  gboolean has_four = find_tensor (checkpoint, first, "down_blocks.3.resnets.0.conv1.weight") != NULL;
  const AmTensor *projection = find_tensor (checkpoint, first, "down_blocks.0.attentions.0.proj_in.weight");

  if (has_label)
    return has_four ? AM_DIFFUSERS_SDXL_REFINER : AM_DIFFUSERS_SDXL;
  return projection != NULL && projection->n_dims == 2 ? AM_DIFFUSERS_SD2 : AM_DIFFUSERS_SD1;
}

static gboolean
set_tensor_error (const Renaming *renaming, const AmTensor *tensor, GError **error, const char *fault)
{
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: %s: tensor \"%s\": %s",
               am_checkpoint_get_path (renaming->checkpoint), renaming->folder, tensor->name, fault);
  return FALSE;
}

static guint64 *
copy_shape (AmCheckpoint *checkpoint, const AmTensor *tensor, guint n_dims)
{
  guint64 *shape = am_checkpoint_alloc (checkpoint, n_dims * sizeof *shape);

  for (guint i = 0; i < n_dims; i++)
    shape[i] = i < tensor->n_dims ? tensor->shape[i] : 1;
  return shape;
}

static gboolean
make_convolution (const Renaming *renaming, AmTensor *tensor, GError **error)
{
  if (tensor->n_dims == 4)
    return TRUE;
  if (tensor->n_dims != 2)
    return set_tensor_error (renaming, tensor, error,
                             "an attention weight must be a matrix or a 1x1 convolution");
  tensor->shape = copy_shape (renaming->checkpoint, tensor, 4);
  tensor->n_dims = 4;
  return TRUE;
}

/* The same bytes seen with the axes exchanged. */
static gboolean
transpose (const Renaming *renaming, AmTensor *tensor, GError **error)
{
  AmCheckpoint *checkpoint = renaming->checkpoint;
  const AmTensorPiece *old = tensor->storage->pieces;
  AmTensorStorage *storage = am_checkpoint_alloc (checkpoint, sizeof *storage);
  AmTensorPiece *piece = am_checkpoint_alloc (checkpoint, sizeof *piece);
  guint64 *shape = am_checkpoint_alloc (checkpoint, 2 * sizeof *shape);
  guint64 *strides = am_checkpoint_alloc (checkpoint, 2 * sizeof *strides);

  if (tensor->n_dims != 2)
    return set_tensor_error (renaming, tensor, error, "a projection must be a matrix");
  if (tensor->storage->packing == AM_PACKING_Q8_0 || tensor->storage->n_pieces != 1
      || (old->n_dims != 0 && old->n_dims != 2))
    return set_tensor_error (renaming, tensor, error, "stored in a way that cannot be transposed");
  shape[0] = tensor->shape[1];
  shape[1] = tensor->shape[0];
  strides[0] = old->n_dims == 0 ? 1 : old->strides[1];
  strides[1] = old->n_dims == 0 ? tensor->shape[1] : old->strides[0];
  *piece = *old;
  piece->n_dims = 2;
  piece->shape = shape;
  piece->strides = strides;
  *storage = *tensor->storage;
  storage->pieces = piece;
  tensor->shape = shape;
  tensor->storage = storage;
  return TRUE;
}

static gboolean
keep_part (Renaming *renaming, const AmTensor *tensor, const AmDiffusersName *name)
{
  Parts *parts = g_hash_table_lookup (renaming->parts, name->original);

  if (parts == NULL)
    {
      parts = g_new0 (Parts, 1);
      g_hash_table_insert (renaming->parts, g_strdup (name->original), parts);
    }
  parts->tensors[name->part] = *tensor;
  parts->is_there[name->part] = TRUE;
  return TRUE;
}

static void
keep_unknown (Renaming *renaming, AmTensor *tensor)
{
  g_autofree char *name = g_strconcat (renaming->folder, ".", tensor->name, NULL);

  if (renaming->n_unknown++ == 0)
    renaming->example = g_strdup (tensor->name);
  tensor->name = am_checkpoint_strndup (renaming->checkpoint, name, strlen (name));
}

/* Changes @tensor into the original layout's; @is_kept tells whether it still stands by itself. */
static gboolean
rename_tensor (Renaming *renaming, AmTensor *tensor, gboolean *is_kept, GError **error)
{
  g_autofree char *key = g_strconcat (renaming->folder, "/", tensor->name, NULL);
  const AmDiffusersName *name = g_hash_table_lookup (renaming->names, key);

  *is_kept = TRUE;
  if (name == NULL)
    {
      keep_unknown (renaming, tensor);
      return TRUE;
    }
  *is_kept = name->change != AM_DIFFUSERS_PART && name->change != AM_DIFFUSERS_DROP;
  if (name->change == AM_DIFFUSERS_PART)
    return keep_part (renaming, tensor, name);
  if (name->change == AM_DIFFUSERS_DROP)
    return TRUE;
  if (name->change == AM_DIFFUSERS_TO_CONV && !make_convolution (renaming, tensor, error))
    return FALSE;
  if (name->change == AM_DIFFUSERS_TRANSPOSE && !transpose (renaming, tensor, error))
    return FALSE;
  tensor->name = am_checkpoint_strndup (renaming->checkpoint, name->original, strlen (name->original));
  return TRUE;
}

/* Whether two parts can follow each other: the same but for the first axis. */
static gboolean
do_join (const AmTensor *a, const AmTensor *b)
{
  if (a->dtype != b->dtype || a->n_dims != b->n_dims || a->n_dims == 0
      || a->storage->packing != AM_PACKING_PLAIN || b->storage->packing != AM_PACKING_PLAIN)
    return FALSE;
  for (guint i = 1; i < a->n_dims; i++)
    if (a->shape[i] != b->shape[i])
      return FALSE;
  return TRUE;
}

static AmTensorStorage *
join_pieces (AmCheckpoint *checkpoint, const Parts *parts)
{
  AmTensorStorage *storage = am_checkpoint_alloc (checkpoint, sizeof *storage);
  AmTensorPiece *pieces;
  guint n = 0;

  *storage = *parts->tensors[0].storage;
  storage->n_pieces = 0;
  for (guint i = 0; i < 3; i++)
    storage->n_pieces += parts->tensors[i].storage->n_pieces;
  storage->pieces = pieces = am_checkpoint_alloc (checkpoint, storage->n_pieces * sizeof *pieces);
  for (guint i = 0; i < 3; i++)
    for (guint j = 0; j < parts->tensors[i].storage->n_pieces; j++)
      pieces[n++] = parts->tensors[i].storage->pieces[j];
  return storage;
}

static gboolean
join_parts (const Renaming *renaming, const char *original, const Parts *parts, GError **error)
{
  AmCheckpoint *checkpoint = renaming->checkpoint;
  AmTensor tensor = { 0 };
  guint64 *shape;

  for (guint i = 0; i < 3; i++)
    if (!parts->is_there[i])
      {
        g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                     "%s: %s: %s needs query, key and value, and one is missing",
                     am_checkpoint_get_path (checkpoint), renaming->folder, original);
        return FALSE;
      }
  if (!do_join (&parts->tensors[0], &parts->tensors[1]) || !do_join (&parts->tensors[0], &parts->tensors[2]))
    return set_tensor_error (renaming, &parts->tensors[0], error,
                             "query, key and value differ in type or width and cannot be put together");
  tensor = parts->tensors[0];
  shape = copy_shape (checkpoint, &tensor, tensor.n_dims);
  for (guint i = 1; i < 3; i++)
    if (!g_uint64_checked_add (&shape[0], shape[0], parts->tensors[i].shape[0]))
      return set_tensor_error (renaming, &tensor, error, "the joined shape does not fit into 64 bits");
  tensor.name = am_checkpoint_strndup (checkpoint, original, strlen (original));
  tensor.shape = shape;
  tensor.storage = join_pieces (checkpoint, parts);
  return am_checkpoint_add_tensor (checkpoint, &tensor, error);
}

static gboolean
join_all_parts (const Renaming *renaming, GError **error)
{
  GHashTableIter iter;
  gpointer original, parts;

  g_hash_table_iter_init (&iter, renaming->parts);
  while (g_hash_table_iter_next (&iter, &original, &parts))
    if (!join_parts (renaming, original, parts, error))
      return FALSE;
  return TRUE;
}

static gboolean
rename_tensors (Renaming *renaming, guint first, GError **error)
{
  GArray *tensors = am_checkpoint_peek_tensors (renaming->checkpoint);
  guint n_kept = first;

  for (guint i = first; i < tensors->len; i++)
    {
      AmTensor tensor = g_array_index (tensors, AmTensor, i);
      gboolean is_kept;

      if (!rename_tensor (renaming, &tensor, &is_kept, error))
        return FALSE;
      if (is_kept)
        g_array_index (tensors, AmTensor, n_kept++) = tensor;
    }
  g_array_set_size (tensors, n_kept);
  return join_all_parts (renaming, error);
}

static gboolean
rename_component (AmCheckpoint *checkpoint, GHashTable *names, const char *folder, guint first,
                  GError **error)
{
  g_autoptr (GHashTable) parts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Renaming renaming = { .checkpoint = checkpoint, .names = names, .folder = folder, .parts = parts };
  gboolean is_done = rename_tensors (&renaming, first, error);
  g_autofree char *example = renaming.example;

  if (is_done && renaming.n_unknown > 0)
    am_checkpoint_add_note (
        checkpoint, "%s: %u tensors have no name in the original layout and keep their own, as \"%s\"",
        folder, renaming.n_unknown, example);
  return is_done;
}

/* Reads the files of a component under their own names. */
static gboolean
read_component (AmCheckpoint *checkpoint, const char *path, GError **error)
{
  g_autofree char *inner = g_build_filename (path, "model_index.json", NULL);

  if (g_file_test (inner, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
                   "%s: a component of a diffusers folder cannot be one itself", path);
      return FALSE;
    }
  return am_checkpoint_read_path (checkpoint, path, error);
}

gboolean
am_diffusers_read (AmCheckpoint *checkpoint, const char *folder, GError **error)
{
  GArray *tensors = am_checkpoint_peek_tensors (checkpoint);
  g_autoptr (JsonNode) index = read_index (checkpoint, folder, error);
  g_autoptr (GHashTable) names = NULL;

  if (index == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (components); i++)
    {
      g_autofree char *path = g_build_filename (folder, components[i], NULL);
      guint first = tensors->len;

      /* Only the UNet must be there: its layout names the rest, and the index may list more than was fetched.
       */
      if (i > 0 && !g_file_test (path, G_FILE_TEST_IS_DIR))
        {
          if (is_listed (index, components[i]))
            am_checkpoint_add_note (checkpoint, "model_index.json lists %s, but there is no such folder",
                                    components[i]);
          continue;
        }
      if (!read_component (checkpoint, path, error))
        return FALSE;
      if (i == 0)
        names = am_diffusers_names_new (find_layout (checkpoint, first));
      if (!rename_component (checkpoint, names, components[i], first, error))
        return FALSE;
    }
  return TRUE;
}
