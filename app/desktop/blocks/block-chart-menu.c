/* The chart's menu, and the entry for one bar's number. */
#include "block-chart-private.h"

#include <glib/gi18n.h>
#include <math.h>

#include "amalgam.h"

static GMenu *
build_values_menu (AmBlockChart *self)
{
  GMenu *menu = g_menu_new ();

  for (guint i = 0; i <= 4; i++)
    {
      double value = self->scale.minimum + i * (self->scale.maximum - self->scale.minimum) / 4;
      g_autofree char *number = am_block_value_to_text (value, 3);
      /* Translators: %s is a number, "0.25". */
      g_autofree char *label = g_strdup_printf (_ ("Set to %s"), number);
      g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

      g_menu_item_set_action_and_target_value (item, "bar.set", g_variant_new_double (value));
      g_menu_append_item (menu, item);
    }
  return menu;
}

static GMenu *
build_menu (AmBlockChart *self)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) one = g_menu_new ();
  g_autoptr (GMenu) values = build_values_menu (self);
  g_autoptr (GMenu) many = g_menu_new ();
  g_autoptr (GMenu) numbers = g_menu_new ();

  g_menu_append (one, _ ("_Type a Value…"), "bar.type");
  g_menu_append (one, _ ("_Unset: Use the Ratio"), "bar.unset");
  g_menu_append (many, _ ("Select _Group"), "bar.select-group");
  g_menu_append (many, _ ("Select _All"), "bar.select-all");
  g_menu_append (many, _ ("_Level the Selection"), "bar.level");
  g_menu_append (numbers, _ ("_Copy Numbers"), "blocks.copy");
  g_menu_append (numbers, _ ("_Paste Numbers"), "blocks.paste");
  g_menu_append_section (menu, NULL, G_MENU_MODEL (one));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (values));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (many));
  g_menu_append_section (menu, NULL, G_MENU_MODEL (numbers));
  return menu;
}

/* Column of a bar, for popovers to point at. */
static GdkRectangle
get_column (AmBlockChart *self, guint bar)
{
  double y = am_block_scale_get_y (&self->scale, am_block_values_get_effective (self->values, bar));

  return (GdkRectangle){ (int)am_block_layout_get_centre (self->layout, bar), (int)y, 1, 1 };
}

void
am_block_chart_popup_menu (AmBlockChart *self, guint bar)
{
  g_autoptr (GMenu) menu = build_menu (self);
  GdkRectangle column = get_column (self, bar);

  am_block_chart_end_keying (self);
  am_block_chart_focus_bar (self, bar);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "bar.level", am_block_chart_count_selected (self) > 1);
  if (self->menu == NULL)
    {
      self->menu = gtk_popover_menu_new_from_model (NULL);
      gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
      gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
      gtk_widget_set_parent (self->menu, GTK_WIDGET (self));
    }
  gtk_popover_menu_set_menu_model (GTK_POPOVER_MENU (self->menu), G_MENU_MODEL (menu));
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &column);
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
on_entry_activate (GtkEntry *entry, AmBlockChart *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (entry));
  double value = NAN;

  /* Nothing unsets the bar. */
  if (strspn (text, " ") < strlen (text) && !am_block_value_from_text (text, &value))
    {
      gtk_widget_add_css_class (GTK_WIDGET (entry), "error");
      gtk_accessible_update_state (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_STATE_INVALID,
                                   GTK_ACCESSIBLE_INVALID_TRUE, -1);
      gtk_widget_error_bell (GTK_WIDGET (entry));
      return;
    }
  am_block_chart_set_targets (self, value);
  gtk_popover_popdown (GTK_POPOVER (self->entry_popover));
  am_block_chart_focus_bar (self, self->focused);
}

static void
on_entry_changed (GtkEditable *entry)
{
  gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
  gtk_accessible_reset_state (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_STATE_INVALID);
}

