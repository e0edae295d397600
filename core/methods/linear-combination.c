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
collect_terms (Terms *terms, const AmMethodTensor *tensor, const AmMethodChunk *chunk,
               const double *coefficients)
{
  const AmMethodRun *run = tensor->run;

  terms->n = 0;
  for (guint i = 0; i < run->n_models + (run->has_base ? 1 : 0); i++)
    if (coefficients[i] != 0)
      {
        terms->coefficients[terms->n] = coefficients[i];
        terms->values[terms->n++] = i < run->n_models ? chunk->model[i] : chunk->base;
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
 * with fewer bits than the working precision round back by themselves; only F64 needs this. */
static void
keep_agreed (const Terms *terms, double *out, gsize n)
{
  const double *first = terms->values[0];

  for (gsize i = 0; i < n; i++)
    {
      gboolean agreed = TRUE;

      for (guint j = 1; j < terms->n; j++)
        agreed &= ((const double *)terms->values[j])[i] == first[i];
      out[i] = agreed ? first[i] : out[i];
    }
}

void
am_linear_combine (const AmMethodTensor *tensor, AmMethodChunk *chunk, const double *coefficients)
{
  Terms terms;

  collect_terms (&terms, tensor, chunk, coefficients);
  if (terms.n == 0)
    memset (chunk->out, 0, chunk->n * (tensor->is_double ? sizeof (double) : sizeof (float)));
  else if (terms.n == 1 && terms.coefficients[0] == 1)
    am_copy_input (tensor, chunk, terms.values[0]);
  else if (!tensor->is_double)
    add_terms_float (&terms, chunk->out, chunk->n);
  else
    {
      add_terms_double (&terms, chunk->out, chunk->n);
      if (!tensor->is_single && is_affine (&terms))
        keep_agreed (&terms, chunk->out, chunk->n);
    }
}

void
am_copy_input (const AmMethodTensor *tensor, AmMethodChunk *chunk, gconstpointer values)
{
  memcpy (chunk->out, values, chunk->n * (tensor->is_double ? sizeof (double) : sizeof (float)));
}
