#include "methods/gram.h"

#include <math.h>

#include "kernels/kernels.h"

AmGram *
am_gram_new (guint n)
{
  AmGram *gram = g_new0 (AmGram, 1);

  gram->n = n;
  gram->products = g_new0 (double, (gsize)n *n);
  return gram;
}

void
am_gram_free (AmGram *gram)
{
  if (gram == NULL)
    return;
  g_free (gram->products);
  g_free (gram);
}

static void
move_origin (const AmMethodTensor *tensor, AmMethodChunk *chunk, AmGramOrigin origin)
{
  const AmKernels *kernels = am_kernels_get ();
  gpointer zero = origin == AM_GRAM_FROM_BASE ? chunk->base : chunk->model[0];

  for (guint i = origin == AM_GRAM_FROM_BASE ? 0 : 1; i < tensor->run->n_models; i++)
    if (tensor->is_double)
      kernels->subtract_double (chunk->model[i], chunk->model[i], zero, chunk->n);
    else
      kernels->subtract_float (chunk->model[i], chunk->model[i], zero, chunk->n);
}

void
am_gram_add_chunk (AmGram *gram, const AmMethodTensor *tensor, AmMethodChunk *chunk, AmGramOrigin origin)
{
  const AmKernels *kernels = am_kernels_get ();
  guint n = gram->n;

  if (origin != AM_GRAM_FROM_ZERO)
    move_origin (tensor, chunk, origin);
  for (guint i = origin == AM_GRAM_FROM_FIRST ? 1 : 0; i < n; i++)
    for (guint j = i; j < n; j++)
      {
        gram->products[i * n + j] += tensor->is_double
                                         ? kernels->dot_double (chunk->model[i], chunk->model[j], chunk->n)
                                         : kernels->dot_float (chunk->model[i], chunk->model[j], chunk->n);
        gram->products[j * n + i] = gram->products[i * n + j];
      }
}

AmGram *
am_gram_read (const AmMethodTensor *tensor, AmTensorReader *reader, AmGramOrigin origin, GError **error)
{
  g_autoptr (AmGram) gram = am_gram_new (tensor->run->n_models);
  g_autoptr (GError) read_error = NULL;
  AmMethodChunk *chunk;

  while (am_tensor_reader_next (reader, &chunk, &read_error))
    am_gram_add_chunk (gram, tensor, chunk, origin);
  if (read_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&read_error));
      return NULL;
    }
  return g_steal_pointer (&gram);
}

double
am_gram_inner (const AmGram *gram, const double *x, const double *y)
{
  double sum = 0;

  for (guint i = 0; i < gram->n; i++)
    if (x[i] != 0)
      for (guint j = 0; j < gram->n; j++)
        if (y[j] != 0)
          sum += x[i] * y[j] * am_gram_get (gram, i, j);
  return sum;
}

gboolean
am_gram_is_constant (const AmGram *gram, const double *weights)
{
  const double *first = NULL;

  for (guint i = 0; i < gram->n; i++)
    for (guint j = 0; j < gram->n; j++)
      if (weights[i] != 0 && weights[j] != 0)
        {
          if (first == NULL)
            first = &gram->products[i * gram->n + j];
          if (gram->products[i * gram->n + j] != *first)
            return FALSE;
        }
  return TRUE;
}

gboolean
am_gram_is_finite (const AmGram *gram, const double *weights)
{
  for (guint i = 0; i < gram->n; i++)
    for (guint j = 0; j < gram->n; j++)
      if (weights[i] != 0 && weights[j] != 0 && !isfinite (am_gram_get (gram, i, j)))
        return FALSE;
  return TRUE;
}

gboolean
am_gram_has_zero (const AmGram *gram, const AmMethodTensor *tensor)
{
  for (guint i = 0; i < gram->n; i++)
    if (am_gram_get (gram, i, i) == 0)
      return tensor->length > 0;
  return FALSE;
}
