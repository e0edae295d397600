#include <math.h>

#include "align/alignment.h"
#include "base/text.h"
#include "output/canvas.h"
#include "output/png-file.h"

#define MARGIN 32
#define AXIS_WIDTH 44
#define TITLE_HEIGHT 56
#define PANEL_HEIGHT 150
#define CAPTION_HEIGHT 26
#define BLOCK_HEIGHT 100
#define LEAST_WIDTH 760
#define MOST_WIDTH 2400
#define WIDEST_BAR 72
#define TITLE_SIZE 13.0
#define TEXT_SIZE 9.0
#define LABEL_SIZE 8.0
#define LABEL_LENGTH 16

static const AmColour paper = { 255, 255, 255 };
static const AmColour ink = { 32, 33, 40 };
static const AmColour soft_ink = { 98, 100, 112 };
static const AmColour grid = { 228, 228, 232 };
static const AmColour before_colour = { 170, 172, 182 };
static const AmColour after_colour = { 53, 132, 228 };
static const AmColour moved_colour = { 230, 97, 0 };

/**
 * Chart: the layers of one model side by side
 * @left, @width: of the plots; @pitch: pixels a layer has
 */
typedef struct
{
  AmCanvas *canvas;
  const AmAlignment *alignment;
  gint left;
  gint top;
  gint width;
  double pitch;
} Chart;

static gint
get_x (const Chart *chart, guint layer)
{
  return chart->left + (gint)lround (chart->pitch * layer);
}

static gint
get_bar_width (const Chart *chart, guint layer)
{
  gint gap = chart->pitch >= 4 ? 1 : 0;

  return MAX (get_x (chart, layer + 1) - get_x (chart, layer) - gap, 1);
}

/* Lines at 0, a half and 1. */
static void
draw_grid (const Chart *chart, gint top)
{
  static const char *const labels[] = { "1", "0.5", "0" };

  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    {
      gint y = top + (gint)i * PANEL_HEIGHT / 2;

      am_canvas_fill (chart->canvas, chart->left, y, chart->width, 1, grid);
      am_canvas_text (chart->canvas, chart->left - 8, y + 4, LABEL_SIZE, AM_ALIGN_END, FALSE, soft_ink,
                      labels[i]);
    }
}

/* A bar from 0 up; what lies below 0 has none. */
static void
draw_bar (const Chart *chart, guint layer, gint top, double value, AmColour colour)
{
  gint height = isnan (value) ? 0 : (gint)lround (PANEL_HEIGHT * CLAMP (value, 0.0, 1.0));

  am_canvas_fill (chart->canvas, get_x (chart, layer), top + PANEL_HEIGHT - height,
                  get_bar_width (chart, layer), height, colour);
}

static void
draw_key (const Chart *chart, gint x, gint y, AmColour colour, const char *text)
{
  am_canvas_fill (chart->canvas, x, y - 9, 10, 10, colour);
  am_canvas_text (chart->canvas, x + 16, y, TEXT_SIZE, AM_ALIGN_START, FALSE, ink, text);
}

/* The after stands behind the before, so that what shows of it is the gain. */
static void
draw_similarity (const Chart *chart, gint top)
{
  draw_key (chart, chart->left, top - 10, before_colour, "similarity (cosine) before");
  draw_key (chart, chart->left + 230, top - 10, after_colour, "after alignment");
  draw_grid (chart, top);
  for (guint i = 0; i < am_alignment_get_n_layers (chart->alignment); i++)
    {
      const AmAlignmentLayer *layer = am_alignment_get_layer (chart->alignment, i);

      draw_bar (chart, i, top, layer->similarity_after, after_colour);
      draw_bar (chart, i, top, MIN (layer->similarity_before, layer->similarity_after), before_colour);
    }
}

static void
draw_moved (const Chart *chart, gint top)
{
  draw_key (chart, chart->left, top - 10, moved_colour, "share of units that moved");
  draw_grid (chart, top);
  for (guint i = 0; i < am_alignment_get_n_layers (chart->alignment); i++)
    {
      const AmAlignmentLayer *layer = am_alignment_get_layer (chart->alignment, i);

      draw_bar (chart, i, top, layer->n_units > 0 ? (double)layer->n_moved / layer->n_units : 0,
                moved_colour);
    }
}

