#include "desktop-support.h"

#include <glib/gstdio.h>
#include <utime.h>

#include "fixture-checkpoint.h"
#include "state/library-cache.h"
#include "state/library.h"

typedef struct
{
  char *folder;
  GSettings *settings;
} Place;

static void
set_up (Place *place, gconstpointer data)
{
  g_autofree char *cache = g_build_filename (g_get_user_cache_dir (), "amalgam", "library", NULL);
  const char *folders[] = { NULL, NULL };

  g_unlink (cache);
  place->folder = fixture_new_folder ();
  place->settings = g_settings_new (AM_APPLICATION_ID);
  folders[0] = place->folder;
  g_settings_set_strv (place->settings, "library-folders", folders);
}

static void
tear_down (Place *place, gconstpointer data)
{
  g_settings_reset (place->settings, "library-folders");
  g_object_unref (place->settings);
  fixture_remove_folder (place->folder);
  g_free (place->folder);
}

static char *
write_checkpoint (const char *folder, const char *name, AmDtype dtype, const char *recipe)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  if (recipe != NULL)
    fixture_set_metadata (fixture, "sd_merge_recipe", recipe);
  fixture_add_random (fixture, "fc1.weight", dtype, "8,4", 1, 1);
  fixture_add_random (fixture, "fc1.bias", dtype, "8", 2, 1);
  fixture_add_random (fixture, "fc2.weight", dtype, "4,8", 3, 1);
  fixture_add_random (fixture, "fc2.bias", dtype, "4", 4, 1);
  return fixture_write (fixture, folder, name);
}

static char *
write_text (const char *folder, const char *name, const char *text)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static char *
make_folder (const char *parent, const char *name)
{
  char *path = g_build_filename (parent, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
  return path;
}

static gboolean
is_scanned (gpointer library)
{
  return !am_library_is_scanning (library);
}

static AmLibrary *
open_library (Place *place)
{
  AmLibrary *library = am_library_new (place->settings);

  g_assert_true (am_library_is_scanning (library));
  desktop_test_wait (is_scanned, library);
  return library;
}

/* The item of that name in the list, or NULL; borrowed. */
static AmLibraryItem *
find (AmLibrary *library, const char *name)
{
  AmLibraryItem *found = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (library)); i++)
    {
      g_autoptr (AmLibraryItem) item = g_list_model_get_item (G_LIST_MODEL (library), i);

      if (g_strcmp0 (am_library_item_get_name (item), name) == 0)
        {
          g_assert_null (found);
          found = item;
        }
    }
  return found;
}

static void
assert_n_items (AmLibrary *library, guint n)
{
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (library)), ==, n);
}

static void
test_facts (Place *place, gconstpointer data)
{
  g_autofree char *path = write_checkpoint (place->folder, "a.b.safetensors", AM_DTYPE_F16, NULL);
  g_autofree char *inner = make_folder (place->folder, "inner/deeper");
  g_autoptr (AmLibrary) library = NULL;
  AmLibraryItem *item;

  g_free (write_checkpoint (place->folder, "merged.safetensors", AM_DTYPE_F32, "{}"));
  g_free (write_checkpoint (inner, "deep.safetensors", AM_DTYPE_F32, NULL));
  g_free (write_text (place->folder, "broken.safetensors", "no checkpoint at all"));
  g_free (write_text (place->folder, "notes.txt", "not looked at"));
  library = open_library (place);
  item = find (library, "a.b");
  assert_n_items (library, 4);
  g_assert_nonnull (item);
  g_assert_cmpstr (am_library_item_get_path (item), ==, path);
  g_assert_cmpint (am_library_item_get_state (item), ==, AM_ITEM_READY);
  g_assert_cmpint (am_library_item_get_family (item), ==, AM_FAMILY_MLP);
  g_assert_cmpstr (am_library_item_get_dtype (item), ==, "F16");
  g_assert_cmpuint (am_library_item_get_n_tensors (item), ==, 4);
  g_assert_cmpuint (am_library_item_get_size (item), >, 150);
  g_assert_cmpint (am_library_item_get_modified (item), >, 1700000000);
  g_assert_false (am_library_item_is_merge (item));
  g_assert_true (am_library_item_is_merge (find (library, "merged")));
  g_assert_nonnull (find (library, "deep"));

  item = find (library, "broken");
  g_assert_cmpint (am_library_item_get_state (item), ==, AM_ITEM_FAILED);
  g_assert_nonnull (am_library_item_get_error (item));
  g_assert_cmpuint (am_library_item_get_size (item), ==, 20);
}

