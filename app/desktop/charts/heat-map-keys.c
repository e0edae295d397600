#include "charts/heat-map-grid.h"

/* Rows that Page Up and Page Down leap. */
#define PAGE 4

static GtkDirectionType
get_direction (gint down, gint right)
{
  if (down != 0)
    return down < 0 ? GTK_DIR_UP : GTK_DIR_DOWN;
  return right < 0 ? GTK_DIR_LEFT : GTK_DIR_RIGHT;
}

static gboolean
move_cursor (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  AmHeatMapGrid *grid = AM_HEAT_MAP_GRID (widget);
  const AmHeatMapData *data = am_heat_map_grid_get_data (grid);
  gint old_row = am_heat_map_grid_get_cursor_row (grid),
       old_column = am_heat_map_grid_get_cursor_column (grid);
  gint down, right, across, row, column;

  g_variant_get (arguments, "(ii)", &down, &right);
  if (data->n_columns == 0 || data->n_rows == 0)
    return FALSE;
  across = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? -right : right;
  row = CLAMP (old_row + down, 0, (gint)data->n_rows - 1);
  column = CLAMP (old_column + across, 0, (gint)data->n_columns - 1);
  if (row == old_row && column == old_column)
    return gtk_widget_keynav_failed (widget, get_direction (down, right));
  am_heat_map_grid_set_cursor (grid, row, column);
  return TRUE;
}

/* To the ends of the row: not mirrored. */
static gboolean
move_to_end (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  AmHeatMapGrid *grid = AM_HEAT_MAP_GRID (widget);
  const AmHeatMapData *data = am_heat_map_grid_get_data (grid);

  if (data->n_columns == 0 || data->n_rows == 0)
    return FALSE;
  am_heat_map_grid_set_cursor (grid, MAX (am_heat_map_grid_get_cursor_row (grid), 0),
                               g_variant_get_boolean (arguments) ? (gint)data->n_columns - 1 : 0);
  return TRUE;
}

static gboolean
activate (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  am_heat_map_grid_activate (AM_HEAT_MAP_GRID (widget));
  return TRUE;
}

static void
bind_key (GtkWidgetClass *klass, guint key, guint keypad_key, gint down, gint right)
{
  gtk_widget_class_add_binding (klass, key, 0, move_cursor, "(ii)", down, right);
  gtk_widget_class_add_binding (klass, keypad_key, 0, move_cursor, "(ii)", down, right);
}

void
am_heat_map_grid_bind_keys (GtkWidgetClass *klass)
{
  bind_key (klass, GDK_KEY_Left, GDK_KEY_KP_Left, 0, -1);
  bind_key (klass, GDK_KEY_Right, GDK_KEY_KP_Right, 0, 1);
  bind_key (klass, GDK_KEY_Up, GDK_KEY_KP_Up, -1, 0);
  bind_key (klass, GDK_KEY_Down, GDK_KEY_KP_Down, 1, 0);
  bind_key (klass, GDK_KEY_Page_Up, GDK_KEY_KP_Page_Up, -PAGE, 0);
  bind_key (klass, GDK_KEY_Page_Down, GDK_KEY_KP_Page_Down, PAGE, 0);
  gtk_widget_class_add_binding (klass, GDK_KEY_Home, 0, move_to_end, "b", FALSE);
  gtk_widget_class_add_binding (klass, GDK_KEY_End, 0, move_to_end, "b", TRUE);
  gtk_widget_class_add_binding (klass, GDK_KEY_Return, 0, activate, NULL);
  gtk_widget_class_add_binding (klass, GDK_KEY_KP_Enter, 0, activate, NULL);
  gtk_widget_class_add_binding (klass, GDK_KEY_space, 0, activate, NULL);
}
