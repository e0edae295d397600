/* Every format from bytes made here, whole and damaged. */
#include <math.h>
#include <string.h>

#include "data-files.h"
#include "fixture-checkpoint.h"

#define N 5
#define SIDE 4
#define PIXELS (SIDE * SIDE)
#define RECORD 3073

static const guint8 labels[N] = { 3, 0, 2, 2, 1 };

static void
fill (guint8 *values, gsize n)
{
  for (gsize i = 0; i < n; i++)
    values[i] = (guint8)(i * 71 + i / 13);
}

static void
check_labels (const AmDataset *dataset)
{
  g_assert_true (am_dataset_has_labels (dataset));
  g_assert_cmpuint (am_dataset_get_n_samples (dataset), ==, N);
  g_assert_cmpuint (am_dataset_get_n_classes (dataset), ==, 4);
  for (guint i = 0; i < N; i++)
    g_assert_cmpuint (am_dataset_get_label (dataset, i), ==, labels[i]);
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

/* @stored: [N][channels][PIXELS]; what is read must be those over @scale, channels last. */
static void
check_values (AmDataset *dataset, const guint8 *stored, guint channels, double scale)
{
  g_autofree float *values = read_all (dataset);

  for (guint i = 0; i < N; i++)
    for (guint p = 0; p < PIXELS; p++)
      for (guint c = 0; c < channels; c++)
        g_assert_cmpfloat (values[(i * PIXELS + p) * channels + c], ==,
                           (float)(stored[(i * channels + c) * PIXELS + p] / scale));
}

static void
test_idx (void)
{
  static const guint32 shape[] = { N, SIDE, SIDE };
  g_autofree char *folder = fixture_new_folder ();
  guint8 pixels[N * PIXELS];

  fill (pixels, sizeof pixels);
  for (guint i = 0; i < 4; i++)
    {
      g_autofree char *sub = g_strdup_printf ("%s/%u", folder, i);
      GByteArray *images = make_idx (pixels, 3, shape), *numbers = make_idx (labels, 1, shape);
      g_autofree char *path = NULL, *labels_path = NULL;
      g_autoptr (AmDataset) dataset = NULL, by_folder = NULL;

      if (i & 1)
        images = compress_bytes (images, G_ZLIB_COMPRESSOR_FORMAT_GZIP);
      if (i & 2)
        numbers = compress_bytes (numbers, G_ZLIB_COMPRESSOR_FORMAT_GZIP);
      path = write_bytes (images, sub, i & 1 ? "t10k-images-idx3-ubyte.gz" : "t10k-images-idx3-ubyte");
      labels_path
          = write_bytes (numbers, sub, i & 2 ? "t10k-labels-idx1-ubyte.gz" : "t10k-labels-idx1-ubyte");
      dataset = open_data (path, "none");
      by_folder = open_data (sub, "none");
      g_assert_cmpstr (am_dataset_get_kind (by_folder), ==, "IDX");
      check_labels (dataset);
      check_labels (by_folder);
      check_shape (dataset, SIDE, SIDE, 1);
      check_values (dataset, pixels, 1, 255);
      check_refused (labels_path, AM_ERROR_UNSUPPORTED, "these are labels");
    }
  fixture_remove_folder (folder);
}

static void
test_idx_errors (void)
{
  static const guint32 shape[] = { N, SIDE, SIDE }, fewer[] = { N - 1 };
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *cut = g_build_filename (folder, "cut", NULL);
  g_autofree char *sets = g_build_filename (folder, "sets", NULL);
  g_autofree char *path = NULL, *number_path = NULL, *train = NULL, *test = NULL;
  guint8 pixels[N * PIXELS];

  fill (pixels, sizeof pixels);
  check_cuts (make_idx (pixels, 3, shape), cut, "images-idx3-ubyte", NULL, NULL);
  check_cuts (compress_bytes (make_idx (pixels, 3, shape), G_ZLIB_COMPRESSOR_FORMAT_GZIP), cut, "a.gz", NULL,
              NULL);
  path = write_bytes (make_idx (pixels, 3, shape), folder, "images-idx3-ubyte");
  number_path = write_bytes (make_idx (labels, 1, fewer), folder, "labels-idx1-ubyte");
  {
    g_autoptr (GError) error = NULL;
    g_autoptr (AmDataset) dataset = am_dataset_open (path, NULL, &error);

    g_assert_null (dataset);
    g_assert_error (error, AM_ERROR, AM_ERROR_CORRUPT);
    g_assert_nonnull (strstr (error->message, "4 labels, but 5 pictures"));
    g_assert_nonnull (strstr (error->message, number_path));
    g_assert_nonnull (strstr (error->message, path));
  }
  train = write_bytes (make_idx (pixels, 3, shape), sets, "train-images-idx3-ubyte");
  test = write_bytes (make_idx (pixels, 3, shape), sets, "t10k-images-idx3-ubyte");
  check_refused (sets, AM_ERROR_UNSUPPORTED, train);
  check_refused (sets, AM_ERROR_UNSUPPORTED, test);
  fixture_remove_folder (folder);
}

/* A header that promises more than there is must not make anyone take that much memory. */
static void
test_bomb (void)
{
  static const guint32 nothing[] = { 0 };
  g_autofree char *folder = fixture_new_folder ();
  GByteArray *bytes = make_idx (NULL, 1, nothing);
  g_autofree char *path = NULL;

  bytes->len = 0;
  put_be32 (bytes, 0x803);
  for (guint i = 0; i < 3; i++)
    put_be32 (bytes, 0x7fff);
  put_be32 (bytes, 0);
  path = write_bytes (compress_bytes (bytes, G_ZLIB_COMPRESSOR_FORMAT_GZIP), folder, "bomb.gz");
  check_refused (path, AM_ERROR_CORRUPT, "incomplete or damaged");
  fixture_remove_folder (folder);
}

static GByteArray *
make_cifar (guint first, guint n, guint n_label_bytes)
{
  GByteArray *bytes = g_byte_array_new ();
  guint8 pixels[RECORD - 1];

  for (guint i = first; i < first + n; i++)
    {
      memset (pixels, (int)i, sizeof pixels);
      pixels[1024] = 200;
      if (n_label_bytes == 2)
        put_bytes (bytes, "\4", 1);
      put_bytes (bytes, &labels[i], 1);
      put_bytes (bytes, pixels, sizeof pixels);
    }
  return bytes;
}

static void
check_cifar (AmDataset *dataset, const char *kind)
{
  g_autofree float *values = read_all (dataset);

  check_labels (dataset);
  check_shape (dataset, 32, 32, 3);
  g_assert_cmpstr (am_dataset_get_kind (dataset), ==, kind);
  for (guint i = 0; i < N; i++)
    {
      g_assert_cmpfloat (values[i * 3072], ==, (float)i);
      g_assert_cmpfloat (values[i * 3072 + 1], ==, 200);
      g_assert_cmpfloat (values[i * 3072 + 2], ==, (float)i);
      g_assert_cmpfloat (values[i * 3072 + 4], ==, (float)i);
    }
}

static void
test_cifar (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *ten = g_build_filename (folder, "ten", NULL);
  g_autofree char *yaml = NULL, *one = NULL, *two = NULL, *names = NULL, *test = NULL, *hundred = NULL;
  g_autoptr (AmDataset) batches = NULL, fine = NULL;
  GByteArray *text = g_byte_array_new (), *scale = g_byte_array_new ();

  put_bytes (scale, "scale: 1", 8);
  yaml = write_bytes (scale, folder, "scale.yaml");
  put_bytes (text, "airplane\nautomobile\nbird\ncat\n\n", 31);
  one = write_bytes (make_cifar (0, 2, 1), ten, "data_batch_1.bin");
  two = write_bytes (make_cifar (2, 3, 1), ten, "data_batch_2.bin");
  test = write_bytes (make_cifar (0, 1, 1), ten, "test_batch.bin");
  names = write_bytes (text, ten, "batches.meta.txt");
  hundred = write_bytes (make_cifar (0, N, 2), folder, "train.bin");
  batches = open_data (ten, yaml);
  fine = open_data (hundred, yaml);
  check_cifar (batches, "CIFAR-10");
  check_cifar (fine, "CIFAR-100");
  g_assert_cmpstr (am_dataset_get_class_name (batches, 3), ==, "cat");
  g_assert_null (am_dataset_get_class_name (batches, 4));
  g_assert_null (am_dataset_get_class_name (fine, 0));
  g_assert_cmpstr (am_dataset_get_file (batches, 1), ==, one);
  g_assert_cmpstr (am_dataset_get_file (batches, 2), ==, two);
  fixture_remove_folder (folder);
}

static gboolean
is_whole_record (gsize size)
{
  return size > 0 && size % RECORD == 0;
}

static void
test_cifar_errors (void)
{
  g_autofree char *folder = fixture_new_folder ();
  GByteArray *bad = make_cifar (0, 3, 1), *pickled = g_byte_array_new ();
  g_autofree char *path = NULL, *python = NULL, *other = g_build_filename (folder, "python", NULL);

  check_cuts (make_cifar (0, 2, 1), folder, "test_batch.bin", NULL, is_whole_record);
  bad->data[RECORD] = 10;
  path = write_bytes (bad, folder, "test_batch.bin");
  check_refused (path, AM_ERROR_CORRUPT, "record 1 has the label 10");
  put_bytes (pickled, "\x80\4.", 3);
  python = write_bytes (pickled, other, "data_batch_1");
  check_refused (other, AM_ERROR_UNSUPPORTED, "binary version");
  fixture_remove_folder (folder);
}

static GByteArray *
make_npy_pixels (const char *descr, gconstpointer values, gsize size, const char *shape, guint version)
{
  g_autofree char *dict
      = g_strdup_printf ("{'descr': '%s', 'fortran_order': False, 'shape': %s, }          \n", descr, shape);

  return make_npy (version, dict, values, size);
}

#define IMAGE_SHAPE "(5, 3, 4, 4)"

static void
test_npy (void)
{
  g_autofree char *folder = fixture_new_folder ();
  guint8 pixels[N * 3 * PIXELS];
  gint64 numbers[N];

  fill (pixels, sizeof pixels);
  for (guint i = 0; i < N; i++)
    numbers[i] = GINT64_TO_LE (labels[i]);
  for (guint version = 1; version <= 3; version++)
    {
      static const char *const label_names[]
          = { "train-images_labels.npy", "train-labels.npy", "labels.npy" };
      g_autofree char *sub = g_strdup_printf ("%s/%u", folder, version);
      g_autofree char *path = write_bytes (
          make_npy_pixels ("|u1", pixels, sizeof pixels, IMAGE_SHAPE, version), sub, "train-images.npy");
      g_autofree char *labels_path = write_bytes (
          make_npy_pixels ("<i8", numbers, sizeof numbers, version == 1 ? "(5,)" : "(5L, 1)", version), sub,
          label_names[version - 1]);
      g_autoptr (AmDataset) dataset = open_data (path, "none");

      check_labels (dataset);
      check_shape (dataset, SIDE, SIDE, 3);
      check_values (dataset, pixels, 3, 255);
    }
  fixture_remove_folder (folder);
}

/* The same small numbers in every type, and channels last. */
static void
test_npy_types (void)
{
  static const struct
  {
    const char *descr;
    guint8 bytes[8]; /* of 3 */
    guint size;
  } cases[] = {
    { "|b1", { 1 }, 1 },
    { "|i1", { 3 }, 1 },
    { "<i2", { 3 }, 2 },
    { ">i2", { 0, 3 }, 2 },
    { "<u2", { 3 }, 2 },
    { "<u4", { 3 }, 4 },
    { ">i4", { 0, 0, 0, 3 }, 4 },
    { "<u8", { 3 }, 8 },
    { "<f2", { 0x00, 0x42 }, 2 },
    { "<f4", { 0, 0, 0x40, 0x40 }, 4 },
    { ">f4", { 0x40, 0x40, 0, 0 }, 4 },
    { "<f8", { 0, 0, 0, 0, 0, 0, 0x08, 0x40 }, 8 },
  };
  g_autofree char *folder = fixture_new_folder ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 values[6 * 8] = { 0 };
      g_autofree char *path = NULL;
      g_autofree float *read = NULL;
      g_autoptr (AmDataset) dataset = NULL;

      memcpy (values + cases[i].size, cases[i].bytes, cases[i].size);
      path = write_bytes (make_npy_pixels (cases[i].descr, values, 6 * cases[i].size, "(1, 2, 1, 3)", 1),
                          folder, "x.npy");
      dataset = open_data (path, "none");
      check_shape (dataset, 2, 1, 3);
      read = read_all (dataset);
      g_assert_cmpfloat (read[0], ==, 0);
      g_assert_cmpfloat (read[1], ==, i == 0 ? 1 : 3);
      g_assert_cmpfloat (read[2], ==, 0);
    }
  fixture_remove_folder (folder);
}

