/* How a recipe card looks. Distances are in pixels of the picture, which has one size whatever the screen. */
#include <glib/gi18n.h>
#include <math.h>

#include "recipe-card.h"

#define MARGIN 56
#define RIGHT (AM_CARD_WIDTH - MARGIN)
#define CHART_TOP 404
#define CHART_BOTTOM 566
#define FOOTER 622
#define ICON "/io/github/amalgam_merge/Amalgam/icons/scalable/apps/" AM_APPLICATION_ID ".svg"

typedef struct
{
  GdkRGBA top; /* of the background */
  GdkRGBA bottom;
  GdkRGBA glow;
  GdkRGBA text;
  GdkRGBA dim;
  GdkRGBA track; /* behind bars and letters */
} Palette;

static const Palette dark_palette = {
  { 0.165f, 0.129f, 0.247f, 1 },
  { 0.078f, 0.067f, 0.118f, 1 },
  { 0.64f, 0.28f, 0.73f, 0.30f },
  { 1, 1, 1, 1 },
  { 1, 1, 1, 0.66f },
  { 1, 1, 1, 0.09f },
};
static const Palette light_palette = {
  { 0.992f, 0.984f, 1, 1 },    { 0.925f, 0.902f, 0.965f, 1 },   { 0.85f, 0.35f, 0.56f, 0.13f },
  { 0.133f, 0.094f, 0.2f, 1 }, { 0.133f, 0.094f, 0.2f, 0.70f }, { 0.133f, 0.094f, 0.2f, 0.08f },
};

/* From model A to model B, in the colours of the app's mark. */
static const GdkRGBA scale[] = {
  { 0.18f, 0.50f, 0.90f, 1 },
  { 0.58f, 0.33f, 0.80f, 1 },
  { 0.87f, 0.33f, 0.55f, 1 },
  { 1.00f, 0.50f, 0.10f, 1 },
};

static void
set_colour (cairo_t *cr, const GdkRGBA *colour)
{
  cairo_set_source_rgba (cr, colour->red, colour->green, colour->blue, colour->alpha);
}

static GdkRGBA
mix_colours (double position)
{
  double scaled = CLAMP (position, 0, 1) * (G_N_ELEMENTS (scale) - 1);
  guint index = MIN ((guint)scaled, (guint)G_N_ELEMENTS (scale) - 2);
  float part = (float)(scaled - index);
  const GdkRGBA *a = &scale[index];
  const GdkRGBA *b = &scale[index + 1];

  return (GdkRGBA){ a->red + (b->red - a->red) * part, a->green + (b->green - a->green) * part,
                    a->blue + (b->blue - a->blue) * part, 1 };
}

static void
add_rounded (cairo_t *cr, double x, double y, double width, double height, double radius)
{
  double r = MIN (radius, MIN (width, height) / 2);

  cairo_new_sub_path (cr);
  cairo_arc (cr, x + width - r, y + r, r, -G_PI_2, 0);
  cairo_arc (cr, x + width - r, y + height - r, r, 0, G_PI_2);
  cairo_arc (cr, x + r, y + height - r, r, G_PI_2, G_PI);
  cairo_arc (cr, x + r, y + r, r, G_PI, 3 * G_PI_2);
  cairo_close_path (cr);
}

static PangoLayout *
make_layout (cairo_t *cr, const char *text, double size, PangoWeight weight, double width)
{
  PangoLayout *layout = pango_cairo_create_layout (cr);
  PangoFontDescription *font = pango_font_description_from_string ("Cantarell, Noto Sans, Sans");

  pango_font_description_set_absolute_size (font, size * PANGO_SCALE);
  pango_font_description_set_weight (font, weight);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_set_text (layout, text, -1);
  if (width > 0)
    {
      pango_layout_set_width (layout, (int)(width * PANGO_SCALE));
      pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
    }
  return layout;
}

/* Text of one line with its top at @y; @align 0 begins at @x, 0.5 has its middle there, 1 its end. Returns
 * its height. */
