/* Care with the user's files: their pictures, and their names. */
#include "fixture-checkpoint.h"
#include "library/library-page-private.h"
#include "merge-support.h"

static void
write_picture (const char *path, int size)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, size, size);
  g_autoptr (GError) error = NULL;

  gdk_pixbuf_fill (pixbuf, 0x204080ff);
  g_assert_true (gdk_pixbuf_save (pixbuf, path, "png", &error, NULL));
}

static void
assert_size (const char *path, int size)
{
  int width, height;

  g_assert_nonnull (gdk_pixbuf_get_file_info (path, &width, &height));
  g_assert_cmpint (width, ==, size);
}

static void
test_question (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *preview = g_build_filename (folder, "a.preview.png", NULL);
  g_autofree char *small = g_build_filename (folder, "small.png", NULL);
  g_autofree char *large = g_build_filename (folder, "large.png", NULL);
  g_autofree char *model = g_build_filename (folder, "a.safetensors", NULL);
  g_autoptr (GSettings) settings = g_settings_new (AM_APPLICATION_ID);
  AmWorkspace *workspace = am_workspace_new (settings);
  AmLibraryPage *page = g_object_new (AM_TYPE_LIBRARY_PAGE, NULL);
  GtkWindow *window;
  AmLibraryItem *item;

  write_picture (small, 8);
  write_picture (large, 16);
  am_library_page_set_workspace (page, workspace);
  window = desktop_test_show (GTK_WIDGET (page), 800, 600);
  item = am_library_dup_item (am_workspace_get_library (workspace), model);
  am_library_page_set_preview (page, item, small);
  assert_size (preview, 8);

  am_library_page_set_preview (page, item, large);
  g_assert_nonnull (find_dialog ());
  answer ("cancel");
  assert_size (preview, 8);
  am_library_page_set_preview (page, item, large);
  assert_size (preview, 8);
  answer ("replace");
  assert_size (preview, 16);

  g_object_unref (item);
  gtk_window_destroy (window);
  desktop_test_settle ();
  g_assert_finalize_object (workspace);
  fixture_remove_folder (folder);
}

static gboolean
is_read (gpointer item)
{
  return am_library_item_get_state (item) != AM_ITEM_READING;
}

/* File systems take any bytes for a name; recipes and screen readers do not. */
static void
test_name_no_text (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *path = g_build_filename (folder, "\xb2\xe2.safetensors", NULL);
  g_autoptr (AmLibrary) library = am_library_new (NULL);
  g_autoptr (AmLibraryItem) item = NULL;
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "fc1.weight", AM_DTYPE_F16, "8,4", 1, 1);
  g_free (fixture_write (fixture, folder, "\xb2\xe2.safetensors"));
  item = am_library_dup_item (library, path);
  desktop_test_wait (is_read, item);
  g_assert_cmpint (am_library_item_get_state (item), ==, AM_ITEM_FAILED);
  g_assert_true (g_utf8_validate (am_library_item_get_name (item), -1, NULL));
  g_assert_true (g_utf8_validate (am_library_item_get_error (item), -1, NULL));
  fixture_remove_folder (folder);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/library-preview/question", test_question);
  g_test_add_func ("/library-preview/name-no-text", test_name_no_text);
  return g_test_run ();
}
