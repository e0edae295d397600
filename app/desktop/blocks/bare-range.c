#include "bare-range.h"

void
am_bare_range_init (GtkRange *range)
{
  GtkWidget *widget = GTK_WIDGET (range);
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    gtk_widget_set_child_visible (child, FALSE);
  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_NONE);
    }
  gtk_widget_set_focusable (widget, TRUE);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (range), GTK_ORIENTATION_VERTICAL);
  gtk_range_set_inverted (range, TRUE);
}
