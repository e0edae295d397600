#include "lost-folders.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "base/file-dialogs.h"

struct _AmLostFolders
{
  GtkWidget parent_instance;

  GtkWidget *list;
  AmLibrary *library;
  GSettings *settings;
  char *chosen; /* the folder that is being chosen again */
};

G_DEFINE_FINAL_TYPE (AmLostFolders, am_lost_folders, GTK_TYPE_WIDGET)

static void
am_lost_folders_dispose (GObject *object)
{
  AmLostFolders *self = AM_LOST_FOLDERS (object);

  g_clear_pointer (&self->list, gtk_widget_unparent);
  g_clear_object (&self->library);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (am_lost_folders_parent_class)->dispose (object);
}

static void
am_lost_folders_finalize (GObject *object)
{
  g_free (AM_LOST_FOLDERS (object)->chosen);

  G_OBJECT_CLASS (am_lost_folders_parent_class)->finalize (object);
}

static void
am_lost_folders_class_init (AmLostFoldersClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = am_lost_folders_dispose;
  object_class->finalize = am_lost_folders_finalize;

  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
am_lost_folders_init (AmLostFolders *self)
{
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Folders that cannot be read"), -1);
  gtk_widget_set_parent (self->list, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

/* @by: (nullable): what takes the place of @folder. */
static void
replace_folder (AmLostFolders *self, const char *folder, const char *by)
{
  g_auto (GStrv) folders = g_settings_get_strv (self->settings, "library-folders");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) changed = NULL;

  for (guint i = 0; folders[i] != NULL; i++)
    if (g_strcmp0 (folders[i], folder) != 0 && g_strcmp0 (folders[i], by) != 0)
      g_strv_builder_add (builder, folders[i]);
  if (by != NULL)
    g_strv_builder_add (builder, by);
  changed = g_strv_builder_end (builder);
  g_settings_set_strv (self->settings, "library-folders", (const char *const *)changed);
}

static void
on_folder_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmLostFolders) self = user_data;
  g_autofree char *folder = am_choose_path_finish (result);

  if (folder != NULL && self->settings != NULL)
    replace_folder (self, self->chosen, folder);
}

static void
on_choose_clicked (GtkButton *button, AmLostFolders *self)
{
  g_free (self->chosen);
  self->chosen = g_strdup (g_object_get_data (G_OBJECT (button), "folder"));
  am_choose_folder_async (GTK_WIDGET (self), _ ("Choose the folder again"), NULL, on_folder_chosen,
                          g_object_ref (self));
}

static void
on_remove_clicked (GtkButton *button, AmLostFolders *self)
{
  replace_folder (self, g_object_get_data (G_OBJECT (button), "folder"), NULL);
}

static GtkWidget *
make_button (AmLostFolders *self, GtkWidget *button, const char *folder, GCallback callback)
{
  g_object_set_data_full (G_OBJECT (button), "folder", g_strdup (folder), g_free);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  g_signal_connect (button, "clicked", callback, self);
  return button;
}

static void
add_row (AmLostFolders *self, const char *folder)
{
  g_autofree char *name = g_filename_display_basename (folder);
  g_autofree char *remove = g_strdup_printf (_ ("Take %s out of the library"), name);
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *choose = make_button (self, gtk_button_new_with_mnemonic (_ ("Choose a_gain…")), folder,
                                   G_CALLBACK (on_choose_clicked));
  GtkWidget *forget = make_button (self, gtk_button_new_from_icon_name ("user-trash-symbolic"), folder,
                                   G_CALLBACK (on_remove_clicked));

  /* First: properties set together are told of in the reverse order. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  g_object_set (row, "icon-name", "dialog-warning-symbolic", "title", name, "subtitle",
                _ ("This folder cannot be read"), NULL);
  gtk_widget_set_tooltip_text (row, folder);
  gtk_widget_set_tooltip_text (forget, remove);
  gtk_accessible_update_property (GTK_ACCESSIBLE (forget), GTK_ACCESSIBLE_PROPERTY_LABEL, remove, -1);
  gtk_widget_add_css_class (forget, "flat");
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), choose);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), forget);
  gtk_list_box_append (GTK_LIST_BOX (self->list), row);
}

static void
refresh (AmLostFolders *self)
{
  const char *const *lost = am_library_get_lost_folders (self->library);
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), 0)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), GTK_WIDGET (row));
  for (guint i = 0; lost[i] != NULL; i++)
    add_row (self, lost[i]);
  gtk_widget_set_visible (GTK_WIDGET (self), lost[0] != NULL);
}

void
am_lost_folders_set_library (AmLostFolders *self, AmLibrary *library, GSettings *settings)
{
  g_return_if_fail (AM_IS_LOST_FOLDERS (self) && self->library == NULL);

  self->library = g_object_ref (library);
  self->settings = g_object_ref (settings);
  g_signal_connect_object (library, "notify::lost-folders", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  refresh (self);
}
