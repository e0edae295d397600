/* Stored values to working precision. */
#pragma once

#include "kernels/body-common.h"

/* A small float of @mantissa bits, sign excluded, with its mantissa shifted to where float has its own.
 * Subnormals become right by a subtraction that is exact, so no subnormal float is ever an operand. */
static inline uint32_t
widen_magnitude (uint32_t shifted, int bias)
{
  uint32_t smallest_normal = (uint32_t)(128 - bias) << 23;
  uint32_t rebias = (uint32_t)(127 - bias) << 23;
  float subnormal = float_from_bits (smallest_normal + shifted) - float_from_bits (smallest_normal);

  return choose (shifted < 1u << 23, float_bits (subnormal), shifted + rebias);
}

/* Agrees with the F16C instruction also in NaN: payload kept, quieted. */
static inline float
widen_one_f16 (uint32_t half)
{
  uint32_t shifted = (half & 0x7FFF) << 13;
  uint32_t bits = widen_magnitude (shifted, 15);

  bits += choose (shifted >= 31u << 23, 112u << 23, 0);
  bits |= choose (shifted > 31u << 23, 1u << 22, 0);
  return float_from_bits (bits | (half & 0x8000) << 16);
}

static inline float
widen_one_f8_e4m3 (uint32_t byte)
{
  uint32_t bits = widen_magnitude ((byte & 0x7F) << 20, 7);

  bits = choose ((byte & 0x7F) == 0x7F, 0x7FC00000, bits);
  return float_from_bits (bits | (byte & 0x80) << 24);
}

static void
widen_f16 (float *restrict dest, const Unaligned16 *restrict source, size_t n)
{
  size_t i = 0;

#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16)
    _mm512_storeu_ps (dest + i, _mm512_cvtph_ps (_mm256_loadu_si256 ((const __m256i *)(source + i))));
#elif defined(__AVX2__)
  for (; i + 8 <= n; i += 8)
    _mm256_storeu_ps (dest + i, _mm256_cvtph_ps (_mm_loadu_si128 ((const __m128i *)(source + i))));
#endif
  for (; i < n; i++)
    dest[i] = widen_one_f16 (source[i]);
}

static void
widen_bf16 (float *restrict dest, const Unaligned16 *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    dest[i] = float_from_bits ((uint32_t)source[i] << 16);
}

static void
widen_f8_e4m3 (float *restrict dest, const uint8_t *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    dest[i] = widen_one_f8_e4m3 (source[i]);
}

/* F8_E5M2 is the upper byte of F16. */
static void
widen_f8_e5m2 (float *restrict dest, const uint8_t *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    dest[i] = widen_one_f16 ((uint32_t)source[i] << 8);
}

static void
widen_f64_to_float (float *restrict dest, const UnalignedDouble *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    dest[i] = (float)source[i];
}

static void
widen_float (float *dest, const void *source, AmDtype dtype, size_t n)
{
  switch (dtype)
    {
    case AM_DTYPE_F16:
      widen_f16 (dest, source, n);
      break;
    case AM_DTYPE_BF16:
      widen_bf16 (dest, source, n);
      break;
    case AM_DTYPE_F8_E4M3:
      widen_f8_e4m3 (dest, source, n);
      break;
    case AM_DTYPE_F8_E5M2:
      widen_f8_e5m2 (dest, source, n);
      break;
    case AM_DTYPE_F64:
      widen_f64_to_float (dest, source, n);
      break;
    default:
      memcpy (dest, source, n * sizeof *dest);
    }
}

static void
widen_f32_to_double (double *restrict dest, const UnalignedFloat *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    dest[i] = (double)source[i];
}

static void
widen_double (double *dest, const void *source, AmDtype dtype, size_t n)
{
  size_t size = dtype == AM_DTYPE_F16 || dtype == AM_DTYPE_BF16 ? 2 : 1;
  float wide[BLOCK];

  if (dtype == AM_DTYPE_F64)
    {
      memcpy (dest, source, n * sizeof *dest);
      return;
    }
  if (dtype == AM_DTYPE_F32)
    {
      widen_f32_to_double (dest, source, n);
      return;
    }
  for (size_t done = 0, step; done < n; done += step)
    {
      step = at_most (n - done, BLOCK);
      widen_float (wide, (const uint8_t *)source + done * size, dtype, step);
      widen_f32_to_double (dest + done, (const UnalignedFloat *)wide, step);
    }
}
