#include "demo-workspace.h"
#include "merge-support.h"
#include "run-support.h"

#include <glib/gstdio.h>

#include "runs/repair-window.h"
#include "runs/runs-page-private.h"

/* Two residual networks that learned digits, merged half-way. */
typedef struct
{
  DemoWorkspace demo;
  AmHistoryEntry *entry; /* borrowed from the history */
  AmRepairWindow *window;
} Case;

static char *
digits_path (const char *folder, const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "..", "core", folder, "digits", name, NULL);
}

static AmRunQueue *
get_queue (Case *self)
{
  return am_workspace_get_queue (self->demo.workspace);
}

static void
merge (Case *self, const char *kind, const char *extra)
{
  g_autofree char *name_a = g_strdup_printf ("%s-a.safetensors", kind);
  g_autofree char *name_b = g_strdup_printf ("%s-b.safetensors", kind);
  g_autofree char *a = digits_path ("align", name_a), *b = digits_path ("align", name_b);
  g_autofree char *yaml = g_strdup_printf ("merge_method: weighted_sum\n"
                                           "models: [{model: '%s'}, {model: '%s'}]\n"
                                           "parameters: {alpha: 0.5}\n%s",
                                           a, b, extra);
  g_autofree char *output = g_build_filename (self->demo.folder, "digits.safetensors", NULL);
  GError *error = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_parse (yaml, -1, "test", &error);
  g_autoptr (AmRun) run = NULL;
  g_autoptr (AmHistoryEntry) entry = NULL;

  g_assert_no_error (error);
  run = am_run_new (recipes, output, &(AmRunOptions){ .n_threads = 1, .embeds_metadata = TRUE });
  am_run_queue_add (get_queue (self), run);
  desktop_test_wait (run_fixture_is_idle, get_queue (self));
  desktop_test_settle ();
  g_assert_cmpint (am_job_get_state (am_run_get_job (run)), ==, AM_JOB_DONE);
  entry = g_list_model_get_item (G_LIST_MODEL (am_workspace_get_history (self->demo.workspace)), 0);
  self->entry = entry;
}

static gboolean
is_ready (gpointer data)
{
  return am_data_source_is_ready (data);
}

static void
choose_data (Case *self)
{
  AmDataSource *source = am_workspace_get_data_source (self->demo.workspace);
  g_autofree char *path = digits_path ("repair", "calibration.safetensors");
  g_autofree char *preprocessing = g_build_filename (self->demo.folder, "digits.yaml", NULL);

  g_assert_true (g_file_set_contents (preprocessing, "scale: 16\n", -1, NULL));
  g_object_set (source, "preprocessing", preprocessing, "n-samples", (guint64)100, NULL);
  am_data_source_set_path (source, path);
  desktop_test_wait (is_ready, source);
}

static void
set_up (Case *self, gconstpointer kind)
{
  demo_workspace_init (&self->demo);
  am_history_clear (am_workspace_get_history (self->demo.workspace));
}

static void
tear_down (Case *self, gconstpointer data)
{
  if (self->window != NULL)
    gtk_window_destroy (GTK_WINDOW (self->window));
  self->window = NULL;
  demo_workspace_clear (&self->demo);
}

static void
open_window (Case *self)
{
  self->window = am_repair_window_new (NULL, self->demo.workspace, self->entry);
  gtk_window_present (GTK_WINDOW (self->window));
  desktop_test_settle ();
}

static gpointer
find_one (Case *self, GType type)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new ();

  collect (GTK_WIDGET (self->window), type, found);
  return g_ptr_array_index (found, 0);
}

static gboolean
shows (GtkWidget *widget, const char *text)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();

  collect (widget, GTK_TYPE_LABEL, labels);
  for (guint i = 0; i < labels->len; i++)
    if (gtk_widget_get_mapped (g_ptr_array_index (labels, i))
        && strstr (gtk_label_get_text (g_ptr_array_index (labels, i)), text) != NULL)
      return TRUE;
  return FALSE;
}

typedef struct
{
  GtkWidget *widget;
  const char *text;
} Shown;

static gboolean
is_shown (gpointer data)
{
  Shown *shown = data;

  return shows (shown->widget, shown->text);
}

static void
wait_for (Case *self, const char *text)
{
  desktop_test_wait (is_shown, &(Shown){ GTK_WIDGET (self->window), text });
}

