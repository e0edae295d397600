#include "library-page-private.h"

#include <string.h>

enum
{
  PROP_SORT = 1,
  PROP_VIEW,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE (AmLibraryPage, am_library_page, GTK_TYPE_WIDGET)

static void
am_library_page_dispose (GObject *object)
{
  AmLibraryPage *self = AM_LIBRARY_PAGE (object);

  g_clear_handle_id (&self->columns_idle, g_source_remove);
  g_clear_weak_pointer (&self->menu_focus);
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), AM_TYPE_LIBRARY_PAGE);
  g_clear_object (&self->selection);
  g_clear_object (&self->sorted);
  g_clear_object (&self->filter);
  g_clear_object (&self->workspace);

  G_OBJECT_CLASS (am_library_page_parent_class)->dispose (object);
}

static void
am_library_page_finalize (GObject *object)
{
  g_free (AM_LIBRARY_PAGE (object)->sort);

  G_OBJECT_CLASS (am_library_page_parent_class)->finalize (object);
}

static char *
dup_view (AmLibraryPage *self)
{
  if (self->workspace == NULL)
    return g_strdup ("grid");
  return g_settings_get_string (am_workspace_get_settings (self->workspace), "library-view");
}

static void
am_library_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmLibraryPage *self = AM_LIBRARY_PAGE (object);

  switch (id)
    {
    case PROP_SORT:
      g_value_set_string (value, self->sort);
      break;
    case PROP_VIEW:
      g_value_take_string (value, dup_view (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
set_sort (AmLibraryPage *self, const char *sort)
{
  g_autoptr (GtkSorter) sorter = am_library_sorter_new (sort);

  if (g_strcmp0 (sort, self->sort) == 0)
    return;
  g_free (self->sort);
  self->sort = g_strdup (sort);
  if (self->sorted != NULL)
    gtk_sort_list_model_set_sorter (self->sorted, sorter);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SORT]);
}

static void
am_library_page_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  AmLibraryPage *self = AM_LIBRARY_PAGE (object);

  switch (id)
    {
    case PROP_SORT:
      set_sort (self, g_value_get_string (value));
      break;
    case PROP_VIEW:
      g_settings_set_string (am_workspace_get_settings (self->workspace), "library-view",
                             g_value_get_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

AmLibraryItem *
am_library_page_get_selected (AmLibraryPage *self)
{
  return self->selection != NULL ? gtk_single_selection_get_selected_item (self->selection) : NULL;
}

void
am_library_page_select (AmLibraryPage *self, AmLibraryItem *item)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->selection)); i++)
    {
      g_autoptr (AmLibraryItem) other = g_list_model_get_item (G_LIST_MODEL (self->selection), i);

      if (other == item)
        gtk_single_selection_set_selected (self->selection, i);
    }
}

static gboolean
has_folders (AmLibraryPage *self)
{
  g_auto (GStrv) folders
      = g_settings_get_strv (am_workspace_get_settings (self->workspace), "library-folders");

  return folders[0] != NULL;
}

static const char *
choose_stack_page (AmLibraryPage *self, const char *view)
{
  AmLibrary *library = am_workspace_get_library (self->workspace);

  if (g_list_model_get_n_items (G_LIST_MODEL (self->selection)) > 0)
    return view;
  if (g_list_model_get_n_items (G_LIST_MODEL (library)) > 0)
    return "no-matches";
  if (!has_folders (self))
    return "no-folders";
  return am_library_is_scanning (library) ? "scanning" : "no-checkpoints";
}

/* Before there is anything to search or to tell, the invitation stands alone. */
static void
show_toolbar (AmLibraryPage *self, gboolean has_toolbar)
{
  gtk_widget_set_visible (self->toolbar, has_toolbar);
  if (has_toolbar != self->has_toolbar)
    adw_flap_set_reveal_flap (self->flap, has_toolbar && !adw_flap_get_folded (self->flap));
  self->has_toolbar = has_toolbar;
}

static void
refresh (AmLibraryPage *self)
{
  g_autofree char *view = dup_view (self);
  const char *page = choose_stack_page (self, view);

  gtk_stack_set_visible_child_name (self->stack, page);
  show_toolbar (self, strcmp (page, "no-folders") != 0);
  gtk_widget_set_visible (self->spinner, am_library_is_scanning (am_workspace_get_library (self->workspace)));
}

static void
on_selected_changed (AmLibraryPage *self)
{
  am_item_details_set_item (self->details, am_library_page_get_selected (self));
  am_library_page_update_item_actions (self);
}

static void
on_search_changed (AmLibraryPage *self)
{
  if (self->filter != NULL)
    am_library_filter_set_text (self->filter, gtk_editable_get_text (GTK_EDITABLE (self->search)));
}

/* Typing among the cards goes on in the entry, for the card with the focus may be filtered away. */
static void
on_search_started (AmLibraryPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
  gtk_editable_set_position (GTK_EDITABLE (self->search), -1);
}

static void
on_search_activated (AmLibraryPage *self)
{
  gtk_widget_child_focus (GTK_WIDGET (self->stack), GTK_DIR_TAB_FORWARD);
}

static void
on_stop_search (AmLibraryPage *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  gtk_widget_child_focus (GTK_WIDGET (self->stack), GTK_DIR_TAB_FORWARD);
}

static void
on_family_changed (AmLibraryPage *self)
{
  am_library_filter_set_family (self->filter, am_family_chips_get_family (self->chips));
}

static void
on_activated (AmLibraryPage *self, guint position)
{
  gtk_single_selection_set_selected (self->selection, position);
  gtk_widget_activate_action (GTK_WIDGET (self), "library.add-to-merge", NULL);
}

