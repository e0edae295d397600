#include "methods/angle.h"

#include <math.h>

/* pi / 2 as a sum of which the first two parts have so few digits that small multiples of them are exact. */
#define HALF_PI_HIGH 0x1.921fb5p+0
#define HALF_PI_MIDDLE 0x1.110b46p-26
#define HALF_PI_LOW 0x1.1a62633145c07p-54

/* Taylor's series, for angles up to pi / 4. */
static double
get_short_sine (double x)
{
  double square = x * x, sum = 0;

  for (int k = 17; k > 1; k -= 2)
    sum = (1 + sum) * -square / (k * (k - 1));
  return x + x * sum;
}

static double
get_short_cosine (double x)
{
  double square = x * x, sum = 0;

  for (int k = 18; k > 0; k -= 2)
    sum = (1 + sum) * -square / (k * (k - 1));
  return 1 + sum;
}

/* The sine of @angle + @n_quarters times pi / 2. */
static double
get_sine (double angle, int n_quarters)
{
  double quarters = rint (angle / (HALF_PI_HIGH + HALF_PI_MIDDLE));
  double rest = ((angle - quarters * HALF_PI_HIGH) - quarters * HALF_PI_MIDDLE) - quarters * HALF_PI_LOW;

  switch (((long long)quarters + n_quarters) & 3)
    {
    case 0:
      return get_short_sine (rest);
    case 1:
      return get_short_cosine (rest);
    case 2:
      return -get_short_sine (rest);
    default:
      return -get_short_cosine (rest);
    }
}

double
am_sin (double angle)
{
  return get_sine (angle, 0);
}

double
am_cos (double angle)
{
  return get_sine (angle, 1);
}

/* For 0 <= x <= 1: halves the angle three times, to at most pi / 32, where the series is short. */
static double
get_arc_tangent (double x)
{
  double square, sum = 0;

  for (int i = 0; i < 3; i++)
    x /= 1 + sqrt (1 + x * x);
  square = x * x;
  for (int k = 17; k > 1; k -= 2)
    sum = -square * (1.0 / k + sum);
  return 8 * (x + x * sum);
}

double
am_acos (double cosine)
{
  double y = sqrt (1 - cosine), x = sqrt (1 + cosine);

  return y <= x ? 2 * get_arc_tangent (y / x) : G_PI - 2 * get_arc_tangent (x / y);
}
