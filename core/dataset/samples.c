/* From a path to its samples: which reader takes it. */
#include "dataset/dataset-private.h"

#include "base/text.h"
#include "checkpoint/file-kind.h"

void
am_samples_free (AmSamples *samples)
{
  if (samples == NULL)
    return;
  if (samples->destroy != NULL)
    samples->destroy (samples->data);
  g_free (samples->labels);
  g_clear_pointer (&samples->class_names, g_ptr_array_unref);
  g_clear_pointer (&samples->paths, g_ptr_array_unref);
  am_checkpoint_free (samples->files);
  g_free (samples);
}

static AmSamples *
open_folder (const char *folder, GError **error)
{
  g_autoptr (GPtrArray) names = am_list_folder (folder, error);
  g_autoptr (GError) failure = NULL;
  g_auto (GStrv) paths = NULL;

  if (names == NULL)
    return NULL;
  paths = am_idx_find (folder, names, &failure);
  if (paths != NULL)
    return am_samples_open_idx (paths[0], error);
  if (failure == NULL)
    paths = am_cifar_find (folder, names, &failure);
  if (paths != NULL)
    return am_samples_open_cifar ((const char *const *)paths, g_strv_length (paths), error);
  if (failure == NULL)
    return am_samples_open_pictures (folder, error);
  g_propagate_error (error, g_steal_pointer (&failure));
  return NULL;
}

/* Two zero bytes, a type and a number of axes, with nothing but the size to tell them from pixels. */
static gboolean
resembles_idx (const guint8 *start, gsize n)
{
  return n >= 4 && start[0] == 0 && start[1] == 0 && start[2] >= 0x08 && start[2] <= 0x0e && start[3] >= 1
         && start[3] <= 4;
}

static AmSamples *
refuse_single_picture (const char *path, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: this is one picture; name the folder it is in"), path);
  return NULL;
}

static AmSamples *
open_file (const char *path, const guint8 *start, gsize n, GError **error)
{
  switch (am_file_kind_sniff (start, n))
    {
    case AM_FILE_KIND_PNG:
    case AM_FILE_KIND_JPEG:
      return refuse_single_picture (path, error);
    case AM_FILE_KIND_NPY:
      return am_samples_open_npy (path, error);
    case AM_FILE_KIND_TORCH_ZIP:
      return am_samples_open_npz (path, error);
    case AM_FILE_KIND_GZIP:
      return am_samples_open_idx (path, error);
    default:
      break;
    }
  if (!g_str_has_suffix (path, ".safetensors") && am_cifar_check (path))
    return am_samples_open_cifar (&path, 1, error);
  if (resembles_idx (start, n))
    return am_samples_open_idx (path, error);
  if (am_cifar_is_named (path))
    return am_samples_open_cifar (&path, 1, error);
  return am_samples_open_tensors (path, error);
}

static gboolean
peek (const char *path, guint8 start[AM_FILE_KIND_BYTES], gsize *n, GError **error)
{
  g_autoptr (AmCheckpoint) file = am_checkpoint_new (path);

  if (am_checkpoint_add_file (file, path, error) < 0)
    return FALSE;
  *n = MIN (am_checkpoint_file_size (file, 0), AM_FILE_KIND_BYTES);
  return am_checkpoint_pread (file, 0, 0, *n, start, error);
}

AmSamples *
am_samples_open (const char *path, GError **error)
{
  guint8 start[AM_FILE_KIND_BYTES];
  gsize n;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    return open_folder (path, error);
  return peek (path, start, &n, error) ? open_file (path, start, n, error) : NULL;
}
