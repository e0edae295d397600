#include <math.h>

#include "base/text.h"
#include "evaluation/barrier.h"
#include "output/canvas.h"
#include "output/png-file.h"

#define MARGIN 32
#define AXIS_WIDTH 56
#define PANEL_WIDTH 640
#define PANEL_HEIGHT 200
#define TITLE_HEIGHT 62
#define CAPTION_HEIGHT 34
#define RATIO_HEIGHT 48
#define TITLE_SIZE 13.0
#define TEXT_SIZE 9.0
#define LABEL_SIZE 8.0
#define MOST_TICKS 5
#define MOST_DOTS 41

static const AmColour paper = { 255, 255, 255 };
static const AmColour ink = { 32, 33, 40 };
static const AmColour soft_ink = { 98, 100, 112 };
static const AmColour grid = { 228, 228, 232 };
static const AmColour line_colour = { 150, 152, 162 };
static const AmColour loss_colour = { 230, 97, 0 };
static const AmColour loss_tint = { 253, 234, 219 };
static const AmColour accuracy_colour = { 53, 132, 228 };
static const AmColour accuracy_tint = { 222, 236, 251 };

/**
 * Panel: one figure along the line
 * @values: [n_points]
 * @low, @high, @step: of the vertical axis
 * @marked: point at which the distance from the straight line is drawn
 * @format: of ticks
 */
typedef struct
{
  AmCanvas *canvas;
  const AmBarrier *barrier;
  const double *values;
  gint left, top;
  double low, high, step;
  AmColour colour, tint;
  guint marked;
} Panel;

/* 1, 2 or 5 times a power of ten: the smallest that makes few ticks. */
static double
choose_step (double range)
{
  double power = pow (10, floor (log10 (range / MOST_TICKS)));

  for (guint i = 0; i < 3; i++)
    {
      static const double factors[] = { 1, 2, 5 };

      if (range <= factors[i] * power * MOST_TICKS)
        return factors[i] * power;
    }
  return 10 * power;
}

/* The axis begins and ends at ticks; values that are all the same lie in the middle of one. */
static void
panel_set_range (Panel *panel)
{
  double low = HUGE_VAL, high = -HUGE_VAL;

  for (guint i = 0; i < panel->barrier->n_points; i++)
    if (isfinite (panel->values[i]))
      {
        low = MIN (low, panel->values[i]);
        high = MAX (high, panel->values[i]);
      }
  if (low > high)
    low = high = 0;
  if (high - low <= 1e-9 * fabs (high) || high - low < 1e-12)
    {
      double room = MAX (fabs (high) * 0.1, 0.01);

      low -= low > 0 ? MIN (room, low) : 0;
      high += room;
    }
  panel->step = choose_step (high - low);
  panel->low = floor (low / panel->step + 1e-9) * panel->step;
  panel->high = ceil (high / panel->step - 1e-9) * panel->step;
}

static double
get_x (const Panel *panel, double ratio)
{
  return panel->left + 0.5 + ratio * PANEL_WIDTH;
}

static double
get_y (const Panel *panel, double value)
{
  double share = (value - panel->low) / (panel->high - panel->low);

  return panel->top + 0.5 + PANEL_HEIGHT * (1 - share);
}

static double
get_straight (const Panel *panel, double ratio)
{
  double first = panel->values[0], last = panel->values[panel->barrier->n_points - 1];

  return first + ratio * (last - first);
}

static double
get_curve (const Panel *panel, double ratio)
{
  double at = ratio * (panel->barrier->n_points - 1);
  guint before = MIN ((guint)at, panel->barrier->n_points - 2);

  return panel->values[before] + (at - before) * (panel->values[before + 1] - panel->values[before]);
}

static void
draw_ticks (const Panel *panel)
{
  guint n = (guint)lround ((panel->high - panel->low) / panel->step);
  gint n_decimals = (gint)CLAMP (-floor (log10 (panel->step) + 1e-9), 0, 9);

  for (guint i = 0; i <= n; i++)
    {
      double value = panel->low + i * panel->step;
      gint y = (gint)floor (get_y (panel, value));
      g_autofree char *label = g_strdup_printf ("%.*f", n_decimals, value);

      am_canvas_fill (panel->canvas, panel->left, y, PANEL_WIDTH + 1, 1, i == 0 ? line_colour : grid);
      am_canvas_text (panel->canvas, panel->left - 10, y + 4.5, LABEL_SIZE, AM_ALIGN_END, FALSE, soft_ink,
                      label);
    }
}