static void
test_folders (Place *place, gconstpointer data)
{
  g_autofree char *sharded = make_folder (place->folder, "sharded");
  g_autofree char *diffusers = make_folder (place->folder, "pipeline");
  g_autofree char *unet = make_folder (diffusers, "unet");
  g_autofree char *lone = make_folder (place->folder, "lone");
  g_autofree char *model = write_checkpoint (lone, "model.safetensors", AM_DTYPE_F32, NULL);
  g_autoptr (AmLibrary) library = NULL;

  g_free (write_checkpoint (sharded, "model-00001-of-00001.safetensors", AM_DTYPE_F32, NULL));
  g_free (write_text (sharded, "model.safetensors.index.json",
                      "{\"weight_map\":{\"fc1.weight\":\"model-00001-of-00001.safetensors\","
                      "\"fc1.bias\":\"model-00001-of-00001.safetensors\","
                      "\"fc2.weight\":\"model-00001-of-00001.safetensors\","
                      "\"fc2.bias\":\"model-00001-of-00001.safetensors\"}}"));
  g_free (write_checkpoint (unet, "diffusion_pytorch_model.safetensors", AM_DTYPE_F32, NULL));
  g_free (write_text (diffusers, "model_index.json", "{}"));
  library = open_library (place);
  assert_n_items (library, 3);
  g_assert_cmpstr (am_library_item_get_path (find (library, "sharded")), ==, sharded);
  g_assert_cmpint (am_library_item_get_state (find (library, "sharded")), ==, AM_ITEM_READY);
  g_assert_cmpstr (am_library_item_get_path (find (library, "pipeline")), ==, diffusers);
  /* A name that says nothing gives way to the folder's. */
  g_assert_cmpstr (am_library_item_get_path (find (library, "lone")), ==, model);
}

static void
test_circle_of_links (Place *place, gconstpointer data)
{
  g_autofree char *inner = make_folder (place->folder, "inner");
  g_autofree char *link = g_build_filename (inner, "back", NULL);
  g_autoptr (AmLibrary) library = NULL;

  g_free (write_checkpoint (place->folder, "a.safetensors", AM_DTYPE_F16, NULL));
  g_assert_cmpint (symlink (place->folder, link), ==, 0);
  library = open_library (place);
  assert_n_items (library, 1);
}

/* Known items are there before anything is walked; the scan then takes away what is gone and reads what
 * changed. */
static void
test_cache (Place *place, gconstpointer data)
{
  g_autofree char *gone = write_checkpoint (place->folder, "gone.safetensors", AM_DTYPE_F16, NULL);
  g_autofree char *other = write_checkpoint (place->folder, "other.safetensors", AM_DTYPE_F16, NULL);
  g_autoptr (AmLibrary) library = NULL;
  struct utimbuf times = { 1000000000, 1000000000 };

  g_free (write_checkpoint (place->folder, "same.safetensors", AM_DTYPE_F16, NULL));
  library = open_library (place);
  assert_n_items (library, 3);
  g_clear_object (&library);
  g_assert_cmpint (g_unlink (gone), ==, 0);
  g_free (other);
  other = write_checkpoint (place->folder, "other.safetensors", AM_DTYPE_F32, NULL);
  g_assert_cmpint (utime (other, &times), ==, 0);

  library = am_library_new (place->settings);
  assert_n_items (library, 3);
  g_assert_cmpint (am_library_item_get_state (find (library, "same")), ==, AM_ITEM_READY);
  g_assert_cmpstr (am_library_item_get_dtype (find (library, "other")), ==, "F16");
  desktop_test_wait (is_scanned, library);
  assert_n_items (library, 2);
  g_assert_cmpstr (am_library_item_get_dtype (find (library, "other")), ==, "F32");
  g_assert_cmpint (am_library_item_get_modified (find (library, "other")), ==, 1000000000);
}

