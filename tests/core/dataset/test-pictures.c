/* Decoding, resizing and cropping of pictures. Numbers of resized ones are Pillow's. */
#include <math.h>
#include <string.h>

#include "data-files.h"
#include "dataset/picture.h"
#include "fixture-checkpoint.h"

#define HEIGHT 9
#define WIDTH 12

/* Noise with a white and a black block. */
static void
paint (guint8 pixels[HEIGHT][WIDTH][3])
{
  for (guint y = 0; y < HEIGHT; y++)
    for (guint x = 0; x < WIDTH; x++)
      for (guint c = 0; c < 3; c++)
        pixels[y][x][c]
            = x >= 4 && x < 8 && y < 6 ? (y < 3 ? 0 : 255) : (guint8)(y * 37 + x * 61 + c * 101 + x * y * 7);
}

static void
load (GByteArray *bytes, const char *folder, const char *name, AmPicture *picture)
{
  g_autofree char *path = write_bytes (bytes, folder, name);
  g_autoptr (GError) error = NULL;

  am_picture_load (path, picture, &error);
  g_assert_no_error (error);
}

/* Of each pixel with @n_in channels the first @n_kept stay. */
static void
check_pixels (const AmPicture *picture, const guint8 *pixels, guint n_in, guint n_kept)
{
  g_assert_cmpuint (picture->height, ==, HEIGHT);
  g_assert_cmpuint (picture->width, ==, WIDTH);
  g_assert_cmpuint (picture->channels, ==, n_kept);
  for (guint i = 0; i < HEIGHT * WIDTH; i++)
    g_assert_cmpmem (picture->pixels + i * n_kept, n_kept, pixels + i * n_in, n_kept);
}

static void
test_png (void)
{
  g_autofree char *folder = fixture_new_folder ();
  guint8 pixels[HEIGHT * WIDTH * 4];

  for (guint i = 0; i < sizeof pixels; i++)
    pixels[i] = (guint8)(i * 89 + i / 7);
  for (guint channels = 1; channels <= 4; channels++)
    for (guint depth = 8; depth <= 16; depth += 8)
      for (gint is_interlaced = 0; is_interlaced < 2; is_interlaced++)
        {
          g_auto (AmPicture) picture = { 0 };

          load (make_png (pixels, HEIGHT, WIDTH, channels, depth, is_interlaced), folder, "a.png", &picture);
          check_pixels (&picture, pixels, channels, channels < 3 ? 1 : 3);
        }
  fixture_remove_folder (folder);
}

static void
test_palette (void)
{
  static const guint8 palette[] = { 1, 2, 3, 40, 50, 60, 255, 0, 255 };
  g_autofree char *folder = fixture_new_folder ();
  g_auto (AmPicture) picture = { 0 };
  guint8 numbers[HEIGHT * WIDTH];

  for (guint i = 0; i < sizeof numbers; i++)
    numbers[i] = (guint8)(i % 3);
  load (make_palette_png (numbers, HEIGHT, WIDTH, palette, 3), folder, "a.png", &picture);
  g_assert_cmpuint (picture.channels, ==, 3);
  for (guint i = 0; i < sizeof numbers; i++)
    g_assert_cmpmem (picture.pixels + 3 * i, 3, palette + 3 * numbers[i], 3);
  fixture_remove_folder (folder);
}

static void
test_jpeg (void)
{
  g_autofree char *folder = fixture_new_folder ();
  guint8 pixels[32 * 24 * 3];

  for (guint channels = 1; channels <= 3; channels += 2)
    for (gint is_progressive = 0; is_progressive < 2; is_progressive++)
      {
        g_auto (AmPicture) picture = { 0 };

        for (guint i = 0; i < 32 * 24; i++)
          for (guint c = 0; c < channels; c++)
            pixels[i * channels + c] = (guint8)(40 + i % 24 * 4 + i / 24 * 2 + 20 * c);
        load (make_jpeg (pixels, 32, 24, channels, is_progressive), folder, "a.jpg", &picture);
        g_assert_cmpuint (picture.height, ==, 32);
        g_assert_cmpuint (picture.width, ==, 24);
        g_assert_cmpuint (picture.channels, ==, channels);
        for (guint i = 0; i < 32 * 24 * channels; i++)
          g_assert_cmpint (ABS ((gint)picture.pixels[i] - (gint)pixels[i]), <=, 6);
      }
  fixture_remove_folder (folder);
}

static void
test_cmyk (void)
{
  g_autofree char *folder = fixture_new_folder ();
  const guint8 pixels[16 * 16 * 4] = { 0 };
  g_autofree char *path = write_bytes (make_jpeg (pixels, 16, 16, 4, FALSE), folder, "ink.jpg");
  g_auto (AmPicture) picture = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_false (am_picture_load (path, &picture, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, "CMYK"));
  fixture_remove_folder (folder);
}

