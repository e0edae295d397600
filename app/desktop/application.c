#include "application.h"

#include <glib/gi18n.h>

#include "about.h"
#include "am-desktop-resources.h"
#include "preferences/preferences-window.h"
#include "runs/run-notification.h"
#include "state/draft-defaults.h"
#include "window.h"

struct _AmApplication
{
  AdwApplication parent_instance;

  AmWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE (AmApplication, am_application, ADW_TYPE_APPLICATION)

typedef struct
{
  const char *action;
  const char *keys[4];
} Accelerator;

static const Accelerator accelerators[] = {
  { "win.new-merge", { "<Primary>n" } },
  { "win.open-recipe", { "<Primary>o" } },
  { "win.save-recipe", { "<Primary>s" } },
  { "win.export-card", { "<Primary>e" } },
  { "win.sweep", { "<Primary><Shift>s" } },
  { "win.undo", { "<Primary>z" } },
  { "win.redo", { "<Primary><Shift>z", "<Primary>y" } },
  { "win.merge", { "<Primary>Return", "<Primary>KP_Enter" } },
  { "win.search", { "<Primary>f" } },
  { "win.show-page::library", { "<Primary>1", "<Alt>1" } },
  { "win.show-page::merge", { "<Primary>2", "<Alt>2" } },
  { "win.show-page::runs", { "<Primary>3", "<Alt>3" } },
  { "win.show-page::compare", { "<Primary>4", "<Alt>4" } },
  { "win.show-page::measure", { "<Primary>5", "<Alt>5" } },
  { "win.show-help-overlay", { "<Primary>question", "<Primary>F1" } },
  { "window.close", { "<Primary>w" } },
  { "app.preferences", { "<Primary>comma" } },
  { "app.quit", { "<Primary>q" } },
};

static void
set_accelerators (GtkApplication *application)
{
  for (gsize i = 0; i < G_N_ELEMENTS (accelerators); i++)
    gtk_application_set_accels_for_action (application, accelerators[i].action, accelerators[i].keys);
}

static AmWindow *
find_window (AmApplication *self)
{
  for (GList *link = gtk_application_get_windows (GTK_APPLICATION (self)); link != NULL; link = link->next)
    if (AM_IS_WINDOW (link->data))
      return link->data;
  return am_window_new (GTK_APPLICATION (self), self->workspace);
}

static void
show_preferences (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  AmApplication *self = user_data;
  GtkWindow *preferences = GTK_WINDOW (am_preferences_window_new (self->workspace));

  gtk_window_set_transient_for (preferences, gtk_application_get_active_window (GTK_APPLICATION (self)));
  gtk_window_present (preferences);
}

static void
show_about (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *about = GTK_WINDOW (am_about_window_new ());

  gtk_window_set_transient_for (about, gtk_application_get_active_window (user_data));
  gtk_window_present (about);
}

/* Windows may ask before they close; the application ends with the last of them. */
static void
quit (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (user_data));

  for (GList *link = windows; link != NULL; link = link->next)
    if (AM_IS_WINDOW (link->data))
      gtk_window_close (link->data);
}

static void
show_run (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  AmWindow *window = find_window (user_data);

  am_window_show_run (window, g_variant_get_string (parameter, NULL));
  gtk_window_present (GTK_WINDOW (window));
}

static const GActionEntry actions[] = {
  { "preferences", show_preferences, NULL, NULL, NULL, { 0 } },
  { "about", show_about, NULL, NULL, NULL, { 0 } },
  { "quit", quit, NULL, NULL, NULL, { 0 } },
  { "show-run", show_run, "s", NULL, NULL, { 0 } },
};

static gboolean
is_used (AmApplication *self)
{
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  return window != NULL && gtk_window_is_active (window);
}

static void
on_run_finished (AmApplication *self, AmRun *run)
{
  g_autoptr (GNotification) notification = NULL;

  if (!g_settings_get_boolean (am_workspace_get_settings (self->workspace), "notify") || is_used (self))
    return;
  notification = am_run_make_notification (run);
  if (notification != NULL)
    g_application_send_notification (G_APPLICATION (self), am_run_get_output (run), notification);
}

static void
apply_colour_scheme (GSettings *settings)
{
  g_autofree char *name = g_settings_get_string (settings, "colour-scheme");
  AdwColorScheme scheme = ADW_COLOR_SCHEME_DEFAULT;

  if (g_str_equal (name, "light"))
    scheme = ADW_COLOR_SCHEME_FORCE_LIGHT;
  else if (g_str_equal (name, "dark"))
    scheme = ADW_COLOR_SCHEME_FORCE_DARK;
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), scheme);
}

static void
am_application_startup (GApplication *application)
{
  AmApplication *self = AM_APPLICATION (application);
  g_autoptr (GSettings) settings = g_settings_new (AM_APPLICATION_ID);

  g_resources_register (am_desktop_get_resource ());
  G_APPLICATION_CLASS (am_application_parent_class)->startup (application);

  gtk_window_set_default_icon_name (AM_APPLICATION_ID);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  set_accelerators (GTK_APPLICATION (self));
  g_signal_connect (settings, "changed::colour-scheme", G_CALLBACK (apply_colour_scheme), NULL);
  apply_colour_scheme (settings);

  self->workspace = am_workspace_new (settings);
  am_draft_take_defaults (am_workspace_get_draft (self->workspace), settings);
  g_signal_connect_object (am_workspace_get_queue (self->workspace), "run-finished",
                           G_CALLBACK (on_run_finished), self, G_CONNECT_SWAPPED);
}

static void
am_application_activate (GApplication *application)
{
  gtk_window_present (GTK_WINDOW (find_window (AM_APPLICATION (application))));
}

static void
am_application_open (GApplication *application, GFile **files, int n_files, const char *hint)
{
  AmWindow *window = find_window (AM_APPLICATION (application));
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) paths = NULL;

  for (int i = 0; i < n_files; i++)
    {
      g_autofree char *path = g_file_get_path (files[i]);

      if (path != NULL)
        g_strv_builder_add (builder, path);
    }
  paths = g_strv_builder_end (builder);
  gtk_window_present (GTK_WINDOW (window));
  am_window_open_paths (window, (const char *const *)paths);
}

static int
am_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  if (!g_variant_dict_contains (options, "version"))
    return -1;
  g_print ("amalgam-desktop %s\n", AM_VERSION);
  return 0;
}

static void
am_application_finalize (GObject *object)
{
  AmApplication *self = AM_APPLICATION (object);

  g_clear_object (&self->workspace);

  G_OBJECT_CLASS (am_application_parent_class)->finalize (object);
}

static void
am_application_class_init (AmApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->finalize = am_application_finalize;
  application_class->startup = am_application_startup;
  application_class->activate = am_application_activate;
  application_class->open = am_application_open;
  application_class->handle_local_options = am_application_handle_local_options;
}

static const GOptionEntry options[] = {
  { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Show the version and exit"), NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static void
am_application_init (AmApplication *self)
{
  g_application_set_option_context_parameter_string (G_APPLICATION (self), _ ("[FILE…]"));
  g_application_set_option_context_summary (
      G_APPLICATION (self),
      _ ("Merges neural-network checkpoints. FILE is a recipe, a recipe card or a model."));
  g_application_add_main_option_entries (G_APPLICATION (self), options);
}

AmApplication *
am_application_new (void)
{
  return g_object_new (AM_TYPE_APPLICATION, "application-id", AM_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path", "/io/github/amalgam_merge/Amalgam",
                       NULL);
}

AmWorkspace *
am_application_get_workspace (AmApplication *self)
{
  return self->workspace;
}
