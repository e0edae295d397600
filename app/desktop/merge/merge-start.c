#include "merge-start.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

typedef struct
{
  GtkWidget *widget;
  AmWorkspace *workspace;
  GPtrArray *recipes;
  AmRunOptions options;
  char *output;
} Start;

static void
start_free (gpointer data, GClosure *closure)
{
  Start *start = data;

  g_object_unref (start->widget);
  g_object_unref (start->workspace);
  g_ptr_array_unref (start->recipes);
  g_free (start->output);
  g_free (start);
}

static void
queue (Start *start)
{
  AmRunQueue *runs = am_workspace_get_queue (start->workspace);
  g_autoptr (AmRun) run = am_run_new (start->recipes, start->output, &start->options);
  gboolean waits = am_run_queue_get_n_open (runs) > 0;
  g_autofree char *text = NULL;

  am_run_queue_add (runs, run);
  /* Translators: %s is the name of a file. */
  text = g_strdup_printf (waits ? _ ("“%s” waits for its turn") : _ ("Merging “%s”"), am_run_get_title (run));
  gtk_widget_activate_action (start->widget, "win.toast", "s", text);
  gtk_widget_activate_action (start->widget, "win.show-page", "s", "runs");
}

static gboolean
is_taken (AmRunQueue *runs, const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS) || am_run_queue_will_write (runs, path);
}

char *
am_merge_find_free_path (AmRunQueue *runs, const char *path)
{
  const char *extension = strrchr (path, '.');
  gsize length = extension != NULL && strchr (extension, G_DIR_SEPARATOR) == NULL ? (gsize)(extension - path)
                                                                                  : strlen (path);

  for (guint i = 2;; i++)
    {
      g_autofree char *candidate = g_strdup_printf ("%.*s-%u%s", (int)length, path, i, path + length);

      if (!is_taken (runs, candidate))
        return g_steal_pointer (&candidate);
    }
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Start *start)
{
  AmRunQueue *runs = am_workspace_get_queue (start->workspace);

  if (strcmp (response, "keep-both") == 0)
    {
      char *output = am_merge_find_free_path (runs, start->output);

      g_free (start->output);
      start->output = output;
      queue (start);
    }
  else if (strcmp (response, "replace") == 0)
    {
      start->options.replaces_output = TRUE;
      queue (start);
    }
}

static void
ask (Start *start)
{
  GtkRoot *root = gtk_widget_get_root (start->widget);
  g_autofree char *name = g_path_get_basename (start->output);
  g_autofree char *folder = g_path_get_dirname (start->output);
  gboolean is_queued = am_run_queue_will_write (am_workspace_get_queue (start->workspace), start->output);
  GtkWidget *widget = adw_message_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, NULL, NULL);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);

  adw_message_dialog_format_heading (dialog, _ ("Replace “%s”?"), name);
  if (is_queued)
    adw_message_dialog_set_body (dialog, _ ("Another merge in the queue will write a file of that name."));
  else
    adw_message_dialog_format_body (
        dialog, _ ("A file of that name is in “%s” already. Replacing it cannot be undone."), folder);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "replace", _ ("_Replace"), "keep-both",
                                    _ ("_Keep both"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "replace", ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_response_appearance (dialog, "keep-both", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "keep-both");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), start, start_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
am_merge_start (GtkWidget *widget, AmWorkspace *workspace)
{
  AmDraft *draft = am_workspace_get_draft (workspace);
  Start *start = g_new0 (Start, 1);

  start->widget = g_object_ref (widget);
  start->workspace = g_object_ref (workspace);
  start->recipes = am_draft_dup_recipes (draft);
  start->options = am_workspace_get_run_options (workspace);
  start->output = am_draft_dup_output_path (draft);
  if (is_taken (am_workspace_get_queue (workspace), start->output))
    {
      ask (start);
      return;
    }
  queue (start);
  start_free (start, NULL);
}
