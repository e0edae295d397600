#include "preferences-window.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "library-folders.h"

struct _AmPreferencesWindow
{
  AdwPreferencesWindow parent_instance;

  AdwPreferencesGroup *folders;
  AdwComboRow *colour_scheme;
  GtkSwitch *notify_switch;
  AdwComboRow *dtype;
  AdwActionRow *output_folder;
  AdwEntryRow *name_template;
  GtkSwitch *metadata_switch;
  GtkAdjustment *threads;
  GtkAdjustment *memory_ceiling;

  AmWorkspace *workspace;
  GSettings *settings;
  GPtrArray *folder_rows; /* GtkWidget *: borrowed */
};

G_DEFINE_FINAL_TYPE (AmPreferencesWindow, am_preferences_window, ADW_TYPE_PREFERENCES_WINDOW)

static const char *const colour_schemes[] = { "default", "light", "dark", NULL };
static const char *const dtypes[] = { "same", "fp32", "fp16", "bf16", "fp8_e4m3fn", "fp8_e5m2", NULL };

static void
am_preferences_window_dispose (GObject *object)
{
  AmPreferencesWindow *self = AM_PREFERENCES_WINDOW (object);

  g_clear_object (&self->workspace);
  g_clear_object (&self->settings);
  g_clear_pointer (&self->folder_rows, g_ptr_array_unref);

  G_OBJECT_CLASS (am_preferences_window_parent_class)->dispose (object);
}

typedef struct
{
  AmPreferencesWindow *window;
  char *old;
} FolderRequest;

static void
on_folder_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FolderRequest *request = user_data;
  g_autofree char *path = am_choose_path_finish (result);

  if (path != NULL && request->window->settings != NULL)
    am_library_folders_replace (request->window->settings, request->old, path);
  g_object_unref (request->window);
  g_free (request->old);
  g_free (request);
}

static void
ask_for_folder (AmPreferencesWindow *self, const char *old)
{
  FolderRequest *request = g_new0 (FolderRequest, 1);

  request->window = g_object_ref (self);
  request->old = g_strdup (old);
  am_choose_folder_async (GTK_WIDGET (self), _ ("Add model folder"), old, on_folder_chosen, request);
}

static void
add_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ask_for_folder (AM_PREFERENCES_WINDOW (widget), NULL);
}

static void
choose_folder_again (GtkWidget *widget, const char *action, GVariant *parameter)
{
  ask_for_folder (AM_PREFERENCES_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
remove_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_library_folders_replace (AM_PREFERENCES_WINDOW (widget)->settings,
                              g_variant_get_string (parameter, NULL), NULL);
}

static void
on_output_folder_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmPreferencesWindow) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);

  if (path != NULL && self->settings != NULL)
    g_settings_set_string (self->settings, "output-folder", path);
}

static void
choose_output_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmPreferencesWindow *self = AM_PREFERENCES_WINDOW (widget);
  g_autofree char *folder = g_settings_get_string (self->settings, "output-folder");

  am_choose_folder_async (widget, _ ("Folder for results"), folder, on_output_folder_chosen,
                          g_object_ref (self));
}

static void
clear_output_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  g_settings_reset (AM_PREFERENCES_WINDOW (widget)->settings, "output-folder");
}

static void
am_preferences_window_class_init (AmPreferencesWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_preferences_window_dispose;

  gtk_widget_class_install_action (widget_class, "preferences.add-folder", NULL, add_folder);
  gtk_widget_class_install_action (widget_class, "preferences.choose-folder-again", "s", choose_folder_again);
  gtk_widget_class_install_action (widget_class, "preferences.remove-folder", "s", remove_folder);
  gtk_widget_class_install_action (widget_class, "preferences.choose-output-folder", NULL,
                                   choose_output_folder);
  gtk_widget_class_install_action (widget_class, "preferences.clear-output-folder", NULL,
                                   clear_output_folder);

  gtk_widget_class_set_template_from_resource (
      widget_class, "/io/github/amalgam_merge/Amalgam/preferences/preferences-window.ui");
  gtk_widget_class_bind_template_child (widget_class, AmPreferencesWindow, folders);
  gtk_widget_class_bind_template_child (widget_class, AmPreferencesWindow, colour_scheme);
  gtk_widget_class_bind_template_child (widget_class, AmPreferencesWindow, notify_switch);
  gtk_widget_class_bind_template_child (widget_class, AmPreferencesWindow, dtype);
  gtk_widget_class_bind_template_child (widget_class, AmPreferencesWindow, output_folder);
  gtk_widget_class_bind_template_child (widget_class, AmPreferencesWindow, name_template);
  gtk_widget_class_bind_template_child (widget_class, AmPreferencesWindow, metadata_switch);
  gtk_widget_class_bind_template_child (widget_class, AmPreferencesWindow, threads);
  gtk_widget_class_bind_template_child (widget_class, AmPreferencesWindow, memory_ceiling);
}

