/* SPDX-License-Identifier: MIT
 *
 * A reader of the safetensors format in one header, on the C library alone.
 *
 * The format, byte by byte:
 *
 *   byte 0          N: length of the header, unsigned 64-bit little endian, at most 100 000 000
 *   byte 8          the header: N bytes, UTF-8, one JSON object. White space may stand around it
 *   byte 8 + N      the data, to the end of the file; nothing follows them
 *
 * Members of the object:
 *
 *   "__metadata__"  optional: an object of strings, or null
 *   any other name  a tensor: {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}
 *
 * dtype is one of the names below, in capitals. shape lists the axes, slowest first; [] is a scalar; an axis
 * may be 0. data_offsets are begin and end in bytes from byte 8 + N. Elements lie in C order, little endian,
 * without strides and without any promise of alignment. Put in order, the ranges of the tensors cover the
 * data exactly: no hole, no overlap, no byte left over; end - begin is elements times bits / 8 (types under 8
 * bits must fill whole bytes). Numbers are plain decimal digits: no sign, no fraction, no exponent, no
 * leading zero.
 *
 * How to use it: include it where you like, and in one C file write
 *
 *   #define AM_SAFETENSORS_IMPLEMENTATION
 *   #include "safetensors.h"
 *
 * (compilers in a strict mode such as -std=c11 want _POSIX_C_SOURCE defined as 200809L before any include),
 * then:
 *
 *   AmSafetensors st;
 *   AmSafetensorsError error;
 *   int fd = open ("model.safetensors", O_RDONLY);
 *
 *   if (!am_safetensors_read_fd (fd, &st, &error))
 *     fprintf (stderr, "byte %llu: %s\n", (unsigned long long) error.position, error.message);
 *   for (size_t i = 0; i < st.n_tensors; i++)
 *     printf ("%s at byte %llu\n", st.tensors[i].name, (unsigned long long) (st.data_start +
 * st.tensors[i].begin)); am_safetensors_clear (&st);
 *
 * What it promises: nothing outside the given bytes is read; a tensor of a file that passed lies inside the
 * file; time is n log n and memory under ten times the header whatever the header holds; no recursion deeper
 * than AM_SAFETENSORS_MAX_DEPTH. All functions may be called from many threads on different objects.
 *
 * Where it is stricter than the reference reader (Rust crate safetensors, 2026): names that are the same once
 * escapes are decoded, an entry written as an array, a dtype written as an object, NUL in a name, more than
 * AM_SAFETENSORS_MAX_RANK axes. Otherwise the two accept the same files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C"
{
#endif

#define AM_SAFETENSORS_MAX_HEADER 100000000u
#define AM_SAFETENSORS_MAX_RANK 64u
#define AM_SAFETENSORS_MAX_DEPTH 100u

  /* Element types, small to large: writers put tensors in the reverse of this order. */
  typedef enum
  {
    AM_SAFETENSORS_BOOL,
    AM_SAFETENSORS_F4,
    AM_SAFETENSORS_F6_E2M3,
    AM_SAFETENSORS_F6_E3M2,
    AM_SAFETENSORS_U8,
    AM_SAFETENSORS_I8,
    AM_SAFETENSORS_F8_E5M2,
    AM_SAFETENSORS_F8_E4M3,
    AM_SAFETENSORS_F8_E8M0,
    AM_SAFETENSORS_F8_E4M3FNUZ,
    AM_SAFETENSORS_F8_E5M2FNUZ,
    AM_SAFETENSORS_I16,
    AM_SAFETENSORS_U16,
    AM_SAFETENSORS_F16,
    AM_SAFETENSORS_BF16,
    AM_SAFETENSORS_I32,
    AM_SAFETENSORS_U32,
    AM_SAFETENSORS_F32,
    AM_SAFETENSORS_C64,
    AM_SAFETENSORS_F64,
    AM_SAFETENSORS_I64,
    AM_SAFETENSORS_U64,
    AM_SAFETENSORS_N_DTYPES
  } AmSafetensorsDtype;

  /* One code for each rule. */
  typedef enum
  {
    AM_SAFETENSORS_OK,
    AM_SAFETENSORS_ERROR_IO,                 /* reading failed; only from am_safetensors_read_fd() */
    AM_SAFETENSORS_ERROR_MEMORY,             /* malloc() failed */
    AM_SAFETENSORS_ERROR_TOO_SHORT,          /* fewer than 8 bytes */
    AM_SAFETENSORS_ERROR_HEADER_TOO_LARGE,   /* N over the limit */
    AM_SAFETENSORS_ERROR_HEADER_BEYOND_FILE, /* N reaches beyond the end of the file */
    AM_SAFETENSORS_ERROR_NOT_OBJECT,         /* the header does not begin an object */
    AM_SAFETENSORS_ERROR_BYTE_ORDER_MARK,
    AM_SAFETENSORS_ERROR_ENDS_EARLY,   /* the JSON text is cut off */
    AM_SAFETENSORS_ERROR_SYNTAX,       /* a byte that JSON does not allow there */
    AM_SAFETENSORS_ERROR_AFTER_OBJECT, /* something other than white space behind the object */
    AM_SAFETENSORS_ERROR_DEPTH,
    AM_SAFETENSORS_ERROR_UTF8,
    AM_SAFETENSORS_ERROR_CONTROL_CHARACTER, /* bare in a string */
    AM_SAFETENSORS_ERROR_ESCAPE,            /* unknown, or with digits missing */
    AM_SAFETENSORS_ERROR_SURROGATE,         /* half a pair */
    AM_SAFETENSORS_ERROR_NAME_HAS_NUL,
    AM_SAFETENSORS_ERROR_DUPLICATE_NAME,
    AM_SAFETENSORS_ERROR_DUPLICATE_METADATA,
    AM_SAFETENSORS_ERROR_DUPLICATE_FIELD,
    AM_SAFETENSORS_ERROR_METADATA_NOT_OBJECT,
    AM_SAFETENSORS_ERROR_METADATA_VALUE, /* no string */
    AM_SAFETENSORS_ERROR_ENTRY_NOT_OBJECT,
    AM_SAFETENSORS_ERROR_FIELD_MISSING,
    AM_SAFETENSORS_ERROR_DTYPE_NOT_STRING,
    AM_SAFETENSORS_ERROR_DTYPE_UNKNOWN,
    AM_SAFETENSORS_ERROR_NOT_ARRAY,         /* shape or data_offsets */
    AM_SAFETENSORS_ERROR_NOT_INTEGER,       /* sign, fraction, exponent, leading zero, or no number at all */
    AM_SAFETENSORS_ERROR_INTEGER_TOO_LARGE, /* 2^64 or more */
    AM_SAFETENSORS_ERROR_OFFSET_COUNT,      /* not two */
    AM_SAFETENSORS_ERROR_RANK,
    AM_SAFETENSORS_ERROR_OFFSETS_REVERSED,
    AM_SAFETENSORS_ERROR_HOLE,
    AM_SAFETENSORS_ERROR_OVERLAP,
    AM_SAFETENSORS_ERROR_SHAPE_OVERFLOW,
    AM_SAFETENSORS_ERROR_NOT_WHOLE_BYTES,
    AM_SAFETENSORS_ERROR_SIZE_MISMATCH,
    AM_SAFETENSORS_ERROR_TRUNCATED,     /* the file is shorter than the tensors */
    AM_SAFETENSORS_ERROR_TRAILING_BYTES /* the file is longer than the tensors */
  } AmSafetensorsCode;

  /**
   * AmSafetensorsError:
   * @code: the rule that is broken
   * @position: byte of the file where, from 0
   * @tensor: name of the tensor concerned, cut to fit and with control characters replaced; "" for none
   * @message: a sentence in English, without position or file name
   */
  typedef struct
  {
    AmSafetensorsCode code;
    uint64_t position;
    char tensor[160];
    char message[400];
  } AmSafetensorsError;

  /**
   * AmSafetensorsTensor:
   * @name: decoded UTF-8, NUL-terminated, no NUL inside; may be empty
   * @name_length: bytes of @name
   * @position: byte of the file where the entry's name begins
   * @dtype: element type
   * @n_dims: 0 for a scalar
   * @shape: [n_dims], slowest first
   * @length: elements
   * @begin: first byte, from the start of the data
   * @end: one past the last byte
   */
  typedef struct
  {
    const char *name;
    size_t name_length;
    uint32_t position;
    AmSafetensorsDtype dtype;
    unsigned n_dims;
    const uint64_t *shape;
    uint64_t length;
    uint64_t begin;
    uint64_t end;
  } AmSafetensorsTensor;

  /* A pair of "__metadata__". Both are NUL-terminated and may hold NUL inside: the lengths count. */
  typedef struct
  {
    const char *key;
    size_t key_length;
    const char *value;
    size_t value_length;
  } AmSafetensorsPair;

  /**
   * AmSafetensors:
   * @tensors: [n_tensors], in order of their data
   * @metadata: [n_metadata], as written; of equal keys the last counts
   * @data_start: byte of the file where the data begin: 8 + N
   * @memory: what am_safetensors_clear() frees
   */
  typedef struct
  {
    AmSafetensorsTensor *tensors;
    size_t n_tensors;
    AmSafetensorsPair *metadata;
    size_t n_metadata;
    uint64_t data_start;
    void *memory[2];
  } AmSafetensors;

  /* The header's length N from the first 8 bytes of a file, checked against @file_size. */
  bool am_safetensors_get_header_size (const void *first_bytes, uint64_t file_size, uint64_t *header_size,
                                       AmSafetensorsError *error);

  /**
   * am_safetensors_parse:
   * @header: the @header_size bytes at byte 8 of the file; not needed afterwards
   * @file_size: bytes of the whole file
   * @result: (out): cleared on failure; free with am_safetensors_clear()
   * @error: (out): filled on failure
   */
  bool am_safetensors_parse (const void *header, size_t header_size, uint64_t file_size,
                             AmSafetensors *result, AmSafetensorsError *error);

  /* The same for an open regular file; reads with pread() and leaves the file open and its position alone. */
  bool am_safetensors_read_fd (int fd, AmSafetensors *result, AmSafetensorsError *error);

  void am_safetensors_clear (AmSafetensors *result);

  /* Name as in files ("F16") and bits of one element. */
  const char *am_safetensors_dtype_get_name (AmSafetensorsDtype dtype);
  unsigned am_safetensors_dtype_get_bits (AmSafetensorsDtype dtype);

