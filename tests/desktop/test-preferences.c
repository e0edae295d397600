#include "demo-workspace.h"

#include "preferences/library-folders.h"
#include "preferences/preferences-window.h"

static void
assert_folders (GSettings *settings, const char *expected)
{
  g_auto (GStrv) folders = g_settings_get_strv (settings, "library-folders");
  g_autofree char *joined = g_strjoinv (" ", folders);

  g_assert_cmpstr (joined, ==, expected);
}

static void
test_folders (void)
{
  g_autoptr (GSettings) settings = g_settings_new (AM_APPLICATION_ID);

  demo_reset_settings (settings);
  g_assert_true (am_library_folders_replace (settings, NULL, "/a"));
  g_assert_true (am_library_folders_replace (settings, NULL, "/b"));
  g_assert_false (am_library_folders_replace (settings, NULL, "/a"));
  assert_folders (settings, "/a /b");
  g_assert_true (am_library_folders_replace (settings, "/a", "/c"));
  assert_folders (settings, "/c /b");
  g_assert_true (am_library_folders_replace (settings, "/c", "/b"));
  assert_folders (settings, "/b");
  g_assert_false (am_library_folders_replace (settings, "/c", NULL));
  g_assert_true (am_library_folders_replace (settings, "/b", NULL));
  assert_folders (settings, "");
}

static void
assert_text (GSettings *settings, const char *key, const char *expected)
{
  g_autofree char *text = g_settings_get_string (settings, key);

  g_assert_cmpstr (text, ==, expected);
}

static GtkWidget *
find_type (GtkWidget *widget, GType type, const char *title)
{
  if (g_type_is_a (G_OBJECT_TYPE (widget), type)
      && (title == NULL
          || g_strcmp0 (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), title) == 0))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_type (child, type, title);

      if (found != NULL)
        return found;
    }
  return NULL;
}

/* Both ways: what is in the settings is shown, and what is changed is kept. */
static void
test_bound (void)
{
  DemoWorkspace demo;
  GtkWidget *window, *row, *spin;

  demo_workspace_init (&demo);
  g_settings_set_string (demo.settings, "default-dtype", "bf16");
  g_settings_set_uint (demo.settings, "threads", 3);
  window = GTK_WIDGET (am_preferences_window_new (demo.workspace));
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (window);

  row = find_type (window, ADW_TYPE_COMBO_ROW, "Number _format");
  g_assert_cmpuint (adw_combo_row_get_selected (ADW_COMBO_ROW (row)), ==, 3);
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), 4);
  assert_text (demo.settings, "default-dtype", "fp8_e4m3fn");

  row = find_type (window, ADW_TYPE_COMBO_ROW, "_Colour scheme");
  adw_combo_row_set_selected (ADW_COMBO_ROW (row), 2);
  assert_text (demo.settings, "colour-scheme", "dark");

  spin = find_type (window, GTK_TYPE_SPIN_BUTTON, NULL);
  g_assert_cmpfloat (gtk_spin_button_get_value (GTK_SPIN_BUTTON (spin)), ==, 3);
  gtk_spin_button_set_value (GTK_SPIN_BUTTON (spin), 2);
  g_assert_cmpuint (g_settings_get_uint (demo.settings, "threads"), ==, 2);

  row = find_type (window, ADW_TYPE_ENTRY_ROW, NULL);
  gtk_editable_set_text (GTK_EDITABLE (row), "{A}+{B}");
  assert_text (demo.settings, "name-template", "{A}+{B}");
  gtk_window_destroy (GTK_WINDOW (window));
  demo_workspace_clear (&demo);
}

static gboolean
has_lost_folder (gpointer library)
{
  const char *const *lost = am_library_get_lost_folders (library);

  return lost != NULL && lost[0] != NULL;
}

static void
test_folder_rows (void)
{
  DemoWorkspace demo;
  GtkWidget *window, *row;
  g_autofree char *gone = NULL;
  g_autofree char *name = NULL;

  demo_workspace_init (&demo);
  gone = g_build_filename (demo.folder, "gone", NULL);
  name = g_path_get_basename (demo.folder);
  am_library_folders_replace (demo.settings, NULL, demo.folder);
  am_library_folders_replace (demo.settings, NULL, gone);
  desktop_test_wait (has_lost_folder, am_workspace_get_library (demo.workspace));
  window = GTK_WIDGET (am_preferences_window_new (demo.workspace));
  gtk_window_present (GTK_WINDOW (window));
  gtk_test_widget_wait_for_draw (window);
  desktop_test_save_picture (window, "preferences");

  row = find_type (window, ADW_TYPE_ACTION_ROW, "gone");
  g_assert_nonnull (row);
  g_assert_cmpstr (adw_action_row_get_icon_name (ADW_ACTION_ROW (row)), ==, "dialog-warning-symbolic");
  row = find_type (window, ADW_TYPE_ACTION_ROW, name);
  g_assert_cmpstr (adw_action_row_get_icon_name (ADW_ACTION_ROW (row)), ==, "folder-symbolic");
  gtk_widget_activate_action (window, "preferences.remove-folder", "s", gone);
  g_assert_null (find_type (window, ADW_TYPE_ACTION_ROW, "gone"));
  assert_folders (demo.settings, demo.folder);
  gtk_window_destroy (GTK_WINDOW (window));
  demo_workspace_clear (&demo);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/preferences/folders", test_folders);
  g_test_add_func ("/preferences/bound", test_bound);
  g_test_add_func ("/preferences/folder-rows", test_folder_rows);
  return g_test_run ();
}
