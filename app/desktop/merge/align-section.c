#include "align-section.h"

#include <glib/gi18n.h>

#include "align-text.h"
#include "base/file-dialogs.h"
#include "base/wheel.h"
#include "preprocessing-choices.h"

/* A pause this long ends a step of undo. */
#define STROKE_PAUSE_MS 700

struct _AmAlignSection
{
  AdwBin parent_instance;

  AdwActionRow *switch_row;
  GtkSwitch *toggle;
  GtkWidget *complaint_row;
  GtkLabel *complaint;
  AdwComboRow *target_row;
  AdwActionRow *file_row;
  AdwComboRow *matching_row;
  AdwActionRow *data_row;
  AdwComboRow *preprocessing_row;
  GtkWidget *samples_row;
  GtkSpinButton *samples;
  GtkWidget *restarts_row;
  GtkSpinButton *restarts;
  AdwActionRow *further_row;

  AmDraft *draft;
  AmDataSource *source; /* or %NULL */
  gboolean is_updating;
  guint pause;
};

G_DEFINE_FINAL_TYPE (AmAlignSection, am_align_section, ADW_TYPE_BIN)

static void update (AmAlignSection *self);

static void
on_toggled (AmAlignSection *self)
{
  if (!self->is_updating)
    am_draft_set_aligns (self->draft, gtk_switch_get_active (self->toggle));
}

static void
on_file_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmAlignSection) self = data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (self->draft == NULL || gtk_widget_get_root (GTK_WIDGET (self)) == NULL)
    return;
  if (paths != NULL)
    am_draft_set_align_target (self->draft, AM_ALIGN_TO_FILE, paths[0]);
  else
    update (self);
}

static void
choose_file (AmAlignSection *self)
{
  am_choose_files_async (GTK_WIDGET (self), _ ("Choose a file"), AM_FILES_CHECKPOINTS, FALSE, NULL,
                         on_file_chosen, g_object_ref (self));
}

/* The rows of the list are the targets in order. */
static void
on_target (AmAlignSection *self)
{
  guint selected = adw_combo_row_get_selected (self->target_row);

  if (self->is_updating || selected == GTK_INVALID_LIST_POSITION)
    return;
  if (selected == AM_ALIGN_TO_FILE)
    choose_file (self);
  else
    am_draft_set_align_target (self->draft, selected, NULL);
}

static gboolean
on_pause (gpointer data)
{
  AmAlignSection *self = data;

  self->pause = 0;
  am_draft_end_topic (self->draft);
  return G_SOURCE_REMOVE;
}

/* Changes of a number that follow each other closely are one step of undo. */
static void
continue_stroke (AmAlignSection *self)
{
  g_clear_handle_id (&self->pause, g_source_remove);
  self->pause = g_timeout_add (STROKE_PAUSE_MS, on_pause, self);
}

static void
on_restarts (AmAlignSection *self)
{
  if (self->is_updating)
    return;
  continue_stroke (self);
  am_draft_set_align_restarts (self->draft, (guint)gtk_spin_button_get_value_as_int (self->restarts));
}

static void
on_samples (AmAlignSection *self)
{
  if (self->is_updating)
    return;
  continue_stroke (self);
  am_draft_set_align_samples (self->draft, (guint64)gtk_spin_button_get_value (self->samples));
}

static const AmAlignSettings *
get_settings (AmAlignSection *self)
{
  return am_draft_get_recipe (self->draft)->align;
}

/* The app's data until another set is chosen. */
static void
take_usual_data (AmAlignSection *self)
{
  const char *name;

  if (get_settings (self)->data != NULL || self->source == NULL || !am_data_source_is_ready (self->source))
    return;
  name = am_data_source_get_preprocessing (self->source);
  am_draft_set_align_data (self->draft, am_data_source_get_path (self->source));
  am_draft_set_align_preprocessing (self->draft, *name != '\0' ? name : NULL);
}

/* The rows of the list are the ways in order. */
static void
on_matching (AmAlignSection *self)
{
  guint selected = adw_combo_row_get_selected (self->matching_row);

  if (self->is_updating || selected == GTK_INVALID_LIST_POSITION)
    return;
  am_draft_begin (self->draft, NULL);
  am_draft_set_align_matching (self->draft, selected);
  if (selected == AM_ALIGN_BY_ACTIVATIONS)
    take_usual_data (self);
  am_draft_end (self->draft);
}