#ifdef __cplusplus
}
#endif

#ifdef AM_SAFETENSORS_IMPLEMENTATION

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names here carry a prefix because this text is compiled inside a file of someone else's. */

static const struct
{
  const char *name;
  unsigned bits;
} amst_dtypes[AM_SAFETENSORS_N_DTYPES] = {
  { "BOOL", 8 },        { "F4", 4 },      { "F6_E2M3", 6 }, { "F6_E3M2", 6 }, { "U8", 8 },
  { "I8", 8 },          { "F8_E5M2", 8 }, { "F8_E4M3", 8 }, { "F8_E8M0", 8 }, { "F8_E4M3FNUZ", 8 },
  { "F8_E5M2FNUZ", 8 }, { "I16", 16 },    { "U16", 16 },    { "F16", 16 },    { "BF16", 16 },
  { "I32", 32 },        { "U32", 32 },    { "F32", 32 },    { "C64", 64 },    { "F64", 64 },
  { "I64", 64 },        { "U64", 64 },
};

/* A decoded string; the bytes live in the parser's text. */
typedef struct
{
  const char *bytes;
  size_t length;
  size_t position; /* of the opening quote in the header */
} AmstString;

/* A name's hash beside its tensor, so that most comparisons of a sort touch no name. */
typedef struct
{
  uint64_t hash;
  const AmSafetensorsTensor *tensor;
} AmstKey;

