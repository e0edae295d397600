/* All kernels for one instruction set: compiled once per variant, with AM_VARIANT its name. */
#include "kernels/body-common.h"
#include "kernels/body-widen.h"
#include "kernels/body-narrow.h"
#include "kernels/body-random.h"
#include "kernels/body-reduce.h"

#define REAL float
#define MAGNITUDE(x) fabsf (x)
#include "kernels/body-real.h"

#define REAL double
#define MAGNITUDE(x) fabs (x)
#include "kernels/body-real.h"

#define REAL float
#define BITS int32_t
#include "kernels/body-combine.h"

#define REAL double
#define BITS int64_t
#include "kernels/body-combine.h"

#define STRING_(x) #x
#define STRING(x) STRING_ (x)

extern const AmKernels PASTE (am_kernels_, AM_VARIANT);

const AmKernels PASTE (am_kernels_, AM_VARIANT) = {
  .name = STRING (AM_VARIANT),
  .widen_float = widen_float,
  .widen_double = widen_double,
  .narrow_float = narrow_float,
  .narrow_double = narrow_double,
  .lerp_float = lerp_float,
  .lerp_double = lerp_double,
  .add_scaled_float = add_scaled_float,
  .add_scaled_double = add_scaled_double,
  .scale_float = scale_float,
  .scale_double = scale_double,
  .subtract_float = subtract_float,
  .subtract_double = subtract_double,
  .dot_float = dot_float,
  .dot_double = dot_double,
  .sum_abs_float = sum_abs_float,
  .sum_abs_double = sum_abs_double,
  .drop_float = drop_float,
  .drop_double = drop_double,
  .trim_float = trim_float,
  .trim_double = trim_double,
  .count_above_float = count_above_float,
  .count_above_double = count_above_double,
  .combine_float = combine_float,
  .combine_double = combine_double,
};
