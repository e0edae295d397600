/* A picture in memory: RGB, 8 bits, with rectangles, smooth lines and smooth text. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint8 r, g, b;
} AmColour;

typedef struct
{
  gint width;
  gint height;
  guint8 *pixels; /* [height * width * 3] */
} AmCanvas;

typedef enum
{
  AM_ALIGN_START,
  AM_ALIGN_MIDDLE,
  AM_ALIGN_END,
} AmAlign;

AmCanvas *am_canvas_new (gint width, gint height, AmColour background);
void am_canvas_free (AmCanvas *canvas);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AmCanvas, am_canvas_free)

/* Parts outside the canvas are left out, here and below. */
void am_canvas_fill (AmCanvas *canvas, gint x, gint y, gint width, gint height, AmColour colour);

/* Diagonal lines over a rectangle. */
void am_canvas_hatch (AmCanvas *canvas, gint x, gint y, gint width, gint height, AmColour colour);

typedef struct
{
  double x, y;
} AmPoint;

/**
 * am_canvas_lines:
 * @points: [n_points], the middle of a pixel being at a half; one alone makes a dot
 * @thickness: in pixels; ends and corners are round
 *
 * The line from point to point.
 */
void am_canvas_lines (AmCanvas *canvas, const AmPoint *points, guint n_points, double thickness,
                      AmColour colour);

/* A straight line of dashes. */
void am_canvas_dashes (AmCanvas *canvas, AmPoint from, AmPoint to, double thickness, AmColour colour);

/**
 * am_canvas_text:
 * @x, @y: where the start, middle or end of the baseline lies
 * @size: height of capitals in pixels
 * @is_upward: whether the text runs upwards
 * @text: characters outside printable ASCII become question marks
 */
void am_canvas_text (AmCanvas *canvas, double x, double y, double size, AmAlign align, gboolean is_upward,
                     AmColour colour, const char *text);

/* Width of @text in pixels. */
double am_canvas_measure (double size, const char *text);

G_END_DECLS
