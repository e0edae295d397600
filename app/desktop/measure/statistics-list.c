#include "measure/statistics-list.h"

#include <glib/gi18n.h>

#include "measure/measure-parts.h"

struct _AmStatisticsList
{
  AdwBin parent_instance;

  GtkWidget *list;
  GtkWidget *empty;
  AmStatisticsShelf *shelf;
};

G_DEFINE_FINAL_TYPE (AmStatisticsList, am_statistics_list, ADW_TYPE_BIN)

static void
am_statistics_list_dispose (GObject *object)
{
  g_clear_object (&AM_STATISTICS_LIST (object)->shelf);

  G_OBJECT_CLASS (am_statistics_list_parent_class)->dispose (object);
}

static void
am_statistics_list_class_init (AmStatisticsListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = am_statistics_list_dispose;
}

static void
am_statistics_list_init (AmStatisticsList *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Measured statistics"), -1);
  self->empty = am_measure_note_new (
      _ ("None yet. What is measured here, or put into the folder, is offered by the merge page."));
  gtk_box_append (GTK_BOX (box), self->list);
  gtk_box_append (GTK_BOX (box), self->empty);
  adw_bin_set_child (ADW_BIN (self), box);
}

static void
on_remove_clicked (GtkButton *button, AmStatisticsList *self)
{
  AmStatisticsItem *item = g_object_get_data (G_OBJECT (button), "item");
  g_autoptr (GError) error = NULL;
  gboolean is_removed = am_statistics_shelf_remove (self->shelf, item, &error);

  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s",
                              is_removed ? _ ("Statistics moved to the trash") : error->message);
}

static GtkWidget *
make_button (const char *icon, const char *text)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  return button;
}

static GtkWidget *
make_row (gpointer object, gpointer user_data)
{
  AmStatisticsItem *item = object;
  AmStatisticsList *self = user_data;
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *show = make_button ("folder-open-symbolic", _ ("Show in the file manager"));
  GtkWidget *remove = make_button ("user-trash-symbolic", _ ("Move to the trash"));
  g_autofree char *subtitle = am_statistics_item_dup_subtitle (item);

  g_object_set (row, "use-markup", FALSE, NULL);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), am_statistics_item_get_model_name (item));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_widget_set_tooltip_text (row, am_statistics_item_get_path (item));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (show), "win.show-in-folder");
  gtk_actionable_set_action_target (GTK_ACTIONABLE (show), "s", am_statistics_item_get_path (item));
  g_object_set_data_full (G_OBJECT (remove), "item", g_object_ref (item), g_object_unref);
  g_signal_connect_object (remove, "clicked", G_CALLBACK (on_remove_clicked), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), show);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), remove);
  return row;
}

static void
on_items_changed (AmStatisticsList *self)
{
  gboolean is_empty = g_list_model_get_n_items (G_LIST_MODEL (self->shelf)) == 0;

  gtk_widget_set_visible (self->list, !is_empty);
  gtk_widget_set_visible (self->empty, is_empty);
}

void
am_statistics_list_set_shelf (AmStatisticsList *self, AmStatisticsShelf *shelf)
{
  g_return_if_fail (self->shelf == NULL);

  self->shelf = g_object_ref (shelf);
  gtk_list_box_bind_model (GTK_LIST_BOX (self->list), G_LIST_MODEL (shelf), make_row, self, NULL);
  g_signal_connect_object (shelf, "items-changed", G_CALLBACK (on_items_changed), self, G_CONNECT_SWAPPED);
  on_items_changed (self);
}
