/* Choosing files and folders, and showing them: the one place that opens file dialogs. In a sandbox they are
 * the portal's. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  AM_FILES_CHECKPOINTS, /* whatever the core opens */
  AM_FILES_RECIPES,     /* YAML, merged safetensors, recipe cards */
  AM_FILES_YAML,
  AM_FILES_PICTURES,
  AM_FILES_ANY,
} AmFileKind;

/**
 * am_choose_files_async:
 * @parent: (nullable): any widget of the window the dialog belongs to
 * @title: of the dialog
 * @folder: (nullable): path of the folder to start in
 *
 * Asks for files to open. When the user closes the dialog, finish returns %NULL without an error.
 */
void am_choose_files_async (GtkWidget *parent, const char *title, AmFileKind kind, gboolean is_multiple,
                            const char *folder, GAsyncReadyCallback callback, gpointer user_data);

/* Returns: (transfer full) (nullable) (array zero-terminated=1): local paths, all of them UTF-8; a dialog
 * tells why others cannot be used. */
char **am_choose_files_finish (GAsyncResult *result);

/* Asks for a folder, which stays granted in a sandbox. */
void am_choose_folder_async (GtkWidget *parent, const char *title, const char *folder,
                             GAsyncReadyCallback callback, gpointer user_data);

/* Asks where to save a file of the given name; the dialog itself asks before an existing file is replaced. */
void am_choose_save_async (GtkWidget *parent, const char *title, AmFileKind kind, const char *folder,
                           const char *name, GAsyncReadyCallback callback, gpointer user_data);

/* Of the two above. Returns: (transfer full) (nullable): a local path. */
char *am_choose_path_finish (GAsyncResult *result);

/* Shows @path selected in the file manager, or its folder where that is not to be had. */
void am_show_in_file_manager (GtkWidget *parent, const char *path);

G_END_DECLS
