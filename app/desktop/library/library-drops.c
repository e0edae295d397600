#include "library-page-private.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/path-text.h"
#include "item-card.h"

static AmLibraryItem *
find_item_at (AmLibraryPage *self, double x, double y)
{
  GtkWidget *picked = gtk_widget_pick (GTK_WIDGET (self), x, y, GTK_PICK_DEFAULT);
  GtkWidget *card = picked != NULL ? gtk_widget_get_ancestor (picked, AM_TYPE_ITEM_CARD) : NULL;

  if (card != NULL)
    return am_item_card_get_item (AM_ITEM_CARD (card));
  if (picked != NULL && gtk_widget_get_ancestor (picked, AM_TYPE_ITEM_DETAILS) != NULL)
    return am_library_page_get_selected (self);
  return NULL;
}

static gboolean
is_picture (const char *path)
{
  g_autofree char *type = g_content_type_guess (path, NULL, 0, NULL);

  return g_content_type_is_a (type, "image/*");
}

/* Folders as they are, and those that dropped files are in. */
static void
collect_folder (GStrvBuilder *folders, const char *path)
{
  g_autofree char *folder
      = g_file_test (path, G_FILE_TEST_IS_DIR) ? g_strdup (path) : g_path_get_dirname (path);

  g_strv_builder_add (folders, folder);
}

typedef struct
{
  AmLibraryPage *page;
  AmLibraryItem *item;
  char *picture;
} PreviewChange;

static void
preview_change_free (gpointer data, GClosure *closure)
{
  PreviewChange *change = data;

  g_object_unref (change->page);
  g_object_unref (change->item);
  g_free (change->picture);
  g_free (change);
}

static void
write_preview (AmLibraryPage *self, AmLibraryItem *item, const char *picture)
{
  g_autoptr (GError) error = NULL;

  if (!am_library_set_preview (am_workspace_get_library (self->workspace), item, picture, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", error->message);
}

static void
on_replacing_answered (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  PreviewChange *change = user_data;

  if (strcmp (response, "replace") == 0 && change->page->workspace != NULL)
    write_preview (change->page, change->item, change->picture);
}

/* The picture there is may be the only one, with the settings it was made by inside. */
static void
ask_before_replacing (AmLibraryPage *self, AmLibraryItem *item, const char *picture)
{
  GtkWidget *dialog
      = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, NULL);
  g_autofree char *name = g_filename_display_basename (am_library_item_get_preview_path (item));
  PreviewChange *change = g_new0 (PreviewChange, 1);

  change->page = g_object_ref (self);
  change->item = g_object_ref (item);
  change->picture = g_strdup (picture);
  adw_message_dialog_format_heading (ADW_MESSAGE_DIALOG (dialog), _ ("Replace “%s”?"), name);
  adw_message_dialog_set_body (ADW_MESSAGE_DIALOG (dialog),
                               _ ("The picture that is there now cannot be brought back."));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "replace",
                                    _ ("_Replace"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "replace",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_replacing_answered), change, preview_change_free,
                         0);
  gtk_window_present (GTK_WINDOW (dialog));
}

/* Whether the picture that is written would take the place of another. */
static gboolean
would_replace (AmLibraryItem *item, const char *picture)
{
  const char *path = am_library_item_get_preview_path (item);

  return path != NULL && g_str_has_suffix (path, ".preview.png") && strcmp (path, picture) != 0;
}

void
am_library_page_set_preview (AmLibraryPage *self, AmLibraryItem *item, const char *picture)
{
  if (would_replace (item, picture))
    ask_before_replacing (self, item, picture);
  else
    write_preview (self, item, picture);
}

static gboolean
is_known_folder (char **folders, const char *path)
{
  for (guint i = 0; folders[i] != NULL; i++)
    if (g_strcmp0 (folders[i], path) == 0
        || (g_str_has_prefix (path, folders[i]) && path[strlen (folders[i])] == '/'))
      return TRUE;
  return FALSE;
}

void
am_library_page_add_folders (AmLibraryPage *self, const char *const *folders)
{
  GSettings *settings = am_workspace_get_settings (self->workspace);
  g_auto (GStrv) known = g_settings_get_strv (settings, "library-folders");
  guint n = 0;

  for (guint i = 0; folders[i] != NULL; i++)
    {
      guint length = g_strv_length (known);

      if (is_known_folder (known, folders[i]))
        continue;
      known = g_renew (char *, known, length + 2);
      known[length] = g_strdup (folders[i]);
      known[length + 1] = NULL;
      n++;
    }
  if (n == 0)
    return;
  g_settings_set_strv (settings, "library-folders", (const char *const *)known);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                              ngettext ("Folder added to the library", "Folders added to the library", n));
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, AmLibraryPage *self)
{
  g_autoptr (GSList) files = gdk_file_list_get_files (g_value_get_boxed (value));
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) folders = NULL;
  AmLibraryItem *item = find_item_at (self, x, y);
  gboolean is_used = FALSE;

  for (GSList *l = files; l != NULL; l = l->next)
    {
      g_autofree char *path = g_file_get_path (l->data);

      if (path == NULL || !am_path_is_text (path) || (is_picture (path) && item == NULL))
        continue;
      is_used = TRUE;
      if (is_picture (path))
        am_library_page_set_preview (self, item, path);
      else
        collect_folder (builder, path);
    }
  folders = g_strv_builder_end (builder);
  am_library_page_add_folders (self, (const char *const *)folders);
  return is_used;
}

/* What is dragged from the library is in it already. */
static gboolean
is_acceptable (GtkDropTarget *target, GdkDrop *drop, gpointer user_data)
{
  return gdk_drop_get_drag (drop) == NULL
         && gdk_content_formats_contain_gtype (gdk_drop_get_formats (drop), GDK_TYPE_FILE_LIST);
}

void
am_library_page_set_up_drops (AmLibraryPage *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect (target, "accept", G_CALLBACK (is_acceptable), NULL);
  g_signal_connect (target, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}
