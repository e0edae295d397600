/* Keyboard focus in the order children make sense in, where that is not the order of their places. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * am_focus_in_order:
 * @parent: whose children they are
 * @children: [n] in the order of the Tab key
 *
 * For #GtkWidgetClass.focus and the two directions of the Tab key: moves the focus on within the child that
 * has it, else into the next one. Returns: whether a child took it.
 */
gboolean am_focus_in_order (GtkWidget *parent, GtkWidget *const *children, guint n,
                            GtkDirectionType direction);

G_END_DECLS
