#include "output/canvas.h"

#include <math.h>

#include "output/stroke-font.h"

AmCanvas *
am_canvas_new (gint width, gint height, AmColour background)
{
  AmCanvas *canvas = g_new0 (AmCanvas, 1);

  canvas->width = width;
  canvas->height = height;
  canvas->pixels = g_malloc_n ((gsize)width * height, 3);
  am_canvas_fill (canvas, 0, 0, width, height, background);
  return canvas;
}

void
am_canvas_free (AmCanvas *canvas)
{
  g_free (canvas->pixels);
  g_free (canvas);
}

static void
blend_pixel (AmCanvas *canvas, gint x, gint y, AmColour colour, double coverage)
{
  guint8 *pixel;

  if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height)
    return;
  pixel = canvas->pixels + ((gsize)y * canvas->width + x) * 3;
  pixel[0] = (guint8)lround (pixel[0] + coverage * (colour.r - pixel[0]));
  pixel[1] = (guint8)lround (pixel[1] + coverage * (colour.g - pixel[1]));
  pixel[2] = (guint8)lround (pixel[2] + coverage * (colour.b - pixel[2]));
}

void
am_canvas_fill (AmCanvas *canvas, gint x, gint y, gint width, gint height, AmColour colour)
{
  for (gint row = y; row < y + height; row++)
    for (gint column = x; column < x + width; column++)
      blend_pixel (canvas, column, row, colour, 1.0);
}

void
am_canvas_hatch (AmCanvas *canvas, gint x, gint y, gint width, gint height, AmColour colour)
{
  const gint period = 7;

  for (gint row = y; row < y + height; row++)
    for (gint column = x; column < x + width; column++)
      {
        gint phase = (column + row) % period;

        if (phase < 2)
          blend_pixel (canvas, column, row, colour, phase == 0 ? 1.0 : 0.4);
      }
}

static double
distance_to_stroke (const AmStroke *stroke, double x, double y)
{
  double dx = stroke->x1 - stroke->x0, dy = stroke->y1 - stroke->y0;
  double squared = dx * dx + dy * dy;
  double t = squared > 0.0 ? ((x - stroke->x0) * dx + (y - stroke->y0) * dy) / squared : 0.0;

  t = CLAMP (t, 0.0, 1.0);
  return hypot (x - (stroke->x0 + t * dx), y - (stroke->y0 + t * dy));
}

static double
distance_to_glyph (const GArray *strokes, double x, double y)
{
  double nearest = HUGE_VAL;

  for (guint i = 0; i < strokes->len; i++)
    nearest = MIN (nearest, distance_to_stroke (&g_array_index (strokes, AmStroke, i), x, y));
  return nearest;
}

/* Coverage falls from 1 to 0 over one pixel at the edge of the pen. */
static void
draw_glyph (AmCanvas *canvas, const GArray *strokes, double x, double y, double scale, double pen,
            gboolean is_upward, AmColour colour)
{
  gint reach = (gint)ceil (16.0 * scale);

  for (gint row = (gint)y - reach; row <= (gint)y + reach; row++)
    for (gint column = (gint)x - reach; column <= (gint)x + reach; column++)
      {
        double dx = column + 0.5 - x, dy = row + 0.5 - y;
        double u = (is_upward ? -dy : dx) / scale, v = (is_upward ? -dx : -dy) / scale;
        double coverage;

        if (u < -1.5 || u > 10.5 || v < -4.5 || v > 10.5)
          continue;
        coverage = pen - distance_to_glyph (strokes, u, v) * scale + 0.5;
        if (coverage > 0.0)
          blend_pixel (canvas, column, row, colour, MIN (coverage, 1.0));
      }
}

/**
 * Layer: how much of each pixel of a part of the canvas is covered, so that pieces of one line that touch do
 * not count twice
 * @coverage: [height * width]
 */
typedef struct
{
  gint x, y, width, height;
  double *coverage;
} Layer;