static void
test_npy_errors (void)
{
  static const struct
  {
    const char *dict;
    AmError code;
    const char *part;
  } cases[] = {
    { "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", AM_ERROR_UNSUPPORTED, "Fortran order" },
    { "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }", AM_ERROR_UNSUPPORTED, "|O" },
    { "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3), }", AM_ERROR_UNSUPPORTED,
      "a record" },
    { "{'descr': '<c8', 'fortran_order': False, 'shape': (2, 3), }", AM_ERROR_UNSUPPORTED, "<c8" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (6,), }", AM_ERROR_UNSUPPORTED, "1 axes" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (), }", AM_ERROR_CORRUPT, "promises" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)} x", AM_ERROR_CORRUPT, "after the dict" },
    { "{'descr': '|u1', 'fortran_order': False, }", AM_ERROR_CORRUPT, "missing" },
    { "{'descr': '|u1', 'descr': '|u1', 'shape': (2, 3)}", AM_ERROR_CORRUPT, "there twice" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (2, -3)}", AM_ERROR_CORRUPT, "no number" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 99999999999999999999)}", AM_ERROR_CORRUPT, "" },
    { "{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}", AM_ERROR_CORRUPT,
      "counted" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 1, 1, 1, 1, 1, 1, 1)}", AM_ERROR_CORRUPT,
      "axes" },
    { "{'descr': '|u1', 'fortran_order': 0, 'shape': (2, 3)}", AM_ERROR_CORRUPT, "order" },
    { "['descr']", AM_ERROR_CORRUPT, "dict" },
    { "{'descr': '|u1", AM_ERROR_CORRUPT, "type" },
    { "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 3)}", AM_ERROR_CORRUPT, "promises" },
  };
  g_autofree char *folder = fixture_new_folder ();
  guint8 pixels[N * 3 * PIXELS];

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_bytes (make_npy (1, cases[i].dict, "abcdef", 6), folder, "x.npy");

      check_refused (path, cases[i].code, cases[i].part);
    }
  fill (pixels, sizeof pixels);
  check_cuts (make_npy_pixels ("|u1", pixels, sizeof pixels, IMAGE_SHAPE, 1), folder, "a.npy", NULL, NULL);
  fixture_remove_folder (folder);
}

