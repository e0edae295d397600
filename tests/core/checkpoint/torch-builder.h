/* Writes pickles and zip archives for tests, right ones and wrong ones. */
#pragma once

#include <glib.h>

/* A string literal that may hold NUL bytes, as two arguments. */
#define BYTES(text) text, sizeof (text) - 1

void put (GByteArray *bytes, const char *data, gsize length);
void put_le (GByteArray *bytes, guint64 value, guint width);

/* Opcodes of protocol 2. */
void pickle_begin (GByteArray *pickle);
void pickle_global (GByteArray *pickle, const char *module, const char *name);
void pickle_text (GByteArray *pickle, const char *text);
void pickle_int (GByteArray *pickle, gint64 value);

/* A tuple of integers from a list like "2,3"; "" for the empty one. */
void pickle_sizes (GByteArray *pickle, const char *list);

/* ('storage', torch.TYPE, KEY, 'cpu', N) as a persistent id. */
void pickle_storage (GByteArray *pickle, const char *type, const char *key, gint64 n);

/* The key @name and a call of _rebuild_tensor_v2, to be put into a dictionary by SETITEMS. */
void pickle_tensor (GByteArray *pickle, const char *name, const char *type, const char *key, gint64 n,
                    gint64 offset, const char *shape, const char *strides);

typedef struct
{
  const char *name;
  const void *data;
  gsize length;
} ZipFile;

/* An archive as torch writes it: stored, aligned to 64 bytes by a field "FB", sizes after the data. */
GByteArray *zip_build (const ZipFile *files, gsize n);

/* The same with a zip64 end record and zip64 sizes in the directory. */
GByteArray *zip_build_64 (const ZipFile *files, gsize n);

/* A torch file whose data.pkl is @pickle and whose storages "0", "1", ... are @storages. */
GByteArray *torch_build (const GByteArray *pickle, const GByteArray *const *storages, gsize n);

/* Byte of the @nth (from 0) occurrence of a signature like "PK\1\2". Aborts when there is none. */
gsize find_signature (const GByteArray *bytes, const char *signature, guint nth);

/* A file of torch before 1.6: @object is the pickle of the object, @keys "0 1 ..." name @storages, whose
 * elements have
 * @element_size bytes. */
GByteArray *legacy_build (const GByteArray *object, const char *keys, const GByteArray *const *storages,
                          guint element_size);

/* The float32 values 0, 1, ... n - 1. */
GByteArray *floats (guint n);

/* A pickle of one dictionary: keys and values go between the two. */
GByteArray *pickle_begin_dict (void);
void pickle_end_dict (GByteArray *pickle);
