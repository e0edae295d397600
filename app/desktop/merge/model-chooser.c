#include "model-chooser.h"

#include <glib/gi18n.h>

struct _AmModelChooser
{
  GtkPopover parent_instance;

  GtkSearchEntry *search;
  GtkStack *stack;
  GtkListView *list;
  GtkWidget *open_button;

  AmLibrary *library;
  GtkStringFilter *filter;
};

enum
{
  SIGNAL_CHOSEN,
  SIGNAL_OPEN_FILE,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmModelChooser, am_model_chooser, GTK_TYPE_POPOVER)

static GListModel *
get_models (AmModelChooser *self)
{
  return G_LIST_MODEL (gtk_list_view_get_model (self->list));
}

static void
choose (AmModelChooser *self, guint position)
{
  g_autoptr (AmLibraryItem) item = g_list_model_get_item (get_models (self), position);

  gtk_popover_popdown (GTK_POPOVER (self));
  if (item != NULL)
    g_signal_emit (self, signals[SIGNAL_CHOSEN], 0, am_library_item_get_path (item));
}

static void
on_activate (AmModelChooser *self, guint position)
{
  choose (self, position);
}

static void
on_search_changed (AmModelChooser *self)
{
  gtk_string_filter_set_search (self->filter, gtk_editable_get_text (GTK_EDITABLE (self->search)));
}

/* Enter in the search takes the first that was found, also before the search has told of its last letters. */
static void
on_search_activate (AmModelChooser *self)
{
  on_search_changed (self);
  choose (self, 0);
}

static void
on_open_clicked (AmModelChooser *self)
{
  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, signals[SIGNAL_OPEN_FILE], 0);
}

static void
update_page (AmModelChooser *self)
{
  const char *page = "list";

  if (g_list_model_get_n_items (G_LIST_MODEL (self->library)) == 0)
    page = "empty";
  else if (g_list_model_get_n_items (get_models (self)) == 0)
    page = "nothing";
  gtk_stack_set_visible_child_name (self->stack, page);
}

static void
am_model_chooser_map (GtkWidget *widget)
{
  AmModelChooser *self = AM_MODEL_CHOOSER (widget);

  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  GTK_WIDGET_CLASS (am_model_chooser_parent_class)->map (widget);
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

static void
am_model_chooser_dispose (GObject *object)
{
  AmModelChooser *self = AM_MODEL_CHOOSER (object);

  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_MODEL_CHOOSER);
  g_clear_object (&self->library);
  g_clear_object (&self->filter);

  G_OBJECT_CLASS (am_model_chooser_parent_class)->dispose (object);
}

static void
am_model_chooser_class_init (AmModelChooserClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = am_model_chooser_dispose;
  widget_class->map = am_model_chooser_map;

  signals[SIGNAL_CHOSEN] = g_signal_new ("chosen", AM_TYPE_MODEL_CHOOSER, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                         NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_OPEN_FILE] = g_signal_new ("open-file", AM_TYPE_MODEL_CHOOSER, G_SIGNAL_RUN_LAST, 0, NULL,
                                            NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/merge/model-chooser.ui");
  gtk_widget_class_bind_template_child (widget_class, AmModelChooser, search);
  gtk_widget_class_bind_template_child (widget_class, AmModelChooser, stack);
  gtk_widget_class_bind_template_child (widget_class, AmModelChooser, list);
  gtk_widget_class_bind_template_child (widget_class, AmModelChooser, open_button);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_open_clicked);
  gtk_widget_class_bind_template_callback (widget_class, gtk_popover_popdown);
}

static void
am_model_chooser_init (AmModelChooser *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static GtkStringFilter *
make_filter (void)
{
  GtkExpression *name = gtk_property_expression_new (AM_TYPE_LIBRARY_ITEM, NULL, "name");

  return gtk_string_filter_new (name);
}

static GtkSorter *
make_sorter (void)
{
  GtkExpression *name = gtk_property_expression_new (AM_TYPE_LIBRARY_ITEM, NULL, "name");

  return GTK_SORTER (gtk_string_sorter_new (name));
}

AmModelChooser *
am_model_chooser_new (AmLibrary *library)
{
  AmModelChooser *self = g_object_new (AM_TYPE_MODEL_CHOOSER, NULL);
  GListModel *models = g_object_ref (G_LIST_MODEL (library));
  g_autoptr (GtkSelectionModel) selection = NULL;
  g_autoptr (GtkListItemFactory) factory = gtk_builder_list_item_factory_new_from_resource (
      NULL, "/io/github/amalgam_merge/Amalgam/merge/model-chooser-row.ui");

  self->library = g_object_ref (library);
  self->filter = make_filter ();
  models = G_LIST_MODEL (gtk_filter_list_model_new (models, g_object_ref (GTK_FILTER (self->filter))));
  models = G_LIST_MODEL (gtk_sort_list_model_new (models, make_sorter ()));
  g_signal_connect_object (models, "items-changed", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (library, "items-changed", G_CALLBACK (update_page), self, G_CONNECT_SWAPPED);
  gtk_list_view_set_factory (self->list, factory);
  selection = GTK_SELECTION_MODEL (gtk_no_selection_new (models));
  gtk_list_view_set_model (self->list, selection);
  update_page (self);
  return self;
}
