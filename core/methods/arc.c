#include "methods/arc.h"

#include <math.h>

#include "methods/angle.h"

static double
get_cosine (double aa, double ab, double bb)
{
  return ab / (sqrt (aa) * sqrt (bb));
}

static gboolean
has_angle (double aa, double ab, double bb, double limit)
{
  return aa > 0 && bb > 0 && isfinite (aa) && isfinite (bb) && fabs (get_cosine (aa, ab, bb)) <= limit;
}

static gboolean
is_end (double t)
{
  return t == 0 || t == 1;
}

void
am_arc_get_coefficients (double aa, double ab, double bb, double t, double limit, double coefficients[2])
{
  coefficients[0] = 1 - t;
  coefficients[1] = t;
  if (!is_end (t) && has_angle (aa, ab, bb, limit))
    {
      double angle = am_acos (get_cosine (aa, ab, bb));

      coefficients[0] = am_sin ((1 - t) * angle) / am_sin (angle);
      coefficients[1] = am_sin (t * angle) / am_sin (angle);
    }
}

void
am_arc_get_rescaled_coefficients (double aa, double ab, double bb, double t, double coefficients[2])
{
  am_arc_get_coefficients (aa, ab, bb, t, AM_ARC_NUMERIC_LIMIT, coefficients);
  if (!is_end (t) && has_angle (aa, ab, bb, AM_ARC_NUMERIC_LIMIT))
    {
      double length = (1 - t) * sqrt (aa) + t * sqrt (bb);

      coefficients[0] *= length / sqrt (aa);
      coefficients[1] *= length / sqrt (bb);
    }
}
