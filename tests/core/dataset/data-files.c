#include "data-files.h"

#include <png.h>
#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>
#include <jpeglib.h>

void
put_bytes (GByteArray *bytes, gconstpointer data, gsize size)
{
  g_byte_array_append (bytes, data, (guint)size);
}

void
put_be32 (GByteArray *bytes, guint32 value)
{
  const guint32 swapped = GUINT32_TO_BE (value);

  put_bytes (bytes, &swapped, sizeof swapped);
}

void
put_le (GByteArray *bytes, guint64 value, guint size)
{
  for (guint i = 0; i < size; i++, value >>= 8)
    {
      const guint8 byte = value & 0xff;

      put_bytes (bytes, &byte, 1);
    }
}

char *
write_bytes (GByteArray *bytes, const char *folder, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  /* Not waiting for the disk; what was there before would not be cut. */
  g_remove (path);
  g_file_set_contents_full (path, (const char *)bytes->data, bytes->len, G_FILE_SET_CONTENTS_NONE, 0600,
                            &error);
  g_assert_no_error (error);
  g_byte_array_unref (bytes);
  return g_steal_pointer (&path);
}

static void
keep_bytes (png_structp png, png_bytep data, png_size_t length)
{
  put_bytes (png_get_io_ptr (png), data, length);
}

static void
flush_nothing (png_structp png)
{
}

static void
write_png_rows (png_structp png, const guint8 *pixels, guint height, gsize stride, guint depth)
{
  const int n_passes = png_set_interlace_handling (png);
  g_autofree guint8 *row = g_malloc0 (stride * 2);

  for (int pass = 0; pass < n_passes; pass++)
    for (guint y = 0; y < height; y++)
      {
        /* The low byte of 16 bits is one that rounding would not ignore. */
        for (gsize i = 0; i < stride; i++)
          if (depth == 8)
            row[i] = pixels[y * stride + i];
          else
            {
              row[2 * i] = pixels[y * stride + i];
              row[2 * i + 1] = 0xf0;
            }
        png_write_row (png, row);
      }
}