static double
draw_text (cairo_t *cr, const GdkRGBA *colour, double x, double y, double align, double size,
           PangoWeight weight, double width, const char *text)
{
  g_autoptr (PangoLayout) layout = make_layout (cr, text, size, weight, width);
  int text_width, text_height;

  pango_layout_get_pixel_size (layout, &text_width, &text_height);
  set_colour (cr, colour);
  cairo_move_to (cr, x - align * text_width, y);
  pango_cairo_show_layout (cr, layout);
  return text_height;
}

static void
draw_background (cairo_t *cr, const Palette *palette)
{
  cairo_pattern_t *ground = cairo_pattern_create_linear (0, 0, AM_CARD_WIDTH, AM_CARD_HEIGHT);
  cairo_pattern_t *glow = cairo_pattern_create_radial (930, 90, 0, 930, 90, 620);

  cairo_pattern_add_color_stop_rgb (ground, 0, palette->top.red, palette->top.green, palette->top.blue);
  cairo_pattern_add_color_stop_rgb (ground, 1, palette->bottom.red, palette->bottom.green,
                                    palette->bottom.blue);
  cairo_set_source (cr, ground);
  cairo_paint (cr);
  cairo_pattern_add_color_stop_rgba (glow, 0, palette->glow.red, palette->glow.green, palette->glow.blue,
                                     palette->glow.alpha);
  cairo_pattern_add_color_stop_rgba (glow, 1, palette->glow.red, palette->glow.green, palette->glow.blue, 0);
  cairo_set_source (cr, glow);
  cairo_paint (cr);
  cairo_pattern_destroy (ground);
  cairo_pattern_destroy (glow);
}

/* The app's mark, where pictures of its kind can be read at all. */
static void
draw_mark (cairo_t *cr, double x, double y, int size)
{
  g_autoptr (GdkPixbuf) mark = gdk_pixbuf_new_from_resource_at_scale (ICON, size, size, TRUE, NULL);

  if (mark == NULL)
    return;
  gdk_cairo_set_source_pixbuf (cr, mark, x, y);
  cairo_paint (cr);
}

static void
draw_letter (cairo_t *cr, double x, double y, double height, const char *letter, const GdkRGBA *ground)
{
  g_autoptr (PangoLayout) layout = make_layout (cr, letter, height * 0.56, PANGO_WEIGHT_BOLD, 0);
  int width, text_height;
  double box;

  pango_layout_get_pixel_size (layout, &width, &text_height);
  box = MAX (height, width + height * 0.6);
  add_rounded (cr, x, y, box, height, height / 2);
  set_colour (cr, ground);
  cairo_fill (cr);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_move_to (cr, x + (box - width) / 2, y + (height - text_height) / 2);
  pango_cairo_show_layout (cr, layout);
}

/* Fills the square with the middle of the picture. */
static void
draw_picture (cairo_t *cr, GdkTexture *texture, double x, double y, double size)
{
  int width = gdk_texture_get_width (texture);
  int height = gdk_texture_get_height (texture);
  double zoom = size / MIN (width, height);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);

  gdk_texture_download (texture, cairo_image_surface_get_data (surface),
                        (gsize)cairo_image_surface_get_stride (surface));
  cairo_surface_mark_dirty (surface);
  cairo_save (cr);
  add_rounded (cr, x, y, size, size, 18);
  cairo_clip (cr);
  cairo_translate (cr, x + (size - width * zoom) / 2, y + (size - height * zoom) / 2);
  cairo_scale (cr, zoom, zoom);
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_surface_destroy (surface);
}

static GdkRGBA
get_letter_colour (guint index, guint n)
{
  return mix_colours (n > 1 ? (double)index / (n - 1) : 0);
}

/* Pictures at the right, or the mark where there are none. Returns where they begin. */
static double
draw_pictures (cairo_t *cr, const AmCard *card)
{
  double size = card->pictures->len == 1 ? 300 : 236;
  double step = size + 20;
  double x = RIGHT + 20 - step * card->pictures->len;

  if (card->pictures->len == 0)
    {
      draw_mark (cr, RIGHT - 250, 74, 250);
      return RIGHT - 280;
    }
  for (guint i = 0; i < card->pictures->len; i++)
    draw_picture (cr, g_ptr_array_index (card->pictures, i), x + step * i, MARGIN, size);
  return x;
}

