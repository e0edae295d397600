#include "measure/measure-parts.h"

#include <math.h>

char *
am_measure_percent (double share)
{
  return isfinite (share) ? g_strdup_printf ("%.1f\u00a0%%", 100 * share) : g_strdup ("–");
}

char *
am_measure_loss (double loss)
{
  return isfinite (loss) ? g_strdup_printf ("%.4f", loss) : g_strdup ("–");
}

static GtkWidget *
make_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, style);
  return label;
}

GtkWidget *
am_measure_card_new (const char *heading)
{
  GtkWidget *card = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *label = make_label (heading, "heading");

  gtk_widget_add_css_class (card, "card");
  gtk_widget_add_css_class (card, "measure-card");
  gtk_label_set_natural_wrap_mode (GTK_LABEL (label), GTK_NATURAL_WRAP_NONE);
  gtk_box_append (GTK_BOX (card), label);
  return card;
}

GtkWidget *
am_measure_figures_new (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  gtk_box_set_homogeneous (GTK_BOX (box), TRUE);
  return box;
}

void
am_measure_figures_add (GtkWidget *figures, const char *caption, const char *value, const char *tooltip)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
  GtkWidget *number = make_label (value, "title-2"), *words = make_label (caption, "caption");

  gtk_widget_add_css_class (number, "numeric");
  gtk_widget_add_css_class (words, "dim-label");
  gtk_widget_set_tooltip_text (box, tooltip);
  gtk_box_append (GTK_BOX (box), number);
  gtk_box_append (GTK_BOX (box), words);
  gtk_box_append (GTK_BOX (figures), box);
}

GtkWidget *
am_measure_note_new (const char *text)
{
  GtkWidget *label = make_label (text, "caption");

  gtk_widget_add_css_class (label, "dim-label");
  return label;
}

GtkWidget *
am_measure_chart_new (const char *title, GtkWidget *chart)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *readout = am_measure_note_new ("");

  gtk_widget_add_css_class (readout, "numeric");
  g_object_bind_property (chart, "readout", readout, "label", G_BINDING_SYNC_CREATE);
  gtk_box_append (GTK_BOX (box), make_label (title, "caption-heading"));
  gtk_box_append (GTK_BOX (box), chart);
  gtk_box_append (GTK_BOX (box), readout);
  return box;
}

typedef struct
{
  void (*fill) (GtkGrid *grid, gpointer data);
  gpointer data;
  GDestroyNotify data_free;
} Table;

static void
table_free (Table *table)
{
  if (table->data_free != NULL)
    table->data_free (table->data);
  g_free (table);
}

static void
on_expanded (GtkExpander *expander, GParamSpec *pspec, Table *table)
{
  GtkWidget *grid;

  if (gtk_expander_get_child (expander) != NULL)
    return;
  grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (grid), 18);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 6);
  gtk_widget_set_margin_top (grid, 6);
  table->fill (GTK_GRID (grid), table->data);
  gtk_expander_set_child (expander, grid);
}

GtkWidget *
am_measure_table_new (const char *title, void (*fill) (GtkGrid *grid, gpointer data), gpointer data,
                      GDestroyNotify data_free)
{
  GtkWidget *expander = gtk_expander_new (title);
  Table *table = g_new0 (Table, 1);

  table->fill = fill;
  table->data = data;
  table->data_free = data_free;
  g_object_set_data_full (G_OBJECT (expander), "table", table, (GDestroyNotify)table_free);
  g_signal_connect (expander, "notify::expanded", G_CALLBACK (on_expanded), table);
  return expander;
}

void
am_measure_table_add (GtkGrid *grid, int row, int column, const char *text, gboolean is_heading)
{
  GtkWidget *label = make_label (text, is_heading ? "caption-heading" : "caption");

  gtk_widget_set_hexpand (label, column == 0);
  if (column > 0)
    gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_widget_add_css_class (label, "numeric");
  gtk_grid_attach (grid, label, column, row, 1, 1);
}
