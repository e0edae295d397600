#include "demo-workspace.h"

#include "preferences/welcome-page.h"

static void
keep_page (AmWelcomePage *page, const char *name, char **kept)
{
  g_free (*kept);
  *kept = g_strdup (name);
}

static gboolean
is_kept (gpointer kept)
{
  return *(char **)kept != NULL;
}

static void
test_demo (void)
{
  DemoWorkspace demo;
  AmWelcomePage *page;
  GtkWindow *window;
  AmDraft *draft;
  g_autofree char *kept = NULL;
  g_auto (GStrv) folders = NULL;

  demo_workspace_init (&demo);
  draft = am_workspace_get_draft (demo.workspace);
  page = am_welcome_page_new (demo.workspace);
  g_signal_connect (page, "done", G_CALLBACK (keep_page), &kept);
  window = desktop_test_show (GTK_WIDGET (page), 900, 700);
  desktop_test_save_picture (GTK_WIDGET (window), "welcome");
  am_welcome_page_try_demo (page);
  desktop_test_wait (is_kept, &kept);

  g_assert_cmpstr (kept, ==, "merge");
  folders = g_settings_get_strv (demo.settings, "library-folders");
  g_assert_cmpuint (g_strv_length (folders), ==, 1);
  g_assert_true (g_str_has_prefix (am_draft_get_path (draft, 0), folders[0]));
  g_assert_true (g_file_test (am_draft_get_path (draft, 1), G_FILE_TEST_EXISTS));
  g_assert_true (am_block_values_is_set (am_draft_get_block_values (draft, 0)));
  g_assert_true (am_draft_is_complete (draft));
  gtk_window_destroy (window);
  demo_workspace_clear (&demo);
}

static void
test_skip (void)
{
  DemoWorkspace demo;
  AmWelcomePage *page;
  GtkWindow *window;
  g_autofree char *kept = NULL;

  demo_workspace_init (&demo);
  page = am_welcome_page_new (demo.workspace);
  g_signal_connect (page, "done", G_CALLBACK (keep_page), &kept);
  window = desktop_test_show (GTK_WIDGET (page), 360, 640);
  desktop_test_save_picture (GTK_WIDGET (window), "welcome-narrow");
  gtk_widget_activate_action (GTK_WIDGET (page), "welcome.skip", NULL);
  g_assert_cmpstr (kept, ==, "library");
  gtk_window_destroy (window);
  demo_workspace_clear (&demo);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/welcome/demo", test_demo);
  g_test_add_func ("/welcome/skip", test_skip);
  return g_test_run ();
}