static void
focus_search (GtkWidget *widget, const char *action, GVariant *parameter)
{
  gtk_widget_grab_focus (GTK_WIDGET (AM_LIBRARY_PAGE (widget)->search));
}

static void
look_again (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_library_refresh (am_workspace_get_library (AM_LIBRARY_PAGE (widget)->workspace));
}

static void
clear_filters (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmLibraryPage *self = AM_LIBRARY_PAGE (widget);

  gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  am_family_chips_set_family (self->chips, -1);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_property_action (widget_class, "library.sort", "sort");
  gtk_widget_class_install_property_action (widget_class, "library.view", "view");
  gtk_widget_class_install_action (widget_class, "library.search", NULL, focus_search);
  gtk_widget_class_install_action (widget_class, "library.refresh", NULL, look_again);
  gtk_widget_class_install_action (widget_class, "library.clear-filters", NULL, clear_filters);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F5, 0, "library.refresh", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_r, GDK_CONTROL_MASK, "library.refresh", NULL);
  am_library_page_class_install_item_actions (widget_class);
}

static void
am_library_page_class_init (AmLibraryPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = am_library_page_dispose;
  object_class->finalize = am_library_page_finalize;
  object_class->get_property = am_library_page_get_property;
  object_class->set_property = am_library_page_set_property;

  properties[PROP_SORT] = g_param_spec_string ("sort", NULL, NULL, "name", flags);
  properties[PROP_VIEW] = g_param_spec_string ("view", NULL, NULL, "grid", flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  install_actions (widget_class);

  g_type_ensure (AM_TYPE_FAMILY_CHIPS);
  g_type_ensure (AM_TYPE_LOST_FOLDERS);
  g_type_ensure (AM_TYPE_ITEM_DETAILS);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/amalgam_merge/Amalgam/library/library-page.ui");
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, flap);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, toolbar);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, search);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, chips);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, lost_folders);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, stack);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, grid);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, list);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, details);
  gtk_widget_class_bind_template_child (widget_class, AmLibraryPage, item_menu);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_stop_search);
  gtk_widget_class_bind_template_callback (widget_class, on_search_started);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_activated);
}

static gboolean
on_find_pressed (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  return gtk_widget_get_mapped (widget) && gtk_widget_activate_action (widget, "library.search", NULL);
}

/* Wherever in the window the focus is, while this page is shown. */
static void
listen_for_find (AmLibraryPage *self)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_set_scope (GTK_SHORTCUT_CONTROLLER (controller), GTK_SHORTCUT_SCOPE_GLOBAL);
  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (controller),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_f, GDK_CONTROL_MASK),
                        gtk_callback_action_new (on_find_pressed, NULL, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
}

static void
am_library_page_init (AmLibraryPage *self)
{
  self->sort = g_strdup ("name");
  gtk_widget_init_template (GTK_WIDGET (self));

  self->menu = gtk_popover_menu_new_from_model (self->item_menu);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  g_signal_connect_object (self->menu, "closed", G_CALLBACK (am_library_page_menu_closed), self,
                           G_CONNECT_SWAPPED);
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
  am_item_details_set_menu (self->details, self->item_menu);
  gtk_search_entry_set_key_capture_widget (self->search, GTK_WIDGET (self->stack));
  am_library_page_update_item_actions (self);
  listen_for_find (self);
}

static void
make_models (AmLibraryPage *self)
{
  AmLibrary *library = am_workspace_get_library (self->workspace);
  GtkFilterListModel *filtered;

  self->filter = am_library_filter_new ();
  filtered = gtk_filter_list_model_new (G_LIST_MODEL (g_object_ref (library)),
                                        GTK_FILTER (g_object_ref (self->filter)));
  self->sorted = gtk_sort_list_model_new (G_LIST_MODEL (filtered), am_library_sorter_new (self->sort));
  self->selection = gtk_single_selection_new (NULL);
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  gtk_single_selection_set_model (self->selection, G_LIST_MODEL (self->sorted));
}

/* Names and dates are known from the start; the rest may move things. */
static void
on_items_updated (AmLibraryPage *self)
{
  gtk_filter_changed (GTK_FILTER (self->filter), GTK_FILTER_CHANGE_DIFFERENT);
  if (strcmp (self->sort, "name") != 0)
    gtk_sorter_changed (gtk_sort_list_model_get_sorter (self->sorted), GTK_SORTER_CHANGE_DIFFERENT);
  am_library_page_update_item_actions (self);
}

static void
on_view_changed (AmLibraryPage *self)
{
  refresh (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VIEW]);
}

static void
follow (AmLibraryPage *self)
{
  AmLibrary *library = am_workspace_get_library (self->workspace);
  GSettings *settings = am_workspace_get_settings (self->workspace);

  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (on_selected_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (library, "items-updated", G_CALLBACK (on_items_updated), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (library, "notify::is-scanning", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->chips, "notify::family", G_CALLBACK (on_family_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::library-view", G_CALLBACK (on_view_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (settings, "changed::library-folders", G_CALLBACK (refresh), self,
                           G_CONNECT_SWAPPED);
}

void
am_library_page_set_workspace (AmLibraryPage *self, AmWorkspace *workspace)
{
  g_return_if_fail (AM_IS_LIBRARY_PAGE (self) && self->workspace == NULL);

  self->workspace = g_object_ref (workspace);
  make_models (self);
  follow (self);
  am_library_page_set_up_cards (self);
  am_library_page_set_up_drops (self);
  am_family_chips_set_library (self->chips, am_workspace_get_library (workspace));
  am_lost_folders_set_library (self->lost_folders, am_workspace_get_library (workspace),
                               am_workspace_get_settings (workspace));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_VIEW]);
  refresh (self);
}
