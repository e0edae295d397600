/* A small single-stroke typeface for pictures: printable ASCII as polylines. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Metrics in font units: capitals are 8 high, small letters 6, descenders reach -3. */
#define AM_STROKE_CAP_HEIGHT 8.0
#define AM_STROKE_DESCENT 3.0

typedef struct
{
  float x0, y0, x1, y1;
} AmStroke;

/**
 * am_stroke_font_get:
 * @character: printable ASCII; anything else gives the strokes of a question mark
 * @strokes: (element-type AmStroke): line pieces are appended, in font units, y upwards from the baseline; a
 *   dot is a piece of length 0
 *
 * Curves are control polygons smoothed by corner cutting (Chaikin 1974), here three times.
 *
 * Returns: how far the pen moves, in font units.
 */
double am_stroke_font_get (char character, GArray *strokes);

/* Width of @text in font units, without the gap after the last letter. */
double am_stroke_font_measure (const char *text);

G_END_DECLS