static GByteArray *
make_npz (const guint8 *pixels, const char *images, const char *numbers, gboolean is_deflated)
{
  const char *names[] = { "notes.npy", images, numbers };
  GByteArray *members[] = {
    make_npy_pixels ("<f8", pixels, 8, "(1,)", 1),
    make_npy_pixels ("|u1", pixels, N * 3 * PIXELS, IMAGE_SHAPE, 1),
    make_npy_pixels ("|u1", labels, N, "(5,)", 2),
  };

  return make_zip (names, members, 3, is_deflated);
}

static void
test_npz (void)
{
  static const char *const names[][2] = {
    { "images.npy", "labels.npy" },
    { "x_train.npy", "y_train.npy" },
    { "data.npy", "target.npy" },
    { "x_test.npy", "y_test.npy" },
  };
  g_autofree char *folder = fixture_new_folder ();
  guint8 pixels[N * 3 * PIXELS];

  fill (pixels, sizeof pixels);
  for (guint i = 0; i < 2 * G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path
          = write_bytes (make_npz (pixels, names[i / 2][0], names[i / 2][1], i % 2), folder, "a.npz");
      g_autoptr (AmDataset) dataset = open_data (path, "none");

      check_labels (dataset);
      check_values (dataset, pixels, 3, 255);
    }
  for (gint is_deflated = 0; is_deflated < 2; is_deflated++)
    check_cuts (make_npz (pixels, "images.npy", "labels.npy", is_deflated), folder, "cut.npz", NULL, NULL);
  {
    g_autofree char *path
        = write_bytes (make_npz (pixels, "weights.npy", "labels.npy", FALSE), folder, "b.npz");

    check_refused (path, AM_ERROR_UNSUPPORTED, "images, pictures, x");
  }
  fixture_remove_folder (folder);
}

