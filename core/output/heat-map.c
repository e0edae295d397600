#include "output/heat-map.h"

#include <math.h>

#include "output/canvas.h"
#include "output/colour-scale.h"
#include "output/png-file.h"
#include "output/value-scale.h"

#define MARGIN 32
#define TITLE_SIZE 16.0
#define SUBTITLE_SIZE 10.0
#define LABEL_SIZE 9.0
#define COLUMN_SIZE 8.0
#define CELL_SIZE 8.0
#define CELL_HEIGHT 36
#define GAP 2 /* between cells */
#define LABEL_GAP 12
#define BAR_HEIGHT 14
#define LEGEND_HEIGHT 78
#define LEGEND_WIDTH 400
#define LEAST_WIDTH 760

static const AmColour paper = { 255, 255, 255 };
static const AmColour ink = { 32, 33, 40 };
static const AmColour soft_ink = { 98, 100, 112 };
static const AmColour empty_fill = { 244, 244, 246 };
static const AmColour empty_line = { 208, 209, 216 };

typedef struct
{
  const AmHeatMap *map;
  AmCanvas *canvas;
  AmValueScale scale;
  char **columns; /* names as drawn */
  char **rows;
  gint cell_width;
  gboolean is_upward; /* column names run upwards */
  gint left, top;     /* of the grid */
  gint width, height; /* of the picture */
} Layout;

static char **
copy_names (const char *const *names, guint n)
{
  char **copy = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    copy[i] = g_str_to_ascii (names[i], "C");
  return copy;
}

static double
measure_widest (char **names, double size)
{
  double widest = 0.0;

  for (guint i = 0; names[i] != NULL; i++)
    widest = MAX (widest, am_canvas_measure (size, names[i]));
  return widest;
}

