#include "measure/measure-page.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "measure/measure-page-private.h"

G_DEFINE_FINAL_TYPE (AmMeasurePage, am_measure_page, ADW_TYPE_BIN)

static void
am_measure_page_dispose (GObject *object)
{
  AmMeasurePage *self = AM_MEASURE_PAGE (object);

  am_job_drop (&self->job, self);
  g_clear_object (&self->workspace);

  G_OBJECT_CLASS (am_measure_page_parent_class)->dispose (object);
}

static void
am_measure_page_finalize (GObject *object)
{
  AmMeasurePage *self = AM_MEASURE_PAGE (object);

  g_clear_pointer (&self->barrier, am_barrier_free);
  g_free (self->head);
  g_free (self->line_names[0]);
  g_free (self->line_names[1]);

  G_OBJECT_CLASS (am_measure_page_parent_class)->finalize (object);
}

static void
choose_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_data_section_choose_folder (AM_MEASURE_PAGE (widget)->data);
}

static void
choose_file (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_data_section_choose_file (AM_MEASURE_PAGE (widget)->data);
}

static void
on_changed (AmMeasurePage *self)
{
  if (self->workspace != NULL)
    am_measure_page_update (self);
}

/* @head: taken. */
static void
set_head (AmMeasurePage *self, char *head)
{
  g_autofree char *name = head != NULL ? g_filename_display_basename (head) : NULL;

  g_free (self->head);
  self->head = head;
  adw_action_row_set_subtitle (self->head_row,
                               name != NULL ? name : _ ("A safetensors file with text_features"));
  gtk_widget_set_visible (self->head_clear, head != NULL);
  on_changed (self);
}

static void
on_head_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmMeasurePage) self = user_data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && paths[0] != NULL)
    set_head (self, g_strdup (paths[0]));
}

static void
on_head_clicked (AmMeasurePage *self)
{
  am_choose_files_async (GTK_WIDGET (self), _ ("Choose features of texts"), AM_FILES_CHECKPOINTS, FALSE, NULL,
                         on_head_chosen, g_object_ref (self));
}

static void
on_head_clear_clicked (AmMeasurePage *self)
{
  set_head (self, NULL);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  static const struct
  {
    const char *name;
    gssize offset;
  } indexed[] = {
    { "fisher", G_STRUCT_OFFSET (AmMeasurePage, kinds[AM_STATISTIC_FISHER]) },
    { "gram", G_STRUCT_OFFSET (AmMeasurePage, kinds[AM_STATISTIC_GRAM]) },
    { "moments", G_STRUCT_OFFSET (AmMeasurePage, kinds[AM_STATISTIC_MOMENTS]) },
    { "evaluate_group", G_STRUCT_OFFSET (AmMeasurePage, groups[AM_TASK_EVALUATE]) },
    { "line_group", G_STRUCT_OFFSET (AmMeasurePage, groups[AM_TASK_LINE]) },
    { "statistics_group", G_STRUCT_OFFSET (AmMeasurePage, groups[AM_TASK_STATISTICS]) },
    { "evaluate_bar", G_STRUCT_OFFSET (AmMeasurePage, bars[AM_TASK_EVALUATE]) },
    { "line_bar", G_STRUCT_OFFSET (AmMeasurePage, bars[AM_TASK_LINE]) },
    { "statistics_bar", G_STRUCT_OFFSET (AmMeasurePage, bars[AM_TASK_STATISTICS]) },
    { "evaluate_failure", G_STRUCT_OFFSET (AmMeasurePage, failures[AM_TASK_EVALUATE]) },
    { "line_failure", G_STRUCT_OFFSET (AmMeasurePage, failures[AM_TASK_LINE]) },
    { "statistics_failure", G_STRUCT_OFFSET (AmMeasurePage, failures[AM_TASK_STATISTICS]) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (indexed); i++)
    gtk_widget_class_bind_template_child_full (widget_class, indexed[i].name, FALSE, indexed[i].offset);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, welcome);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, data);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, model);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, other);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, head_row);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, head_clear);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, hint);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, reset);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, evaluations);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, line);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, gaps);
  gtk_widget_class_bind_template_child (widget_class, AmMeasurePage, shelf);
}

static void
am_measure_page_class_init (AmMeasurePageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_measure_page_dispose;
  object_class->finalize = am_measure_page_finalize;

  g_type_ensure (AM_TYPE_DATA_SECTION);
  g_type_ensure (AM_TYPE_MODEL_ROW);
  g_type_ensure (AM_TYPE_STATISTICS_LIST);
  g_type_ensure (AM_TYPE_TASK_BAR);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/measure/measure-page.ui");
  gtk_widget_class_install_action (widget_class, "measure.choose-folder", NULL, choose_folder);
  gtk_widget_class_install_action (widget_class, "measure.choose-file", NULL, choose_file);
  am_measure_page_class_install_tasks (widget_class);
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_head_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_head_clear_clicked);
}

static void
am_measure_page_init (AmMeasurePage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  set_head (self, NULL);
}

void
am_measure_page_set_workspace (AmMeasurePage *self, AmWorkspace *workspace)
{
  AmDataSource *source = am_workspace_get_data_source (workspace);
  AmLibrary *library = am_workspace_get_library (workspace);

  g_return_if_fail (AM_IS_MEASURE_PAGE (self) && self->workspace == NULL);

  am_data_section_set_source (self->data, source);
  am_data_section_accept_drops (self->data, self->welcome);
  am_model_row_set_up (self->model, _ ("Model"), _ ("Choose a vision model, or drop its file here"), library);
  am_model_row_set_up (self->other, _ ("Compare with"), _ ("A second model of the same kind, if you like"),
                       library);
  am_statistics_list_set_shelf (self->shelf, am_workspace_get_statistics (workspace));
  self->workspace = g_object_ref (workspace);
  g_signal_connect_object (source, "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  am_measure_page_update (self);
}

void
am_measure_page_add_model (AmMeasurePage *self, const char *path)
{
  gboolean is_second = *am_model_row_get_path (self->model) != '\0'
                       && *am_model_row_get_path (self->other) == '\0'
                       && !g_str_equal (am_model_row_get_path (self->model), path);

  am_model_row_set_path (is_second ? self->other : self->model, path);
}

gboolean
am_measure_page_is_busy (AmMeasurePage *self)
{
  return self->job != NULL;
}
