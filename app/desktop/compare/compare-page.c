#include "compare-page.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "base/path-text.h"
#include "base/readable.h"
#include "base/unparent-children.h"
#include "compare/beside-box.h"
#include "compare/compare-result.h"
#include "compare/comparison-export.h"
#include "compare/side-card.h"

struct _AmComparePage
{
  GtkWidget parent_instance;

  AmSideCard *card_a;
  AmSideCard *card_b;
  GtkStack *stack;
  AdwStatusPage *empty;
  GtkProgressBar *progress;
  GtkLabel *progress_text;
  AdwStatusPage *stopped;
  AmCompareResult *result;

  AmWorkspace *workspace;
  AmJob *job;
  gboolean is_changing; /* both sides at once */
};

G_DEFINE_FINAL_TYPE (AmComparePage, am_compare_page, GTK_TYPE_WIDGET)

static gboolean
has_blocks (AmComparison *comparison)
{
  return comparison != NULL && am_model_get_n_blocks (am_comparison_get_model (comparison, AM_SIDE_A)) > 0;
}

static void
set_page (AmComparePage *self, const char *name)
{
  GtkWidget *widget = GTK_WIDGET (self);

  gtk_stack_set_visible_child_name (self->stack, name);
  gtk_widget_action_set_enabled (widget, "compare.cancel", g_str_equal (name, "working"));
  gtk_widget_action_set_enabled (widget, "compare.save-json", am_compare_page_get_comparison (self) != NULL);
  gtk_widget_action_set_enabled (widget, "compare.save-png",
                                 has_blocks (am_compare_page_get_comparison (self)));
}

static void
show_empty (AmComparePage *self)
{
  const char *a = am_side_card_get_path (self->card_a), *b = am_side_card_get_path (self->card_b);

  if (*a == '\0' && *b == '\0')
    {
      adw_status_page_set_title (self->empty, _ ("Compare two checkpoints"));
      adw_status_page_set_description (self->empty, _ ("Choose or drop two files to see where they differ."));
    }
  else if (g_str_equal (a, b))
    {
      adw_status_page_set_title (self->empty, _ ("The same checkpoint twice"));
      adw_status_page_set_description (self->empty, _ ("Choose another one for one of the sides."));
    }
  else
    {
      adw_status_page_set_title (self->empty, _ ("One more checkpoint"));
      adw_status_page_set_description (self->empty, *a == '\0'
                                                        ? _ ("Choose checkpoint A to compare with B.")
                                                        : _ ("Choose checkpoint B to compare with A."));
    }
  set_page (self, "empty");
}

static void
show_stopped (AmComparePage *self, const GError *error)
{
  g_autofree char *text = error != NULL ? g_markup_escape_text (error->message, -1) : NULL;

  adw_status_page_set_icon_name (self->stopped,
                                 error != NULL ? "dialog-warning-symbolic" : "process-stop-symbolic");
  adw_status_page_set_title (self->stopped,
                             error != NULL ? _ ("Cannot compare") : _ ("Comparison cancelled"));
  adw_status_page_set_description (self->stopped, text);
  set_page (self, "stopped");
}

static void
on_finished (AmComparePage *self, AmJob *job)
{
  AmJobState state = am_job_get_state (job);

  if (state == AM_JOB_DONE)
    {
      am_compare_result_set_comparison (self->result, am_job_get_result (job));
      set_page (self, "result");
    }
  else
    show_stopped (self, state == AM_JOB_FAILED ? am_job_get_error (job) : NULL);
  g_clear_object (&self->job);
}

static char *
dup_progress_text (AmJob *job)
{
  g_autofree char *done = am_readable_size (am_job_get_done_size (job));
  g_autofree char *total = am_readable_size (am_job_get_total_size (job));
  g_autofree char *left = NULL;

  if (am_job_get_total_size (job) == 0)
    return g_strdup ("");
  if (am_job_get_seconds_left (job) < 0)
    /* Translators: "1.2 GB of 4.3 GB" */
    return g_strdup_printf (_ ("%s of %s"), done, total);
  left = am_readable_duration (am_job_get_seconds_left (job));
  /* Translators: "1.2 GB of 4.3 GB · 12 s left" */
  return g_strdup_printf (_ ("%s of %s · %s left"), done, total, left);
}

