#include "desktop-support.h"

#include <glib/gstdio.h>

#include "amalgam.h"
#include "state/own-presets.h"

typedef struct
{
  char *folder;
  char *path;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  place->folder = g_dir_make_tmp ("presets-XXXXXX", NULL);
  place->path = g_build_filename (place->folder, "deep", "presets.tsv", NULL);
}

static void
tear_down (Place *place, gconstpointer data)
{
  g_autofree char *parent = g_path_get_dirname (place->path);

  g_unlink (place->path);
  g_rmdir (place->path);
  g_rmdir (parent);
  g_rmdir (place->folder);
  g_free (place->path);
  g_free (place->folder);
}

static void
write_text (Place *place, const char *text)
{
  g_autofree char *parent = g_path_get_dirname (place->path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_assert_true (g_file_set_contents (place->path, text, -1, NULL));
}

static void
assert_file (Place *place, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (place->path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
assert_preset (AmOwnPresets *presets, guint position, const char *name, const char *text)
{
  g_autoptr (AmOwnPreset) preset = g_list_model_get_item (G_LIST_MODEL (presets), position);

  g_assert_nonnull (preset);
  g_assert_cmpstr (am_own_preset_get_name (preset), ==, name);
  g_assert_cmpstr (am_own_preset_get_text (preset), ==, text);
}

static void
note_change (GListModel *model, guint position, guint removed, guint added, guint *change)
{
  *change = 100 * position + 10 * removed + added;
}

static void
test_add (Place *place, gconstpointer data)
{
  g_autoptr (AmOwnPresets) presets = am_own_presets_new (place->path);
  g_autoptr (AmOwnPresets) again = NULL;
  g_autoptr (GHashTable) table = NULL;
  g_autoptr (GError) error = NULL;
  guint change = 0;

  g_signal_connect (presets, "items-changed", G_CALLBACK (note_change), &change);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (presets)), ==, 0);
  g_assert_true (am_own_presets_add (presets, "Portrait", "0,0.5,1", &error));
  g_assert_cmpuint (change, ==, 1);
  g_assert_true (am_own_presets_add (presets, " my:own,\tone ", "1,1\n1", &error));
  g_assert_cmpuint (change, ==, 101);
  g_assert_true (am_own_presets_add (presets, "Portrait", "1,0,0", &error));
  g_assert_cmpuint (change, ==, 11);
  g_assert_no_error (error);
  assert_file (place, "preset_name\tpreset_weights\nPortrait\t1,0,0\nmy own  one\t1,1,1\n");

  /* The next start and the core's own reader find the same. */
  again = am_own_presets_new (place->path);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (again)), ==, 2);
  assert_preset (again, 0, "Portrait", "1,0,0");
  assert_preset (again, 1, "my own  one", "1,1,1");
  table = am_presets_load (place->path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (table), ==, 2);
  g_assert_nonnull (g_hash_table_lookup (table, "my own  one"));
}

static void
test_refused (Place *place, gconstpointer data)
{
  g_autoptr (AmOwnPresets) presets = am_own_presets_new (place->path);
  static const char *const wrong[][2]
      = { { " \t", "0,1" }, { "Name", "" }, { "Name", "GRAD_V" }, { "Name", "a,b" } };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (am_own_presets_add (presets, wrong[i][0], wrong[i][1], &error));
      g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
    }
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (presets)), ==, 0);
  g_assert_false (g_file_test (place->path, G_FILE_TEST_EXISTS));
}

