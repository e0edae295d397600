#include "card-dialog.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "recipe-card.h"
#include "recipe-paths.h"

struct _AmCardDialog
{
  AdwWindow parent_instance;

  GtkPicture *picture;
  AdwEntryRow *title_row;
  GtkSwitch *dark_switch;
  GtkSwitch *paths_switch;
  GtkSpinner *spinner;
  GtkLabel *status_label;

  GPtrArray *recipes; /* what the card shows, whatever becomes of the draft below the dialog */
  AmCard *card;
  cairo_surface_t *surface;
  AmJob *export; /* while it is being written */
};

typedef struct
{
  GPtrArray *recipes;
  cairo_surface_t *surface;
  char *path;
  gboolean hides_paths;
} ExportRequest;

G_DEFINE_FINAL_TYPE (AmCardDialog, am_card_dialog, ADW_TYPE_WINDOW)

static void
export_request_free (gpointer data)
{
  ExportRequest *request = data;

  g_ptr_array_unref (request->recipes);
  cairo_surface_destroy (request->surface);
  g_free (request->path);
  g_free (request);
}

/* An export that the user no longer waits for stops. */
static void
drop_export (AmCardDialog *self)
{
  if (self->export != NULL)
    am_job_cancel (self->export);
  g_clear_object (&self->export);
}

static void
am_card_dialog_dispose (GObject *object)
{
  AmCardDialog *self = AM_CARD_DIALOG (object);

  drop_export (self);
  g_clear_pointer (&self->recipes, g_ptr_array_unref);
  g_clear_pointer (&self->card, am_card_free);
  g_clear_pointer (&self->surface, cairo_surface_destroy);

  G_OBJECT_CLASS (am_card_dialog_parent_class)->dispose (object);
}

static void
draw (AmCardDialog *self)
{
  g_autoptr (GdkTexture) texture = NULL;

  g_clear_pointer (&self->surface, cairo_surface_destroy);
  self->surface = am_card_draw (self->card, gtk_switch_get_active (self->dark_switch));
  texture = am_card_make_texture (self->surface);
  gtk_picture_set_paintable (self->picture, GDK_PAINTABLE (texture));
}

static void
on_title_changed (AmCardDialog *self)
{
  g_free (self->card->title);
  self->card->title = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->title_row)));
  draw (self);
}

static gpointer
run_export (gpointer data, const AmProgress *progress, GCancellable *cancellable, GError **error)
{
  ExportRequest *request = data;
  g_autofree char *yaml = NULL;

  if (request->hides_paths && !am_recipe_paths_hide (request->recipes, cancellable, error))
    return NULL;
  yaml = am_recipes_to_yaml (request->recipes);
  return am_card_write (request->surface, request->path, yaml, error) ? g_strdup (request->path) : NULL;
}

static void
set_busy (AmCardDialog *self, gboolean is_busy)
{
  gtk_spinner_set_spinning (self->spinner, is_busy);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "card.export", !is_busy);
}

static void
show_status (AmCardDialog *self, const char *text, gboolean is_failure)
{
  gtk_label_set_label (self->status_label, text);
  gtk_widget_set_visible (GTK_WIDGET (self->status_label), TRUE);
  if (is_failure)
    gtk_widget_add_css_class (GTK_WIDGET (self->status_label), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->status_label), "error");
}

static void
on_exported (AmCardDialog *self, AmJob *job)
{
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));

  if (job != self->export)
    return;
  set_busy (self, FALSE);
  if (am_job_get_state (job) == AM_JOB_FAILED)
    show_status (self, am_job_get_error (job)->message, TRUE);
  g_clear_object (&self->export);
  if (am_job_get_state (job) != AM_JOB_DONE)
    return;
  if (parent != NULL)
    gtk_widget_activate_action (GTK_WIDGET (parent), "win.toast", "s", _ ("Recipe card exported"));
  gtk_window_close (GTK_WINDOW (self));
}

/* For the background: hiding the folders changes them. */
static GPtrArray *
copy_recipes (const GPtrArray *recipes)
{
  GPtrArray *copy = g_ptr_array_new_with_free_func ((GDestroyNotify)am_recipe_free);

  for (guint i = 0; i < recipes->len; i++)
    g_ptr_array_add (copy, am_recipe_copy (g_ptr_array_index (recipes, i)));
  return copy;
}

void
am_card_dialog_export (AmCardDialog *self, const char *path)
{
  ExportRequest *request = g_new0 (ExportRequest, 1);

  drop_export (self);
  request->recipes = copy_recipes (self->recipes);
  request->surface = cairo_surface_reference (self->surface);
  request->path = g_strdup (path);
  request->hides_paths = !gtk_switch_get_active (self->paths_switch);
  set_busy (self, TRUE);
  if (request->hides_paths)
    show_status (self, _ ("Reading the models for their SHA-256, where it is not known yet…"), FALSE);
  self->export
      = am_job_new (_ ("Exporting the recipe card"), run_export, request, export_request_free, g_free);
  g_signal_connect_object (self->export, "finished", G_CALLBACK (on_exported), self, G_CONNECT_SWAPPED);
  am_job_start (self->export);
}

static void
on_place_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmCardDialog) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);

  if (path != NULL && self->recipes != NULL)
    am_card_dialog_export (self, path);
}

static void
ask_for_place (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmCardDialog *self = AM_CARD_DIALOG (widget);
  g_autofree char *title = g_strdelimit (g_strdup (self->card->title), "/\\:*?\"<>|", '-');
  g_autofree char *name = g_strconcat (*title != '\0' ? title : "recipe", ".png", NULL);

  am_choose_save_async (widget, _ ("Export recipe card"), AM_FILES_PICTURES, NULL, name, on_place_chosen,
                        g_object_ref (self));
}

static void
am_card_dialog_class_init (AmCardDialogClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_card_dialog_dispose;

  gtk_widget_class_install_action (widget_class, "card.export", NULL, ask_for_place);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/recipes/card-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, AmCardDialog, picture);
  gtk_widget_class_bind_template_child (widget_class, AmCardDialog, title_row);
  gtk_widget_class_bind_template_child (widget_class, AmCardDialog, dark_switch);
  gtk_widget_class_bind_template_child (widget_class, AmCardDialog, paths_switch);
  gtk_widget_class_bind_template_child (widget_class, AmCardDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, AmCardDialog, status_label);
}

static void
am_card_dialog_init (AmCardDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

AmCardDialog *
am_card_dialog_new (AmWorkspace *workspace)
{
  AmCardDialog *self = g_object_new (AM_TYPE_CARD_DIALOG, NULL);

  self->recipes = am_draft_dup_recipes (am_workspace_get_draft (workspace));
  self->card = am_card_new (workspace);
  gtk_editable_set_text (GTK_EDITABLE (self->title_row), self->card->title);
  g_signal_connect_object (self->title_row, "changed", G_CALLBACK (on_title_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->dark_switch, "notify::active", G_CALLBACK (draw), self, G_CONNECT_SWAPPED);
  draw (self);
  return self;
}
