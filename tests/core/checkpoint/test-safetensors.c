#include "checkpoint/safetensors.h"

#include <string.h>

#include <glib.h>

/* What a case expects of ours, and what the reference reader (Rust crate, 2026) did with the same bytes. */
typedef struct
{
  const char *name;
  const char *header;
  gsize header_size; /* 0: strlen() */
  guint64 data_size;
  AmSafetensorsCode code;
  gboolean reference_accepts;
} Case;

#define OK AM_SAFETENSORS_OK
#define E(code) AM_SAFETENSORS_ERROR_##code
#define BYTES(text) text, sizeof (text) - 1
#define TEXT(text) text, 0
#define A "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}"
#define SHAPE(shape) "{\"a\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[0,8]}}"
#define OFFSETS(offsets) "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":" offsets "}}"
#define DTYPE(dtype) "{\"a\":{\"dtype\":" dtype ",\"shape\":[2],\"data_offsets\":[0,8]}}"
#define META(meta) "{\"__metadata__\":" meta "," A "}"
#define ENTRY(name, dtype, shape, offsets)                                                                   \
  "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" offsets "}"
#define EXTRA(value) "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"extra\":" value "}}"

static const Case cases[] = {
  /* Accepted by both. */
  { "plain", TEXT ("{" A "}"), 8, OK, TRUE },
  { "empty object", TEXT ("{}"), 0, OK, TRUE },
  { "empty object, padded", TEXT ("{}      "), 0, OK, TRUE },
  { "leading white space", TEXT (" \n\t\r{" A "}"), 8, OK, TRUE },
  { "white space everywhere",
    TEXT ("{ \"a\" : { \"dtype\" : \"F32\" , \"shape\" : [ 2 ] , \"data_offsets\" : [ 0 , 8 ] } } "), 8, OK,
    TRUE },
  { "fields in another order", TEXT ("{\"a\":{\"data_offsets\":[0,8],\"shape\":[2],\"dtype\":\"F32\"}}"), 8,
    OK, TRUE },
  { "metadata null", TEXT (META ("null")), 8, OK, TRUE },
  { "metadata empty", TEXT (META ("{}")), 8, OK, TRUE },
  { "metadata strings", TEXT (META ("{\"format\":\"pt\",\"x\":\"\"}")), 8, OK, TRUE },
  { "metadata key twice", TEXT (META ("{\"k\":\"1\",\"k\":\"2\"}")), 8, OK, TRUE },
  { "metadata only", TEXT ("{\"__metadata__\":{\"k\":\"v\"}}"), 0, OK, TRUE },
  { "metadata last", TEXT ("{" A ",\"__metadata__\":{\"k\":\"v\"}}"), 8, OK, TRUE },
  { "metadata value with NUL", TEXT (META ("{\"k\":\"\\u0000\"}")), 8, OK, TRUE },
  { "unknown field", TEXT (EXTRA ("1")), 8, OK, TRUE },
  { "unknown field, nested", TEXT (EXTRA ("{\"x\":[null,true,false,-0.5e+3,\"\\n\"],\"y\":{}}")), 8, OK,
    TRUE },
  { "zero before huge axes", TEXT ("{" ENTRY ("a", "F32", "[0,4294967296,4294967296]", "[0,0]") "}"), 0, OK,
    TRUE },
  { "empty name", TEXT ("{" ENTRY ("", "F32", "[2]", "[0,8]") "}"), 8, OK, TRUE },
  { "name with escapes", TEXT ("{" ENTRY ("\\u00e9\\ud83d\\ude00\\n", "F32", "[2]", "[0,8]") "}"), 8, OK,
    TRUE },
  { "name in UTF-8", TEXT ("{" ENTRY ("\xc3\xa9\xf0\x9f\x98\x80", "F32", "[2]", "[0,8]") "}"), 8, OK, TRUE },
  { "unaligned", TEXT ("{" ENTRY ("a", "U8", "[1]", "[0,1]") "," ENTRY ("b", "F32", "[1]", "[1,5]") "}"), 5,
    OK, TRUE },
  { "scalar", TEXT ("{" ENTRY ("a", "F64", "[]", "[0,8]") "}"), 8, OK, TRUE },
  { "zero-size first", TEXT ("{" ENTRY ("z", "F32", "[0]", "[0,0]") "," A "}"), 8, OK, TRUE },
  { "zero-size last", TEXT ("{" A "," ENTRY ("z", "F32", "[3,0]", "[8,8]") "}"), 8, OK, TRUE },
  { "zero-size between",
    TEXT ("{" A "," ENTRY ("z", "I8", "[0]", "[8,8]") "," ENTRY ("b", "U8", "[1]", "[8,9]") "}"), 9, OK,
    TRUE },
  { "not in order", TEXT ("{" ENTRY ("b", "F32", "[1]", "[8,12]") "," A "}"), 12, OK, TRUE },
  { "64 axes",
    TEXT ("{" ENTRY ("a", "U8",
                     "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
                     "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
                     "[0,1]") "}"),
    1, OK, TRUE },
  { "F4, even count", TEXT ("{" ENTRY ("a", "F4", "[4]", "[0,2]") "}"), 2, OK, TRUE },
  { "F6, four elements", TEXT ("{" ENTRY ("a", "F6_E2M3", "[4]", "[0,3]") "}"), 3, OK, TRUE },
  { "C64", TEXT ("{" ENTRY ("a", "C64", "[1]", "[0,8]") "}"), 8, OK, TRUE },

  /* Accepted by the reference, refused here: the header's comment lists these. */
  { "same key twice, same entry", TEXT ("{" A "," A "}"), 8, E (DUPLICATE_NAME), TRUE },
  { "zero-size key twice, two dtypes",
    TEXT ("{" ENTRY ("z", "F32", "[0]", "[0,0]") "," ENTRY ("z", "U8", "[0]", "[0,0]") "}"), 0,
    E (DUPLICATE_NAME), TRUE },
  { "entry as array", TEXT ("{\"a\":[\"F32\",[2],[0,8]]}"), 8, E (ENTRY_NOT_OBJECT), TRUE },
  { "dtype as object", TEXT (DTYPE ("{\"F32\":null}")), 8, E (DTYPE_NOT_STRING), TRUE },
  { "NUL in name", TEXT ("{" ENTRY ("a\\u0000b", "F32", "[2]", "[0,8]") "}"), 8, E (NAME_HAS_NUL), TRUE },
  { "65 axes",
    TEXT ("{" ENTRY ("a", "U8",
                     "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
                     "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
                     "[0,1]") "}"),
    1, E (RANK), TRUE },

  /* Refused by both. */
  { "same key twice, other offsets", TEXT ("{" A "," ENTRY ("a", "F32", "[2]", "[8,16]") "}"), 16,
    E (DUPLICATE_NAME), FALSE },
  { "same key by escape", TEXT ("{" A "," ENTRY ("\\u0061", "F32", "[2]", "[8,16]") "}"), 16,
    E (DUPLICATE_NAME), FALSE },
  { "metadata twice", TEXT ("{\"__metadata__\":{},\"__metadata__\":{}}"), 0, E (DUPLICATE_METADATA), FALSE },
  { "metadata twice by escape", TEXT ("{\"__metadata__\":{},\"\\u005f_metadata__\":{}}"), 0,
    E (DUPLICATE_METADATA), FALSE },
  { "dtype twice",
    TEXT ("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}"), 8,
    E (DUPLICATE_FIELD), FALSE },
  { "shape twice", TEXT ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"shape\":[2],\"data_offsets\":[0,8]}}"), 8,
    E (DUPLICATE_FIELD), FALSE },
  { "data_offsets twice",
    TEXT ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"data_offsets\":[0,8]}}"), 8,
    E (DUPLICATE_FIELD), FALSE },
  { "NUL after the object", BYTES ("{" A "}\0"), 8, E (AFTER_OBJECT), FALSE },
  { "garbage after the object", TEXT ("{" A "}x"), 8, E (AFTER_OBJECT), FALSE },
  { "second object", TEXT ("{" A "}{}"), 8, E (AFTER_OBJECT), FALSE },
  { "byte order mark", TEXT ("\xef\xbb\xbf{" A "}"), 8, E (BYTE_ORDER_MARK), FALSE },
  { "axis 2.0", TEXT (SHAPE ("[2.0]")), 8, E (NOT_INTEGER), FALSE },
  { "axis 2e0", TEXT (SHAPE ("[2e0]")), 8, E (NOT_INTEGER), FALSE },
  { "axis -2", TEXT (SHAPE ("[-2]")), 8, E (NOT_INTEGER), FALSE },
  { "axis -0", TEXT (SHAPE ("[-0]")), 8, E (NOT_INTEGER), FALSE },
  { "axis +2", TEXT (SHAPE ("[+2]")), 8, E (NOT_INTEGER), FALSE },
  { "axis in quotes", TEXT (SHAPE ("[\"2\"]")), 8, E (NOT_INTEGER), FALSE },
  { "axis 02", TEXT (SHAPE ("[02]")), 8, E (NOT_INTEGER), FALSE },
  { "axis 0x2", TEXT (SHAPE ("[0x2]")), 8, E (SYNTAX), FALSE },
  { "axis true", TEXT (SHAPE ("[true]")), 8, E (NOT_INTEGER), FALSE },
  { "axis null", TEXT (SHAPE ("[null]")), 8, E (NOT_INTEGER), FALSE },
  { "axis nested", TEXT (SHAPE ("[[2]]")), 8, E (NOT_INTEGER), FALSE },
  { "axis 2^64", TEXT (SHAPE ("[18446744073709551616]")), 8, E (INTEGER_TOO_LARGE), FALSE },
  { "axis of 40 digits", TEXT (SHAPE ("[1000000000000000000000000000000000000000]")), 8,
    E (INTEGER_TOO_LARGE), FALSE },
  { "shape a number", TEXT (SHAPE ("2")), 8, E (NOT_ARRAY), FALSE },
  { "shape null", TEXT (SHAPE ("null")), 8, E (NOT_ARRAY), FALSE },
  { "shape an object", TEXT (SHAPE ("{}")), 8, E (NOT_ARRAY), FALSE },
  { "shape with trailing comma", TEXT (SHAPE ("[2,]")), 8, E (SYNTAX), FALSE },
  { "shape without comma", TEXT (SHAPE ("[2 1]")), 8, E (SYNTAX), FALSE },
  { "one offset", TEXT (OFFSETS ("[0]")), 8, E (OFFSET_COUNT), FALSE },
  { "three offsets", TEXT (OFFSETS ("[0,8,8]")), 8, E (OFFSET_COUNT), FALSE },
  { "no offsets", TEXT (OFFSETS ("[]")), 8, E (OFFSET_COUNT), FALSE },
  { "offsets a string", TEXT (OFFSETS ("\"0,8\"")), 8, E (NOT_ARRAY), FALSE },
  { "offset negative", TEXT (OFFSETS ("[-0,8]")), 8, E (NOT_INTEGER), FALSE },
  { "offset fraction", TEXT (OFFSETS ("[0,8.0]")), 8, E (NOT_INTEGER), FALSE },
  { "offset 2^64", TEXT (OFFSETS ("[0,18446744073709551616]")), 8, E (INTEGER_TOO_LARGE), FALSE },
  { "offset 2^64 - 1", TEXT (OFFSETS ("[0,18446744073709551615]")), 8, E (SIZE_MISMATCH), FALSE },
  { "no dtype", TEXT ("{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}}"), 8, E (FIELD_MISSING), FALSE },
  { "no shape", TEXT ("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}"), 8, E (FIELD_MISSING), FALSE },
  { "no data_offsets", TEXT ("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}"), 8, E (FIELD_MISSING), FALSE },
  { "empty entry", TEXT ("{\"a\":{}}"), 8, E (FIELD_MISSING), FALSE },
  { "dtype unknown", TEXT (DTYPE ("\"F128\"")), 8, E (DTYPE_UNKNOWN), FALSE },
  { "dtype lower case", TEXT (DTYPE ("\"f32\"")), 8, E (DTYPE_UNKNOWN), FALSE },
  { "dtype empty", TEXT (DTYPE ("\"\"")), 8, E (DTYPE_UNKNOWN), FALSE },
  { "dtype with NUL", TEXT (DTYPE ("\"F32\\u0000\"")), 8, E (DTYPE_UNKNOWN), FALSE },
  { "dtype null", TEXT (DTYPE ("null")), 8, E (DTYPE_NOT_STRING), FALSE },
  { "dtype a number", TEXT (DTYPE ("32")), 8, E (DTYPE_NOT_STRING), FALSE },
  { "metadata value a number", TEXT (META ("{\"step\":1000}")), 8, E (METADATA_VALUE), FALSE },
  { "metadata value null", TEXT (META ("{\"k\":null}")), 8, E (METADATA_VALUE), FALSE },
  { "metadata value an object", TEXT (META ("{\"k\":{}}")), 8, E (METADATA_VALUE), FALSE },
  { "metadata an array", TEXT (META ("[]")), 8, E (METADATA_NOT_OBJECT), FALSE },
  { "metadata a string", TEXT (META ("\"pt\"")), 8, E (METADATA_NOT_OBJECT), FALSE },
  { "hole", TEXT ("{" A "," ENTRY ("b", "F32", "[1]", "[12,16]") "}"), 16, E (HOLE), FALSE },
  { "first offset not 0", TEXT ("{" ENTRY ("a", "F32", "[1]", "[4,8]") "}"), 8, E (HOLE), FALSE },
  { "overlap", TEXT ("{" A "," ENTRY ("b", "F32", "[1]", "[4,8]") "}"), 8, E (OVERLAP), FALSE },
  { "alias", TEXT ("{" A "," ENTRY ("b", "F32", "[2]", "[0,8]") "}"), 8, E (OVERLAP), FALSE },
  { "zero-size within another", TEXT ("{" A "," ENTRY ("z", "F32", "[0]", "[4,4]") "}"), 8, E (OVERLAP),
    FALSE },
  { "trailing byte", TEXT ("{" A "}"), 9, E (TRAILING_BYTES), FALSE },
  { "data without tensors", TEXT ("{}"), 1, E (TRAILING_BYTES), FALSE },
  { "one byte short", TEXT ("{" A "}"), 7, E (TRUNCATED), FALSE },
  { "no data", TEXT ("{" A "}"), 0, E (TRUNCATED), FALSE },
  { "end before begin", TEXT (OFFSETS ("[8,0]")), 8, E (OFFSETS_REVERSED), FALSE },
  { "too few bytes for the shape", TEXT ("{" ENTRY ("a", "F32", "[2]", "[0,4]") "}"), 4, E (SIZE_MISMATCH),
    FALSE },
  { "too many bytes for the shape", TEXT ("{" ENTRY ("a", "F32", "[2]", "[0,12]") "}"), 12, E (SIZE_MISMATCH),
    FALSE },
  { "product overflows", TEXT (SHAPE ("[4294967296,4294967296]")), 8, E (SHAPE_OVERFLOW), FALSE },
  { "product overflows, zero behind", TEXT (SHAPE ("[4294967296,4294967296,0]")), 8, E (SHAPE_OVERFLOW),
    FALSE },
  { "bits overflow", TEXT (SHAPE ("[1152921504606846976]")), 8, E (SHAPE_OVERFLOW), FALSE },
  { "product wraps to the size", TEXT (SHAPE ("[4611686018427387906]")), 8, E (SHAPE_OVERFLOW), FALSE },
  { "odd count of F4", TEXT ("{" ENTRY ("a", "F4", "[3]", "[0,2]") "}"), 2, E (NOT_WHOLE_BYTES), FALSE },
  { "three F6", TEXT ("{" ENTRY ("a", "F6_E3M2", "[3]", "[0,3]") "}"), 3, E (NOT_WHOLE_BYTES), FALSE },
  { "empty header", BYTES (""), 0, E (ENDS_EARLY), FALSE },
  { "blank header", TEXT ("        "), 0, E (ENDS_EARLY), FALSE },
  { "array at the top", TEXT ("[]"), 0, E (NOT_OBJECT), FALSE },
  { "string at the top", TEXT ("\"a\""), 0, E (NOT_OBJECT), FALSE },
  { "null at the top", TEXT ("null"), 0, E (NOT_OBJECT), FALSE },
  { "not UTF-8", TEXT ("{" ENTRY ("\xff", "F32", "[2]", "[0,8]") "}"), 8, E (UTF8), FALSE },
  { "overlong UTF-8", TEXT ("{" ENTRY ("\xc0\xaf", "F32", "[2]", "[0,8]") "}"), 8, E (UTF8), FALSE },
  { "surrogate in UTF-8", TEXT ("{" ENTRY ("\xed\xa0\x80", "F32", "[2]", "[0,8]") "}"), 8, E (UTF8), FALSE },
  { "beyond Unicode", TEXT ("{" ENTRY ("\xf4\x90\x80\x80", "F32", "[2]", "[0,8]") "}"), 8, E (UTF8), FALSE },
  { "cut UTF-8", TEXT ("{" ENTRY ("\xe2\x82", "F32", "[2]", "[0,8]") "}"), 8, E (UTF8), FALSE },
  { "bad byte outside of strings", TEXT ("{\xff}"), 0, E (SYNTAX), FALSE },
  { "high surrogate alone", TEXT ("{" ENTRY ("\\ud800", "F32", "[2]", "[0,8]") "}"), 8, E (SURROGATE),
    FALSE },
  { "low surrogate alone", TEXT ("{" ENTRY ("\\udc00", "F32", "[2]", "[0,8]") "}"), 8, E (SURROGATE), FALSE },
  { "two high surrogates", TEXT ("{" ENTRY ("\\ud800\\ud800", "F32", "[2]", "[0,8]") "}"), 8, E (SURROGATE),
    FALSE },
  { "bare line break", TEXT ("{" ENTRY ("a\nb", "F32", "[2]", "[0,8]") "}"), 8, E (CONTROL_CHARACTER),
    FALSE },
  { "bare NUL", BYTES ("{" ENTRY ("a\0b", "F32", "[2]", "[0,8]") "}"), 8, E (CONTROL_CHARACTER), FALSE },
  { "unknown escape", TEXT ("{" ENTRY ("\\x41", "F32", "[2]", "[0,8]") "}"), 8, E (ESCAPE), FALSE },
  { "short unicode escape", TEXT ("{" ENTRY ("\\u12", "F32", "[2]", "[0,8]") "}"), 8, E (ESCAPE), FALSE },
  { "NaN", TEXT (EXTRA ("NaN")), 8, E (SYNTAX), FALSE },
  { "Infinity", TEXT (EXTRA ("-Infinity")), 8, E (SYNTAX), FALSE },
  { "number without fraction digits", TEXT (EXTRA ("1.")), 8, E (SYNTAX), FALSE },
  { "number without exponent digits", TEXT (EXTRA ("1e")), 8, E (SYNTAX), FALSE },
  { "number with leading zero", TEXT (EXTRA ("01")), 8, E (SYNTAX), FALSE },
  { "word cut", TEXT (EXTRA ("tru")), 8, E (SYNTAX), FALSE },
  { "trailing comma", TEXT ("{" A ",}"), 8, E (SYNTAX), FALSE },
  { "trailing comma in the entry", TEXT (EXTRA ("1,")), 8, E (SYNTAX), FALSE },
  { "missing comma", TEXT ("{" A ENTRY ("b", "U8", "[0]", "[8,8]") "}"), 8, E (SYNTAX), FALSE },
  { "missing colon", TEXT ("{\"a\"{}}"), 8, E (SYNTAX), FALSE },
  { "single quotes", TEXT ("{'a':{}}"), 8, E (SYNTAX), FALSE },
  { "comment", TEXT ("{/* c */" A "}"), 8, E (SYNTAX), FALSE },
  { "cut in a string", TEXT ("{\"a"), 8, E (ENDS_EARLY), FALSE },
  { "cut behind the name", TEXT ("{\"a\""), 8, E (ENDS_EARLY), FALSE },
  { "cut in the entry", TEXT ("{\"a\":{\"dtype\":\"F32\""), 8, E (ENDS_EARLY), FALSE },
  { "never closed", TEXT ("{" A), 8, E (ENDS_EARLY), FALSE },
};

