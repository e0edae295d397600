#include "charts/heat-map-grid.h"

#include <adwaita.h>
#include <math.h>

#include "charts/heat-map-draw.h"

#define GAP 2.0f
#define RING 2.0f
#define LEAST_CELL 22
#define NAME_GAP 4

struct _AmHeatMapGrid
{
  GtkWidget parent_instance;

  const AmHeatMapData *data;
  gint row, column; /* of the cursor, or -1 */
  gint hover_row, hover_column;

  /* Made when first drawn, thrown away when the data or the style change. */
  PangoLayout **names;
  PangoLayout **values;
  guint n_columns, n_rows;
  int name_width, name_height; /* of the widest column name */
  int value_width;
  int row_height;
};

enum
{
  SIGNAL_CURSOR_MOVED,
  SIGNAL_CELL_ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmHeatMapGrid, am_heat_map_grid, GTK_TYPE_WIDGET)

static void
clear_layouts (PangoLayout ***layouts, guint n)
{
  for (guint i = 0; *layouts != NULL && i < n; i++)
    g_clear_object (&(*layouts)[i]);
  g_clear_pointer (layouts, g_free);
}

static void
drop_layouts (AmHeatMapGrid *self)
{
  clear_layouts (&self->names, self->n_columns);
  clear_layouts (&self->values, self->n_columns * self->n_rows);
}

static void
widen (PangoLayout *layout, int *width, int *height)
{
  int w, h;

  pango_layout_get_pixel_size (layout, &w, &h);
  *width = MAX (*width, w);
  *height = MAX (*height, h);
}

static void
make_layouts (AmHeatMapGrid *self)
{
  const AmHeatMapData *data = self->data;
  int value_height = 0;

  self->n_columns = data->n_columns;
  self->n_rows = data->n_rows;
  self->names = g_new0 (PangoLayout *, self->n_columns + 1);
  self->values = g_new0 (PangoLayout *, self->n_columns * self->n_rows + 1);
  self->name_width = self->name_height = self->value_width = 0;
  self->row_height = am_heat_map_get_row_height (GTK_WIDGET (self));
  for (guint i = 0; i < self->n_columns; i++)
    {
      self->names[i] = am_heat_map_create_layout (GTK_WIDGET (self), data->columns[i]);
      widen (self->names[i], &self->name_width, &self->name_height);
    }
  for (guint i = 0; i < self->n_columns * self->n_rows; i++)
    {
      g_autofree char *text
          = isnan (data->values[i]) ? NULL : am_heat_map_data_format (data, data->values[i]);

      if (text == NULL)
        continue;
      self->values[i] = am_heat_map_create_layout (GTK_WIDGET (self), text);
      widen (self->values[i], &self->value_width, &value_height);
    }
}

static void
ensure_layouts (AmHeatMapGrid *self)
{
  if (self->names == NULL)
    make_layouts (self);
}

/* Names of columns stand upright where they are wider than the narrowest column. */
static int
get_header_height (AmHeatMapGrid *self)
{
  ensure_layouts (self);
  return (self->name_width > LEAST_CELL - NAME_GAP ? self->name_width : self->name_height) + NAME_GAP;
}

static float
get_cell_width (AmHeatMapGrid *self)
{
  return self->data->n_columns > 0
             ? (float)gtk_widget_get_width (GTK_WIDGET (self)) / (float)self->data->n_columns
             : 0;
}

static graphene_rect_t
get_cell (AmHeatMapGrid *self, guint row, guint column)
{
  float width = get_cell_width (self);
  float header = (float)get_header_height (self);
  float height = (float)self->row_height;
  guint place = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL
                    ? self->data->n_columns - 1 - column
                    : column;

  return GRAPHENE_RECT_INIT ((float)place * width + GAP / 2, header + (float)row * height + GAP / 2,
                             width - GAP, height - GAP);
}

static gboolean
find_cell (AmHeatMapGrid *self, double x, double y, gint *row, gint *column)
{
  double width = get_cell_width (self);
  double top = get_header_height (self);

  *row = *column = -1;
  if (width <= 0 || x < 0 || y < top)
    return FALSE;
  *row = (gint)((y - top) / self->row_height);
  *column = (gint)(x / width);
  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    *column = (gint)self->data->n_columns - 1 - *column;
  if (*row < (gint)self->data->n_rows && *column >= 0 && *column < (gint)self->data->n_columns)
    return TRUE;
  *row = *column = -1;
  return FALSE;
}