static void
layer_init (Layer *layer, const AmCanvas *canvas, const AmPoint *points, guint n_points, double reach)
{
  double left = HUGE_VAL, right = -HUGE_VAL, top = HUGE_VAL, bottom = -HUGE_VAL;

  for (guint i = 0; i < n_points; i++)
    {
      left = MIN (left, points[i].x - reach);
      right = MAX (right, points[i].x + reach);
      top = MIN (top, points[i].y - reach);
      bottom = MAX (bottom, points[i].y + reach);
    }
  layer->x = (gint)floor (CLAMP (left, 0, canvas->width));
  layer->y = (gint)floor (CLAMP (top, 0, canvas->height));
  layer->width = (gint)ceil (CLAMP (right, layer->x, canvas->width)) - layer->x;
  layer->height = (gint)ceil (CLAMP (bottom, layer->y, canvas->height)) - layer->y;
  layer->coverage = g_new0 (double, (gsize)layer->width * layer->height);
}

static void
layer_add (Layer *layer, const AmStroke *stroke, double radius)
{
  double reach = radius + 1;
  gint left = (gint)floor (CLAMP (MIN (stroke->x0, stroke->x1) - reach - layer->x, 0, layer->width));
  gint right = (gint)ceil (CLAMP (MAX (stroke->x0, stroke->x1) + reach - layer->x, 0, layer->width));
  gint top = (gint)floor (CLAMP (MIN (stroke->y0, stroke->y1) - reach - layer->y, 0, layer->height));
  gint bottom = (gint)ceil (CLAMP (MAX (stroke->y0, stroke->y1) + reach - layer->y, 0, layer->height));

  for (gint row = top; row < bottom; row++)
    for (gint column = left; column < right; column++)
      {
        double *coverage = &layer->coverage[(gsize)row * layer->width + column];
        double distance = distance_to_stroke (stroke, layer->x + column + 0.5, layer->y + row + 0.5);

        *coverage = MAX (*coverage, CLAMP (radius - distance + 0.5, 0.0, 1.0));
      }
}

void
am_canvas_lines (AmCanvas *canvas, const AmPoint *points, guint n_points, double thickness, AmColour colour)
{
  Layer layer;

  layer_init (&layer, canvas, points, n_points, thickness / 2 + 1);
  for (guint i = n_points == 1 ? 0 : 1; i < n_points; i++)
    {
      const AmPoint *from = &points[MAX (i, 1) - 1], *to = &points[i];
      AmStroke stroke = { (float)from->x, (float)from->y, (float)to->x, (float)to->y };

      layer_add (&layer, &stroke, thickness / 2);
    }
  for (gint row = 0; row < layer.height; row++)
    for (gint column = 0; column < layer.width; column++)
      if (layer.coverage[(gsize)row * layer.width + column] > 0)
        blend_pixel (canvas, layer.x + column, layer.y + row, colour,
                     layer.coverage[(gsize)row * layer.width + column]);
  g_free (layer.coverage);
}

void
am_canvas_dashes (AmCanvas *canvas, AmPoint from, AmPoint to, double thickness, AmColour colour)
{
  const double dash = 6, gap = 5;
  double length = hypot (to.x - from.x, to.y - from.y);

  for (double at = 0; at < length; at += dash + gap)
    {
      double end = MIN (at + dash, length);
      AmPoint ends[]
          = { { from.x + (to.x - from.x) * at / length, from.y + (to.y - from.y) * at / length },
              { from.x + (to.x - from.x) * end / length, from.y + (to.y - from.y) * end / length } };

      am_canvas_lines (canvas, ends, G_N_ELEMENTS (ends), thickness, colour);
    }
}

double
am_canvas_measure (double size, const char *text)
{
  return am_stroke_font_measure (text) * size / AM_STROKE_CAP_HEIGHT;
}

void
am_canvas_text (AmCanvas *canvas, double x, double y, double size, AmAlign align, gboolean is_upward,
                AmColour colour, const char *text)
{
  double scale = size / AM_STROKE_CAP_HEIGHT;
  double pen = 0.35 + size * 0.042;
  double shift = -am_canvas_measure (size, text) * align / 2.0;

  for (const char *p = text; *p != '\0'; p++)
    {
      g_autoptr (GArray) strokes = g_array_new (FALSE, FALSE, sizeof (AmStroke));
      double advance = am_stroke_font_get (*p, strokes) * scale;

      if (is_upward)
        draw_glyph (canvas, strokes, x, y - shift, scale, pen, TRUE, colour);
      else
        draw_glyph (canvas, strokes, x + shift, y, scale, pen, FALSE, colour);
      shift += advance;
    }
}
