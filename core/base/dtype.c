#include "base/dtype.h"

#include <string.h>
#include <strings.h>

static const struct
{
  const char *name;
  unsigned bits;
} dtypes[AM_N_DTYPES] = {
  [AM_DTYPE_BOOL] = { "BOOL", 8 },
  [AM_DTYPE_F4] = { "F4", 4 },
  [AM_DTYPE_F6_E2M3] = { "F6_E2M3", 6 },
  [AM_DTYPE_F6_E3M2] = { "F6_E3M2", 6 },
  [AM_DTYPE_U8] = { "U8", 8 },
  [AM_DTYPE_I8] = { "I8", 8 },
  [AM_DTYPE_F8_E5M2] = { "F8_E5M2", 8 },
  [AM_DTYPE_F8_E4M3] = { "F8_E4M3", 8 },
  [AM_DTYPE_F8_E8M0] = { "F8_E8M0", 8 },
  [AM_DTYPE_F8_E4M3FNUZ] = { "F8_E4M3FNUZ", 8 },
  [AM_DTYPE_F8_E5M2FNUZ] = { "F8_E5M2FNUZ", 8 },
  [AM_DTYPE_I16] = { "I16", 16 },
  [AM_DTYPE_U16] = { "U16", 16 },
  [AM_DTYPE_F16] = { "F16", 16 },
  [AM_DTYPE_BF16] = { "BF16", 16 },
  [AM_DTYPE_I32] = { "I32", 32 },
  [AM_DTYPE_U32] = { "U32", 32 },
  [AM_DTYPE_F32] = { "F32", 32 },
  [AM_DTYPE_C64] = { "C64", 64 },
  [AM_DTYPE_F64] = { "F64", 64 },
  [AM_DTYPE_I64] = { "I64", 64 },
  [AM_DTYPE_U64] = { "U64", 64 },
};

static const struct
{
  const char *word;
  AmDtype dtype;
} words[] = {
  { "fp64", AM_DTYPE_F64 },           { "float64", AM_DTYPE_F64 },
  { "fp32", AM_DTYPE_F32 },           { "float32", AM_DTYPE_F32 },
  { "fp16", AM_DTYPE_F16 },           { "float16", AM_DTYPE_F16 },
  { "half", AM_DTYPE_F16 },           { "bfloat16", AM_DTYPE_BF16 },
  { "fp8_e4m3fn", AM_DTYPE_F8_E4M3 }, { "float8_e4m3fn", AM_DTYPE_F8_E4M3 },
  { "fp8_e5m2", AM_DTYPE_F8_E5M2 },   { "float8_e5m2", AM_DTYPE_F8_E5M2 },
};

const char *
am_dtype_get_name (AmDtype dtype)
{
  return (unsigned)dtype < AM_N_DTYPES ? dtypes[dtype].name : "none";
}

AmDtype
am_dtype_from_name (const char *name, size_t length)
{
  for (unsigned i = 0; i < AM_N_DTYPES; i++)
    if (strlen (dtypes[i].name) == length && memcmp (dtypes[i].name, name, length) == 0)
      return (AmDtype)i;
  return AM_DTYPE_NONE;
}

unsigned
am_dtype_get_bits (AmDtype dtype)
{
  return (unsigned)dtype < AM_N_DTYPES ? dtypes[dtype].bits : 0;
}

bool
am_dtype_is_mergeable (AmDtype dtype)
{
  switch (dtype)
    {
    case AM_DTYPE_F64:
    case AM_DTYPE_F32:
    case AM_DTYPE_F16:
    case AM_DTYPE_BF16:
    case AM_DTYPE_F8_E4M3:
    case AM_DTYPE_F8_E5M2:
      return true;
    default:
      return false;
    }
}

AmDtype
am_dtype_from_word (const char *word)
{
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (strcasecmp (words[i].word, word) == 0)
      return words[i].dtype;
  for (unsigned i = 0; i < AM_N_DTYPES; i++)
    if (strcasecmp (dtypes[i].name, word) == 0)
      return (AmDtype)i;
  return AM_DTYPE_NONE;
}
