#include "measure/measure-page-private.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "base/readable.h"
#include "measure/evaluation-card.h"
#include "measure/line-card.h"

static gboolean
is_chosen (AmModelRow *row)
{
  return *am_model_row_get_path (row) != '\0';
}

static guint
get_kinds (AmMeasurePage *self)
{
  guint kinds = 0;

  for (guint i = 0; i < AM_N_STATISTICS; i++)
    if (gtk_check_button_get_active (self->kinds[i]))
      kinds |= 1u << i;
  return kinds;
}

/* Why nothing can be measured, or %NULL. */
static const char *
find_obstacle (AmMeasurePage *self)
{
  if (!am_data_source_is_ready (am_workspace_get_data_source (self->workspace)))
    return _ ("Choose pictures that can be read first.");
  if (!is_chosen (self->model))
    return _ ("Choose a model to measure.");
  if (!am_model_row_is_vision (self->model)
      || (is_chosen (self->other) && !am_model_row_is_vision (self->other)))
    return _ (
        "Only vision models can be measured here. Statistics of other models are measured elsewhere and "
        "put into the folder below.");
  if (am_model_row_is_clip (self->model) && self->head == NULL)
    return _ ("CLIP names classes by comparing pictures with texts: choose a file with the texts’ features.");
  return NULL;
}

void
am_measure_page_update (AmMeasurePage *self)
{
  const char *obstacle = find_obstacle (self);
  gboolean is_free = obstacle == NULL && self->job == NULL;
  gboolean has_data = *am_data_source_get_path (am_workspace_get_data_source (self->workspace)) != '\0';
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_widget_set_visible (self->welcome, !has_data);
  gtk_widget_set_visible (GTK_WIDGET (self->data), has_data);
  for (guint i = 0; i < AM_N_TASKS; i++)
    gtk_widget_set_visible (self->groups[i], has_data);
  gtk_widget_set_visible (GTK_WIDGET (self->head_row),
                          self->head != NULL || am_model_row_is_clip (self->model));
  gtk_label_set_text (self->hint, obstacle != NULL ? obstacle : "");
  gtk_widget_set_visible (GTK_WIDGET (self->hint), obstacle != NULL && has_data);
  gtk_widget_action_set_enabled (widget, "measure.evaluate", is_free);
  gtk_widget_action_set_enabled (widget, "measure.line", is_free && is_chosen (self->other));
  gtk_widget_action_set_enabled (widget, "measure.statistics", is_free && get_kinds (self) != 0);
  gtk_widget_action_set_enabled (widget, "measure.save-line", self->barrier != NULL);
}

static void
empty_box (GtkBox *box)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (box))) != NULL)
    gtk_box_remove (box, child);
}

static void
show_evaluations (AmMeasurePage *self, const GPtrArray *models)
{
  empty_box (self->evaluations);
  for (guint i = 0; i < models->len; i++)
    gtk_box_append (self->evaluations, am_evaluation_card_new (g_ptr_array_index (models, i)));
  gtk_widget_set_visible (GTK_WIDGET (self->evaluations), TRUE);
}

static void
show_line (AmMeasurePage *self, AmBarrier *barrier)
{
  empty_box (self->line);
  g_clear_pointer (&self->barrier, am_barrier_free);
  self->barrier = barrier;
  gtk_box_append (self->line, am_line_card_new (barrier, self->line_names[0], self->line_names[1]));
  gtk_widget_set_visible (GTK_WIDGET (self->line), TRUE);
}

static void
tell_statistics (AmMeasurePage *self, const AmMeasuredStatistics *measured)
{
  g_autofree char *count = am_readable_count (measured->n_gaps);
  g_autofree char *text = NULL;

  if (measured->n_gaps > 0)
    /* Translators: how many, and a reason, which is a clause */
    text = g_strdup_printf (ngettext ("%s parameter was not measured: %s",
                                      "%s parameters were not measured; the first: %s", measured->n_gaps),
                            count, measured->reason);
  gtk_label_set_text (self->gaps, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->gaps), text != NULL);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Statistics measured"));
}

static void
show_result (AmMeasurePage *self, AmJob *job)
{
  if (self->task == AM_TASK_EVALUATE)
    show_evaluations (self, am_job_get_result (job));
  else if (self->task == AM_TASK_LINE)
    show_line (self, am_job_steal_result (job));
  else
    tell_statistics (self, am_job_get_result (job));
}