static gboolean
is_in_cache (gpointer path)
{
  g_autoptr (GHashTable) cache = am_library_cache_load ();

  return g_hash_table_contains (cache, path);
}

static void
test_damaged_cache (Place *place, gconstpointer data)
{
  g_autofree char *path = write_checkpoint (place->folder, "a.safetensors", AM_DTYPE_F16, NULL);
  g_autofree char *file = g_build_filename (g_get_user_cache_dir (), "amalgam", "library", NULL);
  g_autoptr (AmLibrary) library = open_library (place);
  g_autoptr (GHashTable) cache = NULL;
  g_autofree char *bytes = NULL;
  gsize size;

  assert_n_items (library, 1);
  desktop_test_wait (is_in_cache, path);
  g_assert_true (g_file_get_contents (file, &bytes, &size, NULL));
  for (gsize i = 0; i < size; i += 7)
    {
      g_autoptr (GHashTable) damaged = NULL;

      bytes[i] ^= 0x20;
      g_assert_true (g_file_set_contents (file, bytes, (gssize)size, NULL));
      damaged = am_library_cache_load ();
      g_assert_cmpuint (g_hash_table_size (damaged), ==, 0);
      bytes[i] ^= 0x20;
    }
  g_assert_true (g_file_set_contents (file, bytes, 10, NULL));
  cache = am_library_cache_load ();
  g_assert_cmpuint (g_hash_table_size (cache), ==, 0);
}

static gboolean
has_one (gpointer library)
{
  return g_list_model_get_n_items (library) == 1;
}

static gboolean
has_two_ready (gpointer library)
{
  AmLibraryItem *late = find (library, "late");

  return g_list_model_get_n_items (library) == 2 && late != NULL
         && am_library_item_get_state (late) == AM_ITEM_READY;
}

static void
test_watch (Place *place, gconstpointer data)
{
  g_autofree char *inner = make_folder (place->folder, "inner");
  g_autoptr (AmLibrary) library = NULL;
  g_autofree char *late = NULL;

  g_free (write_checkpoint (place->folder, "a.safetensors", AM_DTYPE_F16, NULL));
  library = open_library (place);
  assert_n_items (library, 1);
  late = write_checkpoint (inner, "late.safetensors", AM_DTYPE_F16, NULL);
  desktop_test_wait (has_two_ready, library);
  g_assert_cmpint (g_unlink (late), ==, 0);
  desktop_test_wait (has_one, library);
  g_assert_nonnull (find (library, "a"));
}

static void
test_lost_folder (Place *place, gconstpointer data)
{
  g_autofree char *inner = make_folder (place->folder, "inner");
  g_autofree char *away = g_build_filename (place->folder, ".away", NULL);
  const char *folders[] = { inner, NULL };
  g_autoptr (AmLibrary) library = NULL;

  g_free (write_checkpoint (inner, "a.safetensors", AM_DTYPE_F16, NULL));
  g_settings_set_strv (place->settings, "library-folders", folders);
  library = open_library (place);
  assert_n_items (library, 1);
  g_assert_cmpuint (g_strv_length ((char **)am_library_get_lost_folders (library)), ==, 0);

  g_assert_cmpint (g_rename (inner, away), ==, 0);
  am_library_refresh (library);
  desktop_test_wait (is_scanned, library);
  assert_n_items (library, 0);
  g_assert_cmpstr (am_library_get_lost_folders (library)[0], ==, inner);

  g_assert_cmpint (g_rename (away, inner), ==, 0);
  am_library_refresh (library);
  desktop_test_wait (is_scanned, library);
  assert_n_items (library, 1);
  g_assert_null (am_library_get_lost_folders (library)[0]);
}