static AmSafetensorsCode
parse_bytes (const char *header, gsize size, guint64 data_size, AmSafetensorsError *error)
{
  AmSafetensors st;
  /* An exact copy on the heap lets the address sanitizer see a read beyond either end. */
  g_autofree char *copy = g_memdup2 (header, size);

  memset (error, 0, sizeof *error);
  if (!am_safetensors_parse (copy, size, 8 + size + data_size, &st, error))
    {
      g_assert_cmpint (error->code, !=, AM_SAFETENSORS_OK);
      g_assert_cmpint (error->message[0], !=, 0);
      g_assert_null (st.tensors);
      return error->code;
    }
  for (gsize i = 0; i < st.n_tensors; i++)
    {
      g_assert_cmpuint (st.tensors[i].end, <=, data_size);
      g_assert_cmpuint (st.tensors[i].begin, <=, st.tensors[i].end);
      g_assert_cmpuint (strlen (st.tensors[i].name), ==, st.tensors[i].name_length);
    }
  am_safetensors_clear (&st);
  return AM_SAFETENSORS_OK;
}

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  const gsize size = c->header_size > 0 ? c->header_size : strlen (c->header);
  AmSafetensorsError error;
  AmSafetensorsCode code = parse_bytes (c->header, size, c->data_size, &error);

  if (code != c->code)
    g_test_message ("got %d \"%s\" at %" G_GUINT64_FORMAT, code, error.message, error.position);
  g_assert_cmpint (code, ==, c->code);
  if (code != OK)
    g_assert_cmpuint (error.position, <=, 8 + size + c->data_size);
}

