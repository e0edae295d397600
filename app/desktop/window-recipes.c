#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "recipes/card-dialog.h"
#include "recipes/recipe-paths.h"
#include "recipes/sweep-dialog.h"
#include "window-private.h"

static void on_missing_answered (AmWindow *self, const char *response, AdwMessageDialog *dialog);

/* Which models were not found, and the way to find them: another folder, or each slot by itself. */
static void
tell_missing (AmWindow *self, const GPtrArray *missing)
{
  GtkWidget *dialog;
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < missing->len; i++)
    {
      g_autofree char *name = g_filename_display_name (g_ptr_array_index (missing, i));

      g_string_append_printf (names, "%s%s", i > 0 ? "\n" : "", name);
    }
  dialog = adw_message_dialog_new (
      GTK_WINDOW (self), ngettext ("A model was not found", "Some models were not found", missing->len),
      NULL);
  adw_message_dialog_format_body (ADW_MESSAGE_DIALOG (dialog),
                                  ngettext ("%s\n\nChoose it in its slot, or a folder to look in.",
                                            "%s\n\nChoose them in their slots, or a folder to look in.",
                                            missing->len),
                                  names->str);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"), "folder",
                                    _ ("_Look in folder…"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "folder", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "close");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_missing_answered), self, G_CONNECT_SWAPPED);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
take_recipes (AmWindow *self, GPtrArray *recipes, const char *folder)
{
  GListModel *library = G_LIST_MODEL (am_workspace_get_library (self->workspace));
  g_autoptr (GPtrArray) missing = am_recipe_paths_find (recipes, folder, library);

  am_draft_load (am_workspace_get_draft (self->workspace), recipes);
  am_window_show_page (self, "merge");
  if (missing->len > 0)
    tell_missing (self, missing);
}

static void
on_look_in_folder (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmWindow) self = user_data;
  g_autofree char *folder = am_choose_path_finish (result);

  if (folder != NULL && self->workspace != NULL)
    {
      g_autoptr (GPtrArray) recipes = am_draft_dup_recipes (am_workspace_get_draft (self->workspace));

      take_recipes (self, recipes, folder);
    }
}

static void
on_missing_answered (AmWindow *self, const char *response, AdwMessageDialog *dialog)
{
  if (g_str_equal (response, "folder"))
    am_choose_folder_async (GTK_WIDGET (self), _ ("Look for models in"), NULL, on_look_in_folder,
                            g_object_ref (self));
}

static void
tell_notes (AmWindow *self, const GPtrArray *recipes)
{
  for (guint i = 0; i < recipes->len; i++)
    {
      const AmRecipe *recipe = g_ptr_array_index (recipes, i);

      for (guint j = 0; recipe->notes != NULL && j < recipe->notes->len; j++)
        am_window_toast (self, g_ptr_array_index (recipe->notes, j));
    }
}

void
am_window_load_recipe (AmWindow *self, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GError) failure = NULL;
  g_autoptr (GPtrArray) recipes = am_recipes_load (path, &failure);

  if (recipes == NULL)
    {
      am_window_show_error (self, _ ("The recipe cannot be opened"), failure->message);
      return;
    }
  take_recipes (self, recipes, folder);
  tell_notes (self, recipes);
}

static void
load_recipe (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_window_load_recipe (AM_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
load_yaml (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);
  g_autoptr (GError) failure = NULL;
  g_autoptr (GPtrArray) recipes
      = am_recipes_parse (g_variant_get_string (parameter, NULL), -1, _ ("History"), &failure);

  if (recipes != NULL)
    take_recipes (self, recipes, NULL);
  else
    am_window_show_error (self, _ ("The recipe cannot be read"), failure->message);
}

static void
on_recipe_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmWindow) self = user_data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && self->workspace != NULL)
    am_window_load_recipe (self, paths[0]);
}

static void
open_recipe (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_choose_files_async (widget, _ ("Open recipe"), AM_FILES_RECIPES, FALSE, NULL, on_recipe_chosen,
                         g_object_ref (widget));
}

/* "NAME.safetensors" of the output as "NAME" with another ending. */
static char *
make_name (AmWindow *self, const char *ending)
{
  g_autofree char *output = am_draft_dup_output_path (am_workspace_get_draft (self->workspace));
  g_autofree char *name = g_path_get_basename (output);

  if (g_str_has_suffix (name, ".safetensors"))
    name[strlen (name) - strlen (".safetensors")] = '\0';
  return g_strconcat (name, ending, NULL);
}

static void
on_saving_place_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmWindow) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);
  g_autofree char *yaml = NULL;
  g_autoptr (GPtrArray) recipes = NULL;
  g_autoptr (GError) failure = NULL;

  if (path == NULL || self->workspace == NULL)
    return;
  recipes = am_draft_dup_recipes (am_workspace_get_draft (self->workspace));
  yaml = am_recipes_to_yaml (recipes);
  if (g_file_set_contents_full (path, yaml, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0666, &failure))
    am_window_toast (self, _ ("Recipe saved"));
  else
    am_window_show_error (self, _ ("The recipe cannot be saved"), failure->message);
}

static void
save_recipe (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_autofree char *name = make_name (AM_WINDOW (widget), ".amalgam.yaml");

  am_choose_save_async (widget, _ ("Save recipe"), AM_FILES_YAML, NULL, name, on_saving_place_chosen,
                        g_object_ref (widget));
}

static void
export_card (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);
  AmCardDialog *dialog = am_card_dialog_new (self->workspace);

  gtk_window_set_transient_for (GTK_WINDOW (dialog), GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
sweep (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmWindow *self = AM_WINDOW (widget);
  AmSweepDialog *dialog = am_sweep_dialog_new (self->workspace);

  gtk_window_set_transient_for (GTK_WINDOW (dialog), GTK_WINDOW (self));
  gtk_window_present (GTK_WINDOW (dialog));
}

void
am_window_class_install_recipe_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.load-recipe", "s", load_recipe);
  gtk_widget_class_install_action (widget_class, "win.load-yaml", "s", load_yaml);
  gtk_widget_class_install_action (widget_class, "win.open-recipe", NULL, open_recipe);
  gtk_widget_class_install_action (widget_class, "win.save-recipe", NULL, save_recipe);
  gtk_widget_class_install_action (widget_class, "win.export-card", NULL, export_card);
  gtk_widget_class_install_action (widget_class, "win.sweep", NULL, sweep);
}