typedef struct
{
  const unsigned char *json;
  size_t size;
  size_t at;
  unsigned depth;
  char
      *text; /* decoded strings: never longer than the header, as each loses its two quotes and gains a NUL */
  size_t text_used;
  uint64_t *dims;
  size_t n_dims;
  size_t dims_capacity;
  size_t tensors_capacity;
  size_t metadata_capacity;
  bool has_metadata;
  AmstString name; /* of the entry being read; bytes is NULL outside of entries */
  AmSafetensors *result;
  AmSafetensorsError *error;
} AmstParser;

/* --- errors --- */

/* Copies a name for a message: whole characters, nothing a terminal would obey. */
static void
amst_copy_name (char *dest, size_t capacity, const char *name, size_t length)
{
  size_t n = length < capacity - 4 ? length : capacity - 4;

  while (n < length && n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
    n--;
  for (size_t i = 0; i < n; i++)
    {
      unsigned char byte = (unsigned char)name[i];
      bool is_control
          = byte < 0x20 || byte == 0x7f || (byte == 0xc2 && i + 1 < n && (unsigned char)name[i + 1] < 0xa0);

      dest[i] = is_control ? '?' : name[i];
      if (is_control && byte == 0xc2)
        dest[++i] = '?';
    }
  memcpy (dest + n, n < length ? "..." : "", n < length ? 4 : 1);
}

#if defined(__GNUC__)
__attribute__ ((format (printf, 6, 7)))
#endif
static bool
amst_fail_named (AmSafetensorsError *error, AmSafetensorsCode code, uint64_t position, const char *name,
                 size_t name_length, const char *format, ...)
{
  va_list arguments;

  error->code = code;
  error->position = position;
  error->tensor[0] = 0;
  if (name)
    amst_copy_name (error->tensor, sizeof error->tensor, name, name_length);
  va_start (arguments, format);
  vsnprintf (error->message, sizeof error->message, format, arguments);
  va_end (arguments);
  return false;
}

#define amst_fail(error, code, position, ...) amst_fail_named (error, code, position, NULL, 0, __VA_ARGS__)

/* Fails at byte @at of the header, inside the entry being read if there is one. */
#define amst_fail_at(p, code, at, ...)                                                                       \
  amst_fail_named ((p)->error, code, 8 + (uint64_t)(at), (p)->name.bytes, (p)->name.length, __VA_ARGS__)

#define amst_fail_tensor(error, code, tensor, ...)                                                           \
  amst_fail_named (error, code, (tensor)->position, (tensor)->name, (tensor)->name_length, __VA_ARGS__)

static bool
amst_fail_byte (AmstParser *p, const char *wanted)
{
  if (p->at >= p->size)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_ENDS_EARLY, p->at, "the header ends where %s should follow",
                         wanted);
  if (p->json[p->at] > 0x20 && p->json[p->at] < 0x7f)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_SYNTAX, p->at, "'%c' stands where %s should follow",
                         p->json[p->at], wanted);
  return amst_fail_at (p, AM_SAFETENSORS_ERROR_SYNTAX, p->at, "byte 0x%02x stands where %s should follow",
                       p->json[p->at], wanted);
}

/* --- growing arrays --- */

/* Room for one more element of @size bytes behind @n; NULL when memory ran out. */
static void *
amst_grow (AmstParser *p, void *array, size_t n, size_t *capacity, size_t size)
{
  size_t wanted = *capacity < 16 ? 16 : *capacity + *capacity / 2;
  void *grown = array;

  if (n < *capacity)
    return array;
  grown = realloc (array, wanted * size);
  if (grown)
    *capacity = wanted;
  else
    amst_fail (p->error, AM_SAFETENSORS_ERROR_MEMORY, 8 + (uint64_t)p->at, "out of memory");
  return grown;
}

/* --- bytes --- */

static void
amst_skip_space (AmstParser *p)
{
  while (p->at < p->size
         && (p->json[p->at] == ' ' || p->json[p->at] == '\n' || p->json[p->at] == '\r'
             || p->json[p->at] == '\t'))
    p->at++;
}

/* The next byte that is no white space, or 0 at the end; nobody waits for a byte of 0. */
static unsigned char
amst_peek (AmstParser *p)
{
  amst_skip_space (p);
  return p->at < p->size ? p->json[p->at] : 0;
}

static bool
amst_take (AmstParser *p, unsigned char byte)
{
  if (amst_peek (p) != byte)
    return false;
  p->at++;
  return true;
}

static bool
amst_expect (AmstParser *p, unsigned char byte, const char *wanted)
{
  return amst_take (p, byte) || amst_fail_byte (p, wanted);
}

/* --- strings --- */

