#include "output-section.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/file-dialogs.h"

static const AmDtype dtypes[] = { AM_DTYPE_NONE,    AM_DTYPE_F32,     AM_DTYPE_F16, AM_DTYPE_BF16,
                                  AM_DTYPE_F8_E4M3, AM_DTYPE_F8_E5M2, AM_DTYPE_F64 };

/* Several patterns of a recipe stand in one entry. */
#define SEPARATOR "  "

struct _AmOutputSection
{
  AdwBin parent_instance;

  GtkEditable *name_row;
  AdwActionRow *folder_row;
  GtkWidget *beside_button;
  GtkWidget *folder_button;
  AdwComboRow *dtype_row;
  GtkEditable *seed_row;
  GtkSwitch *embed_switch;
  GtkSwitch *prune_switch;
  GtkSwitch *clamp_switch;
  GtkEditable *discard_row;

  AmDraft *draft;
  gboolean is_updating;
};

G_DEFINE_FINAL_TYPE (AmOutputSection, am_output_section, ADW_TYPE_BIN)

/* @title: says what is expected when the text is wrong. */
static void
set_is_wrong (GtkEditable *row, gboolean is_wrong, const char *title)
{
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  if (is_wrong)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
  gtk_accessible_update_state (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_STATE_INVALID,
                               is_wrong ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static void
on_name_changed (AmOutputSection *self)
{
  if (!self->is_updating)
    am_draft_set_name_template (self->draft, gtk_editable_get_text (self->name_row));
}

static void
insert_text (AmOutputSection *self, const char *text)
{
  int position = gtk_editable_get_position (self->name_row);

  gtk_editable_insert_text (self->name_row, text, -1, &position);
  gtk_editable_set_position (self->name_row, position);
}

static void
insert (GtkWidget *widget, const char *action, GVariant *parameter)
{
  insert_text (AM_OUTPUT_SECTION (widget), g_variant_get_string (parameter, NULL));
}

static void
insert_ratio (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmOutputSection *self = AM_OUTPUT_SECTION (widget);
  const AmMethod *method = am_draft_get_method (self->draft);
  g_autofree char *word = g_strdup_printf ("{%s}", method->parameters[am_method_get_ratio (method)].id);

  insert_text (self, word);
}

static void
on_beside (AmOutputSection *self)
{
  am_draft_set_output_folder (self->draft, "");
}

static void
on_folder_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmOutputSection) self = data;
  g_autofree char *folder = am_choose_path_finish (result);

  if (folder != NULL && self->draft != NULL)
    am_draft_set_output_folder (self->draft, folder);
}

static void
on_folder (AmOutputSection *self)
{
  g_autofree char *path = am_draft_dup_output_path (self->draft);
  g_autofree char *folder = g_path_get_dirname (path);

  am_choose_folder_async (GTK_WIDGET (self), _ ("Folder for the Result"), folder, on_folder_chosen,
                          g_object_ref (self));
}

static void
on_dtype (AmOutputSection *self)
{
  guint selected = adw_combo_row_get_selected (self->dtype_row);
  AmRecipe *recipe;

  if (self->is_updating || selected >= G_N_ELEMENTS (dtypes))
    return;
  recipe = am_draft_begin (self->draft, NULL);
  recipe->out_dtype = dtypes[selected];
  /* What mergekit calls dtype would speak up again where out_dtype is silent. */
  recipe->dtype = AM_DTYPE_NONE;
  am_draft_end (self->draft);
}

static void
set_seed (AmOutputSection *self, guint64 seed)
{
  AmRecipe *recipe = am_draft_begin (self->draft, "seed");

  recipe->seed = seed;
  am_draft_end (self->draft);
}

static void
on_seed_changed (AmOutputSection *self)
{
  guint64 seed;
  gboolean is_number
      = g_ascii_string_to_unsigned (gtk_editable_get_text (self->seed_row), 10, 0, G_MAXUINT64, &seed, NULL);

  set_is_wrong (self->seed_row, !is_number, is_number ? _ ("Seed") : _ ("Seed: not a whole number"));
  if (is_number && !self->is_updating)
    set_seed (self, seed);
}

