#include "desktop-support.h"

#include "fixture-checkpoint.h"
#include "library/item-card.h"
#include "library/library-page-private.h"

/* The page in a window that only writes down what the page asks it for. */
typedef struct
{
  char *folder;
  GSettings *settings;
  AmWorkspace *workspace;
  AmLibraryPage *page;
  GtkWindow *window;
  GString *asked;
} Place;

static char *
write_checkpoint (const char *folder, const char *name, AmDtype dtype, const char *recipe)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_set_metadata (fixture, "note", "made for <tests> & trials");
  if (recipe != NULL)
    fixture_set_metadata (fixture, "modelspec.merged_from", recipe);
  if (recipe != NULL)
    fixture_set_metadata (fixture, "sd_merge_recipe", "{}");
  fixture_add_random (fixture, "fc1.weight", dtype, "8,4", 1, 1);
  fixture_add_random (fixture, "fc1.bias", dtype, "8", 2, 1);
  fixture_add_random (fixture, "fc2.weight", dtype, "4,8", 3, 1);
  fixture_add_random (fixture, "fc2.bias", dtype, "4", 4, 1);
  return fixture_write (fixture, folder, name);
}

static char *
write_unknown (const char *folder, const char *name)
{
  g_autoptr (Fixture) fixture = fixture_new ();

  fixture_add_random (fixture, "some.thing", AM_DTYPE_F32, "64,64", 1, 1);
  return fixture_write (fixture, folder, name);
}

static void
on_asked (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GString *asked = user_data;
  g_autofree char *text = g_variant_print (parameter, FALSE);

  g_string_append_printf (asked, "%s %s\n", g_action_get_name (G_ACTION (action)), text);
}

static void
add_action (GSimpleActionGroup *group, const char *name, const char *type, GString *asked)
{
  g_autoptr (GSimpleAction) action = g_simple_action_new (name, G_VARIANT_TYPE (type));

  g_signal_connect (action, "activate", G_CALLBACK (on_asked), asked);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
}

static gboolean
is_scanned (gpointer library)
{
  return !am_library_is_scanning (library);
}

static void
set_up (Place *place, gconstpointer data)
{
  const char *const actions[] = { "add-model", "add-base", "load-recipe", "show-in-folder", "toast" };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  place->folder = fixture_new_folder ();
  place->settings = g_settings_new (AM_APPLICATION_ID);
  place->asked = g_string_new (NULL);
  place->workspace = am_workspace_new (place->settings);
  place->page = g_object_new (AM_TYPE_LIBRARY_PAGE, NULL);
  am_library_page_set_workspace (place->page, place->workspace);
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    add_action (group, actions[i], "s", place->asked);
  add_action (group, "compare", "(ss)", place->asked);
  place->window = desktop_test_show (GTK_WIDGET (place->page), 1000, 700);
  gtk_widget_insert_action_group (GTK_WIDGET (place->window), "win", G_ACTION_GROUP (group));
}

static void
tear_down (Place *place, gconstpointer data)
{
  gtk_window_destroy (place->window);
  desktop_test_settle ();
  g_assert_finalize_object (place->workspace);
  g_settings_reset (place->settings, "library-folders");
  g_settings_reset (place->settings, "library-view");
  g_object_unref (place->settings);
  g_string_free (place->asked, TRUE);
  fixture_remove_folder (place->folder);
  g_free (place->folder);
}

static void
show_folder (Place *place, const char *folder)
{
  const char *folders[] = { folder, NULL };

  g_settings_set_strv (place->settings, "library-folders", folders);
  desktop_test_wait (is_scanned, am_workspace_get_library (place->workspace));
  desktop_test_settle ();
}

static void
fill (Place *place)
{
  g_autofree char *broken = g_build_filename (place->folder, "broken.ckpt", NULL);

  g_free (write_checkpoint (place->folder, "Alpha mix.safetensors", AM_DTYPE_F16, NULL));
  g_free (write_checkpoint (place->folder, "beta 2.safetensors", AM_DTYPE_F32, NULL));
  g_free (write_checkpoint (place->folder, "beta 10.safetensors", AM_DTYPE_F16, "one,two"));
  g_free (write_unknown (place->folder, "unknown.safetensors"));
  g_assert_true (g_file_set_contents (broken, "nothing", -1, NULL));
  show_folder (place, place->folder);
}

