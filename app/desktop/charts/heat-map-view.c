#include "charts/heat-map-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "base/unparent-children.h"
#include "charts/column-scroller.h"
#include "charts/heat-map-data.h"
#include "charts/heat-map-grid.h"
#include "charts/heat-map-legend.h"
#include "charts/heat-map-names.h"

struct _AmHeatMapView
{
  GtkWidget parent_instance;

  AmHeatMapData data;
  char *label;

  AmHeatMapNames *names;
  AmHeatMapGrid *grid;
  AmHeatMapLegend *legend;
  GtkScrolledWindow *scrolled;
  GtkLabel *caption;
};

enum
{
  PROP_LABEL = 1,
  PROP_SELECTED_ROW,
  PROP_SELECTED_COLUMN,
  N_PROPS
};

enum
{
  SIGNAL_CELL_ACTIVATED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (AmHeatMapView, am_heat_map_view, GTK_TYPE_WIDGET)

static void
am_heat_map_view_dispose (GObject *object)
{
  am_unparent_children (GTK_WIDGET (object));

  G_OBJECT_CLASS (am_heat_map_view_parent_class)->dispose (object);
}

static void
am_heat_map_view_finalize (GObject *object)
{
  AmHeatMapView *self = AM_HEAT_MAP_VIEW (object);

  am_heat_map_data_clear (&self->data);
  g_free (self->label);

  G_OBJECT_CLASS (am_heat_map_view_parent_class)->finalize (object);
}

static void
am_heat_map_view_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  AmHeatMapView *self = AM_HEAT_MAP_VIEW (object);

  switch (id)
    {
    case PROP_LABEL:
      g_value_set_string (value, self->label);
      break;
    case PROP_SELECTED_ROW:
      g_value_set_int (value, am_heat_map_view_get_selected_row (self));
      break;
    case PROP_SELECTED_COLUMN:
      g_value_set_int (value, am_heat_map_view_get_selected_column (self));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
am_heat_map_view_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  if (id == PROP_LABEL)
    am_heat_map_view_set_label (AM_HEAT_MAP_VIEW (object), g_value_get_string (value));
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
am_heat_map_view_class_init (AmHeatMapViewClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->dispose = am_heat_map_view_dispose;
  object_class->finalize = am_heat_map_view_finalize;
  object_class->get_property = am_heat_map_view_get_property;
  object_class->set_property = am_heat_map_view_set_property;

  properties[PROP_LABEL] = g_param_spec_string ("label", NULL, NULL, NULL, flags | G_PARAM_WRITABLE);
  properties[PROP_SELECTED_ROW] = g_param_spec_int ("selected-row", NULL, NULL, -1, G_MAXINT, -1, flags);
  properties[PROP_SELECTED_COLUMN]
      = g_param_spec_int ("selected-column", NULL, NULL, -1, G_MAXINT, -1, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_CELL_ACTIVATED]
      = g_signal_new ("cell-activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_UINT, G_TYPE_UINT);

  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_css_name (widget_class, "heatmap");
}

static void
scroll_to_cursor (AmHeatMapView *self)
{
  am_column_scroller_show (self->scrolled, am_heat_map_grid_get_cursor_column (self->grid),
                           self->data.n_columns);
}

static void
show_cursor (AmHeatMapView *self)
{
  scroll_to_cursor (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED_ROW]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SELECTED_COLUMN]);
}

static void
forward_activation (AmHeatMapView *self, guint row, guint column)
{
  g_signal_emit (self, signals[SIGNAL_CELL_ACTIVATED], 0, row, column);
}

/* Colours are the data's own, not the theme's. */
static void
redraw (AmHeatMapView *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self->grid));
  gtk_widget_queue_draw (GTK_WIDGET (self->legend));
}

static void
lay_out (AmHeatMapView *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  GtkWidget *map = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  gtk_box_append (GTK_BOX (map), GTK_WIDGET (self->names));
  gtk_box_append (GTK_BOX (map), GTK_WIDGET (self->scrolled));
  g_object_set (gtk_widget_get_layout_manager (widget), "orientation", GTK_ORIENTATION_VERTICAL, "spacing", 4,
                NULL);
  gtk_widget_set_parent (map, widget);
  gtk_widget_set_parent (GTK_WIDGET (self->caption), widget);
  gtk_widget_set_parent (GTK_WIDGET (self->legend), widget);
}