/* Length of the UTF-8 character at @s, or 0: overlong forms, surrogates and values over U+10FFFF are none. */
static size_t
amst_utf8_length (const unsigned char *s, size_t n)
{
  static const struct
  {
    unsigned char first, last, low, high, length;
  } forms[] = {
    { 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
    { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
    { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
  };

  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
    {
      if (s[0] < forms[i].first || s[0] > forms[i].last)
        continue;
      if (n < forms[i].length || s[1] < forms[i].low || s[1] > forms[i].high)
        return 0;
      for (size_t k = 2; k < forms[i].length; k++)
        if ((s[k] & 0xc0) != 0x80)
          return 0;
      return forms[i].length;
    }
  return 0;
}

static void
amst_put (AmstParser *p, unsigned byte)
{
  p->text[p->text_used++] = (char)(unsigned char)byte;
}

static void
amst_put_character (AmstParser *p, uint32_t c)
{
  if (c < 0x80)
    amst_put (p, c);
  else if (c < 0x800)
    {
      amst_put (p, 0xc0 | c >> 6);
      amst_put (p, 0x80 | (c & 0x3f));
    }
  else if (c < 0x10000)
    {
      amst_put (p, 0xe0 | c >> 12);
      amst_put (p, 0x80 | (c >> 6 & 0x3f));
      amst_put (p, 0x80 | (c & 0x3f));
    }
  else
    {
      amst_put (p, 0xf0 | c >> 18);
      amst_put (p, 0x80 | (c >> 12 & 0x3f));
      amst_put (p, 0x80 | (c >> 6 & 0x3f));
      amst_put (p, 0x80 | (c & 0x3f));
    }
}

static int
amst_hex_value (unsigned char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

/* The four digits behind a backslash and u. */
static bool
amst_read_hex (AmstParser *p, uint32_t *value)
{
  *value = 0;
  for (int i = 0; i < 4; i++, p->at++)
    {
      int digit = p->at < p->size ? amst_hex_value (p->json[p->at]) : -1;

      if (p->at >= p->size)
        return amst_fail_byte (p, "a hexadecimal digit");
      if (digit < 0)
        return amst_fail_at (p, AM_SAFETENSORS_ERROR_ESCAPE, p->at,
                             "a \\u escape needs four hexadecimal digits");
      *value = *value << 4 | (uint32_t)digit;
    }
  return true;
}

static bool
amst_read_unicode_escape (AmstParser *p)
{
  size_t start = p->at;
  uint32_t first, second = 0;

  if (!amst_read_hex (p, &first))
    return false;
  if (first >= 0xd800 && first < 0xdc00 && p->size - p->at >= 2 && p->json[p->at] == '\\'
      && p->json[p->at + 1] == 'u')
    {
      p->at += 2;
      if (!amst_read_hex (p, &second))
        return false;
    }
  if (first < 0xd800 || first > 0xdfff)
    amst_put_character (p, first);
  else if (first < 0xdc00 && second >= 0xdc00 && second <= 0xdfff)
    amst_put_character (p, 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00));
  else
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_SURROGATE, start,
                         "a \\u escape is half of a surrogate pair without the other half");
  return true;
}

/* Behind the backslash. */
static bool
amst_read_escape (AmstParser *p)
{
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const char *found;

  if (p->at >= p->size)
    return amst_fail_byte (p, "the rest of an escape");
  if (p->json[p->at] == 'u')
    {
      p->at++;
      return amst_read_unicode_escape (p);
    }
  found = (const char *)memchr (letters, p->json[p->at], sizeof letters - 1);
  if (!found)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_ESCAPE, p->at, "an escape that JSON does not know");
  amst_put (p, (unsigned char)meanings[found - letters]);
  p->at++;
  return true;
}

static bool
amst_read_character (AmstParser *p)
{
  unsigned char byte = p->json[p->at];
  size_t n = 1;

  if (byte == '\\')
    {
      p->at++;
      return amst_read_escape (p);
    }
  if (byte < 0x20)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_CONTROL_CHARACTER, p->at,
                         "control character 0x%02x stands in a string without an escape", byte);
  if (byte >= 0x80 && (n = amst_utf8_length (p->json + p->at, p->size - p->at)) == 0)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_UTF8, p->at, "the header is not valid UTF-8 (byte 0x%02x)",
                         byte);
  memcpy (p->text + p->text_used, p->json + p->at, n);
  p->text_used += n;
  p->at += n;
  return true;
}

static bool
amst_read_string (AmstParser *p, AmstString *string, const char *wanted)
{
  if (!amst_expect (p, '"', wanted))
    return false;
  string->bytes = p->text + p->text_used;
  string->position = p->at - 1;
  while (p->at < p->size && p->json[p->at] != '"')
    if (!amst_read_character (p))
      return false;
  if (p->at >= p->size)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_ENDS_EARLY, p->at, "the header ends within a string");
  p->at++;
  string->length = (size_t)(p->text + p->text_used - string->bytes);
  amst_put (p, 0);
  return true;
}

/* Gives back the room of the string read last. */
static void
amst_forget_string (AmstParser *p, const AmstString *string)
{
  p->text_used = (size_t)(string->bytes - p->text);
}

static bool
amst_equals (const AmstString *string, const char *word)
{
  return string->length == strlen (word) && memcmp (string->bytes, word, string->length) == 0;
}

/* --- numbers --- */

static bool
amst_is_digit (const AmstParser *p)
{
  return p->at < p->size && p->json[p->at] >= '0' && p->json[p->at] <= '9';
}

static bool
amst_read_integer (AmstParser *p, uint64_t *value, const char *field)
{
  size_t start;

  amst_skip_space (p);
  start = p->at;
  *value = 0;
  while (amst_is_digit (p))
    {
      uint64_t digit = (uint64_t)(p->json[p->at++] - '0');

      if (*value > (UINT64_MAX - digit) / 10)
        return amst_fail_at (p, AM_SAFETENSORS_ERROR_INTEGER_TOO_LARGE, start,
                             "a number in %s exceeds 64 bits", field);
      *value = *value * 10 + digit;
    }
  if (p->at == start && (p->at >= p->size || memchr ("]},:", p->json[p->at], 4)))
    return amst_fail_byte (p, "a number");
  if (p->at == start || (p->at < p->size && memchr (".eE", p->json[p->at], 3))
      || (p->json[start] == '0' && p->at - start > 1))
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_NOT_INTEGER, start,
                         "%s holds something other than non-negative whole numbers", field);
  return true;
}

static bool
amst_skip_digits (AmstParser *p)
{
  size_t start = p->at;

  while (amst_is_digit (p))
    p->at++;
  return p->at > start || amst_fail_byte (p, "a digit");
}

static bool
amst_skip_number (AmstParser *p)
{
  if (p->json[p->at] == '-')
    p->at++;
  if (p->at < p->size && p->json[p->at] == '0')
    p->at++;
  else if (!amst_skip_digits (p))
    return false;
  if (p->at < p->size && p->json[p->at] == '.')
    {
      p->at++;
      if (!amst_skip_digits (p))
        return false;
    }
  if (p->at < p->size && (p->json[p->at] == 'e' || p->json[p->at] == 'E'))
    {
      p->at++;
      if (p->at < p->size && (p->json[p->at] == '+' || p->json[p->at] == '-'))
        p->at++;
      return amst_skip_digits (p);
    }
  return true;
}

/* --- values nobody asked for, which must be JSON all the same --- */

static bool amst_skip_value (AmstParser *p);

static bool
amst_take_word (AmstParser *p, const char *word)
{
  size_t length = strlen (word);

  if (p->size - p->at < length || memcmp (p->json + p->at, word, length) != 0)
    return false;
  p->at += length;
  return true;
}

