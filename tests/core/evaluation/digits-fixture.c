#include "digits-fixture.h"

#include "checkpoint/checkpoint.h"
#include "fixture-checkpoint.h"

char *
digits_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "core", "align", "digits", name, NULL);
}

AmVisionNetwork *
digits_open (const char *name)
{
  g_autofree char *path = digits_path (name);
  g_autoptr (GError) error = NULL;
  AmVisionNetwork *network = am_vision_network_open (path, NULL, NULL, &error);

  g_assert_no_error (error);
  return network;
}

static double *
read_numbers (AmCheckpoint *checkpoint, const char *name, gsize *n)
{
  const AmTensor *tensor = am_checkpoint_find (checkpoint, name, NULL);
  g_autofree guint8 *bytes = g_malloc (tensor->size);
  double *numbers = g_new (double, tensor->length);
  g_autoptr (GError) error = NULL;

  am_checkpoint_read_bytes (checkpoint, tensor, 0, tensor->size, bytes, &error);
  g_assert_no_error (error);
  for (guint64 i = 0; i < tensor->length; i++)
    numbers[i] = bytes[i];
  *n = tensor->length;
  return numbers;
}

AmDataset *
digits_data (const char *folder, const char *name, guint shift)
{
  g_autofree char *source = digits_path ("held-out.safetensors");
  g_autoptr (GError) error = NULL;
  g_autoptr (AmCheckpoint) checkpoint = am_checkpoint_open (source, &error);
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree double *pictures = NULL, *labels = NULL;
  g_autofree guint8 *bytes = NULL;
  g_autofree char *path = NULL;
  gsize n_pixels, n_labels;
  AmDataset *dataset;

  g_assert_no_error (error);
  pictures = read_numbers (checkpoint, "pictures", &n_pixels);
  labels = read_numbers (checkpoint, "labels", &n_labels);
  g_assert_cmpuint (n_labels, ==, N_DIGITS);
  for (gsize i = 0; i < n_pixels; i++)
    pictures[i] /= 16;
  bytes = g_malloc (n_labels);
  for (gsize i = 0; i < n_labels; i++)
    bytes[i] = (guint8)(labels[i] + shift);
  fixture_add_values (fixture, "images", AM_DTYPE_F32, "540,1,8,8", pictures);
  fixture_add_bytes (fixture, "labels", AM_DTYPE_U8, "540", bytes);
  path = fixture_write (fixture, folder, name);
  dataset = am_dataset_open (path, NULL, &error);
  g_assert_no_error (error);
  return dataset;
}
