/* Asks for the name of a preset. */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* @name: what the user entered, in the form a file can hold. */
typedef void (*AmNameFunc) (const char *name, gpointer user_data);

/* Shows a dialog above @widget's window. @func is called when the user accepts a name, and @object, which is
 * kept until then, goes to it. */
void am_ask_for_name (GtkWidget *widget, const char *heading, const char *accept_label, const char *name,
                      AmNameFunc func, GObject *object);

G_END_DECLS
