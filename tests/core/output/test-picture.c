/* Pictures: scales, drawing, and text chunks of friendly and hostile PNG files. */
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>

#include "fixture-checkpoint.h"
#include "output/canvas.h"
#include "output/colour-scale.h"
#include "output/heat-map.h"
#include "output/picture.h"
#include "output/stroke-font.h"
#include "output/value-scale.h"

static const char *const columns[] = { "BASE", "IN00", "M00" };
static const char *const rows[] = { "conv", "norm" };
static const double values[] = { 0.0, 0.5, NAN, 0.25, INFINITY, 0.001 };

#define RECIPE "merge_method: weighted_sum\n# \xc3\xa4\xe6\xb7\xb7\n"

static void
write_map (const char *path, const char *recipe)
{
  AmHeatMap map = { "Title \xc3\xa9", "second line", "difference", 3, 2, columns, rows, values };
  g_autoptr (GError) error = NULL;

  am_heat_map_write_png (&map, path, recipe, &error);
  g_assert_no_error (error);
}

static void
test_linear_scale (void)
{
  const double even[] = { 0.0, NAN, 0.03, 0.17, INFINITY };
  g_autoptr (GArray) ticks = NULL;
  AmValueScale scale;

  am_value_scale_fit (&scale, even, G_N_ELEMENTS (even));
  g_assert_false (scale.is_logarithmic);
  g_assert_cmpfloat_with_epsilon (scale.high, 0.2, 1e-12);
  g_assert_cmpfloat_with_epsilon (am_value_scale_place (&scale, 0.05), 0.25, 1e-12);
  g_assert_cmpfloat (am_value_scale_place (&scale, INFINITY), ==, 1.0);
  ticks = am_value_scale_list_ticks (&scale);
  g_assert_cmpuint (ticks->len, ==, 5);
  g_assert_cmpfloat_with_epsilon (g_array_index (ticks, double, 4), 0.2, 1e-12);
}

static void
test_logarithmic_scale (void)
{
  const double uneven[] = { 0.0, 1e-9, 0.013, 0.9 };
  g_autoptr (GArray) ticks = NULL;
  AmValueScale scale;

  am_value_scale_fit (&scale, uneven, G_N_ELEMENTS (uneven));
  g_assert_true (scale.is_logarithmic);
  g_assert_cmpfloat_with_epsilon (scale.high, 1.0, 1e-12);
  g_assert_cmpfloat_with_epsilon (scale.low, 5e-5, 1e-12);
  g_assert_cmpfloat (am_value_scale_place (&scale, 0.0), ==, 0.0);
  g_assert_cmpfloat (am_value_scale_place (&scale, 1e-9), ==, 0.0);
  g_assert_cmpfloat (am_value_scale_place (&scale, 1.0), ==, 1.0);
  ticks = am_value_scale_list_ticks (&scale);
  for (guint i = 0; i < ticks->len; i++)
    g_assert_cmpfloat (g_array_index (ticks, double, i), >=, scale.low * 0.999);
  g_assert_cmpuint (ticks->len, ==, 5);
}

static void
test_scale_without_values (void)
{
  const double nothing[] = { 0.0, NAN };
  AmValueScale scale;

  am_value_scale_fit (&scale, nothing, G_N_ELEMENTS (nothing));
  g_assert_cmpfloat (am_value_scale_place (&scale, 0.0), ==, 0.0);
  g_assert_cmpfloat (scale.high, >, 0.0);
}

static void
test_percent (void)
{
  static const struct
  {
    double value;
    const char *text;
  } cases[]
      = { { 0.0, "0" },      { 1e-7, "<.01" }, { 0.0001, "0.01" }, { 0.00994, "0.99" }, { 0.00996, "1.0" },
          { 0.0994, "9.9" }, { 0.0996, "10" }, { 1.234, "123" },   { INFINITY, "inf" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = am_format_percent (cases[i].value);

      g_assert_cmpstr (text, ==, cases[i].text);
    }
}

static double
get_luminance (AmColour colour)
{
  return 0.2126 * pow (colour.r / 255.0, 2.2) + 0.7152 * pow (colour.g / 255.0, 2.2)
         + 0.0722 * pow (colour.b / 255.0, 2.2);
}

static void
test_colours_darken (void)
{
  for (guint i = 1; i <= 100; i++)
    g_assert_cmpfloat (get_luminance (am_colour_scale_get (i / 100.0)), <,
                       get_luminance (am_colour_scale_get ((i - 1) / 100.0)));
  g_assert_false (am_colour_is_dark (am_colour_scale_get (0.0)));
  g_assert_true (am_colour_is_dark (am_colour_scale_get (1.0)));
}

/* Every letter has strokes of its own, within the box that drawing looks at. */
static void
test_font (void)
{
  g_autoptr (GHashTable) seen
      = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);

  for (char c = 33; c < 127; c++)
    {
      g_autoptr (GArray) strokes = g_array_new (FALSE, FALSE, sizeof (AmStroke));
      double advance = am_stroke_font_get (c, strokes);

      g_assert_cmpuint (strokes->len, >, 0);
      g_assert_cmpfloat (advance, >, 0.0);
      for (guint i = 0; i < strokes->len; i++)
        {
          AmStroke stroke = g_array_index (strokes, AmStroke, i);

          g_assert_cmpfloat (MIN (stroke.x0, stroke.x1), >=, 0.0);
          g_assert_cmpfloat (MAX (stroke.x0, stroke.x1), <=, advance);
          g_assert_cmpfloat (MIN (stroke.y0, stroke.y1), >=, -AM_STROKE_DESCENT);
          g_assert_cmpfloat (MAX (stroke.y0, stroke.y1), <=, 9.0);
        }
      g_assert_true (g_hash_table_add (seen, g_bytes_new (strokes->data, strokes->len * sizeof (AmStroke))));
    }
}

