#include <string.h>

#include "checkpoint-bytes.h"
#include "fixture-checkpoint.h"
#include "torch-builder.h"

#define U32 4
#define STRING 8
#define ARRAY 9

static char *path;

static GByteArray *
begin (guint32 version, guint64 n_tensors, guint64 n_pairs)
{
  GByteArray *bytes = g_byte_array_new ();

  put (bytes, "GGUF", 4);
  put_le (bytes, version, 4);
  put_le (bytes, n_tensors, 8);
  put_le (bytes, n_pairs, 8);
  return bytes;
}

static void
put_string (GByteArray *bytes, const char *text)
{
  put_le (bytes, strlen (text), 8);
  put (bytes, text, strlen (text));
}

static void
put_key (GByteArray *bytes, const char *key, guint32 type)
{
  put_string (bytes, key);
  put_le (bytes, type, 4);
}

/* @dims like "3,2", as in the file: fastest first. */
static void
put_info (GByteArray *bytes, const char *name, const char *dims, guint32 type, guint64 offset)
{
  g_auto (GStrv) parts = g_strsplit (dims, ",", -1);

  put_string (bytes, name);
  put_le (bytes, g_strv_length (parts), 4);
  for (guint i = 0; parts[i] != NULL; i++)
    put_le (bytes, g_ascii_strtoull (parts[i], NULL, 10), 8);
  put_le (bytes, type, 4);
  put_le (bytes, offset, 8);
}

static void
align (GByteArray *bytes, guint alignment)
{
  while (bytes->len % alignment != 0)
    put_le (bytes, 0, 1);
}

static void
assert_shape (const AmTensor *tensor, const char *shape)
{
  g_autoptr (GString) shown = g_string_new (NULL);

  for (guint i = 0; i < tensor->n_dims; i++)
    g_string_append_printf (shown, "%s%" G_GUINT64_FORMAT, i > 0 ? "," : "", tensor->shape[i]);
  g_assert_cmpstr (shown->str, ==, shape);
}

/* Dimensions come out in torch's order, bytes as they are. */
static void
test_plain_types (void)
{
  static const struct
  {
    guint32 type;
    AmDtype dtype;
  } cases[] = {
    { 0, AM_DTYPE_F32 }, { 1, AM_DTYPE_F16 },  { 30, AM_DTYPE_BF16 }, { 28, AM_DTYPE_F64 },
    { 24, AM_DTYPE_I8 }, { 25, AM_DTYPE_I16 }, { 26, AM_DTYPE_I32 },  { 27, AM_DTYPE_I64 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint version = 2; version <= 3; version++)
      {
        const guint size = am_dtype_get_bits (cases[i].dtype) / 8 * 6;
        g_autoptr (GByteArray) bytes = begin (version, 1, 0);
        guint8 read[64];

        put_info (bytes, "x", "3,2", cases[i].type, 0);
        align (bytes, 32);
        for (guint j = 0; j < size; j++)
          put_le (bytes, j, 1);
        g_autoptr (AmCheckpoint) checkpoint = open_good (path, bytes);
        const AmTensor *tensor = am_checkpoint_find (checkpoint, "x", NULL);
        g_assert_cmpint (am_checkpoint_get_container (checkpoint), ==, AM_CONTAINER_GGUF);
        g_assert_cmpint (tensor->dtype, ==, cases[i].dtype);
        assert_shape (tensor, "2,3");
        g_assert_true (am_checkpoint_read_bytes (checkpoint, tensor, 0, tensor->size, read, NULL));
        g_assert_cmpmem (read, tensor->size, bytes->data + bytes->len - size, size);
      }
}

/* Two blocks: scales 0.5 and 2, values i - 16 and 100. */
static void
test_q8_0 (void)
{
  g_autoptr (GByteArray) bytes = begin (3, 1, 0);
  float values[64];

  put_info (bytes, "x", "32,2", 8, 0);
  align (bytes, 32);
  put_le (bytes, 0x3800, 2);
  for (gint i = 0; i < 32; i++)
    put_le (bytes, (guint8)(i - 16), 1);
  put_le (bytes, 0x4000, 2);
  for (gint i = 0; i < 32; i++)
    put_le (bytes, 100, 1);
  g_autoptr (AmCheckpoint) checkpoint = open_good (path, bytes);
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "x", NULL);
  g_assert_cmpint (tensor->dtype, ==, AM_DTYPE_F16);
  g_assert_cmpstr (tensor->stored, ==, "Q8_0");
  g_assert_cmpuint (tensor->size, ==, 128);
  assert_shape (tensor, "2,32");
  g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, 0, 64, values, NULL));
  for (gint i = 0; i < 32; i++)
    {
      g_assert_cmpfloat (values[i], ==, 0.5f * (float)(i - 16));
      g_assert_cmpfloat (values[32 + i], ==, 200);
    }
}

