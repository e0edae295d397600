/* The editor's presets: choosing one, mixing it with a second, and keeping the user's own. */
#include "block-editor-private.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "blocks/name-dialog.h"

#define BLEND_PAUSE 600

static guint
get_n_bars (AmBlockEditor *self)
{
  return am_block_values_get_n_bars (self->values);
}

/* What the user chose, not what comes from outside. */
static void
begin (AmBlockEditor *self)
{
  self->is_applying = TRUE;
  am_block_values_begin_edit (self->values);
}

static void
end (AmBlockEditor *self)
{
  am_block_values_end_edit (self->values);
  self->is_applying = FALSE;
}

static void
show_blend (AmBlockEditor *self, double blend)
{
  self->is_showing = TRUE;
  gtk_adjustment_set_value (self->blend_adjustment, blend);
  self->is_showing = FALSE;
}

/* @name: %NULL when the bars show none. */
static void
name_button (AmBlockEditor *self, const char *name)
{
  /* Translators: for screen readers; %s is the name of a preset. */
  g_autofree char *label = name != NULL ? g_strdup_printf (_ ("Preset: %s"), name) : g_strdup (_ ("Presets"));

  gtk_label_set_label (self->preset_label, name != NULL ? name : _ ("Presets"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->preset_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
}

static void
name_second (AmBlockEditor *self, const char *name)
{
  /* Translators: for screen readers; %s is the name of a preset. */
  g_autofree char *label
      = name != NULL ? g_strdup_printf (_ ("Blend with: %s"), name) : g_strdup (_ ("Blend with…"));

  gtk_label_set_label (self->second_label, name != NULL ? name : _ ("Blend with…"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->second_button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_widget_set_sensitive (self->blend_scale, name != NULL);
}

void
am_block_editor_end_blend (AmBlockEditor *self)
{
  if (self->blend_timeout == 0)
    return;
  g_clear_handle_id (&self->blend_timeout, g_source_remove);
  am_block_values_end_edit (self->values);
}

void
am_block_editor_reset_blend (AmBlockEditor *self)
{
  am_block_editor_end_blend (self);
  g_clear_pointer (&self->base, g_free);
  g_clear_pointer (&self->second, g_free);
  self->base_preset = self->second_preset = G_MAXUINT;
  name_second (self, NULL);
  show_blend (self, 0);
}

/* The bars as they are. */
static void
take_base (AmBlockEditor *self)
{
  guint n = get_n_bars (self), second;

  g_free (self->base);
  self->base = g_new (double, n + 1);
  for (guint i = 0; i < n; i++)
    self->base[i] = am_block_values_get (self->values, i);
  if (!am_block_values_get_preset (self->values, &self->base_preset, &second, NULL) || second != G_MAXUINT)
    self->base_preset = G_MAXUINT;
}

static double
mix (AmBlockEditor *self, guint bar, double blend)
{
  double from = self->base[bar], to = self->second[bar];

  if (isnan (to) || blend == 0)
    return from;
  if (isnan (from))
    from = am_block_values_get_kind (self->values, bar) == AM_BAR_BLOCK
               ? am_block_values_get_ratio (self->values)
               : am_block_values_get_effective (self->values, bar);
  return (1 - blend) * from + blend * to;
}

static void
apply_blend (AmBlockEditor *self, double blend)
{
  g_autofree double *mixed = NULL;

  if (self->base == NULL)
    take_base (self);
  if (self->base_preset != G_MAXUINT && self->second_preset != G_MAXUINT)
    {
      am_block_values_apply_preset (self->values, self->base_preset,
                                    blend > 0 ? self->second_preset : G_MAXUINT, blend, NULL);
      return;
    }
  mixed = g_new (double, get_n_bars (self) + 1);
  for (guint i = 0; i < get_n_bars (self); i++)
    mixed[i] = mix (self, i, blend);
  am_block_values_set_all (self->values, mixed);
}

static gboolean
on_blend_pause (gpointer data)
{
  am_block_editor_end_blend (data);
  return G_SOURCE_REMOVE;
}

/* A pull at the slider is one edit, which ends when it rests. */
static void
on_blend_changed (AmBlockEditor *self)
{
  if (self->is_showing || self->second == NULL)
    return;
  if (self->blend_timeout == 0)
    am_block_values_begin_edit (self->values);
  g_clear_handle_id (&self->blend_timeout, g_source_remove);
  self->blend_timeout = g_timeout_add (BLEND_PAUSE, on_blend_pause, self);
  self->is_applying = TRUE;
  apply_blend (self, gtk_adjustment_get_value (self->blend_adjustment));
  self->is_applying = FALSE;
}

/* A new first preset: mixed at once where a second one is chosen. */
static void
settle_first (AmBlockEditor *self)
{
  g_clear_pointer (&self->base, g_free);
  take_base (self);
  if (self->second != NULL && gtk_adjustment_get_value (self->blend_adjustment) > 0)
    apply_blend (self, gtk_adjustment_get_value (self->blend_adjustment));
}

void
am_block_editor_choose_preset (AmBlockEditor *self, guint preset)
{
  g_autoptr (GError) error = NULL;

  am_block_editor_end_blend (self);
  begin (self);
  if (am_block_values_apply_preset (self->values, preset, G_MAXUINT, 0, &error))
    settle_first (self);
  end (self);
  if (error != NULL)
    am_block_editor_say (self, error->message, TRUE);
  am_block_editor_show_presets (self);
}

static void
on_preset_chosen (AmBlockEditor *self, guint preset)
{
  am_block_editor_choose_preset (self, preset);
}

static void
on_own_chosen (AmBlockEditor *self, AmOwnPreset *preset)
{
  am_block_editor_end_blend (self);
  self->is_applying = TRUE;
  am_block_values_begin_edit (self->values);
  if (am_block_editor_take_text (self, am_own_preset_get_text (preset)))
    settle_first (self);
  end (self);
  am_block_editor_show_presets (self);
}

/* @second: (transfer full). */
static void
choose_second (AmBlockEditor *self, double *second, guint preset, const char *name)
{
  am_block_editor_end_blend (self);
  g_free (self->second);
  self->second = second;
  self->second_preset = preset;
  name_second (self, name);
  /* Half of each shows at once what the slider does. */
  if (gtk_adjustment_get_value (self->blend_adjustment) == 0)
    show_blend (self, 0.5);
  begin (self);
  apply_blend (self, gtk_adjustment_get_value (self->blend_adjustment));
  end (self);
}

void
am_block_editor_choose_second (AmBlockEditor *self, guint preset)
{
  double *values = g_new (double, get_n_bars (self) + 1);

  if (am_block_values_try_preset (self->values, preset, values))
    choose_second (self, values, preset, am_preset_get (preset)->id);
  else
    g_free (values);
}

static void
on_second_chosen (AmBlockEditor *self, guint preset)
{
  am_block_editor_choose_second (self, preset);
}

static void
on_second_own_chosen (AmBlockEditor *self, AmOwnPreset *preset)
{
  double *values = g_new (double, get_n_bars (self) + 1);

  if (am_block_values_try_text (self->values, am_own_preset_get_text (preset), values, NULL))
    choose_second (self, values, G_MAXUINT, am_own_preset_get_name (preset));
  else
    g_free (values);
}

static gboolean
is_shown (AmBlockEditor *self, const double *values)
{
  for (guint i = 0; i < am_block_values_get_n_blocks (self->values); i++)
    {
      double value = am_block_values_get (self->values, i);

      if (value != values[i] && !(isnan (value) && isnan (values[i])))
        return FALSE;
    }
  return TRUE;
}

/* The own preset that the bars show, or %NULL. (transfer full). */
static AmOwnPreset *
find_own (AmBlockEditor *self)
{
  g_autofree double *values = g_new (double, get_n_bars (self) + 1);

  for (guint i = 0; self->own != NULL && i < g_list_model_get_n_items (G_LIST_MODEL (self->own)); i++)
    {
      g_autoptr (AmOwnPreset) preset = g_list_model_get_item (G_LIST_MODEL (self->own), i);

      if (am_block_values_try_text (self->values, am_own_preset_get_text (preset), values, NULL)
          && is_shown (self, values))
        return g_steal_pointer (&preset);
    }
  return NULL;
}

/* A blend from a recipe or from undo is shown as if it had been made here. */
static void
take_over_blend (AmBlockEditor *self, guint preset, guint second, double blend)
{
  g_autofree double *values = g_new (double, get_n_bars (self) + 1);

  if (!am_block_values_try_preset (self->values, second, values))
    return;
  g_free (self->second);
  self->second = g_memdup2 (values, get_n_bars (self) * sizeof (double));
  self->second_preset = second;
  if (!am_block_values_try_preset (self->values, preset, values))
    return;
  g_free (self->base);
  self->base = g_steal_pointer (&values);
  self->base_preset = preset;
  name_second (self, am_preset_get (second)->id);
  gtk_toggle_button_set_active (self->blend_toggle, TRUE);
  show_blend (self, blend);
}

void
am_block_editor_show_presets (AmBlockEditor *self)
{
  guint preset, second;
  double blend;
  g_autoptr (AmOwnPreset) own = NULL;

  if (am_block_values_get_preset (self->values, &preset, &second, &blend))
    {
      name_button (self, am_preset_get (preset)->id);
      if (second != G_MAXUINT)
        {
          if (self->base == NULL)
            take_over_blend (self, preset, second, blend);
          return;
        }
    }
  else if ((own = find_own (self)) != NULL)
    name_button (self, am_own_preset_get_name (own));
  else
    name_button (self, NULL);
  /* Bars that changed otherwise are a new beginning for the slider. */
  if (self->base == NULL && self->second != NULL)
    show_blend (self, 0);
}

static void
store_as (AmBlockEditor *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *message = NULL;

  if (self->values == NULL || self->own == NULL)
    return;
  text = am_block_values_to_text (self->values);
  if (!am_own_presets_add (self->own, name, text, &error))
    {
      am_block_editor_say (self, error->message, TRUE);
      return;
    }
  /* Translators: %s is the name of a preset. */
  message = g_strdup_printf (_ ("Saved as “%s”"), name);
  am_block_editor_toast (self, message);
  am_block_editor_show_presets (self);
}

static void
on_replace_response (AdwMessageDialog *dialog, const char *response, AmBlockEditor *self)
{
  if (g_strcmp0 (response, "replace") == 0)
    store_as (self, g_object_get_data (G_OBJECT (dialog), "preset"));
}

static void
ask_to_replace (AmBlockEditor *self, const char *name)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  /* Translators: %s is the name of a preset. */
  g_autofree char *heading = g_strdup_printf (_ ("Replace the preset “%s”?"), name);
  GtkWidget *dialog = adw_message_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, heading,
                                              _ ("Its weights cannot be brought back."));

  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "replace",
                                    _ ("_Replace"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "replace",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "preset", g_strdup (name), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_replace_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
save_as (const char *name, gpointer user_data)
{
  AmBlockEditor *self = user_data;
  g_autoptr (AmOwnPreset) shown = NULL;

  if (self->values == NULL || self->own == NULL)
    return;
  /* A preset that has these weights already is not lost. */
  shown = find_own (self);
  if (am_own_presets_find (self->own, name) >= 0
      && (shown == NULL || strcmp (am_own_preset_get_name (shown), name) != 0))
    ask_to_replace (self, name);
  else
    store_as (self, name);
}

static void
save_preset (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmBlockEditor *self = AM_BLOCK_EDITOR (widget);
  g_autoptr (AmOwnPreset) own = find_own (self);

  am_ask_for_name (widget, _ ("Save as own preset"), _ ("_Save"),
                   own != NULL ? am_own_preset_get_name (own) : "", save_as, G_OBJECT (self));
}

static void
rename_to (const char *name, gpointer user_data)
{
  AmBlockEditor *self = user_data;
  const char *old = g_object_get_data (G_OBJECT (self), "renamed-preset");
  gint position = self->own != NULL ? am_own_presets_find (self->own, old) : -1;
  g_autoptr (GError) error = NULL;

  if (position >= 0 && !am_own_presets_rename (self->own, (guint)position, name, &error))
    am_block_editor_say (self, error->message, TRUE);
  else if (self->values != NULL)
    am_block_editor_show_presets (self);
}

static void
rename_preset (GtkWidget *widget, const char *action, GVariant *parameter)
{
  const char *name = g_variant_get_string (parameter, NULL);

  gtk_popover_popdown (GTK_POPOVER (AM_BLOCK_EDITOR (widget)->preset_popover));
  gtk_popover_popdown (GTK_POPOVER (AM_BLOCK_EDITOR (widget)->second_popover));
  g_object_set_data_full (G_OBJECT (widget), "renamed-preset", g_strdup (name), g_free);
  am_ask_for_name (widget, _ ("Rename preset"), _ ("_Rename"), name, rename_to, G_OBJECT (widget));
}

static void
on_delete_response (AdwMessageDialog *dialog, const char *response, AmBlockEditor *self)
{
  const char *name = g_object_get_data (G_OBJECT (dialog), "preset");
  gint position = self->own != NULL ? am_own_presets_find (self->own, name) : -1;
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (response, "delete") != 0 || position < 0)
    return;
  if (!am_own_presets_remove (self->own, (guint)position, &error))
    am_block_editor_say (self, error->message, TRUE);
  else if (self->values != NULL)
    am_block_editor_show_presets (self);
}

static void
delete_preset (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmBlockEditor *self = AM_BLOCK_EDITOR (widget);
  const char *name = g_variant_get_string (parameter, NULL);
  GtkRoot *root = gtk_widget_get_root (widget);
  /* Translators: %s is the name of a preset. */
  g_autofree char *heading = g_strdup_printf (_ ("Delete the preset “%s”?"), name);
  GtkWidget *dialog = adw_message_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, heading,
                                              _ ("It cannot be brought back."));

  gtk_popover_popdown (GTK_POPOVER (self->preset_popover));
  gtk_popover_popdown (GTK_POPOVER (self->second_popover));
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("_Cancel"), "delete",
                                    _ ("_Delete"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "delete",
                                              ADW_RESPONSE_DESTRUCTIVE);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "preset", g_strdup (name), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_delete_response), self, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
am_block_editor_install_preset_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "blocks.save-preset", NULL, save_preset);
  gtk_widget_class_install_action (widget_class, "blocks.rename-preset", "s", rename_preset);
  gtk_widget_class_install_action (widget_class, "blocks.delete-preset", "s", delete_preset);
}

void
am_block_editor_bind_preset_callbacks (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, on_preset_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_own_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_second_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_second_own_chosen);
  gtk_widget_class_bind_template_callback (widget_class, on_blend_changed);
}
