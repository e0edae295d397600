/* Element types of tensors, in the order of the safetensors reference (small to large). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum
{
  AM_DTYPE_BOOL,
  AM_DTYPE_F4,
  AM_DTYPE_F6_E2M3,
  AM_DTYPE_F6_E3M2,
  AM_DTYPE_U8,
  AM_DTYPE_I8,
  AM_DTYPE_F8_E5M2,
  AM_DTYPE_F8_E4M3,
  AM_DTYPE_F8_E8M0,
  AM_DTYPE_F8_E4M3FNUZ,
  AM_DTYPE_F8_E5M2FNUZ,
  AM_DTYPE_I16,
  AM_DTYPE_U16,
  AM_DTYPE_F16,
  AM_DTYPE_BF16,
  AM_DTYPE_I32,
  AM_DTYPE_U32,
  AM_DTYPE_F32,
  AM_DTYPE_C64,
  AM_DTYPE_F64,
  AM_DTYPE_I64,
  AM_DTYPE_U64,
  AM_N_DTYPES,
} AmDtype;

#define AM_DTYPE_NONE ((AmDtype)-1)

/* Name as written in safetensors headers ("F16"). */
const char *am_dtype_get_name (AmDtype dtype);

/* The dtype of that (case-sensitive) safetensors name of @length bytes, or AM_DTYPE_NONE. */
AmDtype am_dtype_from_name (const char *name, size_t length);

/* Bits of one element (4 for F4, 6 for F6_*). */
unsigned am_dtype_get_bits (AmDtype dtype);

/* Whether Amalgam merges values of this type: F64 F32 F16 BF16 F8_E4M3 F8_E5M2. */
bool am_dtype_is_mergeable (AmDtype dtype);

/* The dtype of a user's word: "fp16", "float16", "bf16", "fp8_e4m3fn", also safetensors names in any
 * case; AM_DTYPE_NONE when the word is unknown. */
AmDtype am_dtype_from_word (const char *word);
