/* What holds for data sets of any format: folders, preprocessing, choosing, batches, digests. */
#include <string.h>

#include <unistd.h>

#include <glib/gstdio.h>

#include "data-files.h"
#include "fixture-checkpoint.h"

/* A picture of one grey or colour, enlarged to @size x @size. */
static char *
paint (const char *folder, const char *name, guint channels, guint size, guint8 level)
{
  g_autofree guint8 *pixels = g_malloc (size * size * channels);

  memset (pixels, level, size * size * channels);
  return write_bytes (make_png (pixels, size, size, channels, 8, FALSE), folder, name);
}

static char *
write_text (const char *folder, const char *name, const char *text)
{
  GByteArray *bytes = g_byte_array_new ();

  put_bytes (bytes, text, strlen (text));
  return write_bytes (bytes, folder, name);
}

static void
check_shape (const AmDataset *dataset, guint64 height, guint64 width, guint64 channels)
{
  guint64 shape[3];

  am_dataset_get_shape (dataset, &shape[0], &shape[1], &shape[2]);
  g_assert_cmpuint (shape[0], ==, height);
  g_assert_cmpuint (shape[1], ==, width);
  g_assert_cmpuint (shape[2], ==, channels);
}

/* As ImageFolder lists them: class names as bytes, below each the folders by their whole paths. */
static void
test_folder (void)
{
  static const char *const names[]
      = { "B/2.png", "B/a.png", "a/0.PNG", "a/b/1.png", "a/b-c/4.png", "a-b/3.png" };
  static const guint8 expected_labels[] = { 0, 0, 1, 1, 1, 2 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *notes = write_text (folder, "README.txt", "pictures"),
                  *more = write_text (folder, "a/x.txt", "x");
  g_autofree char *hidden = write_text (folder, "a/.hidden.png", "x");
  g_autoptr (AmDataset) dataset = NULL;
  g_autofree float *values = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_free (paint (folder, names[i], i % 2 ? 3 : 1, 2, (guint8)(i * 51)));
  dataset = open_data (folder, "none");
  check_shape (dataset, 2, 2, 3);
  g_assert_cmpuint (am_dataset_get_n_samples (dataset), ==, 6);
  g_assert_cmpuint (am_dataset_get_n_classes (dataset), ==, 3);
  g_assert_cmpstr (am_dataset_get_class_name (dataset, 0), ==, "B");
  g_assert_cmpstr (am_dataset_get_class_name (dataset, 1), ==, "a");
  g_assert_cmpstr (am_dataset_get_class_name (dataset, 2), ==, "a-b");
  values = read_all (dataset);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_true (g_str_has_suffix (am_dataset_get_file (dataset, i), names[i]));
      g_assert_cmpuint (am_dataset_get_label (dataset, i), ==, expected_labels[i]);
      g_assert_cmpfloat (values[12 * i], ==, (float)(i * 51 / 255.0));
    }
  fixture_remove_folder (folder);
}

static void
test_plain_folder (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (AmDataset) dataset = NULL, grey = NULL;

  g_free (paint (folder, "1.png", 3, 4, 1));
  g_free (paint (folder, "2.png", 3, 4, 1));
  dataset = open_data (folder, "none");
  grey = open_data (folder, "mnist");
  g_assert_false (am_dataset_has_labels (dataset));
  g_assert_cmpuint (am_dataset_get_n_classes (dataset), ==, 0);
  check_shape (dataset, 4, 4, 3);
  check_shape (grey, 4, 4, 1);
  fixture_remove_folder (folder);
}