static void
test_folders_change (Place *place, gconstpointer data)
{
  g_autofree char *first = make_folder (place->folder, "first");
  g_autofree char *second = make_folder (place->folder, "second");
  const char *folders[] = { second, NULL };
  g_autoptr (AmLibrary) library = NULL;

  g_free (write_checkpoint (first, "a.safetensors", AM_DTYPE_F16, NULL));
  g_free (write_checkpoint (second, "b.safetensors", AM_DTYPE_F16, NULL));
  library = open_library (place);
  assert_n_items (library, 2);
  g_settings_set_strv (place->settings, "library-folders", folders);
  desktop_test_wait (is_scanned, library);
  assert_n_items (library, 1);
  g_assert_nonnull (find (library, "b"));
}

static gboolean
is_read (gpointer item)
{
  return am_library_item_get_state (item) != AM_ITEM_READING;
}

static gboolean
is_f32 (gpointer item)
{
  return g_strcmp0 (am_library_item_get_dtype (item), "F32") == 0;
}

static void
test_outside (Place *place, gconstpointer data)
{
  g_autofree char *outside = fixture_new_folder ();
  g_autofree char *path = write_checkpoint (outside, "a.safetensors", AM_DTYPE_F16, NULL);
  g_autofree char *missing = g_build_filename (outside, "missing.safetensors", NULL);
  g_autoptr (AmLibrary) library = open_library (place);
  g_autoptr (AmLibraryItem) item = am_library_dup_item (library, path);
  g_autoptr (AmLibraryItem) again = am_library_dup_item (library, path);
  g_autoptr (AmLibraryItem) none = am_library_dup_item (library, missing);
  g_autofree char *written = NULL;

  g_assert_true (item == again);
  g_assert_cmpint (am_library_item_get_state (item), ==, AM_ITEM_READING);
  desktop_test_wait (is_read, item);
  desktop_test_wait (is_read, none);
  g_assert_cmpstr (am_library_item_get_dtype (item), ==, "F16");
  g_assert_cmpint (am_library_item_get_state (none), ==, AM_ITEM_FAILED);
  assert_n_items (library, 0);

  written = write_checkpoint (outside, "a.safetensors", AM_DTYPE_F32, NULL);
  am_library_notice (library, written);
  desktop_test_wait (is_f32, item);
  fixture_remove_folder (outside);
}

/* Whoever asked for a checkpoint before the scan came by keeps the very item that is listed then. */
static void
test_item_before_scan (Place *place, gconstpointer data)
{
  g_autofree char *path = write_checkpoint (place->folder, "a.safetensors", AM_DTYPE_F16, NULL);
  g_autoptr (AmLibrary) library = am_library_new (place->settings);
  g_autoptr (AmLibraryItem) item = am_library_dup_item (library, path);

  desktop_test_wait (is_scanned, library);
  assert_n_items (library, 1);
  g_assert_true (find (library, "a") == item);
}

static void
write_picture (const char *path, int width, int height)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, width, height);

  gdk_pixbuf_fill (pixbuf, 0x3584e4ff);
  g_assert_true (gdk_pixbuf_save (pixbuf, path, "png", NULL, NULL));
}

static gboolean
has_preview (gpointer item)
{
  return am_library_item_get_preview (item) != NULL;
}

