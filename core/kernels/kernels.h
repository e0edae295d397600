/* Inner loops, one source compiled for several instruction sets.
 *
 * Every variant gives the same bits: no fused multiply-add, no reassociation, reductions over sixteen fixed
 * lanes in double. The variant is chosen once at run time; AM_CPU=scalar|avx2|avx512 forces one.
 *
 * All functions: arrays must not overlap unless said, lengths are elements, nothing fails, nothing
 * allocates, safe to call from many threads. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/dtype.h"

/* Counts of what narrowing met. */
typedef struct
{
  uint64_t n_nan;       /* results that are not a number */
  uint64_t n_infinite;  /* results that are infinite */
  uint64_t n_saturated; /* finite or infinite values beyond the fp8 range, stored as its largest value */
} AmNarrowCounts;

#define AM_MAX_COMBINED 64

typedef enum
{
  AM_COMBINE_ALL,      /* no election: everything is added up */
  AM_COMBINE_BY_MASS,  /* the sign of the sum of vote * delta */
  AM_COMBINE_BY_COUNT, /* the sign more of vote * delta have */
} AmCombineElection;

/* How @n task vectors, at most AM_MAX_COMBINED, are added up; the numbers are rounded to working precision. */
typedef struct
{
  unsigned n;
  const double *factor; /* of the values */
  const double *vote;   /* of the values in the election */
  const double *weight; /* what the divisor adds up */
  AmCombineElection election;
  bool normalize;       /* divide by the divisor; 0 counts as 1 */
  double lambda;        /* factor on the result */
} AmCombination;

typedef struct
{
  const char *name;

  /* Stored values to working precision. @dtype must be mergeable. Exact, but for F64 to float. NaN stays NaN.
   * Source unaligned is fine. */
  void (*widen_float) (float *dest, const void *source, AmDtype dtype, size_t n);
  void (*widen_double) (double *dest, const void *source, AmDtype dtype, size_t n);

  /* Working precision to stored values, round to nearest even, in one rounding; fp8 overflow (and
   * infinity) saturates and is counted. Every NaN is stored as the positive quiet NaN without payload,
   * because sign and payload of a computed NaN depend on the compiler. @counts is added to. @dest
   * unaligned is fine. */
  void (*narrow_float) (void *dest, const float *source, AmDtype dtype, size_t n, AmNarrowCounts *counts);
  void (*narrow_double) (void *dest, const double *source, AmDtype dtype, size_t n, AmNarrowCounts *counts);

  /* out = wa * a + wb * b as multiply, multiply, add. @out may be @a or @b. */
  void (*lerp_float) (float *out, const float *a, const float *b, float wa, float wb, size_t n);
  void (*lerp_double) (double *out, const double *a, const double *b, double wa, double wb, size_t n);

  /* acc += w * x (multiply, add). */
  void (*add_scaled_float) (float *acc, const float *x, float w, size_t n);
  void (*add_scaled_double) (double *acc, const double *x, double w, size_t n);

  /* out = w * x. @out may be @x. */
  void (*scale_float) (float *out, const float *x, float w, size_t n);
  void (*scale_double) (double *out, const double *x, double w, size_t n);

  /* out = a - b. @out may be @a. */
  void (*subtract_float) (float *out, const float *a, const float *b, size_t n);
  void (*subtract_double) (double *out, const double *a, const double *b, size_t n);

  /* Sum of a[i] * b[i] in double, over sixteen fixed lanes combined as a fixed tree. */
  double (*dot_float) (const float *a, const float *b, size_t n);
  double (*dot_double) (const double *a, const double *b, size_t n);

  /* Sum of |x[i]| in double, same lanes. */
  double (*sum_abs_float) (const float *x, size_t n);
  double (*sum_abs_double) (const double *x, size_t n);

  /* Zeroes each element of @x whose Philox word is >= @limit, so that a fraction limit / 2^32 stays.
   * See am_philox_words() for the keying; @first is the flat index of x[0]. */
  void (*drop_float) (float *x, uint64_t limit, const uint32_t key[2], uint64_t first, size_t n, uint32_t stream);
  void (*drop_double) (double *x, uint64_t limit, const uint32_t key[2], uint64_t first, size_t n, uint32_t stream);

  /* Zeroes each element of @x with |x| < @threshold, and those equal to it whose flat index is beyond
   * @last_tie. NaN stays. */
  void (*trim_float) (float *x, float threshold, uint64_t last_tie, uint64_t first, size_t n);
  void (*trim_double) (double *x, double threshold, uint64_t last_tie, uint64_t first, size_t n);

  /* Number of x with |x| > @high (NaN counts as higher than anything); those with low <= |x| <= high are
   * appended to @found as |x|, their flat index to @found_index, up to @capacity; *@n_found is their true
   * number, also beyond @capacity. */
  uint64_t (*count_above_float) (const float *x, float low, float high, uint64_t first, size_t n, float *found,
                                 uint64_t *found_index, size_t capacity, size_t *n_found);
  uint64_t (*count_above_double) (const double *x, double low, double high, uint64_t first, size_t n,
                                  double *found, uint64_t *found_index, size_t capacity, size_t *n_found);

  /* out = base + lambda * (sum of factor * delta over those that have the elected sign) / divisor. Zeros have no
   * sign, a draw elects +. Where the sum is 0, out is the base to the last bit. NaN is added. */
  void (*combine_float) (float *out, const float *base, const float *const *delta,
                         const AmCombination *combination, size_t n);
  void (*combine_double) (double *out, const double *base, const double *const *delta,
                          const AmCombination *combination, size_t n);
} AmKernels;

/* The variant in use: the one AM_CPU names if this CPU runs it, else the best one. */
const AmKernels *am_kernels_get (void);

/* A variant by name, or NULL where the CPU lacks it. For tests. */
const AmKernels *am_kernels_find (const char *name);
