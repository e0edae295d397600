#include "measure/data-section.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/file-dialogs.h"
#include "base/path-text.h"

struct _AmDataSection
{
  AdwBin parent_instance;

  AdwActionRow *path_row;
  GtkImage *path_icon;
  AdwComboRow *preprocessing_row;
  GtkSpinButton *samples_button;
  GtkAdjustment *samples;

  AmDataSource *source;
  GPtrArray *preprocessings; /* of the row's choices; NULL for the last, which asks for a file */
  gboolean is_filling;
};

G_DEFINE_FINAL_TYPE (AmDataSection, am_data_section, ADW_TYPE_BIN)

static void
am_data_section_dispose (GObject *object)
{
  AmDataSection *self = AM_DATA_SECTION (object);

  g_clear_object (&self->source);

  G_OBJECT_CLASS (am_data_section_parent_class)->dispose (object);
}

static void
am_data_section_finalize (GObject *object)
{
  g_ptr_array_unref (AM_DATA_SECTION (object)->preprocessings);

  G_OBJECT_CLASS (am_data_section_parent_class)->finalize (object);
}

static void
on_path_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmDataSection) self = user_data;
  g_autofree char *path = am_choose_path_finish (result);

  if (path != NULL && self->source != NULL)
    am_data_source_set_path (self->source, path);
}

static char *
dup_folder (AmDataSection *self)
{
  const char *path = am_data_source_get_path (self->source);

  return *path != '\0' ? g_path_get_dirname (path) : NULL;
}

void
am_data_section_choose_folder (AmDataSection *self)
{
  g_autofree char *folder = dup_folder (self);

  am_choose_folder_async (GTK_WIDGET (self), _ ("Choose a folder of pictures"), folder, on_path_chosen,
                          g_object_ref (self));
}

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmDataSection) self = user_data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && paths[0] != NULL && self->source != NULL)
    am_data_source_set_path (self->source, paths[0]);
}

void
am_data_section_choose_file (AmDataSection *self)
{
  g_autofree char *folder = dup_folder (self);

  am_choose_files_async (GTK_WIDGET (self), _ ("Choose a data file"), AM_FILES_ANY, FALSE, folder,
                         on_file_chosen, g_object_ref (self));
}

/* What people call a built-in preprocessing. */
static char *
dup_preprocessing_title (const char *id)
{
  static const struct
  {
    const char *id, *title;
  } titles[] = {
    { "", N_ ("As published") }, { "none", N_ ("None") }, { "torchvision", N_ ("ImageNet (torchvision)") },
    { "clip", N_ ("CLIP") },     { "vit", N_ ("ViT") },   { "cifar10", N_ ("CIFAR-10") },
    { "mnist", N_ ("MNIST") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    if (strcmp (titles[i].id, id) == 0)
      return g_strdup (_ (titles[i].title));
  return g_filename_display_basename (id);
}

static void
add_preprocessing (AmDataSection *self, GtkStringList *titles, const char *id)
{
  g_autofree char *title = dup_preprocessing_title (id);

  g_ptr_array_add (self->preprocessings, g_strdup (id));
  gtk_string_list_append (titles, title);
}

static void
fill_preprocessings (AmDataSection *self)
{
  const char *current = am_data_source_get_preprocessing (self->source);
  const char *const *ids = am_preprocessing_list ();
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  guint position;

  g_ptr_array_set_size (self->preprocessings, 0);
  add_preprocessing (self, titles, "");
  for (guint i = 0; ids[i] != NULL; i++)
    add_preprocessing (self, titles, ids[i]);
  if (!g_ptr_array_find_with_equal_func (self->preprocessings, current, g_str_equal, &position))
    {
      position = self->preprocessings->len;
      add_preprocessing (self, titles, current);
    }
  g_ptr_array_add (self->preprocessings, NULL);
  gtk_string_list_append (titles, _ ("From a file…"));

  self->is_filling = TRUE;
  adw_combo_row_set_model (self->preprocessing_row, G_LIST_MODEL (titles));
  adw_combo_row_set_selected (self->preprocessing_row, position);
  self->is_filling = FALSE;
}

static void
on_preprocessing_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (AmDataSection) self = user_data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (self->source == NULL)
    return;
  if (paths != NULL && paths[0] != NULL)
    g_object_set (self->source, "preprocessing", paths[0], NULL);
  fill_preprocessings (self);
}

static void
on_preprocessing_selected (AmDataSection *self)
{
  guint selected = adw_combo_row_get_selected (self->preprocessing_row);
  const char *id;

  if (self->is_filling || self->source == NULL || selected >= self->preprocessings->len)
    return;
  id = g_ptr_array_index (self->preprocessings, selected);
  if (id != NULL)
    g_object_set (self->source, "preprocessing", id, NULL);
  else
    am_choose_files_async (GTK_WIDGET (self), _ ("Choose a preprocessing file"), AM_FILES_YAML, FALSE, NULL,
                           on_preprocessing_chosen, g_object_ref (self));
}

static void
show_source (AmDataSection *self)
{
  g_autofree char *summary = NULL, *complaint = NULL, *name = NULL;
  const char *path = am_data_source_get_path (self->source);
  gboolean is_reading;

  g_object_get (self->source, "summary", &summary, "complaint", &complaint, "is-reading", &is_reading, NULL);
  name = *path != '\0' ? g_filename_display_basename (path) : g_strdup (_ ("No pictures chosen"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->path_row), name);
  if (is_reading)
    adw_action_row_set_subtitle (self->path_row, _ ("Looking…"));
  else if (complaint != NULL)
    adw_action_row_set_subtitle (self->path_row, complaint);
  else
    adw_action_row_set_subtitle (self->path_row, summary != NULL ? summary : "");
  gtk_image_set_from_icon_name (self->path_icon,
                                complaint != NULL ? "dialog-warning-symbolic" : "folder-pictures-symbolic");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->path_row), *path != '\0' ? path : NULL);
  if (complaint != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->path_row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->path_row), "error");
}

