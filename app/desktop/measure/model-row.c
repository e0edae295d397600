#include "measure/model-row.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "base/path-text.h"
#include "chooser/library-popover.h"

struct _AmModelRow
{
  AdwActionRow parent_instance;

  GtkWidget *clear;
  GtkWidget *choose;
  AmLibraryPopover *popover;

  AmLibrary *library;
  AmLibraryItem *item; /* of the path, or NULL */
  char *role;
  char *empty;
  char *path;
};

enum
{
  SIGNAL_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmModelRow, am_model_row, ADW_TYPE_ACTION_ROW)

static void
let_go_of_item (AmModelRow *self)
{
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
}

static void
am_model_row_dispose (GObject *object)
{
  AmModelRow *self = AM_MODEL_ROW (object);

  let_go_of_item (self);
  g_clear_object (&self->library);

  G_OBJECT_CLASS (am_model_row_parent_class)->dispose (object);
}

static void
am_model_row_finalize (GObject *object)
{
  AmModelRow *self = AM_MODEL_ROW (object);

  g_free (self->role);
  g_free (self->empty);
  g_free (self->path);

  G_OBJECT_CLASS (am_model_row_parent_class)->finalize (object);
}

static gboolean
is_ready (AmModelRow *self)
{
  return self->item != NULL && am_library_item_get_state (self->item) == AM_ITEM_READY;
}

static gboolean
is_text_encoder (AmModelRow *self)
{
  const char *architecture = am_library_item_get_architecture (self->item);

  return architecture != NULL && g_str_has_suffix (architecture, "-text");
}

gboolean
am_model_row_is_vision (AmModelRow *self)
{
  AmFamily family = is_ready (self) ? am_library_item_get_family (self->item) : AM_FAMILY_UNKNOWN;

  switch (family)
    {
    case AM_FAMILY_CLIP:
      return !is_text_encoder (self);
    case AM_FAMILY_UNKNOWN:
    case AM_FAMILY_VIT:
    case AM_FAMILY_RESNET:
    case AM_FAMILY_VGG:
    case AM_FAMILY_MLP:
      return self->item != NULL && am_library_item_get_state (self->item) != AM_ITEM_FAILED;
    default:
      return FALSE;
    }
}

gboolean
am_model_row_is_clip (AmModelRow *self)
{
  return is_ready (self) && am_library_item_get_family (self->item) == AM_FAMILY_CLIP
         && !is_text_encoder (self);
}

static char *
dup_facts (AmModelRow *self)
{
  const char *title = am_library_item_get_title (self->item);

  if (am_library_item_get_state (self->item) == AM_ITEM_READING)
    return g_strdup (_ ("Reading…"));
  if (am_library_item_get_state (self->item) == AM_ITEM_FAILED)
    return g_strdup (am_library_item_get_error (self->item));
  if (!am_model_row_is_vision (self))
    return g_strdup_printf (
        _ ("%s: only vision models that tell classes apart can be measured here: MLP, VGG, "
           "ResNet, ViT and CLIP"),
        title != NULL ? _ (title) : "–");
  return g_strdup (title != NULL ? _ (title) : _ ("Unknown architecture"));
}

static void
show_item (AmModelRow *self)
{
  g_autofree char *facts = self->item != NULL ? dup_facts (self) : NULL;
  g_autofree char *title = NULL;

  if (self->item != NULL)
    title = g_strdup_printf (C_ ("role: name of a model", "%s: %s"), self->role,
                             am_library_item_get_name (self->item));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title != NULL ? title : self->role);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), facts != NULL ? facts : self->empty);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), self->item != NULL ? self->path : NULL);
  gtk_widget_set_visible (self->clear, self->item != NULL);
  if (self->item != NULL && !am_model_row_is_vision (self))
    gtk_widget_add_css_class (GTK_WIDGET (self), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "error");
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
on_clear_clicked (AmModelRow *self)
{
  am_model_row_set_path (self, "");
}

static void
on_files_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmModelRow) self = user_data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && paths[0] != NULL)
    am_model_row_set_path (self, paths[0]);
}

static void
on_open_file (AmModelRow *self)
{
  g_autofree char *folder = *self->path != '\0' ? g_path_get_dirname (self->path) : NULL;

  am_choose_files_async (GTK_WIDGET (self), _ ("Choose a checkpoint"), AM_FILES_CHECKPOINTS, FALSE, folder,
                         on_files_chosen, g_object_ref (self));
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, AmModelRow *self)
{
  GSList *files = g_value_get_boxed (value);
  g_autofree char *path = files != NULL ? g_file_get_path (files->data) : NULL;

  if (path == NULL || !am_path_is_text (path))
    return FALSE;
  am_model_row_set_path (self, path);
  return TRUE;
}

static void
am_model_row_class_init (AmModelRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_model_row_dispose;
  object_class->finalize = am_model_row_finalize;

  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                          NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (AM_TYPE_LIBRARY_POPOVER);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/measure/model-row.ui");
  gtk_widget_class_bind_template_child (widget_class, AmModelRow, clear);
  gtk_widget_class_bind_template_child (widget_class, AmModelRow, choose);
  gtk_widget_class_bind_template_child (widget_class, AmModelRow, popover);
  gtk_widget_class_bind_template_callback (widget_class, on_clear_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_open_file);
  gtk_widget_class_bind_template_callback (widget_class, am_model_row_set_path);
}

static void
am_model_row_init (AmModelRow *self)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  self->path = g_strdup ("");
  gtk_widget_init_template (GTK_WIDGET (self));
  g_signal_connect (drop, "drop", G_CALLBACK (on_drop), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (drop));
}

static void
name_control (GtkWidget *control, const char *text)
{
  gtk_widget_set_tooltip_text (control, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (control), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

void
am_model_row_set_up (AmModelRow *self, const char *role, const char *empty, AmLibrary *library)
{
  /* Translators: of a row: "Model", "Compare with" */
  g_autofree char *choose = g_strdup_printf (_ ("%s: choose a checkpoint"), role);
  g_autofree char *clear = g_strdup_printf (_ ("%s: clear"), role);

  g_return_if_fail (self->library == NULL);

  self->role = g_strdup (role);
  self->empty = g_strdup (empty);
  self->library = g_object_ref (library);
  am_library_popover_set_library (self->popover, library);
  name_control (self->choose, choose);
  name_control (self->clear, clear);
  show_item (self);
}

void
am_model_row_set_path (AmModelRow *self, const char *path)
{
  if (g_str_equal (self->path, path))
    return;
  let_go_of_item (self);
  g_free (self->path);
  self->path = g_strdup (path);
  if (*path != '\0' && self->library != NULL)
    {
      self->item = am_library_dup_item (self->library, path);
      g_signal_connect_swapped (self->item, "notify", G_CALLBACK (show_item), self);
    }
  show_item (self);
}

const char *
am_model_row_get_path (AmModelRow *self)
{
  return self->path;
}
