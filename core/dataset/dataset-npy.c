/* NumPy's .npy: a header that is a Python dict, and values.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "dataset/array.h"

#include <string.h>

#include "base/text.h"
#include "checkpoint/little-endian.h"

#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6
#define MAX_HEADER 65536

/* A header while it is read. */
typedef struct
{
  const char *at;
  AmArray *array;
  gboolean has_type, has_order, has_shape;
  gboolean is_fortran;
} Cursor;

static gboolean
fail (const Cursor *cursor, const char *what, GError **error)
{
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: damaged .npy header: %s"), cursor->array->title,
               what);
  return FALSE;
}

static void
skip_space (Cursor *cursor)
{
  cursor->at += strspn (cursor->at, " \t\n\r");
}

static gboolean
take (Cursor *cursor, const char *text)
{
  skip_space (cursor);
  if (!g_str_has_prefix (cursor->at, text))
    return FALSE;
  cursor->at += strlen (text);
  return TRUE;
}

/* (transfer full) (nullable) */
static char *
take_string (Cursor *cursor)
{
  const char *start;
  gsize n;

  skip_space (cursor);
  if (*cursor->at != '\'' && *cursor->at != '"')
    return NULL;
  start = cursor->at + 1;
  n = strcspn (start, *cursor->at == '"' ? "\"\\" : "'\\");
  if (start[n] != *cursor->at)
    return NULL;
  cursor->at = start + n + 1;
  return g_strndup (start, n);
}

static AmDtype
find_dtype (const char *code)
{
  static const struct
  {
    const char *code;
    AmDtype dtype;
  } types[] = {
    { "b1", AM_DTYPE_BOOL }, { "u1", AM_DTYPE_U8 },  { "i1", AM_DTYPE_I8 },  { "u2", AM_DTYPE_U16 },
    { "i2", AM_DTYPE_I16 },  { "u4", AM_DTYPE_U32 }, { "i4", AM_DTYPE_I32 }, { "u8", AM_DTYPE_U64 },
    { "i8", AM_DTYPE_I64 },  { "f2", AM_DTYPE_F16 }, { "f4", AM_DTYPE_F32 }, { "f8", AM_DTYPE_F64 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_equal (code, types[i].code))
      return types[i].dtype;
  return AM_DTYPE_NONE;
}

static gboolean
read_type (Cursor *cursor, GError **error)
{
  g_autofree char *text = NULL;

  skip_space (cursor);
  text = *cursor->at == '[' ? g_strdup (T_ ("a record")) : take_string (cursor);
  if (text == NULL)
    return fail (cursor, T_ ("no type of values"), error);
  if (text[0] != '\0' && strchr ("<>|=", text[0]) != NULL)
    cursor->array->dtype = find_dtype (text + 1);
  else
    cursor->array->dtype = AM_DTYPE_NONE;
  cursor->array->is_swapped = text[0] == '>';
  cursor->has_type = TRUE;
  if (cursor->array->dtype != AM_DTYPE_NONE)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: values of NumPy's type %s are not read; save plain numbers, as uint8 or float32"),
               cursor->array->title, text);
  return FALSE;
}

static gboolean
read_order (Cursor *cursor, GError **error)
{
  cursor->is_fortran = take (cursor, "True");
  if (!cursor->is_fortran && !take (cursor, "False"))
    return fail (cursor, T_ ("no order of values"), error);
  cursor->has_order = TRUE;
  return TRUE;
}

static gboolean
read_length (Cursor *cursor, guint64 *length)
{
  char *end;

  skip_space (cursor);
  if (!g_ascii_isdigit (*cursor->at))
    return FALSE;
  *length = g_ascii_strtoull (cursor->at, &end, 10);
  /* Python 2 marks long integers. */
  cursor->at = end + (*end == 'L');
  return *length < G_MAXINT64;
}

static gboolean
read_shape (Cursor *cursor, GError **error)
{
  AmArray *array = cursor->array;

  if (!take (cursor, "("))
    return fail (cursor, T_ ("no shape"), error);
  array->n_dims = 0;
  while (!take (cursor, ")"))
    {
      if (array->n_dims == AM_ARRAY_MAX_RANK)
        return fail (cursor, T_ ("more axes than data have"), error);
      if (!read_length (cursor, &array->shape[array->n_dims++]))
        return fail (cursor, T_ ("a length that is no number"), error);
      if (take (cursor, ","))
        continue;
      if (!take (cursor, ")"))
        return fail (cursor, T_ ("a shape without end"), error);
      break;
    }
  cursor->has_shape = TRUE;
  return TRUE;
}

static gboolean
read_entry (Cursor *cursor, GError **error)
{
  g_autofree char *key = take_string (cursor);

  if (key == NULL || !take (cursor, ":"))
    return fail (cursor, T_ ("not a Python dict"), error);
  if (g_str_equal (key, "descr") && !cursor->has_type)
    return read_type (cursor, error);
  if (g_str_equal (key, "fortran_order") && !cursor->has_order)
    return read_order (cursor, error);
  if (g_str_equal (key, "shape") && !cursor->has_shape)
    return read_shape (cursor, error);
  return fail (cursor, T_ ("a key that is unknown or there twice"), error);
}