/* Ours is never laxer than the reference, and stricter in the six ways the header's comment lists. */
static void
test_differences (void)
{
  guint n_stricter = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      if (cases[i].code == OK)
        g_assert_true (cases[i].reference_accepts);
      else if (cases[i].reference_accepts)
        n_stricter++;
    }
  g_assert_cmpuint (n_stricter, ==, 6);
  g_assert_cmpuint (G_N_ELEMENTS (cases), >=, 74);
}

static void
test_length_field (void)
{
  static const struct
  {
    guint8 bytes[8];
    guint64 file_size;
    AmSafetensorsCode code;
  } lengths[] = {
    { { 2 }, 10, OK },
    { { 0 }, 8, OK },
    { { 0 }, 0, E (TOO_SHORT) },
    { { 2 }, 7, E (TOO_SHORT) },
    { { 3 }, 10, E (HEADER_BEYOND_FILE) },
    { { 0x00, 0xe1, 0xf5, 0x05 }, 100000008, OK },
    { { 0x00, 0xe1, 0xf5, 0x05 }, 100000007, E (HEADER_BEYOND_FILE) },
    { { 0x01, 0xe1, 0xf5, 0x05 }, 200000000, E (HEADER_TOO_LARGE) },
    { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 100, E (HEADER_TOO_LARGE) },
    { { 0xf8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, G_MAXUINT64, E (HEADER_TOO_LARGE) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      AmSafetensorsError error = { 0 };
      guint64 size;
      gboolean is_ok = am_safetensors_get_header_size (lengths[i].bytes, lengths[i].file_size, &size, &error);

      g_assert_cmpint (error.code, ==, lengths[i].code);
      g_assert_cmpint (is_ok, ==, lengths[i].code == OK);
    }
}

static void
test_contents (void)
{
  static const char header[]
      = "{\"__metadata__\":{\"k\":\"1\",\"k\":\"\\u20ac\"},\"b\\/\\t\":{\"dtype\":\"BF16\","
        "\"shape\":[2,1,3],\"data_offsets\":[4,16]},\"a\":{\"dtype\":\"F32\",\"shape\":[],"
        "\"data_offsets\":[0,4]}}";
  AmSafetensors st;
  AmSafetensorsError error;

  g_assert_true (am_safetensors_parse (header, sizeof header - 1, 8 + sizeof header - 1 + 16, &st, &error));
  g_assert_cmpuint (st.n_tensors, ==, 2);
  g_assert_cmpuint (st.data_start, ==, 8 + sizeof header - 1);
  g_assert_cmpstr (st.tensors[0].name, ==, "a");
  g_assert_cmpuint (st.tensors[0].n_dims, ==, 0);
  g_assert_cmpuint (st.tensors[0].length, ==, 1);
  g_assert_cmpint (st.tensors[0].dtype, ==, AM_SAFETENSORS_F32);
  g_assert_cmpstr (st.tensors[1].name, ==, "b/\t");
  g_assert_cmpint (st.tensors[1].dtype, ==, AM_SAFETENSORS_BF16);
  g_assert_cmpuint (st.tensors[1].n_dims, ==, 3);
  g_assert_cmpuint (st.tensors[1].shape[0], ==, 2);
  g_assert_cmpuint (st.tensors[1].shape[1], ==, 1);
  g_assert_cmpuint (st.tensors[1].shape[2], ==, 3);
  g_assert_cmpuint (st.tensors[1].length, ==, 6);
  g_assert_cmpuint (st.tensors[1].begin, ==, 4);
  g_assert_cmpuint (st.tensors[1].end, ==, 16);
  g_assert_cmpint (header[st.tensors[1].position - 8], ==, '"');
  g_assert_cmpuint (st.n_metadata, ==, 2);
  g_assert_cmpstr (st.metadata[1].value, ==, "\xe2\x82\xac");
  am_safetensors_clear (&st);
}

static void
test_error_details (void)
{
  static const char header[] = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"x\":tru}}";
  AmSafetensorsError error;

  g_assert_cmpint (parse_bytes (header, sizeof header - 1, 8, &error), ==, E (SYNTAX));
  g_assert_cmpstr (error.tensor, ==, "a");
  g_assert_cmpuint (error.position, ==, 8 + (strstr (header, "tru") - header));
  g_assert_nonnull (strstr (error.message, "'t'"));
}

/* Names go to terminals: no escape sequences, no half characters. */
static void
test_error_names (void)
{
  g_autofree char *euros = g_strnfill (300, 'x');
  g_autofree char *header = NULL;
  AmSafetensorsError error;

  memcpy (euros, "\\u001b[2J\\u009b", 15);
  for (guint i = 15; i + 3 <= 300; i += 3)
    memcpy (euros + i, "\xe2\x82\xac", 3);
  header = g_strdup_printf ("{\"%s\":1}", euros);
  g_assert_cmpint (parse_bytes (header, strlen (header), 0, &error), ==, E (ENTRY_NOT_OBJECT));
  g_assert_true (g_utf8_validate (error.tensor, -1, NULL));
  g_assert_true (g_str_has_prefix (error.tensor, "?[2J??"));
  g_assert_true (g_str_has_suffix (error.tensor, "..."));
  g_assert_cmpuint (strlen (error.tensor), <, sizeof error.tensor);
}

static void
test_depth (void)
{
  for (guint depth = 90; depth < 300; depth += 105)
    {
      g_autofree char *open = g_strnfill (depth, '[');
      g_autofree char *close = g_strnfill (depth, ']');
      g_autofree char *header = g_strdup_printf (EXTRA ("%s%s"), open, close);
      AmSafetensorsError error;

      g_assert_cmpint (parse_bytes (header, strlen (header), 8, &error), ==, depth == 90 ? OK : E (DEPTH));
    }
}

static const char valid[] = "{\"__metadata__\":{\"format\":\"pt\"},\"a\":{\"dtype\":\"F32\",\"shape\":[2],"
                            "\"data_offsets\":[0,8]},\"\\u00e9\":{\"dtype\":\"I64\",\"shape\":[1,1],"
                            "\"data_offsets\":[8,16],\"x\":[{}]}}   ";

static void
test_truncations (void)
{
  AmSafetensorsError error;
  const gsize size = sizeof valid - 1;

  g_assert_cmpint (parse_bytes (valid, size, 16, &error), ==, OK);
  for (gsize n = 0; n < size; n++)
    {
      AmSafetensorsCode code = parse_bytes (valid, n, 16, &error);

      if (n < size - 3)
        g_assert_cmpint (code, ==, E (ENDS_EARLY));
      else
        g_assert_cmpint (code, ==, OK);
    }
  for (gsize n = 0; n < 16; n++)
    g_assert_cmpint (parse_bytes (valid, size, n, &error), ==, E (TRUNCATED));
}

/* Every value of every byte: parse_bytes() asserts that what passes lies inside the data. */
static void
test_flips (void)
{
  AmSafetensorsError error;
  guint n_refused = 0;
  char copy[sizeof valid];

  for (gsize i = 0; i < sizeof valid - 1; i++)
    for (guint byte = 0; byte < 256; byte++)
      {
        memcpy (copy, valid, sizeof valid);
        copy[i] = (char)byte;
        n_refused += parse_bytes (copy, sizeof valid - 1, 16, &error) != OK;
      }
  g_assert_cmpuint (n_refused, >, 30000);
}

/* The data lie in another order than the header names them. */
static void
test_many (void)
{
  const guint n = 5000;
  g_autoptr (GString) header = g_string_new ("{");
  AmSafetensors st;
  AmSafetensorsError error;

  for (guint i = 0; i < n; i++)
    {
      guint place = (i * 7) % n;

      g_string_append_printf (header, "%s\"t%u\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%u,%u]}",
                              i > 0 ? "," : "", place, place, place + 1);
    }
  g_string_append_c (header, '}');
  g_assert_true (am_safetensors_parse (header->str, header->len, 8 + header->len + n, &st, &error));
  g_assert_cmpuint (st.n_tensors, ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("t%u", i);

      g_assert_cmpstr (st.tensors[i].name, ==, name);
    }
  am_safetensors_clear (&st);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/safetensors/case/%s", cases[i].name);

      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/safetensors/differences", test_differences);
  g_test_add_func ("/safetensors/length-field", test_length_field);
  g_test_add_func ("/safetensors/contents", test_contents);
  g_test_add_func ("/safetensors/error-details", test_error_details);
  g_test_add_func ("/safetensors/error-names", test_error_names);
  g_test_add_func ("/safetensors/depth", test_depth);
  g_test_add_func ("/safetensors/truncations", test_truncations);
  g_test_add_func ("/safetensors/flips", test_flips);
  g_test_add_func ("/safetensors/many", test_many);
  return g_test_run ();
}
