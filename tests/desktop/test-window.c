#include "demo-workspace.h"

#include <glib/gstdio.h>

#include "about.h"
#include "application.h"
#include "fixture-checkpoint.h"
#include "window.h"

/* The application of all tests here: there can be one in a process. */
static AmApplication *application;
static GSettings *settings;

static GtkStack *
get_content (AmWindow *window)
{
  return GTK_STACK (gtk_widget_get_template_child (GTK_WIDGET (window), AM_TYPE_WINDOW, "content"));
}

/* What the widget looks like once all is laid out. */
static void
take_picture (gpointer widget, const char *name)
{
  desktop_test_settle ();
  gtk_widget_queue_resize (widget);
  gtk_test_widget_wait_for_draw (widget);
  desktop_test_save_picture (widget, name);
}

static AmWindow *
open_window (void)
{
  GtkWindow *window;

  g_application_activate (G_APPLICATION (application));
  window = gtk_application_get_active_window (GTK_APPLICATION (application));
  g_assert_true (AM_IS_WINDOW (window));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
  desktop_test_settle ();
  return AM_WINDOW (window);
}

static void
close_window (AmWindow *window)
{
  gtk_window_destroy (GTK_WINDOW (window));
  desktop_test_settle ();
  am_draft_reset (am_workspace_get_draft (am_application_get_workspace (application)));
}

static const char *
get_page (AmWindow *window)
{
  GObject *stack = gtk_widget_get_template_child (GTK_WIDGET (window), AM_TYPE_WINDOW, "stack");

  return adw_view_stack_get_visible_child_name (ADW_VIEW_STACK (stack));
}

static gboolean
is_welcoming (AmWindow *window)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (get_content (window)), "welcome") == 0;
}

static gboolean
is_on_merge_page (gpointer window)
{
  return !is_welcoming (window) && g_strcmp0 (get_page (window), "merge") == 0;
}

/* The first run, by its buttons. */
static void
test_first_run (void)
{
  AmWindow *window;
  GtkWidget *page;
  AmDraft *draft = am_workspace_get_draft (am_application_get_workspace (application));

  demo_reset_settings (settings);
  window = open_window ();
  g_assert_true (is_welcoming (window));
  take_picture (window, "window-first-run");
  page = gtk_stack_get_visible_child (get_content (window));
  g_assert_true (gtk_widget_activate_action (page, "welcome.demo", NULL));
  desktop_test_wait (is_on_merge_page, window);
  g_assert_true (g_settings_get_boolean (settings, "welcome-done"));
  g_assert_true (am_draft_is_complete (draft));
  take_picture (window, "window-demo");
  close_window (window);

  window = open_window ();
  g_assert_false (is_welcoming (window));
  close_window (window);
}

static void
test_pages (void)
{
  static const char *const pages[] = { "merge", "runs", "compare", "measure", "library" };
  AmWindow *window;

  g_settings_set_boolean (settings, "welcome-done", TRUE);
  window = open_window ();
  for (gsize i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      g_autofree char *name = g_strconcat ("window-", pages[i], NULL);
      g_autofree char *kept = NULL;

      gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", pages[i]);
      g_assert_cmpstr (get_page (window), ==, pages[i]);
      kept = g_settings_get_string (settings, "last-page");
      g_assert_cmpstr (kept, ==, pages[i]);
      take_picture (window, name);
    }
  gtk_widget_activate_action (GTK_WIDGET (window), "win.show-page", "s", "nowhere");
  g_assert_cmpstr (get_page (window), ==, "library");
  close_window (window);
}

/* Each action that state/workspace.h promises is there, with the parameter it says. */
static void
test_actions (void)
{
  static const char *const names[]
      = { "win.show-page",  "win.toast",       "win.add-model",      "win.add-base",     "win.load-recipe",
          "win.load-yaml",  "win.open-recipe", "win.save-recipe",    "win.export-card",  "win.sweep",
          "win.new-merge",  "win.undo",        "win.redo",           "win.merge",        "win.compare",
          "win.add-folder", "win.search",      "win.show-in-folder", "win.merge-further" };
  static const char *const app_names[] = { "preferences", "about", "quit", "show-run" };
  AmWindow *window = open_window ();
  GtkWidgetClass *widget_class = GTK_WIDGET_GET_CLASS (window);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      gboolean is_there = FALSE;
      const char *name = NULL, *property = NULL;
      const GVariantType *type = NULL;
      GType owner;

      for (guint j = 0;
           !is_there && gtk_widget_class_query_action (widget_class, j, &owner, &name, &type, &property); j++)
        is_there = g_str_equal (name, names[i]);
      if (!is_there)
        g_test_message ("%s is missing", names[i]);
      g_assert_true (is_there);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (app_names); i++)
    g_assert_true (g_action_group_has_action (G_ACTION_GROUP (application), app_names[i]));
  close_window (window);
}