/* The names on the page, in order. */
static char *
list_names (Place *place)
{
  GListModel *model = G_LIST_MODEL (place->page->selection);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (AmLibraryItem) item = g_list_model_get_item (model, i);

      g_string_append_printf (names, "%s%s", i > 0 ? "|" : "", am_library_item_get_name (item));
    }
  return g_string_free (names, FALSE);
}

static void
assert_names (Place *place, const char *expected)
{
  g_autofree char *names = list_names (place);

  g_assert_cmpstr (names, ==, expected);
}

static AmLibraryItem *
select_name (Place *place, const char *name)
{
  GListModel *model = G_LIST_MODEL (place->page->selection);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (AmLibraryItem) item = g_list_model_get_item (model, i);

      if (g_strcmp0 (am_library_item_get_name (item), name) == 0)
        am_library_page_select (place->page, item);
    }
  g_assert_cmpstr (am_library_item_get_name (am_library_page_get_selected (place->page)), ==, name);
  return am_library_page_get_selected (place->page);
}

static void
assert_state (Place *place, const char *name)
{
  g_assert_cmpstr (gtk_stack_get_visible_child_name (place->page->stack), ==, name);
}

static void
do_action (Place *place, const char *name)
{
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (place->page), name, NULL));
}

static void
assert_asked (Place *place, const char *format, const char *path)
{
  g_autofree char *expected = g_strdup_printf ("%s'%s'", format, path);

  g_assert_cmpstr (g_strchomp (place->asked->str), ==, expected);
  g_string_truncate (place->asked, 0);
}

/* The first label below @parent that is shown and holds that text. */
static GtkWidget *
find_text (GtkWidget *parent, const char *text)
{
  GtkWidget *found = NULL;
  const char *label = GTK_IS_LABEL (parent) ? gtk_label_get_text (GTK_LABEL (parent)) : "";

  if (strstr (label, text) != NULL && gtk_widget_get_mapped (parent))
    return parent;
  for (GtkWidget *child = gtk_widget_get_first_child (parent); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_text (child, text);
  return found;
}

static void
save_picture (Place *place, const char *name)
{
  gtk_test_widget_wait_for_draw (GTK_WIDGET (place->page));
  desktop_test_save_picture (GTK_WIDGET (place->page), name);
}

static void
test_order (Place *place, gconstpointer data)
{
  fill (place);
  assert_names (place, "Alpha mix|beta 2|beta 10|broken|unknown");
  g_object_set (place->page, "sort", "size", NULL);
  assert_names (place, "unknown|beta 2|beta 10|Alpha mix|broken");
  g_object_set (place->page, "sort", "architecture", NULL);
  assert_names (place, "Alpha mix|beta 2|beta 10|broken|unknown");
}

static void
test_search (Place *place, gconstpointer data)
{
  AmLibraryFilter *filter = place->page->filter;

  fill (place);
  am_library_filter_set_text (filter, "BETA");
  assert_names (place, "beta 2|beta 10");
  am_library_filter_set_text (filter, "f16 beta");
  assert_names (place, "beta 10");
  am_library_filter_set_text (filter, "mlp");
  assert_names (place, "Alpha mix|beta 2|beta 10");
  am_library_filter_set_text (filter, "nowhere");
  assert_state (place, "no-matches");
  am_family_chips_set_family (place->page->chips, AM_FAMILY_UNKNOWN);
  am_library_filter_set_text (filter, " ");
  assert_names (place, "unknown");
  assert_state (place, "grid");
  do_action (place, "library.clear-filters");
  assert_names (place, "Alpha mix|beta 2|beta 10|broken|unknown");
}

static void
test_view (Place *place, gconstpointer data)
{
  g_autofree char *kept = NULL;

  fill (place);
  assert_state (place, "grid");
  gtk_widget_activate_action (GTK_WIDGET (place->page), "library.view", "s", "list");
  assert_state (place, "list");
  kept = g_settings_get_string (place->settings, "library-view");
  g_assert_cmpstr (kept, ==, "list");
  save_picture (place, "library-list");
}

static int
get_card_width (Place *place)
{
  GtkWidget *label = find_text (GTK_WIDGET (place->page->grid), "Alpha mix");
  int width;

  gtk_widget_measure (gtk_widget_get_ancestor (label, AM_TYPE_ITEM_CARD), GTK_ORIENTATION_HORIZONTAL, -1,
                      &width, NULL, NULL, NULL);
  return width;
}

static void
test_preview_size (Place *place, gconstpointer data)
{
  int before;

  fill (place);
  before = get_card_width (place);
  g_settings_set_int (place->settings, "keep-preview-size", 260);
  desktop_test_settle ();
  g_assert_cmpint (get_card_width (place), ==, before + 100);
  g_settings_reset (place->settings, "keep-preview-size");
}

static void
test_empty (Place *place, gconstpointer data)
{
  g_autofree char *nowhere = g_build_filename (place->folder, "nowhere", NULL);
  GtkWidget *forget;

  assert_state (place, "no-folders");
  g_assert_false (gtk_widget_get_visible (place->page->toolbar));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (place->page->lost_folders)));
  show_folder (place, place->folder);
  assert_state (place, "no-checkpoints");
  show_folder (place, nowhere);
  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (place->page->lost_folders)));

  /* The last button of the row takes the folder out of the library. */
  forget = gtk_widget_get_parent (find_text (GTK_WIDGET (place->page->lost_folders), "Choose again…"));
  g_signal_emit_by_name (gtk_widget_get_next_sibling (forget), "clicked");
  desktop_test_wait (is_scanned, am_workspace_get_library (place->workspace));
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (place->page->lost_folders)));
  assert_state (place, "no-folders");
}