static void
test_keys (void)
{
  g_autoptr (GByteArray) bytes = begin (3, 2, 12);
  GHashTable *metadata;

  put_key (bytes, "general.alignment", U32);
  put_le (bytes, 64, 4);
  put_key (bytes, "general.architecture", STRING);
  put_string (bytes, "flux");
  put_key (bytes, "tokenizer.tokens", ARRAY);
  put_le (bytes, STRING, 4);
  put_le (bytes, 2, 8);
  put_string (bytes, "a");
  put_string (bytes, "bc");
  put_key (bytes, "numbers", ARRAY);
  put_le (bytes, 5, 4);
  put_le (bytes, 3, 8);
  put_le (bytes, 0, 12);
  put_key (bytes, "half", 6);
  put_le (bytes, 0, 4);
  put_key (bytes, "yes", 7);
  put_le (bytes, 1, 1);
  put_key (bytes, "llama.attention.head_count", U32);
  put_le (bytes, 32, 4);
  put_key (bytes, "offset", 11);
  put_le (bytes, (guint64)-3, 8);
  put_key (bytes, "llama.attention.layer_norm_rms_epsilon", 6);
  put_le (bytes, 0x3727c5ac, 4);
  put_key (bytes, "general.file_type", U32);
  put_le (bytes, 7, 4);
  put_key (bytes, "tokenizer.ggml.bos_token_id", U32);
  put_le (bytes, 1, 4);
  put_key (bytes, "comfy.gguf.orig_shape.conv", ARRAY);
  put_le (bytes, 5, 4);
  put_le (bytes, 4, 8);
  put_le (bytes, 2, 4);
  put_le (bytes, 1, 4);
  put_le (bytes, 3, 4);
  put_le (bytes, 1, 4);
  put_info (bytes, "conv", "6", 0, 64);
  put_info (bytes, "bias", "1", 0, 0);
  align (bytes, 64);
  put_le (bytes, 0x3f800000, 64);
  for (guint i = 0; i < 6; i++)
    put_le (bytes, 0x40000000, 4);
  g_autoptr (AmCheckpoint) checkpoint = open_good (path, bytes);
  const AmTensor *tensor = am_checkpoint_find (checkpoint, "conv", NULL);
  float value;
  assert_shape (tensor, "2,1,3,1");
  g_assert_true (am_checkpoint_read_floats (checkpoint, tensor, 5, 1, &value, NULL));
  g_assert_cmpfloat (value, ==, 2);
  g_assert_true (am_checkpoint_read_floats (checkpoint, am_checkpoint_find (checkpoint, "bias", NULL), 0, 1,
                                            &value, NULL));
  g_assert_cmpfloat (value, ==, 1);
  metadata = am_checkpoint_get_metadata (checkpoint);
  g_assert_cmpstr (g_hash_table_lookup (metadata, "general.architecture"), ==, "flux");
  g_assert_cmpstr (g_hash_table_lookup (metadata, "llama.attention.head_count"), ==, "32");
  g_assert_cmpstr (g_hash_table_lookup (metadata, "offset"), ==, "-3");
  g_assert_cmpstr (g_hash_table_lookup (metadata, "half"), ==, "0");
  g_assert_cmpfloat (
      (float)g_ascii_strtod (g_hash_table_lookup (metadata, "llama.attention.layer_norm_rms_epsilon"), NULL),
      ==, 1e-5f);
  g_assert_cmpuint (g_hash_table_size (metadata), ==, 5);
}

