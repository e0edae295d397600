/* Adding task vectors up: every variant gives the formula's bits. */
#include "variants.h"

#define N_VECTORS 3
#define ROOM 160

/* Small integers, so that draws and zeros are common, and a few values that are no numbers or no zero of the
 * common sign. */
static double
next_value (guint vector, gsize index)
{
  guint32 hash = (guint32)(vector * 7919 + index * 104729 + 12345) * 2654435761u;
  double value = (double)(hash >> 16 & 7) - 3;

  if (index % 41 == 7 && vector == 1)
    return NAN;
  if (index % 53 == 9)
    return vector == 2 ? -INFINITY : 1.5;
  return hash >> 28 == 0 ? -0.0 : hash >> 28 < 8 ? value : value / 3;
}

#define REAL float
#define NAME(stem) stem##_float
#include "check-combine.h"
#undef REAL
#undef NAME

#define REAL double
#define NAME(stem) stem##_double
#include "check-combine.h"
#undef REAL
#undef NAME

static void
check_all (const AmKernels *kernels)
{
  static const double weights[][N_VECTORS] = { { 1, 1, 1 }, { 0.7, -0.3, 0.1 }, { 0.5, 2, -2.5 } };
  static const double votes[N_VECTORS] = { 1, 1, 1 };
  static const gsize lengths[] = { 0, 1, 3, 4, 7, 8, 15, 16, 17, 33, 64, 100, 150 };

  for (guint setting = 0; setting < 36; setting++)
    {
      const double *weight = weights[setting % 3];
      AmCombination combination = {
        .n = N_VECTORS,
        .factor = weight,
        .vote = setting % 2 == 0 ? weight : votes,
        .weight = weight,
        .election = (AmCombineElection)(setting / 3 % 3),
        .normalize = setting / 9 % 2 == 0,
        .lambda = setting < 18 ? 1 : 0.3,
      };

      for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
        {
          check_combination_float (kernels, &combination, lengths[i], i % 3);
          check_combination_double (kernels, &combination, lengths[i], i % 3);
        }
    }
}

static void
test_combine (void)
{
  g_assert_cmpuint (for_each_variant (check_all), >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/kernels/combine", test_combine);
  return g_test_run ();
}
