#include "runs/run-row.h"
#include "runs/runs-page-private.h"

static gboolean
is_waiting (gpointer item, gpointer user_data)
{
  return am_job_get_state (am_run_get_job (item)) == AM_JOB_WAITING;
}

static gboolean
is_finished (gpointer item, gpointer user_data)
{
  return am_job_is_finished (am_run_get_job (item));
}

static void
focus_run (AmRunsPage *self, AmRun *run)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->waiting_list, i)) != NULL; i++)
    if (am_run_row_get_run (AM_RUN_ROW (row)) == run)
      {
        gtk_widget_grab_focus (GTK_WIDGET (row));
        return;
      }
}

/* The run has another row after its move; the keyboard stays with the run. */
static void
on_moved (AmRunRow *row, gint steps, AmRunsPage *self)
{
  focus_run (self, am_run_row_get_run (row));
}

static GtkWidget *
make_row (gpointer item, gpointer user_data)
{
  AmRunsPage *self = user_data;
  GtkWidget *row = am_run_row_new (am_workspace_get_queue (self->workspace), item);

  g_signal_connect_object (row, "moved", G_CALLBACK (on_moved), self, 0);
  return row;
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, AmRunsPage *self)
{
  AmHistoryEntry *entry
      = am_history_find (am_workspace_get_history (self->workspace), am_run_row_get_run (AM_RUN_ROW (row)));

  if (entry != NULL)
    am_runs_page_show_entry (self, entry, TRUE);
}

static void
update (AmRunsPage *self)
{
  AmRunQueue *queue = am_workspace_get_queue (self->workspace);
  AmRun *current = am_run_queue_get_current (queue);
  gboolean has_waiting, has_finished;

  gtk_filter_changed (gtk_filter_list_model_get_filter (self->waiting), GTK_FILTER_CHANGE_DIFFERENT);
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->finished), GTK_FILTER_CHANGE_DIFFERENT);
  has_waiting = g_list_model_get_n_items (G_LIST_MODEL (self->waiting)) > 0;
  has_finished = g_list_model_get_n_items (G_LIST_MODEL (self->finished)) > 0;
  am_run_card_set_run (self->card, current);
  gtk_widget_set_visible (GTK_WIDGET (self->card), current != NULL);
  gtk_widget_set_visible (self->waiting_group, has_waiting);
  gtk_widget_set_visible (self->finished_group, has_finished);
  gtk_widget_set_visible (self->queue_scrolled, current != NULL || has_waiting || has_finished);
  gtk_widget_set_visible (self->queue_separator, gtk_widget_get_visible (self->queue_scrolled));
}

/* A new result shows itself unless the user reads another one. */
static void
on_run_finished (AmRunQueue *queue, AmRun *run, AmRunsPage *self)
{
  AmHistoryEntry *entry = am_history_find (am_workspace_get_history (self->workspace), run);

  if (entry != NULL && !self->is_result_chosen)
    am_runs_page_show_entry (self, entry, FALSE);
}

static GtkFilterListModel *
make_model (AmRunQueue *queue, GtkCustomFilterFunc func)
{
  return gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (queue)),
                                    GTK_FILTER (gtk_custom_filter_new (func, NULL, NULL)));
}

void
am_runs_page_set_up_queue (AmRunsPage *self)
{
  AmRunQueue *queue = am_workspace_get_queue (self->workspace);

  self->waiting = make_model (queue, is_waiting);
  self->finished = make_model (queue, is_finished);
  gtk_list_box_bind_model (self->waiting_list, G_LIST_MODEL (self->waiting), make_row, self, NULL);
  gtk_list_box_bind_model (self->finished_list, G_LIST_MODEL (self->finished), make_row, self, NULL);
  g_signal_connect (self->finished_list, "row-activated", G_CALLBACK (on_row_activated), self);
  g_signal_connect_object (queue, "notify::n-open", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (queue, "run-finished", G_CALLBACK (on_run_finished), self, 0);
  update (self);
}