static GByteArray *
encode_png (const guint8 *pixels, guint height, guint width, guint channels, guint depth, int colour_type,
            gboolean is_interlaced, const guint8 *palette, guint n_colours)
{
  GByteArray *bytes = g_byte_array_new ();
  png_structp png = png_create_write_struct (PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
  png_infop info = png_create_info_struct (png);

  png_set_write_fn (png, bytes, keep_bytes, flush_nothing);
  png_set_IHDR (png, info, width, height, (int)depth, colour_type,
                is_interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                PNG_FILTER_TYPE_DEFAULT);
  if (palette != NULL)
    png_set_PLTE (png, info, (png_const_colorp)(const void *)palette, (int)n_colours);
  png_write_info (png, info);
  write_png_rows (png, pixels, height, (gsize)width * channels, depth);
  png_write_end (png, info);
  png_destroy_write_struct (&png, &info);
  return bytes;
}

GByteArray *
make_png (const guint8 *pixels, guint height, guint width, guint channels, guint depth,
          gboolean is_interlaced)
{
  static const int types[]
      = { 0, PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB, PNG_COLOR_TYPE_RGB_ALPHA };

  return encode_png (pixels, height, width, channels, depth, types[channels], is_interlaced, NULL, 0);
}

GByteArray *
make_palette_png (const guint8 *pixels, guint height, guint width, const guint8 *palette, guint n_colours)
{
  return encode_png (pixels, height, width, 1, 8, PNG_COLOR_TYPE_PALETTE, FALSE, palette, n_colours);
}

GByteArray *
make_jpeg (const guint8 *pixels, guint height, guint width, guint channels, gboolean is_progressive)
{
  static const J_COLOR_SPACE spaces[] = { JCS_UNKNOWN, JCS_GRAYSCALE, JCS_UNKNOWN, JCS_RGB, JCS_CMYK };
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  unsigned char *out = NULL;
  unsigned long size = 0;
  GByteArray *bytes = g_byte_array_new ();

  jpeg.err = jpeg_std_error (&errors);
  jpeg_create_compress (&jpeg);
  jpeg_mem_dest (&jpeg, &out, &size);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = (int)channels;
  jpeg.in_color_space = spaces[channels];
  jpeg_set_defaults (&jpeg);
  jpeg_set_quality (&jpeg, 95, TRUE);
  if (is_progressive)
    jpeg_simple_progression (&jpeg);
  jpeg_start_compress (&jpeg, TRUE);
  while (jpeg.next_scanline < height)
    {
      JSAMPROW row = (JSAMPROW)pixels + (gsize)jpeg.next_scanline * width * channels;

      jpeg_write_scanlines (&jpeg, &row, 1);
    }
  jpeg_finish_compress (&jpeg);
  jpeg_destroy_compress (&jpeg);
  put_bytes (bytes, out, size);
  free (out);
  return bytes;
}

GByteArray *
make_idx (const guint8 *values, guint n_dims, const guint32 *shape)
{
  GByteArray *bytes = g_byte_array_new ();
  gsize n = 1;

  put_be32 (bytes, 0x800 | n_dims);
  for (guint i = 0; i < n_dims; i++)
    {
      put_be32 (bytes, shape[i]);
      n *= shape[i];
    }
  put_bytes (bytes, values, n);
  return bytes;
}

GByteArray *
make_npy (guint version, const char *dict, gconstpointer values, gsize size)
{
  GByteArray *bytes = g_byte_array_new ();

  put_bytes (bytes, "\x93NUMPY", 6);
  put_le (bytes, version, 2);
  put_le (bytes, strlen (dict), version == 1 ? 2 : 4);
  put_bytes (bytes, dict, strlen (dict));
  put_bytes (bytes, values, size);
  return bytes;
}

GByteArray *
compress_bytes (GByteArray *bytes, GZlibCompressorFormat format)
{
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (format, 6);
  const gsize most = bytes->len * 2 + 1024;
  g_autofree guint8 *out = g_malloc (most);
  GByteArray *compressed = g_byte_array_new ();
  gsize n_read, n_written;

  g_assert_cmpint (g_converter_convert (G_CONVERTER (compressor), bytes->data, bytes->len, out, most,
                                        G_CONVERTER_INPUT_AT_END, &n_read, &n_written, NULL),
                   ==, G_CONVERTER_FINISHED);
  put_bytes (compressed, out, n_written);
  g_byte_array_unref (bytes);
  return compressed;
}

/* What the local header and the directory have in common. */
static void
put_zip_fields (GByteArray *bytes, const char *name, guint compressed, guint size, gboolean is_deflated)
{
  put_le (bytes, 20, 2);
  put_le (bytes, 0, 2);
  put_le (bytes, is_deflated ? 8 : 0, 2);
  put_le (bytes, 0, 8);
  put_le (bytes, compressed, 4);
  put_le (bytes, size, 4);
  put_le (bytes, strlen (name), 2);
  put_le (bytes, 0, 2);
}

GByteArray *
make_zip (const char *const *names, GByteArray **members, guint n, gboolean is_deflated)
{
  GByteArray *bytes = g_byte_array_new ();
  g_autoptr (GByteArray) directory = g_byte_array_new ();

  for (guint i = 0; i < n; i++)
    {
      const guint size = members[i]->len, offset = bytes->len;
      g_autoptr (GByteArray) member
          = is_deflated ? compress_bytes (members[i], G_ZLIB_COMPRESSOR_FORMAT_RAW) : members[i];

      put_bytes (bytes, "PK\3\4", 4);
      put_zip_fields (bytes, names[i], member->len, size, is_deflated);
      put_bytes (bytes, names[i], strlen (names[i]));
      put_bytes (bytes, member->data, member->len);
      put_bytes (directory, "PK\1\2\24\0", 6);
      put_zip_fields (directory, names[i], member->len, size, is_deflated);
      put_le (directory, 0, 8);
      put_le (directory, 0, 2);
      put_le (directory, offset, 4);
      put_bytes (directory, names[i], strlen (names[i]));
    }
  put_bytes (directory, "PK\5\6\0\0\0\0", 8);
  put_le (directory, n, 2);
  put_le (directory, n, 2);
  put_le (directory, directory->len - 12, 4);
  put_le (directory, bytes->len, 4);
  put_le (directory, 0, 2);
  put_bytes (bytes, directory->data, directory->len);
  return bytes;
}

AmDataset *
open_data (const char *path, const char *preprocessing)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPreprocessing) loaded = am_preprocessing_load (preprocessing, &error);
  AmDataset *dataset;

  g_assert_no_error (error);
  dataset = am_dataset_open (path, loaded, &error);
  g_assert_no_error (error);
  return dataset;
}

