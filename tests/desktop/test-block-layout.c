/* Geometry of the block weights chart: places, scales, strokes and the curve. */
#include "desktop-support.h"

#include <math.h>

#include "blocks/block-layout.h"
#include "blocks/block-scale.h"
#include "blocks/monotone-curve.h"

static AmBlockLayout *
layout_new (AmFamily family)
{
  g_autoptr (AmBlockValues) values = am_block_values_new ();

  am_block_values_set_layout (values, family, am_family_get_blocks (family), "title");
  return am_block_layout_new (values);
}

static const AmBlockGroup *
get_group (const AmBlockLayout *layout, guint index)
{
  return &g_array_index (layout->groups, AmBlockGroup, index);
}

static void
test_groups (void)
{
  static const char *const titles[] = { "BASE", "IN", "M", "OUT", "TIME", "TE", "VAE" };
  static const guint sizes[] = { 1, 12, 1, 12, 1, 1, 1 };
  g_autoptr (AmBlockLayout) layout = layout_new (AM_FAMILY_SD1);
  g_autoptr (AmBlockLayout) flux = layout_new (AM_FAMILY_FLUX);

  g_assert_cmpuint (layout->groups->len, ==, G_N_ELEMENTS (titles));
  for (guint i = 0; i < layout->groups->len; i++)
    {
      g_assert_cmpstr (get_group (layout, i)->title, ==, titles[i]);
      g_assert_cmpuint (get_group (layout, i)->n, ==, sizes[i]);
      g_assert_cmpint (get_group (layout, i)->is_extra, ==, i >= 4);
    }
  g_assert_cmpuint (flux->groups->len, ==, 6);
  g_assert_cmpuint (get_group (flux, 4)->n, ==, 38);
  g_assert_true (am_block_layout_find_group (flux, 60) == get_group (flux, 5));
}

/* Bars follow each other without overlap, inside the width. */
static void
check_places (AmFamily family, float width)
{
  g_autoptr (AmBlockLayout) layout = layout_new (family);
  float end = 0;

  for (guint i = 0; i < layout->groups->len; i++)
    g_array_index (layout->groups, AmBlockGroup, i).title_width = 26;
  am_block_layout_fit (layout, width, 44);
  for (guint i = 0; i < am_block_layout_get_n_bars (layout); i++)
    {
      float half = g_array_index (layout->widths, float, i) / 2;
      float centre = am_block_layout_get_centre (layout, i);

      g_assert_cmpfloat (half, >, 1);
      g_assert_cmpfloat (centre - half, >=, end - 0.01f);
      end = centre + half;
      g_assert_cmpuint (am_block_layout_find (layout, centre), ==, i);
    }
  g_assert_cmpfloat (end, <=, width);
}

static void
test_places (void)
{
  check_places (AM_FAMILY_SD1, 300);
  check_places (AM_FAMILY_SD1, 1000);
  check_places (AM_FAMILY_SDXL, 300);
  check_places (AM_FAMILY_FLUX, 1000);
  check_places (AM_FAMILY_SD3, 4000);
}

static void
test_pitch (void)
{
  g_autoptr (AmBlockLayout) layout = layout_new (AM_FAMILY_SD1);

  am_block_layout_fit (layout, am_block_layout_get_width (layout, 13), 44);
  g_assert_cmpfloat_with_epsilon (layout->pitch, 13, 0.01);
  am_block_layout_fit (layout, 5000, 44);
  g_assert_cmpfloat (layout->pitch, ==, 44);
}

/* Two motions of a fast pointer leave no bar behind. */
static void
test_sweep (void)
{
  g_autoptr (AmBlockLayout) layout = layout_new (AM_FAMILY_SD1);
  double values[29];
  double from, to;

  am_block_layout_fit (layout, 900, 44);
  from = am_block_layout_get_centre (layout, 1);
  to = am_block_layout_get_centre (layout, 11);
  for (guint i = 0; i < 29; i++)
    values[i] = NAN;
  am_block_layout_sweep (layout, from, 0, to, 1, values);
  g_assert_true (isnan (values[0]));
  g_assert_true (isnan (values[12]));
  for (guint i = 1; i <= 11; i++)
    g_assert_cmpfloat_with_epsilon (values[i], (i - 1) / 10.0, 1e-6);

  am_block_layout_sweep (layout, to, 0.5, from, 0.5, values);
  for (guint i = 1; i <= 11; i++)
    g_assert_cmpfloat (values[i], ==, 0.5);

  /* Within one column only its own bar changes. */
  am_block_layout_sweep (layout, from + 2, 0.1, from + 4, 0.2, values);
  g_assert_cmpfloat (values[1], ==, 0.2);
  g_assert_cmpfloat (values[2], ==, 0.5);
}