static void
draw_name (AmHeatMapGrid *self, GtkSnapshot *snapshot, guint column, const GdkRGBA *colour)
{
  graphene_rect_t cell = get_cell (self, 0, column);
  int width, height;
  float middle = cell.origin.x + cell.size.width / 2, foot = cell.origin.y - NAME_GAP / 2;

  pango_layout_get_pixel_size (self->names[column], &width, &height);
  gtk_snapshot_save (snapshot);
  if (self->name_width > cell.size.width)
    {
      gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (middle - (float)height / 2, foot));
      gtk_snapshot_rotate (snapshot, -90);
    }
  else
    gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (middle - (float)width / 2, foot - (float)height));
  gtk_snapshot_append_layout (snapshot, self->names[column], colour);
  gtk_snapshot_restore (snapshot);
}

static void
draw_cell (AmHeatMapGrid *self, GtkSnapshot *snapshot, guint row, guint column, gboolean has_text,
           const GdkRGBA *text_colour)
{
  graphene_rect_t cell = get_cell (self, row, column);
  double value = am_heat_map_data_get (self->data, row, column);
  PangoLayout *layout = self->values[row * self->n_columns + column];
  GdkRGBA colour, ink;

  if (isnan (value))
    {
      am_heat_map_draw_empty (snapshot, &cell, text_colour);
      return;
    }
  colour = am_heat_map_get_colour (am_value_scale_place (&self->data->scale, value),
                                   adw_style_manager_get_dark (adw_style_manager_get_default ()));
  gtk_snapshot_append_color (snapshot, &colour, &cell);
  if (!has_text)
    return;
  ink = am_heat_map_get_ink (&colour);
  am_heat_map_draw_text (snapshot, layout, &cell, &ink);
}

/* Two rings, dark and light, so that one of them stands out from any colour. */
static void
draw_cursor (AmHeatMapGrid *self, GtkSnapshot *snapshot)
{
  gboolean is_dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  const GdkRGBA outer = is_dark ? (GdkRGBA){ 1, 1, 1, 1 } : (GdkRGBA){ 0, 0, 0, 1 };
  const GdkRGBA inner = is_dark ? (GdkRGBA){ 0, 0, 0, 1 } : (GdkRGBA){ 1, 1, 1, 1 };
  graphene_rect_t cell;

  if (self->hover_row >= 0 && (self->hover_row != self->row || self->hover_column != self->column))
    {
      cell = get_cell (self, (guint)self->hover_row, (guint)self->hover_column);
      am_heat_map_draw_ring (snapshot, &cell, -1, 1, &outer);
    }
  if (self->row < 0)
    return;
  cell = get_cell (self, (guint)self->row, (guint)self->column);
  am_heat_map_draw_ring (snapshot, &cell, -GAP / 2, RING, &outer);
  am_heat_map_draw_ring (snapshot, &cell, RING - GAP / 2, gtk_widget_has_focus (GTK_WIDGET (self)) ? RING : 1,
                         &inner);
}

static void
am_heat_map_grid_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmHeatMapGrid *self = AM_HEAT_MAP_GRID (widget);
  GdkRGBA colour = am_heat_map_get_text_colour (widget);
  gboolean has_text;

  ensure_layouts (self);
  has_text = (float)self->value_width <= get_cell_width (self) - GAP;
  for (guint column = 0; column < self->n_columns && self->n_rows > 0; column++)
    {
      draw_name (self, snapshot, column, &colour);
      for (guint row = 0; row < self->n_rows; row++)
        draw_cell (self, snapshot, row, column, has_text, &colour);
    }
  draw_cursor (self, snapshot);
}

static void
am_heat_map_grid_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                          int *natural, int *minimum_baseline, int *natural_baseline)
{
  AmHeatMapGrid *self = AM_HEAT_MAP_GRID (widget);
  int n_columns = (int)self->data->n_columns;

  ensure_layouts (self);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = n_columns * LEAST_CELL;
      *natural = n_columns * MAX (LEAST_CELL, MAX (self->name_width, self->value_width) + 8);
    }
  else
    *minimum = *natural
        = get_header_height (self) + (int)self->data->n_rows * self->row_height + AM_HEAT_MAP_BOTTOM;
}

static void
am_heat_map_grid_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (am_heat_map_grid_parent_class)->css_changed (widget, change);

  drop_layouts (AM_HEAT_MAP_GRID (widget));
}

static gboolean
query_tooltip (GtkWidget *widget, int x, int y, gboolean is_keyboard, GtkTooltip *tooltip)
{
  AmHeatMapGrid *self = AM_HEAT_MAP_GRID (widget);
  g_autofree char *text = NULL;
  graphene_rect_t cell;
  gint row = self->row, column = self->column;

  if (!is_keyboard)
    find_cell (self, x, y, &row, &column);
  if (row < 0)
    return FALSE;
  cell = get_cell (self, (guint)row, (guint)column);
  text = am_heat_map_data_describe (self->data, (guint)row, (guint)column);
  gtk_tooltip_set_text (tooltip, text);
  gtk_tooltip_set_tip_area (tooltip, &(GdkRectangle){ (int)cell.origin.x, (int)cell.origin.y,
                                                      (int)cell.size.width, (int)cell.size.height });
  return TRUE;
}