static void
test_tensors (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) fixture = fixture_new (), vectors = fixture_new ();
  g_autofree char *path = NULL, *vector_path = NULL, *bytes = NULL;
  g_autoptr (AmDataset) dataset = NULL, features = NULL;
  g_autofree float *values = NULL;
  guint8 pixels[N * 3 * PIXELS];
  double numbers[N * 2];
  gsize size;

  fill (pixels, sizeof pixels);
  for (guint i = 0; i < N * 2; i++)
    numbers[i] = i - 3.5;
  fixture_add_bytes (fixture, "images", AM_DTYPE_U8, "5,3,4,4", pixels);
  fixture_add_bytes (fixture, "labels", AM_DTYPE_U8, "5", labels);
  path = fixture_write (fixture, folder, "a.safetensors");
  dataset = open_data (path, "none");
  check_labels (dataset);
  check_shape (dataset, SIDE, SIDE, 3);
  check_values (dataset, pixels, 3, 255);
  fixture_add_values (vectors, "x", AM_DTYPE_F32, "5,2", numbers);
  vector_path = fixture_write (vectors, folder, "b.safetensors");
  features = open_data (vector_path, "mnist");
  check_shape (features, 1, 1, 2);
  g_assert_false (am_dataset_has_labels (features));
  g_assert_cmpuint (am_dataset_get_n_classes (features), ==, 0);
  values = read_all (features);
  for (guint i = 0; i < N * 2; i++)
    g_assert_cmpfloat (values[i], ==, (float)((numbers[i] - 0.1307) / 0.3081));
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  check_cuts (g_byte_array_new_take ((guint8 *)g_steal_pointer (&bytes), size), folder, "cut.safetensors",
              NULL, NULL);
  fixture_remove_folder (folder);
}