static void
on_progress (AmComparePage *self, GParamSpec *pspec, AmJob *job)
{
  g_autofree char *text = dup_progress_text (job);

  gtk_progress_bar_set_fraction (self->progress, MAX (am_job_get_fraction (job), 0));
  gtk_label_set_text (self->progress_text, text);
}

static void
start (AmComparePage *self)
{
  guint n_threads = am_workspace_get_run_options (self->workspace).n_threads;

  self->job = am_comparison_job_new (am_side_card_get_path (self->card_a),
                                     am_side_card_get_path (self->card_b), n_threads);
  gtk_progress_bar_set_fraction (self->progress, 0);
  gtk_label_set_text (self->progress_text, "");
  set_page (self, "working");
  g_signal_connect_swapped (self->job, "finished", G_CALLBACK (on_finished), self);
  g_signal_connect_object (self->job, "notify::fraction", G_CALLBACK (on_progress), self, G_CONNECT_SWAPPED);
  am_job_start (self->job);
}

static void
restart (AmComparePage *self)
{
  const char *a = am_side_card_get_path (self->card_a), *b = am_side_card_get_path (self->card_b);
  gboolean is_any = *a != '\0' || *b != '\0';

  am_job_drop (&self->job, self);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "compare.swap", is_any);
  if (*a == '\0' || *b == '\0' || g_str_equal (a, b))
    show_empty (self);
  else
    start (self);
}

static void
on_path_changed (AmComparePage *self)
{
  if (!self->is_changing)
    restart (self);
}

static void
set_both (AmComparePage *self, const char *a, const char *b)
{
  self->is_changing = TRUE;
  am_side_card_set_path (self->card_a, a);
  am_side_card_set_path (self->card_b, b);
  self->is_changing = FALSE;
  restart (self);
}

static void
swap (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmComparePage *self = AM_COMPARE_PAGE (widget);
  g_autofree char *a = g_strdup (am_side_card_get_path (self->card_a));
  g_autofree char *b = g_strdup (am_side_card_get_path (self->card_b));

  set_both (self, b, a);
}

static void
run (GtkWidget *widget, const char *action, GVariant *parameter)
{
  restart (AM_COMPARE_PAGE (widget));
}

static void
cancel (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmComparePage *self = AM_COMPARE_PAGE (widget);

  if (self->job != NULL)
    am_job_cancel (self->job);
}

/* Two files go to both sides, one to @card, or to the side that is free. */
static void
take_files (AmComparePage *self, const char *first, const char *second, AmSideCard *card)
{
  gboolean is_a_free = *am_side_card_get_path (self->card_a) == '\0';

  if (second != NULL)
    set_both (self, first, second);
  else if (card != NULL)
    am_side_card_set_path (card, first);
  else
    am_side_card_set_path (is_a_free ? self->card_a : self->card_b, first);
}

static void
on_files_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmComparePage) self = user_data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && paths[0] != NULL)
    take_files (self, paths[0], paths[1], NULL);
}

static void
choose (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_choose_files_async (widget, _ ("Choose one or two checkpoints"), AM_FILES_CHECKPOINTS, TRUE, NULL,
                         on_files_chosen, g_object_ref (widget));
}

static AmSideCard *
find_card (AmComparePage *self, double x, double y)
{
  GtkWidget *picked = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);
  GtkWidget *card = picked != NULL ? gtk_widget_get_ancestor (picked, AM_TYPE_SIDE_CARD) : NULL;

  return card != NULL ? AM_SIDE_CARD (card) : NULL;
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, AmComparePage *self)
{
  g_autoptr (GSList) files = gdk_file_list_get_files (g_value_get_boxed (value));
  g_autofree char *first = files != NULL ? g_file_get_path (files->data) : NULL;
  g_autofree char *second = files != NULL && files->next != NULL ? g_file_get_path (files->next->data) : NULL;

  if (first == NULL || !am_path_is_text (first) || (second != NULL && !am_path_is_text (second)))
    return FALSE;
  take_files (self, first, second, find_card (self, x, y));
  return TRUE;
}

static void
on_saved (AmComparePage *self, AmJob *job)
{
  const GError *error = am_job_get_error (job);

  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                              error != NULL ? error->message : _ ("Saved"));
}

static void
save (AmComparePage *self, AmExportKind kind, const char *path)
{
  g_autoptr (AmJob) job = NULL;

  if (path == NULL || am_compare_page_get_comparison (self) == NULL)
    return;
  job = am_comparison_export_job_new (am_compare_page_get_comparison (self), kind, path);
  g_signal_connect_object (job, "finished", G_CALLBACK (on_saved), self, G_CONNECT_SWAPPED);
  am_job_start (job);
}

