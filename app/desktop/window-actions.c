#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "preferences/library-folders.h"
#include "recipes/sweep.h"
#include "state/draft-defaults.h"
#include "window-private.h"

static void
show_page (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_window_show_page (AM_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
show_toast (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_window_toast (AM_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
put_into_slot (AmWindow *self, guint slot, const char *path)
{
  am_draft_set_path (am_workspace_get_draft (self->workspace), slot, path);
  am_window_show_page (self, "merge");
}

static gboolean
ask_for_another (gpointer data)
{
  AmWindow *self = data;
  g_autofree char *name = g_filename_display_basename (self->lone_model);
  g_autofree char *text = g_strdup_printf (_ ("Added “%s”. Add another to merge it with"), name);

  self->hint = 0;
  if (!am_draft_is_complete (am_workspace_get_draft (self->workspace)))
    am_window_toast (self, text);
  return G_SOURCE_REMOVE;
}

/* The others may come with the same drop or command. */
static void
ask_for_another_later (AmWindow *self, const char *path)
{
  g_free (self->lone_model);
  self->lone_model = g_strdup (path);
  if (self->hint == 0)
    self->hint = g_idle_add (ask_for_another, self);
}

static void
add_model (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);
  AmDraft *draft = am_workspace_get_draft (self->workspace);
  const char *path = g_variant_get_string (parameter, NULL);
  g_autofree char *message = am_draft_place_model (draft, path);

  /* Who picks models one after the other stays where they are until there are enough. */
  if (am_draft_is_complete (draft))
    am_window_show_page (self, "merge");
  else if (message == NULL)
    ask_for_another_later (self, path);
  if (message != NULL)
    am_window_toast (self, message);
}

/* What was made leads the next merge; the others stay until they are changed. */
static void
merge_further (GtkWidget *widget, const char *action, GVariant *parameter)
{
  put_into_slot (AM_WINDOW (widget), 0, g_variant_get_string (parameter, NULL));
}

static void
add_base (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);
  AmDraft *draft = am_workspace_get_draft (self->workspace);

  if (am_draft_has_base_slot (draft))
    {
      put_into_slot (self, AM_SLOT_BASE, g_variant_get_string (parameter, NULL));
      return;
    }
  am_window_show_page (self, "merge");
  am_window_toast (self, _ ("This method has no base. Choose another method first."));
}

static void
start_new_merge (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);
  AdwToast *toast = adw_toast_new (_ ("Started a new merge"));

  am_draft_start_anew (am_workspace_get_draft (self->workspace), am_workspace_get_settings (self->workspace));
  am_window_show_page (self, "merge");
  adw_toast_set_button_label (toast, _ ("_Undo"));
  adw_toast_set_action_name (toast, "win.undo");
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* Text being typed has an undo of its own, as long as there is something of it to take back; numbers in spin
 * buttons are the draft's. */
static gboolean
undo_typing (AmWindow *self, const char *action)
{
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  gboolean is_text = GTK_IS_TEXT (focus) && gtk_editable_get_editable (GTK_EDITABLE (focus));
  g_autofree char *before = NULL;

  if (!is_text || gtk_widget_get_ancestor (focus, GTK_TYPE_SPIN_BUTTON) != NULL)
    return FALSE;
  before = g_strdup (gtk_editable_get_text (GTK_EDITABLE (focus)));
  gtk_widget_activate_action (focus, action, NULL);
  return !g_str_equal (before, gtk_editable_get_text (GTK_EDITABLE (focus)));
}

static void
undo (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);

  if (!undo_typing (self, "text.undo"))
    am_draft_undo (am_workspace_get_draft (self->workspace));
}

static void
redo (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);

  if (!undo_typing (self, "text.redo"))
    am_draft_redo (am_workspace_get_draft (self->workspace));
}

static void
run_merge (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_merge_page_run (AM_MERGE_PAGE (am_window_get_page (AM_WINDOW (widget), "merge")));
}

static void
compare (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);
  const char *a, *b;

  g_variant_get (parameter, "(&s&s)", &a, &b);
  am_compare_page_set_paths (AM_COMPARE_PAGE (am_window_get_page (self, "compare")), a, b);
  am_window_show_page (self, "compare");
}

