#include "block-editor-private.h"

#include <glib/gi18n.h>

#include "base/unparent-children.h"
#include "base/wheel.h"

G_DEFINE_FINAL_TYPE (AmBlockEditor, am_block_editor, GTK_TYPE_WIDGET)

static void
am_block_editor_dispose (GObject *object)
{
  AmBlockEditor *self = AM_BLOCK_EDITOR (object);

  if (self->chart != NULL)
    am_block_editor_set_values (self, NULL);
  g_clear_handle_id (&self->show_source, g_source_remove);
  g_clear_object (&self->own);
  am_unparent_children (GTK_WIDGET (self));
  self->chart = NULL;

  G_OBJECT_CLASS (am_block_editor_parent_class)->dispose (object);
}

void
am_block_editor_say (AmBlockEditor *self, const char *text, gboolean is_error)
{
  gtk_widget_set_visible (self->message_row, text != NULL);
  gtk_label_set_label (self->message, text != NULL ? text : "");
  gtk_image_set_from_icon_name (self->message_icon,
                                is_error ? "dialog-error-symbolic" : "dialog-information-symbolic");
  if (is_error)
    gtk_widget_add_css_class (self->message_row, "error");
  else
    gtk_widget_remove_css_class (self->message_row, "error");
}

void
am_block_editor_toast (AmBlockEditor *self, const char *text)
{
  if (!gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text))
    am_block_editor_say (self, text, FALSE);
}

static void
mark_numbers (AmBlockEditor *self, gboolean is_wrong)
{
  if (is_wrong)
    {
      gtk_widget_add_css_class (GTK_WIDGET (self->numbers), "error");
      gtk_accessible_update_state (GTK_ACCESSIBLE (self->numbers), GTK_ACCESSIBLE_STATE_INVALID,
                                   GTK_ACCESSIBLE_INVALID_TRUE, -1);
      return;
    }
  gtk_widget_remove_css_class (GTK_WIDGET (self->numbers), "error");
  gtk_accessible_reset_state (GTK_ACCESSIBLE (self->numbers), GTK_ACCESSIBLE_STATE_INVALID);
}

static void
show_numbers (AmBlockEditor *self)
{
  g_autofree char *text = am_block_values_to_text (self->values);

  self->is_showing = TRUE;
  if (g_strcmp0 (text, gtk_editable_get_text (GTK_EDITABLE (self->numbers))) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->numbers), text);
  /* Forgets what was typed, so that undo is that of the draft. */
  gtk_editable_set_enable_undo (GTK_EDITABLE (self->numbers), FALSE);
  gtk_editable_set_enable_undo (GTK_EDITABLE (self->numbers), TRUE);
  self->is_showing = FALSE;
  self->is_edited = FALSE;
  gtk_entry_set_icon_from_icon_name (self->numbers, GTK_ENTRY_ICON_SECONDARY, NULL);
  mark_numbers (self, FALSE);
}

static void
show_help (AmBlockEditor *self)
{
  gtk_label_set_label (
      self->help,
      am_block_chart_get_is_curve_mode (self->chart)
          ? _ ("Drag points of the curve, click beside them to add one, click with the secondary button to "
               "remove "
               "one. Keys: Tab to the next point, arrows move it, + and − add and remove, Esc ends.")
          : _ ("Drag a bar or paint across many; hold Shift for small steps, Ctrl to select. Keys: arrows, "
               "type a "
               "number, Ctrl+A all, Delete unsets, Menu for more. A hollow bar uses the ratio."));
}

static void
show_now (AmBlockEditor *self)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "blocks.reset", am_block_values_is_set (self->values));
  show_numbers (self);
  am_block_editor_show_presets (self);
}

/* Texts are the slowest to draw and need not keep up with the bars: they follow when nothing else is to be
 * done. */
static gboolean
show_when_idle (gpointer data)
{
  AmBlockEditor *self = data;

  self->show_source = 0;
  show_now (self);
  return G_SOURCE_REMOVE;
}

static void
on_changed (AmBlockValues *values, AmBlockEditor *self)
{
  am_block_axis_sync (self->axis);
  am_block_editor_say (self, NULL, FALSE);
  if (!self->is_applying)
    g_clear_pointer (&self->base, g_free);
  if (self->show_source == 0)
    self->show_source = g_idle_add_full (G_PRIORITY_LOW, show_when_idle, self, NULL);
}

static void
show_layout (AmBlockEditor *self)
{
  gboolean has_blocks = self->values != NULL && am_block_values_get_n_blocks (self->values) > 0;

  gtk_stack_set_visible_child_name (self->stack, has_blocks ? "chart" : "empty");
  gtk_widget_set_sensitive (self->toolbar, has_blocks);
  gtk_widget_set_visible (self->numbers_row, has_blocks);
  gtk_widget_set_visible (GTK_WIDGET (self->help), has_blocks);
  am_block_editor_reset_blend (self);
}

static void
on_layout_changed (AmBlockValues *values, AmBlockEditor *self)
{
  show_layout (self);
}

