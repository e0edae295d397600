#include "runs/tensor-list.h"

#include <glib/gi18n.h>

#include "base/readable.h"
#include "base/unparent-children.h"
#include "runs/tensor-item.h"

struct _AmTensorList
{
  GtkWidget parent_instance;

  GtkLabel *note;
  GtkWidget *scrolled;
  GtkColumnView *view;
  GtkColumnViewColumn *name_column;
  GtkColumnViewColumn *moved_column;

  GListStore *store;
};

G_DEFINE_FINAL_TYPE (AmTensorList, am_tensor_list, GTK_TYPE_WIDGET)

static void
am_tensor_list_dispose (GObject *object)
{
  AmTensorList *self = AM_TENSOR_LIST (object);

  g_clear_object (&self->store);
  am_unparent_children (GTK_WIDGET (self));

  G_OBJECT_CLASS (am_tensor_list_parent_class)->dispose (object);
}

static void
am_tensor_list_class_init (AmTensorListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_tensor_list_dispose;

  g_type_ensure (AM_TYPE_TENSOR_ITEM);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/runs/tensor-list.ui");
  gtk_widget_class_bind_template_child (widget_class, AmTensorList, note);
  gtk_widget_class_bind_template_child (widget_class, AmTensorList, scrolled);
  gtk_widget_class_bind_template_child (widget_class, AmTensorList, view);
  gtk_widget_class_bind_template_child (widget_class, AmTensorList, name_column);
  gtk_widget_class_bind_template_child (widget_class, AmTensorList, moved_column);
}

static void
set_up_name (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_width_chars (GTK_LABEL (label), 18);
  gtk_list_item_set_child (item, label);
}

/* Until GTK 4.12 a row, which has the focus, takes no name from its cells. */
static void
name_row (GtkWidget *label, const char *text)
{
  GtkWidget *cell = gtk_widget_get_parent (label);
  GtkWidget *row = cell != NULL ? gtk_widget_get_parent (cell) : NULL;

  if (row != NULL)
    gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void
bind_name (GtkSignalListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_list_item_get_child (item);
  g_autofree char *name = NULL, *moved = NULL, *text = NULL;

  g_object_get (gtk_list_item_get_item (item), "name", &name, "moved-text", &moved, NULL);
  gtk_label_set_label (GTK_LABEL (label), name);
  gtk_widget_set_tooltip_text (label, name);
  /* Translators: for screen readers: name of a tensor, and how far it moved in percent. */
  text = g_strdup_printf (_ ("%s, moved by %s"), name, moved);
  name_row (label, text);
}

static void
make_name_factory (AmTensorList *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (set_up_name), NULL);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_name), NULL);
  gtk_column_view_column_set_factory (self->name_column, factory);
  g_object_unref (factory);
}

static void
am_tensor_list_init (AmTensorList *self)
{
  GtkSortListModel *sorted;
  GtkSelectionModel *selection;

  gtk_widget_init_template (GTK_WIDGET (self));
  make_name_factory (self);
  self->store = g_list_store_new (AM_TYPE_TENSOR_ITEM);
  sorted = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (self->store)),
                                    g_object_ref (gtk_column_view_get_sorter (self->view)));
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (G_LIST_MODEL (sorted)));
  gtk_column_view_set_model (self->view, selection);
  g_object_unref (selection);
  gtk_column_view_sort_by_column (self->view, self->moved_column, GTK_SORT_DESCENDING);
}

static void
fill (AmTensorList *self, AmRun *run, guint row, guint column)
{
  const AmReport *report = am_run_get_report (run);
  const AmRunSummary *summary = am_run_get_summary (run);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < am_report_get_n_tensors (report); i++)
    {
      const AmPlanTensor *tensor = am_report_get_tensor (report, i);
      const AmTensorOutcome *outcome = am_report_get_outcome (report, i);

      if (outcome->is_measured && am_run_summary_is_in_cell (summary, tensor, row, column))
        g_ptr_array_add (items, am_tensor_item_new (tensor, outcome));
    }
  g_list_store_splice (self->store, 0, g_list_model_get_n_items (G_LIST_MODEL (self->store)), items->pdata,
                       items->len);
}

void
am_tensor_list_show_cell (AmTensorList *self, AmRun *run, guint row, guint column)
{
  const AmRunSummary *summary = am_run_get_summary (run);
  g_autofree char *block = am_run_summary_dup_column_title (summary, column);
  g_autofree char *kind = am_run_summary_dup_row_title (summary, row);
  g_autofree char *count = NULL, *text = NULL;
  guint n;

  fill (self, run, row, column);
  n = am_tensor_list_get_n_tensors (self);
  count = am_readable_count (n);
  /* Translators: block, kind of layer, and a number, as in "OUT05, self-attention: 8 tensors". */
  text = g_strdup_printf (ngettext ("%s, %s: %s tensor", "%s, %s: %s tensors", n), block, kind, count);
  gtk_label_set_label (self->note, text);
  gtk_widget_add_css_class (GTK_WIDGET (self->note), "heading");
  gtk_widget_show (self->scrolled);
  gtk_widget_show (GTK_WIDGET (self));
}

void
am_tensor_list_show_note (AmTensorList *self, const char *note)
{
  gtk_label_set_label (self->note, note);
  gtk_widget_remove_css_class (GTK_WIDGET (self->note), "heading");
  g_list_store_remove_all (self->store);
  gtk_widget_hide (self->scrolled);
  gtk_widget_set_visible (GTK_WIDGET (self), note[0] != '\0');
}

guint
am_tensor_list_get_n_tensors (AmTensorList *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->store));
}
