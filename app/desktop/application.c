#include "application.h"

#include "am-desktop-resources.h"
#include "window.h"

struct _AmApplication
{
  AdwApplication parent_instance;

  AmWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE (AmApplication, am_application, ADW_TYPE_APPLICATION)

static void
am_application_finalize (GObject *object)
{
  AmApplication *self = AM_APPLICATION (object);

  g_clear_object (&self->workspace);

  G_OBJECT_CLASS (am_application_parent_class)->finalize (object);
}

static void
am_application_startup (GApplication *application)
{
  AmApplication *self = AM_APPLICATION (application);
  g_autoptr (GSettings) settings = g_settings_new (AM_APPLICATION_ID);

  g_resources_register (am_desktop_get_resource ());
  G_APPLICATION_CLASS (am_application_parent_class)->startup (application);

  self->workspace = am_workspace_new (settings);
}

static void
am_application_activate (GApplication *application)
{
  AmApplication *self = AM_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));

  if (window == NULL)
    window = GTK_WINDOW (am_window_new (GTK_APPLICATION (application), self->workspace));
  gtk_window_present (window);
}

static void
am_application_class_init (AmApplicationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  object_class->finalize = am_application_finalize;
  application_class->startup = am_application_startup;
  application_class->activate = am_application_activate;
}

static void
am_application_init (AmApplication *self)
{
}

AmApplication *
am_application_new (void)
{
  return g_object_new (AM_TYPE_APPLICATION, "application-id", AM_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, "resource-base-path", "/io/github/amalgam_merge/Amalgam", NULL);
}

AmWorkspace *
am_application_get_workspace (AmApplication *self)
{
  return self->workspace;
}