static void
test_header_refused (void)
{
  static const struct
  {
    const char *name;
    guint32 version;
    guint64 n_tensors;
    guint64 n_pairs;
    AmError code;
    const char *message;
  } cases[] = {
    { "version 0", 0, 0, 0, AM_ERROR_UNSUPPORTED, "GGUF version 0" },
    { "version 1", 1, 0, 0, AM_ERROR_UNSUPPORTED, "GGUF version 1" },
    { "version 4", 4, 0, 0, AM_ERROR_UNSUPPORTED, "GGUF version 4" },
    { "big endian", 0x03000000, 0, 0, AM_ERROR_UNSUPPORTED, "big-endian" },
    { "tensors", 3, 1000, 0, AM_ERROR_CORRUPT, "promises 1000 tensors" },
    { "tensors negative", 3, G_MAXUINT64, 0, AM_ERROR_CORRUPT, "promises 18446744073709551615 tensors" },
    { "pairs", 3, 0, 1000, AM_ERROR_CORRUPT, "promises 1000 keys" },
    { "pairs negative", 3, 0, G_MAXUINT64, AM_ERROR_CORRUPT, "promises 18446744073709551615 keys" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes = begin (cases[i].version, cases[i].n_tensors, cases[i].n_pairs);
      put_le (bytes, 0, 64);
      assert_refused (path, cases[i].name, bytes, cases[i].code, cases[i].message);
    }
}

/* What follows the header of a file with one key. */
static void
test_keys_refused (void)
{
  static const struct
  {
    const char *bytes;
    gsize length;
    const char *message;
  } cases[] = {
    { BYTES ("\xff\xff\xff\xff\xff\xff\xff\xff"
             "abcdefgh"),
      "the header wants 18446744073709551615 bytes" },
    { BYTES ("\x40\0\0\0\0\0\0\0"
             "abcdefgh"),
      "the header wants 64 bytes" },
    { BYTES ("\1\0\0\0\0\0\0\0\xff\4\0\0\0"), "is not UTF-8" },
    { BYTES ("\1\0\0\0\0\0\0\0\0\4\0\0\0"), "is not UTF-8" },
    { BYTES ("\1\0\0\0\0\0\0\0k\x0d\0\0\0"), "unknown type 13" },
    { BYTES ("\1\0\0\0\0\0\0\0k\xff\xff\xff\xff"), "unknown type 4294967295" },
    { BYTES ("\1\0\0\0\0\0\0\0k\x0a\0\0\0zzzz"), "the header wants 8 bytes" },
    { BYTES ("\1\0\0\0\0\0\0\0k\x09\0\0\0\x0d\0\0\0\1\0\0\0\0\0\0\0z"), "unknown type 13" },
    { BYTES ("\1\0\0\0\0\0\0\0k\x09\0\0\0\x09\0\0\0\1\0\0\0\0\0\0\0z"), "an array of arrays" },
    { BYTES ("\1\0\0\0\0\0\0\0k\x09\0\0\0\x0a\0\0\0\xff\xff\xff\xff\xff\xff\xff\xffz"),
      "larger than 64 bits" },
    { BYTES ("\1\0\0\0\0\0\0\0k\x09\0\0\0\0\0\0\0\xff\xff\xff\xff\0\0\0\0z"),
      "the header wants 4294967295 bytes" },
    { BYTES ("\1\0\0\0\0\0\0\0k\x09\0\0\0\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\xffz"),
      "strings does not fit" },
    { BYTES ("\1\0\0\0\0\0\0\0k\x09\0\0\0\x08\0\0\0\1\0\0\0\0\0\0\0\xff\0\0\0\0\0\0\0"),
      "the header wants 255 bytes" },
    { BYTES ("\1\0\0\0\0\0\0\0k\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7fz"),
      "the header wants 9223372036854775807" },
    { BYTES ("\x11\0\0\0\0\0\0\0general.alignment\4\0\0\0\0\0\0\0"), "general.alignment is 0" },
    { BYTES ("\x11\0\0\0\0\0\0\0general.alignment\4\0\0\0\x30\0\0\0"), "general.alignment is 48" },
    { BYTES ("\x11\0\0\0\0\0\0\0general.alignment\4\0\0\0\0\0\0\x80"), "general.alignment is 2147483648" },
    { BYTES ("\x11\0\0\0\0\0\0\0general.alignment\x0a\0\0\0\x20\0\0\0\0\0\0\0"), "not a 32-bit number" },
    { BYTES ("\x0f\0\0\0\0\0\0\0general.license\x08\0\0\0\1\0\0\0\0\0\0\0\xff"), "is not UTF-8" },
    { BYTES ("\x17\0\0\0\0\0\0\0comfy.gguf.orig_shape.x\x09\0\0\0\x06\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0"),
      "not a list of at most" },
    { BYTES ("\x17\0\0\0\0\0\0\0comfy.gguf.orig_shape.x\x09\0\0\0\x05\0\0\0\x09\0\0\0\0\0\0\0\1\0\0\0"),
      "not a list of at most" },
    { BYTES ("\x17\0\0\0\0\0\0\0comfy.gguf.orig_shape.x\x09\0\0\0\x05\0\0\0\1\0\0\0\0\0\0\0\xff\xff\xff\xff"),
      "is negative" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes = begin (3, 0, 1);
      put (bytes, cases[i].bytes, cases[i].length);
      assert_refused (path, cases[i].message, bytes, AM_ERROR_CORRUPT, cases[i].message);
    }
}

static void
test_same_key_twice (void)
{
  g_autoptr (GByteArray) bytes = begin (3, 0, 2);

  for (guint i = 0; i < 2; i++)
    {
      put_key (bytes, "k", U32);
      put_le (bytes, 1, 4);
    }
  assert_refused (path, "twice", bytes, AM_ERROR_CORRUPT, "key \"k\" is there twice");
}

/* Two tensors; the second is what the case says, the first four floats at 0. 128 bytes of data. */
static void
test_tensors_refused (void)
{
  static const struct
  {
    const char *name;
    const char *dims;
    guint32 type;
    guint64 offset;
    AmError code;
    const char *message;
  } cases[] = {
    { "y", "4", 0, 0, AM_ERROR_CORRUPT, "overlap" },
    { "y", "4", 0, 33, AM_ERROR_CORRUPT, "no multiple of 32" },
    { "y", "4", 0, 16, AM_ERROR_CORRUPT, "no multiple of 32" },
    { "y", "32", 0, 32, AM_ERROR_CORRUPT, "incomplete download or copy" },
    { "y", "4", 0, 128, AM_ERROR_CORRUPT, "wants 16 bytes at offset 128 of 128" },
    { "y", "4", 0, 0x7fffffffffffffe0, AM_ERROR_CORRUPT, "incomplete download or copy" },
    { "y", "4", 0, 0xffffffffffffffe0, AM_ERROR_CORRUPT, "incomplete download or copy" },
    { "y", "4294967296,4294967296", 0, 32, AM_ERROR_CORRUPT, "64 bits" },
    { "y", "4611686018427387904", 0, 32, AM_ERROR_CORRUPT, "64 bits" },
    { "y", "18446744073709551615", 0, 32, AM_ERROR_CORRUPT, "64 bits" },
    { "y", "31", 8, 32, AM_ERROR_CORRUPT, "no multiple of 32" },
    { "y", "16,2", 8, 32, AM_ERROR_CORRUPT, "rows of tensor \"y\" have 16 elements" },
    { "y", "96", 8, 32, AM_ERROR_CORRUPT, "wants 102 bytes" },
    { "y", "1,1,1,1,1", 0, 32, AM_ERROR_CORRUPT, "5 dimensions" },
    { "y", "32", 2, 32, AM_ERROR_UNSUPPORTED, "Q4_0 tensors are packed; convert the file to F16 or Q8_0" },
    { "y", "256", 12, 32, AM_ERROR_UNSUPPORTED, "tensor \"y\": Q4_K tensors are packed" },
    { "y", "32", 39, 32, AM_ERROR_UNSUPPORTED, "MXFP4" },
    { "y", "32", 4, 32, AM_ERROR_UNSUPPORTED, "type 4, which is not known" },
    { "y", "32", 4000000000, 32, AM_ERROR_UNSUPPORTED, "type 4000000000" },
    { "x", "4", 0, 32, AM_ERROR_CORRUPT, "twice" },
    { "\xc3(", "4", 0, 32, AM_ERROR_CORRUPT, "is not UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GByteArray) bytes = begin (3, 2, 0);
      put_info (bytes, "x", "4", 0, 0);
      put_info (bytes, cases[i].name, cases[i].dims, cases[i].type, cases[i].offset);
      align (bytes, 32);
      put_le (bytes, 0, 128);
      assert_refused (path, cases[i].message, bytes, cases[i].code, cases[i].message);
    }
}

static void
test_original_shape_of_another_length (void)
{
  g_autoptr (GByteArray) bytes = begin (3, 1, 1);

  put_key (bytes, "comfy.gguf.orig_shape.x", ARRAY);
  put_le (bytes, 5, 4);
  put_le (bytes, 1, 8);
  put_le (bytes, 5, 4);
  put_info (bytes, "x", "4", 0, 0);
  align (bytes, 32);
  put_le (bytes, 0, 16);
  assert_refused (path, "shape", bytes, AM_ERROR_CORRUPT, "another number of elements");
}

static void
test_every_truncation (void)
{
  g_autoptr (GByteArray) bytes = begin (3, 1, 1);

  put_key (bytes, "general.name", STRING);
  put_string (bytes, "model");
  put_info (bytes, "x", "4", 0, 0);
  align (bytes, 32);
  put_le (bytes, 0, 16);
  am_checkpoint_free (open_good (path, bytes));
  for (guint length = bytes->len - 1; length >= 4; length--)
    {
      g_byte_array_set_size (bytes, length);
      assert_refused (path, "truncated", bytes, AM_ERROR_CORRUPT, "");
    }
}

int
main (int argc, char **argv)
{
  g_autofree char *folder = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = fixture_new_folder ();
  path = g_build_filename (folder, "model.gguf", NULL);
  g_test_add_func ("/gguf/plain-types", test_plain_types);
  g_test_add_func ("/gguf/q8_0", test_q8_0);
  g_test_add_func ("/gguf/keys", test_keys);
  g_test_add_func ("/gguf/header-refused", test_header_refused);
  g_test_add_func ("/gguf/keys-refused", test_keys_refused);
  g_test_add_func ("/gguf/same-key-twice", test_same_key_twice);
  g_test_add_func ("/gguf/tensors-refused", test_tensors_refused);
  g_test_add_func ("/gguf/original-shape-of-another-length", test_original_shape_of_another_length);
  g_test_add_func ("/gguf/every-truncation", test_every_truncation);
  status = g_test_run ();
  fixture_remove_folder (folder);
  g_free (path);
  return status;
}
