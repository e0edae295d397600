/* Sums over sixteen lanes, and bit masks of comparisons. */
#pragma once

#include "kernels/body-common.h"

typedef double Sums __attribute__ ((vector_size (REGISTER)));
typedef uint64_t SumsBits __attribute__ ((vector_size (REGISTER)));

#define SUMS_WIDTH (REGISTER / sizeof (double))
#define N_SUMS (16 / SUMS_WIDTH)

static inline Sums
magnitudes (Sums values)
{
  return (Sums)((SumsBits)values & INT64_MAX);
}

static inline double
combine (double lanes[16])
{
  for (size_t width = 8; width > 0; width /= 2)
    for (size_t j = 0; j < width; j++)
      lanes[j] += lanes[j + width];
  return lanes[0];
}

/* Of 64 values, those not at most @high (NaN among them), and those between @low and @high, as bits. */
static inline void
classify_float (const float *x, float low, float high, uint64_t *above, uint64_t *between)
{
  *above = *between = 0;
#if defined(__AVX512F__)
  for (int i = 0; i < 64; i += 16)
    {
      __m512 magnitude = _mm512_abs_ps (_mm512_loadu_ps (x + i));
      uint64_t over = _mm512_cmp_ps_mask (magnitude, _mm512_set1_ps (high), _CMP_NLE_UQ);
      uint64_t from_low = _mm512_cmp_ps_mask (magnitude, _mm512_set1_ps (low), _CMP_GE_OQ);

      *above |= over << i;
      *between |= (from_low & ~over) << i;
    }
#elif defined(__AVX2__)
  for (int i = 0; i < 64; i += 8)
    {
      __m256 magnitude = _mm256_andnot_ps (_mm256_set1_ps (-0.0f), _mm256_loadu_ps (x + i));
      __m256 over = _mm256_cmp_ps (magnitude, _mm256_set1_ps (high), _CMP_NLE_UQ);
      __m256 from_low = _mm256_cmp_ps (magnitude, _mm256_set1_ps (low), _CMP_GE_OQ);

      *above |= (uint64_t)(unsigned)_mm256_movemask_ps (over) << i;
      *between |= (uint64_t)(unsigned)_mm256_movemask_ps (_mm256_andnot_ps (over, from_low)) << i;
    }
#elif defined(__x86_64__)
  for (int i = 0; i < 64; i += 4)
    {
      __m128 magnitude = _mm_andnot_ps (_mm_set1_ps (-0.0f), _mm_loadu_ps (x + i));
      __m128 over = _mm_cmpnle_ps (magnitude, _mm_set1_ps (high));
      __m128 from_low = _mm_cmpge_ps (magnitude, _mm_set1_ps (low));

      *above |= (uint64_t)(unsigned)_mm_movemask_ps (over) << i;
      *between |= (uint64_t)(unsigned)_mm_movemask_ps (_mm_andnot_ps (over, from_low)) << i;
    }
#else
  for (int i = 0; i < 64; i++)
    {
      uint64_t over = !(fabsf (x[i]) <= high);

      *above |= over << i;
      *between |= ((uint64_t)(fabsf (x[i]) >= low) & ~over) << i;
    }
#endif
}

static inline void
classify_double (const double *x, double low, double high, uint64_t *above, uint64_t *between)
{
  *above = *between = 0;
#if defined(__AVX512F__)
  for (int i = 0; i < 64; i += 8)
    {
      __m512d magnitude = _mm512_abs_pd (_mm512_loadu_pd (x + i));
      uint64_t over = _mm512_cmp_pd_mask (magnitude, _mm512_set1_pd (high), _CMP_NLE_UQ);
      uint64_t from_low = _mm512_cmp_pd_mask (magnitude, _mm512_set1_pd (low), _CMP_GE_OQ);

      *above |= over << i;
      *between |= (from_low & ~over) << i;
    }
#elif defined(__AVX2__)
  for (int i = 0; i < 64; i += 4)
    {
      __m256d magnitude = _mm256_andnot_pd (_mm256_set1_pd (-0.0), _mm256_loadu_pd (x + i));
      __m256d over = _mm256_cmp_pd (magnitude, _mm256_set1_pd (high), _CMP_NLE_UQ);
      __m256d from_low = _mm256_cmp_pd (magnitude, _mm256_set1_pd (low), _CMP_GE_OQ);

      *above |= (uint64_t)(unsigned)_mm256_movemask_pd (over) << i;
      *between |= (uint64_t)(unsigned)_mm256_movemask_pd (_mm256_andnot_pd (over, from_low)) << i;
    }
#else
  for (int i = 0; i < 64; i++)
    {
      uint64_t over = !(fabs (x[i]) <= high);

      *above |= over << i;
      *between |= ((uint64_t)(fabs (x[i]) >= low) & ~over) << i;
    }
#endif
}
