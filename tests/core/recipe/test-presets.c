#include <math.h>
#include <string.h>

#include "fixture-checkpoint.h"
#include "recipe/presets.h"

typedef struct
{
  const char *id;
  double values[26];
} PresetNumbers;

#include "preset-numbers.h"

static void
check_numbers (const PresetNumbers *expected, guint n, guint n_blocks)
{
  for (guint i = 0; i < n; i++)
    {
      double values[26];
      gint preset = am_preset_find (expected[i].id);

      g_test_message ("%s, %u blocks", expected[i].id, n_blocks);
      g_assert_cmpint (preset, >=, 0);
      g_assert_true (am_preset_fill ((guint)preset, n_blocks, values));
      for (guint j = 0; j <= n_blocks; j++)
        g_assert_cmpfloat_with_epsilon (values[j], expected[i].values[j], 1e-11);
    }
}

static void
test_numbers (void)
{
  check_numbers (sd1_presets, G_N_ELEMENTS (sd1_presets), 25);
  check_numbers (sdxl_presets, G_N_ELEMENTS (sdxl_presets), 19);
}

/* Every preset is in one of the tables, and none has a form beyond them. */
static void
test_complete (void)
{
  guint n_sd1 = 0, n_sdxl = 0;

  for (guint i = 0; i < am_preset_get_count (); i++)
    {
      double values[26];

      n_sd1 += am_preset_fill (i, 25, values);
      n_sdxl += am_preset_fill (i, 19, values);
      g_assert_false (am_preset_fill (i, 26, values));
      g_assert_cmpstr (am_preset_get (i)->summary, !=, "");
      g_assert_cmpint (am_preset_find (am_preset_get (i)->id), ==, (gint)i);
    }
  g_assert_cmpuint (n_sd1, ==, G_N_ELEMENTS (sd1_presets));
  g_assert_cmpuint (n_sdxl, ==, G_N_ELEMENTS (sdxl_presets));
}

static void
check_same (const char *spelling, const char *id)
{
  g_assert_cmpint (am_preset_find (spelling), >=, 0);
  g_assert_cmpstr (am_preset_get ((guint)am_preset_find (spelling))->id, ==, id);
}

static void
test_spellings (void)
{
  g_autoptr (GError) error = NULL;

  check_same ("grad_v", "GRAD_V");
  check_same ("REVERSE_SMOOTHSTEP", "REVERSE-SMOOTHSTEP");
  check_same ("2SMOOTHSTEP", "SMOOTHSTEP*2");
  check_same ("4R_SMOOTHSTEP", "R_SMOOTHSTEP*4");
  check_same ("HALF_R_SMOOTHSTEP", "R_SMOOTHSTEP/2");
  check_same ("one_third_smoothstep", "SMOOTHSTEP/3");
  check_same ("ONE_FOURTH_SMOOTHSTEP", "SMOOTHSTEP/4");
  g_assert_cmpint (am_preset_find ("GRAD"), ==, -1);
  g_assert_cmpint (am_preset_find (""), ==, -1);
  g_assert_cmpint (am_preset_fail ("GRAD_W", &error), ==, -1);
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  g_assert_nonnull (strstr (error->message, "'GRAD_V'"));
}

static char *
write_text (const char *folder, const char *text)
{
  char *path = g_build_filename (folder, "presets.txt", NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
test_file (void)
{
  static const char text[] = "preset_name\tpreset_weights\r\n"
                             "MINE\t0,0.5,1\n"
                             "\n"
                             "OTHER: 1, 2 ,3 \n"
                             "ALL_R\tR,R,R\n"
                             "MINE\t0.25,0.5,1\n";
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = write_text (folder, text);
  g_autoptr (GHashTable) presets = am_presets_load (path, &error);
  const AmBlockWeights *mine;

  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (presets), ==, 2);
  mine = g_hash_table_lookup (presets, "MINE");
  g_assert_cmpuint (mine->numbers->len, ==, 3);
  g_assert_cmpfloat (g_array_index (mine->numbers, double, 0), ==, 0.25);
  g_assert_nonnull (g_hash_table_lookup (presets, "OTHER"));
  fixture_remove_folder (folder);
}

static void
check_bad_file (const char *text, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = write_text (folder, text);

  g_assert_null (am_presets_load (path, &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_nonnull (strstr (error->message, expected));
  fixture_remove_folder (folder);
}

static void
test_bad_files (void)
{
  g_autoptr (GError) error = NULL;

  check_bad_file ("A\t0,1\nB 0,1\n", ":2: expected a name");
  check_bad_file ("A\t0,one\n", ":1: 'one' is not a number");
  check_bad_file ("\nA:\n", ":2: no block weights");
  check_bad_file (":0,1\n", ":1: the preset has no name");
  check_bad_file ("A\t0\xFF\n", "not UTF-8");
  g_assert_null (am_presets_load ("/nonexistent/presets.txt", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/presets/numbers", test_numbers);
  g_test_add_func ("/presets/complete", test_complete);
  g_test_add_func ("/presets/spellings", test_spellings);
  g_test_add_func ("/presets/file", test_file);
  g_test_add_func ("/presets/bad-files", test_bad_files);
  return g_test_run ();
}
