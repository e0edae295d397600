#include "wheel.h"

typedef void (*ScrollFunc) (GtkEventControllerScroll *controller);

static void
each_scroll (GtkWidget *widget, ScrollFunc func)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GObject) controller = g_list_model_get_item (controllers, i);

      if (GTK_IS_EVENT_CONTROLLER_SCROLL (controller))
        func (GTK_EVENT_CONTROLLER_SCROLL (controller));
    }
}

static void
disable (GtkEventControllerScroll *controller)
{
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (controller), GTK_PHASE_NONE);
}

/* GTK 4.8 takes both directions, also where only one has anywhere to scroll to. */
static void
keep_sideways (GtkEventControllerScroll *controller)
{
  GtkEventControllerScrollFlags flags = gtk_event_controller_scroll_get_flags (controller);

  gtk_event_controller_scroll_set_flags (controller, flags & ~GTK_EVENT_CONTROLLER_SCROLL_VERTICAL);
}

void
am_wheel_pass (GtkWidget *widget)
{
  each_scroll (widget, disable);
}

void
am_wheel_pass_sideways (GtkScrolledWindow *scrolled)
{
  each_scroll (GTK_WIDGET (scrolled), keep_sideways);
}
