/* What tests of alignment share: a small perceptron, and the same one with its units in another order. */
#pragma once

#include "fixture-checkpoint.h"

#define PERCEPTRON_UNITS 32
#define PERCEPTRON_INPUTS 12
#define PERCEPTRON_OUTPUTS 4

/* Unit i of the first layer stands at place (i + shift) modulo their number; the rest follows, so that the
 * network computes the same whatever @shift is. Returns: the path; (transfer full). */
static inline char *
perceptron_write (const char *folder, const char *name, guint shift)
{
  g_autoptr (Fixture) fixture = fixture_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  double first[PERCEPTRON_UNITS * PERCEPTRON_INPUTS], bias[PERCEPTRON_UNITS];
  double second[PERCEPTRON_OUTPUTS * PERCEPTRON_UNITS];

  for (guint i = 0; i < PERCEPTRON_UNITS; i++)
    {
      guint place = (i + shift) % PERCEPTRON_UNITS;

      bias[place] = g_rand_double_range (random, -1, 1);
      for (guint k = 0; k < PERCEPTRON_INPUTS; k++)
        first[place * PERCEPTRON_INPUTS + k] = g_rand_double_range (random, -1, 1);
      for (guint k = 0; k < PERCEPTRON_OUTPUTS; k++)
        second[k * PERCEPTRON_UNITS + place] = g_rand_double_range (random, -1, 1);
    }
  fixture_add_values (fixture, "0.weight", AM_DTYPE_F32, "32,12", first);
  fixture_add_values (fixture, "0.bias", AM_DTYPE_F32, "32", bias);
  fixture_add_values (fixture, "2.weight", AM_DTYPE_F32, "4,32", second);
  return fixture_write (fixture, folder, name);
}