static void
check_tensors (const char *images, const char *shape, AmDtype dtype, gconstpointer values,
               const char *labels_shape, AmDtype labels_dtype, gconstpointer numbers, AmError code,
               const char *part)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;

  fixture_add_bytes (fixture, images, dtype, shape, values);
  fixture_add_bytes (fixture, "labels", labels_dtype, labels_shape, numbers);
  path = fixture_write (fixture, folder, "a.safetensors");
  check_refused (path, code, part);
  fixture_remove_folder (folder);
}

static void
test_tensor_errors (void)
{
  static const guint8 two[] = { 0, 1, 2, 3 };
  static const gint32 negative[] = { 0, -1 };
  static const guint64 large[] = { G_MAXUINT64, 1 };
  const float nan[] = { 1, 2, 3, NAN }, infinite[] = { INFINITY, 2, 3, 4 };

  check_tensors ("a", "2,2", AM_DTYPE_U8, two, "2", AM_DTYPE_U8, two, AM_ERROR_UNSUPPORTED, "no pictures");
  check_tensors ("x", "2,2", AM_DTYPE_U8, two, "3", AM_DTYPE_U8, two, AM_ERROR_CORRUPT, "3 labels, but 2");
  check_tensors ("x", "2,2", AM_DTYPE_U8, two, "2", AM_DTYPE_I32, negative, AM_ERROR_CORRUPT,
                 "sample 1 has the label -1");
  check_tensors ("x", "2,2", AM_DTYPE_U8, two, "2", AM_DTYPE_U64, large, AM_ERROR_CORRUPT,
                 "sample 0 has the label");
  check_tensors ("x", "2,2", AM_DTYPE_U8, two, "2", AM_DTYPE_F32, nan, AM_ERROR_UNSUPPORTED, "one integer");
  check_tensors ("x", "2,2", AM_DTYPE_U8, two, "2,2", AM_DTYPE_U8, two, AM_ERROR_UNSUPPORTED, "one integer");
  check_tensors ("x", "4", AM_DTYPE_U8, two, "2", AM_DTYPE_U8, two, AM_ERROR_UNSUPPORTED, "1 axes");
  check_tensors ("x", "0,2", AM_DTYPE_U8, two, "2", AM_DTYPE_U8, two, AM_ERROR_MISMATCH, "no samples");
  check_tensors ("x", "2,2", AM_DTYPE_F32, nan, "2", AM_DTYPE_U8, two, AM_ERROR_CORRUPT,
                 "sample 1 has values that are not finite");
  check_tensors ("x", "2,2", AM_DTYPE_F32, infinite, "2", AM_DTYPE_U8, two, AM_ERROR_CORRUPT, "sample 0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data-formats/idx", test_idx);
  g_test_add_func ("/data-formats/idx-errors", test_idx_errors);
  g_test_add_func ("/data-formats/bomb", test_bomb);
  g_test_add_func ("/data-formats/cifar", test_cifar);
  g_test_add_func ("/data-formats/cifar-errors", test_cifar_errors);
  g_test_add_func ("/data-formats/npy", test_npy);
  g_test_add_func ("/data-formats/npy-types", test_npy_types);
  g_test_add_func ("/data-formats/npy-errors", test_npy_errors);
  g_test_add_func ("/data-formats/npz", test_npz);
  g_test_add_func ("/data-formats/tensors", test_tensors);
  g_test_add_func ("/data-formats/tensor-errors", test_tensor_errors);
  return g_test_run ();
}