/* A picture of which only the header is there, with more pixels than memory. */
static void
test_giant (void)
{
  g_autofree char *folder = fixture_new_folder ();
  GByteArray *bytes = g_byte_array_new ();
  g_autofree char *path = NULL;
  g_auto (AmPicture) picture = { 0 };
  g_autoptr (GError) error = NULL;

  put_bytes (bytes, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16);
  put_be32 (bytes, 100000);
  put_be32 (bytes, 100000);
  put_bytes (bytes, "\10\2\0\0\0", 5);
  put_be32 (bytes, 0x27309c9f);
  put_be32 (bytes, 0);
  put_bytes (bytes, "IDAT\x35\xaf\x06\x1e", 8);
  path = write_bytes (bytes, folder, "giant.png");
  g_assert_false (am_picture_load (path, &picture, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "100000 x 100000"));
  g_assert_null (picture.pixels);
  fixture_remove_folder (folder);
}

static void
check_resized (const guint8 *pixels, gsize height, gsize width, gsize channels, gsize to_height,
               gsize to_width, AmInterpolation interpolation, const guint8 *expected)
{
  g_auto (AmPicture) picture = { .height = height,
                                 .width = width,
                                 .channels = channels,
                                 .pixels = g_memdup2 (pixels, height * width * channels) };

  am_picture_resize (&picture, to_height, to_width, interpolation);
  g_assert_cmpuint (picture.height, ==, to_height);
  g_assert_cmpuint (picture.width, ==, to_width);
  g_assert_cmpmem (picture.pixels, to_height * to_width * channels, expected,
                   to_height * to_width * channels);
}

static void
test_shrink (void)
{
  static const guint8 expected[3][3 * 4 * 3] = {
    { 105, 206, 51,  0,  0,   0,   0,   0,   0,  205, 50, 151, 237, 82,  183, 255, 255, 255,
      255, 255, 255, 14, 115, 216, 113, 214, 59, 187, 32, 133, 5,   106, 207, 79,  180, 25 },
    { 114, 143, 116, 74,  54,  74,  71,  61,  60,  130, 123, 116, 135, 129, 124, 183, 180, 180,
      190, 174, 181, 127, 121, 123, 109, 118, 131, 150, 143, 143, 127, 145, 138, 137, 122, 115 },
    { 115, 148, 119, 65,  44,  66,  63,  51,  49,  133, 129, 121, 131, 127, 118, 191, 188, 191,
      199, 183, 191, 126, 117, 118, 108, 111, 134, 150, 145, 141, 127, 145, 134, 135, 121, 116 },
  };
  guint8 pixels[HEIGHT][WIDTH][3];

  paint (pixels);
  for (guint i = 0; i < 3; i++)
    check_resized (&pixels[0][0][0], HEIGHT, WIDTH, 3, 3, 4, (AmInterpolation)i, expected[i]);
}

static void
test_enlarge (void)
{
  static const guint8 small[] = { 122, 183, 0, 0, 173, 241, 0, 0, 224, 43, 0, 0 };
  static const guint8 expected[3][7 * 6] = {
    { 122, 183, 183, 0,   0,   0,   122, 183, 183, 0,   0,  0,  173, 241, 241, 0,   0,  0,  173, 241, 241,
      0,   0,   0,   173, 241, 241, 0,   0,   0,   224, 43, 43, 0,   0,   0,   224, 43, 43, 0,   0,   0 },
    { 122, 153, 152, 31,  0,   0,   129, 161, 159, 32,  0,   0,  151, 184, 180, 36,  0,   0,  173, 207, 201,
      40,  0,   0,   195, 176, 130, 26,  0,   0,   217, 144, 60, 12,  0,   0,   224, 134, 36, 7,   0,   0 },
    { 113, 155, 160, 22,  0,   0,   122, 167, 171, 24,  0,   0,  142, 199, 206, 29,  0,   0, 169, 219, 216,
      30,  0,   0,   202, 189, 136, 19,  0,   0,   230, 149, 45, 6,   0,   0,   242, 134, 9, 0,   0,   0 },
  };

  for (guint i = 0; i < 3; i++)
    check_resized (small, 3, 4, 1, 7, 6, (AmInterpolation)i, expected[i]);
}

/* Where torchvision's CenterCrop begins, by the length of the side and of the crop: half to even, and when it
 * pads, the odd pixel behind. */
