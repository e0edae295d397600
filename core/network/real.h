/* The numbers networks calculate with: float, or double where AM_NETWORK_DOUBLE is defined, as the tests of
 * derivatives do. */
#pragma once

#include "kernels/linalg.h"

#ifdef AM_NETWORK_DOUBLE
typedef double AmReal;
#define am_real_multiply am_linalg_multiply_double
#else
typedef float AmReal;
#define am_real_multiply am_linalg_multiply_float
#endif
