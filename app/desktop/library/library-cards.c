#include "library-page-private.h"

#include "item-card.h"

#define ROW_PICTURE 48

static AmItemCard *
get_card (GtkEventController *controller)
{
  return AM_ITEM_CARD (gtk_event_controller_get_widget (controller));
}

static void
on_secondary_pressed (GtkGestureClick *gesture, int n_press, double x, double y, AmLibraryPage *self)
{
  AmItemCard *card = get_card (GTK_EVENT_CONTROLLER (gesture));
  graphene_point_t at = GRAPHENE_POINT_INIT ((float)x, (float)y);

  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  am_library_page_select (self, am_item_card_get_item (card));
  gtk_widget_grab_focus (gtk_widget_get_parent (GTK_WIDGET (card)));
  am_library_page_show_menu (self, GTK_WIDGET (card), &at);
}

static GdkContentProvider *
on_drag_prepare (GtkDragSource *source, double x, double y, gpointer user_data)
{
  AmLibraryItem *item = am_item_card_get_item (get_card (GTK_EVENT_CONTROLLER (source)));
  g_autoptr (GFile) file = item != NULL ? g_file_new_for_path (am_library_item_get_path (item)) : NULL;
  GdkFileList *files;
  GdkContentProvider *provider;

  if (file == NULL)
    return NULL;
  files = gdk_file_list_new_from_array (&file, 1);
  provider = gdk_content_provider_new_typed (GDK_TYPE_FILE_LIST, files);
  g_boxed_free (GDK_TYPE_FILE_LIST, files);
  return provider;
}

static void
on_drag_begin (GtkDragSource *source, GdkDrag *drag, gpointer user_data)
{
  GtkWidget *picture = am_item_card_get_picture (get_card (GTK_EVENT_CONTROLLER (source)));
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (picture);

  gtk_drag_source_set_icon (source, paintable, 12, 12);
}

static void
add_gestures (AmLibraryPage *self, GtkWidget *card)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkDragSource *drag = gtk_drag_source_new ();

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  g_signal_connect (click, "pressed", G_CALLBACK (on_secondary_pressed), self);
  gtk_widget_add_controller (card, GTK_EVENT_CONTROLLER (click));
  gtk_drag_source_set_actions (drag, GDK_ACTION_COPY);
  g_signal_connect (drag, "prepare", G_CALLBACK (on_drag_prepare), NULL);
  g_signal_connect (drag, "drag-begin", G_CALLBACK (on_drag_begin), NULL);
  gtk_widget_add_controller (card, GTK_EVENT_CONTROLLER (drag));
}

static void
set_up_card (GtkSignalListItemFactory *factory, GtkListItem *list_item, AmLibraryPage *self)
{
  int size = g_settings_get_int (am_workspace_get_settings (self->workspace), "keep-preview-size");
  GtkWidget *card = am_item_card_new (size, FALSE);

  add_gestures (self, card);
  gtk_list_item_set_child (list_item, card);
}

static void
set_up_row (GtkSignalListItemFactory *factory, GtkListItem *list_item, AmLibraryPage *self)
{
  GtkWidget *row = am_item_card_new (ROW_PICTURE, TRUE);

  add_gestures (self, row);
  gtk_list_item_set_child (list_item, row);
}

static void
bind_card (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  am_item_card_set_item (AM_ITEM_CARD (gtk_list_item_get_child (list_item)),
                         gtk_list_item_get_item (list_item));
}

static void
unbind_card (GtkSignalListItemFactory *factory, GtkListItem *list_item)
{
  am_item_card_set_item (AM_ITEM_CARD (gtk_list_item_get_child (list_item)), NULL);
}

static GtkListItemFactory *
make_factory (AmLibraryPage *self, GCallback set_up)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", set_up, self);
  g_signal_connect (factory, "bind", G_CALLBACK (bind_card), NULL);
  g_signal_connect (factory, "unbind", G_CALLBACK (unbind_card), NULL);
  return factory;
}

static gboolean
fit_columns (gpointer user_data)
{
  AmLibraryPage *self = user_data;
  GtkAdjustment *adjustment = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->grid));
  int size = g_settings_get_int (am_workspace_get_settings (self->workspace), "keep-preview-size");

  self->columns_idle = 0;
  gtk_grid_view_set_max_columns (self->grid,
                                 (guint)gtk_adjustment_get_page_size (adjustment) / (guint)size + 1);
  return G_SOURCE_REMOVE;
}

/* The grid makes thirty rows of cards for as many columns as there may be, whether they fit or not. Sizes
 * cannot be changed while they are being given out, so it waits until that is over. */
static void
on_width_changed (AmLibraryPage *self)
{
  if (self->columns_idle == 0)
    self->columns_idle = g_idle_add (fit_columns, self);
}

/* The size of pictures is given to cards when they are made. */
static void
make_cards (AmLibraryPage *self)
{
  g_autoptr (GtkListItemFactory) cards = make_factory (self, G_CALLBACK (set_up_card));

  gtk_grid_view_set_factory (self->grid, cards);
  on_width_changed (self);
}

/* On the view itself: further out, the entry that listens for typing would take the keys for its own menu. */
static void
add_menu_keys (GtkWidget *view)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  GtkShortcutTrigger *trigger = gtk_alternative_trigger_new (
      gtk_keyval_trigger_new (GDK_KEY_Menu, 0), gtk_keyval_trigger_new (GDK_KEY_F10, GDK_SHIFT_MASK));

  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                        gtk_shortcut_new (trigger, gtk_named_action_new ("library.menu")));
  gtk_widget_add_controller (view, controller);
}

void
am_library_page_set_up_cards (AmLibraryPage *self)
{
  g_autoptr (GtkListItemFactory) rows = make_factory (self, G_CALLBACK (set_up_row));

  g_signal_connect_object (gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (self->grid)), "notify::page-size",
                           G_CALLBACK (on_width_changed), self, G_CONNECT_SWAPPED);
  add_menu_keys (GTK_WIDGET (self->grid));
  add_menu_keys (GTK_WIDGET (self->list));
  g_signal_connect_object (am_workspace_get_settings (self->workspace), "changed::keep-preview-size",
                           G_CALLBACK (make_cards), self, G_CONNECT_SWAPPED);
  make_cards (self);
  gtk_grid_view_set_model (self->grid, GTK_SELECTION_MODEL (self->selection));
  gtk_list_view_set_factory (self->list, rows);
  gtk_list_view_set_model (self->list, GTK_SELECTION_MODEL (self->selection));
}