/* What layers are labelled with: their part of the model or their block, or where there are none their own
 * name. */
static const char *
get_label (const AmAlignmentLayer *layer)
{
  if (layer->component != AM_COMPONENT_DIFFUSION && layer->component != AM_COMPONENT_MODEL)
    return am_component_get_title (layer->component);
  return layer->block != NULL ? layer->block : layer->name;
}

/* Names of the blocks where they begin, as far as there is room. */
static void
draw_labels (const Chart *chart, gint top)
{
  const char *last = NULL;
  gint free_from = 0;

  for (guint i = 0; i < am_alignment_get_n_layers (chart->alignment); i++)
    {
      const char *label = get_label (am_alignment_get_layer (chart->alignment, i));
      gint x = get_x (chart, i) + (gint)MIN (chart->pitch / 2 + 4, 12);
      g_autofree char *text = NULL;

      if (g_strcmp0 (label, last) == 0 || x < free_from)
        continue;
      text = g_utf8_substring (label, 0, MIN (g_utf8_strlen (label, -1), LABEL_LENGTH));
      am_canvas_text (chart->canvas, x, top + 8, LABEL_SIZE, AM_ALIGN_END, TRUE, soft_ink, text);
      free_from = x + 12;
      last = label;
    }
}

/* A sentence a line, as large as fits. */
static void
draw_title (const Chart *chart)
{
  g_autofree char *description = am_alignment_describe (chart->alignment);
  g_auto (GStrv) lines = g_strsplit (description, ". ", 2);
  double size = TITLE_SIZE;

  for (guint i = 0; lines[i] != NULL; i++)
    while (size > LABEL_SIZE && am_canvas_measure (size, lines[i]) > chart->width)
      size -= 0.5;
  for (guint i = 0; lines[i] != NULL; i++)
    am_canvas_text (chart->canvas, chart->left, chart->top + 12 + 22 * (gint)i, size, AM_ALIGN_START, FALSE,
                    i == 0 ? ink : soft_ink, lines[i]);
}

static void
draw_chart (const Chart *chart)
{
  gint similarity = chart->top + TITLE_HEIGHT + CAPTION_HEIGHT;
  gint moved = similarity + PANEL_HEIGHT + CAPTION_HEIGHT + 14;

  draw_title (chart);
  draw_similarity (chart, similarity);
  draw_moved (chart, moved);
  draw_labels (chart, moved + PANEL_HEIGHT);
}

static gint
get_height (void)
{
  return TITLE_HEIGHT + 2 * (PANEL_HEIGHT + CAPTION_HEIGHT) + 14 + BLOCK_HEIGHT;
}

static guint
count_most_layers (const GPtrArray *alignments)
{
  guint n = 1;

  for (guint i = 0; i < alignments->len; i++)
    n = MAX (n, am_alignment_get_n_layers (g_ptr_array_index (alignments, i)));
  return n;
}

gboolean
am_alignments_write_picture (const GPtrArray *alignments, const char *path, gboolean replace, GError **error)
{
  gint width = CLAMP (8 * (gint)count_most_layers (alignments), LEAST_WIDTH, MOST_WIDTH);
  gint height = 2 * MARGIN + (get_height () + MARGIN) * (gint)alignments->len - MARGIN;
  g_autoptr (AmCanvas) canvas = am_canvas_new (2 * MARGIN + AXIS_WIDTH + width, MAX (height, 1), paper);
  AmPixels pixels = { (guint)canvas->width, (guint)canvas->height, FALSE, canvas->pixels };

  if (!replace && g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE, T_ ("%s exists already"), path);
      return FALSE;
    }
  for (guint i = 0; i < alignments->len; i++)
    {
      const AmAlignment *alignment = g_ptr_array_index (alignments, i);
      guint n_layers = MAX (am_alignment_get_n_layers (alignment), 1);
      Chart chart = { canvas,
                      alignment,
                      MARGIN + AXIS_WIDTH,
                      MARGIN + (gint)i * (get_height () + MARGIN),
                      width,
                      MIN ((double)width / n_layers, WIDEST_BAR) };

      draw_chart (&chart);
    }
  return am_png_write (&pixels, path, NULL, NULL, error);
}
