#include "imatrix-file.h"

#include <string.h>

#define ALIGNMENT 32
#define STRING 8
#define F32 0

struct _ImatrixFile
{
  guint n_tensors;
  GByteArray *infos, *data;
};

static void
put (GByteArray *bytes, guint64 value, guint size)
{
  guint64 little = GUINT64_TO_LE (value);

  g_byte_array_append (bytes, (const guint8 *)&little, size);
}

static void
put_string (GByteArray *bytes, const char *text)
{
  put (bytes, strlen (text), 8);
  g_byte_array_append (bytes, (const guint8 *)text, (guint)strlen (text));
}

static void
align (GByteArray *bytes)
{
  while (bytes->len % ALIGNMENT != 0)
    put (bytes, 0, 1);
}

ImatrixFile *
imatrix_file_new (void)
{
  ImatrixFile *file = g_new0 (ImatrixFile, 1);

  file->infos = g_byte_array_new ();
  file->data = g_byte_array_new ();
  return file;
}

/* Dimensions go fastest first. */
static void
add_tensor (ImatrixFile *file, const char *name, const char *suffix, guint n_dims, guint64 fast, guint64 slow,
            const float *values)
{
  g_autofree char *full = g_strconcat (name, suffix, NULL);

  file->n_tensors++;
  put_string (file->infos, full);
  put (file->infos, n_dims, 4);
  put (file->infos, fast, 8);
  if (n_dims > 1)
    put (file->infos, slow, 8);
  put (file->infos, F32, 4);
  align (file->data);
  put (file->infos, file->data->len, 8);
  g_byte_array_append (file->data, (const guint8 *)values, (guint)(fast * slow * sizeof *values));
}

void
imatrix_file_add (ImatrixFile *file, const char *name, guint n_experts, guint n, const float *sums,
                  const float *counts)
{
  guint n_rows = MAX (n_experts, 1);

  add_tensor (file, name, ".in_sum2", n_experts > 0 ? 2 : 1, n, n_rows, sums);
  if (counts != NULL)
    add_tensor (file, name, ".counts", n_experts > 0 ? 2 : 1, 1, n_rows, counts);
}

char *
imatrix_file_write (ImatrixFile *file, const char *folder, const char *name)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  char *path = g_build_filename (folder, name, NULL);

  g_byte_array_append (bytes, (const guint8 *)"GGUF", 4);
  put (bytes, 3, 4);
  put (bytes, file->n_tensors, 8);
  put (bytes, 1, 8);
  put_string (bytes, "general.type");
  put (bytes, STRING, 4);
  put_string (bytes, "imatrix");
  g_byte_array_append (bytes, file->infos->data, file->infos->len);
  align (bytes);
  g_byte_array_append (bytes, file->data->data, file->data->len);
  g_assert_true (g_file_set_contents (path, (const char *)bytes->data, bytes->len, NULL));
  g_byte_array_unref (file->infos);
  g_byte_array_unref (file->data);
  g_free (file);
  return path;
}
