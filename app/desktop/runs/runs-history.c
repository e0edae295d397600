#include "runs/history-row.h"
#include "runs/runs-page-private.h"

static gboolean
is_found (gpointer item, gpointer user_data)
{
  AmRunsPage *self = user_data;

  for (guint i = 0; self->words != NULL && self->words[i] != NULL; i++)
    if (strstr (am_history_entry_get_text (item), self->words[i]) == NULL)
      return FALSE;
  return TRUE;
}

static void
on_search_changed (GtkSearchEntry *search, AmRunsPage *self)
{
  g_autofree char *text = g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (search)), -1);

  g_strfreev (self->words);
  self->words = g_strsplit (text, " ", -1);
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->found), GTK_FILTER_CHANGE_DIFFERENT);
}

static void
update (AmRunsPage *self)
{
  gboolean is_empty
      = g_list_model_get_n_items (G_LIST_MODEL (am_workspace_get_history (self->workspace))) == 0;
  gboolean is_nothing_found = g_list_model_get_n_items (G_LIST_MODEL (self->found)) == 0;

  gtk_stack_set_visible_child_name (self->history_stack, is_empty           ? "empty"
                                                         : is_nothing_found ? "nothing-found"
                                                                            : "list");
  gtk_widget_set_visible (self->search_box, !is_empty);
}

/* Which day a row heads depends on the row above it. */
static void
update_day (GtkListItem *item)
{
  AmHistoryRow *row = AM_HISTORY_ROW (gtk_list_item_get_child (item));
  AmRunsPage *self = g_object_get_data (G_OBJECT (item), "page");
  guint position = gtk_list_item_get_position (item);
  g_autoptr (AmHistoryEntry) previous = NULL;

  if (gtk_list_item_get_item (item) == NULL)
    return;
  if (position > 0)
    previous = g_list_model_get_item (G_LIST_MODEL (self->selection), position - 1);
  am_history_row_set_previous (row, previous);
}

static void
on_show_wanted (AmHistoryRow *row, AmRunsPage *self)
{
  am_runs_page_show_entry (self, am_history_row_get_entry (row), TRUE);
}

static void
on_remove_wanted (AmHistoryRow *row, AmRunsPage *self)
{
  am_runs_page_remove_entry (self, am_history_row_get_entry (row));
}

static void
set_up_item (GtkSignalListItemFactory *factory, GtkListItem *item, AmRunsPage *self)
{
  GtkWidget *row = am_history_row_new ();

  g_object_set_data (G_OBJECT (item), "page", self);
  gtk_list_item_set_child (item, row);
  g_signal_connect_object (row, "show-wanted", G_CALLBACK (on_show_wanted), self, 0);
  g_signal_connect_object (row, "remove-wanted", G_CALLBACK (on_remove_wanted), self, 0);
  g_signal_connect (item, "notify::position", G_CALLBACK (update_day), NULL);
}

static void
bind_item (GtkSignalListItemFactory *factory, GtkListItem *item, AmRunsPage *self)
{
  am_history_row_set_entry (AM_HISTORY_ROW (gtk_list_item_get_child (item)), gtk_list_item_get_item (item));
  update_day (item);
}

static void
unbind_item (GtkSignalListItemFactory *factory, GtkListItem *item, AmRunsPage *self)
{
  am_history_row_set_entry (AM_HISTORY_ROW (gtk_list_item_get_child (item)), NULL);
}

static void
on_activate (GtkListView *view, guint position, AmRunsPage *self)
{
  g_autoptr (AmHistoryEntry) entry = g_list_model_get_item (G_LIST_MODEL (self->selection), position);

  if (entry != NULL)
    am_runs_page_show_entry (self, entry, TRUE);
}

/* Arrow keys show one entry after the other beside the list; to turn to one takes a click or Enter. */
static void
on_selected (GtkSingleSelection *selection, GParamSpec *pspec, AmRunsPage *self)
{
  AmHistoryEntry *entry = gtk_single_selection_get_selected_item (selection);

  if (entry == NULL || entry == am_result_view_get_entry (self->result))
    return;
  am_result_view_set_entry (self->result, entry);
  self->is_result_chosen = TRUE;
}

/* The row that has the focus: list items hold their row as their only child. */
static AmHistoryRow *
find_focused_row (AmRunsPage *self)
{
  GtkWidget *focus = gtk_widget_get_focus_child (GTK_WIDGET (self->history_view));
  GtkWidget *child = focus != NULL ? gtk_widget_get_first_child (focus) : NULL;

  return AM_IS_HISTORY_ROW (child) ? AM_HISTORY_ROW (child) : NULL;
}

static gboolean
activate_on_row (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  AmHistoryRow *row = find_focused_row (user_data);

  return row != NULL
         && gtk_widget_activate_action (GTK_WIDGET (row), g_variant_get_string (arguments, NULL), NULL);
}

static void
add_key (GtkShortcutController *controller, AmRunsPage *self, const char *trigger, const char *action)
{
  GtkShortcut *shortcut = gtk_shortcut_new (gtk_shortcut_trigger_parse_string (trigger),
                                            gtk_callback_action_new (activate_on_row, self, NULL));

  gtk_shortcut_set_arguments (shortcut, g_variant_new_string (action));
  gtk_shortcut_controller_add_shortcut (controller, shortcut);
}

static void
add_keys (AmRunsPage *self)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  add_key (GTK_SHORTCUT_CONTROLLER (controller), self, "Menu|<Shift>F10", "entry.menu");
  add_key (GTK_SHORTCUT_CONTROLLER (controller), self, "Delete|KP_Delete", "entry.remove");
  gtk_widget_add_controller (GTK_WIDGET (self->history_view), controller);
}

static GtkListItemFactory *
make_factory (AmRunsPage *self)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();

  g_signal_connect_object (factory, "setup", G_CALLBACK (set_up_item), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_item), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_item), self, 0);
  return factory;
}

void
am_runs_page_set_up_history (AmRunsPage *self)
{
  AmHistory *history = am_workspace_get_history (self->workspace);
  g_autoptr (GtkListItemFactory) factory = make_factory (self);

  self->found = gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (history)),
                                           GTK_FILTER (gtk_custom_filter_new (is_found, self, NULL)));
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->found)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_selected (self->selection, GTK_INVALID_LIST_POSITION);
  gtk_list_view_set_factory (self->history_view, factory);
  gtk_list_view_set_model (self->history_view, GTK_SELECTION_MODEL (self->selection));
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (on_selected), self, 0);
  g_signal_connect (self->history_view, "activate", G_CALLBACK (on_activate), self);
  g_signal_connect (self->search, "search-changed", G_CALLBACK (on_search_changed), self);
  g_signal_connect_object (self->found, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (history, "items-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  add_keys (self);
  update (self);
}