static void
am_preferences_window_init (AmPreferencesWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->folder_rows = g_ptr_array_new ();
}

static void
add_row_button (AdwActionRow *row, const char *icon, const char *tooltip, const char *action,
                const char *path)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, tooltip, -1);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "s", path);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  adw_action_row_add_suffix (row, button);
}

/* In a sandbox the way to a folder means nothing to people, so its name comes first. */
static GtkWidget *
make_folder_row (const char *path, gboolean is_lost)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *title = g_filename_display_name (name);
  g_autofree char *subtitle = g_filename_display_name (path);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (row,
                               is_lost ? _ ("Not found, or no longer granted: choose it again") : subtitle);
  adw_action_row_set_icon_name (row, is_lost ? "dialog-warning-symbolic" : "folder-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (row), subtitle);
  if (is_lost)
    add_row_button (row, "folder-open-symbolic", _ ("Choose the folder again"),
                    "preferences.choose-folder-again", path);
  add_row_button (row, "user-trash-symbolic", _ ("Take the folder out of the library"),
                  "preferences.remove-folder", path);
  return GTK_WIDGET (row);
}

static void
add_folder_row (AmPreferencesWindow *self, GtkWidget *row)
{
  adw_preferences_group_add (self->folders, row);
  g_ptr_array_add (self->folder_rows, row);
}

static GtkWidget *
make_empty_row (void)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("No folder yet"));
  gtk_widget_add_css_class (row, "dim-label");
  return row;
}

static void
show_folders (AmPreferencesWindow *self)
{
  g_auto (GStrv) folders = g_settings_get_strv (self->settings, "library-folders");
  const char *const *lost = am_library_get_lost_folders (am_workspace_get_library (self->workspace));

  for (guint i = 0; i < self->folder_rows->len; i++)
    adw_preferences_group_remove (self->folders, g_ptr_array_index (self->folder_rows, i));
  g_ptr_array_set_size (self->folder_rows, 0);
  for (guint i = 0; folders[i] != NULL; i++)
    add_folder_row (self, make_folder_row (folders[i], lost != NULL && g_strv_contains (lost, folders[i])));
  if (folders[0] == NULL)
    add_folder_row (self, make_empty_row ());
}

static void
show_output_folder (AmPreferencesWindow *self)
{
  g_autofree char *path = g_settings_get_string (self->settings, "output-folder");
  g_autofree char *shown = g_filename_display_name (path);
  g_autofree char *markup = g_markup_escape_text (shown, -1);

  adw_action_row_set_subtitle (self->output_folder, *path != '\0' ? markup : _ ("Beside the first model"));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "preferences.clear-output-folder", *path != '\0');
}

static gboolean
word_to_index (GValue *value, GVariant *variant, gpointer user_data)
{
  const char *const *words = user_data;
  const char *word = g_variant_get_string (variant, NULL);

  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_equal (words[i], word))
      {
        g_value_set_uint (value, i);
        return TRUE;
      }
  return FALSE;
}

static GVariant *
index_to_word (const GValue *value, const GVariantType *type, gpointer user_data)
{
  const char *const *words = user_data;
  guint index = g_value_get_uint (value);

  return index < g_strv_length ((char **)words) ? g_variant_new_string (words[index]) : NULL;
}

static void
bind_words (AmPreferencesWindow *self, const char *key, AdwComboRow *row, const char *const *words)
{
  g_settings_bind_with_mapping (self->settings, key, row, "selected", G_SETTINGS_BIND_DEFAULT, word_to_index,
                                index_to_word, (gpointer)words, NULL);
}

static void
bind_settings (AmPreferencesWindow *self)
{
  bind_words (self, "colour-scheme", self->colour_scheme, colour_schemes);
  bind_words (self, "default-dtype", self->dtype, dtypes);
  g_settings_bind (self->settings, "notify", self->notify_switch, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "embed-metadata", self->metadata_switch, "active",
                   G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "name-template", self->name_template, "text", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "threads", self->threads, "value", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "memory-ceiling-mib", self->memory_ceiling, "value",
                   G_SETTINGS_BIND_DEFAULT);
}

AmPreferencesWindow *
am_preferences_window_new (AmWorkspace *workspace)
{
  AmPreferencesWindow *self = g_object_new (AM_TYPE_PREFERENCES_WINDOW, NULL);

  self->workspace = g_object_ref (workspace);
  self->settings = g_object_ref (am_workspace_get_settings (workspace));
  g_signal_connect_object (self->settings, "changed::library-folders", G_CALLBACK (show_folders), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (am_workspace_get_library (workspace), "notify::lost-folders",
                           G_CALLBACK (show_folders), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->settings, "changed::output-folder", G_CALLBACK (show_output_folder), self,
                           G_CONNECT_SWAPPED);
  show_folders (self);
  show_output_folder (self);
  bind_settings (self);
  return self;
}
