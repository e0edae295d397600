#include "intake.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <string.h>

#include "base/path-text.h"

typedef struct
{
  GtkWidget *widget;
  AmDraft *draft;
  guint slot;
  char *path;
} Choice;

static void
choice_free (gpointer data, GClosure *closure)
{
  Choice *choice = data;

  g_object_unref (choice->widget);
  g_object_unref (choice->draft);
  g_free (choice->path);
  g_free (choice);
}

static void
fill_slot (GtkWidget *widget, AmDraft *draft, guint slot, const char *path)
{
  g_autofree char *message = NULL;

  if (slot != AM_INTAKE_FREE_SLOT)
    am_draft_set_path (draft, slot, path);
  else
    message = am_draft_place_model (draft, path);
  if (message != NULL)
    gtk_widget_activate_action (widget, "win.toast", "s", message);
}

static void
load_recipe (GtkWidget *widget, const char *path)
{
  gtk_widget_activate_action (widget, "win.load-recipe", "s", path);
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Choice *choice)
{
  if (strcmp (response, "model") == 0)
    fill_slot (choice->widget, choice->draft, choice->slot, choice->path);
  else if (strcmp (response, "recipe") == 0)
    load_recipe (choice->widget, choice->path);
}

/* A merged checkpoint is a model and a recipe at once. */
static void
ask (GtkWidget *widget, AmDraft *draft, guint slot, const char *path)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWindow *parent = GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
  GtkWidget *dialog = adw_message_dialog_new (parent, _ ("Model or recipe?"), NULL);
  g_autofree char *name = g_path_get_basename (path);
  Choice *choice = g_new0 (Choice, 1);

  choice->widget = g_object_ref (widget);
  choice->draft = g_object_ref (draft);
  choice->slot = slot;
  choice->path = g_strdup (path);
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  _ ("“%s” was made by a merge and carries its recipe."), name);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "recipe",
                                    _ ("_Load recipe"), "model", _ ("Use as _model"), NULL);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "model");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), choice, choice_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static gboolean
is_checkpoint (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);
  const char *const recipes[] = { ".yaml", ".yml", ".json", ".png" };

  for (guint i = 0; i < G_N_ELEMENTS (recipes); i++)
    if (g_str_has_suffix (lower, recipes[i]))
      return FALSE;
  return TRUE;
}

void
am_intake_files (GtkWidget *widget, AmDraft *draft, guint slot, const char *const *paths)
{
  for (guint i = 0; paths[i] != NULL; i++)
    {
      if (!is_checkpoint (paths[i]))
        load_recipe (widget, paths[i]);
      else if (am_recipe_is_recipe_file (paths[i]))
        ask (widget, draft, slot, paths[i]);
      else
        fill_slot (widget, draft, slot, paths[i]);
      if (is_checkpoint (paths[i]))
        slot = AM_INTAKE_FREE_SLOT;
    }
}

static char *
read_line (char *line)
{
  const char *text = g_strstrip (line);
  gsize length = strlen (text);

  if (g_str_has_prefix (text, "file://"))
    return g_filename_from_uri (text, NULL, NULL);
  /* File managers of some systems copy paths in quotes. */
  if (length >= 2 && (text[0] == '"' || text[0] == '\'') && text[length - 1] == text[0])
    return g_strndup (text + 1, length - 2);
  return g_strdup (text);
}

gboolean
am_intake_text (GtkWidget *widget, AmDraft *draft, guint slot, const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) lines = g_strsplit (text, "\n", 100);
  g_auto (GStrv) paths = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *path = read_line (lines[i]);

      if (path != NULL && am_path_is_text (path) && g_path_is_absolute (path)
          && g_file_test (path, G_FILE_TEST_EXISTS))
        g_strv_builder_add (builder, path);
    }
  paths = g_strv_builder_end (builder);
  if (paths[0] == NULL)
    return FALSE;
  am_intake_files (widget, draft, slot, (const char *const *)paths);
  return TRUE;
}

char **
am_intake_list_paths (const GValue *file_list)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (GSList *l = g_value_get_boxed (file_list); l != NULL; l = l->next)
    {
      g_autofree char *path = g_file_get_path (l->data);

      if (path != NULL && am_path_is_text (path))
        g_strv_builder_add (builder, path);
    }
  return g_strv_builder_end (builder);
}
