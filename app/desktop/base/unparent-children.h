/* What a widget that is no container of GTK's owes its children at its end. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Takes all children from @widget, those of its template too. For dispose. */
void am_unparent_children (GtkWidget *widget);

G_END_DECLS
