/* Ranks by digits against ranks counted one by one. */
#include <math.h>

#include "methods/magnitude-ranks.h"

/* Of both ways to sort, and of rows that fill the numbers of a digit or not. */
static const gsize lengths[] = { 0, 1, 2, 3, 39, 40, 41, 255, 256, 257, 1000 };
static const gsize strides[] = { 1, 9 };

/* Bit patterns, since NaN compares with nothing. */
static guint64
get_magnitude (double value, gboolean is_double)
{
  union
  {
    double value;
    guint64 pattern;
  } wide = { fabs (value) };
  union
  {
    float value;
    guint32 pattern;
  } single = { fabsf ((float)value) };

  return is_double ? wide.pattern : single.pattern;
}

static gsize
count_before (const double *values, gsize n, gsize index, gboolean is_double)
{
  guint64 magnitude = get_magnitude (values[index], is_double);
  gsize rank = 0;

  for (gsize i = 0; i < n; i++)
    {
      guint64 other = get_magnitude (values[i], is_double);

      rank += other < magnitude || (other == magnitude && i < index);
    }
  return rank;
}

static void
assert_ranks (const double *values, gsize n, gsize stride, gboolean is_double)
{
  g_autofree AmRanked *room = g_new (AmRanked, 2 * n + 1);
  g_autofree double *wide = g_new (double, n *stride + 1);
  g_autofree float *single = g_new (float, n *stride + 1);
  const AmRanked *ranked;

  for (gsize i = 0; i < n * stride; i++)
    {
      wide[i] = i % stride == 0 ? values[i / stride] : (double)i;
      single[i] = (float)wide[i];
    }
  ranked = am_rank_magnitudes (is_double ? (gpointer)wide : single, stride, n, is_double, room);
  for (gsize i = 0; i < n; i++)
    {
      g_assert_cmpuint (ranked[i].index, <, n);
      g_assert_cmpuint (count_before (values, n, ranked[i].index, is_double), ==, i);
    }
}

static void
assert_all_ranks (double (*draw) (GRand *rand))
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (20);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree double *values = g_new (double, lengths[i] + 1);

      for (gsize j = 0; j < lengths[i]; j++)
        values[j] = draw (rand);
      for (guint j = 0; j < G_N_ELEMENTS (strides); j++)
        {
          assert_ranks (values, lengths[i], strides[j], FALSE);
          assert_ranks (values, lengths[i], strides[j], TRUE);
        }
    }
}

static double
draw_any (GRand *rand)
{
  return ldexp (g_rand_double_range (rand, -1, 1), g_rand_int_range (rand, -140, 120));
}

static double
draw_tie (GRand *rand)
{
  return g_rand_int_range (rand, -3, 4) / 8.0;
}

static double
draw_same (GRand *rand)
{
  return g_rand_boolean (rand) ? 0.3 : -0.3;
}

static double
draw_special (GRand *rand)
{
  static const double special[]
      = { 0, -0.0, NAN, -NAN, INFINITY, -INFINITY, 0x1p-149, -0x1p-149, 0x1.fffffep127, -0x1.fffffep127, 1 };

  return special[g_rand_int_range (rand, 0, G_N_ELEMENTS (special))];
}

static void
test_any (void)
{
  assert_all_ranks (draw_any);
}

static void
test_ties (void)
{
  assert_all_ranks (draw_tie);
}

static void
test_same (void)
{
  assert_all_ranks (draw_same);
}

static void
test_special (void)
{
  assert_all_ranks (draw_special);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/magnitude-ranks/any", test_any);
  g_test_add_func ("/magnitude-ranks/ties", test_ties);
  g_test_add_func ("/magnitude-ranks/same", test_same);
  g_test_add_func ("/magnitude-ranks/special", test_special);
  return g_test_run ();
}
