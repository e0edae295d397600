/* What tests of the merge page share. */
#pragma once

#include "desktop-support.h"

/* All widgets of @type below @widget, in order. */
static inline void
collect (GtkWidget *widget, GType type, GPtrArray *found)
{
  if (g_type_is_a (G_OBJECT_TYPE (widget), type))
    g_ptr_array_add (found, widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect (child, type, found);
}

/* Saves what the widget looks like once all is laid out. */
static inline void
take_picture (GtkWidget *widget, const char *name)
{
  desktop_test_settle ();
  gtk_widget_queue_draw (widget);
  gtk_test_widget_wait_for_draw (widget);
  desktop_test_save_picture (widget, name);
}

/* The question that is open, or %NULL. */
static inline AdwMessageDialog *
find_dialog (void)
{
  GListModel *windows = gtk_window_get_toplevels ();

  for (guint i = 0; i < g_list_model_get_n_items (windows); i++)
    {
      g_autoptr (GObject) window = g_list_model_get_item (windows, i);

      if (ADW_IS_MESSAGE_DIALOG (window))
        return ADW_MESSAGE_DIALOG (window);
    }
  return NULL;
}

/* Answers it, as its buttons do. */
static inline void
answer (const char *response)
{
  AdwMessageDialog *dialog = find_dialog ();

  adw_message_dialog_response (dialog, response);
  gtk_window_destroy (GTK_WINDOW (dialog));
}
