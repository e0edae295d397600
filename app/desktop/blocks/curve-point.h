/* A point of the curve over the bars: a slider drawn as a dot. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define AM_TYPE_CURVE_POINT (am_curve_point_get_type ())
G_DECLARE_FINAL_TYPE (AmCurvePoint, am_curve_point, AM, CURVE_POINT, GtkRange)

/* Width and height of the room it wants. */
#define AM_CURVE_POINT_SIZE 24

/* Signal "moved" (double): assistive technology asks for another value. Pointer and keys are the curve's. */
AmCurvePoint *am_curve_point_new (void);

/* @label: for assistive technology. */
void am_curve_point_show (AmCurvePoint *self, double value, double minimum, double maximum,
                          const char *label);

G_END_DECLS