static void
test_folder_errors (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *empty = g_build_filename (folder, "one/empty", NULL);
  g_autofree char *one = g_build_filename (folder, "one", NULL),
                  *two = g_build_filename (folder, "two", NULL);
  g_autofree char *three = g_build_filename (folder, "three", NULL),
                  *four = g_build_filename (folder, "four", NULL);
  g_autofree char *missing = g_build_filename (folder, "missing", NULL);
  g_autofree char *stray = NULL, *other = NULL, *fake = NULL, *loop = NULL;

  check_refused (missing, AM_ERROR_NOT_FOUND, "");
  check_refused (folder, AM_ERROR_UNSUPPORTED, "nothing to read");
  g_free (paint (one, "full/1.png", 1, 2, 9));
  g_assert_cmpint (g_mkdir (empty, 0700), ==, 0);
  {
    g_autoptr (GError) error = NULL;
    g_autoptr (AmDataset) dataset = am_dataset_open (one, NULL, &error);

    g_assert_null (dataset);
    g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
    g_assert_true (g_str_has_prefix (error->message, empty));
  }
  g_free (paint (two, "train/1.png", 1, 2, 9));
  g_free (paint (two, "val/1.png", 1, 2, 9));
  check_refused (two, AM_ERROR_UNSUPPORTED, "sets, not classes");
  g_free (paint (three, "cat/1.png", 1, 2, 9));
  stray = paint (three, "1.png", 1, 2, 9);
  check_refused (three, AM_ERROR_MISMATCH, "beside folders of classes");
  g_assert_cmpint (g_remove (stray), ==, 0);
  other = write_text (three, "cat/2.webp", "RIFF");
  check_refused (three, AM_ERROR_UNSUPPORTED, "convert it to PNG or JPEG");
  g_assert_cmpint (g_remove (other), ==, 0);
  fake = write_text (three, "cat/0.jpg", "no picture");
  check_refused (three, AM_ERROR_CORRUPT, "neither a PNG nor a JPEG");
  loop = g_build_filename (four, "cat", NULL);
  g_assert_cmpint (g_mkdir (four, 0700), ==, 0);
  g_assert_cmpint (symlink (four, loop), ==, 0);
  check_refused (four, AM_ERROR_UNSUPPORTED, "inside each other");
  g_assert_cmpint (g_remove (loop), ==, 0);
  fixture_remove_folder (folder);
}

static void
test_sizes (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *data = g_build_filename (folder, "data", NULL);
  g_autofree char *yaml = write_text (folder, "fit.yaml", "size: 3\ncrop: 4\n");
  g_autofree char *odd = NULL;
  g_autoptr (AmDataset) dataset = NULL;

  g_free (paint (data, "1.png", 3, 4, 1));
  odd = paint (data, "2.png", 3, 5, 1);
  {
    g_autoptr (GError) error = NULL;
    g_autoptr (AmDataset) unfit = open_data (data, "none");
    const guint64 samples[] = { 0, 1 };
    float values[2 * 4 * 4 * 3];

    g_assert_false (am_dataset_read (unfit, samples, 2, values, &error));
    g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
    g_assert_true (g_str_has_prefix (error->message, odd));
    g_assert_nonnull (strstr (error->message, "5 x 5 pixels where others have 4 x 4"));
  }
  dataset = open_data (data, yaml);
  check_shape (dataset, 4, 4, 3);
  g_free (read_all (dataset));
  fixture_remove_folder (folder);
}

/* Whichever sample fails first by its place is what the error names, with any number of threads. */
static void
test_first_error (void)
{
  g_autofree char *folder = fixture_new_folder ();
  guint64 samples[40];
  g_autofree float *values = g_new (float, 40 * 3);
  g_autoptr (AmDataset) dataset = NULL;

  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *name = g_strdup_printf ("%02u.png", i);

      g_free (i % 10 == 7 ? write_text (folder, name, "no picture") : paint (folder, name, 1, 1, 0));
      samples[i] = i;
    }
  dataset = open_data (folder, "none");
  for (guint run = 0; run < 50; run++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (am_dataset_read (dataset, samples, 40, values, &error));
      g_assert_nonnull (strstr (error->message, "/07.png"));
    }
  fixture_remove_folder (folder);
}