static void
test_actions (Place *place, gconstpointer data)
{
  AmLibraryItem *item;
  g_autofree char *path = NULL;

  fill (place);
  g_signal_emit_by_name (place->page->grid, "activate", 1);
  assert_asked (place, "add-model ", am_library_item_get_path (am_library_page_get_selected (place->page)));

  item = select_name (place, "beta 2");
  path = g_strdup (am_library_item_get_path (item));
  do_action (place, "library.add-to-merge");
  assert_asked (place, "add-model ", path);
  do_action (place, "library.use-as-base");
  assert_asked (place, "add-base ", path);
  do_action (place, "library.show-in-folder");
  assert_asked (place, "show-in-folder ", path);
  do_action (place, "library.compare-second");
  g_assert_true (g_str_has_prefix (place->asked->str, "compare ('', '"));
  g_string_truncate (place->asked, 0);
  do_action (place, "library.load-recipe");
  g_assert_cmpstr (place->asked->str, ==, "");

  item = select_name (place, "beta 10");
  do_action (place, "library.load-recipe");
  assert_asked (place, "load-recipe ", am_library_item_get_path (item));

  select_name (place, "broken");
  do_action (place, "library.add-to-merge");
  g_assert_cmpstr (place->asked->str, ==, "");
}

static gboolean
is_complete (gpointer page)
{
  return am_item_details_is_complete (((AmLibraryPage *)page)->details);
}

static void
assert_shown (Place *place, const char *text)
{
  if (find_text (GTK_WIDGET (place->page->details), text) == NULL)
    g_error ("\"%s\" is not shown", text);
}

static void
test_details (Place *place, gconstpointer data)
{
  fill (place);
  assert_shown (place, "No checkpoint selected");
  select_name (place, "beta 10");
  desktop_test_wait (is_complete, place->page);
  desktop_test_settle ();
  assert_shown (place, "Multilayer perceptron");
  assert_shown (place, "4 with 76 values");
  assert_shown (place, "F16 · 4 tensors");
  assert_shown (place, "Family tree");
  assert_shown (place, "two");
  assert_shown (place, "made for <tests> & trials");
  save_picture (place, "library-details");

  select_name (place, "beta 2");
  desktop_test_wait (is_complete, place->page);
  desktop_test_settle ();
  g_assert_null (find_text (GTK_WIDGET (place->page->details), "Family tree"));

  select_name (place, "broken");
  desktop_test_wait (is_complete, place->page);
  assert_shown (place, am_library_item_get_error (am_library_page_get_selected (place->page))
                           + strlen (place->folder) + strlen ("/broken.ckpt: "));
}

/* Looks again and again for what a check gives in the end. */
typedef struct
{
  GtkWidget *details;
  const char *text;
} Wanted;

static gboolean
is_there (gpointer data)
{
  Wanted *wanted = data;

  return find_text (wanted->details, wanted->text) != NULL;
}