static void
test_undo (void)
{
  AmWindow *window = open_window ();
  AmDraft *draft = am_workspace_get_draft (am_application_get_workspace (application));

  am_draft_set_method (draft, "slerp");
  g_assert_true (gtk_widget_activate_action (GTK_WIDGET (window), "win.undo", NULL));
  g_assert_cmpstr (am_draft_get_method (draft)->id, ==, "weighted_sum");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.redo", NULL);
  g_assert_cmpstr (am_draft_get_method (draft)->id, ==, "slerp");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.new-merge", NULL);
  g_assert_cmpstr (am_draft_get_method (draft)->id, ==, "weighted_sum");
  gtk_widget_activate_action (GTK_WIDGET (window), "win.undo", NULL);
  g_assert_cmpstr (am_draft_get_method (draft)->id, ==, "slerp");
  close_window (window);
}

/* Recipes load, checkpoints go into slots, folders into the library. */
static void
test_open (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *a = NULL, *b = NULL;
  g_autofree char *recipe = g_build_filename (folder, "mix.yaml", NULL);
  AmWindow *window = open_window ();
  AmDraft *draft = am_workspace_get_draft (am_application_get_workspace (application));
  const char *models[] = { NULL, NULL, NULL };
  const char *one[] = { recipe, NULL };
  const char *other[] = { folder, NULL };
  g_auto (GStrv) folders = NULL;

  demo_write_models (folder, &a, &b);
  models[0] = a;
  models[1] = b;
  am_window_open_paths (window, models);
  g_assert_cmpstr (am_draft_get_path (draft, 0), ==, a);
  g_assert_cmpstr (am_draft_get_path (draft, 1), ==, b);
  g_assert_cmpstr (get_page (window), ==, "merge");

  g_assert_true (g_file_set_contents (recipe,
                                      "merge_method: slerp\nmodels:\n  - model: style.safetensors\n"
                                      "  - model: base.safetensors\nparameters: {t: 0.25}\n",
                                      -1, NULL));
  am_window_open_paths (window, one);
  g_assert_cmpstr (am_draft_get_method (draft)->id, ==, "slerp");
  g_assert_cmpstr (am_draft_get_path (draft, 0), ==, b);
  g_assert_cmpfloat (am_draft_get_parameter (draft, 0, 0), ==, 0.25);

  am_window_open_paths (window, other);
  folders = g_settings_get_strv (settings, "library-folders");
  g_assert_true (g_strv_contains ((const char *const *)folders, folder));
  g_settings_reset (settings, "library-folders");
  close_window (window);
  fixture_remove_folder (folder);
}

static guint
count_dialogs (void)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();
  guint n = 0;

  for (GList *link = windows; link != NULL; link = link->next)
    if (ADW_IS_MESSAGE_DIALOG (link->data))
      n++;
  return n;
}

static GtkWindow *
find_dialog (void)
{
  g_autoptr (GList) windows = gtk_window_list_toplevels ();

  for (GList *link = windows; link != NULL; link = link->next)
    if (ADW_IS_MESSAGE_DIALOG (link->data))
      return link->data;
  return NULL;
}

static void
test_missing_models (void)
{
  AmWindow *window = open_window ();
  AmDraft *draft = am_workspace_get_draft (am_application_get_workspace (application));
  GtkWindow *dialog;

  gtk_widget_activate_action (
      GTK_WIDGET (window), "win.load-yaml", "s",
      "merge_method: slerp\nmodels: [{model: one.safetensors}, {model: two.safetensors}]\n");
  dialog = find_dialog ();
  g_assert_nonnull (dialog);
  g_assert_nonnull (strstr (adw_message_dialog_get_body (ADW_MESSAGE_DIALOG (dialog)), "two.safetensors"));
  g_assert_cmpstr (am_draft_get_path (draft, 0), ==, "one.safetensors");
  take_picture (dialog, "missing-models");
  gtk_window_destroy (dialog);

  gtk_widget_activate_action (GTK_WIDGET (window), "win.load-yaml", "s", "merge_method: nothing\n");
  dialog = find_dialog ();
  g_assert_nonnull (strstr (adw_message_dialog_get_body (ADW_MESSAGE_DIALOG (dialog)), "nothing"));
  gtk_window_destroy (dialog);
  g_assert_cmpuint (count_dialogs (), ==, 0);
  close_window (window);
}

