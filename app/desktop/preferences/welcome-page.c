#include "welcome-page.h"

#include <errno.h>
#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "base/unparent-children.h"
#include "library-folders.h"
#include "state/draft-defaults.h"

#define DEMO_PRESET "GRAD_V"

struct _AmWelcomePage
{
  GtkWidget parent_instance;

  GtkSpinner *spinner;
  GtkLabel *failure_label;

  AmWorkspace *workspace;
};

typedef struct
{
  char *folder;
  char *a;
  char *b;
} Demo;

enum
{
  SIGNAL_DONE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmWelcomePage, am_welcome_page, GTK_TYPE_WIDGET)

static void
demo_free (Demo *demo)
{
  g_free (demo->folder);
  g_free (demo->a);
  g_free (demo->b);
  g_free (demo);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Demo, demo_free)

static void
am_welcome_page_dispose (GObject *object)
{
  AmWelcomePage *self = AM_WELCOME_PAGE (object);

  g_clear_object (&self->workspace);
  am_unparent_children (GTK_WIDGET (self));

  G_OBJECT_CLASS (am_welcome_page_parent_class)->dispose (object);
}

static void
finish (AmWelcomePage *self, const char *page)
{
  g_signal_emit (self, signals[SIGNAL_DONE], 0, page);
}

static void
on_folder_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmWelcomePage) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);

  if (path == NULL || self->workspace == NULL)
    return;
  am_library_folders_replace (am_workspace_get_settings (self->workspace), NULL, path);
  finish (self, "library");
}

static void
add_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_choose_folder_async (widget, _ ("Add model folder"), NULL, on_folder_chosen, g_object_ref (widget));
}

static void
skip (GtkWidget *widget, const char *action, GVariant *parameter)
{
  finish (AM_WELCOME_PAGE (widget), "library");
}

static gpointer
write_demo (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  g_autoptr (Demo) demo = g_new0 (Demo, 1);

  demo->folder = g_strdup (data);
  if (g_mkdir_with_parents (demo->folder, 0755) != 0)
    {
      am_set_error_errno (error, errno, demo->folder, "create");
      return NULL;
    }
  if (!am_demo_write_models (demo->folder, &demo->a, &demo->b, error))
    return NULL;
  return g_steal_pointer (&demo);
}

static void
set_busy (AmWelcomePage *self, gboolean is_busy)
{
  gtk_spinner_set_spinning (self->spinner, is_busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "welcome.demo", !is_busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "welcome.add-folder", !is_busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "welcome.skip", !is_busy);
}

static void
fill_slots (AmWorkspace *workspace, const Demo *demo)
{
  AmDraft *draft = am_workspace_get_draft (workspace);

  am_draft_begin (draft, NULL);
  am_draft_start_anew (draft, am_workspace_get_settings (workspace));
  am_draft_set_path (draft, 0, demo->a);
  am_draft_set_path (draft, 1, demo->b);
  am_block_values_apply_preset (am_draft_get_block_values (draft, 0), (guint)am_preset_find (DEMO_PRESET),
                                G_MAXUINT, 0, NULL);
  am_draft_end (draft);
}

static void
on_demo_written (AmWelcomePage *self, AmJob *job)
{
  const Demo *demo = am_job_get_result (job);

  if (self->workspace == NULL)
    return;
  set_busy (self, FALSE);
  if (demo == NULL)
    {
      gtk_label_set_label (self->failure_label, am_job_get_error (job)->message);
      gtk_widget_set_visible (GTK_WIDGET (self->failure_label), TRUE);
      return;
    }
  am_library_folders_replace (am_workspace_get_settings (self->workspace), NULL, demo->folder);
  fill_slots (self->workspace, demo);
  finish (self, "merge");
}

void
am_welcome_page_try_demo (AmWelcomePage *self)
{
  char *folder = g_build_filename (g_get_user_data_dir (), "amalgam", "demo", NULL);
  g_autoptr (AmJob) job
      = am_job_new (_ ("Writing demo models"), write_demo, folder, g_free, (GDestroyNotify)demo_free);

  set_busy (self, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->failure_label), FALSE);
  g_signal_connect_object (job, "finished", G_CALLBACK (on_demo_written), self, G_CONNECT_SWAPPED);
  am_job_start (job);
}

static void
try_demo (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_welcome_page_try_demo (AM_WELCOME_PAGE (widget));
}

static void
am_welcome_page_class_init (AmWelcomePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_welcome_page_dispose;

  signals[SIGNAL_DONE] = g_signal_new ("done", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

  gtk_widget_class_install_action (widget_class, "welcome.add-folder", NULL, add_folder);
  gtk_widget_class_install_action (widget_class, "welcome.demo", NULL, try_demo);
  gtk_widget_class_install_action (widget_class, "welcome.skip", NULL, skip);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/amalgam_merge/Amalgam/preferences/welcome-page.ui");
  gtk_widget_class_bind_template_child (widget_class, AmWelcomePage, spinner);
  gtk_widget_class_bind_template_child (widget_class, AmWelcomePage, failure_label);
}

static void
am_welcome_page_init (AmWelcomePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

AmWelcomePage *
am_welcome_page_new (AmWorkspace *workspace)
{
  AmWelcomePage *self = g_object_new (AM_TYPE_WELCOME_PAGE, NULL);

  self->workspace = g_object_ref (workspace);
  return self;
}
