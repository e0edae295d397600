/* Working precision to stored values. Blocks are converted by loops that are right for ordinary numbers; a
 * block that holds anything else is then gone through again, element by element. */
#pragma once

#include "kernels/body-common.h"

/* A float of magnitude @magnitude, rounded to nearest even in a format of @mantissa bits and @bias, no larger
 * than @largest. Adding @magic rounds at the spacing of the format's subnormals. */
static inline uint32_t
narrow_magnitude (uint32_t magnitude, int mantissa, int bias, uint32_t largest)
{
  int shift = 23 - mantissa;
  uint32_t magic = (uint32_t)(128 - bias + shift) << 23;
  uint32_t subnormal = float_bits (float_from_bits (magnitude) + float_from_bits (magic)) - magic;
  uint32_t rebias = (uint32_t)(127 - bias) << 23;
  uint32_t odd = magnitude >> shift & 1;
  uint32_t normal = (magnitude - rebias + (1u << (shift - 1)) - 1 + odd) >> shift;

  normal = choose ((int32_t)normal < (int32_t)largest, normal, largest);
  return choose ((int32_t)magnitude < (128 - bias) << 23, subnormal, normal);
}

static void
narrow_f16 (Unaligned16 *restrict dest, const float *restrict source, size_t n)
{
  size_t i = 0;

#if defined(__AVX512F__)
  for (; i + 16 <= n; i += 16)
    _mm256_storeu_si256 (
        (__m256i *)(dest + i),
        _mm512_cvtps_ph (_mm512_loadu_ps (source + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#elif defined(__AVX2__)
  for (; i + 8 <= n; i += 8)
    _mm_storeu_si128 ((__m128i *)(dest + i),
                      _mm256_cvtps_ph (_mm256_loadu_ps (source + i), _MM_FROUND_TO_NEAREST_INT));
#endif
  for (; i < n; i++)
    {
      uint32_t bits = float_bits (source[i]);

      dest[i] = (uint16_t)(narrow_magnitude (bits & 0x7FFFFFFF, 10, 15, 0x7C00) | (bits >> 16 & 0x8000));
    }
}

static void
narrow_bf16 (Unaligned16 *restrict dest, const float *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      uint32_t bits = float_bits (source[i]);

      dest[i] = (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}

static void
narrow_f8_e4m3 (uint8_t *restrict dest, const float *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      uint32_t bits = float_bits (source[i]);

      dest[i] = (uint8_t)(narrow_magnitude (bits & 0x7FFFFFFF, 3, 7, 0x7E) | (bits >> 24 & 0x80));
    }
}

static void
narrow_f8_e5m2 (uint8_t *restrict dest, const float *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      uint32_t bits = float_bits (source[i]);

      dest[i] = (uint8_t)(narrow_magnitude (bits & 0x7FFFFFFF, 2, 15, 0x7B) | (bits >> 24 & 0x80));
    }
}

static void
narrow_float_to_f64 (UnalignedDouble *restrict dest, const float *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    dest[i] = (double)source[i];
}

static int32_t
largest_magnitude (const float *source, size_t n)
{
  int32_t largest = 0;

  for (size_t i = 0; i < n; i++)
    {
      int32_t magnitude = (int32_t)(float_bits (source[i]) & 0x7FFFFFFF);

      largest = magnitude > largest ? magnitude : largest;
    }
  return largest;
}

/* The smallest magnitude that @dtype cannot hold as a number. */
static int32_t
first_unordinary (AmDtype dtype)
{
  switch (dtype)
    {
    case AM_DTYPE_F16:
      return 0x477FF000; /* 65520, half-way to what would be the next number */
    case AM_DTYPE_BF16:
      return 0x7F7F8000;
    case AM_DTYPE_F8_E4M3:
      return 0x43E80001; /* just above 464, the tie that still goes to 448 */
    case AM_DTYPE_F8_E5M2:
      return 0x47700000; /* 61440, the tie that goes away from 57344 */
    default:
      return 0x7F800000;
    }
}

/* Which of two NaNs an addition passes on is the compiler's choice, so every NaN is stored as the same one.
 */
static void
store_nan (void *dest, AmDtype dtype, size_t i)
{
  switch (dtype)
    {
    case AM_DTYPE_F16:
      ((Unaligned16 *)dest)[i] = 0x7E00;
      break;
    case AM_DTYPE_BF16:
      ((Unaligned16 *)dest)[i] = 0x7FC0;
      break;
    case AM_DTYPE_F8_E4M3:
    case AM_DTYPE_F8_E5M2:
      ((uint8_t *)dest)[i] = 0x7F;
      break;
    case AM_DTYPE_F64:
      memcpy ((uint8_t *)dest + i * 8, &(uint64_t){ 0x7FF8000000000000 }, 8);
      break;
    default:
      memcpy ((uint8_t *)dest + i * 4, &(uint32_t){ 0x7FC00000 }, 4);
    }
}

static void
repair_block (void *dest, const float *source, AmDtype dtype, size_t n, AmNarrowCounts *counts)
{
  bool saturates = dtype == AM_DTYPE_F8_E4M3 || dtype == AM_DTYPE_F8_E5M2;
  int32_t limit = first_unordinary (dtype);

  for (size_t i = 0; i < n; i++)
    {
      int32_t magnitude = (int32_t)(float_bits (source[i]) & 0x7FFFFFFF);

      if (magnitude > 0x7F800000)
        {
          store_nan (dest, dtype, i);
          counts->n_nan++;
        }
      else if (magnitude >= limit && saturates)
        counts->n_saturated++;
      else if (magnitude >= limit)
        counts->n_infinite++;
    }
}

static void
narrow_block (void *dest, const float *source, AmDtype dtype, size_t n, AmNarrowCounts *counts)
{
  switch (dtype)
    {
    case AM_DTYPE_F16:
      narrow_f16 (dest, source, n);
      break;
    case AM_DTYPE_BF16:
      narrow_bf16 (dest, source, n);
      break;
    case AM_DTYPE_F8_E4M3:
      narrow_f8_e4m3 (dest, source, n);
      break;
    case AM_DTYPE_F8_E5M2:
      narrow_f8_e5m2 (dest, source, n);
      break;
    case AM_DTYPE_F64:
      narrow_float_to_f64 (dest, source, n);
      break;
    default:
      memcpy (dest, source, n * sizeof *source);
    }
  if (largest_magnitude (source, n) >= first_unordinary (dtype))
    repair_block (dest, source, dtype, n, counts);
}

static size_t
stored_size (AmDtype dtype)
{
  switch (dtype)
    {
    case AM_DTYPE_F8_E4M3:
    case AM_DTYPE_F8_E5M2:
      return 1;
    case AM_DTYPE_F16:
    case AM_DTYPE_BF16:
      return 2;
    case AM_DTYPE_F64:
      return 8;
    default:
      return 4;
    }
}

static void
narrow_float (void *dest, const float *source, AmDtype dtype, size_t n, AmNarrowCounts *counts)
{
  size_t size = stored_size (dtype);

  for (size_t done = 0, step; done < n; done += step)
    {
      step = at_most (n - done, BLOCK);
      narrow_block ((uint8_t *)dest + done * size, source + done, dtype, step, counts);
    }
}

/* Rounding to odd keeps enough of what is lost for a second rounding to be the only one that counts (Boldo
 * and Melquiond, "When double rounding is odd", 2005). */
static void
round_to_odd (float *restrict dest, const double *restrict source, size_t n)
{
  for (size_t i = 0; i < n; i++)
    {
      float nearest = (float)source[i];
      uint64_t excess = (double_bits ((double)nearest) & INT64_MAX) - (double_bits (source[i]) & INT64_MAX);
      uint32_t bits = float_bits (nearest);
      uint32_t towards_odd = (uint32_t)(excess >> 63) - (uint32_t)(-excess >> 63);

      dest[i] = float_from_bits (bits + (towards_odd & ((bits & 1) - 1)));
    }
}

static void
narrow_double_to_f32 (UnalignedFloat *dest, const double *source, size_t n, AmNarrowCounts *counts)
{
  float nearest[BLOCK];

  for (size_t done = 0, step; done < n; done += step)
    {
      step = at_most (n - done, BLOCK);
      for (size_t i = 0; i < step; i++)
        nearest[i] = (float)source[done + i];
      narrow_block (dest + done, nearest, AM_DTYPE_F32, step, counts);
    }
}

static void
narrow_double_to_f64 (uint8_t *dest, const double *source, size_t n, AmNarrowCounts *counts)
{
  uint64_t exponents = 0; /* carries into the sign where one is all ones */

  memcpy (dest, source, n * sizeof *source);
  for (size_t i = 0; i < n; i++)
    exponents |= (double_bits (source[i]) & INT64_MAX) + (1ull << 52);
  if (exponents >> 63 == 0)
    return;
  for (size_t i = 0; i < n; i++)
    if (isnan (source[i]))
      {
        store_nan (dest, AM_DTYPE_F64, i);
        counts->n_nan++;
      }
    else if (isinf (source[i]))
      counts->n_infinite++;
}

static void
narrow_double (void *dest, const double *source, AmDtype dtype, size_t n, AmNarrowCounts *counts)
{
  size_t size = stored_size (dtype);
  float odd[BLOCK];

  if (dtype == AM_DTYPE_F64)
    {
      narrow_double_to_f64 (dest, source, n, counts);
      return;
    }
  if (dtype == AM_DTYPE_F32)
    {
      narrow_double_to_f32 (dest, source, n, counts);
      return;
    }
  for (size_t done = 0, step; done < n; done += step)
    {
      step = at_most (n - done, BLOCK);
      round_to_odd (odd, source + done, step);
      narrow_block ((uint8_t *)dest + done * size, odd, dtype, step, counts);
    }
}
