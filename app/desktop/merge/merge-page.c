#include "merge-page.h"

#include <glib/gi18n.h>

struct _AmMergePage
{
  GtkWidget parent_instance;

  AmWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE (AmMergePage, am_merge_page, GTK_TYPE_WIDGET)

static void
am_merge_page_dispose (GObject *object)
{
  AmMergePage *self = AM_MERGE_PAGE (object);
  GtkWidget *child;

  g_clear_object (&self->workspace);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (am_merge_page_parent_class)->dispose (object);
}

static void
am_merge_page_class_init (AmMergePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_merge_page_dispose;

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/amalgam_merge/Amalgam/merge/merge-page.ui");
}

static void
am_merge_page_init (AmMergePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
am_merge_page_set_workspace (AmMergePage *self, AmWorkspace *workspace)
{
  g_return_if_fail (AM_IS_MERGE_PAGE (self) && self->workspace == NULL);

  self->workspace = g_object_ref (workspace);
}
