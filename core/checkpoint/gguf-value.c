#include "checkpoint/gguf-value.h"

#include <math.h>

#include "base/number-text.h"
#include "checkpoint/little-endian.h"

guint
am_gguf_value_get_size (AmGgufValue type)
{
  static const guint sizes[AM_GGUF_N_VALUES] = { 1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8 };

  g_return_val_if_fail (type < AM_GGUF_N_VALUES, 0);
  return sizes[type];
}

static char *
float_to_text (const guint8 *bytes)
{
  guint32 bits = am_read_le32 (bytes);
  float number;

  memcpy (&number, &bits, sizeof number);
  return isfinite (number) ? am_number_to_text (number) : NULL;
}

static char *
double_to_text (const guint8 *bytes)
{
  guint64 bits = am_read_le64 (bytes);
  double number;

  memcpy (&number, &bits, sizeof number);
  return isfinite (number) ? am_number_to_text (number) : NULL;
}

char *
am_gguf_value_to_text (AmGgufValue type, const guint8 *bytes)
{
  switch (type)
    {
    case AM_GGUF_U8:
      return g_strdup_printf ("%u", bytes[0]);
    case AM_GGUF_I8:
      return g_strdup_printf ("%d", (gint8)bytes[0]);
    case AM_GGUF_U16:
      return g_strdup_printf ("%u", am_read_le16 (bytes));
    case AM_GGUF_I16:
      return g_strdup_printf ("%d", (gint16)am_read_le16 (bytes));
    case AM_GGUF_U32:
      return g_strdup_printf ("%u", am_read_le32 (bytes));
    case AM_GGUF_I32:
      return g_strdup_printf ("%d", (gint32)am_read_le32 (bytes));
    case AM_GGUF_U64:
      return g_strdup_printf ("%" G_GUINT64_FORMAT, am_read_le64 (bytes));
    case AM_GGUF_I64:
      return g_strdup_printf ("%" G_GINT64_FORMAT, (gint64)am_read_le64 (bytes));
    case AM_GGUF_F32:
      return float_to_text (bytes);
    case AM_GGUF_F64:
      return double_to_text (bytes);
    default:
      return NULL;
    }
}