static void
test_reset (Case *self, gconstpointer data)
{
  g_autofree char *output = g_build_filename (self->demo.folder, "digits-repaired.safetensors", NULL);

  merge (self, "resnet", "");
  open_window (self);
  g_assert_true (shows (GTK_WIDGET (self->window), "resnet-b.safetensors"));
  am_repair_window_start (self->window);
  g_assert_false (g_file_test (output, G_FILE_TEST_EXISTS)); /* no data yet */
  choose_data (self);
  wait_for (self, "calibration.safetensors");
  take_picture (GTK_WIDGET (self->window), "repair-form");
  am_repair_window_start (self->window);
  wait_for (self, "batch norms measured anew on 100 pictures");
  g_assert_true (g_file_test (output, G_FILE_TEST_EXISTS));
  g_assert_true (shows (GTK_WIDGET (self->window), "Measured anew"));
  take_picture (GTK_WIDGET (self->window), "repair-reset");
}

/* The aligned B is no file: only a reset does without. */
static void
test_aligned (Case *self, gconstpointer data)
{
  AdwComboRow *method;

  merge (self, "resnet", "align: true\n");
  open_window (self);
  choose_data (self);
  method = find_one (self, ADW_TYPE_COMBO_ROW);
  g_assert_cmpuint (adw_combo_row_get_selected (method), ==, AM_REPAIR_RESET);
  g_assert_false (shows (GTK_WIDGET (self->window), "resnet-b.safetensors"));
  adw_combo_row_set_selected (method, AM_REPAIR_RESCALE);
  desktop_test_settle ();
  g_assert_true (shows (GTK_WIDGET (self->window), "amalgam align"));
  take_picture (GTK_WIDGET (self->window), "repair-aligned");
  am_repair_window_start (self->window);
  g_assert_false (shows (GTK_WIDGET (self->window), "Starting"));
}

static void
test_rescale (Case *self, gconstpointer data)
{
  merge (self, "mlp", "");
  choose_data (self);
  open_window (self);
  am_repair_window_start (self->window);
  wait_for (self, "layers repaired on 100 pictures");
  g_assert_true (shows (GTK_WIDGET (self->window), "→"));
  take_picture (GTK_WIDGET (self->window), "repair-rescale");
}

/* What the core says is told, and another try can be made. */
static void
test_failure (Case *self, gconstpointer data)
{
  merge (self, "resnet", "");
  choose_data (self);
  open_window (self);
  adw_combo_row_set_selected (find_one (self, ADW_TYPE_COMBO_ROW), AM_REPAIR_CLOSED_FORM);
  am_repair_window_start (self->window);
  wait_for (self, "take the method reset");
  take_picture (GTK_WIDGET (self->window), "repair-failure");
  adw_combo_row_set_selected (find_one (self, ADW_TYPE_COMBO_ROW), AM_REPAIR_RESET);
  am_repair_window_start (self->window);
  wait_for (self, "measured anew");
}

static void
test_name (Case *self, gconstpointer data)
{
  GtkEditable *name;

  merge (self, "resnet", "");
  choose_data (self);
  open_window (self);
  name = find_one (self, ADW_TYPE_ENTRY_ROW);
  g_assert_cmpstr (gtk_editable_get_text (name), ==, "digits-repaired");
  gtk_editable_set_text (name, "digits");
  desktop_test_settle ();
  g_assert_true (shows (GTK_WIDGET (self->window), "choose another"));
  gtk_editable_set_text (name, "");
  desktop_test_settle ();
  g_assert_true (shows (GTK_WIDGET (self->window), "needs a name"));
}

static gboolean
offers (gpointer page)
{
  return shows (page, "Repair…");
}

/* Networks for pictures are offered a repair, others are not. */
static void
test_offer (Case *self, gconstpointer data)
{
  AmRunsPage *page = g_object_new (AM_TYPE_RUNS_PAGE, NULL);
  GtkWindow *window;

  am_runs_page_set_workspace (page, self->demo.workspace);
  window = desktop_test_show (GTK_WIDGET (page), 1180, 780);
  merge (self, "resnet", "");
  desktop_test_wait (offers, page);
  g_assert_true (shows (GTK_WIDGET (page), "batch norm"));
  take_picture (GTK_WIDGET (window), "repair-offer");
  g_assert_cmpint (g_unlink (am_history_entry_get_output (self->entry)), ==, 0);
  am_runs_page_show_entry (page, NULL, FALSE);
  am_runs_page_show_entry (page, self->entry, TRUE);
  desktop_test_settle ();
  g_assert_false (offers (page));
  gtk_window_destroy (window);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

#define ADD(name, function) g_test_add ("/repair/" name, Case, NULL, set_up, function, tear_down)
  ADD ("reset", test_reset);
  ADD ("aligned", test_aligned);
  ADD ("rescale", test_rescale);
  ADD ("failure", test_failure);
  ADD ("name", test_name);
  ADD ("offer", test_offer);
  return g_test_run ();
}
