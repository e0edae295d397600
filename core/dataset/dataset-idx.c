/* IDX, the format of MNIST: big endian, http://yann.lecun.com/exdb/mnist/ */
#include "dataset/array.h"

#include <string.h>

#include "base/text.h"
#include "checkpoint/file-kind.h"
#include "checkpoint/little-endian.h"

#define MAGIC 4

static AmDtype
find_dtype (guint8 code)
{
  switch (code)
    {
    case 0x08:
      return AM_DTYPE_U8;
    case 0x09:
      return AM_DTYPE_I8;
    case 0x0b:
      return AM_DTYPE_I16;
    case 0x0c:
      return AM_DTYPE_I32;
    case 0x0d:
      return AM_DTYPE_F32;
    case 0x0e:
      return AM_DTYPE_F64;
    default:
      return AM_DTYPE_NONE;
    }
}

static gboolean
fail (const AmArray *array, const char *reason, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, "%s: %s", array->title, reason);
  return FALSE;
}

/* The @n first bytes of the file, or all. */
static gboolean
parse_header (AmArray *array, const guint8 *start, gsize n, GError **error)
{
  if (n < MAGIC || start[0] != 0 || start[1] != 0 || find_dtype (start[2]) == AM_DTYPE_NONE)
    return fail (array, T_ ("not in IDX format, the one of MNIST"), error);
  array->dtype = find_dtype (start[2]);
  array->is_swapped = TRUE;
  array->n_dims = start[3];
  if (array->n_dims == 0 || array->n_dims > 4)
    return fail (array, T_ ("an IDX file of this many axes holds neither pictures nor labels"), error);
  array->offset = MAGIC + 4 * array->n_dims;
  if (n < array->offset)
    return fail (array, T_ ("the file ends inside its header"), error);
  for (guint i = 0; i < array->n_dims; i++)
    array->shape[i] = GUINT32_FROM_BE (am_read_le32 (start + MAGIC + 4 * i));
  return am_array_measure (array, error);
}

static gboolean
check_size (const AmArray *array, guint64 size, GError **error)
{
  const guint64 needed = array->offset + am_array_get_size (array);

  if (size == needed)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
               T_ ("%s: the header promises %lu bytes, but there are %lu: incomplete or damaged"),
               array->title, (gulong)needed, (gulong)size);
  return FALSE;
}

static gboolean
read_compressed (AmArray *array, guint64 size, GError **error)
{
  g_autofree guint8 *packed = g_try_malloc (size), *header = NULL;
  gsize n;

  if (packed == NULL)
    return fail (array, T_ ("the file is larger than memory; decompress it first"), error);
  if (!am_checkpoint_pread (array->checkpoint, array->file, 0, size, packed, error))
    return FALSE;
  header
      = am_inflate (G_ZLIB_COMPRESSOR_FORMAT_GZIP, packed, size, AM_FILE_KIND_BYTES, &n, array->title, error);
  if (header == NULL || !parse_header (array, header, n, error))
    return FALSE;
  /* One byte more, to see whether there is one. */
  array->memory = am_inflate (G_ZLIB_COMPRESSOR_FORMAT_GZIP, packed, size,
                              array->offset + am_array_get_size (array) + 1, &n, array->title, error);
  return array->memory != NULL && check_size (array, n, error);
}

static gboolean
read_array (AmArray *array, GError **error)
{
  guint8 start[AM_FILE_KIND_BYTES];
  const guint64 size = am_checkpoint_file_size (array->checkpoint, array->file);
  const gsize n = MIN (size, sizeof start);

  if (!am_checkpoint_pread (array->checkpoint, array->file, 0, n, start, error))
    return FALSE;
  if (am_file_kind_sniff (start, n) == AM_FILE_KIND_GZIP)
    return read_compressed (array, size, error);
  return parse_header (array, start, n, error) && check_size (array, size, error);
}

static AmArray *
open_array (AmCheckpoint *files, const char *path, GError **error)
{
  g_autoptr (AmArray) array = g_new0 (AmArray, 1);
  const gint file = am_checkpoint_add_file (files, path, error);

  if (file < 0)
    return NULL;
  array->title = g_strdup (path);
  array->checkpoint = files;
  array->file = (guint)file;
  return read_array (array, error) ? g_steal_pointer (&array) : NULL;
}

/* "images-idx3" becomes "labels-idx1"; compressed or not, whichever is there. (transfer full) (nullable) */
static char *
find_labels (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GString) other = g_string_new (name);
  const char *idx;

  if (g_string_replace (other, "images", "labels", 1) == 0)
    return NULL;
  idx = strstr (other->str, "idx");
  if (idx != NULL && g_ascii_isdigit (idx[3]))
    other->str[idx + 3 - other->str] = '1';
  if (g_str_has_suffix (other->str, ".gz"))
    g_string_truncate (other, other->len - 3);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *labels
          = g_strconcat (folder, G_DIR_SEPARATOR_S, other->str, i == 0 ? "" : ".gz", NULL);

      if (g_file_test (labels, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&labels);
    }
  return NULL;
}

AmSamples *
am_samples_open_idx (const char *path, GError **error)
{
  g_autoptr (AmCheckpoint) files = am_checkpoint_new (path);
  g_autoptr (AmArray) images = open_array (files, path, error);
  g_autoptr (AmArray) labels = NULL;
  g_autofree char *labels_path = find_labels (path);

  if (images == NULL)
    return NULL;
  if (images->n_dims == 1)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
                   T_ ("%s: these are labels; name the file with the pictures"), path);
      return NULL;
    }
  if (labels_path != NULL && (labels = open_array (files, labels_path, error)) == NULL)
    return NULL;
  return am_samples_new_from_arrays (N_ ("IDX"), g_steal_pointer (&files), g_steal_pointer (&images),
                                     g_steal_pointer (&labels), error);
}

static gboolean
is_image_file (const char *name)
{
  return g_regex_match_simple ("images[-.]idx[2-4]-ubyte(\\.gz)?$", name, 0, 0);
}

/* The compressed copy of a file that is there too. */
static gboolean
is_copy (const GPtrArray *names, const char *name)
{
  g_autofree char *plain = g_strndup (name, strlen (name) - MIN (strlen (name), 3));

  return g_str_has_suffix (name, ".gz")
         && g_ptr_array_find_with_equal_func ((GPtrArray *)names, plain, g_str_equal, NULL);
}

char **
am_idx_find (const char *folder, GPtrArray *names, GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) paths = NULL;
  g_autofree char *list = NULL;

  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (is_image_file (name) && !is_copy (names, name))
        g_strv_builder_add (builder, path);
    }
  paths = g_strv_builder_end (builder);
  if (g_strv_length (paths) == 0)
    return NULL;
  if (g_strv_length (paths) == 1)
    return g_steal_pointer (&paths);
  list = g_strjoinv (", ", paths);
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED, T_ ("%s: holds several sets; name one of them: %s"),
               folder, list);
  return NULL;
}
