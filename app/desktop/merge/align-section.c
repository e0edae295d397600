#include "align-section.h"

#include <glib/gi18n.h>

#include "align-text.h"
#include "base/file-dialogs.h"
#include "base/wheel.h"

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
  GtkWidget *restarts_row;
  GtkSpinButton *restarts;
  AdwActionRow *further_row;

  AmDraft *draft;
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

static void
on_restarts (AmAlignSection *self)
{
  if (self->is_updating)
    return;
  g_clear_handle_id (&self->pause, g_source_remove);
  self->pause = g_timeout_add (STROKE_PAUSE_MS, on_pause, self);
  am_draft_set_align_restarts (self->draft, (guint)gtk_spin_button_get_value_as_int (self->restarts));
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
update (AmAlignSection *self)
{
  const AmAlignSettings *align = am_draft_get_recipe (self->draft)->align;

  self->is_updating = TRUE;
  show_switch (self);
  gtk_widget_set_visible (GTK_WIDGET (self->target_row), align != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->file_row), align != NULL && align->target == AM_ALIGN_TO_FILE);
  gtk_widget_set_visible (self->restarts_row, align != NULL);
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
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, restarts_row);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, restarts);
  gtk_widget_class_bind_template_child (widget_class, AmAlignSection, further_row);
  gtk_widget_class_bind_template_callback (widget_class, on_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_target);
  gtk_widget_class_bind_template_callback (widget_class, on_restarts);
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
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->further_row), FALSE);
  am_wheel_pass (GTK_WIDGET (self->restarts));
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
am_align_section_set_complaint (AmAlignSection *self, const char *complaint)
{
  gtk_label_set_label (self->complaint, complaint != NULL ? complaint : "");
  gtk_widget_set_visible (self->complaint_row, complaint != NULL);
}
