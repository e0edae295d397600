#include "sweep-dialog.h"

#include <glib/gi18n.h>
#include <math.h>

#include "base/readable.h"
#include "sweep.h"

struct _AmSweepDialog
{
  AdwWindow parent_instance;

  AdwComboRow *subject_row;
  AdwComboRow *block_row;
  AdwEntryRow *values_row;
  GtkAdjustment *from;
  GtkAdjustment *to;
  GtkAdjustment *count;
  GtkLabel *summary_label;
  GtkLabel *hint_label;
  GtkLabel *failure_label;
  GtkLabel *names_label;

  AmWorkspace *workspace;
  GArray *subjects;
  GPtrArray *steps; /* NULL while the values or names will not do */
  AmJob *estimate;  /* of the merge as it is; every step writes as much */
  gboolean is_writing_range;
  gboolean is_filling;
};

typedef struct
{
  GPtrArray *recipes;
  char *folder;
  AmRunOptions options;
} EstimateRequest;

typedef struct
{
  guint64 output_size;
  guint64 free_size; /* G_MAXUINT64 when it cannot be told */
} Estimate;

G_DEFINE_FINAL_TYPE (AmSweepDialog, am_sweep_dialog, ADW_TYPE_WINDOW)

static void
estimate_request_free (gpointer data)
{
  EstimateRequest *request = data;

  g_ptr_array_unref (request->recipes);
  g_free (request->folder);
  g_free (request);
}

static void
am_sweep_dialog_dispose (GObject *object)
{
  AmSweepDialog *self = AM_SWEEP_DIALOG (object);

  g_clear_object (&self->workspace);
  g_clear_object (&self->estimate);
  g_clear_pointer (&self->subjects, g_array_unref);
  g_clear_pointer (&self->steps, g_ptr_array_unref);

  G_OBJECT_CLASS (am_sweep_dialog_parent_class)->dispose (object);
}

static guint64
get_free_size (const char *folder)
{
  g_autoptr (GFile) file = g_file_new_for_path (folder);
  g_autoptr (GFileInfo) info
      = g_file_query_filesystem_info (file, G_FILE_ATTRIBUTE_FILESYSTEM_FREE, NULL, NULL);

  if (info == NULL || !g_file_info_has_attribute (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE))
    return G_MAXUINT64;
  return g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
}

static gpointer
run_estimate (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  const EstimateRequest *request = data;
  AmMergeOptions options = { .n_threads = request->options.n_threads };
  g_autoptr (AmPlan) plan = am_plan_new (request->recipes, &options, error);
  Estimate *estimate;

  if (plan == NULL)
    return NULL;
  estimate = g_new0 (Estimate, 1);
  estimate->output_size = am_plan_get_output_size (plan);
  estimate->free_size = get_free_size (request->folder);
  return estimate;
}

/* What the series needs, as far as it is known, and whether the disk has room for it. */
static char *
dup_summary (AmSweepDialog *self, gboolean *is_too_much)
{
  const Estimate *estimate = self->estimate != NULL ? am_job_get_result (self->estimate) : NULL;
  guint n = self->steps->len;
  g_autofree char *size = NULL;
  g_autofree char *free_size = NULL;

  *is_too_much = FALSE;
  if (estimate == NULL)
    return g_strdup_printf (ngettext ("%u merge", "%u merges", n), n);
  size = am_readable_size (estimate->output_size * n);
  if (estimate->free_size == G_MAXUINT64)
    return g_strdup_printf (ngettext ("%u merge of %s", "%u merges, %s together", n), n, size);
  free_size = am_readable_size (estimate->free_size);
  *is_too_much = estimate->output_size * n > estimate->free_size;
  return g_strdup_printf (ngettext ("%u merge of %s; %s are free", "%u merges, %s together; %s are free", n),
                          n, size, free_size);
}

static char *
dup_names (AmSweepDialog *self)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < self->steps->len; i++)
    {
      const AmSweepStep *step = g_ptr_array_index (self->steps, i);
      g_autofree char *name = g_path_get_basename (step->output);
      g_autofree char *shown = g_filename_display_name (name);

      g_string_append_printf (names, "%s%s", i > 0 ? "\n" : "", shown);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static void
show_steps (AmSweepDialog *self)
{
  gboolean is_too_much;
  g_autofree char *summary = dup_summary (self, &is_too_much);
  g_autofree char *names = dup_names (self);

  gtk_label_set_label (self->summary_label, summary);
  gtk_label_set_label (self->names_label, names);
  if (is_too_much)
    gtk_widget_add_css_class (GTK_WIDGET (self->summary_label), "warning");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->summary_label), "warning");
}