static void
on_finished (AmJob *job, AmMeasurePage *self)
{
  g_autoptr (AmJob) finished = g_steal_pointer (&self->job);
  GtkLabel *failure = self->failures[self->task];

  am_task_bar_set_job (self->bars[self->task], NULL);
  if (am_job_get_state (job) == AM_JOB_DONE)
    show_result (self, job);
  else if (am_job_get_state (job) == AM_JOB_FAILED)
    {
      gtk_label_set_text (failure, am_job_get_error (job)->message);
      gtk_widget_set_visible (GTK_WIDGET (failure), TRUE);
    }
  am_measure_page_update (self);
}

static AmMeasureInput *
make_input (AmMeasurePage *self)
{
  AmMeasureInput *input = g_new0 (AmMeasureInput, 1);

  input->models[0] = g_strdup (am_model_row_get_path (self->model));
  if (is_chosen (self->other))
    input->models[1] = g_strdup (am_model_row_get_path (self->other));
  input->head = g_strdup (self->head);
  input->choice = am_data_source_dup_choice (am_workspace_get_data_source (self->workspace));
  input->n_threads = g_settings_get_uint (am_workspace_get_settings (self->workspace), "threads");
  return input;
}

/* @job: taken. */
static void
start (AmMeasurePage *self, AmTask task, AmJob *job)
{
  self->task = task;
  self->job = job;
  gtk_widget_set_visible (GTK_WIDGET (self->failures[task]), FALSE);
  g_signal_connect_object (job, "finished", G_CALLBACK (on_finished), self, 0);
  am_task_bar_set_job (self->bars[task], job);
  am_job_start (job);
  am_measure_page_update (self);
}

static void
evaluate (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmMeasurePage *self = AM_MEASURE_PAGE (widget);

  start (self, AM_TASK_EVALUATE, am_evaluate_job_new (make_input (self)));
}

static void
measure_line (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmMeasurePage *self = AM_MEASURE_PAGE (widget);
  AmModelRow *rows[] = { self->model, self->other };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_free (self->line_names[i]);
      self->line_names[i] = g_filename_display_basename (am_model_row_get_path (rows[i]));
    }
  start (self, AM_TASK_LINE, am_line_job_new (make_input (self), gtk_switch_get_active (self->reset)));
}

static void
measure_statistics (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmMeasurePage *self = AM_MEASURE_PAGE (widget);
  g_autofree char *output = am_statistics_shelf_dup_new_path (
      am_workspace_get_statistics (self->workspace), am_model_row_get_path (self->model),
      am_data_source_get_path (am_workspace_get_data_source (self->workspace)));

  gtk_widget_set_visible (GTK_WIDGET (self->gaps), FALSE);
  start (self, AM_TASK_STATISTICS, am_statistics_job_new (make_input (self), get_kinds (self), output));
}

static void
cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmMeasurePage *self = AM_MEASURE_PAGE (widget);

  if (self->job != NULL)
    am_job_cancel (self->job);
}

static void
on_saved (AmMeasurePage *self, AmJob *job)
{
  const GError *error = am_job_get_error (job);

  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                              error != NULL ? error->message : _ ("Saved"));
}

static void
on_picture_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmMeasurePage) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);
  g_autofree char *title = NULL;
  g_autoptr (AmJob) job = NULL;

  if (path == NULL || self->barrier == NULL)
    return;
  title = am_line_dup_title (self->line_names[0], self->line_names[1]);
  job = am_line_export_job_new (self->barrier, title, path);
  g_signal_connect_object (job, "finished", G_CALLBACK (on_saved), self, G_CONNECT_SWAPPED);
  am_job_start (job);
}

static void
save_line (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_choose_save_async (widget, _ ("Save the curves as a picture"), AM_FILES_PICTURES, NULL, "line.png",
                        on_picture_chosen, g_object_ref (widget));
}

void
am_measure_page_class_install_tasks (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "measure.evaluate", NULL, evaluate);
  gtk_widget_class_install_action (widget_class, "measure.line", NULL, measure_line);
  gtk_widget_class_install_action (widget_class, "measure.statistics", NULL, measure_statistics);
  gtk_widget_class_install_action (widget_class, "measure.cancel", NULL, cancel);
  gtk_widget_class_install_action (widget_class, "measure.save-line", NULL, save_line);
}