static void
draw_models (cairo_t *cr, const AmCard *card, const Palette *palette, double y, double width)
{
  guint n_lines = card->models->len > 4 ? 3 : card->models->len;

  for (guint i = 0; i < n_lines; i++)
    {
      GdkRGBA colour = get_letter_colour (i, card->models->len);
      const char *letter = g_ptr_array_index (card->letters, i);
      double indent = g_utf8_strlen (letter, -1) > 1 ? 84 : 44;

      draw_letter (cr, MARGIN, y + 2, 28, letter, &colour);
      draw_text (cr, &palette->text, MARGIN + indent, y, 0, 22, PANGO_WEIGHT_NORMAL, width - indent,
                 g_ptr_array_index (card->models, i));
      y += 37;
    }
  if (card->models->len > n_lines)
    {
      guint n_more = card->models->len - n_lines;
      g_autofree char *more = g_strdup_printf (ngettext ("and %u more", "and %u more", n_more), n_more);

      draw_text (cr, &palette->dim, MARGIN + 44, y, 0, 20, PANGO_WEIGHT_NORMAL, width - 44, more);
    }
}

static void
draw_words (cairo_t *cr, const AmCard *card, const Palette *palette, double width)
{
  double y = MARGIN - 8;
  g_autofree char *method = NULL;

  draw_mark (cr, MARGIN, y, 34);
  y += 4
       + draw_text (cr, &palette->dim, MARGIN + 46, y + 5, 0, 18, PANGO_WEIGHT_SEMIBOLD, width - 46,
                    _ ("Amalgam recipe"));
  y += 14 + draw_text (cr, &palette->text, MARGIN, y + 12, 0, 44, PANGO_WEIGHT_BOLD, width, card->title);
  method = *card->parameters != '\0' ? g_strdup_printf ("%s  ·  %s", card->method, card->parameters)
                                     : g_strdup (card->method);
  y += 24 + draw_text (cr, &palette->dim, MARGIN, y + 6, 0, 24, PANGO_WEIGHT_NORMAL, width, method);
  draw_models (cr, card, palette, y + 4, width);
}

typedef struct
{
  cairo_t *cr;
  const AmCard *card;
  const Palette *palette;
  double width; /* of a block's bar with its gap */
} Chart;

/* Bars with long names have more room, in bars. */
static double
get_room (const AmCardBar *bar)
{
  return g_utf8_strlen (bar->name, -1) > 6 ? 1.7 : 1;
}

/* Whether a group ends at this bar. */
static gboolean
is_group_end (const GArray *bars, guint index)
{
  return index + 1 == bars->len
         || !g_str_equal (g_array_index (bars, AmCardBar, index).group,
                          g_array_index (bars, AmCardBar, index + 1).group);
}

/* All bars and the gaps between groups, in bars. */
static double
measure_bars (const GArray *bars)
{
  double room = 0;

  for (guint i = 0; i < bars->len; i++)
    room += get_room (&g_array_index (bars, AmCardBar, i)) + (is_group_end (bars, i) ? 0.5 : 0);
  return room - 0.5;
}

static void
draw_bar_name (const Chart *chart, const AmCardBar *bar, double middle, double room)
{
  g_autoptr (PangoLayout) layout
      = make_layout (chart->cr, bar->name, MIN (chart->width * 0.29, 16), PANGO_WEIGHT_NORMAL, room);

  pango_layout_set_alignment (layout, PANGO_ALIGN_CENTER);
  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_height (layout, -2);
  set_colour (chart->cr, &chart->palette->dim);
  cairo_move_to (chart->cr, middle - room / 2, CHART_BOTTOM + 5);
  pango_cairo_show_layout (chart->cr, layout);
}

/* "0.08": two digits after the point at most. */
static char *
dup_number (double value)
{
  return g_strdup_printf ("%.4g", round (value * 100) / 100);
}