static gboolean
can_take (AmAlignSection *self)
{
  return self->draft != NULL && gtk_widget_get_root (GTK_WIDGET (self)) != NULL
         && get_settings (self) != NULL;
}

static void
on_data_file (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmAlignSection) self = data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && can_take (self))
    am_draft_set_align_data (self->draft, paths[0]);
}

static void
choose_data_file (AmAlignSection *self)
{
  am_choose_files_async (GTK_WIDGET (self), _ ("Choose data"), AM_FILES_ANY, FALSE, NULL, on_data_file,
                         g_object_ref (self));
}

static void
on_data_folder (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmAlignSection) self = data;
  g_autofree char *path = am_choose_path_finish (result);

  if (path != NULL && can_take (self))
    am_draft_set_align_data (self->draft, path);
}

static void
choose_data_folder (AmAlignSection *self)
{
  am_choose_folder_async (GTK_WIDGET (self), _ ("Choose a folder of pictures"), NULL, on_data_folder,
                          g_object_ref (self));
}

static void
on_preprocessing_file (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmAlignSection) self = data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (!can_take (self))
    return;
  if (paths != NULL)
    am_draft_set_align_preprocessing (self->draft, paths[0]);
  else
    update (self);
}

static void
on_preprocessing (AmAlignSection *self)
{
  const char *name;

  if (self->is_updating || self->draft == NULL || get_settings (self) == NULL)
    return;
  if (am_preprocessing_choices_get (adw_combo_row_get_selected (self->preprocessing_row),
                                    get_settings (self)->preprocessing, &name))
    am_draft_set_align_preprocessing (self->draft, name);
  else
    am_choose_files_async (GTK_WIDGET (self), _ ("Choose a description of preprocessing"), AM_FILES_YAML,
                           FALSE, NULL, on_preprocessing_file, g_object_ref (self));
}

/* Of what has no control of its own. */
static void
on_reset (AmAlignSection *self)
{
  AmRecipe *recipe = am_draft_begin (self->draft, NULL);
  AmAlignSettings *plain = am_align_settings_new ();

  plain->target = recipe->align->target;
  plain->file = g_steal_pointer (&recipe->align->file);
  plain->sha256 = g_steal_pointer (&recipe->align->sha256);
  plain->restarts = recipe->align->restarts;
  plain->matching = recipe->align->matching;
  plain->data = g_steal_pointer (&recipe->align->data);
  plain->data_sha256 = g_steal_pointer (&recipe->align->data_sha256);
  plain->preprocessing = g_steal_pointer (&recipe->align->preprocessing);
  plain->n_samples = recipe->align->n_samples;
  am_align_settings_free (recipe->align);
  recipe->align = plain;
  am_draft_end (self->draft);
}

static void
show_switch (AmAlignSection *self)
{
  gboolean aligns = am_draft_get_aligns (self->draft);
  gboolean is_possible = am_draft_can_align (self->draft);
  const char *words
      = is_possible
            ? _ ("Puts matching parts of the models side by side before they are mixed. For models that "
                 "were trained apart: those fine-tuned from one base, as most are, do not need it. "
                 "Takes minutes.")
            : _ ("Takes two models: choose another one first.");

  gtk_switch_set_active (self->toggle, aligns);
  gtk_widget_set_sensitive (GTK_WIDGET (self->toggle), is_possible || aligns);
  adw_action_row_set_subtitle (self->switch_row, words);
  /* A row tells screen readers its title alone. */
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->toggle), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, words,
                                  -1);
}

static void
show_settings (AmAlignSection *self, const AmAlignSettings *align)
{
  g_autofree char *further = am_align_text_new (align);
  g_autofree char *name = align->file != NULL ? g_filename_display_basename (align->file) : NULL;

  adw_combo_row_set_selected (self->target_row, align->target);
  adw_action_row_set_subtitle (self->file_row, name != NULL ? name : "");
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->file_row), align->file);
  gtk_spin_button_set_value (self->restarts, align->restarts);
  adw_action_row_set_subtitle (self->further_row, further);
  gtk_widget_set_visible (GTK_WIDGET (self->further_row), *further != '\0');
}

