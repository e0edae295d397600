#include <string.h>

#include "data-files.h"
#include "fixture-checkpoint.h"

static AmPreprocessing *
load_text (const char *text, const char *folder, GError **error)
{
  GByteArray *bytes = g_byte_array_new ();
  g_autofree char *path = NULL;

  put_bytes (bytes, text, strlen (text));
  path = write_bytes (bytes, folder, "preprocessing.yaml");
  return am_preprocessing_load (path, error);
}

static void
test_built_in (void)
{
  static const char *const expected[] = { "none", "torchvision", "clip", "vit", "cifar10", "mnist", NULL };
  g_autoptr (AmPreprocessing) clip = am_preprocessing_load ("clip", NULL);
  g_autoptr (AmPreprocessing) none = am_preprocessing_load ("none", NULL);

  g_assert_true (g_strv_equal (am_preprocessing_list (), expected));
  for (guint i = 0; expected[i] != NULL; i++)
    {
      g_autoptr (AmPreprocessing) preprocessing = am_preprocessing_load (expected[i], NULL);

      g_assert_cmpstr (preprocessing->name, ==, expected[i]);
    }
  g_assert_cmpuint (clip->resize, ==, 224);
  g_assert_cmpuint (clip->crop, ==, 224);
  g_assert_cmpint (clip->interpolation, ==, AM_INTERPOLATE_BICUBIC);
  g_assert_cmpfloat (clip->std[2], ==, 0.27577711);
  g_assert_cmpuint (none->n_channels, ==, 0);
  g_assert_cmpfloat (none->scale, ==, 255);
}

static void
test_file (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPreprocessing) all = load_text (
      "size: [20, 30]\ncrop: 16\ninterpolation: nearest\nscale: 16\nmean: [0.1, 0.2, 0.3]\nstd: 0.5\n",
      folder, &error);
  g_autoptr (AmPreprocessing) grey = load_text ("channels: 1\n", folder, NULL);
  g_autoptr (AmPreprocessing) spread = load_text ("mean: 0.5\nchannels: 3\nsize: 12\n", folder, NULL);

  g_assert_no_error (error);
  g_assert_cmpuint (all->resize_height, ==, 20);
  g_assert_cmpuint (all->resize_width, ==, 30);
  g_assert_cmpuint (all->resize, ==, 0);
  g_assert_cmpuint (all->crop, ==, 16);
  g_assert_cmpint (all->interpolation, ==, AM_INTERPOLATE_NEAREST);
  g_assert_cmpfloat (all->scale, ==, 16);
  g_assert_true (all->scales_numbers);
  g_assert_cmpuint (all->n_channels, ==, 3);
  g_assert_cmpfloat (all->mean[2], ==, 0.3);
  g_assert_cmpfloat (all->std[2], ==, 0.5);
  g_assert_cmpuint (grey->n_channels, ==, 1);
  g_assert_cmpfloat (grey->std[0], ==, 1);
  g_assert_false (grey->scales_numbers);
  g_assert_cmpuint (spread->n_channels, ==, 3);
  g_assert_cmpuint (spread->resize, ==, 12);
  g_assert_cmpfloat (spread->mean[2], ==, 0.5);
  fixture_remove_folder (folder);
}

/* What is written reads back to the same. */
static void
test_round_trip (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autoptr (AmPreprocessing) file = load_text ("size: [3, 4]\nscale: 0.1\nmean: 0.7\n", folder, NULL);

  for (guint i = 0; i <= g_strv_length ((char **)am_preprocessing_list ()); i++)
    {
      const char *name = am_preprocessing_list ()[i];
      g_autoptr (AmPreprocessing) first
          = name != NULL ? am_preprocessing_load (name, NULL) : am_preprocessing_copy (file);
      g_autofree char *text = am_preprocessing_to_yaml (first);
      g_autoptr (AmPreprocessing) second = load_text (text, folder, NULL);
      g_autofree char *again = am_preprocessing_to_yaml (second);

      g_assert_cmpstr (text, ==, again);
      g_assert_cmpuint (first->resize, ==, second->resize);
      g_assert_cmpuint (first->resize_width, ==, second->resize_width);
      g_assert_cmpfloat (first->scale, ==, second->scale);
      g_assert_cmpint (first->scales_numbers, ==, second->scales_numbers);
      g_assert_cmpuint (first->n_channels, ==, second->n_channels);
      for (guint c = 0; c < first->n_channels; c++)
        {
          g_assert_cmpfloat (first->mean[c], ==, second->mean[c]);
          g_assert_cmpfloat (first->std[c], ==, second->std[c]);
        }
    }
  fixture_remove_folder (folder);
}

static void
test_errors (void)
{
  static const struct
  {
    const char *text, *part;
  } cases[] = {
    { "size: 8\nsise: 9\n", "yaml:2:1: unknown key “sise”; did you mean 'size'?" },
    { "size: 0\n", "yaml:1:7: “size” counts pixels" },
    { "size: 1.5\n", "whole number" },
    { "size: [1, 2, 3]\n", "[height, width]" },
    { "size: 9000\n", "8192" },
    { "crop: wide\n", "needs a number" },
    { "interpolation: bilinaer\n", "did you mean 'bilinear'?" },
    { "interpolation: [bilinear]\n", "is nearest, bilinear or bicubic" },
    { "scale: 0\n", "above 0" },
    { "std: [1, 0, 1]\n", "above 0" },
    { "std: [1, -1, 1]\n", "above 0" },
    { "mean: [1, 2]\n", "list of three" },
    { "mean: [1, 2, x]\n", "yaml:1:14: “mean” needs a number" },
    { "mean: .nan\n", "needs a number" },
    { "channels: 2\n", "1 for grey or 3 for colours" },
    { "channels: 1\nmean: [1, 2, 3]\n", "“channels” is 1" },
    { "- size\n", "one map of keys" },
    { "", "one map of keys" },
    { "size: 8\n---\nsize: 9\n", "one map of keys" },
    { "size: 8\nsize: 9\n", "size" },
    { "size: [\n", "yaml" },
  };
  g_autofree char *folder = fixture_new_folder ();

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (AmPreprocessing) preprocessing = load_text (cases[i].text, folder, &error);

      g_assert_null (preprocessing);
      g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
      if (strstr (error->message, cases[i].part) == NULL)
        g_error ("“%s” should say “%s”", error->message, cases[i].part);
    }
  fixture_remove_folder (folder);
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AmPreprocessing) preprocessing = am_preprocessing_load ("clop", &error);

  g_assert_null (preprocessing);
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "did you mean 'clip'?"));
  g_assert_nonnull (strstr (error->message, "none, torchvision, clip, vit, cifar10, mnist"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preprocessing/built-in", test_built_in);
  g_test_add_func ("/preprocessing/file", test_file);
  g_test_add_func ("/preprocessing/round-trip", test_round_trip);
  g_test_add_func ("/preprocessing/errors", test_errors);
  g_test_add_func ("/preprocessing/unknown", test_unknown);
  return g_test_run ();
}
