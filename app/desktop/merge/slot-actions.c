/* What can be done with a slot, by button, key and menu. */
#include "slot-row-private.h"

#include <glib/gi18n.h>

#include "base/file-dialogs.h"

static void
on_files_chosen (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (AmSlotRow) self = data;
  g_auto (GStrv) paths = am_choose_files_finish (result);

  if (paths != NULL && gtk_widget_get_root (GTK_WIDGET (self)) != NULL)
    am_draft_set_path (self->draft, self->slot, paths[0]);
}

static void
open_file (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmSlotRow *self = AM_SLOT_ROW (widget);
  g_autofree char *folder
      = am_slot_row_is_empty (self) ? NULL : g_path_get_dirname (am_draft_get_path (self->draft, self->slot));

  am_choose_files_async (widget, _ ("Choose a Model"), AM_FILES_CHECKPOINTS, FALSE, folder, on_files_chosen,
                         g_object_ref (self));
}

static void
clear (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmSlotRow *self = AM_SLOT_ROW (widget);

  am_draft_set_path (self->draft, self->slot, "");
}

static void
remove_slot (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmSlotRow *self = AM_SLOT_ROW (widget);

  am_draft_remove_slot (self->draft, self->slot);
}

/* The focus goes along with the model. */
static void
move (AmSlotRow *self, gint step)
{
  GtkListBox *list = GTK_LIST_BOX (gtk_widget_get_parent (GTK_WIDGET (self)));
  GtkListBoxRow *other
      = gtk_list_box_get_row_at_index (list, gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (self)) + step);

  am_draft_swap_slots (self->draft, self->slot, self->slot + (guint)step);
  if (other != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (other));
}

static void
move_up (GtkWidget *widget, const char *action, GVariant *parameter)
{
  move (AM_SLOT_ROW (widget), -1);
}

static void
move_down (GtkWidget *widget, const char *action, GVariant *parameter)
{
  move (AM_SLOT_ROW (widget), 1);
}

static void
choose (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_slot_row_choose (AM_SLOT_ROW (widget));
}

void
am_slot_row_show_menu (AmSlotRow *self, const GdkRectangle *where)
{
  if (self->context_menu == NULL)
    {
      self->context_menu = gtk_popover_menu_new_from_model (self->menu);
      gtk_widget_set_parent (self->context_menu, GTK_WIDGET (self));
      gtk_popover_set_has_arrow (GTK_POPOVER (self->context_menu), FALSE);
      gtk_widget_set_halign (self->context_menu, GTK_ALIGN_START);
    }
  gtk_popover_set_pointing_to (GTK_POPOVER (self->context_menu), where);
  gtk_popover_popup (GTK_POPOVER (self->context_menu));
}

static gboolean
on_menu_key (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);

  am_slot_row_show_menu (AM_SLOT_ROW (widget), &(GdkRectangle){ width / 2, height / 2, 1, 1 });
  return TRUE;
}

void
am_slot_row_class_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "slot.open", NULL, open_file);
  gtk_widget_class_install_action (widget_class, "slot.choose", NULL, choose);
  gtk_widget_class_install_action (widget_class, "slot.clear", NULL, clear);
  gtk_widget_class_install_action (widget_class, "slot.remove", NULL, remove_slot);
  gtk_widget_class_install_action (widget_class, "slot.up", NULL, move_up);
  gtk_widget_class_install_action (widget_class, "slot.down", NULL, move_down);

  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Delete, 0, "slot.clear", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Up, GDK_ALT_MASK, "slot.up", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_Down, GDK_ALT_MASK, "slot.down", NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, on_menu_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, on_menu_key, NULL);
}
