#include "window.h"

#include <glib/gi18n.h>

#include "compare/compare-page.h"
#include "library/library-page.h"
#include "merge/merge-page.h"
#include "runs/runs-page.h"

struct _AmWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  AdwViewStack *stack;
  AmLibraryPage *library_page;
  AmMergePage *merge_page;
  AmRunsPage *runs_page;
  AmComparePage *compare_page;

  AmWorkspace *workspace;
};

G_DEFINE_FINAL_TYPE (AmWindow, am_window, ADW_TYPE_APPLICATION_WINDOW)

static void
am_window_dispose (GObject *object)
{
  AmWindow *self = AM_WINDOW (object);

  g_clear_object (&self->workspace);

  G_OBJECT_CLASS (am_window_parent_class)->dispose (object);
}

static void
show_page (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_window_show_page (AM_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
show_toast (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);
  g_autofree char *text = g_markup_escape_text (g_variant_get_string (parameter, NULL), -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (text));
}

static void
am_window_class_init (AmWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_window_dispose;

  gtk_widget_class_install_action (widget_class, "win.show-page", "s", show_page);
  gtk_widget_class_install_action (widget_class, "win.toast", "s", show_toast);

  g_type_ensure (AM_TYPE_LIBRARY_PAGE);
  g_type_ensure (AM_TYPE_MERGE_PAGE);
  g_type_ensure (AM_TYPE_RUNS_PAGE);
  g_type_ensure (AM_TYPE_COMPARE_PAGE);
  gtk_widget_class_set_template_from_resource (widget_class, "/io/github/amalgam_merge/Amalgam/window.ui");
  gtk_widget_class_bind_template_child (widget_class, AmWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, library_page);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, merge_page);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, runs_page);
  gtk_widget_class_bind_template_child (widget_class, AmWindow, compare_page);
}

static void
am_window_init (AmWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

AmWindow *
am_window_new (GtkApplication *application, AmWorkspace *workspace)
{
  AmWindow *self = g_object_new (AM_TYPE_WINDOW, "application", application, NULL);

  self->workspace = g_object_ref (workspace);
  am_library_page_set_workspace (self->library_page, workspace);
  am_merge_page_set_workspace (self->merge_page, workspace);
  am_runs_page_set_workspace (self->runs_page, workspace);
  am_compare_page_set_workspace (self->compare_page, workspace);
  return self;
}

void
am_window_show_page (AmWindow *self, const char *name)
{
  adw_view_stack_set_visible_child_name (self->stack, name);
}