static gboolean
read_dict (Cursor *cursor, GError **error)
{
  if (!take (cursor, "{"))
    return fail (cursor, T_ ("not a Python dict"), error);
  while (!take (cursor, "}"))
    {
      if (!read_entry (cursor, error))
        return FALSE;
      if (take (cursor, ","))
        continue;
      if (!take (cursor, "}"))
        return fail (cursor, T_ ("not a Python dict"), error);
      break;
    }
  skip_space (cursor);
  if (*cursor->at != '\0')
    return fail (cursor, T_ ("something after the dict"), error);
  if (!cursor->has_type || !cursor->has_order || !cursor->has_shape)
    return fail (cursor, T_ ("type, order or shape is missing"), error);
  if (!cursor->is_fortran)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED,
               T_ ("%s: the values are in Fortran order; save numpy.ascontiguousarray (array)"),
               cursor->array->title);
  return FALSE;
}

/* @n bytes of the .npy file from byte @at on. */
static gboolean
load (const AmArray *array, guint64 size, guint64 at, gsize n, gpointer dest, GError **error)
{
  if (at > size || n > size - at)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: ends inside its .npy header"), array->title);
      return FALSE;
    }
  if (array->memory == NULL)
    return am_checkpoint_pread (array->checkpoint, array->file, array->offset + at, n, dest, error);
  memcpy (dest, array->memory + at, n);
  return TRUE;
}

/* The text of the header, NUL-terminated; @end gets the byte after it. */
static char *
load_header (const Cursor *cursor, guint64 size, guint64 *end, GError **error)
{
  const AmArray *array = cursor->array;
  guint8 start[MAGIC_SIZE + 6] = { 0 };
  g_autofree char *text = NULL;
  gsize n, at;

  if (!load (array, size, 0, MAGIC_SIZE + 4, start, error))
    return NULL;
  at = start[MAGIC_SIZE] == 1 ? MAGIC_SIZE + 4 : MAGIC_SIZE + 6;
  if (memcmp (start, MAGIC, MAGIC_SIZE) != 0 || start[MAGIC_SIZE] < 1 || start[MAGIC_SIZE] > 3)
    {
      g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT, T_ ("%s: not in .npy format, version 1 to 3"),
                   array->title);
      return NULL;
    }
  if (!load (array, size, 0, at, start, error))
    return NULL;
  n = at == MAGIC_SIZE + 4 ? am_read_le16 (start + MAGIC_SIZE + 2) : am_read_le32 (start + MAGIC_SIZE + 2);
  if (n > MAX_HEADER)
    {
      fail (cursor, T_ ("longer than any shape needs"), error);
      return NULL;
    }
  text = g_malloc0 (n + 1);
  if (!load (array, size, at, n, text, error))
    return NULL;
  if (strlen (text) != n)
    {
      fail (cursor, T_ ("zero bytes"), error);
      return NULL;
    }
  *end = at + n;
  return g_steal_pointer (&text);
}

static gboolean
check_size (const AmArray *array, guint64 size, guint64 header, GError **error)
{
  const guint64 needed = header + am_array_get_size (array);

  if (size == needed)
    return TRUE;
  g_set_error (error, AM_ERROR, AM_ERROR_CORRUPT,
               T_ ("%s: the header promises %lu bytes, but there are %lu: incomplete or damaged"),
               array->title, (gulong)needed, (gulong)size);
  return FALSE;
}

AmArray *
am_npy_read (AmCheckpoint *checkpoint, guint file, guint64 offset, guint64 size, guint8 *memory,
             const char *title, GError **error)
{
  g_autoptr (AmArray) array = g_new0 (AmArray, 1);
  Cursor cursor = { .array = array };
  g_autofree char *text = NULL;
  guint64 end = 0;

  array->title = g_strdup (title);
  array->checkpoint = checkpoint;
  array->memory = memory;
  array->file = file;
  array->offset = offset;
  text = load_header (&cursor, size, &end, error);
  cursor.at = text;
  if (text == NULL || !read_dict (&cursor, error) || !am_array_measure (array, error)
      || !check_size (array, size, end, error))
    return NULL;
  array->offset = memory != NULL ? end : offset + end;
  return g_steal_pointer (&array);
}

static AmArray *
open_file (AmCheckpoint *files, const char *path, GError **error)
{
  const gint file = am_checkpoint_add_file (files, path, error);

  if (file < 0)
    return NULL;
  return am_npy_read (files, (guint)file, 0, am_checkpoint_file_size (files, (guint)file), NULL, path, error);
}

/* NAME_labels.npy, NAME with "labels" for "images", or labels.npy. (transfer full) (nullable) */
static char *
find_labels (const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GString) swapped = g_string_new (name);
  g_autofree char *stem = g_strndup (name, strlen (name) - (g_str_has_suffix (name, ".npy") ? 4 : 0));
  g_autofree char *added = g_strconcat (stem, "_labels.npy", NULL);
  const char *candidates[] = { added, swapped->str, "labels.npy" };

  g_string_replace (swapped, "images", "labels", 1);
  candidates[1] = swapped->str;
  for (guint i = 0; i < G_N_ELEMENTS (candidates); i++)
    {
      g_autofree char *labels = g_build_filename (folder, candidates[i], NULL);

      if (!g_str_equal (candidates[i], name) && g_file_test (labels, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&labels);
    }
  return NULL;
}

AmSamples *
am_samples_open_npy (const char *path, GError **error)
{
  g_autoptr (AmCheckpoint) files = am_checkpoint_new (path);
  g_autoptr (AmArray) images = open_file (files, path, error);
  g_autoptr (AmArray) labels = NULL;
  g_autofree char *labels_path = find_labels (path);

  if (images == NULL)
    return NULL;
  if (labels_path != NULL && (labels = open_file (files, labels_path, error)) == NULL)
    return NULL;
  return am_samples_new_from_arrays (N_ ("NumPy array"), g_steal_pointer (&files), g_steal_pointer (&images),
                                     g_steal_pointer (&labels), error);
}
