#include "charts/column-scroller.h"

#include "base/wheel.h"

GtkScrolledWindow *
am_column_scroller_new (GtkWidget *chart)
{
  /* A viewport of its own, which does not scroll to the start each time the chart takes the focus. */
  GtkWidget *viewport = gtk_viewport_new (NULL, NULL);
  GtkScrolledWindow *scroller = GTK_SCROLLED_WINDOW (gtk_scrolled_window_new ());

  gtk_viewport_set_scroll_to_focus (GTK_VIEWPORT (viewport), FALSE);
  gtk_viewport_set_child (GTK_VIEWPORT (viewport), chart);
  gtk_scrolled_window_set_policy (scroller, GTK_POLICY_AUTOMATIC, GTK_POLICY_NEVER);
  gtk_scrolled_window_set_child (scroller, viewport);
  am_wheel_pass_sideways (scroller);
  gtk_widget_set_hexpand (GTK_WIDGET (scroller), TRUE);
  return scroller;
}

/* By the adjustment's own measure: it changes before the chart has its new width. */
void
am_column_scroller_show (GtkScrolledWindow *scroller, gint column, guint n_columns)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_hadjustment (scroller);
  double width;

  if (column < 0 || n_columns == 0)
    return;
  width = gtk_adjustment_get_upper (adjustment) / n_columns;
  if (gtk_widget_get_direction (GTK_WIDGET (scroller)) == GTK_TEXT_DIR_RTL)
    column = (gint)n_columns - 1 - column;
  gtk_adjustment_clamp_page (adjustment, column * width, (column + 1) * width);
}