void
am_block_editor_set_values (AmBlockEditor *self, AmBlockValues *values)
{
  g_return_if_fail (AM_IS_BLOCK_EDITOR (self));

  if (self->values == values)
    return;
  am_block_editor_end_blend (self);
  am_block_chart_set_values (self->chart, values);
  am_preset_popover_set_values (self->preset_popover, values);
  am_preset_popover_set_values (self->second_popover, values);
  if (self->values != NULL)
    g_signal_handlers_disconnect_by_data (self->values, self);
  g_set_object (&self->values, values);
  g_clear_handle_id (&self->show_source, g_source_remove);
  show_layout (self);
  if (values == NULL)
    return;
  g_signal_connect (values, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect (values, "layout-changed", G_CALLBACK (on_layout_changed), self);
  am_block_axis_sync (self->axis);
  show_now (self);
}

void
am_block_editor_set_own_presets (AmBlockEditor *self, AmOwnPresets *own)
{
  g_set_object (&self->own, own);
  am_preset_popover_set_own_presets (self->preset_popover, own);
  am_preset_popover_set_own_presets (self->second_popover, own);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "blocks.save-preset", own != NULL);
}

gboolean
am_block_editor_take_text (AmBlockEditor *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *note = NULL;
  gboolean is_taken;

  am_block_values_begin_edit (self->values);
  is_taken = am_block_values_parse (self->values, text, &note, &error);
  am_block_values_end_edit (self->values);
  am_block_editor_say (self, is_taken ? note : error->message, !is_taken);
  if (is_taken)
    show_now (self);
  return is_taken;
}

static void
on_numbers_activate (AmBlockEditor *self)
{
  g_autofree char *text = g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->numbers)));

  if (self->is_edited)
    mark_numbers (self, !am_block_editor_take_text (self, text));
}

static void
on_numbers_edited (AmBlockEditor *self)
{
  if (self->is_showing)
    return;
  self->is_edited = TRUE;
  mark_numbers (self, FALSE);
  am_block_editor_say (self, NULL, FALSE);
  gtk_entry_set_icon_from_icon_name (self->numbers, GTK_ENTRY_ICON_SECONDARY, "object-select-symbolic");
}

/* Escape takes back what was typed. */
static gboolean
on_numbers_key (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state,
                AmBlockEditor *self)
{
  if (keyval != GDK_KEY_Escape || !self->is_edited || self->values == NULL)
    return FALSE;
  am_block_editor_say (self, NULL, FALSE);
  show_numbers (self);
  return TRUE;
}

static void
copy_numbers (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmBlockEditor *self = AM_BLOCK_EDITOR (widget);
  g_autofree char *text = NULL;

  if (self->values == NULL)
    return;
  text = am_block_values_to_text (self->values);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), text);
  am_block_editor_toast (self, _ ("Numbers copied"));
}

static void
on_pasted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmBlockEditor) self = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = gdk_clipboard_read_text_finish (GDK_CLIPBOARD (source), result, &error);

  if (self->values == NULL)
    return;
  if (text == NULL)
    am_block_editor_say (self, _ ("There is no text to paste"), TRUE);
  else
    am_block_editor_take_text (self, text);
}

static void
paste_numbers (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gdk_clipboard_read_text_async (gtk_widget_get_clipboard (widget), NULL, on_pasted, g_object_ref (widget));
}

static void
reset (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmBlockEditor *self = AM_BLOCK_EDITOR (widget);

  am_block_values_begin_edit (self->values);
  am_block_values_clear (self->values);
  am_block_values_end_edit (self->values);
}

static void
am_block_editor_class_init (AmBlockEditorClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_block_editor_dispose;

  gtk_widget_class_install_action (widget_class, "blocks.copy", NULL, copy_numbers);
  gtk_widget_class_install_action (widget_class, "blocks.paste", NULL, paste_numbers);
  gtk_widget_class_install_action (widget_class, "blocks.reset", NULL, reset);
  am_block_editor_install_preset_actions (widget_class);

  g_type_ensure (AM_TYPE_BLOCK_AXIS);
  g_type_ensure (AM_TYPE_BLOCK_CHART);
  g_type_ensure (AM_TYPE_PRESET_POPOVER);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/blocks/block-editor.ui");
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, preset_button);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, preset_label);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, preset_popover);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, blend_toggle);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, curve_toggle);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, second_button);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, second_label);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, second_popover);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, blend_scale);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, blend_adjustment);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, stack);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, axis);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, chart);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, toolbar);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, numbers_row);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, numbers);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, message_row);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, message_icon);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, message);
  gtk_widget_class_bind_template_child (widget_class, AmBlockEditor, help);
  gtk_widget_class_bind_template_callback (widget_class, on_numbers_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_numbers_edited);
  am_block_editor_bind_preset_callbacks (widget_class);
}

static void
am_block_editor_init (AmBlockEditor *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkWidget *scrolled;

  self->base_preset = self->second_preset = G_MAXUINT;
  gtk_widget_init_template (GTK_WIDGET (self));
  am_block_axis_set_chart (self->axis, self->chart);
  scrolled = gtk_widget_get_ancestor (GTK_WIDGET (self->chart), GTK_TYPE_SCROLLED_WINDOW);
  am_wheel_pass_sideways (GTK_SCROLLED_WINDOW (scrolled));
  am_wheel_pass (self->blend_scale);
  /* The chart runs from left to right in every language, with its axis before it. */
  gtk_widget_set_direction (gtk_widget_get_parent (GTK_WIDGET (self->axis)), GTK_TEXT_DIR_LTR);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "blocks.save-preset", FALSE);
  g_signal_connect_swapped (self->chart, "notify::curve-mode", G_CALLBACK (show_help), self);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect (keys, "key-pressed", G_CALLBACK (on_numbers_key), self);
  gtk_widget_add_controller (GTK_WIDGET (self->numbers), keys);
  show_help (self);
  show_layout (self);
}