static bool
amst_skip_string (AmstParser *p)
{
  AmstString string;

  if (!amst_read_string (p, &string, "a name in quotes"))
    return false;
  amst_forget_string (p, &string);
  return true;
}

static bool
amst_skip_members (AmstParser *p, unsigned char close)
{
  if (amst_take (p, close))
    return true;
  do
    {
      if (close == '}' && !(amst_skip_string (p) && amst_expect (p, ':', "':'")))
        return false;
      if (!amst_skip_value (p))
        return false;
    }
  while (amst_take (p, ','));
  return amst_expect (p, close, close == '}' ? "',' or '}'" : "',' or ']'");
}

static bool
amst_skip_value (AmstParser *p)
{
  unsigned char byte = amst_peek (p);
  bool is_ok;

  if (byte == '"')
    return amst_skip_string (p);
  if (byte == '-' || (byte >= '0' && byte <= '9'))
    return amst_skip_number (p);
  if (amst_take_word (p, "true") || amst_take_word (p, "false") || amst_take_word (p, "null"))
    return true;
  if (byte != '{' && byte != '[')
    return amst_fail_byte (p, "a value");
  if (p->depth >= AM_SAFETENSORS_MAX_DEPTH)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_DEPTH, p->at,
                         "objects and arrays are nested more than %u deep", AM_SAFETENSORS_MAX_DEPTH);
  p->at++;
  p->depth++;
  is_ok = amst_skip_members (p, byte == '{' ? '}' : ']');
  p->depth--;
  return is_ok;
}

/* --- metadata --- */

static bool
amst_add_pair (AmstParser *p, const AmstString *key, const AmstString *value)
{
  AmSafetensors *result = p->result;
  AmSafetensorsPair *pairs = (AmSafetensorsPair *)amst_grow (p, result->metadata, result->n_metadata,
                                                             &p->metadata_capacity, sizeof *pairs);

  if (!pairs)
    return false;
  result->metadata = pairs;
  pairs[result->n_metadata].key = key->bytes;
  pairs[result->n_metadata].key_length = key->length;
  pairs[result->n_metadata].value = value->bytes;
  pairs[result->n_metadata].value_length = value->length;
  result->n_metadata++;
  return true;
}

static bool
amst_read_pair (AmstParser *p)
{
  AmstString key, value;

  if (!amst_read_string (p, &key, "a name in quotes") || !amst_expect (p, ':', "':'"))
    return false;
  if (amst_peek (p) != '"' && p->at < p->size)
    return amst_fail_named (p->error, AM_SAFETENSORS_ERROR_METADATA_VALUE, 8 + (uint64_t)p->at, NULL, 0,
                            "a value of __metadata__ is no string");
  return amst_read_string (p, &value, "a string") && amst_add_pair (p, &key, &value);
}

static bool
amst_read_metadata (AmstParser *p, size_t position)
{
  if (p->has_metadata)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_DUPLICATE_METADATA, position, "__metadata__ is there twice");
  p->has_metadata = true;
  amst_skip_space (p);
  if (amst_take_word (p, "null"))
    return true;
  if (!amst_take (p, '{'))
    return p->at >= p->size ? amst_fail_byte (p, "an object")
                            : amst_fail_at (p, AM_SAFETENSORS_ERROR_METADATA_NOT_OBJECT, p->at,
                                            "__metadata__ is no object");
  if (amst_take (p, '}'))
    return true;
  do
    if (!amst_read_pair (p))
      return false;
  while (amst_take (p, ','));
  return amst_expect (p, '}', "',' or '}'");
}

/* --- entries --- */

static bool
amst_open_array (AmstParser *p, const char *field)
{
  if (amst_take (p, '['))
    return true;
  if (p->at >= p->size)
    return amst_fail_byte (p, "an array");
  return amst_fail_at (p, AM_SAFETENSORS_ERROR_NOT_ARRAY, p->at, "%s is no array", field);
}

static bool
amst_read_dtype (AmstParser *p, AmSafetensorsTensor *tensor)
{
  AmstString word;
  char shown[40];

  if (amst_peek (p) != '"' && p->at < p->size)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_DTYPE_NOT_STRING, p->at, "dtype is no string");
  if (!amst_read_string (p, &word, "a string"))
    return false;
  for (int i = 0; i < AM_SAFETENSORS_N_DTYPES; i++)
    if (amst_equals (&word, amst_dtypes[i].name))
      {
        tensor->dtype = (AmSafetensorsDtype)i;
        amst_forget_string (p, &word);
        return true;
      }
  amst_copy_name (shown, sizeof shown, word.bytes, word.length);
  return amst_fail_at (p, AM_SAFETENSORS_ERROR_DTYPE_UNKNOWN, word.position,
                       "unknown dtype \"%s\" (names are in capitals: F16, BF16, F32, ...)", shown);
}

static bool
amst_add_dim (AmstParser *p, AmSafetensorsTensor *tensor)
{
  uint64_t *dims = (uint64_t *)amst_grow (p, p->dims, p->n_dims, &p->dims_capacity, sizeof *dims);

  if (!dims)
    return false;
  p->dims = dims;
  if (tensor->n_dims >= AM_SAFETENSORS_MAX_RANK)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_RANK, p->at, "the shape has more than %u axes",
                         AM_SAFETENSORS_MAX_RANK);
  if (!amst_read_integer (p, &dims[p->n_dims], "shape"))
    return false;
  p->n_dims++;
  tensor->n_dims++;
  return true;
}

static bool
amst_read_shape (AmstParser *p, AmSafetensorsTensor *tensor)
{
  if (!amst_open_array (p, "shape"))
    return false;
  if (amst_take (p, ']'))
    return true;
  do
    if (!amst_add_dim (p, tensor))
      return false;
  while (amst_take (p, ','));
  return amst_expect (p, ']', "',' or ']'");
}

static bool
amst_fail_offset_count (AmstParser *p)
{
  return amst_fail_at (p, AM_SAFETENSORS_ERROR_OFFSET_COUNT, p->at,
                       "data_offsets must be two numbers, begin and end");
}

