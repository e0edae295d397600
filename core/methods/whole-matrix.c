#include "methods/whole-matrix.h"

#include <math.h>
#include <string.h>

guint64
am_doubles_size (guint64 n, guint64 m)
{
  guint64 size;

  if (!g_uint64_checked_mul (&size, n, m) || !g_uint64_checked_mul (&size, size, sizeof (double)))
    return G_MAXUINT64;
  return size;
}

guint64
am_sizes_add (guint64 a, guint64 b)
{
  return a > G_MAXUINT64 - b ? G_MAXUINT64 : a + b;
}

double *
am_doubles_new (guint64 n, guint64 m, GError **error)
{
  const guint64 size = am_doubles_size (n, m);
  double *numbers = size < G_MAXSIZE ? g_try_malloc (MAX (size, 1)) : NULL;

  if (numbers == NULL)
    g_set_error (
        error, AM_ERROR, AM_ERROR_UNSUPPORTED,
        T_ ("the method takes another %u MiB of memory here, more than there is; fewer threads need less "
            "at once"),
        (guint)MIN (size >> 20, G_MAXUINT));
  return numbers;
}

void
am_whole_matrix_free (AmWholeMatrix *matrix)
{
  if (matrix == NULL)
    return;
  for (guint i = 0; i < AM_MAX_MODELS; i++)
    g_free (matrix->model[i]);
  g_free (matrix->base);
  g_free (matrix);
}

static gboolean
allocate (AmWholeMatrix *matrix, const AmMethodRun *run, const gboolean *is_used, GError **error)
{
  for (guint i = 0; i < run->n_models; i++)
    if (is_used == NULL || is_used[i])
      {
        matrix->model[i] = am_doubles_new (matrix->rows, matrix->columns, error);
        if (matrix->model[i] == NULL)
          return FALSE;
      }
  if (run->has_base)
    matrix->base = am_doubles_new (matrix->rows, matrix->columns, error);
  return !run->has_base || matrix->base != NULL;
}

static double
get_value (const AmMethodTensor *tensor, gconstpointer values, gsize i)
{
  return tensor->is_double ? ((const double *)values)[i] : (double)((const float *)values)[i];
}

static void
store (const AmWholeMatrix *matrix, const AmMethodTensor *tensor, double *to, gconstpointer values,
       const AmMethodChunk *chunk, gboolean is_transposed)
{
  for (gsize i = 0; to != NULL && i < chunk->n; i++)
    {
      gsize at = chunk->first + i;

      if (is_transposed)
        at = at % matrix->rows * matrix->columns + at / matrix->rows;
      to[at] = get_value (tensor, values, i);
    }
}

AmWholeMatrix *
am_whole_matrix_read (const AmMethodTensor *tensor, AmTensorReader *reader, gsize rows, gsize columns,
                      gboolean is_transposed, const gboolean *is_used, GError **error)
{
  g_autoptr (AmWholeMatrix) matrix = g_new0 (AmWholeMatrix, 1);
  g_autoptr (GError) read_error = NULL;
  AmMethodChunk *chunk;

  matrix->rows = rows;
  matrix->columns = columns;
  if (!allocate (matrix, tensor->run, is_used, error))
    return NULL;
  am_tensor_reader_rewind (reader);
  while (am_tensor_reader_next (reader, &chunk, &read_error))
    {
      for (guint i = 0; i < tensor->run->n_models; i++)
        store (matrix, tensor, matrix->model[i], chunk->model[i], chunk, is_transposed);
      store (matrix, tensor, matrix->base, chunk->base, chunk, is_transposed);
    }
  if (read_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&read_error));
      return NULL;
    }
  return g_steal_pointer (&matrix);
}

static gboolean
are_finite (const double *values, gsize n)
{
  for (gsize i = 0; values != NULL && i < n; i++)
    if (!isfinite (values[i]))
      return FALSE;
  return TRUE;
}

gboolean
am_whole_matrix_is_finite (const AmWholeMatrix *matrix, guint n_models)
{
  const gsize n = matrix->rows * matrix->columns;

  for (guint i = 0; i < n_models; i++)
    if (!are_finite (matrix->model[i], n))
      return FALSE;
  return are_finite (matrix->base, n);
}

void
am_transpose (double *to, const double *from, gsize rows, gsize columns)
{
  for (gsize row = 0; row < rows; row++)
    for (gsize column = 0; column < columns; column++)
      to[column * rows + row] = from[row * columns + column];
}

void
am_whole_matrix_write (const AmMethodTensor *tensor, AmMethodChunk *chunk, const double *values)
{
  const double *from = values + chunk->first;

  if (tensor->is_double)
    memcpy (chunk->out, from, chunk->n * sizeof (double));
  else
    for (gsize i = 0; i < chunk->n; i++)
      ((float *)chunk->out)[i] = (float)from[i];
}
