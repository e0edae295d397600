/* Values of the keys of a GGUF header. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  AM_GGUF_U8,
  AM_GGUF_I8,
  AM_GGUF_U16,
  AM_GGUF_I16,
  AM_GGUF_U32,
  AM_GGUF_I32,
  AM_GGUF_F32,
  AM_GGUF_BOOL,
  AM_GGUF_STRING,
  AM_GGUF_ARRAY,
  AM_GGUF_U64,
  AM_GGUF_I64,
  AM_GGUF_F64,
  AM_GGUF_N_VALUES,
} AmGgufValue;

#define AM_GGUF_MOST_BYTES 8

/* Bytes of a value; 0 where it depends. */
guint am_gguf_value_get_size (AmGgufValue type);

/* The number in @bytes [its size] as text that reads back to the same value; (transfer full). %NULL for what
 * is no finite number. */
char *am_gguf_value_to_text (AmGgufValue type, const guint8 *bytes);

G_END_DECLS