static void
build_entry (AmBlockChart *self)
{
  self->entry = gtk_entry_new ();
  gtk_editable_set_width_chars (GTK_EDITABLE (self->entry), 8);
  gtk_editable_set_max_width_chars (GTK_EDITABLE (self->entry), 8);
  gtk_entry_set_input_purpose (GTK_ENTRY (self->entry), GTK_INPUT_PURPOSE_NUMBER);
  gtk_widget_add_css_class (self->entry, "numeric");
  g_signal_connect (self->entry, "activate", G_CALLBACK (on_entry_activate), self);
  g_signal_connect (self->entry, "changed", G_CALLBACK (on_entry_changed), NULL);
  self->entry_popover = gtk_popover_new ();
  gtk_popover_set_position (GTK_POPOVER (self->entry_popover), GTK_POS_TOP);
  gtk_popover_set_child (GTK_POPOVER (self->entry_popover), self->entry);
  gtk_widget_set_parent (self->entry_popover, GTK_WIDGET (self));
}

void
am_block_chart_popup_entry (AmBlockChart *self, const char *text)
{
  GdkRectangle column = get_column (self, self->focused);
  g_autofree char *number
      = am_block_value_to_text (am_block_values_get_effective (self->values, self->focused), 6);
  const char *name = am_block_values_get_name (self->values, self->focused);
  /* Translators: %s is the name of a block, "IN04", or "Text encoder". */
  g_autofree char *label = g_strdup_printf (_ ("Value of %s"), name);

  am_block_chart_end_keying (self);
  if (self->entry_popover == NULL)
    build_entry (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), name);
  gtk_editable_set_text (GTK_EDITABLE (self->entry), text != NULL ? text : number);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->entry_popover), &column);
  gtk_popover_popup (GTK_POPOVER (self->entry_popover));
  gtk_widget_grab_focus (self->entry);
  gtk_editable_select_region (GTK_EDITABLE (self->entry), text != NULL ? -1 : 0, -1);
}

void
am_block_chart_drop_popovers (AmBlockChart *self)
{
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_pointer (&self->entry_popover, gtk_widget_unparent);
  self->entry = NULL;
}

void
am_block_chart_present_popovers (AmBlockChart *self)
{
  if (self->menu != NULL)
    gtk_popover_present (GTK_POPOVER (self->menu));
  if (self->entry_popover != NULL)
    gtk_popover_present (GTK_POPOVER (self->entry_popover));
}

static void
on_type (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_block_chart_popup_entry (AM_BLOCK_CHART (widget), NULL);
}

static void
on_unset (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_block_chart_set_targets (AM_BLOCK_CHART (widget), NAN);
}

static void
on_set (GtkWidget *widget, const char *action, GVariant *parameter)
{
  am_block_chart_set_targets (AM_BLOCK_CHART (widget), g_variant_get_double (parameter));
}

static void
on_select_all (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmBlockChart *self = AM_BLOCK_CHART (widget);

  am_block_chart_select_range (self, 0, self->bars->len);
}

static void
on_select_group (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmBlockChart *self = AM_BLOCK_CHART (widget);
  const AmBlockGroup *group = am_block_layout_find_group (self->layout, self->focused);

  if (group != NULL)
    am_block_chart_select_range (self, group->first, group->first + group->n - 1);
}

/* All selected bars get the mean of their values. */
static void
on_level (GtkWidget *widget, const char *action, GVariant *parameter)
{
  AmBlockChart *self = AM_BLOCK_CHART (widget);
  double sum = 0;
  guint n = 0;

  for (guint i = 0; i < self->bars->len; i++)
    if (am_block_chart_is_target (self, i))
      {
        sum += am_block_values_get_effective (self->values, i);
        n++;
      }
  if (n > 0)
    am_block_chart_set_targets (self, am_block_value_round (sum / n, 0.001));
}

void
am_block_chart_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "bar.type", NULL, on_type);
  gtk_widget_class_install_action (widget_class, "bar.unset", NULL, on_unset);
  gtk_widget_class_install_action (widget_class, "bar.set", "d", on_set);
  gtk_widget_class_install_action (widget_class, "bar.select-all", NULL, on_select_all);
  gtk_widget_class_install_action (widget_class, "bar.select-group", NULL, on_select_group);
  gtk_widget_class_install_action (widget_class, "bar.level", NULL, on_level);
}
