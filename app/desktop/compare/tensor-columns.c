#include "tensor-columns.h"

#include <glib/gi18n.h>

static const struct
{
  const char *id;
  const char *title;
  GtkSortType order; /* the more interesting end first */
  gboolean is_number;
  int n_chars;
} columns[AM_N_TENSOR_COLUMNS] = {
  [AM_TENSOR_NAME] = { "name", N_ ("Name"), GTK_SORT_ASCENDING, FALSE, 24 },
  [AM_TENSOR_BLOCK] = { "block", N_ ("Block"), GTK_SORT_ASCENDING, FALSE, 6 },
  [AM_TENSOR_LAYER] = { "layer", N_ ("Kind"), GTK_SORT_ASCENDING, FALSE, 13 },
  [AM_TENSOR_RELATIVE_L2] = { "relative-l2", N_ ("Relative L2"), GTK_SORT_DESCENDING, TRUE, 8 },
  [AM_TENSOR_COSINE] = { "cosine", N_ ("Cosine"), GTK_SORT_ASCENDING, TRUE, 9 },
  [AM_TENSOR_MAXIMUM] = { "maximum", N_ ("Largest"), GTK_SORT_DESCENDING, TRUE, 8 },
  [AM_TENSOR_STATE] = { "state", N_ ("State"), GTK_SORT_ASCENDING, FALSE, 12 },
  [AM_TENSOR_SHAPE] = { "shape", N_ ("Shape and type"), GTK_SORT_DESCENDING, FALSE, 16 },
};

AmTensorColumn
am_tensor_column_from_id (const char *id)
{
  for (guint i = 0; i < AM_N_TENSOR_COLUMNS; i++)
    if (g_str_equal (columns[i].id, id))
      return i;
  return AM_N_TENSOR_COLUMNS;
}

static int
compare_rows (gconstpointer a, gconstpointer b, gpointer column)
{
  return am_tensor_row_compare ((AmTensorRow *)a, (AmTensorRow *)b, GPOINTER_TO_UINT (column));
}

static void
set_up_cell (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  AmTensorColumn column = GPOINTER_TO_UINT (data);
  /* The ends of names tell them apart. */
  gboolean is_name = column == AM_TENSOR_NAME;
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "xalign", columns[column].is_number ? 1.0 : 0.0,
                                   "ellipsize", is_name ? PANGO_ELLIPSIZE_START : PANGO_ELLIPSIZE_END,
                                   "width-chars", columns[column].n_chars, NULL);

  if (columns[column].is_number)
    gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
bind_cell (GtkListItemFactory *factory, GtkListItem *item, gpointer data)
{
  GtkWidget *label = gtk_list_item_get_child (item);
  g_autofree char *text = am_tensor_row_dup_text (gtk_list_item_get_item (item), GPOINTER_TO_UINT (data));

  gtk_label_set_text (GTK_LABEL (label), text);
  if (GPOINTER_TO_UINT (data) == AM_TENSOR_NAME || GPOINTER_TO_UINT (data) == AM_TENSOR_SHAPE)
    gtk_widget_set_tooltip_text (label, text);
}

static void
add_column (GtkColumnView *view, AmTensorColumn index)
{
  gpointer data = GUINT_TO_POINTER (index);
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  g_autoptr (GtkColumnViewColumn) column = gtk_column_view_column_new (_ (columns[index].title), factory);
  g_autoptr (GtkSorter) sorter = GTK_SORTER (gtk_custom_sorter_new (compare_rows, data, NULL));

  g_signal_connect (factory, "setup", G_CALLBACK (set_up_cell), data);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_cell), data);
  gtk_column_view_column_set_sorter (column, sorter);
  gtk_column_view_column_set_resizable (column, TRUE);
  gtk_column_view_column_set_expand (column, index == AM_TENSOR_NAME);
  gtk_column_view_append_column (view, column);
}

void
am_tensor_columns_add (GtkColumnView *view)
{
  for (guint i = 0; i < AM_N_TENSOR_COLUMNS; i++)
    add_column (view, i);
}

void
am_tensor_columns_sort (GtkColumnView *view, AmTensorColumn column)
{
  g_autoptr (GtkColumnViewColumn) found = NULL;

  found = g_list_model_get_item (gtk_column_view_get_columns (view), column);
  gtk_column_view_sort_by_column (view, NULL, GTK_SORT_ASCENDING);
  gtk_column_view_sort_by_column (view, found, columns[column].order);
}
