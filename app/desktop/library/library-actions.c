#include "library-page-private.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"
#include "base/path-text.h"

static const char *const item_actions[]
    = { "library.add-to-merge", "library.use-as-base", "library.compare-first",  "library.compare-second",
        "library.measure",      "library.set-preview", "library.show-in-folder", "library.copy-hash",
        "library.copy-path",    "library.menu" };

/* Those that need a checkpoint which can be read. */
#define N_READY_ACTIONS 5

static const char *
get_path (GtkWidget *widget)
{
  AmLibraryItem *item = am_library_page_get_selected (AM_LIBRARY_PAGE (widget));

  return item != NULL ? am_library_item_get_path (item) : NULL;
}

static void
send_path (GtkWidget *widget, const char *action)
{
  const char *path = get_path (widget);
  g_autofree char *refusal = path != NULL && !am_path_is_text (path) ? am_path_dup_refusal (path) : NULL;

  if (refusal != NULL)
    gtk_widget_activate_action (widget, "win.toast", "s", refusal);
  else if (path != NULL)
    gtk_widget_activate_action (widget, action, "s", path);
}

static void
add_to_merge (GtkWidget *widget, const char *action, GVariant *parameter)
{
  send_path (widget, "win.add-model");
}

static void
use_as_base (GtkWidget *widget, const char *action, GVariant *parameter)
{
  send_path (widget, "win.add-base");
}

static void
load_recipe (GtkWidget *widget, const char *action, GVariant *parameter)
{
  send_path (widget, "win.load-recipe");
}

static void
show_in_folder (GtkWidget *widget, const char *action, GVariant *parameter)
{
  send_path (widget, "win.show-in-folder");
}

static void
compare_first (GtkWidget *widget, const char *action, GVariant *parameter)
{
  if (get_path (widget) != NULL)
    gtk_widget_activate_action (widget, "win.compare", "(ss)", get_path (widget), "");
}

static void
compare_second (GtkWidget *widget, const char *action, GVariant *parameter)
{
  if (get_path (widget) != NULL)
    gtk_widget_activate_action (widget, "win.compare", "(ss)", "", get_path (widget));
}

static void
measure (GtkWidget *widget, const char *action, GVariant *parameter)
{
  send_path (widget, "win.measure");
}

static void
copy_hash (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_item_details_copy_hash (AM_LIBRARY_PAGE (widget)->details);
}

static void
copy_path (GtkWidget *widget, const char *action, GVariant *parameter)
{
  if (get_path (widget) == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (widget), get_path (widget));
  gtk_widget_activate_action (widget, "win.toast", "s", _ ("Path copied"));
}

typedef struct
{
  AmLibraryPage *page;
  AmLibraryItem *item;
} PreviewRequest;

static void
on_picture_chosen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  PreviewRequest *request = user_data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && paths[0] != NULL)
    am_library_page_set_preview (request->page, request->item, paths[0]);
  g_object_unref (request->page);
  g_object_unref (request->item);
  g_free (request);
}

static void
set_preview (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmLibraryItem *item = am_library_page_get_selected (AM_LIBRARY_PAGE (widget));
  PreviewRequest *request;

  if (item == NULL)
    return;
  request = g_new0 (PreviewRequest, 1);
  request->page = g_object_ref (AM_LIBRARY_PAGE (widget));
  request->item = g_object_ref (item);
  am_choose_files_async (widget, _ ("Choose a preview picture"), AM_FILES_PICTURES, FALSE, NULL,
                         on_picture_chosen, request);
}

static GtkWidget *
find_view (AmLibraryPage *self)
{
  return g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "list") == 0 ? GTK_WIDGET (self->list)
                                                                                 : GTK_WIDGET (self->grid);
}

static void
show_menu (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmLibraryPage *self = AM_LIBRARY_PAGE (widget);
  GtkWidget *focus = gtk_widget_get_focus_child (find_view (self));

  am_library_page_show_menu (self, focus != NULL ? focus : find_view (self), NULL);
}

void
am_library_page_class_install_item_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "library.add-to-merge", NULL, add_to_merge);
  gtk_widget_class_install_action (widget_class, "library.use-as-base", NULL, use_as_base);
  gtk_widget_class_install_action (widget_class, "library.compare-first", NULL, compare_first);
  gtk_widget_class_install_action (widget_class, "library.compare-second", NULL, compare_second);
  gtk_widget_class_install_action (widget_class, "library.measure", NULL, measure);
  gtk_widget_class_install_action (widget_class, "library.load-recipe", NULL, load_recipe);
  gtk_widget_class_install_action (widget_class, "library.set-preview", NULL, set_preview);
  gtk_widget_class_install_action (widget_class, "library.show-in-folder", NULL, show_in_folder);
  gtk_widget_class_install_action (widget_class, "library.copy-hash", NULL, copy_hash);
  gtk_widget_class_install_action (widget_class, "library.copy-path", NULL, copy_path);
  gtk_widget_class_install_action (widget_class, "library.menu", NULL, show_menu);
}

void
am_library_page_update_item_actions (AmLibraryPage *self)
{
  AmLibraryItem *item = am_library_page_get_selected (self);
  gboolean is_ready = item != NULL && am_library_item_get_state (item) == AM_ITEM_READY;

  for (guint i = 0; i < G_N_ELEMENTS (item_actions); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), item_actions[i],
                                   i < N_READY_ACTIONS ? is_ready : item != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "library.load-recipe",
                                 is_ready && am_library_item_is_merge (item));
}

void
am_library_page_show_menu (AmLibraryPage *self, GtkWidget *widget, const graphene_point_t *at)
{
  GdkRectangle area = { 0, 0, 1, 1 };
  double x = at != NULL ? at->x : gtk_widget_get_width (widget) / 2.0;
  double y = at != NULL ? at->y : gtk_widget_get_height (widget) / 2.0;

  if (am_library_page_get_selected (self) == NULL
      || !gtk_widget_translate_coordinates (widget, GTK_WIDGET (self), x, y, &x, &y))
    return;
  area.x = (int)x;
  area.y = (int)y;
  g_set_weak_pointer (&self->menu_focus, gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self))));
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &area);
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

void
am_library_page_menu_closed (AmLibraryPage *self)
{
  if (self->menu_focus != NULL && gtk_widget_get_mapped (self->menu_focus))
    gtk_widget_grab_focus (self->menu_focus);
  g_clear_weak_pointer (&self->menu_focus);
}
