#include "runs/repair-window.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "base/readable.h"
#include "runs/repair-layers.h"
#include "runs/repair-work.h"

struct _AmRepairWindow
{
  AdwWindow parent_instance;

  GtkStack *stack;
  GtkButton *close_button;
  GtkWidget *start_button;
  AdwComboRow *method_row;
  AdwEntryRow *name_row;
  AdwPreferencesGroup *parents_group;
  AdwActionRow *data_row;
  GtkWidget *problem_group;
  GtkLabel *problem;
  GtkLabel *stage;
  GtkProgressBar *bar;
  GtkLabel *time;
  AdwActionRow *result_row;
  GtkListBox *layers;

  AmWorkspace *workspace;
  AmHistoryEntry *entry;
  GPtrArray *parents;     /* char *: paths */
  GPtrArray *parent_rows; /* AdwActionRow * */
  gboolean was_aligned;
  gboolean has_other_parents; /* chosen by the user */
  guint choosing;             /* number of the parent a dialog is open for */
  AmJob *job;
  char *output;
};

G_DEFINE_FINAL_TYPE (AmRepairWindow, am_repair_window, ADW_TYPE_WINDOW)

static void update (AmRepairWindow *self);

gboolean
am_repair_window_is_possible (AmHistoryEntry *entry, AmLibrary *library)
{
  const char *output = am_history_entry_get_output (entry);
  g_autoptr (AmLibraryItem) item = NULL;

  if (am_history_entry_get_state (entry) != AM_JOB_DONE || !g_file_test (output, G_FILE_TEST_IS_REGULAR))
    return FALSE;
  item = am_library_dup_item (library, output);
  switch (am_library_item_get_family (item))
    {
    case AM_FAMILY_RESNET:
    case AM_FAMILY_VGG:
    case AM_FAMILY_VIT:
    case AM_FAMILY_MLP:
      return TRUE;
    default:
      return FALSE;
    }
}

static void
am_repair_window_dispose (GObject *object)
{
  AmRepairWindow *self = AM_REPAIR_WINDOW (object);

  am_job_drop (&self->job, self);
  if (self->workspace != NULL)
    g_signal_handlers_disconnect_by_data (am_workspace_get_data_source (self->workspace), self);
  g_clear_object (&self->workspace);
  g_clear_object (&self->entry);

  G_OBJECT_CLASS (am_repair_window_parent_class)->dispose (object);
}

static void
am_repair_window_finalize (GObject *object)
{
  AmRepairWindow *self = AM_REPAIR_WINDOW (object);

  g_ptr_array_unref (self->parents);
  g_ptr_array_unref (self->parent_rows);
  g_free (self->output);

  G_OBJECT_CLASS (am_repair_window_parent_class)->finalize (object);
}

static AmDataSource *
get_source (AmRepairWindow *self)
{
  return am_workspace_get_data_source (self->workspace);
}

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmRepairWindow) self = data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && self->workspace != NULL)
    am_data_source_set_path (get_source (self), paths[0]);
}

static void
choose_file (AmRepairWindow *self)
{
  am_choose_files_async (GTK_WIDGET (self), _ ("Choose data"), AM_FILES_ANY, FALSE, NULL, on_file_chosen,
                         g_object_ref (self));
}

static void
on_folder_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmRepairWindow) self = data;
  g_autofree char *path = am_choose_path_finish (result);

  if (path != NULL && self->workspace != NULL)
    am_data_source_set_path (get_source (self), path);
}

static void
choose_folder (AmRepairWindow *self)
{
  am_choose_folder_async (GTK_WIDGET (self), _ ("Choose a folder of pictures"), NULL, on_folder_chosen,
                          g_object_ref (self));
}

static void
on_parent_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmRepairWindow) self = data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths == NULL || self->workspace == NULL)
    return;
  g_free (g_ptr_array_index (self->parents, self->choosing));
  g_ptr_array_index (self->parents, self->choosing) = g_strdup (paths[0]);
  self->has_other_parents = TRUE;
  update (self);
}

static void
on_choose_parent (GtkButton *button, AmRepairWindow *self)
{
  g_autofree char *folder = NULL;

  self->choosing = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (button), "number"));
  folder = g_path_get_dirname (g_ptr_array_index (self->parents, self->choosing));
  am_choose_files_async (GTK_WIDGET (self), _ ("Choose a Model"), AM_FILES_CHECKPOINTS, FALSE, folder,
                         on_parent_chosen, g_object_ref (self));
}

/* The places of the list are the methods in order. */
static AmRepairMethod
get_method (AmRepairWindow *self)
{
  return adw_combo_row_get_selected (self->method_row);
}

static const char *
describe_method (AmRepairMethod method)
{
  switch (method)
    {
    case AM_REPAIR_RESET:
      return _ ("Measures the statistics of batch norms anew; needs no other models");
    case AM_REPAIR_RESCALE:
      return _ ("Rescales each layer to the mean and spread of the models that were merged");
    case AM_REPAIR_CLOSED_FORM:
      return _ ("The same, calculated from the models that were merged; for networks without batch norms");
    case AM_REPAIR_AUTO:
    default:
      return _ ("Resets batch norms where there are any, else rescales layers");
    }
}