static void
measure (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);

  am_window_show_page (self, "measure");
  am_measure_page_add_model (AM_MEASURE_PAGE (am_window_get_page (self, "measure")),
                             g_variant_get_string (parameter, NULL));
}

static void
show_in_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_show_in_file_manager (widget, g_variant_get_string (parameter, NULL));
}

void
am_window_add_folder (AmWindow *self, const char *path)
{
  gboolean is_new = am_library_folders_replace (am_workspace_get_settings (self->workspace), NULL, path);

  am_window_show_page (self, "library");
  am_window_toast (self, is_new ? ngettext ("Folder added to the library", "Folders added to the library", 1)
                                : _ ("This folder is in the library already"));
}

static void
on_folder_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmWindow) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);

  if (path != NULL && self->workspace != NULL)
    am_window_add_folder (self, path);
}

static void
add_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_choose_folder_async (widget, _ ("Add model folder"), NULL, on_folder_chosen, g_object_ref (widget));
}

/* The first search bar or search field of a page that can be used now. */
static GtkWidget *
find_search (GtkWidget *widget)
{
  if (!gtk_widget_get_mapped (widget))
    return NULL;
  if (GTK_IS_SEARCH_BAR (widget) || GTK_IS_SEARCH_ENTRY (widget))
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_search (child);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
search (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);
  GtkWidget *page = am_window_get_page (self, adw_view_stack_get_visible_child_name (self->stack));
  GtkWidget *found = find_search (page);

  if (AM_IS_RUNS_PAGE (page))
    {
      am_runs_page_start_search (AM_RUNS_PAGE (page));
      return;
    }
  if (found == NULL)
    {
      am_window_show_page (self, "library");
      found = find_search (am_window_get_page (self, "library"));
    }
  if (GTK_IS_SEARCH_BAR (found))
    gtk_search_bar_set_search_mode (GTK_SEARCH_BAR (found), TRUE);
  else if (found != NULL)
    gtk_widget_grab_focus (found);
}

void
am_window_class_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.show-page", "s", show_page);
  gtk_widget_class_install_action (widget_class, "win.toast", "s", show_toast);
  gtk_widget_class_install_action (widget_class, "win.add-model", "s", add_model);
  gtk_widget_class_install_action (widget_class, "win.merge-further", "s", merge_further);
  gtk_widget_class_install_action (widget_class, "win.add-base", "s", add_base);
  gtk_widget_class_install_action (widget_class, "win.new-merge", NULL, start_new_merge);
  gtk_widget_class_install_action (widget_class, "win.undo", NULL, undo);
  gtk_widget_class_install_action (widget_class, "win.redo", NULL, redo);
  gtk_widget_class_install_action (widget_class, "win.merge", NULL, run_merge);
  gtk_widget_class_install_action (widget_class, "win.compare", "(ss)", compare);
  gtk_widget_class_install_action (widget_class, "win.measure", "s", measure);
  gtk_widget_class_install_action (widget_class, "win.show-in-folder", "s", show_in_folder);
  gtk_widget_class_install_action (widget_class, "win.add-folder", NULL, add_folder);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search);
}

static gboolean
can_sweep (AmDraft *draft)
{
  g_autoptr (GArray) subjects = am_sweep_list_subjects (draft);

  return subjects->len > 0;
}

static void
on_draft_changed (AmWindow *self)
{
  AmDraft *draft = am_workspace_get_draft (self->workspace);
  gboolean is_complete = am_draft_is_complete (draft);
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_widget_action_set_enabled (widget, "win.undo", am_draft_can_undo (draft));
  gtk_widget_action_set_enabled (widget, "win.redo", am_draft_can_redo (draft));
  gtk_widget_action_set_enabled (widget, "win.save-recipe", is_complete);
  gtk_widget_action_set_enabled (widget, "win.export-card", is_complete);
  gtk_widget_action_set_enabled (widget, "win.sweep", is_complete && can_sweep (draft));
}

void
am_window_follow_draft (AmWindow *self)
{
  AmDraft *draft = am_workspace_get_draft (self->workspace);

  g_signal_connect_object (draft, "changed", G_CALLBACK (on_draft_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::can-undo", G_CALLBACK (on_draft_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (draft, "notify::can-redo", G_CALLBACK (on_draft_changed), self, G_CONNECT_SWAPPED);
  on_draft_changed (self);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.merge", FALSE);
}
