#include "focus-order.h"

gboolean
am_focus_in_order (GtkWidget *parent, GtkWidget *const *children, guint n, GtkDirectionType direction)
{
  GtkWidget *current = gtk_widget_get_focus_child (parent);
  gboolean is_reached = current == NULL;

  for (guint i = 0; i < n; i++)
    {
      GtkWidget *child = children[direction == GTK_DIR_TAB_BACKWARD ? n - 1 - i : i];

      is_reached = is_reached || child == current;
      if (is_reached && gtk_widget_get_mapped (child) && gtk_widget_child_focus (child, direction))
        return TRUE;
    }
  return FALSE;
}