static void
test_rename (Place *place, gconstpointer data)
{
  g_autoptr (AmOwnPresets) presets = am_own_presets_new (place->path);
  g_autoptr (GError) error = NULL;

  g_assert_true (am_own_presets_add (presets, "one", "1", NULL));
  g_assert_true (am_own_presets_add (presets, "two", "2", NULL));
  g_assert_true (am_own_presets_rename (presets, 0, "first", &error));
  assert_preset (presets, 0, "first", "1");
  g_assert_true (am_own_presets_rename (presets, 0, "first", &error));
  g_assert_no_error (error);
  g_assert_false (am_own_presets_rename (presets, 0, "two", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_BAD_RECIPE);
  assert_preset (presets, 0, "first", "1");
  assert_file (place, "preset_name\tpreset_weights\nfirst\t1\ntwo\t2\n");
}

static void
test_remove (Place *place, gconstpointer data)
{
  g_autoptr (AmOwnPresets) presets = am_own_presets_new (place->path);
  guint change = 0;

  g_assert_true (am_own_presets_add (presets, "one", "1", NULL));
  g_assert_true (am_own_presets_add (presets, "two", "2", NULL));
  g_signal_connect (presets, "items-changed", G_CALLBACK (note_change), &change);
  g_assert_true (am_own_presets_remove (presets, 0, NULL));
  g_assert_cmpuint (change, ==, 10);
  assert_preset (presets, 0, "two", "2");
  g_assert_cmpint (am_own_presets_find (presets, "two"), ==, 0);
  g_assert_cmpint (am_own_presets_find (presets, "one"), ==, -1);
  assert_file (place, "preset_name\tpreset_weights\ntwo\t2\n");
}

/* A file from a web UI: what it holds besides is still there after a change. */
static void
test_traded_file (Place *place, gconstpointer data)
{
  g_autoptr (AmOwnPresets) presets = NULL;

  write_text (
      place,
      "\xEF\xBB\xBFpreset_name\tpreset_weights\r\nOld\t0,0\r\nALL_R\tR,R\nOther:0.5, 0.5\n\nOld\t1,1\n");
  presets = am_own_presets_new (place->path);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (presets)), ==, 2);
  assert_preset (presets, 0, "Old", "1,1");
  assert_preset (presets, 1, "Other", "0.5, 0.5");
  g_assert_true (am_own_presets_add (presets, "New", "2", NULL));
  assert_file (place, "preset_name\tpreset_weights\nOld\t1,1\nOther\t0.5, 0.5\nNew\t2\nALL_R\tR,R\n");
}

/* What could not be read is never written over. */
static void
test_unreadable (Place *place, gconstpointer data)
{
  g_autoptr (AmOwnPresets) presets = NULL;
  g_autoptr (GError) error = NULL;

  write_text (place, "Caf\xE9\t0,1\n");
  presets = am_own_presets_new (place->path);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (presets)), ==, 0);
  g_assert_false (am_own_presets_add (presets, "New", "2", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  assert_file (place, "Caf\xE9\t0,1\n");
}

static void
test_unwritable (Place *place, gconstpointer data)
{
  g_autoptr (AmOwnPresets) presets = am_own_presets_new (place->path);
  g_autoptr (GError) error = NULL;

  /* A folder of that name cannot be replaced by a file, whoever tries. */
  g_assert_cmpint (g_mkdir_with_parents (place->path, 0755), ==, 0);
  g_assert_false (am_own_presets_add (presets, "New", "2", &error));
  g_assert_error (error, AM_ERROR, AM_ERROR_NOT_WRITABLE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (presets)), ==, 0);
}

static void
test_default_path (void)
{
  g_autoptr (AmOwnPresets) presets = am_own_presets_new (NULL);
  g_autofree char *expected = g_build_filename (g_get_user_data_dir (), "amalgam", "presets.tsv", NULL);

  g_assert_cmpstr (am_own_presets_get_path (presets), ==, expected);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add ("/block-presets/add", Place, NULL, set_up, test_add, tear_down);
  g_test_add ("/block-presets/refused", Place, NULL, set_up, test_refused, tear_down);
  g_test_add ("/block-presets/rename", Place, NULL, set_up, test_rename, tear_down);
  g_test_add ("/block-presets/remove", Place, NULL, set_up, test_remove, tear_down);
  g_test_add ("/block-presets/traded-file", Place, NULL, set_up, test_traded_file, tear_down);
  g_test_add ("/block-presets/unreadable", Place, NULL, set_up, test_unreadable, tear_down);
  g_test_add ("/block-presets/unwritable", Place, NULL, set_up, test_unwritable, tear_down);
  g_test_add_func ("/block-presets/default-path", test_default_path);
  return g_test_run ();
}
