#include "name-dialog.h"

#include <glib/gi18n.h>

#include "state/own-presets.h"

typedef struct
{
  AmNameFunc func;
  GObject *object;
  GtkEditable *entry;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  Question *question = data;

  g_object_unref (question->object);
  g_free (question);
}

static void
on_response (AdwMessageDialog *dialog, const char *response, Question *question)
{
  g_autofree char *name = am_own_presets_clean_name (gtk_editable_get_text (question->entry));

  if (g_strcmp0 (response, "accept") == 0 && name != NULL)
    question->func (name, question->object);
}

static void
on_changed (GtkEditable *entry, AdwMessageDialog *dialog)
{
  g_autofree char *name = am_own_presets_clean_name (gtk_editable_get_text (entry));

  adw_message_dialog_set_response_enabled (dialog, "accept", name != NULL);
}

static GtkWidget *
create_entry (const char *name)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_entry_set_max_length (GTK_ENTRY (entry), 80);
  gtk_editable_set_text (GTK_EDITABLE (entry), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Preset name"),
                                  -1);
  return entry;
}

void
am_ask_for_name (GtkWidget *widget, const char *heading, const char *accept_label, const char *name,
                 AmNameFunc func, GObject *object)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (
      adw_message_dialog_new (GTK_IS_WINDOW (root) ? GTK_WINDOW (root) : NULL, heading, NULL));
  GtkWidget *entry = create_entry (name);
  Question *question = g_new (Question, 1);

  *question = (Question){ .func = func, .object = g_object_ref (object), .entry = GTK_EDITABLE (entry) };
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "accept", accept_label, NULL);
  adw_message_dialog_set_response_appearance (dialog, "accept", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "accept");
  adw_message_dialog_set_close_response (dialog, "cancel");
  adw_message_dialog_set_extra_child (dialog, entry);
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), question, question_free, 0);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_changed), dialog, 0);
  on_changed (GTK_EDITABLE (entry), dialog);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (entry);
}
