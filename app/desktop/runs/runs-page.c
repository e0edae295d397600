#include "runs-page.h"

#include <glib/gi18n.h>

struct _AmRunsPage
{
  GtkWidget parent_instance;

  AmWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE (AmRunsPage, am_runs_page, GTK_TYPE_WIDGET)

static void
am_runs_page_dispose (GObject *object)
{
  AmRunsPage *self = AM_RUNS_PAGE (object);
  GtkWidget *child;

  g_clear_object (&self->workspace);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (am_runs_page_parent_class)->dispose (object);
}

static void
am_runs_page_class_init (AmRunsPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_runs_page_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/amalgam_merge/Amalgam/runs/runs-page.ui");
}

static void
am_runs_page_init (AmRunsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
am_runs_page_set_workspace (AmRunsPage *self, AmWorkspace *workspace)
{
  g_return_if_fail (AM_IS_RUNS_PAGE (self) && self->workspace == NULL);

  self->workspace = g_object_ref (workspace);
}