static void
draw_bar (const Chart *chart, const AmCardBar *bar, double x)
{
  double range = chart->card->maximum - chart->card->minimum;
  double position = range > 0 ? CLAMP ((bar->value - chart->card->minimum) / range, 0, 1) : 0;
  double height = MAX (position * (CHART_BOTTOM - CHART_TOP), 3);
  double room = chart->width * get_room (bar);
  double width = chart->width * 0.74;
  double start = x + (room - width) / 2;
  GdkRGBA colour = mix_colours (position);
  g_autofree char *value = dup_number (bar->value);

  add_rounded (chart->cr, start, CHART_TOP, width, CHART_BOTTOM - CHART_TOP, 6);
  set_colour (chart->cr, &chart->palette->track);
  cairo_fill (chart->cr);
  add_rounded (chart->cr, start, CHART_BOTTOM - height, width, height, 6);
  set_colour (chart->cr, &colour);
  cairo_fill (chart->cr);
  if (chart->width < 29)
    return;
  draw_bar_name (chart, bar, x + room / 2, room);
  draw_text (chart->cr, &chart->palette->text, x + room / 2, CHART_TOP - 22, 0.5,
             MIN (chart->width * 0.38, 16), PANGO_WEIGHT_SEMIBOLD, 0, value);
}

/* Where bars are too narrow for names, the first and the last of a group are named below it. */
static void
draw_group (const Chart *chart, guint first, guint last, double start, double end)
{
  const AmCardBar *a = &g_array_index (chart->card->bars, AmCardBar, first);
  const AmCardBar *b = &g_array_index (chart->card->bars, AmCardBar, last);
  g_autofree char *name = first == last ? g_strdup (a->name) : g_strdup_printf ("%s – %s", a->name, b->name);
  gboolean fits = (end - start) > 8 * (double)g_utf8_strlen (name, -1);

  if (chart->width < 29 && fits)
    draw_text (chart->cr, &chart->palette->dim, (start + end) / 2, CHART_BOTTOM + 6, 0.5, 14,
               PANGO_WEIGHT_NORMAL, 0, name);
}

static void
draw_bars (const Chart *chart)
{
  const GArray *bars = chart->card->bars;
  double x = MARGIN;
  double group_start = x;
  guint first = 0;

  for (guint i = 0; i < bars->len; i++)
    {
      const AmCardBar *bar = &g_array_index (bars, AmCardBar, i);

      draw_bar (chart, bar, x);
      x += chart->width * get_room (bar);
      if (!is_group_end (bars, i))
        continue;
      draw_group (chart, first, i, group_start, x);
      x += chart->width * 0.5;
      group_start = x;
      first = i + 1;
    }
}

static void
draw_chart (cairo_t *cr, const AmCard *card, const Palette *palette)
{
  Chart chart = { cr, card, palette, 0 };

  if (card->bars->len == 0)
    return;
  chart.width = MIN ((RIGHT - MARGIN) / measure_bars (card->bars), 120);
  draw_text (cr, &palette->dim, MARGIN, CHART_TOP - 56, 0, 17, PANGO_WEIGHT_SEMIBOLD, 0, card->chart_title);
  draw_bars (&chart);
}

cairo_surface_t *
am_card_draw (const AmCard *card, gboolean is_dark)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, AM_CARD_WIDTH, AM_CARD_HEIGHT);
  cairo_t *cr = cairo_create (surface);
  const Palette *palette = is_dark ? &dark_palette : &light_palette;
  double pictures;

  draw_background (cr, palette);
  pictures = draw_pictures (cr, card);
  draw_words (cr, card, palette, pictures - MARGIN - 40);
  draw_chart (cr, card, palette);
  draw_text (cr, &palette->dim, MARGIN, FOOTER, 0, 16, PANGO_WEIGHT_NORMAL, 520, card->footer);
  draw_text (cr, &palette->dim, RIGHT, FOOTER, 1, 16, PANGO_WEIGHT_NORMAL, 0,
             _ ("This picture holds the recipe: open it in Amalgam"));
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}