static void
am_heat_map_view_init (AmHeatMapView *self)
{
  self->names = am_heat_map_names_new (&self->data);
  self->grid = am_heat_map_grid_new (&self->data);
  self->legend = am_heat_map_legend_new (&self->data);
  self->caption = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_wrap (self->caption, TRUE);
  gtk_label_set_xalign (self->caption, 0);
  gtk_widget_add_css_class (GTK_WIDGET (self->caption), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->caption), "dim-label");
  self->scrolled = am_column_scroller_new (GTK_WIDGET (self->grid));
  lay_out (self);

  g_signal_connect_object (gtk_scrolled_window_get_hadjustment (self->scrolled), "changed",
                           G_CALLBACK (scroll_to_cursor), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (self->grid, "cursor-moved", G_CALLBACK (show_cursor), self);
  g_signal_connect_swapped (self->grid, "cell-activated", G_CALLBACK (forward_activation), self);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (redraw), self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
am_heat_map_view_new (void)
{
  return g_object_new (AM_TYPE_HEAT_MAP_VIEW, NULL);
}

static void
set_caption (AmHeatMapView *self)
{
  g_autofree char *text = NULL;

  if (self->label == NULL || self->data.n_columns == 0)
    text = g_strdup (self->label != NULL ? self->label : "");
  else if (self->data.scale.is_logarithmic)
    /* Translators: below a heat map: what its values are. */
    text = g_strdup_printf (_ ("%s, logarithmic scale. Cells with a dash are empty."), self->label);
  else
    /* Translators: below a heat map: what its values are. */
    text = g_strdup_printf (_ ("%s, linear scale. Cells with a dash are empty."), self->label);
  gtk_label_set_text (self->caption, text);
}

static void
refresh (AmHeatMapView *self)
{
  am_heat_map_names_refresh (self->names);
  am_heat_map_grid_refresh (self->grid);
  am_heat_map_legend_refresh (self->legend);
  set_caption (self);
}

void
am_heat_map_view_set_data (AmHeatMapView *self, const char *const *columns, const char *const *rows,
                           const double *values)
{
  g_return_if_fail (AM_IS_HEAT_MAP_VIEW (self) && columns != NULL && rows != NULL);

  if (g_strv_length ((char **)columns) != self->data.n_columns
      || g_strv_length ((char **)rows) != self->data.n_rows)
    am_heat_map_grid_set_cursor (self->grid, -1, -1);
  am_heat_map_data_set (&self->data, columns, rows, values);
  refresh (self);
}

void
am_heat_map_view_set_format (AmHeatMapView *self, AmHeatMapFormat format, gpointer user_data,
                             GDestroyNotify destroy)
{
  g_return_if_fail (AM_IS_HEAT_MAP_VIEW (self));

  if (self->data.format_destroy != NULL)
    self->data.format_destroy (self->data.format_data);
  self->data.format = format;
  self->data.format_data = user_data;
  self->data.format_destroy = destroy;
  refresh (self);
}

void
am_heat_map_view_set_describe (AmHeatMapView *self, AmHeatMapDescribe describe, gpointer user_data,
                               GDestroyNotify destroy)
{
  g_return_if_fail (AM_IS_HEAT_MAP_VIEW (self));

  if (self->data.describe_destroy != NULL)
    self->data.describe_destroy (self->data.describe_data);
  self->data.describe = describe;
  self->data.describe_data = user_data;
  self->data.describe_destroy = destroy;
}

void
am_heat_map_view_set_label (AmHeatMapView *self, const char *label)
{
  g_return_if_fail (AM_IS_HEAT_MAP_VIEW (self));

  if (g_strcmp0 (self->label, label) == 0)
    return;
  g_free (self->label);
  self->label = g_strdup (label);
  set_caption (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->grid), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label != NULL ? label : "", -1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_LABEL]);
}

void
am_heat_map_view_select (AmHeatMapView *self, gint row, gint column)
{
  g_return_if_fail (AM_IS_HEAT_MAP_VIEW (self));

  if ((row == -1 && column == -1)
      || (row >= 0 && column >= 0 && row < (gint)self->data.n_rows && column < (gint)self->data.n_columns))
    am_heat_map_grid_set_cursor (self->grid, row, column);
}

gint
am_heat_map_view_get_selected_row (AmHeatMapView *self)
{
  return am_heat_map_grid_get_cursor_row (self->grid);
}

gint
am_heat_map_view_get_selected_column (AmHeatMapView *self)
{
  return am_heat_map_grid_get_cursor_column (self->grid);
}