static void
on_json_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmComparePage) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);

  save (self, AM_EXPORT_JSON, path);
}

static void
save_json (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autofree char *name = am_comparison_dup_export_name (
      am_compare_page_get_comparison (AM_COMPARE_PAGE (widget)), AM_EXPORT_JSON);

  am_choose_save_async (widget, _ ("Save the comparison as JSON"), AM_FILES_ANY, NULL, name, on_json_chosen,
                        g_object_ref (widget));
}

static void
on_picture_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmComparePage) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);

  save (self, AM_EXPORT_PICTURE, path);
}

static void
save_png (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autofree char *name = am_comparison_dup_export_name (
      am_compare_page_get_comparison (AM_COMPARE_PAGE (widget)), AM_EXPORT_PICTURE);

  am_choose_save_async (widget, _ ("Save the heat map as a picture"), AM_FILES_PICTURES, NULL, name,
                        on_picture_chosen, g_object_ref (widget));
}

static void
am_compare_page_dispose (GObject *object)
{
  AmComparePage *self = AM_COMPARE_PAGE (object);

  am_job_drop (&self->job, self);
  am_unparent_children (GTK_WIDGET (self));
  g_clear_object (&self->workspace);

  G_OBJECT_CLASS (am_compare_page_parent_class)->dispose (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "compare.swap", NULL, swap);
  gtk_widget_class_install_action (widget_class, "compare.run", NULL, run);
  gtk_widget_class_install_action (widget_class, "compare.cancel", NULL, cancel);
  gtk_widget_class_install_action (widget_class, "compare.choose", NULL, choose);
  gtk_widget_class_install_action (widget_class, "compare.save-json", NULL, save_json);
  gtk_widget_class_install_action (widget_class, "compare.save-png", NULL, save_png);
}

static void
am_compare_page_class_init (AmComparePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_compare_page_dispose;

  g_type_ensure (AM_TYPE_BESIDE_BOX);
  g_type_ensure (AM_TYPE_COMPARE_RESULT);
  g_type_ensure (AM_TYPE_SIDE_CARD);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/compare/compare-page.ui");
  install_actions (widget_class);
  gtk_widget_class_bind_template_child (widget_class, AmComparePage, card_a);
  gtk_widget_class_bind_template_child (widget_class, AmComparePage, card_b);
  gtk_widget_class_bind_template_child (widget_class, AmComparePage, stack);
  gtk_widget_class_bind_template_child (widget_class, AmComparePage, empty);
  gtk_widget_class_bind_template_child (widget_class, AmComparePage, progress);
  gtk_widget_class_bind_template_child (widget_class, AmComparePage, progress_text);
  gtk_widget_class_bind_template_child (widget_class, AmComparePage, stopped);
  gtk_widget_class_bind_template_child (widget_class, AmComparePage, result);
  gtk_widget_class_bind_template_callback (widget_class, on_path_changed);
}

static void
am_compare_page_init (AmComparePage *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
  restart (self);
}

void
am_compare_page_set_workspace (AmComparePage *self, AmWorkspace *workspace)
{
  g_return_if_fail (AM_IS_COMPARE_PAGE (self) && self->workspace == NULL);

  self->workspace = g_object_ref (workspace);
  am_side_card_set_up (self->card_a, AM_SIDE_A, am_workspace_get_library (workspace));
  am_side_card_set_up (self->card_b, AM_SIDE_B, am_workspace_get_library (workspace));
}

void
am_compare_page_set_paths (AmComparePage *self, const char *a, const char *b)
{
  g_autofree char *old_a = g_strdup (am_side_card_get_path (self->card_a));
  g_autofree char *old_b = g_strdup (am_side_card_get_path (self->card_b));

  g_return_if_fail (self->workspace != NULL);
  set_both (self, a != NULL && *a != '\0' ? a : old_a, b != NULL && *b != '\0' ? b : old_b);
}

AmComparison *
am_compare_page_get_comparison (AmComparePage *self)
{
  const char *shown = gtk_stack_get_visible_child_name (self->stack);

  return g_strcmp0 (shown, "result") == 0 ? am_compare_result_get_comparison (self->result) : NULL;
}
