#include "rounding.h"

#include <float.h>
#include <math.h>

#include <glib.h>

typedef struct
{
  int digits; /* significant binary digits */
  int lowest; /* exponent of the smallest normal number */
  double largest;
  gboolean saturates;
} Format;

static Format
get_format (AmDtype dtype)
{
  switch (dtype)
    {
    case AM_DTYPE_F64:
      return (Format){ 53, -1022, DBL_MAX, FALSE };
    case AM_DTYPE_F32:
      return (Format){ 24, -126, FLT_MAX, FALSE };
    case AM_DTYPE_F16:
      return (Format){ 11, -14, 65504, FALSE };
    case AM_DTYPE_BF16:
      return (Format){ 8, -126, 0x1.fep127, FALSE };
    case AM_DTYPE_F8_E4M3:
      return (Format){ 4, -6, 448, TRUE };
    case AM_DTYPE_F8_E5M2:
      return (Format){ 3, -14, 57344, TRUE };
    default:
      g_assert_not_reached ();
    }
}

double
rounding_get_step (double value, AmDtype dtype)
{
  Format format = get_format (dtype);
  int exponent = value == 0 ? format.lowest : MAX (ilogb (value), format.lowest);

  return ldexp (1, exponent - (format.digits - 1));
}

double
harness_round (double value, AmDtype dtype)
{
  Format format = get_format (dtype);
  double step, rounded;

  if (isnan (value) || value == 0 || dtype == AM_DTYPE_F64)
    return value;
  if (isinf (value))
    return format.saturates ? copysign (format.largest, value) : value;
  step = rounding_get_step (value, dtype);
  rounded = rint (value / step) * step;
  if (fabs (rounded) <= format.largest)
    return rounded;
  return copysign (format.saturates ? format.largest : INFINITY, value);
}
