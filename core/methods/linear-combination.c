#include "methods/linear-combination.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "kernels/kernels.h"

typedef struct
{
  guint n;
  double coefficients[AM_MAX_MODELS + 1];
  gconstpointer values[AM_MAX_MODELS + 1];
} Terms;

static void
collect_terms (Terms *terms, const gconstpointer *values, const double *coefficients, guint n)
{
  terms->n = 0;
  for (guint i = 0; i < n; i++)
    if (coefficients[i] != 0)
      {
        terms->coefficients[terms->n] = coefficients[i];
        terms->values[terms->n++] = values[i];
      }
}

static void
add_terms_float (const Terms *terms, float *out, gsize n)
{
  const AmKernels *kernels = am_kernels_get ();

  if (terms->n == 1)
    kernels->scale_float (out, terms->values[0], (float)terms->coefficients[0], n);
  else
    kernels->lerp_float (out, terms->values[0], terms->values[1], (float)terms->coefficients[0],
                         (float)terms->coefficients[1], n);
  for (guint i = 2; i < terms->n; i++)
    kernels->add_scaled_float (out, terms->values[i], (float)terms->coefficients[i], n);
}

static void
add_terms_double (const Terms *terms, double *out, gsize n)
{
  const AmKernels *kernels = am_kernels_get ();

  if (terms->n == 1)
    kernels->scale_double (out, terms->values[0], terms->coefficients[0], n);
  else
    kernels->lerp_double (out, terms->values[0], terms->values[1], terms->coefficients[0],
                          terms->coefficients[1], n);
  for (guint i = 2; i < terms->n; i++)
    kernels->add_scaled_double (out, terms->values[i], terms->coefficients[i], n);
}

static gboolean
is_affine (const Terms *terms)
{
  double sum = 0, magnitude = 0;

  for (guint i = 0; i < terms->n; i++)
    {
      sum += terms->coefficients[i];
      magnitude += fabs (terms->coefficients[i]);
    }
  return fabs (sum - 1) <= terms->n * magnitude * DBL_EPSILON;
}

/* Rounding of the terms would move a value on which all inputs agree. Values that came from, and go to, types
 * with fewer bits than the working precision round back by themselves, unless a term is subtracted: infinity
 * and the sign of zero do not survive that. */
static gboolean
can_move_agreed (const Terms *terms, const AmMethodTensor *tensor)
{
  gboolean subtracts = FALSE;

  for (guint i = 0; i < terms->n; i++)
    subtracts |= terms->coefficients[i] < 0;
  return is_affine (terms) && (subtracts || (tensor->is_double && !tensor->is_single));
}

static void
keep_agreed_float (const Terms *terms, float *out, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      const float *first = (const float *)terms->values[0] + i;
      gboolean agreed = TRUE;

      for (guint j = 1; j < terms->n; j++)
        agreed &= memcmp ((const float *)terms->values[j] + i, first, sizeof *first) == 0;
      out[i] = agreed ? *first : out[i];
    }
}

static void
keep_agreed_double (const Terms *terms, double *out, gsize n)
{
  const double *first = terms->values[0];

  for (gsize i = 0; i < n; i++)
    {
      gboolean agreed = TRUE;

      for (guint j = 1; j < terms->n; j++)
        agreed &= am_same_bits (((const double *)terms->values[j])[i], first[i]);
      out[i] = agreed ? first[i] : out[i];
    }
}

static gsize
get_width (const AmMethodTensor *tensor)
{
  return tensor->is_double ? sizeof (double) : sizeof (float);
}

void
am_linear_combine_arrays (const AmMethodTensor *tensor, gpointer out, const gconstpointer *values,
                          const double *coefficients, guint n_terms, gsize n)
{
  Terms terms;

  collect_terms (&terms, values, coefficients, n_terms);
  if (terms.n == 0)
    memset (out, 0, n * get_width (tensor));
  else if (terms.n == 1 && terms.coefficients[0] == 1)
    memcpy (out, terms.values[0], n * get_width (tensor));
  else if (tensor->is_double)
    {
      add_terms_double (&terms, out, n);
      if (can_move_agreed (&terms, tensor))
        keep_agreed_double (&terms, out, n);
    }
  else
    {
      add_terms_float (&terms, out, n);
      if (can_move_agreed (&terms, tensor))
        keep_agreed_float (&terms, out, n);
    }
}

void
am_linear_combine (const AmMethodTensor *tensor, AmMethodChunk *chunk, const double *coefficients)
{
  guint n = tensor->run->n_models;
  gconstpointer values[AM_MAX_MODELS + 1];

  for (guint i = 0; i < n; i++)
    values[i] = chunk->model[i];
  if (tensor->run->has_base)
    values[n++] = chunk->base;
  am_linear_combine_arrays (tensor, chunk->out, values, coefficients, n, chunk->n);
}

double
am_rest_of_one (double sum)
{
  double rest = 1 - sum;

  return fabs (rest) <= 4 * DBL_EPSILON * fmax (fabs (sum), 1) ? 0 : rest;
}

void
am_copy_input (const AmMethodTensor *tensor, AmMethodChunk *chunk, gconstpointer values)
{
  memcpy (chunk->out, values, chunk->n * get_width (tensor));
}
