#include "library-popover.h"

#include <glib/gi18n.h>

struct _AmLibraryPopover
{
  GtkPopover parent_instance;

  GtkEditable *search;
  GtkWidget *scrolled;
  GtkListView *list;
  GtkLabel *nothing;

  GtkStringFilter *filter;
  GListModel *found;
};

enum
{
  SIGNAL_CHOSEN,
  SIGNAL_OPEN_FILE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmLibraryPopover, am_library_popover, GTK_TYPE_POPOVER)

static void
am_library_popover_dispose (GObject *object)
{
  AmLibraryPopover *self = AM_LIBRARY_POPOVER (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_LIBRARY_POPOVER);
  g_clear_object (&self->found);
  g_clear_object (&self->filter);

  G_OBJECT_CLASS (am_library_popover_parent_class)->dispose (object);
}

static void
on_activate (AmLibraryPopover *self, guint position)
{
  g_autoptr (AmLibraryItem) item = g_list_model_get_item (self->found, position);

  gtk_popover_popdown (GTK_POPOVER (self));
  if (item != NULL)
    g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, am_library_item_get_path (item));
}

static void
on_search_changed (AmLibraryPopover *self)
{
  gtk_string_filter_set_search (self->filter, gtk_editable_get_text (self->search));
}

/* Enter in the search takes the first that was found, also before the search has told of its last letters. */
static void
on_search_activate (AmLibraryPopover *self)
{
  on_search_changed (self);
  on_activate (self, 0);
}

static void
on_open_clicked (AmLibraryPopover *self)
{
  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, signals[SIGNAL_OPEN_FILE], 0);
}

static void
on_found_changed (AmLibraryPopover *self)
{
  gboolean is_found = g_list_model_get_n_items (self->found) > 0;
  gboolean is_searched = *gtk_editable_get_text (self->search) != '\0';

  gtk_widget_set_visible (self->scrolled, is_found);
  gtk_widget_set_visible (GTK_WIDGET (self->nothing), !is_found);
  gtk_label_set_text (self->nothing,
                      is_searched ? _ ("No checkpoint of that name") : _ ("The library is empty"));
}

static void
am_library_popover_class_init (AmLibraryPopoverClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_library_popover_dispose;

  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_OPEN_FILE] = g_signal_new ("open-file", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);

  g_type_ensure (AM_TYPE_LIBRARY_ITEM);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/chooser/library-popover.ui");
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPopover, search);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPopover, scrolled);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPopover, list);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPopover, nothing);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_open_clicked);
  gtk_widget_class_bind_template_callback (widget_class, gtk_popover_popdown);
}

static void
am_library_popover_init (AmLibraryPopover *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static GtkExpression *
get_name (void)
{
  return gtk_property_expression_new (AM_TYPE_LIBRARY_ITEM, NULL, "name");
}

void
am_library_popover_set_library (AmLibraryPopover *self, AmLibrary *library)
{
  GtkFilterListModel *filtered;
  GtkSorter *sorter = GTK_SORTER (gtk_string_sorter_new (get_name ()));
  g_autoptr (GtkNoSelection) selection = NULL;

  g_return_if_fail (self->found == NULL);
  self->filter = gtk_string_filter_new (get_name ());
  filtered = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (library)),
                                        GTK_FILTER (g_object_ref (self->filter)));
  self->found = G_LIST_MODEL (gtk_sort_list_model_new (G_LIST_MODEL (filtered), sorter));
  selection = gtk_no_selection_new (g_object_ref (self->found));
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (selection));
  g_signal_connect_object (self->found, "items-changed", G_CALLBACK (on_found_changed), self,
                           G_CONNECT_SWAPPED);
  on_found_changed (self);
}