static bool
amst_read_offsets (AmstParser *p, AmSafetensorsTensor *tensor)
{
  if (!amst_open_array (p, "data_offsets"))
    return false;
  if (amst_peek (p) == ']')
    return amst_fail_offset_count (p);
  if (!amst_read_integer (p, &tensor->begin, "data_offsets"))
    return false;
  if (amst_peek (p) == ']')
    return amst_fail_offset_count (p);
  if (!amst_expect (p, ',', "',' or ']'") || !amst_read_integer (p, &tensor->end, "data_offsets"))
    return false;
  if (amst_peek (p) == ',')
    return amst_fail_offset_count (p);
  return amst_expect (p, ']', "',' or ']'");
}

enum
{
  AMST_DTYPE = 1,
  AMST_SHAPE = 2,
  AMST_OFFSETS = 4
};

static unsigned
amst_field_of (const AmstString *key)
{
  if (amst_equals (key, "dtype"))
    return AMST_DTYPE;
  if (amst_equals (key, "shape"))
    return AMST_SHAPE;
  return amst_equals (key, "data_offsets") ? AMST_OFFSETS : 0;
}

static bool
amst_read_field (AmstParser *p, AmSafetensorsTensor *tensor, unsigned *seen)
{
  AmstString key;
  unsigned field;

  if (!amst_read_string (p, &key, "a name in quotes") || !amst_expect (p, ':', "':'"))
    return false;
  field = amst_field_of (&key);
  amst_forget_string (p, &key);
  if (field & *seen)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_DUPLICATE_FIELD, key.position, "%s is there twice",
                         field == AMST_DTYPE   ? "dtype"
                         : field == AMST_SHAPE ? "shape"
                                               : "data_offsets");
  *seen |= field;
  switch (field)
    {
    case AMST_DTYPE:
      return amst_read_dtype (p, tensor);
    case AMST_SHAPE:
      return amst_read_shape (p, tensor);
    case AMST_OFFSETS:
      return amst_read_offsets (p, tensor);
    default:
      return amst_skip_value (p);
    }
}

static bool
amst_read_fields (AmstParser *p, AmSafetensorsTensor *tensor)
{
  unsigned seen = 0;

  if (!amst_take (p, '}'))
    {
      do
        if (!amst_read_field (p, tensor, &seen))
          return false;
      while (amst_take (p, ','));
      if (!amst_expect (p, '}', "',' or '}'"))
        return false;
    }
  if (seen == (AMST_DTYPE | AMST_SHAPE | AMST_OFFSETS))
    return true;
  return amst_fail_at (p, AM_SAFETENSORS_ERROR_FIELD_MISSING, p->at - 1, "the entry has no %s",
                       !(seen & AMST_DTYPE)   ? "dtype"
                       : !(seen & AMST_SHAPE) ? "shape"
                                              : "data_offsets");
}

static bool
amst_add_tensor (AmstParser *p, const AmSafetensorsTensor *tensor)
{
  AmSafetensors *result = p->result;
  AmSafetensorsTensor *tensors = (AmSafetensorsTensor *)amst_grow (p, result->tensors, result->n_tensors,
                                                                   &p->tensors_capacity, sizeof *tensors);

  if (!tensors)
    return false;
  result->tensors = tensors;
  tensors[result->n_tensors++] = *tensor;
  return true;
}

static bool
amst_read_entry (AmstParser *p)
{
  AmSafetensorsTensor tensor = { 0 };

  tensor.name = p->name.bytes;
  tensor.name_length = p->name.length;
  tensor.position = (uint32_t)(8 + p->name.position);
  if (memchr (p->name.bytes, 0, p->name.length))
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_NAME_HAS_NUL, p->name.position,
                         "the tensor's name holds a NUL");
  if (!amst_take (p, '{'))
    return p->at >= p->size ? amst_fail_byte (p, "an object")
                            : amst_fail_at (p, AM_SAFETENSORS_ERROR_ENTRY_NOT_OBJECT, p->at,
                                            "the tensor's entry is no object");
  return amst_read_fields (p, &tensor) && amst_add_tensor (p, &tensor);
}

static bool
amst_read_member (AmstParser *p)
{
  AmstString name;
  bool is_ok;

  if (!amst_read_string (p, &name, "a name in quotes") || !amst_expect (p, ':', "':'"))
    return false;
  if (amst_equals (&name, "__metadata__"))
    return amst_read_metadata (p, name.position);
  p->name = name;
  is_ok = amst_read_entry (p);
  p->name.bytes = NULL;
  return is_ok;
}

static bool
amst_read_header (AmstParser *p)
{
  if (p->size >= 3 && memcmp (p->json, "\xef\xbb\xbf", 3) == 0)
    return amst_fail_at (p, AM_SAFETENSORS_ERROR_BYTE_ORDER_MARK, 0,
                         "the header begins with a byte order mark");
  if (!amst_take (p, '{'))
    return p->at >= p->size
               ? amst_fail_byte (p, "an object")
               : amst_fail_at (p, AM_SAFETENSORS_ERROR_NOT_OBJECT, p->at, "the header is no JSON object");
  p->depth = 2;
  if (!amst_take (p, '}'))
    {
      do
        if (!amst_read_member (p))
          return false;
      while (amst_take (p, ','));
      if (!amst_expect (p, '}', "',' or '}'"))
        return false;
    }
  amst_skip_space (p);
  return p->at == p->size
         || amst_fail_at (p, AM_SAFETENSORS_ERROR_AFTER_OBJECT, p->at,
                          "something follows the header's JSON object");
}

/* --- what the entries claim together --- */

static void
amst_link_shapes (AmstParser *p)
{
  const uint64_t *shape = p->dims;

  for (size_t i = 0; i < p->result->n_tensors; i++)
    {
      AmSafetensorsTensor *tensor = &p->result->tensors[i];

      if (tensor->n_dims == 0)
        continue;
      tensor->shape = shape;
      shape += tensor->n_dims;
    }
}

static uint64_t
amst_hash (const char *bytes, size_t length)
{
  uint64_t hash = 0xcbf29ce484222325u;

  for (size_t i = 0; i < length; i++)
    hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
  return hash;
}