/* Nothing is everything. */
static gboolean
on_samples_output (GtkSpinButton *button, gpointer user_data)
{
  if (gtk_spin_button_get_value (button) >= 0.5)
    return FALSE;
  gtk_editable_set_text (GTK_EDITABLE (button), C_ ("number of pictures", "All"));
  return TRUE;
}

static int
on_samples_input (GtkSpinButton *button, double *value, gpointer user_data)
{
  if (strcmp (gtk_editable_get_text (GTK_EDITABLE (button)), C_ ("number of pictures", "All")) != 0)
    return FALSE;
  *value = 0;
  return TRUE;
}

static gboolean
on_drop (GtkDropTarget *target, const GValue *value, double x, double y, AmDataSection *self)
{
  GSList *files = g_value_get_boxed (value);
  g_autofree char *path = files != NULL ? g_file_get_path (files->data) : NULL;

  if (path == NULL || !am_path_is_text (path) || self->source == NULL)
    return FALSE;
  am_data_source_set_path (self->source, path);
  return TRUE;
}

static void
am_data_section_class_init (AmDataSectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_data_section_dispose;
  object_class->finalize = am_data_section_finalize;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/measure/data-section.ui");
  gtk_widget_class_bind_template_child (widget_class, AmDataSection, path_row);
  gtk_widget_class_bind_template_child (widget_class, AmDataSection, path_icon);
  gtk_widget_class_bind_template_child (widget_class, AmDataSection, preprocessing_row);
  gtk_widget_class_bind_template_child (widget_class, AmDataSection, samples_button);
  gtk_widget_class_bind_template_child (widget_class, AmDataSection, samples);
  gtk_widget_class_bind_template_callback (widget_class, on_preprocessing_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_samples_output);
  gtk_widget_class_bind_template_callback (widget_class, on_samples_input);
}

static void
am_data_section_init (AmDataSection *self)
{
  self->preprocessings = g_ptr_array_new_with_free_func (g_free);
  gtk_widget_init_template (GTK_WIDGET (self));
  am_data_section_accept_drops (self, GTK_WIDGET (self));
}

void
am_data_section_accept_drops (AmDataSection *self, GtkWidget *widget)
{
  GtkDropTarget *drop = gtk_drop_target_new (GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

  g_signal_connect_object (drop, "drop", G_CALLBACK (on_drop), self, 0);
  gtk_widget_add_controller (widget, GTK_EVENT_CONTROLLER (drop));
}

void
am_data_section_set_source (AmDataSection *self, AmDataSource *source)
{
  g_return_if_fail (self->source == NULL);

  self->source = g_object_ref (source);
  g_object_bind_property (source, "n-samples", self->samples, "value",
                          G_BINDING_SYNC_CREATE | G_BINDING_BIDIRECTIONAL);
  g_signal_connect_object (source, "changed", G_CALLBACK (show_source), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (source, "notify::preprocessing", G_CALLBACK (fill_preprocessings), self,
                           G_CONNECT_SWAPPED);
  fill_preprocessings (self);
  show_source (self);
}
