#include "torch-builder.h"

#include <string.h>

#define ALIGNMENT 64

void
put (GByteArray *bytes, const char *data, gsize length)
{
  g_byte_array_append (bytes, (const guint8 *)data, (guint)length);
}

void
put_le (GByteArray *bytes, guint64 value, guint width)
{
  for (guint i = 0; i < width; i++)
    {
      guint8 byte = i < 8 ? (guint8)(value >> (8 * i)) : 0;
      g_byte_array_append (bytes, &byte, 1);
    }
}

void
pickle_begin (GByteArray *pickle)
{
  put (pickle, BYTES ("\x80\x02"));
}

void
pickle_global (GByteArray *pickle, const char *module, const char *name)
{
  g_autofree char *line = g_strdup_printf ("c%s\n%s\n", module, name);
  put (pickle, line, strlen (line));
}

void
pickle_text (GByteArray *pickle, const char *text)
{
  put (pickle, "X", 1);
  put_le (pickle, strlen (text), 4);
  put (pickle, text, strlen (text));
}

void
pickle_int (GByteArray *pickle, gint64 value)
{
  put (pickle, BYTES ("\x8a\x08"));
  put_le (pickle, (guint64)value, 8);
}

void
pickle_sizes (GByteArray *pickle, const char *list)
{
  g_auto (GStrv) parts = g_strsplit (list, ",", -1);

  put (pickle, "(", 1);
  for (guint i = 0; parts[i] != NULL; i++)
    pickle_int (pickle, g_ascii_strtoll (parts[i], NULL, 10));
  put (pickle, "t", 1);
}

void
pickle_storage (GByteArray *pickle, const char *type, const char *key, gint64 n)
{
  put (pickle, "(", 1);
  pickle_text (pickle, "storage");
  pickle_global (pickle, "torch", type);
  pickle_text (pickle, key);
  pickle_text (pickle, "cpu");
  pickle_int (pickle, n);
  put (pickle, "tQ", 2);
}

void
pickle_tensor (GByteArray *pickle, const char *name, const char *type, const char *key, gint64 n,
               gint64 offset, const char *shape, const char *strides)
{
  pickle_text (pickle, name);
  pickle_global (pickle, "torch._utils", "_rebuild_tensor_v2");
  put (pickle, "(", 1);
  pickle_storage (pickle, type, key, n);
  pickle_int (pickle, offset);
  pickle_sizes (pickle, shape);
  pickle_sizes (pickle, strides);
  put (pickle, "\x89", 1);
  pickle_global (pickle, "collections", "OrderedDict");
  put (pickle, ")RtR", 4);
}

static void
put_local (GByteArray *zip, const ZipFile *file)
{
  gsize name_length = strlen (file->name);
  gsize start = zip->len + 30 + name_length + 4;
  gsize padding = (ALIGNMENT - start % ALIGNMENT) % ALIGNMENT;

  put (zip, BYTES ("PK\3\4\0\0\x08\x08\0\0\0\0\0\0"));
  put_le (zip, 0, 12);
  put_le (zip, name_length, 2);
  put_le (zip, padding + 4, 2);
  put (zip, file->name, name_length);
  put (zip, "FB", 2);
  put_le (zip, padding, 2);
  for (gsize i = 0; i < padding; i++)
    put (zip, "Z", 1);
  put (zip, file->data, file->length);
  put (zip, BYTES ("PK\7\x08"));
  put_le (zip, 0, 4);
  put_le (zip, file->length, 4);
  put_le (zip, file->length, 4);
}

static void
put_central (GByteArray *zip, const ZipFile *file, gsize offset, gboolean wide)
{
  put (zip, BYTES ("PK\1\2\0\0\0\0\x08\x08\0\0\0\0\0\0"));
  put_le (zip, 0, 4);
  put_le (zip, wide ? G_MAXUINT32 : file->length, 4);
  put_le (zip, wide ? G_MAXUINT32 : file->length, 4);
  put_le (zip, strlen (file->name), 2);
  put_le (zip, wide ? 28 : 0, 2);
  put_le (zip, 0, 10);
  put_le (zip, wide ? G_MAXUINT32 : offset, 4);
  put (zip, file->name, strlen (file->name));
  if (!wide)
    return;
  put_le (zip, 1, 2);
  put_le (zip, 24, 2);
  put_le (zip, file->length, 8);
  put_le (zip, file->length, 8);
  put_le (zip, offset, 8);
}