static void
press (Place *place, const char *label)
{
  GtkWidget *text = find_text (GTK_WIDGET (place->page->details), label);

  g_assert_nonnull (text);
  g_signal_emit_by_name (gtk_widget_get_ancestor (text, GTK_TYPE_BUTTON), "clicked");
}

static void
test_checks (Place *place, gconstpointer data)
{
  Wanted wanted = { GTK_WIDGET (place->page->details), "Every value is finite." };
  AmLibraryItem *item;
  g_autofree char *bytes = NULL;
  g_autofree char *sha256 = NULL;
  gsize size;

  fill (place);
  item = select_name (place, "beta 2");
  desktop_test_wait (is_complete, place->page);
  desktop_test_settle ();
  press (place, "Scan");
  desktop_test_wait (is_there, &wanted);

  g_assert_true (g_file_get_contents (am_library_item_get_path (item), &bytes, &size, NULL));
  sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)bytes, size);
  wanted.text = sha256;
  do_action (place, "library.copy-hash");
  desktop_test_wait (is_there, &wanted);
  g_assert_cmpstr (am_library_item_get_sha256 (item), ==, sha256);
  g_assert_cmpstr (place->asked->str, ==, "toast 'SHA-256 copied'\n");
  am_library_filter_set_text (place->page->filter, sha256);
  assert_names (place, "beta 2");
}

static void
test_scan_finds (Place *place, gconstpointer data)
{
  Wanted wanted = { GTK_WIDGET (place->page->details), "spoilt: 2 NaN, 1 infinite" };
  const double values[] = { 1, NAN, INFINITY, NAN };
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autofree char *path = NULL;

  fixture_add_values (fixture, "spoilt", AM_DTYPE_F32, "4", values);
  path = fixture_write (fixture, place->folder, "spoilt.safetensors");
  show_folder (place, place->folder);
  select_name (place, "spoilt");
  desktop_test_wait (is_complete, place->page);
  desktop_test_settle ();
  press (place, "Scan");
  desktop_test_wait (is_there, &wanted);
}

static void
test_add_folders (Place *place, gconstpointer data)
{
  g_autofree char *inner = g_build_filename (place->folder, "inner", NULL);
  g_autofree char *sibling = g_strconcat (place->folder, "-sibling", NULL);
  const char *folders[] = { place->folder, inner, sibling, place->folder, NULL };
  g_auto (GStrv) kept = NULL;

  am_library_page_add_folders (place->page, folders);
  kept = g_settings_get_strv (place->settings, "library-folders");
  g_assert_cmpuint (g_strv_length (kept), ==, 2);
  g_assert_cmpstr (kept[0], ==, place->folder);
  g_assert_cmpstr (kept[1], ==, sibling);
  g_assert_cmpstr (place->asked->str, ==, "toast 'Folders added to the library'\n");
}

/* A scan that finds all as it was leaves list, selection and details alone. */
static void
test_quiet_rescan (Place *place, gconstpointer data)
{
  AmLibrary *library = am_workspace_get_library (place->workspace);
  guint n_changes = 0;

  fill (place);
  select_name (place, "beta 2");
  g_signal_connect_swapped (library, "items-changed", G_CALLBACK (g_atomic_int_inc), &n_changes);
  am_library_refresh (library);
  desktop_test_wait (is_scanned, library);
  g_assert_cmpuint (n_changes, ==, 0);
  g_assert_cmpstr (am_library_item_get_name (am_library_page_get_selected (place->page)), ==, "beta 2");
}

#define ADD(path, test) g_test_add ("/library-page/" path, Place, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_autofree char *cache = fixture_new_folder ();
  int result;

  /* Not shared with other programs that run at the same time. */
  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
  desktop_test_init (&argc, &argv);

  ADD ("order", test_order);
  ADD ("search", test_search);
  ADD ("view", test_view);
  ADD ("preview-size", test_preview_size);
  ADD ("empty", test_empty);
  ADD ("actions", test_actions);
  ADD ("details", test_details);
  ADD ("checks", test_checks);
  ADD ("scan-finds", test_scan_finds);
  ADD ("add-folders", test_add_folders);
  ADD ("quiet-rescan", test_quiet_rescan);
  result = g_test_run ();
  fixture_remove_folder (cache);
  return result;
}