static gboolean
has_no_window (gpointer data)
{
  return gtk_application_get_windows (GTK_APPLICATION (application)) == NULL;
}

/* A window does not close over a running merge without asking, and then leaves nothing behind. */
static void
test_close_while_merging (void)
{
  g_autofree char *folder = fixture_new_folder ();
  g_autofree char *output = g_build_filename (folder, "out.safetensors", NULL);
  g_autofree char *a = NULL, *b = NULL;
  AmWindow *window = open_window ();
  AmWorkspace *workspace = am_application_get_workspace (application);
  AmRunOptions options = am_workspace_get_run_options (workspace);
  g_autoptr (GPtrArray) recipes = NULL;
  GtkWindow *dialog;

  /* There is nobody on the bus to notify. */
  g_settings_set_boolean (settings, "notify", FALSE);
  demo_write_models (folder, &a, &b);
  am_draft_set_path (am_workspace_get_draft (workspace), 0, a);
  am_draft_set_path (am_workspace_get_draft (workspace), 1, b);
  recipes = am_draft_dup_recipes (am_workspace_get_draft (workspace));
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%u.safetensors", folder, i);
      g_autoptr (AmRun) run = am_run_new (recipes, i == 0 ? output : path, &options);

      am_run_queue_add (am_workspace_get_queue (workspace), run);
    }
  gtk_window_close (GTK_WINDOW (window));
  dialog = find_dialog ();
  g_assert_nonnull (dialog);
  take_picture (dialog, "close-while-merging");
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (dialog), "continue");
  g_assert_false (has_no_window (NULL));

  gtk_window_close (GTK_WINDOW (window));
  dialog = find_dialog ();
  g_assert_nonnull (dialog);
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (dialog), "stop");
  desktop_test_wait (has_no_window, NULL);
  g_assert_cmpuint (am_run_queue_get_n_open (am_workspace_get_queue (workspace)), ==, 0);
  am_draft_reset (am_workspace_get_draft (workspace));
  fixture_remove_folder (folder);
}

static void
test_about (void)
{
  AdwAboutWindow *about = am_about_window_new ();
  g_autofree char *info = am_about_dup_debug_info ();

  gtk_window_present (GTK_WINDOW (about));
  gtk_test_widget_wait_for_draw (GTK_WIDGET (about));
  take_picture (about, "about");
  g_assert_cmpstr (adw_about_window_get_version (about), ==, AM_VERSION);
  g_assert_nonnull (strstr (info, AM_VERSION));
  g_assert_nonnull (strstr (info, "GTK 4."));
  gtk_window_destroy (GTK_WINDOW (about));
}

static void
test_colour_scheme (void)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  g_settings_set_string (settings, "colour-scheme", "dark");
  g_assert_true (adw_style_manager_get_dark (manager));
  g_settings_set_string (settings, "colour-scheme", "light");
  g_assert_false (adw_style_manager_get_dark (manager));
}

int
main (int argc, char **argv)
{
  int status;

  desktop_test_init (&argc, &argv);
  settings = g_settings_new (AM_APPLICATION_ID);
  application = am_application_new ();
  g_application_set_flags (G_APPLICATION (application),
                           g_application_get_flags (G_APPLICATION (application)) | G_APPLICATION_NON_UNIQUE);
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  g_application_hold (G_APPLICATION (application));

  g_test_add_func ("/window/first-run", test_first_run);
  g_test_add_func ("/window/pages", test_pages);
  g_test_add_func ("/window/actions", test_actions);
  g_test_add_func ("/window/undo", test_undo);
  g_test_add_func ("/window/open", test_open);
  g_test_add_func ("/window/missing-models", test_missing_models);
  g_test_add_func ("/window/close-while-merging", test_close_while_merging);
  g_test_add_func ("/window/about", test_about);
  g_test_add_func ("/window/colour-scheme", test_colour_scheme);
  status = g_test_run ();
  g_clear_object (&settings);
  return status;
}
