/* Focus and selection of the chart's bars. */
#include "block-chart-private.h"

void
am_block_chart_focus_bar (AmBlockChart *self, guint bar)
{
  if (bar >= self->bars->len)
    return;
  self->focused = bar;
  gtk_widget_grab_focus (g_ptr_array_index (self->bars, bar));
}

void
am_block_chart_select_range (AmBlockChart *self, guint first, guint last)
{
  for (guint i = 0; i < self->bars->len; i++)
    am_block_bar_set_is_selected (g_ptr_array_index (self->bars, i),
                                  i >= MIN (first, last) && i <= MAX (first, last));
}

void
am_block_chart_select_none (AmBlockChart *self)
{
  for (guint i = 0; i < self->bars->len; i++)
    am_block_bar_set_is_selected (g_ptr_array_index (self->bars, i), FALSE);
}

void
am_block_chart_toggle (AmBlockChart *self, guint bar)
{
  AmBlockBar *child = g_ptr_array_index (self->bars, bar);

  am_block_bar_set_is_selected (child, !am_block_bar_get_is_selected (child));
  self->anchor = bar;
}

guint
am_block_chart_count_selected (AmBlockChart *self)
{
  guint n = 0;

  for (guint i = 0; i < self->bars->len; i++)
    n += am_block_bar_get_is_selected (g_ptr_array_index (self->bars, i)) ? 1 : 0;
  return n;
}

gboolean
am_block_chart_is_target (AmBlockChart *self, guint bar)
{
  if (am_block_chart_count_selected (self) == 0)
    return bar == self->focused;
  return am_block_bar_get_is_selected (g_ptr_array_index (self->bars, bar));
}

void
am_block_chart_set_targets (AmBlockChart *self, double value)
{
  g_autofree double *values = g_new (double, self->bars->len + 1);

  for (guint i = 0; i < self->bars->len; i++)
    values[i] = am_block_chart_is_target (self, i) ? value : am_block_values_get (self->values, i);
  am_block_values_begin_edit (self->values);
  am_block_values_set_all (self->values, values);
  am_block_values_end_edit (self->values);
}
