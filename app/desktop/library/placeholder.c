#include "placeholder.h"

#include <math.h>

/* Hue of each family: neighbours in this list are far from each other on the circle. */
static const float hues[] = {
  [AM_FAMILY_UNKNOWN] = 0.60f, [AM_FAMILY_SD1] = 0.58f,          [AM_FAMILY_SD2] = 0.52f,
  [AM_FAMILY_SDXL] = 0.76f,    [AM_FAMILY_SDXL_REFINER] = 0.82f, [AM_FAMILY_SD3] = 0.93f,
  [AM_FAMILY_FLUX] = 0.46f,    [AM_FAMILY_CLIP] = 0.10f,         [AM_FAMILY_VIT] = 0.08f,
  [AM_FAMILY_RESNET] = 0.38f,  [AM_FAMILY_VGG] = 0.33f,          [AM_FAMILY_MLP] = 0.14f,
  [AM_FAMILY_LLAMA] = 0.02f,   [AM_FAMILY_LORA] = 0.88f,         [AM_FAMILY_VAE] = 0.42f,
};

/* Numbers that look like chance and come from the name alone. */
typedef struct
{
  guint32 state;
} Chance;

static float
draw (Chance *chance, float from, float to)
{
  chance->state = chance->state * 1664525u + 1013904223u;
  return from + (to - from) * (float)(chance->state >> 8) / (float)(1 << 24);
}

static GdkRGBA
make_colour (float hue, float saturation, float value)
{
  GdkRGBA colour = { 0, 0, 0, 1 };

  gtk_hsv_to_rgb (hue - floorf (hue), saturation, value, &colour.red, &colour.green, &colour.blue);
  return colour;
}

static void
append_ground (GtkSnapshot *snapshot, AmLibraryItem *item, const graphene_rect_t *box, Chance *chance)
{
  const gboolean is_known = am_library_item_get_family (item) != AM_FAMILY_UNKNOWN;
  const float hue = hues[am_library_item_get_family (item)] + draw (chance, -0.035f, 0.035f);
  const float saturation = is_known ? 0.55f : 0.14f;
  GskColorStop stops[] = {
    { 0, make_colour (hue - 0.03f, saturation * 0.9f, 0.80f) },
    { 1, make_colour (hue + 0.05f, saturation * 1.15f, 0.42f) },
  };
  graphene_point_t start
      = GRAPHENE_POINT_INIT (box->origin.x + box->size.width * draw (chance, 0, 0.4f), box->origin.y);
  graphene_point_t end = GRAPHENE_POINT_INIT (box->origin.x + box->size.width * draw (chance, 0.6f, 1),
                                              box->origin.y + box->size.height);

  gtk_snapshot_append_linear_gradient (snapshot, box, &start, &end, stops, G_N_ELEMENTS (stops));
}

static void
append_disc (GtkSnapshot *snapshot, float x, float y, float radius, const GdkRGBA *colour)
{
  graphene_rect_t square = GRAPHENE_RECT_INIT (x - radius, y - radius, 2 * radius, 2 * radius);
  GskRoundedRect disc;

  gsk_rounded_rect_init_from_rect (&disc, &square, radius);
  gtk_snapshot_push_rounded_clip (snapshot, &disc);
  gtk_snapshot_append_color (snapshot, colour, &square);
  gtk_snapshot_pop (snapshot);
}

/* Two discs that run into each other, and one far off. */
static void
append_discs (GtkSnapshot *snapshot, const graphene_rect_t *box, Chance *chance)
{
  const float size = MAX (box->size.width, box->size.height);
  const float x = box->origin.x + box->size.width * draw (chance, 0.15f, 0.85f);
  const float y = box->origin.y + box->size.height * draw (chance, 0.15f, 0.85f);
  const float radius = size * draw (chance, 0.28f, 0.42f);
  const float angle = draw (chance, 0, 2 * (float)G_PI);
  const float distance = radius * draw (chance, 0.8f, 1.3f);
  const GdkRGBA light = { 1, 1, 1, 0.12f }, dark = { 0, 0, 0, 0.10f };

  append_disc (snapshot, x, y, radius, &light);
  append_disc (snapshot, x + distance * cosf (angle), y + distance * sinf (angle), radius * 0.8f, &light);
  append_disc (snapshot, box->origin.x + box->size.width * draw (chance, 0, 1),
               box->origin.y + box->size.height * draw (chance, 0.7f, 1.1f),
               size * draw (chance, 0.2f, 0.35f), &dark);
}

/* First letters of the first two words, or of one; digits count as words. */
static char *
make_monogram (const char *name)
{
  GString *letters = g_string_new (NULL);
  gboolean is_start = TRUE;
  guint n = 0;

  for (const char *p = name; *p != '\0' && n < 2; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (is_start && g_unichar_isalnum (c))
        {
          g_string_append_unichar (letters, g_unichar_totitle (c));
          n++;
        }
      is_start = !g_unichar_isalnum (c);
    }
  return g_string_free (letters, FALSE);
}

static void
append_monogram (GtkSnapshot *snapshot, GtkWidget *widget, const char *name, const graphene_rect_t *box)
{
  g_autofree char *letters = make_monogram (name);
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, letters);
  PangoFontDescription *font = pango_font_description_copy (
      pango_context_get_font_description (gtk_widget_get_pango_context (widget)));
  const GdkRGBA white = { 1, 1, 1, 0.92f };
  int width, height;

  pango_font_description_set_weight (font, PANGO_WEIGHT_BOLD);
  pango_font_description_set_absolute_size (font,
                                            0.34 * MIN (box->size.width, box->size.height) * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_layout_get_pixel_size (layout, &width, &height);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (box->origin.x + (box->size.width - (float)width) / 2,
                                                box->origin.y + (box->size.height - (float)height) / 2));
  gtk_snapshot_append_layout (snapshot, layout, &white);
  gtk_snapshot_restore (snapshot);
}

static void
append_icon (GtkSnapshot *snapshot, GtkWidget *widget, const char *name, const graphene_rect_t *box)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (widget));
  const int size = MAX (16, (int)(0.36f * MIN (box->size.width, box->size.height)));
  const GdkRGBA colours[]
      = { { 1, 1, 1, 0.92f }, { 1, 1, 1, 0.92f }, { 1, 1, 1, 0.92f }, { 1, 1, 1, 0.92f } };
  g_autoptr (GtkIconPaintable) icon
      = gtk_icon_theme_lookup_icon (theme, name, NULL, size, gtk_widget_get_scale_factor (widget),
                                    gtk_widget_get_direction (widget), GTK_ICON_LOOKUP_FORCE_SYMBOLIC);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot,
                          &GRAPHENE_POINT_INIT (box->origin.x + (box->size.width - (float)size) / 2,
                                                box->origin.y + (box->size.height - (float)size) / 2));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, size, size, colours,
                                            G_N_ELEMENTS (colours));
  gtk_snapshot_restore (snapshot);
}

void
am_placeholder_snapshot (GtkSnapshot *snapshot, GtkWidget *widget, AmLibraryItem *item,
                         const graphene_rect_t *box)
{
  Chance chance = { g_str_hash (am_library_item_get_name (item)) };

  append_ground (snapshot, item, box, &chance);
  append_discs (snapshot, box, &chance);
  if (am_library_item_get_state (item) == AM_ITEM_FAILED)
    append_icon (snapshot, widget, "dialog-warning-symbolic", box);
  else
    append_monogram (snapshot, widget, am_library_item_get_name (item), box);
}