static void
draw_ratios (const Panel *panel)
{
  for (guint i = 0; i <= 4; i++)
    {
      static const char *const labels[] = { "A", "0.25", "0.5", "0.75", "B" };
      gint x = (gint)floor (get_x (panel, i / 4.0));
      gboolean is_end = i % 4 == 0;

      am_canvas_fill (panel->canvas, x, panel->top + PANEL_HEIGHT, 1, 6, line_colour);
      am_canvas_text (panel->canvas, x + 0.5, panel->top + PANEL_HEIGHT + 20, is_end ? TEXT_SIZE : LABEL_SIZE,
                      AM_ALIGN_MIDDLE, FALSE, is_end ? ink : soft_ink, labels[i]);
    }
}

/* What lies between the curve and the straight line. */
static void
draw_gap (const Panel *panel)
{
  for (gint column = 0; column < PANEL_WIDTH; column++)
    {
      double ratio = (column + 0.5) / PANEL_WIDTH;
      double a = get_y (panel, get_straight (panel, ratio)), b = get_y (panel, get_curve (panel, ratio));

      if (isfinite (a) && isfinite (b))
        am_canvas_fill (panel->canvas, panel->left + column, (gint)lround (MIN (a, b)), 1,
                        (gint)lround (fabs (a - b)), panel->tint);
    }
}

/* Pieces of the curve between points that are numbers, and the points where they are not too many. */
static void
draw_curve (const Panel *panel)
{
  guint n_points = panel->barrier->n_points;
  g_autofree AmPoint *points = g_new (AmPoint, n_points);
  guint n = 0;

  for (guint i = 0; i < n_points; i++)
    {
      if (isfinite (panel->values[i]))
        points[n++]
            = (AmPoint){ get_x (panel, panel->barrier->points[i].ratio), get_y (panel, panel->values[i]) };
      if (n > 0 && (i + 1 == n_points || !isfinite (panel->values[i])))
        {
          am_canvas_lines (panel->canvas, points, n, 2.2, panel->colour);
          for (guint k = 0; n_points <= MOST_DOTS && k < n; k++)
            {
              am_canvas_lines (panel->canvas, &points[k], 1, 7.5, paper);
              am_canvas_lines (panel->canvas, &points[k], 1, 5, panel->colour);
            }
          n = 0;
        }
    }
}

/* The distance from the straight line, with its size where there is room for it. */
static void
draw_barrier (const Panel *panel, double size, const char *unit)
{
  double ratio = panel->barrier->points[panel->marked].ratio;
  double x = get_x (panel, ratio);
  AmPoint from = { x, get_y (panel, get_straight (panel, ratio)) };
  AmPoint to = { x, get_y (panel, panel->values[panel->marked]) };
  AmPoint caps[2][2] = { { { x - 4, from.y }, { x + 4, from.y } }, { { x - 4, to.y }, { x + 4, to.y } } };
  g_autofree char *label = g_strdup_printf ("%.3g%s", size, unit);

  if (!isfinite (size) || !isfinite (from.y) || !isfinite (to.y) || fabs (from.y - to.y) < 28)
    return;
  am_canvas_lines (panel->canvas, (AmPoint[]){ from, to }, 2, 1.4, ink);
  am_canvas_lines (panel->canvas, caps[0], 2, 1.4, ink);
  am_canvas_text (panel->canvas, x + 8, (from.y + to.y) / 2 + 4, TEXT_SIZE, AM_ALIGN_START, FALSE, ink,
                  label);
}

static void
draw_legend (const Panel *panel, const char *curve, const char *straight)
{
  gint y = panel->top - 16;
  double x = panel->left + 34 + am_canvas_measure (TEXT_SIZE, curve) + 32;
  AmPoint ends[] = { { panel->left + 1, y - 4 }, { panel->left + 23, y - 4 } };

  am_canvas_lines (panel->canvas, ends, 2, 2.2, panel->colour);
  am_canvas_text (panel->canvas, panel->left + 32, y, TEXT_SIZE, AM_ALIGN_START, FALSE, ink, curve);
  am_canvas_dashes (panel->canvas, (AmPoint){ x, y - 4 }, (AmPoint){ x + 28, y - 4 }, 1.6, line_colour);
  am_canvas_text (panel->canvas, x + 36, y, TEXT_SIZE, AM_ALIGN_START, FALSE, soft_ink, straight);
}