static AmSweepSubject
get_subject (AmSweepDialog *self)
{
  AmSweepSubject subject
      = g_array_index (self->subjects, AmSweepSubject, adw_combo_row_get_selected (self->subject_row));

  subject.bar = subject.is_block ? adw_combo_row_get_selected (self->block_row) : 0;
  return subject;
}

/* @failure: (nullable): why the series cannot be queued. */
static void
show_failure (AmSweepDialog *self, const GError *failure)
{
  const GError *unplanned = self->estimate != NULL ? am_job_get_error (self->estimate) : NULL;
  const GError *shown = failure != NULL ? failure : unplanned;

  gtk_label_set_label (self->failure_label, shown != NULL ? shown->message : "");
  gtk_widget_set_visible (GTK_WIDGET (self->failure_label), shown != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->names_label), self->steps != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->summary_label), self->steps != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "sweep.queue", shown == NULL);
}

static void
update (AmSweepDialog *self)
{
  AmDraft *draft = am_workspace_get_draft (self->workspace);
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->values_row));
  g_autoptr (GError) failure = NULL;
  g_autoptr (GArray) values = NULL;
  AmSweepSubject subject;

  if (self->is_filling)
    return;
  subject = get_subject (self);
  values = am_sweep_parse (text, am_sweep_get_parameter (draft, &subject), &failure);
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  if (values != NULL)
    {
      self->steps = am_sweep_make_steps (draft, &subject, values);
      am_sweep_check_names (self->steps, am_workspace_get_queue (self->workspace), &failure);
      show_steps (self);
    }
  show_failure (self, failure);
}

static void
on_estimated (AmSweepDialog *self, AmJob *job)
{
  if (job == self->estimate)
    update (self);
}

static void
start_estimate (AmSweepDialog *self)
{
  AmDraft *draft = am_workspace_get_draft (self->workspace);
  g_autofree char *output = am_draft_dup_output_path (draft);
  EstimateRequest *request = g_new0 (EstimateRequest, 1);

  request->recipes = am_draft_dup_recipes (draft);
  request->folder = g_path_get_dirname (output);
  request->options = am_workspace_get_run_options (self->workspace);
  self->estimate
      = am_job_new (_ ("Looking at the models"), run_estimate, request, estimate_request_free, g_free);
  g_signal_connect_object (self->estimate, "finished", G_CALLBACK (on_estimated), self, G_CONNECT_SWAPPED);
  am_job_start (self->estimate);
}

static void
write_range (AmSweepDialog *self)
{
  g_autofree char *text = NULL;

  if (self->is_writing_range || self->is_filling)
    return;
  text = am_sweep_write_range (gtk_adjustment_get_value (self->from), gtk_adjustment_get_value (self->to),
                               (guint)gtk_adjustment_get_value (self->count));
  gtk_editable_set_text (GTK_EDITABLE (self->values_row), text);
}

/* Whether blocks have weights that the ratio does not reach. */
static gboolean
is_overruled (AmSweepDialog *self, const AmSweepSubject *subject)
{
  AmDraft *draft = am_workspace_get_draft (self->workspace);
  const AmParameter *parameter = am_sweep_get_parameter (draft, subject);
  guint target = parameter->per_model ? subject->slot : (parameter->is_second_ratio ? 1 : 0);

  return !subject->is_block && (parameter->is_ratio || parameter->is_second_ratio)
         && am_block_values_is_set (am_draft_get_block_values (draft, target));
}

/* Ranges that suit the subject: from the low to the high end of its slider. */
static void
on_subject_changed (AmSweepDialog *self)
{
  const AmParameter *parameter;
  AmSweepSubject subject;
  double lowest, highest;

  if (self->is_filling)
    return;
  subject = get_subject (self);
  parameter = am_sweep_get_parameter (am_workspace_get_draft (self->workspace), &subject);
  lowest = MAX (parameter->minimum, -1e9);
  highest = MIN (parameter->maximum, 1e9);
  gtk_widget_set_visible (GTK_WIDGET (self->block_row), subject.is_block);
  gtk_widget_set_visible (GTK_WIDGET (self->hint_label), is_overruled (self, &subject));
  self->is_writing_range = TRUE;
  gtk_adjustment_configure (self->from, parameter->soft_minimum, lowest, highest, 0.05, 0.1, 0);
  gtk_adjustment_configure (self->to, parameter->soft_maximum, lowest, highest, 0.05, 0.1, 0);
  self->is_writing_range = FALSE;
  write_range (self);
  update (self);
}