/* Takes a name alone; the result goes beside the merge. */
static char *
make_output (AmRepairWindow *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->name_row));
  g_autofree char *folder = g_path_get_dirname (am_history_entry_get_output (self->entry));
  g_autofree char *name
      = g_str_has_suffix (text, ".safetensors") ? g_strdup (text) : g_strconcat (text, ".safetensors", NULL);

  return g_build_filename (folder, name, NULL);
}

/* Translated, or %NULL. */
static const char *
find_problem (AmRepairWindow *self)
{
  const char *name = gtk_editable_get_text (GTK_EDITABLE (self->name_row));
  g_autofree char *output = make_output (self);

  if (*name == '\0' || strchr (name, G_DIR_SEPARATOR) != NULL)
    return _ ("The result needs a name, without a folder.");
  if (g_file_test (output, G_FILE_TEST_EXISTS))
    return _ ("There is a file of that name already: choose another.");
  if (self->was_aligned && !self->has_other_parents && get_method (self) != AM_REPAIR_RESET)
    return _ ("The models were aligned while they were merged, so this takes the aligned ones, which "
              "“amalgam align” writes: choose those files, or take the method Reset, which needs none.");
  return NULL;
}

static void
show_problem (AmRepairWindow *self, const char *problem)
{
  gtk_label_set_label (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (self->problem_group, problem != NULL);
}

static void
show_data (AmRepairWindow *self)
{
  AmDataSource *source = get_source (self);
  const char *path = am_data_source_get_path (source);
  g_autofree char *name = g_filename_display_basename (path);
  g_autofree char *summary = NULL, *complaint = NULL;
  gboolean is_reading;

  g_object_get (source, "summary", &summary, "complaint", &complaint, "is-reading", &is_reading, NULL);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->data_row),
                                 *path != '\0' ? name : _ ("Choose a folder or file"));
  if (complaint != NULL)
    adw_action_row_set_subtitle (self->data_row, _ (complaint));
  else
    adw_action_row_set_subtitle (self->data_row, is_reading        ? _ ("Reading…")
                                                 : summary != NULL ? summary
                                                                   : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->data_row), path);
}

static void
show_parents (AmRepairWindow *self)
{
  for (guint i = 0; i < self->parents->len; i++)
    {
      const char *path = g_ptr_array_index (self->parents, i);
      g_autofree char *name = g_filename_display_basename (path);
      AdwActionRow *row = g_ptr_array_index (self->parent_rows, i);
      gboolean is_there = g_file_test (path, G_FILE_TEST_EXISTS);

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
      adw_action_row_set_subtitle (row, is_there ? "" : _ ("The file is no longer there"));
      gtk_widget_set_tooltip_text (GTK_WIDGET (row), path);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->parents_group), get_method (self) != AM_REPAIR_RESET);
}

static void
update (AmRepairWindow *self)
{
  const char *problem;

  if (self->workspace == NULL)
    return;
  problem = find_problem (self);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->method_row), describe_method (get_method (self)));
  show_parents (self);
  show_data (self);
  show_problem (self, problem);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "repair.start",
                                 problem == NULL && self->job == NULL
                                     && am_data_source_is_ready (get_source (self)));
}

static void
show_progress (AmRepairWindow *self, GParamSpec *pspec, AmJob *job)
{
  const char *stage = am_job_get_stage (job);
  g_autofree char *left = am_readable_duration (am_job_get_seconds_left (job));
  /* Translators: a duration, as in "12 s left". */
  g_autofree char *text
      = am_job_get_seconds_left (job) >= 0 ? g_strdup_printf (_ ("%s left"), left) : g_strdup ("");

  gtk_label_set_label (self->stage, stage != NULL ? gettext (stage) : _ ("Starting"));
  gtk_label_set_label (self->time, text);
  if (am_job_get_fraction (job) >= 0)
    gtk_progress_bar_set_fraction (self->bar, am_job_get_fraction (job));
  else
    gtk_progress_bar_pulse (self->bar);
}

static void
show_done (AmRepairWindow *self, const AmRepairOutcome *outcome)
{
  g_autofree char *name = g_filename_display_basename (self->output);
  g_autofree char *summary = am_repair_layers_describe (outcome);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->result_row), name);
  adw_action_row_set_subtitle (self->result_row, summary);
  am_repair_layers_show (self->layers, outcome);
  gtk_widget_set_visible (self->start_button, FALSE);
  gtk_button_set_label (self->close_button, _ ("_Close"));
  gtk_stack_set_visible_child_name (self->stack, "done");
}

static void
on_finished (AmRepairWindow *self, AmJob *job)
{
  const AmRepairOutcome *outcome = am_job_get_result (job);
  const GError *error = am_job_get_error (job);

  if (outcome != NULL)
    {
      show_done (self, outcome);
      am_library_notice (am_workspace_get_library (self->workspace), self->output);
      return;
    }
  g_clear_object (&self->job);
  update (self);
  if (error != NULL && !g_error_matches (error, AM_ERROR, AM_ERROR_CANCELLED))
    show_problem (self, error->message);
  gtk_stack_set_visible_child_name (self->stack, "form");
}