static void
test_canvas_edges (void)
{
  const AmColour white = { 255, 255, 255 }, black = { 0, 0, 0 };
  g_autoptr (AmCanvas) canvas = am_canvas_new (20, 10, white);
  guint n_dark = 0;

  am_canvas_fill (canvas, -5, -5, 7, 7, black);
  am_canvas_fill (canvas, 18, 8, 100, 100, black);
  am_canvas_text (canvas, 10, 5, 8, AM_ALIGN_MIDDLE, TRUE, black, "far beyond the edges");
  for (guint i = 0; i < 20 * 10; i++)
    n_dark += canvas->pixels[3 * i] == 0;
  g_assert_cmpuint (n_dark, >=, 8);
  g_assert_cmpuint (n_dark, <, 200);
}

static void
test_text_travels (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "map.png", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  write_map (path, RECIPE);
  text = am_png_read_text (path, AM_PNG_RECIPE_KEYWORD, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, RECIPE);
  g_assert_null (am_png_read_text (path, "other", &error));
  g_assert_no_error (error);
  write_map (path, NULL);
  g_assert_null (am_png_read_text (path, AM_PNG_RECIPE_KEYWORD, &error));
  g_assert_no_error (error);
  fixture_remove_folder (folder);
}

static void
test_same_bytes (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *first = g_build_filename (folder, "first.png", NULL);
  g_autofree char *second = g_build_filename (folder, "second.png", NULL);
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  gsize size_a, size_b;

  write_map (first, RECIPE);
  write_map (second, RECIPE);
  g_assert_true (g_file_get_contents (first, &a, &size_a, NULL));
  g_assert_true (g_file_get_contents (second, &b, &size_b, NULL));
  g_assert_cmpmem (a, size_a, b, size_b);
  fixture_remove_folder (folder);
}

