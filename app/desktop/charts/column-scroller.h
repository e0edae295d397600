/* Lets a chart of columns scroll sideways where it has no room. For the main thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A scrolled window that holds @chart, takes the width there is and leaves the mouse wheel to the page. */
GtkScrolledWindow *am_column_scroller_new (GtkWidget *chart);

/* Scrolls as little as brings a column into view. @column: from the start, mirrored or not, or -1 for none;
 * @n_columns: they share the width of the chart alike.
 */
void am_column_scroller_show (GtkScrolledWindow *scroller, gint column, guint n_columns);

G_END_DECLS
