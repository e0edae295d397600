#include "charts/heat-map-names.h"

#include "charts/heat-map-draw.h"

struct _AmHeatMapNames
{
  GtkWidget parent_instance;

  const AmHeatMapData *data;
  GPtrArray *layouts; /* one for each row; empty until needed */
};

G_DEFINE_FINAL_TYPE (AmHeatMapNames, am_heat_map_names, GTK_TYPE_WIDGET)

static void
ensure_layouts (AmHeatMapNames *self)
{
  for (guint i = self->layouts->len; i < self->data->n_rows; i++)
    g_ptr_array_add (self->layouts, am_heat_map_create_layout (GTK_WIDGET (self), self->data->rows[i]));
}

/* Rows are counted from below, where grid and names end together. */
static void
am_heat_map_names_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmHeatMapNames *self = AM_HEAT_MAP_NAMES (widget);
  GdkRGBA colour = am_heat_map_get_text_colour (widget);
  int row_height = am_heat_map_get_row_height (widget);
  int foot = gtk_widget_get_height (widget) - AM_HEAT_MAP_BOTTOM;

  ensure_layouts (self);
  for (guint i = 0; i < self->layouts->len; i++)
    {
      int top = foot - (int)(self->layouts->len - i) * row_height;
      int width, height, x;

      pango_layout_get_pixel_size (self->layouts->pdata[i], &width, &height);
      x = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL ? 0 : gtk_widget_get_width (widget) - width;
      gtk_snapshot_save (snapshot);
      gtk_snapshot_translate (snapshot,
                              &GRAPHENE_POINT_INIT ((float)x, (float)(top + (row_height - height) / 2)));
      gtk_snapshot_append_layout (snapshot, self->layouts->pdata[i], &colour);
      gtk_snapshot_restore (snapshot);
    }
}

static void
am_heat_map_names_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                           int *natural, int *minimum_baseline, int *natural_baseline)
{
  AmHeatMapNames *self = AM_HEAT_MAP_NAMES (widget);
  int widest = 0;

  ensure_layouts (self);
  for (guint i = 0; i < self->layouts->len; i++)
    {
      int width;

      pango_layout_get_pixel_size (self->layouts->pdata[i], &width, NULL);
      widest = MAX (widest, width);
    }
  *minimum = *natural
      = orientation == GTK_ORIENTATION_HORIZONTAL
            ? widest
            : (int)self->layouts->len * am_heat_map_get_row_height (widget) + AM_HEAT_MAP_BOTTOM;
}

static void
am_heat_map_names_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (am_heat_map_names_parent_class)->css_changed (widget, change);

  g_ptr_array_set_size (AM_HEAT_MAP_NAMES (widget)->layouts, 0);
}

static void
am_heat_map_names_finalize (GObject *object)
{
  g_ptr_array_unref (AM_HEAT_MAP_NAMES (object)->layouts);

  G_OBJECT_CLASS (am_heat_map_names_parent_class)->finalize (object);
}

static void
am_heat_map_names_class_init (AmHeatMapNamesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = am_heat_map_names_finalize;
  widget_class->snapshot = am_heat_map_names_snapshot;
  widget_class->measure = am_heat_map_names_measure;
  widget_class->css_changed = am_heat_map_names_css_changed;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
am_heat_map_names_init (AmHeatMapNames *self)
{
  self->layouts = g_ptr_array_new_with_free_func (g_object_unref);
}

AmHeatMapNames *
am_heat_map_names_new (const AmHeatMapData *data)
{
  AmHeatMapNames *self = g_object_new (AM_TYPE_HEAT_MAP_NAMES, NULL);

  self->data = data;
  return self;
}

void
am_heat_map_names_refresh (AmHeatMapNames *self)
{
  g_ptr_array_set_size (self->layouts, 0);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}
