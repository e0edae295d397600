#include "library-page-private.h"

#include <glib/gi18n.h>

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

void
am_library_page_set_preview (AmLibraryPage *self, AmLibraryItem *item, const char *picture)
{
  g_autoptr (GError) error = NULL;

  if (!am_library_set_preview (am_workspace_get_library (self->workspace), item, picture, &error))
    gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", error->message);
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