static void
test_crop (void)
{
  static const struct
  {
    gsize length, side;
    gint start;
  } cases[] = { { 7, 4, 2 }, { 5, 4, 0 }, { 9, 4, 2 }, { 11, 4, 4 },
                { 8, 4, 2 }, { 4, 4, 0 }, { 3, 4, 0 }, { 3, 6, -1 } };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const gsize length = cases[i].length, side = cases[i].side;
      g_auto (AmPicture) picture
          = { .height = length, .width = length, .channels = 1, .pixels = g_malloc (length * length) };

      for (gsize pixel = 0; pixel < length * length; pixel++)
        picture.pixels[pixel] = (guint8)(1 + pixel / length * 16 + pixel % length);
      am_picture_crop (&picture, side);
      g_assert_cmpuint (picture.height, ==, side);
      for (gint y = 0; y < (gint)side; y++)
        for (gint x = 0; x < (gint)side; x++)
          {
            const gint from_y = y + cases[i].start, from_x = x + cases[i].start;
            const gboolean is_inside
                = from_y >= 0 && from_x >= 0 && from_y < (gint)length && from_x < (gint)length;

            g_assert_cmpuint (picture.pixels[y * (gint)side + x], ==,
                              is_inside ? 1 + from_y * 16 + from_x : 0);
          }
    }
}

/* The shorter side as asked, the longer one rounded down. */
static void
test_measure (void)
{
  g_autoptr (AmPreprocessing) torchvision = am_preprocessing_load ("torchvision", NULL);
  gsize height = 375, width = 500;

  torchvision->crop = 0;
  am_preprocessing_measure (torchvision, &height, &width);
  g_assert_cmpuint (height, ==, 256);
  g_assert_cmpuint (width, ==, 341);
  height = 1000, width = 333;
  am_preprocessing_measure (torchvision, &height, &width);
  g_assert_cmpuint (height, ==, 768);
  g_assert_cmpuint (width, ==, 256);
  torchvision->crop = 224;
  am_preprocessing_measure (torchvision, &height, &width);
  g_assert_cmpuint (height, ==, 224);
  g_assert_cmpuint (width, ==, 224);
}

static void
test_channels (void)
{
  static const guint8 grey[] = { 82, 114, 175, 86 };
  g_auto (AmPicture) picture = { .height = 1, .width = 4, .channels = 3, .pixels = g_malloc (12) };
  guint8 pixels[HEIGHT][WIDTH][3];

  paint (pixels);
  memcpy (picture.pixels, pixels, 12);
  g_assert_true (am_picture_set_channels (&picture, 1));
  g_assert_cmpmem (picture.pixels, 4, grey, 4);
  g_assert_true (am_picture_set_channels (&picture, 3));
  for (guint i = 0; i < 12; i++)
    g_assert_cmpuint (picture.pixels[i], ==, grey[i / 3]);
  g_assert_false (am_picture_set_channels (&picture, 4));
}

/* So thin that what it is resized to could not be held. */
static void
test_thin (void)
{
  g_autoptr (AmPreprocessing) clip = am_preprocessing_load ("clip", NULL);
  g_auto (AmPicture) picture
      = { .height = 1, .width = 1 << 20, .channels = 3, .pixels = g_malloc0 (3 << 20) };
  g_autoptr (GError) error = NULL;

  g_assert_false (am_picture_fit (&picture, clip, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_UNSUPPORTED);
}

static void
test_cuts (void)
{
  g_autofree char *folder = fixture_new_folder ();
  guint8 pixels[HEIGHT][WIDTH][3];

  g_autofree char *png = g_build_filename (folder, "png", NULL);
  g_autofree char *jpeg = g_build_filename (folder, "jpeg", NULL);
  g_autofree char *progressive = g_build_filename (folder, "progressive", NULL);

  paint (pixels);
  check_cuts (make_png (&pixels[0][0][0], HEIGHT, WIDTH, 3, 8, TRUE), png, "a.png", png, NULL);
  check_cuts (make_jpeg (&pixels[0][0][0], HEIGHT, WIDTH, 3, FALSE), jpeg, "a.jpg", jpeg, NULL);
  check_cuts (make_jpeg (&pixels[0][0][0], HEIGHT, WIDTH, 3, TRUE), progressive, "a.jpg", progressive, NULL);
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pictures/png", test_png);
  g_test_add_func ("/pictures/palette", test_palette);
  g_test_add_func ("/pictures/jpeg", test_jpeg);
  g_test_add_func ("/pictures/cmyk", test_cmyk);
  g_test_add_func ("/pictures/giant", test_giant);
  g_test_add_func ("/pictures/shrink", test_shrink);
  g_test_add_func ("/pictures/enlarge", test_enlarge);
  g_test_add_func ("/pictures/crop", test_crop);
  g_test_add_func ("/pictures/measure", test_measure);
  g_test_add_func ("/pictures/channels", test_channels);
  g_test_add_func ("/pictures/thin", test_thin);
  g_test_add_func ("/pictures/cuts", test_cuts);
  return g_test_run ();
}
