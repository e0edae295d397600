/* Vectors as arrays of doubles, for references. */
#pragma once

#include <math.h>

#include <glib.h>

static inline double
dot (const double *x, const double *y, gsize n, gsize stride)
{
  double sum = 0;

  for (gsize i = 0; i < n; i++)
    sum += x[i * stride] * y[i * stride];
  return sum;
}

static inline double
norm (const double *x, gsize n)
{
  return sqrt (dot (x, x, n, 1));
}

static inline double *
copy_scaled (const double *x, double factor, gsize n)
{
  double *copy = g_new (double, n);

  for (gsize i = 0; i < n; i++)
    copy[i] = factor * x[i];
  return copy;
}

static inline void
add_scaled (double *to, double factor, const double *x, gsize n)
{
  for (gsize i = 0; i < n; i++)
    to[i] += factor * x[i];
}
