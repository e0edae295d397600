#include "runs/runs-page.h"

#include <glib/gi18n.h>

#include "base/unparent-children.h"
#include "runs/runs-page-private.h"

G_DEFINE_FINAL_TYPE (AmRunsPage, am_runs_page, GTK_TYPE_WIDGET)

static void
am_runs_page_dispose (GObject *object)
{
  AmRunsPage *self = AM_RUNS_PAGE (object);

  am_unparent_children (GTK_WIDGET (self));
  g_clear_object (&self->waiting);
  g_clear_object (&self->finished);
  g_clear_object (&self->selection);
  g_clear_object (&self->found);
  g_clear_object (&self->workspace);
  g_clear_pointer (&self->words, g_strfreev);

  G_OBJECT_CLASS (am_runs_page_parent_class)->dispose (object);
}

static void
go_back (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmRunsPage *self = AM_RUNS_PAGE (widget);

  adw_leaflet_set_visible_child_name (self->leaflet, "list");
  gtk_widget_grab_focus (GTK_WIDGET (self->history_view));
}

static void
cancel_all (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_run_queue_cancel_all (am_workspace_get_queue (AM_RUNS_PAGE (widget)->workspace));
}

static void
clear_finished (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_run_queue_remove_finished (am_workspace_get_queue (AM_RUNS_PAGE (widget)->workspace));
}

static void
on_clear_response (AdwMessageDialog *dialog, const char *response, AmRunsPage *self)
{
  if (strcmp (response, "clear") != 0)
    return;
  am_history_clear (am_workspace_get_history (self->workspace));
  am_runs_page_show_entry (self, NULL, FALSE);
}

static void
clear_history (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmRunsPage *self = AM_RUNS_PAGE (widget);
  GtkWidget *dialog
      = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)), _ ("Clear the history?"),
                                _ ("The recipes and results of all merges are forgotten. "
                                   "The merged files stay where they are."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "clear",
                                    _ ("C_lear"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "clear", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_clear_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/runs/runs-page.ui");
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, leaflet);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, queue_scrolled);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, queue_separator);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, card);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, waiting_group);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, waiting_list);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, finished_group);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, finished_list);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, search_box);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, search);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, history_stack);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, history_view);
  gtk_widget_class_bind_template_child (widget_class, AmRunsPage, result);
}

static void
am_runs_page_class_init (AmRunsPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_runs_page_dispose;

  g_type_ensure (AM_TYPE_RUN_CARD);
  g_type_ensure (AM_TYPE_RESULT_VIEW);
  gtk_widget_class_install_action (widget_class, "runs.back", NULL, go_back);
  gtk_widget_class_install_action (widget_class, "runs.cancel-all", NULL, cancel_all);
  gtk_widget_class_install_action (widget_class, "runs.clear-finished", NULL, clear_finished);
  gtk_widget_class_install_action (widget_class, "runs.clear-history", NULL, clear_history);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  bind_template (widget_class);
}

static void
on_remove_wanted (AmResultView *result, AmRunsPage *self)
{
  am_runs_page_remove_entry (self, am_result_view_get_entry (result));
}

static void
am_runs_page_init (AmRunsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (self->result, "remove-wanted", G_CALLBACK (on_remove_wanted), self);
}

void
am_runs_page_set_workspace (AmRunsPage *self, AmWorkspace *workspace)
{
  g_return_if_fail (AM_IS_RUNS_PAGE (self) && self->workspace == NULL);

  self->workspace = g_object_ref (workspace);
  am_result_view_set_workspace (self->result, workspace);
  am_runs_page_set_up_queue (self);
  am_runs_page_set_up_history (self);
}

static void
select_entry (AmRunsPage *self, AmHistoryEntry *entry)
{
  GListModel *model = G_LIST_MODEL (self->selection);
  guint position = GTK_INVALID_LIST_POSITION;

  for (guint i = 0; i < g_list_model_get_n_items (model) && position == GTK_INVALID_LIST_POSITION; i++)
    {
      g_autoptr (AmHistoryEntry) item = g_list_model_get_item (model, i);

      if (item == entry)
        position = i;
    }
  gtk_single_selection_set_selected (self->selection, position);
}

void
am_runs_page_show_entry (AmRunsPage *self, AmHistoryEntry *entry, gboolean is_wanted)
{
  g_autoptr (AmHistoryEntry) kept = entry != NULL ? g_object_ref (entry) : NULL;

  self->is_result_chosen = is_wanted;
  am_result_view_set_entry (self->result, kept);
  select_entry (self, kept);
  if (is_wanted)
    adw_leaflet_set_visible_child_name (self->leaflet, "result");
  else if (kept == NULL)
    adw_leaflet_set_visible_child_name (self->leaflet, "list");
}

void
am_runs_page_remove_entry (AmRunsPage *self, AmHistoryEntry *entry)
{
  g_autoptr (AmHistoryEntry) kept = entry != NULL ? g_object_ref (entry) : NULL;

  if (kept == NULL)
    return;
  am_history_remove (am_workspace_get_history (self->workspace), kept);
  if (am_result_view_get_entry (self->result) == kept)
    am_runs_page_show_entry (self, NULL, FALSE);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Removed from the history"));
}

void
am_runs_page_show_run (AmRunsPage *self, const char *output)
{
  GListModel *history = G_LIST_MODEL (am_workspace_get_history (self->workspace));
  g_autofree char *path = g_canonicalize_filename (output, NULL);

  for (guint i = 0; i < g_list_model_get_n_items (history); i++)
    {
      g_autoptr (AmHistoryEntry) entry = g_list_model_get_item (history, i);

      if (strcmp (am_history_entry_get_output (entry), path) != 0)
        continue;
      am_runs_page_show_entry (self, entry, TRUE);
      return;
    }
}

void
am_runs_page_start_search (AmRunsPage *self)
{
  adw_leaflet_set_visible_child_name (self->leaflet, "list");
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}
