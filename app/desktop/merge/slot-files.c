#include "slot-files.h"

#include <glib/gi18n.h>

#include "base/drop-down-label.h"
#include "base/file-dialogs.h"
#include "preprocessing-choices.h"

struct _AmSlotFiles
{
  AdwBin parent_instance;

  GtkImage *icon;
  GtkLabel *name;
  GtkWidget *measure;
  GtkMenuButton *menu_button;
  GtkWidget *preprocessing_box;
  GtkDropDown *preprocessing;

  AmDraft *draft;
  AmDataSource *source; /* or %NULL */
  guint slot;
  gboolean is_updating;
};

G_DEFINE_FINAL_TYPE (AmSlotFiles, am_slot_files, ADW_TYPE_BIN)

static const AmRecipeFiles *
get_files (AmSlotFiles *self)
{
  return am_draft_get_files (self->draft, self->slot);
}

/* The file the menu is about. */
static AmDraftFile
get_subject (AmSlotFiles *self)
{
  return am_draft_takes_data (self->draft) ? AM_DRAFT_DATA : AM_DRAFT_STATISTICS;
}

static const char *
get_current (AmSlotFiles *self)
{
  return get_subject (self) == AM_DRAFT_DATA ? get_files (self)->data : get_files (self)->statistics;
}

/* What can be had without a dialog, or %NULL. */
static const char *
get_offer (AmSlotFiles *self)
{
  const char *path = NULL;

  if (get_subject (self) == AM_DRAFT_STATISTICS)
    path = am_draft_find_statistics (self->draft, self->slot);
  else if (self->source != NULL)
    path = am_data_source_get_path (self->source);
  return path != NULL && *path != '\0' && g_strcmp0 (path, get_current (self)) != 0 ? path : NULL;
}

static gboolean
is_shown (AmSlotFiles *self)
{
  return self->draft != NULL && gtk_widget_get_root (GTK_WIDGET (self)) != NULL;
}

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmSlotFiles) self = data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && is_shown (self))
    am_draft_set_file (self->draft, self->slot, get_subject (self), paths[0]);
}

static char *
dup_folder (AmSlotFiles *self)
{
  return get_current (self) != NULL ? g_path_get_dirname (get_current (self)) : NULL;
}

static void
choose_file (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmSlotFiles *self = AM_SLOT_FILES (widget);
  gboolean is_data = get_subject (self) == AM_DRAFT_DATA;
  g_autofree char *folder = dup_folder (self);

  am_choose_files_async (widget, is_data ? _ ("Choose data") : _ ("Choose statistics"),
                         is_data ? AM_FILES_ANY : AM_FILES_CHECKPOINTS, FALSE, folder, on_file_chosen,
                         g_object_ref (self));
}

static void
on_folder_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmSlotFiles) self = data;
  g_autofree char *path = am_choose_path_finish (result);

  if (path != NULL && is_shown (self))
    am_draft_set_file (self->draft, self->slot, AM_DRAFT_DATA, path);
}

static void
choose_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmSlotFiles *self = AM_SLOT_FILES (widget);
  g_autofree char *folder = dup_folder (self);

  am_choose_folder_async (widget, _ ("Choose a folder of pictures"), folder, on_folder_chosen,
                          g_object_ref (self));
}

static void
take_offer (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmSlotFiles *self = AM_SLOT_FILES (widget);
  const char *offer = get_offer (self);
  AmDraftFile subject = get_subject (self);

  if (offer == NULL)
    return;
  am_draft_begin (self->draft, NULL);
  am_draft_set_file (self->draft, self->slot, subject, offer);
  if (subject == AM_DRAFT_DATA)
    {
      const char *name = am_data_source_get_preprocessing (self->source);

      am_draft_set_file (self->draft, self->slot, AM_DRAFT_PREPROCESSING, *name != '\0' ? name : NULL);
    }
  am_draft_end (self->draft);
}

static void
clear (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmSlotFiles *self = AM_SLOT_FILES (widget);

  am_draft_set_file (self->draft, self->slot, get_subject (self), NULL);
}

static void
on_preprocessing_file (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmSlotFiles) self = data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (!is_shown (self))
    return;
  if (paths != NULL)
    am_draft_set_file (self->draft, self->slot, AM_DRAFT_PREPROCESSING, paths[0]);
  else
    am_slot_files_update (self);
}

static void
on_preprocessing (AmSlotFiles *self)
{
  const char *name;

  if (self->is_updating || self->draft == NULL)
    return;
  if (am_preprocessing_choices_get (gtk_drop_down_get_selected (self->preprocessing),
                                    get_files (self)->preprocessing, &name))
    am_draft_set_file (self->draft, self->slot, AM_DRAFT_PREPROCESSING, name);
  else
    am_choose_files_async (GTK_WIDGET (self), _ ("Choose a description of preprocessing"), AM_FILES_YAML,
                           FALSE, NULL, on_preprocessing_file, g_object_ref (self));
}

static const char *
get_missing (AmSlotFiles *self)
{
  if (get_subject (self) == AM_DRAFT_DATA)
    return _ ("No pictures to measure it on yet");
  if (am_draft_get_statistic_kind (self->draft) == AM_STATISTIC_GRAM)
    return _ ("No Gram statistics of it yet");
  return _ ("No Fisher statistics of it yet");
}

static char *
make_label (AmSlotFiles *self, const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);

  if (get_subject (self) == AM_DRAFT_DATA)
    /* Translators: name of a file or folder with pictures. */
    return g_strdup_printf (_ ("Data: %s"), name);
  /* Translators: name of a file with statistics of a model. */
  return g_strdup_printf (_ ("Statistics: %s"), name);
}

