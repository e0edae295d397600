/* Rounding to stored types, apart from the kernels that do it for the product. */
#pragma once

#include "base/dtype.h"

/* Nearest even; fp8 saturates, F16 and BF16 overflow to infinity. */
double harness_round (double value, AmDtype dtype);

/* From @value to its neighbour in that type. */
double rounding_get_step (double value, AmDtype dtype);
