/* The variants this CPU runs, and numbers that are hard for them. */
#pragma once

#include <glib.h>
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"

static const char *const variant_names[] = { "scalar", "avx2", "avx512" };

/* Runs @check for each variant there is; returns how many there were. */
static inline guint
for_each_variant (void (*check) (const AmKernels *kernels))
{
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (variant_names); i++)
    {
      const AmKernels *kernels = am_kernels_find (variant_names[i]);

      if (kernels == NULL)
        continue;
      g_assert_cmpstr (kernels->name, ==, variant_names[i]);
      g_test_message ("checking %s", variant_names[i]);
      check (kernels);
      n++;
    }
  return n;
}

static inline double
double_from_bits (guint64 bits)
{
  double value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline guint64
bits_of_double (double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}

static inline float
float_from_bits (guint32 bits)
{
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}

static inline guint32
bits_of_float (float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  return bits;
}
