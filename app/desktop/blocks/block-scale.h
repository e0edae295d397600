/* Where values of bars stand on the screen, and which lines the axis has. Without widgets. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * AmBlockScale:
 * @minimum, @maximum: of the axis; values beyond are drawn at its ends
 * @top, @bottom: where these two stand
 */
typedef struct
{
  double minimum;
  double maximum;
  float top;
  float bottom;
} AmBlockScale;

/* Position of a value, kept between top and bottom. */
float am_block_scale_get_y (const AmBlockScale *scale, double value);

/* Value at a position, kept on the axis. */
double am_block_scale_get_value (const AmBlockScale *scale, double y);

/* Value that bars grow from: 0 where the axis has it, else its nearer end. */
double am_block_scale_get_origin (const AmBlockScale *scale);

/* Distance of the lines: 0.25 for an axis from 0 to 1. */
double am_block_scale_get_step (const AmBlockScale *scale);

/* "0.25", "1", "-0.5": at most @digits after the point, which is a point in every language because these
 * numbers are copied and pasted. (transfer full) */
char *am_block_value_to_text (double value, int digits);

/* Reads what a user types into the entry of one bar, with a point or a comma. */
gboolean am_block_value_from_text (const char *text, double *value);

double am_block_value_round (double value, double step);

G_END_DECLS