static void
test_preview (Place *place, gconstpointer data)
{
  g_autofree char *plain = g_build_filename (place->folder, "a.b.png", NULL);
  g_autofree char *picture = g_build_filename (place->folder, ".picture.png", NULL);
  g_autofree char *preview = g_build_filename (place->folder, "a.b.preview.png", NULL);
  g_autofree char *no_picture = write_text (place->folder, "text.txt", "no picture");
  g_autoptr (AmLibrary) library = NULL;
  g_autoptr (GError) error = NULL;
  AmLibraryItem *item;

  g_free (write_checkpoint (place->folder, "a.b.safetensors", AM_DTYPE_F16, NULL));
  write_picture (plain, 1000, 500);
  write_picture (picture, 100, 200);
  library = open_library (place);
  item = find (library, "a.b");
  g_assert_cmpstr (am_library_item_get_preview_path (item), ==, plain);
  desktop_test_wait (has_preview, item);
  g_assert_cmpint (gdk_texture_get_width (am_library_item_get_preview (item)), ==, 384);
  g_assert_cmpint (gdk_texture_get_height (am_library_item_get_preview (item)), ==, 192);

  g_assert_true (am_library_set_preview (library, item, picture, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (am_library_item_get_preview_path (item), ==, preview);
  desktop_test_wait (has_preview, item);
  g_assert_cmpint (gdk_texture_get_height (am_library_item_get_preview (item)), ==, 200);

  g_assert_false (am_library_set_preview (library, item, no_picture, &error));
  g_assert_nonnull (error);
  g_assert_cmpstr (am_library_item_get_preview_path (item), ==, preview);
}

static void
check_change (GListModel *model, guint position, guint removed, guint added, GPtrArray *mirror)
{
  g_assert_cmpuint (position + removed, <=, mirror->len);
  if (removed > 0)
    g_ptr_array_remove_range (mirror, position, removed);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (mirror, (gint)(position + i), g_list_model_get_item (model, position + i));
  g_assert_cmpuint (mirror->len, ==, g_list_model_get_n_items (model));
}

/* Whoever follows "items-changed" has the same list at the end. */
static void
test_changes (Place *place, gconstpointer data)
{
  g_autoptr (GPtrArray) mirror = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (AmLibrary) library = open_library (place);

  g_signal_connect (library, "items-changed", G_CALLBACK (check_change), mirror);
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u.safetensors", i);

      g_free (write_checkpoint (place->folder, name, AM_DTYPE_F16, NULL));
    }
  am_library_refresh (library);
  desktop_test_wait (is_scanned, library);
  g_assert_cmpuint (mirror->len, ==, 20);
  for (guint i = 0; i < 20; i += i % 3 + 1)
    {
      g_autofree char *path = g_strdup_printf ("%s/%u.safetensors", place->folder, i);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  am_library_refresh (library);
  desktop_test_wait (is_scanned, library);
  g_assert_cmpuint (mirror->len, <, 20);
  for (guint i = 0; i < mirror->len; i++)
    {
      g_autoptr (AmLibraryItem) item = g_list_model_get_item (G_LIST_MODEL (library), i);

      g_assert_true (item == g_ptr_array_index (mirror, i));
    }
}

#define ADD(path, test) g_test_add ("/library/" path, Place, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *cache = fixture_new_folder ();
  int result;

  /* Not shared with other programs that run at the same time. */
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  desktop_test_init (&argc, &argv);

  ADD ("facts", test_facts);
  ADD ("folders", test_folders);
  ADD ("circle-of-links", test_circle_of_links);
  ADD ("cache", test_cache);
  ADD ("damaged-cache", test_damaged_cache);
  ADD ("watch", test_watch);
  ADD ("lost-folder", test_lost_folder);
  ADD ("folders-change", test_folders_change);
  ADD ("outside", test_outside);
  ADD ("item-before-scan", test_item_before_scan);
  ADD ("preview", test_preview);
  ADD ("changes", test_changes);
  result = g_test_run ();
  fixture_remove_folder (cache);
  return result;
}