static void
layout_clear (Layout *layout)
{
  g_clear_pointer (&layout->canvas, am_canvas_free);
  g_clear_pointer (&layout->columns, g_strfreev);
  g_clear_pointer (&layout->rows, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Layout, layout_clear)

static gint
choose_cell_width (guint n_columns)
{
  if (n_columns <= 28)
    return 48;
  return n_columns <= 40 ? 32 : 22;
}

static void
layout_init (Layout *layout, const AmHeatMap *map)
{
  double widest;
  gint header = MARGIN + (gint)TITLE_SIZE + 18 + (map->subtitle != NULL ? (gint)SUBTITLE_SIZE + 12 : 0);
  gint grid;

  layout->map = map;
  layout->columns = copy_names (map->column_names, map->n_columns);
  layout->rows = copy_names (map->row_names, map->n_rows);
  layout->cell_width = choose_cell_width (map->n_columns);
  widest = measure_widest (layout->columns, COLUMN_SIZE);
  layout->is_upward = widest > layout->cell_width - 6;
  layout->left = MARGIN + (gint)ceil (measure_widest (layout->rows, LABEL_SIZE)) + LABEL_GAP;
  layout->top = header + (gint)ceil (layout->is_upward ? widest : COLUMN_SIZE) + LABEL_GAP;
  grid = (gint)map->n_columns * layout->cell_width;
  layout->width = MAX (layout->left + grid + MARGIN, LEAST_WIDTH);
  layout->height = layout->top + (gint)map->n_rows * CELL_HEIGHT + LEGEND_HEIGHT + MARGIN;
  am_value_scale_fit (&layout->scale, map->values, (gsize)map->n_columns * map->n_rows);
  layout->canvas = am_canvas_new (layout->width, layout->height, paper);
}

/* Cuts @text where it would leave the picture. */
static char *
fit_text (const char *text, double size, double width)
{
  g_autofree char *plain = g_str_to_ascii (text, "C");
  gsize length = strlen (plain);

  if (am_canvas_measure (size, plain) <= width)
    return g_steal_pointer (&plain);
  while (length > 0)
    {
      g_autofree char *cut = g_strdup_printf ("%.*s...", (int)--length, plain);

      if (am_canvas_measure (size, cut) <= width)
        return g_steal_pointer (&cut);
    }
  return g_strdup ("");
}

static void
draw_header (const Layout *layout)
{
  double room = layout->width - 2.0 * MARGIN;
  g_autofree char *title = fit_text (layout->map->title, TITLE_SIZE, room);
  double baseline = MARGIN + TITLE_SIZE;

  am_canvas_text (layout->canvas, MARGIN, baseline, TITLE_SIZE, AM_ALIGN_START, FALSE, ink, title);
  if (layout->map->subtitle != NULL)
    {
      g_autofree char *subtitle = fit_text (layout->map->subtitle, SUBTITLE_SIZE, room);

      am_canvas_text (layout->canvas, MARGIN, baseline + SUBTITLE_SIZE + 12, SUBTITLE_SIZE, AM_ALIGN_START,
                      FALSE, soft_ink, subtitle);
    }
}

static void
draw_names (const Layout *layout)
{
  double below = layout->top - LABEL_GAP + 3.0;

  for (guint column = 0; column < layout->map->n_columns; column++)
    {
      double middle = layout->left + (column + 0.5) * layout->cell_width - GAP / 2.0;

      if (layout->is_upward)
        am_canvas_text (layout->canvas, middle + COLUMN_SIZE / 2, below, COLUMN_SIZE, AM_ALIGN_START, TRUE,
                        ink, layout->columns[column]);
      else
        am_canvas_text (layout->canvas, middle, below, COLUMN_SIZE, AM_ALIGN_MIDDLE, FALSE, ink,
                        layout->columns[column]);
    }
  for (guint row = 0; row < layout->map->n_rows; row++)
    am_canvas_text (layout->canvas, layout->left - LABEL_GAP,
                    layout->top + (row + 0.5) * CELL_HEIGHT + LABEL_SIZE / 2 - GAP / 2.0, LABEL_SIZE,
                    AM_ALIGN_END, FALSE, ink, layout->rows[row]);
}

static void
draw_empty (AmCanvas *canvas, gint x, gint y, gint width, gint height)
{
  am_canvas_fill (canvas, x, y, width, height, empty_fill);
  am_canvas_hatch (canvas, x, y, width, height, empty_line);
}

static void
draw_value (AmCanvas *canvas, gint x, gint y, gint width, gint height, double value, AmColour colour)
{
  g_autofree char *text = am_format_percent (value);

  am_canvas_text (canvas, x + width / 2.0, y + height / 2.0 + CELL_SIZE / 2, CELL_SIZE, AM_ALIGN_MIDDLE,
                  FALSE, am_colour_is_dark (colour) ? paper : ink, text);
}

static void
draw_cell (const Layout *layout, guint column, guint row)
{
  double value = layout->map->values[(gsize)row * layout->map->n_columns + column];
  gint x = layout->left + (gint)column * layout->cell_width;
  gint y = layout->top + (gint)row * CELL_HEIGHT;
  gint width = layout->cell_width - GAP, height = CELL_HEIGHT - GAP;
  AmColour colour;

  if (isnan (value))
    {
      draw_empty (layout->canvas, x, y, width, height);
      return;
    }
  colour = am_colour_scale_get (am_value_scale_place (&layout->scale, value));
  am_canvas_fill (layout->canvas, x, y, width, height, colour);
  if (width > 36)
    draw_value (layout->canvas, x, y, width, height, value, colour);
}

static char *
format_tick (double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (digits, sizeof digits, "%.4g", value * 100.0);
  return g_strconcat (digits, "%", NULL);
}

static void
draw_ticks (const Layout *layout, gint x, gint y)
{
  g_autoptr (GArray) ticks = am_value_scale_list_ticks (&layout->scale);

  for (guint i = 0; i < ticks->len; i++)
    {
      double tick = g_array_index (ticks, double, i);
      gint at = x + (gint)lround (am_value_scale_place (&layout->scale, tick) * (LEGEND_WIDTH - 1));
      g_autofree char *text = format_tick (tick);

      am_canvas_fill (layout->canvas, at, y, 1, 5, soft_ink);
      am_canvas_text (layout->canvas, at + 0.5, y + 9 + CELL_SIZE, CELL_SIZE, AM_ALIGN_MIDDLE, FALSE, ink,
                      text);
    }
}

static void
draw_legend (const Layout *layout)
{
  const char *legend = layout->map->legend != NULL ? layout->map->legend : "value";
  g_autofree char *text = g_strdup_printf ("%s in percent, %s scale", legend,
                                           layout->scale.is_logarithmic ? "logarithmic" : "linear");
  gint x = layout->left;
  gint y = layout->top + (gint)layout->map->n_rows * CELL_HEIGHT + 44;
  gint swatch = x + LEGEND_WIDTH + 44;

  am_canvas_text (layout->canvas, x, y - 10, CELL_SIZE, AM_ALIGN_START, FALSE, soft_ink, text);
  for (gint i = 0; i < LEGEND_WIDTH; i++)
    am_canvas_fill (layout->canvas, x + i, y, 1, BAR_HEIGHT,
                    am_colour_scale_get ((double)i / (LEGEND_WIDTH - 1)));
  draw_ticks (layout, x, y + BAR_HEIGHT);
  draw_empty (layout->canvas, swatch, y, 30, BAR_HEIGHT);
  am_canvas_text (layout->canvas, swatch + 40, y + BAR_HEIGHT / 2.0 + CELL_SIZE / 2, CELL_SIZE,
                  AM_ALIGN_START, FALSE, soft_ink, "no such layer");
}

gboolean
am_heat_map_write_png (const AmHeatMap *map, const char *path, const char *recipe, GError **error)
{
  g_auto (Layout) layout = { 0 };
  AmPixels pixels;

  g_return_val_if_fail (map->n_columns > 0 && map->n_rows > 0, FALSE);
  layout_init (&layout, map);
  draw_header (&layout);
  draw_names (&layout);
  for (guint row = 0; row < map->n_rows; row++)
    for (guint column = 0; column < map->n_columns; column++)
      draw_cell (&layout, column, row);
  draw_legend (&layout);
  pixels
      = (AmPixels){ (guint)layout.canvas->width, (guint)layout.canvas->height, FALSE, layout.canvas->pixels };
  return am_png_write (&pixels, path, AM_PNG_RECIPE_KEYWORD, recipe, error);
}
