#include "file-dialogs.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "path-text.h"

typedef struct
{
  const char *title;
  const char *const *patterns;
} FileFilter;

static const char *const checkpoint_patterns[]
    = { "*.safetensors", "*.sft",        "*.ckpt",           "*.pt", "*.pth", "*.bin",
        "*.gguf",        "*.index.json", "model_index.json", NULL };
static const char *const recipe_patterns[] = { "*.yaml", "*.yml", "*.json", "*.safetensors", "*.png", NULL };
static const char *const yaml_patterns[] = { "*.yaml", "*.yml", NULL };
static const char *const picture_patterns[] = { "*.png", "*.jpg", "*.jpeg", "*.webp", NULL };

static const FileFilter file_filters[] = {
  [AM_FILES_CHECKPOINTS] = { N_ ("Checkpoints"), checkpoint_patterns },
  [AM_FILES_RECIPES] = { N_ ("Recipes, merged checkpoints and recipe cards"), recipe_patterns },
  [AM_FILES_YAML] = { N_ ("YAML recipes"), yaml_patterns },
  [AM_FILES_PICTURES] = { N_ ("Pictures"), picture_patterns },
  [AM_FILES_ANY] = { N_ ("All files"), NULL },
};

static GtkFileFilter *
make_filter (const FileFilter *row)
{
  GtkFileFilter *filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ (row->title));
  if (row->patterns == NULL)
    gtk_file_filter_add_pattern (filter, "*");
  for (guint i = 0; row->patterns != NULL && row->patterns[i] != NULL; i++)
    gtk_file_filter_add_pattern (filter, row->patterns[i]);
  return filter;
}

static GtkWindow *
find_window (GtkWidget *widget)
{
  GtkRoot *root = widget != NULL ? gtk_widget_get_root (widget) : NULL;

  return GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL;
}

static void
tell_refusal (GtkFileChooser *chooser, const char *path)
{
  GtkWindow *parent = gtk_native_dialog_get_transient_for (GTK_NATIVE_DIALOG (chooser));
  g_autofree char *text = am_path_dup_refusal (path);
  GtkWidget *dialog = adw_message_dialog_new (parent, _ ("This name cannot be used"), text);

  adw_message_dialog_add_response (ADW_MESSAGE_DIALOG (dialog), "close", _ ("_Close"));
  gtk_window_present (GTK_WINDOW (dialog));
}

static char **
list_paths (GtkFileChooser *chooser)
{
  g_autoptr (GListModel) files = gtk_file_chooser_get_files (chooser);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);
      g_autofree char *path = g_file_get_path (file);

      if (path != NULL && !am_path_is_text (path))
        tell_refusal (chooser, path);
      else if (path != NULL)
        g_ptr_array_add (paths, g_steal_pointer (&path));
    }
  if (paths->len == 0)
    return NULL;
  g_ptr_array_add (paths, NULL);
  return (char **)g_ptr_array_steal (paths, NULL);
}

static void
on_response (GtkNativeDialog *dialog, int response, gpointer user_data)
{
  GTask *task = user_data;
  char **paths = response == GTK_RESPONSE_ACCEPT ? list_paths (GTK_FILE_CHOOSER (dialog)) : NULL;

  g_task_return_pointer (task, paths, (GDestroyNotify)g_strfreev);
  g_object_unref (task);
  gtk_native_dialog_destroy (dialog);
  g_object_unref (dialog);
}

static void
set_folder (GtkFileChooser *chooser, const char *folder)
{
  g_autoptr (GFile) file = NULL;

  if (folder == NULL || *folder == '\0' || !g_file_test (folder, G_FILE_TEST_IS_DIR))
    return;
  file = g_file_new_for_path (folder);
  gtk_file_chooser_set_current_folder (chooser, file, NULL);
}

static GtkFileChooser *
make_chooser (GtkWidget *parent, const char *title, GtkFileChooserAction action, const char *folder)
{
  GtkFileChooser *chooser
      = GTK_FILE_CHOOSER (gtk_file_chooser_native_new (title, find_window (parent), action, NULL, NULL));

  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  set_folder (chooser, folder);
  return chooser;
}

static void
show (GtkFileChooser *chooser, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);

  g_signal_connect (chooser, "response", G_CALLBACK (on_response), task);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

static void
add_filters (GtkFileChooser *chooser, AmFileKind kind)
{
  g_autoptr (GtkFileFilter) filter = make_filter (&file_filters[kind]);
  g_autoptr (GtkFileFilter) any = make_filter (&file_filters[AM_FILES_ANY]);

  gtk_file_chooser_add_filter (chooser, filter);
  if (kind != AM_FILES_ANY)
    gtk_file_chooser_add_filter (chooser, any);
}

void
am_choose_files_async (GtkWidget *parent, const char *title, AmFileKind kind, gboolean is_multiple,
                       const char *folder, GAsyncReadyCallback callback, gpointer user_data)
{
  GtkFileChooser *chooser = make_chooser (parent, title, GTK_FILE_CHOOSER_ACTION_OPEN, folder);

  gtk_file_chooser_set_select_multiple (chooser, is_multiple);
  add_filters (chooser, kind);
  show (chooser, callback, user_data);
}

char **
am_choose_files_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

void
am_choose_folder_async (GtkWidget *parent, const char *title, const char *folder,
                        GAsyncReadyCallback callback, gpointer user_data)
{
  show (make_chooser (parent, title, GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER, folder), callback, user_data);
}

void
am_choose_save_async (GtkWidget *parent, const char *title, AmFileKind kind, const char *folder,
                      const char *name, GAsyncReadyCallback callback, gpointer user_data)
{
  GtkFileChooser *chooser = make_chooser (parent, title, GTK_FILE_CHOOSER_ACTION_SAVE, folder);

  gtk_file_chooser_set_current_name (chooser, name);
  add_filters (chooser, kind);
  show (chooser, callback, user_data);
}

char *
am_choose_path_finish (GAsyncResult *result)
{
  g_auto (GStrv) paths = g_task_propagate_pointer (G_TASK (result), NULL);

  return paths != NULL ? g_strdup (paths[0]) : NULL;
}

static void
show_folder (GtkWidget *parent, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *uri = g_filename_to_uri (folder, NULL, NULL);

  if (uri != NULL)
    gtk_show_uri (find_window (parent), uri, GDK_CURRENT_TIME);
}

typedef struct
{
  GWeakRef parent;
  char *path;
} ShowRequest;

static void
on_shown (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ShowRequest *request = user_data;
  g_autoptr (GVariant) answer = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);
  g_autoptr (GtkWidget) parent = g_weak_ref_get (&request->parent);

  if (answer == NULL)
    show_folder (parent, request->path);
  g_weak_ref_clear (&request->parent);
  g_free (request->path);
  g_free (request);
}

void
am_show_in_file_manager (GtkWidget *parent, const char *path)
{
  g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  g_autofree char *uri = g_filename_to_uri (path, NULL, NULL);
  const char *uris[] = { uri, NULL };
  ShowRequest *request;

  if (bus == NULL || uri == NULL)
    {
      show_folder (parent, path);
      return;
    }
  request = g_new0 (ShowRequest, 1);
  g_weak_ref_init (&request->parent, parent);
  request->path = g_strdup (path);
  g_dbus_connection_call (bus, "org.freedesktop.FileManager1", "/org/freedesktop/FileManager1",
                          "org.freedesktop.FileManager1", "ShowItems", g_variant_new ("(^ass)", uris, ""),
                          NULL, G_DBUS_CALL_FLAGS_NONE, 5000, NULL, on_shown, request);
}
