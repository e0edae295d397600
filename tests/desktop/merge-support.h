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
