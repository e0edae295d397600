#include "block-layout.h"

#include <math.h>

#define PADDING 4.0f    /* inside a group's panel, at either side */
#define GAP 5.0f        /* between groups */
#define EXTRA_GAP 14.0f /* before the bars that are no blocks */

static void
add_group (AmBlockLayout *layout, AmBlockValues *values, guint bar, gboolean is_extra)
{
  AmBlockGroup group = { .first = bar, .n = 1, .is_extra = is_extra };

  group.title
      = is_extra ? am_block_values_get_short_name (values, bar) : am_block_values_get_group (values, bar);
  g_array_append_val (layout->groups, group);
}

static AmBlockGroup *
get_group (const AmBlockLayout *layout, guint index)
{
  return &g_array_index (layout->groups, AmBlockGroup, index);
}

/* Extra bars are a group each, so that each has its name above it. */
static void
list_groups (AmBlockLayout *layout, AmBlockValues *values)
{
  for (guint i = 0; i < am_block_values_get_n_bars (values); i++)
    {
      const char *title = am_block_values_get_group (values, i);

      if (title[0] == '\0')
        add_group (layout, values, i, TRUE);
      else if (layout->groups->len == 0 || get_group (layout, layout->groups->len - 1)->title != title)
        add_group (layout, values, i, FALSE);
      else
        get_group (layout, layout->groups->len - 1)->n++;
    }
}

AmBlockLayout *
am_block_layout_new (AmBlockValues *values)
{
  AmBlockLayout *layout = g_new0 (AmBlockLayout, 1);
  guint n = am_block_values_get_n_bars (values);

  layout->groups = g_array_new (FALSE, TRUE, sizeof (AmBlockGroup));
  layout->centres = g_array_new (FALSE, TRUE, sizeof (float));
  layout->widths = g_array_new (FALSE, TRUE, sizeof (float));
  g_array_set_size (layout->centres, n);
  g_array_set_size (layout->widths, n);
  list_groups (layout, values);
  return layout;
}

void
am_block_layout_free (AmBlockLayout *layout)
{
  if (layout == NULL)
    return;
  g_array_unref (layout->groups);
  g_array_unref (layout->centres);
  g_array_unref (layout->widths);
  g_free (layout);
}

guint
am_block_layout_get_n_bars (const AmBlockLayout *layout)
{
  return layout->centres->len;
}

static float
get_gap (const AmBlockLayout *layout, guint index)
{
  if (index == 0)
    return 0;
  return get_group (layout, index)->is_extra && !get_group (layout, index - 1)->is_extra ? EXTRA_GAP : GAP;
}

static float
get_group_width (const AmBlockGroup *group, float pitch)
{
  return MAX ((float)group->n * pitch, group->title_width) + 2 * PADDING;
}

float
am_block_layout_get_width (const AmBlockLayout *layout, float pitch)
{
  float width = 0;

  for (guint i = 0; i < layout->groups->len; i++)
    width += get_gap (layout, i) + get_group_width (get_group (layout, i), pitch);
  return width;
}

/* The widest pitch that fits: the width grows with the pitch, at a rate that changes where headings stop to
 * be wider than their bars. */
static float
find_pitch (const AmBlockLayout *layout, float width, float max_pitch)
{
  float low = 1, high = max_pitch;

  if (am_block_layout_get_width (layout, max_pitch) <= width)
    return max_pitch;
  for (guint i = 0; i < 24; i++)
    {
      float middle = (low + high) / 2;

      if (am_block_layout_get_width (layout, middle) <= width)
        low = middle;
      else
        high = middle;
    }
  return low;
}

static void
place_group (AmBlockLayout *layout, AmBlockGroup *group, float x)
{
  float column;

  group->x = x;
  group->width = get_group_width (group, layout->pitch);
  column = (group->width - 2 * PADDING) / (float)group->n;
  for (guint i = 0; i < group->n; i++)
    {
      g_array_index (layout->centres, float, group->first + i) = x + PADDING + ((float)i + 0.5f) * column;
      g_array_index (layout->widths, float, group->first + i) = column;
    }
}

void
am_block_layout_fit (AmBlockLayout *layout, float width, float max_pitch)
{
  float x;

  layout->pitch = find_pitch (layout, width, max_pitch);
  x = MAX (0, floorf ((width - am_block_layout_get_width (layout, layout->pitch)) / 2));
  for (guint i = 0; i < layout->groups->len; i++)
    {
      x += get_gap (layout, i);
      place_group (layout, get_group (layout, i), x);
      x += get_group (layout, i)->width;
    }
}

float
am_block_layout_get_centre (const AmBlockLayout *layout, guint bar)
{
  return g_array_index (layout->centres, float, bar);
}

static double
get_distance (const AmBlockLayout *layout, guint bar, double x)
{
  return fabs (x - am_block_layout_get_centre (layout, bar)) - g_array_index (layout->widths, float, bar) / 2;
}

guint
am_block_layout_find (const AmBlockLayout *layout, double x)
{
  guint best = 0;

  for (guint i = 1; i < am_block_layout_get_n_bars (layout); i++)
    if (get_distance (layout, i, x) < get_distance (layout, best, x))
      best = i;
  return best;
}

const AmBlockGroup *
am_block_layout_find_group (const AmBlockLayout *layout, guint bar)
{
  for (guint i = 0; i < layout->groups->len; i++)
    if (bar < get_group (layout, i)->first + get_group (layout, i)->n)
      return get_group (layout, i);
  return NULL;
}

void
am_block_layout_sweep (const AmBlockLayout *layout, double from_x, double from_value, double to_x,
                       double to_value, double *values)
{
  for (guint i = 0; i < am_block_layout_get_n_bars (layout); i++)
    {
      double centre = am_block_layout_get_centre (layout, i);
      double share = from_x == to_x ? -1 : (centre - from_x) / (to_x - from_x);

      if (share >= 0 && share <= 1)
        values[i] = from_value + share * (to_value - from_value);
    }
  if (am_block_layout_get_n_bars (layout) > 0)
    values[am_block_layout_find (layout, to_x)] = to_value;
}