static void
queue_steps (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmSweepDialog *self = AM_SWEEP_DIALOG (widget);
  GtkWidget *parent = GTK_WIDGET (gtk_window_get_transient_for (GTK_WINDOW (self)));
  AmRunOptions options = am_workspace_get_run_options (self->workspace);
  guint n = self->steps->len;
  g_autofree char *text = g_strdup_printf (ngettext ("%u merge queued", "%u merges queued", n), n);

  for (guint i = 0; i < n; i++)
    {
      const AmSweepStep *step = g_ptr_array_index (self->steps, i);
      g_autoptr (AmRun) run = am_run_new (step->recipes, step->output, &options);

      am_run_queue_add (am_workspace_get_queue (self->workspace), run);
    }
  if (parent != NULL)
    {
      gtk_widget_activate_action (parent, "win.show-page", "s", "runs");
      gtk_widget_activate_action (parent, "win.toast", "s", text);
    }
  gtk_window_close (GTK_WINDOW (self));
}

static void
am_sweep_dialog_class_init (AmSweepDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_sweep_dialog_dispose;

  gtk_widget_class_install_action (widget_class, "sweep.queue", NULL, queue_steps);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Return, GDK_CONTROL_MASK, "sweep.queue", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/recipes/sweep-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, subject_row);
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, block_row);
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, values_row);
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, from);
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, to);
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, count);
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, summary_label);
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, hint_label);
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, failure_label);
  gtk_widget_class_bind_template_child (widget_class, AmSweepDialog, names_label);
}

static void
am_sweep_dialog_init (AmSweepDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
fill_rows (AmSweepDialog *self)
{
  AmDraft *draft = am_workspace_get_draft (self->workspace);
  g_autoptr (GtkStringList) subjects = gtk_string_list_new (NULL);
  g_autoptr (GtkStringList) blocks = gtk_string_list_new (NULL);

  for (guint i = 0; i < self->subjects->len; i++)
    gtk_string_list_take (subjects,
                          am_sweep_dup_title (draft, &g_array_index (self->subjects, AmSweepSubject, i)));
  if (am_draft_get_n_targets (draft) > 0)
    {
      AmBlockValues *values = am_draft_get_block_values (draft, 0);

      for (guint i = 0; i < am_block_values_get_n_bars (values); i++)
        gtk_string_list_append (blocks, am_block_values_get_name (values, i));
    }
  adw_combo_row_set_model (self->subject_row, G_LIST_MODEL (subjects));
  adw_combo_row_set_model (self->block_row, G_LIST_MODEL (blocks));
}

/* The main ratio is what is swept most. */
static guint
find_ratio (AmSweepDialog *self)
{
  gint ratio = am_method_get_ratio (am_draft_get_method (am_workspace_get_draft (self->workspace)));

  for (guint i = 0; i < self->subjects->len; i++)
    if ((gint)g_array_index (self->subjects, AmSweepSubject, i).parameter == ratio)
      return i;
  return 0;
}

static void
fill (AmSweepDialog *self)
{
  self->is_filling = TRUE;
  fill_rows (self);
  adw_combo_row_set_selected (self->subject_row, find_ratio (self));
  self->is_filling = FALSE;
  g_clear_object (&self->estimate);
  start_estimate (self);
  on_subject_changed (self);
}

/* Files opened from outside change the merge below the dialog. */
static void
on_draft_changed (AmSweepDialog *self)
{
  g_clear_pointer (&self->subjects, g_array_unref);
  self->subjects = am_sweep_list_subjects (am_workspace_get_draft (self->workspace));
  g_clear_pointer (&self->steps, g_ptr_array_unref);
  if (self->subjects->len > 0 && am_draft_is_complete (am_workspace_get_draft (self->workspace)))
    {
      fill (self);
      return;
    }
  self->is_filling = TRUE;
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "sweep.queue", FALSE);
  gtk_window_close (GTK_WINDOW (self));
}

static void
connect_rows (AmSweepDialog *self)
{
  g_signal_connect_swapped (self->subject_row, "notify::selected", G_CALLBACK (on_subject_changed), self);
  g_signal_connect_swapped (self->block_row, "notify::selected", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->values_row, "changed", G_CALLBACK (update), self);
  g_signal_connect_swapped (self->from, "value-changed", G_CALLBACK (write_range), self);
  g_signal_connect_swapped (self->to, "value-changed", G_CALLBACK (write_range), self);
  g_signal_connect_swapped (self->count, "value-changed", G_CALLBACK (write_range), self);
}

AmSweepDialog *
am_sweep_dialog_new (AmWorkspace *workspace)
{
  AmSweepDialog *self = g_object_new (AM_TYPE_SWEEP_DIALOG, NULL);

  self->workspace = g_object_ref (workspace);
  self->subjects = am_sweep_list_subjects (am_workspace_get_draft (workspace));
  connect_rows (self);
  fill (self);
  g_signal_connect_object (am_workspace_get_draft (workspace), "changed", G_CALLBACK (on_draft_changed), self,
                           G_CONNECT_SWAPPED);
  return self;
}