static int
amst_compare_keys (const void *left, const void *right)
{
  const AmstKey *a = (const AmstKey *)left, *b = (const AmstKey *)right;
  size_t shorter;
  int order;

  if (a->hash != b->hash)
    return a->hash < b->hash ? -1 : 1;
  shorter = a->tensor->name_length < b->tensor->name_length ? a->tensor->name_length : b->tensor->name_length;
  order = memcmp (a->tensor->name, b->tensor->name, shorter);
  if (order != 0 || a->tensor->name_length == b->tensor->name_length)
    return order;
  return a->tensor->name_length < b->tensor->name_length ? -1 : 1;
}

static bool
amst_check_keys (const AmSafetensors *result, AmstKey *keys, AmSafetensorsError *error)
{
  for (size_t i = 0; i < result->n_tensors; i++)
    {
      keys[i].tensor = &result->tensors[i];
      keys[i].hash = amst_hash (result->tensors[i].name, result->tensors[i].name_length);
    }
  qsort (keys, result->n_tensors, sizeof *keys, amst_compare_keys);
  for (size_t i = 1; i < result->n_tensors; i++)
    if (amst_compare_keys (&keys[i - 1], &keys[i]) == 0)
      {
        const AmSafetensorsTensor *a = keys[i - 1].tensor, *b = keys[i].tensor;

        return amst_fail_tensor (error, AM_SAFETENSORS_ERROR_DUPLICATE_NAME,
                                 a->position > b->position ? a : b, "duplicate key: the name is there twice");
      }
  return true;
}

static bool
amst_check_names (const AmSafetensors *result, AmSafetensorsError *error)
{
  AmstKey *keys = (AmstKey *)malloc ((result->n_tensors + 1) * sizeof *keys);
  bool is_ok;

  if (!keys)
    return amst_fail (error, AM_SAFETENSORS_ERROR_MEMORY, 8, "out of memory");
  is_ok = amst_check_keys (result, keys, error);
  free (keys);
  return is_ok;
}

/* Equal ranges are put in the order of the header, so that messages do not depend on the sort. */
static int
amst_compare_offsets (const void *left, const void *right)
{
  const AmSafetensorsTensor *a = (const AmSafetensorsTensor *)left, *b = (const AmSafetensorsTensor *)right;

  if (a->begin != b->begin)
    return a->begin < b->begin ? -1 : 1;
  if (a->end != b->end)
    return a->end < b->end ? -1 : 1;
  return a->position < b->position ? -1 : a->position > b->position;
}

/* Most files are in order already, and a sort of many entries is the slowest step. */
static void
amst_sort_tensors (AmSafetensors *result)
{
  for (size_t i = 1; i < result->n_tensors; i++)
    if (amst_compare_offsets (&result->tensors[i - 1], &result->tensors[i]) > 0)
      {
        qsort (result->tensors, result->n_tensors, sizeof *result->tensors, amst_compare_offsets);
        return;
      }
}

static bool
amst_multiply (uint64_t *product, uint64_t factor)
{
  if (factor != 0 && *product > UINT64_MAX / factor)
    return false;
  *product *= factor;
  return true;
}

static bool
amst_check_size (AmSafetensorsTensor *tensor, AmSafetensorsError *error)
{
  uint64_t bits;

  tensor->length = 1;
  for (unsigned i = 0; i < tensor->n_dims; i++)
    if (!amst_multiply (&tensor->length, tensor->shape[i]))
      return amst_fail_tensor (error, AM_SAFETENSORS_ERROR_SHAPE_OVERFLOW, tensor,
                               "the product of the shape exceeds 64 bits");
  bits = tensor->length;
  if (!amst_multiply (&bits, amst_dtypes[tensor->dtype].bits))
    return amst_fail_tensor (error, AM_SAFETENSORS_ERROR_SHAPE_OVERFLOW, tensor,
                             "the size in bits exceeds 64 bits");
  if (bits % 8 != 0)
    return amst_fail_tensor (error, AM_SAFETENSORS_ERROR_NOT_WHOLE_BYTES, tensor,
                             "the elements do not fill whole bytes (%llu of %u bits)",
                             (unsigned long long)tensor->length, amst_dtypes[tensor->dtype].bits);
  if (bits / 8 == tensor->end - tensor->begin)
    return true;
  return amst_fail_tensor (error, AM_SAFETENSORS_ERROR_SIZE_MISMATCH, tensor,
                           "shape and dtype need %llu bytes, data_offsets give %llu",
                           (unsigned long long)(bits / 8), (unsigned long long)(tensor->end - tensor->begin));
}

static bool
amst_check_place (const AmSafetensorsTensor *tensor, uint64_t expected, AmSafetensorsError *error)
{
  if (tensor->end < tensor->begin)
    return amst_fail_tensor (error, AM_SAFETENSORS_ERROR_OFFSETS_REVERSED, tensor,
                             "data_offsets end (%llu) before they begin (%llu)",
                             (unsigned long long)tensor->end, (unsigned long long)tensor->begin);
  if (tensor->begin > expected)
    return amst_fail_tensor (error, AM_SAFETENSORS_ERROR_HOLE, tensor,
                             "a hole of %llu bytes lies before its data, which begin at %llu",
                             (unsigned long long)(tensor->begin - expected),
                             (unsigned long long)tensor->begin);
  if (tensor->begin < expected)
    return amst_fail_tensor (error, AM_SAFETENSORS_ERROR_OVERLAP, tensor,
                             "its data, from %llu, overlap those of another tensor, which end at %llu",
                             (unsigned long long)tensor->begin, (unsigned long long)expected);
  return true;
}

static bool
amst_check_end (const AmSafetensors *result, uint64_t last, uint64_t file_size, AmSafetensorsError *error)
{
  uint64_t data_size = file_size - result->data_start;

  if (last > data_size)
    return amst_fail (
        error, AM_SAFETENSORS_ERROR_TRUNCATED, file_size,
        "the file has %llu bytes, its header promises %llu more: an incomplete download or copy",
        (unsigned long long)file_size, (unsigned long long)(last - data_size));
  if (last < data_size)
    return amst_fail (error, AM_SAFETENSORS_ERROR_TRAILING_BYTES, result->data_start + last,
                      "%llu bytes follow the last tensor", (unsigned long long)(data_size - last));
  return true;
}

