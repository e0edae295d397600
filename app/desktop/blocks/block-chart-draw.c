/* What the chart draws around its bars: panels, lines, names and numbers. */
#include "block-chart-private.h"

#include <math.h>

#include "blocks/block-paint.h"

#define LINE_GAP 4.0f

static float
get_text_width (PangoLayout *layout)
{
  int width;

  pango_layout_get_pixel_size (layout, &width, NULL);
  return (float)width;
}

void
am_block_chart_drop_texts (AmBlockChart *self)
{
  g_ptr_array_set_size (self->titles, 0);
  g_ptr_array_set_size (self->numbers, 0);
  g_ptr_array_set_size (self->readings, 0);
  g_clear_object (&self->label);
}

static void
write_titles (AmBlockChart *self)
{
  for (guint i = 0; i < self->layout->groups->len; i++)
    {
      AmBlockGroup *group = &g_array_index (self->layout->groups, AmBlockGroup, i);
      PangoLayout *title = am_block_text_new (GTK_WIDGET (self), group->title, TRUE);

      group->title_width = get_text_width (title);
      g_ptr_array_add (self->titles, title);
    }
}

/* The two figures of a block's name; the whole name stands above its group. */
static void
write_numbers (AmBlockChart *self)
{
  for (guint i = 0; i < self->bars->len; i++)
    {
      gboolean is_alone = am_block_layout_find_group (self->layout, i)->n == 1;
      const char *name = am_block_values_get_name (self->values, i);
      const char *number = is_alone ? "" : name + strlen (am_block_values_get_group (self->values, i));

      g_ptr_array_add (self->numbers, am_block_text_new (GTK_WIDGET (self), number, FALSE));
      g_ptr_array_add (self->readings, am_block_text_new (GTK_WIDGET (self), "", FALSE));
    }
}

void
am_block_chart_measure_texts (AmBlockChart *self)
{
  int height;

  if (self->layout == NULL || self->label != NULL)
    return;
  write_titles (self);
  write_numbers (self);
  self->label = am_block_text_new (GTK_WIDGET (self), "0", TRUE);
  pango_layout_get_pixel_size (self->label, NULL, &height);
  self->text_height = (float)height;
  pango_layout_set_text (self->label, "0.00", -1);
  self->reading_width = get_text_width (self->label);
}

/* Headings, then values above full bars. */
float
am_block_chart_get_head (AmBlockChart *self)
{
  return 2 * self->text_height + 3 * LINE_GAP;
}

float
am_block_chart_get_extra_height (AmBlockChart *self)
{
  return am_block_chart_get_head (self) + self->text_height + 3 * LINE_GAP;
}

static void
paint_panel (AmBlockChart *self, GtkSnapshot *snapshot, const AmBlockGroup *group, PangoLayout *title)
{
  GtkWidget *widget = GTK_WIDGET (self);
  float height = (float)gtk_widget_get_height (widget);
  graphene_rect_t rect = GRAPHENE_RECT_INIT (group->x, 0, group->width, height);
  GdkRGBA colour = am_block_foreground (widget, 0.04f);

  am_block_paint_rounded (snapshot, &rect, 9, &colour);
  colour = am_block_foreground (widget, group->is_extra ? 0.7f : 0.9f);
  am_block_paint_text (snapshot, title, roundf (group->x + (group->width - get_text_width (title)) / 2),
                       LINE_GAP, &colour);
}

static void
paint_lines (AmBlockChart *self, GtkSnapshot *snapshot, const AmBlockGroup *group)
{
  double step = am_block_scale_get_step (&self->scale);
  double first = ceil (self->scale.minimum / step - 1e-9) * step;

  for (double value = first; value <= self->scale.maximum + step / 1000; value += step)
    {
      float alpha = fabs (value - am_block_scale_get_origin (&self->scale)) < step / 1000 ? 0.35f : 0.12f;
      GdkRGBA colour = am_block_foreground (GTK_WIDGET (self), alpha);
      float y = floorf (am_block_scale_get_y (&self->scale, value));

      gtk_snapshot_append_color (snapshot, &colour, &GRAPHENE_RECT_INIT (group->x, y, group->width, 1));
    }
}

/* Every number where there is room, else every second, fifth or tenth. */
static guint
get_number_step (AmBlockChart *self)
{
  static const guint steps[] = { 1, 2, 5, 10 };
  float width = 0;

  for (guint i = 0; i < self->numbers->len; i++)
    width = MAX (width, get_text_width (g_ptr_array_index (self->numbers, i)));
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if ((float)steps[i] * self->layout->pitch >= width + 3)
      return steps[i];
  return 20;
}