static void
test_scale (void)
{
  AmBlockScale scale = { .minimum = -1, .maximum = 1, .top = 10, .bottom = 210 };

  g_assert_cmpfloat (am_block_scale_get_y (&scale, 0), ==, 110);
  g_assert_cmpfloat (am_block_scale_get_y (&scale, 7), ==, 10);
  g_assert_cmpfloat (am_block_scale_get_value (&scale, 60), ==, 0.5);
  g_assert_cmpfloat (am_block_scale_get_value (&scale, 9999), ==, -1);
  g_assert_cmpfloat (am_block_scale_get_origin (&scale), ==, 0);
  scale.minimum = 0.5;
  g_assert_cmpfloat (am_block_scale_get_origin (&scale), ==, 0.5);
}

static void
test_step (void)
{
  static const double rows[][3]
      = { { 0, 1, 0.25 }, { -1, 1, 0.5 }, { 0, 2, 0.5 }, { 0, 10, 2.5 }, { 0, 0.1, 0.025 }, { 1, 1, 1 } };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      AmBlockScale scale = { .minimum = rows[i][0], .maximum = rows[i][1] };

      g_assert_cmpfloat_with_epsilon (am_block_scale_get_step (&scale), rows[i][2], 1e-12);
    }
}

static void
test_value_text (void)
{
  static const struct
  {
    double value;
    int digits;
    const char *text;
  } rows[] = {
    { 0.25, 2, "0.25" }, { 1, 2, "1" }, { -0.001, 2, "0" }, { 0.916666, 3, "0.917" }, { -1.5, 3, "-1.5" }
  };
  double value;

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = am_block_value_to_text (rows[i].value, rows[i].digits);

      g_assert_cmpstr (text, ==, rows[i].text);
    }
  g_assert_true (am_block_value_from_text (" 0,75 ", &value));
  g_assert_cmpfloat (value, ==, 0.75);
  g_assert_true (am_block_value_from_text ("-.5", &value));
  g_assert_cmpfloat (value, ==, -0.5);
  g_assert_false (am_block_value_from_text ("", &value));
  g_assert_false (am_block_value_from_text ("0.5x", &value));
  g_assert_false (am_block_value_from_text ("inf", &value));
  g_assert_cmpfloat (am_block_value_round (0.1 + 0.2, 0.01), ==, 0.3);
}

/* Through its knots, and never beyond the two at either side. */
static void
test_curve (void)
{
  static const AmCurveKnot knots[]
      = { { 0, 1 }, { 2, 0.2 }, { 3, 0.2 }, { 7, 0.9 }, { 7.5, 0 }, { 12, 0.4 } };
  const guint n = G_N_ELEMENTS (knots);

  for (guint i = 0; i < n; i++)
    g_assert_cmpfloat_with_epsilon (am_monotone_curve_get (knots, n, knots[i].x), knots[i].y, 1e-12);
  for (guint i = 0; i + 1 < n; i++)
    {
      double last = knots[i].y;
      double sign = knots[i + 1].y >= knots[i].y ? 1 : -1;

      for (guint j = 0; j <= 100; j++)
        {
          double x = knots[i].x + j / 100.0 * (knots[i + 1].x - knots[i].x);
          double y = am_monotone_curve_get (knots, n, x);

          g_assert_cmpfloat (sign * (y - last), >=, -1e-12);
          last = y;
        }
    }
  g_assert_cmpfloat (am_monotone_curve_get (knots, n, -3), ==, 1);
  g_assert_cmpfloat (am_monotone_curve_get (knots, n, 99), ==, 0.4);
  g_assert_cmpfloat (am_monotone_curve_get (knots, 1, 5), ==, 1);
}

/* Between three points on a line it is that line. */
static void
test_curve_is_straight (void)
{
  static const AmCurveKnot knots[] = { { 0, 0 }, { 4, 0.4 }, { 10, 1 } };

  for (guint i = 0; i <= 10; i++)
    g_assert_cmpfloat_with_epsilon (am_monotone_curve_get (knots, 3, i), i / 10.0, 1e-12);
}

int
main (int argc, char **argv)
{
  desktop_test_init (&argc, &argv);

  g_test_add_func ("/block-layout/groups", test_groups);
  g_test_add_func ("/block-layout/places", test_places);
  g_test_add_func ("/block-layout/pitch", test_pitch);
  g_test_add_func ("/block-layout/sweep", test_sweep);
  g_test_add_func ("/block-layout/scale", test_scale);
  g_test_add_func ("/block-layout/step", test_step);
  g_test_add_func ("/block-layout/value-text", test_value_text);
  g_test_add_func ("/block-layout/curve", test_curve);
  g_test_add_func ("/block-layout/curve-is-straight", test_curve_is_straight);
  return g_test_run ();
}
