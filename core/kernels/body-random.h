/* Philox4x32-10 over several counters at once; the same words as am_philox_words() gives. */
#pragma once

#include "kernels/body-common.h"
#include "kernels/philox.h"

#ifdef __x86_64__

/* Each 64-bit lane carries one 32-bit word in its lower half; the upper half is left to hold anything, as the
 * multiplication does not look at it. */
typedef uint64_t Lanes __attribute__ ((vector_size (REGISTER)));
typedef Lanes UnalignedLanes __attribute__ ((aligned (1), may_alias));

#define N_LANES (REGISTER / 8)

#if defined(__AVX512F__)
static const Lanes lane_numbers = { 0, 1, 2, 3, 4, 5, 6, 7 };
#elif defined(__AVX2__)
static const Lanes lane_numbers = { 0, 1, 2, 3 };
#else
static const Lanes lane_numbers = { 0, 1 };
#endif

static inline Lanes
multiply_low (Lanes a, Lanes b)
{
#if defined(__AVX512F__)
  return (Lanes)_mm512_mul_epu32 ((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  return (Lanes)_mm256_mul_epu32 ((__m256i)a, (__m256i)b);
#else
  return (Lanes)_mm_mul_epu32 ((__m128i)a, (__m128i)b);
#endif
}

/* Words 0 and 1 of each block in @a, 2 and 3 in @b: all in the order of elements. */
static inline void
store_blocks (uint32_t *words, Lanes a, Lanes b)
{
  UnalignedLanes *out = (UnalignedLanes *)words;

#if defined(__AVX512F__)
  out[0] = __builtin_shufflevector (a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  out[1] = __builtin_shufflevector (a, b, 4, 12, 5, 13, 6, 14, 7, 15);
#elif defined(__AVX2__)
  out[0] = __builtin_shufflevector (a, b, 0, 4, 1, 5);
  out[1] = __builtin_shufflevector (a, b, 2, 6, 3, 7);
#else
  out[0] = __builtin_shufflevector (a, b, 0, 2);
  out[1] = __builtin_shufflevector (a, b, 1, 3);
#endif
}

static inline void
philox_lanes (uint32_t *words, const uint32_t key[2], uint32_t stream, uint64_t block)
{
  const Lanes multiplier_0 = (Lanes){ 0 } + 0xD2511F53u, multiplier_1 = (Lanes){ 0 } + 0xCD9E8D57u;
  uint32_t k0 = key[0], k1 = key[1];
  Lanes c0 = lane_numbers + block, c1, c2 = (Lanes){ 0 } + stream, c3 = { 0 };

  for (int lane = 0; lane < N_LANES; lane++)
    c0[lane] = block + (uint64_t)lane;
  c1 = c0 >> 32;
  for (int round = 0; round < 10; round++)
    {
      Lanes p0 = multiply_low (c0, multiplier_0);
      Lanes p1 = multiply_low (c2, multiplier_1);

      c0 = (p1 >> 32) ^ c1 ^ k0;
      c1 = p1;
      c2 = (p0 >> 32) ^ c3 ^ k1;
      c3 = p0;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
  store_blocks (words, (c0 & UINT32_MAX) | c1 << 32, (c2 & UINT32_MAX) | c3 << 32);
}

/* Words of @n_blocks whole blocks; up to one register more is written. */
static void
philox_blocks (uint32_t *words, const uint32_t key[2], uint32_t stream, uint64_t block, size_t n_blocks)
{
  for (size_t i = 0; i < n_blocks; i += N_LANES)
    philox_lanes (words + 4 * i, key, stream, block + i);
}

#else

static void
philox_blocks (uint32_t *words, const uint32_t key[2], uint32_t stream, uint64_t block, size_t n_blocks)
{
  am_philox_words (words, key, stream, block * 4, n_blocks * 4);
}

#endif

/* Room for a block and the rest of the register its last words come in. */
#define WORDS_ROOM (BLOCK + REGISTER)

/* Words of elements @index to @index + @n - 1, @n at most BLOCK - 3; returns where in @words the first is. */
static inline const uint32_t *
words_of (uint32_t words[WORDS_ROOM], const uint32_t key[2], uint32_t stream, uint64_t index, size_t n)
{
  size_t skip = index % 4;

  philox_blocks (words, key, stream, index / 4, (skip + n + 3) / 4);
  return words + skip;
}
