/* From a path to a checkpoint: which reader takes it. */
#include "checkpoint/checkpoint-private.h"

#include "checkpoint/file-kind.h"

static gboolean
sniff (const AmCheckpoint *checkpoint, guint file, AmFileKind *kind, GError **error)
{
  guint8 start[AM_FILE_KIND_BYTES];
  gsize n = MIN (am_checkpoint_file_size (checkpoint, file), sizeof start);

  if (!am_checkpoint_pread (checkpoint, file, 0, n, start, error))
    return FALSE;
  *kind = am_file_kind_sniff (start, n);
  return TRUE;
}

/* A name that promises something else is no error, but explains surprises elsewhere. */
static void
note_wrong_name (AmCheckpoint *checkpoint, guint file, AmFileKind kind)
{
  const char *path = am_checkpoint_get_file (checkpoint, file);
  gboolean is_named = g_str_has_suffix (path, ".safetensors");

  if (is_named && kind != AM_FILE_KIND_SAFETENSORS)
    am_checkpoint_add_note (checkpoint, "%s: named .safetensors, but it is a %s file; read as such", path,
                            kind == AM_FILE_KIND_GGUF ? "GGUF" : "PyTorch");
  else if (!is_named && kind == AM_FILE_KIND_SAFETENSORS
           && (g_str_has_suffix (path, ".ckpt") || g_str_has_suffix (path, ".pt")
               || g_str_has_suffix (path, ".bin")))
    am_checkpoint_add_note (checkpoint, "%s: a safetensors file under another name", path);
}

static gboolean
read_kind (AmCheckpoint *checkpoint, guint file, AmFileKind kind, GError **error)
{
  switch (kind)
    {
    case AM_FILE_KIND_SAFETENSORS:
      return am_safetensors_read (checkpoint, file, error);
    case AM_FILE_KIND_TORCH_ZIP:
      return am_torch_zip_read (checkpoint, file, error);
    case AM_FILE_KIND_TORCH_LEGACY:
      return am_torch_legacy_read (checkpoint, file, error);
    case AM_FILE_KIND_GGUF:
      return am_gguf_read (checkpoint, file, error);
    default:
      am_file_kind_set_error (kind, am_checkpoint_get_file (checkpoint, file), error);
      return FALSE;
    }
}

gboolean
am_checkpoint_read_file (AmCheckpoint *checkpoint, guint file, GError **error)
{
  AmFileKind kind;

  if (!sniff (checkpoint, file, &kind, error) || !read_kind (checkpoint, file, kind, error))
    return FALSE;
  note_wrong_name (checkpoint, file, kind);
  return TRUE;
}

static AmContainer
container_of_kind (AmFileKind kind)
{
  switch (kind)
    {
    case AM_FILE_KIND_JSON:
      return AM_CONTAINER_SHARDED;
    case AM_FILE_KIND_TORCH_ZIP:
      return AM_CONTAINER_TORCH_ZIP;
    case AM_FILE_KIND_TORCH_LEGACY:
      return AM_CONTAINER_TORCH_LEGACY;
    case AM_FILE_KIND_GGUF:
      return AM_CONTAINER_GGUF;
    default:
      return AM_CONTAINER_SAFETENSORS;
    }
}

/* A model file or a shard index. */
static gboolean
read_model_file (AmCheckpoint *checkpoint, const char *path, AmContainer *container, GError **error)
{
  AmFileKind kind;
  gint file = am_checkpoint_add_file (checkpoint, path, error);

  if (file < 0 || !sniff (checkpoint, (guint)file, &kind, error))
    return FALSE;
  *container = container_of_kind (kind);
  if (kind == AM_FILE_KIND_JSON)
    return am_shard_index_read (checkpoint, (guint)file, error);
  return am_checkpoint_read_file (checkpoint, (guint)file, error);
}

static gboolean
read_folder (AmCheckpoint *checkpoint, const char *folder, AmContainer *container, GError **error)
{
  AmFolderKind kind;
  g_autofree char *note = NULL;
  g_autofree char *path = am_folder_find (folder, &kind, &note, error);

  if (!path)
    return FALSE;
  if (note)
    am_checkpoint_add_note (checkpoint, "%s: %s", folder, note);
  if (kind != AM_FOLDER_KIND_DIFFUSERS)
    return read_model_file (checkpoint, path, container, error);
  *container = AM_CONTAINER_DIFFUSERS;
  return am_diffusers_read (checkpoint, folder, error);
}

static gboolean
read_any (AmCheckpoint *checkpoint, const char *path, AmContainer *container, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return read_folder (checkpoint, path, container, error);
  if (g_strcmp0 (name, "model_index.json") == 0 && g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return read_folder (checkpoint, folder, container, error);
  return read_model_file (checkpoint, path, container, error);
}

gboolean
am_checkpoint_read_path (AmCheckpoint *checkpoint, const char *path, GError **error)
{
  AmContainer container;

  return read_any (checkpoint, path, &container, error);
}

AmCheckpoint *
am_checkpoint_open (const char *path, GError **error)
{
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_new (path);
  AmContainer container;

  if (!read_any (checkpoint, path, &container, error))
    return NULL;
  am_checkpoint_set_container (checkpoint, container);
  if (!am_checkpoint_finish (checkpoint, error))
    return NULL;
  return g_steal_pointer (&checkpoint);
}