static void
put_end_64 (GByteArray *zip, gsize n, gsize directory, gsize size)
{
  gsize at = zip->len;

  put (zip, BYTES ("PK\6\6"));
  put_le (zip, 44, 8);
  put_le (zip, 0, 12);
  put_le (zip, n, 8);
  put_le (zip, n, 8);
  put_le (zip, size, 8);
  put_le (zip, directory, 8);
  put (zip, BYTES ("PK\6\7\0\0\0\0"));
  put_le (zip, at, 8);
  put_le (zip, 1, 4);
}

static GByteArray *
build (const ZipFile *files, gsize n, gboolean wide)
{
  GByteArray *zip = g_byte_array_new ();
  g_autofree gsize *offsets = g_new (gsize, n + 1);

  for (gsize i = 0; i < n; i++)
    {
      offsets[i] = zip->len;
      put_local (zip, &files[i]);
    }
  gsize directory = zip->len;
  for (gsize i = 0; i < n; i++)
    put_central (zip, &files[i], offsets[i], wide);
  gsize size = zip->len - directory;
  if (wide)
    put_end_64 (zip, n, directory, size);
  put (zip, BYTES ("PK\5\6\0\0\0\0"));
  put_le (zip, wide ? 0xffff : n, 2);
  put_le (zip, wide ? 0xffff : n, 2);
  put_le (zip, wide ? G_MAXUINT32 : size, 4);
  put_le (zip, wide ? G_MAXUINT32 : directory, 4);
  put_le (zip, 0, 2);
  return zip;
}

GByteArray *
zip_build (const ZipFile *files, gsize n)
{
  return build (files, n, FALSE);
}

GByteArray *
zip_build_64 (const ZipFile *files, gsize n)
{
  return build (files, n, TRUE);
}

GByteArray *
torch_build (const GByteArray *pickle, const GByteArray *const *storages, gsize n)
{
  g_autofree ZipFile *files = g_new0 (ZipFile, n + 3);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  files[0] = (ZipFile){ "archive/data.pkl", pickle->data, pickle->len };
  files[1] = (ZipFile){ "archive/byteorder", "little", 6 };
  for (gsize i = 0; i < n; i++)
    {
      char *name = g_strdup_printf ("archive/data/%" G_GSIZE_FORMAT, i);
      g_ptr_array_add (names, name);
      files[i + 2] = (ZipFile){ name, storages[i]->data, storages[i]->len };
    }
  files[n + 2] = (ZipFile){ "archive/version", "3\n", 2 };
  return zip_build (files, n + 3);
}

gsize
find_signature (const GByteArray *bytes, const char *signature, guint nth)
{
  gsize length = strlen (signature);

  for (gsize at = 0; at + length <= bytes->len; at++)
    if (memcmp (bytes->data + at, signature, length) == 0 && nth-- == 0)
      return at;
  g_error ("no such signature");
}

static void
put_system (GByteArray *bytes)
{
  pickle_begin (bytes);
  put (bytes, BYTES ("}("));
  pickle_text (bytes, "protocol_version");
  pickle_int (bytes, 1001);
  pickle_text (bytes, "little_endian");
  put (bytes, BYTES ("\x88u."));
}

GByteArray *
legacy_build (const GByteArray *object, const char *keys, const GByteArray *const *storages,
              guint element_size)
{
  GByteArray *bytes = g_byte_array_new ();
  g_auto (GStrv) names = g_strsplit (keys, " ", -1);

  put (bytes, BYTES ("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."));
  put (bytes, BYTES ("\x80\x02M\xe9\x03."));
  put_system (bytes);
  put (bytes, (const char *)object->data, object->len);
  pickle_begin (bytes);
  put (bytes, BYTES ("]("));
  for (guint i = 0; names[i] != NULL; i++)
    pickle_text (bytes, names[i]);
  put (bytes, BYTES ("e."));
  for (guint i = 0; names[i] != NULL; i++)
    {
      put_le (bytes, storages[i]->len / element_size, 8);
      put (bytes, (const char *)storages[i]->data, storages[i]->len);
    }
  return bytes;
}

GByteArray *
floats (guint n)
{
  GByteArray *bytes = g_byte_array_new ();

  for (guint i = 0; i < n; i++)
    {
      float value = (float)i;
      guint32 bits;
      memcpy (&bits, &value, sizeof bits);
      put_le (bytes, bits, 4);
    }
  return bytes;
}

GByteArray *
pickle_begin_dict (void)
{
  GByteArray *pickle = g_byte_array_new ();

  pickle_begin (pickle);
  put (pickle, "}(", 2);
  return pickle;
}

void
pickle_end_dict (GByteArray *pickle)
{
  put (pickle, "u.", 2);
}
