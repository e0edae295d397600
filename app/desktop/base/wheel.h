/* The mouse wheel on pages that scroll: widgets inside them would keep it for themselves. For the main
 * thread. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Lets the wheel pass over @widget, a slider, say, to the page: turning it changes no value. */
void am_wheel_pass (GtkWidget *widget);

/* Lets the wheel pass over @scrolled, which scrolls sideways alone; what turns sideways still scrolls it. */
void am_wheel_pass_sideways (GtkScrolledWindow *scrolled);

G_END_DECLS