static void
show_matching (AmAlignSection *self, const AmAlignSettings *align)
{
  gboolean is_by_activations = align != NULL && align->matching == AM_ALIGN_BY_ACTIVATIONS;
  g_autofree char *name
      = is_by_activations && align->data != NULL ? g_filename_display_basename (align->data) : NULL;
  guint selected;
  g_autoptr (GtkStringList) titles
      = am_preprocessing_choices_new (align != NULL ? align->preprocessing : NULL, &selected);

  gtk_widget_set_visible (GTK_WIDGET (self->matching_row), align != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->data_row), is_by_activations);
  gtk_widget_set_visible (GTK_WIDGET (self->preprocessing_row), is_by_activations);
  gtk_widget_set_visible (self->samples_row, is_by_activations);
  gtk_widget_set_visible (self->restarts_row, align != NULL && !is_by_activations);
  adw_combo_row_set_selected (self->matching_row,
                              is_by_activations ? AM_ALIGN_BY_ACTIVATIONS : AM_ALIGN_BY_WEIGHTS);
  if (!is_by_activations)
    return;
  adw_action_row_set_subtitle (self->data_row, name != NULL ? name : _ ("That both models understand"));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->data_row), align->data);
  if (!am_preprocessing_choices_are_shown (adw_combo_row_get_model (self->preprocessing_row), titles))
    adw_combo_row_set_model (self->preprocessing_row, G_LIST_MODEL (titles));
  adw_combo_row_set_selected (self->preprocessing_row, selected);
  gtk_spin_button_set_value (self->samples, (double)align->n_samples);
}

static void
update (AmAlignSection *self)
{
  const AmAlignSettings *align = get_settings (self);

  self->is_updating = TRUE;
  show_switch (self);
  show_matching (self, align);
  gtk_widget_set_visible (GTK_WIDGET (self->target_row), align != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->file_row), align != NULL && align->target == AM_ALIGN_TO_FILE);
  gtk_widget_set_visible (GTK_WIDGET (self->further_row), FALSE);
  if (align != NULL)
    show_settings (self, align);
  self->is_updating = FALSE;
}

static void
am_align_section_dispose (GObject *object)
{
  AmAlignSection *self = AM_ALIGN_SECTION (object);

  g_clear_handle_id (&self->pause, g_source_remove);
  if (self->draft != NULL)
    g_signal_handlers_disconnect_by_data (self->draft, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_ALIGN_SECTION);
  g_clear_object (&self->draft);
  g_clear_object (&self->source);

  G_OBJECT_CLASS (am_align_section_parent_class)->dispose (object);
}

static void
am_align_section_class_init (AmAlignSectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_align_section_dispose;

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/align-section.ui");
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, switch_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, toggle);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, complaint_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, complaint);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, target_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, file_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, matching_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, data_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, preprocessing_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, samples_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, samples);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, restarts_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, restarts);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, further_row);
  gtk_widget_class_bind_template_callback (widget_class, on_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_target);
  gtk_widget_class_bind_template_callback (widget_class, on_restarts);
  gtk_widget_class_bind_template_callback (widget_class, on_matching);
  gtk_widget_class_bind_template_callback (widget_class, on_preprocessing);
  gtk_widget_class_bind_template_callback (widget_class, on_samples);
  gtk_widget_class_bind_template_callback (widget_class, choose_data_file);
  gtk_widget_class_bind_template_callback (widget_class, choose_data_folder);
  gtk_widget_class_bind_template_callback (widget_class, on_reset);
  gtk_widget_class_bind_template_callback (widget_class, choose_file);
}

static void
am_align_section_init (AmAlignSection *self)
{
  self->is_updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  /* File names are no markup; set first, as subtitles come later. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->file_row), FALSE);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->data_row), FALSE);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->further_row), FALSE);
  am_wheel_pass (GTK_WIDGET (self->restarts));
  am_wheel_pass (GTK_WIDGET (self->samples));
  self->is_updating = FALSE;
}

void
am_align_section_set_draft (AmAlignSection *self, AmDraft *draft)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (draft);
  g_signal_connect_object (draft, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}

void
am_align_section_set_data_source (AmAlignSection *self, AmDataSource *source)
{
  g_return_if_fail (self->source == NULL);

  self->source = g_object_ref (source);
}

void
am_align_section_set_complaint (AmAlignSection *self, const char *complaint)
{
  gtk_label_set_label (self->complaint, complaint != NULL ? complaint : "");
  gtk_widget_set_visible (self->complaint_row, complaint != NULL);
}