static void
draw_panel (Panel *panel, const char *curve, double size, const char *unit)
{
  guint last = panel->barrier->n_points - 1;
  AmPoint from, to;

  panel_set_range (panel);
  from = (AmPoint){ get_x (panel, 0), get_y (panel, panel->values[0]) };
  to = (AmPoint){ get_x (panel, 1), get_y (panel, panel->values[last]) };
  draw_gap (panel);
  draw_ticks (panel);
  draw_ratios (panel);
  if (isfinite (from.y) && isfinite (to.y))
    am_canvas_dashes (panel->canvas, from, to, 1.6, line_colour);
  draw_legend (panel, curve, "straight line between A and B");
  draw_curve (panel);
  draw_barrier (panel, size, unit);
}

static void
draw_title (AmCanvas *canvas, const AmBarrier *barrier, const char *title)
{
  g_autofree char *figures = g_strdup_printf (
      "Loss barrier %.4g at %.2f, accuracy barrier %.2f%%%s", barrier->loss_barrier, barrier->worst_ratio,
      100 * barrier->accuracy_barrier, barrier->is_reset ? "; batch norms measured anew at every point" : "");
  double size = TITLE_SIZE;

  while (size > LABEL_SIZE && am_canvas_measure (size, title) > canvas->width - 2 * MARGIN)
    size -= 0.5;
  am_canvas_text (canvas, MARGIN + AXIS_WIDTH, MARGIN + 12, size, AM_ALIGN_START, FALSE, ink, title);
  am_canvas_text (canvas, MARGIN + AXIS_WIDTH, MARGIN + 36, TEXT_SIZE, AM_ALIGN_START, FALSE, soft_ink,
                  figures);
}

/* The point the barrier of the loss lies at. */
static guint
find_worst (const AmBarrier *barrier)
{
  return (guint)lround (barrier->worst_ratio * (barrier->n_points - 1));
}

static void
draw_panels (AmCanvas *canvas, const AmBarrier *barrier)
{
  gint top = MARGIN + TITLE_HEIGHT + CAPTION_HEIGHT;
  g_autofree double *losses = g_new (double, barrier->n_points);
  g_autofree double *accuracies = g_new (double, barrier->n_points);
  Panel loss = { canvas, barrier,     losses,    MARGIN + AXIS_WIDTH, top, 0, 0,
                 0,      loss_colour, loss_tint, find_worst (barrier) };
  Panel accuracy = { canvas, barrier,         accuracies,    MARGIN + AXIS_WIDTH,  0, 0, 0,
                     0,      accuracy_colour, accuracy_tint, barrier->n_points / 2 };

  for (guint i = 0; i < barrier->n_points; i++)
    {
      losses[i] = barrier->points[i].loss;
      accuracies[i] = 100 * barrier->points[i].accuracy;
    }
  accuracy.top = top + PANEL_HEIGHT + RATIO_HEIGHT + CAPTION_HEIGHT;
  draw_panel (&loss, "loss (nats)", barrier->loss_barrier, "");
  draw_panel (&accuracy, "accuracy (%)", 100 * barrier->accuracy_barrier, "%");
  am_canvas_text (canvas, get_x (&accuracy, 0.5), accuracy.top + PANEL_HEIGHT + 42, TEXT_SIZE,
                  AM_ALIGN_MIDDLE, FALSE, soft_ink, "share of B in the weights");
}

gboolean
am_barrier_write_picture (const AmBarrier *barrier, const char *title, const char *path, gboolean replace,
                          GError **error)
{
  gint height = 2 * MARGIN + TITLE_HEIGHT + 2 * (CAPTION_HEIGHT + PANEL_HEIGHT) + 2 * RATIO_HEIGHT - 12;
  g_autoptr (AmCanvas) canvas = am_canvas_new (2 * MARGIN + AXIS_WIDTH + PANEL_WIDTH, height, paper);
  AmPixels pixels = { (guint)canvas->width, (guint)canvas->height, FALSE, canvas->pixels };

  if (!replace && g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, T_ ("%s exists already"), path);
      return FALSE;
    }
  draw_title (canvas, barrier, title);
  draw_panels (canvas, barrier);
  return am_png_write (&pixels, path, NULL, NULL, error);
}
