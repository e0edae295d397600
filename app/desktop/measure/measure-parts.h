/* Pieces that cards of results are made of. */
#pragma once

#include <gtk/gtk.h>

#include "charts/line-chart.h"

G_BEGIN_DECLS

/* "95.3 %", "0.0421"; "–" for NAN. (transfer full) */
char *am_measure_percent (double share);
char *am_measure_loss (double loss);

/* An upright box that looks like a card. */
GtkWidget *am_measure_card_new (const char *heading);

/* Takes figures side by side. */
GtkWidget *am_measure_figures_new (void);
void am_measure_figures_add (GtkWidget *figures, const char *caption, const char *value, const char *tooltip);

/* @chart under its title, with what it says about the point under the cursor. */
GtkWidget *am_measure_chart_new (const char *title, GtkWidget *chart);

/* Text that wraps, small and dim. */
GtkWidget *am_measure_note_new (const char *text);

/* A closed list with columns, whose rows are made when it is first opened. @fill: adds to the grid. */
GtkWidget *am_measure_table_new (const char *title, void (*fill) (GtkGrid *grid, gpointer data),
                                 gpointer data, GDestroyNotify data_free);
void am_measure_table_add (GtkGrid *grid, int row, int column, const char *text, gboolean is_heading);

G_END_DECLS
