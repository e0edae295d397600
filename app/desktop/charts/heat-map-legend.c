#include "charts/heat-map-legend.h"

#include <adwaita.h>

#include "charts/heat-map-draw.h"

#define BAR_HEIGHT 12
#define TICK_HEIGHT 4
#define LEAST_WIDTH 160
#define NATURAL_WIDTH 420
#define N_STEPS 24
#define TICK_GAP 8.0f

struct _AmHeatMapLegend
{
  GtkWidget parent_instance;

  const AmHeatMapData *data;
};

G_DEFINE_FINAL_TYPE (AmHeatMapLegend, am_heat_map_legend, GTK_TYPE_WIDGET)

static void
draw_scale (AmHeatMapLegend *self, GtkSnapshot *snapshot, float width)
{
  gboolean is_dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  gboolean is_mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  GskColorStop stops[N_STEPS + 1];
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, width, BAR_HEIGHT);
  GskRoundedRect outline;

  for (guint i = 0; i <= N_STEPS; i++)
    {
      double position = (double)i / N_STEPS;

      stops[i].offset = (float)position;
      stops[i].color = am_heat_map_get_colour (is_mirrored ? 1 - position : position, is_dark);
    }
  gsk_rounded_rect_init_from_rect (&outline, &bounds, 3);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_linear_gradient (snapshot, &bounds, &GRAPHENE_POINT_INIT (0, 0),
                                       &GRAPHENE_POINT_INIT (width, 0), stops, N_STEPS + 1);
  gtk_snapshot_pop (snapshot);
}

/* Draws one mark with its text unless that would run into the text before, which ended at @edge. */
static void
draw_tick (AmHeatMapLegend *self, GtkSnapshot *snapshot, float width, double tick, float *edge,
           const GdkRGBA *colour)
{
  g_autofree char *text = am_heat_map_data_format_tick (self->data, tick);
  g_autoptr (PangoLayout) layout = am_heat_map_create_layout (GTK_WIDGET (self), text);
  double position = am_value_scale_place (&self->data->scale, tick);
  gboolean is_mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  float at = (float)(is_mirrored ? 1 - position : position) * (width - 1);
  float start;
  int text_width;

  pango_layout_get_pixel_size (layout, &text_width, NULL);
  gtk_snapshot_append_color (snapshot, colour, &GRAPHENE_RECT_INIT (at, BAR_HEIGHT, 1, TICK_HEIGHT));
  start = CLAMP (at - (float)text_width / 2, 0, width - (float)text_width);
  if (is_mirrored ? start + (float)text_width > *edge : start < *edge)
    return;
  *edge = is_mirrored ? start - TICK_GAP : start + (float)text_width + TICK_GAP;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (start, BAR_HEIGHT + TICK_HEIGHT + 1));
  gtk_snapshot_append_layout (snapshot, layout, colour);
  gtk_snapshot_restore (snapshot);
}

static void
am_heat_map_legend_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmHeatMapLegend *self = AM_HEAT_MAP_LEGEND (widget);
  float width = (float)MIN (gtk_widget_get_width (widget), NATURAL_WIDTH);
  GdkRGBA colour = am_heat_map_get_text_colour (widget);
  g_autoptr (GArray) ticks = NULL;
  gboolean is_mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  float edge = is_mirrored ? width : 0;

  if (self->data->n_columns == 0)
    return;
  ticks = am_value_scale_list_ticks (&self->data->scale);
  gtk_snapshot_save (snapshot);
  if (is_mirrored)
    gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)gtk_widget_get_width (widget) - width, 0));
  draw_scale (self, snapshot, width);
  for (guint i = 0; i < ticks->len; i++)
    draw_tick (self, snapshot, width, g_array_index (ticks, double, i), &edge, &colour);
  gtk_snapshot_restore (snapshot);
}

static void
am_heat_map_legend_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                            int *natural, int *minimum_baseline, int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = LEAST_WIDTH;
      *natural = NATURAL_WIDTH;
      return;
    }
  *minimum = *natural = BAR_HEIGHT + TICK_HEIGHT + am_heat_map_get_row_height (widget);
}

static void
am_heat_map_legend_class_init (AmHeatMapLegendClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = am_heat_map_legend_snapshot;
  widget_class->measure = am_heat_map_legend_measure;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
am_heat_map_legend_init (AmHeatMapLegend *self)
{
}

AmHeatMapLegend *
am_heat_map_legend_new (const AmHeatMapData *data)
{
  AmHeatMapLegend *self = g_object_new (AM_TYPE_HEAT_MAP_LEGEND, NULL);

  self->data = data;
  return self;
}

void
am_heat_map_legend_refresh (AmHeatMapLegend *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