/* N vectors of one feature, which is the sample's number. */
static char *
write_numbers (const char *folder, guint n, const guint8 *labels)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree double *values = g_new (double, n);
  g_autofree char *shape = g_strdup_printf ("%u,1", n), *label_shape = g_strdup_printf ("%u", n);

  for (guint i = 0; i < n; i++)
    values[i] = i;
  fixture_add_values (fixture, "images", AM_DTYPE_F32, shape, values);
  if (labels != NULL)
    fixture_add_bytes (fixture, "labels", AM_DTYPE_U8, label_shape, labels);
  return fixture_write (fixture, folder, "numbers.safetensors");
}

static void
test_choose (void)
{
  g_autofree char *folder = fixture_new_folder ();
  guint8 labels[100];
  guint counts[3] = { 0 };
  g_autofree char *path = NULL;
  g_autoptr (AmDataset) dataset = NULL;
  g_autofree guint64 *all = NULL, *some = NULL, *again = NULL, *other = NULL;
  guint64 n;

  for (guint i = 0; i < 100; i++)
    labels[i] = i < 60 ? 2 : i < 90 ? 0 : 1;
  path = write_numbers (folder, 100, labels);
  dataset = open_data (path, "none");
  all = am_dataset_choose (dataset, 0, 5, &n);
  g_assert_cmpuint (n, ==, 100);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpuint (all[i], ==, i);
  g_free (am_dataset_choose (dataset, 1000, 5, &n));
  g_assert_cmpuint (n, ==, 100);
  some = am_dataset_choose (dataset, 11, 5, &n);
  g_assert_cmpuint (n, ==, 11);
  for (guint i = 0; i < 11; i++)
    {
      counts[labels[some[i]]]++;
      if (i > 0)
        g_assert_cmpuint (some[i], >, some[i - 1]);
    }
  /* Shares of 3.3, 1.1 and 6.6: the last has most left over. */
  g_assert_cmpuint (counts[0], ==, 3);
  g_assert_cmpuint (counts[1], ==, 1);
  g_assert_cmpuint (counts[2], ==, 7);
  again = am_dataset_choose (dataset, 11, 5, &n);
  g_assert_cmpmem (some, 11 * sizeof *some, again, 11 * sizeof *again);
  other = am_dataset_choose (dataset, 11, 6, &n);
  g_assert_cmpint (memcmp (some, other, 11 * sizeof *some), !=, 0);
  fixture_remove_folder (folder);
}