static void
paint_numbers (AmBlockChart *self, GtkSnapshot *snapshot)
{
  guint step = get_number_step (self);
  float y = (float)gtk_widget_get_height (GTK_WIDGET (self)) - self->text_height - LINE_GAP;

  for (guint i = 0; i < self->numbers->len; i++)
    {
      PangoLayout *number = g_ptr_array_index (self->numbers, i);
      guint place = i - am_block_layout_find_group (self->layout, i)->first;
      gboolean is_current = i == self->focused && gtk_widget_has_focus (g_ptr_array_index (self->bars, i));
      GdkRGBA colour = am_block_foreground (GTK_WIDGET (self), is_current ? 1 : 0.65f);

      if (place % step == 0)
        am_block_paint_text (
            snapshot, number,
            roundf (am_block_layout_get_centre (self->layout, i) - get_text_width (number) / 2), y, &colour);
    }
}

/* Whether the value of a bar stands above it, and where. */
static float
get_reading_y (AmBlockChart *self, guint bar)
{
  float y = am_block_scale_get_y (&self->scale, am_block_values_get_effective (self->values, bar));
  float origin = am_block_scale_get_y (&self->scale, am_block_scale_get_origin (&self->scale));

  return floorf (MIN (y, origin) - self->text_height - AM_BLOCK_BAR_MARGIN);
}

static void
update_reading (AmBlockChart *self, guint bar)
{
  PangoLayout *reading = g_ptr_array_index (self->readings, bar);
  g_autofree char *text = am_block_value_to_text (am_block_values_get_effective (self->values, bar), 2);

  if (g_strcmp0 (text, pango_layout_get_text (reading)) != 0)
    pango_layout_set_text (reading, text, -1);
}

static void
paint_readings (AmBlockChart *self, GtkSnapshot *snapshot)
{
  gboolean has_room = self->layout->pitch >= self->reading_width + 2;

  for (guint i = 0; i < self->readings->len; i++)
    {
      PangoLayout *reading = g_ptr_array_index (self->readings, i);
      double value = am_block_values_get_effective (self->values, i);
      gboolean is_set = !isnan (am_block_values_get (self->values, i));
      GdkRGBA colour = am_block_foreground (GTK_WIDGET (self), is_set ? 0.95f : 0.55f);

      /* A bar that ends at the edge of the chart does not show its value otherwise. */
      if (!has_room && value >= self->scale.minimum && value <= self->scale.maximum)
        continue;
      update_reading (self, i);
      am_block_paint_text (
          snapshot, reading,
          roundf (am_block_layout_get_centre (self->layout, i) - get_text_width (reading) / 2),
          get_reading_y (self, i), &colour);
    }
}

/* Name and value of the bar under the pointer, or else of the one with the focus, on a ground of their own.
 * */
static void
paint_label (AmBlockChart *self, GtkSnapshot *snapshot, guint bar)
{
  g_autofree char *number = am_block_value_to_text (am_block_values_get_effective (self->values, bar), 3);
  g_autofree char *text = g_strdup_printf ("%s  %s", am_block_values_get_name (self->values, bar), number);

  pango_layout_set_text (self->label, text, -1);
  am_block_paint_label (snapshot, GTK_WIDGET (self), self->label,
                        am_block_layout_get_centre (self->layout, bar), get_reading_y (self, bar) - 3);
}

static gint
get_labelled (AmBlockChart *self)
{
  if (self->curve != NULL)
    return -1;
  if (self->stroke != AM_STROKE_NONE)
    return (gint)am_block_layout_find (self->layout, self->last_x);
  if (self->hovered >= 0)
    return self->hovered;
  return gtk_widget_get_focus_child (GTK_WIDGET (self)) != NULL ? (gint)self->focused : -1;
}

void
am_block_chart_paint (GtkWidget *widget, GtkSnapshot *snapshot)
{
  AmBlockChart *self = AM_BLOCK_CHART (widget);
  gint labelled;

  if (self->layout == NULL || self->bars->len == 0)
    return;
  am_block_chart_measure_texts (self);
  for (guint i = 0; i < self->layout->groups->len; i++)
    {
      const AmBlockGroup *group = &g_array_index (self->layout->groups, AmBlockGroup, i);

      paint_panel (self, snapshot, group, g_ptr_array_index (self->titles, i));
      paint_lines (self, snapshot, group);
    }
  for (guint i = 0; i < self->bars->len; i++)
    gtk_widget_snapshot_child (widget, g_ptr_array_index (self->bars, i), snapshot);
  paint_numbers (self, snapshot);
  if (self->curve != NULL)
    gtk_widget_snapshot_child (widget, GTK_WIDGET (self->curve), snapshot);
  else
    paint_readings (self, snapshot);
  labelled = get_labelled (self);
  if (labelled >= 0 && labelled < (gint)self->bars->len)
    paint_label (self, snapshot, (guint)labelled);
}
