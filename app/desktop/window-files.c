#include <glib/gi18n.h>

#include "base/path-text.h"
#include "window-private.h"

typedef enum
{
  FILE_RECIPE,
  FILE_MERGED, /* a checkpoint that carries its recipe */
  FILE_MODEL,
  FILE_FOLDER,
  FILE_REFUSED, /* by its name */
} FileKind;

static FileKind
find_kind (const char *path)
{
  gboolean is_recipe = am_recipe_is_recipe_file (path);
  g_autoptr (AmCheckpoint) checkpoint = NULL;

  if (is_recipe && !g_str_has_suffix (path, ".safetensors") && !g_file_test (path, G_FILE_TEST_IS_DIR))
    return FILE_RECIPE;
  if (is_recipe)
    return FILE_MERGED;
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    return FILE_MODEL;
  checkpoint = am_checkpoint_open (path, NULL);
  return checkpoint != NULL ? FILE_MODEL : FILE_FOLDER;
}

/* A merged checkpoint is a model first; its recipe is one press away. */
static void
offer_recipe (AmWindow *self, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *shown = g_filename_display_name (name);
  g_autofree char *title = g_strdup_printf (_ ("“%s” carries its recipe"), shown);
  g_autofree char *markup = g_markup_escape_text (title, -1);
  AdwToast *toast = adw_toast_new (markup);

  adw_toast_set_button_label (toast, _ ("_Load recipe"));
  adw_toast_set_action_name (toast, "win.load-recipe");
  adw_toast_set_action_target_value (toast, g_variant_new_string (path));
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
refuse (AmWindow *self, const char *path)
{
  g_autofree char *text = am_path_dup_refusal (path);

  am_window_show_error (self, _ ("This name cannot be used"), text);
}

static void
open_path (AmWindow *self, const char *path)
{
  FileKind kind = am_path_is_text (path) ? find_kind (path) : FILE_REFUSED;

  if (kind == FILE_REFUSED)
    refuse (self, path);
  else if (kind == FILE_RECIPE)
    am_window_load_recipe (self, path);
  else if (kind == FILE_FOLDER)
    am_window_add_folder (self, path);
  else
    {
      gtk_widget_activate_action (GTK_WIDGET (self), "win.add-model", "s", path);
      am_window_show_page (self, "merge");
    }
  if (kind == FILE_MERGED)
    offer_recipe (self, path);
}

void
am_window_open_paths (AmWindow *self, const char *const *paths)
{
  for (guint i = 0; paths[i] != NULL; i++)
    open_path (self, paths[i]);
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, AmWindow *self)
{
  GSList *files = g_value_get_boxed (value);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (GSList *link = files; link != NULL; link = link->next)
    {
      char *path = g_file_get_path (link->data);

      if (path != NULL)
        g_ptr_array_add (paths, path);
    }
  if (paths->len == 0)
    return FALSE;
  g_ptr_array_add (paths, NULL);
  am_window_open_paths (self, (const char *const *)paths->pdata);
  return TRUE;
}

void
am_window_accept_drops (AmWindow *self)
{
  GtkDropTarget *target = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect_object (target, "drop", G_CALLBACK (on_drop), self, 0);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}