static bool
amst_check_tensors (AmSafetensors *result, uint64_t file_size, AmSafetensorsError *error)
{
  uint64_t expected = 0;

  for (size_t i = 0; i < result->n_tensors; i++)
    {
      if (!amst_check_place (&result->tensors[i], expected, error))
        return false;
      expected = result->tensors[i].end;
    }
  for (size_t i = 0; i < result->n_tensors; i++)
    if (!amst_check_size (&result->tensors[i], error))
      return false;
  return amst_check_end (result, expected, file_size, error);
}

/* --- public --- */

bool
am_safetensors_get_header_size (const void *first_bytes, uint64_t file_size, uint64_t *header_size,
                                AmSafetensorsError *error)
{
  const unsigned char *bytes = (const unsigned char *)first_bytes;

  *header_size = 0;
  if (file_size < 8)
    return amst_fail (
        error, AM_SAFETENSORS_ERROR_TOO_SHORT, file_size,
        "the file has %llu bytes, too few for the length of a header: an incomplete download or copy",
        (unsigned long long)file_size);
  for (int i = 8; i-- > 0;)
    *header_size = *header_size << 8 | bytes[i];
  if (*header_size > AM_SAFETENSORS_MAX_HEADER)
    return amst_fail (
        error, AM_SAFETENSORS_ERROR_HEADER_TOO_LARGE, 0,
        "the header would be %llu bytes long, over the limit of %u: not a safetensors file, or damaged",
        (unsigned long long)*header_size, AM_SAFETENSORS_MAX_HEADER);
  if (*header_size > file_size - 8)
    return amst_fail (error, AM_SAFETENSORS_ERROR_HEADER_BEYOND_FILE, 0,
                      "the file has %llu bytes, its header promises %llu: an incomplete download or copy",
                      (unsigned long long)file_size, (unsigned long long)(*header_size + 8));
  return true;
}

static bool
amst_parse_all (AmstParser *p, uint64_t file_size)
{
  bool is_ok = amst_read_header (p);

  p->result->memory[0] = p->text;
  p->result->memory[1] = p->dims;
  if (!is_ok)
    return false;
  amst_link_shapes (p);
  if (!amst_check_names (p->result, p->error))
    return false;
  amst_sort_tensors (p->result);
  return amst_check_tensors (p->result, file_size, p->error);
}

bool
am_safetensors_parse (const void *header, size_t header_size, uint64_t file_size, AmSafetensors *result,
                      AmSafetensorsError *error)
{
  AmstParser parser;

  memset (&parser, 0, sizeof parser);
  memset (result, 0, sizeof *result);
  if (header_size > AM_SAFETENSORS_MAX_HEADER || file_size < 8 || header_size > file_size - 8)
    return amst_fail (error, AM_SAFETENSORS_ERROR_HEADER_BEYOND_FILE, 0,
                      "the header is longer than the file");
  parser.json = (const unsigned char *)header;
  parser.size = header_size;
  parser.result = result;
  parser.error = error;
  parser.text = (char *)malloc (header_size + 1);
  if (!parser.text)
    return amst_fail (error, AM_SAFETENSORS_ERROR_MEMORY, 8, "out of memory");
  result->data_start = 8 + (uint64_t)header_size;
  if (amst_parse_all (&parser, file_size))
    return true;
  am_safetensors_clear (result);
  return false;
}

static bool
amst_pread (int fd, void *dest, size_t size, uint64_t offset, AmSafetensorsError *error)
{
  size_t done = 0;

  while (done < size)
    {
      ssize_t n = pread (fd, (char *)dest + done, size - done, (off_t)(offset + done));

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return amst_fail (error, AM_SAFETENSORS_ERROR_IO, offset + done, "cannot read: %s",
                          n < 0 ? strerror (errno) : "the file became shorter");
      done += (size_t)n;
    }
  return true;
}

static bool
amst_read_all (int fd, uint64_t file_size, AmSafetensors *result, AmSafetensorsError *error)
{
  unsigned char first[8] = { 0 };
  uint64_t size;
  void *header;
  bool is_ok;

  if (!amst_pread (fd, first, file_size < 8 ? (size_t)file_size : 8, 0, error)
      || !am_safetensors_get_header_size (first, file_size, &size, error))
    return false;
  header = malloc ((size_t)size + 1);
  if (!header)
    return amst_fail (error, AM_SAFETENSORS_ERROR_MEMORY, 8, "out of memory");
  is_ok = amst_pread (fd, header, (size_t)size, 8, error)
          && am_safetensors_parse (header, (size_t)size, file_size, result, error);
  free (header);
  return is_ok;
}

bool
am_safetensors_read_fd (int fd, AmSafetensors *result, AmSafetensorsError *error)
{
  struct stat status;

  memset (result, 0, sizeof *result);
  if (fstat (fd, &status) != 0)
    return amst_fail (error, AM_SAFETENSORS_ERROR_IO, 0, "cannot examine the file: %s", strerror (errno));
  if (!S_ISREG (status.st_mode))
    return amst_fail (error, AM_SAFETENSORS_ERROR_IO, 0, "not a regular file");
  return amst_read_all (fd, (uint64_t)status.st_size, result, error);
}

void
am_safetensors_clear (AmSafetensors *result)
{
  free (result->tensors);
  free (result->metadata);
  free (result->memory[0]);
  free (result->memory[1]);
  memset (result, 0, sizeof *result);
}

const char *
am_safetensors_dtype_get_name (AmSafetensorsDtype dtype)
{
  return (unsigned)dtype < AM_SAFETENSORS_N_DTYPES ? amst_dtypes[dtype].name : "none";
}

unsigned
am_safetensors_dtype_get_bits (AmSafetensorsDtype dtype)
{
  return (unsigned)dtype < AM_SAFETENSORS_N_DTYPES ? amst_dtypes[dtype].bits : 0;
}

#undef amst_fail
#undef amst_fail_at
#undef amst_fail_tensor

#endif