/* Opens and reads everything. */
static gboolean
try_all (const char *path, GError **error)
{
  g_autoptr (AmDataset) dataset = am_dataset_open (path, NULL, error);
  g_autoptr (AmBatches) batches = NULL;
  g_autofree guint64 *chosen = NULL;
  g_autoptr (GError) failure = NULL;
  const float *values;
  const guint64 *samples;
  guint64 n;

  if (dataset == NULL)
    return FALSE;
  chosen = am_dataset_choose (dataset, 8, 0, &n);
  batches = am_batches_new (dataset, chosen, n, 3);
  while (am_batches_next (batches, &values, &samples, &failure) > 0)
    continue;
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}

void
check_refused (const char *path, AmError code, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (try_all (path, &error));
  g_assert_error (error, AM_ERROR, (int)code);
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” should say “%s”", error->message, part);
  if (!g_str_has_prefix (error->message, path))
    g_error ("“%s” should begin with “%s”", error->message, path);
}

float *
read_all (AmDataset *dataset)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint64 *chosen = NULL;
  guint64 n, height, width, channels;
  float *values;

  chosen = am_dataset_choose (dataset, 0, 0, &n);
  am_dataset_get_shape (dataset, &height, &width, &channels);
  values = g_new (float, n *height *width *channels);
  am_dataset_read (dataset, chosen, (guint)n, values, &error);
  g_assert_no_error (error);
  return values;
}

static void
try_damaged (const GByteArray *bytes, const char *folder, const char *name, const char *opened)
{
  for (guint i = 0; i < bytes->len; i += 1 + bytes->len / 50)
    {
      GByteArray *damaged = g_byte_array_new ();
      g_autofree char *path = NULL;
      g_autoptr (GError) error = NULL;

      put_bytes (damaged, bytes->data, bytes->len);
      damaged->data[i] ^= i % 3 == 0 ? 0xff : 0x10;
      path = write_bytes (damaged, folder, name);
      g_assert_true (try_all (opened != NULL ? opened : path, &error) == (error == NULL));
    }
}

void
check_cuts (GByteArray *bytes, const char *folder, const char *name, const char *opened,
            gboolean (*is_whole) (gsize size))
{
  const guint step = 1 + bytes->len / 50;

  for (guint size = 0; size < bytes->len; size += size < 40 || size + step >= bytes->len ? 1 : step)
    {
      GByteArray *cut = g_byte_array_new ();
      g_autofree char *path = NULL;
      g_autoptr (GError) error = NULL;

      if (is_whole != NULL && is_whole (size))
        continue;
      put_bytes (cut, bytes->data, size);
      path = write_bytes (cut, folder, name);
      if (try_all (opened != NULL ? opened : path, &error))
        g_error ("%s: %u of %u bytes are read without an error", name, size, bytes->len);
      if (strstr (error->message, name) == NULL)
        g_error ("“%s” should name %s", error->message, name);
    }
  try_damaged (bytes, folder, name, opened);
  g_byte_array_unref (bytes);
}