static void
test_errors (void)
{
  AmHeatMap map = { "Title", NULL, NULL, 3, 2, columns, rows, values };
  g_autoptr (GError) error = NULL;

  g_assert_false (am_heat_map_write_png (&map, "/nonexistent/map.png", NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  g_clear_error (&error);
  g_assert_null (am_png_read_text ("/nonexistent/map.png", "x", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (am_png_read_text ("/dev/null", "x", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
}

/* Four channels travel as they are, also where nothing of a pixel shows. */
static void
test_own_pixels (void)
{
  static const guint8 pixels[2 * 3 * 4]
      = { 255, 0, 0, 255, 1, 2, 3, 128, 9, 8, 7, 0, 0, 0, 0, 0, 10, 20, 30, 40, 50, 60, 70, 80 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "card.png", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  png_image image = { .version = PNG_IMAGE_VERSION };
  guint8 read[sizeof pixels];

  am_picture_write_png (3, 2, pixels, path, RECIPE, &error);
  g_assert_no_error (error);
  text = am_png_read_text (path, AM_PNG_RECIPE_KEYWORD, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (text, ==, RECIPE);
  g_assert_true (png_image_begin_read_from_file (&image, path));
  g_assert_cmpuint (image.width, ==, 3);
  g_assert_cmpuint (image.height, ==, 2);
  image.format = PNG_FORMAT_RGBA;
  g_assert_true (png_image_finish_read (&image, NULL, read, 0, NULL));
  g_assert_cmpmem (read, sizeof read, pixels, sizeof pixels);
  fixture_remove_folder (folder);
}

/* A picture that cannot be written leaves what was there. */
static void
test_own_pixels_errors (void)
{
  static const guint sizes[][2] = { { 0, 1 }, { 1, 0 }, { G_MAXUINT, 1 }, { 1u << 15, 1u << 15 } };
  const guint8 pixel[4] = { 1, 2, 3, 4 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "card.png", NULL);
  g_autofree char *nowhere = g_build_filename (folder, "missing", "card.png", NULL);
  g_autofree char *left = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "before", -1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_assert_false (am_picture_write_png (sizes[i][0], sizes[i][1], pixel, path, NULL, &error));
      g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
      g_assert_nonnull (strstr (error->message, path));
      g_clear_error (&error);
    }
  g_assert_true (g_file_get_contents (path, &left, NULL, NULL));
  g_assert_cmpstr (left, ==, "before");
  g_assert_false (am_picture_write_png (1, 1, pixel, nowhere, NULL, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  fixture_remove_folder (folder);
}

/* Whatever is wrong with the bytes, the answer is a text, none, or an error that names the file. */
static void
read_hostile (const char *path, const char *bytes, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_assert_true (g_file_set_contents (path, bytes, (gssize)size, NULL));
  text = am_png_read_text (path, AM_PNG_RECIPE_KEYWORD, &error);
  if (text != NULL)
    g_assert_no_error (error);
  if (error != NULL)
    {
      g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
      g_assert_nonnull (strstr (error->message, path));
    }
}

static void
test_hostile (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "hostile.png", NULL);
  g_autofree char *bytes = NULL;
  gsize size;

  write_map (path, RECIPE);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (gsize cut = 0; cut < 160; cut++)
    read_hostile (path, bytes, cut);
  for (gsize at = 0; at < 160; at++)
    {
      char before = bytes[at];

      bytes[at] = (char)(before ^ 0x81);
      read_hostile (path, bytes, size);
      bytes[at] = before;
    }
  fixture_remove_folder (folder);
}

/* One pixel with @text in a chunk of that compression, before or behind the pixel. */
static void
write_dot (const char *path, int compression, const char *text, gboolean is_behind)
{
  FILE *file = g_fopen (path, "wbe");
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (png);
  png_text chunk = { .compression = compression, .key = (char *)AM_PNG_RECIPE_KEYWORD, .text = (char *)text };
  guint8 pixel[3] = { 1, 2, 3 };

  png_init_io (png, file);
  png_set_IHDR (png, info, 1, 1, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                PNG_FILTER_TYPE_DEFAULT);
  if (!is_behind)
    png_set_text (png, info, &chunk, 1);
  png_write_info (png, info);
  png_write_row (png, pixel);
  if (is_behind)
    png_set_text (png, info, &chunk, 1);
  png_write_end (png, info);
  png_destroy_write_struct (&png, &info);
  fclose (file);
}

static void
test_foreign (void)
{
  static const int compressions[] = { PNG_TEXT_COMPRESSION_NONE, PNG_TEXT_COMPRESSION_zTXt,
                                      PNG_ITXT_COMPRESSION_NONE, PNG_ITXT_COMPRESSION_zTXt };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "dot.png", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (compressions); i++)
    for (guint is_behind = 0; is_behind < 2; is_behind++)
      {
        g_autoptr (GError) error = NULL;
        g_autofree char *text = NULL;

        write_dot (path, compressions[i], "merge_method: linear", is_behind);
        text = am_png_read_text (path, AM_PNG_RECIPE_KEYWORD, &error);
        g_assert_no_error (error);
        g_assert_cmpstr (text, ==, "merge_method: linear");
      }
  fixture_remove_folder (folder);
}

/* Kilobytes that unpack to more than the limit are not unpacked. */
static void
test_bomb (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "bomb.png", NULL);
  g_autofree char *huge = g_strnfill (20u << 20, 'a');
  g_autofree char *text = NULL;

  write_dot (path, PNG_ITXT_COMPRESSION_zTXt, huge, FALSE);
  text = am_png_read_text (path, AM_PNG_RECIPE_KEYWORD, NULL);
  g_assert_null (text);
  fixture_remove_folder (folder);
}

static void
test_not_utf8 (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "dot.png", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  write_dot (path, PNG_ITXT_COMPRESSION_NONE, "\xe4", FALSE);
  g_assert_null (am_png_read_text (path, AM_PNG_RECIPE_KEYWORD, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
  write_dot (path, PNG_TEXT_COMPRESSION_NONE, "\xe4", FALSE);
  text = am_png_read_text (path, AM_PNG_RECIPE_KEYWORD, NULL);
  g_assert_cmpstr (text, ==, "\xc3\xa4");
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture/scale/linear", test_linear_scale);
  g_test_add_func ("/picture/scale/logarithmic", test_logarithmic_scale);
  g_test_add_func ("/picture/scale/without-values", test_scale_without_values);
  g_test_add_func ("/picture/percent", test_percent);
  g_test_add_func ("/picture/colours-darken", test_colours_darken);
  g_test_add_func ("/picture/font", test_font);
  g_test_add_func ("/picture/canvas-edges", test_canvas_edges);
  g_test_add_func ("/picture/text/travels", test_text_travels);
  g_test_add_func ("/picture/same-bytes", test_same_bytes);
  g_test_add_func ("/picture/errors", test_errors);
  g_test_add_func ("/picture/own-pixels", test_own_pixels);
  g_test_add_func ("/picture/own-pixels/errors", test_own_pixels_errors);
  g_test_add_func ("/picture/text/hostile", test_hostile);
  g_test_add_func ("/picture/text/foreign", test_foreign);
  g_test_add_func ("/picture/text/bomb", test_bomb);
  g_test_add_func ("/picture/text/not-utf8", test_not_utf8);
  return g_test_run ();
}