/* The same on every machine: the six lowest of draws that another program made. */
static void
test_choose_fixed (void)
{
  static const guint64 expected[] = { 7, 10, 19, 37, 41, 43 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = write_numbers (folder, 50, NULL);
  g_autoptr (AmDataset) dataset = open_data (path, "none");
  guint64 n;
  g_autofree guint64 *chosen = am_dataset_choose (dataset, G_N_ELEMENTS (expected), 42, &n);

  g_assert_cmpmem (chosen, n * sizeof *chosen, expected, sizeof expected);
  fixture_remove_folder (folder);
}

static void
test_check_classes (void)
{
  static const guint8 labels[] = { 0, 1, 4, 2 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = write_numbers (folder, 4, labels);
  g_autoptr (AmDataset) dataset = open_data (path, "none");
  g_autoptr (GError) error = NULL;

  g_assert_true (am_dataset_check_classes (dataset, 5, &error));
  g_assert_no_error (error);
  g_assert_false (am_dataset_check_classes (dataset, 4, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_assert_nonnull (strstr (error->message, "sample 2 has the label 4"));
  fixture_remove_folder (folder);
}

static void
test_batches (void)
{
  static const guint sizes[] = { 1, 3, 10, 100 };
  const guint64 wanted[] = { 7, 0, 0, 9, 3, 2, 8, 1, 7, 5 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = write_numbers (folder, 10, NULL);
  g_autoptr (AmDataset) dataset = open_data (path, "none");

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (AmBatches) batches = am_batches_new (dataset, wanted, 10, sizes[i]);
      g_autoptr (GError) error = NULL;
      const float *values;
      const guint64 *samples;
      guint n, done = 0;

      while ((n = am_batches_next (batches, &values, &samples, &error)) > 0)
        for (guint k = 0; k < n; k++, done++)
          {
            g_assert_cmpuint (samples[k], ==, wanted[done]);
            g_assert_cmpfloat (values[k], ==, (float)wanted[done]);
          }
      g_assert_no_error (error);
      g_assert_cmpuint (done, ==, 10);
      g_assert_cmpuint (am_batches_next (batches, &values, &samples, &error), ==, 0);
      g_assert_no_error (error);
    }
  fixture_remove_folder (folder);
}

/* Left at any point, and with nothing to do. */
static void
test_batches_stop (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = write_numbers (folder, 10, NULL);
  g_autoptr (AmDataset) dataset = open_data (path, "none");
  const guint64 wanted[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
  const float *values;
  const guint64 *samples;
  g_autoptr (AmBatches) empty = am_batches_new (dataset, NULL, 0, 4);
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (am_batches_next (empty, &values, &samples, &error), ==, 0);
  g_assert_no_error (error);
  for (guint run = 0; run < 120; run++)
    {
      g_autoptr (AmBatches) batches = am_batches_new (dataset, wanted, 10, 2);

      for (guint i = 0; i < run % 6; i++)
        am_batches_next (batches, &values, &samples, NULL);
    }
  fixture_remove_folder (folder);
}

/* What is sound before the bad sample is handed over first. */
static void
test_batches_error (void)
{
  g_autofree char *folder = fixture_new_folder ();
  const guint64 wanted[] = { 0, 1, 2, 3, 4, 5 };
  const float *values;
  const guint64 *samples;
  g_autoptr (AmDataset) dataset = NULL;
  g_autoptr (AmBatches) batches = NULL;

  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.png", i);

      g_free (i == 4 ? write_text (folder, name, "") : paint (folder, name, 1, 1, 0));
    }
  dataset = open_data (folder, "none");
  batches = am_batches_new (dataset, wanted, 6, 2);
  g_assert_cmpuint (am_batches_next (batches, &values, &samples, NULL), ==, 2);
  g_assert_cmpuint (am_batches_next (batches, &values, &samples, NULL), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_cmpuint (am_batches_next (batches, &values, &samples, &error), ==, 0);
      g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
      g_assert_nonnull (strstr (error->message, "4.png: the picture is empty"));
    }
  fixture_remove_folder (folder);
}

static char *
digest (const char *path)
{
  g_autoptr (AmDataset) dataset = open_data (path, "none");
  g_autoptr (GError) error = NULL;
  char *result = am_dataset_get_digest (dataset, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (strlen (result), ==, 64);
  return result;
}

static void
test_digest (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = g_build_filename (folder, "a", NULL), *b = g_build_filename (folder, "b/", NULL);
  g_autofree char *file = write_numbers (folder, 3, NULL), *bytes = NULL, *expected = NULL, *of_file = NULL;
  g_autofree char *of_a = NULL, *of_b = NULL, *changed = NULL, *moved = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (file, &bytes, &size, NULL));
  expected = g_compute_checksum_for_string (G_CHECKSUM_SHA256, bytes, (gssize)size);
  of_file = digest (file);
  g_assert_cmpstr (of_file, ==, expected);
  g_free (paint (a, "cat/1.png", 3, 4, 1));
  g_free (paint (b, "cat/1.png", 3, 4, 1));
  of_a = digest (a);
  of_b = digest (b);
  g_assert_cmpstr (of_a, ==, of_b);
  g_free (paint (a, "cat/1.png", 3, 4, 2));
  changed = digest (a);
  g_assert_cmpstr (of_a, !=, changed);
  g_free (paint (b, "dog/1.png", 3, 4, 1));
  moved = digest (b);
  g_assert_cmpstr (of_b, !=, moved);
  fixture_remove_folder (folder);
}

/* Numbers are neither resized nor divided unless a file names scale; pixels are both. */
static void
test_numbers (void)
{
  static const guint8 pixels[] = { 51, 102, 153, 204 };
  const float numbers[] = { 8, 16, 24, 32 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *plain
      = write_text (folder, "plain.yaml", "size: [1, 1]\ninterpolation: nearest\nmean: 8\nstd: 2\n");
  g_autofree char *scaled = write_text (folder, "scaled.yaml", "scale: 8\nmean: 1\n");
  g_autoptr (Fixture) fixture = fixture_new (), other = fixture_new ();
  g_autofree char *number_path = NULL, *pixel_path = NULL;
  g_autoptr (AmDataset) a = NULL, b = NULL, c = NULL, d = NULL;
  g_autofree float *of_a = NULL, *of_b = NULL, *of_c = NULL, *of_d = NULL;

  fixture_add_bytes (fixture, "images", AM_DTYPE_F32, "1,1,2,2", numbers);
  fixture_add_bytes (other, "images", AM_DTYPE_U8, "1,2,2", pixels);
  number_path = fixture_write (fixture, folder, "numbers.safetensors");
  pixel_path = fixture_write (other, folder, "pixels.safetensors");
  a = open_data (number_path, plain);
  b = open_data (number_path, scaled);
  c = open_data (pixel_path, plain);
  d = open_data (number_path, "torchvision");
  check_shape (a, 2, 2, 1);
  check_shape (c, 1, 1, 1);
  check_shape (d, 2, 2, 3);
  of_a = read_all (a);
  of_b = read_all (b);
  of_c = read_all (c);
  of_d = read_all (d);
  g_assert_cmpfloat (of_a[3], ==, 12);
  g_assert_cmpfloat (of_b[3], ==, 3);
  g_assert_cmpfloat (of_c[0], ==, (float)((204 / 255.0 - 8) / 2));
  g_assert_cmpfloat (of_d[1], ==, (float)((8 - 0.456) / 0.224));
  fixture_remove_folder (folder);
}

static void
test_channel_mismatch (void)
{
  const guint8 pixels[4] = { 0 };
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (AmPreprocessing) clip = am_preprocessing_load ("clip", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (AmDataset) dataset = NULL;
  g_autofree char *path = NULL;

  fixture_add_bytes (fixture, "images", AM_DTYPE_U8, "1,4,1,1", pixels);
  path = fixture_write (fixture, folder, "a.safetensors");
  /* One channel, last. */
  dataset = am_dataset_open (path, NULL, NULL);
  check_shape (dataset, 4, 1, 1);
  g_clear_pointer (&dataset, am_dataset_free);
  fixture_free (g_steal_pointer (&fixture));
  fixture = fixture_new ();
  fixture_add_bytes (fixture, "images", AM_DTYPE_U8, "1,2,1,2", pixels);
  g_free (path);
  path = fixture_write (fixture, folder, "b.safetensors");
  dataset = am_dataset_open (path, clip, &error);
  g_assert_null (dataset);
  g_assert_error (error, AM_ERROR, AM_ERROR_MISMATCH);
  g_assert_nonnull (strstr (error->message, "2 channels, but the preprocessing “clip” is for 3"));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dataset/folder", test_folder);
  g_test_add_func ("/dataset/plain-folder", test_plain_folder);
  g_test_add_func ("/dataset/folder-errors", test_folder_errors);
  g_test_add_func ("/dataset/sizes", test_sizes);
  g_test_add_func ("/dataset/first-error", test_first_error);
  g_test_add_func ("/dataset/choose", test_choose);
  g_test_add_func ("/dataset/choose-fixed", test_choose_fixed);
  g_test_add_func ("/dataset/check-classes", test_check_classes);
  g_test_add_func ("/dataset/batches", test_batches);
  g_test_add_func ("/dataset/batches-stop", test_batches_stop);
  g_test_add_func ("/dataset/batches-error", test_batches_error);
  g_test_add_func ("/dataset/digest", test_digest);
  g_test_add_func ("/dataset/numbers", test_numbers);
  g_test_add_func ("/dataset/channel-mismatch", test_channel_mismatch);
  return g_test_run ();
}