static void
on_dice (AmOutputSection *self)
{
  am_draft_end_topic (self->draft);
  set_seed (self, g_random_int ());
}

static void
on_embed (AmOutputSection *self)
{
  if (!self->is_updating)
    am_draft_set_embeds_metadata (self->draft, gtk_switch_get_active (self->embed_switch));
}

static void
on_prune (AmOutputSection *self)
{
  AmRecipe *recipe;

  if (self->is_updating)
    return;
  recipe = am_draft_begin (self->draft, NULL);
  recipe->prune = gtk_switch_get_active (self->prune_switch);
  am_draft_end (self->draft);
}

static void
on_clamp (AmOutputSection *self)
{
  AmRecipe *recipe;

  if (self->is_updating)
    return;
  recipe = am_draft_begin (self->draft, NULL);
  recipe->clamp = gtk_switch_get_active (self->clamp_switch);
  am_draft_end (self->draft);
}

static gboolean
are_patterns (char **patterns)
{
  for (guint i = 0; patterns[i] != NULL; i++)
    {
      g_autoptr (GRegex) regex = g_regex_new (patterns[i], 0, 0, NULL);

      if (regex == NULL)
        return FALSE;
    }
  return TRUE;
}

static void
on_discard_changed (AmOutputSection *self)
{
  g_auto (GStrv) patterns = g_strsplit (gtk_editable_get_text (self->discard_row), SEPARATOR, -1);
  gboolean are_right = are_patterns (patterns);
  AmRecipe *recipe;

  set_is_wrong (self->discard_row, !are_right,
                are_right ? _ ("Leave out tensors (regular expression)")
                          : _ ("Leave out tensors: not a regular expression"));
  if (!are_right || self->is_updating)
    return;
  recipe = am_draft_begin (self->draft, "discard");
  g_ptr_array_set_size (recipe->discard, 0);
  for (guint i = 0; patterns[i] != NULL; i++)
    if (*g_strstrip (patterns[i]) != '\0')
      g_ptr_array_add (recipe->discard, g_strdup (patterns[i]));
  am_draft_end (self->draft);
}

/* Typing is never interfered with: what is in the entry may mean the same already. */
static void
show_text (GtkEditable *row, const char *text)
{
  if (strcmp (gtk_editable_get_text (row), text) == 0)
    return;
  gtk_editable_set_text (row, text);
}

static void
show_discard (AmOutputSection *self, const AmRecipe *recipe)
{
  g_autoptr (GPtrArray) patterns = g_ptr_array_new ();
  g_auto (GStrv) shown = g_strsplit (gtk_editable_get_text (self->discard_row), SEPARATOR, -1);
  g_autofree char *text = NULL;
  g_autofree char *current = NULL;

  for (guint i = 0; recipe->discard != NULL && i < recipe->discard->len; i++)
    g_ptr_array_add (patterns, g_ptr_array_index (recipe->discard, i));
  g_ptr_array_add (patterns, NULL);
  text = g_strjoinv (SEPARATOR, (char **)patterns->pdata);
  for (guint i = 0; shown[i] != NULL; i++)
    g_strstrip (shown[i]);
  current = g_strjoinv (SEPARATOR, shown);
  if (strcmp (g_strstrip (current), text) != 0)
    show_text (self->discard_row, text);
}

static void
show_output (AmOutputSection *self)
{
  g_autofree char *path = am_draft_dup_output_path (self->draft);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *shown = g_filename_display_name (folder);
  /* Translators: %s is a folder. */
  g_autofree char *subtitle = g_strdup_printf (_ ("In %s"), shown);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->folder_row), name);
  adw_action_row_set_subtitle (self->folder_row, subtitle);
  gtk_widget_set_visible (self->beside_button, *am_draft_get_output_folder (self->draft) != '\0');
}

