/* What the parts of kernels-body.c share. */
#pragma once

#include "kernels/kernels.h"

#include <math.h>
#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* Stored values may lie at any address. */
typedef uint16_t Unaligned16 __attribute__ ((aligned (1), may_alias));
typedef float UnalignedFloat __attribute__ ((aligned (1), may_alias));
typedef double UnalignedDouble __attribute__ ((aligned (1), may_alias));

/* Elements per round through a buffer on the stack. */
#define BLOCK 512

/* The next loop may write where it reads, but only at the same index. */
#ifdef __clang__
#define INDEPENDENT _Pragma ("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma ("GCC ivdep")
#endif

/* Bytes of a vector register. */
#if defined(__AVX512F__)
#define REGISTER 64
#elif defined(__AVX2__)
#define REGISTER 32
#else
#define REGISTER 16
#endif

#define PASTE_(a, b) a##b
#define PASTE(a, b) PASTE_ (a, b)

static inline size_t
at_most (size_t n, size_t limit)
{
  return n < limit ? n : limit;
}

static inline uint32_t
float_bits (float value)
{
  uint32_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static inline float
float_from_bits (uint32_t bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline uint64_t
double_bits (double value)
{
  uint64_t bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

/* A choice without a branch, which would keep the compiler from using vectors; AVX-512 has its own. */
static inline uint32_t
choose (bool condition, uint32_t yes, uint32_t no)
{
#if defined(__AVX512F__)
  return condition ? yes : no;
#else
  uint32_t mask = -(uint32_t)condition;

  return (yes & mask) | (no & ~mask);
#endif
}
