/* The names of drop-down lists for assistive technology. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Lets @self be called by its accessible label. From GTK 4.10 on a drop-down list is called after what is
 * chosen in it, whatever label it has, so that nothing tells one list from the next. */
void am_drop_down_keep_label (GtkDropDown *self);

G_END_DECLS