static void
show_dtype (AmOutputSection *self, const AmRecipe *recipe)
{
  AmDtype dtype = recipe->out_dtype != AM_DTYPE_NONE ? recipe->out_dtype : recipe->dtype;

  for (guint i = 0; i < G_N_ELEMENTS (dtypes); i++)
    if (dtypes[i] == dtype)
      adw_combo_row_set_selected (self->dtype_row, i);
}

static void
show_seed (AmOutputSection *self, const AmRecipe *recipe)
{
  const AmMethod *method = am_draft_get_method (self->draft);
  g_autofree char *seed = g_strdup_printf ("%" G_GUINT64_FORMAT, recipe->seed);

  gtk_widget_set_visible (GTK_WIDGET (self->seed_row),
                          method != NULL && (method->flags & AM_METHOD_RANDOM) != 0);
  show_text (self->seed_row, seed);
}

static void
update (AmOutputSection *self)
{
  const AmRecipe *recipe = am_draft_get_recipe (self->draft);
  const AmMethod *method = am_draft_get_method (self->draft);

  self->is_updating = TRUE;
  show_text (self->name_row, am_draft_get_name_template (self->draft));
  show_output (self);
  show_dtype (self, recipe);
  show_seed (self, recipe);
  show_discard (self, recipe);
  gtk_switch_set_active (self->embed_switch, am_draft_get_embeds_metadata (self->draft));
  gtk_switch_set_active (self->prune_switch, recipe->prune);
  gtk_switch_set_active (self->clamp_switch, recipe->clamp);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "output.insert-ratio",
                                 method != NULL && am_method_get_ratio (method) >= 0);
  self->is_updating = FALSE;
}

static void
am_output_section_dispose (GObject *object)
{
  AmOutputSection *self = AM_OUTPUT_SECTION (object);

  if (self->draft != NULL)
    g_signal_handlers_disconnect_by_data (self->draft, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_OUTPUT_SECTION);
  g_clear_object (&self->draft);

  G_OBJECT_CLASS (am_output_section_parent_class)->dispose (object);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/output-section.ui");
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, name_row);
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, folder_row);
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, beside_button);
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, folder_button);
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, dtype_row);
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, seed_row);
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, embed_switch);
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, prune_switch);
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, clamp_switch);
  gtk_widget_class_bind_template_child (widget_class, AmOutputSection, discard_row);
  gtk_widget_class_bind_template_callback (widget_class, on_name_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_beside);
  gtk_widget_class_bind_template_callback (widget_class, on_folder);
  gtk_widget_class_bind_template_callback (widget_class, on_dtype);
  gtk_widget_class_bind_template_callback (widget_class, on_seed_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_dice);
  gtk_widget_class_bind_template_callback (widget_class, on_embed);
  gtk_widget_class_bind_template_callback (widget_class, on_prune);
  gtk_widget_class_bind_template_callback (widget_class, on_clamp);
  gtk_widget_class_bind_template_callback (widget_class, on_discard_changed);
}

static void
am_output_section_class_init (AmOutputSectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_output_section_dispose;

  gtk_widget_class_install_action (widget_class, "output.insert", "s", insert);
  gtk_widget_class_install_action (widget_class, "output.insert-ratio", NULL, insert_ratio);
  bind_template (widget_class);
}

static void
make_dtypes (AmOutputSection *self)
{
  const char *const titles[] = { _ ("Same as the models"), _ ("32 bit (F32)"),
                                 _ ("16 bit (F16)"),       _ ("16 bit, wide range (BF16)"),
                                 _ ("8 bit (F8 E4M3)"),    _ ("8 bit, wide range (F8 E5M2)"),
                                 _ ("64 bit (F64)"),       NULL };
  g_autoptr (GtkStringList) list = gtk_string_list_new (titles);

  adw_combo_row_set_model (self->dtype_row, G_LIST_MODEL (list));
}

static void
am_output_section_init (AmOutputSection *self)
{
  self->is_updating = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  make_dtypes (self);
  self->is_updating = FALSE;
}

void
am_output_section_set_draft (AmOutputSection *self, AmDraft *draft)
{
  g_return_if_fail (self->draft == NULL);

  self->draft = g_object_ref (draft);
  g_signal_connect_object (draft, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
