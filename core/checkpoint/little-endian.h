/* Little-endian integers at any address. */
#pragma once

#include <string.h>

#include <glib.h>

static inline guint16
am_read_le16 (const void *bytes)
{
  guint16 value;
  memcpy (&value, bytes, sizeof value);
  return GUINT16_FROM_LE (value);
}

static inline guint32
am_read_le32 (const void *bytes)
{
  guint32 value;
  memcpy (&value, bytes, sizeof value);
  return GUINT32_FROM_LE (value);
}

static inline guint64
am_read_le64 (const void *bytes)
{
  guint64 value;
  memcpy (&value, bytes, sizeof value);
  return GUINT64_FROM_LE (value);
}
