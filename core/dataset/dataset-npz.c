/* NumPy's .npz: .npy files in a zip archive. */
#include "dataset/array.h"

#include "base/text.h"
#include "checkpoint/zip-directory.h"

#define STORED 0
#define DEFLATED 8

static const AmZipEntry *
find_member (const AmZipDirectory *directory, const char *name)
{
  g_autofree char *member = g_strconcat (name, ".npy", NULL);

  return am_zip_directory_find (directory, member);
}

static gboolean
has_member (gpointer data, const char *name)
{
  return find_member (data, name) != NULL;
}

static gboolean
has_arrays (const AmZipDirectory *directory)
{
  for (guint i = 0; i < am_zip_directory_get_n_entries (directory); i++)
    if (g_str_has_suffix (am_zip_directory_get_entry (directory, i)->name, ".npy"))
      return TRUE;
  return FALSE;
}

static guint8 *
inflate_member (const AmCheckpoint *files, const AmZipEntry *entry, const char *title, GError **error)
{
  g_autofree guint8 *packed = g_try_malloc (MAX (entry->compressed, 1)), *bytes = NULL;
  gsize n;

  if (packed == NULL)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("%s: needs more memory than there is"), title);
      return NULL;
    }
  if (!am_checkpoint_pread (files, 0, entry->data_offset, entry->compressed, packed, error))
    return NULL;
  /* One byte more, to see whether there is one. */
  bytes = am_inflate (G_ZLIB_COMPRESSOR_FORMAT_RAW, packed, entry->compressed, entry->size + 1, &n, title,
                      error);
  if (bytes == NULL || n == entry->size)
    return g_steal_pointer (&bytes);
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
               T_ ("%s: the archive promises %lu bytes, but there are %lu: incomplete or damaged"), title,
               (gulong)entry->size, (gulong)n);
  return NULL;
}

static AmArray *
open_member (AmCheckpoint *files, const AmZipDirectory *directory, const char *name, GError **error)
{
  const AmZipEntry *entry = find_member (directory, name);
  g_autofree char *title = g_strdup_printf (T_ ("%s: array “%s”"), am_checkpoint_get_path (files), name);
  guint8 *bytes;

  if (entry->method == STORED)
    return am_npy_read (files, 0, entry->data_offset, entry->size, NULL, title, error);
  if (entry->method != DEFLATED || entry->size == G_MAXUINT64)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: compressed with method %u of zip; only stored and deflated arrays are read"),
                   title, entry->method);
      return NULL;
    }
  bytes = inflate_member (files, entry, title, error);
  return bytes != NULL ? am_npy_read (files, 0, 0, entry->size, bytes, title, error) : NULL;
}

static AmSamples *
open_arrays (AmCheckpoint *checkpoint, AmZipDirectory *directory, GError **error)
{
  g_autoptr (AmCheckpoint) files = checkpoint;
  g_autoptr (AmArray) images = NULL, labels = NULL;
  g_autofree char *list = am_array_list_image_names ();
  const char *image_name, *label_name;

  if (!am_array_pick_names (has_member, directory, &image_name, &label_name))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: no pictures: none of its arrays is named one of these: %s"),
                   am_checkpoint_get_path (files), list);
      return NULL;
    }
  images = open_member (files, directory, image_name, error);
  if (images == NULL)
    return NULL;
  if (label_name != NULL && (labels = open_member (files, directory, label_name, error)) == NULL)
    return NULL;
  return am_samples_new_from_arrays (N_ ("NumPy arrays"), g_steal_pointer (&files), g_steal_pointer (&images),
                                     g_steal_pointer (&labels), error);
}

AmSamples *
am_samples_open_npz (const char *path, GError **error)
{
  g_autoptr (AmCheckpoint) files = am_checkpoint_new (path);
  g_autoptr (AmZipDirectory) directory = NULL;

  if (am_checkpoint_add_file (files, path, error) < 0)
    return NULL;
  directory = am_zip_directory_read (files, 0, error);
  if (directory == NULL)
    return NULL;
  /* PyTorch's files are archives too. */
  return has_arrays (directory) ? open_arrays (g_steal_pointer (&files), directory, error)
                                : am_samples_open_tensors (path, error);
}