static AmRepairOrder *
make_order (AmRepairWindow *self)
{
  AmRepairOrder *order = g_new0 (AmRepairOrder, 1);

  order->merged = g_strdup (am_history_entry_get_output (self->entry));
  order->parents = g_new0 (char *, self->parents->len + 1);
  for (guint i = 0; i < self->parents->len; i++)
    order->parents[i] = g_strdup (g_ptr_array_index (self->parents, i));
  order->data = am_data_source_dup_choice (get_source (self));
  order->method = get_method (self);
  order->n_threads = am_workspace_get_run_options (self->workspace).n_threads;
  order->output = g_strdup (self->output);
  return order;
}

void
am_repair_window_start (AmRepairWindow *self)
{
  if (self->job != NULL || find_problem (self) != NULL || !am_data_source_is_ready (get_source (self)))
    return;
  g_free (self->output);
  self->output = make_output (self);
  self->job = am_repair_job_new (make_order (self));
  g_signal_connect_object (self->job, "notify::seconds-left", G_CALLBACK (show_progress), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->job, "finished", G_CALLBACK (on_finished), self, G_CONNECT_SWAPPED);
  update (self);
  gtk_label_set_label (self->stage, _ ("Starting"));
  gtk_progress_bar_set_fraction (self->bar, 0);
  gtk_stack_set_visible_child_name (self->stack, "work");
  am_job_start (self->job);
}

static void
start (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_repair_window_start (AM_REPAIR_WINDOW (widget));
}

static void
open_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_show_in_file_manager (widget, AM_REPAIR_WINDOW (widget)->output);
}

static void
am_repair_window_class_init (AmRepairWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_repair_window_dispose;
  object_class->finalize = am_repair_window_finalize;

  gtk_widget_class_install_action (widget_class, "repair.start", NULL, start);
  gtk_widget_class_install_action (widget_class, "repair.open-folder", NULL, open_folder);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/runs/repair-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, close_button);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, start_button);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, method_row);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, name_row);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, parents_group);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, data_row);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, problem_group);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, problem);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, stage);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, bar);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, time);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, result_row);
  gtk_widget_class_bind_template_child (widget_class, AmRepairWindow, layers);
  gtk_widget_class_bind_template_callback (widget_class, update);
  gtk_widget_class_bind_template_callback (widget_class, choose_file);
  gtk_widget_class_bind_template_callback (widget_class, choose_folder);
}

static void
am_repair_window_init (AmRepairWindow *self)
{
  self->parents = g_ptr_array_new_with_free_func (g_free);
  self->parent_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

static GtkWidget *
make_parent_button (AmRepairWindow *self, guint number)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("document-open-symbolic");

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Choose another file…"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Choose another file…"), -1);
  g_object_set_data (G_OBJECT (button), "number", GUINT_TO_POINTER (number));
  g_signal_connect (button, "clicked", G_CALLBACK (on_choose_parent), self);
  return button;
}

static void
add_parent (AmRepairWindow *self, const char *path)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 2);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), make_parent_button (self, self->parents->len));
  adw_preferences_group_add (self->parents_group, row);
  g_ptr_array_add (self->parents, g_strdup (path));
  g_ptr_array_add (self->parent_rows, row);
}

/* The base of a merge is none of the models it lies between. */
static void
take_parents (AmRepairWindow *self)
{
  g_autoptr (GPtrArray) recipes = am_recipes_parse (am_history_entry_get_yaml (self->entry), -1,
                                                    am_history_entry_get_title (self->entry), NULL);
  const AmRecipe *recipe = recipes != NULL ? g_ptr_array_index (recipes, recipes->len - 1) : NULL;

  for (guint i = 0; recipe != NULL && i < recipe->models->len; i++)
    add_parent (self, ((const AmRecipeModel *)g_ptr_array_index (recipe->models, i))->path);
  self->was_aligned = recipe != NULL && recipe->align != NULL;
  if (self->was_aligned)
    adw_combo_row_set_selected (self->method_row, AM_REPAIR_RESET);
}

static void
suggest_name (AmRepairWindow *self)
{
  const char *title = am_history_entry_get_title (self->entry);
  g_autofree char *stem = g_str_has_suffix (title, ".safetensors")
                              ? g_strndup (title, strlen (title) - strlen (".safetensors"))
                              : g_strdup (title);
  g_autofree char *name = g_strconcat (stem, "-repaired", NULL);

  gtk_editable_set_text (GTK_EDITABLE (self->name_row), name);
}

AmRepairWindow *
am_repair_window_new (GtkWindow *parent, AmWorkspace *workspace, AmHistoryEntry *entry)
{
  AmRepairWindow *self = g_object_new (AM_TYPE_REPAIR_WINDOW, "transient-for", parent, NULL);

  self->entry = g_object_ref (entry);
  take_parents (self);
  suggest_name (self);
  self->workspace = g_object_ref (workspace);
  g_signal_connect_object (get_source (self), "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
  return self;
}