void
am_heat_map_grid_activate (AmHeatMapGrid *self)
{
  if (self->row >= 0 && !isnan (am_heat_map_data_get (self->data, (guint)self->row, (guint)self->column)))
    g_signal_emit (self, signals[SIGNAL_CELL_ACTIVATED], 0, (guint)self->row, (guint)self->column);
}

static void
on_pressed (GtkGestureClick *gesture, int n_press, double x, double y, AmHeatMapGrid *self)
{
  gint row, column;

  gtk_widget_grab_focus (GTK_WIDGET (self));
  if (!find_cell (self, x, y, &row, &column))
    return;
  am_heat_map_grid_set_cursor (self, row, column);
  am_heat_map_grid_activate (self);
}

static void
set_hover (AmHeatMapGrid *self, gint row, gint column)
{
  if (self->hover_row == row && self->hover_column == column)
    return;
  self->hover_row = row;
  self->hover_column = column;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
on_motion (GtkEventControllerMotion *motion, double x, double y, AmHeatMapGrid *self)
{
  gint row, column;

  find_cell (self, x, y, &row, &column);
  set_hover (self, row, column);
}

static void
on_leave (GtkEventControllerMotion *motion, AmHeatMapGrid *self)
{
  set_hover (self, -1, -1);
}

/* The keyboard finds the first cell there is. */
static void
on_focus (GtkEventControllerFocus *focus, AmHeatMapGrid *self)
{
  if (self->row < 0 && self->data->n_columns > 0 && self->data->n_rows > 0)
    am_heat_map_grid_set_cursor (self, 0, 0);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
am_heat_map_grid_dispose (GObject *object)
{
  drop_layouts (AM_HEAT_MAP_GRID (object));

  G_OBJECT_CLASS (am_heat_map_grid_parent_class)->dispose (object);
}

static void
am_heat_map_grid_class_init (AmHeatMapGridClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = am_heat_map_grid_dispose;
  widget_class->snapshot = am_heat_map_grid_snapshot;
  widget_class->measure = am_heat_map_grid_measure;
  widget_class->css_changed = am_heat_map_grid_css_changed;
  widget_class->query_tooltip = query_tooltip;

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  am_heat_map_grid_bind_keys (widget_class);

  signals[SIGNAL_CURSOR_MOVED] = g_signal_new ("cursor-moved", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                               0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_CELL_ACTIVATED]
      = g_signal_new ("cell-activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);
}

static void
am_heat_map_grid_init (AmHeatMapGrid *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->row = self->column = self->hover_row = self->hover_column = -1;
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
  g_signal_connect (motion, "motion", G_CALLBACK (on_motion), self);
  g_signal_connect (motion, "leave", G_CALLBACK (on_leave), self);
  g_signal_connect (focus, "enter", G_CALLBACK (on_focus), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (gtk_widget_queue_draw), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}

AmHeatMapGrid *
am_heat_map_grid_new (const AmHeatMapData *data)
{
  AmHeatMapGrid *self = g_object_new (AM_TYPE_HEAT_MAP_GRID, NULL);

  self->data = data;
  return self;
}

/* Nothing announces text before GTK 4.14, but screen readers speak a change of the focused object's
 * description. */
static void
describe (AmHeatMapGrid *self)
{
  g_autofree char *text = NULL;

  if (self->row >= 0)
    text = am_heat_map_data_describe (self->data, (guint)self->row, (guint)self->column);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text != NULL ? text : "", GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT,
                                  text != NULL ? text : "", -1);
}

void
am_heat_map_grid_refresh (AmHeatMapGrid *self)
{
  drop_layouts (self);
  self->hover_row = self->hover_column = -1;
  describe (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
am_heat_map_grid_set_cursor (AmHeatMapGrid *self, gint row, gint column)
{
  if (self->row == row && self->column == column)
    return;
  self->row = row;
  self->column = column;
  describe (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_signal_emit (self, signals[SIGNAL_CURSOR_MOVED], 0);
}

gint
am_heat_map_grid_get_cursor_row (AmHeatMapGrid *self)
{
  return self->row;
}

gint
am_heat_map_grid_get_cursor_column (AmHeatMapGrid *self)
{
  return self->column;
}

const AmHeatMapData *
am_heat_map_grid_get_data (AmHeatMapGrid *self)
{
  return self->data;
}