static void
show_name (AmSlotFiles *self)
{
  const char *path = get_current (self);
  g_autofree char *label = path != NULL ? make_label (self, path) : g_strdup (get_missing (self));

  gtk_image_set_from_icon_name (self->icon, get_subject (self) == AM_DRAFT_DATA
                                                ? "folder-pictures-symbolic"
                                                : "x-office-spreadsheet-symbolic");
  gtk_label_set_label (self->name, label);
  /* A name gives way in its middle, a sentence at the end of a line. */
  gtk_label_set_wrap (self->name, path == NULL);
  gtk_label_set_ellipsize (self->name, path != NULL ? PANGO_ELLIPSIZE_MIDDLE : PANGO_ELLIPSIZE_NONE);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->name), path);
}

static void
show_measure (AmSlotFiles *self)
{
  gboolean can_measure = get_subject (self) == AM_DRAFT_STATISTICS && get_current (self) == NULL
                         && !am_draft_is_stage (self->draft, self->slot);

  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->measure), "s",
                                    am_draft_get_path (self->draft, self->slot));
  gtk_widget_set_visible (self->measure, can_measure);
}

static void
show_menu (AmSlotFiles *self)
{
  gboolean is_data = get_subject (self) == AM_DRAFT_DATA;
  const char *words = is_data ? _ ("Choose data") : _ ("Choose statistics");
  g_autoptr (GMenu) menu = g_menu_new ();

  if (is_data)
    g_menu_append (menu, _ ("Choose _Folder…"), "files.choose-folder");
  g_menu_append (menu, _ ("Choose _File…"), "files.choose");
  if (get_offer (self) != NULL)
    g_menu_append (menu, is_data ? _ ("Use the Data of the _Measure Page") : _ ("Use Those _Measured Last"),
                   "files.take-offer");
  if (get_current (self) != NULL)
    g_menu_append (menu, is_data ? _ ("_Use None") : _ ("_Use No Statistics"), "files.clear");
  gtk_menu_button_set_menu_model (self->menu_button, G_MENU_MODEL (menu));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->menu_button), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->menu_button), GTK_ACCESSIBLE_PROPERTY_LABEL, words,
                                  -1);
}

static void
show_preprocessing (AmSlotFiles *self)
{
  gboolean is_data = get_subject (self) == AM_DRAFT_DATA;
  guint selected;
  g_autoptr (GtkStringList) titles
      = am_preprocessing_choices_new (get_files (self)->preprocessing, &selected);

  gtk_widget_set_visible (self->preprocessing_box, is_data);
  if (!is_data)
    return;
  self->is_updating = TRUE;
  if (!am_preprocessing_choices_are_shown (gtk_drop_down_get_model (self->preprocessing), titles))
    gtk_drop_down_set_model (self->preprocessing, G_LIST_MODEL (titles));
  gtk_drop_down_set_selected (self->preprocessing, selected);
  self->is_updating = FALSE;
}

void
am_slot_files_update (AmSlotFiles *self)
{
  gboolean is_wanted = self->slot != AM_SLOT_BASE && *am_draft_get_path (self->draft, self->slot) != '\0'
                       && (am_draft_takes_statistics (self->draft) || am_draft_takes_data (self->draft));

  gtk_widget_set_visible (GTK_WIDGET (self), is_wanted);
  if (!is_wanted)
    return;
  show_name (self);
  show_measure (self);
  show_menu (self);
  show_preprocessing (self);
}

static void
am_slot_files_dispose (GObject *object)
{
  AmSlotFiles *self = AM_SLOT_FILES (object);

  if (self->source != NULL)
    g_signal_handlers_disconnect_by_data (self->source, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_SLOT_FILES);
  g_clear_object (&self->draft);
  g_clear_object (&self->source);

  G_OBJECT_CLASS (am_slot_files_parent_class)->dispose (object);
}

static void
am_slot_files_class_init (AmSlotFilesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_slot_files_dispose;

  gtk_widget_class_install_action (widget_class, "files.choose", NULL, choose_file);
  gtk_widget_class_install_action (widget_class, "files.choose-folder", NULL, choose_folder);
  gtk_widget_class_install_action (widget_class, "files.take-offer", NULL, take_offer);
  gtk_widget_class_install_action (widget_class, "files.clear", NULL, clear);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/slot-files.ui");
  gtk_widget_class_bind_template_child (widget_class, AmSlotFiles, icon);
  gtk_widget_class_bind_template_child (widget_class, AmSlotFiles, name);
  gtk_widget_class_bind_template_child (widget_class, AmSlotFiles, measure);
  gtk_widget_class_bind_template_child (widget_class, AmSlotFiles, menu_button);
  gtk_widget_class_bind_template_child (widget_class, AmSlotFiles, preprocessing_box);
  gtk_widget_class_bind_template_child (widget_class, AmSlotFiles, preprocessing);
  gtk_widget_class_bind_template_callback (widget_class, on_preprocessing);
}

static void
am_slot_files_init (AmSlotFiles *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  am_drop_down_keep_label (self->preprocessing);
}

void
am_slot_files_set_slot (AmSlotFiles *self, AmDraft *draft, guint slot)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (draft);
  self->slot = slot;
  am_slot_files_update (self);
}

void
am_slot_files_set_data_source (AmSlotFiles *self, AmDataSource *source)
{
  g_return_if_fail (self->source == NULL && self->draft != NULL);

  self->source = g_object_ref (source);
  g_signal_connect_object (source, "changed", G_CALLBACK (am_slot_files_update), self, G_CONNECT_SWAPPED);
  am_slot_files_update (self);
}
